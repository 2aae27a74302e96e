#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# kvipd and a server that speaks HTTP/2: nghttpx, in front of the API server.
#
# User space alone: the kernel has little part in it.

# shellcheck source=tests/selftests/kvipd_lib.sh
. "$(dirname "$0")/kvipd_lib.sh"

command -v nghttpx >/dev/null || skip "there is no nghttpx"
front=192.0.2.2:7443

setup_agent --tls
# start_front: $front_pid
start_front()
{
	spawn client nghttpx --frontend="${front/:/,}" --conf=/dev/null \
		--backend="${api/:/,};;tls;proto=http/1.1" --insecure --no-ocsp --workers=1 \
		--accesslog-file="$tmp/access" --accesslog-format="\$alpn \$request" \
		--errorlog-file="$tmp/nghttpx.log" "$tmp/api/server.key" "$tmp/api/server.crt" \
		>"$tmp/front.out" 2>&1
	front_pid=$!
	await 20 bash -c "ip netns exec $ns-client ss -tln | grep -q :7443" ||
		not_ok "nghttpx listens" "$(cat "$tmp/nghttpx.log" "$tmp/front.out")"
}
start_front
kubeconfig "https://$front" "" "certificate-authority: $tmp/api/ca.crt" >"$tmp/kubeconfig"

start_kvipd
catches_up "the table is the cluster's over HTTP/2"
await 20 watching || not_ok "watches of all three kinds are open"
connections() { node ss -Htn state established dst "$front" | wc -l; }
is "all watches share a connection" 1 "$(connections)"
slices web 1 | put
catches_up "a change arrives"
slices web 1 2 3 | put
catches_up "and another one"

# The connection goes, with all three watches in it.
pkill -9 -P "$front_pid"
kill -9 "$front_pid" 2>/dev/null
gone() { (($(connections) == 0)); }
await 20 gone || not_ok "the connection broke"
slices web 2 | put
start_front
catches_up "a connection that breaks is made anew" 60
stop_kvipd
is "SIGTERM ends it well" 0 $?
is "nothing was asked over HTTP/1.1" h2 "$(cut -d' ' -f1 "$tmp/access" | sort -u | xargs)"

finish
