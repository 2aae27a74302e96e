// SPDX-License-Identifier: GPL-2.0-or-later
/* Objects as they are printed, against what kubectl printed of the same. */
#include "recorded.h"

#include <json-c/json.h>

#include "get_endpoints.h"
#include "kinds.h"
#include "object.h"
#include "output.h"
#include "output_json.h"
#include "timestamp.h"

static struct json_object *json_of(const char *name)
{
	struct json_object *value;
	size_t len;
	char *text = recorded(name, &len);

	value = json_tokener_parse(text);
	assert_non_null(value);
	free(text);
	return value;
}

static double at(const char *text)
{
	double seconds;

	assert_true(kvip_timestamp_parse(text, &seconds));
	return seconds;
}

/* What is printed, and where. */
struct printing {
	struct kvip_output output;
	FILE *to;
	char *text;
	size_t len;
};

static void begin(struct printing *printing, enum kvip_output_format format,
		  bool list, const struct kvip_table_look *look)
{
	printing->to = open_memstream(&printing->text, &printing->len);
	kvip_output_begin(&printing->output, printing->to, format, list, look);
}

/* Returns the text; free() it. */
static char *end(struct printing *printing)
{
	kvip_output_end(&printing->output);
	fclose(printing->to);
	return printing->text;
}

/* Those of a list that are of a kind, and of a namespace if that is told. */
static void add_all(struct printing *printing, struct json_object *list,
		    const char *kind, const char *ns, double now)
{
	struct json_object *items = kvip_object_member(list, "items");
	size_t i;

	for (i = 0; i < json_object_array_length(items); i++) {
		struct json_object *item = json_object_array_get_idx(items, i);

		if (kind && strcmp(kvip_object_text(item, "kind"), kind))
			continue;
		if (ns && strcmp(kvip_object_ns(item), ns))
			continue;
		kvip_output_add(&printing->output, item, now);
	}
}

static void tables_are_those_of_kubectl(void **state)
{
	static const struct {
		const char *text, *file, *kind, *ns;
		const struct kvip_rows *rows;
		enum kvip_output_format format;
		struct kvip_table_look look;
		const char *now;
	} rows[] = {
		{ "kubectl/get-svc-A.txt",
		  "get-all.json",
		  "Service",
		  NULL,
		  &kvip_rows_service,
		  KVIP_OUTPUT_TABLE,
		  { .ns = true },
		  "2026-11-24T06:33:19.5Z" },
		{ "kubectl/get-svc-A-o-wide.txt",
		  "get-all.json",
		  "Service",
		  NULL,
		  &kvip_rows_service,
		  KVIP_OUTPUT_WIDE,
		  { .ns = true },
		  "2026-11-24T06:33:19.5Z" },
		{ "kubectl/get-svc-showlabels.txt",
		  "get-all.json",
		  "Service",
		  "demo",
		  &kvip_rows_service,
		  KVIP_OUTPUT_TABLE,
		  { .labels = true },
		  "2026-11-24T06:33:21.5Z" },
		{ "kubectl/get-svc-A-o-name.txt",
		  "get-all.json",
		  "Service",
		  NULL,
		  &kvip_rows_service,
		  KVIP_OUTPUT_NAME,
		  { .ns = true },
		  "2026-11-24T06:33:21.5Z" },
		{ "kubectl/get-endpointslices-A.txt",
		  "get-all.json",
		  "EndpointSlice",
		  NULL,
		  &kvip_rows_slice,
		  KVIP_OUTPUT_TABLE,
		  { .ns = true },
		  "2026-11-24T06:33:20Z" },
		{ "kubectl/get-endpointslices-controller.txt",
		  "controller-endpointslices.json",
		  NULL,
		  NULL,
		  &kvip_rows_slice,
		  KVIP_OUTPUT_TABLE,
		  { .ns = true },
		  "2026-11-24T06:37:06.5Z" },
		{ "kubectl/get-nodes-o-wide.txt",
		  "get-all.json",
		  "Node",
		  NULL,
		  &kvip_rows_node,
		  KVIP_OUTPUT_WIDE,
		  { .ns = true },
		  "2026-11-24T06:33:20.5Z" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		struct json_object *list = json_of(rows[i].file);
		struct printing printing;
		char *text, *wanted;
		size_t len;

		begin(&printing, rows[i].format, false, &rows[i].look);
		kvip_output_kind(&printing.output, rows[i].rows);
		add_all(&printing, list, rows[i].kind, rows[i].ns,
			at(rows[i].now));
		text = end(&printing);
		wanted = recorded(rows[i].text, &len);
		assert_string_equal(text, wanted);
		free(wanted);
		free(text);
		json_object_put(list);
	}
}

/* What is behind the first line. */
static char *skip_line(char *text)
{
	while (*text && *text++ != '\n')
		;
	return text;
}

/* The one Service of these that no controller was needed for. */
static void endpoints_are_those_of_kubectl(void **state)
{
	static const struct kvip_table_look look = { .ns = true };
	struct json_object *list = json_of("get-all.json"), *items, *made;
	struct json_object *service = NULL, *slice = NULL;
	struct printing printing;
	char *text, *wanted;
	size_t i, len;

	(void)state;
	items = kvip_object_member(list, "items");
	for (i = 0; i < json_object_array_length(items); i++) {
		struct json_object *item = json_object_array_get_idx(items, i);

		if (strcmp(kvip_object_name(item), "kubernetes"))
			continue;
		if (kvip_object_member(item, "spec"))
			service = item;
		else
			slice = item;
	}
	made = kvip_endpoints_make(service, &slice, 1);
	begin(&printing, KVIP_OUTPUT_TABLE, false, &look);
	kvip_output_kind(&printing.output, &kvip_rows_endpoints);
	kvip_output_add(&printing.output, made, at("2026-11-24T06:33:20.5Z"));
	text = end(&printing);
	wanted = recorded("kubectl/get-endpoints-A.txt", &len);
	assert_string_equal(text, skip_line(wanted));
	free(wanted);
	free(text);
	json_object_put(made);
	json_object_put(list);
}

/* A JSON object of the next line that is not empty; NULL: there is no more. */
static struct json_object *next_event(char **at_line)
{
	char *line = *at_line, *newline = strchr(line, '\n');

	if (!newline)
		return NULL;
	*newline = '\0';
	*at_line = newline + 1;
	return json_tokener_parse(line);
}

/* The age, in seconds, with which a line of kubectl's ends. */
static double age_of(const char *line, const char *newline)
{
	const char *word = newline;

	while (word[-1] != ' ')
		word--;
	assert_true(word > line);
	return strtod(word, NULL);
}

/* Each event printed when it came, against the line that kubectl printed then. */
static void replay(const struct kvip_rows *rows, const char *first,
		   const char *events, const char *wanted)
{
	static const struct kvip_table_look look = { .ns = true };
	struct json_object *list = json_of(first), *event, *object;
	struct printing printing;
	char *text, *line, *should, *jsonl;
	double created;
	size_t len;

	should = recorded(wanted, &len);
	jsonl = recorded(events, &len);
	begin(&printing, KVIP_OUTPUT_TABLE, false, &look);
	kvip_output_kind(&printing.output, rows);
	object =
		json_object_array_get_idx(kvip_object_member(list, "items"), 0);
	kvip_output_add(&printing.output, object, at("2026-11-24T06:32:59Z"));
	kvip_output_flush(&printing.output);
	text = jsonl;
	/* behind the headings and the first row */
	line = skip_line(skip_line(should));
	while ((event = next_event(&text))) {
		char *newline = strchr(line, '\n');

		object = kvip_object_member(event, "object");
		if (strcmp(kvip_object_text(event, "type"), "BOOKMARK")) {
			assert_non_null(newline);
			created = at(kvip_object_text(
				kvip_object_member(object, "metadata"),
				"creationTimestamp"));
			kvip_output_add(&printing.output, object,
					created + age_of(line, newline));
			kvip_output_flush(&printing.output);
			line = newline + 1;
		}
		json_object_put(event);
	}
	assert_string_equal(line, "");
	text = end(&printing);
	assert_string_equal(text, should);
	free(text);
	free(jsonl);
	free(should);
	json_object_put(list);
}

static void watches_line_up_as_kubectl_has_it(void **state)
{
	(void)state;
	replay(&kvip_rows_service, "list-services.json",
	       "api/services.crud.jsonl", "kubectl/get-svc-A-w.txt");
	replay(&kvip_rows_slice, "list-endpointslices.json",
	       "api/endpointslices.crud.jsonl",
	       "kubectl/get-endpointslices-A-w.txt");
}

static char *all_of(const char *file, const char *kind,
		    enum kvip_output_format format, bool list)
{
	static const struct kvip_table_look look = {};
	struct json_object *objects = json_of(file);
	struct printing printing;
	char *text;

	begin(&printing, format, list, &look);
	kvip_output_kind(&printing.output, &kvip_rows_service);
	add_all(&printing, objects, kind, NULL, 0);
	text = end(&printing);
	json_object_put(objects);
	return text;
}

static void lists_are_those_of_kubectl(void **state)
{
	char *text, *wanted;
	size_t len;

	(void)state;
	text = all_of("get-all.json", NULL, KVIP_OUTPUT_JSON, true);
	wanted = recorded("get-all.json", &len);
	assert_string_equal(text, wanted);
	free(wanted);
	free(text);
	text = all_of("get-all.json", "Service", KVIP_OUTPUT_YAML, true);
	wanted = recorded("get-services.yaml", &len);
	assert_string_equal(text, wanted);
	free(wanted);
	free(text);
}

static void lists_of_nothing(void **state)
{
	char *text;

	(void)state;
	text = all_of("get-all.json", "None", KVIP_OUTPUT_JSON, true);
	assert_string_equal(text, "{\n"
				  "    \"apiVersion\": \"v1\",\n"
				  "    \"items\": [],\n"
				  "    \"kind\": \"List\",\n"
				  "    \"metadata\": {\n"
				  "        \"resourceVersion\": \"\"\n"
				  "    }\n"
				  "}\n");
	free(text);
	text = all_of("get-all.json", "None", KVIP_OUTPUT_YAML, true);
	assert_string_equal(text, "apiVersion: v1\n"
				  "items: []\n"
				  "kind: List\n"
				  "metadata:\n"
				  "  resourceVersion: \"\"\n");
	free(text);
	text = all_of("get-all.json", "None", KVIP_OUTPUT_TABLE, false);
	assert_string_equal(text, "");
	free(text);
	text = all_of("get-all.json", "None", KVIP_OUTPUT_YAML, false);
	assert_string_equal(text, "");
	free(text);
}

static void objects_come_one_by_one(void **state)
{
	static const char *const texts[] = {
		"{\"kind\":\"A\",\"metadata\":{\"name\":\"a\",\"managedFields\":"
		"[{\"manager\":\"m\"}]}}",
		"{\"metadata\":{\"name\":\"b\"},\"managedFields\":1}",
	};
	static const struct {
		enum kvip_output_format format;
		const char *wanted;
	} rows[] = {
		{ KVIP_OUTPUT_JSON, "{\n"
				    "    \"kind\": \"A\",\n"
				    "    \"metadata\": {\n"
				    "        \"name\": \"a\"\n"
				    "    }\n"
				    "}\n"
				    "{\n"
				    "    \"managedFields\": 1,\n"
				    "    \"metadata\": {\n"
				    "        \"name\": \"b\"\n"
				    "    }\n"
				    "}\n" },
		{ KVIP_OUTPUT_YAML, "kind: A\n"
				    "metadata:\n"
				    "  name: a\n"
				    "---\n"
				    "managedFields: 1\n"
				    "metadata:\n"
				    "  name: b\n" },
		{ KVIP_OUTPUT_NAME, "service/a\nservice/b\n" },
	};
	static const struct kvip_table_look look = {};
	size_t i, j;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		struct printing printing;
		char *text;

		begin(&printing, rows[i].format, false, &look);
		kvip_output_kind(&printing.output, &kvip_rows_service);
		for (j = 0; j < ARRAY_SIZE(texts); j++) {
			struct json_object *object =
				json_tokener_parse(texts[j]);

			kvip_output_add(&printing.output, object, 0);
			/* it is not ours to change */
			assert_string_equal(json_object_to_json_string_ext(
						    object,
						    JSON_C_TO_STRING_PLAIN),
					    texts[j]);
			json_object_put(object);
		}
		text = end(&printing);
		assert_string_equal(text, rows[i].wanted);
		free(text);
	}
}

static char *table_of(const struct kvip_table_look *look,
		      const struct kvip_rows *const *kinds,
		      const char *const *texts, size_t n)
{
	struct printing printing;
	size_t i;

	begin(&printing, KVIP_OUTPUT_TABLE, false, look);
	for (i = 0; i < n; i++) {
		struct json_object *object = json_tokener_parse(texts[i]);

		assert_non_null(object);
		if (!i || kinds[i] != kinds[i - 1])
			kvip_output_kind(&printing.output, kinds[i]);
		kvip_output_add(&printing.output, object, 0);
		json_object_put(object);
	}
	return end(&printing);
}

static void kinds_have_tables_of_their_own(void **state)
{
	static const struct kvip_rows *const kinds[] = {
		&kvip_rows_node,
		&kvip_rows_endpoints,
		&kvip_rows_endpoints,
		&kvip_rows_slice,
	};
	static const char *const texts[] = {
		"{\"metadata\":{\"name\":\"n\"}}",
		"{\"metadata\":{\"name\":\"a\",\"namespace\":\"x\"}}",
		"{\"metadata\":{\"name\":\"b\",\"namespace\":\"long-name\"}}",
		"{\"metadata\":{\"name\":\"s\",\"namespace\":\"y\"}}",
	};
	const struct kvip_table_look headed = { .ns = true, .kind = true };
	const struct kvip_table_look bare = { .no_headers = true };
	char *text;

	(void)state;
	text = table_of(&headed, kinds, texts, ARRAY_SIZE(texts));
	assert_string_equal(
		text,
		"NAME     STATUS    ROLES    AGE         VERSION\n"
		"node/n   Unknown   <none>   <unknown>   \n"
		"\n"
		"NAMESPACE   NAME          ENDPOINTS   AGE\n"
		"x           endpoints/a   <none>      <unknown>\n"
		"long-name   endpoints/b   <none>      <unknown>\n"
		"\n"
		"NAMESPACE   NAME                               ADDRESSTYPE   PORTS     ENDPOINTS   AGE\n"
		"y           endpointslice.discovery.k8s.io/s                 <unset>   <unset>     <unknown>\n");
	free(text);
	text = table_of(&bare, kinds, texts, ARRAY_SIZE(texts));
	/* a column is six wide at least */
	assert_string_equal(text,
			    "n     Unknown   <none>   <unknown>   \n"
			    "a     <none>   <unknown>\n"
			    "b     <none>   <unknown>\n"
			    "s           <unset>   <unset>   <unknown>\n");
	free(text);
}

static void terminals_are_not_driven(void **state)
{
	static const struct kvip_rows *const kinds[] = { &kvip_rows_endpoints };
	/* ESC, BEL, newline, DEL, CSI as one character, a broken byte; and ü */
	static const char *const texts[] = {
		"{\"metadata\":{\"name\":\"a\\u001b[31m\\u0007\\n\\u007f\xc2\x9b\xff\",\"namespace\":\"\xc3\xbc\",\"labels\":{\"l\\t\":\"\\r\"}}}"
	};
	const struct kvip_table_look look = { .ns = true, .labels = true };
	struct json_object *object = json_tokener_parse(texts[0]);
	struct printing printing;
	char *text;

	(void)state;
	text = table_of(&look, kinds, texts, 1);
	assert_string_equal(
		text,
		"NAMESPACE   NAME          ENDPOINTS   AGE         LABELS\n"
		"\xc3\xbc           a?[31m?????   <none>      <unknown>   l?=?\n");
	free(text);

	begin(&printing, KVIP_OUTPUT_NAME, false, &look);
	kvip_output_kind(&printing.output, kinds[0]);
	kvip_output_add(&printing.output, object, 0);
	text = end(&printing);
	assert_string_equal(text, "endpoints/a?[31m?????\n");
	free(text);
	json_object_put(object);
}

static void strings_of_json(void **state)
{
	struct json_object *value = json_tokener_parse(
		"\"\\\"\\\\/\\b\\f\\n\\r\\t\\u0000\\u001b\\u007f\\u0085<>&\\u2028"
		"\\u00fc\xff\"");
	char *text = NULL;
	size_t len;
	FILE *to = open_memstream(&text, &len);

	(void)state;
	kvip_output_json(to, value, 0);
	fclose(to);
	assert_string_equal(
		text,
		"\"\\\"\\\\/\\b\\f\\n\\r\\t\\u0000\\u001b\\u007f\\u0085\\u003c"
		"\\u003e\\u0026\\u2028\xc3\xbc\\ufffd\"");
	free(text);
	json_object_put(value);
}

static void words_of_formats(void **state)
{
	enum kvip_output_format format = KVIP_OUTPUT_TABLE;

	(void)state;
	assert_true(kvip_output_format("wide", &format));
	assert_int_equal(format, KVIP_OUTPUT_WIDE);
	assert_true(kvip_output_format("json", &format));
	assert_int_equal(format, KVIP_OUTPUT_JSON);
	assert_true(kvip_output_format("yaml", &format));
	assert_int_equal(format, KVIP_OUTPUT_YAML);
	assert_true(kvip_output_format("name", &format));
	assert_int_equal(format, KVIP_OUTPUT_NAME);
	assert_false(kvip_output_format("jsonpath={}", &format));
	assert_false(kvip_output_format("", &format));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tables_are_those_of_kubectl),
		cmocka_unit_test(endpoints_are_those_of_kubectl),
		cmocka_unit_test(watches_line_up_as_kubectl_has_it),
		cmocka_unit_test(lists_are_those_of_kubectl),
		cmocka_unit_test(lists_of_nothing),
		cmocka_unit_test(objects_come_one_by_one),
		cmocka_unit_test(kinds_have_tables_of_their_own),
		cmocka_unit_test(terminals_are_not_driven),
		cmocka_unit_test(strings_of_json),
		cmocka_unit_test(words_of_formats),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
