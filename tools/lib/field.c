// SPDX-License-Identifier: GPL-2.0-or-later
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#include "field.h"

/* What an error shows of a string at most. */
#define FOUND_MAX 64

/* The end of @path that names @field; its beginning may be cut, not its end. */
static size_t write_path(const struct kvip_field *field, char *path,
			 size_t size)
{
	size_t used;
	int n;

	if (!field->parent)
		return 0;
	used = write_path(field->parent, path, size);
	if (field->name)
		n = snprintf(path + used, size - used, "%s%s", used ? "." : "",
			     field->name);
	else
		n = snprintf(path + used, size - used, "[%zu]", field->index);
	used += (size_t)n;
	return used < size ? used : size - 1;
}

int kvip_field_fail(const struct kvip_field *field, struct kvip_err *err,
		    const char *fmt, ...)
{
	char words[sizeof(err->text)];
	char path[256] = "";
	va_list args;

	va_start(args, fmt);
	vsnprintf(words, sizeof(words), fmt, args);
	va_end(args);
	write_path(field, path, sizeof(path));
	return kvip_err_set(err, "%s%s%s", path, *path ? ": " : "", words);
}

int kvip_field_expected(const struct kvip_field *field, const char *what,
			struct kvip_err *err)
{
	struct json_object *value = field->value;
	const char *text;

	switch (json_object_get_type(value)) {
	case json_type_null:
		return kvip_field_fail(field, err, "expected %s, found nothing",
				       what);
	case json_type_array:
		return kvip_field_fail(field, err, "expected %s, found a list",
				       what);
	case json_type_object:
		return kvip_field_fail(field, err,
				       "expected %s, found an object", what);
	case json_type_string:
		text = json_object_get_string(value);
		return kvip_field_fail(field, err,
				       "expected %s, found \"%.*s%s\"", what,
				       FOUND_MAX, text,
				       strlen(text) > FOUND_MAX ? "..." : "");
	default:
		return kvip_field_fail(field, err, "expected %s, found %s",
				       what, json_object_get_string(value));
	}
}

struct kvip_field kvip_field_member(const struct kvip_field *parent,
				    const char *name)
{
	struct kvip_field field = { .parent = parent, .name = name };

	if (parent->value)
		json_object_object_get_ex(parent->value, name, &field.value);
	return field;
}

struct kvip_field kvip_field_element(const struct kvip_field *list,
				     size_t index)
{
	struct kvip_field field = { .parent = list, .index = index };

	field.value = json_object_array_get_idx(list->value, index);
	return field;
}

int kvip_field_need_object(const struct kvip_field *field, struct kvip_err *err)
{
	if (json_object_is_type(field->value, json_type_object))
		return 0;
	return kvip_field_expected(field, "an object", err);
}

int kvip_field_object(const struct kvip_field *parent, const char *name,
		      struct kvip_field *field, struct kvip_err *err)
{
	*field = kvip_field_member(parent, name);
	return field->value ? kvip_field_need_object(field, err) : 0;
}

int kvip_field_list(const struct kvip_field *parent, const char *name,
		    struct kvip_field *field, uint32_t *n, struct kvip_err *err)
{
	*field = kvip_field_member(parent, name);
	*n = 0;
	if (!field->value)
		return 0;
	if (!json_object_is_type(field->value, json_type_array))
		return kvip_field_expected(field, "a list", err);
	*n = (uint32_t)json_object_array_length(field->value);
	return 0;
}

int kvip_field_text(const struct kvip_field *field, const char **text,
		    struct kvip_err *err)
{
	*text = NULL;
	if (!field->value)
		return 0;
	if (!json_object_is_type(field->value, json_type_string))
		return kvip_field_expected(field, "a string", err);
	*text = json_object_get_string(field->value);
	if (strlen(*text) != (size_t)json_object_get_string_len(field->value))
		return kvip_field_expected(field, "a string without NUL", err);
	return 0;
}

int kvip_field_bool(const struct kvip_field *field, bool *told, bool *value,
		    struct kvip_err *err)
{
	*told = field->value;
	*value = false;
	if (!field->value)
		return 0;
	if (!json_object_is_type(field->value, json_type_boolean))
		return kvip_field_expected(field, "true or false", err);
	*value = json_object_get_boolean(field->value);
	return 0;
}

int kvip_field_number(const struct kvip_field *field, int64_t min, int64_t max,
		      int64_t *number, struct kvip_err *err)
{
	char what[80];

	if (!field->value)
		return 0;
	if (json_object_is_type(field->value, json_type_int)) {
		/* json-c puts what is beyond an int64_t at its end */
		int64_t value = json_object_get_int64(field->value);

		if (value >= min && value <= max) {
			*number = value;
			return 0;
		}
	}
	snprintf(what, sizeof(what), "a number from %lld to %lld",
		 (long long)min, (long long)max);
	return kvip_field_expected(field, what, err);
}

int kvip_field_addr(const struct kvip_field *field, struct kvip_addr *addr,
		    struct kvip_err *err)
{
	const char *text;

	if (kvip_field_text(field, &text, err))
		return -1;
	if (text && kvip_addr_parse(text, addr))
		return 0;
	return kvip_field_expected(field, "an IP address", err);
}

int kvip_field_prefix(const struct kvip_field *field,
		      struct kvip_prefix *prefix, struct kvip_err *err)
{
	static const char blanks[] = " \t\r\n";
	char trimmed[INET6_ADDRSTRLEN + 16];
	const char *text;
	size_t len;

	if (kvip_field_text(field, &text, err))
		return -1;
	text = text ? text + strspn(text, blanks) : "";
	len = strlen(text);
	while (len && strchr(blanks, text[len - 1]))
		len--;
	snprintf(trimmed, sizeof(trimmed), "%.*s", (int)len, text);
	/* to the API server, an address alone is no block */
	if (len < sizeof(trimmed) && strchr(trimmed, '/') &&
	    kvip_prefix_parse(trimmed, prefix))
		return 0;
	return kvip_field_expected(
		field, "an address block such as 192.0.2.0/24", err);
}

int kvip_field_proto(const struct kvip_field *field, uint8_t *proto,
		     struct kvip_err *err)
{
	const char *text;

	if (kvip_field_text(field, &text, err))
		return -1;
	*proto = text && *text ? kvip_proto_parse(text) : IPPROTO_TCP;
	if (*proto)
		return 0;
	return kvip_field_expected(field, "TCP, UDP or SCTP", err);
}

int kvip_field_choice(const struct kvip_field *field,
		      const char *const choices[], unsigned int *choice,
		      struct kvip_err *err)
{
	char what[128];
	const char *text;
	size_t used = 0;
	unsigned int i;

	*choice = 0;
	if (kvip_field_text(field, &text, err))
		return -1;
	if (!text || !*text)
		return 0;
	for (i = 0; choices[i]; i++) {
		const char *comma = !i ? "" : choices[i + 1] ? ", " : " or ";

		if (!strcmp(text, choices[i])) {
			*choice = i;
			return 0;
		}
		used += (size_t)snprintf(what + used, sizeof(what) - used,
					 "%s%s", comma, choices[i]);
	}
	return kvip_field_expected(field, what, err);
}

int kvip_field_name(const struct kvip_field *field, const char **name,
		    struct kvip_err *err)
{
	static const char allowed[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._";

	if (kvip_field_text(field, name, err))
		return -1;
	if (!*name || !(*name)[strspn(*name, allowed)])
		return 0;
	return kvip_field_expected(
		field, "a name of letters, digits, '-' and '.'", err);
}

int kvip_field_label(const struct kvip_field *object, const char *name,
		     const char **value, struct kvip_err *err)
{
	struct kvip_field metadata, labels, label;

	*value = NULL;
	if (kvip_field_object(object, "metadata", &metadata, err) ||
	    kvip_field_object(&metadata, "labels", &labels, err))
		return -1;
	label = kvip_field_member(&labels, name);
	/* a label that is null is one with an empty value, to Go */
	if (kvip_field_text(&label, value, err))
		return -1;
	if (!*value && labels.value &&
	    json_object_object_get_ex(labels.value, name, NULL))
		*value = "";
	return 0;
}
