// SPDX-License-Identifier: GPL-2.0-or-later
#include <json-c/json.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "json_keys.h"
#include "object.h"
#include "rows_age.h"
#include "rows_cells.h"
#include "timestamp.h"
#include "utf8.h"

void kvip_cells_take(struct kvip_cells *row, char *text)
{
	if (row->n == KVIP_CELLS_MAX)
		abort();
	row->text[row->n++] = text;
}

void kvip_cells_add(struct kvip_cells *row, const char *text)
{
	kvip_cells_take(row, kvip_strdup(text));
}

static char *format(const char *fmt, va_list args)
{
	char *text;

	if (vasprintf(&text, fmt, args) < 0) {
		fputs("kvip: out of memory\n", stderr);
		exit(1);
	}
	return text;
}

void kvip_cells_printf(struct kvip_cells *row, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	kvip_cells_take(row, format(fmt, args));
	va_end(args);
}

void kvip_cells_age(struct kvip_cells *row, struct json_object *object,
		    double now)
{
	struct json_object *meta = kvip_object_member(object, "metadata");
	const char *created = kvip_object_text(meta, "creationTimestamp");
	char text[KVIP_AGE_LEN];
	double then;

	if (!created || !kvip_timestamp_parse(created, &then))
		kvip_cells_add(row, "<unknown>");
	else
		kvip_cells_add(row, kvip_age_text(now - then, text));
}

void kvip_cells_free(struct kvip_cells *row)
{
	while (row->n)
		free(row->text[--row->n]);
}

void kvip_join_add(struct kvip_join *join, const char *fmt, ...)
{
	va_list args;
	char *word;
	size_t len;

	if (join->max && join->n++ >= join->max)
		return;
	va_start(args, fmt);
	word = format(fmt, args);
	va_end(args);
	len = strlen(word);
	join->text = realloc(join->text, join->len + len + 2);
	if (!join->text) {
		fputs("kvip: out of memory\n", stderr);
		exit(1);
	}
	if (join->len)
		join->text[join->len++] = ',';
	memcpy(join->text + join->len, word, len + 1);
	join->len += len;
	free(word);
}

char *kvip_join_text(struct kvip_join *join, const char *none)
{
	char *text = join->text;

	if (!text)
		text = kvip_strdup(none);
	if (join->max && join->n > join->max) {
		char *whole;

		if (asprintf(&whole, "%s + %u more...", text,
			     join->n - join->max) < 0)
			abort();
		free(text);
		text = whole;
	}
	memset(join, 0, sizeof(*join));
	return text;
}

char *kvip_labels_text(struct json_object *map)
{
	struct kvip_json_member *labels;
	struct kvip_join join = {};
	size_t i, n;

	labels = kvip_json_members(map, &n);
	for (i = 0; i < n; i++)
		kvip_join_add(&join, "%s=%s", labels[i].key,
			      kvip_text_of(labels[i].value, ""));
	free(labels);
	return kvip_join_text(&join, "<none>");
}

const char *kvip_text_of(struct json_object *value, const char *none)
{
	return value ? json_object_get_string(value) : none;
}

size_t kvip_count_of(struct json_object *array)
{
	if (!json_object_is_type(array, json_type_array))
		return 0;
	return json_object_array_length(array);
}

char *kvip_printable(const char *text)
{
	size_t len = strlen(text), i = 0;
	char *made = kvip_alloc(len + 1), *to = made;

	while (i < len) {
		uint32_t code;
		size_t took = kvip_utf8_next(text + i, len - i, &code);

		if (kvip_utf8_is_control(code) ||
		    (code == KVIP_UTF8_BAD && took == 1)) {
			*to++ = '?';
		} else {
			memcpy(to, text + i, took);
			to += took;
		}
		i += took;
	}
	return made;
}
