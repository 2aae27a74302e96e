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

static void clear_host_bits(struct kvip_prefix *prefix)
{
	size_t i, n = kvip_addr_bytes(prefix->addr.family);

	for (i = 0; i < n; i++) {
		int bits = prefix->length - (int)(8 * i);

		if (bits <= 0)
			prefix->addr.bytes[i] = 0;
		else if (bits < 8)
			prefix->addr.bytes[i] &= (uint8_t)(0xff00 >> bits);
	}
}

static bool parse_prefix(const char *text, struct kvip_prefix *prefix)
{
	char addr[INET6_ADDRSTRLEN + 16], *end;
	const char *slash;
	unsigned long length;
	size_t len;

	text += strspn(text, " \t\r\n");
	slash = strchr(text, '/');
	if (!slash)
		return false;
	len = (size_t)(slash - text);
	if (len >= sizeof(addr))
		return false;
	memcpy(addr, text, len);
	addr[len] = '\0';
	if (slash[1] < '0' || slash[1] > '9')
		return false;
	length = strtoul(slash + 1, &end, 10);
	end += strspn(end, " \t\r\n");
	if (*end || !kvip_addr_parse(addr, &prefix->addr))
		return false;
	/* ::ffff:10.0.0.0/104 is 10.0.0.0/8 */
	if (prefix->addr.family == AF_INET && strchr(addr, ':')) {
		if (length < 96)
			return false;
		length -= 96;
	}
	if (length > 8 * kvip_addr_bytes(prefix->addr.family))
		return false;
	prefix->length = (uint8_t)length;
	clear_host_bits(prefix);
	return true;
}

int kvip_field_prefix(const struct kvip_field *field,
		      struct kvip_prefix *prefix, struct kvip_err *err)
{
	const char *text;

	if (kvip_field_text(field, &text, err))
		return -1;
	if (text && parse_prefix(text, prefix))
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

static const char *special_v4(const uint8_t *bytes)
{
	if (!bytes[0] && !bytes[1] && !bytes[2] && !bytes[3])
		return "the unspecified address";
	if (bytes[0] == 127)
		return "a loopback address";
	if (bytes[0] == 169 && bytes[1] == 254)
		return "a link-local address";
	if (bytes[0] >= 224 && bytes[0] <= 239)
		return "a multicast address";
	if (bytes[0] == 255 && bytes[1] == 255 && bytes[2] == 255 &&
	    bytes[3] == 255)
		return "the broadcast address";
	return NULL;
}

const char *kvip_field_special(const struct kvip_addr *addr)
{
	if (addr->family == AF_INET)
		return special_v4(addr->bytes);
	if (IN6_IS_ADDR_UNSPECIFIED(&addr->v6))
		return "the unspecified address";
	if (IN6_IS_ADDR_LOOPBACK(&addr->v6))
		return "a loopback address";
	if (IN6_IS_ADDR_LINKLOCAL(&addr->v6))
		return "a link-local address";
	if (IN6_IS_ADDR_MULTICAST(&addr->v6))
		return "a multicast address";
	return NULL;
}
