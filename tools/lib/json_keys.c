// SPDX-License-Identifier: GPL-2.0-or-later
#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "json_keys.h"

static int compare(const void *a, const void *b)
{
	const struct kvip_json_member *one = a, *other = b;

	return strcmp(one->key, other->key);
}

struct kvip_json_member *kvip_json_members(struct json_object *object,
					   size_t *n)
{
	struct kvip_json_member *members;
	struct json_object_iterator at, end;
	size_t i = 0;

	*n = 0;
	if (!json_object_is_type(object, json_type_object) ||
	    !json_object_object_length(object))
		return NULL;
	*n = (size_t)json_object_object_length(object);
	members = kvip_alloc(*n * sizeof(*members));
	at = json_object_iter_begin(object);
	end = json_object_iter_end(object);
	for (; !json_object_iter_equal(&at, &end); json_object_iter_next(&at)) {
		members[i].key = json_object_iter_peek_name(&at);
		members[i++].value = json_object_iter_peek_value(&at);
	}
	qsort(members, *n, sizeof(*members), compare);
	return members;
}
