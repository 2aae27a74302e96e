// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The local store: objects in and out, their metadata, several calls in one
 * transaction, and EndpointSlices that follow.
 */
#include "store_scene.h"

#define SERVICE(name, spec)                                      \
	"{apiVersion: v1, kind: Service, metadata: {name: " name \
	"}, spec: {" spec "}}"
#define PLAIN(name) SERVICE(name, "ports: [{port: 80}]")
#define POD(name, labels, node, ip)                               \
	"{apiVersion: v1, kind: Pod, metadata: {name: " name      \
	", labels: {" labels "}}, spec: {nodeName: " node         \
	", containers: [{name: c, image: i, ports: ["             \
	"{name: http, containerPort: 8080}]}]}, status: {phase: " \
	"Running, podIP: " ip ", podIPs: [{ip: " ip               \
	"}], conditions: [{type: Ready, status: 'True'}]}}"

static void test_create(void **state)
{
	struct scene *scene = *state;
	struct json_object *service, *got;
	const char *uid;

	service = scene_add(scene, SERVICE("web", "selector: {app: web}, "
						  "ports: [{port: 80}]"));
	uid = scene_text(service, "/metadata/uid");
	assert_int_equal(strlen(uid), 36);
	assert_int_equal(uid[14], '4');
	assert_non_null(strchr("89ab", uid[19]));
	assert_string_equal(scene_text(service, "/metadata/namespace"),
			    "default");
	/* the Node was the first, and the slice comes after */
	assert_string_equal(scene_text(service, "/metadata/resourceVersion"),
			    "2");
	assert_string_equal(scene_text(service, "/kind"), "Service");
	assert_string_equal(scene_text(service, "/apiVersion"), "v1");
	assert_int_equal(
		strlen(scene_text(service, "/metadata/creationTimestamp")), 20);
	assert_string_equal(scene_text(service, "/metadata/generation"), "");
	assert_string_equal(scene_text(service, "/status"),
			    "{ \"loadBalancer\": { } }");
	got = scene_get(scene, KVIP_KIND_SERVICE, NULL, "web");
	assert_true(json_object_equal(got, service));
	json_object_put(got);
	json_object_put(service);
	scene_check(scene);
}

static void test_refusals(void **state)
{
	struct scene *scene = *state;
	struct json_object *object;
	uint64_t version;

	scene_put(scene, PLAIN("web"));
	version = scene_version(scene);
	scene_refuse(scene, PLAIN("web"), KVIP_STORE_EXISTS,
		     "services \"web\" already exists");
	scene_refuse(scene,
		     "{apiVersion: v1, kind: Service, metadata: {}, "
		     "spec: {ports: [{port: 80}]}}",
		     KVIP_STORE_INVALID,
		     "Service \"\" is invalid: metadata.name: Required value: "
		     "name or generateName is required");
	scene_refuse(scene, SERVICE("api", "ports: [{port: 0}]"),
		     KVIP_STORE_INVALID,
		     "Service \"api\" is invalid: spec.ports[0].port: Invalid "
		     "value: 0: must be between 1 and 65535, inclusive");
	assert_int_equal(
		scene_try(scene,
			  "{apiVersion: v1, kind: Service, metadata: {name: "
			  "api, namespace: A_B}, spec: {ports: [{port: 80}]}}",
			  NULL),
		KVIP_STORE_INVALID);
	assert_non_null(strstr(scene->err.text,
			       "Service \"api\" is invalid: "
			       "metadata.namespace: Invalid value: \"A_B\": a "
			       "lowercase RFC 1123 label must consist of"));
	scene_refuse(scene,
		     "{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, "
		     "metadata: {name: x, labels: [a]}, addressType: IPv4}",
		     KVIP_STORE_INVALID,
		     "EndpointSlice.discovery.k8s.io \"x\" is invalid: "
		     "metadata.labels: Invalid value: must be an object");
	assert_int_equal(kvip_store_get(scene->store, KVIP_KIND_DEPLOYMENT,
					"demo", "nosuch", &object, &scene->err),
			 KVIP_STORE_ABSENT);
	assert_null(object);
	assert_string_equal(scene->err.text,
			    "deployments.apps \"nosuch\" not found");
	assert_int_equal(kvip_store_delete(scene->store, KVIP_KIND_SERVICE,
					   "demo", "web", false, &scene->err),
			 KVIP_STORE_ABSENT);
	assert_string_equal(scene->err.text, "services \"web\" not found");
	assert_int_equal(scene_version(scene), version);
	scene_check(scene);
}

static void test_generated_names(void **state)
{
	struct scene *scene = *state;
	struct json_object *service;
	const char *name;
	size_t i;

	for (i = 0; i < 20; i++) {
		service = scene_add(scene, "{apiVersion: v1, kind: Service, "
					   "metadata: {generateName: web-}, "
					   "spec: {ports: [{port: 80}]}}");
		name = scene_text(service, "/metadata/name");
		assert_int_equal(strlen(name), 9);
		assert_memory_equal(name, "web-", 4);
		assert_int_equal(
			strspn(name + 4, "bcdfghjklmnpqrstvwxz2456789"), 5);
		json_object_put(service);
	}
	assert_int_equal(scene_count(scene, KVIP_KIND_SERVICE), 20);
}

static void test_update(void **state)
{
	struct scene *scene = *state;
	struct json_object *before, *after, *stale;
	uint64_t version;

	before = scene_add(scene, PLAIN("web"));
	assert_int_equal(scene_change(scene, KVIP_KIND_SERVICE, "web",
				      "/metadata/labels", "{\"a\": \"b\"}"),
			 KVIP_STORE_OK);
	after = scene_get(scene, KVIP_KIND_SERVICE, NULL, "web");
	assert_string_equal(scene_text(before, "/metadata/uid"),
			    scene_text(after, "/metadata/uid"));
	assert_string_equal(scene_text(before, "/metadata/creationTimestamp"),
			    scene_text(after, "/metadata/creationTimestamp"));
	assert_string_equal(scene_text(before, "/spec/clusterIP"),
			    scene_text(after, "/spec/clusterIP"));
	assert_string_equal(scene_text(after, "/metadata/labels/a"), "b");
	assert_string_not_equal(scene_text(before, "/metadata/resourceVersion"),
				scene_text(after, "/metadata/resourceVersion"));

	/* nothing changes, nothing is written */
	version = scene_version(scene);
	assert_int_equal(kvip_store_update(scene->store, KVIP_KIND_SERVICE,
					   after, false, &stale, &scene->err),
			 KVIP_STORE_OK);
	assert_true(json_object_equal(stale, after));
	assert_int_equal(scene_version(scene), version);
	json_object_put(stale);

	/* made of an older one */
	assert_int_equal(kvip_store_update(scene->store, KVIP_KIND_SERVICE,
					   before, false, &stale, &scene->err),
			 KVIP_STORE_CONFLICT);
	assert_null(stale);
	assert_string_equal(
		scene->err.text,
		"Operation cannot be fulfilled on services \"web\": the object "
		"has been modified; please apply your changes to the latest "
		"version and try again");
	assert_int_equal(scene_change(scene, KVIP_KIND_SERVICE, "web",
				      "/metadata/uid", "\"another\""),
			 KVIP_STORE_CONFLICT);
	assert_int_equal(scene_change(scene, KVIP_KIND_SERVICE, "web",
				      "/metadata/name", "\"other\""),
			 KVIP_STORE_ABSENT);
	/* a Service's status is another door's */
	assert_int_equal(scene_change(scene, KVIP_KIND_SERVICE, "web",
				      "/status", "{\"x\": 1}"),
			 KVIP_STORE_OK);
	assert_int_equal(scene_version(scene), version);
	json_object_put(before);
	json_object_put(after);
	scene_check(scene);
}

static void test_status(void **state)
{
	struct scene *scene = *state;
	struct json_object *service, *after;

	service = scene_add(scene, SERVICE("web", "type: LoadBalancer, "
						  "ports: [{port: 80}]"));
	json_object_object_add(service, "status",
			       json_tokener_parse(
				       "{\"loadBalancer\": {\"ingress\": "
				       "[{\"ip\": \"203.0.113.9\"}]}}"));
	json_object_object_add(json_object_object_get(service, "spec"), "type",
			       json_object_new_string("ClusterIP"));
	assert_int_equal(kvip_store_update_status(scene->store,
						  KVIP_KIND_SERVICE, service,
						  &after, &scene->err),
			 KVIP_STORE_OK);
	assert_string_equal(scene_text(after,
				       "/status/loadBalancer/ingress/0/ip"),
			    "203.0.113.9");
	assert_string_equal(scene_text(after, "/spec/type"), "LoadBalancer");
	json_object_put(after);
	/* of that version there is no more */
	assert_int_equal(kvip_store_update_status(scene->store,
						  KVIP_KIND_SERVICE, service,
						  NULL, &scene->err),
			 KVIP_STORE_CONFLICT);
	json_object_put(service);
	assert_int_equal(scene_change(scene, KVIP_KIND_SERVICE, "web",
				      "/spec/type", "\"ClusterIP\""),
			 KVIP_STORE_OK);
	service = scene_get(scene, KVIP_KIND_SERVICE, NULL, "web");
	assert_string_equal(scene_text(service, "/status"),
			    "{ \"loadBalancer\": { } }");
	json_object_put(service);
	scene_check(scene);
}

static void test_dry_run(void **state)
{
	struct scene *scene = *state;
	struct json_object *object, *result;
	uint64_t version = scene_version(scene);
	enum kvip_kind kind;

	object = scene_object(SERVICE("web", "clusterIP: 10.96.0.9, "
					     "ports: [{port: 80}]"),
			      &kind);
	assert_int_equal(kvip_store_create(scene->store, kind, object, true,
					   &result, &scene->err),
			 KVIP_STORE_OK);
	assert_string_equal(scene_text(result, "/spec/clusterIP"), "10.96.0.9");
	assert_int_equal(strlen(scene_text(result, "/metadata/uid")), 36);
	assert_string_equal(scene_text(result, "/metadata/resourceVersion"),
			    "");
	json_object_put(result);
	assert_int_equal(scene_version(scene), version);
	assert_int_equal(scene_count(scene, KVIP_KIND_SERVICE), 0);
	/* the address is free still */
	assert_int_equal(kvip_store_create(scene->store, kind, object, false,
					   &result, &scene->err),
			 KVIP_STORE_OK);
	json_object_put(object);

	version = scene_version(scene);
	json_object_object_add(json_object_object_get(result, "metadata"),
			       "labels", json_tokener_parse("{\"a\": \"b\"}"));
	assert_int_equal(kvip_store_update(scene->store, kind, result, true,
					   &object, &scene->err),
			 KVIP_STORE_OK);
	assert_string_equal(scene_text(object, "/metadata/labels/a"), "b");
	assert_string_equal(scene_text(object, "/metadata/resourceVersion"),
			    scene_text(result, "/metadata/resourceVersion"));
	json_object_put(object);
	json_object_put(result);
	assert_int_equal(kvip_store_delete(scene->store, kind, NULL, "web",
					   true, &scene->err),
			 KVIP_STORE_OK);
	assert_int_equal(scene_version(scene), version);
	assert_int_equal(scene_count(scene, KVIP_KIND_SERVICE), 1);
	scene_check(scene);
}

/* Two that are fine around one that is not. */
static int add_three(struct kvip_store *store, void *ctx, struct kvip_err *err)
{
	struct scene *scene = ctx;

	(void)store;
	(void)err;
	scene_put(scene, SERVICE("one", "clusterIP: 10.96.0.9, type: NodePort, "
					"ports: [{port: 80, "
					"nodePort: 31000}]"));
	scene_refuse(scene,
		     SERVICE("two", "clusterIP: 10.96.0.8, type: NodePort, "
				    "ports: [{port: 80, nodePort: 31000}]"),
		     KVIP_STORE_INVALID,
		     "Service \"two\" is invalid: spec.ports[0].nodePort: "
		     "31000 is taken by default/one");
	/* what it took before it was refused is free again */
	scene_put(scene, SERVICE("three", "clusterIP: 10.96.0.8, "
					  "ports: [{port: 80}]"));
	return 0;
}

static int add_and_regret(struct kvip_store *store, void *ctx,
			  struct kvip_err *err)
{
	struct scene *scene = ctx;

	assert_int_equal(kvip_store_transaction(store, add_three, ctx, err), 0);
	assert_int_equal(scene_count(scene, KVIP_KIND_SERVICE), 2);
	kvip_err_set(err, "I have changed my mind");
	return 42;
}

static void test_transaction(void **state)
{
	struct scene *scene = *state;
	uint64_t version = scene_version(scene);

	assert_int_equal(kvip_store_transaction(scene->store, add_and_regret,
						scene, &scene->err),
			 42);
	assert_string_equal(scene->err.text, "I have changed my mind");
	assert_int_equal(scene_version(scene), version);
	assert_int_equal(scene_count(scene, KVIP_KIND_SERVICE), 0);
	scene_check(scene);

	assert_int_equal(kvip_store_transaction(scene->store, add_three, scene,
						&scene->err),
			 0);
	scene_reopen(scene);
	assert_int_equal(scene_count(scene, KVIP_KIND_SERVICE), 2);
	scene_check(scene);
}

/* Names as they come. */
struct names {
	struct scene *scene;
	char text[256];
};

static int note_name(struct json_object *object, void *ctx,
		     struct kvip_err *err)
{
	struct names *names = ctx;
	size_t used = strlen(names->text);
	struct json_object *again;

	snprintf(names->text + used, sizeof(names->text) - used, "%s%s/%s",
		 used ? " " : "", scene_text(object, "/metadata/namespace"),
		 scene_text(object, "/metadata/name"));
	/* reads within a read */
	assert_int_equal(
		kvip_store_get(names->scene->store, KVIP_KIND_SERVICE,
			       scene_text(object, "/metadata/namespace"),
			       scene_text(object, "/metadata/name"), &again,
			       err),
		KVIP_STORE_OK);
	assert_true(json_object_equal(object, again));
	json_object_put(again);
	return 0;
}

static int list_again(struct json_object *object, void *ctx,
		      struct kvip_err *err)
{
	struct names *names = ctx;

	(void)object;
	assert_int_equal(kvip_store_list(names->scene->store, KVIP_KIND_SERVICE,
					 "b", note_name, names, NULL, err),
			 KVIP_STORE_OK);
	return 7;
}

static int write_meanwhile(struct json_object *object, void *ctx,
			   struct kvip_err *err)
{
	struct names *names = ctx;

	(void)err;
	assert_int_equal(kvip_store_update(names->scene->store,
					   KVIP_KIND_SERVICE, object, false,
					   NULL, &names->scene->err),
			 KVIP_STORE_ERROR);
	assert_non_null(strstr(names->scene->err.text,
			       "what is only being read can't be changed"));
	return 0;
}

static void test_list(void **state)
{
	struct scene *scene = *state;
	struct names names = { .scene = scene };
	uint64_t version;

	scene_put(scene, "{apiVersion: v1, kind: Service, metadata: {name: web,"
			 " namespace: b}, spec: {ports: [{port: 80}]}}");
	scene_put(scene, "{apiVersion: v1, kind: Service, metadata: {name: api,"
			 " namespace: b}, spec: {ports: [{port: 80}]}}");
	scene_put(scene, "{apiVersion: v1, kind: Service, metadata: {name: zoo,"
			 " namespace: a}, spec: {ports: [{port: 80}]}}");
	assert_int_equal(kvip_store_list(scene->store, KVIP_KIND_SERVICE, NULL,
					 note_name, &names, &version,
					 &scene->err),
			 KVIP_STORE_OK);
	assert_string_equal(names.text, "a/zoo b/api b/web");
	assert_int_equal(version, scene_version(scene));
	/* the same statement within itself, and the caller's own value */
	names.text[0] = '\0';
	assert_int_equal(kvip_store_list(scene->store, KVIP_KIND_SERVICE, "b",
					 list_again, &names, NULL, &scene->err),
			 7);
	assert_string_equal(names.text, "b/api b/web");
	assert_int_equal(kvip_store_list(scene->store, KVIP_KIND_SERVICE, "b",
					 write_meanwhile, &names, NULL,
					 &scene->err),
			 KVIP_STORE_OK);
	scene_check(scene);
}

/* The addresses of all endpoints, by slice. */
static int note_endpoints(struct json_object *slice, void *ctx,
			  struct kvip_err *err)
{
	struct json_object *list = json_object_object_get(slice, "endpoints");
	struct names *names = ctx;
	size_t i, n = list ? json_object_array_length(list) : 0;

	(void)err;
	for (i = 0; i < n; i++) {
		size_t used = strlen(names->text);
		struct json_object *endpoint =
			json_object_array_get_idx(list, i);
		const char *zone = scene_text(endpoint, "/zone");

		snprintf(names->text + used, sizeof(names->text) - used,
			 "%s%s%s%s", used ? " " : "",
			 scene_text(endpoint, "/addresses/0"), *zone ? "@" : "",
			 zone);
	}
	return 0;
}

static void expect_endpoints(struct scene *scene, const char *service,
			     const char *expected)
{
	struct names names = { .scene = scene };

	assert_int_equal(kvip_store_slices(scene->store, NULL, service,
					   note_endpoints, &names, &scene->err),
			 KVIP_STORE_OK);
	assert_string_equal(names.text, expected);
}

static void test_slices_follow(void **state)
{
	struct scene *scene = *state;
	size_t n;

	scene_put(scene, POD("pod-1", "app: web, tier: front", "node-a",
			     "10.244.0.1"));
	scene_put(scene, POD("pod-2", "app: web", "node-b", "10.244.1.1"));
	scene_put(scene, SERVICE("web", "selector: {app: web}, "
					"ports: [{port: 80}]"));
	scene_put(scene, SERVICE("front", "selector: {tier: front, app: web}, "
					  "ports: [{port: 80, "
					  "targetPort: http}]"));
	expect_endpoints(scene, "web", "10.244.0.1 10.244.1.1");
	expect_endpoints(scene, "front", "10.244.0.1");
	scene_check(scene);

	/* a Pod that comes to be selected, and one that no longer is */
	assert_int_equal(scene_change(scene, KVIP_KIND_POD, "pod-2",
				      "/metadata/labels/tier", "\"front\""),
			 KVIP_STORE_OK);
	expect_endpoints(scene, "front", "10.244.0.1 10.244.1.1");
	assert_int_equal(scene_change(scene, KVIP_KIND_POD, "pod-1",
				      "/metadata/labels/app", "\"api\""),
			 KVIP_STORE_OK);
	expect_endpoints(scene, "web", "10.244.1.1");
	expect_endpoints(scene, "front", "10.244.1.1");
	scene_check(scene);

	/* zones are the Nodes' */
	assert_int_equal(scene_try(scene,
				   "{apiVersion: v1, kind: Node, metadata: "
				   "{name: node-b, labels: "
				   "{topology.kubernetes.io/zone: z1}}}",
				   NULL),
			 KVIP_STORE_OK);
	expect_endpoints(scene, "web", "10.244.1.1@z1");
	assert_int_equal(scene_change(scene, KVIP_KIND_NODE, "node-b",
				      "/metadata/labels", "{}"),
			 KVIP_STORE_OK);
	expect_endpoints(scene, "web", "10.244.1.1");
	scene_check(scene);

	/* one with another selector, one without */
	assert_int_equal(scene_change(scene, KVIP_KIND_SERVICE, "web",
				      "/spec/selector", "{\"app\": \"api\"}"),
			 KVIP_STORE_OK);
	expect_endpoints(scene, "web", "10.244.0.1");
	scene_delete(scene, KVIP_KIND_POD, "pod-1");
	expect_endpoints(scene, "web", "");
	scene_check(scene);
	n = scene_count(scene, KVIP_KIND_ENDPOINT_SLICE);
	scene_delete(scene, KVIP_KIND_SERVICE, "front");
	assert_int_equal(scene_count(scene, KVIP_KIND_ENDPOINT_SLICE), n - 1);
	expect_endpoints(scene, "front", "");
	scene_check(scene);
}

static int take_first(struct json_object *object, void *ctx,
		      struct kvip_err *err)
{
	struct json_object **out = ctx;

	(void)err;
	*out = json_object_get(object);
	return 7;
}

static int count_steps(void *arg)
{
	++*(unsigned int *)arg;
	return 0;
}

/* Thousands of instructions of SQLite's that a Pod costs. */
static unsigned int measure_pod(struct scene *scene, const char *text)
{
	unsigned int steps = 0;

	sqlite3_progress_handler(scene->store->db.handle, 1000, count_steps,
				 &steps);
	scene_put(scene, text);
	sqlite3_progress_handler(scene->store->db.handle, 0, NULL, NULL);
	return steps;
}

static int add_many(struct kvip_store *store, void *ctx, struct kvip_err *err)
{
	struct scene *scene = ctx;
	char yaml[256];
	int i;

	(void)store;
	(void)err;
	for (i = 0; i < 2000; i++) {
		snprintf(yaml, sizeof(yaml),
			 SERVICE("s%d", "selector: {app: s%d}, "
					"ports: [{port: 80}]"),
			 i, i);
		scene_put(scene, yaml);
	}
	return 0;
}

/* A Pod costs no more because there are 2,000 Services that don't select it. */
static void test_many_services(void **state)
{
	struct scene *scene = *state;
	unsigned int few, many;

	scene_put(scene, SERVICE("web", "selector: {app: web}, "
					"ports: [{port: 80}]"));
	few = measure_pod(scene,
			  POD("pod-1", "app: web", "node-a", "10.244.0.1"));
	assert_int_equal(kvip_store_transaction(scene->store, add_many, scene,
						&scene->err),
			 0);
	many = measure_pod(scene,
			   POD("pod-2", "app: web", "node-a", "10.244.0.2"));
	assert_in_range(many, 0, few + 2);
	expect_endpoints(scene, "web", "10.244.0.1 10.244.0.2");
}

/* What a Service's slices say must not be told otherwise by hand. */
static void test_slices_by_hand(void **state)
{
	struct scene *scene = *state;
	struct json_object *slice;

	scene_put(scene, SERVICE("web", "ports: [{port: 80}]"));
	scene_refuse(scene,
		     "{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, "
		     "metadata: {name: x, ownerReferences: [{apiVersion: v1, "
		     "kind: Service, name: nosuch}]}, addressType: IPv4, "
		     "endpoints: []}",
		     KVIP_STORE_INVALID,
		     "EndpointSlice.discovery.k8s.io \"x\" is invalid: "
		     "metadata.ownerReferences[0].uid: services \"nosuch\" not "
		     "found");
	slice = scene_add(scene,
			  "{apiVersion: discovery.k8s.io/v1, kind: "
			  "EndpointSlice, metadata: {generateName: web-, "
			  "labels: {kubernetes.io/service-name: web}, "
			  "ownerReferences: [{apiVersion: v1, kind: Service, "
			  "name: web}]}, addressType: IPv4, ports: "
			  "[{port: 80}], endpoints: [{addresses: "
			  "[192.0.2.1]}]}");
	assert_int_equal(
		strlen(scene_text(slice, "/metadata/ownerReferences/0/uid")),
		36);
	assert_string_equal(scene_text(slice, "/metadata/generation"), "1");
	json_object_put(slice);
	scene_put(scene, "{apiVersion: discovery.k8s.io/v1, kind: "
			 "EndpointSlice, metadata: {name: mine, labels: "
			 "{kubernetes.io/service-name: web}}, addressType: "
			 "IPv4, ports: [{port: 80}], endpoints: [{addresses: "
			 "[192.0.2.2]}]}");
	assert_int_equal(scene_change(scene, KVIP_KIND_ENDPOINT_SLICE, "mine",
				      "/endpoints/0/addresses/0",
				      "\"192.0.2.3\""),
			 KVIP_STORE_OK);
	slice = scene_get(scene, KVIP_KIND_ENDPOINT_SLICE, NULL, "mine");
	assert_string_equal(scene_text(slice, "/metadata/generation"), "2");
	json_object_put(slice);
	expect_endpoints(scene, "web", "192.0.2.3 192.0.2.1");
	scene_check(scene);
	/* what it owns goes with it, what names it alone stays */
	scene_delete(scene, KVIP_KIND_SERVICE, "web");
	expect_endpoints(scene, "web", "192.0.2.3");
	scene_check(scene);

	/* one that was made here and taken away comes back */
	scene_put(scene, POD("pod-1", "app: api", "node-a", "10.244.0.1"));
	scene_put(scene, SERVICE("api", "selector: {app: api}, "
					"ports: [{port: 80}]"));
	expect_endpoints(scene, "api", "10.244.0.1");
	slice = NULL;
	assert_int_equal(kvip_store_slices(scene->store, NULL, "api",
					   take_first, &slice, &scene->err),
			 7);
	scene_delete(scene, KVIP_KIND_ENDPOINT_SLICE,
		     scene_text(slice, "/metadata/name"));
	json_object_put(slice);
	expect_endpoints(scene, "api", "10.244.0.1");
	scene_check(scene);
}

static void test_node(void **state)
{
	struct scene *scene = *state;
	struct json_object *node;

	node = scene_get(scene, KVIP_KIND_NODE, NULL, "node-a");
	assert_string_equal(scene_text(node, "/metadata/resourceVersion"), "1");
	assert_string_equal(scene_text(node, "/status/conditions/0/type"),
			    "Ready");
	assert_string_equal(
		scene_text(node, "/metadata/labels/kubernetes.io~1hostname"),
		"node-a");
	json_object_put(node);
	/* it is made once, not with every opening */
	scene_delete(scene, KVIP_KIND_NODE, "node-a");
	scene_reopen(scene);
	assert_int_equal(scene_count(scene, KVIP_KIND_NODE), 0);
}

static void test_marks(void **state)
{
	struct kvip_store_mark mark = { .generation = UINT64_MAX,
					.version = 7,
					.config = "abc" };
	struct scene *scene = *state;
	uint64_t version = scene_version(scene);
	char where[32];
	int i;

	assert_int_equal(kvip_store_mark_get(scene->store, "here", &mark,
					     &scene->err),
			 KVIP_STORE_ABSENT);
	assert_int_equal(kvip_store_mark_set(scene->store, "here", &mark,
					     &scene->err),
			 KVIP_STORE_OK);
	memset(&mark, 0, sizeof(mark));
	scene_reopen(scene);
	assert_int_equal(kvip_store_mark_get(scene->store, "here", &mark,
					     &scene->err),
			 KVIP_STORE_OK);
	assert_true(mark.generation == UINT64_MAX);
	assert_int_equal(mark.version, 7);
	assert_string_equal(mark.config, "abc");
	/* a table is no change of the cluster */
	assert_int_equal(scene_version(scene), version);
	for (i = 0; i < 70; i++) {
		snprintf(where, sizeof(where), "boot %d", i);
		assert_int_equal(kvip_store_mark_set(scene->store, where, &mark,
						     &scene->err),
				 KVIP_STORE_OK);
	}
	assert_int_equal(kvip_store_mark_get(scene->store, "here", &mark,
					     &scene->err),
			 KVIP_STORE_ABSENT);
	assert_int_equal(kvip_store_mark_get(scene->store, "boot 69", &mark,
					     &scene->err),
			 KVIP_STORE_OK);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, scene_begin, scene_end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_create),	    TEST(test_refusals),
		TEST(test_generated_names), TEST(test_update),
		TEST(test_status),	    TEST(test_dry_run),
		TEST(test_transaction),	    TEST(test_list),
		TEST(test_slices_follow),   TEST(test_many_services),
		TEST(test_slices_by_hand),  TEST(test_node),
		TEST(test_marks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
