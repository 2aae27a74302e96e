// SPDX-License-Identifier: GPL-2.0-or-later
/* Whether the store is as it must be, whoever was killed while writing it. */
#include <inttypes.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "addr.h"
#include "allocate.h"
#include "balance.h"
#include "follow.h"
#include "lb_config.h"
#include "lb_status.h"
#include "object.h"
#include "row.h"
#include "store_core.h"

/* A query that must find nothing, and what it finds in words. */
struct rule {
	const char *sql;
	const char *what;
};

/* So that the index of objects finds it. */
#define HELD_BY_NOBODY                                             \
	"NOT EXISTS (SELECT 1 FROM objects WHERE kind = 'Service'" \
	" AND ns = substr(holder, 1, instr(holder, '/') - 1)"      \
	" AND name = substr(holder, instr(holder, '/') + 1))"

static const struct rule rules[] = {
	{ "SELECT holder FROM cluster_ips WHERE " HELD_BY_NOBODY,
	  "a ClusterIP is held by %s, which is not there" },
	{ "SELECT holder FROM node_ports WHERE " HELD_BY_NOBODY,
	  "a node port is held by %s, which is not there" },
	{ "SELECT holder FROM lb_addresses WHERE " HELD_BY_NOBODY,
	  "a load-balancer address is held by %s, which is not there" },
	{ "SELECT a.holder || ' and ' || b.holder FROM lb_addresses a"
	  " JOIN lb_addresses b ON a.address = b.address"
	  " AND a.holder < b.holder"
	  " WHERE a.share IS NULL OR b.share IS NULL OR a.share <> b.share",
	  "%s have one load-balancer address, but no common sharing key" },
	{ "SELECT pod FROM labels WHERE NOT EXISTS (SELECT 1 FROM objects"
	  " WHERE id = pod AND kind = 'Pod')",
	  "there are labels of Pod %s, which is not there" },
	{ "SELECT max(c.version) FROM changes c, state s"
	  " HAVING max(c.version) <> max(s.version)",
	  "the last change is %s, which is not the store's version" },
	{ "SELECT count(*) FROM changes"
	  " HAVING count(*) <> max(version) - min(version) + 1",
	  "of the changes only %s are there" },
	{ "SELECT o.kind || ' ' || o.ns || '/' || o.name FROM objects o"
	  " WHERE o.version <> json_extract(body,"
	  " '$.metadata.resourceVersion')"
	  " OR o.uid <> json_extract(body, '$.metadata.uid')"
	  " OR o.name <> json_extract(body, '$.metadata.name')"
	  " OR o.ns <> coalesce(json_extract(body,"
	  " '$.metadata.namespace'), '')"
	  " OR o.version > (SELECT version FROM state)",
	  "%s is not what its body says" },
	{ "SELECT s.ns || '/' || s.name FROM objects s"
	  " WHERE s.kind = 'EndpointSlice' AND s.owner IS NOT NULL"
	  " AND NOT EXISTS (SELECT 1 FROM objects o WHERE o.uid = s.owner)",
	  "EndpointSlice %s has outlived its Service" },
};

/* The first text of a query's first row; 1, 0 or -1. */
static int ask(struct kvip_store *store, const char *sql, char text[256],
	       struct kvip_err *err)
{
	sqlite3_stmt *stmt = kvip_db_query(&store->db, err, sql, "");
	int ret;

	if (!stmt)
		return -1;
	ret = kvip_db_step(&store->db, stmt, err);
	if (ret > 0)
		snprintf(text, 256, "%s", kvip_db_text(stmt, 0));
	kvip_db_done(&store->db, stmt);
	return ret;
}

static int fail(struct kvip_store *store, const char *what, const char *text,
		struct kvip_err *err)
{
	const char *hole = strstr(what, "%s");

	return kvip_err_set(err, "%s: %.*s%s%s", store->db.path,
			    (int)(hole - what), what, text, hole + 2);
}

static int check_rules(struct kvip_store *store, struct kvip_err *err)
{
	char text[256];
	size_t i;
	int ret;

	for (i = 0; i < sizeof(rules) / sizeof(*rules); i++) {
		ret = ask(store, rules[i].sql, text, err);
		if (ret < 0)
			return -1;
		if (ret)
			return fail(store, rules[i].what, text, err);
	}
	return 0;
}

static int check_file(struct kvip_store *store, struct kvip_err *err)
{
	char text[256];
	int ret;

	ret = ask(store, "PRAGMA integrity_check", text, err);
	if (ret < 0)
		return -1;
	if (strcmp(text, "ok"))
		return fail(store, "the file is damaged: %s", text, err);
	return 0;
}

/* All that a Service says it has, and all that it is said to have, as sorted
 * texts.
 */
struct claims {
	struct json_object *told;
	struct json_object *held;
};

static void claim(struct json_object *list, const char *text)
{
	json_object_array_add(list, json_object_new_string(text));
}

static void claim_port(struct json_object *list, int64_t port,
		       const char *proto)
{
	char text[64];

	if (!port)
		return;
	snprintf(text, sizeof(text), "%" PRId64 "/%s", port, proto);
	claim(list, text);
}

static void claim_ips(struct json_object *list, struct json_object *spec)
{
	struct json_object *ips = kvip_object_member(spec, "clusterIPs");
	size_t i, n = ips ? json_object_array_length(ips) : 0;

	for (i = 0; i < n; i++) {
		const char *ip = json_object_get_string(
			json_object_array_get_idx(ips, i));

		if (strcmp(ip, "None"))
			claim(list, ip);
	}
}

/* One port for two protocols is two claims; one twice for TCP can't be. */
static void claim_ports(struct json_object *list, struct json_object *spec)
{
	struct json_object *ports = kvip_object_member(spec, "ports");
	size_t i, n = ports ? json_object_array_length(ports) : 0;

	for (i = 0; i < n; i++) {
		struct json_object *port = json_object_array_get_idx(ports, i);
		const char *proto = kvip_object_text(port, "protocol");

		claim_port(list,
			   json_object_get_int64(
				   kvip_object_member(port, "nodePort")),
			   proto ? proto : "TCP");
	}
	claim_port(list,
		   json_object_get_int64(
			   kvip_object_member(spec, "healthCheckNodePort")),
		   "TCP");
}

static int hold_ips(struct kvip_store *store, struct json_object *list,
		    const char *sql, const char *prefix, const char *holder,
		    struct kvip_err *err)
{
	sqlite3_stmt *stmt = kvip_db_query(&store->db, err, sql, "s", holder);
	char address[INET6_ADDRSTRLEN], text[INET6_ADDRSTRLEN + 8];
	struct kvip_addr addr;
	int ret;

	if (!stmt)
		return -1;
	while ((ret = kvip_db_step(&store->db, stmt, err)) > 0) {
		if (!kvip_addr_of_blob(sqlite3_column_blob(stmt, 0),
				       sqlite3_column_bytes(stmt, 0), &addr))
			continue;
		snprintf(text, sizeof(text), "%s%s", prefix,
			 kvip_addr_text(&addr, address));
		claim(list, text);
	}
	kvip_db_done(&store->db, stmt);
	return ret;
}

static int hold_ports(struct kvip_store *store, struct json_object *list,
		      const char *holder, struct kvip_err *err)
{
	sqlite3_stmt *stmt;
	int ret;

	stmt = kvip_db_query(
		&store->db, err,
		"SELECT port, proto FROM node_ports WHERE holder = ?", "s",
		holder);
	if (!stmt)
		return -1;
	while ((ret = kvip_db_step(&store->db, stmt, err)) > 0)
		claim_port(list, sqlite3_column_int64(stmt, 0),
			   kvip_proto_text(sqlite3_column_int(stmt, 1)));
	kvip_db_done(&store->db, stmt);
	return ret;
}

/* Those of its status that pools have given out; a provider's are its own. */
static void claim_balanced(struct kvip_store *store, struct json_object *list,
			   struct json_object *service)
{
	char address[INET6_ADDRSTRLEN], text[INET6_ADDRSTRLEN + 8];
	const struct kvip_lb_config *lb = store->config->lb;
	struct kvip_addr addrs[16];
	size_t i, n = kvip_lb_status_addrs(service, addrs, 16);

	for (i = 0; lb && i < n; i++) {
		if (!kvip_lb_config_pool(lb, &addrs[i]))
			continue;
		snprintf(text, sizeof(text), "lb %s",
			 kvip_addr_text(&addrs[i], address));
		claim(list, text);
	}
}

static int compare_texts(const void *a, const void *b)
{
	struct json_object *const *left = a, *const *right = b;

	return strcmp(json_object_get_string(*left),
		      json_object_get_string(*right));
}

/* Addresses of pools that are there no more are held, too, but not asked for. */
static void drop_orphans(struct kvip_store *store, struct json_object *list)
{
	size_t i = json_object_array_length(list);

	while (i-- > 0) {
		const char *text = json_object_get_string(
			json_object_array_get_idx(list, i));
		struct kvip_addr addr;

		if (strncmp(text, "lb ", 3) ||
		    !kvip_addr_parse(text + 3, &addr))
			continue;
		if (!store->config->lb ||
		    !kvip_lb_config_pool(store->config->lb, &addr))
			json_object_array_del_idx(list, i, 1);
	}
}

static int read_claims(struct kvip_store *store, struct json_object *service,
		       const char *holder, struct claims *claims,
		       struct kvip_err *err)
{
	struct json_object *spec = kvip_object_member(service, "spec");

	claim_ips(claims->told, spec);
	claim_ports(claims->told, spec);
	claim_balanced(store, claims->told, service);
	if (hold_ips(store, claims->held,
		     "SELECT address FROM cluster_ips WHERE holder = ?", "",
		     holder, err) ||
	    hold_ips(store, claims->held,
		     "SELECT DISTINCT address FROM lb_addresses"
		     " WHERE holder = ?",
		     "lb ", holder, err) ||
	    hold_ports(store, claims->held, holder, err))
		return -1;
	drop_orphans(store, claims->held);
	json_object_array_sort(claims->told, compare_texts);
	json_object_array_sort(claims->held, compare_texts);
	return 0;
}

static int check_claims(struct kvip_store *store, struct json_object *service,
			const char *holder, struct kvip_err *err)
{
	struct claims claims = {
		.told = json_object_new_array(),
		.held = json_object_new_array(),
	};
	int ret;

	ret = read_claims(store, service, holder, &claims, err);
	if (!ret && !json_object_equal(claims.told, claims.held))
		ret = kvip_err_set(
			err,
			"%s: Service %s says it has %s, but %s is given out to it",
			store->db.path, holder,
			json_object_to_json_string(claims.told),
			json_object_to_json_string(claims.held));
	json_object_put(claims.told);
	json_object_put(claims.held);
	return ret;
}

static int check_slices(struct kvip_store *store, struct json_object *service,
			const char *holder, struct kvip_err *err)
{
	struct json_object *old, *wanted;
	int ret = 0;

	if (kvip_follow_wanted(store, service, &old, &wanted, err))
		return -1;
	if (!kvip_follow_same(old, wanted))
		ret = kvip_err_set(
			err,
			"%s: the EndpointSlices of Service %s are not what its Pods want",
			store->db.path, holder);
	json_object_put(old);
	json_object_put(wanted);
	return ret;
}

static int check_service(struct json_object *service, void *ctx,
			 struct kvip_err *err)
{
	struct kvip_store *store = ctx;
	char *holder;
	int ret;

	if (asprintf(&holder, "%s/%s", kvip_object_ns(service),
		     kvip_object_name(service)) < 0)
		abort();
	ret = check_claims(store, service, holder, err);
	if (!ret)
		ret = check_slices(store, service, holder, err);
	free(holder);
	return ret;
}

static int check_change(const struct kvip_store_change *change, void *ctx,
			struct kvip_err *err)
{
	const char *version = kvip_object_version(change->object);
	struct kvip_store *store = ctx;

	if (version && strtoull(version, NULL, 10) == change->version)
		return 0;
	return kvip_err_set(err,
			    "%s: what came of change %" PRIu64 " is not known",
			    store->db.path, change->version);
}

static int check_changes(struct kvip_store *store, struct kvip_err *err)
{
	uint64_t version;
	int64_t first;

	if (kvip_db_number(&store->db, err, NULL, &first,
			   "SELECT coalesce(min(version), 1) FROM changes", ""))
		return -1;
	return kvip_store_changes(store, first - 1, check_change, store,
				  &version, err);
}

/* A Pod's labels are where its EndpointSlices are found by. */
static int check_labels(struct kvip_store *store, struct kvip_err *err)
{
	char text[256];
	int ret;

	ret = ask(store,
		  "SELECT o.ns || '/' || o.name FROM objects o,"
		  " (SELECT json_object() AS none) WHERE kind = 'Pod' AND ("
		  "(SELECT count(*) FROM json_each(coalesce(json_extract("
		  "body, '$.metadata.labels'), none))) <>"
		  " (SELECT count(*) FROM labels l WHERE l.pod = o.id)"
		  " OR EXISTS (SELECT 1 FROM json_each(coalesce(json_extract("
		  "body, '$.metadata.labels'), none)) WHERE NOT EXISTS"
		  " (SELECT 1 FROM labels l WHERE l.ns = o.ns"
		  " AND l.pod = o.id AND l.pair = key || '=' || value)))",
		  text, err);
	if (ret <= 0)
		return ret;
	return fail(store, "the labels of Pod %s are not those of its body",
		    text, err);
}

/* Those that wait, while there is nothing for them. */
static int check_waiting(struct kvip_store *store, struct kvip_err *err)
{
	struct json_object *service;
	sqlite3_stmt *stmt;
	int ret;

	stmt = kvip_db_query(
		&store->db, err,
		"SELECT body FROM objects WHERE waiting IS NOT NULL", "");
	if (!stmt)
		return -1;
	while ((ret = kvip_db_step(&store->db, stmt, err)) > 0) {
		service = kvip_row_parse(store, kvip_db_text(stmt, 0), err);
		ret = service ? kvip_balance_check(store, service, err) : -1;
		json_object_put(service);
		if (ret)
			break;
	}
	kvip_db_done(&store->db, stmt);
	return ret;
}

int kvip_store_check(struct kvip_store *store, struct kvip_err *err)
{
	bool alone;
	int ret;

	if (kvip_store_read_begin(store, &alone, err))
		return -1;
	ret = check_file(store, err);
	if (!ret)
		ret = check_rules(store, err);
	if (!ret)
		ret = check_labels(store, err);
	if (!ret)
		ret = check_changes(store, err);
	if (!ret)
		ret = kvip_store_list(store, KVIP_KIND_SERVICE, NULL,
				      check_service, store, NULL, err);
	if (!ret)
		ret = check_waiting(store, err);
	kvip_store_read_end(store, alone);
	return ret ? -1 : 0;
}
