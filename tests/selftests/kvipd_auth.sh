#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Who kvipd believes, and who it says to be: certificates of both sides, tokens
# and their rotation, exec plugins, contexts, a pod's environment, proxies.
#
# User space alone: the kernel has little part in it.

# shellcheck source=tests/selftests/kvipd_lib.sh
. "$(dirname "$0")/kvipd_lib.sh"

https=https://$api
ca() { echo "certificate-authority: $tmp/ca.crt${1:+, $1}"; }

# works WHAT [KVIPD-OPTION]...: with $tmp/kubeconfig it makes an empty table the
# cluster's
works()
{
	local what=$1

	shift
	node kvip flush >/dev/null
	start_kvipd "$@"
	catches_up "$what"
	stop_kvipd
}

# refused WHAT REGEX [KVIPD-OPTION]...: it says so, and touches no table
refused()
{
	local what=$1 regex=$2 before lines

	shift 2
	before=$(written)
	lines=$(wc -l <"$tmp/kvipd.log")
	start_kvipd "$@"
	await 20 bash -c "tail -n +$((lines + 1)) '$tmp/kvipd.log' | grep -qiE '$regex'"
	is "$what: it is told" 0 $?
	is "$what: no table is touched" "$before" "$(written)"
	kill -0 "$kvipd_pid" 2>/dev/null
	is "$what: it tries again" 0 $?
	stop_kvipd
}

setup_agent --tls --token first --client-certificates
cp "$tmp/api/ca.crt" "$tmp/ca.crt"

# The server's certificate
kubeconfig $https "token: first" "$(ca)" >"$tmp/kubeconfig"
works "a CA in a file"
kubeconfig $https "token: first" "certificate-authority-data: $(base64 -w0 "$tmp/ca.crt")" \
	>"$tmp/kubeconfig"
works "a CA in the kubeconfig"
kubeconfig $https "token: first" "insecure-skip-tls-verify: true" >"$tmp/kubeconfig"
works "no look at the certificate"
kubeconfig $https "token: first" >"$tmp/kubeconfig"
refused "a CA that nobody knows" 'certificate|CA'
kubeconfig $https "token: first" "$(ca)" >"$tmp/kubeconfig"
tell 'certificate?names=other.example.com'
refused "a certificate with another name" '192\.0\.2\.2|name'
kubeconfig $https "token: first" "$(ca 'tls-server-name: other.example.com')" >"$tmp/kubeconfig"
works "tls-server-name"
tell certificate

# Who we are
kubeconfig $https "" "$(ca)" >"$tmp/kubeconfig"
refused "nobody" '401|unauthorized'
kubeconfig $https "token: wrong" "$(ca)" >"$tmp/kubeconfig"
refused "a wrong token" '401|unauthorized'
kubeconfig $https "client-certificate: $tmp/api/client.crt, client-key: $tmp/api/client.key" \
	"$(ca)" >"$tmp/kubeconfig"
works "a client certificate"
kubeconfig $https "client-certificate-data: $(base64 -w0 "$tmp/api/client.crt"), client-key-data: $(base64 -w0 "$tmp/api/client.key")" \
	"$(ca)" >"$tmp/kubeconfig"
works "a client certificate in the kubeconfig"

# A token in a file, rotated while it runs: the old one gets 401
echo first >"$tmp/token"
kubeconfig $https "tokenFile: $tmp/token" "$(ca)" >"$tmp/kubeconfig"
start_kvipd
catches_up "a token in a file"
tell 'tokens?set=second'
echo second >"$tmp/token.new"
mv "$tmp/token.new" "$tmp/token"
slices web 1 2 | put
tell 'watches?do=end'
slices web 1 3 | put
catches_up "a token file that was rotated"
# the other way round: the server is first
tell 'tokens?set=third'
tell 'watches?do=cut'
before=$(written)
unauthorized() { stat_of requests | grep -q '\(watch\|list\|stream\) 401'; }
await 20 unauthorized ||
	not_ok "the old token gets 401"
slices web 1 | put
is "a token that is no longer good: the table stays" "$before" "$(written)"
echo third >"$tmp/token"
catches_up "until the new one is there" 60
stop_kvipd

# An exec plugin
cat >"$tmp/plugin" <<-EOF
	#!/bin/sh
	echo run >>$tmp/runs
	[ "\$SECRET" = word ] && [ "\$1" = for-kvipd ] || exit 1
	expires=\$(date -u -d '+1 hour' +%Y-%m-%dT%H:%M:%SZ)
	printf '{"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1","status":{"token":"%s","expirationTimestamp":"%s"}}\n' \
		"\$(cat $tmp/token)" "\$expires"
EOF
chmod +x "$tmp/plugin"
plugin="exec: {apiVersion: client.authentication.k8s.io/v1, command: $tmp/plugin, args: [for-kvipd], env: [{name: SECRET, value: word}], interactiveMode: Never}"
kubeconfig $https "$plugin" "$(ca)" >"$tmp/kubeconfig"
node kvip flush >/dev/null
start_kvipd
catches_up "an exec plugin"
is "it runs once for all connections" 1 "$(wc -l <"$tmp/runs")"
echo fourth >"$tmp/token"
tell 'tokens?set=fourth'
tell 'watches?do=end'
slices web 2 3 | put
catches_up "an exec plugin runs again after a 401" 60
stop_kvipd
kubeconfig $https "${plugin/for-kvipd/for-nobody}" "$(ca)" >"$tmp/kubeconfig"
refused "an exec plugin that fails" 'plugin'
kubeconfig $https "${plugin/$tmp\/plugin/$tmp\/nosuch}" "$(ca)" >"$tmp/kubeconfig"
refused "an exec plugin that is not there" 'nosuch'

# A new CA: the server's new certificate is refused until the CA's file is new
kubeconfig $https "token: fourth" "$(ca)" >"$tmp/kubeconfig"
start_kvipd
catches_up "before the CA changes"
before=$(written)
tell 'certificate?authority=1'
tell reset
slices web 1 2 3 | put
refusals() { (($(stat_of handshakes_failed) > $1)); }
await 20 refusals "$(stat_of handshakes_failed)"
is "a certificate by a CA that is not known yet is refused" "0 $before" "$? $(written)"
cp "$tmp/api/ca.crt" "$tmp/ca.new"
mv "$tmp/ca.new" "$tmp/ca.crt"
catches_up "until the CA's file is replaced" 60
stop_kvipd

# Contexts
cat >"$tmp/kubeconfig" <<-EOF
	apiVersion: v1
	kind: Config
	current-context: elsewhere
	contexts:
	- {name: elsewhere, context: {cluster: elsewhere, user: nobody}}
	- {name: here, context: {cluster: here, user: me}}
	clusters:
	- {name: elsewhere, cluster: {server: "https://192.0.2.99:6443"}}
	- {name: here, cluster: {server: "$https", certificate-authority: ca.crt}}
	users:
	- {name: nobody, user: {}}
	- {name: me, user: {token: fourth}}
EOF
works "another context, and a path beside the kubeconfig" --context here

# What a pod has
account=/var/run/secrets/kubernetes.io/serviceaccount
mkdir -p $account
cp "$tmp/ca.crt" $account/ca.crt
printf fourth >$account/token
printf kube-system >$account/namespace
node kvip flush >/dev/null
KUBERNETES_SERVICE_HOST=192.0.2.2 KUBERNETES_SERVICE_PORT=6443 NODE_NAME=node-a \
	spawn node kvipd 2>>"$tmp/kvipd.log"
kvipd_pid=$!
catches_up "what a pod has"
stop_kvipd
rm -r $account

# A proxy by the environment
new_ns proxy
wire proxy eth0 node proxy0
ip -n "$ns-proxy" addr add 198.51.100.2/24 dev eth0
ip -n "$ns-node" addr add 198.51.100.1/24 dev proxy0
ip -n "$ns-proxy" route add default via 198.51.100.1
spawn proxy "$here/../apiserver/proxy" 198.51.100.2:3128 "$tmp/proxied" >"$tmp/proxy.out"
await 20 grep -q ready "$tmp/proxy.out" || not_ok "the proxy starts"
kubeconfig $https "token: fourth" "$(ca)" >"$tmp/kubeconfig"
export https_proxy=http://198.51.100.2:3128
works "a proxy by the environment"
matches "it is asked" "CONNECT $api" "$(head -n 1 "$tmp/proxied")"
: >"$tmp/proxied"
export no_proxy=10.0.0.0/8,192.0.2.2
works "an address that needs no proxy"
is "the proxy is not asked" "" "$(cat "$tmp/proxied")"
unset https_proxy no_proxy
kubeconfig $https "token: fourth" "$(ca 'proxy-url: "http://198.51.100.2:3128"')" >"$tmp/kubeconfig"
works "a proxy in the kubeconfig"
matches "it is asked, too" "CONNECT $api" "$(head -n 1 "$tmp/proxied")"

finish
