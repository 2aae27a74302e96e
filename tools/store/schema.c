// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdint.h>
#include <stdio.h>
#include <time.h>

#include "clock.h"
#include "db.h"
#include "schema.h"

/*
 * What is unique is so by an index: no two Services get one ClusterIP or node
 * port, whatever a program does. A holder is "namespace/name" of a Service.
 *
 * The columns of objects that are NULL for other kinds are there to find objects
 * without reading all bodies:
 *   service	of an EndpointSlice: the Service that its label names
 *   owner	of an EndpointSlice: the uid of the Service that owns it
 *   pair	of a Service: the first of its selector's pairs, "app=web"
 *   selector	of a Service: all of them, a JSON array, sorted
 *   waiting	of a Service: the version at which it began to wait for an address
 *   node	of a Pod: where it runs
 *   zone	of a Node
 *
 * A change holds what was there before; what came of it is what was there before
 * the next change of the object, or its body of now.
 */
static const char schema_1[] =
	"CREATE TABLE state ("
	" id INTEGER PRIMARY KEY CHECK (id = 1),"
	" version INTEGER NOT NULL,"
	" pools TEXT NOT NULL);"
	"INSERT INTO state VALUES (1, 0, '');"

	"CREATE TABLE objects ("
	" id INTEGER PRIMARY KEY AUTOINCREMENT,"
	" kind TEXT NOT NULL,"
	" ns TEXT NOT NULL,"
	" name TEXT NOT NULL,"
	" uid TEXT NOT NULL UNIQUE,"
	" version INTEGER NOT NULL,"
	" service TEXT,"
	" owner TEXT,"
	" pair TEXT,"
	" selector TEXT,"
	" waiting INTEGER,"
	" node TEXT,"
	" zone TEXT,"
	" body TEXT NOT NULL,"
	" UNIQUE (kind, ns, name));"
	"CREATE INDEX objects_service ON objects (ns, service)"
	" WHERE service IS NOT NULL;"
	"CREATE INDEX objects_owner ON objects (owner)"
	" WHERE owner IS NOT NULL;"
	"CREATE INDEX objects_pair ON objects (ns, pair)"
	" WHERE pair IS NOT NULL;"
	"CREATE INDEX objects_waiting ON objects (waiting)"
	" WHERE waiting IS NOT NULL;"
	"CREATE INDEX objects_node ON objects (node) WHERE node IS NOT NULL;"

	"CREATE TABLE labels (" /* of Pods, "app=web" */
	" ns TEXT NOT NULL,"
	" pair TEXT NOT NULL,"
	" pod INTEGER NOT NULL,"
	" PRIMARY KEY (ns, pair, pod)) WITHOUT ROWID;"
	"CREATE INDEX labels_pod ON labels (pod);"

	"CREATE TABLE changes ("
	" version INTEGER PRIMARY KEY,"
	" object INTEGER NOT NULL,"
	" type INTEGER NOT NULL,"
	" kind TEXT NOT NULL,"
	" ns TEXT NOT NULL,"
	" name TEXT NOT NULL,"
	" before TEXT);"
	"CREATE INDEX changes_object ON changes (object, version);"

	"CREATE TABLE cluster_ips ("
	" family INTEGER NOT NULL," /* 4 or 6 */
	" address BLOB NOT NULL,"
	" holder TEXT NOT NULL,"
	" PRIMARY KEY (family, address)) WITHOUT ROWID;"
	"CREATE INDEX cluster_ips_holder ON cluster_ips (holder);"

	"CREATE TABLE node_ports ("
	" port INTEGER NOT NULL,"
	" proto INTEGER NOT NULL,"
	" holder TEXT NOT NULL,"
	" health INTEGER NOT NULL," /* a health-check node port */
	" PRIMARY KEY (port, proto)) WITHOUT ROWID;"
	"CREATE INDEX node_ports_holder ON node_ports (holder);"

	"CREATE TABLE lb_addresses ("
	" address BLOB NOT NULL,"
	" proto INTEGER NOT NULL,"
	" port INTEGER NOT NULL,"
	" holder TEXT NOT NULL,"
	" share TEXT," /* the sharing key */
	" backends TEXT NOT NULL,"
	" PRIMARY KEY (address, proto, port)) WITHOUT ROWID;"
	"CREATE INDEX lb_addresses_holder ON lb_addresses (holder);"

	"CREATE TABLE marks ("
	" id INTEGER PRIMARY KEY AUTOINCREMENT,"
	" place TEXT NOT NULL UNIQUE,"
	" generation INTEGER NOT NULL,"
	" version INTEGER NOT NULL,"
	" config TEXT NOT NULL);";

const char *const kvip_schema_steps[] = { schema_1 };
const size_t kvip_schema_n_steps =
	sizeof(kvip_schema_steps) / sizeof(*kvip_schema_steps);

/* What a file is, as far as its schema goes. */
struct identity {
	int64_t application;
	int64_t version;
	int64_t n_tables;
};

static int identify(struct kvip_db *db, struct identity *identity,
		    struct kvip_err *err)
{
	if (kvip_db_number(db, err, NULL, &identity->application,
			   "PRAGMA application_id", "") ||
	    kvip_db_number(db, err, NULL, &identity->version,
			   "PRAGMA user_version", ""))
		return -1;
	return kvip_db_number(db, err, NULL, &identity->n_tables,
			      "SELECT count(*) FROM sqlite_master", "");
}

static bool is_new(const struct identity *identity)
{
	return !identity->application && !identity->version &&
	       !identity->n_tables;
}

/* Whether it is a store of ours that this kvip can use. */
static int judge(struct kvip_db *db, const struct identity *identity,
		 size_t newest, struct kvip_err *err)
{
	if (is_new(identity))
		return 0;
	if (identity->application != KVIP_SCHEMA_ID)
		return kvip_err_set(
			err,
			"%s: this is another program's database, not a store of kvip",
			db->path);
	if (identity->version > (int64_t)newest)
		return kvip_err_set(
			err,
			"%s: the store is of a newer kvip (schema %lld; this one knows %zu)",
			db->path, (long long)identity->version, newest);
	if (identity->version < 1)
		return kvip_err_set(err,
				    "%s: the file is damaged (schema %lld)",
				    db->path, (long long)identity->version);
	return 0;
}

static int set_version(struct kvip_db *db, size_t version, struct kvip_err *err)
{
	char sql[96];

	snprintf(sql, sizeof(sql),
		 "PRAGMA application_id = %d; PRAGMA user_version = %zu",
		 KVIP_SCHEMA_ID, version);
	return kvip_db_exec(db, sql, err);
}

static int take_steps(struct kvip_db *db, const struct identity *identity,
		      const char *const *steps, size_t n_steps,
		      struct kvip_err *err)
{
	size_t i;

	for (i = identity->version; i < n_steps; i++)
		if (kvip_db_exec(db, steps[i], err))
			return -1;
	return set_version(db, n_steps, err);
}

/* Another process may be doing the same: SQLite does not wait for it here. */
static int use_wal(struct kvip_db *db, struct kvip_err *err)
{
	const struct timespec moment = { .tv_nsec = 1000000 };
	double end = kvip_clock_monotonic() + KVIP_DB_PATIENCE;

	while (kvip_db_exec(db, "PRAGMA journal_mode = WAL", err)) {
		if ((sqlite3_errcode(db->handle) & 0xff) != SQLITE_BUSY ||
		    kvip_clock_monotonic() > end)
			return -1;
		nanosleep(&moment, NULL);
	}
	return 0;
}

/* Within a transaction, what was read before may be different by now. */
static int change(struct kvip_db *db, const char *const *steps, size_t n_steps,
		  bool *made, struct kvip_err *err)
{
	struct identity identity;

	if (kvip_db_begin(db, true, err))
		return -1;
	if (identify(db, &identity, err) ||
	    judge(db, &identity, n_steps, err) ||
	    take_steps(db, &identity, steps, n_steps, err)) {
		kvip_db_end(db, false, err);
		return -1;
	}
	*made = is_new(&identity);
	return *made ? 0 : kvip_db_end(db, true, err);
}

int kvip_schema_prepare(struct kvip_db *db, const char *const *steps,
			size_t n_steps, bool write, bool *made,
			struct kvip_err *err)
{
	struct identity identity;

	*made = false;
	if (identify(db, &identity, err) || judge(db, &identity, n_steps, err))
		return -1;
	if (identity.version == (int64_t)n_steps)
		return 0;
	if (!write && is_new(&identity))
		return kvip_err_set(err, "%s: the store is empty yet",
				    db->path);
	if (!write)
		return kvip_err_set(
			err,
			"%s: the store is of an older kvip (schema %lld) and has to be migrated by whoever may write it",
			db->path, (long long)identity.version);
	if (is_new(&identity) && use_wal(db, err))
		return -1;
	return change(db, steps, n_steps, made, err);
}
