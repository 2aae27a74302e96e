/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The members of a JSON object in the order of their names. */
#ifndef KVIP_LIB_JSON_KEYS_H
#define KVIP_LIB_JSON_KEYS_H

#include <stddef.h>

struct json_object;

struct kvip_json_member {
	const char *key;
	struct json_object *value; /* NULL: null */
};

/**
 * kvip_json_members() - what an object has, sorted, as kubectl prints it
 * @object: an object; anything else has no members
 * @n: out: how many
 *
 * Return: free() it; what it points to is the object's. NULL if there are none.
 */
struct kvip_json_member *kvip_json_members(struct json_object *object,
					   size_t *n);

#endif /* KVIP_LIB_JSON_KEYS_H */
