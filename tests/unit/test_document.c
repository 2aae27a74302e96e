// SPDX-License-Identifier: GPL-2.0-or-later
/* Reading documents: what comes out of which text, and what is refused. */
#include "cluster.h"

#include <sys/stat.h>
#include <unistd.h>

#include <json-c/json.h>

#include "yaml_scalar.h"

/* What was handed out, as "KIND NAME LINE;" each. */
struct seen {
	char text[4096];
	struct json_object *objects; /* all of them, if wanted */
	const char *refuse; /* the name of one to refuse */
};

static int see(struct json_object *object, const struct kvip_origin *origin,
	       void *ctx, struct kvip_err *err)
{
	struct json_object *kind, *name;
	struct seen *seen = ctx;
	size_t used = strlen(seen->text);

	assert_true(json_object_object_get_ex(object, "kind", &kind));
	if (!json_object_object_get_ex(object, "name", &name))
		name = NULL;
	snprintf(seen->text + used, sizeof(seen->text) - used, "%s %s %lu;",
		 json_object_get_string(kind),
		 name ? json_object_get_string(name) : "-", origin->line);
	if (seen->objects)
		json_object_array_add(seen->objects, json_object_get(object));
	if (seen->refuse && name &&
	    !strcmp(json_object_get_string(name), seen->refuse))
		return kvip_err_set(err, "not wanted");
	return 0;
}

static int parse(const char *text, struct seen *seen, struct kvip_err *err)
{
	memset(seen, 0, sizeof(*seen));
	return kvip_document_parse("f", text, strlen(text), see, seen, err);
}

#define A "\"apiVersion\":\"v1\","

static void forms_of_input(void **state)
{
	static const struct {
		const char *text, *seen;
	} rows[] = {
		/* JSON: one object, several, an array, blanks, a BOM */
		{ "{" A "\"kind\":\"S\",\"name\":\"a\"}", "S a 1;" },
		{ "\n\n {" A "\"kind\":\"S\",\"name\":\"a\"}\n", "S a 3;" },
		{ "\xef\xbb\xbf{" A "\"kind\":\"S\",\"name\":\"a\"}",
		  "S a 1;" },
		{ "{" A "\"kind\":\"S\",\"name\":\"a\"}\n"
		  "{" A "\"kind\":\"S\",\"name\":\"b\"}{" A "\"kind\":\"S\"}",
		  "S a 1;S b 2;S - 2;" },
		{ "[{" A "\"kind\":\"S\",\"name\":\"a\"},\n"
		  "{" A "\"kind\":\"S\",\"name\":\"b\"}]",
		  "S a 1;S b 2;" },
		/* a List, whose items tell their kinds */
		{ "{" A "\"items\":[\n{" A "\"kind\":\"S\",\"name\":\"a\"},\n"
		  "{" A "\"kind\":\"E\",\"name\":\"b\"}],\"kind\":\"List\"}",
		  "S a 2;E b 3;" },
		/* a typed list, whose items do not, kind before and after */
		{ "{\"kind\":\"SList\"," A "\"items\":[{\"name\":\"a\"},"
		  "{\"name\":\"b\"}]}",
		  "S a 1;S b 1;" },
		{ "{" A "\"items\":[{\"name\":\"a\"},\n"
		  "{\"name\":\"b\",\"x\":\"]}\\\"]}\"}],\"m\":{},\"kind\":\"SList\"}",
		  "S a 1;S b 2;" },
		{ "{\"items\":[{\"name\":\"a\"}],\"kind\":\"SList\","
		  "\"apiVersion\":\"v1\"}",
		  "S a 1;" },
		{ "{\"kind\":\"SList\"," A "\"items\":[]}", "" },
		{ "{\"kind\":\"SList\"," A "\"items\":null}", "" },
		{ "{\"kind\":\"SList\"," A "\"items\":[]}"
		  "{" A "\"kind\":\"S\"}",
		  "S - 1;" },
		/* "items" that is no list is a member like others */
		{ "{" A "\"kind\":\"S\",\"items\":3}", "S - 1;" },
		/* YAML */
		{ "apiVersion: v1\nkind: S\nname: a\n", "S a 1;" },
		{ "\xef\xbb\xbf# words\nkind: S\napiVersion: v1", "S - 2;" },
		{ "---\nkind: S\napiVersion: v1\nname: a\n---\n---\n# none\n"
		  "---\nkind: S\napiVersion: v1\nname: b\n...\n",
		  "S a 2;S b 9;" },
		{ "apiVersion: v1\nitems:\n- kind: S\n  apiVersion: v1\n"
		  "  name: a\n- {kind: E, apiVersion: v1, name: b}\n"
		  "kind: List\n",
		  "S a 3;E b 6;" },
		{ "kind: SList\napiVersion: v1\nitems:\n- name: a\n- name: b\n",
		  "S a 4;S b 5;" },
		{ "items:\n- name: a\n- name: b\nkind: SList\napiVersion: v1\n",
		  "S a 2;S b 3;" },
		{ "kind: SList\napiVersion: v1\nitems: []\n", "" },
		{ "kind: SList\napiVersion: v1\nitems:\n", "" },
		{ "kind: SList\napiVersion: v1\nx: &i [{name: a}]\nitems: *i\n",
		  "S a 1;" },
		/* anchors, aliases, merge keys */
		{ "kind: SList\napiVersion: v1\nitems:\n- &x {name: a}\n- *x\n",
		  "S a 4;S a 5;" },
		{ "x: &x {kind: T, name: b}\n<<: *x\nkind: S\napiVersion: v1\n",
		  "S b 1;" },
		{ "x: &x {name: a}\ny: &y {name: b, kind: S}\n"
		  "<<: [*x, *y]\napiVersion: v1\n",
		  "S a 1;" },
		{ "\"<<\": 3\nkind: S\napiVersion: v1\n", "S - 1;" },
		/* keys that are no strings become some */
		{ "kind: S\napiVersion: v1\n1: x\ntrue: y\n", "S - 1;" },
	};
	struct kvip_err err;
	struct seen seen;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		if (parse(rows[i].text, &seen, &err))
			fail_msg("row %zu: %s", i, err.text);
		assert_string_equal(seen.text, rows[i].seen);
	}
}

static void refused_input(void **state)
{
	static const struct {
		const char *text, *error;
	} rows[] = {
		{ "", "f: the file is empty" },
		{ " \n\t\n", "f: there is no object in it" },
		{ "a:\n\tb: c\n",
		  "f:2:1: malformed YAML: found character that cannot start any token while scanning for the next token" },
		{ "\n\n", "f: there is no object in it" },
		{ "# nothing\n---\n", "f: there is no object in it" },
		/* JSON */
		{ "{" A "\"kind\":\"S\",}",
		  "f:1:31: expected a member's name in double quotes, found '}'" },
		{ "{\n  \"a\" 1}",
		  "f:2:7: expected ':' after a member's name, found '1'" },
		{ "{\"a\":1 \"b\":2}",
		  "f:1:8: expected ',' or '}' after a member's value, found '\"'" },
		{ "{\"a\":{\"b\":1,}}",
		  "f:1:13: expected a member after the ',', found '}'" },
		{ "{\"a\":{b:1}}",
		  "f:1:7: expected a member's name in double quotes, found 'b'" },
		{ "{\"a\":{\"b\" 1}}",
		  "f:1:11: expected ':' after a member's name, found '1'" },
		{ "{\"a\":{\"b\":1 2}}",
		  "f:1:13: expected ',' or '}' after a member's value, found '2'" },
		{ "{\"a\":[1 2]}",
		  "f:1:9: expected ',' or ']' after an element, found '2'" },
		{ "{\"a\":[1,]}", "f:1:9: expected a value, found ']'" },
		{ "{\"a\":nul}", "f:1:9: expected null, found '}'" },
		{ "{\"a\":trux}", "f:1:9: expected true or false, found 'x'" },
		{ "{\"a\":'x'}", "f:1:6: expected a value, found '''" },
		{ "{\"a\":\"\\q\"}",
		  "f:1:8: expected an escape sequence of JSON after the '\\', found 'q'" },
		{ "{\"a\":// b\n1}", "f:1:6: expected a value, found '/'" },
		{ "{\"a\":1,\"a\":2}",
		  "f:1:8: the member \"a\" is there twice" },
		{ "{" A "\"kind\":\"S\"} x",
		  "f:1:32: expected another object or the end of the file, found 'x'" },
		{ "{" A "\"kind\":\"S\"}\n]",
		  "f:2:1: expected another object or the end of the file, found ']'" },
		{ "{\"kind\":\"List\"," A "\"items\":[{" A
		  "\"kind\":\"S\"} {}]}",
		  "f:1:74: expected ',' or ']' after an item, found '{'" },
		/* the end comes too early */
		{ "{",
		  "f:1:2: the file ends in the middle of the object that begins on line 1" },
		{ "{\"a\":1,\n",
		  "f:2:1: the file ends in the middle of the object that begins on line 1" },
		{ "{\"a\":\n\"b",
		  "f:2:3: the file ends in the middle of the value that begins on line 2" },
		{ "{\"a",
		  "f:1:4: the file ends in the middle of the name that begins on line 1" },
		{ "{\"a\"",
		  "f:1:5: the file ends in the middle of an object or list: expected ':' after a member's name" },
		{ "{\"kind\":\"List\"," A "\n\"items\":[\n{" A
		  "\"kind\":\"S\"},",
		  "f:3:32: the file ends in the middle of the list that begins on line 2" },
		{ "{\"kind\":\"List\"," A "\"items\":[\n\n{\"a\":[1,2",
		  "f:3:10: the file ends in the middle of the item that begins on line 3" },
		{ "{" A "\"items\":[{\"name\":\"a\"},{\"na",
		  "f:1:46: the file ends in the middle of the item that begins on line 1" },
		/* text that is none */
		{ "{\"a\":\"\xff\"}",
		  "f:1:7: expected text in UTF-8, found the byte 0xff" },
		{ "{\"a\":\n\"\xc0\x80\"}",
		  "f:2:2: expected text in UTF-8, found the byte 0xc0" },
		{ "{\"a\":\"\xed\xa0\x80\"}",
		  "f:1:7: expected text in UTF-8, found the byte 0xed" },
		{ "{\"a\":\"\xe2\x82\"}",
		  "f:1:7: expected text in UTF-8, found the byte 0xe2" },
		{ "a: \xf4\x90\x80\x80\n",
		  "f:1:4: expected text in UTF-8, found the byte 0xf4" },
		/* columns are bytes: the umlaut has two */
		{ "{\"\xc3\xa4\" 1}",
		  "f:1:7: expected ':' after a member's name, found '1'" },
		{ "\"\xc3\xa4\": {a: b} c: 1\n",
		  "f:1:14: malformed YAML: did not find expected key while parsing a block mapping" },
		/* objects that are none */
		{ "[1]",
		  "f:1: expected a Kubernetes object, found something else" },
		{ "[null]",
		  "f:1: expected a Kubernetes object, found something else" },
		{ "{}",
		  "f:1: expected a Kubernetes object, found one without a \"kind\"" },
		{ "{" A "\"a\":1}",
		  "f:1: expected a Kubernetes object, found one without a \"kind\"" },
		{ "{\"kind\":\"S\"}",
		  "f:1: expected a Kubernetes object, found one without an \"apiVersion\"" },
		{ "{" A "\"kind\":1}",
		  "f:1: the \"kind\" of an object is not a string" },
		{ "{\"type\":\"ADDED\",\"object\":{" A "\"kind\":\"S\"}}",
		  "f:1: this is an event of a watch; kvip reads objects, as kubectl get -o json prints them without --watch" },
		{ "{" A "\"kind\":\"List\",\n\"items\":[\n{\"name\":\"a\"}]}",
		  "f:3: expected a Kubernetes object, found one without a \"kind\"" },
		{ "{" A "\"items\":[{\"name\":\"a\"}]}",
		  "f:1: expected a Kubernetes object, found one without a \"kind\"" },
		{ "{" A "\"kind\":\"S\",\"items\":[]}",
		  "f:1: kind S has \"items\" but is no List" },
		{ "{" A "\"items\":[]}",
		  "f:1: expected a Kubernetes object, found one without a \"kind\"" },
		/* YAML */
		{ "just words",
		  "f:1:1: expected a Kubernetes object, found something else" },
		{ "- a\n- b\n",
		  "f:1:1: expected a Kubernetes object, found something else" },
		{ "a: 1\na: 2\n", "f:2:1: the key \"a\" is there twice" },
		{ "a: *b\n",
		  "f:1:4: expected an alias of an anchor that stands before it" },
		{ "a: &a [*a]\n",
		  "f:1:8: expected an alias of an anchor that stands before it" },
		{ "kind: S\napiVersion: v1\na: &a 1\n---\nb: *a\n",
		  "f:5:4: expected an alias of an anchor that stands before it" },
		{ "? [a]\n: 1\n", "f:1:3: expected a key that is a string" },
		{ "<<: 3\n",
		  "f:1:5: expected a mapping, or a list of them, to merge" },
		{ "a: !x y\n",
		  "f:1:4: expected a value that JSON has, found one with a tag of its own" },
		{ "a: !x [y]\n",
		  "f:1:4: expected a value that JSON has, found one with a tag of its own" },
		{ "a: b: c\n",
		  "f:1:5: malformed YAML: mapping values are not allowed in this context" },
		{ "a: \"b\n",
		  "f:2:1: the file ends in the middle of a quoted scalar: found unexpected end of stream" },
		{ "kind: S\napiVersion: v1\nx: {y: [1, 2\n",
		  "f:4:1: the file ends in the middle of a flow sequence: did not find expected ',' or ']'" },
	};
	struct kvip_err err;
	struct seen seen;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		int ret = parse(rows[i].text, &seen, &err);

		if (!ret)
			fail_msg("row %zu is not refused: %s", i, rows[i].text);
		assert_string_equal(err.text, rows[i].error);
	}
}

static void nul_byte_is_refused(void **state)
{
	static const char text[] = "{\"a\":\"\0\"}";
	struct seen seen = { 0 };
	struct kvip_err err;

	(void)state;
	assert_int_equal(kvip_document_parse("f", text, sizeof(text) - 1, see,
					     &seen, &err),
			 -1);
	assert_string_equal(err.text, "f:1:7: expected text, found a NUL byte");
}

static char *nest(const char *before, const char *open, const char *close,
		  const char *after, int levels)
{
	char *text = malloc(strlen(before) + strlen(after) + 1 +
			    (size_t)levels * (strlen(open) + strlen(close)));
	char *at = stpcpy(text, before);
	int i;

	for (i = 0; i < levels; i++)
		at = stpcpy(at, open);
	for (i = 0; i < levels; i++)
		at = stpcpy(at, close);
	stpcpy(at, after);
	return text;
}

static void depth_is_limited(void **state)
{
	static const struct {
		const char *before, *open, *close, *after;
	} rows[] = {
		{ "{" A "\"kind\":\"S\",\"a\":", "[", "]", "}" },
		{ "kind: S\napiVersion: v1\na: ", "[", "]", "\n" },
		{ "kind: S\napiVersion: v1\na: ", "{a: ", "}", "\n" },
	};
	struct kvip_err err;
	struct seen seen;
	char *text;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		text = nest(rows[i].before, rows[i].open, rows[i].close,
			    rows[i].after, KVIP_DOCUMENT_DEPTH + 1);
		assert_int_equal(parse(text, &seen, &err), -1);
		assert_non_null(strstr(
			err.text,
			"objects and lists are nested deeper than 100 levels"));
		free(text);
		text = nest(rows[i].before, rows[i].open, rows[i].close,
			    rows[i].after, KVIP_DOCUMENT_DEPTH - 10);
		if (parse(text, &seen, &err))
			fail_msg("%s", err.text);
		free(text);
	}
	/* far beyond: no stack runs out */
	text = nest("", "[", "]", "", 1000000);
	assert_int_equal(parse(text, &seen, &err), -1);
	free(text);
	text = nest("a: ", "[", "]", "", 100000);
	assert_int_equal(parse(text, &seen, &err), -1);
	free(text);
}

static void aliases_of_aliases_cost_nothing(void **state)
{
	char text[4096] = "kind: S\napiVersion: v1\na0: &a0 [x]\n";
	struct kvip_err err;
	struct seen seen;
	int i;

	(void)state;
	for (i = 1; i < 40; i++) {
		size_t used = strlen(text);

		snprintf(text + used, sizeof(text) - used,
			 "a%d: &a%d [*a%d, *a%d, *a%d]\n", i, i, i - 1, i - 1,
			 i - 1);
	}
	if (parse(text, &seen, &err))
		fail_msg("%s", err.text);
}

static void yaml_scalars(void **state)
{
	static const struct {
		const char *yaml, *json;
	} rows[] = {
		{ "", "null" },
		{ "~", "null" },
		{ "null", "null" },
		{ "'null'", "\"null\"" },
		{ "true", "true" },
		{ "yes", "true" },
		{ "On", "true" },
		{ "'yes'", "\"yes\"" },
		{ "NO", "false" },
		{ "off", "false" },
		{ "\"off\"", "\"off\"" },
		{ "False", "false" },
		{ "tRue", "\"tRue\"" },
		{ "80", "80" },
		{ "-5", "-5" },
		{ "+5", "5" },
		{ "0x1F", "31" },
		{ "0o17", "15" },
		{ "017", "15" },
		{ "0b101", "5" },
		{ "08", "8" },
		{ "1_000", "1000" },
		{ "0", "0" },
		{ "8e1", "80" },
		{ "80.0", "80" },
		{ "1.5", "1.5" },
		{ ".5", "0.5" },
		{ "'80'", "\"80\"" },
		{ "!!str 80", "\"80\"" },
		{ "!!int '80'", "80" },
		{ "! 80", "\"80\"" },
		{ "0x", "\"0x\"" },
		{ "0x0x1", "\"0x0x1\"" },
		{ "--1", "\"--1\"" },
		{ "1e", "\"1e\"" },
		{ ".", "\".\"" },
		{ ".inf", "\".inf\"" },
		{ "1e999", "\"1e999\"" },
		{ "+", "\"+\"" },
		{ "10.96.0.1", "\"10.96.0.1\"" },
		{ "fd00:10::1", "\"fd00:10::1\"" },
		{ "2026-11-24T06:32:46Z", "\"2026-11-24T06:32:46Z\"" },
		{ "18446744073709551615", "18446744073709551615" },
		{ "9223372036854775807", "9223372036854775807" },
		{ "-9223372036854775807", "-9223372036854775807" },
		{ "|-\n  yes\n", "\"yes\"" },
	};
	struct json_object *object, *value;
	struct kvip_err err;
	char text[256];
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		struct seen seen = { .objects = json_object_new_array() };

		snprintf(text, sizeof(text), "kind: S\napiVersion: v1\nx: %s\n",
			 rows[i].yaml);
		if (kvip_document_parse("f", text, strlen(text), see, &seen,
					&err))
			fail_msg("%s: %s", rows[i].yaml, err.text);
		object = json_object_array_get_idx(seen.objects, 0);
		assert_true(json_object_object_get_ex(object, "x", &value));
		assert_string_equal(json_object_to_json_string(value),
				    rows[i].json);
		json_object_put(seen.objects);
	}
}

static struct json_object *objects_of(const char *path)
{
	struct seen *seen = calloc(1, sizeof(*seen));
	struct json_object *objects;
	struct kvip_err err;

	seen->objects = json_object_new_array();
	if (kvip_documents_read(path, see, seen, &err))
		fail_msg("%s", err.text);
	objects = seen->objects;
	free(seen);
	return objects;
}

static void json_and_yaml_of_the_api_server_agree(void **state)
{
	struct json_object *json = objects_of("tests/data/list-services.json");
	struct json_object *yaml = objects_of("tests/data/list-services.yaml");
	struct json_object *all = objects_of("tests/data/get-all.json");
	struct json_object *got = objects_of("tests/data/get-services.yaml");
	size_t i, n = json_object_array_length(json);

	(void)state;
	assert_int_equal(n, 37);
	assert_int_equal(json_object_array_length(yaml), n);
	assert_int_equal(json_object_array_length(got), n);
	assert_int_equal(json_object_array_length(all), 37 + 18 + 4);
	for (i = 0; i < n; i++) {
		assert_true(
			json_object_equal(json_object_array_get_idx(json, i),
					  json_object_array_get_idx(yaml, i)));
		assert_true(
			json_object_equal(json_object_array_get_idx(all, i),
					  json_object_array_get_idx(got, i)));
	}
	json_object_put(json);
	json_object_put(yaml);
	json_object_put(all);
	json_object_put(got);
}

static void a_refusal_names_file_and_line(void **state)
{
	static const char text[] = "{\"kind\":\"SList\"," A
				   "\"items\":[\n{\"name\":\"a\"},\n"
				   "{\"name\":\"b\"},\n{\"name\":\"c\"}]}";
	struct seen seen = { .refuse = "b" };
	struct kvip_err err;

	(void)state;
	assert_int_equal(kvip_document_parse("f", text, strlen(text), see,
					     &seen, &err),
			 -1);
	assert_string_equal(err.text, "f:3: not wanted");
	assert_string_equal(seen.text, "S a 2;S b 3;");
}

static void looking_ahead_hands_out_nothing(void **state)
{
	static const char text[] =
		"{" A "\"items\":[{\"name\":\"a\"}],"
		"\"items\":[{\"name\":\"b\"}],\"kind\":\"SList\"}";
	struct kvip_err err;
	struct seen seen;

	(void)state;
	assert_int_equal(parse(text, &seen, &err), -1);
	assert_string_equal(err.text,
			    "f:1:43: the member \"items\" is there twice");
	assert_string_equal(seen.text, "S a 1;");
}

static void write_file(const char *dir, const char *name, const char *text)
{
	char path[256];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	file = fopen(path, "w");
	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}

static void remove_file(const char *dir, const char *name)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	remove(path);
}

static void directories(void **state)
{
	static const struct {
		const char *name, *text;
	} files[] = {
		{ "b.yaml", "kind: S\napiVersion: v1\nname: b\n" },
		{ "a.json", "{" A "\"kind\":\"S\",\"name\":\"a\"}" },
		/* YAML within, whatever it is called */
		{ "c.json", "kind: S\napiVersion: v1\nname: c\n" },
		{ "B.yml", "kind: S\napiVersion: v1\nname: B\n" },
		{ ".d.yaml", "not read" },
		{ "e.txt", "not read" },
		{ "json", "not read" },
	};
	char dir[] = "/tmp/kvip-test-XXXXXX", path[64], text[128];
	struct seen seen = { 0 };
	struct kvip_err err;
	size_t i;

	(void)state;
	assert_non_null(mkdtemp(dir));
	assert_int_equal(kvip_documents_read(dir, see, &seen, &err), -1);
	snprintf(
		text, sizeof(text),
		"%s: there is no *.json, *.yaml or *.yml file in this directory",
		dir);
	assert_string_equal(err.text, text);

	for (i = 0; i < ARRAY_SIZE(files); i++)
		write_file(dir, files[i].name, files[i].text);
	snprintf(path, sizeof(path), "%s/f.yaml", dir);
	assert_int_equal(mkdir(path, 0700), 0);
	if (kvip_documents_read(dir, see, &seen, &err))
		fail_msg("%s", err.text);
	assert_string_equal(seen.text, "S B 1;S a 1;S b 1;S c 1;");

	write_file(dir, "b.yaml", "kind: S\n");
	assert_int_equal(kvip_documents_read(dir, see, &seen, &err), -1);
	snprintf(
		text, sizeof(text),
		"%s/b.yaml:1: expected a Kubernetes object, found one without an \"apiVersion\"",
		dir);
	assert_string_equal(err.text, text);

	for (i = 0; i < ARRAY_SIZE(files); i++)
		remove_file(dir, files[i].name);
	remove_file(dir, "f.yaml");
	assert_int_equal(rmdir(dir), 0);
}

static void files_that_cannot_be_read(void **state)
{
	struct seen seen = { 0 };
	struct kvip_err err;

	(void)state;
	assert_int_equal(kvip_documents_read("/nonexistent/x.json", see, &seen,
					     &err),
			 -1);
	assert_string_equal(err.text,
			    "/nonexistent/x.json: No such file or directory");
	assert_int_equal(kvip_documents_read("", see, &seen, &err), -1);
	assert_string_equal(err.text, ": No such file or directory");
	assert_int_equal(kvip_documents_read("/dev/null", see, &seen, &err),
			 -1);
	assert_string_equal(err.text, "/dev/null: the file is empty");
}

static void standard_input(void **state)
{
	static const char text[] = "{" A "\"kind\":\"S\",\"name\":\"a\"} x";
	struct seen seen = { 0 };
	struct kvip_err err;
	int old = dup(0), fds[2];

	(void)state;
	assert_int_equal(pipe(fds), 0);
	assert_int_equal(write(fds[1], text, strlen(text)), strlen(text));
	close(fds[1]);
	dup2(fds[0], 0);
	close(fds[0]);
	assert_int_equal(kvip_documents_read("-", see, &seen, &err), -1);
	dup2(old, 0);
	close(old);
	assert_string_equal(seen.text, "S a 1;");
	assert_string_equal(
		err.text,
		"standard input:1:43: expected another object or the end of the file, found 'x'");
}

/* Any cut of a good text is refused, and nothing worse happens. */
static void every_truncation_is_refused(void **state)
{
	static const char *const texts[] = {
		"{" A
		"\"items\":[{\"name\":\"\\u00e4\",\"n\":[1.5e3,null,true]},"
		"{\"name\":\"b\"}],\"kind\":\"SList\"}",
		"{\"kind\":\"S\"," A "\"a\":{\"b\":[false,-1]}}",
	};
	struct kvip_err err;
	size_t i, len;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(texts); i++)
		for (len = 1; len < strlen(texts[i]); len++) {
			char *cut = strndup(texts[i], len);
			struct seen seen = { 0 };

			assert_int_equal(kvip_document_parse("f", cut, len, see,
							     &seen, &err),
					 -1);
			assert_non_null(strstr(
				err.text, "the file ends in the middle of"));
			free(cut);
		}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(forms_of_input),
		cmocka_unit_test(refused_input),
		cmocka_unit_test(nul_byte_is_refused),
		cmocka_unit_test(depth_is_limited),
		cmocka_unit_test(aliases_of_aliases_cost_nothing),
		cmocka_unit_test(yaml_scalars),
		cmocka_unit_test(json_and_yaml_of_the_api_server_agree),
		cmocka_unit_test(a_refusal_names_file_and_line),
		cmocka_unit_test(looking_ahead_hands_out_nothing),
		cmocka_unit_test(directories),
		cmocka_unit_test(files_that_cannot_be_read),
		cmocka_unit_test(standard_input),
		cmocka_unit_test(every_truncation_is_refused),
	};

	return cmocka_run_group_tests_name("document", tests, NULL, NULL);
}
