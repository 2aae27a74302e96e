// SPDX-License-Identifier: GPL-2.0-or-later
/* EndpointSlices out of Pods: what the real controller made, and what changes. */
#include "admit_scene.h"

#include "kinds.h"
#include "selector.h"
#include "slices.h"

static size_t count(struct json_object *list)
{
	return list ? json_object_array_length(list) : 0;
}

static struct json_object *at(struct json_object *list, size_t i)
{
	return json_object_array_get_idx(list, i);
}

static struct json_object *zones(void)
{
	return json_tokener_parse(
		"{\"node-a\":\"zone-a\",\"node-b\":\"zone-b\",\"node-c\":\"zone-c\"}");
}

static bool is_kind(struct json_object *object, const char *kind)
{
	return !strcmp(kvip_object_text(object, "kind"), kind);
}

static struct json_object *selected(struct json_object *service,
				    struct json_object *pods)
{
	struct kvip_selector *selector =
		kvip_selector_of(member_at(service, "spec.selector"));
	struct json_object *list = json_object_new_array();
	size_t i;

	for (i = 0; i < count(pods); i++)
		if (is_kind(at(pods, i), "Pod") &&
		    !strcmp(kvip_object_ns(at(pods, i)),
			    kvip_object_ns(service)) &&
		    kvip_selector_matches(selector,
					  member_at(at(pods, i),
						    "metadata.labels")))
			json_object_array_add(list,
					      json_object_get(at(pods, i)));
	kvip_selector_free(selector);
	return list;
}

static struct json_object *make(struct json_object *service,
				struct json_object *pods,
				struct json_object *old)
{
	struct json_object *chosen = selected(service, pods), *where = zones();
	struct json_object *slices =
		kvip_slices_make(service, chosen, where, old);

	json_object_put(chosen);
	json_object_put(where);
	return slices;
}

static int by_text(const void *a, const void *b)
{
	return strcmp(
		json_object_to_json_string(*(struct json_object *const *)a),
		json_object_to_json_string(*(struct json_object *const *)b));
}

/* What is not ours to know or the controller's chance. */
static struct json_object *essence(struct json_object *slice)
{
	static const char *const names[] = { "name",
					     "uid",
					     "resourceVersion",
					     "generation",
					     "creationTimestamp",
					     "annotations",
					     "managedFields" };
	struct json_object *copy = copy_of(slice);
	struct json_object *metadata = member_at(copy, "metadata");
	struct json_object *endpoints = member_at(copy, "endpoints");
	size_t i;

	for (i = 0; i < ARRAY_SIZE(names); i++)
		json_object_object_del(metadata, names[i]);
	json_object_object_del(member_at(metadata, "labels"),
			       "endpointslice.kubernetes.io/managed-by");
	for (i = 0; i < count(endpoints); i++)
		json_object_object_del(at(endpoints, i), "hints");
	if (member_at(copy, "ports"))
		json_object_array_sort(member_at(copy, "ports"), by_text);
	return copy;
}

static bool is_of(struct json_object *slice, struct json_object *service)
{
	struct json_object *label =
		kvip_object_member(member_at(slice, "metadata.labels"),
				   "kubernetes.io/service-name");

	return label &&
	       !strcmp(json_object_get_string(label),
		       kvip_object_name(service)) &&
	       !strcmp(kvip_object_ns(slice), kvip_object_ns(service));
}

/* The slice of that Service and family. */
static struct json_object *slice_of(struct json_object *list,
				    struct json_object *service,
				    const char *family)
{
	size_t i;

	for (i = 0; i < count(list); i++)
		if (is_kind(at(list, i), "EndpointSlice") &&
		    is_of(at(list, i), service) &&
		    !strcmp(kvip_object_text(at(list, i), "addressType"),
			    family))
			return at(list, i);
	return NULL;
}

/* How many slices of the Service there are in a list. */
static size_t slices_of(struct json_object *list, struct json_object *service)
{
	size_t i, n = 0;

	for (i = 0; i < count(list); i++)
		n += is_kind(at(list, i), "EndpointSlice") &&
		     is_of(at(list, i), service);
	return n;
}

static void compare(struct json_object *ours, struct json_object *theirs)
{
	struct json_object *a = essence(ours), *b = essence(theirs);

	assert_same(a, b, kvip_object_name(theirs));
	json_object_put(a);
	json_object_put(b);
}

static struct json_object *service_named(struct json_object *list,
					 const char *ns, const char *name)
{
	size_t i;

	for (i = 0; i < count(list); i++)
		if (is_kind(at(list, i), "Service") &&
		    !strcmp(kvip_object_name(at(list, i)), name) &&
		    !strcmp(kvip_object_ns(at(list, i)), ns))
			return at(list, i);
	fail_msg("no Service %s/%s", ns, name);
	return NULL;
}

static struct json_object *pod_named(struct json_object *list, const char *name)
{
	size_t i;

	for (i = 0; i < count(list); i++)
		if (is_kind(at(list, i), "Pod") &&
		    !strcmp(kvip_object_name(at(list, i)), name))
			return at(list, i);
	fail_msg("no Pod %s", name);
	return NULL;
}

static void slices_are_those_of_the_controller(void **state)
{
	struct json_object *objects = recorded_objects("controller-pods.json");
	size_t i, j, n_slices = 0;

	(void)state;
	for (i = 0; i < count(objects); i++) {
		struct json_object *service = at(objects, i), *slices;

		/* the API server itself has this one */
		if (!is_kind(service, "Service") ||
		    !strcmp(kvip_object_name(service), "kubernetes"))
			continue;
		slices = make(service, objects, NULL);
		assert_int_equal(count(slices), slices_of(objects, service));
		for (j = 0; j < count(slices); j++) {
			const char *family =
				kvip_object_text(at(slices, j), "addressType");

			compare(at(slices, j),
				slice_of(objects, service, family));
		}
		n_slices += count(slices);
		json_object_put(slices);
	}
	assert_int_equal(n_slices, 36);
	json_object_put(objects);
}

static void set_ready(struct json_object *pod, bool ready)
{
	json_object_object_add(member_at(pod, "status.conditions.0"), "status",
			       json_object_new_string(ready ? "True" :
							      "False"));
}

static void pods_that_end_are_as_the_controller_has_them(void **state)
{
	struct json_object *objects = recorded_objects("controller-pods.json");
	struct json_object *theirs =
		recorded_objects("controller-terminating.json");
	struct json_object *service = service_named(objects, "demo", "web");
	struct json_object *pod = pod_named(objects, "web-a"), *slices, *old;

	(void)state;
	old = make(service, objects, NULL);
	json_object_object_add(member_at(pod, "metadata"), "deletionTimestamp",
			       json_object_new_string("2026-11-24T06:37:30Z"));
	slices = make(service, objects, old);
	assert_int_equal(count(slices), 1);
	compare(at(slices, 0), at(theirs, 0));
	json_object_put(old);
	set_ready(pod, false);
	old = slices;
	slices = make(service, objects, old);
	compare(at(slices, 0), at(theirs, 1));
	json_object_put(old);
	json_object_put(slices);
	json_object_put(objects);
	json_object_put(theirs);
}

#define SERVICE                                              \
	"apiVersion: v1\nkind: Service\n"                    \
	"metadata: {name: web, namespace: demo, uid: u-1}\n" \
	"spec: {clusterIP: 10.96.0.9, type: ClusterIP,"      \
	" ipFamilies: [IPv4], selector: {app: web},"         \
	" ports: [{name: http, port: 80, protocol: TCP, targetPort: %s}]}\n"

static struct json_object *web(const char *target)
{
	char text[512];

	snprintf(text, sizeof(text), SERVICE, target);
	return object_of(text);
}

/* Pod @i, whose port "http" has that number. */
static struct json_object *pod(size_t i, int port)
{
	char text[1024];

	snprintf(
		text, sizeof(text),
		"apiVersion: v1\nkind: Pod\n"
		"metadata: {name: p-%04zu, namespace: demo, labels: {app: web}}\n"
		"spec: {nodeName: node-a, hostname: h-%zu, containers: [{name: c,"
		" ports: [{name: http, containerPort: %d, protocol: TCP}]}]}\n"
		"status: {podIP: 10.244.%zu.%zu, conditions:"
		" [{type: Ready, status: 'True'}]}\n",
		i, i, port, i / 250, i % 250 + 1);
	return object_of(text);
}

static struct json_object *pods_from(size_t first, size_t n)
{
	struct json_object *list = json_object_new_array();
	size_t i;

	for (i = first; i < first + n; i++)
		json_object_array_add(list, pod(i, 8080));
	return list;
}

static size_t size_of(struct json_object *slice)
{
	return count(member_at(slice, "endpoints"));
}

/* Every Pod once, none else; sizes in the order of the slices. */
static void check_whole(struct json_object *slices, struct json_object *pods,
			const char *sizes)
{
	struct json_object *seen = json_object_new_object();
	char text[256] = "";
	size_t i, j, total = 0;

	for (i = 0; i < count(slices); i++) {
		struct json_object *list =
			member_at(at(slices, i), "endpoints");

		snprintf(text + strlen(text), sizeof(text) - strlen(text),
			 "%s%zu", i ? " " : "", count(list));
		assert_true(count(list) <= KVIP_SLICE_ENDPOINTS);
		for (j = 0; j < count(list); j++)
			json_object_object_add(
				seen,
				json_object_get_string(member_at(
					at(list, j), "targetRef.name")),
				NULL);
		total += count(list);
	}
	assert_string_equal(text, sizes);
	assert_int_equal(total, count(pods));
	assert_int_equal(json_object_object_length(seen), total);
	json_object_put(seen);
}

/* Slices that are the very ones of @old. */
static size_t n_kept(struct json_object *slices, struct json_object *old)
{
	size_t i, j, n = 0;

	for (i = 0; i < count(slices); i++)
		for (j = 0; j < count(old); j++)
			n += at(slices, i) == at(old, j);
	return n;
}

/* Slices, as they come back from a file. */
static struct json_object *reread(struct json_object *slices)
{
	return json_tokener_parse(json_object_to_json_string(slices));
}

static struct json_object *step(struct json_object *service,
				struct json_object *pods,
				struct json_object *old, const char *sizes,
				size_t kept)
{
	struct json_object *slices = make(service, pods, old);
	struct json_object *again;

	check_whole(slices, pods, sizes);
	assert_int_equal(n_kept(slices, old), kept);
	/* its own output changes nothing */
	again = make(service, pods, slices);
	assert_int_equal(n_kept(again, slices), count(slices));
	assert_int_equal(count(again), count(slices));
	json_object_put(again);
	again = reread(slices);
	json_object_put(slices);
	json_object_put(old);
	json_object_put(pods);
	return again;
}

static struct json_object *without(struct json_object *pods, size_t first,
				   size_t n)
{
	json_object_array_del_idx(pods, first, n);
	return pods;
}

static void few_slices_change(void **state)
{
	struct json_object *service = web("8080"), *old = NULL, *pods;

	(void)state;
	/* as the controller did with 98, 101 and 120 Pods */
	old = step(service, pods_from(0, 98), old, "98", 0);
	old = step(service, pods_from(0, 101), old, "98 3", 1);
	old = step(service, pods_from(0, 102), old, "99 3", 1);
	old = step(service, pods_from(0, 103), old, "100 3", 1);
	old = step(service, pods_from(0, 120), old, "100 20", 1);
	/* one that changes anyway is filled up */
	pods = pods_from(0, 130);
	old = step(service, without(pods, 0, 5), old, "100 25", 0);
	old = step(service, pods_from(0, 350), old, "100 50 100 100", 1);
	/* one that is emptied goes */
	old = step(service, pods_from(0, 0), old, "0", 0);
	old = step(service, pods_from(0, 1), old, "1", 0);
	json_object_put(service);
	json_object_put(old);
}

static void an_endpoint_stays_in_its_slice(void **state)
{
	struct json_object *service = web("8080"), *old, *slices;
	struct json_object *pods = pods_from(0, 150);

	(void)state;
	old = make(service, pods, NULL);
	set_ready(at(pods, 120), false);
	json_object_object_add(member_at(at(pods, 3), "status"), "podIP",
			       json_object_new_string("10.244.9.9"));
	slices = make(service, pods, old);
	check_whole(slices, pods, "100 50");
	assert_string_equal(json_object_get_string(member_at(
				    slices, "0.endpoints.3.addresses.0")),
			    "10.244.9.9");
	assert_false(json_object_get_boolean(
		member_at(slices, "1.endpoints.20.conditions.ready")));
	assert_string_equal(kvip_object_name(at(slices, 0)),
			    kvip_object_name(at(old, 0)));
	assert_string_equal(kvip_object_name(at(slices, 1)),
			    kvip_object_name(at(old, 1)));
	json_object_put(old);
	json_object_put(slices);
	json_object_put(pods);
	json_object_put(service);
}

static void what_is_stored_with_a_slice_stays(void **state)
{
	struct json_object *service = web("8080"), *old, *slices, *metadata;
	struct json_object *pods = pods_from(0, 3);

	(void)state;
	old = make(service, pods, NULL);
	metadata = member_at(old, "0.metadata");
	json_object_object_add(metadata, "uid", json_object_new_string("s-1"));
	json_object_object_add(metadata, "resourceVersion",
			       json_object_new_string("17"));
	json_object_object_add(
		member_at(service, "metadata"), "labels",
		json_tokener_parse("{\"tier\":\"front\","
				   "\"kubernetes.io/service-name\":\"x\"}"));
	slices = make(service, pods, old);
	assert_int_equal(n_kept(slices, old), 0);
	assert_string_equal(
		json_object_get_string(member_at(slices, "0.metadata.uid")),
		"s-1");
	assert_string_equal(json_object_get_string(member_at(
				    slices, "0.metadata.resourceVersion")),
			    "17");
	assert_string_equal(json_object_get_string(member_at(
				    slices, "0.metadata.labels.tier")),
			    "front");
	assert_true(is_of(at(slices, 0), service));
	assert_int_equal(size_of(at(slices, 0)), 3);
	json_object_put(slices);
	json_object_put(old);
	json_object_put(pods);
	json_object_put(service);
}

static void named_ports_are_each_pods_own(void **state)
{
	struct json_object *service = web("http"), *old, *slices, *pods;

	(void)state;
	pods = json_object_new_array();
	json_object_array_add(pods, pod(0, 8080));
	json_object_array_add(pods, pod(1, 9090));
	json_object_array_add(pods, pod(2, 8080));
	old = make(service, pods, NULL);
	check_whole(old, pods, "2 1");
	assert_int_equal(json_object_get_int(member_at(old, "0.ports.0.port")),
			 8080);
	assert_int_equal(json_object_get_int(member_at(old, "1.ports.0.port")),
			 9090);
	/* a Pod changes its port: it moves, and the emptied slice goes */
	json_object_array_put_idx(pods, 1, pod(1, 8080));
	slices = make(service, pods, old);
	check_whole(slices, pods, "3");
	json_object_put(old);
	old = slices;
	/* all change their port: the slice keeps its name */
	json_object_put(service);
	service = web("9091");
	slices = make(service, pods, old);
	check_whole(slices, pods, "3");
	assert_string_equal(kvip_object_name(at(slices, 0)),
			    kvip_object_name(at(old, 0)));
	assert_int_equal(
		json_object_get_int(member_at(slices, "0.ports.0.port")), 9091);
	json_object_put(slices);
	json_object_put(old);
	json_object_put(service);
	/* a name that no Pod has: endpoints without ports, as the controller */
	service = web("other");
	slices = make(service, pods, NULL);
	check_whole(slices, pods, "3");
	assert_null(member_at(slices, "0.ports"));
	json_object_put(slices);
	json_object_put(service);
	json_object_put(pods);
}

static void sidecars_have_ports_other_init_containers_have_not(void **state)
{
	static const char containers[] =
		"[{\"name\":\"i\",%s\"ports\":[{\"name\":\"admin\","
		"\"containerPort\":99}]}]";
	struct json_object *service = web("admin"), *pods, *slices;
	char text[256];

	(void)state;
	pods = pods_from(0, 1);
	snprintf(text, sizeof(text), containers, "");
	json_object_object_add(member_at(pods, "0.spec"), "initContainers",
			       json_tokener_parse(text));
	slices = make(service, pods, NULL);
	assert_null(member_at(slices, "0.ports"));
	json_object_put(slices);
	snprintf(text, sizeof(text), containers,
		 "\"restartPolicy\":\"Always\",");
	json_object_object_add(member_at(pods, "0.spec"), "initContainers",
			       json_tokener_parse(text));
	slices = make(service, pods, NULL);
	assert_int_equal(
		json_object_get_int(member_at(slices, "0.ports.0.port")), 99);
	json_object_put(slices);
	json_object_put(pods);
	json_object_put(service);
}

static void pods_that_are_no_endpoints(void **state)
{
	struct json_object *service = web("8080"), *slices;
	struct json_object *pods = pods_from(0, 4);

	(void)state;
	json_object_object_add(member_at(pods, "0.status"), "phase",
			       json_object_new_string("Succeeded"));
	json_object_object_add(member_at(pods, "1.status"), "phase",
			       json_object_new_string("Failed"));
	json_object_object_del(member_at(pods, "2.status"), "podIP");
	json_object_object_add(member_at(pods, "3.status"), "podIP",
			       json_object_new_string("fd00::1"));
	slices = make(service, pods, NULL);
	assert_int_equal(count(slices), 1);
	assert_null(member_at(slices, "0.endpoints"));
	assert_null(member_at(slices, "0.ports"));
	json_object_put(slices);
	json_object_put(pods);
	json_object_put(service);
}

static void hostnames_are_those_of_its_subdomain(void **state)
{
	struct json_object *service = web("8080"), *slices;
	struct json_object *pods = pods_from(0, 2);

	(void)state;
	json_object_object_add(member_at(pods, "1.spec"), "subdomain",
			       json_object_new_string("web"));
	slices = make(service, pods, NULL);
	assert_null(member_at(slices, "0.endpoints.0.hostname"));
	assert_string_equal(json_object_get_string(member_at(
				    slices, "0.endpoints.1.hostname")),
			    "h-1");
	json_object_put(slices);
	json_object_put(pods);
	json_object_put(service);
}

static void some_services_have_no_slices(void **state)
{
	static const char *const changes[][2] = {
		{ "type", "\"ExternalName\"" },
		{ "selector", "{}" },
		{ "selector", "null" },
	};
	struct json_object *pods = pods_from(0, 2), *old, *slices, *service;
	size_t i;

	(void)state;
	service = web("8080");
	old = make(service, pods, NULL);
	json_object_put(service);
	for (i = 0; i < ARRAY_SIZE(changes); i++) {
		service = web("8080");
		json_object_object_add(member_at(service, "spec"),
				       changes[i][0],
				       json_tokener_parse(changes[i][1]));
		slices = kvip_slices_make(service, pods, NULL, old);
		assert_int_equal(count(slices), 0);
		json_object_put(slices);
		json_object_put(service);
	}
	json_object_put(old);
	json_object_put(pods);
}

static void a_family_that_is_given_up_has_none(void **state)
{
	struct json_object *service = web("8080"), *old, *slices;
	struct json_object *pods = pods_from(0, 2);

	(void)state;
	json_object_array_add(member_at(service, "spec.ipFamilies"),
			      json_object_new_string("IPv6"));
	old = make(service, pods, NULL);
	assert_int_equal(count(old), 2);
	assert_string_not_equal(kvip_object_name(at(old, 0)),
				kvip_object_name(at(old, 1)));
	json_object_array_del_idx(member_at(service, "spec.ipFamilies"), 1, 1);
	slices = make(service, pods, old);
	assert_int_equal(count(slices), 1);
	assert_ptr_equal(at(slices, 0), at(old, 0));
	json_object_put(old);
	json_object_put(slices);
	json_object_put(pods);
	json_object_put(service);
}

static void names_are_names(void **state)
{
	static const char text[] =
		"apiVersion: v1\nkind: Service\nmetadata: {namespace: demo,"
		" name: a23456789-123456789-123456789-123456789-123456789-123456789-123}\n"
		"spec: {ipFamilies: [IPv4], selector: {app: web}}\n";
	struct json_object *service = object_of(text), *slices, *slice;
	struct json_object *pods = pods_from(0, 500);
	struct kvip_err err;
	size_t i;

	(void)state;
	slices = make(service, pods, NULL);
	assert_int_equal(count(slices), 5);
	for (i = 0; i < 5; i++) {
		slice = at(slices, i);
		assert_int_equal(strlen(kvip_object_name(slice)), 63);
		assert_int_equal(kvip_admit(KVIP_KIND_ENDPOINT_SLICE, slice,
					    NULL, &err),
				 0);
	}
	json_object_put(slices);
	json_object_put(pods);
	json_object_put(service);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(slices_are_those_of_the_controller),
		cmocka_unit_test(pods_that_end_are_as_the_controller_has_them),
		cmocka_unit_test(few_slices_change),
		cmocka_unit_test(an_endpoint_stays_in_its_slice),
		cmocka_unit_test(what_is_stored_with_a_slice_stays),
		cmocka_unit_test(named_ports_are_each_pods_own),
		cmocka_unit_test(
			sidecars_have_ports_other_init_containers_have_not),
		cmocka_unit_test(pods_that_are_no_endpoints),
		cmocka_unit_test(hostnames_are_those_of_its_subdomain),
		cmocka_unit_test(some_services_have_no_slices),
		cmocka_unit_test(a_family_that_is_given_up_has_none),
		cmocka_unit_test(names_are_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
