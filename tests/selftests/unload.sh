#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The module goes and comes again while flows go through VIPs, with tables in
# several namespaces, with transactions, dumps and listeners open.

# shellcheck source=tests/selftests/lib.sh
. "$(dirname "$0")/lib.sh"

rounds=20

# The runner's own end of the test needs no module, but the next test may.
loaded() { [[ -d /sys/module/kvip ]]; }
unload() { rmmod kvip 2>"$tmp/rmmod"; }
load()
{
	modprobe kvip 2>"$tmp/modprobe" || not_ok "modprobe kvip" "$(cat "$tmp/modprobe")"
}

fill()
{
	sync_node <"$tmp/cluster.yaml" >/dev/null || not_ok "the node's table"
	for name in side1 side2; do
		in_ns $name kvip sync -f "$tmp/cluster.yaml" --node node-a >/dev/null ||
			not_ok "the table of $name"
	done
}

# opens WHAT: abi_stream has WHAT open in the node's namespace, until close_it
opens()
{
	rm -f "$tmp/open"
	mkfifo "$tmp/open"
	node abi_stream "$1" <"$tmp/open" >"$tmp/opened" &
	holder=$!
	exec 7>"$tmp/open"
	await 10 grep -q ready "$tmp/opened" || not_ok "a $1 is open"
}

close_it()
{
	exec 7>&-
	wait "$holder"
}

answers()
{
	[[ $(asks client tcp 4 1) == pod* && $(asks pod1 udp 6 1) == pod* ]]
}

lines() { wc -l <"$1"; }
more_than() { (($(grep -c ' 8080$' "$2") > $1)); }

setup_cluster
serve_all
new_ns side1
new_ns side2
cluster_yaml 1 2 3 >"$tmp/cluster.yaml"
loaded || load
fill

# Open flows, and streams of new ones; what comes of them while the module is
# away is their own affair. The pauses leave the machine time for all else.
mkfifo "$tmp/typed"
client talk hold -t 20000 "$(vip 4)" 80 <"$tmp/typed" >"$tmp/held" &
exec 5>"$tmp/typed"
await 10 grep -q ' 8080$' "$tmp/held" || not_ok "an open TCP flow"
streams=()
for proto in tcp udp; do
	client talk ask -p $proto -t 100 -i 10 -c 10000000 "$(vip 4)" 80 >"$tmp/$proto" 2>&1 &
	streams+=($!)
	node talk ask -p $proto -t 100 -i 10 -c 10000000 "$(vip 6)" 80 >"$tmp/$proto-6" 2>&1 &
	streams+=($!)
done
for stream in tcp udp tcp-6 udp-6; do
	await 20 more_than 0 "$tmp/$stream" || not_ok "a stream over $stream"
done

unloaded=0 reloaded=0 empty=0 answered=0
for ((round = 0; round < rounds; round++)); do
	unload && ! loaded && unloaded=$((unloaded + 1))
	load
	loaded && reloaded=$((reloaded + 1))
	[[ $(generation) == 0 ]] && empty=$((empty + 1))
	fill
	answers && answered=$((answered + 1))
done
is "kvip is unloaded under traffic, $rounds times" $rounds $unloaded
is "and loaded again" $rounds $reloaded
is "with empty tables each time" $rounds $empty
is "and the VIPs answer again, once there is a table" $rounds $answered
for stream in tcp udp tcp-6 udp-6; do
	before=$(grep -c ' 8080$' "$tmp/$stream")
	await 20 more_than "$before" "$tmp/$stream" &&
		ok "the stream over $stream goes on" ||
		not_ok "the stream over $stream goes on" "$(tail -3 "$tmp/$stream")"
done
# conntrack knows the flow, and nf_nat how to translate it, all the time.
before=$(lines "$tmp/held")
echo >&5
held_more() { (($(lines "$tmp/held") > before)); }
await 30 held_more
is "a flow that was open before goes on after" 2 "$(grep -c ' 8080$' "$tmp/held")"
for pid in "${streams[@]}"; do kill "$pid" 2>/dev/null; done
exec 5>&-

# A transaction does not keep the module, and ends with it.
opens transaction
unload && ok "kvip is unloaded with a transaction open" ||
	not_ok "kvip is unloaded with a transaction open" "$(cat "$tmp/rmmod")"
load
close_it
is "whose socket is closed under the next one" 0 "$(generation)"
fill
opens transaction
unload
close_it
is "or under none" no "$(loaded && echo yes || echo no)"
load
fill

# A dump that is not read to its end may keep it, but not for longer.
opens dump
if unload; then
	ok "kvip is unloaded with a dump open"
else
	matches "kvip is in use while a dump is open" "in use" "$(cat "$tmp/rmmod")"
fi
close_it
! loaded || await 10 unload
is "and goes when the dump is closed" no "$(loaded && echo yes || echo no)"
load
fill

# Nor does a listener.
node kvip monitor >"$tmp/heard" 2>&1 &
listener=$!
listening() { node awk '$2 == 16 && $4 != "00000000" { found = 1 } END { exit !found }' /proc/net/netlink; }
await 10 listening || not_ok "a listener"
unload && ok "kvip is unloaded with a listener" ||
	not_ok "kvip is unloaded with a listener" "$(cat "$tmp/rmmod")"
kill "$listener" 2>/dev/null
wait "$listener" 2>/dev/null
load

# Namespaces that go at the same time, with their tables.
fill
ip netns del "$ns-side1"
ip netns del "$ns-side2"
unload && ok "kvip is unloaded while namespaces go" ||
	not_ok "kvip is unloaded while namespaces go" "$(cat "$tmp/rmmod")"
load
loaded && ok "kvip is loaded at the end" || not_ok "kvip is loaded at the end"

finish
