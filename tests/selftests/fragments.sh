#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Packets that are larger than the path, and the ICMP errors that belong to
# translated connections. S68
#
# Not in short runs: paths of the kernel that are not ours.

# shellcheck source=tests/selftests/lib.sh
. "$(dirname "$0")/lib.sh"

setup_two_nodes guest pod1 far1
detect_pods

for name in pod1 far1; do
	for proto in tcp udp sctp; do
		for family in 4 6; do
			spawn $name talk serve -e -p $proto -n $name "$(address $name $family)" 8080 \
				>"$tmp/ready-$name-$proto-$family"
			await 10 grep -q ready "$tmp/ready-$name-$proto-$family" ||
				not_ok "the servers start"
		done
	done
done

# pours WHAT SIZE FROM PROTO FAMILY KIND NAME: so many bytes, there and back
pours()
{
	is "$1: $2 bytes, $3 -> $6 over $4, IPv$5, endpoint $7" "$7 $2" \
		"$(in_ns "$3" talk ask -p "$4" -t 4000 -b "$(ports 1)" -z "$2" \
			"$(address "$6" "$5")" "$(port "$6")" |
			awk '{ $2 = $3 = ""; print }' | xargs)"
}

for endpoint in pod1 far1; do
	apply_lb $endpoint
	for from in client guest node; do
		for family in 4 6; do
			for kind in cluster nodeport lb; do
				pours "fragments" 8000 $from udp $family $kind $endpoint
				pours "fragments" 60000 $from udp $family $kind $endpoint
				pours "segments" 65000 $from tcp $family $kind $endpoint
				# What a node sends to its own address has the path of its
				# loopback device until it is translated, and 6.1's SCTP does
				# not get over a first packet that is too large then; with
				# nft's DNAT it does not either.
				[[ $from-$kind == node-nodeport ]] ||
					pours "chunks" 16000 $from sctp $family $kind $endpoint
				pours "chunks" 1000 $from sctp $family $kind $endpoint
			done
		done
	done
done

# small WHERE PREFIX DEVICE: that namespace's route to it lets less through than
# either end's link
small()
{
	local at=$1 to=$2 via=()

	shift 2
	(($# < 2)) || via=(via "$2")
	ip -n "$ns-$at" route replace "$to" "${via[@]}" dev "$1" mtu lock 1300
}

learned()
{
	ip -n "$ns-$1" route get "$2" | grep -c 'mtu 1300'
}

# Behind the node: the client sends to the VIP, and must be told of the VIP.
for endpoint in pod1 far1; do
	for family in 4 6; do
		apply_lb $endpoint
		at=node
		[[ $endpoint == pod1 ]] || at=farnode
		small $at "$(address $endpoint $family)" "to-$endpoint"
		for from in client guest; do
			for kind in cluster nodeport lb; do
				pours "a small link before the endpoint" 65000 $from tcp $family $kind $endpoint
			done
			is "$from has learned the path to the LB IP, IPv$family, endpoint $endpoint" 1 \
				"$(learned $from "$(address lb $family)")"
		done
		pours "a small link before the endpoint" 65000 node tcp $family cluster $endpoint
		ip -n "$ns-$at" route replace "$(address $endpoint $family)" dev "to-$endpoint"
	done
done

# Between node and client: the endpoint's answers are too large, and it must be
# told of the client, or of the node that hides it.
apply_lb -s 'externalTrafficPolicy: Local' pod1
for family in 4 6; do
	# or what the client knows by now makes it ask for small answers
	ip -n "$ns-client" -$family route flush cache
	small router "$(address client $family)" to-client
	pours "a small link before the client, which is not hidden" 65000 client tcp $family lb pod1
	is "the endpoint has learned the path to the client, IPv$family" 1 \
		"$(learned pod1 "$(address client $family)")"
	pours "a small link before the client, which is hidden" 65000 client tcp $family cluster pod1
	pours "a small link before the client, datagrams" 8000 client udp $family lb pod1
	ip -n "$ns-router" route replace "$(address client $family)" dev to-client
done
# The node's own link towards the router.
for family in 4 6; do
	apply_lb far1
	gateway=192.0.2.254
	((family == 4)) || gateway=2001:db8::fe
	small node "$(address far1 $family)" eth0 $gateway
	for from in client guest node; do
		pours "a small link of the node" 65000 $from tcp $family cluster far1
		pours "a small link of the node" 65000 $from tcp $family lb far1
		pours "a small link of the node, datagrams" 8000 $from udp $family lb far1
	done
	ip -n "$ns-node" route del "$(address far1 $family)"
done

# A closed port of an endpoint: its ICMP error, reset or abort is the VIP's. UDP
# and TCP clients believe it only if it is about the very address they asked.
closed()
{
	{ lb_service web; slices_for web "$1" | sed 's/port: 8080/port: 8079/'; two_nodes; } | sync_taken
}
for endpoint in pod1 far1; do
	closed $endpoint
	is "there is an endpoint, whose port is closed" backend \
		"$(explains "$(address client 4)" "$(address lb 4):80" verdict)"
	for from in client guest node; do
		for proto in tcp udp sctp; do
			for family in 4 6; do
				for kind in cluster nodeport lb; do
					is "a closed port: $from -> $kind over $proto, IPv$family, endpoint $endpoint" \
						REFUSED "$(in_ns $from talk ask -p $proto -t 3000 -b "$(ports 1)" \
							"$(address $kind $family)" "$(port $kind)")"
				done
			done
		done
	done
done

finish
