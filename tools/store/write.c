// SPDX-License-Identifier: GPL-2.0-or-later
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "admit.h"
#include "allocate.h"
#include "balance.h"
#include "follow.h"
#include "metadata.h"
#include "object.h"
#include "row.h"
#include "store_core.h"

#define LABEL_ZONE "topology.kubernetes.io/zone"

/* Times that other letters are tried behind a generateName. */
#define NAME_TRIES 8

/* What write() returns of an update that changes nothing. */
#define UNCHANGED 1

/* A change of one object. */
struct change {
	struct kvip_store *store;
	enum kvip_kind kind;
	struct json_object *object; /* to be stored; owned */
	struct kvip_row old; /* zeroed: there was nothing */
	bool waits;
	struct kvip_err *err;
};

static int invalid(struct change *change)
{
	char title[KVIP_TITLE_LEN];

	kvip_err_prefix(change->err, "%s is invalid: ",
			kvip_metadata_title(change->kind, change->object,
					    title));
	return KVIP_STORE_INVALID;
}

static int absent(enum kvip_kind kind, const char *name, struct kvip_err *err)
{
	char word[KVIP_WORD_LEN];

	kvip_err_set(err, "%s \"%s\" not found", kvip_metadata_word(kind, word),
		     name);
	return KVIP_STORE_ABSENT;
}

static int exists(struct change *change)
{
	char word[KVIP_WORD_LEN];

	kvip_err_set(change->err, "%s \"%s\" already exists",
		     kvip_metadata_word(change->kind, word),
		     kvip_object_name(change->object));
	return KVIP_STORE_EXISTS;
}

static struct json_object *metadata_of(struct json_object *object)
{
	return kvip_object_member(object, "metadata");
}

static void begin_change(struct change *change, struct json_object *object)
{
	change->object = NULL;
	if (object)
		json_object_deep_copy(object, &change->object, NULL);
}

static void end_change(struct change *change)
{
	json_object_put(change->object);
	kvip_row_free(&change->old);
}

/* What is stored under the object's name; 1, 0 or -1. */
static int read_old(struct change *change)
{
	kvip_row_free(&change->old);
	return kvip_row_read(change->store, change->kind,
			     kvip_object_ns(change->object),
			     kvip_object_name(change->object), &change->old,
			     change->err);
}

static int admit_service(struct change *change)
{
	struct kvip_allocation allocation;
	char *holder;
	int ret;

	if (asprintf(&holder, "%s/%s", kvip_object_ns(change->object),
		     kvip_object_name(change->object)) < 0)
		abort();
	ret = kvip_allocation_begin(&allocation, change->store, holder,
				    change->err);
	if (!ret && kvip_admit_service(change->object, change->old.object,
				       change->store->config,
				       &allocation.allocator, change->err))
		ret = allocation.failed ? KVIP_STORE_ERROR : invalid(change);
	kvip_allocation_end(&allocation);
	free(holder);
	if (ret)
		return ret;
	return kvip_balance(change->store, change->object, change->old.object,
			    &change->waits, change->err);
}

/* An owner that is named without its uid is looked up. */
static int find_owner(struct change *change, struct json_object *owner,
		      size_t i)
{
	const char *kind = kvip_object_text(owner, "kind");
	const char *name = kvip_object_text(owner, "name");
	struct kvip_row row;
	int ret;

	if (!kind || strcmp(kind, "Service") || !name ||
	    kvip_object_text(owner, "uid"))
		return 0;
	ret = kvip_row_read(change->store, KVIP_KIND_SERVICE,
			    kvip_object_ns(change->object), name, &row,
			    change->err);
	if (!ret) {
		kvip_err_set(
			change->err,
			"metadata.ownerReferences[%zu].uid: services \"%s\" not found",
			i, name);
		return invalid(change);
	}
	if (ret < 0)
		return KVIP_STORE_ERROR;
	json_object_object_add(owner, "uid",
			       json_object_new_string(kvip_object_text(
				       metadata_of(row.object), "uid")));
	kvip_row_free(&row);
	return 0;
}

static int find_owners(struct change *change)
{
	struct json_object *owners = kvip_object_member(
		metadata_of(change->object), "ownerReferences");
	size_t i, n = owners ? json_object_array_length(owners) : 0;
	int ret = 0;

	for (i = 0; !ret && i < n; i++)
		ret = find_owner(change, json_object_array_get_idx(owners, i),
				 i);
	return ret;
}

static int admit(struct change *change)
{
	int ret = 0;

	if (change->kind == KVIP_KIND_SERVICE)
		return admit_service(change);
	if (change->kind == KVIP_KIND_ENDPOINT_SLICE)
		ret = find_owners(change);
	if (!ret && kvip_admit(change->kind, change->object, change->old.object,
			       change->err))
		ret = invalid(change);
	return ret;
}

static const char *zone_of(struct json_object *node)
{
	const char *zone = kvip_object_text(
		kvip_object_member(metadata_of(node), "labels"), LABEL_ZONE);

	return zone ? zone : "";
}

/* Whose EndpointSlices may be others now; @object NULL: it was deleted. */
static int follow(struct change *change, struct json_object *object)
{
	struct kvip_store *store = change->store;
	struct json_object *old = change->old.object;
	struct json_object *any = object ? object : old;

	switch (change->kind) {
	case KVIP_KIND_SERVICE:
		if (object)
			kvip_follow_service(store, kvip_object_ns(any),
					    kvip_object_name(any));
		return 0;
	case KVIP_KIND_ENDPOINT_SLICE:
		kvip_follow_slice(store, old);
		kvip_follow_slice(store, object);
		return 0;
	case KVIP_KIND_POD:
		if (old && kvip_follow_pod(store, old, change->err))
			return -1;
		return object ? kvip_follow_pod(store, object, change->err) : 0;
	case KVIP_KIND_NODE:
		if (!strcmp(zone_of(old), zone_of(object)))
			return 0;
		return kvip_follow_node(store, kvip_object_name(any),
					change->err);
	default:
		return 0;
	}
}

static int store_change(struct change *change)
{
	struct json_object *old = change->old.object;

	if (old)
		kvip_metadata_generation(change->kind, change->object, old);
	if (old && change->waits == !!change->old.waiting &&
	    json_object_equal(old, change->object))
		return UNCHANGED;
	return kvip_row_write(change->store, change->kind,
			      old ? &change->old : NULL, change->object,
			      change->waits, change->err);
}

static int write_change(struct change *change)
{
	int ret = admit(change);

	if (!ret)
		ret = store_change(change);
	return ret ? ret : follow(change, change->object);
}

/* The version that a dry run was under is nobody's. */
static void show_old_version(struct change *change)
{
	struct json_object *metadata = metadata_of(change->object);
	struct json_object *version = kvip_object_member(
		metadata_of(change->old.object), "resourceVersion");

	json_object_object_del(metadata, "resourceVersion");
	if (version)
		json_object_object_add(metadata, "resourceVersion",
				       json_object_get(version));
}

/* The end of a call's transaction, which a dry run and a change of nothing undo. */
static int finish(struct change *change, int ret, bool dry_run,
		  struct json_object **result)
{
	bool undo = !ret && dry_run;

	if (undo || ret == UNCHANGED)
		ret = kvip_store_end(change->store, UNCHANGED, change->err) ==
				      UNCHANGED ?
			      KVIP_STORE_OK :
			      KVIP_STORE_ERROR;
	else
		ret = kvip_store_end(change->store, ret, change->err);
	if (undo && change->object)
		show_old_version(change);
	if (result)
		*result = ret ? NULL : json_object_get(change->object);
	end_change(change);
	return ret;
}

/* A name that nothing has, if it is to be generated. */
static int make_new(struct change *change)
{
	bool generated = !kvip_object_text(metadata_of(change->object), "name");
	int i, ret = 0;

	for (i = 0; i < NAME_TRIES; i++) {
		if (generated)
			json_object_object_del(metadata_of(change->object),
					       "name");
		kvip_metadata_new(change->kind, change->object);
		ret = read_old(change);
		if (ret <= 0 || !generated)
			break;
	}
	return ret > 0 ? exists(change) : ret;
}

/* The whole of a call: what @how does, or nothing. */
static int carry_out(struct change *change, struct json_object *object,
		     int (*how)(struct change *change), bool dry_run,
		     struct json_object **result)
{
	if (result)
		*result = NULL;
	if (kvip_store_begin(change->store, change->err))
		return KVIP_STORE_ERROR;
	begin_change(change, object);
	return finish(change, how(change), dry_run, result);
}

static int create(struct change *change)
{
	int ret;

	if (kvip_metadata_check(change->kind, change->object, change->err))
		return invalid(change);
	ret = make_new(change);
	if (ret)
		return ret;
	return write_change(change);
}

int kvip_store_create(struct kvip_store *store, enum kvip_kind kind,
		      struct json_object *object, bool dry_run,
		      struct json_object **result, struct kvip_err *err)
{
	struct change change = { .store = store, .kind = kind, .err = err };

	return carry_out(&change, object, create, dry_run, result);
}

/* What is there and may be replaced by the object. */
static int find_old(struct change *change)
{
	int ret;

	if (kvip_metadata_check(change->kind, change->object, change->err))
		return invalid(change);
	if (!*kvip_object_name(change->object)) {
		kvip_err_set(change->err,
			     "metadata.name: Required value: name is required");
		return invalid(change);
	}
	ret = read_old(change);
	if (ret < 0)
		return KVIP_STORE_ERROR;
	if (!ret)
		return absent(change->kind, kvip_object_name(change->object),
			      change->err);
	if (kvip_metadata_keep(change->kind, change->object, change->old.object,
			       change->err))
		return KVIP_STORE_CONFLICT;
	return 0;
}

/* What an update does not tell of a status stays. A Service's is kept whatever is
 * told: kvip_admit_service() sees to that.
 */
static void keep_status(struct change *change)
{
	struct json_object *status =
		kvip_object_member(change->old.object, "status");
	struct json_object *copy = NULL;

	if (!status || kvip_object_member(change->object, "status"))
		return;
	json_object_deep_copy(status, &copy, NULL);
	json_object_object_add(change->object, "status", copy);
}

static int update(struct change *change)
{
	int ret = find_old(change);

	if (ret)
		return ret;
	keep_status(change);
	return write_change(change);
}

int kvip_store_update(struct kvip_store *store, enum kvip_kind kind,
		      struct json_object *object, bool dry_run,
		      struct json_object **result, struct kvip_err *err)
{
	struct change change = { .store = store, .kind = kind, .err = err };

	return carry_out(&change, object, update, dry_run, result);
}

/* The stored object with the status of the one that is told. */
static int put_status(struct change *change)
{
	struct json_object *status =
		json_object_get(kvip_object_member(change->object, "status"));

	if (status && !json_object_is_type(status, json_type_object)) {
		json_object_put(status);
		kvip_err_set(change->err,
			     "status: Invalid value: must be an object");
		return invalid(change);
	}
	json_object_put(change->object);
	begin_change(change, change->old.object);
	if (status)
		json_object_object_add(change->object, "status", status);
	else
		json_object_object_del(change->object, "status");
	return 0;
}

static int update_status(struct change *change)
{
	int ret = find_old(change);

	if (!ret)
		ret = put_status(change);
	if (ret)
		return ret;
	if (change->kind != KVIP_KIND_SERVICE)
		return write_change(change);
	if (kvip_balance_status(change->store, change->object,
				change->old.object, &change->waits,
				change->err))
		return KVIP_STORE_ERROR;
	return store_change(change);
}

int kvip_store_update_status(struct kvip_store *store, enum kvip_kind kind,
			     struct json_object *object,
			     struct json_object **result, struct kvip_err *err)
{
	struct change change = { .store = store, .kind = kind, .err = err };

	return carry_out(&change, object, update_status, false, result);
}

/* What a Service has, and what belongs to it. */
static int release(struct change *change, const char *ns, const char *name)
{
	struct kvip_allocation allocation;
	char *holder;
	int ret;

	if (asprintf(&holder, "%s/%s", ns, name) < 0)
		abort();
	ret = kvip_allocation_begin(&allocation, change->store, holder,
				    change->err);
	kvip_allocation_end(&allocation);
	free(holder);
	if (ret || kvip_balance_release(change->store, change->old.object,
					change->err))
		return -1;
	return kvip_follow_delete(change->store, change->old.object,
				  change->err);
}

static int delete_old(struct change *change, const char *ns, const char *name)
{
	int ret;

	ret = kvip_row_read(change->store, change->kind, ns, name, &change->old,
			    change->err);
	if (ret < 0)
		return KVIP_STORE_ERROR;
	if (!ret)
		return absent(change->kind, name, change->err);
	if (kvip_row_delete(change->store, change->kind, &change->old,
			    change->err))
		return KVIP_STORE_ERROR;
	if (change->kind == KVIP_KIND_SERVICE && release(change, ns, name))
		return KVIP_STORE_ERROR;
	return follow(change, NULL);
}

int kvip_store_delete(struct kvip_store *store, enum kvip_kind kind,
		      const char *ns, const char *name, bool dry_run,
		      struct kvip_err *err)
{
	struct change change = { .store = store, .kind = kind, .err = err };
	int ret;

	if (kvip_store_begin(store, err))
		return KVIP_STORE_ERROR;
	ret = delete_old(&change, kvip_store_ns(kind, ns), name);
	return finish(&change, ret, dry_run, NULL);
}
