/* SPDX-License-Identifier: GPL-2.0-or-later */
/* EndpointSlices that follow Services, Pods and Nodes. */
#ifndef KVIP_STORE_FOLLOW_H
#define KVIP_STORE_FOLLOW_H

#include <stdbool.h>

#include "err.h"

struct json_object;
struct kvip_store;

/* kvip_follow_service() - its EndpointSlices have to be looked at */
void kvip_follow_service(struct kvip_store *store, const char *ns,
			 const char *name);

/* kvip_follow_pod() - those of the Services that select a Pod; 0 or -1 */
int kvip_follow_pod(struct kvip_store *store, struct json_object *pod,
		    struct kvip_err *err);

/* kvip_follow_node() - those with endpoints on a Node; 0 or -1 */
int kvip_follow_node(struct kvip_store *store, const char *node,
		     struct kvip_err *err);

/* kvip_follow_slice() - if it was made here, the Service that it was made for */
void kvip_follow_slice(struct kvip_store *store, struct json_object *slice);

/* kvip_follow_all() - look at those above, now; 0 or -1 */
int kvip_follow_all(struct kvip_store *store, struct kvip_err *err);

/**
 * kvip_follow_wanted() - what there is for a Service, and what there should be
 * @store: in a transaction
 * @service: which
 * @old: out: array of the slices made here
 * @wanted: out: array of kvip_slices_make()
 * @err: why not
 *
 * Return: 0, and json_object_put() both; or -1.
 */
int kvip_follow_wanted(struct kvip_store *store, struct json_object *service,
		       struct json_object **old, struct json_object **wanted,
		       struct kvip_err *err);

/* kvip_follow_same() - whether there are the slices that there should be */
bool kvip_follow_same(struct json_object *old, struct json_object *wanted);

/* kvip_follow_is_made() - whether an EndpointSlice was made here */
bool kvip_follow_is_made(struct json_object *slice);

/* kvip_follow_delete() - take out the slices of a Service that is deleted, made
 * here or owned by it; 0 or -1
 */
int kvip_follow_delete(struct kvip_store *store, struct json_object *service,
		       struct kvip_err *err);

#endif /* KVIP_STORE_FOLLOW_H */
