// SPDX-License-Identifier: GPL-2.0-or-later
#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "clock.h"
#include "get_endpoints.h"
#include "get_groups.h"
#include "get_seen.h"
#include "get_watch.h"

/* What fn returns to end a watch that nobody reads. */
#define DONE 1

/* Indices of what is watched: one kind; for Endpoints these two. */
enum { FIRST, SERVICES = FIRST, SLICES };

struct state {
	const struct kvip_get_watch *watch;
	struct kvip_get_seen seen;
	struct kvip_get_groups groups; /* for Endpoints */
	struct kvip_get_group **changed; /* of these, those with a mark */
	size_t n_changed;
	bool quiet; /* the first list is not shown */
	char *versions[2];
};

static bool is_endpoints(const struct state *state)
{
	return state->watch->target->rows == &kvip_rows_endpoints;
}

static bool is_wanted(const struct state *state, const char *name)
{
	const struct kvip_get_target *target = state->watch->target;
	size_t i;

	for (i = 0; i < target->n_names; i++)
		if (!strcmp(target->names[i], name))
			return true;
	return !target->n_names;
}

static void show(struct json_object *object, void *ctx)
{
	struct state *state = ctx;

	if (!state->quiet)
		kvip_output_add(state->watch->output, object,
				kvip_clock_unix());
}

/* Rows that wait are with the reader; whether there is one. */
static int flush(struct state *state)
{
	kvip_output_flush(state->watch->output);
	fflush(state->watch->output->to);
	return ferror(state->watch->output->to) ? DONE : 0;
}

/* Show what became of a Service's Endpoints, if that is news. */
static void refresh(struct state *state, const struct kvip_get_group *group)
{
	struct json_object *made = NULL, **slices;
	size_t n;

	if (!group || !is_wanted(state, group->name))
		return;
	slices = kvip_get_group_slices(group, &n);
	if (group->service)
		made = kvip_endpoints_make(group->service, slices, n);
	free(slices);
	if (!made) {
		made = kvip_get_seen_gone(&state->seen, group->ns, group->name);
		if (made)
			show(made, state);
	} else if (kvip_get_seen_put(&state->seen, made)) {
		show(made, state);
	}
	json_object_put(made);
}

static struct kvip_get_group *group_of(struct state *state,
				       struct json_object *service)
{
	return kvip_get_group(&state->groups, kvip_object_ns(service),
			      kvip_object_name(service));
}

static int list_slice(struct json_object *slice, void *ctx,
		      struct kvip_err *err)
{
	struct state *state = ctx;

	(void)err;
	kvip_get_groups_slice(&state->groups, slice, false, NULL);
	return 0;
}

static int list_service(struct json_object *service, void *ctx,
			struct kvip_err *err)
{
	struct state *state = ctx;
	struct kvip_get_group *group = group_of(state, service);

	(void)err;
	kvip_get_group_service(group, service);
	refresh(state, group);
	return 0;
}

static int list_object(struct json_object *object, void *ctx,
		       struct kvip_err *err)
{
	struct state *state = ctx;

	(void)err;
	if (is_wanted(state, kvip_object_name(object)) &&
	    kvip_get_seen_put(&state->seen, object))
		show(object, state);
	return 0;
}

static void forget_changed(struct state *state)
{
	free(state->changed);
	state->changed = NULL;
	state->n_changed = 0;
}

static int list_all(struct state *state, struct kvip_err *err)
{
	const struct kvip_get_watch *watch = state->watch;
	int ret;

	if (!is_endpoints(state))
		return kvip_access_list(watch->access,
					watch->target->rows->kind, watch->ns,
					watch->selector, list_object, state,
					&state->versions[FIRST], err);
	forget_changed(state);
	kvip_get_groups_free(&state->groups);
	ret = kvip_access_list(watch->access, KVIP_KIND_ENDPOINT_SLICE,
			       watch->ns, NULL, list_slice, state,
			       &state->versions[SLICES], err);
	if (ret)
		return ret;
	return kvip_access_list(watch->access, KVIP_KIND_SERVICE, watch->ns,
				watch->selector, list_service, state,
				&state->versions[SERVICES], err);
}

static void forget_versions(struct state *state)
{
	size_t i;

	for (i = 0; i < 2; i++) {
		free(state->versions[i]);
		state->versions[i] = NULL;
	}
}

static int list(struct state *state, struct kvip_err *err)
{
	int ret;

	forget_versions(state);
	kvip_get_seen_list(&state->seen);
	ret = list_all(state, err);
	if (ret)
		return ret;
	kvip_get_seen_missing(&state->seen, show, state);
	return flush(state);
}

/* Somebody who waits for a name that was never there waits for a typing error. */
static int check_names(struct state *state, struct kvip_err *err)
{
	const struct kvip_get_target *target = state->watch->target;
	const char *ns = target->rows->namespaced ? state->watch->ns : "";
	size_t i;

	for (i = 0; i < target->n_names; i++) {
		if (kvip_get_seen_has(&state->seen, ns, target->names[i]))
			continue;
		kvip_err_set(err, "%s \"%s\" not found", target->rows->plural,
			     target->names[i]);
		return KVIP_ACCESS_ABSENT;
	}
	return 0;
}

/* Remember that a group changed. */
static void note(struct state *state, struct kvip_get_group *group)
{
	if (!group || group->mark)
		return;
	group->mark = true;
	state->changed = kvip_grow(state->changed, state->n_changed,
				   sizeof(*state->changed));
	state->changed[state->n_changed++] = group;
}

static void take_endpoints(struct state *state, unsigned int which, bool gone,
			   struct json_object *object)
{
	struct kvip_get_group *group, *before = NULL;

	if (which == SERVICES) {
		group = group_of(state, object);
		kvip_get_group_service(group, gone ? NULL : object);
	} else {
		group = kvip_get_groups_slice(&state->groups, object, gone,
					      &before);
	}
	note(state, before);
	note(state, group);
}

/* A Service and its EndpointSlices come together, and are one row then. */
static int idle(void *ctx, struct kvip_err *err)
{
	struct state *state = ctx;
	size_t i;

	(void)err;
	for (i = 0; i < state->n_changed; i++) {
		state->changed[i]->mark = false;
		refresh(state, state->changed[i]);
	}
	forget_changed(state);
	return flush(state);
}

static int take(unsigned int which, enum kvip_access_event event,
		struct json_object *object, void *ctx, struct kvip_err *err)
{
	bool gone = event == KVIP_ACCESS_DELETED;
	const char *name = kvip_object_name(object);
	struct state *state = ctx;

	(void)err;
	if (is_endpoints(state)) {
		take_endpoints(state, which, gone, object);
		return 0;
	}
	if (!is_wanted(state, name))
		return 0;
	if (gone)
		json_object_put(kvip_get_seen_gone(
			&state->seen, kvip_object_ns(object), name));
	else
		kvip_get_seen_put(&state->seen, object);
	show(object, state);
	return flush(state);
}

static int watch_once(struct state *state, struct kvip_err *err)
{
	const struct kvip_get_watch *watch = state->watch;
	struct kvip_access_watch watches[2] = {
		[SERVICES] = { .kind = KVIP_KIND_SERVICE,
			       .ns = watch->ns,
			       .selector = watch->selector,
			       .version = state->versions[SERVICES] },
		[SLICES] = { .kind = KVIP_KIND_ENDPOINT_SLICE,
			     .ns = watch->ns,
			     .version = state->versions[SLICES] },
	};

	if (!is_endpoints(state))
		watches[FIRST].kind = watch->target->rows->kind;
	return kvip_access_watch(watch->access, watches,
				 is_endpoints(state) ? 2 : 1, take, idle, state,
				 err);
}

int kvip_get_watch(const struct kvip_get_watch *watch, struct kvip_err *err)
{
	struct state state = { .watch = watch, .quiet = watch->only };
	int ret;

	ret = list(&state, err);
	if (!ret)
		ret = check_names(&state, err);
	state.quiet = false;
	while (!ret) {
		ret = watch_once(&state, err);
		if (ret == KVIP_ACCESS_EXPIRED)
			ret = list(&state, err);
	}
	forget_versions(&state);
	forget_changed(&state);
	kvip_get_groups_free(&state.groups);
	kvip_get_seen_free(&state.seen);
	return ret == DONE ? 0 : ret;
}
