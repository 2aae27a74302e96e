// SPDX-License-Identifier: GPL-2.0-or-later
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "follow.h"
#include "metadata.h"
#include "object.h"
#include "row.h"
#include "slices.h"
#include "store_core.h"

#define LABEL_MANAGER "endpointslice.kubernetes.io/managed-by"
#define LABEL_SERVICE "kubernetes.io/service-name"

/* Times that another name is tried for a slice. */
#define NAME_TRIES 16

static struct json_object *labels_of(struct json_object *object)
{
	return kvip_object_member(kvip_object_member(object, "metadata"),
				  "labels");
}

void kvip_follow_service(struct kvip_store *store, const char *ns,
			 const char *name)
{
	char *key;

	if (asprintf(&key, "%s/%s", ns, name) < 0)
		abort();
	json_object_object_add(store->following, key, NULL);
	free(key);
}

/*
 * The joins below are CROSS JOINs, which SQLite takes in the order that they are
 * written: left to itself it may look at all Services of a namespace.
 */

/* All that a query tells: namespaces and names of Services. */
static int follow_rows(struct kvip_store *store, sqlite3_stmt *stmt,
		       struct kvip_err *err)
{
	int ret;

	if (!stmt)
		return -1;
	while ((ret = kvip_db_step(&store->db, stmt, err)) > 0)
		kvip_follow_service(store, kvip_db_text(stmt, 0),
				    kvip_db_text(stmt, 1));
	kvip_db_done(&store->db, stmt);
	return ret;
}

int kvip_follow_pod(struct kvip_store *store, struct json_object *pod,
		    struct kvip_err *err)
{
	struct json_object *pairs = kvip_row_pairs(labels_of(pod));
	int ret;

	if (!pairs)
		return 0;
	ret = follow_rows(
		store,
		kvip_db_query(
			&store->db, err,
			"SELECT s.ns, s.name FROM json_each(?2) AS l"
			" CROSS JOIN objects s ON s.ns = ?1 AND s.pair = l.value"
			" WHERE NOT EXISTS (SELECT 1 FROM json_each(s.selector)"
			" WHERE value NOT IN (SELECT value FROM json_each(?2)))",
			"ss", kvip_object_ns(pod),
			json_object_to_json_string(pairs)),
		err);
	json_object_put(pairs);
	return ret;
}

int kvip_follow_node(struct kvip_store *store, const char *node,
		     struct kvip_err *err)
{
	return follow_rows(
		store,
		kvip_db_query(&store->db, err,
			      "SELECT DISTINCT s.ns, s.name FROM objects p"
			      " CROSS JOIN labels l ON l.pod = p.id"
			      " CROSS JOIN objects s"
			      " ON s.ns = p.ns AND s.pair = l.pair"
			      " WHERE p.node = ?",
			      "s", node),
		err);
}

bool kvip_follow_is_made(struct json_object *slice)
{
	const char *manager = kvip_object_text(labels_of(slice), LABEL_MANAGER);

	return manager && !strcmp(manager, KVIP_SLICE_MANAGER);
}

void kvip_follow_slice(struct kvip_store *store, struct json_object *slice)
{
	const char *service = kvip_object_text(labels_of(slice), LABEL_SERVICE);

	if (service && kvip_follow_is_made(slice))
		kvip_follow_service(store, kvip_object_ns(slice), service);
}

/* The objects of a query's bodies, those that @wanted wants. */
static int read_bodies(struct kvip_store *store, sqlite3_stmt *stmt,
		       bool (*wanted)(struct json_object *object),
		       struct json_object *array, struct kvip_err *err)
{
	struct json_object *object;
	int ret;

	if (!stmt)
		return -1;
	while ((ret = kvip_db_step(&store->db, stmt, err)) > 0) {
		object = kvip_row_parse(store, kvip_db_text(stmt, 0), err);
		if (!object) {
			ret = -1;
			break;
		}
		if (!wanted || wanted(object))
			json_object_array_add(array, object);
		else
			json_object_put(object);
	}
	kvip_db_done(&store->db, stmt);
	return ret;
}

static int read_pods(struct kvip_store *store, struct json_object *service,
		     struct json_object *pods, struct kvip_err *err)
{
	struct json_object *selector = kvip_row_selector(service);
	const char *first;
	int ret;

	if (!selector)
		return 0;
	first = json_object_get_string(json_object_array_get_idx(selector, 0));
	ret = read_bodies(
		store,
		kvip_db_query(&store->db, err,
			      "SELECT p.body FROM labels l"
			      " JOIN objects p ON p.id = l.pod"
			      " WHERE l.ns = ?1 AND l.pair = ?2"
			      " AND NOT EXISTS (SELECT 1 FROM json_each(?3) AS e"
			      " WHERE NOT EXISTS (SELECT 1 FROM labels m"
			      " WHERE m.ns = ?1 AND m.pair = e.value"
			      " AND m.pod = l.pod)) ORDER BY p.name",
			      "sss", kvip_object_ns(service), first,
			      json_object_to_json_string(selector)),
		NULL, pods, err);
	json_object_put(selector);
	return ret;
}

static int read_slices(struct kvip_store *store, struct json_object *service,
		       struct json_object *slices, struct kvip_err *err)
{
	return read_bodies(store,
			   kvip_db_query(&store->db, err,
					 "SELECT body FROM objects"
					 " WHERE ns = ? AND service = ?"
					 " ORDER BY name",
					 "ss", kvip_object_ns(service),
					 kvip_object_name(service)),
			   kvip_follow_is_made, slices, err);
}

static int read_zone(struct kvip_store *store, const char *node,
		     struct json_object *zones, struct kvip_err *err)
{
	const char *zone;
	sqlite3_stmt *stmt;
	int ret;

	if (!node || json_object_object_get_ex(zones, node, NULL))
		return 0;
	stmt = kvip_db_query(&store->db, err,
			     "SELECT zone FROM objects"
			     " WHERE kind = 'Node' AND ns = '' AND name = ?",
			     "s", node);
	if (!stmt)
		return -1;
	ret = kvip_db_step(&store->db, stmt, err);
	zone = ret > 0 ? kvip_db_text(stmt, 0) : NULL;
	if (zone)
		json_object_object_add(zones, node,
				       json_object_new_string(zone));
	kvip_db_done(&store->db, stmt);
	return ret < 0 ? -1 : 0;
}

static int read_zones(struct kvip_store *store, struct json_object *pods,
		      struct json_object *zones, struct kvip_err *err)
{
	size_t i, n = json_object_array_length(pods);

	for (i = 0; i < n; i++) {
		struct json_object *pod = json_object_array_get_idx(pods, i);
		const char *node = kvip_object_text(
			kvip_object_member(pod, "spec"), "nodeName");

		if (read_zone(store, node, zones, err))
			return -1;
	}
	return 0;
}

int kvip_follow_wanted(struct kvip_store *store, struct json_object *service,
		       struct json_object **old, struct json_object **wanted,
		       struct kvip_err *err)
{
	struct json_object *pods = json_object_new_array();
	struct json_object *zones = json_object_new_object();
	int ret = -1;

	*old = json_object_new_array();
	*wanted = NULL;
	if (read_pods(store, service, pods, err) ||
	    read_zones(store, pods, zones, err) ||
	    read_slices(store, service, *old, err)) {
		json_object_put(*old);
	} else {
		*wanted = kvip_slices_make(service, pods, zones, *old);
		ret = 0;
	}
	json_object_put(pods);
	json_object_put(zones);
	return ret;
}

static struct json_object *find(struct json_object *array, const char *name)
{
	size_t i, n = json_object_array_length(array);

	for (i = 0; i < n; i++) {
		struct json_object *item = json_object_array_get_idx(array, i);

		if (!strcmp(kvip_object_name(item), name))
			return item;
	}
	return NULL;
}

bool kvip_follow_same(struct json_object *old, struct json_object *wanted)
{
	size_t i, n = json_object_array_length(wanted);

	if (n != json_object_array_length(old))
		return false;
	for (i = 0; i < n; i++) {
		struct json_object *slice =
			json_object_array_get_idx(wanted, i);

		if (!json_object_equal(slice,
				       find(old, kvip_object_name(slice))))
			return false;
	}
	return true;
}

/* A name that a slice made by hand has already gets other letters. */
static int find_name(struct kvip_store *store, struct json_object *service,
		     struct json_object *slice, struct kvip_err *err)
{
	struct json_object *metadata = kvip_object_member(slice, "metadata");
	char suffix[KVIP_METADATA_SUFFIX + 1], name[80];
	struct kvip_row row;
	int i, ret = 1;

	for (i = 0; ret > 0 && i < NAME_TRIES; i++) {
		if (i) {
			kvip_metadata_suffix(suffix);
			snprintf(name, sizeof(name), "%s-%s",
				 kvip_object_name(service), suffix);
			json_object_object_add(metadata, "name",
					       json_object_new_string(name));
		}
		ret = kvip_row_read(store, KVIP_KIND_ENDPOINT_SLICE,
				    kvip_object_ns(service),
				    kvip_object_name(slice), &row, err);
		kvip_row_free(&row);
	}
	if (ret > 0)
		return kvip_err_set(
			err, "%s: no name is free for an EndpointSlice of %s",
			store->db.path, kvip_object_name(service));
	return ret;
}

static int create_slice(struct kvip_store *store, struct json_object *service,
			struct json_object *slice, struct kvip_err *err)
{
	if (find_name(store, service, slice, err))
		return -1;
	kvip_metadata_new(KVIP_KIND_ENDPOINT_SLICE, slice);
	return kvip_row_write(store, KVIP_KIND_ENDPOINT_SLICE, NULL, slice,
			      false, err);
}

static int update_slice(struct kvip_store *store, struct json_object *slice,
			struct kvip_err *err)
{
	struct kvip_row row;
	int ret;

	ret = kvip_row_read(store, KVIP_KIND_ENDPOINT_SLICE,
			    kvip_object_ns(slice), kvip_object_name(slice),
			    &row, err);
	if (ret > 0) {
		kvip_metadata_generation(KVIP_KIND_ENDPOINT_SLICE, slice,
					 row.object);
		ret = kvip_row_write(store, KVIP_KIND_ENDPOINT_SLICE, &row,
				     slice, false, err);
	}
	kvip_row_free(&row);
	return ret;
}

static int delete_slice(struct kvip_store *store, const char *ns,
			const char *name, struct kvip_err *err)
{
	struct kvip_row row;
	int ret;

	ret = kvip_row_read(store, KVIP_KIND_ENDPOINT_SLICE, ns, name, &row,
			    err);
	if (ret > 0)
		ret = kvip_row_delete(store, KVIP_KIND_ENDPOINT_SLICE, &row,
				      err);
	kvip_row_free(&row);
	return ret;
}

static int write_wanted(struct kvip_store *store, struct json_object *service,
			struct json_object *old, struct json_object *wanted,
			struct kvip_err *err)
{
	size_t i, n = json_object_array_length(wanted);
	int ret = 0;

	for (i = 0; !ret && i < n; i++) {
		struct json_object *slice =
			json_object_array_get_idx(wanted, i);
		struct json_object *had = find(old, kvip_object_name(slice));

		if (!had)
			ret = create_slice(store, service, slice, err);
		else if (!json_object_equal(had, slice))
			ret = update_slice(store, slice, err);
	}
	return ret;
}

static int delete_unwanted(struct kvip_store *store, struct json_object *old,
			   struct json_object *wanted, struct kvip_err *err)
{
	size_t i, n = json_object_array_length(old);
	int ret = 0;

	for (i = 0; !ret && i < n; i++) {
		struct json_object *slice = json_object_array_get_idx(old, i);
		const char *name = kvip_object_name(slice);

		if (!find(wanted, name))
			ret = delete_slice(store, kvip_object_ns(slice), name,
					   err);
	}
	return ret;
}

static int follow(struct kvip_store *store, const char *ns, const char *name,
		  struct kvip_err *err)
{
	struct json_object *old, *wanted;
	struct kvip_row row;
	int ret;

	ret = kvip_row_read(store, KVIP_KIND_SERVICE, ns, name, &row, err);
	if (ret <= 0)
		return ret;
	ret = kvip_follow_wanted(store, row.object, &old, &wanted, err);
	if (!ret) {
		ret = delete_unwanted(store, old, wanted, err);
		if (!ret)
			ret = write_wanted(store, row.object, old, wanted, err);
		json_object_put(old);
		json_object_put(wanted);
	}
	kvip_row_free(&row);
	return ret;
}

int kvip_follow_all(struct kvip_store *store, struct kvip_err *err)
{
	struct json_object *services = store->following;
	int ret = 0;

	if (!json_object_object_length(services))
		return 0;
	store->following = json_object_new_object();
	json_object_object_foreach(services, key, unused)
	{
		char *ns = kvip_strdup(key);
		char *name = strchr(ns, '/');

		(void)unused;
		*name++ = '\0';
		ret = follow(store, ns, name, err);
		free(ns);
		if (ret)
			break;
	}
	json_object_put(services);
	return ret;
}

/* A Service's slices by label or by owner, as names of its namespace. */
static int read_owned(struct kvip_store *store, struct json_object *service,
		      struct json_object *slices, struct kvip_err *err)
{
	const char *ns = kvip_object_ns(service);
	const char *uid = kvip_object_text(
		kvip_object_member(service, "metadata"), "uid");

	if (read_slices(store, service, slices, err))
		return -1;
	return read_bodies(store,
			   kvip_db_query(&store->db, err,
					 "SELECT body FROM objects"
					 " WHERE owner = ? AND ns = ?",
					 "ss", uid, ns),
			   NULL, slices, err);
}

int kvip_follow_delete(struct kvip_store *store, struct json_object *service,
		       struct kvip_err *err)
{
	struct json_object *slices = json_object_new_array();
	size_t i;
	int ret;

	ret = read_owned(store, service, slices, err);
	/* those made here are there twice, and gone the second time */
	for (i = 0; !ret && i < json_object_array_length(slices); i++)
		ret = delete_slice(
			store, kvip_object_ns(service),
			kvip_object_name(json_object_array_get_idx(slices, i)),
			err);
	json_object_put(slices);
	return ret;
}
