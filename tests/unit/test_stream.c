// SPDX-License-Identifier: GPL-2.0-or-later
/* JSON in pieces: the same comes out wherever it is cut; what is refused. */
#include "recorded.h"

#include <json-c/json.h>

#include "stream.h"

/* What was handed out, a line each. */
struct seen {
	char *text;
	size_t len;
	FILE *out;
	int n;
	int refuse; /* the number of the one to refuse, from 1 */
};

static void seen_begin(struct seen *seen)
{
	memset(seen, 0, sizeof(*seen));
	seen->out = open_memstream(&seen->text, &seen->len);
}

static void seen_end(struct seen *seen)
{
	fclose(seen->out);
}

static int see(void *arg, struct json_object *object, struct kvip_err *err)
{
	struct seen *seen = arg;

	fprintf(seen->out, "%s\n",
		json_object_to_json_string_ext(object, JSON_C_TO_STRING_PLAIN));
	if (++seen->n == seen->refuse)
		return kvip_err_set(err, "not wanted");
	return 0;
}

/* Push a text in pieces of @piece bytes, the first one of @first. */
static int push(struct kvip_stream *stream, const char *text, size_t len,
		size_t first, size_t piece, struct kvip_err *err)
{
	size_t at, n = first;

	for (at = 0; at < len; at += n, n = piece) {
		char *copy; /* so that a checker sees a read beyond it */
		int status;

		if (n > len - at)
			n = len - at;
		copy = malloc(n + 1);
		memcpy(copy, text + at, n);
		status = kvip_stream_push(stream, copy, n, err);
		free(copy);
		if (status)
			return -1;
	}
	return 0;
}

/* Everything of a list: its items and, at the end, the rest. */
static void read_list(const char *text, size_t len, size_t first, size_t piece,
		      struct seen *seen)
{
	struct kvip_stream *stream;
	struct json_object *rest;
	struct kvip_err err;

	seen_begin(seen);
	stream = kvip_stream_list(see, seen);
	if (push(stream, text, len, first, piece, &err) ||
	    kvip_stream_end(stream, &rest, &err))
		fail_msg("first %zu, then %zu: %s", first, piece, err.text);
	kvip_stream_free(stream);
	fprintf(seen->out, "%s\n",
		json_object_to_json_string_ext(rest, JSON_C_TO_STRING_PLAIN));
	json_object_put(rest);
	seen_end(seen);
}

/* The same by a parse of the whole. */
static void list_as_whole(const char *text, struct seen *seen)
{
	struct json_object *list = json_tokener_parse(text);
	struct json_object *items, *item, *value;
	const char *kind;
	size_t i;

	assert_non_null(list);
	seen_begin(seen);
	json_object_object_get_ex(list, "items", &items);
	json_object_object_get_ex(list, "kind", &value);
	kind = json_object_get_string(value);
	for (i = 0; i < json_object_array_length(items); i++) {
		struct kvip_err err;

		item = json_object_array_get_idx(items, i);
		value = json_object_new_string_len(kind, (int)strlen(kind) - 4);
		json_object_object_add(item, "kind", value);
		json_object_object_get_ex(list, "apiVersion", &value);
		json_object_object_add(item, "apiVersion",
				       json_object_get(value));
		see(seen, item, &err);
	}
	json_object_object_del(list, "items");
	fprintf(seen->out, "%s\n",
		json_object_to_json_string_ext(list, JSON_C_TO_STRING_PLAIN));
	json_object_put(list);
	seen_end(seen);
}

static void lists_in_pieces_are_the_whole(void **state)
{
	static const struct {
		const char *name;
		int n;
	} lists[] = {
		{ "list-services.json", 37 },
		{ "list-endpointslices.json", 18 },
		{ "list-nodes.json", 4 },
		{ "list-empty.json", 0 },
		{ "api/endpointslices.limit4.0.json", 4 },
	};
	static const size_t pieces[] = { 1, 2, 3, 7, 1000, 16384, 1 << 20 };
	size_t i, k, len;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(lists); i++) {
		char *text = recorded(lists[i].name, &len);
		struct seen whole, seen;

		list_as_whole(text, &whole);
		assert_int_equal(whole.n, lists[i].n);
		for (k = 0; k < ARRAY_SIZE(pieces); k++) {
			read_list(text, len, pieces[k], pieces[k], &seen);
			assert_int_equal(seen.n, lists[i].n);
			assert_string_equal(seen.text, whole.text);
			free(seen.text);
		}
		free(whole.text);
		free(text);
	}
}

static void a_list_may_be_cut_anywhere(void **state)
{
	struct seen whole, seen;
	size_t len, cut;
	char *text = recorded("api/endpointslices.limit4.4.json", &len);

	(void)state;
	list_as_whole(text, &whole);
	for (cut = 1; cut < len; cut++) {
		read_list(text, len, cut, len, &seen);
		assert_string_equal(seen.text, whole.text);
		free(seen.text);
	}
	free(whole.text);
	free(text);
}

static void an_incomplete_list_is_refused_wherever_it_ends(void **state)
{
	size_t len, end;
	char *text = recorded("api/endpointslices.limit4.4.json", &len);

	(void)state;
	for (end = 0; end < len; end++) {
		struct kvip_stream *stream;
		struct json_object *rest;
		struct kvip_err err;
		struct seen seen;

		seen_begin(&seen);
		stream = kvip_stream_list(see, &seen);
		assert_int_equal(kvip_stream_push(stream, text, end, &err), 0);
		assert_int_equal(kvip_stream_end(stream, &rest, &err), -1);
		assert_null(rest);
		kvip_stream_free(stream);
		seen_end(&seen);
		free(seen.text);
	}
	free(text);
}

/* Events of a text, pushed in pieces; -1 with @err if that is refused. */
static int read_events(const char *text, size_t len, size_t first, size_t piece,
		       struct seen *seen, struct kvip_err *err)
{
	struct kvip_stream *stream;
	struct json_object *rest;
	int status;

	seen_begin(seen);
	stream = kvip_stream_events(see, seen);
	status = push(stream, text, len, first, piece, err);
	if (!status)
		status = kvip_stream_end(stream, &rest, err);
	kvip_stream_free(stream);
	seen_end(seen);
	return status;
}

static void events_in_pieces_are_the_lines(void **state)
{
	static const char *const names[] = {
		"api/endpointslices.crud.jsonl",
		"api/endpointslices.sendInitialEvents.jsonl",
		"api/410.watch.rv1.jsonl",
	};
	static const size_t pieces[] = { 1, 2, 3, 7, 1000, 16384, 1 << 20 };
	size_t i, k, len;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(names); i++) {
		char *text = recorded(names[i], &len);
		struct kvip_err err;
		struct seen seen;

		for (k = 0; k < ARRAY_SIZE(pieces); k++) {
			/* Go writes what json-c does, but for "/" */
			char *line, *rest = text, *copy = strdup(text);

			assert_int_equal(read_events(text, len, pieces[k],
						     pieces[k], &seen, &err),
					 0);
			rest = seen.text;
			for (line = strtok(copy, "\n"); line;
			     line = strtok(NULL, "\n")) {
				struct json_object *event =
					json_tokener_parse(line);
				const char *plain =
					json_object_to_json_string_ext(
						event, JSON_C_TO_STRING_PLAIN);

				assert_memory_equal(rest, plain, strlen(plain));
				rest += strlen(plain);
				assert_int_equal(*rest++, '\n');
				json_object_put(event);
			}
			assert_int_equal(*rest, '\0');
			free(seen.text);
			free(copy);
		}
		free(text);
	}
}

static void scalars_and_characters_may_be_cut_anywhere(void **state)
{
	static const char text[] =
		"{\"a\":-12.5e+3,\"b\":[true,false,null,0,-1,[],{}]}\n"
		"{\"c\":\"\\u00e9\\ud83d\\ude00\\n\\\"\",\"d\":{\"e\":null}}"
		" {\"f\":\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\",\"g\":1}\r\n\t"
		"{\"\xc3\xa9\":10000000000}";
	static const char plain[] =
		"{\"a\":-12.5e+3,\"b\":[true,false,null,0,-1,[],{}]}\n"
		"{\"c\":\"\xc3\xa9\xf0\x9f\x98\x80\\n\\\"\",\"d\":{\"e\":null}}\n"
		"{\"f\":\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\",\"g\":1}\n"
		"{\"\xc3\xa9\":10000000000}\n";
	size_t len = strlen(text), first, piece;
	struct kvip_err err;
	struct seen seen;

	(void)state;
	for (first = 1; first <= len; first++) {
		for (piece = 1; piece <= 3; piece++) {
			if (read_events(text, len, first, piece, &seen, &err))
				fail_msg("%zu, %zu: %s", first, piece,
					 err.text);
			assert_string_equal(seen.text, plain);
			free(seen.text);
		}
	}
}

static void forms_of_lists(void **state)
{
	static const struct {
		const char *text, *seen;
	} rows[] = {
		/* no items, in every way */
		{ "{\"items\":null}", "{}\n" },
		{ "{\"items\":[]}", "{}\n" },
		{ " { \"items\" : [ ] } \n", "{}\n" },
		{ "{\"kind\":\"SList\",\"items\":null,\"a\":1}",
		  "{\"kind\":\"SList\",\"a\":1}\n" },
		/* kind and version are given to who has none */
		{ "{\"kind\":\"SList\",\"apiVersion\":\"v1\",\"items\":[{},{\"kind\":\"T\"}]}",
		  "{\"kind\":\"S\",\"apiVersion\":\"v1\"}\n"
		  "{\"kind\":\"T\",\"apiVersion\":\"v1\"}\n"
		  "{\"kind\":\"SList\",\"apiVersion\":\"v1\"}\n" },
		/* a list of anything has none to give, nor has one that tells
		 * too late
		 */
		{ "{\"kind\":\"List\",\"apiVersion\":\"v1\",\"items\":[{}]}",
		  "{}\n{\"kind\":\"List\",\"apiVersion\":\"v1\"}\n" },
		{ "{\"kind\":7,\"apiVersion\":\"v1\",\"items\":[{}]}",
		  "{}\n{\"kind\":7,\"apiVersion\":\"v1\"}\n" },
		{ "{\"items\":[{}],\"kind\":\"SList\",\"apiVersion\":\"v1\"}",
		  "{}\n{\"kind\":\"SList\",\"apiVersion\":\"v1\"}\n" },
		/* members in any order, with items and brackets within */
		{ "{\"metadata\":{\"items\":[{\"a\":\"]}\"}]},\"items\":[{\"b\":[[]]}\n,\n{}],\"n\":12}",
		  "{\"b\":[[]]}\n{}\n"
		  "{\"metadata\":{\"items\":[{\"a\":\"]}\"}]},\"n\":12}\n" },
		{ "{\"a\":null,\"b\":\"\",\"c\":true,\"items\":[{}]}",
		  "{}\n{\"a\":null,\"b\":\"\",\"c\":true}\n" },
	};
	struct seen seen;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		size_t len = strlen(rows[i].text);

		read_list(rows[i].text, len, len, len, &seen);
		assert_string_equal(seen.text, rows[i].seen);
		free(seen.text);
		read_list(rows[i].text, len, 1, 1, &seen);
		assert_string_equal(seen.text, rows[i].seen);
		free(seen.text);
	}
}

static void refused(bool list, const char *text, size_t len, size_t piece,
		    const char *words)
{
	struct kvip_stream *stream;
	struct kvip_err err;
	struct seen seen;

	seen_begin(&seen);
	stream = list ? kvip_stream_list(see, &seen) :
			kvip_stream_events(see, &seen);
	if (!push(stream, text, len, piece, piece, &err) &&
	    !kvip_stream_end(stream, NULL, &err))
		fail_msg("taken: %s", text);
	assert_string_equal(err.text, words);
	kvip_stream_free(stream);
	seen_end(&seen);
	free(seen.text);
}

static void bad_lists_are_refused(void **state)
{
	static const struct {
		const char *text, *words;
	} rows[] = {
		{ "", "it is empty" },
		{ "  ", "it ends in the middle of the list" },
		{ "[]", "byte 0: expected a list, in '{', found '['" },
		{ "null", "byte 0: expected a list, in '{', found 'n'" },
		{ "\xef\xbb\xbf{}",
		  "byte 0: expected a list, in '{', found the byte 0xef" },
		{ "{}", "it is no list: it has no items" },
		{ "{\"kind\":\"Status\",\"code\":200}",
		  "it is no list: it has no items" },
		{ "{,",
		  "byte 1: expected a member's name in double quotes, found ','" },
		{ "{1:",
		  "byte 1: expected a member's name in double quotes, found '1'" },
		{ "{'a':1}",
		  "byte 1: expected a member's name in double quotes, found '''" },
		{ "{\"a\" 1}",
		  "byte 5: expected ':' after a member's name, found '1'" },
		{ "{\"a\":}", "byte 5: expected a value, found '}'" },
		{ "{\"a\":1,}",
		  "byte 7: expected a member's name in double quotes, found '}'" },
		{ "{\"a\":1 \"b\":2}",
		  "byte 7: expected ',' or '}' after a member's value, found '\"'" },
		{ "{\"a\":1]",
		  "byte 6: expected ',' or '}' after a member's value, found ']'" },
		{ "{\"a\":{\"b\":1,}}",
		  "byte 12: expected a value, found '}'" },
		{ "{\"a\":1,\"a\":2}", "byte 10: a second \"a\"" },
		{ "{\"items\":[],\"items\":[{}]}",
		  "byte 19: a second \"items\"" },
		{ "{\"items\":{}}",
		  "byte 9: expected a list of items, found '{'" },
		{ "{\"items\":\"\"}",
		  "byte 9: expected a list of items, found '\"'" },
		{ "{\"items\":[1]}",
		  "byte 10: expected an item, in '{', found '1'" },
		{ "{\"items\":[null]}",
		  "byte 10: expected an item, in '{', found 'n'" },
		{ "{\"items\":[,{}]}",
		  "byte 10: expected an item, in '{', found ','" },
		{ "{\"items\":[{},]}",
		  "byte 13: expected an item, in '{', found ']'" },
		{ "{\"items\":[{} {}]}",
		  "byte 13: expected ',' or ']' after an item, found '{'" },
		{ "{\"items\":[{}}",
		  "byte 12: expected ',' or ']' after an item, found '}'" },
		{ "{\"items\":[]}{\"items\":[]}",
		  "byte 12: expected nothing behind the list, found '{'" },
		{ "{\"items\":[]} x",
		  "byte 13: expected nothing behind the list, found 'x'" },
		{ "{\"items\":[{},", "it ends in the middle of the items" },
		{ "{\"items\":[{", "it ends in the middle of an item" },
		{ "{\"items\":[{}]", "it ends in the middle of the list" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		size_t len = strlen(rows[i].text);

		refused(true, rows[i].text, len, len, rows[i].words);
		refused(true, rows[i].text, len, 1, rows[i].words);
	}
}

static void bad_events_are_refused(void **state)
{
	static const struct {
		const char *text, *words;
	} rows[] = {
		{ "[", "byte 0: expected an event, in '{', found '['" },
		{ "{}\n404 page not found",
		  "byte 3: expected an event, in '{', found '4'" },
		{ "{},{}", "byte 2: expected an event, in '{', found ','" },
		{ "{\"a\":1", "it ends in the middle of an event" },
		{ "{\"a\":1,}", "byte 7: expected a value, found '}'" },
		{ "{\"a\":[1,]}", "byte 8: expected a value, found ']'" },
		{ "{\"a\":[1 2]}",
		  "byte 8: expected ',' or ']' after an element, found '2'" },
		{ "{\"a\":tru}", "byte 8: expected true or false, found '}'" },
		{ "{\"a\":nil}", "byte 6: expected null, found 'i'" },
		{ "{\"a\":\"\\x\"}",
		  "byte 7: expected an escape sequence of JSON after the '\\', found 'x'" },
		{ "{a:1}",
		  "byte 1: expected a member's name in double quotes, found 'a'" },
		/* no UTF-8: alone, cut short, overlong, surrogate, too high */
		{ "{\"a\":\"\x80\"}",
		  "byte 6: expected text in UTF-8, found the byte 0x80" },
		{ "{\"a\":\"\xc3\"}",
		  "byte 7: expected text in UTF-8, found '\"'" },
		{ "{\"a\":\"\xc0\xaf\"}",
		  "byte 6: expected text in UTF-8, found the byte 0xc0" },
		{ "{\"a\":\"\xe0\x80\xaf\"}",
		  "byte 7: expected text in UTF-8, found the byte 0x80" },
		{ "{\"a\":\"\xed\xa0\x80\"}",
		  "byte 7: expected text in UTF-8, found the byte 0xa0" },
		{ "{\"a\":\"\xf0\x80\x80\x80\"}",
		  "byte 7: expected text in UTF-8, found the byte 0x80" },
		{ "{\"a\":\"\xf4\x90\x80\x80\"}",
		  "byte 7: expected text in UTF-8, found the byte 0x90" },
		{ "{\"a\":\"\xff\"}",
		  "byte 6: expected text in UTF-8, found the byte 0xff" },
		{ "{\"a\":\"\xe2\x82", "it ends in the middle of an event" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		size_t len = strlen(rows[i].text);

		refused(false, rows[i].text, len, len, rows[i].words);
		refused(false, rows[i].text, len, 1, rows[i].words);
	}
	refused(false, "{\"a\":\"\0\"}", 9, 9,
		"byte 6: expected text in UTF-8, found the byte 0x00");
	refused(false, "{}{\"abcdefgh\":\"0123456\0\"}", 25, 1,
		"byte 22: expected text in UTF-8, found the byte 0x00");
}

static void the_taker_refuses_the_rest(void **state)
{
	static const char text[] = "{\"n\":1}{\"n\":2}{\"n\":3}";
	struct kvip_stream *stream;
	struct kvip_err err;
	struct seen seen;

	(void)state;
	seen_begin(&seen);
	seen.refuse = 2;
	stream = kvip_stream_events(see, &seen);
	assert_int_equal(kvip_stream_push(stream, text, strlen(text), &err),
			 -1);
	assert_string_equal(err.text, "not wanted");
	assert_int_equal(kvip_stream_push(stream, "{}", 2, &err), -1);
	assert_string_equal(err.text, "it is broken");
	assert_int_equal(kvip_stream_end(stream, NULL, &err), -1);
	kvip_stream_free(stream);
	seen_end(&seen);
	assert_string_equal(seen.text, "{\"n\":1}\n{\"n\":2}\n");
	free(seen.text);
}

/* An event, or the head of a list, with a text of @len bytes, all in all. */
static char *long_value(size_t len)
{
	char *text = malloc(len + 1);

	memset(text, 'x', len);
	memcpy(text, "{\"a\":\"", 6);
	memcpy(text + len - 2, "\"}", 3);
	return text;
}

static void objects_are_bounded(void **state)
{
	size_t most = KVIP_STREAM_OBJECT_MAX;
	char *text = long_value(most + 1), *more;
	struct kvip_err err;
	struct seen seen;

	(void)state;
	refused(false, text, most + 1, 1 << 20,
		"byte 16777217: more than 16777216 bytes for one object");
	refused(false, text, most + 1, most + 1,
		"byte 16777217: more than 16777216 bytes for one object");
	/* an endless one is given up before its end */
	refused(true, text, most - 3, 1 << 20,
		"it ends in the middle of the list");
	free(text);

	text = long_value(most);
	assert_int_equal(read_events(text, most, most, most, &seen, &err), 0);
	assert_int_equal(seen.len, most + 1);
	free(seen.text);

	/* members around the items count together */
	more = malloc(2 * most);
	text[most - 1] = ',';
	memcpy(more, text, most);
	memcpy(more + most, text + 1, most - 1);
	more[most + 1] = 'b';
	refused(true, more, 2 * most - 1, 1 << 20,
		"byte 16777221: more than 16777216 bytes for one object");
	free(more);
	free(text);
}

static void depth_is_bounded(void **state)
{
	char text[1024];
	size_t len;
	int i;

	(void)state;
	len = (size_t)sprintf(text, "{\"a\":");
	for (i = 0; i < KVIP_STREAM_DEPTH + 5; i++)
		text[len++] = '[';
	refused(false, text, len, len,
		"byte 104: objects and lists are nested deeper than 100 levels");
	refused(false, text, len, 1,
		"byte 104: objects and lists are nested deeper than 100 levels");
	/* the list itself does not count */
	refused(true, text, len, 1,
		"byte 105: objects and lists are nested deeper than 100 levels");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lists_in_pieces_are_the_whole),
		cmocka_unit_test(a_list_may_be_cut_anywhere),
		cmocka_unit_test(
			an_incomplete_list_is_refused_wherever_it_ends),
		cmocka_unit_test(events_in_pieces_are_the_lines),
		cmocka_unit_test(scalars_and_characters_may_be_cut_anywhere),
		cmocka_unit_test(forms_of_lists),
		cmocka_unit_test(bad_lists_are_refused),
		cmocka_unit_test(bad_events_are_refused),
		cmocka_unit_test(the_taker_refuses_the_rest),
		cmocka_unit_test(objects_are_bounded),
		cmocka_unit_test(depth_is_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
