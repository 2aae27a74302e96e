/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a watch has shown so far, so that a new list shows only what is news. */
#ifndef KVIP_GET_SEEN_H
#define KVIP_GET_SEEN_H

#include <stdbool.h>

#include "hash.h"

struct json_object;

struct kvip_get_seen {
	struct kvip_hash objects;
	unsigned int round; /* of lists */
};

/* kvip_get_seen_put() - it is like this now; false: it was like this before */
bool kvip_get_seen_put(struct kvip_get_seen *seen, struct json_object *object);

/* kvip_get_seen_has() - whether there is such an object */
bool kvip_get_seen_has(const struct kvip_get_seen *seen, const char *ns,
		       const char *name);

/* kvip_get_seen_gone() - it is gone: as it was shown last, json_object_put() it;
 * NULL if it was not there
 */
struct json_object *kvip_get_seen_gone(struct kvip_get_seen *seen,
				       const char *ns, const char *name);

/* kvip_get_seen_list() - a list begins, which puts all that there is */
void kvip_get_seen_list(struct kvip_get_seen *seen);

/**
 * kvip_get_seen_missing() - the list is complete: tell of what it lacked
 * @seen: forgets these
 * @fn: called with each as it was shown last
 * @ctx: for @fn
 */
void kvip_get_seen_missing(struct kvip_get_seen *seen,
			   void (*fn)(struct json_object *object, void *ctx),
			   void *ctx);

/* kvip_get_seen_free() - forget all */
void kvip_get_seen_free(struct kvip_get_seen *seen);

#endif /* KVIP_GET_SEEN_H */
