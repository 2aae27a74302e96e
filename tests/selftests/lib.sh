# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# For the selftests: sourced by each. A test makes its network namespaces with
# names of its own, reports with ok() and not_ok(), and ends with finish().
#
#     pod1 pod2 pod3              10.244.0.11-13, fd00:10:244::11-13
#        \  |  /                  each on a cable of its own to
#         node ---- client        192.0.2.1 - .2, 2001:db8::1 - ::2
#
# The pods are on node-a, which is the namespace "node" with kvip's tables in it.

set -u
export LC_ALL=C

# shellcheck disable=SC2034 # for those that source this
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
test_name=$(basename "$0" .sh)
ns=$test_name-$$
tmp=$(mktemp -d)
passed=0
failed=0

ok()
{
	passed=$((passed + 1))
	printf 'ok %s: %s\n' "$test_name" "$1"
}

# not_ok WHAT [DETAILS]
not_ok()
{
	failed=$((failed + 1))
	printf 'not ok %s: %s\n' "$test_name" "$1"
	if (($# > 1)); then printf '%s\n' "$2" | sed 's/^/# /'; fi
}

# A tool that the kernel or the machine does not have: counted, and loud.
skip()
{
	printf 'skip %s: %s\n' "$test_name" "$1"
	cleanup
	exit 4
}

finish()
{
	cleanup
	trap - EXIT
	((failed == 0 && passed > 0))
	exit
}

cleanup()
{
	local name pids

	# or bash would tell of each that it was killed
	disown -a
	for name in $(ip netns list | awk -v p="$ns-" 'index($1, p) == 1 { print $1 }'); do
		pids=$(ip netns pids "$name")
		# shellcheck disable=SC2086
		[[ -z $pids ]] || kill -9 $pids 2>/dev/null
		ip netns del "$name"
	done
	rm -rf "$tmp"
}
trap 'cleanup; exit 1' EXIT
trap 'exit 1' INT TERM

# is WHAT WANTED GOT: equal, or not ok
is()
{
	if [[ $2 == "$3" ]]; then
		ok "$1"
	else
		not_ok "$1" "wanted: $2"$'\n'"got:    $3"
	fi
}

# matches WHAT REGEX GOT
matches()
{
	if [[ $3 =~ $2 ]]; then
		ok "$1"
	else
		not_ok "$1" "wanted to match: $2"$'\n'"got: $3"
	fi
}

# await SECONDS COMMAND...: until it succeeds; whether it did
await()
{
	local end=$((SECONDS + $1))

	shift
	until "$@" >/dev/null 2>&1; do
		((SECONDS < end)) || return 1
		sleep 0.05
	done
}

# in_ns NAME COMMAND...: in the test's namespace NAME
in_ns()
{
	local name=$1

	shift
	ip netns exec "$ns-$name" "$@"
}

# spawn NAME COMMAND...: the same in the background; $! is the command itself
spawn()
{
	local name=$1

	shift
	# with our standard input: bash would give it /dev/null
	(exec ip netns exec "$ns-$name" "$@") <&0 &
}

node() { in_ns node "$@"; }
client() { in_ns client "$@"; }

# new_ns NAME: with loopback up, and IPv6 addresses usable at once
new_ns()
{
	ip netns add "$ns-$1"
	in_ns "$1" sysctl -qw net.ipv6.conf.all.accept_dad=0 \
		net.ipv6.conf.default.accept_dad=0
	ip -n "$ns-$1" link set lo up
}

# wire A DEVICE-A B DEVICE-B: a cable between two namespaces
wire()
{
	ip -n "$ns-$1" link add "$2" type veth peer name "$4" netns "$ns-$3"
	ip -n "$ns-$1" link set "$2" up
	ip -n "$ns-$3" link set "$4" up
}

# new_pod NAME NUMBER: 10.244.0.NUMBER and fd00:10:244::NUMBER, on a cable of its
# own to the node, which routes: no bridge that answers could cross
new_pod()
{
	local name=$1 v4=10.244.0.$2 v6=fd00:10:244::$2

	new_ns "$name"
	wire node "to-$name" "$name" eth0
	ip -n "$ns-node" addr add 10.244.0.1/32 dev "to-$name"
	ip -n "$ns-node" addr add fd00:10:244::1/128 dev "to-$name"
	ip -n "$ns-node" route add "$v4/32" dev "to-$name"
	ip -n "$ns-node" route add "$v6/128" dev "to-$name"
	ip -n "$ns-$name" addr add "$v4/32" dev eth0
	ip -n "$ns-$name" addr add "$v6/128" dev eth0
	ip -n "$ns-$name" route add default via 10.244.0.1 dev eth0 onlink
	ip -n "$ns-$name" route add default via fd00:10:244::1 dev eth0 onlink
}

# The picture at the top.
setup_cluster()
{
	local i

	new_ns node
	new_ns client
	node sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
	wire node eth0 client eth0
	ip -n "$ns-node" addr add 192.0.2.1/24 dev eth0
	ip -n "$ns-node" addr add 2001:db8::1/64 dev eth0
	ip -n "$ns-client" addr add 192.0.2.2/24 dev eth0
	ip -n "$ns-client" addr add 2001:db8::2/64 dev eth0
	ip -n "$ns-client" route add default via 192.0.2.1
	ip -n "$ns-client" route add default via 2001:db8::1
	ip -n "$ns-node" route add default via 192.0.2.2
	ip -n "$ns-node" route add default via 2001:db8::2

	for i in 1 2 3; do
		new_pod "pod$i" "1$i"
	done
}

# serve NAMESPACE PROTO ADDRESS PORT...: a server called NAMESPACE
serve()
{
	local name=$1 proto=$2 log

	log=$(mktemp -p "$tmp")
	shift 2
	spawn "$name" talk serve -p "$proto" -n "$name" "$@" >"$log"
	await 10 grep -q ready "$log" || not_ok "the $proto server of $name starts"
}

# Servers on port 8080 of every pod, for every protocol and family.
serve_all()
{
	local i proto

	for i in 1 2 3; do
		for proto in tcp udp sctp; do
			serve "pod$i" $proto "10.244.0.1$i" 8080
			serve "pod$i" $proto "fd00:10:244::1$i" 8080
		done
	done
}

# How a case calls a protocol and family, and the VIP that cluster_yaml has.
vip()
{
	case $1 in
	4) echo 10.96.0.100 ;;
	6) echo fd00:10:96::100 ;;
	esac
}

# service_yaml NAME [SPEC-LINE]...: a dual-stack Service demo/NAME with port 80
# of TCP, UDP and SCTP, at the addresses that vip() tells
service_yaml()
{
	local name=$1 line

	shift
	cat <<-EOF
		---
		apiVersion: v1
		kind: Service
		metadata: {namespace: demo, name: $name}
		spec:
		  type: ClusterIP
		  clusterIPs: ["$(vip 4)", "$(vip 6)"]
		  ports:
		  - {name: tcp, port: 80, protocol: TCP, targetPort: 8080}
		  - {name: udp, port: 80, protocol: UDP, targetPort: 8080}
		  - {name: sctp, port: 80, protocol: SCTP, targetPort: 8080}
	EOF
	for line in "$@"; do printf '  %s\n' "$line"; done
}

# slices_yaml NAME POD...: EndpointSlices of demo/NAME with those pods' numbers;
# 2@node-b is pod2, said to be on node-b; 2:terminating, 2:unready
slices_yaml()
{
	local name=$1 family pod node state prefix

	shift
	for family in 4 6; do
		prefix=10.244.0.1
		((family == 4)) || prefix=fd00:10:244::1
		cat <<-EOF
			---
			apiVersion: discovery.k8s.io/v1
			kind: EndpointSlice
			metadata:
			  namespace: demo
			  name: $name-$family
			  labels: {kubernetes.io/service-name: $name}
			addressType: IPv$family
			ports:
			- {name: tcp, port: 8080, protocol: TCP}
			- {name: udp, port: 8080, protocol: UDP}
			- {name: sctp, port: 8080, protocol: SCTP}
			endpoints:
		EOF
		for pod in "$@"; do
			node='node-a'
			state='ready: true'
			[[ $pod != *:terminating ]] ||
				state='ready: false, serving: true, terminating: true'
			[[ $pod != *:unready ]] || state='ready: false'
			pod=${pod%:*}
			[[ $pod != *@* ]] || node=${pod#*@}
			echo "- {addresses: [\"$prefix${pod%@*}\"], nodeName: $node, conditions: {$state}}"
		done
		(($# > 0)) || echo '  []'
	done
}

# cluster_yaml POD...: demo/web with those pods, and the nodes
cluster_yaml()
{
	service_yaml web
	slices_yaml web "$@"
	nodes_yaml
}

nodes_yaml()
{
	cat <<-EOF
		---
		apiVersion: v1
		kind: Node
		metadata: {name: node-a}
		---
		apiVersion: v1
		kind: Node
		metadata: {name: node-b}
	EOF
}

# sync: standard input to the node's tables
sync_node()
{
	node kvip sync -f - --node node-a "$@"
}

generation()
{
	node kvip show config -j | jq .generation
}

# asks FROM PROTO FAMILY COUNT: what a client sees; one line a connection
asks()
{
	in_ns "$1" talk ask -p "$2" -c "$4" -t "${5:-5000}" "$(vip "$3")" 80
}
