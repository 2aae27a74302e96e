// SPDX-License-Identifier: GPL-2.0-or-later
#include "recorded.h"

#include <json-c/json.h>

#include "selector.h"

static bool matches(const char *text, const char *labels)
{
	struct json_object *map = labels ? json_tokener_parse(labels) : NULL;
	struct kvip_selector *selector;
	struct kvip_err err;
	bool match;

	selector = kvip_selector_parse(text, &err);
	if (!selector)
		fail_msg("%s: %s", text, err.text);
	match = kvip_selector_matches(selector, map);
	kvip_selector_free(selector);
	json_object_put(map);
	return match;
}

#define WEB "{\"app\":\"web\",\"tier\":\"front\",\"empty\":\"\"}"

static void selectors_match(void **state)
{
	static const char *const texts[] = {
		"",
		" ",
		"app",
		"!none",
		"! none",
		"app=web",
		"app==web",
		"app = web",
		"app!=db",
		"none!=web",
		"app in (web)",
		"app in (db,web)",
		"app in(db , web)",
		"app notin (db, cache)",
		"none notin (x)",
		"empty=",
		"empty in ()",
		"empty in (,x)",
		"app=web,tier=front",
		"app=web , tier in (front),!none,empty",
		"example.com/none!=x",
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(texts); i++)
		if (!matches(texts[i], WEB))
			fail_msg("\"%s\" does not match", texts[i]);
}

static void selectors_do_not_match(void **state)
{
	static const char *const texts[] = {
		"none",
		"!app",
		"app=db",
		"app=",
		"app==we",
		"app!=web",
		"none=",
		"empty!=",
		"none in (x)",
		"app in (db,cache)",
		"app in ()",
		"app notin (db,web)",
		"app=web,none",
		"none,app=web",
		"app=web,tier!=front",
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(texts); i++)
		if (matches(texts[i], WEB))
			fail_msg("\"%s\" matches", texts[i]);
	assert_false(matches("app", NULL));
	assert_true(matches("!app", NULL));
	assert_true(matches("app!=x", NULL));
	assert_true(matches("app=", "{\"app\":null}"));
}

static void what_is_no_selector_is_refused(void **state)
{
#define FOUND "unable to parse requirement: found "
#define LABEL                                                               \
	"a valid label must be an empty string or consist of alphanumeric " \
	"characters, '-', '_' or '.', and must start and end with an "      \
	"alphanumeric character"
	static const struct {
		const char *text, *sentence;
	} rows[] = {
		{ "=", FOUND "'=', expected: identifier" },
		{ "==a", FOUND "'==', expected: identifier" },
		{ "!", FOUND "'', expected: identifier" },
		{ ",", FOUND "',', expected: identifier" },
		{ "a,", FOUND "'', expected: identifier after ','" },
		{ "a,,b", FOUND "',', expected: identifier after ','" },
		{ "a b", FOUND "'b', expected: in, notin, =, ==, !=" },
		{ "a>1", FOUND "'>', expected: in, notin, =, ==, !=" },
		{ "a gt 1", FOUND "'gt', expected: in, notin, =, ==, !=" },
		{ "!a=b", FOUND "'=', expected: ',' or 'end of string'" },
		{ "a=b=c", FOUND "'=', expected: ',' or 'end of string'" },
		{ "a=b c", FOUND "'c', expected: ',' or 'end of string'" },
		{ "a=(b)", FOUND "'(', expected: identifier" },
		{ "a in b", FOUND "'b', expected: '('" },
		{ "a in", FOUND "'', expected: '('" },
		{ "a in (b", FOUND "'', expected: ',' or ')'" },
		{ "a in (b c)", FOUND "'c', expected: ',' or ')'" },
		{ "a in (b) c", FOUND "'c', expected: ',' or 'end of string'" },
		{ "in (b)", FOUND "'in', expected: identifier" },
		{ "a=-b",
		  "unable to parse requirement: Invalid value: \"-b\": " LABEL },
		{ "a in (b,c/d)",
		  "unable to parse requirement: Invalid value: \"c/d\": " LABEL },
		{ "-a",
		  "unable to parse requirement: Invalid value: \"-a\": name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character" },
		{ "\033[31m",
		  "unable to parse requirement: Invalid value: \"?[31m\": name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character" },
	};
	struct kvip_err err;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		assert_null(kvip_selector_parse(rows[i].text, &err));
		assert_string_equal(err.text, rows[i].sentence);
	}
}

static void maps_are_selectors(void **state)
{
	static const struct {
		const char *map, *labels;
		bool match;
	} rows[] = {
		{ "{\"app\":\"web\"}", WEB, true },
		{ "{\"app\":\"web\",\"tier\":\"front\"}", WEB, true },
		{ "{\"app\":\"web\",\"tier\":\"back\"}", WEB, false },
		{ "{\"app\":\"web\"}", "{}", false },
		{ "{\"empty\":\"\"}", WEB, true },
		{ "{\"empty\":null}", WEB, true },
		{ "{\"none\":\"\"}", WEB, false },
		/* unlike an empty text */
		{ "{}", WEB, false },
		{ "null", WEB, false },
		{ "[]", WEB, false },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		struct json_object *map = json_tokener_parse(rows[i].map);
		struct json_object *labels = json_tokener_parse(rows[i].labels);
		struct kvip_selector *selector = kvip_selector_of(map);

		/* it needs the map no more */
		json_object_put(map);
		if (kvip_selector_matches(selector, labels) != rows[i].match)
			fail_msg("%s, %s", rows[i].map, rows[i].labels);
		kvip_selector_free(selector);
		json_object_put(labels);
	}
	kvip_selector_free(NULL);
}

#define TEN "abcdefghij"
#define SIXTY TEN TEN TEN TEN TEN TEN

static void keys_are_checked(void **state)
{
#define NAME                                                                   \
	"name part must consist of alphanumeric characters, '-', '_' or '.', " \
	"and must start and end with an alphanumeric character"
	static const struct {
		const char *key, *fault;
	} rows[] = {
		{ "a", NULL },
		{ "A-b_c.d", NULL },
		{ "1", NULL },
		{ SIXTY "abc", NULL },
		{ "example.com/a", NULL },
		{ "app.kubernetes.io/name", NULL },
		{ "", "name part must be non-empty" },
		{ "a/", "name part must be non-empty" },
		{ "/a", "prefix part must be non-empty" },
		{ SIXTY "abcd",
		  "name part must be no more than 63 characters" },
		{ "a b", NAME },
		{ "-a", NAME },
		{ "a.", NAME },
		{ "\xc3\xa9", NAME },
		{ "Example.com/a",
		  "prefix part a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character" },
		{ "a/b/c",
		  "a qualified name must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character, with an optional DNS subdomain prefix and '/'" },
		{ SIXTY SIXTY SIXTY SIXTY TEN "abcd/a",
		  "prefix part must be no more than 253 characters" },
	};
	char sentence[1024];
	struct kvip_err err;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		int status = kvip_label_key_check(rows[i].key, &err);

		if (!rows[i].fault) {
			assert_int_equal(status, 0);
			continue;
		}
		assert_int_equal(status, -1);
		snprintf(sentence, sizeof(sentence),
			 "Invalid value: \"%s\": %s", rows[i].key,
			 rows[i].fault);
		assert_string_equal(err.text, sentence);
	}
}

static void values_are_checked(void **state)
{
	static const char *const good[] = { "", "a", "A-b_c.d", "1",
					    SIXTY "abc" };
	static const char *const bad[] = { "-a",  "a-", "a b",
					   "a/b", ".",	SIXTY "abcd" };
	struct kvip_err err;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(good); i++)
		assert_int_equal(kvip_label_value_check(good[i], &err), 0);
	for (i = 0; i < ARRAY_SIZE(bad); i++)
		assert_int_equal(kvip_label_value_check(bad[i], &err), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(selectors_match),
		cmocka_unit_test(selectors_do_not_match),
		cmocka_unit_test(what_is_no_selector_is_refused),
		cmocka_unit_test(maps_are_selectors),
		cmocka_unit_test(keys_are_checked),
		cmocka_unit_test(values_are_checked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
