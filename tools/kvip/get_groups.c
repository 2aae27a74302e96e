// SPDX-License-Identifier: GPL-2.0-or-later
#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "get_groups.h"
#include "kinds.h"
#include "object.h"

#define SERVICE_LABEL "kubernetes.io/service-name"

struct kvip_get_slice {
	struct kvip_hash_link link;
	struct json_object *object;
	struct kvip_get_group *group; /* NULL: it names no Service */
	struct kvip_get_slice *next; /* of its group */
};

static uint32_t hash_of(const char *ns, const char *name)
{
	return kvip_hash_text(kvip_hash_text(0, ns), name);
}

struct kvip_get_group *kvip_get_group(struct kvip_get_groups *groups,
				      const char *ns, const char *name)
{
	uint32_t hash = hash_of(ns, name);
	struct kvip_hash_link *link;
	struct kvip_get_group *group;

	for (link = kvip_hash_find(&groups->groups, hash); link;
	     link = kvip_hash_again(link)) {
		group = (struct kvip_get_group *)link;
		if (!strcmp(group->ns, ns) && !strcmp(group->name, name))
			return group;
	}
	group = kvip_alloc(sizeof(*group));
	group->ns = kvip_strdup(ns);
	group->name = kvip_strdup(name);
	kvip_hash_add(&groups->groups, &group->link, hash);
	return group;
}

void kvip_get_group_service(struct kvip_get_group *group,
			    struct json_object *service)
{
	json_object_put(group->service);
	group->service = json_object_get(service);
}

static struct kvip_get_slice *find_slice(const struct kvip_get_groups *groups,
					 struct json_object *object,
					 uint32_t hash)
{
	struct kvip_hash_link *link;

	for (link = kvip_hash_find(&groups->slices, hash); link;
	     link = kvip_hash_again(link)) {
		struct kvip_get_slice *slice = (struct kvip_get_slice *)link;

		if (!strcmp(kvip_object_name(slice->object),
			    kvip_object_name(object)) &&
		    !strcmp(kvip_object_ns(slice->object),
			    kvip_object_ns(object)))
			return slice;
	}
	return NULL;
}

static void take_out(struct kvip_get_groups *groups,
		     struct kvip_get_slice *slice)
{
	struct kvip_get_slice **at;

	if (slice->group) {
		for (at = &slice->group->slices; *at != slice;)
			at = &(*at)->next;
		*at = slice->next;
	}
	kvip_hash_del(&groups->slices, &slice->link);
	json_object_put(slice->object);
	free(slice);
}

/* An API server lists them by name, and tells of endpoints in that order. */
static void put_in(struct kvip_get_groups *groups, struct kvip_get_group *group,
		   struct json_object *object, uint32_t hash)
{
	struct kvip_get_slice *slice = kvip_alloc(sizeof(*slice)), **at;
	const char *name = kvip_object_name(object);

	slice->object = json_object_get(object);
	slice->group = group;
	kvip_hash_add(&groups->slices, &slice->link, hash);
	if (!group)
		return;
	at = &group->slices;
	while (*at && strcmp(kvip_object_name((*at)->object), name) < 0)
		at = &(*at)->next;
	slice->next = *at;
	*at = slice;
}

struct kvip_get_group *kvip_get_groups_slice(struct kvip_get_groups *groups,
					     struct json_object *slice,
					     bool gone,
					     struct kvip_get_group **before)
{
	uint32_t hash = hash_of(kvip_object_ns(slice), kvip_object_name(slice));
	struct kvip_get_slice *old = find_slice(groups, slice, hash);
	struct kvip_get_group *group = NULL;
	const char *service;

	if (before)
		*before = old ? old->group : NULL;
	if (old)
		take_out(groups, old);
	if (gone)
		return NULL;
	service = kvip_object_text(
		kvip_object_member(kvip_object_member(slice, "metadata"),
				   "labels"),
		SERVICE_LABEL);
	if (service)
		group = kvip_get_group(groups, kvip_object_ns(slice), service);
	put_in(groups, group, slice, hash);
	return group;
}

struct json_object **kvip_get_group_slices(const struct kvip_get_group *group,
					   size_t *n)
{
	const struct kvip_get_slice *slice;
	struct json_object **slices = NULL;

	*n = 0;
	for (slice = group->slices; slice; slice = slice->next) {
		slices = kvip_grow(slices, *n, sizeof(*slices));
		slices[(*n)++] = slice->object;
	}
	return slices;
}

void kvip_get_groups_free(struct kvip_get_groups *groups)
{
	struct kvip_hash_link *link, *next;

	for (link = kvip_hash_next(&groups->slices, NULL); link; link = next) {
		struct kvip_get_slice *slice = (struct kvip_get_slice *)link;

		next = kvip_hash_next(&groups->slices, link);
		json_object_put(slice->object);
		free(slice);
	}
	for (link = kvip_hash_next(&groups->groups, NULL); link; link = next) {
		struct kvip_get_group *group = (struct kvip_get_group *)link;

		next = kvip_hash_next(&groups->groups, link);
		json_object_put(group->service);
		free(group->ns);
		free(group->name);
		free(group);
	}
	kvip_hash_free(&groups->slices);
	kvip_hash_free(&groups->groups);
}
