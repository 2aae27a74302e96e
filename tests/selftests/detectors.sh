#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# How local pods are told from others: the four detectors, and none. S27 S30 S33
#
# Not in short runs: a decision that the matrix makes in every way.

# shellcheck source=tests/selftests/lib.sh
. "$(dirname "$0")/lib.sh"

setup_two_nodes guest pod1 far1
serve_on pod1 far1

# A bridge on the node with two pods behind it, at .21 and .22: one that asks,
# and one that is an endpoint sometimes. Its port is in hairpin mode, as container
# networks set it for pods that ask themselves.
modprobe br_netfilter 2>/dev/null
ip_in node <<-EOF
	link add cbr0 type bridge
	addr add 10.244.0.2/32 dev cbr0
	addr add fd00:10:244::2/128 dev cbr0
	link set cbr0 up
EOF
for number in 21 22; do
	name=bridged$number
	new_ns $name
	wire node "br-$number" $name eth0
	ip_in node <<-EOF
		link set br-$number master cbr0
		link set br-$number type bridge_slave hairpin on
		route add 10.244.0.$number/32 dev cbr0
		route add fd00:10:244::$number/128 dev cbr0
	EOF
	ip_in $name <<-EOF
		addr add 10.244.0.$number/24 dev eth0
		addr add fd00:10:244::$number/64 dev eth0
		route add default via 10.244.0.2
		route add default via fd00:10:244::2
	EOF
done
node sysctl -qw net.bridge.bridge-nf-call-iptables=1 net.bridge.bridge-nf-call-ip6tables=1 ||
	not_ok "the bridge lets its packets be seen"
for family in 4 6; do
	at=10.244.0.22
	((family == 4)) || at=fd00:10:244::22
	for proto in tcp udp sctp; do
		spawn bridged22 talk serve -p $proto -n bridged22 $at 8080 >"$tmp/br-$proto-$family"
		await 10 grep -q ready "$tmp/br-$proto-$family" || not_ok "the bridged server starts"
	done
done

# local_pod WHAT FROM FAMILY yes|no: S27 tells: an LB IP with eTP Local and remote
# endpoints only is silent for all but local pods; and so does masquerading
local_pod()
{
	local wanted=TIMEOUT ms=500

	if [[ $4 == yes ]]; then
		wanted="far1 $(source_of "$2" "$3")"
		ms=3000
	fi
	for proto in tcp udp; do
		is "$1: $2 over $proto, IPv$3, is a local pod: $4" "$wanted" \
			"$(connect "$2" $proto "$3" lb 1 $ms | cut -d' ' -f1,2)"
	done
}

source_of()
{
	case $1-$2 in
	bridged*-4) echo "10.244.0.${1#bridged}" ;;
	bridged*-6) echo "fd00:10:244::${1#bridged}" ;;
	*) address "$1" "$2" ;;
	esac
}

why()
{
	explains "$(source_of "$1" 4)" "$(address lb 4):80" source sourceWhy
}

apply_lb -s 'externalTrafficPolicy: Local' far1

for from in guest bridged21 client; do
	for family in 4 6; do local_pod "S30: no detector" $from $family no; done
done
is "S30: explain names the reason" "outside no-detector" "$(why guest)"

config cluster-cidrs=10.244.0.0/24
for from in guest bridged21; do
	local_pod "S33: cluster CIDRs of IPv4" $from 4 yes
	local_pod "S33: cluster CIDRs of IPv4" $from 6 no
done
local_pod "S33: cluster CIDRs" client 4 no
is "S33: explain names the reason" "pod cluster-cidr" "$(why guest)"
is "S33: explain names the reason" "outside not-detected" "$(why client)"
is "S33: a family without a CIDR has no detector" "outside no-detector" \
	"$(explains "$(address guest 6)" "[$(address lb 6)]:80" source sourceWhy)"
config cluster-cidrs=172.30.0.0/16,10.244.0.0/24,fd00:10:244::/64
for from in guest bridged21; do
	for family in 4 6; do local_pod "S33: several cluster CIDRs" $from $family yes; done
done
config cluster-cidrs=

config node-cidrs=yes
apply_lb -s 'externalTrafficPolicy: Local' far1
for from in guest bridged21; do
	for family in 4 6; do local_pod "S33: the Node's pod CIDRs" $from $family yes; done
done
for family in 4 6; do local_pod "S33: the Node's pod CIDRs" client $family no; done
is "S33: explain names the reason" "pod node-cidr" "$(why guest)"
# another node's pod is not a local one
is "S33: the other node's pod is none" "outside not-detected" \
	"$(explains "$(address far1 4)" "$(address lb 4):80" source sourceWhy)"
config node-cidrs=no
for family in 4 6; do local_pod "S30: and off" guest $family no; done

config pod-bridge=cbr0
for family in 4 6; do
	local_pod "S33: the pods' bridge" bridged21 $family yes
	local_pod "S33: the pods' bridge" guest $family no
	local_pod "S33: the pods' bridge" client $family no
done
is "S33: explain names the reason" "pod bridge" "$(why bridged21)"
config pod-bridge=

config pod-interface-prefix=to-
for family in 4 6; do
	local_pod "S33: the interfaces' prefix" guest $family yes
	local_pod "S33: the interfaces' prefix" bridged21 $family no
	local_pod "S33: the interfaces' prefix" client $family no
done
is "S33: explain names the reason" "pod interface-prefix" "$(why guest)"
config pod-interface-prefix=cb,to-
for family in 4 6; do
	local_pod "S33: two prefixes" guest $family yes
	local_pod "S33: two prefixes" bridged21 $family yes
done
config pod-interface-prefix=

# Several at once: any of them will do.
config pod-bridge=cbr0 cluster-cidrs=10.244.0.19/32,fd00:10:244::19/128
for family in 4 6; do
	local_pod "S33: a bridge and CIDRs" guest $family yes
	local_pod "S33: a bridge and CIDRs" bridged21 $family yes
	local_pod "S33: a bridge and CIDRs" client $family no
done

# Two pods of one bridge, by way of a Service, with a hairpin among them.
config cluster-cidrs= pod-bridge=cbr0
{
	lb_service web
	slices_for web pod1 | sed 's/10\.244\.0\.11/10.244.0.22/; s/fd00:10:244::11/fd00:10:244::22/'
	two_nodes
} | sync_taken
for family in 4 6; do
	for proto in tcp udp sctp; do
		is "S24: neighbours of one bridge over $proto, IPv$family" \
			"bridged22 $(source_of bridged21 $family)" \
			"$(connect bridged21 $proto $family cluster | cut -d' ' -f1,2)"
		is "S31: itself on a bridge over $proto, IPv$family" bridged22 \
			"$(connect bridged22 $proto $family cluster | cut -d' ' -f1)"
		is "S26: a neighbour by the LB IP over $proto, IPv$family" bridged22 \
			"$(connect bridged21 $proto $family lb | cut -d' ' -f1)"
	done
	gets "S25: others" bridged22 client tcp $family cluster
done

finish
