#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Which addresses have node ports, and what the host keeps. S19-S23 S43
#
# Not in short runs: a decision that the matrix makes in every way.

# shellcheck source=tests/selftests/lib.sh
. "$(dirname "$0")/lib.sh"

setup_two_nodes guest pod1 pod2 far1
serve_on pod1 pod2 far1
detect_pods
apply_lb pod1

# S21, before anything else listens
is "S21: no socket is opened for a node port" "" "$(node ss -Hantu | grep 30080)"
is "S21: nor for SCTP" "" "$(node cat /proc/net/sctp/eps | grep 30080)"

# A second address of the node, 192.0.2.11, and programs of the host on the port
# of the Service's node port, at both.
second4=192.0.2.11
second6=2001:db8:0:1::11
ip -n "$ns-node" addr add $second4/32 dev eth0
ip -n "$ns-node" addr add $second6/128 dev eth0
ip -n "$ns-router" route add $second4 via 192.0.2.1
ip -n "$ns-router" route add $second6 via 2001:db8::1
for proto in tcp udp sctp; do
	for at in "$(address node 4)" "$(address node 6)" $second4 $second6; do
		spawn node talk serve -p $proto -n host "$at" 30080 30999 >"$tmp/host-$proto-$at"
	done
done
for log in "$tmp"/host-*; do
	await 20 grep -q ready "$log" || not_ok "the host's programs start: $log"
done

# at WHAT WANTED FROM PROTO ADDRESS PORT: who answers there
at()
{
	is "$1: $3 -> $5 $6 over $4: $2" "$2" \
		"$(in_ns "$3" talk ask -r -p "$4" -t 3000 -b "$(ports 1)" "$5" "$6" | cut -d' ' -f1)"
}

# addresses WHAT FIRST4 FIRST6 SECOND4 SECOND6: who answers on the node port
addresses()
{
	local proto from

	for from in client guest node; do
		for proto in tcp udp sctp; do
			at "$1" "$2" $from $proto "$(address node 4)" 30080
			at "$1" "$3" $from $proto "$(address node 6)" 30080
			at "$1" "$4" $from $proto $second4 30080
			at "$1" "$5" $from $proto $second6 30080
		done
	done
}

addresses "S20: by default the Node's addresses" pod1 pod1 host host
is "S20: explain names the reason" "none not-listed" \
	"$(explains "$(address client 4)" "$second4:30080")"
config nodeport-addresses=192.0.2.8/29
addresses "S20: CIDRs; IPv6 has none" host host pod1 host
config nodeport-addresses=192.0.2.8/29,2001:db8::/128,2001:db8::1/128
addresses "S20: CIDRs of both families" host pod1 pod1 host
config nodeport-addresses=all
addresses "S20: all" pod1 pod1 pod1 pod1
at "S20: all, the pods' gateway too" pod1 guest tcp "$(address podside 4)" 30080
at "S20: all, the pods' gateway too" pod1 guest tcp "$(address podside 6)" 30080
at "S20: all is the node's own addresses, not another's" REFUSED guest tcp \
	"$(address farnode 4)" 30080
config nodeport-addresses=none
addresses "S20: none" host host host host
config nodeport-addresses=primary
apply_lb pod1
addresses "S20: the Node's addresses again" pod1 pod1 host host

# S22
{ lb_service web | grep -v 'protocol: UDP'; slices_for web pod1; two_nodes; } | sync_taken
for family in 4 6; do
	for kind in nodeport lb external; do
		gets "S22: without UDP" pod1 client tcp $family $kind
		gets "S22: without UDP" pod1 client sctp $family $kind
	done
	gets "S22: UDP is the host's then" host client udp $family nodeport
done

# S23
apply_lb pod1
for from in client guest node; do
	for proto in tcp udp sctp; do
		at "S23: a node port that no Service has" host $from $proto "$(address node 4)" 30999
		at "S23: a node port that no Service has" host $from $proto "$(address node 6)" 30999
	done
done

# S19: an address of a Service's own goes before a node port
other_yaml()
{
	cat <<-EOF
		---
		apiVersion: v1
		kind: Service
		metadata: {namespace: demo, name: other}
		spec:
		  type: ClusterIP
		  ipFamilies: [IPv4, IPv6]
		  clusterIPs: [10.96.0.101, "fd00:10:96::101"]
		  externalIPs: ["$(address node 4)", "$(address node 6)"]
		  ports:
		  - {name: tcp, port: 30080, protocol: TCP, targetPort: 8080}
	EOF
	slices_for other pod2
}
{ lb_service web; slices_for web pod1; other_yaml; two_nodes; } | sync_taken
for family in 4 6; do
	gets "S19: an external IP goes before a node port" pod2 client tcp $family nodeport
	gets "S19: for its own protocol only" pod1 client udp $family nodeport
done
apply_lb pod1
gets "S19: and the node port is back after it" pod1 client tcp 4 nodeport

# S43
apply_lb
for from in client guest node; do
	for proto in tcp udp; do
		gets "S43: no endpoint, though the host listens" REFUSED $from $proto 4 nodeport
		gets "S43: no endpoint, though the host listens" REFUSED $from $proto 6 nodeport
	done
done
gets "S43: no endpoint, though the host listens" REFUSED client sctp 4 nodeport 1500
config nodeport-without-endpoints=host
is "S43: explain names the reason" "none host" \
	"$(explains "$(address client 4)" "$(address node 4):30080")"
for from in client guest node; do
	for proto in tcp udp sctp; do
		gets "S43: left to the host" host $from $proto 4 nodeport
		gets "S43: left to the host" host $from $proto 6 nodeport
	done
done
gets "S43: only node ports are" REFUSED client tcp 4 lb
gets "S43: only node ports are" REFUSED client tcp 4 external
gets "S43: only node ports are" REFUSED client tcp 4 cluster
apply_lb -s 'externalTrafficPolicy: Local' far1
gets "S43: not those of another node's endpoints" TIMEOUT client tcp 4 nodeport 600
apply_lb pod1
gets "S43: nor those with endpoints" pod1 client tcp 4 nodeport
config nodeport-without-endpoints=reject
apply_lb
gets "S43: and refused again" REFUSED client tcp 4 nodeport

finish
