// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <json-c/json.h>

#include "refuse.h"

/* What an error shows of a value at most. */
#define VALUE_MAX 200

/* A value as JSON; the end of a long one is cut. */
static const char *shown(const struct kvip_field *field,
			 char text[VALUE_MAX + 4])
{
	const char *json = json_object_to_json_string_ext(
		field->value,
		JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE);

	snprintf(text, VALUE_MAX + 4, "%.*s%s", VALUE_MAX, json,
		 strlen(json) > VALUE_MAX ? "..." : "");
	return text;
}

int kvip_refuse(const struct kvip_field *field, struct kvip_err *err,
		const char *fmt, ...)
{
	char words[512], value[VALUE_MAX + 4];
	va_list args;

	va_start(args, fmt);
	vsnprintf(words, sizeof(words), fmt, args);
	va_end(args);
	return kvip_field_fail(field, err, "Invalid value: %s: %s",
			       shown(field, value), words);
}

int kvip_refuse_absent(const struct kvip_field *field, const char *why,
		       struct kvip_err *err)
{
	return kvip_field_fail(field, err, "Required value%s%s",
			       why ? ": " : "", why ? why : "");
}

int kvip_refuse_forbidden(const struct kvip_field *field, const char *why,
			  struct kvip_err *err)
{
	return kvip_field_fail(field, err, "Forbidden: %s", why);
}

int kvip_refuse_again(const struct kvip_field *field, struct kvip_err *err)
{
	char value[VALUE_MAX + 4];

	return kvip_field_fail(field, err, "Duplicate value: %s",
			       shown(field, value));
}

int kvip_refuse_unknown(const struct kvip_field *field,
			const char *const choices[], struct kvip_err *err)
{
	char value[VALUE_MAX + 4], list[256] = "";
	size_t i, used = 0;

	for (i = 0; choices[i] && used < sizeof(list); i++)
		used += (size_t)snprintf(list + used, sizeof(list) - used,
					 "%s\"%s\"", i ? ", " : "", choices[i]);
	return kvip_field_fail(field, err,
			       "Unsupported value: %s: supported values: %s",
			       shown(field, value), list);
}

int kvip_refuse_many(const struct kvip_field *field, size_t n, size_t max,
		     struct kvip_err *err)
{
	return kvip_field_fail(field, err,
			       "Too many: %zu: must have at most %zu items", n,
			       max);
}
