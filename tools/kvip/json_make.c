// SPDX-License-Identifier: GPL-2.0-or-later
#include <ctype.h>
#include <errno.h>
#include <json-c/json.h>
#include <limits.h>
#include <stdlib.h>

#include "json_make.h"
#include "object.h"

struct json_object *kvip_json_copy(struct json_object *object)
{
	struct json_object *copy = NULL;

	/* it fails for want of memory alone */
	if (object && json_object_deep_copy(object, &copy, NULL))
		abort();
	return copy;
}

void kvip_json_set(struct json_object *object, const char *name,
		   const char *text)
{
	if (text)
		json_object_object_add(object, name,
				       json_object_new_string(text));
}

static struct json_object *member(struct json_object *object, const char *name,
				  enum json_type type,
				  struct json_object *(*make)(void))
{
	struct json_object *value = kvip_object_member(object, name);

	if (json_object_is_type(value, type))
		return value;
	value = make();
	json_object_object_add(object, name, value);
	return value;
}

struct json_object *kvip_json_object(struct json_object *object,
				     const char *name)
{
	return member(object, name, json_type_object, json_object_new_object);
}

struct json_object *kvip_json_list(struct json_object *object, const char *name)
{
	return member(object, name, json_type_array, json_object_new_array);
}

bool kvip_json_number(const char *text, int *number)
{
	const char *digits = text + (*text == '-' || *text == '+');
	char *end;
	long value;

	if (!isdigit((unsigned char)*digits))
		return false;
	errno = 0;
	value = strtol(text, &end, 10);
	if (*end || errno || value < INT_MIN || value > INT_MAX)
		return false;
	*number = (int)value;
	return true;
}
