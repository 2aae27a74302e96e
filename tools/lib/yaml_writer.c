// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The emitter is libyaml's, which kubectl's was made of: indentation, folding
 * and what may stand without quotes are the same. What remains is the choice of
 * a style for each string.
 */
#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#include "alloc.h"
#include "json_keys.h"
#include "utf8.h"
#include "yaml_scalar.h"
#include "yaml_writer.h"

struct kvip_yaml_writer {
	yaml_emitter_t emitter;
	FILE *to;
};

static int write_bytes(void *data, unsigned char *bytes, size_t len)
{
	struct kvip_yaml_writer *writer = data;

	/* a file that takes no more keeps that in mind: ferror() */
	fwrite(bytes, 1, len, writer->to);
	return 1;
}

/* All that can go wrong is memory, and our own order of calls. */
static void check(const struct kvip_yaml_writer *writer, int ok)
{
	if (ok)
		return;
	fprintf(stderr, "kvip: can't write YAML: %s\n",
		writer->emitter.problem ?: "out of memory");
	exit(1);
}

static void emit(struct kvip_yaml_writer *writer, yaml_event_t *event,
		 int initialized)
{
	check(writer, initialized);
	check(writer, yaml_emitter_emit(&writer->emitter, event));
}

struct kvip_yaml_writer *kvip_yaml_writer_new(FILE *to)
{
	struct kvip_yaml_writer *writer = kvip_alloc(sizeof(*writer));
	yaml_event_t event;

	writer->to = to;
	check(writer, yaml_emitter_initialize(&writer->emitter));
	yaml_emitter_set_output(&writer->emitter, write_bytes, writer);
	yaml_emitter_set_unicode(&writer->emitter, 1);
	emit(writer, &event,
	     yaml_stream_start_event_initialize(&event, YAML_UTF8_ENCODING));
	return writer;
}

void kvip_yaml_writer_free(struct kvip_yaml_writer *writer)
{
	if (!writer)
		return;
	yaml_emitter_delete(&writer->emitter);
	free(writer);
}

void kvip_yaml_writer_begin(struct kvip_yaml_writer *writer)
{
	yaml_event_t event;

	emit(writer, &event,
	     yaml_document_start_event_initialize(&event, NULL, NULL, NULL, 1));
}

void kvip_yaml_writer_end(struct kvip_yaml_writer *writer)
{
	yaml_event_t event;

	emit(writer, &event, yaml_document_end_event_initialize(&event, 1));
	check(writer, yaml_emitter_flush(&writer->emitter));
}

void kvip_yaml_writer_open(struct kvip_yaml_writer *writer, char bracket)
{
	yaml_event_t event;
	int ok;

	if (bracket == '{')
		ok = yaml_mapping_start_event_initialize(
			&event, NULL, NULL, 1, YAML_BLOCK_MAPPING_STYLE);
	else
		ok = yaml_sequence_start_event_initialize(
			&event, NULL, NULL, 1, YAML_BLOCK_SEQUENCE_STYLE);
	emit(writer, &event, ok);
}

void kvip_yaml_writer_close(struct kvip_yaml_writer *writer, char bracket)
{
	yaml_event_t event;

	emit(writer, &event,
	     bracket == '}' ? yaml_mapping_end_event_initialize(&event) :
			      yaml_sequence_end_event_initialize(&event));
}

static void scalar(struct kvip_yaml_writer *writer, const char *text,
		   size_t len, yaml_scalar_style_t style)
{
	yaml_event_t event;

	emit(writer, &event,
	     yaml_scalar_event_initialize(&event, NULL, NULL,
					  (const yaml_char_t *)text, (int)len,
					  1, 1, style));
}

/* [-+]?[0-9][0-9_]*(:[0-5]?[0-9])+(\.[0-9_]*)?, minutes and seconds of YAML 1.1 */
static bool is_sexagesimal(const char *text)
{
	static const char digits[] = "0123456789", more[] = "0123456789_";
	unsigned int n = 0;

	text += *text == '-' || *text == '+';
	if (!strspn(text, digits))
		return false;
	for (text += strspn(text, more); *text == ':'; n++) {
		size_t len = strspn(++text, digits);

		if (!len || len > 2 || (len == 2 && *text > '5'))
			return false;
		text += len;
	}
	if (*text == '.')
		text += 1 + strspn(text + 1, more);
	return n && !*text;
}

static const char *skip_number(const char *text, size_t most)
{
	size_t len = strspn(text, "0123456789");

	return len && len <= most ? text + len : NULL;
}

/* 2026-11-24, and with a time behind it what begins with such a date */
static bool is_date(const char *text)
{
	if (strspn(text, "0123456789") != 4 || text[4] != '-')
		return false;
	text = skip_number(text + 5, 2);
	if (!text || *text != '-')
		return false;
	text = skip_number(text + 1, 2);
	return text && (!*text || strchr("Tt ", *text));
}

/* What readers of YAML 1.1 take for something that kvip does not. */
static bool is_foreign(const char *text)
{
	static const char *const words[] = {
		"y",	 "Y",	  "n",	   "N",	    ".nan",  ".NaN",
		".NAN",	 ".inf",  ".Inf",  ".INF",  "+.inf", "+.Inf",
		"+.INF", "-.inf", "-.Inf", "-.INF", "<<",    "=",
	};
	size_t i;

	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (!strcmp(text, words[i]))
			return true;
	return is_sexagesimal(text) || is_date(text);
}

static bool reads_as_text(const char *text, size_t len)
{
	struct json_object *value = kvip_yaml_plain(text, len);
	bool is_text = json_object_is_type(value, json_type_string);

	json_object_put(value);
	return is_text && !is_foreign(text);
}

/* Line breaks that a reader turns into others, and a mark that it drops. */
static bool needs_escapes(uint32_t code)
{
	return code == '\r' || code == 0x85 || code == 0x2028 ||
	       code == 0x2029 || code == 0xfeff;
}

/* @text in @copy, which has room, as UTF-8; returns the bytes, sets the style. */
static size_t look_at(const char *text, size_t len, char *copy,
		      yaml_scalar_style_t *style)
{
	bool lines = false, escapes = false;
	size_t i = 0, to = 0;

	while (i < len) {
		uint32_t code;

		i += kvip_utf8_next(text + i, len - i, &code);
		to += kvip_utf8_put(copy + to, code);
		lines = lines || code == '\n';
		escapes = escapes || needs_escapes(code);
	}
	copy[to] = '\0';
	if (escapes)
		*style = YAML_DOUBLE_QUOTED_SCALAR_STYLE;
	else if (lines)
		*style = YAML_LITERAL_SCALAR_STYLE;
	else if (reads_as_text(copy, to))
		*style = YAML_PLAIN_SCALAR_STYLE;
	else
		*style = YAML_DOUBLE_QUOTED_SCALAR_STYLE;
	return to;
}

static void text_scalar(struct kvip_yaml_writer *writer, const char *text,
			size_t len)
{
	/* a byte that is no character becomes one of three */
	char *copy = kvip_alloc(3 * len + 1);
	yaml_scalar_style_t style;

	len = look_at(text, len, copy, &style);
	scalar(writer, copy, len, style);
	free(copy);
}

void kvip_yaml_writer_key(struct kvip_yaml_writer *writer, const char *name)
{
	text_scalar(writer, name, strlen(name));
}

static void map_value(struct kvip_yaml_writer *writer,
		      struct json_object *value)
{
	struct kvip_json_member *members;
	size_t i, n;

	members = kvip_json_members(value, &n);
	kvip_yaml_writer_open(writer, '{');
	for (i = 0; i < n; i++) {
		kvip_yaml_writer_key(writer, members[i].key);
		kvip_yaml_writer_value(writer, members[i].value);
	}
	kvip_yaml_writer_close(writer, '}');
	free(members);
}

static void list_value(struct kvip_yaml_writer *writer,
		       struct json_object *value)
{
	size_t i, n = json_object_array_length(value);

	kvip_yaml_writer_open(writer, '[');
	for (i = 0; i < n; i++)
		kvip_yaml_writer_value(writer,
				       json_object_array_get_idx(value, i));
	kvip_yaml_writer_close(writer, ']');
}

void kvip_yaml_writer_value(struct kvip_yaml_writer *writer,
			    struct json_object *value)
{
	const char *text;

	switch (json_object_get_type(value)) {
	case json_type_object:
		map_value(writer, value);
		break;
	case json_type_array:
		list_value(writer, value);
		break;
	case json_type_string:
		text_scalar(writer, json_object_get_string(value),
			    (size_t)json_object_get_string_len(value));
		break;
	default:
		text = json_object_to_json_string(value);
		scalar(writer, text, strlen(text), YAML_PLAIN_SCALAR_STYLE);
	}
}

void kvip_yaml_write(FILE *to, struct json_object *value)
{
	struct kvip_yaml_writer *writer = kvip_yaml_writer_new(to);

	kvip_yaml_writer_begin(writer);
	kvip_yaml_writer_value(writer, value);
	kvip_yaml_writer_end(writer);
	kvip_yaml_writer_free(writer);
}
