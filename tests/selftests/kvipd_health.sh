#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What kvipd says of itself and of the node: to load balancers, to who looks
# after it, to Prometheus, and in Events. S60 S61 S62 S63
#
# User space alone: the kernel has little part in it.

# shellcheck source=tests/selftests/kvipd_lib.sh
. "$(dirname "$0")/kvipd_lib.sh"

# status FROM URL: the HTTP status; what came is in $tmp/head and $tmp/body
status()
{
	in_ns "$1" curl -s -g --max-time 10 -D "$tmp/head" -o "$tmp/body" \
		-w '%{http_code}' "$2"
}

# answers CODE FROM URL
answers() { [[ $(status "$2" "$3") == "$1" ]]; }

# header NAME: of the last answer
header()
{
	tr -d '\r' <"$tmp/head" | awk -F ': ' -v name="$1" 'tolower($1) == tolower(name) { print $2 }'
}

# metric LINE: the value of a series
metric()
{
	node curl -s http://127.0.0.1:10249/metrics |
		awk -v series="$1" '{ value = $NF; sub(/ [^ ]*$/, "") } $0 == series { print value }'
}
metric_is() { [[ $(metric "$1") == "$2" ]]; }

# balanced NAME PORT: a Service of a load balancer that keeps clients' addresses
balanced()
{
	service "$1" "{spec: {type: \"LoadBalancer\", externalTrafficPolicy: \"Local\",
		healthCheckNodePort: $2, clusterIP: \"10.96.1.${2: -2}\",
		clusterIPs: [\"10.96.1.${2: -2}\"], ipFamilies: [\"IPv4\"], ipFamilyPolicy: \"SingleStack\"},
		status: {loadBalancer: {ingress: [{ip: \"203.0.113.${2: -2}\"}]}}}"
}

# slices4 NAME POD...: those of IPv4 alone, as the Services here are
slices4() { slices "$@" | jq 'select(.addressType == "IPv4")'; }

setup_agent
tell 'delete?kind=services&ns=demo&name=lb-local' # it has a health-check port, too
start_kvipd --sync-period 2s
catches_up "the table is the cluster's"
lb=http://192.0.2.1:32110

# A load balancer's question. S60 S61 S62
{
	balanced lbl 32110
	slices4 lbl 1 2 3@node-b
} | put
await 20 answers 200 client $lb/
is "S61: 200 with local endpoints" 200 "$(status client $lb/any/path?at=all)"
is "S62: the body" '{"service":{"namespace":"demo","name":"lbl"},"localEndpoints":2,"serviceProxyHealthy":true}' \
	"$(cat "$tmp/body")"
is "S62: the headers" "application/json nosniff 2" \
	"$(header Content-Type) $(header X-Content-Type-Options) $(header X-Load-Balancing-Endpoint-Weight)"
is "over IPv6, too" 200 "$(status client 'http://[2001:db8::1]:32110/')"
slices4 lbl 1:terminating 2:unready 3@node-b | put
await 20 answers 503 client $lb/
is "S61: none ready here: 503, though one terminates" "503 0" \
	"$(status client $lb/) $(jq .localEndpoints "$tmp/body")"
# the same address in another slice is the same endpoint
{
	slices4 lbl 1
	slices4 lbl 1 | jq '.metadata.name += "-again"'
} | put
await 20 answers 200 client $lb/
is "S61: an address counts once" "200 1" \
	"$(status client $lb/) $(jq .localEndpoints "$tmp/body")"
tell 'patch?kind=services&ns=demo&name=lbl' '{"spec":{"externalTrafficPolicy":"Cluster"}}'
await 20 answers 000 client $lb/
is "a Service that has none any more does not listen" 000 "$(status client $lb/)"
tell 'patch?kind=services&ns=demo&name=lbl' '{"spec":{"externalTrafficPolicy":"Local","healthCheckNodePort":32111}}'
await 20 answers 200 client http://192.0.2.1:32111/
is "and on another port, once it has one" 200 "$(status client http://192.0.2.1:32111/)"
tell 'delete?kind=services&ns=demo&name=lbl'
await 20 answers 000 client http://192.0.2.1:32111/
is "a Service that is gone does not listen" 000 "$(status client http://192.0.2.1:32111/)"

# A port that somebody else has: an Event and a number, and no crash
spawn node python3 -m http.server 32112 --bind :: >/dev/null 2>&1
holder=$!
await 20 answers 200 node http://192.0.2.1:32112/ || not_ok "a port is taken"
{
	balanced taken 32112
	slices4 taken 1
} | put
await 20 metric_is kvip_agent_health_ports_failed 1
is "S60: a port that is taken is counted" 1 "$(metric kvip_agent_health_ports_failed)"
told() { [[ $(ask_api events '.[] | select(.reason == "FailedToStartServiceHealthcheck") | .type' | head -n 1) == Warning ]]; }
await 20 told
is "and told by an Event" "FailedToStartServiceHealthcheck Warning Service demo/taken" \
	"$(ask_api events '.[] | select(.reason | startswith("Failed")) |
		"\(.reason) \(.type) \(.regarding.kind) \(.regarding.namespace)/\(.regarding.name)"' | head -n 1)"
is "all Events are such as an API server takes" "" "$(ask_api events '.[] |
	select((.metadata.namespace == (.regarding.namespace // "default") and (.metadata.name | test("^[a-z0-9.-]+$")) and
		.action != "" and .reportingInstance != "" and
		.reportingController != "" and .note != "" and (.note | length <= 1024) and
		(.eventTime | test("^[0-9-]+T[0-9:]+[.][0-9]{6}Z$"))) | not) | tojson')"
catches_up "the table is the cluster's none the less"
kill $holder
wait $holder 2>/dev/null
await 40 answers 200 client http://192.0.2.1:32112/
is "once it is free, it is ours" "200 0" \
	"$(status client http://192.0.2.1:32112/) $(metric kvip_agent_health_ports_failed)"

# /healthz, /livez. S63
healthz=http://127.0.0.1:10256
is "/healthz" 200 "$(status node $healthz/healthz)"
is "and its body" "true true true" \
	"$(jq -r '"\(.nodeEligible) \(.lastUpdated | test("^[0-9-]+T[0-9:.]+Z$")) \(.currentTime | test("^[0-9-]+T[0-9:.]+Z$"))"' "$tmp/body")"
is "/livez" 200 "$(status node $healthz/livez)"
is "its body says nothing of the node" false "$(jq 'has("nodeEligible")' "$tmp/body")"
is "/healthz from elsewhere" 200 "$(status client http://192.0.2.1:10256/healthz)"
is "another path" 404 "$(status node $healthz/nosuch)"
tell 'patch?kind=nodes&name=node-a' '{"spec":{"taints":[{"key":"ToBeDeletedByClusterAutoscaler","effect":"NoSchedule"}]}}'
await 20 answers 503 node $healthz/healthz
is "a node that the autoscaler takes away" "503 false 200" \
	"$(status node $healthz/healthz) $(jq .nodeEligible "$tmp/body") $(status node $healthz/livez)"
tell 'patch?kind=nodes&name=node-a' '{"spec":{"taints":null}}'
await 20 answers 200 node $healthz/healthz
is "or not" 200 "$(status node $healthz/healthz)"
tell 'patch?kind=nodes&name=node-a' '{"metadata":{"deletionTimestamp":"2026-11-24T06:32:46Z"}}'
await 20 answers 503 node $healthz/healthz
is "a node that is being deleted" 503 "$(status node $healthz/healthz)"
tell 'patch?kind=nodes&name=node-a' '{"metadata":{"deletionTimestamp":null}}'

# /metrics: every line is one that Prometheus reads, each series is there once
status node http://127.0.0.1:10249/metrics >/dev/null
matches "/metrics is Prometheus' text" '^text/plain; version=0\.0\.4' "$(header Content-Type)"
is "every line is right" "" "$(grep -vE '^# HELP [a-z_]+ .+$|^# TYPE [a-z_]+ (counter|gauge|histogram|summary)$|^[a-z][a-z0-9_]*(\{[a-z_]+="[^"]*"(,[a-z_]+="[^"]*")*\})? (-?[0-9.]+(e[-+]?[0-9]+)?|\+Inf|NaN)$' "$tmp/body" |
	head -n 5)"
is "no series is there twice" "" "$(grep -v '^#' "$tmp/body" | sed 's/ [^ ]*$//' | sort | uniq -d | head -n 5)"
is "every series has a type before it" "" "$(awk '
	$2 == "TYPE" { type[$3] = 1 }
	!/^#/ { name = $1; sub(/\{.*/, "", name); base = name; sub(/_(bucket|sum|count)$/, "", base)
		if (!(name in type) && !(base in type)) print name }' "$tmp/body" | head -n 5)"
is "counters end in _total" "" "$(awk '$2 == "TYPE" && $4 == "counter" && $3 !~ /_total$/ { print $3 }' "$tmp/body")"
is "buckets only grow" "" "$(awk '/_bucket\{/ { series = $1; sub(/,?le="[^"]*"/, "", series)
	if (series == last && $2 < value) print $1
	last = series; value = $2 }' "$tmp/body")"
missing=''
while read -r name; do
	grep -q "^# TYPE $name " "$tmp/body" || missing+=" $name"
done <<-END
	kubeproxy_sync_proxy_rules_duration_seconds
	kubeproxy_network_programming_duration_seconds
	kubeproxy_sync_proxy_rules_last_timestamp_seconds
	kubeproxy_sync_proxy_rules_last_queued_timestamp_seconds
	kubeproxy_sync_proxy_rules_service_changes_total
	kubeproxy_sync_proxy_rules_endpoint_changes_total
	kubeproxy_proxy_healthz_total
	kvip_agent_event_duration_seconds
	kvip_agent_syncs_total
	kvip_agent_reflector_watching
	rest_client_requests_total
	process_resident_memory_bytes
END
is "what dashboards look for is there" "" "$missing"
asks client tcp 4 3 >/dev/null
is "watches are told" "1 1 1" \
	"$(for kind in services endpointslices nodes; do metric "kvip_agent_reflector_watching{resource=\"$kind\"}"; done | xargs)"
if (($(metric kubeproxy_network_programming_duration_seconds_count) > 0)); then
	ok "the time from a trigger to the commit is counted"
else
	not_ok "the time from a trigger to the commit is counted"
fi
is "/metrics is for this node alone" 000 "$(status client http://192.0.2.1:10249/metrics)"
is "/proxyMode" 200 "$(status node http://127.0.0.1:10249/proxyMode)"
is "what it says" kvip "$(cat "$tmp/body")"

# Ill: a change that waits for more than twice the sync period
stop_kvipd
tell 'fault?action=stall&kind=endpointslices&verb=list,stream'
start_kvipd --sync-period 1s
await 30 answers 503 node $healthz/healthz
is "S63: not synced for long: 503" "503 503" \
	"$(status node $healthz/healthz) $(status node $healthz/livez)"
tell clear
await 30 answers 200 node $healthz/healthz
is "S63: well again" 200 "$(status node $healthz/healthz)"

# Ports that are taken already
stop_kvipd
spawn node python3 -m http.server 10256 --bind :: >/dev/null 2>&1
holder=$!
await 20 answers 200 node http://192.0.2.1:10256/ || not_ok "a port is taken"
slices web 1 | put
start_kvipd
await 20 said 10256
is "a port of its own that is taken is told" 0 $?
kill $holder
wait $holder 2>/dev/null
await 40 answers 200 client http://192.0.2.1:10256/healthz
is "and once it is free, it is its own" 200 "$(status client http://192.0.2.1:10256/healthz)"
stop_kvipd

finish
