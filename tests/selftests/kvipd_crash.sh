#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# kvipd killed a hundred times at random points, under a stream of changes of
# other Services and of endpoints that are not used, while clients connect without
# pause: not one connection fails, and in the end the table is the cluster's. S65
#
# User space alone: long, and what churn does to the kernel too.

# shellcheck source=tests/selftests/kvipd_lib.sh
. "$(dirname "$0")/kvipd_lib.sh"

seed=${KVIP_SEED:-$RANDOM}
kills=${KVIP_KILLS:-100}

# enough N FILE...: every one has N lines
enough()
{
	local n=$1 file

	shift
	for file in "$@"; do
		(($(wc -l <"$file") >= n)) || return 1
	done
}

setup_agent --generate services=100,endpoints=3
for i in 1 2; do
	serve pod$i tcp 10.244.0.1$i 8080
	serve pod$i udp 10.244.0.1$i 8080
	serve pod$i tcp fd00:10:244::1$i 8080
done
slices web 1 2 3:unready | put
start_kvipd
catches_up "the table is the cluster's"

askers=()
for ask in tcp-4 tcp-6 udp-4; do
	spawn client talk ask -p ${ask%-*} -c 1000000 -i 5 -t 10000 "$(vip ${ask#*-})" 80 >"$tmp/asked-$ask"
	askers+=($!)
done
await 60 enough 10 "$tmp"/asked-* || not_ok "clients get answers"

# Readiness of the others' endpoints, addresses of web's endpoint that is not ready,
# Services' annotations
tell "churn?name=others&prefix=app-&rate=40&seed=$seed"
tell "churn?name=unused&prefix=web-&how=unused&rate=5&seed=$seed"
tell "churn?name=notes&kind=services&how=annotation&rate=5&seed=$seed"

# Most are killed while they start; a few have gone on for a while.
echo "# seed $seed"
RANDOM=$seed
before=$(written)
died=0
for ((i = 0; i < kills; i++)); do
	sleep "0.$(printf %03d $((RANDOM % (i % 5 ? 250 : 900))))"
	kill -9 "$kvipd_pid" 2>/dev/null || died=$((died + 1))
	wait "$kvipd_pid" 2>/dev/null
	start_kvipd
done
is "no agent ended by itself" 0 $died
commits=$(($(written) - before))
for name in others unused notes; do
	echo "# $(stat_of "churns.$name") changes of $name"
	tell "churn?name=$name"
done
echo "# $kills kills, $commits commits"
if ((commits > 10)); then
	ok "they wrote something before they died"
else
	not_ok "they wrote something before they died" "$commits commits"
fi

catches_up "in the end the table is the cluster's" 60
for file in "$tmp"/asked-*; do
	await 60 enough $(($(wc -l <"$file") + 5)) "$file" || not_ok "${file##*-} clients get answers in the end"
done
kill -TERM "${askers[@]}"
wait "${askers[@]}"
for file in "$tmp"/asked-*; do
	is "not one connection failed: ${file##*asked-}, of $(wc -l <"$file")" 0 \
		"$(grep -vcE '^pod[12] ' "$file")"
done

# and a fresh start finds nothing to do
stop_kvipd
before=$(written)
start_kvipd
await 30 settled || not_ok "it starts"
is "a fresh start writes nothing" "$before" "$(written)"
node kvip flush >/dev/null
catches_up "a start from nothing makes the same table"

finish
