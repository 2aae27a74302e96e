#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Whose address endpoints see, where matrix.sh does not ask. S25 S31 S32 S34
#
# Not in short runs: a decision that the matrix makes in every way.

# shellcheck source=tests/selftests/lib.sh
. "$(dirname "$0")/lib.sh"

setup_two_nodes guest pod1 pod2 far1
serve_on pod1 far1
detect_pods

# seen WHAT WANTED FROM PROTO FAMILY KIND: "NAME PEER" of one connection
seen()
{
	is "$1: $3 -> $6 over $4, IPv$5" "$2" "$(connect "$3" "$4" "$5" "$6" | cut -d' ' -f1,2)"
}

# S25
apply_lb pod1
config masquerade-all=yes
for proto in tcp udp sctp; do
	for family in 4 6; do
		seen "S25: masquerade-all" "pod1 $(address podside $family)" guest $proto $family cluster
		seen "S25: masquerade-all" "pod1 $(address podside $family)" client $proto $family cluster
		seen "S25: masquerade-all" "pod1 $(address podside $family)" node $proto $family cluster
	done
done
is "S25: explain names the reason" "backend all" \
	"$(explains "$(address guest 4)" "$(vip 4):80" verdict masquerade)"
apply_lb -s 'externalTrafficPolicy: Local' pod1
seen "S25: masquerade-all is about ClusterIPs" "pod1 $(address client 4)" client tcp 4 lb
config masquerade-all=no
seen "S25: masquerade-all is off again" "pod1 $(address guest 4)" guest tcp 4 cluster

# S31: an endpoint that asks and gets itself, whatever the frontend and policy
for policy in Cluster Local; do
	apply_lb -s "internalTrafficPolicy: $policy" -s "externalTrafficPolicy: $policy" pod1
	for kind in cluster nodeport lb external; do
		for proto in tcp udp sctp; do
			for family in 4 6; do
				seen "S31: itself, policy $policy" "pod1 $(address podside $family)" \
					pod1 $proto $family $kind
			done
		done
	done
done
is "S31: explain names the reason" "backend hairpin" \
	"$(explains "$(address pod1 4)" "$(vip 4):80" verdict masquerade)"
config cluster-cidrs=
for family in 4 6; do
	seen "S31: itself, no detector" "pod1 $(address podside $family)" pod1 tcp $family cluster
	seen "S31: itself, no detector, eTP Local" "pod1 $(address podside $family)" pod1 tcp $family lb
done
detect_pods

# S32: an endpoint on an address of the node: nobody is hidden from it
serve_on node
apply_lb node
for proto in tcp udp sctp; do
	for family in 4 6; do
		for kind in cluster nodeport lb external; do
			seen "S32: host network" "node $(address client $family)" client $proto $family $kind
			seen "S32: host network" "node $(address guest $family)" guest $proto $family $kind
			is "S32: host network: node -> $kind over $proto, IPv$family" node \
				"$(connect node $proto $family $kind | cut -d' ' -f1)"
		done
	done
done
is "S32: explain names the reason" "backend on-node" \
	"$(explains "$(address client 4)" "$(address lb 4):80" verdict masquerade)"

# S32: the source port is a random one
apply_lb pod1
for family in 4 6; do
	same=0
	for ((port = 33300; port < 33310; port++)); do
		client talk ask -b $port "$(address lb $family)" 80 >"$tmp/asked"
		node conntrack -L -f ipv$family -p tcp --orig-port-src $port >"$tmp/flow" 2>/dev/null
		grep -q "sport=$port dport=80 .*sport=8080 dport=" "$tmp/flow" ||
			not_ok "S32: conntrack has the connection" "$(cat "$tmp/flow")"
		grep -q "sport=$port dport=80 .*sport=8080 dport=$port " "$tmp/flow" && same=$((same + 1))
	done
	# one in 60,000 may be the same by chance
	if ((same < 2)); then
		ok "S32: a masqueraded source port is a random one, IPv$family"
	else
		not_ok "S32: a masqueraded source port is a random one, IPv$family" "$same of 10 are kept"
	fi
done

# packets_of TABLE CHAIN: what its rules' counters say, in a line
packets_of()
{
	node nft -j list chain inet "$1" "$2" |
		jq -r '[.nftables[] | .rule.expr[]?.counter.packets // empty] | join(" ")'
}

# S34: marks are other people's
if command -v nft >/dev/null; then
	node nft -f - <<-'EOF'
		table inet marks {
			chain before {
				type filter hook prerouting priority -300
				meta mark set 0x5a
			}
			chain out {
				type route hook output priority -300
				meta mark set 0x5a
			}
			chain after {
				type filter hook postrouting priority 300
				oifname "to-pod1" meta mark 0x5a counter
				oifname "to-pod1" meta mark != 0x5a counter
			}
		}
	EOF
	for kind in cluster nodeport lb external; do
		for from in client guest node pod1; do
			connect $from tcp 4 $kind >/dev/null
			connect $from udp 6 $kind >/dev/null
		done
	done
	# ICMPv6 between neighbours is not from these chains: count what is marked
	read -r kept changed < <(packets_of marks after)
	if ((kept >= 32 && changed == 0)); then
		ok "S34: no mark is changed ($kept packets)"
	else
		not_ok "S34: no mark is changed" "$kept kept, $changed changed"
	fi
	node nft delete table inet marks
	node nft -f - <<-'EOF'
		table inet marks {
			chain after {
				type filter hook postrouting priority 300
				meta mark != 0 counter
				ct mark != 0 counter
				counter
			}
		}
	EOF
	for kind in cluster nodeport lb; do
		for from in client guest node pod1; do connect $from tcp 4 $kind >/dev/null; done
	done
	read -r skbs flows all < <(packets_of marks after)
	if ((skbs == 0 && flows == 0 && all > 50)); then
		ok "S34: no mark is set (on none of $all packets)"
	else
		not_ok "S34: no mark is set" "$skbs packets and $flows of marked flows, of $all"
	fi
else
	echo "# no nft: S34 is not tried"
fi

finish
