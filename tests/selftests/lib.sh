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
	trap - EXIT
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

# enter NAME COMMAND...: be the command, in the test's namespace NAME. What looks
# at the network alone goes there without a /sys of its own, which takes longer.
enter()
{
	local name=$1

	shift
	case $1 in
	kvip | talk | conntrack) exec nsenter --net="/run/netns/$ns-$name" "$@" ;;
	*) exec ip netns exec "$ns-$name" "$@" ;;
	esac
}

# in_ns NAME COMMAND...: in the test's namespace NAME
in_ns() { (enter "$@"); }

# spawn NAME COMMAND...: the same in the background; $! is the command itself
spawn()
{
	# with our standard input: bash would give it /dev/null
	(enter "$@") <&0 &
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
# shellcheck disable=SC2120 # the options are for other files
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

# The larger cluster, for what depends on who asks and where endpoints are:
#
#   guest pod1 pod2 pod3                        far1 far2
#   .19   .11  .12  .13   10.244.0.0/24         .11  .12   10.244.1.0/24
#      \   |  /           fd00:10:244::/64        \  /     fd00:10:244:1::/64
#        node ------------ router ------------ farnode
#      192.0.2.1              |               192.0.2.2
#    2001:db8::1            client           2001:db8::2
#                  198.51.100.2, 2001:db8:c::2
#
# "node" is node-a and has kvip's tables, "farnode" is node-b and only routes.
# All cables are point to point; the router sends what is for VIPs to the node.
# No pod of these is an endpoint unless a test says so, and "guest" never is.

# address NAME FAMILY: of a namespace above, or of what the Services below have
address()
{
	case $1-$2 in
	guest-4) echo 10.244.0.19 ;;
	guest-6) echo fd00:10:244::19 ;;
	pod?-4) echo "10.244.0.1${1#pod}" ;;
	pod?-6) echo "fd00:10:244::1${1#pod}" ;;
	far?-4) echo "10.244.1.1${1#far}" ;;
	far?-6) echo "fd00:10:244:1::1${1#far}" ;;
	node-4 | nodeport-4) echo 192.0.2.1 ;;
	node-6 | nodeport-6) echo 2001:db8::1 ;;
	farnode-4) echo 192.0.2.2 ;;
	farnode-6) echo 2001:db8::2 ;;
	client-4) echo 198.51.100.2 ;;
	client-6) echo 2001:db8:c::2 ;;
	podside-4) echo 10.244.0.1 ;; # the node's, on the cables to its pods
	podside-6) echo fd00:10:244::1 ;;
	farside-4) echo 10.244.1.1 ;;
	farside-6) echo fd00:10:244:1::1 ;;
	cluster-[46]) vip "$2" ;;
	lb-4) echo 203.0.113.10 ;;
	lb-6) echo 2001:db8:1b::10 ;;
	external-4) echo 203.0.113.200 ;;
	external-6) echo 2001:db8:1b::200 ;;
	esac
}

# port KIND: of the Services below, which have it for all protocols
port()
{
	if [[ $1 == nodeport ]]; then echo 30080; else echo 80; fi
}

# ip_in NAMESPACE: the ip commands on standard input, in one process
ip_in()
{
	ip -n "$ns-$1" -batch -
}

# new_lan: a network of hosts, 192.0.2.0/24 and 2001:db8::/64, for join_lan()
new_lan()
{
	new_ns lan
	ip -n "$ns-lan" link add br0 type bridge
	ip -n "$ns-lan" link set br0 up
}

# join_lan NAME NUMBER: a namespace with eth0 in it
join_lan()
{
	new_ns "$1"
	wire "$1" eth0 lan "to-$1"
	ip -n "$ns-lan" link set "to-$1" master br0
	ip_in "$1" <<-EOF
		addr add 192.0.2.$2/24 dev eth0
		addr add 2001:db8::$2/64 dev eth0
	EOF
}

# host_routes DEVICE NAME: ip commands, for what is at the cable's other end
host_routes()
{
	echo "route add $(address "$2" 4)/32 dev $1"
	echo "route add $(address "$2" 6)/128 dev $1"
}

# end_of_cable NAME GATEWAY4 GATEWAY6: the same for a namespace with one device
end_of_cable()
{
	ip_in "$1" <<-EOF
		addr add $(address "$1" 4)/32 dev eth0
		addr add $(address "$1" 6)/128 dev eth0
		route add $2 dev eth0
		route add $3 dev eth0
		route add default via $2
		route add default via $3
	EOF
}

# edge NAME: a namespace with a cable to the router, which is its way to all else
edge()
{
	new_ns "$1"
	wire router "to-$1" "$1" eth0
	{
		echo "addr add 192.0.2.254/32 dev to-$1"
		echo "addr add 2001:db8::fe/128 dev to-$1"
		host_routes "to-$1" "$1"
	} | ip_in router
	end_of_cable "$1" 192.0.2.254 2001:db8::fe
}

# pod_of NODE NODE-SIDE POD: like new_pod; both names are known to address()
pod_of()
{
	new_ns "$3"
	wire "$1" "to-$3" "$3" eth0
	{
		echo "addr add $(address "$2" 4)/32 dev to-$3"
		echo "addr add $(address "$2" 6)/128 dev to-$3"
		host_routes "to-$3" "$3"
	} | ip_in "$1"
	end_of_cable "$3" "$(address "$2" 4)" "$(address "$2" 6)"
}

forwarding()
{
	in_ns "$1" sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
}

# setup_two_nodes [POD]...: the picture above, with those pods
setup_two_nodes()
{
	local pod

	(($# > 0)) || set -- guest pod1 pod2 far1 far2
	# all ICMP errors that the cases ask for, at once
	sysctl -qw net.ipv4.icmp_msgs_per_sec=100000 net.ipv4.icmp_msgs_burst=10000 2>/dev/null
	new_ns router
	forwarding router
	edge node
	edge farnode
	edge client
	forwarding node
	forwarding farnode
	node sysctl -qw net.ipv4.icmp_ratelimit=0 net.ipv6.icmp.ratelimit=0
	ip_in router <<-EOF
		route add 10.244.0.0/24 via 192.0.2.1
		route add 10.244.1.0/24 via 192.0.2.2
		route add fd00:10:244::/64 via 2001:db8::1
		route add fd00:10:244:1::/64 via 2001:db8::2
		route add 10.96.0.0/16 via 192.0.2.1
		route add fd00:10:96::/64 via 2001:db8::1
		route add 203.0.113.0/24 via 192.0.2.1
		route add 2001:db8:1b::/64 via 2001:db8::1
	EOF
	for pod in "$@"; do
		case $pod in
		far*) pod_of farnode farside "$pod" ;;
		*) pod_of node podside "$pod" ;;
		esac
	done
}

# A server for each protocol and family on port 8080 (or $PORTS) of each NAME.
serve_on()
{
	local name proto family log

	for name in "$@"; do
		for proto in tcp udp sctp; do
			for family in 4 6; do
				log=$(mktemp -p "$tmp" ready.XXXXXX)
				# shellcheck disable=SC2086 # several ports
				spawn "$name" talk serve -p $proto -n "$name" \
					"$(address "$name" $family)" ${PORTS:-8080} >"$log"
			done
		done
	done
	for log in "$tmp"/ready.*; do
		await 20 grep -q ready "$log" || not_ok "the servers of $* start"
	done
}

# lb_service NAME [SPEC-LINE]...: demo/NAME with port 80 of every protocol at a
# ClusterIP, a load balancer's and an external address, and node port 30080
lb_service()
{
	local name=$1 line

	shift
	cat <<-EOF
		---
		apiVersion: v1
		kind: Service
		metadata: {namespace: demo, name: $name}
		status:
		  loadBalancer:
		    ingress: [{ip: "$(address lb 4)"}, {ip: "$(address lb 6)"}]
		spec:
		  type: LoadBalancer
		  ipFamilies: [IPv4, IPv6]
		  clusterIPs: ["$(vip 4)", "$(vip 6)"]
		  externalIPs: ["$(address external 4)", "$(address external 6)"]
		  ports:
		  - {name: tcp, port: 80, protocol: TCP, targetPort: 8080, nodePort: 30080}
		  - {name: udp, port: 80, protocol: UDP, targetPort: 8080, nodePort: 30080}
		  - {name: sctp, port: 80, protocol: SCTP, targetPort: 8080, nodePort: 30080}
	EOF
	for line in "$@"; do printf '  %s\n' "$line"; done
}

# slices_for NAME ENDPOINT...: EndpointSlices of demo/NAME; an endpoint is a name
# that address() knows, and may end in :terminating, :unready (which serves
# nevertheless) or :dead (which terminates and does not serve)
slices_for()
{
	local name=$1 family endpoint state node

	shift
	for family in 4 6; do
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
		for endpoint in "$@"; do
			case $endpoint in
			*:terminating) state='ready: false, serving: true, terminating: true' ;;
			*:unready) state='ready: false, serving: true' ;;
			*:dead) state='ready: false, serving: false, terminating: true' ;;
			*) state='ready: true' ;;
			esac
			endpoint=${endpoint%:*}
			node="node-a"
			[[ $endpoint != far* ]] || node="node-b"
			echo "- {addresses: [\"$(address "$endpoint" $family)\"], nodeName: $node, conditions: {$state}}"
		done
		(($# > 0)) || echo '  []'
	done
}

# other_service [ENDPOINT]...: demo/other, likewise at addresses of its own
other_service()
{
	lb_service other | sed 's/10\.96\.0\.100/10.96.0.200/; s/fd00:10:96::100/fd00:10:96::200/
		s/203\.0\.113\./203.0.114./g; s/2001:db8:1b::/2001:db8:1c::/g; s/30080/30090/'
	slices_for other "$@"
}

# The Nodes, with the addresses that have node ports and their pods' networks.
two_nodes()
{
	cat <<-EOF
		---
		apiVersion: v1
		kind: Node
		metadata: {name: node-a}
		spec: {podCIDRs: ["10.244.0.0/24", "fd00:10:244::/64"]}
		status:
		  addresses:
		  - {type: InternalIP, address: "$(address node 4)"}
		  - {type: InternalIP, address: "$(address node 6)"}
		---
		apiVersion: v1
		kind: Node
		metadata: {name: node-b}
		spec: {podCIDRs: ["10.244.1.0/24", "fd00:10:244:1::/64"]}
		status:
		  addresses:
		  - {type: InternalIP, address: "$(address farnode 4)"}
		  - {type: InternalIP, address: "$(address farnode 6)"}
	EOF
}

# sync_taken: standard input to the node's tables, or not ok
sync_taken()
{
	sync_node >"$tmp/synced" 2>&1 || not_ok "a table is taken" "$(cat "$tmp/synced")"
}

# apply_lb [-s SPEC-LINE]... ENDPOINT...: demo/web as above, with those endpoints
apply_lb()
{
	local spec=()

	while [[ ${1-} == -s ]]; do
		spec+=("$2")
		shift 2
	done
	{ lb_service web "${spec[@]}"; slices_for web "$@"; two_nodes; } | sync_taken
}

# config KEY=VALUE...: kvip config set
config()
{
	local out

	out=$(node kvip config set "$@" 2>&1) || not_ok "kvip config set $*" "$out"
}

# Both families' pod networks, as the detector of local pods.
detect_pods()
{
	config cluster-cidrs=10.244.0.0/16,fd00:10:244::/48
}

# ports N: the first of N source ports that no connection of this test had yet,
# since an old UDP flow is no new connection. Not for commands side by side.
ports()
{
	local first=20000

	[[ ! -s $tmp/ports ]] || first=$(<"$tmp/ports")
	((first + $1 < 60000)) || first=20000
	echo $((first + $1)) >"$tmp/ports"
	echo $first
}

# connect FROM PROTO FAMILY KIND [COUNT [MS]]: to demo/web; a line a connection
connect()
{
	local count=${5:-1}

	in_ns "$1" talk ask -r -p "$2" -c "$count" -t "${6:-3000}" -b "$(ports "$count")" 		"$(address "$4" "$3")" "$(port "$4")"
}

# gets WHAT WANTED FROM PROTO FAMILY KIND [MS]: the first word of what one
# connection to demo/web gets; a datagram dropped by its own node is a TIMEOUT
gets()
{
	local got

	got=$(connect "$3" "$4" "$5" "$6" 1 "${7:-}" | cut -d' ' -f1)
	[[ $got != Operation || $3 != node ]] || got=TIMEOUT
	is "$1: $3 -> $6 over $4, IPv$5: $2" "$2" "$got"
}

# explains FROM TO [KEY]...: what kvip explain says of a connection: those keys'
# values in a line, or verdict, rule
explains()
{
	local from=$1 to=$2 key keys=''

	shift 2
	(($# > 0)) || set -- verdict rule
	for key in "$@"; do keys+="${keys:+, }.$key"; done
	node kvip explain -j "$from" "$to" | jq -r "[$keys] | map(. // \"-\") | join(\" \")"
}

# names: of those that answered, each once, in order, of lines on standard input
names() { cut -d' ' -f1 | sort -u | xargs; }
# peers: whom they saw
peers() { cut -d' ' -f2 | sort -u | xargs; }

# info KEY: of kvip show config -j
info()
{
	node kvip show config -j | jq -r ".$1"
}

# icmp_errors NAMESPACE FAMILY: destination unreachables that it sent
icmp_errors()
{
	if (($2 == 4)); then
		in_ns "$1" awk '/^Icmp: [0-9]/ { print $16 }' /proc/net/snmp
	else
		in_ns "$1" awk '$1 == "Icmp6OutDestUnreachs" { print $2 }' /proc/net/snmp6
	fi
}

# mac NAMESPACE DEVICE
mac()
{
	ip -n "$ns-$1" -j link show "$2" | jq -r '.[0].address'
}
