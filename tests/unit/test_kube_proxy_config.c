// SPDX-License-Identifier: GPL-2.0-or-later
/* KubeProxyConfigurations as clusters have them, and what is made of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "kube_proxy_config.h"

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

#define HEAD \
	"apiVersion: kubeproxy.config.k8s.io/v1alpha1\nkind: KubeProxyConfiguration\n"

/* The ConfigMap of a cluster that kubeadm 1.36 made. */
static const char kubeadm[] =
	"apiVersion: v1\n"
	"data:\n"
	"  config.conf: |-\n"
	"    apiVersion: kubeproxy.config.k8s.io/v1alpha1\n"
	"    bindAddress: 0.0.0.0\n"
	"    bindAddressHardFail: false\n"
	"    clientConnection:\n"
	"      acceptContentTypes: \"\"\n"
	"      burst: 0\n"
	"      contentType: \"\"\n"
	"      kubeconfig: /var/lib/kube-proxy/kubeconfig.conf\n"
	"      qps: 0\n"
	"    clusterCIDR: 10.244.0.0/16\n"
	"    configSyncPeriod: 0s\n"
	"    conntrack:\n"
	"      maxPerCore: null\n"
	"      min: null\n"
	"      tcpBeLiberal: false\n"
	"      tcpCloseWaitTimeout: null\n"
	"      tcpEstablishedTimeout: null\n"
	"      udpStreamTimeout: 0s\n"
	"      udpTimeout: 0s\n"
	"    detectLocal:\n"
	"      bridgeInterface: \"\"\n"
	"      interfaceNamePrefix: \"\"\n"
	"    detectLocalMode: \"\"\n"
	"    enableProfiling: false\n"
	"    healthzBindAddress: \"\"\n"
	"    hostnameOverride: \"\"\n"
	"    iptables:\n"
	"      localhostNodePorts: null\n"
	"      masqueradeAll: false\n"
	"      masqueradeBit: null\n"
	"      minSyncPeriod: 0s\n"
	"      syncPeriod: 0s\n"
	"    ipvs:\n"
	"      excludeCIDRs: null\n"
	"      minSyncPeriod: 0s\n"
	"      scheduler: \"\"\n"
	"      strictARP: false\n"
	"      syncPeriod: 0s\n"
	"      tcpFinTimeout: 0s\n"
	"      tcpTimeout: 0s\n"
	"      udpTimeout: 0s\n"
	"    kind: KubeProxyConfiguration\n"
	"    logging:\n"
	"      flushFrequency: 0\n"
	"      options:\n"
	"        json:\n"
	"          infoBufferSize: \"0\"\n"
	"        text:\n"
	"          infoBufferSize: \"0\"\n"
	"      verbosity: 0\n"
	"    metricsBindAddress: \"\"\n"
	"    mode: \"\"\n"
	"    nftables:\n"
	"      masqueradeAll: false\n"
	"      masqueradeBit: null\n"
	"      minSyncPeriod: 0s\n"
	"      syncPeriod: 0s\n"
	"    nodePortAddresses: null\n"
	"    oomScoreAdj: null\n"
	"    portRange: \"\"\n"
	"    showHiddenMetricsForVersion: \"\"\n"
	"    winkernel:\n"
	"      enableDSR: false\n"
	"      forwardHealthCheckVip: false\n"
	"      networkName: \"\"\n"
	"      rootHnsEndpointName: \"\"\n"
	"      sourceVip: \"\"\n"
	"  kubeconfig.conf: |-\n"
	"    apiVersion: v1\n"
	"    kind: Config\n"
	"    clusters:\n"
	"    - cluster:\n"
	"        server: https://10.0.0.1:6443\n"
	"      name: default\n"
	"kind: ConfigMap\n"
	"metadata:\n"
	"  annotations:\n"
	"    kubeadm.kubernetes.io/component-config.hash: sha256:0123\n"
	"  labels:\n"
	"    app: kube-proxy\n"
	"  name: kube-proxy\n"
	"  namespace: kube-system\n";

/* What a managed cluster has under another name, every default written out. */
static const char managed[] =
	"apiVersion: v1\n"
	"kind: List\n"
	"items:\n"
	"- apiVersion: v1\n"
	"  kind: ConfigMap\n"
	"  metadata:\n"
	"    name: kube-proxy\n"
	"  data:\n"
	"    kubeconfig: |-\n"
	"      kind: Config\n"
	"- apiVersion: v1\n"
	"  kind: ConfigMap\n"
	"  metadata:\n"
	"    name: kube-proxy-config\n"
	"  data:\n"
	"    config: |-\n"
	"      apiVersion: kubeproxy.config.k8s.io/v1alpha1\n"
	"      bindAddress: 0.0.0.0\n"
	"      clientConnection:\n"
	"        acceptContentTypes: \"\"\n"
	"        burst: 10\n"
	"        contentType: application/vnd.kubernetes.protobuf\n"
	"        kubeconfig: /var/lib/kube-proxy/kubeconfig\n"
	"        qps: 5\n"
	"      clusterCIDR: \"\"\n"
	"      configSyncPeriod: 15m0s\n"
	"      conntrack:\n"
	"        maxPerCore: 32768\n"
	"        min: 131072\n"
	"        tcpCloseWaitTimeout: 1h0m0s\n"
	"        tcpEstablishedTimeout: 24h0m0s\n"
	"      enableProfiling: false\n"
	"      healthzBindAddress: 0.0.0.0:10256\n"
	"      hostnameOverride: \"\"\n"
	"      iptables:\n"
	"        masqueradeAll: false\n"
	"        masqueradeBit: 14\n"
	"        minSyncPeriod: 0s\n"
	"        syncPeriod: 30s\n"
	"      ipvs:\n"
	"        excludeCIDRs: null\n"
	"        minSyncPeriod: 0s\n"
	"        scheduler: \"\"\n"
	"        syncPeriod: 30s\n"
	"      kind: KubeProxyConfiguration\n"
	"      metricsBindAddress: 0.0.0.0:10249\n"
	"      mode: \"iptables\"\n"
	"      nodePortAddresses: null\n"
	"      oomScoreAdj: -998\n"
	"      portRange: \"\"\n"
	"      udpIdleTimeout: 250ms\n";

/* Of a cluster in IPVS mode with announced load-balancer addresses, as JSON. */
static const char ipvs[] =
	"{\"apiVersion\": \"kubeproxy.config.k8s.io/v1alpha1\","
	" \"kind\": \"KubeProxyConfiguration\", \"mode\": \"ipvs\","
	" \"bindAddress\": \"::\","
	" \"hostnameOverride\": \"worker-1\","
	" \"clusterCIDR\": \"10.42.0.0/16,fd00:42::/56\","
	" \"featureGates\": {\"KubeProxyDrainingTerminatingNodes\": true},"
	" \"iptables\": {\"masqueradeAll\": true, \"localhostNodePorts\": true,"
	"  \"syncPeriod\": \"1m\"},"
	" \"ipvs\": {\"strictARP\": true, \"scheduler\": \"rr\","
	"  \"syncPeriod\": \"45s\", \"minSyncPeriod\": \"2s\","
	"  \"excludeCIDRs\": [\"10.0.0.0/8\"]},"
	" \"nodePortAddresses\": [\"192.0.2.0/24\", \"fd00::/64\"]}";

/* Names a file that holds @text; unlink() it. */
static const char *file_of(const char *text)
{
	static char path[64];
	int fd;

	snprintf(path, sizeof(path), "/tmp/kvip-test-kube-proxy-XXXXXX");
	fd = mkstemp(path);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
	return path;
}

static void read_ok(const char *text, struct kvip_kube_proxy_config *config)
{
	const char *path = file_of(text);
	struct kvip_err err;
	int ret;

	ret = kvip_kube_proxy_config_read(path, config, &err);
	unlink(path);
	if (ret)
		fail_msg("%s", err.text);
}

/* All of the values, "KEY=VALUE" or "KEY:=VALUE" if implied, in one line. */
static void assert_values(const struct kvip_kube_proxy_config *config,
			  const char *wanted)
{
	char text[1024] = "";
	size_t i, used = 0;

	for (i = 0; i < config->n_values; i++)
		used += (size_t)snprintf(text + used, sizeof(text) - used,
					 "%s%s%s=%s", i ? " " : "",
					 config->values[i].key,
					 config->values[i].implied ? ":" : "",
					 config->values[i].value);
	assert_string_equal(text, wanted);
}

/* All that is ignored; those that nobody knows with a '?'. */
static void assert_ignored(const struct kvip_kube_proxy_config *config,
			   const char *wanted)
{
	char text[1024] = "";
	size_t i, used = 0;

	for (i = 0; i < config->n_ignored; i++)
		used += (size_t)snprintf(text + used, sizeof(text) - used,
					 "%s%s%s", i ? " " : "",
					 config->ignored[i].why ? "" : "?",
					 config->ignored[i].field);
	assert_string_equal(text, wanted);
}

static void assert_reads(const char *text, const char *values,
			 const char *ignored)
{
	struct kvip_kube_proxy_config config;

	read_ok(text, &config);
	assert_values(&config, values);
	assert_ignored(&config, ignored);
	kvip_kube_proxy_config_free(&config);
}

/* Nothing of it is ignored: what it has is applied or empty. */
static void a_config_map_of_kubeadm_is_read(void **state)
{
	struct kvip_kube_proxy_config config;

	(void)state;
	read_ok(kubeadm, &config);
	assert_string_equal(config.mode, "iptables");
	assert_values(&config,
		      "kubeconfig=/var/lib/kube-proxy/kubeconfig.conf "
		      "cluster-cidrs=10.244.0.0/16 nodeport-addresses:=all "
		      "localhost-nodeports:=yes");
	assert_ignored(&config, "");
	assert_non_null(strstr(config.origin, ":1: data.config.conf:1"));
	kvip_kube_proxy_config_free(&config);
}

static void a_config_map_of_others_is_found_in_a_list(void **state)
{
	(void)state;
	assert_reads(
		managed,
		"kubeconfig=/var/lib/kube-proxy/kubeconfig "
		"healthz-bind-address=0.0.0.0:10256 "
		"metrics-bind-address=0.0.0.0:10249 sync-period=30s "
		"nodeport-addresses:=all localhost-nodeports:=yes",
		"clientConnection.burst clientConnection.contentType "
		"clientConnection.qps configSyncPeriod conntrack.maxPerCore "
		"conntrack.min conntrack.tcpCloseWaitTimeout "
		"conntrack.tcpEstablishedTimeout iptables.masqueradeBit "
		"ipvs.syncPeriod oomScoreAdj udpIdleTimeout");
}

static void the_mode_decides_which_section_counts(void **state)
{
	(void)state;
	assert_reads(ipvs,
		     "node-name=worker-1 metrics-bind-address:=[::1]:10249 "
		     "sync-period=45s min-sync-period=2s masquerade-all=yes "
		     "cluster-cidrs=10.42.0.0/16,fd00:42::/56 "
		     "nodeport-addresses=192.0.2.0/24,fd00::/64",
		     "featureGates.KubeProxyDrainingTerminatingNodes "
		     "iptables.localhostNodePorts iptables.syncPeriod "
		     "ipvs.strictARP ipvs.scheduler ipvs.excludeCIDRs");
	assert_reads(HEAD
		     "mode: nftables\n"
		     "iptables: {masqueradeAll: true}\n"
		     "nftables: {masqueradeAll: true, minSyncPeriod: 1s}\n",
		     "min-sync-period=1s masquerade-all=yes "
		     "nodeport-addresses:=primary",
		     "iptables.masqueradeAll");
}

/* The form that has one period and one masqueradeAll for all modes. */
static void fields_above_all_modes_count(void **state)
{
	(void)state;
	assert_reads(
		HEAD "mode: nftables\n"
		     "syncPeriod: 1m0s\n"
		     "minSyncPeriod: 500ms\n"
		     "detectLocal: {clusterCIDRs: [10.0.0.0/8, fd00::/8]}\n"
		     "linux: {masqueradeAll: true, oomScoreAdj: -999,\n"
		     "        conntrack: {min: 5}}\n"
		     "windows: {runAsService: true}\n",
		"sync-period=1m0s min-sync-period=500ms masquerade-all=yes "
		"cluster-cidrs=10.0.0.0/8,fd00::/8 "
		"nodeport-addresses:=primary",
		"linux.oomScoreAdj linux.conntrack.min "
		"windows.runAsService");
}

static void detectors_are_taken_by_their_mode(void **state)
{
	static const struct {
		const char *mode;
		const char *value;
		const char *ignored;
	} cases[] = {
		{ "ClusterCIDR", "cluster-cidrs=10.0.0.0/8",
		  "detectLocal.bridgeInterface detectLocal.interfaceNamePrefix" },
		{ "NodeCIDR", "node-cidrs=yes",
		  "clusterCIDR detectLocal.bridgeInterface "
		  "detectLocal.interfaceNamePrefix" },
		{ "BridgeInterface", "pod-bridge=cni0",
		  "clusterCIDR detectLocal.interfaceNamePrefix" },
		{ "InterfaceNamePrefix", "pod-interface-prefix=veth",
		  "clusterCIDR detectLocal.bridgeInterface" },
	};
	char text[512], values[128];
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		snprintf(
			text, sizeof(text),
			HEAD
			"mode: nftables\n"
			"clusterCIDR: 10.0.0.0/8\n"
			"detectLocal: {bridgeInterface: cni0, interfaceNamePrefix: veth}\n"
			"detectLocalMode: %s\n",
			cases[i].mode);
		snprintf(values, sizeof(values),
			 "%s nodeport-addresses:=primary", cases[i].value);
		assert_reads(text, values, cases[i].ignored);
	}
}

static void node_port_addresses_mean_the_same(void **state)
{
	static const struct {
		const char *text;
		const char *values;
	} cases[] = {
		{ "mode: nftables\nnodePortAddresses: []",
		  "nodeport-addresses:=primary" },
		{ "mode: ipvs\nnodePortAddresses: []",
		  "nodeport-addresses:=all" },
		{ "nodePortAddresses: [primary]",
		  "nodeport-addresses=primary" },
		{ "nodePortAddresses: [all]",
		  "nodeport-addresses=all localhost-nodeports:=yes" },
		{ "nodePortAddresses: [10.0.0.0/8, all]",
		  "nodeport-addresses=all localhost-nodeports:=yes" },
		{ "nodePortAddresses: [0.0.0.0/0]",
		  "nodeport-addresses=0.0.0.0/0 localhost-nodeports:=yes" },
		{ "nodePortAddresses: [10.0.0.0/8, fd00::/64]",
		  "nodeport-addresses=10.0.0.0/8,fd00::/64" },
		{ "nodePortAddresses: [localhost]",
		  "nodeport-addresses=none localhost-nodeports:=yes" },
		{ "mode: nftables\nnodePortAddresses: [primary, localhost]",
		  "nodeport-addresses=primary localhost-nodeports=yes" },
		{ "iptables: {localhostNodePorts: false}",
		  "nodeport-addresses:=all localhost-nodeports=no" },
		{ "iptables: {localhostNodePorts: true}",
		  "nodeport-addresses:=all localhost-nodeports=yes" },
		{ "nodePortAddresses: [primary]\niptables: {localhostNodePorts: true}",
		  "nodeport-addresses=primary localhost-nodeports=no" },
	};
	char text[512];
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		snprintf(text, sizeof(text), HEAD "%s\n", cases[i].text);
		assert_reads(text, cases[i].values, "");
	}
}

static void a_bind_address_tells_the_family(void **state)
{
	(void)state;
	assert_reads(HEAD "mode: nftables\nbindAddress: fd00::5\n",
		     "metrics-bind-address:=[::1]:10249 "
		     "nodeport-addresses:=primary",
		     "bindAddress");
	assert_reads(
		HEAD
		"mode: nftables\nbindAddress: '::'\nmetricsBindAddress: :9\n",
		"metrics-bind-address=:9 nodeport-addresses:=primary", "");
	assert_reads(HEAD "mode: nftables\nbindAddress: 10.0.0.5\n",
		     "nodeport-addresses:=primary", "bindAddress");
}

/* Whether it is set to nothing or not: it was meant to do something. */
static void unknown_fields_are_told(void **state)
{
	(void)state;
	assert_reads(HEAD "mode: nftables\n"
			  "foo: {bar: 1}\n"
			  "Mode: ipvs\n"
			  "iptables: {masqueradAll: false, masqueradeBit: 0}\n"
			  "nothing: null\n"
			  "logging: {format: json, options: {json: {x: 1}}}\n"
			  "winkernel: {sourceVip: 10.0.0.1}\n",
		     "nodeport-addresses:=primary",
		     "?foo ?Mode ?iptables.masqueradAll logging.format "
		     "logging.options.json.x winkernel.sourceVip");
}

static void objects_beside_it_are_passed_over(void **state)
{
	(void)state;
	/* as kubeadm init takes them */
	assert_reads("apiVersion: kubeadm.k8s.io/v1beta4\n"
		     "kind: ClusterConfiguration\n"
		     "---\n" HEAD "mode: nftables\n"
		     "---\n"
		     "apiVersion: kubelet.config.k8s.io/v1beta1\n"
		     "kind: KubeletConfiguration\n",
		     "nodeport-addresses:=primary", "");
}

static void what_is_wrong_is_refused_by_its_path(void **state)
{
	static const struct {
		const char *text;
		const char *why;
	} cases[] = {
		{ "apiVersion: kubeproxy.config.k8s.io/v1\nkind: KubeProxyConfiguration\n",
		  ":1: apiVersion: expected kubeproxy.config.k8s.io/v1alpha1, found \"kubeproxy.config.k8s.io/v1\"" },
		{ HEAD "mode: kernelspace\n",
		  ":1: mode: expected iptables, ipvs or nftables, found \"kernelspace\"" },
		{ HEAD "mode: 5\n", ":1: mode: expected a string, found 5" },
		{ HEAD "iptables: []\n",
		  ":1: iptables: expected an object, found a list" },
		{ HEAD "iptables: {syncPeriod: 30}\n",
		  ":1: iptables.syncPeriod: expected a string, found 30" },
		{ HEAD "iptables: {syncPeriod: 30 s}\n",
		  ":1: iptables.syncPeriod: expected a duration such as 1m30s, found \"30 s\"" },
		{ HEAD "iptables: {masqueradeAll: 'yes'}\n",
		  ":1: iptables.masqueradeAll: expected true or false, found \"yes\"" },
		{ HEAD "iptables: {localhostNodePorts: 1}\n",
		  ":1: iptables.localhostNodePorts: expected true or false, found 1" },
		{ HEAD "linux: {masqueradeAll: 1}\n",
		  ":1: linux.masqueradeAll: expected true or false, found 1" },
		{ HEAD "clusterCIDR: [10.0.0.0/8]\n",
		  ":1: clusterCIDR: expected a string, found a list" },
		{ HEAD "detectLocal: {clusterCIDRs: [5]}\n",
		  ":1: detectLocal.clusterCIDRs[0]: expected a string, found 5" },
		{ HEAD "detectLocal: {clusterCIDRs: x}\n",
		  ":1: detectLocal.clusterCIDRs: expected a list, found \"x\"" },
		{ HEAD "detectLocalMode: Magic\n",
		  ":1: detectLocalMode: expected ClusterCIDR, NodeCIDR, BridgeInterface or InterfaceNamePrefix, found \"Magic\"" },
		{ HEAD "detectLocalMode: BridgeInterface\n",
		  ":1: detectLocal.bridgeInterface: it is empty, but detectLocalMode asks for it" },
		{ HEAD
		  "detectLocalMode: InterfaceNamePrefix\ndetectLocal: {interfaceNamePrefix: ''}\n",
		  ":1: detectLocal.interfaceNamePrefix: it is empty, but detectLocalMode asks for it" },
		{ HEAD "nodePortAddresses: all\n",
		  ":1: nodePortAddresses: expected a list, found \"all\"" },
		{ HEAD "nodePortAddresses: [10.0.0.0/8, secondary]\n",
		  ":1: nodePortAddresses[1]: expected an address block such as 192.0.2.0/24, found \"secondary\"" },
		{ HEAD "nodePortAddresses: [null]\n",
		  ":1: nodePortAddresses[0]: expected an address block such as 192.0.2.0/24, found nothing" },
		{ HEAD "nodePortAddresses: [primary, 10.0.0.0/8]\n",
		  ":1: nodePortAddresses: kvip has either primary or address blocks, not both" },
		{ HEAD "bindAddress: everywhere\n",
		  ":1: bindAddress: expected an IP address, found \"everywhere\"" },
		{ HEAD "hostnameOverride: 5\n",
		  ":1: hostnameOverride: expected a string, found 5" },
		{ HEAD "---\n" HEAD,
		  ":4: this is the second KubeProxyConfiguration" },
		{ "apiVersion: v1\nkind: ConfigMap\ndata: {other: x}\n",
		  ": there is no KubeProxyConfiguration in it" },
		{ "apiVersion: v1\nkind: ConfigMap\ndata: []\n",
		  ":1: data: expected an object, found a list" },
		{ "apiVersion: v1\nkind: ConfigMap\ndata: {config.conf: 5}\n",
		  ":1: data.config.conf: expected a string, found 5" },
		{ "apiVersion: v1\nkind: ConfigMap\ndata:\n  config.conf: |\n    kind: KubeProxyConfiguration\n    {\n",
		  ":1: data.config.conf:3:1: the file ends" },
		{ "apiVersion: v1\nkind: ConfigMap\ndata:\n  config.conf: |\n    apiVersion: kubeproxy.config.k8s.io/v1alpha1\n    kind: KubeProxyConfiguration\n    mode: x\n",
		  ":1: data.config.conf:1: mode: expected iptables, ipvs or nftables, found \"x\"" },
		{ "mode: x\n", ":1: expected a Kubernetes object" },
		{ "", ": the file is empty" },
	};
	struct kvip_kube_proxy_config config;
	struct kvip_err err;
	const char *path;
	size_t i;
	int ret;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		path = file_of(cases[i].text);
		ret = kvip_kube_proxy_config_read(path, &config, &err);
		unlink(path);
		assert_int_equal(ret, -1);
		assert_int_equal(strncmp(err.text, path, strlen(path)), 0);
		if (strncmp(err.text + strlen(path), cases[i].why,
			    strlen(cases[i].why)))
			fail_msg("%s, not %s", err.text, cases[i].why);
	}
	assert_int_equal(kvip_kube_proxy_config_read("/nowhere/at/all", &config,
						     &err),
			 -1);
	assert_string_equal(err.text,
			    "/nowhere/at/all: No such file or directory");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_config_map_of_kubeadm_is_read),
		cmocka_unit_test(a_config_map_of_others_is_found_in_a_list),
		cmocka_unit_test(the_mode_decides_which_section_counts),
		cmocka_unit_test(fields_above_all_modes_count),
		cmocka_unit_test(detectors_are_taken_by_their_mode),
		cmocka_unit_test(node_port_addresses_mean_the_same),
		cmocka_unit_test(a_bind_address_tells_the_family),
		cmocka_unit_test(unknown_fields_are_told),
		cmocka_unit_test(objects_beside_it_are_passed_over),
		cmocka_unit_test(what_is_wrong_is_refused_by_its_path),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
