#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Names, S70 to S74: the zones that kvip dns writes, served by Unbound, BIND and
# Knot as the configurations in tools/deploy/dns have them, to a pod.
#
# The servers are not this machine's: tests/dns/fetch unpacks them, and
# tests/check says where. What is in the zones is for tests/unit/test_zones.c;
# here it is what servers make of them.
#
# User space alone: of the kernel's table it takes one UDP Service.

# shellcheck source=tests/selftests/lib.sh
. "$(dirname "$0")/lib.sh"

deploy=$here/../../tools/deploy/dns
zones=/var/lib/kvip/dns # as the configurations have it
PATH=${KVIP_DNS_SERVERS:-$("$here/../dns/fetch" --cached)}:$PATH
command -v knotd >/dev/null || {
	not_ok "there are name servers to test with (tests/dns/fetch)"
	finish
}
named=127.0.0.3
knot=127.0.0.4
unbound=10.244.0.1 # which pods reach

# A stand-in for what other companies have: corp.example.com, at the client.
cat >"$tmp/corp.example.com.zone" <<-'END'
	$ORIGIN corp.example.com.
	$TTL 60
	@ SOA ns hostmaster 1 3600 600 86400 60
	@ NS ns
	ns A 192.0.2.2
	db A 198.51.100.7
	db AAAA 2001:db8:c0::7
	alias CNAME db
END

cluster()
{
	cat <<-'END'
		---
		{apiVersion: v1, kind: Node, metadata: {name: node-a}}
		---
		{apiVersion: v1, kind: Service, metadata: {namespace: kube-system, name: kube-dns}, spec: {clusterIP: 10.96.0.10, ports: [{name: dns, port: 53, protocol: UDP}, {name: dns-tcp, port: 53}]}}
		---
		{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {namespace: kube-system, name: kube-dns-1, labels: {kubernetes.io/service-name: kube-dns}}, addressType: IPv4, ports: [{name: dns, port: 53, protocol: UDP}, {name: dns-tcp, port: 53}], endpoints: [{addresses: [10.244.0.1], nodeName: node-a}]}
		---
		{apiVersion: v1, kind: Service, metadata: {namespace: demo, name: web}, spec: {clusterIP: 10.96.0.100, clusterIPs: [10.96.0.100, "fd00:10:96::100"], ports: [{name: http, port: 80}, {name: quic, port: 443, protocol: UDP}]}}
		---
		{apiVersion: v1, kind: Service, metadata: {namespace: demo, name: db}, spec: {clusterIP: None, ports: [{name: sql, port: 5432}]}}
		---
		{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {namespace: demo, name: db-4, labels: {kubernetes.io/service-name: db}}, addressType: IPv4, ports: [{name: sql, port: 5433}], endpoints: [{addresses: [10.244.0.11], hostname: db-0}, {addresses: [10.244.0.12]}, {addresses: [10.244.0.13], hostname: db-2, conditions: {ready: false}}]}
		---
		{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {namespace: demo, name: db-6, labels: {kubernetes.io/service-name: db}}, addressType: IPv6, ports: [{name: sql, port: 5433}], endpoints: [{addresses: ["fd00:10:244::11"], hostname: db-0}]}
		---
		{apiVersion: v1, kind: Service, metadata: {namespace: demo, name: early}, spec: {clusterIP: None, publishNotReadyAddresses: true, ports: [{name: raft, port: 7000}]}}
		---
		{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {namespace: demo, name: early-4, labels: {kubernetes.io/service-name: early}}, addressType: IPv4, ports: [{name: raft, port: 7000}], endpoints: [{addresses: [10.244.0.13], hostname: odd_1, conditions: {ready: false}}]}
		---
		{apiVersion: v1, kind: Service, metadata: {namespace: demo, name: idle}, spec: {clusterIP: None, ports: [{name: x, port: 1}]}}
		---
		{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {namespace: demo, name: idle-4, labels: {kubernetes.io/service-name: idle}}, addressType: IPv4, ports: [{name: x, port: 1}], endpoints: [{addresses: [10.244.0.13], conditions: {ready: false}}]}
		---
		{apiVersion: v1, kind: Service, metadata: {namespace: demo, name: legacy}, spec: {type: ExternalName, externalName: db.corp.example.com}}
		---
		{apiVersion: v1, kind: Service, metadata: {namespace: demo, name: dotted}, spec: {type: ExternalName, externalName: alias.corp.example.com.}}
		---
		{apiVersion: v1, kind: Service, metadata: {namespace: demo, name: odd}, spec: {type: ExternalName, externalName: '_x;"y\.corp.example.com'}}
		---
		{apiVersion: v1, kind: Service, metadata: {namespace: demo, name: self}, spec: {type: ExternalName, externalName: self.demo.svc.cluster.local}}
		---
		{apiVersion: v1, kind: Pod, metadata: {namespace: demo, name: one}, status: {phase: Running, podIPs: [{ip: 10.244.0.11}, {ip: "fd00:10:244::11"}]}}
	END
}

cat >"$tmp/kvip.conf" <<-END
	[dns]
	directory     = $zones
	reverse-zones = 10.96.0.0/16, 10.244.0.0/16, fd00:10:96::/64
	pods          = yes
	reload        = $deploy/unbound-reload $zones -c $tmp/unbound.conf
END
v6zone=0.0.0.0.6.9.0.0.0.1.0.0.0.0.d.f.ip6.arpa

write_zones() { node kvip dns --config "$tmp/kvip.conf" -f - "$@"; }

# start NAMESPACE SERVER ADDRESS COMMAND...: a server, until it answers
start()
{
	local name=$1 server=$2 address=$3

	shift 3
	spawn "$name" "$@" >"$tmp/$server.log" 2>&1
	await 30 in_ns "$name" dig +time=1 +tries=1 "@$address" version.server. CH TXT ||
		not_ok "$server starts" "$(cat "$tmp/$server.log")"
}

start_corp()
{
	cat >"$tmp/corp.conf" <<-END
		server:
		    interface: 192.0.2.2
		    access-control: 0.0.0.0/0 allow
		    username: ""
		    chroot: ""
		    directory: "$tmp"
		    pidfile: "$tmp/corp.pid"
		    do-daemonize: no
		    use-syslog: no
		auth-zone:
		    name: corp.example.com.
		    zonefile: "$tmp/corp.example.com.zone"
	END
	start client corp 192.0.2.2 unbound -c "$tmp/corp.conf"
}

start_unbound()
{
	cat >"$tmp/unbound.conf" <<-END
		include: $deploy/unbound.conf
		server:
		    interface: $unbound
		    access-control: 10.0.0.0/8 allow
		    username: ""
		    chroot: ""
		    directory: "$tmp"
		    pidfile: "$tmp/unbound.pid"
		    do-daemonize: no
		    use-syslog: no
		    local-zone: "d.f.ip6.arpa." nodefault
		    domain-insecure: "d.f.ip6.arpa."
		stub-zone:
		    name: corp.example.com.
		    stub-addr: 192.0.2.2
		auth-zone:
		    name: $v6zone.
		    zonefile: $zones/$v6zone.zone
		    for-downstream: no
		    for-upstream: yes
	END
	is "unbound-checkconf takes unbound.conf" \
		"unbound-checkconf: no errors in $tmp/unbound.conf" \
		"$(unbound-checkconf "$tmp/unbound.conf" 2>&1)"
	start node unbound $unbound unbound -c "$tmp/unbound.conf"
}

start_named()
{
	cat >"$tmp/named.conf" <<-END
		options {
			directory "$tmp";
			pid-file "$tmp/named.pid";
			listen-on { $named; };
			listen-on-v6 { none; };
			recursion yes;
			dnssec-validation no;
		};
		controls { };
		zone "corp.example.com" { type forward; forward only; forwarders { 192.0.2.2; }; };
		zone "$v6zone" { type primary; file "$zones/$v6zone.zone"; };
		include "$deploy/named.conf";
	END
	is "named-checkconf takes named.conf and its zones" "" \
		"$(named-checkconf -z "$tmp/named.conf" 2>&1 | grep -v ': loaded serial')"
	start node named $named named -g -c "$tmp/named.conf"
}

start_knot()
{
	mkdir "$tmp/knot"
	cat >"$tmp/knot.conf" <<-END
		server:
		  listen: [$knot@53]
		  rundir: $tmp/knot
		  pidfile: knot.pid
		database:
		  storage: $tmp/knot
		  journal-db-max-size: 1M
		  kasp-db-max-size: 5M
		  timer-db-max-size: 1M
		  catalog-db-max-size: 5M
		include: $deploy/knot.conf
		zone:
		- domain: $v6zone
		  template: kvip
	END
	is "knotc takes knot.conf" "Configuration is valid" \
		"$(knotc -c "$tmp/knot.conf" conf-check 2>&1)"
	start node knot $knot knotd -c "$tmp/knot.conf"
}

# answers NAMESPACE SERVER: to the queries on standard input, NAME TYPE a line:
# "NAME TYPE STATUS: DATA, DATA", sorted; authority's SOA as "SOA of ZONE"
answers()
{
	local name=$1 server=$2

	cat >"$tmp/queries"
	in_ns "$name" dig "@$server" -f "$tmp/queries" +time=5 +tries=3 \
		+noall +comments +question +answer +authority |
		awk '
		function add(line,	i) {
			for (i = n++; i > 0 && data[i - 1] > line; i--)
				data[i] = data[i - 1]
			data[i] = line
		}
		function out(	i, list) {
			for (i = 0; i < n; i++)
				list = list (i ? ", " : " ") data[i]
			if (name)
				print name, type, status ":" list
			n = 0
			name = ""
		}
		/->>HEADER<<-/ {
			out()
			status = $6
			sub(/,/, "", status)
			next
		}
		/^;; ANSWER/ { part = "answer" }
		/^;; AUTHORITY/ { part = "authority" }
		/^;[^;]/ && !/OPT|EDNS/ { name = substr($1, 2); type = $3; next }
		/^;/ || !NF { next }
		part == "answer" {
			line = $4
			for (i = 5; i <= NF; i++)
				line = line " " $i
			add(line)
		}
		part == "authority" && $4 == "SOA" { add("SOA of " $1) }
		END { out() }'
}

# What every server has to say of the cluster above; NAME TYPE behind it is asked.
cat >"$tmp/wanted" <<-'END'
	web.demo.svc.cluster.local. A NOERROR: A 10.96.0.100
	WEB.Demo.svc.cluster.local. AAAA NOERROR: AAAA fd00:10:96::100
	_http._tcp.web.demo.svc.cluster.local. SRV NOERROR: SRV 0 100 80 web.demo.svc.cluster.local.
	_quic._udp.web.demo.svc.cluster.local. SRV NOERROR: SRV 0 100 443 web.demo.svc.cluster.local.
	_http._udp.web.demo.svc.cluster.local. SRV NXDOMAIN: SOA of cluster.local.
	web.demo.svc.cluster.local. MX NOERROR: SOA of cluster.local.
	_tcp.web.demo.svc.cluster.local. A NOERROR: SOA of cluster.local.
	demo.svc.cluster.local. A NOERROR: SOA of cluster.local.
	kube-dns.kube-system.svc.cluster.local. AAAA NOERROR: SOA of cluster.local.
	nothing.demo.svc.cluster.local. A NXDOMAIN: SOA of cluster.local.
	db.demo.svc.cluster.local. A NOERROR: A 10.244.0.11, A 10.244.0.12
	db.demo.svc.cluster.local. AAAA NOERROR: AAAA fd00:10:244::11
	db-0.db.demo.svc.cluster.local. A NOERROR: A 10.244.0.11
	db-0.db.demo.svc.cluster.local. AAAA NOERROR: AAAA fd00:10:244::11
	10-244-0-12.db.demo.svc.cluster.local. A NOERROR: A 10.244.0.12
	10-244-0-11.db.demo.svc.cluster.local. A NXDOMAIN: SOA of cluster.local.
	db-2.db.demo.svc.cluster.local. A NXDOMAIN: SOA of cluster.local.
	_sql._tcp.db.demo.svc.cluster.local. SRV NOERROR: SRV 0 100 5433 10-244-0-12.db.demo.svc.cluster.local., SRV 0 100 5433 db-0.db.demo.svc.cluster.local.
	early.demo.svc.cluster.local. A NOERROR: A 10.244.0.13
	odd_1.early.demo.svc.cluster.local. A NOERROR: A 10.244.0.13
	_raft._tcp.early.demo.svc.cluster.local. SRV NOERROR: SRV 0 100 7000 odd_1.early.demo.svc.cluster.local.
	idle.demo.svc.cluster.local. A NXDOMAIN: SOA of cluster.local.
	_x._tcp.idle.demo.svc.cluster.local. SRV NXDOMAIN: SOA of cluster.local.
	legacy.demo.svc.cluster.local. CNAME NOERROR: CNAME db.corp.example.com.
	dotted.demo.svc.cluster.local. CNAME NOERROR: CNAME alias.corp.example.com.
	odd.demo.svc.cluster.local. CNAME NOERROR: CNAME _x\;\"y\\.corp.example.com.
	100.0.96.10.in-addr.arpa. PTR NOERROR: PTR web.demo.svc.cluster.local.
	11.0.244.10.in-addr.arpa. PTR NOERROR: PTR db-0.db.demo.svc.cluster.local.
	12.0.244.10.in-addr.arpa. PTR NXDOMAIN: SOA of 244.10.in-addr.arpa.
	0.0.1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.6.9.0.0.0.1.0.0.0.0.d.f.ip6.arpa. PTR NOERROR: PTR web.demo.svc.cluster.local.
	dns-version.cluster.local. TXT NOERROR: TXT "1.1.0"
	cluster.local. NS NOERROR: NS ns.dns.cluster.local.
	ns.dns.cluster.local. A NOERROR: A 10.96.0.10
	10-244-0-11.demo.pod.cluster.local. A NOERROR: A 10.244.0.11
	fd00-10-244--11.demo.pod.cluster.local. AAAA NOERROR: AAAA fd00:10:244::11
END

# serves WHAT NAMESPACE SERVER: all of it
serves()
{
	awk '{ print $1, $2 }' "$tmp/wanted" | answers "$2" "$3" >"$tmp/answers"
	is "$1: every name and type, NOERROR or NXDOMAIN" "" \
		"$(diff "$tmp/wanted" "$tmp/answers" | head -n 40)"
}

setup_cluster
ip -n "$ns-node" addr add $named/32 dev lo
cluster | write_zones >"$tmp/out" 2>&1 || not_ok "kvip dns writes zones" "$(cat "$tmp/out")"
is "each file is told of" \
	"$v6zone.zone: written, 3 records"$'\n'"244.10.in-addr.arpa.zone: written, 4 records"$'\n'"96.10.in-addr.arpa.zone: written, 4 records"$'\n'"cluster.local.zone: written, 28 records" \
	"$(sed -nE 's|^'"$zones"'/(.*): written, serial [0-9]+, |\1: written, |p' "$tmp/out" | LC_ALL=C sort)"
for file in "$zones"/*.zone; do
	origin=$(basename "$file" .zone)
	matches "named-checkzone takes $origin" 'OK$' \
		"$(named-checkzone -k ignore "$origin" "$file" 2>&1)"
	is "kzonecheck takes $origin" "" "$(kzonecheck -o "$origin" "$file" 2>&1)"
done

start_corp
start_unbound
start_named
start_knot
serves unbound node $unbound
serves named node $named
serves knot node $knot

# An ExternalName leads to an address that another name server has.
printf '%s\n' "legacy.demo.svc.cluster.local. A" "dotted.demo.svc.cluster.local. AAAA" >"$tmp/external"
for server in $unbound $named; do
	is "S73: $server follows an ExternalName to its address" \
		"$(printf '%s\n' \
			"legacy.demo.svc.cluster.local. A NOERROR: A 198.51.100.7, CNAME db.corp.example.com." \
			"dotted.demo.svc.cluster.local. AAAA NOERROR: AAAA 2001:db8:c0::7, CNAME alias.corp.example.com., CNAME db.corp.example.com.")" \
		"$(answers node $server <"$tmp/external")"
done
is "S73: Knot tells the alias" \
	"legacy.demo.svc.cluster.local. A NOERROR: CNAME db.corp.example.com." \
	"$(head -n 1 "$tmp/external" | answers node $knot)"

# A pod, through the ClusterIP of the name server and the C library.
cluster | grep -v 'kind: Pod' | sync_node >/dev/null
mkdir -p "/etc/netns/$ns-pod1"
cat >"/etc/netns/$ns-pod1/resolv.conf" <<-END
	search demo.svc.cluster.local svc.cluster.local cluster.local
	nameserver 10.96.0.10
	options ndots:5
END
echo 'hosts: files dns' >"/etc/netns/$ns-pod1/nsswitch.conf"
is "a pod resolves short names" "10.96.0.100 web.demo.svc.cluster.local" \
	"$(in_ns pod1 getent ahostsv4 web | awk '/STREAM/ { print $1, $3 }')"
is "and those of other namespaces" "10.96.0.10 kube-dns.kube-system.svc.cluster.local" \
	"$(in_ns pod1 getent ahostsv4 kube-dns.kube-system | awk '/STREAM/ { print $1, $3 }')"
is "both families of a Service" "fd00:10:96::100 web.demo.svc.cluster.local" \
	"$(in_ns pod1 getent hosts web | awk '{ print $1, $2 }')"
is "an ExternalName" "198.51.100.7 db.corp.example.com" \
	"$(in_ns pod1 getent ahostsv4 legacy | awk '/STREAM/ { print $1, $3 }')"
is "an address's name" "10.96.0.100 web.demo.svc.cluster.local" \
	"$(in_ns pod1 getent hosts 10.96.0.100 | awk '{ print $1, $2 }')"
is "a stateful pod by its hostname" "10.244.0.11" \
	"$(in_ns pod1 getent ahostsv4 db-0.db | awk '/STREAM/ { print $1 }')"
in_ns pod1 getent hosts idle.demo.svc.cluster.local. >/dev/null
is "and does not find a Service without endpoints" 2 $?
rm -r "/etc/netns/$ns-pod1"

# A change is there once kvip dns --reload is back: the very next answer has it,
# though the last one was to be remembered for five seconds.
printf '%s\n' "web.demo.svc.cluster.local. A" "idle.demo.svc.cluster.local. A" \
	"legacy.demo.svc.cluster.local. A" >"$tmp/changing"
answers node $unbound <"$tmp/changing" >/dev/null
changed()
{
	cluster | sed -e 's/10\.96\.0\.100/10.96.0.101/g' -e 's/db\.corp/alias.corp/' \
		-e '/name: idle-4/s/ready: false/ready: true/'
}
changed | write_zones --reload >"$tmp/out" 2>&1
is "S70: unbound has a change at once" \
	"$(printf '%s\n' \
		"web.demo.svc.cluster.local. A NOERROR: A 10.96.0.101" \
		"idle.demo.svc.cluster.local. A NOERROR: A 10.244.0.13" \
		"legacy.demo.svc.cluster.local. A NOERROR: A 198.51.100.7, CNAME alias.corp.example.com., CNAME db.corp.example.com.")" \
	"$(answers node $unbound <"$tmp/changing")"
is "and kvip dns says that it told it" "the name server was told" "$(tail -n 1 "$tmp/out")"
sum=$(cat "$zones"/*.zone | sha256sum)
changed | write_zones >"$tmp/out"
is "without a change nothing is written" "$sum 4" \
	"$(cat "$zones"/*.zone | sha256sum) $(grep -c ': unchanged, serial' "$tmp/out")"

# The others are told in their own ways.
sed -i "s|^reload .*|reload-pid-file = $tmp/named.pid|" "$tmp/kvip.conf"
cluster | write_zones --reload >/dev/null
has_address() { [[ $(dig +short "@$1" web.demo.svc.cluster.local A) == "$2" ]]; }
export -f has_address
await 10 node bash -c "has_address $named 10.96.0.100" &&
	ok "named has a change after a SIGHUP" || not_ok "named has a change after a SIGHUP"
sed -i "s|^reload-pid-file .*|reload = knotc -c $tmp/knot.conf zone-reload|" "$tmp/kvip.conf"
changed | write_zones --reload >/dev/null
await 10 node bash -c "has_address $knot 10.96.0.101" &&
	ok "knot has a change after zone-reload" || not_ok "knot has a change after zone-reload"

# A server that cannot be told: the files are right all the same.
sed -i "s|^reload .*|reload = $deploy/unbound-reload $zones -c /nonexistent|" "$tmp/kvip.conf"
cluster | write_zones --reload >"$tmp/out" 2>"$tmp/err"
is "a server that is not told is told of" "1 1" \
	"$? $(grep -c "^kvip: reload: $deploy/unbound-reload ended with status 1: " "$tmp/err")"
is "and the files are written" 1 "$(grep -c 'A.10\.96\.0\.100$' "$zones/cluster.local.zone")"

# Other words of the command.
cluster | write_zones -j >"$tmp/out"
is "-j tells of each file" \
	"unchanged 244.10.in-addr.arpa 4"$'\n'"unchanged 96.10.in-addr.arpa 4"$'\n'"unchanged cluster.local 28 false 0" \
	"$(jq -r '(.zones[1:][] | "\(.outcome) \(.origin) \(.records)"), "\(.reloaded) \(.servicesLeftOut)"' "$tmp/out" | paste -s -d '\n' | sed -z 's/28\n/28 /')"
cluster | node kvip dns --config "$tmp/kvip.conf" -f - --print |
	sed -n '/^\$ORIGIN cluster\.local/,$p' | grep -v SOA >"$tmp/printed"
is "--print prints what is written" "" \
	"$(sed 1d "$zones/cluster.local.zone" | grep -v SOA | diff - "$tmp/printed")"
is "without a directory it says so" \
	"kvip: nothing says where zones are written: give --directory, or directory in section [dns] of kvip.conf" \
	"$(cluster | node kvip dns -f - 2>&1)"
# (the store refuses what an API server does)
cluster | grep -v 'kind: \(Node\|EndpointSlice\)\|name: odd' | sed 's/ clusterIPs: [^]]*],//' |
	node kvip apply --store "$tmp/store.db" --no-commit -f - >/dev/null 2>"$tmp/err" ||
	not_ok "a store has Services" "$(cat "$tmp/err")"
is "the local store has names" \
	$'legacy.demo.svc\tCNAME\tdb.corp.example.com.\nweb.demo.svc\tA\t10.96.0.100' \
	"$(node kvip dns --store "$tmp/store.db" --print | grep -E '^(legacy|web)\.demo.*(CNAME|A.*\.)')"

# 10,000 Services
sed -i "s|^reload .*|reload = $deploy/unbound-reload $zones -c $tmp/unbound.conf|" "$tmp/kvip.conf"
awk 'BEGIN {
	for (i = 0; i < 10000; i++)
		printf "{\"apiVersion\": \"v1\", \"kind\": \"Service\", \"metadata\": {\"namespace\": \"ns-%d\", \"name\": \"s-%d\"}, \"spec\": {\"clusterIP\": \"10.96.%d.%d\", \"ports\": [{\"name\": \"http\", \"port\": 80}]}}\n",
			i % 100, i, 1 + int(i / 250), 1 + i % 250
}' >"$tmp/many.json"
write_zones --reload <"$tmp/many.json" >"$tmp/out" 2>&1 ||
	not_ok "10,000 Services are written and loaded" "$(cat "$tmp/out")"
matches "10,000 Services are 20,000 records" 'cluster.local.zone: written, serial [0-9]+, 2000[0-9] records' "$(cat "$tmp/out")"
awk 'BEGIN {
	for (i = 7; i < 10000; i += 50)
		printf "s-%d.ns-%d.svc.cluster.local. A NOERROR: A 10.96.%d.%d\n",
			i, i % 100, 1 + int(i / 250), 1 + i % 250
}' >"$tmp/wanted"
serves "unbound with 10,000 Services" node $unbound

finish
