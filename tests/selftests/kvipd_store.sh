#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The agent of a local store (S57, S65, S66): the table follows what commands
# write, with the agent and without it, and it is the same table in the end.
#
# User space alone: the table's way into the kernel is that of every agent.

# shellcheck source=tests/selftests/kvipd_lib.sh
. "$(dirname "$0")/kvipd_lib.sh"

store=$tmp/cluster.db

new_ns node
new_ns mirror
: >"$tmp/kvipd.log"

printf '[store]\npath = %s\nnode-name = node-a\n' "$store" >"$tmp/kvip.conf"

kvip_at() { on node kvip --config "$tmp/kvip.conf" "$@"; }

# follow: the agent of the store
follow()
{
	said_before=$(wc -l <"$tmp/kvipd.log")
	spawn node kvipd --node-name node-a --store "$store" 2>>"$tmp/kvipd.log"
	kvipd_pid=$!
}

# shellcheck disable=SC2317 # await calls it
# as_stored: whether the node's table is what kvip sync makes of the store's objects
as_stored()
{
	kvip_at get services,endpointslices,nodes -A -o json >"$tmp/dump" &&
		on mirror kvip sync -f "$tmp/dump" --node node-a --allow-empty >"$tmp/mirror.out" &&
		on mirror kvip save >"$tmp/wanted" &&
		on node kvip save >"$tmp/got" &&
		[[ $(<"$tmp/wanted") == "$(<"$tmp/got")" ]]
}

stored()
{
	if await "${2:-20}" as_stored; then
		ok "$1"
	else
		not_ok "$1" "$(diff "$tmp/wanted" "$tmp/got"; tail -n 5 "$tmp/kvipd.log")"
	fi
}

generation() { on node kvip show config -j | jq .generation; }

# The node of the store is the one of the tests.
cat >"$tmp/objects.yaml" <<-'EOF'
	apiVersion: v1
	kind: Node
	metadata: {name: node-a}
	status: {addresses: [{type: InternalIP, address: 192.0.2.1}]}
	---
	apiVersion: apps/v1
	kind: Deployment
	metadata: {name: web, namespace: demo}
	spec:
	  selector: {matchLabels: {app: web}}
	  template:
	    metadata: {labels: {app: web}}
	    spec: {containers: [{name: web, ports: [{containerPort: 8080}]}]}
EOF
for i in 1 2 3; do
	cat >>"$tmp/objects.yaml" <<-EOF
		---
		apiVersion: v1
		kind: Pod
		metadata: {name: web-$i, namespace: demo, labels: {app: web}}
		spec: {nodeName: node-a, containers: [{name: web}]}
		status:
		  phase: Running
		  podIP: 10.244.0.1$i
		  podIPs: [{ip: 10.244.0.1$i}]
		  conditions: [{type: Ready, status: "True"}]
	EOF
done

# without an agent: the command sees to the table
is "objects are applied" 0 "$(kvip_at apply -f "$tmp/objects.yaml" >"$tmp/out" 2>&1; echo $?)"
matches "a Service is exposed" '^service/web exposed: 10\.96\.' \
	"$(kvip_at expose deployment web -n demo --port 80 --target-port 8080 2>&1)"
stored "without an agent the command makes the table" 1
before=$(generation)

follow
await 30 said 'following the local store' || not_ok "the agent starts" "$(cat "$tmp/kvipd.log")"
await 30 settled || not_ok "the agent is in step" "$(cat "$tmp/kvipd.log")"
is "S57: an agent that finds the table right writes nothing" "$before" "$(generation)"

# with one: whoever is faster, the table is right
for i in $(seq 20); do
	kvip_at expose deployment web -n demo --name "web-$i" --port "$((8000 + i))" >/dev/null ||
		not_ok "Service web-$i is exposed"
done
stored "with an agent the table follows twenty commands"
kvip_at expose deployment web -n demo --name only-stored --port 99 --no-commit >/dev/null
stored "what a command leaves to the agent is in the table"
kvip_at delete pod web-3 -n demo --no-commit >/dev/null
stored "a Pod that goes leaves the table"
is "and it is gone from it" 0 \
	"$(on node kvip show backends demo/web -j | jq '[.backends[] | select(.address == "10.244.0.13")] | length')"
kvip_at delete services -n demo --all --no-commit >/dev/null
stored "a store without a Service has a table without one"
is "which is empty" 0 "$(on node kvip show services -j | jq '.services | length')"

# killed in the midst of changes
exposing=()
for i in $(seq 5); do
	kvip_at expose deployment web -n demo --name "killed-$i" --port 80 >/dev/null &
	exposing+=($!)
	kill -9 "$kvipd_pid"
	wait "$kvipd_pid" 2>/dev/null
	follow
	await 30 settled
done
for pid in "${exposing[@]}"; do
	wait "$pid" || not_ok "an exposing command ended well"
done
stored "after five kills the table is that of the store"

# the file is replaced by another, and is gone
kvip_at delete service killed-1 -n demo --no-commit >/dev/null
cp "$store" "$tmp/other.db"
stop_kvipd TERM
kvip_at expose deployment web -n demo --name other --port 81 --store "$tmp/other.db" --no-commit >/dev/null ||
	not_ok "a copy of a store is a store"
follow
await 30 settled
mv "$tmp/other.db" "$store"
rm -f "$store-wal" "$store-shm"
stored "a file in the store's place is read" 30
matches "and has what it has" 'demo/other' "$(on node kvip show services)"
before=$(generation)
mv "$store" "$tmp/away.db"
is "S65: with the store away the table stays" "$before" "$(generation)"
mv "$tmp/away.db" "$store"
kvip_at label service other -n demo a=b >/dev/null
stored "and goes on when it is back" 30

# two sources of one table
matches "store and kubeconfig contradict each other" 'store and kubeconfig are two sources' \
	"$(on node kvipd --store "$store" --kubeconfig /x --check 2>&1)"
matches "a store that is none is refused" "kvipd: $tmp/objects.yaml: " \
	"$(on mirror kvipd --store "$tmp/objects.yaml" 2>&1)"
stop_kvipd TERM
is "SIGTERM ends it well" 0 $?

finish
