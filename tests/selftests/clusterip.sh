#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# A ClusterIP is reached from a pod, from the node itself and from outside, over
# each protocol and family, every endpoint gets its share, and sees who asks.
# S14 S19 S22 S24 S25 S68

# shellcheck source=tests/selftests/lib.sh
. "$(dirname "$0")/lib.sh"

count=30

setup_cluster
serve_all
cluster_yaml 1 2 3 | sync_node >/dev/null || not_ok "the table is taken"

# One pod asks that is no endpoint, so that hairpins stay out of it.
new_pod guest 19

declare -A source=(
	[guest-4]=10.244.0.19 [guest-6]=fd00:10:244::19
	[client-4]=192.0.2.2 [client-6]=2001:db8::2
	[node-4]=192.0.2.1 [node-6]=2001:db8::1
)

for from in guest node client; do
	for proto in tcp udp sctp; do
		for family in 4 6; do
			what="S24 S68: $from over $proto, IPv$family"
			# from ports of its own: an old UDP flow is no new connection
			answers=$(in_ns $from talk ask -p $proto -c $count -b 20000 \
				"$(vip $family)" 80)
			# whoever answered, and whom they saw
			seen=$(cut -d' ' -f1 <<<"$answers" | sort -u | xargs)
			is "$what: every endpoint answers" "pod1 pod2 pod3" "$seen"
			is "$what: all $count answered" $count \
				"$(grep -c ' 8080$' <<<"$answers")"
			seen=$(cut -d' ' -f2 <<<"$answers" | sort -u | xargs)
			is "S25: $from over $proto, IPv$family keeps its address" \
				"${source[$from-$family]}" "$seen"
		done
	done
done

# S14: 9 rounds of 30 from each; the counters add up, and no endpoint is left
# out or preferred. 540 draws with p = 1/3: 5 sigma is 55.
total=$(node kvip show services -j demo/web | jq '[.services[].connections] | add')
is "connections are counted per service" $((18 * count)) "$total"
shares=$(node kvip show backends -j demo/web |
	jq -r '[.backends[] | {pod: (.address[-1:]), n: .connections}] |
		group_by(.pod)[] | map(.n) | add')
is "connections are counted per backend" $((18 * count)) "$(($(xargs <<<"$shares" | tr ' ' +)))"
low=$(sort -n <<<"$shares" | head -1)
high=$(sort -n <<<"$shares" | tail -1)
if ((low >= 180 - 55 && high <= 180 + 55)); then
	ok "S14: endpoints are chosen uniformly ($(xargs <<<"$shares"))"
else
	not_ok "S14: endpoints are chosen uniformly" "$shares"
fi

# S14: the packets of a connection stay with their endpoint.
for proto in tcp sctp; do
	lines=$(yes | head -20 | while read -r; do echo; sleep 0.01; done |
		client talk hold -p $proto "$(vip 4)" 80 | sort | uniq -c | wc -l)
	is "S14: an open $proto connection stays with its endpoint" 1 "$lines"
done

# S22: one port number, three protocols, three frontends.
cluster_yaml 1 2 3 | grep -v 'protocol: UDP' | sync_node >/dev/null
is "S22: TCP goes on without UDP" 3 "$(asks client tcp 4 3 | grep -c ' 8080$')"
is "S22: SCTP goes on without UDP" 3 "$(asks client sctp 6 3 | grep -c ' 8080$')"
is "S22: the UDP frontend is gone" 4 \
	"$(node kvip show frontends -j | jq '.frontends | length')"

# The flows are ordinary ones: conntrack shows both sides.
flow=$(node conntrack -L -p tcp 2>/dev/null | grep "dst=$(vip 4)" | head -1)
matches "conntrack -L shows the VIP and the endpoint" \
	"dst=$(vip 4) .* src=10\.244\.0\.1[123] " "$flow"

finish
