#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The kernel's own tests of NAT, conntrack and flow tables pass as they do
# without kvip. Each runs with a kvip table, and so kvip's hooks, in every
# namespace that it makes. They wait for fixed times, in which a slow machine is
# not ready: each has three tries, the later ones with longer waits, and one that
# fails has to fail three times without kvip too to be excused.
#
# They come with the kernel's source, which tests/check looks for in the cache.
#
# Not in short runs: user-mode kernels lack what it uses.

# shellcheck source=tests/selftests/lib.sh
. "$(dirname "$0")/lib.sh"

[[ -n ${KVIP_KERNEL_SOURCE-} ]] ||
	skip "no kernel source in the cache (tests/vm/kernel linux-source-6.1 fetches it)"
scripts=$KVIP_KERNEL_SOURCE/tools/testing/selftests/netfilter

cat >"$tmp/table.json" <<-'JSON'
	{"apiVersion": "kvip/v1", "kind": "KvipServiceList",
	 "config": {"nodeport-addresses": "all", "service-cidrs": ["198.18.255.0/24", "fd18:ff::/64"],
	            "cluster-cidrs": ["198.18.0.0/24", "fd18::/64"]},
	 "items": [
	 {"name": "demo/web", "family": "IPv4", "protocol": "TCP", "hasAny": true,
	  "frontends": [{"address": "198.18.255.1", "port": 80, "kind": "cluster-ip"},
	                {"address": "0.0.0.0", "port": 30080, "kind": "node-port"}],
	  "backends": [{"address": "198.18.0.1", "port": 80, "inClusterList": true}]},
	 {"name": "demo/dns", "family": "IPv4", "protocol": "UDP", "hasAny": true,
	  "frontends": [{"address": "198.18.255.1", "port": 53, "kind": "cluster-ip"}],
	  "backends": [{"address": "198.18.0.1", "port": 53, "inClusterList": true}]},
	 {"name": "demo/web", "family": "IPv6", "protocol": "TCP", "hasAny": true,
	  "frontends": [{"address": "fd18:ff::1", "port": 80, "kind": "cluster-ip"},
	                {"address": "::", "port": 30080, "kind": "node-port"}],
	  "backends": [{"address": "fd18::1", "port": 80, "inClusterList": true}]}
	 ]}
JSON
ip netns add "$ns-probe"
if ! in_ns probe kvip restore "$tmp/table.json" >"$tmp/probe" 2>&1; then
	not_ok "the table is taken" "$(cat "$tmp/probe")"
fi

# An ip that gives each new namespace the table.
mkdir "$tmp/bin"
cat >"$tmp/bin/ip" <<-EOF
	#!/bin/bash
	"$(command -v ip)" "\$@" || exit
	if [[ \${1-} == netns && \${2-} == add ]]; then
		"$(command -v ip)" netns exec "\$3" kvip restore "$tmp/table.json" >>"$tmp/given" || exit
	fi
EOF
chmod +x "$tmp/bin/ip"

# A sleep for them that is $patience times as long.
mkdir "$tmp/patient"
cat >"$tmp/patient/sleep" <<-EOF
	#!/bin/bash
	exec "$(command -v sleep)" "\$(awk -v t="\${1%s}" -v p="\$patience" 'BEGIN { print t * p }')"
EOF
chmod +x "$tmp/patient/sleep"

# passes NAME: whether a script passes in one of three tries; its exit status 4,
# that it lacks something, is told at once
passes()
{
	local try status=1 path=$PATH

	for try in 1 2 3; do
		((try == 1)) || path=$tmp/patient:$PATH
		(cd "$scripts" && PATH=$path patience=$((2 * try - 1)) timeout -k 5 400 bash "./$1.sh") \
			>"$tmp/$1.log" 2>&1 </dev/null
		status=$?
		((status != 0 && status != 4)) || break
		echo "# $1: try $try ended with $status: $(grep -m1 -E '^(FAIL|ERROR)' "$tmp/$1.log")"
	done
	return $status
}

for script in nft_nat nf_nat_edemux nft_flowtable conntrack_icmp_related \
	conntrack_tcp_unreplied conntrack_vrf; do
	: >"$tmp/given"
	PATH=$tmp/bin:$PATH passes $script
	case $? in
	0)
		ok "$script passes with kvip: $(grep -c '^PASS' "$tmp/$script.log") of its cases"
		if [[ -s $tmp/given ]]; then
			ok "$script ran with kvip's tables"
		else
			not_ok "$script ran with kvip's tables"
		fi
		;;
	4)
		echo "skip upstream: $script: $(grep -m1 SKIP "$tmp/$script.log")"
		;;
	*)
		log=$(tail -n 20 "$tmp/$script.log")
		if passes $script; then
			not_ok "$script passes with kvip, as it does without" "$log"
		else
			ok "$script fails here with kvip as it does without"
		fi
		;;
	esac
done

finish
