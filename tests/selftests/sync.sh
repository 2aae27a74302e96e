#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# kvip sync, save, restore and flush against a real kernel: what they write, and
# that they write nothing where nothing changes. S1 S2 S7 S9 S66
#
# Not in short runs: the tools, and what abi tells the kernel too.

# shellcheck source=tests/selftests/lib.sh
. "$(dirname "$0")/lib.sh"

data=$here/../data

new_ns node
names()
{
	node kvip show services -j | jq -r '.services[].name' | sort -u | xargs
}

# S66: a no-op sync sends no write. The monitor would tell.
node kvip sync -f "$data/get-all.json" --node node-a >"$tmp/out" ||
	not_ok "a real dump is taken" "$(cat "$tmp/out")"
matches "sync says what it did" '\+ 47   ~ 0   - 0 +committed in' "$(cat "$tmp/out")"
is "nothing of it is left out" 0 "$(grep -c 'left out' "$tmp/out")"
matches "an endpoint that nobody can reach is left out, and sync says so" \
	'left out: 1 endpoint with addresses that nobody can reach \(first: demo/x 127\.0\.0\.1:8080\)' \
	"$(
		{
			cat "$data/get-services.yaml"
			cat <<-END
				---
				{apiVersion: v1, kind: Node, metadata: {name: node-a}}
				---
				{apiVersion: v1, kind: Service, metadata: {namespace: demo, name: x}, spec: {clusterIP: 10.96.250.250, ports: [{port: 80}]}}
				---
				{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {namespace: demo, name: x-1, labels: {kubernetes.io/service-name: x}}, addressType: IPv4, ports: [{name: "", port: 8080}], endpoints: [{addresses: [127.0.0.1]}, {addresses: [10.244.0.11]}]}
			END
		} | node kvip sync -f - --node node-a --dry-run
	)"
is "the first sync is one transaction" 1 "$(generation)"
spawn node kvip monitor -j >"$tmp/events"
await 10 grep -q listening "$tmp/events" || not_ok "the monitor listens"
for ((i = 0; i < 3; i++)); do
	node kvip sync -f "$data/get-all.json" --node node-a >"$tmp/out"
done
matches "S66: sync says that nothing changed" 'no change: nothing was written' \
	"$(cat "$tmp/out")"
is "S66: a sync without changes writes nothing" "1 1" \
	"$(generation) $(wc -l <"$tmp/events")"
node kvip sync -f "$data/get-all.json" --node node-a --dry-run >/dev/null
node kvip sync -f "$data/get-services.yaml" --node node-a >/dev/null 2>&1
is "neither a dry run nor a refused sync writes anything" "1 1" \
	"$(generation) $(wc -l <"$tmp/events")"

# JSON and YAML, file, directory and standard input: the same tables
node kvip save >"$tmp/saved"
jq -c '.items[]' "$data/get-all.json" >"$tmp/objects"
mkdir "$tmp/dir"
n=0
while read -r object; do
	printf '%s\n' "$object" >"$tmp/dir/$n.json"
	n=$((n + 1))
done <"$tmp/objects"
node kvip sync -f "$tmp/dir" --node node-a | grep -q 'no change' &&
	ok "a directory of objects makes the same tables" ||
	not_ok "a directory of objects makes the same tables"
node kvip sync -f - --node node-a <"$tmp/objects" | grep -q 'no change' &&
	ok "a stream of JSON documents makes the same tables" ||
	not_ok "a stream of JSON documents makes the same tables"
while read -r object; do printf -- '---\n%s\n' "$object"; done <"$tmp/objects" >"$tmp/all.yaml"
node kvip sync -f "$tmp/all.yaml" --node node-a | grep -q 'no change' &&
	ok "YAML documents make the same tables" ||
	not_ok "YAML documents make the same tables"

# One changed endpoint costs one object.
jq '(.items[] | select(.kind == "EndpointSlice" and .metadata.name == "web-2") |
	.endpoints[0].addresses[0]) = "10.244.0.99"' "$data/get-all.json" >"$tmp/changed"
node kvip sync -f "$tmp/changed" --node node-a >"$tmp/out"
matches "S66: one changed endpoint is one changed service" '\+ 0   ~ 1   - 0 ' \
	"$(cat "$tmp/out")"
await 10 grep -q '"committed"' "$tmp/events" || not_ok "the monitor hears of it"
is "S66: and one notification" "changed demo/web" \
	"$(jq -r 'select(.service) | .event + " " + .service.name' "$tmp/events")"

# Two writers at once: whoever is overtaken compares again, and both succeed.
writers=0
for ((i = 0; i < 10; i++)); do
	node kvip sync -f "$data/get-all.json" --node node-a >/dev/null &
	node kvip sync -f "$tmp/changed" --node node-a >/dev/null &&
		wait $! && writers=$((writers + 1))
done
is "two writers at once both succeed" 10 $writers
node kvip sync -f "$data/get-all.json" --node node-a >/dev/null
node kvip save | cmp -s - "$tmp/saved" &&
	ok "and the table is whole" || not_ok "and the table is whole"
node kvip sync -f "$tmp/changed" --node node-a >/dev/null
node kvip flush >/dev/null
base=$(generation)
node kvip sync -f "$tmp/changed" --node node-a >/dev/null

# save and restore
node kvip save >"$tmp/changed.save"
node kvip restore "$tmp/saved" >/dev/null
node kvip save | cmp -s - "$tmp/saved" &&
	ok "what was saved is restored" || not_ok "what was saved is restored"
node kvip restore - <"$tmp/changed.save" >/dev/null
node kvip save | cmp -s - "$tmp/changed.save" &&
	ok "standard input is restored" || not_ok "standard input is restored"
is "flush says what it removed" "removed 47 services (generation $((base + 4)))" \
	"$(node kvip flush)"
is "flush removes everything" "0 0 false false" \
	"$(node kvip show config -j | jq -r '"\(.services) \(.frontends) \(.hooksIPv4) \(.hooksIPv6)"')"
is "flush of nothing writes nothing" "removed 0 services (generation $((base + 4)))" \
	"$(node kvip flush)"
node kvip save >"$tmp/empty"
node kvip restore "$tmp/saved" >/dev/null
is "an empty table is saved and restored" "restored 0 services and the configuration (generation $((base + 6)))" \
	"$(node kvip restore "$tmp/empty")"

# S1, S2: objects that make no frontend, and labels that come and go
base='
---
{apiVersion: v1, kind: Node, metadata: {name: node-a}}
---
{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {namespace: d, name: w-1, labels: {kubernetes.io/service-name: w}}, addressType: IPv4, ports: [{name: "", port: 8080}], endpoints: [{addresses: [10.244.0.11]}]}
---
'
service='apiVersion: v1, kind: Service, spec: {clusterIP: 10.96.0.9, ports: [{port: 80}]'
sync_text() { printf '%s' "$1" | sync_node >"$tmp/out" 2>&1; }

sync_text "$base{metadata: {namespace: d, name: w}, $service}}"
is "a Service has a frontend" d/w "$(names)"
sync_text "$base{metadata: {namespace: d, name: w, labels: {service.kubernetes.io/service-proxy-name: x}}, $service}}"
is "S2: the label of another proxy removes it" "" "$(names)"
sync_text "$base{metadata: {namespace: d, name: w}, $service}}"
is "S2: without the label it is back" d/w "$(names)"
sync_text "$base{metadata: {namespace: d, name: w, labels: {service.kubernetes.io/headless: ''}}, $service}}"
is "S2: the headless label removes it" "" "$(names)"
sync_text "$base{metadata: {namespace: d, name: w}, $service, type: ExternalName, externalName: x.example.com}}"
is "S1: an ExternalName has none" "" "$(names)"
sync_text "$base{metadata: {namespace: d, name: w}, apiVersion: v1, kind: Service, spec: {clusterIP: None, ports: [{port: 80}]}}"
is "S1: a headless Service has none" "" "$(names)"
printf '%s' "$base{metadata: {namespace: d, name: w, labels: {service.kubernetes.io/service-proxy-name: x}}, $service}}" |
	sync_node --proxy-name x >/dev/null
is "S2: one proxy's Services can be claimed" d/w "$(names)"
sync_text "$base{metadata: {namespace: d, name: w}, apiVersion: v1, kind: Service, spec: {clusterIP: 10.96.000.041, ports: [{port: 80}]}}"
is "S7: leading zeros are decimal" 10.96.0.41 \
	"$(node kvip show frontends -j | jq -r '.frontends[].address')"

# -4 and -6
node kvip sync -f "$data/get-all.json" --node node-a >/dev/null
is "-6 shows IPv6 alone" IPv6 \
	"$(node kvip -6 show services -j | jq -r '.services[].family' | sort -u)"
is "-4 shows IPv4 alone" IPv4 \
	"$(node kvip show -4 backends -j | jq -r '.backends[].family' | sort -u)"
is "a filter shows one Service's ports" \
	"demo/multi:h2c demo/multi:http demo/multi:https demo/multi:metrics-udp" \
	"$(node kvip show services demo/multi -j | jq -r '.services[].name' | xargs)"
is "a table in text lines up" 1 \
	"$(node kvip show services | cut -c1-200 | awk '{ print index($0, $2 " ") }' | sort -u | wc -l)"
is "no colours where there is no terminal" 0 \
	"$(node kvip sync -f "$tmp/changed" --node node-a --dry-run | grep -c $'\033')"

finish
