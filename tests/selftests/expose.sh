#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# A machine without a cluster: kvip expose makes Services in the local store, and
# when it returns they are reached, whatever they were made of. S80-S84
#
# User space alone: user space, mostly.

# shellcheck source=tests/selftests/lib.sh
. "$(dirname "$0")/lib.sh"

setup_cluster

cat >"$tmp/kvip.conf" <<END
service-cidrs = 10.96.0.0/16, fd00:10:96::/112
[store]
path = $tmp/cluster.db
node-name = node-a
END

# kvip with the store, in the node
k() { node kvip "$@" --config "$tmp/kvip.conf" 2>&1; }

# pod NUMBER [READY]: a Pod as a kubelet would report it
pod()
{
	cat <<-END
		---
		apiVersion: v1
		kind: Pod
		metadata: {name: pod$1, namespace: demo, labels: {app: web}}
		spec: {nodeName: node-a, containers: [{name: web, ports: [{containerPort: 8080}]}]}
		status:
		  phase: Running
		  podIPs: [{ip: 10.244.0.1$1}, {ip: "fd00:10:244::1$1"}]
		  podIP: 10.244.0.1$1
		  conditions: [{type: Ready, status: "${2:-True}"}]
	END
}

# reach ADDRESS PORT [COUNT]: whom a client gets, each once
reach() { client talk ask -c "${3:-12}" -t 3000 "$1" "$2" | names; }

# spec NAME JQ: of a Service's spec
spec() { k get service "$1" -n demo -o json | jq -r ".spec$2"; }

for i in 1 2 3; do
	serve "pod$i" tcp "10.244.0.1$i" 8080
	serve "pod$i" tcp "fd00:10:244::1$i" 8080
done

is "Pods and a Deployment are taken" \
	"deployment.apps/web created pod/pod1 created pod/pod2 created pod/pod3 created" \
	"$({
		node kvip create deployment web -n demo --port 8080 --dry-run=client -o yaml \
			--config "$tmp/kvip.conf"
		pod 1
		pod 2
		pod 3
	} | k apply -f - | xargs)"

# S84: all of it from the Deployment
said=$(k expose deployment web -n demo --port 80 --target-port 8080)
matches "a Deployment is exposed" \
	'^service/web exposed: (10\.96\.[0-9.]+):80, 3 endpoints$' "$said"
vip=${BASH_REMATCH[1]-}
is "its ClusterIP is reached at once" "pod1 pod2 pod3" "$(reach "$vip" 80 30)"

# S5 S11: a Pod that is not ready
pod 2 False | k apply -f - >/dev/null
is "a Pod that is not ready gets nothing" "pod1 pod3" "$(reach "$vip" 80 30)"
pod 2 | k apply -f - >/dev/null
is "one that is ready again does" "pod1 pod2 pod3" "$(reach "$vip" 80 30)"
is "a Pod is deleted" 'pod "pod3" deleted from demo namespace' "$(k delete pod pod3 -n demo)"
is "a Pod that is deleted gets nothing" "pod1 pod2" "$(reach "$vip" 80 30)"
is "a Pod that another label takes away is labeled" "pod/pod2 labeled" \
	"$(k label pod pod2 -n demo app=other --overwrite)"
is "it gets nothing" "pod1" "$(reach "$vip" 80)"
k label pod pod2 -n demo app=web --overwrite >/dev/null
k delete pod -l app=web -n demo >/dev/null
is "S41: without any Pod it is refused" "REFUSED" "$(reach "$vip" 80 1)"
{ pod 1; pod 2; pod 3; } | k apply -f - >/dev/null

# S81
said=$(k expose service web -n demo --name np --type NodePort --port 80 --target-port 8080)
matches "a Service is exposed on a node port" \
	'^service/np exposed: 10\.96\.[0-9.]+:80, node port (3[0-9]{4}), 3 endpoints$' "$said"
port=${BASH_REMATCH[1]-}
is "the node port is reached from outside" "pod1 pod2 pod3" "$(reach 192.0.2.1 "$port" 30)"

# S83
k apply -f - >/dev/null <<END
apiVersion: v1
kind: Service
metadata: {name: np, namespace: demo}
spec: {type: ClusterIP}
END
is "S83: as a ClusterIP it has no node port" "REFUSED" "$(reach 192.0.2.1 "$port" 1)"
is "S83: and is reached still" "pod1 pod2 pod3" "$(reach "$(spec np .clusterIP)" 80 30)"

# processes without Pods, one of them on this machine
serve node tcp 192.0.2.1 9000
said=$(k expose -n demo --name plain --port 80 --endpoint 192.0.2.1:9000 \
	--endpoint 10.244.0.11:8080 --endpoint '[fd00:10:244::12]:8080')
matches "plain endpoints are exposed" \
	'^service/plain exposed: (10\.96\.[0-9.]+):80 \[(fd00:10:96::[0-9a-f]*)\]:80, 3 endpoints$' "$said"
is "plain endpoints of IPv4 are reached, each at its port" "node pod1" \
	"$(reach "${BASH_REMATCH[1]-}" 80 20)"
is "plain endpoints of IPv6 are reached" "pod2" "$(reach "${BASH_REMATCH[2]-}" 80 3)"
is "an address of this machine is on its Node" "192.0.2.1" \
	"$(node kvip show backends demo/plain -j | jq -r '.backends[] | select(.node == "node-a") | .address')"
is "what belongs to it goes with it" 'service "plain" deleted from demo namespace' \
	"$(k delete service plain -n demo)"
is "S42: then its address has no answer" "TIMEOUT" \
	"$(client talk ask -t 500 "${BASH_REMATCH[1]-}" 80)"
is "and its EndpointSlices are gone" "No resources found" \
	"$(k delete endpointslice -n demo -l kubernetes.io/service-name=plain)"

# what is refused changes nothing
before=$(generation)
vip=$(spec web .clusterIP)
refused()
{
	local what=$1 why=$2 out

	shift 2
	out=$(k expose deployment web -n demo --name no --port 80 "$@")
	is "refused: $what" "1 kvip: $why" "$? $out"
}
refused "an address outside the block" \
	'Service "no" is invalid: spec.clusterIPs[0]: 10.97.0.1 is not within 10.96.0.0/16' \
	--cluster-ip 10.97.0.1
refused "an address that is taken" \
	"Service \"no\" is invalid: spec.clusterIPs[0]: $vip is taken by demo/web" \
	--cluster-ip "$vip"
refused "a name that is taken" 'services "web" already exists' --name web
is "what was refused left the table alone" "$before" "$(generation)"

# --no-commit
matches "without a commit a Service is made" '^service/later exposed: ' \
	"$(k expose deployment web -n demo --name later --target-port 8080 --no-commit)"
is "and the table is as it was" "$before" "$(generation)"
k label service later -n demo a=b >/dev/null
is "the next command makes up for it" "pod1 pod2 pod3" \
	"$(reach "$(spec later .clusterIP)" 8080 30)"

# S80 S81: twenty at once
for i in {1..20}; do
	k expose deployment web -n demo --name "race$i" --type NodePort >"$tmp/race$i" &
	racers+=($!)
done
wait "${racers[@]}"
is "S80: twenty at once are all exposed" 20 \
	"$(cat "$tmp"/race* | grep -c '^service/race[0-9]* exposed: .*, node port [0-9]*, 3 endpoints$')"
is "S80: each has an address of its own" 20 \
	"$(sed -n 's/.*exposed: \(.*\):.*/\1/p' "$tmp"/race* | sort -u | wc -l)"
is "S81: each has a node port of its own" 20 \
	"$(sed -n 's/.*node port \([0-9]*\),.*/\1/p' "$tmp"/race* | sort -u | wc -l)"
is "all of them are in the table" 20 \
	"$(node kvip show services -j | jq -r '.services[].name' | grep -c '^demo/race\|^race')"
port=$(sed -n 's/.*node port \([0-9]*\),.*/\1/p' "$tmp/race20")
is "the last of them is reached" "pod1 pod2 pod3" "$(reach 192.0.2.1 "$port" 30)"
is "all are deleted" 23 "$(k delete service --all -n demo | grep -c deleted)"
is "and nothing is left in the table" 0 "$(node kvip show services -j | jq '.services | length')"

# somebody else's store
chmod 711 "$tmp"
out=$(in_ns node setpriv --reuid=65534 --clear-groups kvip expose deployment web -n demo \
	--store "$tmp/cluster.db" --no-commit 2>&1)
is "a store that one may not read is refused" 1 $?
is "in one sentence" "kvip: $tmp/cluster.db: no right to write the store" "$out"

finish
