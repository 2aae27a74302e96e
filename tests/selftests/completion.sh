#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What the shell offers on kvip's and kvipd's command lines.
#
# User space alone: the tools alone.

# shellcheck source=tests/selftests/lib.sh
. "$(dirname "$0")/lib.sh"

loader=/usr/share/bash-completion/bash_completion
[[ -r $loader ]] || skip "there is no bash-completion here"

new_ns node
ip -n "$ns-node" link add cable0 type veth peer name cable1
printf '' >"$tmp/table.json"

# The shell. It takes lines, cuts them into words as readline does, which makes
# words of ":" and "=" too, and answers each with a line.
cat >"$tmp/shell" <<'END'
. "$1"
. "$2/kvip"
. "$2/kvipd"
export LC_ALL=C
cd "$3"
while IFS= read -r COMP_LINE; do
	COMP_POINT=${#COMP_LINE} COMP_WORDS=() COMPREPLY=() rest=$COMP_LINE
	while [[ $rest ]]; do
		[[ $rest =~ ^\ *([:=]+|[^\ :=]+)(.*)$ ]] || break
		COMP_WORDS+=("${BASH_REMATCH[1]}")
		rest=${BASH_REMATCH[2]}
	done
	[[ $COMP_LINE != *\  ]] || COMP_WORDS+=("")
	COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
	compopt() { [[ $* != *nospace* ]] || printf 'no space '; }
	"_${COMP_WORDS[0]}" "${COMP_WORDS[0]}"
	mapfile -t COMPREPLY < <(printf '%s\n' "${COMPREPLY[@]}" | sort)
	echo "${COMPREPLY[*]}"
done
END
coproc shell {
	in_ns node bash "$tmp/shell" "$loader" "$here/../../tools/completion" "$tmp" \
		2>"$tmp/complaints"
}

# offered LINE: what may become of its last word
offered()
{
	local answer

	echo "$1" >&"${shell[1]}"
	IFS= read -r -t 60 answer <&"${shell[0]}" || answer="no answer"
	echo "$answer"
}

# offers LINE WORDS
offers()
{
	is "$1<TAB>" "$2" "$(offered "$1")"
}

offers "kvip sh" "show"
offers "kvip " "apply config create delete describe dns edit explain expose flush get hold label monitor restore save show sync version"
offers "kvip -" "--help --ipv4 --ipv6 --json"
offers "kvip nothing " ""
offers "kvip complete " ""
offers "kvip show " "backends config frontends services"
offers "kvip -j show s" "services"
offers "kvip show config " ""
offers "kvip show --s" "--statistics"
offers "kvip hold o" "off on"
offers "kvip hold on " ""
offers "kvip config s" "set show"
offers "kvip config set affinity-" "affinity-entries= affinity-scope="
offers "kvip config set affinity-s" "no space affinity-scope="
offers "kvip config set affinity-scope=" "port service"
offers "kvip config set affinity-scope=s" "service"
offers "kvip config set affinity-scope=port affinity-" "no space affinity-entries="
offers "kvip config set nodeport-addresses=" "all none primary"
offers "kvip config set pod-bridge=cab" "cable0 cable1"
offers "kvip config set pod-bridge=cable1,l" "cable1,lo"
offers "kvip config set affinity-entries=" "131072"
offers "kvip sync --file=tab" "table.json"
offers "kvip sync -f tab" "table.json"
offers "kvip restore tab" "table.json"
offers "kvip sync -f table.json --no" "--node"
offers "kvip explain --dev cab" "cable0 cable1"
offers "kvip explain " "node"
offers "kvip show services " ""

# the options that are offered are those that the help tells, and are taken
for command in $(offered "kvip "); do
	for option in $(offered "kvip $command --"); do
		# one that takes a value takes "--help" for it
		kvip "$command" "$option" --help >"$tmp/out" 2>&1 </dev/null
		is "kvip $command $option is an option" "" "$(grep unrecognized "$tmp/out")"
	done
done

# what the tables have
node kvip sync -f - --node node-a >/dev/null <<'END'
---
{apiVersion: v1, kind: Service, metadata: {namespace: demo, name: web}, spec: {type: NodePort, clusterIPs: [10.96.0.7, "fd00:10:96::7"], ports: [{name: http, port: 80, nodePort: 30080}, {name: dns, port: 53, protocol: UDP, nodePort: 30053}]}}
---
{apiVersion: v1, kind: Service, metadata: {namespace: demo, name: one}, spec: {clusterIP: 10.96.0.8, ports: [{name: http, port: 80}]}}
---
{apiVersion: v1, kind: Service, metadata: {namespace: shop, name: till}, spec: {clusterIP: 10.96.0.9, ports: [{port: 80}]}}
---
{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {namespace: demo, name: w-1, labels: {kubernetes.io/service-name: web}}, addressType: IPv4, ports: [{name: http, port: 8080}], endpoints: [{addresses: [10.244.0.11], nodeName: node-a}, {addresses: [10.244.0.12], nodeName: node-b}]}
---
{apiVersion: v1, kind: Node, metadata: {name: node-a}}
END
offers "kvip show services " "demo/ shop/"
offers "kvip show services d" "no space demo/"
offers "kvip show backends demo/" "demo/one demo/web demo/web:dns demo/web:http"
offers "kvip show -s frontends demo/web" "demo/web demo/web:dns demo/web:http"
offers "kvip show services demo/web:" "dns http"
offers "kvip show services demo/one:" "http"
offers "kvip show services shop/" "shop/till"
offers "kvip show services demo/web " ""
offers "kvip monitor " ""
offers "kvip monitor --flows s" "no space shop/"
offers "kvip monitor -jf s" "no space shop/"
offers "kvip monitor --rate 5 -f shop/" "shop/till"
offers "kvip sync --node node-" "node-a node-b"
offers "kvip sync -jn node-" "node-a node-b"
offers "kvip sync --node=node-" "node-a node-b"
offers "kvip explain " "10.244.0.11 10.244.0.12 node"
offers "kvip explain node 10.96.0.7" "10.96.0.7:53/udp 10.96.0.7:80"
offers "kvip explain node 10.96.0.7:" "53/udp 80"
matches "kvip explain node <TAB>: IPv6 too" '\[fd00:10:96::7\]:80' "$(offered "kvip explain node ")"
offers "kvip explain node 10.96.0.7:80 " ""

# objects of the local store
printf '[store]\npath = %s/objects.db\n' "$tmp" >"$tmp/kvip.conf"
for object in demo/shop demo/till other/tool; do
	kvip create service clusterip -n "${object%/*}" "${object#*/}" --tcp 80 \
		--config "$tmp/kvip.conf" --no-commit >/dev/null || not_ok "$object is there"
done
offers "kvip get " "deployments endpoints endpointslices nodes pods services"
offers "kvip get services --config $tmp/kvip.conf -n demo " "shop till"
offers "kvip get svc --config=$tmp/kvip.conf -ndemo s" "shop"
offers "kvip get --config $tmp/kvip.conf -n " "demo other"
offers "kvip delete services --store $tmp/objects.db --namespace other " "tool"
offers "kvip get pods -o " "json name wide yaml"
offers "kvip describe s" "service"
offers "kvip expose d" "deployment"
offers "kvip expose service --type " "ClusterIP ExternalName LoadBalancer NodePort"
offers "kvip create service n" "nodeport"
offers "kvip get services --store /nonexistent/x " ""

# who may not read the tables is told nothing, not even why
is "no rights: nothing, and no error" "0 " \
	"$(node setpriv --reuid=65534 --regid=65534 --clear-groups --inh-caps=-all \
		kvip complete show services "" 2>&1; echo "$? ")"

# a name that a shell would act on is not offered
# shellcheck disable=SC2016 # it is not expanded
node kvip save | jq -c '.items[0].name = "demo/$(reboot)"' | node kvip restore - >/dev/null
matches "there is such a name" 'demo/\$\(reboot\)' "$(node kvip show services)"
offers "kvip show services demo/" "demo/web demo/web:dns demo/web:http"

# kvipd
offers "kvipd --node-n" "--node-name"
offers "kvipd --kube-proxy-c" "--kube-proxy-config"
offers "kvipd --config tab" "table.json"
offers "kvipd --config=tab" "table.json"
offers "kvipd --log-level " "debug error info warning"
offers "kvipd --log-level=w" "warning"
offers "kvipd --node-name node-" "node-a node-b"
offers "kvipd --hostname-override=node-" "node-a node-b"
offers "kvipd --affinity-scope s" "service"
offers "kvipd --pod-bridge=cable1,l" "cable1,lo"
offers "kvipd --events=" "no yes"
offers "kvipd --once --cl" "--cleanup --cluster-cidr --cluster-cidrs"
offers "kvipd --" "$( (kvipd --help | grep -oE '^  --[a-z-]+' | tr -d ' '; echo --help) | sort -u | xargs)"

is "the shell had nothing to complain about" "" "$(cat "$tmp/complaints")"
finish
