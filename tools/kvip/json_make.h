/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Objects in JSON, made a member at a time. */
#ifndef KVIP_JSON_MAKE_H
#define KVIP_JSON_MAKE_H

#include <stdbool.h>

struct json_object;

/* kvip_json_copy() - of all that is in it; of NULL: NULL */
struct json_object *kvip_json_copy(struct json_object *object);

/* kvip_json_set() - give @object a text; NULL: leave it as it is */
void kvip_json_set(struct json_object *object, const char *name,
		   const char *text);

/* kvip_json_object() - member @name of @object, an object; made if there is none,
 * or something else
 */
struct json_object *kvip_json_object(struct json_object *object,
				     const char *name);

/* kvip_json_list() - the same for a list */
struct json_object *kvip_json_list(struct json_object *object,
				   const char *name);

/* kvip_json_number() - whether all of @text is a decimal number of 32 bits, as the
 * API's numbers are
 */
bool kvip_json_number(const char *text, int *number);

#endif /* KVIP_JSON_MAKE_H */
