// SPDX-License-Identifier: GPL-2.0-or-later
/* What is refused of objects of every kind, and what they are given. */
#include "admit_scene.h"

#include "kinds.h"

/* An object of this kind, with these lines of YAML behind the first two. */
static struct json_object *object_with(enum kvip_kind kind, const char *lines)
{
	char text[2048];

	snprintf(text, sizeof(text), "apiVersion: %s\nkind: %s\n%s\n",
		 kvip_kinds[kind].api_version, kvip_kinds[kind].name, lines);
	return object_of(text);
}

struct row {
	enum kvip_kind kind;
	const char *lines;
	const char *path; /* NULL: it is refused, with @value */
	const char *value;
};

static const char *plain(struct json_object *object)
{
	return json_object_to_json_string_ext(
		object,
		JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE);
}

static void check(const struct row *row, struct json_object *old)
{
	struct json_object *object = object_with(row->kind, row->lines);
	struct kvip_err err = { "" };
	int status = kvip_admit(row->kind, object, old, &err);

	if (!row->path && (!status || strcmp(err.text, row->value)))
		fail_msg("%s:\n%d \"%s\"\nis not\n\"%s\"", row->lines, status,
			 err.text, row->value);
	if (row->path && status)
		fail_msg("%s: %s", row->lines, err.text);
	if (row->path &&
	    strcmp(plain(member_at(object, row->path)), row->value))
		fail_msg("%s: %s is %s, not %s", row->lines, row->path,
			 plain(member_at(object, row->path)), row->value);
	json_object_put(object);
}

static void check_all(const struct row *rows, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		check(&rows[i], NULL);
}

#define POD KVIP_KIND_POD
#define NODE KVIP_KIND_NODE
#define DEPLOYMENT KVIP_KIND_DEPLOYMENT
#define SLICE KVIP_KIND_ENDPOINT_SLICE

#define LABEL                                                                 \
	"a lowercase RFC 1123 label must consist of lower case alphanumeric " \
	"characters or '-', and must start and end with an alphanumeric "     \
	"character"
#define SUBDOMAIN                                                              \
	"a lowercase RFC 1123 subdomain must consist of lower case "           \
	"alphanumeric characters, '-' or '.', and must start and end with an " \
	"alphanumeric character"
#define NAME_PART                                                              \
	"name part must consist of alphanumeric characters, '-', '_' or '.', " \
	"and must start and end with an alphanumeric character"

static void metadata_is_checked(void **state)
{
	static const struct row rows[] = {
		{ POD, "metadata: {name: a}", "metadata.namespace",
		  "\"default\"" },
		{ POD, "metadata: {name: a, namespace: ''}",
		  "metadata.namespace", "\"default\"" },
		{ POD, "metadata: {name: a, creationTimestamp: null}",
		  "metadata", "{\"name\":\"a\",\"namespace\":\"default\"}" },
		{ NODE, "metadata: {name: a}", "metadata.namespace", "null" },
		{ POD, "spec: {}", NULL, "metadata: Required value" },
		{ POD, "metadata: a", NULL,
		  "metadata: expected an object, found \"a\"" },
		{ POD, "metadata: {}", NULL,
		  "metadata.name: Required value: name or generateName is required" },
		{ POD, "metadata: {name: 7}", NULL,
		  "metadata.name: expected a string, found 7" },
		{ POD, "metadata: {name: A}", NULL,
		  "metadata.name: Invalid value: \"A\": " SUBDOMAIN },
		{ POD, "metadata: {name: a, namespace: b.c}", NULL,
		  "metadata.namespace: Invalid value: \"b.c\": " LABEL },
		{ NODE, "metadata: {name: a, namespace: demo}", NULL,
		  "metadata.namespace: Forbidden: not allowed on this type" },
		{ POD, "metadata: {name: a, labels: [x]}", NULL,
		  "metadata.labels: expected an object, found a list" },
		{ POD, "metadata: {name: a, labels: {x: true}}", NULL,
		  "metadata.labels.x: expected a string, found true" },
		{ POD, "metadata: {name: a, labels: {-x: y}}", NULL,
		  "metadata.labels: Invalid value: \"-x\": " NAME_PART },
		{ POD, "metadata: {name: a, annotations: {Example.com/X: y}}",
		  "metadata.annotations", "{\"Example.com/X\":\"y\"}" },
		{ POD, "metadata: {name: a, annotations: {x: 1}}", NULL,
		  "metadata.annotations.x: expected a string, found 1" },
		{ POD, "metadata: {name: a, annotations: {' x': y}}", NULL,
		  "metadata.annotations: Invalid value: \" x\": " NAME_PART },
		{ POD, "metadata: {name: a, finalizers: [a.b/c, 'x y']}", NULL,
		  "metadata.finalizers[1]: Invalid value: \"x y\": " NAME_PART },
	};

	(void)state;
	check_all(rows, ARRAY_SIZE(rows));
}

static void annotations_have_a_limit(void **state)
{
	struct json_object *object =
		object_with(POD, "metadata: {name: a, annotations: {b: ''}}");
	char *text = calloc(1, (256 << 10) + 1);
	struct kvip_err err;

	(void)state;
	memset(text, 'x', (256 << 10) - 1);
	json_object_object_add(member_at(object, "metadata.annotations"), "b",
			       json_object_new_string(text));
	assert_int_equal(kvip_admit(POD, object, NULL, &err), 0);
	text[(256 << 10) - 1] = 'x';
	json_object_object_add(member_at(object, "metadata.annotations"), "b",
			       json_object_new_string(text));
	assert_int_equal(kvip_admit(POD, object, NULL, &err), -1);
	assert_string_equal(
		err.text,
		"metadata.annotations: Too long: may not be more than 262144 bytes");
	free(text);
	json_object_put(object);
}

#define META "metadata: {name: a, namespace: demo}\n"
#define V4 META "addressType: IPv4\n"
#define V6 META "addressType: IPv6\n"
#define FQDN META "addressType: FQDN\n"

static void slices_are_checked(void **state)
{
	static const struct row rows[] = {
		{ SLICE, V4 "ports: [{port: 80}]", "ports.0",
		  "{\"port\":80,\"name\":\"\",\"protocol\":\"TCP\"}" },
		{ SLICE, V4 "ports: [{name: a}]", "ports.0",
		  "{\"name\":\"a\",\"protocol\":\"TCP\"}" },
		{ SLICE, V4 "endpoints: null\nports: null", "endpoints",
		  "null" },
		{ SLICE, V4 "endpoints: [{addresses: [10.1.1.1]}]",
		  "endpoints.0", "{\"addresses\":[\"10.1.1.1\"]}" },
		{ SLICE, V6 "endpoints: [{addresses: ['fd00::1']}]",
		  "addressType", "\"IPv6\"" },
		{ SLICE, FQDN "endpoints: [{addresses: [a.b.]}]", "addressType",
		  "\"FQDN\"" },
		{ SLICE, META, NULL, "addressType: Required value" },
		{ SLICE, META "addressType: IP", NULL,
		  "addressType: Unsupported value: \"IP\": supported values: \"FQDN\", \"IPv4\", \"IPv6\"" },
		{ SLICE, V4 "endpoints: [{}]", NULL,
		  "endpoints[0].addresses: Required value: must contain at least 1 address" },
		/* the three of the fixture of a refused slice */
		{ SLICE, V4 "endpoints: [{addresses: [127.0.0.1]}]", NULL,
		  "endpoints[0].addresses[0]: Invalid value: \"127.0.0.1\": may not be in the loopback range (127.0.0.0/8, ::1/128)" },
		{ SLICE, V4 "endpoints: [{addresses: [169.254.1.1]}]", NULL,
		  "endpoints[0].addresses[0]: Invalid value: \"169.254.1.1\": may not be in the link-local range (169.254.0.0/16, fe80::/10)" },
		{ SLICE, V4 "endpoints: [{addresses: [010.1.1.1]}]", NULL,
		  "endpoints[0].addresses[0]: Invalid value: \"010.1.1.1\": must not have leading 0s" },
		{ SLICE, V4 "endpoints: [{addresses: ['fd00::1']}]", NULL,
		  "endpoints[0].addresses[0]: Invalid value: \"fd00::1\": must be an IPv4 address" },
		{ SLICE, V6 "endpoints: [{addresses: [10.1.1.1]}]", NULL,
		  "endpoints[0].addresses[0]: Invalid value: \"10.1.1.1\": must be an IPv6 address" },
		{ SLICE, FQDN "endpoints: [{addresses: [a]}]", NULL,
		  "endpoints[0].addresses[0]: Invalid value: \"a\": should be a domain with at least two segments separated by dots" },
		{ SLICE,
		  V4
		  "endpoints: [{addresses: [10.1.1.1], conditions: {ready: 1}}]",
		  NULL,
		  "endpoints[0].conditions.ready: expected true or false, found 1" },
		{ SLICE,
		  V4 "endpoints: [{addresses: [10.1.1.1], hostname: a.b}]",
		  NULL,
		  "endpoints[0].hostname: Invalid value: \"a.b\": " LABEL },
		{ SLICE, V4 "endpoints: [{addresses: [10.1.1.1], nodeName: A}]",
		  NULL,
		  "endpoints[0].nodeName: Invalid value: \"A\": " SUBDOMAIN },
		{ SLICE,
		  V4
		  "endpoints: [{addresses: [10.1.1.1], hints: {forZones: [{}]}}]",
		  NULL, "endpoints[0].hints.forZones[0].name: Required value" },
		{ SLICE,
		  V4
		  "endpoints: [{addresses: [10.1.1.1], hints: {forNodes: [{name: 1}]}}]",
		  NULL,
		  "endpoints[0].hints.forNodes[0].name: expected a string, found 1" },
		{ SLICE, V4 "ports: [{port: 0}]", NULL,
		  "ports[0].port: Invalid value: 0: must be between 1 and 65535, inclusive" },
		{ SLICE, V4 "ports: [{port: 1}, {port: 2}]", NULL,
		  "ports[1].name: Duplicate value: \"\"" },
		{ SLICE, V4 "ports: [{port: 1, name: x}, {port: 2, name: x}]",
		  NULL, "ports[1].name: Duplicate value: \"x\"" },
		{ SLICE, V4 "ports: [{port: 1, protocol: ICMP}]", NULL,
		  "ports[0].protocol: Unsupported value: \"ICMP\": supported values: \"SCTP\", \"TCP\", \"UDP\"" },
		{ SLICE, V4 "ports: [{port: 1, name: X}]", NULL,
		  "ports[0].name: Invalid value: \"X\": " LABEL },
	};

	(void)state;
	check_all(rows, ARRAY_SIZE(rows));
}

/* A list under this name, of @n elements that are all the same. */
static struct json_object *long_slice(const char *name, size_t n)
{
	struct json_object *object = object_with(SLICE, V4);
	struct json_object *list = json_object_new_array();
	size_t i;

	for (i = 0; i < n; i++)
		json_object_array_add(
			list,
			json_tokener_parse("{\"addresses\":[\"10.1.1.1\"]}"));
	json_object_object_add(object, name, list);
	return object;
}

static void slices_have_limits(void **state)
{
	struct json_object *object = long_slice("endpoints", 1000), *list;
	struct kvip_err err;
	size_t i;

	(void)state;
	assert_int_equal(kvip_admit(SLICE, object, NULL, &err), 0);
	json_object_put(object);
	object = long_slice("endpoints", 1001);
	assert_int_equal(kvip_admit(SLICE, object, NULL, &err), -1);
	assert_string_equal(
		err.text,
		"endpoints: Too many: 1001: must have at most 1000 items");
	json_object_put(object);
	object = long_slice("ports", 101);
	assert_int_equal(kvip_admit(SLICE, object, NULL, &err), -1);
	assert_string_equal(
		err.text, "ports: Too many: 101: must have at most 100 items");
	json_object_put(object);
	object = long_slice("endpoints", 1);
	list = member_at(object, "endpoints.0.addresses");
	for (i = 0; i < 100; i++)
		json_object_array_add(list, json_object_new_string("10.1.1.1"));
	assert_int_equal(kvip_admit(SLICE, object, NULL, &err), -1);
	assert_string_equal(
		err.text,
		"endpoints[0].addresses: Too many: 101: must have at most 100 items");
	json_object_put(object);
}

static void address_types_stay(void **state)
{
	static const struct row row = {
		SLICE, V6, NULL,
		"addressType: Invalid value: \"IPv6\": field is immutable"
	};
	struct json_object *old = object_with(SLICE, V4);

	(void)state;
	check(&row, old);
	json_object_put(old);
}

static void pods_are_checked(void **state)
{
	static const struct row rows[] = {
		{ POD, META "status: {podIP: 10.1.1.1}", "status",
		  "{\"podIP\":\"10.1.1.1\",\"podIPs\":[{\"ip\":\"10.1.1.1\"}],\"phase\":\"Running\"}" },
		{ POD, META "status: {podIPs: [{ip: 10.1.1.1}]}",
		  "status.podIP", "\"10.1.1.1\"" },
		{ POD, META, "status", "{\"phase\":\"Pending\"}" },
		{ POD, META "status: {podIP: '', phase: Failed}",
		  "status.phase", "\"Failed\"" },
		{ POD,
		  META "spec: {containers: [{ports: [{containerPort: 80}]}]}",
		  "spec.containers.0.ports.0",
		  "{\"containerPort\":80,\"protocol\":\"TCP\"}" },
		{ POD, META "spec: {nodeName: A}", NULL,
		  "spec.nodeName: Invalid value: \"A\": " SUBDOMAIN },
		{ POD, META "spec: {hostname: a.b}", NULL,
		  "spec.hostname: Invalid value: \"a.b\": " LABEL },
		{ POD, META "spec: {subdomain: a.b}", NULL,
		  "spec.subdomain: Invalid value: \"a.b\": " LABEL },
		{ POD, META "spec: {containers: {}}", NULL,
		  "spec.containers: expected a list, found an object" },
		{ POD,
		  META "spec: {containers: [{ports: [{containerPort: 0}]}]}",
		  NULL,
		  "spec.containers[0].ports[0].containerPort: Invalid value: 0: must be between 1 and 65535, inclusive" },
		{ POD,
		  META
		  "spec: {initContainers: [{ports: [{containerPort: 80, name: HTTP}]}]}",
		  NULL,
		  "spec.initContainers[0].ports[0].name: Invalid value: \"HTTP\": must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)" },
		{ POD,
		  META
		  "spec: {containers: [{ports: [{containerPort: 80, protocol: X}]}]}",
		  NULL,
		  "spec.containers[0].ports[0].protocol: Unsupported value: \"X\": supported values: \"SCTP\", \"TCP\", \"UDP\"" },
		{ POD, META "status: {podIP: x}", NULL,
		  "status.podIP: Invalid value: \"x\": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)" },
		{ POD,
		  META "status: {podIP: 10.1.1.1, podIPs: [{ip: 10.1.1.2}]}",
		  NULL,
		  "status.podIPs[0].ip: Invalid value: \"10.1.1.2\": must be equal to `podIP`" },
		{ POD,
		  META "status: {podIPs: [{ip: 10.1.1.1}, {ip: 10.1.1.2}]}",
		  NULL,
		  "status.podIPs: Invalid value: [{\"ip\":\"10.1.1.1\"},{\"ip\":\"10.1.1.2\"}]: may specify no more than one IP for each IP family" },
		{ POD, META "status: {phase: Dead}", NULL,
		  "status.phase: Unsupported value: \"Dead\": supported values: \"Failed\", \"Pending\", \"Running\", \"Succeeded\", \"Unknown\"" },
		{ POD, META "status: {conditions: [{status: 'True'}]}", NULL,
		  "status.conditions[0].type: Required value" },
		{ POD, META "status: {conditions: [{type: Ready}]}", NULL,
		  "status.conditions[0].status: Required value" },
		{ POD,
		  META "status: {conditions: [{type: Ready, status: true}]}",
		  NULL,
		  "status.conditions[0].status: expected a string, found true" },
		{ POD,
		  META "status: {conditions: [{type: Ready, status: 'yes'}]}",
		  NULL,
		  "status.conditions[0].status: Unsupported value: \"yes\": supported values: \"False\", \"True\", \"Unknown\"" },
	};

	(void)state;
	check_all(rows, ARRAY_SIZE(rows));
}

#define SELECT META "spec: {selector: {matchLabels: {app: web}}, "

static void deployments_are_checked(void **state)
{
	static const struct row rows[] = {
		{ DEPLOYMENT,
		  SELECT "template: {metadata: {labels: {app: web, x: y}}}}",
		  "spec.replicas", "1" },
		{ DEPLOYMENT,
		  SELECT
		  "replicas: 0, template: {metadata: {labels: {app: web}}, spec: {containers: [{ports: [{containerPort: 80}]}]}}}",
		  "spec.template.spec.containers.0.ports.0.protocol",
		  "\"TCP\"" },
		{ DEPLOYMENT,
		  META
		  "spec: {selector: {matchExpressions: [{key: a, operator: Exists}]}}",
		  "spec.replicas", "1" },
		{ DEPLOYMENT, META, NULL, "spec: Required value" },
		{ DEPLOYMENT, META "spec: {}", NULL,
		  "spec.selector: Required value" },
		{ DEPLOYMENT, META "spec: {selector: {}}", NULL,
		  "spec.selector: Invalid value: {}: empty selector is invalid for deployment" },
		{ DEPLOYMENT, META "spec: {selector: {matchLabels: {a: 1}}}",
		  NULL,
		  "spec.selector.matchLabels.a: expected a string, found 1" },
		{ DEPLOYMENT,
		  SELECT "template: {metadata: {labels: {app: db}}}}", NULL,
		  "spec.template.metadata.labels: Invalid value: {\"app\":\"db\"}: `selector` does not match template `labels`" },
		{ DEPLOYMENT, SELECT "template: {}}", NULL,
		  "spec.template.metadata.labels: Invalid value: null: `selector` does not match template `labels`" },
		{ DEPLOYMENT,
		  SELECT
		  "template: {metadata: {labels: {app: web}}, spec: {containers: [{ports: [{containerPort: 70000}]}]}}}",
		  NULL,
		  "spec.template.spec.containers[0].ports[0].containerPort: Invalid value: 70000: must be between 1 and 65535, inclusive" },
		{ DEPLOYMENT,
		  SELECT
		  "replicas: -1, template: {metadata: {labels: {app: web}}}}",
		  NULL,
		  "spec.replicas: Invalid value: -1: must be greater than or equal to 0" },
	};

	(void)state;
	check_all(rows, ARRAY_SIZE(rows));
}

static void selectors_stay(void **state)
{
	static const struct row row = {
		DEPLOYMENT,
		SELECT "template: {metadata: {labels: {app: web}}}}", NULL,
		"spec.selector: Invalid value: {\"matchLabels\":{\"app\":\"web\"}}: field is immutable"
	};
	struct json_object *old = object_with(
		DEPLOYMENT, META "spec: {selector: {matchLabels: {app: db}},"
				 " template: {metadata: {labels: {app: db}}}}");

	(void)state;
	check(&row, old);
	json_object_put(old);
}

#define NODE_META "metadata: {name: a}\n"

static void nodes_are_checked(void **state)
{
	static const struct row rows[] = {
		{ NODE, NODE_META "spec: {podCIDR: 10.244.0.0/24}",
		  "spec.podCIDRs", "[\"10.244.0.0/24\"]" },
		{ NODE,
		  NODE_META "spec: {podCIDRs: [10.244.0.0/24, 'fd00::/64']}",
		  "spec.podCIDR", "\"10.244.0.0/24\"" },
		{ NODE,
		  NODE_META
		  "status: {addresses: [{type: Hostname, address: a}, {type: InternalIP, address: 10.0.0.1}]}",
		  "status.addresses.1.address", "\"10.0.0.1\"" },
		{ NODE, NODE_META "spec: {podCIDR: 10.244.0.0}", NULL,
		  "spec.podCIDR: Invalid value: \"10.244.0.0\": must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)" },
		{ NODE,
		  NODE_META
		  "spec: {podCIDR: 10.244.0.0/24, podCIDRs: [10.244.1.0/24]}",
		  NULL,
		  "spec.podCIDRs[0]: Invalid value: \"10.244.1.0/24\": must be equal to `podCIDR`" },
		{ NODE,
		  NODE_META "spec: {podCIDRs: [10.244.0.0/24, 10.244.1.0/24]}",
		  NULL,
		  "spec.podCIDRs: Invalid value: [\"10.244.0.0/24\",\"10.244.1.0/24\"]: may specify no more than one CIDR for each IP family" },
		{ NODE,
		  NODE_META
		  "status: {addresses: [{type: InternalIP, address: a}]}",
		  NULL,
		  "status.addresses[0].address: Invalid value: \"a\": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)" },
		{ NODE, NODE_META "status: {addresses: [{address: a}]}", NULL,
		  "status.addresses[0].type: Required value" },
		{ NODE, NODE_META "status: {addresses: [{type: Hostname}]}",
		  NULL, "status.addresses[0].address: Required value" },
		{ NODE,
		  NODE_META "status: {addresses: [{type: MAC, address: x}]}",
		  NULL,
		  "status.addresses[0].type: Unsupported value: \"MAC\": supported values: \"ExternalDNS\", \"ExternalIP\", \"Hostname\", \"InternalDNS\", \"InternalIP\"" },
	};

	(void)state;
	check_all(rows, ARRAY_SIZE(rows));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(metadata_is_checked),
		cmocka_unit_test(annotations_have_a_limit),
		cmocka_unit_test(slices_are_checked),
		cmocka_unit_test(slices_have_limits),
		cmocka_unit_test(address_types_stay),
		cmocka_unit_test(pods_are_checked),
		cmocka_unit_test(deployments_are_checked),
		cmocka_unit_test(selectors_stay),
		cmocka_unit_test(nodes_are_checked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
