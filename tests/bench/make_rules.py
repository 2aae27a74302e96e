#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Prints nftables rules as kube-proxy 1.36 writes them, for the bench to compare.

usage: make_rules.py SERVICES

The chains, their order and what is in them were copied from what kube-proxy in
nftables mode loaded on a node. The Services are those of make_table.py without
its extra ones: one TCP port and two endpoints each; the first, at 10.96.0.1 and
node port 30001, is the one that the bench connects to, from a network that is
said to be the pods'.
"""

import sys

FRAME = """\
table ip kube-proxy {{
	set hairpin-connections {{
		type ipv4_addr . ipv4_addr . inet_proto . inet_service
		elements = {{ {hairpins} }}
	}}
	set cluster-ips {{
		type ipv4_addr
		elements = {{ {cluster_ips} }}
	}}
	set nodeport-ips {{
		type ipv4_addr
		elements = {{ 192.0.2.1 }}
	}}
	map no-endpoint-services {{
		type ipv4_addr . inet_proto . inet_service : verdict
		elements = {{ 10.96.255.1 . tcp . 80 : goto reject-chain }}
	}}
	map no-endpoint-nodeports {{
		type inet_proto . inet_service : verdict
		elements = {{ tcp . 32767 : goto reject-chain }}
	}}
	map firewall-ips {{
		type ipv4_addr . inet_proto . inet_service : verdict
	}}
	map service-ips {{
		type ipv4_addr . inet_proto . inet_service : verdict
		elements = {{ {service_ips} }}
	}}
	map service-nodeports {{
		type inet_proto . inet_service : verdict
		elements = {{ tcp . 30001 : goto external-0 }}
	}}
	chain filter-prerouting-pre-dnat {{
		type filter hook prerouting priority dstnat - 10; policy accept;
		ct state new jump firewall-check
	}}
	chain filter-output-pre-dnat {{
		type filter hook output priority -110; policy accept;
		ct state new jump firewall-check
	}}
	chain filter-input {{
		type filter hook input priority filter; policy accept;
		ct state new jump nodeport-endpoints-check
		ct state new jump service-endpoints-check
	}}
	chain filter-forward {{
		type filter hook forward priority filter; policy accept;
		ct state new jump service-endpoints-check
		ct state new jump cluster-ips-check
	}}
	chain filter-output {{
		type filter hook output priority filter; policy accept;
		ct state new jump service-endpoints-check
		ct state new jump cluster-ips-check
	}}
	chain nat-prerouting {{
		type nat hook prerouting priority dstnat; policy accept;
		jump services
	}}
	chain nat-output {{
		type nat hook output priority -100; policy accept;
		jump services
	}}
	chain nat-postrouting {{
		type nat hook postrouting priority srcnat; policy accept;
		jump masquerading
	}}
	chain nodeport-endpoints-check {{
		ip daddr @nodeport-ips meta l4proto . th dport vmap @no-endpoint-nodeports
	}}
	chain service-endpoints-check {{
		ip daddr . meta l4proto . th dport vmap @no-endpoint-services
	}}
	chain firewall-check {{
		ip daddr . meta l4proto . th dport vmap @firewall-ips
	}}
	chain services {{
		ip daddr @cluster-ips ip saddr != 192.0.2.0/24 meta mark set meta mark | 0x00004000
		ip daddr . meta l4proto . th dport vmap @service-ips
		ip daddr @nodeport-ips meta l4proto . th dport vmap @service-nodeports
	}}
	chain masquerading {{
		meta mark & 0x00004000 != 0x00000000 meta mark set meta mark ^ 0x00004000 masquerade fully-random
		ct status dnat ip saddr . ip daddr . meta l4proto . th dport @hairpin-connections masquerade fully-random
	}}
	chain cluster-ips-check {{
		ip daddr @cluster-ips reject
		ip daddr 10.96.0.0/16 drop
	}}
	chain reject-chain {{
		reject
	}}
	chain external-0 {{
		meta mark set meta mark | 0x00004000
		goto service-0
	}}
{chains}
}}
"""

CHAIN = """\
	chain service-{number} {{
		meta l4proto tcp dnat ip to numgen random mod 2 map {{ 0 : {first} . 8080, 1 : {second} . 8080 }}
	}}"""


def address(i):
    return "10.96.0.1" if i == 0 else f"10.{97 + i // 62500}.{i // 250 % 250}.{i % 250 + 1}"


def endpoints(i):
    if i == 0:
        return "10.244.0.11", "10.244.0.12"
    return tuple(f"172.{16 + k // 62500}.{k // 250 % 250}.{k % 250 + 1}" for k in (2 * i, 2 * i + 1))


def main():
    services = range(int(sys.argv[1]))
    chains = []
    hairpins = []
    for i in services:
        first, second = endpoints(i)
        chains.append(CHAIN.format(number=i, first=first, second=second))
        hairpins += [f"{one} . {one} . tcp . 8080" for one in (first, second)]
    print(
        FRAME.format(
            hairpins=", ".join(hairpins),
            cluster_ips=", ".join(address(i) for i in services),
            service_ips=", ".join(f"{address(i)} . tcp . 80 : goto service-{i}" for i in services),
            chains="\n".join(chains),
        ),
        end="",
    )


if __name__ == "__main__":
    main()
