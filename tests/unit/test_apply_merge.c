// SPDX-License-Identifier: GPL-2.0-or-later
/* What apply makes of what a file said, says, and what there is. */
#include "recorded.h"

#include <json-c/json.h>

#include "apply_merge.h"
#include "document.h"
#include "json_make.h"

static int take(struct json_object *object, const struct kvip_origin *origin,
		void *ctx, struct kvip_err *err)
{
	struct json_object **taken = ctx;

	(void)origin;
	(void)err;
	*taken = json_object_get(object);
	return 0;
}

/* The rest of an object; what makes it one is of no interest here. */
static struct json_object *object_of(const char *text)
{
	struct json_object *object = NULL;
	struct kvip_err err;
	char whole[2048];

	if (!text)
		return NULL;
	snprintf(whole, sizeof(whole), "kind: K\napiVersion: v1\n%s", text);
	if (kvip_document_parse("test", whole, strlen(whole), take, &object,
				&err))
		fail_msg("%s: %s", text, err.text);
	return object;
}

static void three_are_put_together(void **state)
{
	static const struct {
		const char *original, *modified, *live, *merged;
	} rows[] = {
		/* what is set is set, what was given stays */
		{ NULL, "spec: {type: NodePort}",
		  "spec: {type: ClusterIP, clusterIP: 10.96.0.9}",
		  "spec: {type: NodePort, clusterIP: 10.96.0.9}" },
		/* what the file no longer says goes, what it never said stays */
		{ "spec: {a: 1, b: {c: 1, d: 1}}", "spec: {b: {c: 2}}",
		  "spec: {a: 1, b: {c: 1, d: 1, e: 1}, f: 1}",
		  "spec: {b: {c: 2, e: 1}, f: 1}" },
		/* even all of a map */
		{ "spec: {selector: {app: web}}", "spec: {}",
		  "spec: {selector: {app: web}}", "spec: {}" },
		/* without knowledge of the last time nothing goes */
		{ NULL, "spec: {b: 2}", "spec: {a: 1}", "spec: {a: 1, b: 2}" },
		/* null takes out, and is no value */
		{ NULL, "spec: {a: null, b: {c: null}}",
		  "spec: {a: 1, b: {c: 1, d: 1}}", "spec: {b: {d: 1}}" },
		/* another type replaces */
		{ NULL, "spec: {a: [1], b: {c: 1}, d: 1}",
		  "spec: {a: {x: 1}, b: 1, d: {y: 1}}",
		  "spec: {a: [1], b: {c: 1}, d: 1}" },
		/* lists without names are replaced */
		{ "spec: {ips: [a, b]}", "spec: {ips: [c]}",
		  "spec: {ips: [a, b, x]}", "spec: {ips: [c]}" },
		/* a port keeps its node port, whatever else changes */
		{ "spec: {ports: [{port: 80}]}",
		  "spec: {ports: [{port: 80, name: web, targetPort: 8080}]}",
		  "spec: {ports: [{port: 80, protocol: TCP, nodePort: 30080, targetPort: 80}]}",
		  "spec: {ports: [{port: 80, protocol: TCP, nodePort: 30080, targetPort: 8080, name: web}]}" },
		/* one port of two protocols is two ports */
		{ NULL,
		  "spec: {ports: [{port: 53, protocol: UDP, name: u}, {port: 53, name: t}]}",
		  "spec: {ports: [{port: 53, protocol: TCP, nodePort: 1}, {port: 53, protocol: UDP, nodePort: 2}]}",
		  "spec: {ports: [{port: 53, protocol: UDP, nodePort: 2, name: u}, {port: 53, protocol: TCP, nodePort: 1, name: t}]}" },
		/* a port that is no longer told goes, one of others' stays */
		{ "spec: {ports: [{port: 80}, {port: 81}]}",
		  "spec: {ports: [{port: 82}, {port: 80}]}",
		  "spec: {ports: [{port: 80, nodePort: 1}, {port: 81}, {port: 9, a: 1}]}",
		  "spec: {ports: [{port: 82}, {port: 80, nodePort: 1}, {port: 9, a: 1}]}" },
		/* a member of an item that is no longer told goes */
		{ "spec: {ports: [{port: 80, name: web}]}",
		  "spec: {ports: [{port: 80}]}",
		  "spec: {ports: [{port: 80, name: web, nodePort: 1}]}",
		  "spec: {ports: [{port: 80, nodePort: 1}]}" },
		/* conditions by type, as of a Pod */
		{ NULL,
		  "status: {conditions: [{type: Ready, status: 'False'}]}",
		  "status: {conditions: [{type: A, status: 'True'}, {type: Ready, status: 'True', reason: x}]}",
		  "status: {conditions: [{type: Ready, status: 'False', reason: x}, {type: A, status: 'True'}]}" },
		/* containers of a Deployment, and their ports */
		{ "spec: {template: {spec: {containers: [{name: a, image: x}, {name: b}]}}}",
		  "spec: {template: {spec: {containers: [{name: a, ports: [{containerPort: 80}]}]}}}",
		  "spec: {template: {spec: {containers: [{name: a, image: x, ports: [{containerPort: 80, protocol: TCP}]}, {name: b}]}}}",
		  "spec: {template: {spec: {containers: [{name: a, ports: [{containerPort: 80, protocol: TCP}]}]}}}" },
		/* the same words elsewhere are no such list */
		{ NULL, "x: {ports: [{port: 80}]}",
		  "x: {ports: [{port: 80, nodePort: 1}, {port: 81}]}",
		  "x: {ports: [{port: 80}]}" },
		{ NULL, "ports: [{port: 80}]",
		  "ports: [{port: 80, a: 1}, {port: 81}]",
		  "ports: [{port: 80}]" },
		/* with an item that has no name, a list is like any other */
		{ NULL, "spec: {ports: [{name: x}, 7]}",
		  "spec: {ports: [{name: x, a: 1}]}",
		  "spec: {ports: [{name: x}, 7]}" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		struct json_object *original = object_of(rows[i].original);
		struct json_object *modified = object_of(rows[i].modified);
		struct json_object *live = object_of(rows[i].live);
		struct json_object *before = kvip_json_copy(live);
		struct json_object *wanted = object_of(rows[i].merged);
		struct json_object *merged;

		merged = kvip_apply_merge(original, modified, live);
		if (!json_object_equal(merged, wanted))
			fail_msg("row %zu: %s", i,
				 json_object_to_json_string(merged));
		/* nothing that was given is changed */
		assert_true(json_object_equal(live, before));
		json_object_put(merged);
		/* and what is so already stays so */
		merged = kvip_apply_merge(modified, modified, wanted);
		assert_true(json_object_equal(merged, wanted));
		json_object_put(merged);
		json_object_put(original);
		json_object_put(modified);
		json_object_put(live);
		json_object_put(before);
		json_object_put(wanted);
	}
}

static void what_was_applied_is_kept(void **state)
{
	struct json_object *object, *again, *applied;
	char *text;

	(void)state;
	object = object_of("spec: {b: 1, a: [x/y]}\n"
			   "metadata: {name: web, annotations: {k: v}}");
	text = kvip_applied_text(object);
	assert_string_equal(
		text,
		"{\"apiVersion\":\"v1\",\"kind\":\"K\",\"metadata\":{\"annotations\":{\"k\":\"v\"},\"name\":\"web\"},\"spec\":{\"a\":[\"x/y\"],\"b\":1}}\n");
	again = kvip_json_copy(object);
	kvip_applied_set(object);
	applied = kvip_applied_get(object);
	assert_true(json_object_equal(applied, again));
	json_object_put(applied);
	json_object_put(again);
	free(text);

	/* setting it again does not nest it */
	text = strdup(json_object_to_json_string(object));
	kvip_applied_set(object);
	assert_string_equal(json_object_to_json_string(object), text);
	free(text);
	json_object_put(object);

	/* as kubectl writes it where there are no annotations */
	object = object_of("metadata: {name: web}");
	text = kvip_applied_text(object);
	assert_string_equal(
		text,
		"{\"apiVersion\":\"v1\",\"kind\":\"K\",\"metadata\":{\"annotations\":{},\"name\":\"web\"}}\n");
	free(text);
	assert_null(kvip_applied_get(object));
	json_object_put(object);
}

static void a_broken_annotation_is_none(void **state)
{
	static const char *const texts[] = {
		"''", "'{'", "'[1]'", "'7'", "{a: b}", "null",
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(texts); i++) {
		struct json_object *object;
		char text[256];

		snprintf(text, sizeof(text),
			 "metadata: {annotations: {%s: %s}}", KVIP_APPLIED,
			 texts[i]);
		object = object_of(text);
		assert_null(kvip_applied_get(object));
		json_object_put(object);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(three_are_put_together),
		cmocka_unit_test(what_was_applied_is_kept),
		cmocka_unit_test(a_broken_annotation_is_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
