// SPDX-License-Identifier: GPL-2.0-or-later
/* A Service in the place of another: what it keeps, loses, and may not change. */
#include "admit_scene.h"

#define PORTS "ports: [{port: 80}]"

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

/* What is stored: made by us, of @spec. */
static struct json_object *made(const char *spec)
{
	struct json_object *object = service(spec);
	struct kvip_err err;
	struct scene scene;

	scene_init(&scene, 2);
	if (admit(&scene, object, NULL, &err))
		fail_msg("%s: %s", spec, err.text);
	return object;
}

static const char *plain(struct json_object *object)
{
	return json_object_to_json_string_ext(
		object,
		JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE);
}

struct update {
	const char *old;
	const char *spec;
	const char *path; /* NULL: it is refused, with @value */
	const char *value;
};

static void check(const struct update *row, const char *spec,
		  struct json_object *object, struct json_object *old)
{
	struct kvip_err err = { "" };
	struct scene scene;
	int status;

	/* the next that is free is another than those of @old */
	scene_init(&scene, 2);
	scene.next = 30200;
	kvip_addr_parse("10.96.1.1", &scene.addrs[0]);
	scene.n_addrs = strstr(row->old, "ExternalName") ? 1 : 0;
	status = admit(&scene, object, old, &err);
	if (!row->path) {
		if (!status || strcmp(err.text, row->value))
			fail_msg("%s -> %s:\n%d \"%s\"\nis not\n\"%s\"",
				 row->old, spec, status, err.text, row->value);
		return;
	}
	if (status)
		fail_msg("%s -> %s: %s", row->old, spec, err.text);
	if (strcmp(plain(member_at(object, row->path)), row->value))
		fail_msg("%s -> %s: %s is %s, not %s", row->old, spec,
			 row->path, plain(member_at(object, row->path)),
			 row->value);
}

static void check_all(const struct update *rows, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		struct json_object *old = made(rows[i].old);
		struct json_object *before = copy_of(old);
		struct json_object *object = service(rows[i].spec);

		check(&rows[i], rows[i].spec, object, old);
		assert_same(old, before, "what is stored");
		json_object_put(object);
		json_object_put(before);
		json_object_put(old);
	}
}

#define NODE "type: NodePort, "
#define BALANCER "type: LoadBalancer, "
#define LOCAL "externalTrafficPolicy: Local, "
#define DUAL "ipFamilyPolicy: RequireDualStack, "
#define PREFER "ipFamilyPolicy: PreferDualStack, "
#define OTHER_PORTS "ports: [{port: 81}]"

static void addresses_stay(void **state)
{
	static const struct update rows[] = {
		{ "{" PORTS "}", "{" OTHER_PORTS "}", "spec.clusterIPs",
		  "[\"10.96.1.1\"]" },
		{ "{" PORTS "}", "{" NODE PORTS "}", "spec.clusterIP",
		  "\"10.96.1.1\"" },
		{ "{" BALANCER PORTS "}", "{" PORTS "}", "spec.clusterIP",
		  "\"10.96.1.1\"" },
		{ "{" DUAL PORTS "}", "{" PORTS "}", "spec.clusterIPs",
		  "[\"10.96.1.1\",\"fd00:10:96::101\"]" },
		{ "{" DUAL PORTS "}", "{" PORTS "}", "spec.ipFamilyPolicy",
		  "\"RequireDualStack\"" },
		{ "{clusterIP: None, selector: {a: b}}", "{selector: {a: c}}",
		  "spec.clusterIPs", "[\"None\"]" },
		{ "{" PORTS "}", "{clusterIP: 10.96.0.9, " PORTS "}", NULL,
		  "spec.clusterIPs[0]: Invalid value: [\"10.96.0.9\"]: may not change once set" },
		{ "{" PORTS "}", "{clusterIP: None, " PORTS "}", NULL,
		  "spec.clusterIPs[0]: Invalid value: [\"None\"]: may not change once set" },
		{ "{clusterIP: None, " PORTS "}",
		  "{clusterIP: 10.96.0.9, " PORTS "}", NULL,
		  "spec.clusterIPs[0]: Invalid value: [\"10.96.0.9\"]: may not change once set" },
		{ "{" DUAL PORTS "}",
		  "{" DUAL
		  "clusterIP: 10.96.1.1, clusterIPs: [10.96.1.1, 'fd00:10:96::9'], " PORTS
		  "}",
		  NULL,
		  "spec.clusterIPs[1]: Invalid value: [\"10.96.1.1\",\"fd00:10:96::9\"]: may not change once set" },
	};

	(void)state;
	check_all(rows, ARRAY_SIZE(rows));
}

static void families_come_and_go_when_asked(void **state)
{
	static const struct update rows[] = {
		{ "{" PORTS "}", "{" DUAL PORTS "}", "spec.clusterIPs",
		  "[\"10.96.1.1\",\"fd00:10:96::101\"]" },
		{ "{" PORTS "}", "{" PREFER PORTS "}", "spec.ipFamilies",
		  "[\"IPv4\",\"IPv6\"]" },
		{ "{" DUAL PORTS "}",
		  "{ipFamilyPolicy: SingleStack, " PORTS "}", "spec.clusterIPs",
		  "[\"10.96.1.1\"]" },
		{ "{" DUAL PORTS "}",
		  "{ipFamilyPolicy: SingleStack, ipFamilies: [IPv4, IPv6], " PORTS
		  "}",
		  "spec.ipFamilies", "[\"IPv4\"]" },
		{ "{" DUAL PORTS "}", "{ipFamilies: [IPv4], " PORTS "}", NULL,
		  "spec.ipFamilyPolicy: Invalid value: \"RequireDualStack\": must be 'SingleStack' to release the secondary IP family" },
		{ "{" DUAL PORTS "}",
		  "{clusterIP: 10.96.1.1, clusterIPs: [10.96.1.1], " PORTS "}",
		  NULL,
		  "spec.ipFamilyPolicy: Invalid value: \"RequireDualStack\": must be 'SingleStack' to release the secondary cluster IP" },
		{ "{" PORTS "}", "{ipFamilies: [IPv6], " PORTS "}", NULL,
		  "spec.clusterIPs[0]: Invalid value: \"10.96.1.1\": expected an IPv6 value as indicated by `ipFamilies[0]`" },
		{ "{clusterIP: None, selector: {a: b}, " PORTS "}",
		  "{ipFamilies: [IPv6], selector: {a: b}, " PORTS "}",
		  "spec.ipFamilies", "[\"IPv6\"]" },
	};

	(void)state;
	check_all(rows, ARRAY_SIZE(rows));
}

/* A Service that prefers two families in a store that had one, and now has two. */
static void what_prefers_two_gains_none_unasked(void **state)
{
	struct json_object *old = service("{" PREFER PORTS "}"), *again, *other;
	struct kvip_err err;
	struct scene scene;

	(void)state;
	scene_init(&scene, 1);
	assert_int_equal(admit(&scene, old, NULL, &err), 0);
	again = copy_of(old);
	scene_init(&scene, 2);
	assert_int_equal(admit(&scene, again, old, &err), 0);
	assert_same(again, old, "a Service that is applied again");
	/* without its families, it asks for what there is */
	other = service("{" PREFER PORTS "}");
	scene_init(&scene, 2);
	assert_int_equal(admit(&scene, other, old, &err), 0);
	assert_string_equal(plain(member_at(other, "spec.ipFamilies")),
			    "[\"IPv4\",\"IPv6\"]");
	json_object_put(old);
	json_object_put(again);
	json_object_put(other);
}

static void node_ports_stay(void **state)
{
	static const struct update rows[] = {
		{ "{" NODE PORTS "}", "{" NODE OTHER_PORTS "}",
		  "spec.ports.0.nodePort", "30100" },
		{ "{" NODE PORTS "}", "{" BALANCER PORTS "}",
		  "spec.ports.0.nodePort", "30100" },
		{ "{" NODE PORTS "}",
		  "{" NODE "ports: [{port: 81, name: b}, {port: 80, name: a}]}",
		  "spec.ports.1.nodePort", "30100" },
		/* one that is told wins, and is not given to two */
		{ "{" NODE PORTS "}",
		  "{" NODE "ports: [{port: 80, nodePort: 30150}]}",
		  "spec.ports.0.nodePort", "30150" },
		{ "{" NODE "ports: [{port: 80, name: a}]}",
		  "{" NODE
		  "ports: [{port: 80, name: a}, {port: 81, name: b, nodePort: 30100}]}",
		  "spec.ports.0.nodePort", "30200" },
		{ "{" NODE
		  "ports: [{port: 53, name: t}, {port: 53, name: u, protocol: UDP}]}",
		  "{" NODE
		  "ports: [{port: 53, name: u, protocol: UDP}, {port: 53, name: t}]}",
		  "spec.ports.1.nodePort", "30100" },
		/* a third protocol joins them */
		{ "{" NODE
		  "ports: [{port: 53, name: t}, {port: 53, name: u, protocol: UDP}]}",
		  "{" NODE
		  "ports: [{port: 53, name: u, protocol: UDP}, {port: 53, name: t}, {port: 53, name: s, protocol: SCTP}]}",
		  "spec.ports.2.nodePort", "30100" },
		{ "{" BALANCER PORTS "}",
		  "{" BALANCER "allocateLoadBalancerNodePorts: false, " PORTS
		  "}",
		  "spec.ports.0.nodePort", "30100" },
		{ "{" BALANCER "allocateLoadBalancerNodePorts: false, " PORTS
		  "}",
		  "{" BALANCER PORTS "}", "spec.ports.0.nodePort", "30200" },
		{ "{" BALANCER LOCAL PORTS "}", "{" BALANCER LOCAL PORTS "}",
		  "spec.healthCheckNodePort", "30101" },
		{ "{" BALANCER LOCAL PORTS "}",
		  "{" BALANCER LOCAL "healthCheckNodePort: 30999, " PORTS "}",
		  NULL,
		  "spec.healthCheckNodePort: Forbidden: field is immutable" },
	};

	(void)state;
	check_all(rows, ARRAY_SIZE(rows));
}

static void node_ports_out_of_a_new_range_stay(void **state)
{
	static const char spec[] = "{" NODE
				   "ports: [{port: 80, nodePort: %d}]}";
	struct json_object *old, *object;
	struct kvip_err err;
	struct scene scene;
	char text[80];

	(void)state;
	snprintf(text, sizeof(text), spec, 30001);
	old = made(text);
	object = service(text);
	scene_init(&scene, 2);
	scene.config.port_min = 31000;
	assert_int_equal(admit(&scene, object, old, &err), 0);
	json_object_put(object);
	snprintf(text, sizeof(text), spec, 30002);
	object = service(text);
	assert_int_equal(admit(&scene, object, old, &err), -1);
	json_object_put(object);
	json_object_put(old);
}

static void types_change(void **state)
{
	static const struct update rows[] = {
		{ "{" NODE PORTS "}", "{" PORTS "}", "spec.ports.0",
		  "{\"port\":80,\"protocol\":\"TCP\",\"targetPort\":80}" },
		{ "{" NODE PORTS "}", "{" PORTS "}",
		  "spec.externalTrafficPolicy", "null" },
		{ "{" PORTS "}", "{type: ExternalName, externalName: a.b}",
		  "spec",
		  "{\"type\":\"ExternalName\",\"externalName\":\"a.b\",\"sessionAffinity\":\"None\"}" },
		{ "{" PORTS "}",
		  "{type: ExternalName, externalName: a.b, ipFamilies: [IPv6]}",
		  NULL,
		  "spec.ipFamilies: Forbidden: may not be set for ExternalName services" },
		{ "{" PORTS "}",
		  "{type: ExternalName, externalName: a.b, clusterIP: 10.96.0.7}",
		  NULL,
		  "spec.clusterIP: Forbidden: may not be set for ExternalName services" },
		{ "{type: ExternalName, externalName: a.b}", "{" PORTS "}",
		  "spec.clusterIP", "\"10.96.1.2\"" },
		{ "{type: ExternalName, externalName: a.b}",
		  "{clusterIP: 10.96.0.7, " PORTS "}", "spec.clusterIPs",
		  "[\"10.96.0.7\"]" },
		{ "{" BALANCER "loadBalancerClass: a.b/c, " PORTS "}",
		  "{" BALANCER PORTS "}", NULL,
		  "spec.loadBalancerClass: Invalid value: null: may not change once set" },
		{ "{" BALANCER PORTS "}",
		  "{" BALANCER "loadBalancerClass: a.b/c, " PORTS "}", NULL,
		  "spec.loadBalancerClass: Invalid value: \"a.b/c\": may not change once set" },
		{ "{" NODE PORTS "}",
		  "{" BALANCER "loadBalancerClass: a.b/c, " PORTS "}",
		  "spec.loadBalancerClass", "\"a.b/c\"" },
		{ "{" BALANCER LOCAL PORTS "}", "{" BALANCER PORTS "}",
		  "spec.healthCheckNodePort", "null" },
		{ "{" BALANCER PORTS "}", "{" BALANCER LOCAL PORTS "}",
		  "spec.healthCheckNodePort", "30200" },
		{ "{" NODE PORTS "}", "{ports: [{port: 80, nodePort: 30999}]}",
		  NULL,
		  "spec.ports[0].nodePort: Forbidden: may not be used when `type` is 'ClusterIP'" },
		{ "{externalIPs: [203.0.113.1], " PORTS "}", "{" PORTS "}",
		  "spec.externalTrafficPolicy", "null" },
	};

	(void)state;
	check_all(rows, ARRAY_SIZE(rows));
}

/* The old Service, read, with another type, as people edit it: what belongs to the
 * old type goes.
 */
static void an_edited_type_is_enough(void **state)
{
	static const struct {
		const char *old;
		const char *type;
		const char *keys; /* those that are gone */
	} rows[] = {
		{ "{" BALANCER LOCAL "loadBalancerClass: a.b/c, " PORTS "}",
		  "ClusterIP",
		  "allocateLoadBalancerNodePorts loadBalancerClass externalTrafficPolicy healthCheckNodePort" },
		{ "{" BALANCER LOCAL PORTS "}", "NodePort",
		  "allocateLoadBalancerNodePorts healthCheckNodePort" },
		{ "{" DUAL NODE PORTS "}", "ExternalName",
		  "clusterIP clusterIPs ipFamilies ipFamilyPolicy externalTrafficPolicy" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		struct json_object *old = made(rows[i].old), *object, *spec;
		char *keys = strdup(rows[i].keys), *key, *rest = keys;
		struct kvip_err err;
		struct scene scene;

		object = copy_of(old);
		spec = member_at(object, "spec");
		json_object_object_add(spec, "type",
				       json_object_new_string(rows[i].type));
		json_object_object_add(spec, "externalName",
				       json_object_new_string("a.b"));
		scene_init(&scene, 2);
		if (admit(&scene, object, old, &err))
			fail_msg("%s: %s", rows[i].type, err.text);
		while ((key = strsep(&rest, " "))) {
			assert_non_null(member_at(member_at(old, "spec"), key));
			assert_null(member_at(spec, key));
		}
		if (strcmp(rows[i].type, "NodePort"))
			assert_null(member_at(spec, "ports.0.nodePort"));
		else
			assert_int_equal(json_object_get_int(member_at(
						 spec, "ports.0.nodePort")),
					 30100);
		free(keys);
		json_object_put(object);
		json_object_put(old);
	}
}

static void the_status_is_not_the_users(void **state)
{
	struct json_object *old = made("{" BALANCER PORTS "}"), *object;
	struct kvip_err err;
	struct scene scene;

	(void)state;
	json_object_object_add(
		old, "status",
		json_tokener_parse(
			"{\"loadBalancer\":{\"ingress\":[{\"ip\":\"203.0.113.1\"}]},\"conditions\":[]}"));
	object = service("{" BALANCER PORTS "}");
	json_object_object_add(object, "status",
			       json_tokener_parse("{\"loadBalancer\":{}}"));
	scene_init(&scene, 2);
	assert_int_equal(admit(&scene, object, old, &err), 0);
	assert_same(member_at(object, "status"), member_at(old, "status"),
		    "status");
	json_object_put(object);
	/* without a load balancer there is none to tell of */
	scene_init(&scene, 2);
	object = service("{" NODE PORTS "}");
	assert_int_equal(admit(&scene, object, old, &err), 0);
	assert_string_equal(plain(member_at(object, "status")),
			    "{\"loadBalancer\":{},\"conditions\":[]}");
	json_object_put(object);
	json_object_put(old);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(addresses_stay),
		cmocka_unit_test(families_come_and_go_when_asked),
		cmocka_unit_test(what_prefers_two_gains_none_unasked),
		cmocka_unit_test(node_ports_stay),
		cmocka_unit_test(node_ports_out_of_a_new_range_stay),
		cmocka_unit_test(types_change),
		cmocka_unit_test(an_edited_type_is_enough),
		cmocka_unit_test(the_status_is_not_the_users),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
