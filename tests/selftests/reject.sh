#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# VIPs without endpoints. S11 S13 S24 S41 S44

# shellcheck source=tests/selftests/lib.sh
. "$(dirname "$0")/lib.sh"

setup_cluster
serve_all

# sees WHAT FROM PROTO FAMILY WANTED
sees()
{
	is "$1: $2 over $3, IPv$4" "$5" "$(asks "$2" "$3" "$4" 1 1500 | cut -d' ' -f1)"
}

cluster_yaml | sync_node >/dev/null
for from in pod1 node client; do
	for family in 4 6; do
		sees "S41: no endpoint at all is refused" $from tcp $family REFUSED
		sees "S41: no endpoint at all is refused" $from udp $family REFUSED
	done
done
# A reset reaches a socket whose call is still under way, an ICMP error does not:
# each client above was refused by its first packet.
is "S41: a TCP client is refused at once, and counted once" 6 \
	"$(node kvip show services -s -j demo/web:tcp | jq '[.services[].rejects] | add')"

# SCTP takes no notice of an ICMP port unreachable until it gives up; that one
# was sent is what the node can do.
before=$(node awk '/^Icmp: [0-9]/ { print $16 }' /proc/net/snmp)
asks client sctp 4 1 300 >/dev/null
after=$(node awk '/^Icmp: [0-9]/ { print $16 }' /proc/net/snmp)
if ((after > before)); then
	ok "S41: no endpoint at all is refused: client over sctp"
else
	not_ok "S41: no endpoint at all is refused: client over sctp" \
		"ICMP unreachables: $before, then $after"
fi

cluster_yaml 1:unready | sync_node >/dev/null
sees "S13: neither ready nor terminating is never used" client tcp 4 REFUSED
cluster_yaml 2:terminating 1:unready | sync_node >/dev/null
sees "S11: a terminating endpoint is better than none" client tcp 4 pod2
cluster_yaml 2:terminating 1 | sync_node >/dev/null
is "S11: a ready endpoint is better than a terminating one" pod1 \
	"$(asks client tcp 4 10 | cut -d' ' -f1 | sort -u)"

# internalTrafficPolicy: Local
local_yaml()
{
	service_yaml web 'internalTrafficPolicy: Local'
	slices_yaml web "$@"
	nodes_yaml
}

local_yaml 1 2@node-b 3@node-b | sync_node >/dev/null
for family in 4 6; do
	is "S24: Local is the node's own endpoints, IPv$family" pod1 \
		"$(asks pod2 tcp $family 10 | cut -d' ' -f1 | sort -u)"
done
local_yaml 2@node-b | sync_node >/dev/null
for proto in tcp udp sctp; do
	sees "S24: Local without local endpoints is silent" pod2 $proto 4 TIMEOUT
done
local_yaml | sync_node >/dev/null
sees "S24: Local without any endpoint is refused" pod2 tcp 4 REFUSED

# S44: what is established goes on when the last endpoint goes
cluster_yaml 1 | sync_node >/dev/null
mkfifo "$tmp/typed"
exec 5<>"$tmp/typed"
spawn client talk hold "$(vip 4)" 80 <"$tmp/typed" >"$tmp/held"
await 5 grep -q pod1 "$tmp/held" || not_ok "S44: the connection is there"
cluster_yaml | sync_node >/dev/null
sees "S44: new connections are refused" client tcp 4 REFUSED
echo >&5
await 5 bash -c "[[ \$(grep -c '^pod1 ' $tmp/held) == 2 ]]" &&
	ok "S44: an established connection goes on" ||
	not_ok "S44: an established connection goes on" "$(cat "$tmp/held")"
exec 5>&-

finish
