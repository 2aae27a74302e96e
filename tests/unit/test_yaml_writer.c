// SPDX-License-Identifier: GPL-2.0-or-later
/* JSON as YAML: as kubectl prints it, and as it is read again. */
#include "recorded.h"

#include <json-c/json.h>

#include "utf8.h"
#include "yaml_tree.h"
#include "yaml_writer.h"

static char *written(struct json_object *value)
{
	char *text = NULL;
	size_t len;
	FILE *to = open_memstream(&text, &len);

	kvip_yaml_write(to, value);
	fclose(to);
	return text;
}

static struct json_object *parsed(const char *text)
{
	struct json_object *value;
	struct kvip_err err;

	value = kvip_yaml_tree_parse(text, strlen(text), &err);
	if (!value)
		fail_msg("%s\n%s", err.text, text);
	return value;
}

static void kubectl_prints_the_same(void **state)
{
	struct json_object *value;
	char *text, *again;
	size_t len;

	(void)state;
	text = recorded("get-services.yaml", &len);
	value = parsed(text);
	again = written(value);
	assert_string_equal(again, text);
	free(again);
	json_object_put(value);
	free(text);
}

static void each_string_has_its_quotes(void **state)
{
	static const struct {
		const char *text, *yaml;
	} rows[] = {
		{ "web", "web" },
		{ "", "\"\"" },
		{ "10.96.0.1", "10.96.0.1" },
		{ "fd00::1", "fd00::1" },
		{ "::1", "::1" },
		{ "68", "\"68\"" },
		{ "0x1f", "\"0x1f\"" },
		{ "1e3", "\"1e3\"" },
		{ "1_000", "\"1_000\"" },
		{ "1.5", "\"1.5\"" },
		{ "1.5.1", "1.5.1" },
		{ "true", "\"true\"" },
		{ "yes", "\"yes\"" },
		{ "y", "\"y\"" },
		{ "off", "\"off\"" },
		{ "yesterday", "yesterday" },
		{ "null", "\"null\"" },
		{ "~", "\"~\"" },
		{ ".inf", "\".inf\"" },
		{ "10:20", "\"10:20\"" },
		{ "-1:00:59.5", "\"-1:00:59.5\"" },
		{ "10:70", "10:70" },
		{ "10:20/TCP", "10:20/TCP" },
		{ "2026-11-24T06:32:46Z", "\"2026-11-24T06:32:46Z\"" },
		{ "2026-11-24", "\"2026-11-24\"" },
		{ "2026-11-24-a", "2026-11-24-a" },
		{ "a b", "a b" },
		{ "a: b", "'a: b'" },
		{ "a #b", "'a #b'" },
		{ "#a", "'#a'" },
		{ "- a", "'- a'" },
		{ "-a", "-a" },
		{ "*", "'*'" },
		{ "{}", "'{}'" },
		{ "it's", "it's" },
		{ "'a", "'''a'" },
		{ " a", "' a'" },
		{ "a\n", "|\n  a" },
		{ "a\nb", "|-\n  a\n  b" },
		{ "a \nb", "\"a \\nb\"" },
		{ "a\r\nb", "\"a\\r\\nb\"" },
		{ "\033[31m", "\"\\e[31m\"" },
		{ "\xc3\xbc", "\xc3\xbc" },
		{ "\xff", "\xef\xbf\xbd" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		struct json_object *value = json_object_new_object();
		char wanted[128], *text;

		json_object_object_add(value, "a",
				       json_object_new_string(rows[i].text));
		text = written(value);
		snprintf(wanted, sizeof(wanted), "a: %s\n", rows[i].yaml);
		assert_string_equal(text, wanted);
		free(text);
		json_object_put(value);
	}
}

static void forms_of_values(void **state)
{
	static const struct {
		const char *json, *yaml;
	} rows[] = {
		{ "{}", "{}\n" },
		{ "[]", "[]\n" },
		{ "{\"b\":1,\"a\":[]}", "a: []\nb: 1\n" },
		{ "{\"a\":{},\"b\":null,\"c\":true,\"d\":-5,\"e\":1.25}",
		  "a: {}\nb: null\nc: true\nd: -5\ne: 1.25\n" },
		{ "{\"a\":[{\"c\":1,\"b\":2},[3,[]],{}]}",
		  "a:\n- b: 2\n  c: 1\n- - 3\n  - []\n- {}\n" },
		{ "{\"true\":1,\"10\":2,\"a.b/c\":3,\"a: b\":4}",
		  "\"10\": 2\na.b/c: 3\n'a: b': 4\n\"true\": 1\n" },
		{ "18446744073709551615", "18446744073709551615\n" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		struct json_object *value = json_tokener_parse(rows[i].json);
		char *text = written(value);

		assert_string_equal(text, rows[i].yaml);
		free(text);
		json_object_put(value);
	}
}

static void documents_are_told_apart(void **state)
{
	struct json_object *value = json_tokener_parse("{\"a\":1}");
	struct kvip_yaml_writer *writer;
	char *text = NULL;
	size_t len;
	FILE *to = open_memstream(&text, &len);
	int i;

	(void)state;
	writer = kvip_yaml_writer_new(to);
	for (i = 0; i < 2; i++) {
		kvip_yaml_writer_begin(writer);
		kvip_yaml_writer_open(writer, '{');
		kvip_yaml_writer_key(writer, "items");
		kvip_yaml_writer_open(writer, '[');
		kvip_yaml_writer_value(writer, value);
		kvip_yaml_writer_close(writer, ']');
		kvip_yaml_writer_close(writer, '}');
		kvip_yaml_writer_end(writer);
		/* a reader of a watch has it now */
		fflush(to);
		assert_int_equal(len, i ? 32 : 14);
	}
	kvip_yaml_writer_free(writer);
	fclose(to);
	assert_string_equal(text, "items:\n- a: 1\n---\nitems:\n- a: 1\n");
	free(text);
	json_object_put(value);
}

/* Bits of strings that have a meaning in YAML somewhere. */
static const char *const bits[] = {
	"a",
	"web",
	" ",
	"  ",
	"\n",
	"\n\n",
	"\t",
	":",
	": ",
	"#",
	" #",
	"-",
	"- ",
	"'",
	"\"",
	"\\",
	"{",
	"}",
	"[",
	"]",
	",",
	"&",
	"*",
	"!",
	"|",
	">",
	"%",
	"@",
	"`",
	"?",
	"? ",
	"---",
	"...",
	"\r",
	"true",
	"0x10",
	"1.5",
	"\xc2\x85",
	"~",
	"\033",
	"\x7f",
	"\xc3\xbc",
	"\xe2\x80\xa8",
	"\xf0\x9f\x98\x80",
	"\xef\xbb\xbf",
	"a long word or two, to make a line that is folded somewhere",
};

static unsigned int seed;

static unsigned int pick(unsigned int n)
{
	seed = seed * 1103515245 + 12345;
	return (seed >> 16) % n;
}

static void random_text(char text[1024])
{
	unsigned int n = pick(8);

	for (*text = '\0'; n; n--)
		strcat(text, bits[pick(ARRAY_SIZE(bits))]);
}

static struct json_object *random_value(unsigned int depth)
{
	struct json_object *value;
	unsigned int n = pick(4);
	char text[1024];

	switch (pick(depth ? 6 : 4)) {
	case 0:
		return json_object_new_int64((int64_t)pick(99999) - 5000);
	case 1:
		return pick(2) ? json_object_new_boolean((int)pick(2)) : NULL;
	case 2:
	case 3:
		random_text(text);
		return json_object_new_string(text);
	case 4:
		value = json_object_new_array();
		while (n--)
			json_object_array_add(value, random_value(depth - 1));
		return value;
	default:
		value = json_object_new_object();
		while (n--) {
			random_text(text);
			json_object_object_add(value, text,
					       random_value(depth - 1));
		}
		return value;
	}
}

static void whatever_is_written_is_read_again(void **state)
{
	unsigned int i;

	(void)state;
	for (i = 0; i < 20000; i++) {
		struct json_object *value, *again;
		char *text;

		seed = i;
		value = json_object_new_object();
		json_object_object_add(value, "value", random_value(4));
		text = written(value);
		again = parsed(text);
		if (!json_object_equal(value, again))
			fail_msg("%u: %s\nis written\n%s", i,
				 json_object_to_json_string(value), text);
		json_object_put(again);
		json_object_put(value);
		free(text);
	}
}

static void characters_are_read(void **state)
{
	static const struct {
		const char *text;
		size_t took;
		uint32_t code;
	} rows[] = {
		{ "a", 1, 'a' },
		{ "\xc3\xbc", 2, 0xfc },
		{ "\xe2\x82\xac", 3, 0x20ac },
		{ "\xf0\x9f\x98\x80", 4, 0x1f600 },
		{ "\x80", 1, KVIP_UTF8_BAD },
		{ "\xc3", 1, KVIP_UTF8_BAD },
		{ "\xc3 ", 1, KVIP_UTF8_BAD },
		{ "\xc0\x80", 1, KVIP_UTF8_BAD },
		{ "\xe0\x80\x80", 1, KVIP_UTF8_BAD },
		{ "\xed\xa0\x80", 1, KVIP_UTF8_BAD },
		{ "\xf4\x90\x80\x80", 1, KVIP_UTF8_BAD },
		{ "\xf5\x80\x80\x80", 1, KVIP_UTF8_BAD },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		char again[4];
		uint32_t code;

		assert_int_equal(kvip_utf8_next(rows[i].text,
						strlen(rows[i].text), &code),
				 rows[i].took);
		assert_int_equal(code, rows[i].code);
		if (code == KVIP_UTF8_BAD)
			continue;
		assert_int_equal(kvip_utf8_put(again, code), rows[i].took);
		assert_memory_equal(again, rows[i].text, rows[i].took);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(kubectl_prints_the_same),
		cmocka_unit_test(each_string_has_its_quotes),
		cmocka_unit_test(forms_of_values),
		cmocka_unit_test(documents_are_told_apart),
		cmocka_unit_test(whatever_is_written_is_read_again),
		cmocka_unit_test(characters_are_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
