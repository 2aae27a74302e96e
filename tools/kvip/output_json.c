// SPDX-License-Identifier: GPL-2.0-or-later
#include <json-c/json.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "json_keys.h"
#include "output_json.h"
#include "utf8.h"

#define STEP 4

/* How a character is escaped by a letter; 0: it is not. */
static char escape(uint32_t code)
{
	static const char codes[] = "\"\\\b\f\n\r\t", letters[] = "\"\\bfnrt";
	const char *at;

	if (!code || code > 0x7f)
		return 0;
	at = strchr(codes, (int)code);
	return at ? letters[at - codes] : 0;
}

/* kubectl has the marks of HTML escaped, too. */
static bool needs_number(uint32_t code)
{
	return kvip_utf8_is_control(code) || code == '<' || code == '>' ||
	       code == '&' || code == 0x2028 || code == 0x2029;
}

static void print_string(FILE *to, const char *text, size_t len)
{
	size_t i = 0;

	putc('"', to);
	while (i < len) {
		uint32_t code;
		size_t took = kvip_utf8_next(text + i, len - i, &code);
		char letter = escape(code);

		if (letter)
			fprintf(to, "\\%c", letter);
		else if (needs_number(code))
			fprintf(to, "\\u%04x", (unsigned int)code);
		else if (code == KVIP_UTF8_BAD && took == 1)
			fputs("\\ufffd", to);
		else
			fwrite(text + i, 1, took, to);
		i += took;
	}
	putc('"', to);
}

static void new_line(FILE *to, unsigned int indent)
{
	fprintf(to, "\n%*s", (int)indent, "");
}

static void print_object(FILE *to, struct json_object *value,
			 unsigned int indent)
{
	struct kvip_json_member *members;
	size_t i, n;

	members = kvip_json_members(value, &n);
	putc('{', to);
	for (i = 0; i < n; i++) {
		if (i)
			putc(',', to);
		new_line(to, indent + STEP);
		print_string(to, members[i].key, strlen(members[i].key));
		fputs(": ", to);
		kvip_output_json(to, members[i].value, indent + STEP);
	}
	if (n)
		new_line(to, indent);
	putc('}', to);
	free(members);
}

static void print_array(FILE *to, struct json_object *value,
			unsigned int indent)
{
	size_t i, n = json_object_array_length(value);

	putc('[', to);
	for (i = 0; i < n; i++) {
		if (i)
			putc(',', to);
		new_line(to, indent + STEP);
		kvip_output_json(to, json_object_array_get_idx(value, i),
				 indent + STEP);
	}
	if (n)
		new_line(to, indent);
	putc(']', to);
}

void kvip_output_json(FILE *to, struct json_object *value, unsigned int indent)
{
	switch (json_object_get_type(value)) {
	case json_type_object:
		print_object(to, value, indent);
		break;
	case json_type_array:
		print_array(to, value, indent);
		break;
	case json_type_string:
		print_string(to, json_object_get_string(value),
			     (size_t)json_object_get_string_len(value));
		break;
	default:
		fputs(json_object_to_json_string(value), to);
	}
}
