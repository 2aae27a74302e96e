#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# kvip get and kvip describe out of a local store that other processes change:
# what a watch shows, and when; where errors go; what is read back.
#
# User space alone: user space alone, the kernel has no part in it.

# shellcheck source=tests/selftests/lib.sh
. "$(dirname "$0")/lib.sh"

where=(--store "$tmp/cluster.db" --config "$tmp/kvip.conf")
touch "$tmp/kvip.conf"

# get, change: commands of that store, as there may be several
get() { kvip get "$@" "${where[@]}"; }
change() { kvip "$@" "${where[@]}" --no-commit >"$tmp/out" 2>&1 || not_ok "$*" "$(cat "$tmp/out")"; }

# watch FILE ARGUMENT...: in the background
watch()
{
	local file=$1

	shift
	kvip get "$@" "${where[@]}" >"$tmp/$file" 2>&1 &
}

# shows N FILE: it has so many lines
shows() { (($(wc -l <"$tmp/$2") == $1)); }

# shows_objects N FILE: so many as JSON
shows_objects() { (($(grep -c '^}' "$tmp/$2") == $1)); }

# columns FILE: without ages and blanks
columns() { sed 's/  *[0-9][0-9a-z]*$//; s/   */ /g' "$tmp/$1"; }

is "where there is no store there is nothing" "No resources found in default namespace. 0" \
	"$(get svc 2>&1) $?"
is "and reading makes none" "" "$(compgen -G "$tmp/*db*")"

cat >"$tmp/shop.yaml" <<-EOF
	apiVersion: v1
	kind: Service
	metadata: {name: web, namespace: shop, labels: {app: web}}
	spec:
	  clusterIP: 10.96.7.7
	  selector: {app: web}
	  ports: [{port: 80, targetPort: 8080}]
EOF
cat >"$tmp/pod.yaml" <<-EOF
	apiVersion: v1
	kind: Pod
	metadata: {name: web-1, namespace: shop, labels: {app: web}}
	spec: {containers: [{name: c, image: x}]}
	status:
	  phase: Running
	  podIPs: [{ip: 10.244.0.11}]
	  conditions: [{type: Ready, status: "True"}]
EOF
change apply -f "$tmp/shop.yaml"

# A watch in each form, beside another process that changes things
watch table svc -n shop -w
table=$!
watch wide svc -A -o wide --watch --no-headers
watch only svc -n shop --watch-only -o name
watch json svc web -n shop -w -j
watch selected svc -n shop -l app=web -w -o name
watch endpoints ep -A -w
await 10 shows 2 table && await 10 shows 2 endpoints && await 10 shows 1 selected &&
	await 10 shows 1 wide && await 10 test -s "$tmp/json" ||
	not_ok "a watch shows what there is" "$(head -50 "$tmp"/{table,wide,json,endpoints})"
# --watch-only shows nothing yet: wait until it follows the file
follow()
{
	local pid

	for pid in $(jobs -p); do
		readlink /proc/"$pid"/fd/* | grep -q inotify || return
	done
}
await 10 follow || not_ok "the watches follow the store"

start=$EPOCHREALTIME
change label service web -n shop app=other --overwrite
await 10 shows 3 table || not_ok "a change is shown"
took=$(awk "BEGIN { print $EPOCHREALTIME - $start }")
is "and at once, not by polling" 1 "$(awk "BEGIN { print $took < 2 }")"
change apply -f "$tmp/pod.yaml"
await 10 shows 4 endpoints || not_ok "an EndpointSlice that follows a Pod is shown" "$(cat "$tmp/endpoints")"
sed 's/name: web/name: a-second-one/; s/7\.7/7.8/' "$tmp/shop.yaml" >"$tmp/second.yaml"
change apply -f "$tmp/second.yaml"
change delete service web -n shop
await 10 shows 5 table && await 10 shows 4 wide && await 10 shows 3 only && await 10 shows 3 selected &&
	await 10 shows_objects 3 json || not_ok "all of it is shown" "$(head -50 "$tmp"/{table,wide,only,selected})"

is "rows line up with those above, if they are no wider" \
	"NAME TYPE CLUSTER-IP EXTERNAL-IP PORT(S) AGE
web ClusterIP 10.96.7.7 <none> 80/TCP
web ClusterIP 10.96.7.7 <none> 80/TCP
a-second-one ClusterIP 10.96.7.8 <none> 80/TCP
web ClusterIP 10.96.7.7 <none> 80/TCP" "$(columns table)"
is "columns get wider, and never narrower" "8 8 8 16 16" \
	"$(awk '{ print match($0, /TYPE|ClusterIP/) }' "$tmp/table" | xargs)"
is "--no-headers, -A and -o wide" "shop web ClusterIP 10.96.7.7 <none> 80/TCP 0s app=web" \
	"$(head -1 "$tmp/wide" | sed 's/   */ /g; s/ [0-9][0-9a-z]* app/ 0s app/')"
is "--watch-only shows what happens alone" "service/web service/a-second-one service/web" \
	"$(xargs <"$tmp/only")"
is "what labels select no more is gone" "service/web service/web service/a-second-one" \
	"$(xargs <"$tmp/selected")"
is "a watch as JSON is an object for each change" "web other other" \
	"$(jq -r .metadata.labels.app "$tmp/json" | xargs)"
await 10 shows 6 endpoints || not_ok "all Endpoints are shown"
is "Endpoints follow Services and EndpointSlices, together where they come together" \
	"shop web <none> shop web <none> shop web 10.244.0.11:8080 shop a-second-one 10.244.0.11:8080 shop web 10.244.0.11:8080" \
	"$(columns endpoints | sed 1d | xargs)"
kill "$table"

# Whoever has seen enough
is "a watch ends with its reader" "1
0" \
	"$(timeout 10 kvip get svc -n shop -w --no-headers "${where[@]}" | head -1 | wc -l; echo "$((PIPESTATUS[0] == 124))")"

# One, several, none
is "one object as JSON, several as a List" "Service List 1 List 0" \
	"$(get svc a-second-one -n shop -j | jq -r .kind) $(get svc -n shop -j | jq -r '"\(.kind) \(.items | length)"') $(get svc -n none -j | jq -r '"\(.kind) \(.items | length)"')"
get svc,po a-second-one web-1 -n shop >"$tmp/got" 2>"$tmp/err"
is "an object that is not there fails the command" 1 $?
is "the others are shown all the same" "service/a-second-one pod/web-1" \
	"$(awk '/\// { print $1 }' "$tmp/got" | xargs)"
is "and each that is missing is told of" \
	"kvip: services \"web-1\" not found kvip: pods \"a-second-one\" not found" "$(tr '\n' ' ' <"$tmp/err" | sed 's/ $//')"
is "a Pod without a kubelet is as ready as it is said to be" "web-1 1/1 Running 0" \
	"$(get po -n shop --no-headers | awk '{ print $1, $2, $3, $4 }')"
get svc a-second-one -n shop >/dev/full 2>"$tmp/err"
is "output that goes nowhere is an error" "1 kvip: can't write the output: No space left on device" "$? $(cat "$tmp/err")"

# What is printed is read again
for format in json yaml; do
	get svc,po -A -o "$format" >"$tmp/all.$format"
	kvip apply -f "$tmp/all.$format" --store "$tmp/again-$format.db" --no-commit >/dev/null 2>"$tmp/err" ||
		not_ok "-o $format is taken by apply" "$(cat "$tmp/err")"
	is "-o $format is read again" "$(get svc,po -A -j | jq -S '.items[].spec')" \
		"$(kvip get svc,po -A -j --store "$tmp/again-$format.db" | jq -S '.items[].spec')"
done

# describe
kvip describe service a-second-one nobody -n shop "${where[@]}" >"$tmp/got" 2>"$tmp/err"
is "describe: a name that is not there" "1 kvip: services \"nobody\" not found" "$? $(cat "$tmp/err")"
is "describe tells endpoints" "Endpoints: 10.244.0.11:8080" "$(grep Endpoints: "$tmp/got" | xargs)"
is "describe of nothing" "No resources found" "$(kvip describe svc -A -l no=body "${where[@]}" 2>&1)"
kvip describe pod web-1 -n shop "${where[@]}" >"$tmp/got" 2>"$tmp/err"
is "describe: Services alone" "2 0" "$? $(wc -c <"$tmp/got")"
finish
