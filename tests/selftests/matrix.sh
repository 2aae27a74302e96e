#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Who asks, what for, under which policy, and where endpoints are: all of it, as
# matrix.table says. For each line, protocol and family: kvip explain must say
# beforehand what then happens to real connections, and both as the table has it.
# At the end the matrix is printed as it was found. S11 S12 S13 S19 S22 S24-S30 S41 S68

# shellcheck source=tests/selftests/lib.sh
. "$(dirname "$0")/lib.sh"

many=20 # connections where two endpoints must both be seen: 2 in 10^6 are not
few=3

setup_two_nodes guest pod1 far1
serve_on pod1 far1

# Where a connection of the table comes from.
declare -A ns_of=([pod]=guest [node]=node [outside]=client)
# How people call a frontend, and the policy that has a say.
declare -A called=([cluster]=ClusterIP [nodeport]="node port" [lb]="LB IP" [external]="external IP")
declare -A policy_of=([cluster]=iTP [nodeport]=eTP [lb]=eTP [external]=eTP)
declare -A where=([local+remote]="local and remote" [remote]="remote only"
	[terminating]="terminating only" [none]="no endpoint")
declare -A endpoints_of=([local+remote]="pod1 far1" [remote]="far1"
	[terminating]="pod1:terminating far1:unready" [none]="pod1:unready far1:dead")
declare -A port_of=([cluster]=80 [nodeport]=30080 [lb]=80 [external]=80)
declare -A addr # NAME-FAMILY, and back: who has an address
for family in 4 6; do
	for name in guest node client pod1 far1 podside cluster nodeport lb external; do
		addr[$name-$family]=$(address $name $family)
	done
done

declare -A both # endpoints, as explain_all() prints them
for family in 4 6; do
	both[$family]=$(printf '%s\n' "${addr[pod1-$family]}" "${addr[far1-$family]}" | sort | paste -sd,)
done

# expect FROM FAMILY ANSWERS SEES: the pairs "NAME PEER" that are right, as
# summarize() prints them: sets wanted
expect()
{
	local from=$1 family=$2 own=${addr[${ns_of[$1]}-$2]} far near

	near=$own
	far=$own
	if [[ $4 == hidden ]]; then
		near=${addr[podside-$family]}
		far=${addr[node-$family]}
	fi
	case $3 in
	any) wanted="far1 $far,pod1 $near" ;;
	local) wanted="pod1 $near" ;;
	remote) wanted="far1 $far" ;;
	REFUSED) wanted=REFUSED ;;
	silence) wanted=TIMEOUT ;;
	esac
}

# "LABEL LINE" on standard input: for each label the different answers, sorted
summarize()
{
	sed -E 's/ 8080$//' | sort -u | awk '
		$1 != label { if (label) print label "\t" all; label = $1; all = "" }
		{ sub(/^[^ ]+ /, ""); all = all (all ? "," : "") $0 }
		END { if (label) print label "\t" all }'
}

# What explain says, one line a connection of standard input: LABEL FROM TO
explain_all()
{
	local label from to

	# shellcheck disable=SC2016 # for the inner shell
	node bash -c 'while read -r label from to; do
			kvip explain -j "$from" "$to" || echo "{}"
		done' <"$1" 2>"$tmp/explain.err" |
		jq -r '[.verdict // "error", .source // "-", .masquerade // "-",
			([.candidates[]?.address] | sort | join(","))] | join("\t")' |
		paste <(cut -d' ' -f1 "$1") -
}

# predicted FROM FAMILY ANSWERS SEES: what explain has to say: sets wanted
predicted()
{
	local family=$2 source=$1

	# S30: without a detector nobody is a pod
	[[ $source != pod || ! $suffix ]] || source=outside
	case $3 in
	any) wanted=${both[$family]} ;;
	local) wanted=${addr[pod1-$family]} ;;
	remote) wanted=${addr[far1-$family]} ;;
	*) wanted='' ;;
	esac
	case $3 in
	REFUSED) wanted="reject $source - $wanted" ;;
	silence) wanted="drop $source - $wanted" ;;
	*) wanted="backend $source $4 $wanted" ;;
	esac
}

# word FROM FAMILY SEES GOT: of an answer as summarize() has it, in the table's
# words: sets word. What SEES says is tried first: the node's own address may be
# the one that hides it.
word()
{
	local answers sees

	for answers in any local remote REFUSED silence; do
		for sees in "$3" own hidden; do
			expect "$1" "$2" $answers "$sees"
			[[ $4 == "$wanted" ]] || continue
			word=$answers
			[[ $answers == REFUSED || $answers == silence ]] || word+=", $sees"
			return
		done
	done
	word=other
}

declare -A found # FROM TO POLICY ENDPOINTS: what happened, in words

judge()
{
	local label got saw rest key text word proto family from to policy endpoints
	local answers sees rules
	declare -A got_of said_of

	while IFS=$'\t' read -r label got; do
		got_of[$label]=$got
	done <"$tmp/got"
	while IFS=$'\t' read -r label saw from rest got; do
		case $rest in
		no) rest=own ;;
		-) ;;
		*) rest=hidden ;;
		esac
		said_of[$label]="$saw $from $rest $got"
	done <"$tmp/said"

	while read -r label proto family from to policy endpoints answers sees rules; do
		text="${rules//,/ }: $from -> ${called[$to]}, ${policy_of[$to]} $policy, ${where[$endpoints]}: $answers"
		[[ $sees == - ]] || text+=", $sees address"
		text+="$suffix ($proto, IPv$family)"
		got=${got_of[$label]-nothing}

		expect "$from" "$family" "$answers" "$sees"
		rest=''
		[[ $got == "$wanted" ]] ||
			rest="wanted: $wanted"$'\n'"got:    $got"$'\n'
		word "$from" "$family" "$sees" "$got"
		predicted "$from" "$family" "$answers" "$sees"
		[[ ${said_of[$label]-} == "$wanted" ]] ||
			rest+="wanted of explain: $wanted"$'\n'"it said:           ${said_of[$label]-}"
		if [[ $rest ]]; then not_ok "$text" "${rest%$'\n'}"; else ok "$text"; fi

		key="$from $to $policy $endpoints"
		if [[ ${found[$key]-$word} == "$word" ]]; then
			found[$key]=$word
		else
			found[$key]=differs
		fi
	done <"$tmp/cells"
}

# try_table FILE ENDPOINTS ITP ETP: its lines that this cluster is right for
try_table()
{
	local from to policy endpoints answers sees rules proto family label count wait n=0
	local target first pids=()

	rm -f "$tmp"/batch-* "$tmp"/answers-*
	: >"$tmp/cells"
	: >"$tmp/explain"
	while read -r from to policy endpoints answers sees rules; do
		[[ $endpoints == "$2" ]] || continue
		if [[ $to == cluster ]]; then
			[[ $policy == "$3" ]] || continue
		else
			[[ $policy == "$4" ]] || continue
		fi
		count=$few
		wait=5000
		case $answers in
		any) count=$many ;;
		REFUSED)
			count=1
			wait=1500
			;;
		silence)
			count=1
			wait=600
			;;
		esac
		for proto in tcp udp sctp; do
			for family in 4 6; do
				n=$((n + 1))
				first=$((20000 + used))
				used=$(((used + count) % 40000))
				target=${addr[$to-$family]}
				echo "$n $proto $count $wait - $first $target ${port_of[$to]}" >>"$tmp/batch-$from"
				((family == 4)) || target="[$target]"
				echo "$n ${addr[${ns_of[$from]}-$family]} $target:${port_of[$to]}/$proto" >>"$tmp/explain"
				echo "$n $proto $family $from $to $policy $endpoints $answers $sees $rules" >>"$tmp/cells"
			done
		done
	done < <(grep -v '^#' "$1" | grep .)
	((n > 0)) || return 0

	# shellcheck disable=SC2086 # several endpoints
	apply_lb -s "internalTrafficPolicy: $3" -s "externalTrafficPolicy: $4" ${endpoints_of[$2]}
	explain_all "$tmp/explain" >"$tmp/said"
	for from in pod node outside; do
		[[ -s $tmp/batch-$from ]] || continue
		spawn ${ns_of[$from]} talk batch -r <"$tmp/batch-$from" >"$tmp/answers-$from"
		pids+=($!)
	done
	wait "${pids[@]}"
	cat "$tmp"/answers-* | summarize >"$tmp/got"
	judge
}

used=0
rounds()
{
	local endpoints

	for endpoints in local+remote remote terminating none; do
		try_table "$1" $endpoints Cluster Local
		try_table "$1" $endpoints Local Cluster
	done
}

print_matrix()
{
	local from to policy endpoints line

	printf '#\n# %-8s %-12s %-12s' from to policy
	for endpoints in local+remote remote terminating none; do
		printf ' %-17s' "${where[$endpoints]}"
	done
	printf '\n'
	for from in pod node outside; do
		for to in cluster nodeport lb external; do
			for policy in Cluster Local; do
				line=$(printf '# %-8s %-12s %-12s' $from "${called[$to]}" "${policy_of[$to]} $policy")
				for endpoints in local+remote remote terminating none; do
					line+=$(printf ' %-17s' "${found[$from $to $policy $endpoints]-}")
				done
				echo "${line%"${line##*[! ]}"}"
			done
		done
	done
	echo "#"
}

suffix=''
detect_pods
rounds "$here/matrix.table"
print_matrix

# S30
suffix=', no detector'
config cluster-cidrs=
rounds "$here/matrix-no-detector.table"

finish
