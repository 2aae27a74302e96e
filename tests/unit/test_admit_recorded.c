// SPDX-License-Identifier: GPL-2.0-or-later
/* Services as they were applied, and what a real API server made of them. */
#include "admit_scene.h"

#include "kinds.h"

struct recording {
	struct json_object *applied;
	struct json_object *stored;
};

static int set_up(void **state)
{
	struct recording *recording = calloc(1, sizeof(*recording));

	recording->applied = recorded_objects("service-manifests.yaml");
	recording->stored = recorded_objects("list-services.json");
	assert_int_equal(json_object_array_length(recording->applied), 36);
	*state = recording;
	return 0;
}

static int tear_down(void **state)
{
	struct recording *recording = *state;

	json_object_put(recording->applied);
	json_object_put(recording->stored);
	free(recording);
	return 0;
}

/* What was stored under the name of @applied. */
static struct json_object *stored_of(struct recording *recording,
				     struct json_object *applied)
{
	size_t i, n = json_object_array_length(recording->stored);

	for (i = 0; i < n; i++) {
		struct json_object *object =
			json_object_array_get_idx(recording->stored, i);

		if (!strcmp(kvip_object_name(object),
			    kvip_object_name(applied)) &&
		    !strcmp(kvip_object_ns(object), kvip_object_ns(applied)))
			return object;
	}
	fail_msg("%s is not among what was stored", kvip_object_name(applied));
	return NULL;
}

/* Addresses become their families: which of them is chance. */
static void blur_addresses(struct json_object *spec)
{
	struct json_object *list = kvip_object_member(spec, "clusterIPs");
	const char *first = kvip_object_text(spec, "clusterIP");
	struct kvip_addr addr;
	size_t i;

	if (!first || !kvip_addr_parse(first, &addr))
		return;
	json_object_object_add(
		spec, "clusterIP",
		json_object_new_string(kvip_family_text(addr.family)));
	for (i = 0; i < json_object_array_length(list); i++) {
		assert_true(kvip_addr_parse(
			json_object_get_string(
				json_object_array_get_idx(list, i)),
			&addr));
		json_object_array_put_idx(
			list, i,
			json_object_new_string(kvip_family_text(addr.family)));
	}
}

/* Node ports become 1, 2, ... in the order of the ports; equal ones are equal. */
static void blur_ports(struct json_object *spec)
{
	struct json_object *list = kvip_object_member(spec, "ports");
	int seen[16], n_seen = 0, j;
	size_t i, n = list ? json_object_array_length(list) : 0;

	for (i = 0; i < n; i++) {
		struct json_object *port = json_object_array_get_idx(list, i);
		int number = json_object_get_int(
			kvip_object_member(port, "nodePort"));

		if (!number)
			continue;
		for (j = 0; j < n_seen && seen[j] != number; j++)
			;
		if (j == n_seen)
			seen[n_seen++] = number;
		json_object_object_add(port, "nodePort",
				       json_object_new_int(j + 1));
	}
	if (kvip_object_member(spec, "healthCheckNodePort"))
		json_object_object_add(spec, "healthCheckNodePort",
				       json_object_new_int(1));
}

static struct json_object *blurred(struct json_object *object)
{
	struct json_object *spec = copy_of(kvip_object_member(object, "spec"));

	blur_addresses(spec);
	blur_ports(spec);
	return spec;
}

static void admit(struct json_object *object, struct json_object *old)
{
	struct kvip_err err;
	struct scene scene;

	scene_init(&scene, 2);
	if (kvip_admit_service(object, old, &scene.config, &scene.allocator,
			       &err))
		fail_msg("%s: %s", kvip_object_name(object), err.text);
}

static void services_become_what_they_became(void **state)
{
	struct recording *recording = *state;
	size_t i, n = json_object_array_length(recording->applied);

	for (i = 0; i < n; i++) {
		struct json_object *object = copy_of(
			json_object_array_get_idx(recording->applied, i));
		struct json_object *stored = stored_of(recording, object);
		struct json_object *ours, *theirs;

		admit(object, NULL);
		ours = blurred(object);
		theirs = blurred(stored);
		assert_same(ours, theirs, kvip_object_name(object));
		json_object_put(ours);
		json_object_put(theirs);
		json_object_put(object);
	}
}

static void applied_again_they_stay_as_they_are(void **state)
{
	struct recording *recording = *state;
	size_t i, n = json_object_array_length(recording->applied);

	for (i = 0; i < n; i++) {
		struct json_object *object = copy_of(
			json_object_array_get_idx(recording->applied, i));
		struct json_object *stored = stored_of(recording, object);

		admit(object, stored);
		assert_same(kvip_object_member(object, "spec"),
			    kvip_object_member(stored, "spec"),
			    kvip_object_name(object));
		assert_same(kvip_object_member(object, "status"),
			    kvip_object_member(stored, "status"),
			    kvip_object_name(object));
		json_object_put(object);
	}
}

static void stored_ones_may_be_stored(void **state)
{
	struct recording *recording = *state;
	size_t i, n = json_object_array_length(recording->stored);

	for (i = 0; i < n; i++) {
		struct json_object *stored =
			json_object_array_get_idx(recording->stored, i);
		struct json_object *again = copy_of(stored);
		struct json_object *anew = copy_of(stored);

		admit(again, stored);
		assert_same(again, stored, kvip_object_name(stored));
		/* as a dump is read into an empty store */
		admit(anew, NULL);
		assert_same(kvip_object_member(anew, "spec"),
			    kvip_object_member(stored, "spec"),
			    kvip_object_name(stored));
		json_object_put(again);
		json_object_put(anew);
	}
}

/* kubectl expose deployment web --port=80, with --dry-run=client and =server */
static void what_expose_makes_is_completed(void **state)
{
	static const char client[] =
		"apiVersion: v1\nkind: Service\n"
		"metadata: {name: web-dryrun, namespace: demo, labels: {app: web}}\n"
		"spec: {ports: [{port: 80, protocol: TCP, targetPort: 80}],"
		" selector: {app: web}}\nstatus: {loadBalancer: {}}\n";
	static const char server[] =
		"apiVersion: v1\nkind: Service\n"
		"metadata: {name: web-dryrun, namespace: demo, labels: {app: web}}\n"
		"spec: {clusterIP: 10.96.1.1, clusterIPs: [10.96.1.1],"
		" internalTrafficPolicy: Cluster, ipFamilies: [IPv4],"
		" ipFamilyPolicy: SingleStack,"
		" ports: [{port: 80, protocol: TCP, targetPort: 80}],"
		" selector: {app: web}, sessionAffinity: None, type: ClusterIP}\n"
		"status: {loadBalancer: {}}\n";
	struct json_object *ours = object_of(client);
	struct json_object *theirs = object_of(server);

	(void)state;
	admit(ours, NULL);
	assert_same(ours, theirs, "web-dryrun");
	json_object_put(ours);
	json_object_put(theirs);
}

static void slices_and_nodes_are_admitted_as_they_are(void **state)
{
	static const char *const files[] = { "get-all.json",
					     "controller-pods.json",
					     "manifests.yaml" };
	size_t i, j, n_seen = 0;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(files); i++) {
		struct json_object *list = recorded_objects(files[i]);

		for (j = 0; j < json_object_array_length(list); j++) {
			struct json_object *object =
				json_object_array_get_idx(list, j);
			struct json_object *copy = copy_of(object);
			enum kvip_kind kind;
			struct kvip_err err;

			if (kvip_kind_of(object, &kind, &err) ||
			    kind == KVIP_KIND_SERVICE) {
				json_object_put(copy);
				continue;
			}
			if (kvip_admit(kind, copy, NULL, &err))
				fail_msg("%s: %s", kvip_object_name(object),
					 err.text);
			/* people leave things out, the API server does not */
			if (strcmp(files[i], "manifests.yaml"))
				assert_same(copy, object,
					    kvip_object_name(object));
			json_object_put(copy);
			n_seen++;
		}
		json_object_put(list);
	}
	assert_true(n_seen > 50);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			services_become_what_they_became, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			applied_again_they_stay_as_they_are, set_up, tear_down),
		cmocka_unit_test_setup_teardown(stored_ones_may_be_stored,
						set_up, tear_down),
		cmocka_unit_test(what_expose_makes_is_completed),
		cmocka_unit_test(slices_and_nodes_are_admitted_as_they_are),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
