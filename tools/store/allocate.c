// SPDX-License-Identifier: GPL-2.0-or-later
#include <endian.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "alloc.h"
#include "allocate.h"
#include "store_core.h"

/* Of larger blocks only so many bits are used: more than there can be Services. */
#define BITS_MAX 62

/*
 * Numbers from @low to @high; those that nobody asked for by name are taken from
 * @middle on first, so that those below are still free for whoever does
 * (KEP-3070, KEP-3668).
 */
struct span {
	uint64_t low;
	uint64_t middle;
	uint64_t high;
};

/* How many are kept for those who ask by name, of @size. */
static uint64_t reserved(uint64_t size, unsigned int step, uint64_t max)
{
	uint64_t n = size / step;

	if (size < 16)
		return 0;
	return n < 16 ? 16 : n > max ? max : n;
}

static uint64_t random_below(uint64_t n)
{
	uint64_t number;

	if (getrandom(&number, sizeof(number), 0) != sizeof(number))
		abort();
	return number % n;
}

/*
 * Walk the numbers that are taken, which @stmt tells in order beginning with
 * @first, to one that is not among them. 1: found; 0: there is none up to @last.
 */
static int find_gap(struct kvip_store *store, sqlite3_stmt *stmt,
		    uint64_t first, uint64_t last,
		    uint64_t (*number)(sqlite3_stmt *stmt, uint64_t base),
		    uint64_t base, uint64_t *found, struct kvip_err *err)
{
	uint64_t next = first;
	int ret;

	while ((ret = kvip_db_step(&store->db, stmt, err)) > 0) {
		uint64_t taken = number(stmt, base);

		if (taken > next)
			break;
		next = taken + 1;
	}
	*found = next;
	return ret < 0 ? -1 : next <= last;
}

/* One of the ranges to look through, in turn. */
typedef int (*find_fn)(void *ctx, uint64_t first, uint64_t last,
		       uint64_t *found, struct kvip_err *err);

/* From a random number on to the last, then from the first on. */
static int find_within(uint64_t first, uint64_t last, find_fn find, void *ctx,
		       uint64_t *found, struct kvip_err *err)
{
	uint64_t start = first + random_below(last - first + 1);
	int ret = find(ctx, start, last, found, err);

	if (ret || start == first)
		return ret;
	return find(ctx, first, start - 1, found, err);
}

/* 1: found, 0: all are taken, -1 */
static int find_free(const struct span *span, find_fn find, void *ctx,
		     uint64_t *found, struct kvip_err *err)
{
	int ret = 0;

	if (span->middle <= span->high)
		ret = find_within(span->middle, span->high, find, ctx, found,
				  err);
	if (ret || span->middle <= span->low)
		return ret;
	return find_within(span->low,
			   span->middle - 1 < span->high ? span->middle - 1 :
							   span->high,
			   find, ctx, found, err);
}

bool kvip_addr_of_blob(const void *blob, size_t n, struct kvip_addr *addr)
{
	if (n != 4 && n != 16)
		return false;
	memset(addr, 0, sizeof(*addr));
	addr->family = n == 4 ? AF_INET : AF_INET6;
	memcpy(addr->bytes, blob, n);
	return true;
}

/* The last eight bytes of an address, or all four, as a number. */
static uint64_t tail(const struct kvip_addr *addr)
{
	uint64_t number;

	if (addr->family == AF_INET)
		return be32toh(addr->v4.s_addr);
	memcpy(&number, addr->bytes + 8, sizeof(number));
	return be64toh(number);
}

static void set_tail(struct kvip_addr *addr, uint64_t number)
{
	if (addr->family == AF_INET) {
		addr->v4.s_addr = htobe32(number);
		return;
	}
	number = htobe64(number);
	memcpy(addr->bytes + 8, &number, sizeof(number));
}

/* The offsets of a block that may be given out: not the network's own address
 * (IPv6: the routers' anycast address), nor the broadcast address.
 */
static struct span addresses_of(const struct kvip_prefix *cidr)
{
	unsigned int bits = 8 * kvip_addr_bytes(cidr->addr.family);
	uint64_t size;

	bits = bits > cidr->length ? bits - cidr->length : 0;
	if (bits > BITS_MAX)
		bits = BITS_MAX;
	size = (uint64_t)1 << bits;
	return (struct span){
		.low = 1,
		.middle = 1 + reserved(size, 16, 256),
		.high = size - (cidr->addr.family == AF_INET ? 2 : 1),
	};
}

struct block_search {
	struct kvip_store *store;
	const struct kvip_prefix *cidr;
};

static uint64_t address_number(sqlite3_stmt *stmt, uint64_t base)
{
	struct kvip_addr addr;

	if (!kvip_addr_of_blob(sqlite3_column_blob(stmt, 0),
			       sqlite3_column_bytes(stmt, 0), &addr))
		return 0;
	return tail(&addr) - base;
}

static int64_t family_number(uint8_t family)
{
	return family == AF_INET ? 4 : 6;
}

static int find_address(void *ctx, uint64_t first, uint64_t last,
			uint64_t *found, struct kvip_err *err)
{
	struct block_search *search = ctx;
	struct kvip_addr from = search->cidr->addr, to = from;
	size_t bytes = kvip_addr_bytes(from.family);
	uint64_t base = tail(&from);
	sqlite3_stmt *stmt;
	int ret;

	set_tail(&from, base + first);
	set_tail(&to, base + last);
	stmt = kvip_db_query(&search->store->db, err,
			     "SELECT address FROM cluster_ips WHERE family = ?"
			     " AND address BETWEEN ? AND ? ORDER BY address",
			     "ibb", family_number(from.family), from.bytes,
			     bytes, to.bytes, bytes);
	if (!stmt)
		return -1;
	ret = find_gap(search->store, stmt, first, last, address_number, base,
		       found, err);
	kvip_db_done(&search->store->db, stmt);
	return ret;
}

/* The configured block of a family, or NULL. */
static const struct kvip_prefix *
find_cidr(const struct kvip_store_config *config, uint8_t family)
{
	unsigned int i;

	for (i = 0; i < config->n_cidrs; i++)
		if (config->cidrs[i].addr.family == family)
			return &config->cidrs[i];
	return NULL;
}

static int fail_file(struct kvip_allocation *allocation)
{
	allocation->failed = true;
	return -1;
}

/* Whoever has it, in "10.96.0.9 is taken by demo/api". */
static int who_has(struct kvip_store *store, sqlite3_stmt *stmt,
		   const char *what, struct kvip_err *err)
{
	int ret;

	if (!stmt)
		return -1;
	ret = kvip_db_step(&store->db, stmt, err);
	if (ret > 0)
		kvip_err_set(err, "%s is taken by %s", what,
			     kvip_db_text(stmt, 0));
	kvip_db_done(&store->db, stmt);
	return ret;
}

static int check_address(struct kvip_allocation *allocation,
			 const struct kvip_addr *wanted, struct kvip_err *err)
{
	struct kvip_store *store = allocation->store;
	const struct kvip_prefix *cidr =
		find_cidr(store->config, wanted->family);
	struct kvip_addr last;
	char text[INET6_ADDRSTRLEN], block[KVIP_PREFIX_LEN];
	size_t i;

	for (i = 0; i < allocation->n_had_ips; i++)
		if (!kvip_addr_cmp(&allocation->had_ips[i], wanted))
			return 0;
	kvip_addr_text(wanted, text);
	if (!cidr)
		return kvip_err_set(err,
				    "%s: there is no block of %s ClusterIPs",
				    text, kvip_family_text(wanted->family));
	kvip_prefix_text(cidr, block);
	if (!kvip_prefix_contains(cidr, wanted))
		return kvip_err_set(err, "%s is not within %s", text, block);
	if (!kvip_addr_cmp(&cidr->addr, wanted))
		return kvip_err_set(err,
				    "%s is the network's own address in %s",
				    text, block);
	last = cidr->addr;
	if (last.family == AF_INET)
		set_tail(&last, tail(&last) | (UINT32_MAX >> cidr->length));
	if (last.family == AF_INET && !kvip_addr_cmp(&last, wanted))
		return kvip_err_set(err, "%s is the broadcast address of %s",
				    text, block);
	return 0;
}

static int insert_address(struct kvip_allocation *allocation,
			  const struct kvip_addr *addr, struct kvip_err *err)
{
	if (kvip_db_run(&allocation->store->db, err,
			"INSERT INTO cluster_ips VALUES (?, ?, ?)", "ibs",
			family_number(addr->family), addr->bytes,
			kvip_addr_bytes(addr->family), allocation->holder))
		return fail_file(allocation);
	return 0;
}

static int take_address(struct kvip_allocation *allocation,
			const struct kvip_addr *wanted, struct kvip_err *err)
{
	struct kvip_store *store = allocation->store;
	char text[INET6_ADDRSTRLEN];
	int ret;

	if (check_address(allocation, wanted, err))
		return -1;
	ret = who_has(store,
		      kvip_db_query(&store->db, err,
				    "SELECT holder FROM cluster_ips"
				    " WHERE family = ? AND address = ?",
				    "ib", family_number(wanted->family),
				    wanted->bytes,
				    kvip_addr_bytes(wanted->family)),
		      kvip_addr_text(wanted, text), err);
	if (ret > 0)
		return -1;
	return ret < 0 ? fail_file(allocation) :
			 insert_address(allocation, wanted, err);
}

static int cluster_ip(void *arg, uint8_t family, const struct kvip_addr *wanted,
		      struct kvip_addr *got, struct kvip_err *err)
{
	struct kvip_allocation *allocation = arg;
	struct block_search search = { .store = allocation->store };
	char block[KVIP_PREFIX_LEN];
	struct span span;
	uint64_t offset;
	int ret;

	if (wanted) {
		*got = *wanted;
		return take_address(allocation, wanted, err);
	}
	search.cidr = find_cidr(search.store->config, family);
	if (!search.cidr)
		return kvip_err_set(err, "there is no block of %s ClusterIPs",
				    kvip_family_text(family));
	span = addresses_of(search.cidr);
	ret = find_free(&span, find_address, &search, &offset, err);
	if (ret < 0)
		return fail_file(allocation);
	if (!ret)
		return kvip_err_set(err, "no address is free within %s",
				    kvip_prefix_text(search.cidr, block));
	*got = search.cidr->addr;
	set_tail(got, tail(got) + offset);
	return insert_address(allocation, got, err);
}

/* Looking for a port that is free for some protocols. */
struct port_search {
	struct kvip_store *store;
	uint8_t protos[3];
};

static uint64_t port_number(sqlite3_stmt *stmt, uint64_t base)
{
	return sqlite3_column_int64(stmt, 0) - base;
}

static int find_port(void *ctx, uint64_t first, uint64_t last, uint64_t *found,
		     struct kvip_err *err)
{
	struct port_search *search = ctx;
	sqlite3_stmt *stmt;
	int ret;

	stmt = kvip_db_query(&search->store->db, err,
			     "SELECT DISTINCT port FROM node_ports"
			     " WHERE port BETWEEN ? AND ?"
			     " AND proto IN (?, ?, ?) ORDER BY port",
			     "iiiii", (int64_t)first, (int64_t)last,
			     (int64_t)search->protos[0],
			     (int64_t)search->protos[1],
			     (int64_t)search->protos[2]);
	if (!stmt)
		return -1;
	ret = find_gap(search->store, stmt, first, last, port_number, 0, found,
		       err);
	kvip_db_done(&search->store->db, stmt);
	return ret;
}

static bool had_port(const struct kvip_allocation *allocation, uint16_t port,
		     uint8_t proto)
{
	size_t i;

	for (i = 0; i < allocation->n_had_ports; i++)
		if (allocation->had_ports[i].port == port &&
		    allocation->had_ports[i].proto == proto)
			return true;
	return false;
}

static int check_port(struct kvip_allocation *allocation, uint16_t port,
		      uint8_t proto, struct kvip_err *err)
{
	struct kvip_store *store = allocation->store;
	const struct kvip_store_config *config = store->config;
	char text[16];
	int ret;

	if ((port < config->port_min || port > config->port_max) &&
	    !had_port(allocation, port, proto))
		return kvip_err_set(err, "%u is not within %u-%u", port,
				    config->port_min, config->port_max);
	snprintf(text, sizeof(text), "%u", port);
	ret = who_has(store,
		      kvip_db_query(&store->db, err,
				    "SELECT holder FROM node_ports"
				    " WHERE port = ? AND proto = ?",
				    "ii", (int64_t)port, (int64_t)proto),
		      text, err);
	if (ret < 0)
		return fail_file(allocation);
	return ret ? -1 : 0;
}

static int insert_port(struct kvip_allocation *allocation, uint16_t port,
		       uint8_t proto, bool health, struct kvip_err *err)
{
	if (kvip_db_run(&allocation->store->db, err,
			"INSERT INTO node_ports VALUES (?, ?, ?, ?)", "iisi",
			(int64_t)port, (int64_t)proto, allocation->holder,
			(int64_t)health))
		return fail_file(allocation);
	return 0;
}

static int choose_port(struct kvip_allocation *allocation,
		       const uint8_t *protos, size_t n_protos, uint16_t *got,
		       struct kvip_err *err)
{
	const struct kvip_store_config *config = allocation->store->config;
	struct port_search search = { .store = allocation->store };
	const struct span span = {
		.low = config->port_min,
		.middle = config->port_min +
			  reserved(config->port_max - config->port_min + 1, 32,
				   128),
		.high = config->port_max,
	};
	uint64_t port;
	size_t i;
	int ret;

	for (i = 0; i < 3; i++)
		search.protos[i] = protos[i < n_protos ? i : 0];
	ret = find_free(&span, find_port, &search, &port, err);
	if (ret < 0)
		return fail_file(allocation);
	if (!ret)
		return kvip_err_set(err, "no node port is free within %u-%u",
				    config->port_min, config->port_max);
	*got = port;
	return 0;
}

static int take_port(struct kvip_allocation *allocation, const uint8_t *protos,
		     size_t n_protos, uint16_t wanted, bool health,
		     uint16_t *got, struct kvip_err *err)
{
	size_t i;

	*got = wanted;
	for (i = 0; wanted && i < n_protos; i++)
		if (check_port(allocation, wanted, protos[i], err))
			return -1;
	if (!wanted && choose_port(allocation, protos, n_protos, got, err))
		return -1;
	for (i = 0; i < n_protos; i++)
		if (insert_port(allocation, *got, protos[i], health, err))
			return -1;
	return 0;
}

static int node_port(void *arg, const uint8_t *protos, size_t n_protos,
		     uint16_t wanted, uint16_t *got, struct kvip_err *err)
{
	return take_port(arg, protos, n_protos, wanted, false, got, err);
}

static int health_port(void *arg, uint16_t wanted, uint16_t *got,
		       struct kvip_err *err)
{
	const uint8_t tcp = IPPROTO_TCP;

	return take_port(arg, &tcp, 1, wanted, true, got, err);
}

static int read_had_ips(struct kvip_allocation *allocation,
			struct kvip_err *err)
{
	struct kvip_store *store = allocation->store;
	struct kvip_addr addr;
	sqlite3_stmt *stmt;
	int ret;

	stmt = kvip_db_query(&store->db, err,
			     "SELECT address FROM cluster_ips WHERE holder = ?",
			     "s", allocation->holder);
	if (!stmt)
		return -1;
	while ((ret = kvip_db_step(&store->db, stmt, err)) > 0) {
		if (!kvip_addr_of_blob(sqlite3_column_blob(stmt, 0),
				       sqlite3_column_bytes(stmt, 0), &addr))
			continue;
		allocation->had_ips = kvip_grow(allocation->had_ips,
						allocation->n_had_ips,
						sizeof(addr));
		allocation->had_ips[allocation->n_had_ips++] = addr;
	}
	kvip_db_done(&store->db, stmt);
	return ret;
}

static int read_had_ports(struct kvip_allocation *allocation,
			  struct kvip_err *err)
{
	struct kvip_store *store = allocation->store;
	struct kvip_node_port *port;
	sqlite3_stmt *stmt;
	int ret;

	stmt = kvip_db_query(
		&store->db, err,
		"SELECT port, proto FROM node_ports WHERE holder = ?", "s",
		allocation->holder);
	if (!stmt)
		return -1;
	while ((ret = kvip_db_step(&store->db, stmt, err)) > 0) {
		allocation->had_ports = kvip_grow(allocation->had_ports,
						  allocation->n_had_ports,
						  sizeof(*port));
		port = &allocation->had_ports[allocation->n_had_ports++];
		port->port = sqlite3_column_int(stmt, 0);
		port->proto = sqlite3_column_int(stmt, 1);
	}
	kvip_db_done(&store->db, stmt);
	return ret;
}

static int give_back(struct kvip_allocation *allocation, struct kvip_err *err)
{
	struct kvip_db *db = &allocation->store->db;

	if (allocation->n_had_ips &&
	    kvip_db_run(db, err, "DELETE FROM cluster_ips WHERE holder = ?",
			"s", allocation->holder))
		return -1;
	if (!allocation->n_had_ports)
		return 0;
	return kvip_db_run(db, err, "DELETE FROM node_ports WHERE holder = ?",
			   "s", allocation->holder);
}

int kvip_allocation_begin(struct kvip_allocation *allocation,
			  struct kvip_store *store, const char *holder,
			  struct kvip_err *err)
{
	*allocation = (struct kvip_allocation){
		.store = store,
		.holder = holder,
		.allocator = {
			.cluster_ip = cluster_ip,
			.node_port = node_port,
			.health_port = health_port,
			.arg = allocation,
		},
	};
	if (read_had_ips(allocation, err) || read_had_ports(allocation, err))
		return -1;
	return give_back(allocation, err);
}

void kvip_allocation_end(struct kvip_allocation *allocation)
{
	free(allocation->had_ips);
	free(allocation->had_ports);
}
