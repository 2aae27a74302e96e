#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Numbers and addresses at and beyond their bounds, as manifests and as saved
# tables: what is wrong is refused in one sentence, with exit status 1 and the
# tables as before; what an apiserver may send is taken. S4 S6 S7 S47
#
# User space alone: refusals, most of them by the tools.

# shellcheck source=tests/selftests/lib.sh
. "$(dirname "$0")/lib.sh"

setup_two_nodes pod1 pod2
serve_on pod1 pod2
apply_lb pod1
before=$(generation)

# same_generation: nothing was committed
same_generation() { [[ $(node kvip show config -j) =~ \"generation\":\ ?"$before", ]]; }

# judge WHAT REGEX STATUS: of a command's $tmp/out and $tmp/err
judge()
{
	local out

	out=$(<"$tmp/err")
	if (($3 != 1)); then
		not_ok "$1: exit status 1" "it was $3: $out$(head -c 500 "$tmp/out")"
	elif (($(wc -l <"$tmp/err") != 1)); then
		not_ok "$1: one line" "$out"
	elif [[ ! $out =~ ^kvip:\ .*$2 ]]; then
		not_ok "$1: the line says what is wrong" "wanted: kvip: .*$2"$'\n'"got:    $out"
	elif [[ -s $tmp/out ]]; then
		not_ok "$1: nothing on standard output" "$(cat "$tmp/out")"
	elif ! same_generation; then
		not_ok "$1: the tables are as before"
	else
		ok "$1: $out"
	fi
}

# refused WHAT REGEX: the manifests on standard input
refused()
{
	node kvip sync -f - --node node-a >"$tmp/out" 2>"$tmp/err"
	judge "$1" "$2" $?
}

# taken WHAT [REGEX]: they are, and what is printed matches
taken()
{
	if ! node kvip sync -f - --node node-a >"$tmp/out" 2>&1; then
		not_ok "$1: it is taken" "$(cat "$tmp/out")"
	elif [[ ! $(<"$tmp/out") =~ ${2-} ]]; then
		not_ok "$1: what is printed" "wanted: $2"$'\n'"got:    $(<"$tmp/out")"
	else
		ok "$1"
	fi
}

# web SED-SCRIPT [SPEC-LINE]...: good manifests with one change
web()
{
	local script=$1

	shift
	{ lb_service web "$@"; slices_for web pod1; two_nodes; } | sed -E "$script"
}
sticky() { web "" 'sessionAffinity: ClientIP' "sessionAffinityConfig: {clientIP: {timeoutSeconds: $1}}"; }
ranges() { web "" "loadBalancerSourceRanges: [$1]"; }

# manifests: ports
for number in -1 65536 99999999999; do
	refused "port $number" 'spec\.ports\[0\]\.port.*65535' < <(web "s/port: 80,/port: $number,/")
	refused "nodePort $number" 'spec\.ports\[0\]\.nodePort.*65535' < <(web "s/30080/$number/")
	refused "an endpoint's port $number" 'ports\[0\]\.port.*65535' < <(web "s/port: 8080,/port: $number,/")
done
refused "port 0" 'spec\.ports\[0\]\.port.*65535' < <(web 's/port: 80,/port: 0,/')
refused "two ports of one number" 'spec\.ports\[1\].*80/TCP is taken by ports\[0\]' \
	< <(web 's/protocol: UDP/protocol: TCP/')
# contested WHAT REGEX: what two Services ask for is the first one's, and it is said
contested()
{
	matches "$1" "left out: [0-9]+ frontends? that another Service has \(first: $2\)" \
		"$(node kvip sync --dry-run -f - --node node-a 2>&1)"
}
contested "a node port that two Services have" 'demo/web 0\.0\.0\.0:30080' \
	< <(web ''; lb_service other | sed 's/10\.96\.0\.100/10.96.0.7/; s/fd00:10:96::100/fd00:10:96::7/
		s/203\.0\.113/203.0.114/; s/2001:db8:1b/2001:db8:1c/')
contested "an LB IP that two Services have" 'demo/web 203\.0\.113\..*' \
	< <(web ''; lb_service other | sed 's/10\.96\.0\.100/10.96.0.7/; s/fd00:10:96::100/fd00:10:96::7/
		s/30080/30081/; s/2001:db8:1b/2001:db8:1c/')
contested "a ClusterIP that is another's external IP" 'demo/other 10\.96\.0\.100:80' \
	< <(web ''; lb_service other | sed 's/10\.96\.0\.100/10.96.0.7/; s/fd00:10:96::100/fd00:10:96::7/
		s/203\.0\.113\.200/10.96.0.100/; s/203\.0\.113\.10"/203.0.114.1"/; s/30080/30081/; s/2001:db8:1b/2001:db8:1c/')

# manifests: affinity
for number in 0 -1 86401 4294967297; do
	refused "affinity of $number seconds" 'timeoutSeconds.*86400' < <(sticky $number)
done
refused "an unknown affinity" 'sessionAffinity.*Cookie' < <(web '' 'sessionAffinity: Cookie')
refused "an unknown external policy" 'externalTrafficPolicy.*Global' \
	< <(web '' 'externalTrafficPolicy: Global')
refused "an unknown internal policy" 'internalTrafficPolicy.*Global' \
	< <(web '' 'internalTrafficPolicy: Global')

# manifests: source ranges
for range in 198.51.100.0/33 2001:db8::/129 198.51.100.0/-1 198.51.100.0/x 198.51.100/24 nonsense '/8' '10.0.0.0/'; do
	refused "the range $range" "loadBalancerSourceRanges\[0\].*" < <(ranges "\"$range\"")
done
refused "the second range" 'loadBalancerSourceRanges\[1\].*' < <(ranges '"10.0.0.0/8", "10.0.0.0/99"')
refused "an external IP that is none" 'externalIPs\[0\]' < <(web 's/203\.0\.113\.200/203.0.113.2000/')
refused "an LB IP that is none" 'ingress\[0\]\.ip' < <(web 's/\{ip: "203\.0\.113\.10"\}/{ip: "lb.example.com"}/')
refused "an endpoint address that is none" 'EndpointSlice demo/web-4.*addresses' \
	< <(web 's/"10\.244\.0\.11"/"10.244.0.256"/')

# saved tables
saved() { printf '{"apiVersion":"kvip/v1","kind":"KvipServiceList","items":[%s]}' "$1"; }
one='{"name":"a/b","family":"IPv4","protocol":"TCP","frontends":[{"address":"10.96.0.5","port":80,"kind":"cluster-ip"}],"backends":[{"address":"10.244.0.11","port":8080,"inClusterList":true}]}'
six='{"name":"a/b","family":"IPv6","protocol":"TCP","frontends":[{"address":"fd00:10:96::5","port":80,"kind":"cluster-ip"}],"backends":[{"address":"fd00:10:244::11","port":8080,"inClusterList":true}]}'
# restore_refused WHAT REGEX ITEMS
restore_refused()
{
	saved "$3" | node kvip restore - >"$tmp/out" 2>"$tmp/err"
	judge "saved: $1" "$2" "${PIPESTATUS[1]}"
}
for number in 0 -1 65536; do
	restore_refused "a frontend's port $number" 'port' "${one/:80,/:$number,}"
	restore_refused "an endpoint's port $number" 'port' "${one/8080/$number}"
done
restore_refused "an IPv6 frontend of an IPv4 service" 'address.*IPv4' "${one/10.96.0.5/fd00::5}"
restore_refused "an IPv6 endpoint of an IPv4 service" 'address.*IPv4' "${one/10.244.0.11/fd00::11}"
restore_refused "an IPv4 endpoint of an IPv6 service" 'address.*IPv6' "${six/fd00:10:244::11/10.0.0.1}"
for at in 127.0.0.1 127.255.0.1 224.0.0.1 239.1.1.1 255.255.255.255 0.0.0.0 169.254.1.1; do
	restore_refused "the endpoint $at" "" "${one/10.244.0.11/$at}"
done
for at in ::1 :: ff02::1 fe80::1; do
	restore_refused "the endpoint $at" "" "${six/fd00:10:244::11/$at}"
done
restore_refused "an endpoint that is the frontend itself" "" \
	"$(sed 's/10\.244\.0\.11","port":8080/10.96.0.5","port":80/' <<<"$one")"
for at in 0.0.0.0 127.0.0.1 224.0.0.1 255.255.255.255; do
	restore_refused "the ClusterIP $at" "" "${one/10.96.0.5/$at}"
done
restore_refused "a node port at an address" 'node port' "${one/cluster-ip/node-port}"
restore_refused "an unknown kind" 'kind' "${one/cluster-ip/anycast}"
restore_refused "an unknown protocol" 'protocol' "${one/TCP/ICMP}"
restore_refused "a frontend twice" 'twice' \
	"$(sed 's/"frontends":\[\([^]]*\)\]/"frontends":[\1,\1]/' <<<"$one")"
restore_refused "an affinity of 86401 seconds" 'affinitySeconds.*86400' \
	"${one/\"frontends/\"affinitySeconds\":86401,\"frontends}"
restore_refused "a negative affinity" 'affinitySeconds' \
	"${one/\"frontends/\"affinitySeconds\":-1,\"frontends}"
restore_refused "an affinity group without an affinity" 'affinity' \
	"${one/\"frontends/\"affinityGroup\":\"g\",\"frontends}"
for range in 10.0.0.0/33 10.0.0.0/-1 fd00::/8 nonsense; do
	restore_refused "the range $range" 'sourceRanges|range' \
		"${one/\"frontends/\"sourceRanges\":[\"$range\"],\"frontends}"
done
restore_refused "a good one beside a bad one" '' "$one,${six/fd00:10:244::11/ff02::1}"
many=$(for ((i = 0; i < 4097; i++)); do printf '"10.%d.%d.0/24",' $((i / 256)) $((i % 256)); done)
restore_refused "4097 ranges" '4096' "${one/\"frontends/\"sourceRanges\":[${many%,}],\"frontends}"

# What is at its bounds, or odd but right.
taken "port 65535" < <(web 's/port: 80,/port: 65535,/; s/port: 8080,/port: 65535,/; s/30080/65535/')
taken "affinity of 1 second" < <(sticky 1)
taken "affinity of 86400 seconds" < <(sticky 86400)
taken "node port 0 is none" < <(web 's/30080/0/')
is "node port 0 is none: no frontend" 0 "$(node kvip show frontends -j | grep -c node-port)"
taken "a range with host bits, and one of /32, /0, /128" \
	< <(ranges '"198.51.100.77/24", "192.0.2.1/32", "0.0.0.0/0", "::/0", "2001:db8::1/128"')
taken "a range twice" < <(ranges '"198.51.100.0/24", "198.51.100.0/24"')
taken "an external IP twice" < <(web 's/externalIPs: \[/externalIPs: ["203.0.113.200", /')
taken "an external IP that is the LB IP too" < <(web 's/203\.0\.113\.200/203.0.113.10/')
taken "leading zeros" < <(web 's/203\.0\.113\.200/203.000.113.020/')
is "S7: leading zeros are decimal" 3 "$(node kvip show frontends -j | grep -c '"203\.0\.113\.20"')"
taken "an endpoint twice in one slice, and in two" \
	< <(web 's/^(- \{addresses: .*)$/\1\n\1/'; slices_for web pod1 | sed 's/name: web-/name: again-/')
is "S6: it is one endpoint" 6 "$(node kvip show backends -j | jq '.backends | length')"

# contested WHAT FAMILY ADDRESS: an endpoint that nobody can reach, beside a good one
left_out()
{
	{
		lb_service web
		slices_for web pod1 pod2 | sed "s/\"$(address pod2 "$1")\"/\"$2\"/"
		two_nodes
	} >"$tmp/manifest"
	taken "an endpoint $2 is left out" 'left out: ' <"$tmp/manifest"
	is "an endpoint $2 is left out: the other serves" 5 \
		"$(for i in 1 2 3 4 5; do connect client tcp "$1" cluster; done | grep -c '^pod1 ')"
	is "an endpoint $2 is left out: it is in no table" 0 \
		"$(node kvip show backends -j | grep -c "\"$2\"")"
}
for at in 127.0.0.1 224.0.0.1 169.254.1.1 255.255.255.255 0.0.0.0; do left_out 4 $at; done
for at in ::1 ff02::1 fe80::1 ::; do left_out 6 $at; done

# The VIP itself as an endpoint of its own port.
{
	lb_service web
	slices_for web pod1 pod2 | sed "s/\"$(address pod2 4)\"/\"$(vip 4)\"/
		s/\"$(address pod2 6)\"/\"$(vip 6)\"/; s/port: 8080/port: 80/"
	two_nodes
} >"$tmp/manifest"
taken "an endpoint that is the VIP itself is left out" 'left out: ' <"$tmp/manifest"
is "an endpoint that is the VIP itself is in no table" 0 \
	"$(node kvip show backends -j | jq -r '.backends[].address' | grep -cx -e "$(vip 4)" -e "$(vip 6)")"
# An IPv6 address in an IPv4 slice: S4
taken "an endpoint of the other family is ignored" \
	< <({ lb_service web; slices_for web pod1 pod2; two_nodes; } | sed 's/"10\.244\.0\.12"/"fd00:10:244::12"/')
is "S4: it is not there" 3 "$(node kvip show backends -4 -j | jq '.backends | length')"
# Only endpoints that nobody can reach: as if there were none
{ lb_service web; slices_for web pod1 | sed 's/"10\.244\.0\.11"/"127.0.0.1"/'; two_nodes; } >"$tmp/manifest"
taken "nothing but a loopback endpoint" 'left out: ' <"$tmp/manifest"
gets "nothing but a loopback endpoint" REFUSED client tcp 4 cluster

# 300,000 endpoints of one Service port, in slices of a thousand
{
	printf '{"kind":"List","apiVersion":"v1","items":[
		{"apiVersion":"v1","kind":"Node","metadata":{"name":"node-a"}},
		{"apiVersion":"v1","kind":"Service","metadata":{"namespace":"demo","name":"web"},
		"spec":{"clusterIP":"10.96.0.100","ports":[{"port":80}]}}'
	for ((i = 0; i < 300; i++)); do
		printf ',\n{"apiVersion":"discovery.k8s.io/v1","kind":"EndpointSlice","metadata":{"namespace":"demo",
			"name":"s%d","labels":{"kubernetes.io/service-name":"web"}},"addressType":"IPv4",
			"ports":[{"name":"","port":8080}],"endpoints":[' $i
		seq -f '%g' 0 999 | awk -v s=$i '{ n = s * 1000 + $1
			printf "%s{\"addresses\":[\"10.%d.%d.%d\"]}", ($1 ? "," : ""), 128 + n / 65536, n / 256 % 256, n % 256 }'
		printf ']}'
	done
	printf ']}\n'
} >"$tmp/many.json"
taken "300,000 endpoints" '1 service' <"$tmp/many.json"
is "300,000 endpoints: all are there" 300000 "$(node kvip show config -j | jq .backends)"
is "300,000 endpoints: explain tells how many" "backend 300000" \
	"$(explains "$(address client 4)" "$(vip 4):80" verdict listSize)"
taken "300,000 endpoints, one of which goes" '~ 1' \
	< <(sed 's/"10\.130\.3\.4"/"10.254.3.4"/' "$tmp/many.json")
apply_lb pod1
gets "after 300,000 endpoints" pod1 client tcp 4 cluster

finish
