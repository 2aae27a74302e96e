// SPDX-License-Identifier: GPL-2.0-or-later
#include <inttypes.h>
#include <json-c/json.h>

#include "row.h"
#include "store_core.h"

typedef int (*change_fn)(const struct kvip_store_change *change, void *ctx,
			 struct kvip_err *err);

static int expired(uint64_t since, int64_t now, struct kvip_err *err)
{
	kvip_err_set(err, "too old resource version: %" PRIu64 " (%" PRId64 ")",
		     since, now);
	return KVIP_STORE_EXPIRED;
}

/* Whether all that happened since is known. */
static int check_since(struct kvip_store *store, uint64_t since, int64_t now,
		       struct kvip_err *err)
{
	int64_t first;

	if (since == (uint64_t)now)
		return 0;
	if (since > (uint64_t)now)
		return expired(since, now, err);
	if (kvip_db_number(&store->db, err, NULL, &first,
			   "SELECT coalesce(min(version), 0) FROM changes", ""))
		return KVIP_STORE_ERROR;
	if (!first || since + 1 < (uint64_t)first)
		return expired(since, now, err);
	return 0;
}

/* One that was deleted is as it was, but of the version that deleted it. */
static int read_objects(struct kvip_store *store, sqlite3_stmt *stmt,
			struct kvip_store_change *change, struct kvip_err *err)
{
	const char *before = kvip_db_text(stmt, 5);
	const char *body = kvip_db_text(stmt, 6);

	if (before) {
		change->before = kvip_row_parse(store, before, err);
		if (!change->before)
			return KVIP_STORE_ERROR;
	}
	if (change->type == KVIP_STORE_DELETED)
		body = before;
	change->object = kvip_row_parse(store, body, err);
	if (!change->object)
		return KVIP_STORE_ERROR;
	if (change->type == KVIP_STORE_DELETED)
		kvip_row_set_version(change->object, change->version);
	return 0;
}

static int tell_one(struct kvip_store *store, sqlite3_stmt *stmt, change_fn fn,
		    void *ctx, struct kvip_err *err)
{
	struct kvip_store_change change = {
		.version = sqlite3_column_int64(stmt, 0),
		.type = sqlite3_column_int(stmt, 1),
		.ns = kvip_db_text(stmt, 3),
		.name = kvip_db_text(stmt, 4),
	};
	int ret;

	if (kvip_row_kind(store, kvip_db_text(stmt, 2), &change.kind, err))
		return KVIP_STORE_ERROR;
	ret = read_objects(store, stmt, &change, err);
	if (!ret)
		ret = fn(&change, ctx, err);
	json_object_put(change.object);
	json_object_put(change.before);
	return ret;
}

static int tell_all(struct kvip_store *store, uint64_t since, change_fn fn,
		    void *ctx, uint64_t *version, struct kvip_err *err)
{
	sqlite3_stmt *stmt;
	int ret;

	stmt = kvip_db_query(
		&store->db, err,
		"SELECT version, type, kind, ns, name, before, coalesce("
		"(SELECT n.before FROM changes n WHERE n.object = c.object"
		" AND n.version > c.version ORDER BY n.version LIMIT 1),"
		" (SELECT o.body FROM objects o WHERE o.id = c.object))"
		" FROM changes c WHERE version > ? ORDER BY version",
		"i", (int64_t)since);
	if (!stmt)
		return KVIP_STORE_ERROR;
	while ((ret = kvip_db_step(&store->db, stmt, err)) > 0) {
		ret = tell_one(store, stmt, fn, ctx, err);
		if (ret)
			break;
		*version = sqlite3_column_int64(stmt, 0);
	}
	kvip_db_done(&store->db, stmt);
	return ret;
}

int kvip_store_changes(struct kvip_store *store, uint64_t since, change_fn fn,
		       void *ctx, uint64_t *version, struct kvip_err *err)
{
	int64_t now;
	bool alone;
	int ret;

	if (kvip_store_read_begin(store, &alone, err))
		return KVIP_STORE_ERROR;
	ret = kvip_row_version(store, &now, err);
	if (!ret)
		ret = check_since(store, since, now, err);
	if (!ret) {
		*version = since;
		ret = tell_all(store, since, fn, ctx, version, err);
	}
	kvip_store_read_end(store, alone);
	return ret;
}
