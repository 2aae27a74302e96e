/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * SQLite, with one sentence for whatever goes wrong: a file, its cached
 * statements, and transactions within transactions.
 */
#ifndef KVIP_STORE_DB_H
#define KVIP_STORE_DB_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "err.h"

/* Statements that stay prepared. */
#define KVIP_DB_STATEMENTS 64

/* How long a writer waits for another one. */
#define KVIP_DB_PATIENCE 30

struct kvip_db_statement {
	const char *sql;
	sqlite3_stmt *stmt;
	bool busy;
};

/**
 * struct kvip_db - an open file
 * @handle: SQLite's
 * @path: what errors call it; borrowed
 * @statements: those prepared, by the address of their text
 * @n_statements: how many
 * @depth: of transactions within transactions; 0: none is open
 * @writing: the outermost one may write
 * @since: when waiting for another process began
 */
struct kvip_db {
	sqlite3 *handle;
	const char *path;
	struct kvip_db_statement statements[KVIP_DB_STATEMENTS];
	size_t n_statements;
	unsigned int depth;
	bool writing;
	double since;
};

/**
 * kvip_db_open() - open a file
 * @db: zeroed
 * @path: an existing file or, with SQLITE_OPEN_CREATE, none; must outlive @db
 * @flags: SQLITE_OPEN_*; with SQLITE_OPEN_URI @path is no URI, but is read
 *	without a lock, as a file that nobody writes
 * @err: why not
 *
 * Return: 0 or -1.
 */
int kvip_db_open(struct kvip_db *db, const char *path, int flags,
		 struct kvip_err *err);

/* kvip_db_close() - a transaction that is open is undone */
void kvip_db_close(struct kvip_db *db);

/* kvip_db_fail() - what SQLite said last, as a sentence; returns -1 */
int kvip_db_fail(struct kvip_db *db, struct kvip_err *err);

/* kvip_db_exec() - statements of which no result is wanted */
int kvip_db_exec(struct kvip_db *db, const char *sql, struct kvip_err *err);

/**
 * kvip_db_query() - a statement with its parameters
 * @db: where
 * @err: why not
 * @sql: a string literal: it is known by its address
 * @types: of the parameters: 's' a const char * (NULL is NULL), 'i' an int64_t,
 *	'b' a const void * and a size_t
 *
 * Texts and blobs must live until kvip_db_done().
 *
 * Return: for kvip_db_step() and kvip_db_done(), or NULL.
 */
sqlite3_stmt *kvip_db_query(struct kvip_db *db, struct kvip_err *err,
			    const char *sql, const char *types, ...);

/* kvip_db_step() - 1: a row; 0: no more; -1 */
int kvip_db_step(struct kvip_db *db, sqlite3_stmt *stmt, struct kvip_err *err);

/* kvip_db_done() - the end of a query; NULL is ok */
void kvip_db_done(struct kvip_db *db, sqlite3_stmt *stmt);

/* kvip_db_run() - a query without rows; 0 or -1 */
int kvip_db_run(struct kvip_db *db, struct kvip_err *err, const char *sql,
		const char *types, ...);

/* kvip_db_number() - the number that a query's first row begins with; @found:
 * whether there is one, NULL: there must be; 0 or -1
 */
int kvip_db_number(struct kvip_db *db, struct kvip_err *err, bool *found,
		   int64_t *number, const char *sql, const char *types, ...);

/* kvip_db_text() - column @i of a row; NULL if it is NULL */
const char *kvip_db_text(sqlite3_stmt *stmt, int i);

/**
 * kvip_db_begin() - open a transaction, or one within the one that is open
 * @db: where
 * @write: whether it may write; not within one that may not
 * @err: why not
 *
 * Return: 0, and kvip_db_end() is to follow; or -1.
 */
int kvip_db_begin(struct kvip_db *db, bool write, struct kvip_err *err);

/* kvip_db_end() - keep it or undo it; 0 or -1, and then it is undone */
int kvip_db_end(struct kvip_db *db, bool keep, struct kvip_err *err);

#endif /* KVIP_STORE_DB_H */
