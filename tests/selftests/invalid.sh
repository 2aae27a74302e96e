#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# TCP segments that conntrack finds invalid. S45

# shellcheck source=tests/selftests/lib.sh
. "$(dirname "$0")/lib.sh"

setup_two_nodes pod1
serve_on pod1
node sysctl -qw net.netfilter.nf_conntrack_tcp_be_liberal=0 ||
	not_ok "conntrack is not to be liberal"
apply_lb -s 'externalTrafficPolicy: Local' pod1

for name in client-4 client-6; do
	spawn client packet watch eth0 "$(address pod1 ${name#*-})" >"$tmp/watch-${name#*-}"
	await 10 grep -q ready "$tmp/watch-${name#*-}" || not_ok "the watch starts"
done

# stray FAMILY PORT FLAGS: from pod1 to what a client's port is at, far out of any
# window: the four numbers are a quarter of all numbers apart
stray()
{
	local seq

	for seq in 1 1073741825 2147483649 3221225473; do
		in_ns pod1 packet send -f "$3" -s $seq -a $seq eth0 "$(mac node to-pod1)" \
			"$(address pod1 "$1")" 8080 "$(address client "$1")" "$2"
	done
}

# held N: the lines that a held connection has
has_lines()
{
	(($(wc -l <"$1") >= $2))
}

port=40000
for family in 4 6; do
	for kind in cluster lb; do
		port=$((port + 1))
		what="$kind over IPv$family"
		mkfifo "$tmp/typed-$port"
		exec {fd}<>"$tmp/typed-$port"
		spawn client talk hold -b $port "$(address $kind $family)" 80 \
			<"$tmp/typed-$port" >"$tmp/held-$port"
		await 10 grep -q '^pod1 ' "$tmp/held-$port" ||
			not_ok "S45: a connection to $what" "$(cat "$tmp/held-$port")"
		before=$(info dropsInvalid)
		resets=$(client awk '/^Tcp: [0-9]/ { print $15 }' /proc/net/snmp)
		for flags in A PA FA R; do stray $family $port $flags; done
		sleep 0.3
		after=$(info dropsInvalid)
		# a number may be within the window by chance, and a valid one
		# moves it; resets are compared within half of all numbers
		if ((after >= before + 6)); then
			ok "S45: invalid segments of a flow to $what are counted ($((after - before)))"
		else
			not_ok "S45: invalid segments of a flow to $what are counted" "$before, then $after"
		fi
		is "S45: and do not reach the client: $what" "" \
			"$(grep " $port " "$tmp/watch-$family")"
		is "S45: the client resets nothing: $what" "$resets" \
			"$(client awk '/^Tcp: [0-9]/ { print $15 }' /proc/net/snmp)"
		echo >&"$fd"
		await 5 has_lines "$tmp/held-$port" 2
		is "S45: the connection goes on: $what" 2 "$(grep -c '^pod1 ' "$tmp/held-$port")"

		# the other way round
		for seq in 1 1073741825 2147483649 3221225473; do
			client packet send -f A -s $seq -a $seq eth0 "$(mac router to-client)" \
				"$(address client $family)" $port "$(address $kind $family)" 80
		done
		sleep 0.2
		echo >&"$fd"
		await 5 has_lines "$tmp/held-$port" 3
		is "S45: invalid segments of the client do no harm: $what" 3 \
			"$(grep -c '^pod1 ' "$tmp/held-$port")"
		exec {fd}>&-
	done

	# A flow that is not ours: conntrack finds the same invalid, and we do nothing.
	port=$((port + 1))
	mkfifo "$tmp/typed-$port"
	exec {fd}<>"$tmp/typed-$port"
	spawn client talk hold -b $port "$(address pod1 $family)" 8080 \
		<"$tmp/typed-$port" >"$tmp/held-$port"
	await 10 grep -q '^pod1 ' "$tmp/held-$port" || not_ok "S45: a connection without a Service"
	sleep 0.2
	count=$(grep -c " $port " "$tmp/watch-$family")
	before=$(info dropsInvalid)
	stray $family $port A
	sleep 0.3
	is "S45: a flow of others is not touched, IPv$family" $((count + 4)) \
		"$(grep -c " $port " "$tmp/watch-$family")"
	is "S45: nor counted, IPv$family" "$before" "$(info dropsInvalid)"
	exec {fd}>&-
done

finish
