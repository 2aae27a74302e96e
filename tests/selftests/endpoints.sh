#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Endpoints come and go while clients are at work: no request is lost, what is
# open stays open, and a removed endpoint gets nothing new. S44 S64
#
# Not in short runs: long, and what churn does to the kernel too.

# shellcheck source=tests/selftests/lib.sh
. "$(dirname "$0")/lib.sh"

# enough FILE...: every one has $1 lines
enough()
{
	local n=$1 file

	shift
	for file in "$@"; do
		(($(wc -l <"$file") >= n)) || return 1
	done
}

setup_cluster
serve_all
cluster_yaml 1 2 3 | sync_node >/dev/null || not_ok "the table is taken"

# A connection to each pod, over TCP and SCTP, is kept open.
held=0
for proto in tcp sctp; do
	for ((try = 0; try < 40 && held < 3; try++)); do
		mkfifo "$tmp/type-$proto-$try"
		exec {fd}<>"$tmp/type-$proto-$try"
		spawn client talk hold -p $proto "$(vip 4)" 80 \
			<"$tmp/type-$proto-$try" >"$tmp/held-$proto-$try"
		await 10 grep -q ' 8080$' "$tmp/held-$proto-$try" || break
		held=$(cat "$tmp"/held-$proto-* | cut -d' ' -f1 | sort -u | wc -l)
		echo "$fd" >"$tmp/fd-$proto-$try"
	done
	is "a $proto connection to each pod is open" 3 "$held"
	held=0
done

# Clients ask without pause, each time from a new port.
askers=()
for proto in tcp udp sctp; do
	for family in 4 6; do
		spawn client talk ask -p $proto -c 30000 -i 5 -b 20000 "$(vip $family)" 80 \
			>"$tmp/asked-$proto-$family"
		askers+=($!)
	done
done
await 60 enough 10 "$tmp"/asked-* || not_ok "the clients get answers"

# Twenty changes; the last one leaves pod1 and pod2.
for ((round = 0; round < 20; round++)); do
	case $((round % 4)) in
	0) set -- 1 2 ;;
	1) set -- 3 ;;
	2) set -- 1 2:terminating 3 ;;
	3) set -- 2 3 1 ;;
	esac
	cluster_yaml "$@" | sync_node >/dev/null || not_ok "round $round is taken"
	await 60 enough $((10 + 2 * round)) "$tmp"/asked-* ||
		not_ok "the clients get answers in round $round"
done
cluster_yaml 1 2 | sync_node >/dev/null
for file in "$tmp"/asked-*; do
	wc -l <"$file" >"${file/asked/after}"
done
for file in "$tmp"/asked-*; do
	await 60 enough $(($(cat "${file/asked/after}") + 40)) "$file" ||
		not_ok "the clients get answers in the end: ${file##*asked-}"
done
kill -TERM "${askers[@]}"
wait "${askers[@]}"

for file in "$tmp"/asked-*; do
	what=${file##*asked-}
	lost=$(grep -vc ' 8080$' "$file")
	if [[ $what == udp-* ]] && ((lost <= 21)); then
		# the answer that is under way when a commit forgets its flow (S56)
		ok "S56: no datagram but those under way at 21 changes: $what, $lost of $(wc -l <"$file")"
	else
		is "S64: no request is lost: $what, of $(wc -l <"$file")" 0 "$lost"
	fi
	# two lines may have been under way at the commit
	is "S64: the removed endpoint gets no new connection: $what" 0 \
		"$(tail -n "+$(($(cat "${file/asked/after}") + 3))" "$file" | grep -c '^pod3 ')"
	for pod in pod1 pod2 pod3; do
		grep -q "^$pod " "$file" || not_ok "$pod had a share: $what"
	done
done

# S44: the open connections, those to pod3 among them
for file in "$tmp"/fd-*; do
	echo >&"$(cat "$file")"
	held=${file/fd-/held-}
	await 10 bash -c "[[ \$(wc -l <$held) == 2 ]]" || true
	is "S44: an open connection goes on: ${file##*fd-}" "2 1" \
		"$(wc -l <"$held") $(sort -u "$held" | wc -l)"
done

# and the other way round: a new endpoint gets its share
cluster_yaml 1 2 3 | sync_node >/dev/null
is "a new endpoint gets connections" "pod1 pod2 pod3" \
	"$(asks client tcp 4 40 | cut -d' ' -f1 | sort -u | xargs)"

# Counters of those that stay go on.
before=$(node kvip show backends -j demo/web:tcp | jq '[.backends[].connections] | add')
cluster_yaml 1 2 | sync_node >/dev/null
cluster_yaml 1 2 3 | sync_node >/dev/null
asks client tcp 4 5 >/dev/null
after=$(node kvip show services -j demo/web:tcp | jq '[.services[].connections] | add')
if ((after > before)); then
	ok "the service's counter outlives its endpoints"
else
	not_ok "the service's counter outlives its endpoints" "$before, then $after"
fi

finish
