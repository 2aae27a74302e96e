// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "alloc.h"
#include "balance.h"
#include "document.h"
#include "follow.h"
#include "machine.h"
#include "schema.h"
#include "store_core.h"
#include "watch.h"

/* A body is an object within a document, at most. */
#define BODY_DEPTH (KVIP_DOCUMENT_DEPTH + 8)

static int make_folder(const char *path, struct kvip_err *err)
{
	char *folder = kvip_strdup(path);
	char *slash = strrchr(folder, '/');
	int ret = 0;

	if (slash && slash != folder) {
		*slash = '\0';
		if (mkdir(folder, 0755) && errno != EEXIST)
			ret = kvip_err_set(err,
					   "%s: the folder can't be made: %s",
					   folder, strerror(errno));
	}
	free(folder);
	return ret;
}

/* What is no file must not even be opened: a pipe would block. */
static int look_at(const char *path, unsigned int flags, struct kvip_err *err)
{
	struct stat st;

	if (stat(path, &st)) {
		if (errno != ENOENT)
			return kvip_err_set(err, "%s: %s", path,
					    strerror(errno));
		if (flags & (KVIP_STORE_MUST_EXIST | KVIP_STORE_READ_ONLY))
			return kvip_err_set(err, "%s: there is no store", path);
		return make_folder(path, err);
	}
	if (S_ISDIR(st.st_mode))
		return kvip_err_set(err, "%s: this is a folder, not a store",
				    path);
	if (!S_ISREG(st.st_mode))
		return kvip_err_set(err, "%s: this is not a store of kvip",
				    path);
	return 0;
}

static int set_up(struct kvip_store *store, struct kvip_err *err)
{
	int persist = 1;

	/* so that those who may only read find the log that they need */
	sqlite3_file_control(store->db.handle, "main", SQLITE_FCNTL_PERSIST_WAL,
			     &persist);
	return kvip_db_exec(&store->db,
			    "PRAGMA synchronous = FULL;"
			    "PRAGMA journal_size_limit = 1048576;"
			    "PRAGMA trusted_schema = OFF",
			    err);
}

/* The transaction that made the store is still open. */
static int fill(struct kvip_store *store, struct kvip_err *err)
{
	struct json_object *node = kvip_machine_node(store->config->node);
	int ret;

	ret = kvip_store_create(store, KVIP_KIND_NODE, node, false, NULL, err);
	json_object_put(node);
	return kvip_store_end(store, ret, err);
}

static int open_to_write(struct kvip_store *store, unsigned int flags,
			 struct kvip_err *err)
{
	int how = SQLITE_OPEN_READWRITE;
	bool made;

	if (!(flags & KVIP_STORE_MUST_EXIST))
		how |= SQLITE_OPEN_CREATE;
	if (kvip_db_open(&store->db, store->config->path, how, err))
		return -1;
	if (sqlite3_db_readonly(store->db.handle, "main") == 1)
		return kvip_err_set(err, "%s: no right to write the store",
				    store->config->path);
	if (set_up(store, err) ||
	    kvip_schema_prepare(&store->db, kvip_schema_steps,
				kvip_schema_n_steps, true, &made, err) ||
	    (made && fill(store, err)))
		return -1;
	return kvip_balance_pools(store, err);
}

/* Whether all that was committed is in the file itself. */
static bool log_is_empty(const char *path)
{
	struct stat st;
	char *log;
	bool ret;

	if (asprintf(&log, "%s-wal", path) < 0)
		abort();
	ret = stat(log, &st) ? errno == ENOENT : !st.st_size;
	free(log);
	return ret;
}

/* SQLite wants to make the log that is not there, without the right to. */
static bool needs_log(struct kvip_store *store)
{
	int code = sqlite3_errcode(store->db.handle) & 0xff;

	return (code == SQLITE_CANTOPEN || code == SQLITE_READONLY) &&
	       log_is_empty(store->config->path);
}

static int open_to_read(struct kvip_store *store, struct kvip_err *err)
{
	const char *path = store->config->path;
	bool made;

	if (kvip_db_open(&store->db, path, SQLITE_OPEN_READONLY, err))
		return -1;
	if (!kvip_schema_prepare(&store->db, kvip_schema_steps,
				 kvip_schema_n_steps, false, &made, err))
		return 0;
	if (!needs_log(store))
		return -1;
	kvip_db_close(&store->db);
	if (kvip_db_open(&store->db, path,
			 SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, err))
		return -1;
	return kvip_schema_prepare(&store->db, kvip_schema_steps,
				   kvip_schema_n_steps, false, &made, err);
}

struct kvip_store *kvip_store_open(const struct kvip_store_config *config,
				   unsigned int flags, struct kvip_err *err)
{
	struct kvip_store *store;
	int ret;

	if (look_at(config->path, flags, err))
		return NULL;
	store = kvip_alloc(sizeof(*store));
	store->config = config;
	store->read_only = flags & KVIP_STORE_READ_ONLY;
	store->tokener = json_tokener_new_ex(BODY_DEPTH);
	store->following = json_object_new_object();
	ret = store->read_only ? open_to_read(store, err) :
				 open_to_write(store, flags, err);
	if (!ret)
		return store;
	kvip_store_close(store);
	return NULL;
}

void kvip_store_close(struct kvip_store *store)
{
	if (!store)
		return;
	kvip_watch_close(store->watch);
	kvip_db_close(&store->db);
	json_tokener_free(store->tokener);
	json_object_put(store->following);
	free(store);
}

int kvip_store_begin(struct kvip_store *store, struct kvip_err *err)
{
	if (store->read_only)
		return kvip_err_set(err,
				    "%s: the store is open to be read only",
				    store->config->path);
	return kvip_db_begin(&store->db, true, err);
}

int kvip_store_settle(struct kvip_store *store, struct kvip_err *err)
{
	while (store->freed) {
		store->freed = false;
		if (kvip_balance_retry(store, err))
			return -1;
	}
	return kvip_follow_all(store, err);
}

/* What was to be settled is, or is undone. */
static void forget(struct kvip_store *store)
{
	store->freed = false;
	if (!json_object_object_length(store->following))
		return;
	json_object_put(store->following);
	store->following = json_object_new_object();
}

int kvip_store_end(struct kvip_store *store, int ret, struct kvip_err *err)
{
	bool outermost = store->db.depth == 1;

	if (!ret && outermost && kvip_store_settle(store, err))
		ret = KVIP_STORE_ERROR;
	if (kvip_db_end(&store->db, !ret, err))
		ret = KVIP_STORE_ERROR;
	if (!outermost)
		return ret;
	forget(store);
	if (!ret)
		kvip_watch_ring(store->config->path);
	return ret;
}

int kvip_store_read_begin(struct kvip_store *store, bool *alone,
			  struct kvip_err *err)
{
	*alone = !store->db.depth;
	if (*alone)
		return kvip_db_begin(&store->db, false, err);
	return store->db.writing ? kvip_store_settle(store, err) : 0;
}

void kvip_store_read_end(struct kvip_store *store, bool alone)
{
	struct kvip_err unused;

	if (alone)
		kvip_db_end(&store->db, true, &unused);
}

int kvip_store_transaction(struct kvip_store *store,
			   int (*fn)(struct kvip_store *store, void *ctx,
				     struct kvip_err *err),
			   void *ctx, struct kvip_err *err)
{
	if (kvip_store_begin(store, err))
		return KVIP_STORE_ERROR;
	return kvip_store_end(store, fn(store, ctx, err), err);
}

int kvip_store_fd(struct kvip_store *store, struct kvip_err *err)
{
	if (!store->watch)
		store->watch = kvip_watch_open(store->config->path, err);
	return store->watch ? kvip_watch_fd(store->watch) : -1;
}

void kvip_store_acknowledge(struct kvip_store *store)
{
	if (store->watch)
		kvip_watch_acknowledge(store->watch);
}
