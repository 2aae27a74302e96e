#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The commands that people know from kubectl, with an API server in place of the
# local store: reading, writing, refusals in the server's words, who is believed,
# and watches of a server that goes away, cuts, and forgets.
#
# User space alone: user space alone, the kernel has no part in it.

# shellcheck source=tests/selftests/kvipd_lib.sh
. "$(dirname "$0")/kvipd_lib.sh"

https=https://$api
new_ns client
ip -n "$ns-client" addr add 192.0.2.2/32 dev lo
start_api --tls --token good --token rotated
cp "$tmp/api/ca.crt" "$tmp/ca.crt"
echo good >"$tmp/token"
access=(--server "$https" --token-file "$tmp/token" --certificate-authority "$tmp/ca.crt" -n shop)

# k COMMAND [ARGUMENT]...: with that server
k() { on client kvip "$@" "${access[@]}" 2>&1; }

# has FILTER: of all that the server has, {kind/namespace/name: object}
has()
{
	ask_api dump '[.items[] | {key: "\(.kind)/\(.metadata.namespace // "")/\(.metadata.name)", value: .}] |
		from_entries | '"$1"
}

# asked VERB STATUS: how often that was answered so, for Services
asked() { ask_api stats ".requests[\"services $1 $2\"] // 0"; }

cat >"$tmp/web.yaml" <<-EOF
	apiVersion: apps/v1
	kind: Deployment
	metadata: {name: web, namespace: shop}
	spec:
	  selector: {matchLabels: {app: web}}
	  template:
	    metadata: {labels: {app: web}}
	    spec: {containers: [{name: c, image: web:1, ports: [{containerPort: 8080}]}]}
EOF

# Writing, and reading what was written
k apply -f "$tmp/web.yaml" >"$tmp/out"
is "apply makes an object" 8080 \
	"$(has '."Deployment/shop/web".spec.template.spec.containers[0].ports[0].containerPort')"
k expose deployment web --port 80 --target-port 8080 --name front >"$tmp/out"
is "expose makes a Service" "80 8080 web ClusterIP 10.96.0.1" \
	"$(has '."Service/shop/front".spec | "\(.ports[0].port) \(.ports[0].targetPort) \(.selector.app) \(.type) \(.clusterIP)"')"
is "get lists it" service/front "$(k get services -o name)"
is "get has kubectl's columns" "NAME TYPE CLUSTER-IP EXTERNAL-IP PORT(S) AGE front ClusterIP 10.96.0.1 <none> 80/TCP" \
	"$(k get svc | xargs | sed 's/ [^ ]*$//')"
is "get as JSON is what the server has" "$(has '."Service/shop/front"' | jq -S .)" "$(k get svc front -o json | jq -S .)"
is "a Service in another namespace is another" 'kvip: services "front" not found' \
	"$(access[-1]=other; k get svc front)"
k label service front tier=edge >"$tmp/out"
is "label changes a label, and nothing else" "edge 10.96.0.1" \
	"$(has '."Service/shop/front" | "\(.metadata.labels.tier) \(.spec.clusterIP)"')"
is "labels select" "service/front;" "$(k get svc -l 'tier in (edge, core),!old' -o name);$(k get svc -l tier=core -o name 2>/dev/null | grep service/)"
before=$(stat_of version)
k expose deployment web --port 80 --type NodePort --name dry --dry-run=server >"$tmp/out"
is "a dry run is the server's, and writes nothing" "1 $before" \
	"$(grep -c 30000 "$tmp/out") $(stat_of version)"
k apply -f "$tmp/web.yaml" >"$tmp/out"
is "apply of what is there writes nothing" "$before" "$(stat_of version)"
sed 's/8080/9090/' "$tmp/web.yaml" >"$tmp/new.yaml"
k apply -f "$tmp/new.yaml" >"$tmp/out"
is "apply of something else does" 9090 \
	"$(has '."Deployment/shop/web".spec.template.spec.containers[0].ports[0].containerPort')"
k delete deployment web >"$tmp/out"
is "delete deletes" null "$(has '."Deployment/shop/web"')"
k create -f "$tmp/web.yaml" >"$tmp/out"
is "create makes it again" Deployment "$(has '."Deployment/shop/web".kind')"

# Refusals, in the server's words and in one line
# refused WHAT WORDS COMMAND...: exit status 1
refused()
{
	local what=$1 words=$2 said

	shift 2
	said=$(k "$@")
	is "$what" "1 $words" "$? $said"
}
refused "404" 'kvip: services "nosuch" not found' get svc nosuch
refused "409, it is there" 'kvip: services "front" already exists' expose deployment web --port 80 --name front
refused "422" 'kvip: Service "bad" is invalid: spec.clusterIPs: Invalid value: ["10.1.0.10"]: failed to allocate IP 10.1.0.10: the provided network does not match the current range' \
	expose deployment web --port 80 --name bad --cluster-ip 10.1.0.10
tell 'fault?action=forbid&kind=services&verb=list,create&count=2'
refused "403 to a list" 'kvip: services is forbidden: User "nobody" cannot list resource "services" in API group "" in the namespace "shop"' get svc
refused "403 to a create" 'kvip: services is forbidden: User "nobody" cannot create resource "services" in API group "" in the namespace "shop"' \
	expose deployment web --port 80 --name forbidden
tell 'fault?action=status&code=409&kind=services&verb=update,patch'
is "409, it was changed meanwhile" 1 \
	"$(k label svc front tier=x --overwrite | grep -c 'Operation cannot be fulfilled on services "[a-z]*": the object has been modified')"
tell clear
for code in 500 502 503; do
	tell "fault?action=status&code=$code&kind=services&verb=list&count=1"
	said=$(k get svc)
	is "$code is told in one line" "1 1" "$? $(wc -l <<<"$said")"
done
tell 'fault?action=cut&kind=services&verb=list&count=1'
refused "an answer that is cut short" "kvip: $https: the answer was cut short" get svc
tell 'fault?action=html&kind=services&verb=get&count=1'
refused "a page of somebody else's" "kvip: $https: the answer makes no sense: expected an object, found '<'" get svc front
is "after all that it is as it was" "edge 10.96.0.1" \
	"$(has '."Service/shop/front" | "\(.metadata.labels.tier) \(.spec.clusterIP)"')"

# Who is believed
echo wrong >"$tmp/token"
refused "401" "kvip: Unauthorized" get svc
echo rotated >"$tmp/token"
is "another token" service/front "$(k get svc -o name)"
refused "a contradiction" "kvip: --store is not for a server (--server)" get svc --store "$tmp/x.db"
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$tmp/other.key" \
	-out "$tmp/other.crt" -subj "/CN=other" -days 30 2>/dev/null
with=("${access[@]}")
access=(--server "$https" --token-file "$tmp/token" --certificate-authority "$tmp/other.crt")
matches "a CA that did not sign the server's certificate" "^kvip: $https: .*not signed by our CA" "$(k get svc)"
access=(--server "$https" --token-file "$tmp/token")
matches "no CA" "^kvip: $https: .*not signed by our CA" "$(k get svc)"
access+=(--insecure-skip-tls-verify -n shop)
is "no look at the certificate" service/front "$(k get svc -o name)"
kubeconfig "$https" "token: good" "certificate-authority-data: $(base64 -w0 "$tmp/ca.crt")" |
	sed 's/user: test}/&, namespace: shop}/; s/}, namespace: shop}/, namespace: shop}/' >"$tmp/kubeconfig"
access=(--kubeconfig "$tmp/kubeconfig")
is "a kubeconfig, with its namespace" service/front "$(k get svc -o name)"
access=(--kubeconfig "$tmp/kubeconfig" --context other)
matches "a context that is not there" '^kvip: .*there is no context "other"; there are: test$' "$(k get svc)"
access=("${with[@]}")
tell 'listen?on=0'
refused "a server that is down" "kvip: $https: connection refused" get svc
tell 'listen?on=1'

# Pages; the server forgets in the middle where it was
tell 'generate?words=services=600,endpoints=1,prefix=app,namespace=many'
expect="600 600"
for fault in '' 'action=expire&kind=services&verb=list&count=2'; do
	[[ -z $fault ]] || { faults_before=$(stat_of faults); tell "fault?$fault"; }
	access[-1]=many
	k get svc -o name >"$tmp/names"
	is "600 Services${fault:+, the second page expires}: each once" "$expect" \
		"$(wc -l <"$tmp/names") $(sort -u "$tmp/names" | wc -l)"
	access[-1]=shop
done
faults 2
is "the page did expire" 0 $?
tell clear
tell 'delete?kind=services'

# Watches. A row for what there is, and for each change
# row NAME [COUNT]: it was told of so often
row() { (($(grep -c "^$1 " "$tmp/watch") == ${2:-1})); }
# put_service NAME [LABELS]
put_service()
{
	tell put "{\"kind\":\"Service\",\"apiVersion\":\"v1\",\"metadata\":{\"namespace\":\"shop\",\"name\":\"$1\",
		\"labels\":${2:-{\}}},\"spec\":{\"type\":\"ClusterIP\",\"ports\":[{\"port\":80,\"protocol\":\"TCP\"}]}}"
}
# begin_watch [OPTION]...: until the server has it
begin_watch()
{
	spawn client kvip get svc -w --no-headers "$@" "${access[@]}" >"$tmp/watch" 2>"$tmp/watch.err"
	watch_pid=$!
	await 20 watching_only services || not_ok "it watches" "$(cat "$tmp/watch.err")"
}
# told WHAT NAME [COUNT]
told()
{
	await 20 row "$2" "${3-1}"
	is "$1" 0 $? || cat "$tmp/watch"
}
put_service one
begin_watch
told "a watch begins with what there is" one
put_service two
told "it tells what comes" two
k label svc two a=b >/dev/null
told "it tells what changes" two 2
k delete svc two >/dev/null
told "it tells what goes" two 3

tell 'watches?do=cut'
await 20 watching_only services
is "cut, it is begun anew" 0 $?
put_service three
told "and tells what comes then" three
tell 'listen?on=0'
tell 'watches?do=reset'
put_service four
sleep 1.5 # it tries, and finds nobody
tell 'listen?on=1'
told "the server was away, and what came meanwhile is told" four
is "nothing is told twice" "one 1 two 3 three 1 four 1" \
	"$(for name in one two three four; do echo "$name $(grep -c "^$name " "$tmp/watch")"; done | xargs)"

# It forgets what was while nobody watches
tell 'listen?on=0'
tell 'watches?do=cut'
put_service five
tell compact
lists=$(asked list 200)
tell 'listen?on=1'
told "410 at a watch's start: it is listed again" five
is "by one list" $((lists + 1)) "$(asked list 200)"
put_service six
told "and watched on" six
# in the middle: an event, then the end
lists=$(asked list 200)
tell 'watches?do=hold'
put_service seven
tell 'watches?do=release'
tell 'send?kind=services&what=gone'
told "410 in the middle of a watch: what came before it is told" seven
await 20 test "$((lists + 1))" -eq "$(asked list 200)"
await 20 watching_only services
put_service eight
told "and what comes after" eight
kill -0 $watch_pid 2>/dev/null
is "all that was one command" 0 $?
kill -INT $watch_pid
wait $watch_pid 2>/dev/null
is "Ctrl-C ends it" 130 $?

begin_watch -l app=web
put_service one '{"app":"web"}'
told "a selector: what comes into it" one
put_service one '{"app":"db"}'
told "and what leaves it" one 2
put_service one '{"app":"db","a":"b"}'
put_service two '{"app":"web"}'
told "what is not in it is not told" two
is "of one" 2 "$(grep -c '^one ' "$tmp/watch")"
kill $watch_pid
tell 'delete?kind=services'

finish
