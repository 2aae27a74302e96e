#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Beside other people's rules in the same hooks: NAT of their own, a firewall,
# bridges, and kube-proxy's tables for the same Services. S44 S68
#
# Not in short runs: what rules of others do.

# shellcheck source=tests/selftests/lib.sh
. "$(dirname "$0")/lib.sh"

command -v nft >/dev/null || skip "there is no nft"

setup_two_nodes guest pod1 pod2 far1
serve_on pod1 pod2 far1 client
detect_pods

# all_well WHAT NAME: every kind of frontend, from everywhere, is answered by NAME
all_well()
{
	local from kind proto family

	for from in client guest node; do
		for kind in cluster nodeport lb external; do
			for proto in tcp udp sctp; do
				for family in 4 6; do
					gets "$1" "$2" $from $proto $family $kind
				done
			done
		done
	done
}

# Other people's NAT: a port of the node to pod2, and pods hidden from outside.
nat_rules()
{
	node nft -f - <<-EOF
		table inet others {
			chain pre {
				type nat hook prerouting priority dstnat
				meta nfproto ipv4 ip daddr 192.0.2.1 tcp dport 2222 dnat ip to $(address pod2 4):8080
				meta nfproto ipv6 ip6 daddr 2001:db8::1 tcp dport 2222 dnat ip6 to [$(address pod2 6)]:8080
			}
			chain out {
				type nat hook output priority -100
				ip daddr 203.0.113.77 tcp dport 77 dnat ip to $(address pod2 4):8080
			}
			chain post {
				type nat hook postrouting priority srcnat
				ip saddr 10.244.0.0/16 ip daddr != 10.244.0.0/16 masquerade
				ip6 saddr fd00:10:244::/48 ip6 daddr != fd00:10:244::/48 masquerade
			}
		}
	EOF
}

others_nat_works()
{
	local family

	for family in 4 6; do
		is "$1: their DNAT, IPv$family" pod2 \
			"$(client talk ask "$(address node $family)" 2222 | cut -d' ' -f1)"
		is "$1: their masquerading, IPv$family" "client $(address node $family)" \
			"$(in_ns guest talk ask "$(address client $family)" 8080 | cut -d' ' -f1,2)"
	done
	is "$1: their DNAT of the node's own" pod2 "$(node talk ask 203.0.113.77 77 | cut -d' ' -f1)"
}

nat_rules || not_ok "the rules are taken"
apply_lb pod1
what="their NAT came first"
others_nat_works "$what"
all_well "$what" pod1
node kvip flush >/dev/null
others_nat_works "kvip went"
node nft delete table inet others
apply_lb far1
nat_rules
what="kvip came first"
others_nat_works "$what"
all_well "$what" far1
gets "eTP Local, $what" far1 guest tcp 4 lb
node nft delete table inet others

# The same with iptables
if command -v iptables >/dev/null && node iptables -t nat -L -n >/dev/null 2>&1; then
	node iptables -t nat -A PREROUTING -d 192.0.2.1 -p tcp --dport 2222 \
		-j DNAT --to-destination "$(address pod2 4):8080"
	node ip6tables -t nat -A PREROUTING -d 2001:db8::1 -p tcp --dport 2222 \
		-j DNAT --to-destination "[$(address pod2 6)]:8080"
	node iptables -t nat -A OUTPUT -d 203.0.113.77 -p tcp --dport 77 \
		-j DNAT --to-destination "$(address pod2 4):8080"
	node iptables -t nat -A POSTROUTING -s 10.244.0.0/16 ! -d 10.244.0.0/16 -j MASQUERADE
	node ip6tables -t nat -A POSTROUTING -s fd00:10:244::/48 ! -d fd00:10:244::/48 -j MASQUERADE
	others_nat_works "iptables"
	all_well "iptables" far1
	node iptables -t nat -F
	node ip6tables -t nat -F
else
	echo "# no iptables: it is not tried"
fi

# A firewall that lets pods be reached and nothing else: it sees pods' addresses.
node nft -f - <<-'EOF'
	table inet firewall {
		chain forward {
			type filter hook forward priority filter; policy drop;
			ct state established,related accept
			ct state invalid drop
			ct state new ip daddr 10.244.0.0/16 accept
			ct state new ip6 daddr fd00:10:244::/48 accept
		}
		chain input {
			type filter hook input priority filter; policy drop;
			ct state established,related accept
			iif lo accept
			meta l4proto { icmp, ipv6-icmp } accept
		}
	}
EOF
for endpoint in pod1 far1; do
	apply_lb $endpoint
	all_well "behind a firewall, endpoint $endpoint" $endpoint
done
apply_lb -s 'externalTrafficPolicy: Local' pod1
for family in 4 6; do
	is "behind a firewall, eTP Local, IPv$family" "pod1 $(address client $family)" \
		"$(connect client tcp $family lb | cut -d' ' -f1,2)"
done
is "the firewall works" TIMEOUT "$(client talk ask -t 500 "$(address node 4)" 2222)"
apply_lb
gets "behind a firewall, refusals pass" REFUSED client tcp 4 lb
gets "behind a firewall, refusals pass" REFUSED guest udp 6 cluster
node nft delete table inet firewall

# Bridge netfilter, which routed pods must not mind.
modprobe br_netfilter 2>/dev/null
apply_lb pod1 pod1
ip_in node <<-EOF
	link add cbr0 type bridge
	link set cbr0 up
EOF
for on in 0 1; do
	node sysctl -qw net.bridge.bridge-nf-call-iptables=$on net.bridge.bridge-nf-call-ip6tables=$on ||
		not_ok "there is br_netfilter"
	all_well "bridge-nf-call-iptables=$on" pod1
done

# kube-proxy's tables for the same Service, as nftables mode has them, whose
# endpoint is pod2: who answers tells who wins.
kube_proxy()
{
	local family=$1 table=ip set=ipv4_addr saddr=10.244.0.0/16 cidr=10.96.0.0/16 to

	to="$(address pod2 4) . 8080"
	if ((family == 6)); then
		table=ip6 set=ipv6_addr saddr=fd00:10:244::/48 cidr=fd00:10:96::/64
		to="$(address pod2 6) . 8080"
	fi
	cat <<-EOF
		table $table kube-proxy {
			set cluster-ips {
				type $set
				elements = { $(address cluster "$family") }
			}
			set nodeport-ips {
				type $set
				elements = { $(address node "$family") }
			}
			map no-endpoint-services {
				type $set . inet_proto . inet_service : verdict
			}
			map service-ips {
				type $set . inet_proto . inet_service : verdict
				elements = {
					$(address cluster "$family") . tcp . 80 : goto service-web,
					$(address cluster "$family") . udp . 80 : goto service-web,
					$(address cluster "$family") . sctp . 80 : goto service-web,
					$(address lb "$family") . tcp . 80 : goto external-web,
					$(address lb "$family") . udp . 80 : goto external-web,
					$(address lb "$family") . sctp . 80 : goto external-web,
					$(address external "$family") . tcp . 80 : goto external-web,
					$(address external "$family") . udp . 80 : goto external-web,
					$(address external "$family") . sctp . 80 : goto external-web }
			}
			map service-nodeports {
				type inet_proto . inet_service : verdict
				elements = { tcp . 30080 : goto external-web, udp . 30080 : goto external-web,
					sctp . 30080 : goto external-web }
			}
			chain filter-forward {
				type filter hook forward priority filter; policy accept;
				ct state new jump service-endpoints-check
				ct state new jump cluster-ips-check
			}
			chain filter-output {
				type filter hook output priority filter; policy accept;
				ct state new jump service-endpoints-check
				ct state new jump cluster-ips-check
			}
			chain nat-prerouting {
				type nat hook prerouting priority dstnat; policy accept;
				jump services
			}
			chain nat-output {
				type nat hook output priority -100; policy accept;
				jump services
			}
			chain nat-postrouting {
				type nat hook postrouting priority srcnat; policy accept;
				jump masquerading
			}
			chain service-endpoints-check {
				$table daddr . meta l4proto . th dport vmap @no-endpoint-services
			}
			chain services {
				$table daddr @cluster-ips $table saddr != $saddr meta mark set meta mark | 0x00004000
				$table daddr . meta l4proto . th dport vmap @service-ips
				$table daddr @nodeport-ips meta l4proto . th dport vmap @service-nodeports
			}
			chain masquerading {
				meta mark & 0x00004000 != 0x00000000 meta mark set meta mark ^ 0x00004000 masquerade fully-random
			}
			chain cluster-ips-check {
				$table daddr @cluster-ips reject
				$table daddr $cidr drop
			}
			chain service-web {
				meta l4proto { tcp, udp, sctp } dnat $table to numgen random mod 1 map { 0 : $to }
			}
			chain external-web {
				meta mark set meta mark | 0x00004000
				goto service-web
			}
		}
	EOF
}

load_kube_proxy()
{
	local family

	for family in 4 6; do
		kube_proxy $family >"$tmp/kube-proxy"
		node nft -f "$tmp/kube-proxy" 2>"$tmp/nft.err" ||
			not_ok "kube-proxy's table is taken, IPv$family" "$(cat "$tmp/nft.err")"
	done
}

forget_kube_proxy()
{
	node nft delete table ip kube-proxy
	node nft delete table ip6 kube-proxy
}

node kvip flush >/dev/null
load_kube_proxy
all_well "kube-proxy alone" pod2
apply_lb pod1
all_well "kube-proxy was there, kvip came" pod1
apply_lb
for family in 4 6; do
	for kind in cluster nodeport lb; do
		gets "kube-proxy has an endpoint, kvip none" REFUSED client tcp $family $kind
	done
done
node kvip flush >/dev/null
all_well "kvip went" pod2
forget_kube_proxy
apply_lb pod1
all_well "without kube-proxy" pod1
load_kube_proxy
all_well "kvip was there, kube-proxy came" pod1
node kvip flush >/dev/null
gets "kvip went again" pod2 client tcp 4 cluster
forget_kube_proxy

finish
