#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Load-balancer addresses of a provider program (S82): asked by commands where
# there is no agent, by the agent of a local store, and by the agent of a cluster,
# where a finalizer keeps a Service until the provider was told.
#
# User space alone: who asks whom.

# shellcheck source=tests/selftests/kvipd_lib.sh
. "$(dirname "$0")/kvipd_lib.sh"

store=$tmp/cluster.db
new_ns node
new_ns client
wire node eth0 client eth0
ip -n "$ns-node" addr add 192.0.2.1/24 dev eth0
ip -n "$ns-client" addr add 192.0.2.2/24 dev eth0
: >"$tmp/kvipd.log"

# It writes down what it is asked, and answers as $tmp/answer tells.
cat >"$tmp/provider" <<EOF
#!/bin/bash
jq -r '"\(.action) \(.service.metadata.namespace)/\(.service.metadata.name) \(.nodes | length)"' >>"$tmp/asked"
cat "$tmp/answer"
EOF
chmod +x "$tmp/provider"
: >"$tmp/asked"
cat >"$tmp/kvip.conf" <<-EOF
	[store]
	path = $store
	node-name = node-a
	[load-balancer]
	provider = $tmp/provider
EOF
export RUNTIME_DIRECTORY=$tmp/run
mkdir "$tmp/run"

answer() { printf '%s\n' "$1" >"$tmp/answer"; }
k() { on node kvip --config "$tmp/kvip.conf" "$@" 2>&1; }
external() { k get service "$1" -o json | jq -r '[.status.loadBalancer.ingress[]? | .ip // .hostname] | join(",")'; }
why() { k describe service "$1" | sed -n 's/^Load Balancer: *//p'; }
# shellcheck disable=SC2317 # await calls these
has() { [[ $(external "$1") == "$2" ]]; }
asked() { grep -cx "$1" "$tmp/asked"; }
# shellcheck disable=SC2317
was_asked() { (($(asked "$1") >= ${2:-1})); }

# without an agent
answer '{"ingress": [{"ip": "203.0.113.7"}]}'
matches "expose asks the provider" '^service/web exposed: ' \
	"$(k expose --name web --port 80 --type LoadBalancer --endpoint 192.0.2.2:80)"
is "the Service has its address" 203.0.113.7 "$(external web)"
is "it was asked once, with the node" 1 "$(asked 'ensure default/web 1')"
matches "and the address is in the table" 'lb 203\.0\.113\.7:80' "$(on node kvip show services)"
answer '{"error": "quota exceeded", "retryAfterSeconds": 60}'
matches "a provider that refuses is quoted" 'the store has the change, but: load balancers: default/late: quota exceeded' \
	"$(k expose --name late --port 80 --type LoadBalancer --endpoint 192.0.2.2:80)"
matches "describe says why it waits" '^pending: .*quota exceeded' "$(why late)"
answer '{"ingress": [{"ip": "127.0.0.1"}]}'
k label service late a=b >/dev/null
matches "an address that means something else everywhere is none" '127\.0\.0\.1' "$(why late)"
answer 'hello'
k label service late a=c --overwrite >/dev/null
matches "nor is garbage an answer" '^pending: ' "$(why late)"
is "and the other Service keeps its address" 203.0.113.7 "$(external web)"
is "about which nobody asked again" 0 "$(asked 'update default/web 1')"
answer '{"error": "no"}'
matches "a change that the provider refuses is told" 'default/web: no$' \
	"$(k label service web c=d >/dev/null; k apply -f - <<-'EOF'
		apiVersion: v1
		kind: Service
		metadata: {name: web, annotations: {a: b}}
		spec: {type: LoadBalancer, ports: [{port: 80}]}
	EOF
	)"
is "and takes nothing away" 203.0.113.7 "$(external web)"
answer '{}'
k delete service web late >/dev/null
is "a Service that goes is told" "1 1" \
	"$(asked 'delete default/web 1') $(asked 'delete default/late 1')"

# the agent of the store
answer '{"ingress": [{"hostname": "lb.example.com"}, {"ip": "203.0.113.9"}]}'
spawn node kvipd --node-name node-a --store "$store" --config "$tmp/kvip.conf" 2>>"$tmp/kvipd.log"
kvipd_pid=$!
await 30 settled || not_ok "the agent starts" "$(cat "$tmp/kvipd.log")"
k expose --name shop --port 80 --type LoadBalancer --endpoint 192.0.2.2:80 --no-commit >/dev/null
if await 20 has shop lb.example.com,203.0.113.9; then
	ok "the agent asks for what a command leaves to it"
else
	not_ok "the agent asks for what a command leaves to it" "$(cat "$tmp/asked" "$tmp/kvipd.log")"
fi
answer '{}'
k delete service shop >/dev/null
is "the command tells what is gone" 1 "$(asked 'delete default/shop 1')"
stop_kvipd TERM

# in a cluster
start_api
kubeconfig >"$tmp/kubeconfig"
sed -i '/^\[store\]/,/^node-name/d' "$tmp/kvip.conf"
printf '[kvipd]\nload-balancer = yes\n' >>"$tmp/kvip.conf"
server=(--server "http://$api")
answer '{"ingress": [{"ip": "203.0.113.11"}]}'
on client kvip create service loadbalancer door --tcp 80 "${server[@]}" >/dev/null ||
	not_ok "the API server takes a Service"
spawn node kvipd --node-name node-a --kubeconfig "$tmp/kubeconfig" --config "$tmp/kvip.conf" \
	--allow-empty 2>>"$tmp/kvipd.log"
kvipd_pid=$!
door() { on client kvip get service door "${server[@]}" -o json; }
# shellcheck disable=SC2317
door_has() { [[ $(door | jq -r '.status.loadBalancer.ingress[0].ip') == 203.0.113.11 ]]; }
if await 60 door_has; then
	ok "the leader writes the status of a cluster's Service"
else
	not_ok "the leader writes the status of a cluster's Service" "$(door; cat "$tmp/asked"; tail -n 20 "$tmp/kvipd.log")"
fi
is "which has a finalizer now" '["service.kubernetes.io/load-balancer-cleanup"]' \
	"$(door | jq -c .metadata.finalizers)"
matches "the local store is no second source of the table" \
	'^kvip: kvipd keeps the table here as an API server has it: ' \
	"$(on node kvip create service clusterip x --tcp 80 --store "$store" 2>&1)"
answer '{"error": "busy", "retryAfterSeconds": 1}'
on client kvip delete service door "${server[@]}" >/dev/null
await 30 was_asked 'delete default/door 0' || not_ok "the provider is told of the deletion" "$(cat "$tmp/asked")"
is "it stays while the provider fails" true "$(door | jq '.metadata.deletionTimestamp != null')"
stop_kvipd KILL
answer '{}'
spawn node kvipd --node-name node-a --kubeconfig "$tmp/kubeconfig" --config "$tmp/kvip.conf" \
	--allow-empty 2>>"$tmp/kvipd.log"
kvipd_pid=$!
# shellcheck disable=SC2317
gone() { ! door; }
if await 60 gone; then
	ok "and goes when an agent that came after a kill has told it"
else
	not_ok "and goes when an agent that came after a kill has told it" \
		"$(door; cat "$tmp/asked"; tail -n 20 "$tmp/kvipd.log")"
fi
stop_kvipd TERM

finish
