/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Fields of a JSON object, each knowing its path so that an error can name it.
 * For the decoders. A chain of fields lives on the stack, parents first, and
 * costs nothing until something is wrong.
 */
#ifndef KVIP_LIB_FIELD_H
#define KVIP_LIB_FIELD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "addr.h"
#include "err.h"

struct json_object;

struct kvip_field {
	const struct kvip_field *parent;
	const char *name; /* NULL: an element of the parent */
	size_t index;
	struct json_object *value; /* NULL: absent or null */
};

/*
 * The getters below return 0, or -1 with a sentence in @err that begins with
 * the field's path. An absent field and null are the same to them, as to the
 * API server.
 */

/* kvip_field_fail() - "spec.ports[1].port: " and the words; -1 */
int kvip_field_fail(const struct kvip_field *field, struct kvip_err *err,
		    const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* kvip_field_expected() - "PATH: expected @what, found ..."; -1 */
int kvip_field_expected(const struct kvip_field *field, const char *what,
			struct kvip_err *err);

/* kvip_field_object() - member @name of @parent, an object if it is there */
int kvip_field_object(const struct kvip_field *parent, const char *name,
		      struct kvip_field *field, struct kvip_err *err);

/* kvip_field_list() - member @name of @parent, a list; @n: its length, or 0 */
int kvip_field_list(const struct kvip_field *parent, const char *name,
		    struct kvip_field *field, uint32_t *n,
		    struct kvip_err *err);

/* kvip_field_element() - element @index of @list, whatever it is */
struct kvip_field kvip_field_element(const struct kvip_field *list,
				     size_t index);

/* kvip_field_member() - member @name of @parent, whatever it is */
struct kvip_field kvip_field_member(const struct kvip_field *parent,
				    const char *name);

/* kvip_field_need_object() - refuse what is no object, null too */
int kvip_field_need_object(const struct kvip_field *field,
			   struct kvip_err *err);

/* kvip_field_text() - the string that @field is; NULL if absent */
int kvip_field_text(const struct kvip_field *field, const char **text,
		    struct kvip_err *err);

/* kvip_field_bool() - the boolean that @field is; @told: whether it is there */
int kvip_field_bool(const struct kvip_field *field, bool *told, bool *value,
		    struct kvip_err *err);

/* kvip_field_number() - the integer from @min to @max that @field is; if it is
 * absent, @number stays as it was
 */
int kvip_field_number(const struct kvip_field *field, int64_t min, int64_t max,
		      int64_t *number, struct kvip_err *err);

/* kvip_field_addr() - the IP address that @field is, which must be there */
int kvip_field_addr(const struct kvip_field *field, struct kvip_addr *addr,
		    struct kvip_err *err);

/* kvip_field_prefix() - the address block that @field is, which must be there;
 * blanks around it are dropped (S7)
 */
int kvip_field_prefix(const struct kvip_field *field,
		      struct kvip_prefix *prefix, struct kvip_err *err);

/* kvip_field_proto() - the protocol that @field is; TCP if absent or empty */
int kvip_field_proto(const struct kvip_field *field, uint8_t *proto,
		     struct kvip_err *err);

/* kvip_field_choice() - the index of the string that @field is in @choices,
 * which a NULL ends; absent or empty: the first one
 */
int kvip_field_choice(const struct kvip_field *field,
		      const char *const choices[], unsigned int *choice,
		      struct kvip_err *err);

/* kvip_field_name() - the name that @field is, to be an object's or a port's;
 * NULL if absent, "" if empty
 */
int kvip_field_name(const struct kvip_field *field, const char **name,
		    struct kvip_err *err);

/* kvip_field_label() - label @name of an object; NULL if it has none */
int kvip_field_label(const struct kvip_field *object, const char *name,
		     const char **value, struct kvip_err *err);

#endif /* KVIP_LIB_FIELD_H */
