// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * JSON. The members of a list are read one by one here, and so are its items;
 * json-c makes an object of each, so that a list of 300 MB needs no tree of it.
 */
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include <json-c/json.h>

#include "json_error.h"
#include "reader.h"

struct json_text {
	struct kvip_reader *reader;
	struct json_tokener *tokener;
	size_t at; /* the next character */
	bool looking_ahead; /* hand out nothing until it is back */
	bool broken; /* hand out nothing: an error follows */
};

static bool skip_blank(struct json_text *json)
{
	const struct kvip_reader *reader = json->reader;

	while (json->at < reader->len &&
	       strchr(" \t\r\n", reader->text[json->at]))
		json->at++;
	return json->at < reader->len;
}

/* A character, or NUL at the end: a text has no NUL. */
static char char_at(const struct json_text *json, size_t offset)
{
	if (offset >= json->reader->len)
		return '\0';
	return json->reader->text[offset];
}

static char next_char(const struct json_text *json)
{
	return char_at(json, json->at);
}

static int fail_truncated(struct json_text *json, const char *what,
			  size_t begin)
{
	struct kvip_reader *reader = json->reader;

	return kvip_reader_fail(
		reader, reader->len,
		"the file ends in the middle of the %s that begins on line %lu",
		what, kvip_reader_line(reader, begin));
}

static int fail_expected(struct json_text *json, size_t offset,
			 const char *expected)
{
	struct kvip_reader *reader = json->reader;
	unsigned char found;

	if (offset >= reader->len)
		return kvip_reader_fail(
			reader, reader->len,
			"the file ends in the middle of an object or list: expected %s",
			expected);
	found = (unsigned char)reader->text[offset];
	if (found == '\n' || found == '\r')
		return kvip_reader_fail(
			reader, offset,
			"expected %s, found the end of the line", expected);
	if (found <= ' ' || found >= 0x7f)
		return kvip_reader_fail(reader, offset,
					"expected %s, found the byte 0x%02x",
					expected, found);
	return kvip_reader_fail(reader, offset, "expected %s, found '%c'",
				expected, found);
}

static int fail_value(struct json_text *json, size_t begin,
		      enum json_tokener_error why)
{
	size_t offset = json->at + json_tokener_get_parse_end(json->tokener);

	if (why == json_tokener_error_depth)
		return kvip_reader_fail(
			json->reader, offset,
			"objects and lists are nested deeper than %d levels",
			KVIP_DOCUMENT_DEPTH);
	if (why == json_tokener_error_size)
		return kvip_reader_fail(json->reader, begin,
					"this value is too long");
	return fail_expected(json, offset,
			     kvip_json_expected(why, char_at(json, offset)));
}

/* Read a value, which @what calls if the file ends in it. NULL is null. */
static int read_value(struct json_text *json, const char *what,
		      struct json_object **value)
{
	const struct kvip_reader *reader = json->reader;
	enum json_tokener_error why;
	size_t begin = json->at;

	json_tokener_reset(json->tokener);
	do {
		size_t left = reader->len - json->at;
		int some = left > INT_MAX / 2 ? INT_MAX / 2 : (int)left;

		*value = json_tokener_parse_ex(json->tokener,
					       reader->text + json->at, some);
		why = json_tokener_get_error(json->tokener);
		if (why == json_tokener_success) {
			json->at += json_tokener_get_parse_end(json->tokener);
			return 0;
		}
		if (why != json_tokener_continue)
			return fail_value(json, begin, why);
		json->at += (size_t)some;
	} while (json->at < reader->len);
	return fail_truncated(json, what, begin);
}

/* From within a list to behind its ']', looking at nothing but brackets. */
static bool skip_to_end_of_list(struct json_text *json)
{
	const char *at = json->reader->text + json->at;
	const char *end = json->reader->text + json->reader->len;
	unsigned long depth = 1;

	for (; at < end; at++) {
		switch (*at) {
		case '"':
			for (at++; at < end && *at != '"'; at++)
				if (*at == '\\')
					at++;
			break;
		case '[':
		case '{':
			depth++;
			break;
		case ']':
		case '}':
			if (--depth)
				break;
			json->at = (size_t)(at - json->reader->text) + 1;
			return true;
		}
	}
	return false;
}

static int read_members(struct json_text *json, struct json_object *object,
			size_t begin, bool *is_list);

/*
 * An item of a list whose kind stands behind the items needs it now. If there
 * is something wrong on the way, reading on in order will come to it and say
 * so.
 */
static void look_ahead(const struct json_text *json, struct json_object *list,
		       bool *broken)
{
	struct kvip_err ignored;
	struct kvip_reader reader = *json->reader;
	struct json_text ahead = *json;
	bool is_list;

	reader.err = &ignored;
	ahead.reader = &reader;
	ahead.looking_ahead = true;
	*broken = true;
	if (!skip_to_end_of_list(&ahead))
		return;
	skip_blank(&ahead);
	if (next_char(&ahead) == '}') {
		*broken = false;
		return;
	}
	if (next_char(&ahead) != ',')
		return;
	ahead.at++;
	*broken = read_members(&ahead, list, ahead.at, &is_list) != 0;
}

static int read_item(struct json_text *json, struct json_object *list,
		     struct json_object **ahead)
{
	unsigned long line = kvip_reader_line(json->reader, json->at);
	struct json_object *item;
	struct kvip_list_kind kind = { NULL, NULL };
	int ret = 0;

	if (read_value(json, "item", &item))
		return -1;
	if (list)
		kind = kvip_reader_list_kind(list);
	if (list && !*ahead && !(kind.kind && kind.version) &&
	    json_object_is_type(item, json_type_object) &&
	    !json_object_object_get_ex(item, "kind", NULL)) {
		*ahead = json_object_new_object();
		look_ahead(json, *ahead, &json->broken);
	}
	if (*ahead) {
		struct kvip_list_kind more = kvip_reader_list_kind(*ahead);

		kind.kind = kind.kind ? kind.kind : more.kind;
		kind.version = kind.version ? kind.version : more.version;
	}
	if (!json->broken)
		ret = kvip_reader_emit(json->reader, item, &kind, line);
	json_object_put(item);
	return ret;
}

/* @list: what the list that the items are of has told of itself, or NULL */
static int read_items(struct json_text *json, struct json_object *list)
{
	struct json_object *ahead = NULL;
	size_t begin = json->at++;
	int ret = -1;

	skip_blank(json);
	if (next_char(json) == ']') {
		json->at++;
		return 0;
	}
	for (;;) {
		char c;

		if (!skip_blank(json)) {
			fail_truncated(json, "list", begin);
			break;
		}
		if (read_item(json, list, &ahead))
			break;
		skip_blank(json);
		c = next_char(json);
		if (!c) {
			fail_truncated(json, "list", begin);
			break;
		}
		if (c != ',' && c != ']') {
			fail_expected(json, json->at,
				      "',' or ']' after an item");
			break;
		}
		json->at++;
		if (c == ']') {
			ret = 0;
			break;
		}
	}
	json_object_put(ahead);
	return ret;
}

static int read_member(struct json_text *json, struct json_object *object,
		       bool *is_list)
{
	struct kvip_reader *reader = json->reader;
	struct json_object *name, *value = NULL;
	size_t begin = json->at;
	const char *key;
	int ret = -1;

	if (next_char(json) != '"')
		return fail_expected(json, json->at,
				     "a member's name in double quotes");
	if (read_value(json, "name", &name))
		return -1;
	key = json_object_get_string(name);
	if (json_object_object_get_ex(object, key, NULL)) {
		kvip_reader_fail(reader, begin,
				 "the member \"%s\" is there twice", key);
		goto out;
	}
	skip_blank(json);
	if (next_char(json) != ':') {
		fail_expected(json, json->at, "':' after a member's name");
		goto out;
	}
	json->at++;
	skip_blank(json);
	if (!strcmp(key, "items") && next_char(json) == '[' &&
	    !json->looking_ahead) {
		*is_list = true;
		ret = read_items(json, object);
	} else {
		ret = read_value(json, "value", &value);
		if (!ret && !strcmp(key, "items") && !value)
			*is_list = true;
	}
	if (!ret)
		json_object_object_add(object, key, value);
out:
	json_object_put(name);
	return ret;
}

/* The rest of an object that begins at @begin, from a member on. */
static int read_members(struct json_text *json, struct json_object *object,
			size_t begin, bool *is_list)
{
	for (;;) {
		char c;

		if (!skip_blank(json))
			return fail_truncated(json, "object", begin);
		if (read_member(json, object, is_list))
			return -1;
		skip_blank(json);
		c = next_char(json);
		if (!c)
			return fail_truncated(json, "object", begin);
		if (c != ',' && c != '}')
			return fail_expected(
				json, json->at,
				"',' or '}' after a member's value");
		json->at++;
		if (c == '}')
			return 0;
	}
}

static int read_object(struct json_text *json)
{
	unsigned long line = kvip_reader_line(json->reader, json->at);
	struct json_object *object = json_object_new_object();
	size_t begin = json->at++;
	bool is_list = false;
	int ret = 0;

	skip_blank(json);
	if (next_char(json) == '}')
		json->at++;
	else
		ret = read_members(json, object, begin, &is_list);
	if (!ret && is_list)
		ret = kvip_reader_end_list(json->reader, object, line);
	else if (!ret)
		ret = kvip_reader_emit(json->reader, object, NULL, line);
	json_object_put(object);
	return ret;
}

int kvip_json_read(struct kvip_reader *reader)
{
	struct json_text json = { .reader = reader };
	int ret = 0;

	json.tokener = json_tokener_new_ex(KVIP_DOCUMENT_DEPTH);
	if (!json.tokener)
		return kvip_err_set(reader->err, "%s: out of memory",
				    reader->file);
	json_tokener_set_flags(json.tokener,
			       JSON_TOKENER_STRICT |
				       JSON_TOKENER_ALLOW_TRAILING_CHARS);
	while (!ret && skip_blank(&json)) {
		switch (next_char(&json)) {
		case '{':
			ret = read_object(&json);
			break;
		case '[':
			/* as jq .items prints it: items without a list */
			ret = read_items(&json, NULL);
			reader->n_objects++;
			break;
		default:
			ret = fail_expected(
				&json, json.at,
				"another object or the end of the file");
		}
	}
	json_tokener_free(json.tokener);
	return ret;
}
