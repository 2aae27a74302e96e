#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Who connects to a VIP and gets itself. S31 S32

# shellcheck source=tests/selftests/lib.sh
. "$(dirname "$0")/lib.sh"

setup_cluster
serve_all
cluster_yaml 1 | sync_node >/dev/null || not_ok "the table is taken"

for proto in tcp udp sctp; do
	for family in 4 6; do
		is "S31: a pod reaches itself over $proto, IPv$family" 3 \
			"$(asks pod1 $proto $family 3 | grep -c '^pod1 .* 8080$')"
		seen=$(asks pod1 $proto $family 1 | cut -d' ' -f2)
		own=10.244.0.11
		((family == 4)) || own=fd00:10:244::11
		if [[ -n $seen && $seen != "$own" ]]; then
			ok "S31: it sees the node's address over $proto, IPv$family"
		else
			not_ok "S31: it sees the node's address over $proto, IPv$family" "$seen"
		fi
		is "S31: others are not masqueraded over $proto, IPv$family" \
			"${own%?}2" "$(asks pod2 $proto $family 1 | cut -d' ' -f2)"
	done
done

# S32: an endpoint that is the node itself, asked by the node
serve node tcp 192.0.2.1 8080
{ service_yaml web; slices_yaml web 1 | sed 's/10\.244\.0\.11/192.0.2.1/'; nodes_yaml; } |
	sync_node >/dev/null
is "S32: the node reaches itself, with its own address" "node 192.0.2.1 8080" \
	"$(asks node tcp 4 1)"
is "S32: others reach the node's endpoint" "node 10.244.0.12 8080" \
	"$(asks pod2 tcp 4 1)"

# A pod of the host network behind an external IP that is its node's own address,
# with one port for both: the endpoint is a frontend too.
serve node tcp 192.0.2.1 80
serve node udp 192.0.2.1 80
{ service_yaml web | sed 's/^spec:/&\n  externalIPs: [192.0.2.1]/'
	slices_yaml web 1 | sed 's/10\.244\.0\.11/192.0.2.1/; s/port: 8080/port: 80/'
	nodes_yaml; } | sync_node >/dev/null || not_ok "an endpoint that is an external IP is taken"
for proto in tcp udp; do
	for from in client node pod2; do
		is "$from reaches the node's endpoint at the external IP over $proto" "node 80" \
			"$(in_ns $from talk ask -p $proto -c 1 192.0.2.1 80 | cut -d' ' -f1,3)"
		is "$from reaches it at the ClusterIP over $proto" "node 80" \
			"$(asks $from $proto 4 1 | cut -d' ' -f1,3)"
	done
done

finish
