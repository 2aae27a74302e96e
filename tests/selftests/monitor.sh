#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# kvip monitor tells each change once, when it is committed.
#
# User space alone: words.

# shellcheck source=tests/selftests/lib.sh
. "$(dirname "$0")/lib.sh"

new_ns node
spawn node kvip monitor >"$tmp/text"
monitor=$!
spawn node kvip monitor -j >"$tmp/json"
spawn node kvip monitor -6 >"$tmp/six"
for file in text json six; do
	await 10 grep -q listening "$tmp/$file" || not_ok "the monitor listens"
done

# heard GENERATION: all three have told it
heard()
{
	await 10 grep -q "generation $1\$" "$tmp/text" &&
		await 10 grep -q "\"committed\",\"generation\":$1}" "$tmp/json" &&
		await 10 grep -q "generation $1\$" "$tmp/six"
}

cluster_yaml 1 2 | sync_node >/dev/null
heard 1 && ok "a commit ends with its generation" || not_ok "a commit ends with its generation" "$(cat "$tmp/text")"
is "what comes is told" "6 6" \
	"$(grep -c ' + demo/web:' "$tmp/text") $(grep -c '"added"' "$tmp/json")"
is "-6 tells of IPv6 alone" 3 "$(grep -c demo/web "$tmp/six")"
matches "times are told" '^[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}  ' "$(tail -1 "$tmp/text")"

cluster_yaml 1 3 | sync_node >/dev/null
heard 2 || not_ok "the second commit is told"
matches "which endpoint went and which came is told" \
	'~ demo/web:tcp  TCP IPv4  -10\.244\.0\.12:8080  \+10\.244\.0\.13:8080  endpoints: 2 \(2 local\)' \
	"$(grep '~ demo/web:tcp .*IPv4' "$tmp/text")"

cluster_yaml 1 3:terminating | sync_node >/dev/null
heard 3 || not_ok "the third commit is told"
matches "a change of state is told" '10\.244\.0\.13:8080: terminating' \
	"$(grep '~ demo/web:tcp .*IPv4' "$tmp/text" | tail -1)"

node kvip flush >/dev/null
heard 4 || not_ok "the flush is told"
is "what goes is told" "6 6" \
	"$(grep -c ' - demo/web:' "$tmp/text") $(grep -c '"removed"' "$tmp/json")"

# A backend list that takes several messages is one change.
{
	service_yaml web
	printf -- '---\n{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {namespace: demo, name: many, labels: {kubernetes.io/service-name: web}}, addressType: IPv4, ports: [{name: tcp, port: 8080}], endpoints: [\n'
	for ((i = 0; i < 2000; i++)); do
		printf '{addresses: [10.250.%d.%d], nodeName: node-a},\n' $((i / 250)) $((i % 250 + 1))
	done
	printf ']}\n'
	nodes_yaml
} >"$tmp/many.yaml"
node kvip sync -f "$tmp/many.yaml" --node node-a >/dev/null || not_ok "2,000 endpoints are taken"
heard 5 || not_ok "the large commit is told"
matches "2,000 endpoints are told as one change" 'endpoints: 2000' \
	"$(grep '+ demo/web:tcp .*IPv4' "$tmp/text" | tail -1)"
is "and have all arrived" 2000 \
	"$(jq 'select(.generation == 5 and .service.name == "demo/web:tcp" and .service.family == "IPv4") |
		.service.backends | length' "$tmp/json")"

# A monitor that was stopped for long has lost events; it says so, and what it
# knows in the end is what there is.
kill -STOP $monitor
for ((i = 0; i < 30; i++)); do
	cluster_yaml 1 | sync_node >/dev/null
	node kvip sync -f "$tmp/many.yaml" --node node-a >/dev/null
done
cluster_yaml 2 | sync_node >/dev/null
kill -CONT $monitor
last=$(generation)
await 20 grep -q "generation $last\$\|generation $((last))" "$tmp/text"
matches "a monitor that was late knows the last state" 'demo/web:tcp .*10\.244\.0\.12:8080' \
	"$(await 20 grep -q '+10\.244\.0\.12:8080' "$tmp/text"; grep 'demo/web:tcp .*IPv4' "$tmp/text" | tail -1)"

kill -INT $monitor
await 10 bash -c "! kill -0 $monitor" && ok "an interrupt ends it" || not_ok "an interrupt ends it"

finish
