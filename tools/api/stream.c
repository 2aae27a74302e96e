// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * JSON that comes in pieces. What is around the items is read here, a character
 * at a time; items, and whatever else is a value, go to json-c in the pieces in
 * which they came. json-c does not look at the encoding: its check takes a
 * character that two pieces share for a broken one.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#include "alloc.h"
#include "json_error.h"
#include "stream.h"

/* What comes next, blanks aside. */
enum state {
	AT_EVENT,
	AT_LIST, /* its '{' */
	AT_FIRST_NAME, /* or its '}' */
	AT_NAME,
	AT_COLON,
	AT_VALUE,
	AT_VALUE_END, /* ',' or '}' */
	AT_FIRST_ITEM, /* or the ']' of the items */
	AT_ITEM,
	AT_ITEM_END, /* ',' or ']' */
	AT_END,
};

/* Bytes of a character that are still to come, and what the next may be. */
struct utf8 {
	unsigned int missing;
	unsigned char low, high;
};

struct kvip_stream {
	kvip_stream_fn fn;
	void *arg;
	enum state state;
	bool in_value; /* json-c has begun with one and wants more */
	bool has_items;
	bool broken;
	struct json_tokener *tokener;
	size_t at; /* of the whole: the next byte */
	size_t value_len; /* bytes of the value so far */
	size_t rest_len; /* bytes of all that is no item */
	struct utf8 utf8;
	char *name; /* of the member whose value comes */
	struct json_object *rest; /* NULL: these are events */
	struct json_object *item_kind; /* for items that have none; or NULL */
	struct json_object *item_version;
};

static struct kvip_stream *stream_new(kvip_stream_fn fn, void *arg)
{
	struct kvip_stream *stream = kvip_alloc(sizeof(*stream));

	stream->fn = fn;
	stream->arg = arg;
	stream->tokener = json_tokener_new_ex(KVIP_STREAM_DEPTH);
	json_tokener_set_flags(stream->tokener,
			       JSON_TOKENER_STRICT |
				       JSON_TOKENER_ALLOW_TRAILING_CHARS);
	return stream;
}

struct kvip_stream *kvip_stream_list(kvip_stream_fn fn, void *arg)
{
	struct kvip_stream *stream = stream_new(fn, arg);

	stream->state = AT_LIST;
	stream->rest = json_object_new_object();
	return stream;
}

struct kvip_stream *kvip_stream_events(kvip_stream_fn fn, void *arg)
{
	struct kvip_stream *stream = stream_new(fn, arg);

	stream->state = AT_EVENT;
	return stream;
}

void kvip_stream_free(struct kvip_stream *stream)
{
	if (!stream)
		return;
	json_tokener_free(stream->tokener);
	json_object_put(stream->rest);
	json_object_put(stream->item_kind);
	json_object_put(stream->item_version);
	free(stream->name);
	free(stream);
}

static int fail_expected(size_t at, const char *expected, char found,
			 struct kvip_err *err)
{
	unsigned char byte = (unsigned char)found;

	if (byte <= ' ' || byte >= 0x7f)
		return kvip_err_set(
			err, "byte %zu: expected %s, found the byte 0x%02x", at,
			expected, byte);
	return kvip_err_set(err, "byte %zu: expected %s, found '%c'", at,
			    expected, found);
}

/* The first byte of a character; false if it can be none. */
static bool utf8_begin(struct utf8 *utf8, unsigned char byte)
{
	utf8->low = 0x80;
	utf8->high = 0xbf;
	if (byte < 0xc2 || byte > 0xf4)
		return false;
	utf8->missing = byte < 0xe0 ? 1 : byte < 0xf0 ? 2 : 3;
	/* neither overlong forms nor surrogates nor beyond U+10FFFF */
	if (byte == 0xe0)
		utf8->low = 0xa0;
	else if (byte == 0xed)
		utf8->high = 0x9f;
	else if (byte == 0xf0)
		utf8->low = 0x90;
	else if (byte == 0xf4)
		utf8->high = 0x8f;
	return true;
}

static bool utf8_go_on(struct utf8 *utf8, unsigned char byte)
{
	if (byte < utf8->low || byte > utf8->high)
		return false;
	utf8->low = 0x80;
	utf8->high = 0xbf;
	utf8->missing--;
	return true;
}

/* Whether none of eight bytes is NUL or beyond ASCII. */
static bool plain_word(const char *bytes)
{
	const uint64_t ones = 0x0101010101010101ULL, tops = ones << 7;
	uint64_t word;

	memcpy(&word, bytes, sizeof(word));
	return !((word | (word - ones)) & tops);
}

/* How many of the bytes are text; @len unless a byte is none. */
static size_t text_len(struct utf8 *utf8, const char *bytes, size_t len)
{
	size_t i = 0;

	while (i < len) {
		unsigned char byte = (unsigned char)bytes[i];
		bool fine;

		if (utf8->missing) {
			fine = utf8_go_on(utf8, byte);
		} else if (len - i >= 8 && plain_word(bytes + i)) {
			i += 8;
			continue;
		} else if (byte < 0x80) {
			fine = byte != '\0';
		} else {
			fine = utf8_begin(utf8, byte);
		}
		if (!fine)
			return i;
		i++;
	}
	return len;
}

static int fail_size(const struct kvip_stream *stream, struct kvip_err *err)
{
	return kvip_err_set(err, "byte %zu: more than %d bytes for one object",
			    stream->at, KVIP_STREAM_OBJECT_MAX);
}

static int fail_value(const struct kvip_stream *stream, const char *bytes,
		      size_t len, enum json_tokener_error why,
		      struct kvip_err *err)
{
	size_t end = json_tokener_get_parse_end(stream->tokener);

	if (why == json_tokener_error_depth)
		return kvip_err_set(
			err,
			"byte %zu: objects and lists are nested deeper than %d levels",
			stream->at + end, KVIP_STREAM_DEPTH);
	if (why == json_tokener_error_size)
		return fail_size(stream, err);
	return fail_expected(stream->at + end, kvip_json_expected(why, '\0'),
			     bytes[end < len ? end : len - 1], err);
}

/* What the items of a list are of, if the list has said so by now. */
static void learn_item_kind(struct kvip_stream *stream)
{
	struct json_object *kind, *version;
	const char *text;
	size_t len;

	if (!json_object_object_get_ex(stream->rest, "kind", &kind) ||
	    !json_object_object_get_ex(stream->rest, "apiVersion", &version) ||
	    !json_object_is_type(kind, json_type_string) ||
	    !json_object_is_type(version, json_type_string))
		return;
	text = json_object_get_string(kind);
	len = strlen(text);
	if (len <= 4 || strcmp(text + len - 4, "List"))
		return;
	stream->item_kind = json_object_new_string_len(text, (int)len - 4);
	stream->item_version = json_object_get(version);
}

static void give_if_missing(struct json_object *item, const char *name,
			    struct json_object *value)
{
	if (value && !json_object_object_get_ex(item, name, NULL))
		json_object_object_add(item, name, json_object_get(value));
}

static int hand_out(struct kvip_stream *stream, struct json_object *object,
		    struct kvip_err *err)
{
	int status;

	give_if_missing(object, "kind", stream->item_kind);
	give_if_missing(object, "apiVersion", stream->item_version);
	status = stream->fn(stream->arg, object, err);
	json_object_put(object);
	return status;
}

/* A name was read; @value is ours. */
static int take_name(struct kvip_stream *stream, struct json_object *value,
		     struct kvip_err *err)
{
	free(stream->name);
	stream->name = kvip_strdup(json_object_get_string(value));
	json_object_put(value);
	if (json_object_object_get_ex(stream->rest, stream->name, NULL) ||
	    (stream->has_items && !strcmp(stream->name, "items")))
		return kvip_err_set(err, "byte %zu: a second \"%s\"",
				    stream->at, stream->name);
	stream->state = AT_COLON;
	return 0;
}

/* The value of a member was read; @value is ours. */
static void take_member(struct kvip_stream *stream, struct json_object *value)
{
	stream->state = AT_VALUE_END;
	if (strcmp(stream->name, "items"))
		json_object_object_add(stream->rest, stream->name, value);
	else /* it is null */
		stream->has_items = true;
}

static int take_value(struct kvip_stream *stream, struct json_object *value,
		      struct kvip_err *err)
{
	switch (stream->state) {
	case AT_EVENT:
		return hand_out(stream, value, err);
	case AT_FIRST_ITEM:
	case AT_ITEM:
		stream->state = AT_ITEM_END;
		return hand_out(stream, value, err);
	case AT_FIRST_NAME:
	case AT_NAME:
		return take_name(stream, value, err);
	default:
		take_member(stream, value);
		return 0;
	}
}

/* Whether what is read now is kept until the end. */
static bool is_rest(const struct kvip_stream *stream)
{
	return stream->state == AT_FIRST_NAME || stream->state == AT_NAME ||
	       stream->state == AT_VALUE;
}

/* How many bytes json-c may have more: one too many shows that it is too much. */
static size_t value_room(const struct kvip_stream *stream, size_t len)
{
	size_t used = is_rest(stream) ? stream->rest_len : stream->value_len;
	size_t room = KVIP_STREAM_OBJECT_MAX + 1 - used;

	return len < room ? len : room;
}

/* Go on with a value; @used: bytes of it. */
static int feed(struct kvip_stream *stream, const char *bytes, size_t len,
		size_t *used, struct kvip_err *err)
{
	enum json_tokener_error why;
	struct json_object *value;

	len = value_room(stream, len);
	value = json_tokener_parse_ex(stream->tokener, bytes, (int)len);
	why = json_tokener_get_error(stream->tokener);
	if (why != json_tokener_success && why != json_tokener_continue)
		return fail_value(stream, bytes, len, why, err);
	*used = why == json_tokener_success ?
			json_tokener_get_parse_end(stream->tokener) :
			len;
	stream->value_len += *used;
	if (is_rest(stream))
		stream->rest_len += *used;
	stream->at += *used;
	if (stream->value_len > KVIP_STREAM_OBJECT_MAX ||
	    stream->rest_len > KVIP_STREAM_OBJECT_MAX) {
		json_object_put(value);
		return fail_size(stream, err);
	}
	if (why == json_tokener_continue)
		return 0;
	stream->in_value = false;
	return take_value(stream, value, err);
}

static void begin_value(struct kvip_stream *stream)
{
	stream->in_value = true;
	stream->value_len = 0;
	json_tokener_reset(stream->tokener);
}

/* The first character of a member's value. */
static int step_value(struct kvip_stream *stream, char c, struct kvip_err *err)
{
	if (strcmp(stream->name, "items")) {
		begin_value(stream);
	} else if (c == '[') {
		stream->at++;
		stream->has_items = true;
		stream->state = AT_FIRST_ITEM;
		learn_item_kind(stream);
	} else if (c == 'n') {
		begin_value(stream);
	} else {
		return fail_expected(stream->at, "a list of items", c, err);
	}
	return 0;
}

/* A character of which there are one or two to choose from. */
static int step_mark(struct kvip_stream *stream, char c, struct kvip_err *err)
{
	static const struct {
		char mark[2];
		enum state next[2];
		const char *expected;
	} marks[] = {
		[AT_LIST] = { "{", { AT_FIRST_NAME }, "a list, in '{'" },
		[AT_COLON] = { ":", { AT_VALUE }, "':' after a member's name" },
		[AT_VALUE_END] = { { ',', '}' },
				   { AT_NAME, AT_END },
				   "',' or '}' after a member's value" },
		[AT_ITEM_END] = { { ',', ']' },
				  { AT_ITEM, AT_VALUE_END },
				  "',' or ']' after an item" },
		[AT_END] = { "", { AT_END }, "nothing behind the list" },
	};
	enum state state = stream->state;
	int i;

	for (i = 0; i < 2; i++) {
		if (c != marks[state].mark[i])
			continue;
		stream->state = marks[state].next[i];
		stream->at++;
		return 0;
	}
	return fail_expected(stream->at, marks[state].expected, c, err);
}

/*
 * Look at the character that @stream->at is, which is no blank: go behind it, or
 * begin a value with it.
 */
static int step(struct kvip_stream *stream, char c, struct kvip_err *err)
{
	const char *expected = "an item, in '{'";
	char begin = '{';

	switch (stream->state) {
	case AT_VALUE:
		return step_value(stream, c, err);
	case AT_EVENT:
		expected = "an event, in '{'";
		break;
	case AT_FIRST_NAME:
	case AT_NAME:
		expected = "a member's name in double quotes";
		begin = '"';
		break;
	case AT_FIRST_ITEM:
	case AT_ITEM:
		break;
	default:
		return step_mark(stream, c, err);
	}
	if (c == begin) {
		begin_value(stream);
		return 0;
	}
	if ((stream->state == AT_FIRST_NAME && c == '}') ||
	    (stream->state == AT_FIRST_ITEM && c == ']')) {
		stream->state = c == '}' ? AT_END : AT_VALUE_END;
		stream->at++;
		return 0;
	}
	return fail_expected(stream->at, expected, c, err);
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\n' || c == '\t' || c == '\r';
}

static int push_text(struct kvip_stream *stream, const char *bytes, size_t len,
		     struct kvip_err *err)
{
	size_t begin = stream->at, i, used;

	while ((i = stream->at - begin) < len) {
		if (stream->in_value) {
			if (feed(stream, bytes + i, len - i, &used, err))
				return -1;
		} else if (is_blank(bytes[i])) {
			stream->at++;
		} else if (step(stream, bytes[i], err)) {
			return -1;
		}
	}
	return 0;
}

int kvip_stream_push(struct kvip_stream *stream, const char *bytes, size_t len,
		     struct kvip_err *err)
{
	size_t text;

	if (stream->broken)
		return kvip_err_set(err, "it is broken");
	text = text_len(&stream->utf8, bytes, len);
	if (push_text(stream, bytes, text, err)) {
		stream->broken = true;
		return -1;
	}
	if (text == len)
		return 0;
	stream->broken = true;
	return fail_expected(stream->at, "text in UTF-8", bytes[text], err);
}

/* What the end of the bytes cuts in two; NULL: nothing. */
static const char *what_is_cut(const struct kvip_stream *stream)
{
	switch (stream->state) {
	case AT_EVENT:
		return stream->in_value ? "an event" : NULL;
	case AT_FIRST_ITEM:
	case AT_ITEM:
		return stream->in_value ? "an item" : "the items";
	case AT_ITEM_END:
		return "the items";
	case AT_END:
		return NULL;
	default:
		return "the list";
	}
}

int kvip_stream_end(struct kvip_stream *stream, struct json_object **rest,
		    struct kvip_err *err)
{
	const char *cut = what_is_cut(stream);

	if (rest)
		*rest = NULL;
	if (stream->broken)
		return kvip_err_set(err, "it is broken");
	if (!stream->at && stream->rest)
		return kvip_err_set(err, "it is empty");
	if (cut)
		return kvip_err_set(err, "it ends in the middle of %s", cut);
	if (stream->rest && !stream->has_items)
		return kvip_err_set(err, "it is no list: it has no items");
	if (rest)
		*rest = json_object_get(stream->rest);
	return 0;
}
