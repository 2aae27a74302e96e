#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# kvip explain: every verdict, rule, source, list and masquerade, as text and as
# JSON; that asking changes nothing; and what is refused. S19-S31 S37-S43 S47-S50
#
# Not in short runs: words.

# shellcheck source=tests/selftests/lib.sh
. "$(dirname "$0")/lib.sh"

setup_cluster
serve_all
lb4=$(address lb 4)
lb6=$(address lb 6)

explain() { node kvip explain "$@" 2>&1; }

# told WHAT ARGUMENT...: the text on standard input is what is printed
told()
{
	local what=$1

	shift
	is "$what" "$(cat)" "$(explain "$@")"
}

# facts WHAT WANTED KEYS ARGUMENT...: those keys of the JSON, in a line
facts()
{
	local what=$1 wanted=$2 keys=$3

	shift 3
	is "$what" "$wanted" \
		"$(explain -j "$@" | jq -r --arg keys "$keys" \
			'[getpath($keys | split(" ")[] | split("."))] | map(tostring) | join(" ")')"
}

# web [-s SPEC-LINE]... POD...: demo/web with all kinds of frontends; a pod that
# is not ready serves nevertheless
web()
{
	local spec=()

	while [[ ${1-} == -s ]]; do
		spec+=("$2")
		shift 2
	done
	{ lb_service web "${spec[@]}"; slices_yaml web "$@"; two_nodes; } |
		sed 's/{ready: false}/{ready: false, serving: true}/' | sync_taken
}

# before any table
told "an empty table: no Service" 192.0.2.2 10.96.0.100:80 <<-EOF
	192.0.2.2 -> 10.96.0.100:80/tcp
	  untouched  no Service has this address and port: the packet goes on as it is
	  hint       kvip show frontends lists what Services have
EOF

# One endpoint: no chance in it.
web 1
told "a ClusterIP" 192.0.2.2 10.96.0.100:80 <<-EOF
	192.0.2.2 -> 10.96.0.100:80/tcp
	  frontend   ClusterIP of demo/web:tcp
	  source     outside the cluster (no detector of local pods is configured)
	  list       cluster: internalTrafficPolicy is Cluster, 1 of 1 endpoint is ready
	  backend    10.244.0.11:8080, source address kept
EOF
told "UDP and IPv6" 2001:db8::2 '[fd00:10:96::100]:80/UDP' <<-EOF
	2001:db8::2 -> [fd00:10:96::100]:80/udp
	  frontend   ClusterIP of demo/web:udp
	  source     outside the cluster (no detector of local pods is configured)
	  list       cluster: internalTrafficPolicy is Cluster, 1 of 1 endpoint is ready
	  backend    [fd00:10:244::11]:8080, source address kept
EOF
told "a load balancer's address" 192.0.2.2 "$lb4:80/sctp" <<-EOF
	192.0.2.2 -> $lb4:80/sctp
	  frontend   load-balancer address of demo/web:sctp
	  source     outside the cluster (no detector of local pods is configured)
	  list       cluster: externalTrafficPolicy is Cluster, 1 of 1 endpoint is ready
	  backend    10.244.0.11:8080, source address hidden: the endpoint may be on any node, and answers have to come back here
EOF
told "a device that is named" --dev to-pod1 10.244.0.13 10.96.0.100:80 <<-EOF
	10.244.0.13 -> 10.96.0.100:80/tcp
	  frontend   ClusterIP of demo/web:tcp
	  device     arrives on to-pod1
	  source     outside the cluster (no detector of local pods is configured)
	  list       cluster: internalTrafficPolicy is Cluster, 1 of 1 endpoint is ready
	  backend    10.244.0.11:8080, source address kept
EOF
facts "an external IP" "backend external-ip demo/web:tcp" "verdict frontend.kind service" \
	192.0.2.2 "$(address external 4):80"
facts "a node port" "backend node-port demo/web:tcp" "verdict frontend.kind service" \
	192.0.2.2 192.0.2.1:30080
facts "the other family's" "backend node-port [fd00:10:244::11]:8080" "verdict frontend.kind backend" \
	2001:db8::2 '[2001:db8::1]:30080'

# Chance: who it could be.
web 1 2 3@node-b
out=$(explain 192.0.2.2 10.96.0.100:80)
is "one of several, by chance" "  backend    one of 3, by chance; source address kept
             10.244.0.11:8080  node-a*  ready
             10.244.0.12:8080  node-a*  ready
             10.244.0.13:8080  node-b   ready" "$(tail -n 4 <<<"$out")"
is "the candidates as JSON" "10.244.0.11:8080 node-a true true
10.244.0.12:8080 node-a true true
10.244.0.13:8080 node-b false true" \
	"$(explain -j 192.0.2.2 10.96.0.100:80 |
		jq -r '.candidates[] | "\(.backend) \(.node) \(.onNode) \(.ready)"')"
matches "the client among them is told" '10\.244\.0\.12:8080 +node-a\* +ready, the client itself' \
	"$(explain 10.244.0.12 10.96.0.100:80)"
seen=$(for ((i = 0; i < 40; i++)); do explain -j 192.0.2.2 10.96.0.100:80; done |
	jq -r '"\(.byChance) \(.backend) \(.backendNode)"' | sort -u)
is "chance is chance in an explanation, too" "true 10.244.0.11:8080 node-a
true 10.244.0.12:8080 node-a
true 10.244.0.13:8080 node-b" "$seen"
{
	service_yaml many
	printf -- '---\n{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {namespace: demo, name: many, labels: {kubernetes.io/service-name: many}}, addressType: IPv4, ports: [{name: tcp, port: 8080}], endpoints: [\n'
	for ((i = 1; i <= 200; i++)); do printf '{addresses: [10.250.0.%d], nodeName: node-a},\n' $i; done
	printf ']}\n'
	two_nodes
} | sync_taken
out=$(explain 192.0.2.2 10.96.0.100:80)
is "64 candidates, and how many more" "64              and 136 more" \
	"$(grep -c '^  *10\.250' <<<"$out") $(tail -n 1 <<<"$out")"

# Lists: policies, topology, and what serves while it terminates.
web -s 'externalTrafficPolicy: Local' -s 'loadBalancerSourceRanges: [192.0.2.0/24, "2001:db8::/32"]' \
	1 2@node-b 3@node-b
told "a local list, and source ranges" 192.0.2.2 "$lb4:80" <<-EOF
	192.0.2.2 -> $lb4:80/tcp
	  frontend   load-balancer address of demo/web:tcp
	  ranges     192.0.2.0/24 allows it
	  source     outside the cluster (no detector of local pods is configured)
	  list       local: externalTrafficPolicy is Local, 1 of 3 endpoints is on this node
	  backend    10.244.0.11:8080, source address kept
EOF
facts "the same as JSON" "192.0.2.0/24 local external-local 1 1 3 no" \
	"range list listWhy listSize localSize backendsSize masquerade" 192.0.2.2 "$lb4:80"
facts "an IPv6 range" "2001:db8::/32 external-local" "range listWhy" 2001:db8::2 "[$lb6]:80"
told "no source range has it" 198.51.100.7 "$lb4:80" <<-EOF
	198.51.100.7 -> $lb4:80/tcp
	  frontend   load-balancer address of demo/web:tcp
	  ranges     none has 198.51.100.7
	  source     outside the cluster (no detector of local pods is configured)
	  drop       no source range of the Service has this source (silence: no answer is sent)
	  hint       the Service's loadBalancerSourceRanges say who may
EOF
facts "the same as JSON" "drop source-ranges null null null []" \
	"verdict rule range list backend candidates" 198.51.100.7 "$lb4:80"
facts "the node itself gets the cluster list" "node sent node cluster 3 node" \
	"source sourceWhy listWhy list listSize masquerade" --sent 192.0.2.1 "$(address external 4):80"
web -s 'internalTrafficPolicy: Local' 1:terminating 2 3@node-b
facts "internalTrafficPolicy Local" "internal-local local 1 10.244.0.12:8080" \
	"listWhy list listSize backend" 192.0.2.2 10.96.0.100:80
web -s 'internalTrafficPolicy: Local' 1:terminating 3@node-b
matches "the local list's fallback" \
	'list       local: internalTrafficPolicy is Local, no endpoint on this node is ready: those that terminate but still serve, 1 of 2' \
	"$(explain 192.0.2.2 10.96.0.100:80)"
web 1:terminating 3:unready
matches "the cluster list's fallback" \
	'list       cluster: internalTrafficPolicy is Cluster, no endpoint is ready: those that terminate but still serve, 1 of 2' \
	"$(explain 192.0.2.2 10.96.0.100:80)"
facts "the same as JSON" "true" "clusterFallback" 192.0.2.2 10.96.0.100:80
# hinted KIND FOR...: pod1 to pod3 with those hints, on a node of zone za
hinted()
{
	local kind=$1 i=0 hint

	shift
	service_yaml web
	printf -- '---\n{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {namespace: demo, name: web, labels: {kubernetes.io/service-name: web}}, addressType: IPv4, ports: [{name: tcp, port: 8080}], endpoints: [\n'
	for hint in "$@"; do
		i=$((i + 1))
		printf '{addresses: [10.244.0.1%d], nodeName: node-b, hints: {%s: [{name: %s}]}},\n' $i "$kind" "$hint"
	done
	printf ']}\n---\n{apiVersion: v1, kind: Node, metadata: {name: node-a, labels: {topology.kubernetes.io/zone: za}}}\n'
}
hinted forZones za zb za | sync_taken
matches "hints for the zone" 'Cluster, 2 of 3 endpoints are ready and hinted for this node.s zone' \
	"$(explain 192.0.2.2 10.96.0.100:80)"
hinted forNodes node-b node-a node-b | sync_taken
matches "hints for the node" 'Cluster, 1 of 3 endpoints is ready and hinted for this node'$'\n' \
	"$(explain 192.0.2.2 10.96.0.100:80)"
facts "the same as JSON" "true false 10.244.0.12:8080" "topologyNode topologyZone backend" \
	192.0.2.2 10.96.0.100:80

# Nobody to send it to.
web
told "no endpoint" 192.0.2.2 10.96.0.100:80 <<-EOF
	192.0.2.2 -> 10.96.0.100:80/tcp
	  frontend   ClusterIP of demo/web:tcp
	  source     outside the cluster (no detector of local pods is configured)
	  list       cluster: internalTrafficPolicy is Cluster, there is no endpoint
	  reject     the Service has no usable endpoint anywhere (TCP reset or ICMP port unreachable)
	  hint       kvip show backends demo/web:tcp lists its endpoints
EOF
web 1:unready
facts "none that is ready" "reject no-endpoint 0 1 null" "verdict rule listSize backendsSize backend" \
	192.0.2.2 "$lb4:80"
facts "a node port of nobody" "reject no-endpoint" "verdict rule" 192.0.2.2 192.0.2.1:30080
config nodeport-without-endpoints=host
told "a node port that is left to the host" 192.0.2.2 192.0.2.1:30080 <<-EOF
	192.0.2.2 -> 192.0.2.1:30080/tcp
	  frontend   node port of demo/web:tcp
	  source     outside the cluster (no detector of local pods is configured)
	  list       cluster: externalTrafficPolicy is Cluster, none of 1 endpoint is ready
	  untouched  the Service has no usable endpoint anywhere, and such node ports are left to the host
	  hint       kvip config set nodeport-without-endpoints=reject changes that
EOF
config nodeport-without-endpoints=reject
web -s 'internalTrafficPolicy: Local' -s 'externalTrafficPolicy: Local' 2@node-b 3@node-b
told "no endpoint here" 192.0.2.2 10.96.0.100:80 <<-EOF
	192.0.2.2 -> 10.96.0.100:80/tcp
	  frontend   ClusterIP of demo/web:tcp
	  source     outside the cluster (no detector of local pods is configured)
	  list       local: internalTrafficPolicy is Local, none of 2 endpoints is on this node
	  drop       the Service has usable endpoints, but none on this node (silence: no answer is sent)
	  hint       ask a node that has one (kvip show backends demo/web:tcp), or set internalTrafficPolicy to Cluster
EOF
facts "nor for an external address" "drop no-local-endpoint external-local" "verdict rule listWhy" \
	192.0.2.2 "$lb4:80"

# Addresses of which no Service has this.
web 1
config service-cidrs=10.96.0.0/16,fd00:10:96::/112
told "a ClusterIP's unknown port" 192.0.2.2 10.96.0.100:81/udp <<-EOF
	192.0.2.2 -> 10.96.0.100:81/udp
	  reject     this is a ClusterIP, but its Service does not have this port and protocol (TCP reset or ICMP port unreachable)
	  hint       kvip show frontends lists the ports that it has
EOF
told "an address that no Service has" 2001:db8::2 '[fd00:10:96::77]:80' <<-EOF
	2001:db8::2 -> [fd00:10:96::77]:80/tcp
	  drop       this address is one for Services, and no Service has it (silence: no answer is sent)
	  hint       kvip show frontends lists the addresses that Services have
EOF
told "a node port on another address" 192.0.2.2 10.244.0.1:30080 <<-EOF
	192.0.2.2 -> 10.244.0.1:30080/tcp
	  untouched  the port is a node port, but this address is not among those that have node ports: the packet goes on as it is
	  hint       kvip config show tells which addresses have (nodeport-addresses)
EOF
facts "these rules as JSON: unknown port" "reject unknown-port null null" "verdict rule frontend service" \
	192.0.2.2 10.96.0.100:81
facts "these rules as JSON: Service CIDR" "drop service-cidr null null" "verdict rule frontend service" \
	192.0.2.2 10.96.0.101:80
facts "these rules as JSON: not listed" "none not-listed null null" "verdict rule frontend service" \
	192.0.2.2 10.244.0.1:30080
config service-cidrs=
facts "these rules as JSON: no rule" "none none null null" "verdict rule frontend service" \
	192.0.2.2 10.96.0.101:80

# Where it comes from.
facts "nothing detects pods" "outside no-detector" "source sourceWhy" 10.244.0.12 10.96.0.100:80
facts "the node, which finds its address" "node 192.0.2.1 true" "source from sent" node 10.96.0.100:80
facts "the node, IPv6" "node 2001:db8::1" "source from" node '[fd00:10:96::100]:80'
facts "the node's own address" "node true" "source sent" 192.0.2.1 10.96.0.100:80
facts "that arrives all the same" "node address false" "source sourceWhy sent" \
	--dev eth0 192.0.2.1 10.96.0.100:80
facts "an address of its choice" "node sent 10.244.0.1" "source sourceWhy from" --sent 10.244.0.1 10.96.0.100:80
config cluster-cidrs=10.244.0.0/16
facts "a cluster CIDR has it" "pod cluster-cidr no" "source sourceWhy masquerade" 10.244.0.12 10.96.0.100:80
facts "a cluster CIDR has it not" "outside not-detected not-pod" "source sourceWhy masquerade" \
	192.0.2.2 10.96.0.100:80
facts "a local pod has externalTrafficPolicy Cluster all the same" "pod external-cluster external" \
	"source listWhy masquerade" 10.244.0.12 "$lb4:80"
web -s 'externalTrafficPolicy: Local' 1
facts "a local pod is no concern of externalTrafficPolicy Local" "pod pod no" \
	"source listWhy masquerade" 10.244.0.12 "$lb4:80"
matches "as a sentence" 'list       cluster: externalTrafficPolicy does not concern a local pod, 1 of 1 endpoint is ready' \
	"$(explain 10.244.0.12 "$lb4:80")"
config cluster-cidrs= pod-interface-prefix=to-
facts "its device's name tells" "pod interface-prefix to-pod2" "source sourceWhy device" \
	10.244.0.12 10.96.0.100:80
facts "the device that is named tells" "outside not-detected eth0" "source sourceWhy device" \
	--dev eth0 10.244.0.12 10.96.0.100:80
config pod-interface-prefix= pod-bridge=to-pod2
facts "the bridge tells" "pod bridge" "source sourceWhy" 10.244.0.12 10.96.0.100:80
config pod-bridge= node-cidrs=yes
web 1
facts "the Node's podCIDRs tell" "pod node-cidr" "source sourceWhy" 10.244.0.12 10.96.0.100:80
config node-cidrs=no

# Whose address is hidden.
facts "hairpin" "hairpin" masquerade 10.244.0.11 10.96.0.100:80
config masquerade-all=yes
facts "masquerade-all" "all" masquerade 192.0.2.2 10.96.0.100:80
config masquerade-all=no localhost-nodeports=yes
facts "a loopback address" "backend localhost" "verdict masquerade" node 127.0.0.1:30080
config localhost-nodeports=no
{
	lb_service web
	slices_yaml web 1 | sed 's/10\.244\.0\.11/192.0.2.1/'
	two_nodes
} | sync_taken
facts "an endpoint on the node's address" "on-node 192.0.2.1:8080" "masquerade backend" \
	192.0.2.2 "$lb4:80"

# Affinity: explained, not made.
web -s 'sessionAffinity: ClientIP' 1 2 3
node kvip show services -s -j >"$tmp/before"
generation=$(generation)
facts "affinity: none yet" "backend new null" "verdict affinity affinitySecondsLeft" 192.0.2.2 10.96.0.100:80
for ((i = 0; i < 5; i++)); do explain 192.0.2.2 10.96.0.100:80; done >/dev/null
facts "asking makes no entry" "new" affinity 192.0.2.2 10.96.0.100:80
node kvip show services -s -j | cmp -s - "$tmp/before" && ok "asking counts nothing" ||
	not_ok "asking counts nothing"
is "asking is no commit" "$generation" "$(generation)"
got=$(asks client tcp 4 1 | cut -d' ' -f1)
facts "affinity: a hit" "hit 10.244.0.1${got#pod}:8080 false" "affinity backend byChance" \
	192.0.2.2 10.96.0.100:80
matches "as a sentence" "affinity   the endpoint of this client's last connection; for another 10(800|79[0-9]) s without a new one
  backend    10\.244\.0\.1${got#pod}:8080, source address kept\$" \
	"$(explain 192.0.2.2 10.96.0.100:80)"
sleep 2.1
left=$(explain -j 192.0.2.2 10.96.0.100:80 | jq .affinitySecondsLeft)
((left <= 10798)) && ok "asking does not refresh an entry" || not_ok "asking does not refresh an entry" "$left"
facts "another port of the Service has its own" "new" affinity 192.0.2.2 10.96.0.100:80/udp
web -s 'sessionAffinity: ClientIP' "$((${got#pod} % 3 + 1))"
facts "affinity: its endpoint is gone" "gone" affinity 192.0.2.2 10.96.0.100:80
facts "asking does not replace it" "gone" affinity 192.0.2.2 10.96.0.100:80
matches "as a sentence" "affinity   the endpoint of this client's last connection can't be used now" \
	"$(explain 192.0.2.2 10.96.0.100:80)"

# The keys are always the same ones.
web 1
keys="affinity affinitySecondsLeft backend backendNode backendsSize byChance candidates clusterFallback device from fromPort frontend list listSize listWhy localFallback localSize masquerade protocol range rule sent service source sourceWhy to topologyNode topologyZone verdict"
for to in 10.96.0.100:80 10.96.0.100:81 198.51.100.1:80; do
	is "the keys for $to" "$keys" \
		"$(explain -j 192.0.2.2 $to | jq -r 'keys | join(" ")')"
	node kvip explain 192.0.2.2 $to >/dev/null
	is "the exit status for $to" 0 $?
done

# refused WHAT STATUS REGEX ARGUMENT...
refused()
{
	local what=$1 status=$2 regex=$3 out

	shift 3
	out=$(node kvip explain "$@" 2>&1 >"$tmp/stdout")
	matches "$what: $out" "^$status kvip: $regex" "$? $out"
	is "$what: one line, and nothing on standard output" "1 0" \
		"$(wc -l <<<"$out") $(wc -c <"$tmp/stdout")"
}
refused "nothing" 2 'explain: say from where and to where'
refused "half" 2 'explain: say from where and to where' 192.0.2.2
refused "too much" 2 'explain: what is "now"' 192.0.2.2 10.96.0.100:80 now
refused "mixed families" 2 'explain: 192\.0\.2\.2 is IPv4 and fd00::1 is IPv6' 192.0.2.2 '[fd00::1]:80'
refused "no brackets" 2 'explain: "fd00::1:443": .*\[fd00::1\]:443' 2001:db8::2 fd00::1:443
refused "no port" 2 'explain: "10\.96\.0\.100": a port is missing' 192.0.2.2 10.96.0.100
refused "port 0" 2 'explain: port "0"' 192.0.2.2 10.96.0.100:0
refused "port 65536" 2 'explain: port "65536"' 192.0.2.2 10.96.0.100:65536
refused "a protocol that is none" 2 'explain: protocol "icmp"' 192.0.2.2 10.96.0.100:80/icmp
refused "a host name" 2 'explain: "web\.demo" is not an IP address' 192.0.2.2 web.demo:80
refused "a host name that asks" 2 'explain: "localhost" is not an IP address' localhost 10.96.0.100:80
refused "a port that asks" 2 'explain: "192\.0\.2\.2:1": .*without a port' 192.0.2.2:1 10.96.0.100:80
refused "an unknown device" 1 'there is no device eth9' --dev eth9 192.0.2.2 10.96.0.100:80
refused "a device of the sender" 2 'explain: .*--dev does not go with' --dev eth0 --sent 192.0.2.1 10.96.0.100:80
refused "a family" 2 'explain: .*-4 and -6 do not apply' -4 192.0.2.2 10.96.0.100:80
ip -n "$ns-node" route del default via 192.0.2.2
refused "a source without a route" 1 'this node has no route to the source' 198.51.100.7 10.96.0.100:80
refused "no address of its own" 1 'this node has no address to reach 10\.96\.0\.100 from' node 10.96.0.100:80
facts "the device helps" "backend eth0" "verdict device" --dev eth0 198.51.100.7 10.96.0.100:80
for command in explain hold; do
	node kvip $command --help >"$tmp/out" 2>"$tmp/err"
	is "kvip $command --help" "0 1 0" \
		"$? $(grep -c "^usage: kvip $command" "$tmp/out") $(wc -l <"$tmp/err")"
done
out=$(in_ns node setpriv --reuid=65534 --regid=65534 --clear-groups --inh-caps=-all \
	kvip explain 192.0.2.2 10.96.0.100:80 2>&1)
is "no rights" "1 kvip: not permitted: this needs CAP_NET_ADMIN in the network namespace" "$? $out"

finish
