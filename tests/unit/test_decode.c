// SPDX-License-Identifier: GPL-2.0-or-later
/* Decoding objects: defaults, and a sentence for everything that is refused. */
#include "cluster.h"

#include <linux/kvip.h>

#include "source_file.h"

#define SVC                               \
	"kind: Service\napiVersion: v1\n" \
	"metadata: {name: web, namespace: demo}\n"
#define SLICE                                                    \
	"kind: EndpointSlice\napiVersion: discovery.k8s.io/v1\n" \
	"metadata: {name: s, namespace: demo}\n"
#define NODE "kind: Node\napiVersion: v1\nmetadata: {name: n}\n"

static void assert_addr(const struct kvip_addr *addr, const char *text)
{
	char buf[INET6_ADDRSTRLEN];

	assert_string_equal(kvip_addr_text(addr, buf), text);
}

static void service_defaults(void **state)
{
	const struct kvip_svc *svc;
	struct kvip_model model;

	(void)state;
	kvip_model_init(&model);
	cluster_add(&model,
		    "kind: Service\napiVersion: v1\nmetadata: {name: web}\n"
		    "spec: {clusterIP: 10.0.0.1, ports: [{port: 80}]}\n");
	svc = kvip_model_group(&model, "default", "web")->svc;
	assert_int_equal(svc->type, KVIP_SVC_CLUSTER_IP);
	assert_int_equal(svc->n_cluster_ips, 1);
	assert_addr(svc->cluster_ips, "10.0.0.1");
	assert_int_equal(svc->n_ports, 1);
	assert_string_equal(svc->ports[0].name, "");
	assert_int_equal(svc->ports[0].port, 80);
	assert_int_equal(svc->ports[0].node_port, 0);
	assert_int_equal(svc->ports[0].proto, IPPROTO_TCP);
	assert_false(svc->headless || svc->headless_label || svc->affinity ||
		     svc->internal_local || svc->external_local);
	assert_null(svc->proxy_name);
	assert_int_equal(svc->health_port, 0);
	kvip_model_free(&model);
}

static void service_in_full(void **state)
{
	const struct kvip_svc *svc;
	struct kvip_model model;

	(void)state;
	kvip_model_init(&model);
	cluster_add(
		&model,
		"kind: Service\napiVersion: v1\n"
		"metadata:\n"
		"  {name: web, namespace: demo, labels: {\n"
		"   service.kubernetes.io/service-proxy-name: other,\n"
		"   service.kubernetes.io/headless: ''}}\n"
		"spec:\n"
		"  type: LoadBalancer\n"
		"  clusterIP: 10.0.0.1\n"
		"  clusterIPs: [10.0.0.1, 'fd00::1']\n"
		"  externalIPs: [172.30.0.041, '2001:db8::1']\n"
		"  loadBalancerSourceRanges: [' 198.51.100.7/24 ', '2001:db8::1/32', 0.0.0.0/0, 10.255.3.4/9]\n"
		"  sessionAffinity: ClientIP\n"
		"  sessionAffinityConfig: {clientIP: {timeoutSeconds: 600}}\n"
		"  internalTrafficPolicy: Local\n"
		"  externalTrafficPolicy: Local\n"
		"  healthCheckNodePort: 30000\n"
		"  ports: [{name: a, port: 80, nodePort: 30080, targetPort: x},\n"
		"          {name: b, port: 80, protocol: UDP, nodePort: 30080}]\n"
		"status: {loadBalancer: {ingress: [\n"
		"  {ip: 203.0.113.1}, {ip: 203.0.113.2, ipMode: Proxy},\n"
		"  {hostname: lb.example.com}, {ip: 203.0.113.3, ipMode: VIP}]}}\n");
	svc = kvip_model_group(&model, "demo", "web")->svc;
	assert_int_equal(svc->type, KVIP_SVC_LOAD_BALANCER);
	assert_string_equal(svc->proxy_name, "other");
	assert_true(svc->headless_label);
	assert_int_equal(svc->n_cluster_ips, 2);
	assert_addr(&svc->cluster_ips[1], "fd00::1");
	assert_int_equal(svc->n_external_ips, 2);
	/* S7: leading zeros are read as decimal */
	assert_addr(&svc->external_ips[0], "172.30.0.41");
	assert_int_equal(svc->n_ranges, 4);
	/* S7: blanks are trimmed; host bits do not count */
	assert_addr(&svc->ranges[0].addr, "198.51.100.0");
	assert_int_equal(svc->ranges[0].length, 24);
	assert_addr(&svc->ranges[1].addr, "2001:db8::");
	assert_addr(&svc->ranges[2].addr, "0.0.0.0");
	assert_addr(&svc->ranges[3].addr, "10.128.0.0");
	assert_true(svc->affinity && svc->internal_local &&
		    svc->external_local);
	assert_int_equal(svc->affinity_seconds, 600);
	assert_int_equal(svc->health_port, 30000);
	assert_int_equal(svc->n_ports, 2);
	assert_int_equal(svc->ports[1].proto, IPPROTO_UDP);
	assert_int_equal(svc->ports[1].node_port, 30080);
	assert_int_equal(svc->n_ingress, 4);
	assert_true(svc->ingress[0].vip);
	assert_false(svc->ingress[1].vip);
	assert_int_equal(svc->ingress[2].addr.family, 0);
	assert_string_equal(svc->ingress[2].hostname, "lb.example.com");
	assert_addr(&svc->ingress[3].addr, "203.0.113.3");
	assert_true(svc->ingress[3].vip);
	kvip_model_free(&model);
}

static void S47_affinity_lasts_three_hours_by_default(void **state)
{
	struct kvip_model model;

	(void)state;
	kvip_model_init(&model);
	cluster_add(&model, SVC "spec: {sessionAffinity: ClientIP,\n"
				" ports: [{port: 80}]}\n");
	assert_int_equal(
		kvip_model_group(&model, "demo", "web")->svc->affinity_seconds,
		10800);
	kvip_model_free(&model);
}

static void slice_in_full(void **state)
{
	const struct kvip_endpoint *endpoint;
	const struct kvip_slice *slice;
	struct kvip_model model;

	(void)state;
	kvip_model_init(&model);
	cluster_add(
		&model,
		"kind: EndpointSlice\napiVersion: discovery.k8s.io/v1\n"
		"metadata: {name: s, namespace: demo,\n"
		"  labels: {kubernetes.io/service-name: web}}\n"
		"addressType: IPv4\n"
		"ports: [{name: '', port: 80}, {port: 81, protocol: SCTP},\n"
		"        {name: x, port: null}]\n"
		"endpoints:\n"
		"- {addresses: [10.1.0.1, not looked at], nodeName: a, zone: z,\n"
		"   conditions: {ready: false, serving: true},\n"
		"   hints: {forZones: [{name: z}, {name: y}], forNodes: [{name: a}]}}\n"
		"- {addresses: [10.1.0.2], conditions: {}, nodeName: a}\n"
		"- {addresses: [10.1.0.3], conditions: null, hints: {}}\n");
	slice = kvip_model_slice(&model, "demo", "s");
	assert_string_equal(slice->service, "web");
	assert_int_equal(slice->family, AF_INET);
	assert_int_equal(slice->n_ports, 3);
	assert_string_equal(slice->ports[0].name, "");
	assert_null(slice->ports[1].name);
	assert_int_equal(slice->ports[1].proto, IPPROTO_SCTP);
	assert_int_equal(slice->ports[2].port, 0);
	assert_int_equal(slice->n_endpoints, 3);
	endpoint = slice->endpoints;
	assert_addr(&endpoint->addr, "10.1.0.1");
	assert_int_equal(endpoint->conditions, KVIP_COND_READY_TOLD |
						       KVIP_COND_SERVING_TOLD |
						       KVIP_COND_SERVING);
	assert_string_equal(endpoint->node, "a");
	assert_string_equal(endpoint->zone, "z");
	assert_int_equal(endpoint->hints->n_zones, 2);
	assert_string_equal(endpoint->hints->zones[1], "y");
	assert_int_equal(endpoint->hints->n_nodes, 1);
	assert_int_equal(endpoint[1].conditions, 0);
	assert_ptr_equal(endpoint[1].node, endpoint[0].node);
	assert_null(endpoint[2].node);
	kvip_model_free(&model);
}

static void node_in_full(void **state)
{
	const struct kvip_node *node;
	struct kvip_model model;

	(void)state;
	kvip_model_init(&model);
	cluster_add(
		&model,
		"kind: Node\napiVersion: v1\nmetadata: {name: n, labels: {\n"
		"  topology.kubernetes.io/zone: z}}\n"
		"spec: {podCIDR: 10.244.0.0/24, podCIDRs: [10.244.0.0/24, 'fd00::/64']}\n"
		"status: {addresses: [{type: Hostname, address: n},\n"
		"  {type: InternalIP, address: 172.16.0.1},\n"
		"  {type: ExternalIP, address: 192.0.2.1},\n"
		"  {type: InternalIP, address: 'fd00::1'}]}\n"
		"---\n"
		"kind: Node\napiVersion: v1\nmetadata: {name: m, labels: {\n"
		"  topology.kubernetes.io/zone: ''}}\n"
		"spec: {podCIDR: 10.244.1.0/24}\n");
	node = kvip_model_node(&model, "n");
	assert_string_equal(node->zone, "z");
	assert_int_equal(node->n_addrs, 2);
	assert_addr(&node->addrs[0], "172.16.0.1");
	assert_addr(&node->addrs[1], "fd00::1");
	assert_int_equal(node->n_pod_cidrs, 2);
	assert_int_equal(node->pod_cidrs[1].length, 64);
	node = kvip_model_node(&model, "m");
	assert_null(node->zone);
	assert_int_equal(node->n_pod_cidrs, 1);
	kvip_model_free(&model);
}

#define NAME60 "a23456789012345678901234567890123456789012345678901234567890"

static void what_is_accepted(void **state)
{
	static const char *const texts[] = {
		SVC "spec: {clusterIP: None}\n",
		SVC "spec: {clusterIP: None, ports: null}\n",
		SVC "spec: {clusterIPs: [None], clusterIP: None}\n",
		SVC "spec: {type: ExternalName, externalName: x.example.com}\n",
		SVC "spec: {ports: [{port: 80}]}\n",
		SVC "spec: {clusterIP: '', ports: [{port: 80, nodePort: 0}]}\n",
		SVC "spec: {ports: [{port: 80}], selector: 7, future: [x]}\n"
		    "status: {loadBalancer: {}}\n",
		SVC "spec: {ports: [{port: 80}]}\nstatus: null\n",
		SVC "spec: {ports: [{port: 80}]}\n"
		    "status: {loadBalancer: {ingress: [{ip: ''}]}}\n",
		SVC "spec: {ports: [{name: a, port: 53},\n"
		    "  {name: b, port: 53, protocol: UDP}]}\n",
		SLICE "addressType: IPv4\nendpoints: null\nports: null\n",
		SLICE "addressType: IPv6\nendpoints: []\nports: []\n",
		SLICE "addressType: FQDN\nports: [{port: 80}]\n"
		      "endpoints: [{addresses: [db.example.com]}]\n",
		/* S4 is about those of the wrong family, not the decoder */
		SLICE "addressType: IPv4\nports: [{port: 80}]\n"
		      "endpoints: [{addresses: ['fd00::1']}]\n",
		NODE,
		NODE "status: {addresses: null}\nspec: {}\n",
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(texts); i++) {
		struct kvip_model model;

		kvip_model_init(&model);
		cluster_add(&model, texts[i]);
		kvip_model_free(&model);
	}
}

static void what_is_refused(void **state)
{
	static const struct {
		const char *text, *error;
	} rows[] = {
		/* kinds */
		{ "kind: Pod\napiVersion: v1\n",
		  "kind Pod is not one that kvip reads (Service, EndpointSlice, Node, or a List of them)" },
		{ "kind: Table\napiVersion: meta.k8s.io/v1\n",
		  "a Table is made for printing and lacks the objects; ask for them with kubectl get -o json (Accept: application/json)" },
		{ "kind: PartialObjectMetadata\napiVersion: meta.k8s.io/v1\n",
		  "a PartialObjectMetadata is an object without its spec; ask for the whole with kubectl get -o json (Accept: application/json)" },
		{ "kind: Status\napiVersion: v1\nmessage: go away\n",
		  "this is no object but the API server's answer: go away" },
		{ "kind: EndpointSlice\napiVersion: discovery.k8s.io/v1beta1\n",
		  "EndpointSlice of apiVersion discovery.k8s.io/v1beta1 is not one that kvip reads; it reads discovery.k8s.io/v1" },
		{ "kind: Service\napiVersion: serving.knative.dev/v1\n",
		  "Service of apiVersion serving.knative.dev/v1 is not one that kvip reads; it reads v1" },
		{ "kind: Node\napiVersion: v2\n",
		  "Node of apiVersion v2 is not one that kvip reads; it reads v1" },
		/* names */
		{ "kind: Service\napiVersion: v1\n",
		  "Service: metadata.name: expected a name, found nothing" },
		{ "kind: Node\napiVersion: v1\nmetadata: {name: ''}\n",
		  "Node: metadata.name: expected a name, found \"\"" },
		{ "kind: Node\napiVersion: v1\nmetadata: [1]\n",
		  "Node: metadata: expected an object, found a list" },
		{ "kind: Service\napiVersion: v1\nmetadata: {name: a/b}\n",
		  "Service: metadata.name: expected a name of letters, digits, '-' and '.', found \"a/b\"" },
		{ "kind: Service\napiVersion: v1\nmetadata: {name: a, namespace: \"x\\n\"}\n",
		  "Service: metadata.namespace: expected a name of letters, digits, '-' and '.', found \"x?\"" },
		/* Services */
		{ SVC,
		  "Service demo/web: spec: expected an object, found nothing" },
		{ SVC "spec: {clusterIP: 10.0.0.1}\n",
		  "Service demo/web: spec.ports: expected at least one port, as the Service is neither headless nor an ExternalName" },
		{ SVC "spec: {ports: {}}\n",
		  "Service demo/web: spec.ports: expected a list, found an object" },
		{ SVC "spec: {ports: [80]}\n",
		  "Service demo/web: spec.ports[0]: expected an object, found 80" },
		{ SVC
		  "spec: {ports: [{port: 80, name: a}, {port: http, name: b}]}\n",
		  "Service demo/web: spec.ports[1].port: expected a number from 1 to 65535, found \"http\"" },
		{ SVC "spec: {ports: [{port: 0}]}\n",
		  "Service demo/web: spec.ports[0].port: expected a number from 1 to 65535, found 0" },
		{ SVC "spec: {ports: [{port: 65536}]}\n",
		  "Service demo/web: spec.ports[0].port: expected a number from 1 to 65535, found 65536" },
		{ SVC "spec: {ports: [{port: -1}]}\n",
		  "Service demo/web: spec.ports[0].port: expected a number from 1 to 65535, found -1" },
		{ SVC "spec: {ports: [{port: 80.5}]}\n",
		  "Service demo/web: spec.ports[0].port: expected a number from 1 to 65535, found 80.5" },
		{ SVC "spec: {ports: [{name: a}]}\n",
		  "Service demo/web: spec.ports[0].port: expected a number from 1 to 65535, found nothing" },
		{ SVC
		  "spec: {ports: [{port: 80, nodePort: 99999999999999999999}]}\n",
		  "Service demo/web: spec.ports[0].nodePort: expected a number from 0 to 65535, found 1e+20" },
		{ SVC "spec: {ports: [{port: 80, protocol: tcp}]}\n",
		  "Service demo/web: spec.ports[0].protocol: expected TCP, UDP or SCTP, found \"tcp\"" },
		{ SVC "spec: {ports: [{port: 80, protocol: 6}]}\n",
		  "Service demo/web: spec.ports[0].protocol: expected a string, found 6" },
		{ SVC "spec: {ports: [{port: 80, name: 'a:b'}]}\n",
		  "Service demo/web: spec.ports[0].name: expected a name of letters, digits, '-' and '.', found \"a:b\"" },
		{ SVC "spec: {ports: [{port: 80, name: a}, {port: 81}]}\n",
		  "Service demo/web: spec.ports[1]: expected a name, as the Service has several ports" },
		{ SVC
		  "spec: {ports: [{port: 80, name: a}, {port: 81, name: a}]}\n",
		  "Service demo/web: spec.ports[1]: the name a is taken by ports[0]" },
		{ SVC
		  "spec: {ports: [{port: 80, name: a}, {port: 80, name: b}]}\n",
		  "Service demo/web: spec.ports[1]: port 80/TCP is taken by ports[0]" },
		{ SVC
		  "spec: {ports: [{port: 80, name: a, nodePort: 30000}, {port: 81, name: b, nodePort: 30000}]}\n",
		  "Service demo/web: spec.ports[1]: nodePort 30000/TCP is taken by ports[0]" },
		{ SVC "spec: {clusterIP: 10.0.0.256, ports: [{port: 80}]}\n",
		  "Service demo/web: spec.clusterIP: expected an IP address, found \"10.0.0.256\"" },
		{ SVC
		  "spec: {clusterIPs: [10.0.0.1, x], ports: [{port: 80}]}\n",
		  "Service demo/web: spec.clusterIPs[1]: expected an IP address, found \"x\"" },
		{ SVC "spec: {clusterIP: 5, ports: [{port: 80}]}\n",
		  "Service demo/web: spec.clusterIP: expected a string, found 5" },
		{ SVC "spec: {clusterIP: 127.0.0.1, ports: [{port: 80}]}\n",
		  "Service demo/web: spec.clusterIP: a Service can't have a loopback address" },
		{ SVC "spec: {externalIPs: ['::'], ports: [{port: 80}]}\n",
		  "Service demo/web: spec.externalIPs[0]: a Service can't have the unspecified address" },
		{ SVC
		  "spec: {externalIPs: [10.0.0.0/8], ports: [{port: 80}]}\n",
		  "Service demo/web: spec.externalIPs[0]: expected an IP address, found \"10.0.0.0/8\"" },
		{ SVC
		  "spec: {loadBalancerSourceRanges: [10.0.0.1], ports: [{port: 80}]}\n",
		  "Service demo/web: spec.loadBalancerSourceRanges[0]: expected an address block such as 192.0.2.0/24, found \"10.0.0.1\"" },
		{ SVC
		  "spec: {loadBalancerSourceRanges: [10.0.0.0/33], ports: [{port: 80}]}\n",
		  "Service demo/web: spec.loadBalancerSourceRanges[0]: expected an address block such as 192.0.2.0/24, found \"10.0.0.0/33\"" },
		{ SVC "spec: {type: Cluster, ports: [{port: 80}]}\n",
		  "Service demo/web: spec.type: expected ClusterIP, NodePort, LoadBalancer or ExternalName, found \"Cluster\"" },
		{ SVC
		  "spec: {internalTrafficPolicy: local, ports: [{port: 80}]}\n",
		  "Service demo/web: spec.internalTrafficPolicy: expected Cluster or Local, found \"local\"" },
		{ SVC
		  "spec: {externalTrafficPolicy: true, ports: [{port: 80}]}\n",
		  "Service demo/web: spec.externalTrafficPolicy: expected a string, found true" },
		{ SVC "spec: {sessionAffinity: Cookie, ports: [{port: 80}]}\n",
		  "Service demo/web: spec.sessionAffinity: expected None or ClientIP, found \"Cookie\"" },
		{ SVC
		  "spec: {sessionAffinity: ClientIP, sessionAffinityConfig: {clientIP: {timeoutSeconds: 86401}}, ports: [{port: 80}]}\n",
		  "Service demo/web: spec.sessionAffinityConfig.clientIP.timeoutSeconds: expected a number from 1 to 86400, found 86401" },
		{ SVC
		  "spec: {healthCheckNodePort: 70000, ports: [{port: 80}]}\n",
		  "Service demo/web: spec.healthCheckNodePort: expected a number from 0 to 65535, found 70000" },
		{ SVC
		  "spec: {ports: [{port: 80}]}\nstatus: {loadBalancer: {ingress: [{ip: x}]}}\n",
		  "Service demo/web: status.loadBalancer.ingress[0].ip: expected an IP address, found \"x\"" },
		{ "kind: Service\napiVersion: v1\nmetadata: {name: a, labels: {service.kubernetes.io/service-proxy-name: 1}}\nspec: {ports: [{port: 80}]}\n",
		  "Service default/a: metadata.labels.service.kubernetes.io/service-proxy-name: expected a string, found 1" },
		{ "kind: Service\napiVersion: v1\n"
		  "metadata: {name: " NAME60 NAME60
		  ", namespace: " NAME60 NAME60 "}\n"
		  "spec: {ports: [{port: 80, name: a2345678901234}]}\n",
		  "Service " NAME60 NAME60 "/" NAME60 NAME60
		  ": spec.ports[0].name: namespace, name and port name together have more than 255 bytes" },
		/* EndpointSlices */
		{ SLICE,
		  "EndpointSlice demo/s: addressType: expected IPv4, IPv6 or FQDN, found nothing" },
		{ SLICE "addressType: IP\n",
		  "EndpointSlice demo/s: addressType: expected IPv4, IPv6 or FQDN, found \"IP\"" },
		{ SLICE "addressType: IPv4\nendpoints: {}\n",
		  "EndpointSlice demo/s: endpoints: expected a list, found an object" },
		{ SLICE "addressType: IPv4\nendpoints: [null]\n",
		  "EndpointSlice demo/s: endpoints[0]: expected an object, found nothing" },
		{ SLICE "addressType: IPv4\nendpoints: [{addresses: []}]\n",
		  "EndpointSlice demo/s: endpoints[0].addresses: expected at least one address" },
		{ SLICE "addressType: IPv4\nendpoints: [{addresses: [x]}]\n",
		  "EndpointSlice demo/s: endpoints[0].addresses[0]: expected an IP address, found \"x\"" },
		{ SLICE
		  "addressType: IPv4\nendpoints: [{addresses: [10.0.0.1], conditions: {ready: 'true'}}]\n",
		  "EndpointSlice demo/s: endpoints[0].conditions.ready: expected true or false, found \"true\"" },
		{ SLICE
		  "addressType: IPv4\nendpoints: [{addresses: [10.0.0.1], conditions: []}]\n",
		  "EndpointSlice demo/s: endpoints[0].conditions: expected an object, found a list" },
		{ SLICE
		  "addressType: IPv4\nendpoints: [{addresses: [10.0.0.1], nodeName: 1}]\n",
		  "EndpointSlice demo/s: endpoints[0].nodeName: expected a string, found 1" },
		{ SLICE
		  "addressType: IPv4\nendpoints: [{addresses: [10.0.0.1], hints: {forZones: [{}]}}]\n",
		  "EndpointSlice demo/s: endpoints[0].hints.forZones[0].name: expected a name, found nothing" },
		{ SLICE "addressType: IPv4\nports: [{name: a, port: 65536}]\n",
		  "EndpointSlice demo/s: ports[0].port: expected a number from 0 to 65535, found 65536" },
		{ SLICE
		  "addressType: IPv4\nports: [{name: a, port: 1, protocol: ICMP}]\n",
		  "EndpointSlice demo/s: ports[0].protocol: expected TCP, UDP or SCTP, found \"ICMP\"" },
		/* Nodes */
		{ NODE
		  "status: {addresses: [{type: InternalIP, address: x}]}\n",
		  "Node n: status.addresses[0].address: expected an IP address, found \"x\"" },
		{ NODE "status: {addresses: [{type: InternalIP}]}\n",
		  "Node n: status.addresses[0].address: expected an IP address, found nothing" },
		{ NODE "spec: {podCIDRs: [10.0.0.0]}\n",
		  "Node n: spec.podCIDRs[0]: expected an address block such as 192.0.2.0/24, found \"10.0.0.0\"" },
	};
	struct kvip_model model;
	struct kvip_err err;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		kvip_model_init(&model);
		if (!cluster_try(&model, rows[i].text, &err))
			fail_msg("not refused: %s", rows[i].text);
		assert_memory_equal(err.text, "t.yaml:1: ", 10);
		assert_string_equal(err.text + 10, rows[i].error);
		assert_int_equal(model.n_svcs + model.slices.n + model.nodes.n,
				 0);
		/* a refusal leaves no string behind */
		assert_int_equal(model.strings.strings.n, 0);
		kvip_model_free(&model);
	}
}

static void what_the_api_server_prints(void **state)
{
	static const struct {
		const char *path;
		size_t n_svcs, n_slices, n_nodes;
		const char *error;
	} rows[] = {
		{ "tests/data/get-all.json", 37, 18, 4, NULL },
		{ "tests/data/controller.json", 36, 37, 0, NULL },
		{ "tests/data/list-services.json", 37, 0, 0, NULL },
		{ "tests/data/list-services.yaml", 37, 0, 0, NULL },
		{ "tests/data/list-endpointslices.json", 0, 18, 0, NULL },
		{ "tests/data/pretty.json", 0, 18, 0, NULL },
		{ "tests/data/list-nodes.json", 0, 0, 4, NULL },
		{ "tests/data/list-empty.json", 0, 0, 0, NULL },
		{ "tests/data/manifests.yaml", 0, 17, 0, NULL },
		{ "tests/data/table.json", 0, 0, 0,
		  "tests/data/table.json:1: a Table is made for printing" },
		{ "tests/data/partialmeta.json", 0, 0, 0,
		  "tests/data/partialmeta.json:8: a PartialObjectMetadata is" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		struct kvip_model model;
		struct kvip_err err;
		int ret;

		kvip_model_init(&model);
		ret = kvip_source_file(&model, rows[i].path, &err);
		if (!rows[i].error && ret)
			fail_msg("%s", err.text);
		if (rows[i].error) {
			assert_int_equal(ret, -1);
			err.text[strlen(rows[i].error)] = '\0';
			assert_string_equal(err.text, rows[i].error);
		}
		assert_int_equal(model.n_svcs, rows[i].n_svcs);
		assert_int_equal(model.slices.n, rows[i].n_slices);
		if (rows[i].n_nodes)
			assert_int_equal(model.nodes.n, rows[i].n_nodes);
		kvip_model_free(&model);
	}
}

static void an_object_twice_names_both_places(void **state)
{
	static const struct {
		const char *text, *error;
	} rows[] = {
		{ SVC "spec: {clusterIP: None}\n---\n" SVC
		      "spec: {clusterIP: None}\n",
		  "t.yaml:6: Service demo/web is there twice, first at t.yaml:1" },
		{ SLICE "addressType: IPv4\n---\n" SLICE "addressType: IPv6\n",
		  "t.yaml:6: EndpointSlice demo/s is there twice, first at t.yaml:1" },
		{ NODE "---\n" NODE,
		  "t.yaml:5: Node n is there twice, first at t.yaml:1" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		struct kvip_model model;
		struct kvip_err err;

		kvip_model_init(&model);
		assert_int_equal(cluster_try(&model, rows[i].text, &err), -1);
		assert_string_equal(err.text, rows[i].error);
		kvip_model_free(&model);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(service_defaults),
		cmocka_unit_test(service_in_full),
		cmocka_unit_test(S47_affinity_lasts_three_hours_by_default),
		cmocka_unit_test(slice_in_full),
		cmocka_unit_test(node_in_full),
		cmocka_unit_test(what_is_accepted),
		cmocka_unit_test(what_is_refused),
		cmocka_unit_test(what_the_api_server_prints),
		cmocka_unit_test(an_object_twice_names_both_places),
	};

	return cmocka_run_group_tests_name("decode", tests, NULL, NULL);
}
