/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files of the store know of one another. */
#ifndef KVIP_STORE_CORE_H
#define KVIP_STORE_CORE_H

#include <json-c/json.h>
#include <stdbool.h>

#include "db.h"
#include "store.h"
#include "store_config.h"

struct kvip_watch;

/**
 * struct kvip_store - an open store
 * @db: its file
 * @config: as given
 * @tokener: reads bodies
 * @read_only: it was opened so
 * @following: Services, "namespace/name", whose EndpointSlices have to be looked
 *	at before this transaction is over; an object used as a set
 * @freed: a load-balancer address may have come free in this transaction
 * @watch: of kvip_store_fd(), or NULL
 */
struct kvip_store {
	struct kvip_db db;
	const struct kvip_store_config *config;
	struct json_tokener *tokener;
	bool read_only;
	struct json_object *following;
	bool freed;
	struct kvip_watch *watch;
};

/* kvip_store_begin() - a call that writes begins; 0 or -1 */
int kvip_store_begin(struct kvip_store *store, struct kvip_err *err);

/* kvip_store_end() - it is over: @ret 0 keeps what it did. Returns @ret, or
 * KVIP_STORE_ERROR if that failed
 */
int kvip_store_end(struct kvip_store *store, int ret, struct kvip_err *err);

/* kvip_store_read_begin() - a call that reads begins, of what this transaction
 * has settled or, outside one, of one state; 0 or -1
 */
int kvip_store_read_begin(struct kvip_store *store, bool *alone,
			  struct kvip_err *err);

/* kvip_store_read_end() - it is over */
void kvip_store_read_end(struct kvip_store *store, bool alone);

/* kvip_store_ns() - the namespace of an object of @kind that is told @ns; "" for a
 * Node, "default" if none is told
 */
const char *kvip_store_ns(enum kvip_kind kind, const char *ns);

/* kvip_store_settle() - what follows from the changes of this transaction: the
 * EndpointSlices, and addresses for Services that wait; 0 or -1
 */
int kvip_store_settle(struct kvip_store *store, struct kvip_err *err);

#endif /* KVIP_STORE_CORE_H */
