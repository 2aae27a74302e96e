#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The module is exchanged under open connections, with kvip hold and without. A
# server that was stopped answers while the module is away: where nothing
# translates then, the client gets an answer from a stranger, and resets it.

# shellcheck source=tests/selftests/lib.sh
. "$(dirname "$0")/lib.sh"

flows=(client-4 client-6 pod1-4 pod1-6)
declare -A typed=()
servers=()

unload()
{
	rmmod kvip && [[ ! -d /sys/module/kvip ]] || not_ok "the module is unloaded"
}

load()
{
	modprobe kvip && [[ $(generation) == 0 ]] || not_ok "the module is loaded, empty"
}

hold_is()
{
	is "$1" "hold is $2" "$(node kvip hold status | sed 's/:.*//')"
}

# open_flows MS: a flow from outside and one from a pod, of each family
open_flows()
{
	local flow fd

	for flow in "${flows[@]}"; do
		rm -f "$tmp/$flow.in"
		mkfifo "$tmp/$flow.in"
		# read and write: neither end waits for the other
		exec {fd}<>"$tmp/$flow.in"
		typed[$flow]=$fd
		spawn "${flow%-*}" talk hold -t "$1" "$(vip "${flow#*-}")" 80 \
			<&"$fd" >"$tmp/$flow"
		await 10 grep -q ' 8080$' "$tmp/$flow" || not_ok "the flow $flow is open"
	done
}

answers() { [[ $(cat "${flows[@]/#/$tmp/}" | grep -c ' 8080$') == $((4 * $1)) ]]; }
ended() { [[ $(tail -qn 1 "${flows[@]/#/$tmp/}" | grep -cv ' 8080$') == 4 ]]; }

ask_all()
{
	local flow

	for flow in "${flows[@]}"; do echo >&"${typed[$flow]}"; done
}

# Questions that the servers' sockets have, and the servers have not.
waiting()
{
	[[ $(for pod in pod2 pod3; do in_ns $pod ss -Htn state established; done |
		awk '$1 > 0' | wc -l) == 4 ]]
}

# A question to each server, which it will answer once it goes on.
ask_stopped()
{
	kill -STOP "${servers[@]}"
	ask_all
	await 10 waiting || not_ok "the servers have a question each"
}

# all_answer WHAT N: the Nth line of every flow is there
all_answer()
{
	await 20 answers "$2" && ok "$1" ||
		not_ok "$1" "$(tail -n 3 "${flows[@]/#/$tmp/}")"
}

setup_cluster
for pod in 2 3; do
	for address in 10.244.0.1$pod fd00:10:244::1$pod; do
		serve pod$pod tcp $address 8080
		servers+=($!)
	done
done
cluster_yaml 2 3 | sync_node >/dev/null || not_ok "the node's table"

# on and off, any number of times
hold_is "hold is off at first" off
node kvip hold on && hold_is "it is switched on" on
node kvip hold on && hold_is "twice is like once" on
is "the status as JSON" "true true" \
	"$(node kvip hold status -j | jq -r '"\(.holdIPv4) \(.holdIPv6)"')"
is "it is of one namespace" "hold is off" "$(client kvip hold)"
is "an address is served with it as without" pod \
	"$(asks client tcp 4 1 | cut -c 1-3)"
node kvip hold off && hold_is "it is switched off" off
node kvip hold off && hold_is "twice is like once again" off

# by nobody, and by somebody who makes mistakes
out=$(in_ns node setpriv --reuid=65534 --regid=65534 --clear-groups --inh-caps=-all \
	kvip hold on 2>&1)
is "no rights: hold" \
	"1 kvip: not permitted: this needs CAP_NET_ADMIN in the network namespace" "$? $out"
hold_is "and it is still off" off
out=$(node kvip hold of 2>&1)
matches "a word that is none" '^2 kvip: hold: on, off or status, not "of"' "$? $out"

# The procedure as kvip hold --help has it.
open_flows 20000
answers 1 || not_ok "a line of each flow"
node kvip hold on || not_ok "hold on"
node kvip save >"$tmp/table.json" || not_ok "save"
ask_stopped
unload
kill -CONT "${servers[@]}"
all_answer "an answer that is sent while the module is away arrives" 2
ask_all
all_answer "a question that is sent while the module is away is answered" 3
hold_is "it is on while the module is away" on
load
node kvip restore "$tmp/table.json" >/dev/null || not_ok "restore"
ask_all
all_answer "the flows go on after" 4
node kvip hold off || not_ok "hold off"
hold_is "nothing is left of it" off
ask_all
all_answer "and without it" 5
is "new connections are served" "pod pod" \
	"$(asks client tcp 4 1 | cut -c 1-3) $(asks pod1 tcp 6 1 | cut -c 1-3)"
for flow in "${flows[@]}"; do eval "exec ${typed[$flow]}>&-"; done

# The same without hold: what is tested above is there to be lost.
open_flows 4000
ask_stopped
unload
kill -CONT "${servers[@]}"
# what they send meanwhile has gone out when nothing waits any more
waits_no_more() { ! waiting; }
await 10 waits_no_more || not_ok "the servers go on"
sleep 0.5
load
node kvip restore "$tmp/table.json" >/dev/null || not_ok "restore"
await 20 ended && ok "without hold such flows die" ||
	not_ok "without hold such flows die" "$(tail -n 3 "${flows[@]/#/$tmp/}")"
answers 1 && ok "without an answer" ||
	not_ok "without an answer" "$(tail -n 3 "${flows[@]/#/$tmp/}")"
is "new connections are served all the same" "pod pod" \
	"$(asks client tcp 4 1 | cut -c 1-3) $(asks pod1 tcp 6 1 | cut -c 1-3)"

finish
