// SPDX-License-Identifier: GPL-2.0-or-later
/* What kvip label makes of labels, and what it refuses as kubectl does. */
#include "recorded.h"

#include <json-c/json.h>

#include "json_make.h"
#include "label_change.h"

#define MAX_WORDS 3

static size_t count(const char *const words[MAX_WORDS])
{
	size_t n = 0;

	while (n < MAX_WORDS && words[n])
		n++;
	return n;
}

static void labels_change(void **state)
{
	static const struct {
		const char *before, *words[MAX_WORDS];
		bool overwrite;
		const char *after, *verb;
	} rows[] = {
		{ "{}",
		  { "a=b" },
		  false,
		  "{\"labels\":{\"a\":\"b\"}}",
		  "labeled" },
		{ "{\"labels\":{\"a\":\"b\"}}",
		  { "c=", "d=e" },
		  false,
		  "{\"labels\":{\"a\":\"b\",\"c\":\"\",\"d\":\"e\"}}",
		  "labeled" },
		{ "{\"labels\":{\"a\":\"b\"}}",
		  { "a=c" },
		  true,
		  "{\"labels\":{\"a\":\"c\"}}",
		  "labeled" },
		{ "{\"labels\":{\"a\":\"b\"}}",
		  { "a=b" },
		  true,
		  "{\"labels\":{\"a\":\"b\"}}",
		  "not labeled" },
		{ "{\"labels\":{\"a\":\"b\",\"c\":\"d\"}}",
		  { "a-" },
		  false,
		  "{\"labels\":{\"c\":\"d\"}}",
		  "unlabeled" },
		{ "{\"labels\":{\"a\":\"b\"}}",
		  { "a-" },
		  false,
		  "{}",
		  "unlabeled" },
		{ "{\"labels\":{\"a\":\"b\"}}",
		  { "x-" },
		  false,
		  "{\"labels\":{\"a\":\"b\"}}",
		  "not labeled" },
		{ "{}", { "x-" }, false, "{}", "not labeled" },
		{ "{\"labels\":{\"a\":\"b\"}}",
		  { "a-", "c=d" },
		  false,
		  "{\"labels\":{\"c\":\"d\"}}",
		  "labeled" },
		{ "{}",
		  { "example.com/a=b" },
		  false,
		  "{\"labels\":{\"example.com/a\":\"b\"}}",
		  "labeled" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		struct kvip_label_change change = { .overwrite =
							    rows[i].overwrite };
		struct json_object *object = json_object_new_object();
		struct json_object *after = json_tokener_parse(rows[i].after);
		struct json_object *meta;
		struct kvip_err err;
		const char *verb;

		json_object_object_add(object, "metadata",
				       json_tokener_parse(rows[i].before));
		if (kvip_label_change_parse(&change, (char **)rows[i].words,
					    count(rows[i].words), &err) ||
		    kvip_label_change_apply(&change, object, &verb, &err))
			fail_msg("row %zu: %s", i, err.text);
		assert_string_equal(verb, rows[i].verb);
		meta = kvip_json_object(object, "metadata");
		if (!json_object_equal(meta, after))
			fail_msg("row %zu: %s", i,
				 json_object_to_json_string(meta));
		json_object_put(after);
		json_object_put(object);
		kvip_label_change_free(&change);
	}
}

static void what_is_refused(void **state)
{
	static const struct {
		const char *words[MAX_WORDS], *why;
	} rows[] = {
		{ {}, "at least one label update is required" },
		{ { "a" }, "unknown label spec: a" },
		{ { "-" }, "unknown label spec: -" },
		{ { "a=b=c" }, "invalid label spec: a=b=c" },
		{ { "a=b", "a-" },
		  "can not both modify and remove a label in the same command" },
	};
	static const char *const beginnings[][2] = {
		{ "a=b c", "invalid label value: \"a=b c\": " },
		{ "a=-", "invalid label value: \"a=-\": " },
		{ "=b", "invalid label key \"\": " },
		{ "a b=c", "invalid label key \"a b\": " },
		{ "/a=c", "invalid label key \"/a\": " },
	};
	struct kvip_label_change change = {};
	struct kvip_err err;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		assert_int_equal(
			kvip_label_change_parse(&change, (char **)rows[i].words,
						count(rows[i].words), &err),
			-1);
		assert_string_equal(err.text, rows[i].why);
		kvip_label_change_free(&change);
	}
	for (i = 0; i < ARRAY_SIZE(beginnings); i++) {
		char *word = (char *)beginnings[i][0];
		size_t len = strlen(beginnings[i][1]);

		assert_int_equal(
			kvip_label_change_parse(&change, &word, 1, &err), -1);
		if (strncmp(err.text, beginnings[i][1], len) || !err.text[len])
			fail_msg("%s", err.text);
		kvip_label_change_free(&change);
	}
}

/* Nothing is changed by a change that is refused. */
static void a_value_is_not_overwritten(void **state)
{
	static const char *const words[] = { "c=d", "a=b" };
	struct kvip_label_change change = {};
	struct json_object *object, *before;
	struct kvip_err err;
	const char *verb;

	(void)state;
	object =
		json_tokener_parse("{\"metadata\":{\"labels\":{\"a\":\"b\"}}}");
	before = kvip_json_copy(object);
	assert_int_equal(
		kvip_label_change_parse(&change, (char **)words, 2, &err), 0);
	assert_int_equal(kvip_label_change_apply(&change, object, &verb, &err),
			 -1);
	assert_string_equal(
		err.text,
		"'a' already has a value (b), and --overwrite is false");
	assert_true(json_object_equal(object, before));
	json_object_put(before);
	json_object_put(object);
	kvip_label_change_free(&change);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(labels_change),
		cmocka_unit_test(what_is_refused),
		cmocka_unit_test(a_value_is_not_overwritten),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
