// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdio.h>

#include "store_core.h"

/* Places that are remembered: those of earlier boots go. */
#define MARKS_MAX 64

static int read_mark(struct kvip_store *store, const char *where,
		     struct kvip_store_mark *mark, struct kvip_err *err)
{
	sqlite3_stmt *stmt;
	int ret;

	stmt = kvip_db_query(&store->db, err,
			     "SELECT generation, version, config FROM marks"
			     " WHERE place = ?",
			     "s", where);
	if (!stmt)
		return -1;
	ret = kvip_db_step(&store->db, stmt, err);
	if (ret > 0) {
		mark->generation = sqlite3_column_int64(stmt, 0);
		mark->version = sqlite3_column_int64(stmt, 1);
		snprintf(mark->config, sizeof(mark->config), "%s",
			 kvip_db_text(stmt, 2));
	}
	kvip_db_done(&store->db, stmt);
	return ret;
}

int kvip_store_mark_get(struct kvip_store *store, const char *where,
			struct kvip_store_mark *mark, struct kvip_err *err)
{
	bool alone;
	int ret;

	if (kvip_store_read_begin(store, &alone, err))
		return KVIP_STORE_ERROR;
	ret = read_mark(store, where, mark, err);
	kvip_store_read_end(store, alone);
	if (ret)
		return ret < 0 ? KVIP_STORE_ERROR : KVIP_STORE_OK;
	kvip_err_set(err, "%s: nothing is known of the table of %s",
		     store->db.path, where);
	return KVIP_STORE_ABSENT;
}

static int write_mark(struct kvip_store *store, const char *where,
		      const struct kvip_store_mark *mark, struct kvip_err *err)
{
	if (kvip_db_run(&store->db, err,
			"INSERT OR REPLACE INTO marks"
			" (place, generation, version, config)"
			" VALUES (?, ?, ?, ?)",
			"siis", where, (int64_t)mark->generation,
			(int64_t)mark->version, mark->config))
		return KVIP_STORE_ERROR;
	return kvip_db_run(&store->db, err,
			   "DELETE FROM marks WHERE id <="
			   " (SELECT max(id) FROM marks) - ?",
			   "i", (int64_t)MARKS_MAX);
}

int kvip_store_mark_set(struct kvip_store *store, const char *where,
			const struct kvip_store_mark *mark,
			struct kvip_err *err)
{
	if (kvip_store_begin(store, err))
		return KVIP_STORE_ERROR;
	return kvip_store_end(store, write_mark(store, where, mark, err), err);
}
