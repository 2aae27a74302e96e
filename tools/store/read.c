// SPDX-License-Identifier: GPL-2.0-or-later
#include <json-c/json.h>

#include "metadata.h"
#include "row.h"
#include "store_core.h"

const char *kvip_store_ns(enum kvip_kind kind, const char *ns)
{
	if (!kvip_kinds[kind].namespaced)
		return "";
	return ns && *ns ? ns : "default";
}

int kvip_store_get(struct kvip_store *store, enum kvip_kind kind,
		   const char *ns, const char *name,
		   struct json_object **object, struct kvip_err *err)
{
	char word[KVIP_WORD_LEN];
	struct kvip_row row;
	bool alone;
	int ret;

	*object = NULL;
	if (kvip_store_read_begin(store, &alone, err))
		return KVIP_STORE_ERROR;
	ret = kvip_row_read(store, kind, kvip_store_ns(kind, ns), name, &row,
			    err);
	kvip_store_read_end(store, alone);
	if (ret < 0)
		return KVIP_STORE_ERROR;
	if (!ret) {
		kvip_err_set(err, "%s \"%s\" not found",
			     kvip_metadata_word(kind, word), name);
		return KVIP_STORE_ABSENT;
	}
	*object = json_object_get(row.object);
	kvip_row_free(&row);
	return KVIP_STORE_OK;
}

/* Hand out the bodies of a query. */
static int hand_out(struct kvip_store *store, sqlite3_stmt *stmt,
		    kvip_store_fn fn, void *ctx, struct kvip_err *err)
{
	struct json_object *object;
	int ret;

	if (!stmt)
		return KVIP_STORE_ERROR;
	while ((ret = kvip_db_step(&store->db, stmt, err)) > 0) {
		object = kvip_row_parse(store, kvip_db_text(stmt, 0), err);
		ret = object ? fn(object, ctx, err) : KVIP_STORE_ERROR;
		json_object_put(object);
		if (ret)
			break;
	}
	kvip_db_done(&store->db, stmt);
	return ret;
}

static sqlite3_stmt *find_all(struct kvip_store *store, enum kvip_kind kind,
			      const char *ns, struct kvip_err *err)
{
	const char *name = kvip_kinds[kind].name;

	if (!ns || !kvip_kinds[kind].namespaced)
		return kvip_db_query(&store->db, err,
				     "SELECT body FROM objects WHERE kind = ?"
				     " ORDER BY ns, name",
				     "s", name);
	return kvip_db_query(&store->db, err,
			     "SELECT body FROM objects WHERE kind = ?"
			     " AND ns = ? ORDER BY name",
			     "ss", name, ns);
}

int kvip_store_list(struct kvip_store *store, enum kvip_kind kind,
		    const char *ns, kvip_store_fn fn, void *ctx,
		    uint64_t *version, struct kvip_err *err)
{
	int64_t now = 0;
	bool alone;
	int ret;

	if (kvip_store_read_begin(store, &alone, err))
		return KVIP_STORE_ERROR;
	ret = kvip_row_version(store, &now, err);
	if (!ret)
		ret = hand_out(store, find_all(store, kind, ns, err), fn, ctx,
			       err);
	kvip_store_read_end(store, alone);
	if (version && !ret)
		*version = now;
	return ret;
}

int kvip_store_slices(struct kvip_store *store, const char *ns,
		      const char *service, kvip_store_fn fn, void *ctx,
		      struct kvip_err *err)
{
	bool alone;
	int ret;

	if (kvip_store_read_begin(store, &alone, err))
		return KVIP_STORE_ERROR;
	ret = hand_out(store,
		       kvip_db_query(&store->db, err,
				     "SELECT body FROM objects WHERE ns = ?"
				     " AND service = ? ORDER BY name",
				     "ss", kvip_store_ns(KVIP_KIND_SERVICE, ns),
				     service),
		       fn, ctx, err);
	kvip_store_read_end(store, alone);
	return ret;
}

int kvip_store_version(struct kvip_store *store, uint64_t *version,
		       struct kvip_err *err)
{
	int64_t now;
	bool alone;
	int ret;

	if (kvip_store_read_begin(store, &alone, err))
		return KVIP_STORE_ERROR;
	ret = kvip_row_version(store, &now, err);
	kvip_store_read_end(store, alone);
	if (!ret)
		*version = now;
	return ret;
}
