// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "clock.h"
#include "db.h"

/* Between two looks at whether the other process is done, in microseconds. */
#define WAIT_MIN 200
#define WAIT_MAX 4000

/*
 * Called while another process has the lock. The waits differ from one process
 * to the next, so that they do not keep meeting.
 */
static int wait_a_moment(void *arg, int times)
{
	struct kvip_db *db = arg;
	double now = kvip_clock_monotonic();
	long wait = WAIT_MIN << (times < 5 ? times : 5);
	struct timespec moment = {};

	if (!times)
		db->since = now;
	if (now - db->since > KVIP_DB_PATIENCE)
		return 0;
	if (wait > WAIT_MAX)
		wait = WAIT_MAX;
	moment.tv_nsec = (wait / 2 + random() % wait) * 1000;
	nanosleep(&moment, NULL);
	return 1;
}

/* The sentence for what the system refused, such as "Permission denied". */
static int fail_system(struct kvip_db *db, const char *what,
		       struct kvip_err *err)
{
	int code = sqlite3_system_errno(db->handle);

	if (code == ENOSPC || code == EDQUOT)
		return kvip_err_set(err, "%s: the disk is full", db->path);
	return kvip_err_set(err, "%s: %s: %s", db->path, what,
			    code ? strerror(code) : sqlite3_errmsg(db->handle));
}

int kvip_db_fail(struct kvip_db *db, struct kvip_err *err)
{
	switch (sqlite3_errcode(db->handle) & 0xff) {
	case SQLITE_FULL:
		return kvip_err_set(err, "%s: the disk is full", db->path);
	case SQLITE_NOTADB:
		return kvip_err_set(err, "%s: this is not a store of kvip",
				    db->path);
	case SQLITE_CORRUPT:
		return kvip_err_set(err, "%s: the file is damaged (%s)",
				    db->path, sqlite3_errmsg(db->handle));
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return kvip_err_set(
			err,
			"%s: another process has kept the store locked for more than %d seconds",
			db->path, KVIP_DB_PATIENCE);
	case SQLITE_READONLY:
	case SQLITE_PERM:
	case SQLITE_AUTH:
		return kvip_err_set(err, "%s: no right to write the store",
				    db->path);
	case SQLITE_CANTOPEN:
		return fail_system(db, "the store can't be opened", err);
	case SQLITE_IOERR:
		return fail_system(db, "the store can't be read or written",
				   err);
	default:
		return kvip_err_set(err, "%s: %s", db->path,
				    sqlite3_errmsg(db->handle));
	}
}

/* A file name as SQLite's URIs have it. */
static char *make_uri(const char *path)
{
	return sqlite3_mprintf("file:%s?immutable=1", path);
}

static int open_handle(struct kvip_db *db, const char *path, int flags)
{
	char *uri = NULL, *escaped, *c;
	const char *from;
	int ret;

	if (!(flags & SQLITE_OPEN_URI))
		return sqlite3_open_v2(path, &db->handle, flags, NULL);
	escaped = sqlite3_malloc64(3 * strlen(path) + 1);
	if (!escaped)
		return SQLITE_NOMEM;
	for (c = escaped, from = path; *from; from++) {
		if (strchr("?#%", *from)) {
			sqlite3_snprintf(4, c, "%%%02x", (unsigned char)*from);
			c += 3;
		} else {
			*c++ = *from;
		}
	}
	*c = '\0';
	uri = make_uri(escaped);
	ret = sqlite3_open_v2(uri, &db->handle, flags, NULL);
	sqlite3_free(uri);
	sqlite3_free(escaped);
	return ret;
}

int kvip_db_open(struct kvip_db *db, const char *path, int flags,
		 struct kvip_err *err)
{
	db->path = path;
	if (open_handle(db, path, flags | SQLITE_OPEN_NOMUTEX) != SQLITE_OK) {
		if (!db->handle)
			return kvip_err_set(err, "%s: out of memory", path);
		kvip_db_fail(db, err);
		kvip_db_close(db);
		return -1;
	}
	sqlite3_extended_result_codes(db->handle, 1);
	sqlite3_busy_handler(db->handle, wait_a_moment, db);
	return 0;
}

void kvip_db_close(struct kvip_db *db)
{
	size_t i;

	for (i = 0; i < db->n_statements; i++)
		sqlite3_finalize(db->statements[i].stmt);
	db->n_statements = 0;
	sqlite3_close(db->handle);
	db->handle = NULL;
	db->depth = 0;
}

int kvip_db_exec(struct kvip_db *db, const char *sql, struct kvip_err *err)
{
	if (sqlite3_exec(db->handle, sql, NULL, NULL, NULL) == SQLITE_OK)
		return 0;
	return kvip_db_fail(db, err);
}

static sqlite3_stmt *prepare(struct kvip_db *db, const char *sql,
			     unsigned int flags, struct kvip_err *err)
{
	sqlite3_stmt *stmt;

	if (sqlite3_prepare_v3(db->handle, sql, -1, flags, &stmt, NULL) ==
	    SQLITE_OK)
		return stmt;
	kvip_db_fail(db, err);
	return NULL;
}

/* One from the cache, unless that one is being stepped through. */
static sqlite3_stmt *take(struct kvip_db *db, const char *sql,
			  struct kvip_err *err)
{
	struct kvip_db_statement *entry;
	size_t i;

	for (i = 0; i < db->n_statements; i++) {
		entry = &db->statements[i];
		if (entry->sql != sql)
			continue;
		if (entry->busy)
			return prepare(db, sql, 0, err);
		entry->busy = true;
		return entry->stmt;
	}
	if (db->n_statements == KVIP_DB_STATEMENTS)
		return prepare(db, sql, 0, err);
	entry = &db->statements[db->n_statements];
	entry->stmt = prepare(db, sql, SQLITE_PREPARE_PERSISTENT, err);
	if (!entry->stmt)
		return NULL;
	entry->sql = sql;
	entry->busy = true;
	db->n_statements++;
	return entry->stmt;
}

static void bind_one(sqlite3_stmt *stmt, int i, char type, va_list *args)
{
	const void *blob;
	const char *text;

	switch (type) {
	case 's':
		text = va_arg(*args, const char *);
		sqlite3_bind_text(stmt, i, text, -1, SQLITE_STATIC);
		return;
	case 'i':
		sqlite3_bind_int64(stmt, i, va_arg(*args, int64_t));
		return;
	default:
		blob = va_arg(*args, const void *);
		sqlite3_bind_blob64(stmt, i, blob, va_arg(*args, size_t),
				    SQLITE_STATIC);
	}
}

static sqlite3_stmt *query(struct kvip_db *db, struct kvip_err *err,
			   const char *sql, const char *types, va_list *args)
{
	sqlite3_stmt *stmt = take(db, sql, err);
	int i;

	for (i = 0; stmt && types[i]; i++)
		bind_one(stmt, i + 1, types[i], args);
	return stmt;
}

sqlite3_stmt *kvip_db_query(struct kvip_db *db, struct kvip_err *err,
			    const char *sql, const char *types, ...)
{
	sqlite3_stmt *stmt;
	va_list args;

	va_start(args, types);
	stmt = query(db, err, sql, types, &args);
	va_end(args);
	return stmt;
}

int kvip_db_step(struct kvip_db *db, sqlite3_stmt *stmt, struct kvip_err *err)
{
	switch (sqlite3_step(stmt)) {
	case SQLITE_ROW:
		return 1;
	case SQLITE_DONE:
		return 0;
	default:
		return kvip_db_fail(db, err);
	}
}

void kvip_db_done(struct kvip_db *db, sqlite3_stmt *stmt)
{
	size_t i;

	if (!stmt)
		return;
	for (i = 0; i < db->n_statements; i++) {
		if (db->statements[i].stmt != stmt)
			continue;
		sqlite3_reset(stmt);
		sqlite3_clear_bindings(stmt);
		db->statements[i].busy = false;
		return;
	}
	sqlite3_finalize(stmt);
}

int kvip_db_run(struct kvip_db *db, struct kvip_err *err, const char *sql,
		const char *types, ...)
{
	sqlite3_stmt *stmt;
	va_list args;
	int ret;

	va_start(args, types);
	stmt = query(db, err, sql, types, &args);
	va_end(args);
	if (!stmt)
		return -1;
	ret = kvip_db_step(db, stmt, err);
	kvip_db_done(db, stmt);
	return ret < 0 ? -1 : 0;
}

int kvip_db_number(struct kvip_db *db, struct kvip_err *err, bool *found,
		   int64_t *number, const char *sql, const char *types, ...)
{
	sqlite3_stmt *stmt;
	va_list args;
	int ret;

	va_start(args, types);
	stmt = query(db, err, sql, types, &args);
	va_end(args);
	if (!stmt)
		return -1;
	ret = kvip_db_step(db, stmt, err);
	if (ret > 0)
		*number = sqlite3_column_int64(stmt, 0);
	kvip_db_done(db, stmt);
	if (found)
		*found = ret > 0;
	else if (!ret)
		return kvip_err_set(err, "%s: the file is damaged", db->path);
	return ret < 0 ? -1 : 0;
}

const char *kvip_db_text(sqlite3_stmt *stmt, int i)
{
	return (const char *)sqlite3_column_text(stmt, i);
}

static int exec_at(struct kvip_db *db, const char *fmt, struct kvip_err *err)
{
	char sql[64];

	sqlite3_snprintf(sizeof(sql), sql, fmt, db->depth);
	return kvip_db_exec(db, sql, err);
}

/* SQLite itself undoes a transaction when the disk is full, for instance. */
static int fail_undone(struct kvip_db *db, struct kvip_err *err)
{
	return kvip_err_set(
		err, "%s: an earlier error has undone the whole transaction",
		db->path);
}

int kvip_db_begin(struct kvip_db *db, bool write, struct kvip_err *err)
{
	if (db->depth && write && !db->writing)
		return kvip_err_set(
			err,
			"%s: what is only being read can't be changed meanwhile",
			db->path);
	if (db->depth && sqlite3_get_autocommit(db->handle))
		return fail_undone(db, err);
	if (!db->depth) {
		if (kvip_db_exec(db, write ? "BEGIN IMMEDIATE" : "BEGIN", err))
			return -1;
		db->writing = write;
	} else if (db->writing && exec_at(db, "SAVEPOINT level%u", err)) {
		return -1;
	}
	db->depth++;
	return 0;
}

static int undo(struct kvip_db *db)
{
	struct kvip_err unused;

	if (sqlite3_get_autocommit(db->handle))
		return 0;
	if (!db->depth)
		return kvip_db_exec(db, "ROLLBACK", &unused);
	if (!db->writing)
		return 0;
	if (exec_at(db, "ROLLBACK TO level%u", &unused))
		return -1;
	return exec_at(db, "RELEASE level%u", &unused);
}

int kvip_db_end(struct kvip_db *db, bool keep, struct kvip_err *err)
{
	int ret = 0;

	db->depth--;
	if (!keep) {
		undo(db);
		return 0;
	}
	if (sqlite3_get_autocommit(db->handle))
		return fail_undone(db, err);
	if (!db->depth)
		ret = kvip_db_exec(db, "COMMIT", err);
	else if (db->writing)
		ret = exec_at(db, "RELEASE level%u", err);
	if (ret)
		undo(db);
	return ret;
}
