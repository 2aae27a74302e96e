#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Commits without pause while clients connect without pause: none fails, none is
# refused, none gets to another Service's endpoint. S14 S64

# shellcheck source=tests/selftests/lib.sh
. "$(dirname "$0")/lib.sh"

setup_two_nodes guest pod1 pod2 pod3 far1
for name in pod1 pod2 pod3 far1; do
	PORTS="8080 8081" serve_on $name
done
detect_pods
# Thousands of connections in a few seconds, from one client.
client sysctl -qw net.ipv4.ip_local_port_range="1024 65000" net.ipv4.tcp_tw_reuse=1
node sysctl -qw net.netfilter.nf_conntrack_tcp_timeout_time_wait=1
sysctl -qw net.netfilter.nf_conntrack_max=262144 2>/dev/null ||
	not_ok "conntrack has room"

# demo/web with port 80, and demo/more with port 81, whose endpoints are at 8081
two_services()
{
	lb_service web
	slices_for web "$@"
	lb_service more | sed "s/10\.96\.0\.100/10.96.0.101/; s/fd00:10:96::100/fd00:10:96::101/
		s/203\.0\.113\.200/203.0.113.201/; s/203\.0\.113\.10\"/203.0.113.11\"/
		s/2001:db8:1b::200/2001:db8:1b::201/; s/2001:db8:1b::10\"/2001:db8:1b::11\"/
		s/port: 80,/port: 81,/; s/8080/8081/; s/30080/30081/"
	slices_for more "$@" | sed 's/port: 8080/port: 8081/'
	two_nodes
}
two_services pod1 pod2 far1 | sync_taken

# 50 clients, each with a frontend of its own and without pause
clients()
{
	local i proto family address port kind first=20000

	for ((i = 0; i < 50; i++)); do
		# TCP the most. No SCTP: of masqueraded associations 6.1 aborts one in
		# some 250, with nftables' masquerade as with ours.
		proto=tcp
		((i % 5 != 4)) || proto=udp
		family=$((i % 2 ? 4 : 6))
		case $((i / 2 % 4)) in
		0) kind=cluster ;;
		1) kind=nodeport ;;
		2) kind=lb ;;
		3) kind=external ;;
		esac
		address=$(address $kind $family)
		port=$(port $kind)
		if ((i / 8 % 2)); then
			port=$((port + 1))
			case $kind in
			cluster) address=${address%100}101 ;;
			lb) address=${address%10}11 ;;
			external) address=${address%200}201 ;;
			esac
		fi
		echo "$port:$i $proto 1000000 4000 - 0 $address $port"
	done
}

# measure SECONDS [COMMAND...]: has them connect for that long, or while it runs;
# sets total, and bad: what was not as it should be
measure()
{
	local seconds=$1 asking line ran

	shift
	clients >"$tmp/clients"
	spawn client talk batch <"$tmp/clients" >"$tmp/answers"
	asking=$!
	await 60 bash -c "[[ \$(cut -d' ' -f1 $tmp/answers | sort -u | wc -l) == 50 ]]" ||
		not_ok "all clients are at work" "$(cut -d' ' -f1 "$tmp/answers" | sort -u | wc -l)"
	ran=$(wc -l <"$tmp/answers")
	if (($# > 0)); then
		"$@" >"$tmp/ran" 2>&1 || not_ok "$*" "$(cat "$tmp/ran")"
	else
		sleep "$seconds"
	fi
	ran=$(($(wc -l <"$tmp/answers") - ran))
	kill -TERM $asking
	wait $asking
	total=$ran
	# a line: PORT:CLIENT NAME PEER ENDPOINT-PORT
	bad=$(awk '{
		split($1, at, ":")
		want = at[1] % 2 ? 8081 : 8080
		if (NF != 4 || $2 !~ /^(pod[123]|far1)$/ || $4 != want) print
	}' "$tmp/answers")
}

measure 3
is "the clients alone: no connection fails, of $total" "" "$(head -n 5 <<<"$bad")"

measure 10 node churn 10 "$(address pod3 4)" "$(address pod3 6)" 8080
read -r commits ms <"$tmp/ran"
if ((commits > 100)); then
	ok "commits: $((commits * 1000 / ms)) in a second ($commits in $ms ms)"
else
	not_ok "there are many commits" "$(cat "$tmp/ran")"
fi
# the endpoint that comes and goes serves 8080, for the Service of 81 too
bad=$(grep -v ' pod3 .* 8080$' <<<"$bad")
is "S64: no connection fails under them, of $total" "" "$(head -n 5 <<<"$bad")"
((total > 100)) || not_ok "there are many connections" "$total"
if grep -q ' pod3 ' "$tmp/answers"; then
	ok "S64: the endpoint that comes and goes had its share ($(grep -c ' pod3 ' "$tmp/answers"))"
else
	not_ok "S64: the endpoint that comes and goes had its share"
fi
matches "the tables are as they were" 'no change' \
	"$(two_services pod1 pod2 far1 | sync_node --dry-run)"

# Counter-check: an endpoint that does not answer, in each list, is seen.
measure 5 node churn 5 "$(address pod3 4)" "$(address pod3 6)" 8079
if (($(grep -c 'REFUSED' <<<"$bad") > 0)); then
	ok "counter-check: a wrong endpoint for moments at a time is seen ($(wc -l <<<"$bad") of $total)"
else
	not_ok "counter-check: a wrong endpoint for moments at a time is seen" "$bad"
fi

finish
