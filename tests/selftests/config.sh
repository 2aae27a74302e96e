#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The configuration of a node: shown, set, synced, saved and restored; whole or
# not at all.
#
# User space alone: the tools, and what abi tells the kernel too.

# shellcheck source=tests/selftests/lib.sh
. "$(dirname "$0")/lib.sh"

new_ns node
new_ns other

# shown KEY: its line as kvip config show prints it, blanks made one
shown()
{
	node kvip config show | sed -n "s/^\($1\) *= *\(.*\)/\2/p" | xargs -0 echo -n
}

# changes: the generation, and all that is configured
state()
{
	echo "$(generation) $(node kvip config show -j | jq -cS .)"
}

# refused WHAT REGEX COMMAND...: one line, status 1, and all as before
refused()
{
	local what=$1 regex=$2 before out status

	shift 2
	before=$(state)
	out=$(node "$@" 2>&1 >"$tmp/stdout")
	status=$?
	if ((status != 1)) || (($(wc -l <<<"$out") != 1)) || [[ -s $tmp/stdout ]]; then
		not_ok "$what: one line and status 1" "$status: $out"
	elif [[ ! $out =~ ^kvip:\ $regex ]]; then
		not_ok "$what: the line says what is wrong" "wanted: kvip: $regex"$'\n'"got:    $out"
	else
		is "$what: $out" "$before" "$(state)"
	fi
}

# cluster [ADDRESS...]: a node with these InternalIPs, a node port, and a Service
# of another proxy
cluster()
{
	local address

	cat <<-'END'
		---
		{apiVersion: v1, kind: Service, metadata: {namespace: d, name: w}, spec: {type: NodePort, clusterIP: 10.96.0.7, sessionAffinity: ClientIP, ports: [{name: a, port: 80, nodePort: 30080}, {name: b, port: 81, nodePort: 30081}]}}
		---
		{apiVersion: v1, kind: Service, metadata: {namespace: d, name: x, labels: {service.kubernetes.io/service-proxy-name: px}}, spec: {clusterIP: 10.96.0.8, ports: [{name: a, port: 80}]}}
		---
		{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {namespace: d, name: w-1, labels: {kubernetes.io/service-name: w}}, addressType: IPv4, ports: [{name: a, port: 8080}, {name: b, port: 8081}], endpoints: [{addresses: [10.244.0.11]}]}
		---
		apiVersion: v1
		kind: Node
		metadata: {name: node-a}
		spec: {podCIDRs: ["10.244.0.0/24", "fd00:10:244::/64"]}
		status:
		  addresses:
		  - {type: Hostname, address: node-a}
	END
	for address in "$@"; do
		echo "  - {type: InternalIP, address: \"$address\"}"
	done
}

names() { node kvip show services -j | jq -r '.services[].name' | xargs; }

# what there is before anything was set
is "nothing was written yet" 0 "$(generation)"
is "the default is the node's addresses, not known yet" \
	"primary  # known after the next kvip sync" "$(shown nodeport-addresses)"
is "13 keys are shown" 13 "$(node kvip config show | grep -c '^[a-z-]* *=')"
is "S52: the default of affinity entries" 131072 "$(shown affinity-entries)"
is "what is shown is what there is" \
	"no change: nothing was written (generation 0)" \
	"$(node kvip config show | node kvip config set -f - | head -1)"
is "the example is the defaults" "no change: nothing was written (generation 0)" \
	"$(node kvip config set -f "$here/../../tools/kvip.conf" | head -1)"

# set
out=$(node kvip config set cluster-cidrs=10.244.0.0/16,fd00:10:244::/48 masquerade-all=yes \
	pod-bridge=cni0 pod-interface-prefix=veth,cali nodeport-addresses=192.0.2.0/24 \
	service-cidrs=10.96.0.0/12 nodeport-without-endpoints=host localhost-nodeports=yes \
	source-ranges-everywhere=yes affinity-scope=service affinity-entries=5 proxy-name=px)
is "a set of many keys is one commit" 1 "$(generation)"
is "each change is told" 12 "$(grep -c '^~ config ' <<<"$out")"
matches "a change tells what it was" 'config nodeport-addresses: 192.0.2.0/24, was primary' "$out"
is "blocks" "10.244.0.0/16,fd00:10:244::/48" "$(shown cluster-cidrs)"
is "names" "veth,cali" "$(shown pod-interface-prefix)"
is "words" "host" "$(shown nodeport-without-endpoints)"
is "numbers" 5 "$(shown affinity-entries)"
is "a label" px "$(shown proxy-name)"
is "the same as JSON" \
	'["192.0.2.0/24"] ["10.244.0.0/16","fd00:10:244::/48"] false ["cni0"] true "host" "service" 5 "px"' \
	"$(node kvip config show -j | jq -r '[."nodeport-addresses", ."cluster-cidrs", ."node-cidrs", ."pod-bridge", ."masquerade-all", ."nodeport-without-endpoints", ."affinity-scope", ."affinity-entries", ."proxy-name"] | map(tojson) | join(" ")')"
is "one key leaves the others" "cni0 no" \
	"$(node kvip config set masquerade-all=no >/dev/null; echo "$(shown pod-bridge) $(shown masquerade-all)")"
is "what is there is not written again" "no change: nothing was written (generation 2)" \
	"$(node kvip config set masquerade-all=no pod-interface-prefix=cali,veth)"
is "a change as JSON" '3 ["masquerade-all"]' \
	"$(node kvip config set -j masquerade-all=yes | jq -r '"\(.generation) \(.changed)"')"
is "another namespace has its own" no \
	"$(in_ns other kvip config show | sed -n 's/^masquerade-all *= *//p')"

# both lists as long as they may be
blocks=$(printf '10.%d.0.0/16,' {0..63})
long=$(printf 'fifteen-byte-%02d,' {0..63})
node kvip config set cluster-cidrs="${blocks%,}" service-cidrs="${blocks%,}" \
	pod-bridge="${long%,}" pod-interface-prefix="${long%,}" >/dev/null
is "lists of 64 items" "${blocks%,} ${long%,}" "$(shown cluster-cidrs) $(shown pod-bridge)"

# what is refused
refused "a key that is none" 'there is no key "foo"' kvip config set masquerade-all=no foo=1
refused "a key twice" 'the key masquerade-all is there twice' \
	kvip config set masquerade-all=no masquerade-all=yes
refused "a word without =" 'expected KEY = VALUE' kvip config set masquerade-all
refused "a block that is none" 'cluster-cidrs: "10\.0\.0\.0/33" is not' \
	kvip config set masquerade-all=no cluster-cidrs=10.0.0.0/33
refused "65 items" 'cluster-cidrs: the list has more than 64 items' \
	kvip config set cluster-cidrs="${blocks}11.0.0.0/8"
refused "a name of 16 bytes" 'pod-bridge: "0123456789abcdef" is longer than the 15 bytes' \
	kvip config set pod-bridge=0123456789abcdef
refused "no affinity entries" 'affinity-entries is a number from 1 to 1048576, not "0"' \
	kvip config set affinity-entries=0
refused "a file's third line" 'standard input:3: masquerade-all is yes or no, not "si"' \
	kvip config set -f - <<<$'# x\nnode-cidrs = yes\nmasquerade-all = si'
refused "a section" 'standard input:2: there is no section "health"' \
	kvip config set -f - <<<$'\n[health]\nport = 1'
refused "a file that is not there" '/nowhere: No such file' kvip config set -f /nowhere
refused "sync with a wrong file" "$tmp/wrong.conf:1: there is no key" \
	kvip sync -f - --node node-a --config "$tmp/wrong.conf" \
	< <(echo "x = 1" >"$tmp/wrong.conf"; cluster 192.0.2.1)
refused "sync with a file that is not there" '/nowhere: No such file' \
	kvip sync -f - --node node-a --config /nowhere < <(cluster 192.0.2.1)
for words in "config" "config hide" "config show x" "config set" "config set -f x y=1" "config -4 show"; do
	# shellcheck disable=SC2086
	node kvip $words >"$tmp/out" 2>&1
	is "kvip $words: a usage error of one line" "2 1" "$? $(wc -l <"$tmp/out")"
done
for words in "config show" "config set masquerade-all=no"; do
	# shellcheck disable=SC2086
	out=$(node setpriv --reuid=65534 --regid=65534 --clear-groups --inh-caps=-all kvip $words 2>&1)
	is "no rights: $words" "1 kvip: not permitted: this needs CAP_NET_ADMIN in the network namespace" "$? $out"
done

# sync: the kernel's configuration is kept, and the Node resolves
node kvip flush --config >/dev/null
is "flush --config resets it" primary "$(shown nodeport-addresses | cut -d' ' -f1)"
config node-cidrs=yes
base=$(generation)
out=$(cluster 192.0.2.9 2001:db8::9 192.0.2.10 | sync_node --dry-run)
matches "a dry run tells of it" \
	'~ config nodeport-addresses: primary \(192\.0\.2\.9, 2001:db8::9\), was primary \(nothing\)' "$out"
matches "a dry run tells of the podCIDRs" \
	'~ config node-cidrs: yes \(10\.244\.0\.0/24, fd00:10:244::/64\), was yes \(nothing\)' "$out"
is "a dry run writes nothing" "$base" "$(generation)"
out=$(cluster 192.0.2.9 2001:db8::9 192.0.2.10 | sync_node)
matches "sync tells which keys changed" 'configuration changed: nodeport-addresses, node-cidrs' "$out"
is "tables and configuration are one commit" $((base + 1)) "$(generation)"
is "S20: the first InternalIP of each family" "primary  # 192.0.2.9, 2001:db8::9" \
	"$(shown nodeport-addresses)"
is "S33: the Node's podCIDRs" "yes  # 10.244.0.0/24, fd00:10:244::/64" "$(shown node-cidrs)"
matches "S66: the same again is not written" "no change: nothing was written" \
	"$(cluster 192.0.2.9 2001:db8::9 192.0.2.10 | sync_node)"
is "S66: nor is the generation raised" $((base + 1)) "$(generation)"
is "a Node that moved changes the configuration alone" '0 0 0 ["nodeport-addresses"]' \
	"$(cluster 192.0.2.77 2001:db8::9 | sync_node -j | jq -r '"\(.added) \(.changed) \(.removed) \(.configChanged)"')"
is "S20: the new address" "primary  # 192.0.2.77, 2001:db8::9" "$(shown nodeport-addresses)"
is "an unrelated set keeps what was resolved" "primary  # 192.0.2.77, 2001:db8::9" \
	"$(config masquerade-all=yes; shown nodeport-addresses)"
is "so does a file that asks for it" "primary  # 192.0.2.77, 2001:db8::9" \
	"$(node kvip config set -f /dev/null >/dev/null; shown nodeport-addresses)"
matches "a Node without InternalIP: told" 'no address has node ports: the Node node-a tells no InternalIP' \
	"$(cluster | sync_node)"
matches "blocks and back: not resolved until the next sync" 'the next kvip sync fills in' \
	"$(config nodeport-addresses=10.0.0.0/8; node kvip config set nodeport-addresses=primary)"

# sync: from a file
node kvip flush --config >/dev/null
printf 'nodeport-addresses = all\nservice-cidrs = 10.96.0.0/12\n' >"$tmp/kvip.conf"
config masquerade-all=yes
cluster 192.0.2.9 | sync_node --config "$tmp/kvip.conf" >"$tmp/out"
is "a file replaces all of it" "all 10.96.0.0/12 no" \
	"$(shown nodeport-addresses) $(shown service-cidrs) $(shown masquerade-all)"
matches "from a file: the same again is not written" "no change: nothing was written" \
	"$(cluster 192.0.2.9 | sync_node --config "$tmp/kvip.conf")"
mkdir -p /etc/kvip
echo "masquerade-all = yes" >/etc/kvip/kvip.conf
cluster 192.0.2.9 | sync_node >"$tmp/out"
is "/etc/kvip/kvip.conf is read" "primary  # 192.0.2.9 yes" \
	"$(shown nodeport-addresses) $(shown masquerade-all)"
echo "masquerade-all = on" >/etc/kvip/kvip.conf
refused "sync with a wrong /etc/kvip/kvip.conf" '/etc/kvip/kvip\.conf:1: masquerade-all is yes or no' \
	kvip sync -f - --node node-a < <(cluster 192.0.2.9)
cluster 192.0.2.9 | sync_node --config /dev/null >"$tmp/out"
is "--config comes before it" no "$(shown masquerade-all)"
rm /etc/kvip/kvip.conf

# what derive() is told
groups() { node kvip save | jq -r '[.items[].affinityGroup // "-"] | unique | join(" ")'; }
is "S2: Services without the label" "d/w:a d/w:b" "$(names)"
config proxy-name=px
cluster 192.0.2.9 | sync_node >"$tmp/out"
is "S2: proxy-name claims those with it" "d/x:a" "$(names)"
config proxy-name=
cluster 192.0.2.9 | sync_node --proxy-name px >"$tmp/out"
is "S2: --proxy-name is for one sync" "d/x:a " "$(names) $(shown proxy-name)"
cluster 192.0.2.9 | sync_node >"$tmp/out"
is "S2: and the next goes by the configuration" "d/w:a d/w:b" "$(names)"
is "S48: affinity by port" "-" "$(groups)"
config affinity-scope=service
cluster 192.0.2.9 | sync_node >"$tmp/out"
matches "S48: affinity by Service" '^d/w[^ ]*$' "$(groups)"

# save, restore, flush
config pod-bridge=cni0 nodeport-addresses=primary affinity-entries=77
node kvip save >"$tmp/saved"
is "the configuration is saved" 77 "$(jq '.config."affinity-entries"' "$tmp/saved")"
is "with what the Node told" '["192.0.2.9/32"]' \
	"$(jq -c '.config.resolved."nodeport-addresses"' "$tmp/saved")"
node kvip flush >/dev/null
is "flush leaves it alone" "77 0" "$(shown affinity-entries) $(names | wc -w)"
node kvip flush --config >/dev/null
base=$(generation)
node kvip restore "$tmp/saved" >"$tmp/out"
is "restore tells" "restored 2 services and the configuration (generation $((base + 1)))" \
	"$(cat "$tmp/out")"
node kvip save | cmp -s - "$tmp/saved" && ok "what was saved is restored" ||
	not_ok "what was saved is restored" "$(node kvip save | diff - "$tmp/saved")"
config affinity-entries=78
jq -c 'del(.config)' "$tmp/saved" | node kvip restore - >"$tmp/out"
is "a file without a configuration leaves it alone" "78 2" \
	"$(shown affinity-entries) $(names | wc -w)"
refused "a saved configuration with a key that is none" '.*config\.foo: there is no such key' \
	kvip restore - < <(jq -c '.config.foo = 1 | .items = []' "$tmp/saved")
refused "a saved configuration with a wrong value" '.*config: affinity-scope is port or service' \
	kvip restore - < <(jq -c '.config."affinity-scope" = "x" | .items = []' "$tmp/saved")
is "the tables are there still" 2 "$(names | wc -w)"

# writers that come between each other lose nothing
node kvip config set -f /dev/null >/dev/null
base=$(generation)
pids=()
for word in node-cidrs=yes masquerade-all=yes source-ranges-everywhere=yes \
	nodeport-without-endpoints=host localhost-nodeports=yes affinity-scope=service \
	affinity-entries=9 pod-bridge=b cluster-cidrs=10.0.0.0/8 service-cidrs=10.0.0.0/8; do
	node kvip config set "$word" >/dev/null &
	pids+=($!)
done
wait "${pids[@]}"
is "ten writers at once: ten commits" $((base + 10)) "$(generation)"
is "ten writers at once: all of it is there" "yes yes yes host yes service 9 b 10.0.0.0/8 10.0.0.0/8" \
	"$(shown node-cidrs | cut -d' ' -f1) $(shown masquerade-all) $(shown source-ranges-everywhere) $(shown nodeport-without-endpoints) $(shown localhost-nodeports) $(shown affinity-scope) $(shown affinity-entries) $(shown pod-bridge) $(shown cluster-cidrs) $(shown service-cidrs)"

# a monitor sees a commit of which it has no service to tell
spawn node kvip monitor >"$tmp/monitor"
await 10 grep -q listening "$tmp/monitor"
config masquerade-all=no
node kvip flush >/dev/null
await 10 grep -q -- '- d/w:b' "$tmp/monitor"
is "kvip monitor goes on after a change of the configuration" "2 2" \
	"$(grep -c -- '- d/w' "$tmp/monitor") $(grep -c '  generation ' "$tmp/monitor")"

finish
