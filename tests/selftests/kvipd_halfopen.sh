#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# kvipd and connections on which nothing comes any more: they are noticed within
# half a minute, and the table stays meanwhile.
#
# User space alone: it is waits, and the kernel has no part in it.

# shellcheck source=tests/selftests/kvipd_lib.sh
. "$(dirname "$0")/kvipd_lib.sh"

command -v nft >/dev/null || skip "there is no nft"

# noticed WHAT START: how long it took, and that it was about 30 s; a busy machine
# has its time
noticed()
{
	local took=$((SECONDS - $2))

	echo "# $1: noticed after $took s"
	if ((took <= 60)); then
		ok "$1: it is noticed"
	else
		not_ok "$1: it is noticed" "after $took s"
	fi
}

# connected_since FILE: a connection to the API server that was not in the file
connections() { node ss -Htn dst 192.0.2.2 | awk '{ print $4 }' | sort; }
connected_anew() { connections | comm -13 "$1" - | grep -q .; }

setup_agent --bookmarks 5
start_kvipd
catches_up "the table is the cluster's"
await 20 watching || not_ok "watches are open"

# Lists that begin and stop, and that do not even begin
before=$(written)
faults_before=$(stat_of faults)
tell 'fault?count=1&kind=services&verb=list,stream&action=stall&at=body&forever=1'
tell 'fault?count=1&kind=endpointslices&verb=list,stream&action=stall&forever=1'
tell compact
tell 'watches?do=cut&kind=services'
tell 'watches?do=cut&kind=endpointslices'
await 30 faults 2 || not_ok "it lists again" "$(tail -n 5 "$tmp/kvipd.log")"
start=$SECONDS
is "lists that stop: the table stays" "$before" "$(written)"
service late '{spec: {clusterIPs: ["10.96.0.78"], clusterIP: "10.96.0.78", ipFamilies: ["IPv4"]}}' | put
slices web 1 2 | put
catches_up "lists that stop: it catches up" 90
noticed "lists that stop" $start

# The cable is cut: no FIN, no RST, nothing. Watches may be silent for long, and
# yet this is not the silence of an idle cluster.
await 20 watching || not_ok "watches are open again"
connections >"$tmp/connections"
before=$(written)
client nft -f - <<-'END'
	table inet cut {
		chain in { type filter hook prerouting priority -300; tcp dport 6443 drop; }
		chain out { type filter hook output priority -300; tcp sport 6443 drop; }
	}
END
start=$SECONDS
slices web 3 | put
await 120 connected_anew "$tmp/connections"
noticed "a cable that is cut" $start
is "a cable that is cut: the table stays" "$before" "$(written)"
client nft delete table inet cut
start=$SECONDS
catches_up "the cable is whole again: it catches up" 90
echo "# caught up after $((SECONDS - start)) s"

# Connections are taken, and nothing is said on them
before=$(written)
tell 'hang?on=1'
tell reset
hung() { (($(stat_of hung) > 0)); }
await 30 hung ||
	not_ok "it connects again"
slices web 2 3 | put
is "a server that says nothing: the table stays" "$before" "$(written)"
tell 'hang?on=0'
catches_up "a server that talks again: it catches up" 60

finish
