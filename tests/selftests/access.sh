#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The local store and the kernel's table: a command that may not write the table
# says so before it writes anything, and a change is in both when it ends.
#
# User space alone: rights, and the commands.

# shellcheck source=tests/selftests/lib.sh
. "$(dirname "$0")/lib.sh"

command -v setpriv >/dev/null || skip "there is no setpriv"
new_ns node
cat >"$tmp/web.yaml" <<EOF
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {clusterIP: 10.96.0.7, ports: [{port: 80}]}
EOF
: >"$tmp/kvip.conf"
store=(--store "$tmp/cluster.db" --config "$tmp/kvip.conf")

# powerless COMMAND...: as root without the right to change the network
powerless() { node setpriv --bounding-set -net_admin "$@" 2>&1; }
# state: what the store and the table have
state()
{
	echo "$(node kvip get svc -o name "${store[@]}" 2>/dev/null)," \
		"$(node kvip show services | awk 'NR > 1 { print $1, $3 }')"
}

said=$(powerless kvip create -f "$tmp/web.yaml" "${store[@]}")
is "without the right to the table: one sentence" \
	"1 kvip: not permitted: this needs CAP_NET_ADMIN in the network namespace (--no-commit changes the store alone)" \
	"$? $said"
is "and no store is made" "" "$(ls "$tmp"/cluster.db* 2>/dev/null)"
powerless kvip create -f "$tmp/web.yaml" "${store[@]}" --no-commit >/dev/null
is "the store alone may be written" "0 service/web, " "$? $(state)"
node kvip label service web a=b "${store[@]}" >/dev/null
is "the next change brings all of it into the table" "0 service/web, default/web 10.96.0.7:80" "$? $(state)"
powerless kvip delete service web "${store[@]}" >/dev/null
is "without the right nothing is taken out of either" "1 service/web, default/web 10.96.0.7:80" "$? $(state)"
is "reading needs none" service/web "$(powerless kvip get svc -o name "${store[@]}")"
node kvip delete service web "${store[@]}" >/dev/null
is "a delete takes it out of both" "0 , " "$? $(state)"

# only what changed is derived, unless another Service may want the same address
for name in a b; do
	node kvip apply -f - "${store[@]}" >/dev/null <<-EOF
		apiVersion: v1
		kind: Service
		metadata: {name: $name}
		spec: {externalIPs: [192.0.2.50], ports: [{port: 80}]}
	EOF
	is "Service $name with an external IP is taken" 0 $?
done
external() { node kvip show services | awk '/ext 192\.0\.2\.50:80/ { print $1 }'; }
is "of two that ask for one address the older has it" default/a "$(external)"
node kvip delete service a "${store[@]}" >/dev/null
is "and the other one when it is gone" default/b "$(external)"

finish
