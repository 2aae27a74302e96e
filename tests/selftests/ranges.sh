#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# loadBalancerSourceRanges. S7 S37-S40 S44
#
# Not in short runs: a decision, taken on the path that all packets take.

# shellcheck source=tests/selftests/lib.sh
. "$(dirname "$0")/lib.sh"

setup_two_nodes guest pod1 far1
serve_on pod1 far1
detect_pods

# guarded RANGES [ENDPOINT]...: demo/web with those ranges
guarded()
{
	local ranges=$1

	shift
	apply_lb -s "loadBalancerSourceRanges: [$ranges]" "$@"
}

# all_of WHAT WANTED FROM KIND...: what each protocol gets, over both families
all_of()
{
	local what=$1 wanted=$2 from=$3 kind proto family ms=3000

	shift 3
	[[ $wanted != TIMEOUT ]] || ms=500
	for kind in "$@"; do
		for proto in tcp udp sctp; do
			for family in 4 6; do
				gets "$what" "$wanted" "$from" $proto $family "$kind" $ms
			done
		done
	done
}

open='"198.51.100.0/24", " 2001:db8:c::/64 "'
shut='"198.51.100.64/26", "2001:db8:c:1::/64"'

guarded "$open" pod1
all_of "S37: a client within a range" pod1 client lb
is "S37: explain names the range" "backend none 198.51.100.0/24" \
	"$(explains "$(address client 4)" "$(address lb 4):80" verdict rule range)"
is "S7: blanks around a range" "backend none 2001:db8:c::/64" \
	"$(explains "$(address client 6)" "[$(address lb 6)]:80" verdict rule range)"

guarded "$shut" pod1
all_of "S38: a client outside all ranges" TIMEOUT client lb
all_of "S38: a pod outside all ranges" TIMEOUT guest lb
all_of "S38: the node itself outside all ranges" TIMEOUT node lb
all_of "S37: they guard LB IPs only" pod1 client cluster nodeport external
is "S38: explain names the reason" "drop source-ranges" \
	"$(explains "$(address client 4)" "$(address lb 4):80")"
is "S38: silently" 0 "$(
	before=$(icmp_errors node 4)
	connect client udp 4 lb 1 300 >/dev/null
	echo $(($(icmp_errors node 4) - before))
)"
drops=$(node kvip show services -j demo/web:tcp |
	jq '[.services[] | to_entries[] | select(.key | test("anges")) | .value | numbers] | add // 0')
if ((drops > 0)); then
	ok "S38: the drops are counted ($drops)"
else
	not_ok "S38: the drops are counted" "$(node kvip show services -j demo/web:tcp)"
fi

guarded '"10.244.0.0/24", "fd00:10:244::/64"' pod1
all_of "S38: a pod within a range" pod1 guest lb
gets "S38: and the client without" TIMEOUT client tcp 4 lb 500

# S40: families stand alone
guarded '"198.51.100.64/26"' pod1
gets "S40: IPv4 has a guard" TIMEOUT client tcp 4 lb 500
gets "S40: IPv6, without a range, has none" pod1 client tcp 6 lb
guarded '"2001:db8:c:1::/64"' pod1
gets "S40: IPv6 has a guard" TIMEOUT client tcp 6 lb 500
gets "S40: IPv4, without a range, has none" pod1 client tcp 4 lb

# S39: the node within a range, with and without the LB IP as its own address
guarded '"192.0.2.0/24", "2001:db8::/64"' pod1
all_of "S38: the node itself within a range" pod1 node lb
ip -n "$ns-node" addr add "$(address lb 4)/32" dev lo
ip -n "$ns-node" addr add "$(address lb 6)/128" dev lo
# from_lb WHAT WANTED FAMILY: the node asks the LB IP from the LB IP
from_lb()
{
	is "$1, IPv$3: $2" "$2" "$(node talk ask -t 600 -s "$(address lb "$3")" \
		"$(address lb "$3")" 80 | cut -d' ' -f1)"
}
for family in 4 6; do
	from_lb "S39: the LB IP as the source, the node within a range" pod1 $family
done
guarded "$open" pod1
for family in 4 6; do
	from_lb "S39: the LB IP as the source, the node in no range" TIMEOUT $family
done
gets "S37: a local LB IP for a client within a range" pod1 client tcp 4 lb
ip -n "$ns-node" addr del "$(address lb 4)/32" dev lo
ip -n "$ns-node" addr del "$(address lb 6)/128" dev lo

# S40: DROP before REJECT
guarded "$shut"
all_of "S40: outside all ranges, no endpoint" TIMEOUT client lb
guarded "$open"
for family in 4 6; do
	gets "S40: within a range, no endpoint" REFUSED client tcp $family lb
	gets "S40: within a range, no endpoint" REFUSED client udp $family lb
done

# S37: the option
config source-ranges-everywhere=yes
guarded "$shut" pod1
all_of "S37: guards everywhere" TIMEOUT client lb nodeport external
gets "S37: guards everywhere but at ClusterIPs" pod1 client tcp 4 cluster
gets "S37: guards everywhere but at ClusterIPs" pod1 client tcp 6 cluster
guarded "$open" pod1
all_of "S37: guards everywhere, within a range" pod1 client lb nodeport external
config source-ranges-everywhere=no
guarded "$shut" pod1
gets "S37: guards at LB IPs only again" pod1 client tcp 4 nodeport

# S44: a connection that is there does not mind
guarded "$open" pod1
mkfifo "$tmp/typed"
exec 5<>"$tmp/typed"
spawn client talk hold "$(address lb 4)" 80 <"$tmp/typed" >"$tmp/held"
await 5 grep -q pod1 "$tmp/held" || not_ok "S44: the connection is there"
guarded "$shut" pod1
gets "S44: new connections are dropped" TIMEOUT client tcp 4 lb 500
echo >&5
await 5 bash -c "[[ \$(grep -c '^pod1 ' $tmp/held) == 2 ]]"
is "S44: an established one goes on" 2 "$(grep -c '^pod1 ' "$tmp/held")"
exec 5>&-

finish
