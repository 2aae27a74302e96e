// SPDX-License-Identifier: GPL-2.0-or-later
#include <json-c/json.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "object.h"
#include "row.h"
#include "store_core.h"

#define LABEL_SERVICE "kubernetes.io/service-name"
#define LABEL_ZONE "topology.kubernetes.io/zone"

/* What is found without reading the bodies; see schema.c. */
struct columns {
	const char *service;
	const char *owner;
	const char *node;
	const char *zone;
	struct json_object *selector; /* owned */
};

static int compare_texts(const void *a, const void *b)
{
	struct json_object *const *left = a, *const *right = b;

	return strcmp(json_object_get_string(*left),
		      json_object_get_string(*right));
}

struct json_object *kvip_row_pairs(struct json_object *map)
{
	struct json_object *pairs;

	if (!json_object_is_type(map, json_type_object) ||
	    !json_object_object_length(map))
		return NULL;
	pairs = json_object_new_array();
	json_object_object_foreach(map, key, value)
	{
		const char *text = json_object_get_string(value);
		char *pair;

		if (asprintf(&pair, "%s=%s", key, text ? text : "") < 0)
			abort();
		json_object_array_add(pairs, json_object_new_string(pair));
		free(pair);
	}
	json_object_array_sort(pairs, compare_texts);
	return pairs;
}

struct json_object *kvip_row_selector(struct json_object *service)
{
	struct json_object *spec = kvip_object_member(service, "spec");
	const char *type = kvip_object_text(spec, "type");

	if (type && !strcmp(type, "ExternalName"))
		return NULL;
	return kvip_row_pairs(kvip_object_member(spec, "selector"));
}

/* The uid of the first owner that is a Service. */
static const char *find_owner(struct json_object *metadata)
{
	struct json_object *owners =
		kvip_object_member(metadata, "ownerReferences");
	size_t n = json_object_is_type(owners, json_type_array) ?
			   json_object_array_length(owners) :
			   0;
	size_t i;

	for (i = 0; i < n; i++) {
		struct json_object *owner =
			json_object_array_get_idx(owners, i);
		const char *kind = kvip_object_text(owner, "kind");

		if (kind && !strcmp(kind, "Service"))
			return kvip_object_text(owner, "uid");
	}
	return NULL;
}

static struct columns make_columns(enum kvip_kind kind,
				   struct json_object *object)
{
	struct json_object *metadata = kvip_object_member(object, "metadata");
	struct json_object *labels = kvip_object_member(metadata, "labels");
	struct columns columns = {};

	switch (kind) {
	case KVIP_KIND_SERVICE:
		columns.selector = kvip_row_selector(object);
		break;
	case KVIP_KIND_ENDPOINT_SLICE:
		columns.service = kvip_object_text(labels, LABEL_SERVICE);
		columns.owner = find_owner(metadata);
		break;
	case KVIP_KIND_POD:
		columns.node = kvip_object_text(
			kvip_object_member(object, "spec"), "nodeName");
		break;
	case KVIP_KIND_NODE:
		columns.zone = kvip_object_text(labels, LABEL_ZONE);
		break;
	default:
		break;
	}
	return columns;
}

struct json_object *kvip_row_parse(struct kvip_store *store, const char *text,
				   struct kvip_err *err)
{
	size_t len = text ? strlen(text) : 0;
	struct json_object *object = NULL;

	json_tokener_reset(store->tokener);
	if (len)
		object = json_tokener_parse_ex(store->tokener, text, len + 1);
	if (json_object_is_type(object, json_type_object))
		return object;
	json_object_put(object);
	kvip_err_set(err, "%s: the file is damaged: an object is not readable",
		     store->db.path);
	return NULL;
}

int kvip_row_read(struct kvip_store *store, enum kvip_kind kind, const char *ns,
		  const char *name, struct kvip_row *row, struct kvip_err *err)
{
	sqlite3_stmt *stmt;
	int ret;

	memset(row, 0, sizeof(*row));
	stmt = kvip_db_query(&store->db, err,
			     "SELECT id, body, waiting FROM objects"
			     " WHERE kind = ? AND ns = ? AND name = ?",
			     "sss", kvip_kinds[kind].name, ns, name);
	if (!stmt)
		return -1;
	ret = kvip_db_step(&store->db, stmt, err);
	if (ret > 0) {
		row->id = sqlite3_column_int64(stmt, 0);
		row->text = kvip_strdup(kvip_db_text(stmt, 1));
		row->waiting = sqlite3_column_int64(stmt, 2);
		row->object = kvip_row_parse(store, row->text, err);
		if (!row->object)
			ret = -1;
	}
	kvip_db_done(&store->db, stmt);
	if (ret < 0)
		kvip_row_free(row);
	return ret;
}

void kvip_row_free(struct kvip_row *row)
{
	free(row->text);
	json_object_put(row->object);
	memset(row, 0, sizeof(*row));
}

void kvip_row_set_version(struct json_object *object, uint64_t version)
{
	char text[24];

	snprintf(text, sizeof(text), "%" PRIu64, version);
	json_object_object_add(kvip_object_member(object, "metadata"),
			       "resourceVersion", json_object_new_string(text));
}

int kvip_row_version(struct kvip_store *store, int64_t *version,
		     struct kvip_err *err)
{
	return kvip_db_number(&store->db, err, NULL, version,
			      "SELECT version FROM state", "");
}

int kvip_row_kind(struct kvip_store *store, const char *name,
		  enum kvip_kind *kind, struct kvip_err *err)
{
	unsigned int i;

	for (i = 0; i < KVIP_KINDS; i++) {
		if (name && !strcmp(kvip_kinds[i].name, name)) {
			*kind = i;
			return 0;
		}
	}
	return kvip_err_set(err, "%s: the file is damaged: there is no kind %s",
			    store->db.path, name ? name : "");
}

static int next_version(struct kvip_store *store, int64_t *version,
			struct kvip_err *err)
{
	return kvip_db_number(
		&store->db, err, NULL, version,
		"UPDATE state SET version = version + 1 RETURNING version", "");
}

/* Every version is a change, so that what is known of them has no gaps. */
static int log_change(struct kvip_store *store, int64_t version,
		      enum kvip_store_change_type type, int64_t id,
		      enum kvip_kind kind, struct json_object *object,
		      const char *before, struct kvip_err *err)
{
	if (kvip_db_run(&store->db, err,
			"INSERT INTO changes VALUES (?, ?, ?, ?, ?, ?, ?)",
			"iiissss", version, id, (int64_t)type,
			kvip_kinds[kind].name, kvip_object_ns(object),
			kvip_object_name(object), before))
		return -1;
	return kvip_db_run(&store->db, err,
			   "DELETE FROM changes WHERE version <= ?", "i",
			   version - KVIP_ROW_CHANGES);
}

static int add_labels(struct kvip_store *store, int64_t id,
		      struct json_object *pod, struct kvip_err *err)
{
	struct json_object *metadata = kvip_object_member(pod, "metadata");
	struct json_object *pairs =
		kvip_row_pairs(kvip_object_member(metadata, "labels"));
	int ret;

	if (!pairs)
		return 0;
	ret = kvip_db_run(&store->db, err,
			  "INSERT INTO labels"
			  " SELECT ?, value, ? FROM json_each(?)",
			  "sis", kvip_object_ns(pod), id,
			  json_object_to_json_string(pairs));
	json_object_put(pairs);
	return ret;
}

static int delete_labels(struct kvip_store *store, int64_t id,
			 struct kvip_err *err)
{
	return kvip_db_run(&store->db, err, "DELETE FROM labels WHERE pod = ?",
			   "i", id);
}

static struct json_object *labels_of(struct json_object *object)
{
	return kvip_object_member(kvip_object_member(object, "metadata"),
				  "labels");
}

static int write_labels(struct kvip_store *store, const struct kvip_row *old,
			int64_t id, struct json_object *pod,
			struct kvip_err *err)
{
	if (old && json_object_equal(labels_of(old->object), labels_of(pod)))
		return 0;
	if (old && delete_labels(store, id, err))
		return -1;
	return add_labels(store, id, pod, err);
}

static int insert(struct kvip_store *store, enum kvip_kind kind,
		  const struct columns *columns, const char *selector,
		  int64_t waiting, int64_t version, struct json_object *object,
		  int64_t *id, struct kvip_err *err)
{
	struct json_object *metadata = kvip_object_member(object, "metadata");
	int ret;

	ret = kvip_db_run(
		&store->db, err,
		"INSERT INTO objects (kind, ns, name, uid, version, service,"
		" owner, pair, selector, waiting, node, zone, body)"
		" VALUES (?, ?, ?, ?, ?, ?, ?, json_extract(?8, '$[0]'), ?8,"
		" nullif(?9, 0), ?, ?, ?)",
		"ssssisssisss", kvip_kinds[kind].name, kvip_object_ns(object),
		kvip_object_name(object), kvip_object_text(metadata, "uid"),
		version, columns->service, columns->owner, selector, waiting,
		columns->node, columns->zone,
		json_object_to_json_string_ext(object, JSON_C_TO_STRING_PLAIN));
	*id = sqlite3_last_insert_rowid(store->db.handle);
	return ret;
}

static int replace(struct kvip_store *store, const struct columns *columns,
		   const char *selector, int64_t waiting, int64_t version,
		   struct json_object *object, int64_t id, struct kvip_err *err)
{
	return kvip_db_run(
		&store->db, err,
		"UPDATE objects SET version = ?1, service = ?2, owner = ?3,"
		" pair = json_extract(?4, '$[0]'), selector = ?4,"
		" waiting = nullif(?5, 0), node = ?6, zone = ?7, body = ?8"
		" WHERE id = ?9",
		"isssisssi", version, columns->service, columns->owner,
		selector, waiting, columns->node, columns->zone,
		json_object_to_json_string_ext(object, JSON_C_TO_STRING_PLAIN),
		id);
}

int kvip_row_write(struct kvip_store *store, enum kvip_kind kind,
		   const struct kvip_row *old, struct json_object *object,
		   bool waits, struct kvip_err *err)
{
	int64_t version, waiting = 0, id = old ? old->id : 0;
	struct columns columns;
	const char *selector;
	int ret;

	if (next_version(store, &version, err))
		return -1;
	kvip_row_set_version(object, version);
	if (waits)
		waiting = old && old->waiting ? old->waiting : version;
	columns = make_columns(kind, object);
	selector = columns.selector ?
			   json_object_to_json_string(columns.selector) :
			   NULL;
	ret = old ? replace(store, &columns, selector, waiting, version, object,
			    id, err) :
		    insert(store, kind, &columns, selector, waiting, version,
			   object, &id, err);
	json_object_put(columns.selector);
	if (!ret && kind == KVIP_KIND_POD)
		ret = write_labels(store, old, id, object, err);
	if (ret)
		return ret;
	return log_change(store, version,
			  old ? KVIP_STORE_MODIFIED : KVIP_STORE_ADDED, id,
			  kind, object, old ? old->text : NULL, err);
}

int kvip_row_delete(struct kvip_store *store, enum kvip_kind kind,
		    const struct kvip_row *row, struct kvip_err *err)
{
	int64_t version;

	if (next_version(store, &version, err) ||
	    kvip_db_run(&store->db, err, "DELETE FROM objects WHERE id = ?",
			"i", row->id))
		return -1;
	if (kind == KVIP_KIND_POD && delete_labels(store, row->id, err))
		return -1;
	return log_change(store, version, KVIP_STORE_DELETED, row->id, kind,
			  row->object, row->text, err);
}
