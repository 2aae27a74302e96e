/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The tables of the store's file, and how older ones become those of today. */
#ifndef KVIP_STORE_SCHEMA_H
#define KVIP_STORE_SCHEMA_H

#include <stdbool.h>
#include <stddef.h>

#include "err.h"

struct kvip_db;

/* PRAGMA application_id of a store: "kvip" */
#define KVIP_SCHEMA_ID 0x6b766970

/* Step N makes schema N + 1 of schema N; PRAGMA user_version tells which one a
 * file has.
 */
extern const char *const kvip_schema_steps[];
extern const size_t kvip_schema_n_steps;

/**
 * kvip_schema_prepare() - see to it that a file has the newest schema
 * @db: just opened
 * @steps: kvip_schema_steps, but for tests
 * @n_steps: how many
 * @write: whether it may be made or migrated
 * @made: out: it was made, and the transaction that does it is still open, for
 *	the caller to fill it and to kvip_db_end() it
 * @err: "PATH: the store is of a newer kvip (schema 3; this one knows 1)", ...
 *
 * Return: 0 or -1, and then nothing has changed.
 */
int kvip_schema_prepare(struct kvip_db *db, const char *const *steps,
			size_t n_steps, bool write, bool *made,
			struct kvip_err *err);

#endif /* KVIP_STORE_SCHEMA_H */
