#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Session affinity: many clients, so that chance does not look like a rule, nor a
# rule like chance. S47-S52
#
# Not in short runs: what clients get; the tables' code is that of the matrix.

# shellcheck source=tests/selftests/lib.sh
. "$(dirname "$0")/lib.sh"

clients=40 # that chance gives all of them the same endpoint again: 1 in 10^12

setup_two_nodes pod1 pod2 far1
serve_on pod1 pod2 far1
# so that clients outside reach far1 by the ClusterIP too: hidden, as it is then
detect_pods

ip -n "$ns-router" route add 198.51.100.128/25 via 198.51.100.2
ip -n "$ns-router" route add 2001:db8:c:1::/64 via 2001:db8:c::2
for ((i = 0; i < clients; i++)); do
	echo "addr add 198.51.100.$((130 + i))/32 dev eth0"
	echo "addr add 2001:db8:c:1::$i/128 dev eth0"
done | ip_in client

# Service demo/web with the ports 80 and 81 of each protocol.
sticky()
{
	local timeout=$1

	shift
	{
		lb_service web "sessionAffinity: ClientIP" \
			"sessionAffinityConfig: {clientIP: {timeoutSeconds: $timeout}}" |
			two_ports
		slices_for web "$@" | two_slice_ports
		two_nodes
	} | sync_taken
}

loose()
{
	{ lb_service web | two_ports; slices_for web "$@" | two_slice_ports; two_nodes; } | sync_taken
}

two_ports()
{
	sed 's/^\( *\)- {name: \([a-z]*\), port: 80, \(protocol: [A-Z]*\), targetPort: 8080, nodePort: 30080}/&\
\1- {name: \2-81, port: 81, \3, targetPort: 8080, nodePort: 30081}/'
}

two_slice_ports()
{
	sed 's/^- {name: \([a-z]*\), port: 8080, \(protocol: [A-Z]*\)}/&\
- {name: \1-81, port: 8080, \2}/'
}

# all_ask PROTO FAMILY KIND [PORT [COUNT]]: "CLIENT ENDPOINT", each pair once,
# sorted
all_ask()
{
	local port=${4:-$(port "$3")} count=${5:-1} first to i from

	first=$(ports "$count")
	to=$(address "$3" "$2")
	for ((i = 0; i < clients; i++)); do
		from=198.51.100.$((130 + i))
		(($2 == 4)) || from=2001:db8:c:1::$i
		echo "$i $1 $count 5000 $from $first $to $port"
	done >"$tmp/batch"
	client talk batch <"$tmp/batch" | cut -d' ' -f1,2 | sort -u
}

# one_each WHAT PAIRS: every client has one endpoint
one_each()
{
	is "$1: every client has its endpoint" "$clients $clients" \
		"$(wc -l <<<"$2") $(grep -cE ' (pod|far).$' <<<"$2")"
}

# differ WHAT PAIRS PAIRS: chance has been at work between the two
differ()
{
	if [[ $2 != "$3" && $(wc -l <<<"$3") -ge $clients ]]; then
		ok "$1"
	else
		not_ok "$1" "all $(wc -l <<<"$3") pairs are the same"
	fi
}

# same WHAT PAIRS PAIRS: and if not, what differs
same()
{
	if [[ $2 == "$3" ]]; then
		ok "$1"
	else
		not_ok "$1" "$(diff <(echo "$2") <(echo "$3"))"
	fi
}

now() { date +%s%N | cut -c -13; } # ms

# until_ms TIME
until_ms()
{
	local left=$(($1 - $(now)))

	((left <= 0)) || sleep "$((left / 1000)).$(printf %03d $((left % 1000)))"
}

# S51 before: without affinity everyone gets everything
loose pod1 pod2 far1
pairs=$(all_ask tcp 4 cluster 80 12)
if (($(wc -l <<<"$pairs") > 2 * clients)); then
	ok "S51: without affinity nothing sticks"
else
	not_ok "S51: without affinity nothing sticks" "$pairs"
fi

# S48
sticky 10800 pod1 pod2 far1
is "S47: the timeout is in the tables" 10800 \
	"$(node kvip show services -j demo/web:tcp | jq '[.services[].affinitySeconds] | max')"
for proto in tcp udp sctp; do
	for family in 4 6; do
		what="$proto, IPv$family"
		pairs=$(all_ask $proto $family cluster 80 5)
		one_each "S48: $what" "$pairs"
		is "S48: all endpoints have clients: $what" "far1 pod1 pod2" \
			"$(cut -d' ' -f2 <<<"$pairs" | sort -u | xargs)"
		same "S48: node port and ClusterIP share it: $what" "$pairs" \
			"$(all_ask $proto $family nodeport '' 2)"
		same "S48: LB IP and ClusterIP share it: $what" "$pairs" \
			"$(all_ask $proto $family lb '' 2)"
		same "S48: external IP and ClusterIP share it: $what" "$pairs" \
			"$(all_ask $proto $family external '' 2)"
		other=$(all_ask $proto $family cluster 81 3)
		one_each "S48: the other port: $what" "$other"
		differ "S48: the other port has its own: $what" "$pairs" "$other"
	done
done
is "S48: explain knows" hit "$(explains 198.51.100.130 "$(vip 4):80" affinity)"
is "S48: explain knows of no entry" new "$(explains 198.51.100.2 "$(vip 4):80" affinity)"
is "S48: explaining makes none" new "$(explains 198.51.100.2 "$(vip 4):80" affinity)"
explained=$(explains 198.51.100.130 "$(vip 4):80" backend)
is "S48: explain names the endpoint" "$(all_ask tcp 4 cluster | awk '$1 == 0 { print $2 }')" \
	"$(case $explained in 10.244.0.1*) echo "pod${explained:10:1}" ;; *) echo far1 ;; esac)"

# S48: the option
config affinity-scope=service
sticky 10800 pod1 pod2 far1
pairs=$(all_ask tcp 4 cluster 80 3)
one_each "S48: per Service" "$pairs"
same "S48: per Service: the other port shares it" "$pairs" "$(all_ask tcp 4 cluster 81 3)"
same "S48: per Service: the other protocol shares it" "$pairs" "$(all_ask udp 4 cluster 81 3)"
same "S48: per Service: and the node port" "$pairs" "$(all_ask sctp 4 nodeport 30081 3)"
config affinity-scope=port
sticky 10800 pod1 pod2 far1
differ "S48: per port again" "$(all_ask tcp 4 cluster 80)" "$(all_ask tcp 4 cluster 81)"

# S50: what can't be used is replaced
sticky 10800 pod1 pod2
pairs=$(all_ask tcp 4 cluster)
one_each "S50: without far1" "$pairs"
sticky 10800 pod1
is "S50: an endpoint went: all have the other" pod1 \
	"$(all_ask tcp 4 cluster | cut -d' ' -f2 | sort -u)"
sticky 10800 pod1 pod2
is "S50: and keep it when it is back" pod1 \
	"$(all_ask tcp 4 cluster '' 3 | cut -d' ' -f2 | sort -u)"
sticky 10800 pod1:terminating pod2
is "S50: an endpoint terminates: all have the other" pod2 \
	"$(all_ask tcp 4 cluster | cut -d' ' -f2 | sort -u)"
sticky 10800 pod2 far1
all_ask tcp 6 cluster >/dev/null
{
	lb_service web "sessionAffinity: ClientIP" "externalTrafficPolicy: Local"
	slices_for web pod2 far1
	two_nodes
} | sync_taken
pairs=$(all_ask tcp 6 cluster)
is "S50: both lists have clients" "far1 pod2" "$(cut -d' ' -f2 <<<"$pairs" | sort -u | xargs)"
is "S50: an entry of the other list does not count" pod2 \
	"$(all_ask tcp 6 lb | cut -d' ' -f2 | sort -u)"
is "S50: and is replaced" pod2 "$(all_ask tcp 6 cluster | cut -d' ' -f2 | sort -u)"
is "S47: the default timeout" 10800 \
	"$(node kvip show services -j demo/web:tcp | jq '[.services[].affinitySeconds] | max')"

# S51
sticky 10800 pod1 pod2
pairs=$(all_ask tcp 4 cluster)
loose pod1 pod2
if (($(all_ask tcp 4 cluster 80 10 | wc -l) > clients)); then
	ok "S51: None acts at once"
else
	not_ok "S51: None acts at once"
fi
sticky 10800 pod1 pod2
again=$(all_ask tcp 4 cluster 80)
differ "S51: nothing sticks from before None" "$pairs" "$again"
same "S51: ClientIP acts at once" "$again" "$(all_ask tcp 4 cluster 80 5)"

# S47 S49 S51: how long, to the second. On a machine that is busy with other
# things a round of all clients takes its time: rounds that did not end in time
# prove nothing, and are made again.
start=$(now)
all_ask tcp 4 cluster >/dev/null
took=$(($(now) - start))
timeout=$((3 + took * 6 / 1000))
in_time=no
for _ in 1 2 3; do
	sticky $timeout pod1 pod2
	start=$(now)
	pairs=$(all_ask tcp 4 cluster)
	# the last moment at which no entry has expired before all have asked again
	until_ms $((start + timeout * 1000 - 3 * took - 50))
	again=$(all_ask tcp 4 cluster)
	end=$(now)
	# all would have expired by then, had that not been new connections
	until_ms $((end + timeout * 1000 - 4 * took - 50))
	third=$(all_ask tcp 4 cluster)
	last=$(now)
	# counted from the beginning of the round that came before
	if ((end < start + timeout * 1000 && last < end - 2 * took + timeout * 1000)); then
		in_time=yes
		break
	fi
	took=$((took * 2))
	timeout=$((3 + took * 6 / 1000))
done
is "S51: all clients ask in time" yes $in_time
same "S51: just before the timeout all have their endpoint ($((end - start)) ms of $timeout s)" \
	"$pairs" "$again"
same "S49: a new connection refreshes ($((last - start)) ms after the first)" "$pairs" "$third"
until_ms $((last + timeout * 1000 + 20))
differ "S51: just after the timeout chance decides" "$pairs" "$(all_ask tcp 4 cluster)"

# S49: what is established does not refresh. 16 of the clients.
sticky 2 pod1 pod2
pids=()
for ((i = 0; i < 16; i++)); do
	spawn client talk hold -t 20000 -s 198.51.100.$((130 + i)) "$(vip 4)" 80 \
		< <(for ((j = 0; j < 15; j++)); do echo; sleep 0.2; done) >"$tmp/held-$i"
	pids+=($!)
done
wait "${pids[@]}"
sleep 0.2
pairs=$(for ((i = 0; i < 16; i++)); do echo "$i $(names <"$tmp/held-$i")"; done | sort)
is "S49: established connections stay with their endpoint" 16 \
	"$(cat "$tmp"/held-* | wc -l | awk '{ print $1 / 16 }')"
again=$(all_ask tcp 4 cluster | awk '$1 < 16')
if [[ $pairs != "$again" ]]; then
	ok "S49: established traffic does not refresh"
else
	not_ok "S49: established traffic does not refresh" "$pairs"
fi

# S52
config affinity-entries=8
sticky 10800 pod1 pod2
evicted=$(info affinityEvicted)
# one_by_one FIRST LAST: each of those clients, in this order
one_by_one()
{
	local i

	for ((i = $1; i <= $2; i++)); do
		echo "$i $(client talk ask -s 198.51.100.$((130 + i)) "$(vip 4)" 80 | cut -d' ' -f1)"
	done
}
first=$(one_by_one 0 31)
entries=$(info affinityEntries)
if ((entries <= 8)); then
	ok "S52: entries are bounded ($entries)"
else
	not_ok "S52: entries are bounded" "$entries"
fi
evicted=$(($(info affinityEvicted) - evicted))
if ((evicted >= 24)); then
	ok "S52: those that went are counted ($evicted)"
else
	not_ok "S52: those that went are counted" "$evicted of 24"
fi
same "S52: the youngest stay" "$(tail -n 8 <<<"$first")" "$(one_by_one 24 31)"
if [[ $(head -n 24 <<<"$first") != "$(one_by_one 0 23)" ]]; then
	ok "S52: the oldest went"
else
	not_ok "S52: the oldest went" "24 old clients have their endpoints still"
fi
config affinity-entries=131072

finish
