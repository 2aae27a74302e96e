// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#include "alloc.h"
#include "kinds.h"
#include "object.h"
#include "slice_endpoint.h"
#include "slice_object.h"
#include "slices.h"

/* An endpoint that there should be. */
struct member {
	struct json_object *endpoint;
	bool placed; /* in a slice */
};

/* Endpoints with the same ports; each slice has those of one group. */
struct group {
	int *targets; /* of its Pods, by the Service's ports */
	char *key;
	struct json_object *ports;
	struct json_object *index; /* number of a member by its Pod's name */
	struct member *members;
	size_t n;
	size_t n_left; /* not placed yet */
};

/* A slice that there will be; of a group's number, which may be moved. */
struct made {
	struct json_object *old; /* NULL: there is none yet */
	struct json_object *endpoints;
	size_t group;
	bool changed;
};

/* What is done for one family. */
struct work {
	struct kvip_slice_maker *maker;
	const char *family;
	struct group *groups;
	size_t n_groups;
	struct made *made;
	size_t n_made;
	struct json_object **spare; /* old ones that hold nothing any more */
	size_t n_spare;
};

static size_t length(struct json_object *list)
{
	return json_object_is_type(list, json_type_array) ?
		       json_object_array_length(list) :
		       0;
}

static struct group *find_group(struct work *work, const char *key)
{
	size_t i;

	for (i = 0; i < work->n_groups; i++)
		if (!strcmp(work->groups[i].key, key))
			return &work->groups[i];
	return NULL;
}

/* The group of Pods that have these targets. */
static struct group *get_group(struct work *work, const int *targets)
{
	struct json_object *service = work->maker->service;
	size_t i, size = kvip_slice_n_ports(service) * sizeof(*targets);
	struct group *group;

	for (i = 0; i < work->n_groups; i++)
		if (!memcmp(work->groups[i].targets, targets, size))
			return &work->groups[i];
	work->groups =
		kvip_grow(work->groups, work->n_groups, sizeof(*work->groups));
	group = &work->groups[work->n_groups++];
	group->targets = kvip_alloc(size);
	memcpy(group->targets, targets, size);
	group->ports = kvip_slice_ports(service, targets);
	group->key = kvip_slice_key(group->ports);
	group->index = json_object_new_object();
	return group;
}

static void add_member(struct group *group, const char *name,
		       struct json_object *endpoint)
{
	group->members =
		kvip_grow(group->members, group->n, sizeof(*group->members));
	group->members[group->n].endpoint = endpoint;
	json_object_object_add(group->index, name,
			       json_object_new_int64((int64_t)group->n));
	group->n++;
	group->n_left++;
}

static void collect(struct work *work, struct json_object *pods)
{
	struct json_object *service = work->maker->service;
	int *targets =
		kvip_alloc(kvip_slice_n_ports(service) * sizeof(*targets));
	size_t i, n = length(pods);

	for (i = 0; i < n; i++) {
		struct json_object *pod = json_object_array_get_idx(pods, i);
		struct json_object *endpoint;

		endpoint = kvip_slice_endpoint(service, pod, work->maker->zones,
					       work->family);
		if (!endpoint)
			continue;
		kvip_slice_targets(service, pod, targets);
		add_member(get_group(work, targets), kvip_object_name(pod),
			   endpoint);
	}
	free(targets);
}

static struct member *member_of(struct group *group,
				struct json_object *endpoint)
{
	const char *name = kvip_object_text(
		kvip_object_member(endpoint, "targetRef"), "name");
	struct json_object *at = name ? kvip_object_member(group->index, name) :
					NULL;
	struct member *member;

	if (!at)
		return NULL;
	member = &group->members[json_object_get_int64(at)];
	return member->placed ? NULL : member;
}

static void place(struct made *made, struct group *group, struct member *member)
{
	json_object_array_add(made->endpoints,
			      json_object_get(member->endpoint));
	member->placed = true;
	group->n_left--;
}

static struct made *add_made(struct work *work, size_t group)
{
	struct made *made;

	work->made = kvip_grow(work->made, work->n_made, sizeof(*work->made));
	made = &work->made[work->n_made++];
	made->endpoints = json_object_new_array();
	made->group = group;
	return made;
}

static void add_spare(struct work *work, struct json_object *slice)
{
	work->spare = kvip_grow(work->spare, work->n_spare,
				sizeof(struct json_object *));
	work->spare[work->n_spare++] = slice;
}

/* What is left of an old slice: endpoints stay where they are. */
static void keep(struct work *work, struct json_object *slice)
{
	struct json_object *endpoints = kvip_object_member(slice, "endpoints");
	char *key = kvip_slice_key(kvip_object_member(slice, "ports"));
	struct group *group = find_group(work, key);
	size_t i, n = group ? length(endpoints) : 0;
	struct made *made;

	free(key);
	if (!n) {
		add_spare(work, slice);
		return;
	}
	made = add_made(work, (size_t)(group - work->groups));
	made->old = slice;
	for (i = 0; i < n; i++) {
		struct json_object *endpoint =
			json_object_array_get_idx(endpoints, i);
		struct member *member = member_of(group, endpoint);

		if (!member || !json_object_equal(member->endpoint, endpoint))
			made->changed = true;
		if (member)
			place(made, group, member);
	}
	if (json_object_array_length(made->endpoints))
		return;
	json_object_put(made->endpoints);
	work->n_made--;
	add_spare(work, slice);
}

static void fill(struct made *made, struct group *group)
{
	size_t i;

	made->changed = true;
	for (i = 0; i < group->n; i++) {
		if (json_object_array_length(made->endpoints) >=
		    KVIP_SLICE_ENDPOINTS)
			return;
		if (!group->members[i].placed)
			place(made, group, &group->members[i]);
	}
}

/* The fullest slice of a group with room for @room more, changed or not. */
static struct made *fullest(struct work *work, size_t group, bool changed,
			    size_t room)
{
	struct made *best = NULL;
	size_t i;

	for (i = 0; i < work->n_made; i++) {
		struct made *made = &work->made[i];
		size_t n = json_object_array_length(made->endpoints);

		if (made->group != group || made->changed != changed ||
		    n + room > KVIP_SLICE_ENDPOINTS)
			continue;
		if (!best || n > json_object_array_length(best->endpoints))
			best = made;
	}
	return best;
}

/*
 * As the controller does it, so that few slices change: those that change anyway
 * are filled up first; what is left goes into one slice that has room for all of
 * it, or into new ones.
 */
static void place_rest(struct work *work, size_t at)
{
	struct group *group = &work->groups[at];
	struct made *made;

	while (group->n_left && (made = fullest(work, at, true, 1)))
		fill(made, group);
	while (group->n_left) {
		made = fullest(work, at, false, group->n_left);
		fill(made ? made : add_made(work, at), group);
	}
}

/* New slices have the names of such as would go; one without endpoints says that
 * there are none.
 */
static void use_spare(struct work *work)
{
	size_t i, used = 0;

	if (!work->n_made)
		add_made(work, 0)->changed = true;
	for (i = 0; i < work->n_made && used < work->n_spare; i++)
		if (!work->made[i].old)
			work->made[i].old = work->spare[used++];
}

static void give_out(struct work *work, struct json_object *out)
{
	size_t i;

	for (i = 0; i < work->n_made; i++) {
		struct made *made = &work->made[i];
		struct json_object *ports =
			made->group < work->n_groups ?
				work->groups[made->group].ports :
				NULL;

		json_object_array_add(
			out,
			kvip_slice_object(
				work->maker, work->family, made->old,
				made->changed ? made->endpoints : NULL, ports));
	}
}

static void release(struct work *work)
{
	size_t i, j;

	for (i = 0; i < work->n_made; i++)
		json_object_put(work->made[i].endpoints);
	for (i = 0; i < work->n_groups; i++) {
		struct group *group = &work->groups[i];

		for (j = 0; j < group->n; j++)
			json_object_put(group->members[j].endpoint);
		free(group->members);
		free(group->targets);
		json_object_put(group->index);
		json_object_put(group->ports);
		free(group->key);
	}
	free(work->groups);
	free(work->made);
	free(work->spare);
}

static void make_family(struct kvip_slice_maker *maker, const char *family,
			struct json_object *pods, struct json_object *out)
{
	struct work work = { .maker = maker, .family = family };
	size_t i, n = length(maker->old);

	collect(&work, pods);
	for (i = 0; i < n; i++) {
		struct json_object *slice =
			json_object_array_get_idx(maker->old, i);
		const char *type = kvip_object_text(slice, "addressType");

		if (type && !strcmp(type, family))
			keep(&work, slice);
	}
	for (i = 0; i < work.n_groups; i++)
		place_rest(&work, i);
	use_spare(&work);
	give_out(&work, out);
	release(&work);
}

static bool is_served(struct json_object *spec)
{
	struct json_object *selector = kvip_object_member(spec, "selector");
	const char *type = kvip_object_text(spec, "type");

	return json_object_is_type(selector, json_type_object) &&
	       json_object_object_length(selector) &&
	       (!type || strcmp(type, "ExternalName"));
}

struct json_object *kvip_slices_make(struct json_object *service,
				     struct json_object *pods,
				     struct json_object *zones,
				     struct json_object *old)
{
	struct json_object *spec = kvip_object_member(service, "spec");
	struct json_object *families = kvip_object_member(spec, "ipFamilies");
	struct kvip_slice_maker maker = {
		.service = service,
		.zones = zones,
		.old = old,
		.names = json_object_new_object(),
	};
	struct json_object *out = json_object_new_array();
	size_t i, n = is_served(spec) ? length(families) : 0;

	for (i = 0; i < n; i++)
		make_family(&maker,
			    json_object_get_string(
				    json_object_array_get_idx(families, i)),
			    pods, out);
	json_object_put(maker.names);
	return out;
}
