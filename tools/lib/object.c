// SPDX-License-Identifier: GPL-2.0-or-later
#include <json-c/json.h>

#include "object.h"

struct json_object *kvip_object_member(struct json_object *object,
				       const char *name)
{
	struct json_object *value;

	return json_object_object_get_ex(object, name, &value) ? value : NULL;
}

const char *kvip_object_text(struct json_object *object, const char *name)
{
	struct json_object *value = kvip_object_member(object, name);
	const char *text;

	if (!json_object_is_type(value, json_type_string))
		return NULL;
	text = json_object_get_string(value);
	return *text ? text : NULL;
}

const char *kvip_object_version(struct json_object *object)
{
	return kvip_object_text(kvip_object_member(object, "metadata"),
				"resourceVersion");
}

const char *kvip_object_continue(struct json_object *list)
{
	return kvip_object_text(kvip_object_member(list, "metadata"),
				"continue");
}
