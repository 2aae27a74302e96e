// SPDX-License-Identifier: GPL-2.0-or-later
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "allocate.h"
#include "balance.h"
#include "lb_config.h"
#include "lb_status.h"
#include "object.h"
#include "pool.h"
#include "row.h"
#include "store_core.h"

/* A Service has one of each family at most. */
#define ADDRS_MAX 2

/* What a Service has had, and who it is. */
struct holding {
	struct kvip_store *store;
	char *holder;
	struct kvip_addr addrs[ADDRS_MAX];
	unsigned int n;
};

static char *holder_of(struct json_object *service)
{
	char *holder;

	if (asprintf(&holder, "%s/%s", kvip_object_ns(service),
		     kvip_object_name(service)) < 0)
		abort();
	return holder;
}

static bool have_pools(const struct kvip_store *store)
{
	const struct kvip_lb_config *lb = store->config->lb;

	return lb && lb->n_pools;
}

static int read_holding(struct holding *holding, struct kvip_err *err)
{
	struct kvip_db *db = &holding->store->db;
	sqlite3_stmt *stmt;
	int ret;

	stmt = kvip_db_query(db, err,
			     "SELECT DISTINCT address FROM lb_addresses"
			     " WHERE holder = ? ORDER BY address",
			     "s", holding->holder);
	if (!stmt)
		return -1;
	while ((ret = kvip_db_step(db, stmt, err)) > 0)
		if (holding->n < ADDRS_MAX &&
		    kvip_addr_of_blob(sqlite3_column_blob(stmt, 0),
				      sqlite3_column_bytes(stmt, 0),
				      &holding->addrs[holding->n]))
			holding->n++;
	kvip_db_done(db, stmt);
	return ret;
}

static int begin_holding(struct holding *holding, struct kvip_store *store,
			 struct json_object *service, struct kvip_err *err)
{
	*holding = (struct holding){
		.store = store,
		.holder = holder_of(service),
	};
	return read_holding(holding, err);
}

static void end_holding(struct holding *holding)
{
	free(holding->holder);
}

/* It may be what another Service waits for. */
static int give_back(struct holding *holding, struct kvip_err *err)
{
	if (!holding->n)
		return 0;
	holding->store->freed = true;
	return kvip_db_run(&holding->store->db, err,
			   "DELETE FROM lb_addresses WHERE holder = ?", "s",
			   holding->holder);
}

int kvip_balance_release(struct kvip_store *store, struct json_object *service,
			 struct kvip_err *err)
{
	struct holding holding;
	int ret;

	ret = begin_holding(&holding, store, service, err);
	if (!ret)
		ret = give_back(&holding, err);
	end_holding(&holding);
	return ret;
}

static int take(struct holding *holding, const struct kvip_addr *addr,
		const struct kvip_lb_request *request, struct kvip_err *err)
{
	unsigned int i;

	for (i = 0; i < request->n_ports; i++)
		if (kvip_db_run(&holding->store->db, err,
				"INSERT INTO lb_addresses"
				" VALUES (?, ?, ?, ?, ?, ?)",
				"biisss", addr->bytes,
				kvip_addr_bytes(addr->family),
				(int64_t)request->ports[i].proto,
				(int64_t)request->ports[i].port,
				holding->holder, request->share,
				request->backends ? request->backends : ""))
			return -1;
	/* those with the same key may follow */
	if (request->share)
		holding->store->freed = true;
	return 0;
}

/* A request as far as kvip_lb_may_share() looks at it, out of a row. */
static void read_sharer(sqlite3_stmt *stmt, struct kvip_lb_request *other)
{
	const char *holder = kvip_db_text(stmt, 0);
	const char *slash = strchr(holder, '/');
	const char *share = kvip_db_text(stmt, 1);

	memset(other, 0, sizeof(*other));
	other->ns = strndup(holder, slash ? (size_t)(slash - holder) : 0);
	other->name = kvip_strdup(slash ? slash + 1 : holder);
	other->share = share ? kvip_strdup(share) : NULL;
	other->backends = kvip_strdup(kvip_db_text(stmt, 2));
	other->ports = kvip_alloc(sizeof(*other->ports));
	other->ports->proto = sqlite3_column_int(stmt, 3);
	other->ports->port = sqlite3_column_int(stmt, 4);
	other->n_ports = 1;
}

/* kvip_lb_holder_fn: one row a port, and each of them has to agree */
static int ask_holders(void *ctx, const struct kvip_addr *addr,
		       const struct kvip_lb_request *request,
		       struct kvip_err *who)
{
	struct holding *holding = ctx;
	struct kvip_db *db = &holding->store->db;
	struct kvip_lb_request other;
	sqlite3_stmt *stmt;
	int ret, fine = 1;

	stmt = kvip_db_query(db, who,
			     "SELECT holder, share, backends, proto, port"
			     " FROM lb_addresses WHERE address = ?",
			     "b", addr->bytes, kvip_addr_bytes(addr->family));
	if (!stmt)
		return -1;
	while (fine && (ret = kvip_db_step(db, stmt, who)) > 0) {
		read_sharer(stmt, &other);
		fine = kvip_lb_may_share(request, &other, who);
		kvip_lb_request_free(&other);
	}
	kvip_db_done(db, stmt);
	return fine && ret < 0 ? -1 : fine;
}

static bool same_text(const char *a, const char *b)
{
	return !strcmp(a ? a : "", b ? b : "");
}

/* Whether a Service asks the pools for what it asked before. */
static bool asks_the_same(const struct kvip_lb_request *a,
			  const struct kvip_lb_request *b)
{
	unsigned int i;

	if (a->n_families != b->n_families || a->n_wanted != b->n_wanted ||
	    a->optional != b->optional || !same_text(a->pool, b->pool) ||
	    memcmp(a->families, b->families, a->n_families))
		return false;
	for (i = 0; i < a->n_wanted; i++)
		if (kvip_addr_cmp(&a->wanted[i], &b->wanted[i]))
			return false;
	return true;
}

/* Addresses that no pool has any more stay while the Service asks for nothing
 * else, and may be shared as before. 1: they stay; 0; -1
 */
static int keep_orphans(struct holding *holding,
			const struct kvip_lb_request *request,
			struct json_object *old, struct kvip_err *err)
{
	const struct kvip_lb_config *lb = holding->store->config->lb;
	struct kvip_lb_request before;
	struct kvip_err who;
	unsigned int i;
	int ret = 0;

	for (i = 0; i < holding->n; i++)
		if (!kvip_lb_config_pool(lb, &holding->addrs[i]))
			ret = 1;
	if (!ret || !old)
		return 0;
	if (kvip_lb_request_read(old, lb, &before, &who) != 1 ||
	    !asks_the_same(request, &before))
		ret = 0;
	kvip_lb_request_free(&before);
	for (i = 0; ret > 0 && i < holding->n; i++) {
		ret = ask_holders(holding, &holding->addrs[i], request, &who);
		if (ret < 0)
			*err = who;
	}
	return ret;
}

static void set_status(struct json_object *service, struct json_object *status)
{
	json_object_object_add(service, "status", status);
}

static int take_all(struct holding *holding,
		    const struct kvip_lb_request *request,
		    struct json_object *service, const struct kvip_addr *addrs,
		    unsigned int n, struct kvip_err *err)
{
	unsigned int i;

	for (i = 0; i < n; i++)
		if (take(holding, &addrs[i], request, err))
			return -1;
	set_status(service, kvip_lb_status(service, addrs, n));
	return 0;
}

static void wait_for(struct json_object *service, const char *reason,
		     const struct kvip_err *why, bool *waits)
{
	set_status(service, kvip_lb_status_waiting(service, reason, why->text));
	*waits = true;
}

/* kvip_pools_choose() tells the file's faults and the Service's alike. */
struct choice {
	struct holding *holding;
	bool failed;
	struct kvip_err why;
};

static int ask(void *ctx, const struct kvip_addr *addr,
	       const struct kvip_lb_request *request, struct kvip_err *who)
{
	struct choice *choice = ctx;
	int ret = ask_holders(choice->holding, addr, request, who);

	if (ret < 0 && !choice->failed) {
		choice->failed = true;
		choice->why = *who;
	}
	return ret;
}

static int choose(struct holding *holding,
		  const struct kvip_lb_request *request,
		  struct json_object *service, bool *waits,
		  struct kvip_err *err)
{
	struct choice choice = { .holding = holding };
	struct kvip_addr got[ADDRS_MAX];
	unsigned int n = 0;
	struct kvip_err why;
	int ret;

	ret = kvip_pools_choose(holding->store->config->lb, request,
				holding->addrs, holding->n, ask, &choice, got,
				&n, &why);
	if (choice.failed) {
		*err = choice.why;
		return -1;
	}
	if (!ret)
		return take_all(holding, request, service, got, n, err);
	if (ret < 0)
		wait_for(service, "NotInPools", &why, waits);
	else
		wait_for(service,
			 request->n_wanted ? "AddressTaken" : "PoolEmpty", &why,
			 waits);
	return 0;
}

static int balance(struct holding *holding,
		   const struct kvip_lb_request *request,
		   struct json_object *service, struct json_object *old,
		   bool *waits, struct kvip_err *err)
{
	int ret = keep_orphans(holding, request, old, err);

	if (ret < 0)
		return -1;
	if (ret)
		return take_all(holding, request, service, holding->addrs,
				holding->n, err);
	return choose(holding, request, service, waits, err);
}

static bool is_balanced(struct json_object *service)
{
	const char *type =
		kvip_object_text(kvip_object_member(service, "spec"), "type");

	return type && !strcmp(type, "LoadBalancer");
}

/* One that is not the pools' gives back what it had of them; one that is of
 * another type has no load balancer at all.
 */
static int let_go(struct holding *holding, struct json_object *service,
		  struct json_object *old, struct kvip_err *err)
{
	bool was = old && is_balanced(old);

	if (holding->n || (was && !is_balanced(service)))
		set_status(service, kvip_lb_status(service, NULL, 0));
	return give_back(holding, err);
}

/* With no pool at all nothing is given out, and nothing taken away. */
static bool leave_alone(const struct holding *holding,
			struct json_object *service)
{
	return !have_pools(holding->store) && is_balanced(service);
}

int kvip_balance(struct kvip_store *store, struct json_object *service,
		 struct json_object *old, bool *waits, struct kvip_err *err)
{
	struct kvip_lb_request request = {};
	struct holding holding;
	struct kvip_err why;
	int ret, ours = 0;

	*waits = false;
	ret = begin_holding(&holding, store, service, err);
	if (ret || leave_alone(&holding, service)) {
		end_holding(&holding);
		return ret;
	}
	if (have_pools(store))
		ours = kvip_lb_request_read(service, store->config->lb,
					    &request, &why);
	if (!ours)
		ret = let_go(&holding, service, old, err);
	else
		ret = give_back(&holding, err);
	if (!ret && ours > 0)
		ret = balance(&holding, &request, service, old, waits, err);
	else if (!ret && ours < 0)
		wait_for(service, "InvalidRequest", &why, waits);
	kvip_lb_request_free(&request);
	end_holding(&holding);
	return ret;
}

/* Addresses of pools that are there no more go with the status that had them. */
static int drop_untold(struct kvip_store *store, struct json_object *service,
		       struct kvip_err *err)
{
	struct kvip_addr told[16];
	struct holding holding;
	unsigned int i;
	size_t n, j;
	int ret;

	n = kvip_lb_status_addrs(service, told, 16);
	ret = begin_holding(&holding, store, service, err);
	for (i = 0; !ret && i < holding.n; i++) {
		for (j = 0; j < n; j++)
			if (!kvip_addr_cmp(&told[j], &holding.addrs[i]))
				break;
		if (j < n)
			continue;
		store->freed = true;
		ret = kvip_db_run(&store->db, err,
				  "DELETE FROM lb_addresses"
				  " WHERE holder = ? AND address = ?",
				  "sb", holding.holder, holding.addrs[i].bytes,
				  kvip_addr_bytes(holding.addrs[i].family));
	}
	end_holding(&holding);
	return ret;
}

int kvip_balance_status(struct kvip_store *store, struct json_object *service,
			struct json_object *old, bool *waits,
			struct kvip_err *err)
{
	struct kvip_lb_request request = {};
	struct kvip_err why;
	int ours = 0;

	*waits = false;
	if (have_pools(store)) {
		ours = kvip_lb_request_read(service, store->config->lb,
					    &request, &why);
		kvip_lb_request_free(&request);
	}
	if (ours)
		return kvip_balance(store, service, old, waits, err);
	return drop_untold(store, service, err);
}

/* What is asked for if nothing special is: by family alone. */
struct plain {
	uint8_t families[2];
	unsigned int n_families;
	bool optional;
};

/* Requests of this round that got nothing: who asks for the same gets nothing. */
struct round {
	struct plain *failed;
	size_t n;
};

static bool read_plain(struct kvip_store *store, struct json_object *service,
		       struct plain *plain)
{
	struct kvip_lb_request request = {};
	struct kvip_err why;
	bool ret;

	ret = kvip_lb_request_read(service, store->config->lb, &request,
				   &why) == 1 &&
	      !request.share && !request.pool && !request.n_wanted;
	if (ret) {
		memset(plain, 0, sizeof(*plain));
		plain->n_families = request.n_families;
		memcpy(plain->families, request.families, request.n_families);
		plain->optional = request.optional;
	}
	kvip_lb_request_free(&request);
	return ret;
}

static bool is_hopeless(const struct round *round, const struct plain *plain)
{
	size_t i;

	for (i = 0; i < round->n; i++)
		if (!memcmp(&round->failed[i], plain, sizeof(*plain)))
			return true;
	return false;
}

static int store_retried(struct kvip_store *store, struct kvip_row *row,
			 struct json_object *service, bool waits,
			 struct kvip_err *err)
{
	if (waits == !!row->waiting && json_object_equal(service, row->object))
		return 0;
	return kvip_row_write(store, KVIP_KIND_SERVICE, row, service, waits,
			      err);
}

static int try_one(struct kvip_store *store, const char *ns, const char *name,
		   struct round *round, struct kvip_err *err)
{
	struct json_object *service = NULL;
	struct plain plain;
	struct kvip_row row;
	bool is_plain, waits;
	int ret;

	ret = kvip_row_read(store, KVIP_KIND_SERVICE, ns, name, &row, err);
	if (ret <= 0)
		return ret;
	is_plain = read_plain(store, row.object, &plain);
	if (is_plain && is_hopeless(round, &plain)) {
		kvip_row_free(&row);
		return 0;
	}
	json_object_deep_copy(row.object, &service, NULL);
	ret = kvip_balance(store, service, row.object, &waits, err);
	if (!ret)
		ret = store_retried(store, &row, service, waits, err);
	if (!ret && waits && is_plain) {
		round->failed =
			kvip_grow(round->failed, round->n, sizeof(plain));
		round->failed[round->n++] = plain;
	}
	json_object_put(service);
	kvip_row_free(&row);
	return ret;
}

/* The names of Services that @sql finds, as "namespace", "name" in turn. */
static int read_names(struct kvip_store *store, const char *sql,
		      struct json_object *names, struct kvip_err *err)
{
	sqlite3_stmt *stmt = kvip_db_query(&store->db, err, sql, "");
	int i, ret;

	if (!stmt)
		return -1;
	while ((ret = kvip_db_step(&store->db, stmt, err)) > 0)
		for (i = 0; i < 2; i++)
			json_object_array_add(
				names,
				json_object_new_string(kvip_db_text(stmt, i)));
	kvip_db_done(&store->db, stmt);
	return ret;
}

static int try_all(struct kvip_store *store, const char *sql,
		   struct kvip_err *err)
{
	struct json_object *names = json_object_new_array();
	struct round round = {};
	size_t i;
	int ret;

	ret = read_names(store, sql, names, err);
	for (i = 0; !ret && i < json_object_array_length(names); i += 2)
		ret = try_one(store,
			      json_object_get_string(
				      json_object_array_get_idx(names, i)),
			      json_object_get_string(
				      json_object_array_get_idx(names, i + 1)),
			      &round, err);
	free(round.failed);
	json_object_put(names);
	return ret;
}

int kvip_balance_retry(struct kvip_store *store, struct kvip_err *err)
{
	if (!have_pools(store))
		return 0;
	return try_all(store,
		       "SELECT ns, name FROM objects WHERE waiting IS NOT NULL"
		       " ORDER BY waiting",
		       err);
}

static char *append(char *text, const char *separator, const char *value)
{
	char *longer;

	if (asprintf(&longer, "%s%s%s", text, separator, value) < 0)
		abort();
	free(text);
	return longer;
}

/* All that decides who gets which address. */
static char *describe_pools(const struct kvip_store *store)
{
	const struct kvip_lb_config *lb = store->config->lb;
	char *text = kvip_strdup("");
	char address[INET6_ADDRSTRLEN];
	size_t i, j;

	if (!have_pools(store))
		return text;
	text = append(text, "class ", lb->class ? lb->class : "");
	for (i = 0; i < lb->n_pools; i++) {
		const struct kvip_pool *pool = &lb->pools[i];

		text = append(text, pool->automatic ? "; " : "; by name ",
			      pool->name);
		for (j = 0; j < pool->n_ranges; j++) {
			kvip_addr_text(&pool->ranges[j].first, address);
			text = append(text, ", ", address);
			kvip_addr_text(&pool->ranges[j].last, address);
			text = append(text, "-", address);
		}
	}
	return text;
}

static int know_pools(struct kvip_store *store, const char *pools, bool *same,
		      struct kvip_err *err)
{
	int64_t equal;

	if (kvip_db_number(&store->db, err, NULL, &equal,
			   "SELECT pools = ? FROM state", "s", pools))
		return -1;
	*same = equal;
	return 0;
}

static int use_pools(struct kvip_store *store, const char *pools,
		     struct kvip_err *err)
{
	if (kvip_db_run(&store->db, err, "UPDATE state SET pools = ?", "s",
			pools))
		return -1;
	if (!have_pools(store))
		return 0;
	return try_all(store,
		       "SELECT ns, name FROM objects o WHERE kind = 'Service'"
		       " AND json_extract(body, '$.spec.type') = 'LoadBalancer'"
		       " AND NOT EXISTS (SELECT 1 FROM lb_addresses l"
		       " WHERE l.holder = o.ns || '/' || o.name)"
		       " ORDER BY coalesce(waiting, version)",
		       err);
}

int kvip_balance_pools(struct kvip_store *store, struct kvip_err *err)
{
	char *pools = describe_pools(store);
	bool same;
	int ret;

	ret = know_pools(store, pools, &same, err);
	if (!ret && !same) {
		ret = kvip_store_begin(store, err);
		if (!ret)
			ret = kvip_store_end(store,
					     use_pools(store, pools, err), err);
	}
	free(pools);
	return ret;
}

/* Nothing is held by a Service that waits, so that nothing has to be given back to
 * see what it would get.
 */
static int would_get(struct holding *holding, struct json_object *service,
		     struct kvip_err *err)
{
	struct choice choice = { .holding = holding };
	const struct kvip_lb_config *lb = holding->store->config->lb;
	struct kvip_lb_request request = {};
	struct kvip_addr got[ADDRS_MAX];
	char text[INET6_ADDRSTRLEN];
	unsigned int n = 0;
	struct kvip_err why;
	int ret = -1;

	if (kvip_lb_request_read(service, lb, &request, &why) == 1)
		ret = kvip_pools_choose(lb, &request, NULL, 0, ask, &choice,
					got, &n, &why);
	kvip_lb_request_free(&request);
	if (choice.failed) {
		*err = choice.why;
		return -1;
	}
	if (ret)
		return 0;
	return kvip_err_set(err, "%s: Service %s waits, but %s is free",
			    holding->store->db.path, holding->holder,
			    n ? kvip_addr_text(&got[0], text) : "nothing");
}

int kvip_balance_check(struct kvip_store *store, struct json_object *service,
		       struct kvip_err *err)
{
	struct holding holding;
	int ret;

	if (!have_pools(store))
		return 0;
	ret = begin_holding(&holding, store, service, err);
	if (!ret && holding.n)
		ret = kvip_err_set(err, "%s: Service %s waits, but has %u",
				   store->db.path, holding.holder, holding.n);
	if (!ret)
		ret = would_get(&holding, service, err);
	end_holding(&holding);
	return ret;
}
