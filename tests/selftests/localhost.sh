#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Node ports on 127.0.0.1 and ::1, for the node itself and nobody else. S46

# shellcheck source=tests/selftests/lib.sh
. "$(dirname "$0")/lib.sh"

setup_two_nodes guest pod1 far1
serve_on pod1 far1 node
detect_pods
apply_lb pod1

loopback() { if (($1 == 4)); then echo 127.0.0.1; else echo ::1; fi; }

# local_gets WHAT WANTED PROTO ADDRESS [MS]
local_gets()
{
	is "S46: $1 over $3, $4: $2" "$2" "$(node talk ask -r -p "$3" -t "${5:-3000}" \
		-b "$(ports 1)" "$4" 30080 | cut -d' ' -f1)"
}

for proto in tcp udp sctp; do
	for family in 4 6; do
		local_gets "off by default" REFUSED $proto "$(loopback $family)"
	done
done

config localhost-nodeports=yes
for endpoint in pod1 far1 node; do
	for policy in Cluster Local; do
		apply_lb -s "externalTrafficPolicy: $policy" $endpoint
		for proto in tcp udp sctp; do
			for family in 4 6; do
				# several exchanges over one connection
				yes '' | head -5 | while read -r; do echo; sleep 0.02; done |
					node talk hold -p $proto -b "$(ports 1)" "$(loopback $family)" 30080 \
						>"$tmp/held" 2>&1
				what="endpoint $endpoint, eTP $policy, over $proto, IPv$family"
				is "S46: six exchanges: $what" "6 $endpoint" \
					"$(wc -l <"$tmp/held") $(names <"$tmp/held")"
				seen=$(peers <"$tmp/held")
				case $endpoint in
				pod1) is "S46: it sees the node: $what" "$(address podside $family)" "$seen" ;;
				far1) is "S46: it sees the node: $what" "$(address node $family)" "$seen" ;;
				esac
			done
		done
	done
done
apply_lb pod1
local_gets "all of 127.0.0.0/8" pod1 tcp 127.1.2.3
local_gets "all of 127.0.0.0/8" pod1 udp 127.1.2.3
is "S46: explain names the reason" "backend localhost" \
	"$(explains 127.0.0.1 127.0.0.1:30080 verdict masquerade)"
is "S46: a node port alone: ClusterIPs are not there" "none" \
	"$(explains 127.0.0.1 127.0.0.1:80 verdict)"
for proto in tcp udp sctp; do
	for family in 4 6; do
		is "S46: other ports are the host's: $proto, IPv$family" REFUSED \
			"$(node talk ask -p $proto -t 2000 "$(loopback $family)" 30081)"
	done
done
is "S46: no route_localnet" 0 \
	"$(node sysctl -a 2>/dev/null | grep -c 'route_localnet = [^0]')"

# From outside, by a neighbour that does not care what addresses are for:
# CVE-2020-8558. Nothing of it may get to an endpoint, masqueraded or not.
for from in 192.0.2.254 198.51.100.2 "$(address podside 4)" 127.0.0.1; do
	spawn pod1 packet watch eth0 "$from" >"$tmp/watch-$from"
	await 10 grep -q ready "$tmp/watch-$from" || not_ok "the watch starts"
done
for from in 2001:db8::fe 2001:db8:c::2 "$(address podside 6)" ::1; do
	spawn pod1 packet watch eth0 "$from" >"$tmp/watch-$from"
	await 10 grep -q ready "$tmp/watch-$from" || not_ok "the watch starts"
done
before=$(node kvip show services -j demo/web | jq '[.services[].connections] | add')
for proto in tcp udp; do
	for from in 192.0.2.254 198.51.100.2 127.0.0.1; do
		in_ns router packet send -p $proto -f S to-node "$(mac node eth0)" \
			"$from" 777 127.0.0.1 30080
		in_ns guest packet send -p $proto -f S eth0 "$(mac node to-guest)" \
			"$from" 778 127.0.0.1 30080
	done
	for from in 2001:db8::fe 2001:db8:c::2 ::1; do
		in_ns router packet send -p $proto -f S to-node "$(mac node eth0)" \
			"$from" 777 ::1 30080
		in_ns guest packet send -p $proto -f S eth0 "$(mac node to-guest)" \
			"$from" 778 ::1 30080
	done
done
sleep 0.5
is "S46: nothing from outside to a loopback address reaches an endpoint" "" \
	"$(cat "$tmp"/watch-* | grep -v ready)"
is "S46: nor is it translated" "$before" \
	"$(node kvip show services -j demo/web | jq '[.services[].connections] | add')"
is "S46: conntrack has none of it" "" "$(node conntrack -L 2>/dev/null | grep -E 'sport=77[78] ')"
# the watch does see what is let through
in_ns router packet send -f S to-node "$(mac node eth0)" 198.51.100.2 779 192.0.2.1 30080
sleep 0.3
matches "S46: though the same to the node's address does" " 8080 S" \
	"$(cat "$tmp"/watch-* | grep -v ready)"

apply_lb
for proto in tcp udp; do
	for family in 4 6; do
		local_gets "no endpoint" REFUSED $proto "$(loopback $family)"
	done
done
apply_lb pod1
config localhost-nodeports=no
for proto in tcp udp sctp; do
	for family in 4 6; do
		local_gets "off again" REFUSED $proto "$(loopback $family)"
	done
done

finish
