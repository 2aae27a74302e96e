#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Every network namespace has tables of its own, which go with it, and a
# namespace without tables has nothing hooked and no connection tracked.

# shellcheck source=tests/selftests/lib.sh
. "$(dirname "$0")/lib.sh"

# small_ns NAME: a namespace whose only device is loopback, with the VIPs and the
# pods' addresses on it, so that it is a node with clients and pods in one
small_ns()
{
	new_ns "$1"
	ip -n "$ns-$1" addr add 10.244.0.11/32 dev lo
	ip -n "$ns-$1" addr add 10.244.0.19/32 dev lo
	ip -n "$ns-$1" addr add fd00:10:244::11/128 dev lo
	ip -n "$ns-$1" addr add fd00:10:244::19/128 dev lo
	ip -n "$ns-$1" route add 10.96.0.0/16 dev lo src 10.244.0.19
	ip -n "$ns-$1" route add fd00:10:96::/64 dev lo src fd00:10:244::19
}

# table NAMESPACE SERVICE POD...
table()
{
	local name=$1 service=$2

	shift 2
	{
		service_yaml "$service"
		slices_yaml "$service" "$@"
		nodes_yaml
	} | in_ns "$name" kvip sync -f - --node node-a >/dev/null
}

# The YAML of one family of demo/web, as its controller would write it.
one_family_yaml()
{
	cat <<-EOF
		---
		apiVersion: v1
		kind: Service
		metadata: {namespace: demo, name: web}
		spec:
		  type: ClusterIP
		  ipFamilies: [IPv$1]
		  clusterIPs: ["$(vip "$1")"]
		  ports:
		  - {name: tcp, port: 80, protocol: TCP, targetPort: 8080}
	EOF
	slices_yaml web 1
	nodes_yaml
}

config() { in_ns "$1" kvip show config -j | jq "$2"; }

# services NAMESPACE: the names in its table
services()
{
	in_ns "$1" kvip show services -j |
		jq -r '[.services[].name] | unique | join(" ")'
}

# tracked NAMESPACE FAMILY: how many connections conntrack knows after there was
# one to a server, not to a VIP
tracked()
{
	local address=10.244.0.11

	[[ $2 == 4 ]] || address=fd00:10:244::11
	in_ns "$1" conntrack -F >/dev/null 2>&1
	in_ns "$1" talk ask -t 5000 "$address" 8080 >/dev/null ||
		echo "no answer from $address"
	in_ns "$1" conntrack -L -f "ipv$2" 2>/dev/null | wc -l
}

# Tables of their own.
small_ns a
small_ns b
small_ns c
serve a tcp 10.244.0.11 8080
serve a tcp fd00:10:244::11 8080
serve b tcp 10.244.0.11 8080
serve c tcp 10.244.0.11 8080
serve c tcp fd00:10:244::11 8080
table a web 1
table b shop 1 2
web="demo/web:sctp demo/web:tcp demo/web:udp"
is "a namespace's services are its own" "$web" "$(services a)"
is "and another's are others" "${web//web/shop}" "$(services b)"
is "a third has none" "" "$(services c)"
is "backends are counted for each" "6 12 0" \
	"$(for name in a b c; do config $name .backends; done | xargs)"
is "generations too" "1 1 0" "$(for name in a b c; do config $name .generation; done | xargs)"
table b shop 1
is "a commit in one is none in another" "1 2 0" \
	"$(for name in a b c; do config $name .generation; done | xargs)"
is "a VIP answers where it is in the tables" a \
	"$(in_ns a talk ask "$(vip 4)" 80 | cut -d' ' -f1)"
is "the same VIP is another's elsewhere" b \
	"$(in_ns b talk ask "$(vip 4)" 80 | cut -d' ' -f1)"
is "and nobody's where there are none" TIMEOUT \
	"$(in_ns c talk ask -t 300 "$(vip 4)" 80)"
in_ns b kvip flush >/dev/null
is "an emptied table empties no other" "$web" "$(services a)"
is "nor its VIP" a "$(in_ns a talk ask "$(vip 6)" 80 | cut -d' ' -f1)"

# Nothing is hooked where there is no table.
hooks() { config "$1" '[.hooksIPv4, .hooksIPv6] | map(tostring) | join(" ")' | tr -d '"'; }

is "nothing is hooked without a table" "false false" "$(hooks c)"
is "and nothing is tracked, IPv4" 0 "$(tracked c 4)"
is "and nothing is tracked, IPv6" 0 "$(tracked c 6)"
is "conntrack -C says so too" 0 "$(in_ns c conntrack -C)"
for family in 4 6; do
	other=$((10 - family))
	wanted="true false"
	((family == 4)) || wanted="false true"
	one_family_yaml $family | in_ns c kvip sync -f - --node node-a >/dev/null
	is "a first frontend of IPv$family hooks that family" "$wanted" "$(hooks c)"
	is "its connections are tracked" 1 "$(tracked c $family)"
	is "those of IPv$other are not" 0 "$(tracked c $other)"
	is "its VIP answers" c "$(in_ns c talk ask "$(vip $family)" 80 | cut -d' ' -f1)"
	in_ns c kvip flush >/dev/null
	is "after its last frontend nothing is hooked" "false false" "$(hooks c)"
	is "and nothing is tracked, IPv$family" 0 "$(tracked c $family)"
done
# A commit that is refused leaves the hooks as they were.
in_ns c abi_stream refused || not_ok "a commit is refused"
is "a refused commit hooks nothing" "false false" "$(hooks c)"

# A namespace goes, with its table, while flows go through it.
setup_cluster
serve_all
cluster_yaml 1 2 3 | sync_node >/dev/null
held=()
for proto in tcp udp sctp; do
	for family in 4 6; do
		mkfifo "$tmp/typed-$proto-$family"
		client talk hold -t 2000 -p $proto "$(vip $family)" 80 \
			<"$tmp/typed-$proto-$family" >"$tmp/held-$proto-$family" &
		exec {fd}>"$tmp/typed-$proto-$family"
		held+=("$fd")
		await 10 grep -q ' 8080$' "$tmp/held-$proto-$family" ||
			not_ok "an open flow over $proto, IPv$family"
	done
done
client talk ask -p udp -c 1000000 -i 2 -t 50 "$(vip 4)" 80 >"$tmp/stream" 2>&1 &
stream=$!
await 10 grep -q ' 8080$' "$tmp/stream"
is "6 flows and a stream of new ones are open" 6 \
	"$(cat "$tmp"/held-* | grep -c ' 8080$')"
node_gone() { ! ip netns list | grep -q "^$ns-node\b"; }
ip netns del "$ns-node"
await 10 node_gone && ok "their node is deleted under them" ||
	not_ok "their node is deleted under them"
# Packets that were on their way have nowhere to go any more: the other end of
# the cable goes with the namespace, so waiting for it is waiting for its end.
cable_gone() { ! ip -n "$ns-client" link show eth0; }
await 30 cable_gone && ok "and has come to its end" ||
	not_ok "and has come to its end" "$(ip -n "$ns-client" link)"
kill "$stream" 2>/dev/null
for fd in "${held[@]}"; do exec {fd}>&-; done
wait "$stream" 2>/dev/null

# An open transaction goes with who holds it, and lets its namespace go.
for how in transaction dump; do
	small_ns "$how"
	table "$how" web 1 2 3
	mkfifo "$tmp/$how"
	in_ns "$how" abi_stream "$how" <"$tmp/$how" >"$tmp/$how-out" &
	holder=$!
	exec {fd}>"$tmp/$how"
	await 10 grep -q ready "$tmp/$how-out" || not_ok "a $how is open"
	ip netns del "$ns-$how"
	if kill -0 "$holder" 2>/dev/null; then
		ok "a namespace is deleted with a $how open"
	else
		not_ok "a namespace is deleted with a $how open"
	fi
	kill -KILL "$holder"
	wait "$holder" 2>/dev/null
	exec {fd}>&-
done

# Many, quickly.
cluster_yaml 1 2 3 >"$tmp/cluster.yaml"
count=0
for ((i = 0; i < 50; i++)); do
	ip netns add "$ns-loop"
	in_ns loop kvip sync -f "$tmp/cluster.yaml" --node node-a >"$tmp/said" &&
		grep -q ' 6 frontends.*(generation 1)' "$tmp/said" &&
		count=$((count + 1))
	ip netns del "$ns-loop"
done
is "50 namespaces, one after the other, start empty and go with a table" 50 $count

is "the first still has what it had" "$web" "$(services a)"

finish
