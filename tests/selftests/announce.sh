#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# A load balancer's addresses on the local network: found by ARP and neighbour
# discovery, taken over by another node at once, given up without a trace, and
# never the source of anything.
#
#   pod1 - node (node-a)   peer (node-b) - far1
#               \            /
#                   lan                 192.0.2.0/24, 2001:db8::/64
#                    |
#                  client
#
# Not in short runs: paths of the kernel that are not ours.

# shellcheck source=tests/selftests/lib.sh
. "$(dirname "$0")/lib.sh"

vip4=$(address lb 4)
vip6=$(address lb 6)
both=(eth0 "$vip4" eth0 "$vip6")

# The node's ways out, which go with its addresses.
routes_of_node()
{
	ip_in node <<-EOF
		route replace 10.244.1.0/24 via 192.0.2.3
		route replace fd00:10:244:1::/64 via 2001:db8::3
	EOF
}

new_lan
join_lan node 1
join_lan client 2
join_lan peer 3
forwarding node
forwarding peer
new_pod pod1 11
pod_of peer farside far1
routes_of_node
ip_in client <<-EOF
	route add 203.0.113.0/24 dev eth0
	route add 2001:db8:1b::/64 dev eth0
EOF
serve_on pod1 far1

cluster()
{
	lb_service web "externalTrafficPolicy: Local"
	slices_for web pod1 far1
	other_service far1
	two_nodes | sed 's/192\.0\.2\.2"/192.0.2.3"/; s/2001:db8::2"/2001:db8::3"/'
}
cluster | sync_taken
cluster | in_ns peer kvip sync -f - --node node-b >"$tmp/synced" 2>&1 ||
	not_ok "the peer's table is taken" "$(cat "$tmp/synced")"

# try_on NAME WORD...: what announcing does there
try_on() { in_ns "$1" announce_try "${@:2}"; }

# who NAME FAMILY: which pod answers there, and whom it sees; or what went wrong
who()
{
	in_ns "$1" talk ask -t 8000 "$(address lb "$2")" 80 | cut -d' ' -f1-2
}

# asked NAME ADDRESS PORT: the same of any address
asked() { in_ns "$1" talk ask -t 8000 "$2" "$3" | cut -d' ' -f1-2; }

# neighbour FAMILY: where the client believes the address to be
neighbour()
{
	ip -n "$ns-client" -j neigh show dev eth0 to "$(address lb "$1")" |
		jq -r '.[].lladdr // empty'
}

believes() { [[ $(neighbour 4) == "$1" && $(neighbour 6) == "$1" ]]; }

addresses() { ip -n "$ns-$1" -o addr show dev eth0 | grep -v fe80 | sort; }

absent() { ! addresses node | grep -qE "$vip4|$vip6"; }

not_ready() { ! try_on node ready eth0; }

spawn client announce_try listen eth0 >"$tmp/heard"
await 10 grep -q ready "$tmp/heard" || not_ok "frames are listened to"
heard() { grep -E "$vip4 |$vip6 " "$tmp/heard" | sort; }
hears() { [[ $(heard | wc -l) == "$1" ]]; }

before=$(addresses node)
at=$(mac node eth0)
is "an address is put on an interface" "new new +2 -0" \
	"$(try_on node have "${both[@]}")"
await 5 hears 3
is "both forms of ARP, and an advertisement of a router, are heard" \
	"advert+override+router $vip6 $at"$'\n'"reply $vip4 $at"$'\n'"request $vip4 $at" \
	"$(heard)"
spawn node ip monitor address >"$tmp/monitor"
watcher=$!
# a netlink socket of its own, in a group
# shellcheck disable=SC2016 # awk's
listens() { node awk -v pid="$watcher" '$3 == pid && $4 != "00000000" { n = 1 } END { exit !n }' /proc/net/netlink; }
await 5 listens || not_ok "ip monitor listens"
is "what is right is left" "there there +0 -0" \
	"$(try_on node have "${both[@]}")"
try_on node again eth0 "$vip4"
await 5 hears 5
is "nothing of it is written or told of, until it is to be told again" "5 0" \
	"$(heard | wc -l) $(wc -l <"$tmp/monitor")"

is "its neighbours find it, and reach the Service" \
	"pod1 192.0.2.2 pod1 2001:db8::2" "$(who client 4) $(who client 6)"
is "by the node" "$at $at" "$(neighbour 4) $(neighbour 6)"
matches "the node reaches it, too" "^(pod1|far1) [^ ]+ (pod1|far1) [^ ]+$" \
	"$(who node 4) $(who node 6)"

# Not even where it is the first on the interface, and nearer to who is asked, is
# it a source.
ip_in client <<-EOF
	addr add 203.0.113.2/32 dev eth0
	addr add 2001:db8:1b::2/128 dev eth0
EOF
for address in 203.0.113.2 2001:db8:1b::2; do
	spawn client talk serve -n client "$address" 9000 >"$tmp/client.$address"
	await 10 grep -q ready "$tmp/client.$address" ||
		not_ok "the client serves on $address"
done
ip_in node <<-EOF
	addr del 192.0.2.1/24 dev eth0
	addr del 2001:db8::1/64 dev eth0
	addr add 192.0.2.1/24 dev eth0
	addr add 2001:db8::1/64 dev eth0
	route add 203.0.113.2/32 dev eth0
	route add 2001:db8:1b::2/128 dev eth0
EOF
routes_of_node
is "the node's connections come from its own address" \
	"client 192.0.2.1 client 2001:db8::1" \
	"$(asked node 203.0.113.2 9000) $(asked node 2001:db8:1b::2 9000)"
ip_in client <<-EOF
	addr del 203.0.113.2/32 dev eth0
	addr del 2001:db8:1b::2/128 dev eth0
EOF
is "so do those that are masqueraded" "far1 192.0.2.1 far1 2001:db8::1" \
	"$(asked client 192.0.2.1 30090) $(asked client 2001:db8::1 30090)"

# It moves, and its neighbours follow without asking.
is "it is given up" "+0 -2" "$(try_on node have)"
is "nobody else's address is touched" "$before" "$(addresses node)"
at=$(mac peer eth0)
is "it is taken over" "new new +2 -0" "$(try_on peer have "${both[@]}")"
await 2 believes "$at"
is "its neighbours know at once" "$at $at" "$(neighbour 4) $(neighbour 6)"
is "and reach the Service there" "far1 192.0.2.2 far1 2001:db8::2" \
	"$(who client 4) $(who client 6)"

is "it is given up there, too" "+0 -2" "$(try_on peer have)"
ip -n "$ns-client" neigh flush dev eth0
is "nobody answers any more" "No route No route" \
	"$(who client 4) $(who client 6)"

# Others' addresses, and interfaces that fail
ip -n "$ns-node" addr add "$vip4/24" dev eth0
is "what somebody else put there stays theirs" "foreign new +1 -0" \
	"$(try_on node have "${both[@]}")"
is "to the end" "+0 -1 1" \
	"$(try_on node have) $(addresses node | grep -c "$vip4/24")"
ip -n "$ns-node" addr del "$vip4/24" dev eth0
is "an interface that is not there keeps no other waiting" \
	"failed new +1 -0 there is no interface nosuch" \
	"$(try_on node have nosuch "$vip4" eth0 "$vip6")"
try_on node have "${both[@]}" >/dev/null
ip -n "$ns-node" link set eth0 down
is "nor does one that is down" \
	"failed failed new +1 -0 interface eth0 is down" \
	"$(try_on node have "${both[@]}" lo 203.0.113.99)"
is "which is not ready" "interface eth0 is down" "$(try_on node ready eth0)"
ip -n "$ns-node" link set eth0 up
is "it comes up, and what the kernel dropped is put on again" \
	"there new +1 -1" "$(try_on node have "${both[@]}")"
await 5 try_on node ready eth0
is "it is ready" "" "$(try_on node ready eth0)"
ip -n "$ns-lan" link set to-node down
await 5 not_ready
is "without a carrier it is not" "interface eth0 has no carrier" \
	"$(try_on node ready eth0)"
ip -n "$ns-lan" link set to-node up
is "an address moves to another interface" "new there +1 -1" \
	"$(try_on node have lo "$vip4" eth0 "$vip6")"
is "who may not is told so" \
	"failed +0 -0 $vip4 can't be put on the interface: this needs CAP_NET_ADMIN in the network namespace" \
	"$(in_ns client setpriv --reuid 65534 --clear-groups announce_try have lo "$vip4")"
node sysctl -qw net.ipv6.conf.eth0.disable_ipv6=1
matches "an interface without IPv6 says so" \
	"^there failed [+]0 -0 $vip6 can't be put on the interface: .*IPv6" \
	"$(try_on node have lo "$vip4" eth0 "$vip6")"
node sysctl -qw net.ipv6.conf.eth0.disable_ipv6=0
try_on node have >/dev/null

# For a time, it goes by itself unless it is renewed.
is "an address is put on for a time" "new new +2 -0" \
	"$(try_on node have eth0 "$vip4+3" eth0 "$vip6+3")"
is "what is only to be kept is not put on" "there absent +0 -1" \
	"$(try_on node have eth0 "$vip4+kept" lo "$vip6+kept")"
try_on node have eth0 "$vip4+3" eth0 "$vip6+3" >/dev/null
await 8 absent
is "nobody renews it, and it goes" "" "$(addresses node | grep -E "$vip4|$vip6")"
try_on node have eth0 "$vip4+2" eth0 "$vip6+2" >/dev/null
is "it is renewed, for good" "there there +0 -0" \
	"$(try_on node have "${both[@]}")"
is "and has no end" "4294967295 4294967295" \
	"$(ip -n "$ns-node" -j addr show dev eth0 | jq -r --arg v4 "$vip4" --arg v6 "$vip6" \
		'.[].addr_info[] | select(.local == $v4 or .local == $v6).valid_life_time' | xargs)"

finish
