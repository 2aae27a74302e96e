#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# UDP flows whose endpoint went are forgotten, all others are not. S53-S57
#
# Not in short runs: long; every table of the matrix sweeps UDP flows.

# shellcheck source=tests/selftests/lib.sh
. "$(dirname "$0")/lib.sh"

setup_two_nodes guest pod1 pod2 far1
PORTS="8080 8081" serve_on pod1 pod2 far1
detect_pods

# flow FROM PORT KIND FAMILY [VIP-PORT]: one datagram of the flow from that port,
# and who answers: "NAME PORT", or what else
flow()
{
	in_ns "$1" talk ask -p udp -t 1500 -b "$2" "$(address "$3" "$4")" \
		"${5:-$(port "$3")}" | sed -E 's/^([a-z0-9]+) [^ ]+ ([0-9]+)$/\1 \2/'
}

# same WHAT WANTED FROM PORT KIND FAMILY
same()
{
	is "$1: $3 -> $5, IPv$6" "$2" "$(flow "$3" "$4" "$5" "$6")"
}

# flow_ids PORT FAMILY: conntrack's names of the flows from that port
flow_ids()
{
	node conntrack -L -f "ipv$2" -p udp --orig-port-src "$1" -o id 2>/dev/null |
		grep -o 'id=[0-9]*' | sort
}

cleared() { info udpCleared; }

port=30000 # the last one that a flow came from
sorts=24 # of flows: three that ask, four kinds of frontend, two families

# ask_all START: a datagram of each sort of flow, from the ports after START. What
# each gets: "FROM:KIND:FAMILY NAME PORT", or REFUSED or TIMEOUT instead
ask_all()
{
	local from kind family n=$1 pids=()

	for from in client guest node; do
		for kind in cluster nodeport lb external; do
			for family in 4 6; do
				n=$((n + 1))
				echo "$from:$kind:$family udp 1 1500 - $n $(address $kind $family) $(port $kind)"
			done
		done >"$tmp/flows-$from"
		spawn $from talk batch <"$tmp/flows-$from" >"$tmp/flowed-$from"
		pids+=($!)
	done
	wait "${pids[@]}"
	cat "$tmp"/flowed-* | sed -E 's/ [^ ]+ ([0-9]+)$/ \1/' | sort
}

# begin WHO: flows of each sort begin, at that endpoint; from where: START
begin()
{
	start=$port
	port=$((port + sorts))
	# those of earlier cases are not to be counted
	node conntrack -D -p udp >/dev/null 2>&1
	node conntrack -D -f ipv6 -p udp >/dev/null 2>&1
	ask_all $start >"$tmp/asked"
	[[ $(grep -c " $1 8080\$" "$tmp/asked") == "$sorts" ]] ||
		not_ok "all flows begin at $1" "$(grep -v " $1 8080\$" "$tmp/asked")"
}

# go_on WHAT WANTED: and all get this now
go_on()
{
	local from

	ask_all "$start" >"$tmp/asked"
	for from in client guest node; do
		is "$1: the $((sorts / 3)) flows of $from" "" \
			"$(grep "^$from:" "$tmp/asked" | grep -v " $2\$")"
	done
	is "$1: all $sorts" $sorts "$(wc -l <"$tmp/asked")"
}

# change WHAT BEFORE AFTER COUNT ENDPOINT...: flows at BEFORE are then at AFTER,
# and so many are forgotten
change()
{
	local what=$1 before=$2 after=$3 count=$4 counted

	shift 4
	begin "$before"
	counted=$(cleared)
	apply_lb "$@"
	is "$what: so many flows are forgotten" "$count" $(($(cleared) - counted))
	go_on "$what" "$after 8080"
}

apply_lb pod1
change "S54: the endpoint went" pod1 pod2 $sorts pod2
change "S54: the endpoint does not serve" pod2 pod1 $sorts pod1 pod2:dead
change "S54: the endpoint terminates but serves" pod1 pod1 0 pod1:terminating pod2
apply_lb pod1
change "S54: the endpoint is not ready but serves" pod1 pod1 0 pod1:unready pod2
apply_lb pod2
change "S54: one came beside it" pod2 pod2 0 pod1 pod2 far1
apply_lb far1
change "S54: policy does not matter" far1 far1 0 -s 'internalTrafficPolicy: Local' \
	-s 'externalTrafficPolicy: Local' pod1 far1
apply_lb pod1
change "S54: from a local to a remote one" pod1 far1 $sorts far1
change "S54: and back" far1 pod1 $sorts pod1

# S54: the endpoint's port counts too
begin pod1
{ lb_service web; slices_for web pod1 | sed 's/port: 8080/port: 8081/'; two_nodes; } | sync_taken
go_on "S54: the same address at another port" "pod1 8081"
# and the port's name: another Service port, which has the same endpoint or not
apply_lb pod1
begin pod1
{ lb_service web; slices_for web pod1; two_nodes; } | sed 's/{name: udp, /{name: renamed, /' | sync_taken
go_on "S54: the Service port has another name" "pod1 8080"
{ lb_service web; slices_for web pod2; two_nodes; } | sed 's/{name: udp, /{name: again, /' | sync_taken
go_on "S54: the Service port has another name and another endpoint" "pod2 8080"

# S55: none is left
apply_lb pod1
begin pod1
apply_lb pod1:dead
go_on "S55: no serving endpoint is left" "REFUSED"
# S55: the Service is deleted
apply_lb pod1
begin pod1
translated()
{
	{ node conntrack -L -f ipv4 -p udp; node conntrack -L -f ipv6 -p udp; } 2>/dev/null |
		grep -c 'sport=8080'
}
is "S55: the flows are there" $sorts "$(translated)"
{ other_service pod2; slices_for web pod1; two_nodes; } | sync_taken
is "S55: the Service is deleted: its flows are gone" 0 "$(translated)"

# S54: flows that were never translated. The node forwards what is for the VIP
# into a device that keeps it, until there is a Service.
ip_in node <<-EOF
	link add sink type dummy
	link set sink up
	route add 10.96.0.0/24 dev sink
	route add fd00:10:96::/64 dev sink
EOF
ip -n "$ns-node" neigh add 10.96.0.100 lladdr 02:00:00:00:00:01 dev sink
ip -n "$ns-node" neigh add fd00:10:96::100 lladdr 02:00:00:00:00:01 dev sink
for from in client guest; do
	for family in 4 6; do
		port=$((port + 1))
		{ other_service pod1; two_nodes; } | sync_taken
		is "S54: before the Service nobody answers: $from, IPv$family" TIMEOUT \
			"$(flow $from $port cluster $family)"
		is "S54: and conntrack has the flow: $from, IPv$family" 1 \
			"$(flow_ids $port $family | wc -l)"
		apply_lb pod1
		same "S54: a flow that was never translated" "pod1 8080" $from $port cluster $family
	done
done
ip -n "$ns-node" link del sink

# S55: flows to other ports, and flows that are no Service's, are untouched.
two_ports()
{
	lb_service web | sed 's/^  - {name: udp, .*/&\
  - {name: more, port: 90, protocol: UDP, targetPort: 8081, nodePort: 30091}/'
	slices_for web "$1"
	slices_for more "$2" | sed 's/service-name: more/service-name: web/
		s/{name: udp, port: 8080/{name: more, port: 8081/'
	two_nodes
}
two_ports pod1 pod1 | sync_taken
for family in 4 6; do
	one=$((port += 1)) two=$((port += 1)) three=$((port += 1))
	two_ports pod1 pod1 | sync_taken
	is "S55: a flow to the one port, IPv$family" "pod1 8080" "$(flow client $one cluster $family)"
	is "S55: a flow to the other port, IPv$family" "pod1 8081" "$(flow client $two cluster $family 90)"
	client talk ask -p udp -b $three "$(address pod1 $family)" 8080 >/dev/null
	ids="$(flow_ids $two $family) $(flow_ids $three $family)"
	two_ports pod2 pod1 | sync_taken
	is "S55: the one has another endpoint, IPv$family" "pod2 8080" "$(flow client $one cluster $family)"
	is "S55: the other port's flow, and one past all Services, are the same, IPv$family" \
		"$ids" "$(flow_ids $two $family) $(flow_ids $three $family)"
done

# S57
apply_lb pod1
for family in 4 6; do
	one=$((port += 1))
	same "S57: a flow" "pod1 8080" client $one lb $family
	ids=$(flow_ids $one $family)
	counted=$(cleared)
	apply_lb pod1
	node kvip save >"$tmp/saved"
	node kvip restore "$tmp/saved" >/dev/null || not_ok "S57: the table is restored"
	is "S57: the same state again forgets no flow, IPv$family" "$counted $ids" \
		"$(cleared) $(flow_ids $one $family)"
done
# a new object with the same content: the Service goes and comes in one commit
{ lb_service web; slices_for web pod1; two_nodes; } >"$tmp/again"
counted=$(cleared)
node kvip sync -f "$tmp/again" --node node-a >/dev/null
is "S57: nor does a sync that changes nothing" "$counted" "$(cleared)"

# arrived POD FAMILY: IP packets that it got, but for those of ICMP; before S53, so
# that no other connection has packets on the way
arrived()
{
	if (($2 == 4)); then
		in_ns "$1" awk '/^Ip: [0-9]/ { n += $4 } /^Icmp: [0-9]/ { n -= $2 } END { print n }' /proc/net/snmp
	else
		in_ns "$1" awk '$1 == "Ip6InReceives" { n += $2 } $1 == "Icmp6InMsgs" { n -= $2 }
			END { print n }' /proc/net/snmp6
	fi
}

# S56: a sender at full speed, and the table changes under it again and again.
for family in 4 6; do
	for kind in cluster nodeport; do
		for from in client node; do
			apply_lb pod1
			one=$((port += 1))
			spawn $from talk flood -b $one "$(address $kind $family)" "$(port $kind)" >"$tmp/sent"
			flood=$!
			start=$(arrived pod1 $family)
			await 10 bash -c "sleep 0.2" || true
			bad=''
			moved=0
			for old in pod1 pod2 pod1 pod2; do
				new=pod2
				[[ $old == pod1 ]] || new=pod1
				apply_lb $new
				back=$(arrived $old $family)
				begun=$(arrived $new $family)
				# what the node had sent before may wait for the pod's
				# softirq still: no more than one of its rounds
				sleep 0.05
				first=$(arrived $old $family)
				((first - back <= 64)) || bad+="$((first - back)) packets were under way to $old; "
				sleep 0.3
				second=$(arrived $old $family)
				((first == second)) || bad+="$((second - first)) packets reached $old after the commit; "
				(($(arrived $new $family) > begun)) && moved=$((moved + 1))
			done
			kill -TERM $flood
			wait $flood
			what="$from -> $kind, IPv$family, $(<"$tmp/sent") datagrams"
			is "S56: nothing reaches the old endpoint once the commit is back: $what" "" "$bad"
			is "S56: and all goes to the new one: $what" 4 "$moved"
			((start >= 0)) || not_ok "S56: packets are counted"
		done
	done
done

# S56: many flows in one sweep
apply_lb pod1
count=5000
client talk ask -p udp -c $count -b 33000 "$(address lb 4)" 80 | cut -d' ' -f1 | sort | uniq -c >"$tmp/many"
matches "S56: many flows" "^ *$count pod1\$" "$(cat "$tmp/many")"
counted=$(cleared)
apply_lb pod2
counted=$(($(cleared) - counted))
# the oldest may have timed out
if ((counted >= count * 9 / 10)); then
	ok "S56: many flows are forgotten at once ($counted)"
else
	not_ok "S56: many flows are forgotten at once" "$counted of $count"
fi
is "S56: none is left" 0 "$(node conntrack -L -p udp 2>/dev/null | grep -c "dst=$(address lb 4) .*src=$(address pod1 4) ")"

# S53: TCP and SCTP live on
for proto in tcp sctp; do
	for family in 4 6; do
		apply_lb pod1
		mkfifo "$tmp/typed-$proto-$family"
		exec {fd}<>"$tmp/typed-$proto-$family"
		spawn client talk hold -p $proto "$(address lb $family)" 80 \
			<"$tmp/typed-$proto-$family" >"$tmp/held-$proto-$family"
		await 10 grep -q '^pod1 ' "$tmp/held-$proto-$family" || not_ok "S53: it is connected"
		apply_lb pod2
		echo >&"$fd"
		await 5 bash -c "[[ \$(grep -c '^pod1 ' $tmp/held-$proto-$family) == 2 ]]"
		{ other_service pod2; two_nodes; } | sync_taken
		echo >&"$fd"
		await 5 bash -c "[[ \$(grep -c '^pod1 ' $tmp/held-$proto-$family) == 3 ]]"
		is "S53: a $proto connection outlives its endpoint and its Service, IPv$family" 3 \
			"$(grep -c '^pod1 ' "$tmp/held-$proto-$family")"
		exec {fd}>&-
	done
done

finish
