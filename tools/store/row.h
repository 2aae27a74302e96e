/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Objects as the store's file has them, and the log of their changes. */
#ifndef KVIP_STORE_ROW_H
#define KVIP_STORE_ROW_H

#include <stdbool.h>
#include <stdint.h>

#include "err.h"
#include "kinds.h"

struct json_object;
struct kvip_store;

/* Changes that are kept. */
#define KVIP_ROW_CHANGES 20000

/**
 * struct kvip_row - an object
 * @id: of its row
 * @text: the body as it is stored; owned
 * @object: the same; owned
 * @waiting: of a Service: the version since which it waits for a load-balancer
 *	address; 0: it does not
 */
struct kvip_row {
	int64_t id;
	char *text;
	struct json_object *object;
	int64_t waiting;
};

/* kvip_row_read() - 1: found, kvip_row_free() it; 0: there is none; -1 */
int kvip_row_read(struct kvip_store *store, enum kvip_kind kind, const char *ns,
		  const char *name, struct kvip_row *row, struct kvip_err *err);

/* kvip_row_free() - give back what it owns; one that is zeroed is ok */
void kvip_row_free(struct kvip_row *row);

/* kvip_row_parse() - a body; json_object_put() it; NULL: the file is damaged */
struct json_object *kvip_row_parse(struct kvip_store *store, const char *text,
				   struct kvip_err *err);

/**
 * kvip_row_write() - store an object, under the next version
 * @store: in its transaction
 * @kind: of the object
 * @old: what is there now, or NULL
 * @object: its metadata.resourceVersion is set
 * @waits: a Service that waits for a load-balancer address
 * @err: why not
 *
 * Return: 0 or -1.
 */
int kvip_row_write(struct kvip_store *store, enum kvip_kind kind,
		   const struct kvip_row *old, struct json_object *object,
		   bool waits, struct kvip_err *err);

/* kvip_row_delete() - take it out; 0 or -1 */
int kvip_row_delete(struct kvip_store *store, enum kvip_kind kind,
		    const struct kvip_row *row, struct kvip_err *err);

/* kvip_row_set_version() - metadata.resourceVersion of an object */
void kvip_row_set_version(struct json_object *object, uint64_t version);

/* kvip_row_version() - the store's version now; 0 or -1 */
int kvip_row_version(struct kvip_store *store, int64_t *version,
		     struct kvip_err *err);

/* kvip_row_kind() - the kind that a row's column tells; 0 or -1 */
int kvip_row_kind(struct kvip_store *store, const char *name,
		  enum kvip_kind *kind, struct kvip_err *err);

/* kvip_row_pairs() - of a map of strings, an array of "key=value", sorted; NULL:
 * it has none
 */
struct json_object *kvip_row_pairs(struct json_object *map);

/* kvip_row_selector() - of a Service, the pairs that a Pod has to have; NULL: it
 * selects nothing
 */
struct json_object *kvip_row_selector(struct json_object *service);

#endif /* KVIP_STORE_ROW_H */
