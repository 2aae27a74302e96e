/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Services and the EndpointSlices of each, as objects come and go. */
#ifndef KVIP_GET_GROUPS_H
#define KVIP_GET_GROUPS_H

#include <stdbool.h>
#include <stddef.h>

#include "hash.h"

struct json_object;
struct kvip_get_slice;

/* A Service and its EndpointSlices; either may be there without the other. */
struct kvip_get_group {
	struct kvip_hash_link link;
	char *ns;
	char *name;
	struct json_object *service; /* NULL: none */
	struct kvip_get_slice *slices; /* by name */
	bool mark; /* for whoever keeps them */
};

struct kvip_get_groups {
	struct kvip_hash groups;
	struct kvip_hash slices;
};

/* kvip_get_group() - that of a Service, made if there is none; borrowed */
struct kvip_get_group *kvip_get_group(struct kvip_get_groups *groups,
				      const char *ns, const char *name);

/* kvip_get_group_service() - the Service is that now; NULL: it is gone */
void kvip_get_group_service(struct kvip_get_group *group,
			    struct json_object *service);

/**
 * kvip_get_groups_slice() - an EndpointSlice came, changed or went
 * @groups: all
 * @slice: the EndpointSlice
 * @gone: it went
 * @before: out: the group that it was in, or NULL; may be NULL
 *
 * Return: the group that it is in now, or NULL.
 */
struct kvip_get_group *kvip_get_groups_slice(struct kvip_get_groups *groups,
					     struct json_object *slice,
					     bool gone,
					     struct kvip_get_group **before);

/* kvip_get_group_slices() - its EndpointSlices by name; free() the array; NULL if
 * there are none
 */
struct json_object **kvip_get_group_slices(const struct kvip_get_group *group,
					   size_t *n);

/* kvip_get_groups_free() - forget all; it is empty and usable */
void kvip_get_groups_free(struct kvip_get_groups *groups);

#endif /* KVIP_GET_GROUPS_H */
