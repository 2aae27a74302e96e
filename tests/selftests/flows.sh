#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# kvip monitor --flows tells of each new connection to a Service once, with what
# is special about it, and of how many it does not tell.

# shellcheck source=tests/selftests/lib.sh
. "$(dirname "$0")/lib.sh"

setup_cluster
serve_all
lb4=$(address lb 4)
next_port=20000

# listen FILE OPTION...: a monitor that writes to FILE; $monitor is its number
listen()
{
	local file=$tmp/$1

	shift
	spawn node kvip monitor --flows "$@" >"$file" 2>&1
	monitor=$!
	await 10 grep -q listening "$file" || not_ok "a monitor listens" "$(cat "$file")"
}

# connect_from NAME PROTO ADDRESS PORT: one connection; $port is where it is from
connect_from()
{
	port=$next_port
	next_port=$((next_port + 1))
	in_ns "$1" talk ask -p "$2" -t 700 -b $port "$3" "$4" >"$tmp/got"
}

# line PORT: what is told of the connection that came from there, without a time
line()
{
	await 10 grep -q ":$1 " "$tmp/text"
	grep ":$1 " "$tmp/text" | cut -d' ' -f3- | sed 's/  */ /g'
}

# others: Services of other addresses
others()
{
	cat <<-EOF
		---
		{apiVersion: v1, kind: Service, metadata: {namespace: demo, name: empty}, spec: {clusterIP: 10.96.9.9, ports: [{port: 80}]}}
		---
		{apiVersion: v1, kind: Service, metadata: {namespace: other, name: sticky}, spec: {clusterIP: 10.96.9.8, sessionAffinity: ClientIP, ports: [{port: 80}]}}
		---
		{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {namespace: other, name: sticky, labels: {kubernetes.io/service-name: sticky}}, addressType: IPv4, ports: [{name: "", port: 8080}], endpoints: [{addresses: [10.244.0.11]}, {addresses: [10.244.0.12]}, {addresses: [10.244.0.13]}]}
	EOF
}

# web [-s SPEC-LINE]... POD...: demo/web and the others
web()
{
	local spec=()

	while [[ ${1-} == -s ]]; do
		spec+=("$2")
		shift 2
	done
	{ lb_service web "${spec[@]}"; slices_yaml web "$@"; others; two_nodes; } | sync_taken
}

web 1
listen text
text=$monitor
listen json -j
json=$monitor
listen udp demo/web:udp
listen demo demo/
listen six -6
matches "the first line" '^[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}  listening$' "$(cat "$tmp/text")"

# every protocol and family
for proto in tcp udp sctp; do
	connect_from client $proto "$(vip 6)" 80
	is "a line for $proto, IPv6" \
		"$proto [2001:db8::2]:$port -> demo/web:$proto [fd00:10:96::100]:80 -> [fd00:10:244::11]:8080" \
		"$(line $port)"
	connect_from client $proto "$(vip 4)" 80
	is "a line for $proto, IPv4" \
		"$proto 192.0.2.2:$port -> demo/web:$proto 10.96.0.100:80 -> 10.244.0.11:8080" \
		"$(line $port)"
done
is "lines are columns" 1 \
	"$(tail -n 5 "$tmp/text" | awk '{ print index($0, " -> ") }' | sort -u | wc -l)"
matches "and have a time" '^[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}  sctp ' "$(tail -n 1 "$tmp/text")"
connect_from node tcp "$(vip 4)" 80
is "the node's own connections" \
	"tcp 192.0.2.1:$port -> demo/web:tcp 10.96.0.100:80 -> 10.244.0.11:8080" "$(line $port)"
told=$(wc -l <"$tmp/text")
connect_from client tcp 10.244.0.11 8080
is "a connection past the Services is answered" "pod1" "$(cut -d' ' -f1 "$tmp/got")"
mkfifo "$tmp/typed"
exec 5<>"$tmp/typed"
client talk hold "$(vip 4)" 80 <"$tmp/typed" >"$tmp/held" &
held() { [[ $(grep -c 8080 "$tmp/held") == "$1" ]]; }
for n in 1 2 3; do
	await 10 held $n || not_ok "an open connection answers"
	echo >&5
done
connect_from client tcp "$(vip 4)" 80
line $port >/dev/null
is "one line for a connection, however long, and none for others" $((told + 2)) \
	"$(wc -l <"$tmp/text")"

# what is special
connect_from client tcp 10.96.9.8 80
matches "no affinity yet" '8080$' "$(line $port)"
connect_from client tcp 10.96.9.8 80
matches "affinity" "other/sticky 10\.96\.9\.8:80 -> 10\.244\.0\.1[123]:8080 affinity\$" "$(line $port)"
connect_from client tcp "$lb4" 80
matches "a hidden source" "demo/web:tcp $lb4:80 -> 10\.244\.0\.11:8080 source hidden: external policy Cluster\$" \
	"$(line $port)"
connect_from client udp 192.0.2.1 30080
matches "a node port" "udp .* -> demo/web:udp 192\.0\.2\.1:30080 -> 10\.244\.0\.11:8080 source hidden" \
	"$(line $port)"
connect_from pod1 tcp "$(vip 4)" 80
matches "who asks itself" ' source hidden: asks itself$' "$(line $port)"

# who gets nobody
connect_from client tcp 10.96.9.9 80
is "refused: no endpoint" \
	"tcp 192.0.2.2:$port -> demo/empty 10.96.9.9:80 refused: no endpoint" "$(line $port)"
connect_from client udp 10.96.9.9 81
is "refused: no such port" \
	"udp 192.0.2.2:$port -> 10.96.9.9:81 refused: not a port of this ClusterIP" "$(line $port)"
config service-cidrs=10.96.0.0/16
connect_from client udp 10.96.9.1 80
is "dropped: no Service" \
	"udp 192.0.2.2:$port -> 10.96.9.1:80 dropped: no Service has this address" "$(line $port)"
web -s 'externalTrafficPolicy: Local' -s 'loadBalancerSourceRanges: [198.51.100.0/24]' 2@node-b
connect_from client udp "$lb4" 80
is "dropped: source ranges" \
	"udp 192.0.2.2:$port -> demo/web:udp $lb4:80 dropped: source ranges" "$(line $port)"
connect_from client udp "$(address external 4)" 80
is "dropped: no local endpoint" \
	"udp 192.0.2.2:$port -> demo/web:udp $(address external 4):80 dropped: no local endpoint" \
	"$(line $port)"

# the others heard what they wanted
last=$port
await 10 grep -q ":$last\b" "$tmp/udp"
is "one Service port alone" "demo/web:udp" \
	"$(grep -v listening "$tmp/udp" | grep -o ' [a-z]*/[a-z:]* ' | sort -u | xargs)"
is "a line for each of its connections" "$(grep -c 'demo/web:udp' "$tmp/text")" \
	"$(grep -c 'demo/web:udp' "$tmp/udp")"
is "one namespace alone" "demo/empty demo/web:sctp demo/web:tcp demo/web:udp" \
	"$(grep -v listening "$tmp/demo" | grep -o ' [a-z]*/[a-z:]* ' | sort -u | xargs)"
is "one family alone" "3 0" \
	"$(grep -c ' \[2001:' "$tmp/six") $(grep -c ' 192' "$tmp/six")"
await 10 grep -q ":$last," "$tmp/json"
is "JSON: a line for each" "$(($(wc -l <"$tmp/text") - 1))" \
	"$(jq -r 'select(.event == "flow") | .to' "$tmp/json" | wc -l)"
is "JSON: the first line" "listening" "$(head -n 1 "$tmp/json" | jq -r .event)"
is "JSON: a connection" \
	"192.0.2.2 $last $(address external 4):80 UDP drop no-local-endpoint external-ip demo/web:udp outside no-detector eth0 null" \
	"$(tail -n 1 "$tmp/json" |
		jq -r '"\(.from) \(.fromPort) \(.to) \(.protocol) \(.verdict) \(.rule) \(.frontend.kind) \(.service) \(.source) \(.sourceWhy) \(.device) \(.backend)"')"
matches "JSON: its time" '^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}\.[0-9]{3}Z$' \
	"$(tail -n 1 "$tmp/json" | jq -r .time)"

# signals end it
kill -INT "$text"
wait "$text"
is "SIGINT ends it" 0 $?
kill -TERM "$json"
wait "$json"
is "SIGTERM ends it" 0 $?
exec 6< <(node kvip monitor --flows; echo "status $?" >"$tmp/status")
read -r first <&6
exec 6<&-
await 10 grep -q . "$tmp/status"
matches "a closed pipe ends it, without any connection" 'listening status 0$' \
	"$first $(cat "$tmp/status")"

# The bound of the rate: what is not told is counted, and that is told.
web 1
listen few --rate 5
few=$monitor
listen few-json -j --rate 5
SECONDS=0
client talk ask -p udp -c 60 -b 30000 "$(vip 4)" 80 >"$tmp/got"
took=$SECONDS
is "sixty connections are served" 60 "$(grep -c pod1 "$tmp/got")"
left_out()
{
	sed -n 's/^(\([0-9]*\) flows\? not shown in the last second)$/\1/p' "$tmp/few" |
		awk '{ n += $1 } END { print n + 0 }'
}
shown() { grep -c 'demo/web:udp' "$tmp/few"; }
# two listeners of the same rate leave out as many each
all_told() { (($(shown) * 2 + $(left_out) == 120)); }
await 10 all_told && ok "shown and not shown are all, though nothing else comes" ||
	not_ok "shown and not shown are all" "$(shown) shown, $(left_out) left out by two"
(($(shown) >= 5 && $(shown) <= 5 * (took + 2))) && ok "five a second are shown" ||
	not_ok "five a second are shown" "$(shown) in $took s"
matches "JSON: the same" '^"left-out" [1-9][0-9]*$' \
	"$(jq -c 'select(.event == "left-out") | .event, .flows' "$tmp/few-json" | head -n 2 | xargs -d '\n')"
is "not more often than once a second" yes \
	"$(jq -r 'select(.event == "left-out") | .time[0:19] + "Z" | fromdate' "$tmp/few-json" |
		uniq -d | grep -q . && echo no || echo yes)"
lines=$(wc -l <"$tmp/few")
sleep 2.5
is "nothing is told while nothing comes" "$lines" "$(wc -l <"$tmp/few")"
connect_from client tcp "$(vip 4)" 80
one_more() { grep -q ":$port " "$tmp/few"; }
await 10 one_more && ok "a later connection is told again" || not_ok "a later connection is told again"
kill "$few"

# refused WHAT STATUS REGEX ARGUMENT...
refused()
{
	local what=$1 status=$2 regex=$3 out

	shift 3
	out=$(node kvip monitor "$@" 2>&1)
	matches "$what: $out" "^$status kvip: $regex" "$? $out"
}
refused "a rate of changes" 2 'monitor: --rate is of --flows' --rate 5
refused "a Service of changes" 2 'monitor: what is "demo/web"' demo/web
refused "two Services" 2 'monitor: what is "b/b"' --flows a/a b/b
max=$(sed -n 's/^#define KVIP_FLOWS_RATE_MAX \([0-9]*\).*/\1/p' "$here/../../include/uapi/linux/kvip.h")
for rate in 0 -1 $((max + 1)) 99999999999999999999 ten 5x ''; do
	refused "the rate \"$rate\"" 2 "monitor: --rate: \"$rate\" is not 1 to $max" --flows --rate "$rate"
done
out=$(in_ns node setpriv --reuid=65534 --regid=65534 --clear-groups --inh-caps=-all \
	kvip monitor --flows 2>&1)
is "no rights" "1 kvip: not permitted: this needs CAP_NET_ADMIN in the network namespace" "$? $out"

finish
