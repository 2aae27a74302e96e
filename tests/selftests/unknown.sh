#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Ports that a ClusterIP does not have, and addresses that no Service has. S42
#
# Not in short runs: a decision, taken on the path that all packets take.

# shellcheck source=tests/selftests/lib.sh
. "$(dirname "$0")/lib.sh"

setup_two_nodes guest pod1 far1
serve_on pod1 far1
detect_pods
apply_lb pod1

# at WHAT WANTED FROM PROTO ADDRESS PORT [MS]: the first word of what comes
at()
{
	local got

	got=$(in_ns "$3" talk ask -r -p "$4" -t "${7:-1500}" -b "$(ports 1)" "$5" "$6" |
		cut -d' ' -f1)
	[[ $got != Operation || $3 != node ]] || got=TIMEOUT
	is "$1: $3 -> $5 $6 over $4: $2" "$2" "$got"
}

# Where addresses that the node does not keep for itself go: nowhere.
ip -n "$ns-router" route add blackhole default
ip -n "$ns-router" -6 route add blackhole default

before=$(info rejectsUnknownPort)
for from in client guest node; do
	for family in 4 6; do
		for proto in tcp udp sctp; do
			at "S42: a port that a ClusterIP has not" REFUSED $from $proto \
				"$(address cluster $family)" 81
		done
		out=$(in_ns $from ping -$family -n -c 1 -W 1 "$(address cluster $family)" 2>&1)
		case $from in
		node) wanted='[Cc]onnection refused|[Pp]ort unreachable|Unreachable' ;;
		*) wanted='[Pp]ort [Uu]nreachable' ;;
		esac
		matches "S42: an echo request to a ClusterIP is refused: $from, IPv$family" \
			"$wanted" "$out"
	done
done
is "S42: explain names the reason" "reject unknown-port" \
	"$(explains "$(address client 4)" "$(address cluster 4):81")"
after=$(info rejectsUnknownPort)
if ((after >= before + 24)); then
	ok "S42: these are counted ($((after - before)))"
else
	not_ok "S42: these are counted" "$before, then $after"
fi
# another protocol's port
{ lb_service web | grep -v 'protocol: UDP'; slices_for web pod1; two_nodes; } | sync_taken
at "S42: the port of another protocol" REFUSED client udp "$(address cluster 4)" 80
at "S22: and that protocol" pod1 client tcp "$(address cluster 4)" 80
apply_lb pod1

# Addresses that no Service has: without and with the option.
free4=10.96.5.5
free6=fd00:10:96::5:5
is "S42: without service-cidrs an unallocated address is let be" "none none" \
	"$(explains "$(address client 4)" "$free4:80")"
config service-cidrs=10.96.0.0/16,fd00:10:96::/64
is "S42: explain names the reason" "drop service-cidr" \
	"$(explains "$(address client 4)" "$free4:80")"
before=$(info dropsServiceCIDR)
errors=$(icmp_errors node 4)-$(icmp_errors node 6)
for from in client guest node; do
	for proto in tcp udp sctp; do
		at "S42: an unallocated address" TIMEOUT $from $proto $free4 80 400
		at "S42: an unallocated address" TIMEOUT $from $proto $free6 80 400
	done
done
out=$(client ping -n -c 1 -W 1 $free4 2>&1)
matches "S42: an echo request to an unallocated address: silence" \
	'1 packets transmitted, 0 received, 100% packet loss' "$out"
is "S42: silence is without an ICMP error" "$errors" \
	"$(icmp_errors node 4)-$(icmp_errors node 6)"
after=$(info dropsServiceCIDR)
if ((after >= before + 19)); then
	ok "S42: these are counted ($((after - before)))"
else
	not_ok "S42: these are counted" "$before, then $after"
fi
for proto in tcp udp sctp; do
	at "S42: ClusterIPs in the block are as they were" pod1 client $proto "$(address cluster 4)" 80
	at "S42: ClusterIPs in the block are as they were" pod1 guest $proto "$(address cluster 6)" 80
	at "S42: and so are their other ports" REFUSED client $proto "$(address cluster 4)" 81
done
gets "S42: node ports are as they were" pod1 client tcp 4 nodeport

# The node's own addresses in the block, and LB IPs' other ports, are the host's.
for at in 10.96.77.77/32 "$(address lb 4)/32"; do
	ip -n "$ns-node" addr add "$at" dev lo
done
for at in fd00:10:96::7777/128 "$(address lb 6)/128"; do
	ip -n "$ns-node" addr add "$at" dev lo
done
for proto in tcp udp sctp; do
	for at in 10.96.77.77 fd00:10:96::7777 "$(address lb 4)" "$(address lb 6)"; do
		spawn node talk serve -p $proto -n host "$at" 81 >"$tmp/host-$proto-$at"
		await 10 grep -q ready "$tmp/host-$proto-$at" || not_ok "the host's program starts"
	done
done
for from in client guest node; do
	for proto in tcp udp sctp; do
		at "S42: an address of the node within the block" host $from $proto 10.96.77.77 81
		at "S42: an address of the node within the block" host $from $proto fd00:10:96::7777 81
		at "S42: an LB IP's other port is the host's" host $from $proto "$(address lb 4)" 81
		at "S42: an LB IP's other port is the host's" host $from $proto "$(address lb 6)" 81
	done
done

# S44: what is there goes on
mkfifo "$tmp/typed"
exec 5<>"$tmp/typed"
spawn client talk hold "$(address cluster 4)" 80 <"$tmp/typed" >"$tmp/held"
await 5 grep -q pod1 "$tmp/held" || not_ok "S44: the connection is there"
{ lb_service web | grep -v 'protocol: TCP'; slices_for web pod1; two_nodes; } | sync_taken
at "S44: the port is refused now" REFUSED client tcp "$(address cluster 4)" 80
echo >&5
await 5 bash -c "[[ \$(grep -c '^pod1 ' $tmp/held) == 2 ]]"
is "S44: an established connection goes on" 2 "$(grep -c '^pod1 ' "$tmp/held")"
{ other_service pod1; two_nodes; } | sync_taken
at "S42: the Service gone, its address is unallocated" TIMEOUT client tcp "$(address cluster 4)" 80 400
echo >&5
await 5 bash -c "[[ \$(grep -c '^pod1 ' $tmp/held) == 3 ]]"
is "S44: and the established one still goes on" 3 "$(grep -c '^pod1 ' "$tmp/held")"
exec 5>&-

finish
