#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# kvipd and an API server that misbehaves: whatever it does, sends or fails to
# send, the node's table stays as it was, and catches up after it. S9
#
# User space alone: long, and the kernel has little part in it.

# shellcheck source=tests/selftests/kvipd_lib.sh
. "$(dirname "$0")/kvipd_lib.sh"

# What changes in the cluster in each case: demo/web has pods 1 and 2, or all three.
pods=3
change()
{
	pods=$((5 - pods))
	# shellcheck disable=SC2046 # numbers
	slices web $(seq $pods) | put
}

# fresh [OPTION]...: an agent that has not failed yet, since failures make it wait
fresh()
{
	[[ ! ${kvipd_pid-} ]] || stop_kvipd KILL
	await 20 all_gone || not_ok "the server sees that the last one is gone"
	start_kvipd "$@"
	await 30 watching || not_ok "an agent watches" "$(tail -n 5 "$tmp/kvipd.log")"
	before=$(written)
	# what it wrote comes from the monitor in its own time
	await 20 shown || not_ok "the monitor tells of generation $before"
	seen=$(wc -l <"$tmp/events")
}

shown()
{
	jq -es "any(.[]; .event == \"committed\" and .generation >= $before)" "$tmp/events"
}

all_gone() { [[ ! $(stat_of watching) ]]; }

# ends_well WHAT [SECONDS]: after a change, which comes through, and no Service but
# demo/web was touched since fresh()
ends_well()
{
	is "$1: nothing is written" "$before" "$(written)"
	change
	catches_up "$1: it catches up" "${2:-40}"
	is "$1: nothing else changed" "" "$(tail -n "+$((seen + 1))" "$tmp/events" |
		jq -r 'select(.service.name | . and (startswith("demo/web:") | not)),
			select(.event == "removed") | "\(.event) \(.service.name)"' | sort -u | head -n 5)"
}

# lists SERVICES-FAULT SLICES-FAULT: new lists are needed, and each goes wrong once
lists()
{
	local what="$1, $2"

	faults_before=$(stat_of faults)
	tell "fault?count=1&kind=services&verb=list,stream&action=$1"
	tell "fault?count=1&kind=endpointslices&verb=list,stream&action=$2"
	tell compact
	tell 'watches?do=end&kind=services'
	tell 'watches?do=end&kind=endpointslices'
	await 30 faults 2 || not_ok "$what: it lists again" "$(tail -n 5 "$tmp/kvipd.log")"
	ends_well "$what"
}

setup_agent --bookmarks 600
large=300
[[ ${KVIP_KERNEL-} == um ]] || large=100
spawn node kvip monitor -j >"$tmp/events"
monitor=$!
await 10 grep -q listening "$tmp/events" || not_ok "the monitor listens"

# Lists, as watches and in pages, turn by turn
stream=yes
while read -r first second; do
	fresh --streaming-lists=$stream
	lists "$first" "$second"
	[[ $stream == yes ]] && stream=no || stream=yes
done <<-END
	status&code=500 status&code=503
	status&code=401 status&code=403
	status&code=404 status&code=410
	status&code=429&retry-after=1 status&code=504
	cut cut-chunk
	reset close
	garbage not-http
	table partial
	protobuf kind
	slow&rate=30000 html
	nothing large&mb=$large
END

# The memory of one that took a large list. KiB; 64 MiB are for 10,000 Services.
hwm=$(awk '$1 == "VmHWM:" { print $2 }' "/proc/$kvipd_pid/status")
echo "# $hwm KiB of memory at most, with a list of $large MB"
if ((hwm < 64 << 10)); then
	ok "memory does not grow with a list"
else
	not_ok "memory does not grow with a list" "$hwm KiB"
fi

# Lists without items: a cluster has its own Services at least, and these are not
# there. It is not believed, whichever of the lists it is.
stream=no
for empty in "services endpointslices" services endpointslices; do
	# as lists: null; as watches: nothing but a bookmark
	[[ $stream == yes ]] && stream=no action=null || stream=yes action=empty
	fresh --streaming-lists=$stream
	faults_before=$(stat_of faults)
	for kind in $empty; do
		tell "fault?kind=$kind&verb=list,stream&action=$action"
	done
	tell compact
	tell 'watches?do=end'
	await 30 faults "$(wc -w <<<"$empty")" || not_ok "it lists $empty again"
	# and an agent that starts in the middle of it
	stop_kvipd KILL
	faults_before=$(stat_of faults)
	start_kvipd --streaming-lists=$stream
	await 30 faults "$(wc -w <<<"$empty")" || not_ok "it lists $empty at start"
	await 30 said 'no (Service|EndpointSlice)|empty' || not_ok "no $empty: it is told" "$(tail -n 5 "$tmp/kvipd.log")"
	is "no $empty: the table stays" "$before" "$(written)"
	tell clear
	tell compact
	tell 'watches?do=end'
	ends_well "no $empty"
done

# An open watch, and what comes through it
open_watch() { fresh; await 20 as_synced || not_ok "the table is the cluster's"; before=$(written); }

open_watch
tell 'patch?kind=services&ns=demo&name=np' '{"metadata":{"annotations":{"n":"1"}}}'
tell 'send?kind=services&what=last'
tell 'send?kind=services&what=last'
ends_well "an event comes three times"

before=$(written)
tell 'send?kind=endpointslices&what=oldest'
ends_well "an event comes again when it is old"

before=$(written)
tell 'watches?do=hold'
change
change
change
is "events are held back: nothing is written" "$before" "$(written)"
tell 'watches?do=release&order=reversed'
catches_up "events come in the wrong order"
before=$(written)
ends_well "after that"

# noise FILTER WHAT: events of the filter come to the watch of Services
noise()
{
	before=$(written)
	tell 'send?kind=services' "$(jq -nc "$1")"
	# what comes behind them, on the same connection or on another one
	tell 'patch?kind=services&ns=demo&name=np' '{"metadata":{"annotations":{"n":"2"}}}'
	ends_well "$2"
}
web='{kind: "Service", apiVersion: "v1", metadata: {namespace: "demo", name: "web", uid: "u", resourceVersion: "999999"}}'
noise '{type: "MODIFIED", object: {kind: "Pod", apiVersion: "v1", metadata: {namespace: "demo", name: "web", resourceVersion: "5"}}}' \
	"an event of another kind"
noise '{type: "DELETED", object: {kind: "Pod", apiVersion: "v1", metadata: {namespace: "demo", name: "web", resourceVersion: "5"}}}' \
	"another kind's end"
noise '{type: "SURPRISE", object: {kind: "Service"}}' "an event of no known type"
noise '{type: "ADDED"}' "an event without object"
noise '{type: "ADDED", object: null}' "an event of null"
noise '[1, 2], "text", 7' "JSON that is no event"
noise '{type: "BOOKMARK", object: {kind: "Service", apiVersion: "v1", metadata: {resourceVersion: "1"}}}' \
	"a bookmark of long ago"
noise '{type: "BOOKMARK", object: {kind: "Service", apiVersion: "v1", metadata: {}}}' \
	"a bookmark of nothing"
noise '{type: "MODIFIED", object: {kind: "Service", apiVersion: "v1", metadata: {resourceVersion: "5"}, spec: {}}}' \
	"a Service without a name"
fresh
noise "{type: \"ERROR\", object: {kind: \"Status\", apiVersion: \"v1\", metadata: {}, status: \"Failure\", message: \"etcd is unwell\", reason: \"InternalError\", code: 500}}" \
	"an error in a watch"

# A Service that cannot be read keeps what it has, and gets what comes next.
fresh
before=$(written)
tell 'send?kind=services' "$(jq -nc "{type: \"MODIFIED\", object: ($web + {spec: \"text\"})}")"
tell 'patch?kind=services&ns=demo&name=np' '{"metadata":{"annotations":{"n":"3"}}}'
ends_well "a Service that makes no sense"

for words in what=noise what=half\&then=cut what=half\&then=reset what=half what=gone; do
	open_watch
	tell "send?kind=services&$words"
	tell "send?kind=endpointslices&$words"
	tell 'patch?kind=services&ns=demo&name=np' '{"metadata":{"annotations":{"n":"4"}}}'
	ends_well "a watch gets $words"
done
for how in end cut; do
	open_watch
	tell "watches?do=$how"
	ends_well "watches $how"
done
open_watch
tell 'watches?do=stall'
change
is "watches are silent: nothing is written" "$before" "$(written)"
tell 'watches?do=resume'
before=$(written)
ends_well "watches go on"

# Nobody listens; and when somebody does again, it has another history
open_watch
tell 'listen?on=0'
tell reset
await 20 all_gone || not_ok "the server sees that its connections are gone"
change
is "connections are refused: nothing is written" "$before" "$(written)"
stop_kvipd KILL
start_kvipd
await 20 said refused || not_ok "it is told" "$(tail -n 5 "$tmp/kvipd.log")"
is "nor by one that starts then" "$before" "$(written)"
tell compact
tell 'listen?on=1'
catches_up "connections are taken again: it catches up" 60

# All Services are deleted, one by one: the last of the table stays.
fresh
while read -r space name; do
	tell "delete?kind=services&ns=$space&name=$name"
done < <(ask_api dump '.items[] | select(.kind == "Service") |
	"\(.metadata.namespace) \(.metadata.name)"')
await 20 said 'the cluster has no Service' || not_ok "it is told" "$(tail -n 5 "$tmp/kvipd.log")"
left=$(node kvip show services -j | jq '.services | length')
if ((left > 0)); then
	ok "a cluster without any Service leaves a table ($left)"
else
	not_ok "a cluster without any Service leaves a table"
fi
tell "load?file=$recorded/list-services.json"
service web | put
catches_up "Services come back"

# Pages, the second of which expires
tell 'generate?words=services=600,endpoints=1'
fresh --streaming-lists=no
await 40 as_synced || not_ok "600 Services more"
before=$(written)
seen=$(wc -l <"$tmp/events")
faults_before=$(stat_of faults)
tell 'fault?kind=services&verb=list&action=expire'
tell compact
tell 'watches?do=cut&kind=services'
# the first page, and what the second one says
await 30 faults 2 || not_ok "a list in pages" "$(tail -n 5 "$tmp/kvipd.log")"
tell clear
ends_well "a page expires"

kill $monitor
finish
