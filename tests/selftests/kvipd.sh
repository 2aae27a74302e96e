#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# kvipd beside an API server that behaves: the node's table is the cluster's, at
# start, after each change, over restarts, and when others write to it.
# S9 S57 S65 S66
#
# Not in short runs: the agent, and what abi tells the kernel too.

# shellcheck source=tests/selftests/kvipd_lib.sh
. "$(dirname "$0")/kvipd_lib.sh"

# says STATUS REGEX WHAT OPTION...: what a command line is answered
says()
{
	local wanted=$1 regex=$2 what=$3 out status

	shift 3
	out=$(node timeout 20 kvipd "$@" 2>&1 </dev/null)
	status=$?
	if [[ $status == "$wanted" && $out =~ $regex ]]; then
		ok "$what"
	else
		not_ok "$what" "wanted: $wanted, $regex"$'\n'"got:    $status, $out"
	fi
}

setup_agent
serve pod1 tcp 10.244.0.11 8080
serve pod2 tcp 10.244.0.12 8080
serve pod3 tcp 10.244.0.13 8080
serve pod1 udp 10.244.0.11 8080

# The command line
says 0 '^usage: kvipd ' "--help" --help
says 0 'kvipd' "--version" --version
says 2 'nonsense' "an option that there is not is refused" --nonsense
says 2 'sync-period' "a value that is no time is refused" --sync-period soon
says 2 '' "an argument is refused" extra
says 1 "$tmp/none" "a kubeconfig that is not there" --kubeconfig "$tmp/none" --node-name node-a
echo 'clusters: [' >"$tmp/broken"
says 1 "$tmp/broken" "a kubeconfig that is no YAML" --kubeconfig "$tmp/broken" --node-name node-a
says 1 'nosuch' "a context that is not there" --kubeconfig "$tmp/kubeconfig" --context nosuch
printf 'cluster-cidrs = nonsense\n' >"$tmp/wrong.conf"
says 1 'wrong\.conf' "a kvip.conf that is wrong" --config "$tmp/wrong.conf" --kubeconfig "$tmp/kubeconfig"
says 0 '' "--check says that settings are right" --check --kubeconfig "$tmp/kubeconfig" --node-name node-a
is "none of these wrote to the kernel" 0 "$(written)"

heard_of()
{
	node curl -sS http://127.0.0.1:10249/metrics |
		grep -q "^kvip_agent_reflector_events_total{resource=\"$1\"} [1-9]"
}

# S9: one of the lists stops in its middle, the other comes
for kind in endpointslices services; do
	faults_before=$(stat_of faults)
	tell "fault?action=stall&at=body&kind=$kind&verb=list,stream"
	start_kvipd
	await 20 faults 1 || not_ok "the list of $kind is asked for"
	other=services
	[[ $kind == endpointslices ]] || other=endpointslices
	await 20 watching_only $other ||
		not_ok "the other list is complete"
	# a change of the others is a reason to write, if there ever is one
	tell "patch?kind=$other&ns=demo&name=$([[ $other == services ]] && echo web || echo web-4)" \
		'{"metadata":{"annotations":{"example.com/note":"'"$kind"'"}}}'
	await 20 heard_of $other || not_ok "a change of $other comes"
	is "S9: nothing is programmed while $kind are not listed" 0 "$(written)"
	if [[ $kind == endpointslices ]]; then
		stop_kvipd KILL
		tell clear
		await 10 bash -c "! ip netns exec $ns-client ss -tn | grep -q ESTAB.*:6443" || true
	fi
done
tell clear
catches_up "the table is what kvip sync makes of the same objects"
is "S9: the first table is one transaction" 1 "$(written)"
await 20 watching || not_ok "watches of all three kinds are open"
is "requests go through" "pod1 pod2 pod3" "$(asks client tcp 4 40 | cut -d' ' -f1 | sort -u | xargs)"

# Changes, each one object. S66
spawn node kvip monitor -j >"$tmp/events"
monitor=$!
await 10 grep -q listening "$tmp/events" || not_ok "the monitor listens"
before=$(written)
slices web 1 2 | put
catches_up "an endpoint goes"
# two families, two slices, one or two commits of two Service ports each
is "S66: one changed endpoint costs the Service ports that have it" 4 \
	"$(jq -r 'select(.service) | .service.name + .service.family' "$tmp/events" | sort -u | wc -l)"
service new '{spec: {clusterIPs: ["10.96.0.77"], clusterIP: "10.96.0.77", ipFamilies: ["IPv4"]}}' | put
catches_up "a Service comes"
tell 'delete?kind=services&ns=demo&name=new'
catches_up "and goes"
tell 'patch?kind=services&ns=demo&name=web' '{"spec":{"sessionAffinity":"ClientIP"}}'
catches_up "a field changes"
tell 'patch?kind=services&ns=demo&name=web' '{"spec":{"sessionAffinity":null}}'
tell 'patch?kind=nodes&name=node-a' '{"metadata":{"labels":{"topology.kubernetes.io/zone":"zone-b"}}}'
catches_up "S18: the Node's zone changes"
tell 'patch?kind=nodes&name=node-a' '{"status":{"addresses":[{"type":"InternalIP","address":"192.0.2.1"}]}}'
catches_up "the Node's addresses change"
tell "replay?file=$recorded/api/endpointslices.crud.jsonl&pause=20"
tell "replay?file=$recorded/api/services.crud.jsonl&pause=20"
catches_up "a recorded watch is followed"
{
	service web
	slices web 1 2
} | put
tell 'delete?kind=endpointslices&ns=demo&name=web-1'
tell 'delete?kind=endpointslices&ns=demo&name=web-2'
catches_up "a Service comes back"

# S66: what changes nothing writes nothing
before=$(written)
tell 'patch?kind=services&ns=demo&name=web' '{"metadata":{"annotations":{"example.com/note":"new"}}}'
tell 'patch?kind=endpointslices&ns=demo&name=web-4' '{"metadata":{"annotations":{"example.com/note":"new"}}}'
tell 'patch?kind=nodes&name=node-a' '{"metadata":{"annotations":{"example.com/heartbeat":"1"}}}'
# what comes behind them has been seen once it is in the table
tell 'patch?kind=services&ns=demo&name=np' '{"spec":{"sessionAffinity":"ClientIP"}}'
catches_up "a change behind three without effect"
is "S66: annotations are no commit" $((before + 1)) "$(written)"

# Contested: two Services with one external IP and port. The older one wins.
contested='{spec: {externalIPs: ["203.0.113.77"], ports: [{name: "tcp", port: 77, protocol: "TCP"}]}}'
owner()
{
	node kvip show frontends -j |
		jq -r '.frontends[] | select(.address == "203.0.113.77") | .service' | xargs
}
owns() { [[ $(owner) == "$1" ]]; }
service older "$contested * {metadata: {creationTimestamp: \"2026-01-01T00:00:00Z\"}, spec: {clusterIPs: [\"10.96.0.81\"], clusterIP: \"10.96.0.81\"}}" |
	put
catches_up "a Service with an external IP"
service newer "$contested * {metadata: {creationTimestamp: \"2026-02-01T00:00:00Z\"}, spec: {clusterIPs: [\"10.96.0.82\"], clusterIP: \"10.96.0.82\"}}" |
	put
catches_up "and another one with the same"
is "a contested frontend is the older Service's" demo/older:tcp "$(owner)"
tell 'delete?kind=services&ns=demo&name=older'
await 20 owns demo/newer:tcp
is "when that goes, the other one gets it" demo/newer:tcp "$(owner)"
service older "$contested * {metadata: {creationTimestamp: \"2026-01-01T00:00:00Z\"}, spec: {clusterIPs: [\"10.96.0.81\"], clusterIP: \"10.96.0.81\"}}" |
	put
await 20 owns demo/older:tcp
is "and the older one takes it back" demo/older:tcp "$(owner)"
catches_up "as kvip sync has it"

# Restarts: nothing changes, UDP flows stay. S57 S65
slices web 1 | put
catches_up "demo/web has pod1 alone"
mkfifo "$tmp/type"
exec {typing}<>"$tmp/type"
spawn client talk hold -p udp "$(vip 4)" 80 <"$tmp/type" >"$tmp/held"
await 10 grep -q '^pod1' "$tmp/held" || not_ok "a UDP flow is open"
before=$(written)
stop_kvipd
is "SIGTERM ends it well" 0 $?
is "SIGTERM leaves the tables" "$before" "$(written)"
is "S65: with no agent requests go through" pod1 "$(asks client tcp 4 1 | cut -d' ' -f1)"
start_kvipd
await 20 settled || not_ok "it starts again"
stop_kvipd KILL
start_kvipd
await 20 settled || not_ok "it compares the table"
is "S57: restarts with the same state write nothing" "$before" "$(written)"
is "S57: and clear no flow" 0 "$(info udpCleared)"
echo >&"$typing"
await 10 bash -c "(( \$(wc -l <$tmp/held) == 2 ))"
is "a UDP flow goes on" 2 "$(grep -c '^pod1' "$tmp/held")"
stop_kvipd
slices web 1 2 | put
start_kvipd --sync-period 1s
catches_up "what changed while it was away"
is "is one transaction" $((before + 1)) "$(written)"

# Other writers
node kvip flush >/dev/null
catches_up "a flush is set right" 60
cluster_yaml 1 | sync_node >/dev/null
catches_up "another writer is set right" 60

# A Service that the kernel refuses, and derive does not: it has more source ranges
# than the kernel takes. The others must not wait for it.
has_pods()
{
	[[ $(node kvip show backends -4 -j demo/web:tcp | jq -r '.backends[].address' | xargs) == "$1" ]]
}
service huge '{
	spec: {
		type: "LoadBalancer", clusterIPs: ["10.96.0.99"], clusterIP: "10.96.0.99",
		ipFamilies: ["IPv4"], ipFamilyPolicy: "SingleStack",
		loadBalancerSourceRanges: [range(5000) | "10.\(. / 256 | floor).\(. % 256).0/24"]
	},
	status: {loadBalancer: {ingress: [{ip: "203.0.113.99"}]}}
}' | put
slices web 1 | put
await 30 has_pods 10.244.0.11
is "a Service that the kernel refuses does not keep others out" 0 $?
await 20 grep -q 'a Service was refused.*demo/huge' "$tmp/kvipd.log"
is "it is told of" 0 $?
slices web 2 3 | put
await 4 has_pods "10.244.0.12 10.244.0.13"
is "nor does it after that: a change comes at once" 0 $?
tell 'delete?kind=services&ns=demo&name=huge'
slices web 1 2 | put
catches_up "it goes"

# A second one on the same node is one too many.
before=$(written)
says 1 'another kvipd' "a second agent is refused" --node-name node-a --kubeconfig "$tmp/kubeconfig"
slices web 2 3 | put
catches_up "the first one goes on"

# A user who takes the agent's name keeps no node from having one.
stop_kvipd
spawn node setpriv --reuid=65534 --clear-groups python3 -c 'if True:
	import socket, time
	name = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
	name.bind(b"\0kvipd")
	name.listen(8)
	time.sleep(600)'
squatter=$!
await 20 bash -c "ip netns exec $ns-node ss -Hxl | grep -q @kvipd" || not_ok "a user has the name"
start_kvipd
slices web 1 2 | put
catches_up "an agent whose name another user has"
matches "it tells of that" "another user.s process says .* user=65534" "$(tail -n 20 "$tmp/kvipd.log")"
kill "$squatter"

# SIGHUP
stop_kvipd
printf 'cluster-cidrs = 10.244.0.0/16\n' >"$tmp/kvip.conf"
start_kvipd --config "$tmp/kvip.conf"
cidrs() { [[ $(node kvip config show | sed -n 's/^cluster-cidrs *= *//p') == "$1" ]]; }
await 20 cidrs 10.244.0.0/16
is "kvip.conf is the kernel's configuration" 0 $?
printf 'cluster-cidrs = 10.240.0.0/12\n' >"$tmp/kvip.conf"
kill -HUP "$kvipd_pid"
await 20 cidrs 10.240.0.0/12
is "SIGHUP reads it again" 0 $?
printf 'cluster-cidrs = nonsense\n' >"$tmp/kvip.conf"
lines=$(wc -l <"$tmp/kvipd.log")
kill -HUP "$kvipd_pid"
await 20 bash -c "tail -n +$((lines + 1)) '$tmp/kvipd.log' | grep -q nonsense"
is "what is wrong is told" 0 $?
cidrs 10.240.0.0/12
is "and changes nothing" 0 $?
slices web 3 | put
in_ns mirror kvip config set cluster-cidrs=10.240.0.0/12 >/dev/null
catches_up "it goes on after that"
stop_kvipd

# --cleanup
node kvipd --cleanup 2>"$tmp/cleanup"
is "--cleanup empties the tables" "0 0" "$? $(info services)"

kill $monitor
finish
