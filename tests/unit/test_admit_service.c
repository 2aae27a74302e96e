// SPDX-License-Identifier: GPL-2.0-or-later
/* What is refused of a Service, and what it is given. */
#include "admit_scene.h"

/* A Service demo/web with this spec, in YAML. */
static struct json_object *service(const char *spec)
{
	char text[2048];

	snprintf(text, sizeof(text),
		 "apiVersion: v1\nkind: Service\n"
		 "metadata: {name: web, namespace: demo}\nspec: %s\n",
		 spec);
	return object_of(text);
}

static int admit(struct scene *scene, struct json_object *object,
		 struct json_object *old, struct kvip_err *err)
{
	return kvip_admit_service(object, old, &scene->config,
				  &scene->allocator, err);
}

static struct json_object *admitted(struct scene *scene, const char *spec,
				    struct json_object *old)
{
	struct json_object *object = service(spec);
	struct kvip_err err;

	if (admit(scene, object, old, &err))
		fail_msg("%s: %s", spec, err.text);
	return object;
}

static void assert_refused(struct scene *scene, const char *spec,
			   struct json_object *old, const char *sentence)
{
	struct json_object *object = service(spec);
	struct kvip_err err = { "" };
	int status = admit(scene, object, old, &err);

	if (status != -1 || strcmp(err.text, sentence))
		fail_msg("%s:\n%d \"%s\"\nis not\n\"%s\"", spec, status,
			 err.text, sentence);
	json_object_put(object);
}

#define PORTS "ports: [{port: 80}]"
#define INVALID(value) "Invalid value: " value ": "

struct refusal {
	const char *spec;
	const char *sentence;
};

static void check_refusals(const struct refusal *rows, size_t n)
{
	struct scene scene;
	size_t i;

	for (i = 0; i < n; i++) {
		scene_init(&scene, 2);
		assert_refused(&scene, rows[i].spec, NULL, rows[i].sentence);
		/* nothing was taken for what is refused */
		assert_string_equal(scene.log, "");
	}
}

static void ports_are_checked(void **state)
{
	static const struct refusal rows[] = {
		{ "{}", "spec.ports: Required value" },
		{ "{ports: []}", "spec.ports: Required value" },
		{ "{ports: {}}",
		  "spec.ports: expected a list, found an object" },
		{ "{ports: [80]}",
		  "spec.ports[0]: expected an object, found 80" },
		{ "{ports: [{}]}", "spec.ports[0].port: Required value" },
		{ "{ports: [{port: 0}]}",
		  "spec.ports[0].port: " INVALID(
			  "0") "must be between 1 and 65535, inclusive" },
		{ "{ports: [{port: 99999}]}",
		  "spec.ports[0].port: " INVALID(
			  "99999") "must be between 1 and 65535, inclusive" },
		{ "{ports: [{port: '80'}]}",
		  "spec.ports[0].port: expected a number from -2147483648 to 2147483647, found \"80\"" },
		{ "{ports: [{port: 80, targetPort: 99999}]}",
		  "spec.ports[0].targetPort: " INVALID(
			  "99999") "must be between 1 and 65535, inclusive" },
		{ "{ports: [{port: 80, targetPort: '8080'}]}",
		  "spec.ports[0].targetPort: " INVALID(
			  "\"8080\"") "must contain at least one letter (a-z)" },
		{ "{ports: [{port: 80, targetPort: a-name-of-16-let}]}",
		  "spec.ports[0].targetPort: " INVALID(
			  "\"a-name-of-16-let\"") "must be no more than 15 characters" },
		{ "{ports: [{port: 80, targetPort: Http}]}",
		  "spec.ports[0].targetPort: " INVALID(
			  "\"Http\"") "must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)" },
		{ "{ports: [{port: 80, targetPort: a--b}]}",
		  "spec.ports[0].targetPort: " INVALID(
			  "\"a--b\"") "must not contain consecutive hyphens" },
		{ "{ports: [{port: 80, targetPort: a-}]}",
		  "spec.ports[0].targetPort: " INVALID(
			  "\"a-\"") "must not begin or end with a hyphen" },
		{ "{ports: [{port: 80, targetPort: [1]}]}",
		  "spec.ports[0].targetPort: expected a number or a name, found a list" },
		{ "{ports: [{port: 80, protocol: tcp}]}",
		  "spec.ports[0].protocol: Unsupported value: \"tcp\": supported values: \"SCTP\", \"TCP\", \"UDP\"" },
		{ "{ports: [{port: 80}, {port: 81, name: b}]}",
		  "spec.ports[0].name: Required value" },
		{ "{ports: [{port: 80, name: a}, {port: 81, name: a}]}",
		  "spec.ports[1].name: Duplicate value: \"a\"" },
		{ "{ports: [{port: 80, name: A}]}",
		  "spec.ports[0].name: " INVALID(
			  "\"A\"") "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character" },
		{ "{ports: [{port: 80, name: a}, {port: 80, name: b}]}",
		  "spec.ports[1]: Duplicate value: port 80 of TCP" },
		{ "{ports: [{port: 80, appProtocol: a/b/c}]}",
		  "spec.ports[0].appProtocol: " INVALID(
			  "\"a/b/c\"") "a qualified name must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character, with an optional DNS subdomain prefix and '/'" },
	};

	(void)state;
	check_refusals(rows, ARRAY_SIZE(rows));
}

#define RANGE(value)   \
	INVALID(value) \
	"provided port is not in the valid range. The range of valid ports is 30000-32767"

static void node_ports_are_checked(void **state)
{
	static const struct refusal rows[] = {
		{ "{type: NodePort, ports: [{port: 80, nodePort: 80}]}",
		  "spec.ports[0].nodePort: " RANGE("80") },
		{ "{type: NodePort, ports: [{port: 80, nodePort: 98304}]}",
		  "spec.ports[0].nodePort: " RANGE("98304") },
		{ "{type: NodePort, ports: [{port: 80, nodePort: -1}]}",
		  "spec.ports[0].nodePort: " RANGE("-1") },
		{ "{ports: [{port: 80, nodePort: 30080}]}",
		  "spec.ports[0].nodePort: Forbidden: may not be used when `type` is 'ClusterIP'" },
		{ "{type: ExternalName, externalName: a.b, ports: [{port: 80, nodePort: 30080}]}",
		  "spec.ports[0].nodePort: Forbidden: may not be used when `type` is 'ExternalName'" },
		{ "{type: NodePort, ports: [{port: 80, name: a, nodePort: 30080},"
		  " {port: 81, name: b, nodePort: 30080}]}",
		  "spec.ports[1].nodePort: Duplicate value: 30080" },
		{ "{type: LoadBalancer, externalTrafficPolicy: Local, healthCheckNodePort: 70000, " PORTS
		  "}",
		  "spec.healthCheckNodePort: " INVALID(
			  "70000") "must be between 1 and 65535, inclusive" },
		{ "{type: LoadBalancer, healthCheckNodePort: 30001, " PORTS "}",
		  "spec.healthCheckNodePort: " INVALID(
			  "30001") "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'" },
	};

	(void)state;
	check_refusals(rows, ARRAY_SIZE(rows));
}

static void addresses_are_checked(void **state)
{
	static const struct refusal rows[] = {
		{ "{clusterIP: x, " PORTS "}",
		  "spec.clusterIPs[0]: " INVALID(
			  "\"x\"") "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)" },
		{ "{clusterIP: 10, " PORTS "}",
		  "spec.clusterIP: expected a string, found 10" },
		{ "{clusterIPs: 10.96.0.9, " PORTS "}",
		  "spec.clusterIPs: expected a list, found \"10.96.0.9\"" },
		{ "{clusterIPs: [null], " PORTS "}",
		  "spec.clusterIPs[0]: expected a string, found nothing" },
		{ "{clusterIP: 10.96.0.010, " PORTS "}",
		  "spec.clusterIPs[0]: " INVALID(
			  "\"10.96.0.010\"") "must not have leading 0s" },
		{ "{clusterIP: '::ffff:10.96.0.9', " PORTS "}",
		  "spec.clusterIPs[0]: " INVALID(
			  "\"::ffff:10.96.0.9\"") "must not be an IPv4-mapped IPv6 address" },
		{ "{clusterIPs: [10.96.0.9], " PORTS "}",
		  "spec.clusterIPs: " INVALID(
			  "[\"10.96.0.9\"]") "must be empty when `clusterIP` is not specified" },
		{ "{clusterIP: 10.96.0.8, clusterIPs: [10.96.0.9], " PORTS "}",
		  "spec.clusterIPs: " INVALID(
			  "[\"10.96.0.9\"]") "first value must match `clusterIP`" },
		{ "{clusterIP: 10.96.0.9, clusterIPs: [10.96.0.9, 10.96.0.8], ipFamilyPolicy: PreferDualStack, " PORTS
		  "}",
		  "spec.clusterIPs: " INVALID(
			  "[\"10.96.0.9\",\"10.96.0.8\"]") "may specify no more than one IP for each IP family" },
		{ "{clusterIP: 10.96.0.9, clusterIPs: [10.96.0.9, 'fd00:10:96::9', 10.96.0.8], " PORTS
		  "}",
		  "spec.clusterIPs: " INVALID(
			  "[\"10.96.0.9\",\"fd00:10:96::9\",\"10.96.0.8\"]") "may only hold up to 2 values" },
		{ "{clusterIP: None, clusterIPs: [None, 10.96.0.9], " PORTS "}",
		  "spec.clusterIPs: " INVALID(
			  "[\"None\",\"10.96.0.9\"]") "'None' must be the first and only value" },
		{ "{type: NodePort, clusterIP: None, " PORTS "}",
		  "spec.clusterIPs[0]: " INVALID(
			  "\"None\"") "may not be set to 'None' for NodePort services" },
		{ "{type: LoadBalancer, clusterIP: None, " PORTS "}",
		  "spec.clusterIPs[0]: " INVALID(
			  "\"None\"") "may not be set to 'None' for LoadBalancer services" },
		{ "{clusterIP: 10.96.0.9, ipFamilies: [IPv6], " PORTS "}",
		  "spec.clusterIPs[0]: " INVALID(
			  "\"10.96.0.9\"") "expected an IPv6 value as indicated by `ipFamilies[0]`" },
		{ "{ipFamilies: [IPv5], " PORTS "}",
		  "spec.ipFamilies[0]: Unsupported value: \"IPv5\": supported values: \"IPv4\", \"IPv6\"" },
		{ "{ipFamilies: [IPv4, IPv4], " PORTS "}",
		  "spec.ipFamilies[1]: Duplicate value: \"IPv4\"" },
		{ "{ipFamilies: [IPv4, IPv6], " PORTS "}",
		  "spec.ipFamilyPolicy: " INVALID(
			  "\"SingleStack\"") "must be 'RequireDualStack' or 'PreferDualStack' when multiple IP families are specified" },
		{ "{clusterIP: 10.96.0.9, clusterIPs: [10.96.0.9, 'fd00:10:96::9'], " PORTS
		  "}",
		  "spec.ipFamilyPolicy: " INVALID(
			  "\"SingleStack\"") "must be 'RequireDualStack' or 'PreferDualStack' when multiple cluster IPs are specified" },
		{ "{ipFamilyPolicy: DualStack, " PORTS "}",
		  "spec.ipFamilyPolicy: Unsupported value: \"DualStack\": supported values: \"PreferDualStack\", \"RequireDualStack\", \"SingleStack\"" },
	};

	(void)state;
	check_refusals(rows, ARRAY_SIZE(rows));
}

#define ONLY_BALANCER \
	"Forbidden: may only be used when `type` is 'LoadBalancer'"

static void the_rest_is_checked(void **state)
{
	static const struct refusal rows[] = {
		{ "[]", "spec: expected an object, found a list" },
		{ "{type: Foo, " PORTS "}",
		  "spec.type: Unsupported value: \"Foo\": supported values: \"ClusterIP\", \"ExternalName\", \"LoadBalancer\", \"NodePort\"" },
		{ "{selector: {a/b/c: x}, " PORTS "}",
		  "spec.selector: " INVALID(
			  "\"a/b/c\"") "a qualified name must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character, with an optional DNS subdomain prefix and '/'" },
		{ "{selector: {a: -x}, " PORTS "}",
		  "spec.selector: " INVALID(
			  "\"-x\"") "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character" },
		{ "{selector: {a: 1}, " PORTS "}",
		  "spec.selector.a: expected a string, found 1" },
		{ "{selector: [a], " PORTS "}",
		  "spec.selector: expected an object, found a list" },
		{ "{sessionAffinity: Cookie, " PORTS "}",
		  "spec.sessionAffinity: Unsupported value: \"Cookie\": supported values: \"ClientIP\", \"None\"" },
		{ "{sessionAffinity: ClientIP, sessionAffinityConfig: {clientIP: {timeoutSeconds: 0}}, " PORTS
		  "}",
		  "spec.sessionAffinityConfig.clientIP.timeoutSeconds: " INVALID(
			  "0") "must be greater than 0 and less than 86400" },
		{ "{sessionAffinity: ClientIP, sessionAffinityConfig: {clientIP: {timeoutSeconds: 86401}}, " PORTS
		  "}",
		  "spec.sessionAffinityConfig.clientIP.timeoutSeconds: " INVALID(
			  "86401") "must be greater than 0 and less than 86400" },
		{ "{internalTrafficPolicy: local, " PORTS "}",
		  "spec.internalTrafficPolicy: Unsupported value: \"local\": supported values: \"Cluster\", \"Local\"" },
		{ "{type: NodePort, externalTrafficPolicy: local, " PORTS "}",
		  "spec.externalTrafficPolicy: Unsupported value: \"local\": supported values: \"Cluster\", \"Local\"" },
		{ "{externalTrafficPolicy: Local, " PORTS "}",
		  "spec.externalTrafficPolicy: " INVALID(
			  "\"Local\"") "may only be set for externally-accessible services" },
		{ "{externalIPs: [127.0.0.1], " PORTS "}",
		  "spec.externalIPs[0]: " INVALID(
			  "\"127.0.0.1\"") "may not be in the loopback range (127.0.0.0/8, ::1/128)" },
		{ "{externalIPs: ['::'], " PORTS "}",
		  "spec.externalIPs[0]: " INVALID(
			  "\"::\"") "may not be unspecified (::)" },
		{ "{externalIPs: [169.254.1.1], " PORTS "}",
		  "spec.externalIPs[0]: " INVALID(
			  "\"169.254.1.1\"") "may not be in the link-local range (169.254.0.0/16, fe80::/10)" },
		{ "{externalIPs: [203.0.113.1, 224.0.0.5], " PORTS "}",
		  "spec.externalIPs[1]: " INVALID(
			  "\"224.0.0.5\"") "may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)" },
		{ "{externalIPs: [239.1.1.1], " PORTS "}",
		  "spec.externalIPs[0]: " INVALID(
			  "\"239.1.1.1\"") "may not be a multicast address" },
		{ "{externalIPs: [a], " PORTS "}",
		  "spec.externalIPs[0]: " INVALID(
			  "\"a\"") "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)" },
		{ "{type: LoadBalancer, loadBalancerIP: x, " PORTS "}",
		  "spec.loadBalancerIP: " INVALID(
			  "\"x\"") "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)" },
		{ "{loadBalancerSourceRanges: [10.0.0.0/8], " PORTS "}",
		  "spec.loadBalancerSourceRanges: " ONLY_BALANCER },
		{ "{type: LoadBalancer, loadBalancerSourceRanges: [10.0.0.0], " PORTS
		  "}",
		  "spec.loadBalancerSourceRanges[0]: " INVALID(
			  "\"10.0.0.0\"") "must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)" },
		{ "{type: LoadBalancer, loadBalancerSourceRanges: [10.0.0.1/8], " PORTS
		  "}",
		  "spec.loadBalancerSourceRanges[0]: " INVALID(
			  "\"10.0.0.1/8\"") "must not have bits set beyond the prefix length" },
		{ "{type: LoadBalancer, loadBalancerSourceRanges: [10.0.0.0/08], " PORTS
		  "}",
		  "spec.loadBalancerSourceRanges[0]: " INVALID(
			  "\"10.0.0.0/08\"") "must not have leading 0s in prefix length" },
		{ "{type: LoadBalancer, loadBalancerSourceRanges: [10.00.0.0/8], " PORTS
		  "}",
		  "spec.loadBalancerSourceRanges[0]: " INVALID(
			  "\"10.00.0.0/8\"") "must not have leading 0s in IP" },
		{ "{loadBalancerClass: a.b/c, " PORTS "}",
		  "spec.loadBalancerClass: " ONLY_BALANCER },
		{ "{type: LoadBalancer, loadBalancerClass: 'a b', " PORTS "}",
		  "spec.loadBalancerClass: " INVALID(
			  "\"a b\"") "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character" },
		{ "{allocateLoadBalancerNodePorts: true, " PORTS "}",
		  "spec.allocateLoadBalancerNodePorts: " ONLY_BALANCER },
		{ "{publishNotReadyAddresses: 'yes', " PORTS "}",
		  "spec.publishNotReadyAddresses: expected true or false, found \"yes\"" },
		{ "{trafficDistribution: PreferClosest, " PORTS "}",
		  "spec.trafficDistribution: Unsupported value: \"PreferClosest\": supported values: \"PreferClose\", \"PreferSameZone\", \"PreferSameNode\"" },
		{ "{type: ExternalName}", "spec.externalName: Required value" },
		{ "{type: ExternalName, externalName: .}",
		  "spec.externalName: Required value" },
		{ "{type: ExternalName, externalName: a..b}",
		  "spec.externalName: " INVALID(
			  "\"a..b\"") "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character" },
		{ "{type: ExternalName, externalName: a.b, clusterIP: 10.96.0.9}",
		  "spec.clusterIPs: Forbidden: may not be set for ExternalName services" },
		{ "{type: ExternalName, externalName: a.b, ipFamilies: [IPv4]}",
		  "spec.ipFamilies: Forbidden: may not be set for ExternalName services" },
		{ "{type: ExternalName, externalName: a.b, ipFamilyPolicy: SingleStack}",
		  "spec.ipFamilyPolicy: Forbidden: may not be set for ExternalName services" },
	};

	(void)state;
	check_refusals(rows, ARRAY_SIZE(rows));
}

static void assert_member(struct json_object *object, const char *path,
			  const char *json)
{
	const char *text = json_object_to_json_string_ext(
		member_at(object, path),
		JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE);

	if (strcmp(text, json))
		fail_msg("%s is %s, not %s", path, text, json);
}

static void one_family_only(void **state)
{
	static const struct refusal rows[] = {
		{ "{ipFamilyPolicy: RequireDualStack, " PORTS "}",
		  "spec.ipFamilyPolicy: " INVALID(
			  "\"RequireDualStack\"") "this cluster is not configured for dual-stack services" },
		{ "{ipFamilies: [IPv6], " PORTS "}",
		  "spec.ipFamilies[0]: " INVALID(
			  "\"IPv6\"") "not configured on this cluster" },
		{ "{clusterIP: 'fd00:10:96::9', " PORTS "}",
		  "spec.clusterIPs[0]: " INVALID(
			  "\"fd00:10:96::9\"") "IPv6 is not configured on this cluster" },
	};
	struct json_object *object;
	struct scene scene;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		scene_init(&scene, 1);
		assert_refused(&scene, rows[i].spec, NULL, rows[i].sentence);
	}
	scene_init(&scene, 1);
	object = admitted(&scene,
			  "{ipFamilyPolicy: PreferDualStack, " PORTS "}", NULL);
	assert_member(object, "spec.ipFamilies", "[\"IPv4\"]");
	assert_member(object, "spec.clusterIPs", "[\"10.96.1.1\"]");
	json_object_put(object);
	/* without selector and address, families are the user's own business */
	object = admitted(&scene, "{clusterIP: None}", NULL);
	assert_member(object, "spec.ipFamilies", "[\"IPv4\",\"IPv6\"]");
	assert_member(object, "spec.ipFamilyPolicy", "\"RequireDualStack\"");
	json_object_put(object);
}

/* What is asked for comes first, then what is left open. */
static void things_are_taken_in_order(void **state)
{
	static const struct {
		const char *spec;
		const char *log;
		const char *path;
		const char *value;
	} rows[] = {
		{ "{" PORTS "}", "any IPv4 ", "spec.clusterIP",
		  "\"10.96.1.1\"" },
		{ "{ipFamilyPolicy: RequireDualStack, clusterIP: 10.96.0.9, " PORTS
		  "}",
		  "10.96.0.9 any IPv6 ", "spec.clusterIPs",
		  "[\"10.96.0.9\",\"fd00:10:96::101\"]" },
		{ "{ipFamilyPolicy: PreferDualStack, ipFamilies: [IPv6], " PORTS
		  "}",
		  "any IPv6 any IPv4 ", "spec.clusterIP",
		  "\"fd00:10:96::101\"" },
		{ "{type: ExternalName, externalName: db.example.com.}", "",
		  "spec.externalName", "\"db.example.com.\"" },
		{ "{clusterIP: None, " PORTS "}", "", "spec.clusterIPs",
		  "[\"None\"]" },
		{ "{type: NodePort, ports: [{port: 1, name: a}, {port: 2, name: b, nodePort: 30100}]}",
		  "any IPv4 30100/TCP 0/TCP ", "spec.ports.0.nodePort",
		  "30101" },
		{ "{type: NodePort, ports: [{port: 53, name: t}, {port: 53, name: u, protocol: UDP}]}",
		  "any IPv4 0/TCP/UDP ", "spec.ports.1.nodePort", "30100" },
		{ "{type: NodePort, ports: [{port: 53, name: t}, {port: 53, name: u, protocol: UDP, nodePort: 30053}]}",
		  "any IPv4 30053/UDP 30053/TCP ", "spec.ports.0.nodePort",
		  "30053" },
		{ "{type: LoadBalancer, allocateLoadBalancerNodePorts: false,"
		  " ports: [{port: 1, name: a}, {port: 2, name: b, nodePort: 30111}]}",
		  "any IPv4 30111/TCP ", "spec.ports.0.nodePort", "null" },
		{ "{type: LoadBalancer, externalTrafficPolicy: Local, " PORTS
		  "}",
		  "any IPv4 0/TCP health 0/TCP ", "spec.healthCheckNodePort",
		  "30101" },
		{ "{type: LoadBalancer, externalTrafficPolicy: Local, healthCheckNodePort: 30100, " PORTS
		  "}",
		  "any IPv4 health 30100/TCP 0/TCP ", "spec.ports.0.nodePort",
		  "30101" },
	};
	struct json_object *object;
	struct scene scene;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		scene_init(&scene, 2);
		object = admitted(&scene, rows[i].spec, NULL);
		assert_string_equal(scene.log, rows[i].log);
		assert_member(object, rows[i].path, rows[i].value);
		json_object_put(object);
	}
}

static void protocols_share_a_node_port_where_they_can(void **state)
{
	static const char spec[] =
		"{type: NodePort, ports: [{port: 53, name: t, nodePort: 30053},"
		" {port: 53, name: u, protocol: UDP}, {port: 53, name: s, protocol: SCTP}]}";
	struct json_object *object;
	struct scene scene;

	(void)state;
	scene_init(&scene, 2);
	scene_take_port(&scene, IPPROTO_UDP, 30053);
	object = admitted(&scene, spec, NULL);
	assert_member(object, "spec.ports.1.nodePort", "30100");
	assert_member(object, "spec.ports.2.nodePort", "30053");
	json_object_put(object);
}

static void what_cannot_be_had_is_refused(void **state)
{
	struct scene scene;

	(void)state;
	scene_init(&scene, 2);
	kvip_addr_parse("10.96.0.9", &scene.addrs[scene.n_addrs++]);
	assert_refused(&scene, "{clusterIP: 10.96.0.9, " PORTS "}", NULL,
		       "spec.clusterIPs[0]: 10.96.0.9 is taken by demo/api");
	scene_take_port(&scene, IPPROTO_TCP, 31000);
	assert_refused(
		&scene,
		"{type: NodePort, ports: [{port: 1, name: a}, {port: 2, name: b, nodePort: 31000}]}",
		NULL, "spec.ports[1].nodePort: 31000 is taken by demo/api");
	assert_refused(
		&scene,
		"{type: LoadBalancer, externalTrafficPolicy: Local, healthCheckNodePort: 31000, " PORTS
		"}",
		NULL, "spec.healthCheckNodePort: 31000 is taken by demo/api");
	scene.exhausted = true;
	assert_refused(&scene, "{" PORTS "}", NULL,
		       "spec.clusterIPs[0]: no address is free");
	assert_refused(
		&scene, "{clusterIP: 10.96.0.8, type: NodePort, " PORTS "}",
		NULL,
		"spec.ports[0].nodePort: no node port is free within 30000-32767");
}

static void what_is_just_within_is_admitted(void **state)
{
#define TIMEOUT(seconds)                                                 \
	"{sessionAffinity: ClientIP, sessionAffinityConfig: {clientIP: " \
	"{timeoutSeconds: " seconds "}}, " PORTS "}"
	static const char *const specs[] = {
		TIMEOUT("1"),
		TIMEOUT("86400"),
		"{ports: [{port: 1, targetPort: 65535}]}",
		"{ports: [{port: 65535, targetPort: 1}]}",
		"{ports: [{port: 80, targetPort: a-name-of-15-le}]}",
		"{type: NodePort, ports: [{port: 80, nodePort: 30000}]}",
		"{type: NodePort, ports: [{port: 80, nodePort: 32767}]}",
		"{type: LoadBalancer, externalTrafficPolicy: Local, healthCheckNodePort: 65535, " PORTS
		"}",
		"{type: LoadBalancer, loadBalancerSourceRanges: [' 10.0.0.0/8 ', 0.0.0.0/0, '::/0'], " PORTS
		"}",
		"{type: ExternalName, externalName: a}",
		"{selector: {}, sessionAffinity: '', clusterIP: '', type: '', " PORTS
		"}",
		"{sessionAffinity: ClientIP, sessionAffinityConfig: {}, " PORTS
		"}",
	};
	struct scene scene;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(specs); i++) {
		scene_init(&scene, 2);
		json_object_put(admitted(&scene, specs[i], NULL));
	}
}

static void unknown_fields_stay(void **state)
{
	struct json_object *object;
	struct scene scene;

	(void)state;
	scene_init(&scene, 2);
	object = admitted(
		&scene, "{new: {a: [1, x]}, ports: [{port: 80, later: true}]}",
		NULL);
	assert_member(object, "spec.new", "{\"a\":[1,\"x\"]}");
	assert_member(
		object, "spec.ports.0",
		"{\"port\":80,\"later\":true,\"protocol\":\"TCP\",\"targetPort\":80}");
	assert_member(object, "status", "{\"loadBalancer\":{}}");
	json_object_put(object);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ports_are_checked),
		cmocka_unit_test(node_ports_are_checked),
		cmocka_unit_test(addresses_are_checked),
		cmocka_unit_test(the_rest_is_checked),
		cmocka_unit_test(one_family_only),
		cmocka_unit_test(things_are_taken_in_order),
		cmocka_unit_test(protocols_share_a_node_port_where_they_can),
		cmocka_unit_test(what_cannot_be_had_is_refused),
		cmocka_unit_test(what_is_just_within_is_admitted),
		cmocka_unit_test(unknown_fields_stay),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
