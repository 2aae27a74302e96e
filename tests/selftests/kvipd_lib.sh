# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# For the agent's tests: the cluster of lib.sh, with an API server at 192.0.2.2 in
# the namespace "client", the agent in "node", and what kvip sync makes of the
# server's objects in "mirror", to compare with.

# shellcheck source=tests/selftests/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

api=192.0.2.2:6443
recorded=$here/../data

for tool in python3 curl openssl socat nsenter; do
	command -v $tool >/dev/null || skip "there is no $tool"
done

# start_api [OPTION]...: see tests/apiserver/apiserver --help
start_api()
{
	: >"$tmp/api.out"
	spawn client "$here/../apiserver/apiserver" --dir "$tmp/api" --listen $api \
		"$@" >"$tmp/api.out" 2>"$tmp/api.err"
	await 60 grep -q ready "$tmp/api.out" ||
		not_ok "the API server starts" "$(cat "$tmp/api.err")"
	mkfifo "$tmp/control.to" "$tmp/control.from"
	exec {control_to}<>"$tmp/control.to" {control_from}<>"$tmp/control.from"
	socat - "UNIX-CONNECT:$tmp/api/control" \
		<"$tmp/control.to" >"$tmp/control.from" 2>/dev/null &
}

# control COMMAND [BODY]: the API server, see tests/apiserver/control.py; $told is
# what it says, without its newline. One connection and no process for all.
control()
{
	local code line length=0 body=${2-}

	printf 'POST /%s HTTP/1.1\r\nContent-Length: %d\r\n\r\n%s' \
		"$1" ${#body} "$body" >&"$control_to"
	read -r -t 60 -u "$control_from" _ code _ || return 1
	while read -r -u "$control_from" line && [[ $line != $'\r' ]]; do
		[[ ${line,,} != content-length:* ]] || length=${line//[^0-9]/}
	done
	IFS= read -r -N "$length" -u "$control_from" told
	told=${told%$'\n'}
	[[ $code == 200 ]]
}

# tell COMMAND [BODY]
tell()
{
	control "$1" "${2-}" || not_ok "the API server does $1" "$told"
}

# ask_api COMMAND FILTER: what it says of it, through jq
ask_api()
{
	control "$1"
	jq -r "$2" <<<"$told"
}

# stat_of PATH: one of its statistics
stat_of()
{
	control "stats?get=$1"
	printf '%s\n' "$told"
}

# watching: a watch of each kind is open
watching()
{
	control 'stats?get=watching' && [[ $told == "endpointslices nodes services" ]]
}

# watching_only KIND
watching_only()
{
	control 'stats?get=watching' && [[ " $told " == *" $1 "* ]]
}

# kubeconfig [SERVER [USER [CLUSTER]]]: YAML with further fields of both
# shellcheck disable=SC2120 # the arguments come from other files
kubeconfig()
{
	cat <<-EOF
		apiVersion: v1
		kind: Config
		current-context: test
		contexts: [{name: test, context: {cluster: test, user: test}}]
		clusters: [{name: test, cluster: {server: "${1:-http://$api}"${3:+, $3}}}]
		users: [{name: test, user: {${2-}}}]
	EOF
}

# start_kvipd [OPTION]...: on the node; $kvipd_pid, and $tmp/kvipd.log
start_kvipd()
{
	said_before=$(wc -l <"$tmp/kvipd.log")
	spawn node kvipd --node-name node-a --kubeconfig "$tmp/kubeconfig" "$@" \
		2>>"$tmp/kvipd.log"
	kvipd_pid=$!
}

# said REGEX: whether the agent that was started last did
said()
{
	tail -n "+$((said_before + 1))" "$tmp/kvipd.log" | grep -qE "$1"
}

# settled: the agent has compared the whole table with the cluster's
settled()
{
	on node curl -s http://127.0.0.1:10249/metrics |
		grep -qE '^kvip_agent_syncs_total\{result="(committed|unchanged)"\} [1-9]'
}

# stop_kvipd [SIGNAL]: its exit status
stop_kvipd()
{
	kill -"${1:-TERM}" "$kvipd_pid"
	wait "$kvipd_pid" 2>/dev/null
}

# on NAME COMMAND...: as in_ns() does, for what needs no /sys of the namespace; faster
on()
{
	local name=$1

	shift
	nsenter --net="/run/netns/$ns-$name" "$@"
}

# as_synced: whether the node's table is what kvip sync makes of the server's objects
as_synced()
{
	control 'stats?get=version'
	if [[ $told != "${mirrored-}" ]]; then
		mirrored=$told
		control dump
		printf '%s' "$told" >"$tmp/dump"
		# shellcheck disable=SC2016
		on mirror sh -c 'kvip sync -f "$1/dump" --node node-a --allow-empty >"$1/mirror.out" 2>&1 &&
			kvip save >"$1/wanted"' - "$tmp" || mirrored=
	fi
	on node kvip save >"$tmp/got" && [[ $(<"$tmp/wanted") == "$(<"$tmp/got")" ]]
}

# catches_up WHAT [SECONDS]
catches_up()
{
	if await "${2:-30}" as_synced; then
		ok "$1"
	else
		not_ok "$1" "$(cat "$tmp/mirror.out"
			diff "$tmp/wanted" "$tmp/got" | cut -c1-300 | head -n 10
			tail -n 5 "$tmp/kvipd.log")"
	fi
}

# faults N: the server has misbehaved N times more than $faults_before
faults_before=0
faults()
{
	control 'stats?get=faults' && ((told >= faults_before + $1))
}

# written: the kernel's generation
written()
{
	on node kvip show config -j | sed -n 's/^ *"generation":\([0-9]*\).*/\1/p'
}

# service NAME [MERGED]: a dual-stack Service demo/NAME as JSON, with port 80 of TCP
# and UDP at the addresses that vip() tells, and what is merged into it
service()
{
	jq -n --arg name "$1" --arg v4 "$(vip 4)" --arg v6 "$(vip 6)" "{
		kind: \"Service\", apiVersion: \"v1\",
		metadata: {namespace: \"demo\", name: \$name},
		spec: {
			type: \"ClusterIP\", clusterIP: \$v4, clusterIPs: [\$v4, \$v6],
			ipFamilies: [\"IPv4\", \"IPv6\"], ipFamilyPolicy: \"RequireDualStack\",
			ports: [{name: \"tcp\", port: 80, protocol: \"TCP\", targetPort: 8080},
				{name: \"udp\", port: 80, protocol: \"UDP\", targetPort: 8080}]
		}
	} * ${2:-{\}}"
}

# slices NAME POD...: its EndpointSlices, as slices_yaml() has them
slices()
{
	local name=$1

	shift
	jq -n --arg name "$name" '
	def prefix: if . == 4 then "10.244.0.1" else "fd00:10:244::1" end;
	(4, 6) as $family | {
		kind: "EndpointSlice", apiVersion: "discovery.k8s.io/v1",
		metadata: {
			namespace: "demo", name: "\($name)-\($family)",
			labels: {"kubernetes.io/service-name": $name},
			annotations: {
				"endpoints.kubernetes.io/last-change-trigger-time": (now | todate)
			}
		},
		addressType: "IPv\($family)",
		ports: [{name: "tcp", port: 8080, protocol: "TCP"},
			{name: "udp", port: 8080, protocol: "UDP"}],
		endpoints: [$ARGS.positional[] |
			capture("^(?<pod>[0-9]+)(@(?<node>[a-z-]+))?(:(?<state>[a-z]+))?$") | {
			addresses: [($family | prefix) + .pod],
			nodeName: (.node // "node-a"),
			conditions: {
				ready: (.state == null),
				serving: (.state == null or .state == "terminating"),
				terminating: (.state == "terminating")
			}
		}]
	}' --args "$@"
}

# node_json NAME [MERGED]: a Node with the addresses that node_yaml's have not
node_json()
{
	jq -n --arg name "$1" "{
		kind: \"Node\", apiVersion: \"v1\", metadata: {name: \$name},
		spec: {podCIDRs: [\"10.244.0.0/24\", \"fd00:10:244::/64\"]},
		status: {addresses: [
			{type: \"InternalIP\", address: \"192.0.2.1\"},
			{type: \"InternalIP\", address: \"2001:db8::1\"}]}
	} * ${2:-{\}}"
}

# put: objects on standard input, which become the server's
put()
{
	tell put "$(cat)"
}

# setup_agent [OPTION]...: namespaces and an API server with the recorded cluster,
# demo/web of pods 1 to 3, and this Node
setup_agent()
{
	setup_cluster
	new_ns mirror
	start_api --load "$recorded/list-services.json" \
		--load "$recorded/list-endpointslices.json" --load "$recorded/list-nodes.json" "$@"
	{
		service web
		slices web 1 2 3
		node_json node-a
	} | put
	# the recorded slices of demo/web have another Service's ports
	tell 'delete?kind=endpointslices&ns=demo&name=web-1'
	tell 'delete?kind=endpointslices&ns=demo&name=web-2'
	kubeconfig >"$tmp/kubeconfig"
	: >"$tmp/kvipd.log"
}
