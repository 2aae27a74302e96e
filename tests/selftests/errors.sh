#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What bad input gets: one clear line, the right exit status, and the kernel's
# tables exactly as before.
#
# User space alone: refusals by the tools.

# shellcheck source=tests/selftests/lib.sh
. "$(dirname "$0")/lib.sh"

data=$here/../data
new_ns node
node kvip sync -f "$data/get-all.json" --node node-a >/dev/null ||
	not_ok "a good dump is taken"
node kvip save >"$tmp/before"
before=$(generation)

# refused WHAT STATUS REGEX COMMAND...: standard input is the caller's
refused()
{
	local what=$1 status=$2 regex=$3 got out

	shift 3
	out=$(node "$@" 2>&1 >"$tmp/stdout")
	got=$?
	if ((got != status)); then
		not_ok "$what: exit status $status" "it was $got: $out"
	elif (($(wc -l <<<"$out") != 1)); then
		not_ok "$what: one line" "$out"
	elif [[ ! $out =~ ^kvip:\ $regex ]]; then
		not_ok "$what: the line says what is wrong" "wanted: kvip: $regex"$'\n'"got:    $out"
	elif [[ -s $tmp/stdout ]]; then
		not_ok "$what: nothing on standard output" "$(cat "$tmp/stdout")"
	elif [[ $(generation) != "$before" ]] ||
		! node kvip save | cmp -s - "$tmp/before"; then
		not_ok "$what: the tables are as before"
	else
		ok "$what: $out"
	fi
}

# sync_refused WHAT REGEX: the input on standard input
sync_refused()
{
	refused "$1" 1 "$2" kvip sync -f - --node node-a
}

base='
---
{apiVersion: v1, kind: Node, metadata: {name: node-a}}
---
{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {namespace: d, name: w-1, labels: {kubernetes.io/service-name: w}}, addressType: IPv4, ports: [{name: "", port: 8080}], endpoints: [{addresses: [10.244.0.11]}]}
---
'
svc() { printf '%s{apiVersion: v1, kind: Service, metadata: {namespace: d, name: %s}, spec: %s}\n---\n' "$base" "$1" "$2"; }

# documents
sync_refused "malformed JSON" '-:3:[0-9]+: |standard input:3:[0-9]+: ' \
	<<<$'{"kind": "List",\n "items": [\n  {"kind" "Service"}]}'
sync_refused "malformed YAML" '(-|standard input):[0-9]+:[0-9]+: ' \
	<<<$'kind: Service\n  metadata: [a\n'
head -c 20000 "$data/get-all.json" | sync_refused "a truncated dump" \
	'(-|standard input):.*(ends|end of)'
sync_refused "an empty file" '(-|standard input).*(empty|no object)' </dev/null
printf '\xff\xfe{"kind":"\xc3"}' | sync_refused "bytes that are no UTF-8" '(-|standard input):'
refused "a file that is not there" 1 '/nowhere: No such file' \
	kvip sync -f /nowhere --node node-a
mkdir "$tmp/emptydir"
refused "an empty directory" 1 "$tmp/emptydir" kvip sync -f "$tmp/emptydir" --node node-a

# objects
sync_refused "a wrong kind" '.*kind Pod is not one that kvip reads' \
	<<<'{"apiVersion":"v1","kind":"Pod","metadata":{"name":"x"}}'
sync_refused "a list of a wrong kind" '.*a Table is made for printing' <"$data/table.json"
sync_refused "half the objects" '.*PartialObjectMetadata' <"$data/partialmeta.json"
sync_refused "no EndpointSlice" '.*no EndpointSlice' <"$data/list-services.json"
sync_refused "a Service without ports" '.*Service d/x.*ports' < <(svc x '{clusterIP: 10.96.0.7}')
sync_refused "a port that is none" '.*spec\.ports\[0\]\.port.*65535' \
	< <(svc x '{clusterIP: 10.96.0.7, ports: [{port: 70000}]}')
sync_refused "a port that is a name" '.*spec\.ports\[0\]\.port.*"http"' \
	< <(svc x '{clusterIP: 10.96.0.7, ports: [{port: http}]}')
sync_refused "an address that is none" '.*clusterIP.*10\.96\.0\.700' \
	< <(svc x '{clusterIP: 10.96.0.700, ports: [{port: 80}]}')
sync_refused "a protocol that is none" '.*protocol.*ICMP' \
	< <(svc x '{clusterIP: 10.96.0.7, ports: [{port: 80, protocol: ICMP}]}')
sync_refused "the same Service twice" '.*Service d/x.*twice' \
	< <(svc x '{clusterIP: 10.96.0.7, ports: [{port: 80}]}'
	printf '{apiVersion: v1, kind: Service, metadata: {namespace: d, name: x}, spec: {clusterIP: 10.96.0.8, ports: [{port: 80}]}}')
sync_refused "an endpoint without an address" '.*EndpointSlice d/x-1.*addresses.*at least one' \
	< <(svc x '{clusterIP: 10.96.0.7, ports: [{port: 80}]}'
	printf '{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {namespace: d, name: x-1}, addressType: IPv4, ports: [{name: "", port: 80}], endpoints: [{addresses: []}]}')

# the node
refused "an unknown node name" 1 '.*node-z.*node-a' \
	kvip sync -f "$data/get-all.json" --node node-z
sync_refused "no Node at all" '.*no Node' \
	< <(jq '.items |= map(select(.kind != "Node"))' "$data/get-all.json")

# saved files
refused "a dump is no saved table" 1 '.*kind (Service|Node|EndpointSlice) is not what kvip save writes' \
	kvip restore "$data/get-all.json"
saved() { printf '{"apiVersion":"kvip/v1","kind":"KvipServiceList","items":[%s]}' "$1"; }
one='{"name":"a/b","family":"IPv4","protocol":"TCP","frontends":[{"address":"10.96.0.5","port":80,"kind":"cluster-ip"}],"backends":[{"address":"10.244.0.11","port":8080,"inClusterList":true}]}'
refused "two saved services of one frontend" 1 'a/b and a/c both claim 10\.96\.0\.5:80/TCP' \
	kvip restore - < <(saved "$one,${one/a\/b/a\/c}")
refused "a saved address of the other family" 1 '.*frontends\[0\]\.address: .*IPv4' \
	kvip restore - < <(saved "${one/10.96.0.5/fd00::1}")
refused "a saved service without a name" 1 '.*name: this must be a string' \
	kvip restore - < <(saved "${one/a\/b/}")
refused "a saved endpoint twice" 1 'a/b has the endpoint 10\.244\.0\.11:8080 twice' \
	kvip restore - < <(saved "$(sed 's/"backends":\[\(.*\)\]/"backends":[\1,\1]/' <<<"$one")")
refused "a saved range of the other family" 1 '.*sourceRanges\[0\]: .*IPv4' \
	kvip restore - < <(saved "${one/\"frontends/\"sourceRanges\":[\"fd00::/8\"],\"frontends}")
refused "a saved affinity of more than a day" 1 '.*affinitySeconds: .*86400' \
	kvip restore - < <(saved "${one/\"frontends/\"affinitySeconds\":86401,\"frontends}")
refused "a saved node port on an address" 1 'a/b: the node port 10\.96\.0\.5:80 must be on 0\.0\.0\.0' \
	kvip restore - < <(saved "${one/cluster-ip/node-port}")
head -c 3000 "$tmp/before" | refused "a truncated saved table" 1 '.*(ends|end of)' kvip restore -
# What only the kernel refuses: its own sentence, and whose fault it is.
refused "an address that no connection could use" 1 'a/b \(TCP, IPv4\): the address is unspecified, loopback' \
	kvip restore - < <(saved "${one/10.244.0.11/224.0.0.1}")

# the command line
refused "an unknown command" 2 'there is no command "shw"' kvip shw
refused "sync without a file" 2 'sync: -f is missing' kvip sync --node node-a
refused "a leftover argument" 2 'flush: what is "all"\?' kvip flush all
refused "show without a table" 2 'show: say what' kvip show
refused "show of an unknown table" 2 'show: .*"pods"' kvip show pods
refused "restore without a file" 2 'restore: a file is missing' kvip restore
refused "a Service that is not there" 1 'there is no service demo/wbe' kvip show services demo/wbe
node kvip sync --nod >"$tmp/out" 2>&1
is "an unknown option: exit status 2" 2 $?
for command in sync show monitor save restore flush version; do
	node kvip $command --help >"$tmp/out" 2>"$tmp/err"
	is "kvip $command --help" "0 1 0" \
		"$? $(grep -c "^usage: kvip $command" "$tmp/out") $(wc -l <"$tmp/err")"
done
node kvip --help | grep -q '^  sync ' && ok "kvip --help lists the commands" ||
	not_ok "kvip --help lists the commands"
node kvip >"$tmp/out" 2>&1
is "kvip alone is a usage error" 2 $?

# no rights: as nobody, without capabilities
nobody() { in_ns node setpriv --reuid=65534 --regid=65534 --clear-groups --inh-caps=-all "$@"; }
out=$(nobody kvip show services 2>&1)
is "no rights: show" "1 kvip: not permitted: this needs CAP_NET_ADMIN in the network namespace" \
	"$? $out"
out=$(nobody kvip flush 2>&1)
is "no rights: flush" "1 kvip: not permitted: this needs CAP_NET_ADMIN in the network namespace" \
	"$? $out"
nobody kvip sync -f - --node node-a <"$data/get-all.json" >"$tmp/out" 2>&1
is "no rights: sync" "1 kvip: not permitted: this needs CAP_NET_ADMIN in the network namespace" \
	"$? $(cat "$tmp/out")"
nobody kvip version >/dev/null && ok "no rights are needed for version" ||
	not_ok "no rights are needed for version"
is "no rights: the tables are as before" "$before" "$(generation)"

# output that can't be written
node kvip save >/dev/full 2>"$tmp/err"
is "a full disk is told" "1 kvip: can't write the output: No space left on device" \
	"$? $(cat "$tmp/err")"

# no module: it must not be loaded behind our back either
if [[ -w /proc/sys/kernel/modprobe ]]; then
	loader=$(cat /proc/sys/kernel/modprobe)
	echo /bin/false >/proc/sys/kernel/modprobe
	rmmod kvip || not_ok "rmmod"
	for command in "show services" "sync -f $data/get-all.json --node node-a" save \
		"restore $tmp/before" flush monitor; do
		# shellcheck disable=SC2086
		out=$(node kvip $command 2>&1)
		is "no module: kvip ${command%% *}" \
			"1 kvip: the kvip module is not loaded (modprobe kvip)" "$? $out"
	done
	out=$(node kvip version 2>"$tmp/err")
	matches "no module: kvip version tells its own" '^1 kvip +[0-9.]+' "$? $out"
	echo "$loader" >/proc/sys/kernel/modprobe
	modprobe kvip || not_ok "modprobe"
	is "the module loads again, with empty tables" 0 \
		"$(node kvip show config -j | jq .services)"
fi

finish
