#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Two agents and one load-balancer address: by its Lease one of them has it, never
# both, and the other one follows when the first ends, dies, or is cut off.
#
#   pod1 - node (node-a)   peer (node-b) - far1
#               \            /
#                   lan                 192.0.2.0/24, 2001:db8::/64
#                    |
#                  client, and the API server
#
# User space alone: it is waits for Leases, and user space alone.

# shellcheck source=tests/selftests/kvipd_lib.sh
. "$(dirname "$0")/kvipd_lib.sh"

command -v nft >/dev/null || skip "there is no nft"

vip4=$(address lb 4)
vip6=$(address lb 6)
declare -A pids=()

# start_on NAME NODE: an agent
start_on()
{
	spawn "$1" kvipd --node-name "$2" --kubeconfig "$tmp/kubeconfig" \
		--config "$tmp/kvip.conf" --load-balancer 2>>"$tmp/$1.log"
	pids[$1]=$!
}

# stop_on NAME SIGNAL
stop_on()
{
	kill "-$2" "${pids[$1]}"
	wait "${pids[$1]}" 2>/dev/null
}

# balanced [MERGED]: demo/web with the addresses
balanced()
{
	service web "{
		spec: {type: \"LoadBalancer\", externalTrafficPolicy: \"Cluster\"},
		status: {loadBalancer: {ingress: [{ip: \"$vip4\"}, {ip: \"$vip6\"}]}}
	} * ${1:-{\}}"
}

# ready_on NODE...: its endpoints
ready_on()
{
	local node

	for node in node-a node-b; do
		[[ " $* " == *" $node "* ]] || continue
		if [[ $node == node-a ]]; then
			echo "$(address pod1 4) $(address pod1 6) node-a"
		else
			echo "$(address far1 4) $(address far1 6) node-b"
		fi
	done | jq -Rn '[inputs / " "] as $pods | (4, 6) as $family | {
		kind: "EndpointSlice", apiVersion: "discovery.k8s.io/v1",
		metadata: {namespace: "demo", name: "web-\($family)",
			labels: {"kubernetes.io/service-name": "web"}},
		addressType: "IPv\($family)",
		ports: [{name: "tcp", port: 8080, protocol: "TCP"},
			{name: "udp", port: 8080, protocol: "UDP"}],
		endpoints: [$pods[] | {addresses: [.[$family / 2 - 2]],
			nodeName: .[2], conditions: {ready: true}}]
	}'
}

# has NAME: both addresses are there
has()
{
	(($(ip -n "$ns-$1" -o addr show dev eth0 | grep -cE " ($vip4/32|$vip6/128) ") == 2))
}
lacks() { ! ip -n "$ns-$1" -o addr show dev eth0 | grep -qE " ($vip4|$vip6)/"; }

# held_by NAME: and the other one has none of it
held_by() { has "$1" && lacks "$(other "$1")"; }
other() { if [[ $1 == node ]]; then echo peer; else echo node; fi; }
node_of() { if [[ $1 == node ]]; then echo node-a; else echo node-b; fi; }
held() { held_by node || held_by peer; }
free() { lacks node && lacks peer; }

# goes_to NAME SECONDS WHAT: both addresses do, and neighbours and Leases say so
goes_to()
{
	local start=$SECONDS at answers

	at="$(mac "$1" eth0)"
	await "$2" held_by "$1"
	echo "# $3: after $((SECONDS - start)) s"
	answers=$(reached)
	is "$3" "yes $at $at $(node_of "$1") $(node_of "$1") answer answer" \
		"$(held_by "$1" && echo yes) $(neighbour 4) $(neighbour 6) $(leases) $answers"
}

# leases FIELD: of those of addresses, in the order of their names
# shellcheck disable=SC2120 # it has a default
leases()
{
	ask_api dump "[.items[] | select(.kind == \"Lease\" and (.metadata.name | startswith(\"kvip-vip-\")))] |
		map(${1:-.spec.holderIdentity}) | sort | join(\" \")"
}
no_leases() { [[ -z $(leases) ]]; }

# reached: "answer" for each address where a pod does, else what went wrong
reached()
{
	local family

	for family in 4 6; do
		in_ns client talk ask -t 5000 "$(address lb $family)" 80
	done | sed 's/^pod1 .*\|^far1 .*/answer/' | xargs
}

neighbour()
{
	ip -n "$ns-client" -j neigh show dev eth0 to "$(address lb "$1")" |
		jq -r '.[].lladdr // empty'
}

# most_at_once: how many nodes had an address at one moment, by what the kernel told
most_at_once()
{
	{
		sed 's/^/node /' "$tmp/node.addresses"
		sed 's/^/peer /' "$tmp/peer.addresses"
	} | grep -E "(inet|inet6) ($vip4|$vip6)/" | sort -k 2,2 -s | awk '{
		for (i = 3; i < NF; i++)
			if ($i ~ /^inet6?$/)
				vip = $(i + 1)
		has[$1, vip] = $3 != "Deleted"
		n = has["node", vip] + has["peer", vip]
		if (n > most)
			most = n
	} END { print most + 0 }'
}

new_lan
join_lan node 1
join_lan client 2
join_lan peer 3
forwarding node
forwarding peer
new_pod pod1 11
pod_of peer farside far1
ip_in node <<-EOF
	route add 10.244.1.0/24 via 192.0.2.3
	route add fd00:10:244:1::/64 via 2001:db8::3
EOF
ip_in peer <<-EOF
	route add 10.244.0.0/24 via 192.0.2.1
	route add fd00:10:244::/64 via 2001:db8::1
EOF
ip_in client <<-EOF
	route add 203.0.113.0/24 dev eth0
	route add 2001:db8:1b::/64 dev eth0
EOF
PORTS=8080 serve_on pod1 far1
for name in node peer; do
	spawn $name ip -ts monitor address >"$tmp/$name.addresses"
done

start_api
kubeconfig >"$tmp/kubeconfig"
cat >"$tmp/kvip.conf" <<-EOF
	[pool public]
	addresses = 203.0.113.0/28, 2001:db8:1b::10-2001:db8:1b::1f
	interface = eth0
EOF
{
	service kubernetes '{spec: {clusterIP: "10.96.0.1", clusterIPs: ["10.96.0.1"],
		ipFamilies: ["IPv4"], ipFamilyPolicy: "SingleStack"}}'
	balanced
	ready_on node-a node-b
	node_json node-a
	node_json node-b '{status: {addresses: [
		{type: "InternalIP", address: "192.0.2.3"},
		{type: "InternalIP", address: "2001:db8::3"}]}}'
} | put
start_on node node-a
await 30 held_by node || not_ok "the first agent takes both" "$(tail -n 5 "$tmp/node.log")"
start_on peer node-b
goes_to node 20 "one agent has both addresses"
is "each has a Lease of its own" \
	"kube-system/kvip-vip-2001-db8-1b--10 kube-system/kvip-vip-203-0-113-10" \
	"$(leases '"\(.metadata.namespace)/\(.metadata.name)"')"

# It ends, and gives them up.
await 20 grep -q "following" "$tmp/peer.log"
stop_on node TERM
is "one that ends takes the addresses away itself" yes "$(lacks node && echo yes)"
goes_to peer 20 "the other one follows"
start_on node node-a

# It dies: the kernel answers a while, then takes them away, before the other one
# may have them.
stop_on peer KILL
is "one that is killed: the kernel answers on" "yes answer answer" \
	"$(has peer && echo yes) $(reached)"
goes_to node 60 "until the other one follows"
start_on peer node-b
await 20 grep -q "following" "$tmp/peer.log"

# It is cut off from the API server, but not from its neighbours.
node nft -f - <<-'END'
	table inet cut {
		chain out { type filter hook output priority -300; tcp dport 6443 drop; }
	}
END
goes_to peer 60 "one that is cut off gives up, and the other one follows"
node nft delete table inet cut

# Its interface fails.
ip -n "$ns-peer" link set eth0 down
await 60 held_by node
ip -n "$ns-peer" link set eth0 up
ip_in peer <<-EOF
	addr replace 2001:db8::3/64 dev eth0
	route replace 10.244.0.0/24 via 192.0.2.1
	route replace fd00:10:244::/64 via 2001:db8::1
EOF
goes_to node 20 "one whose interface fails is followed"

# Where endpoints are
balanced '{spec: {externalTrafficPolicy: "Local"}}' | put
ready_on node-b | put
goes_to peer 60 "with externalTrafficPolicy Local it is where the endpoints are"
ready_on node-a | put
goes_to node 60 "and goes with them"
ready_on node-a node-b | put
goes_to node 20 "and stays"

# One that starts again in time goes on, and nobody notices.
written=$(grep -c "$vip4" "$tmp/peer.addresses")
stop_on node KILL
start_on node node-a
sleep 1
goes_to node 20 "one that starts again goes on"
is "and no other had it" "$written" "$(grep -c "$vip4" "$tmp/peer.addresses")"

tell 'delete?kind=services&ns=demo&name=web'
await 30 free
is "without the Service nobody has it" yes "$(free && echo yes)"
await 30 no_leases
is "nor is there a Lease" "" "$(leases)"
is "there were never two of them" 1 "$(most_at_once)"

((failed == 0)) || tail -n 15 "$tmp/node.log" "$tmp/peer.log" | sed 's/^/# /'
finish
