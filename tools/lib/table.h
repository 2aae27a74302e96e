/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The tables of one node, as user space holds them: what derive() wants, what a
 * dump of the kernel showed, what a saved file says. The words are those of
 * <linux/kvip.h>; a service here is one Service port of one family.
 */
#ifndef KVIP_LIB_TABLE_H
#define KVIP_LIB_TABLE_H

#include "addr.h"
#include "err.h"

struct kvip_frontend {
	struct kvip_addr addr;
	uint16_t port; /* host order */
	uint8_t kind; /* enum kvip_frontend_kind */
};

struct kvip_backend {
	struct kvip_addr addr;
	uint16_t port; /* host order */
	uint32_t flags; /* KVIP_BACKEND_F_* */
	const char *node; /* owned by the table; NULL: unknown */
	uint64_t conns; /* read from the kernel, else 0 */
};

struct kvip_service {
	char *name; /* NAMESPACE/NAME or NAMESPACE/NAME:PORT */
	uint8_t family; /* AF_INET or AF_INET6 */
	uint8_t proto; /* IPPROTO_TCP, _UDP or _SCTP */
	uint8_t algorithm; /* enum kvip_algorithm */
	uint32_t flags; /* KVIP_SERVICE_F_* */
	struct kvip_frontend *frontends;
	size_t n_frontends;
	struct kvip_backend *backends;
	size_t n_backends;
	struct kvip_prefix *ranges; /* sources that LB IPs are open to */
	size_t n_ranges; /* 0: to all */
	uint32_t affinity; /* seconds; 0: none */
	char *affinity_group; /* shared by all services of it, or NULL */
	uint64_t conns; /* this and what follows: read from the kernel, else 0 */
	uint64_t rejects;
	uint64_t drops_no_local;
	uint64_t drops_ranges;
};

struct kvip_strings;

struct kvip_table {
	struct kvip_service *services;
	size_t n_services;
	uint64_t generation; /* of the dump that it was read from */
	struct kvip_strings *strings; /* node names, each held once */
};

/* kvip_table_init() - an empty table */
void kvip_table_init(struct kvip_table *table);

/* kvip_table_free() - give back everything; the table is empty and usable */
void kvip_table_free(struct kvip_table *table);

/**
 * kvip_table_add() - append a service
 * @table: to this table
 * @name: copied
 * @family: AF_INET or AF_INET6
 * @proto: IPPROTO_TCP, _UDP or _SCTP
 *
 * Return: the service, valid until the next kvip_table_add(). Memory that runs
 * out ends the program with a sentence: no caller could go on without it.
 */
struct kvip_service *kvip_table_add(struct kvip_table *table, const char *name,
				    uint8_t family, uint8_t proto);

/* kvip_table_truncate() - drop all services but the first @n */
void kvip_table_truncate(struct kvip_table *table, size_t n);

/* kvip_service_add_frontend() - append a frontend, zeroed; valid until the next */
struct kvip_frontend *kvip_service_add_frontend(struct kvip_service *service);

/* kvip_service_add_backend() - append a backend, zeroed; valid until the next */
struct kvip_backend *kvip_service_add_backend(struct kvip_service *service);

/* kvip_service_add_range() - append a source range, zeroed; valid until the next */
struct kvip_prefix *kvip_service_add_range(struct kvip_service *service);

/* kvip_table_string() - the table's own copy of @text, one for all equal ones */
const char *kvip_table_string(struct kvip_table *table, const char *text);

/**
 * kvip_table_sort() - put everything in the canonical order
 * @table: services by (name, protocol, family), frontends by (kind, address,
 *	port), backends by (address, port), ranges by (address, length); what
 *	follows relies on it
 */
void kvip_table_sort(struct kvip_table *table);

/**
 * kvip_table_find() - look a service up
 * @table: sorted
 * @service: has the name, protocol and family to look for
 * @at: out: where it is, or where it would be
 *
 * Return: whether it is there.
 */
bool kvip_table_find(const struct kvip_table *table,
		     const struct kvip_service *service, size_t *at);

/**
 * kvip_table_exchange() - put a service in the place of another
 * @table: sorted, and so afterwards
 * @at: as kvip_table_find() told
 * @out: take out the service at @at
 * @in: put in a copy of this one, or NULL
 */
void kvip_table_exchange(struct kvip_table *table, size_t at, bool out,
			 const struct kvip_service *in);

/* kvip_service_cmp() - the order of services in a sorted table */
int kvip_service_cmp(const struct kvip_service *a,
		     const struct kvip_service *b);

/**
 * kvip_service_same() - whether the kernel needs no change from @a to @b
 * @a: sorted
 * @b: sorted; counters do not count
 */
bool kvip_service_same(const struct kvip_service *a,
		       const struct kvip_service *b);

/**
 * kvip_table_check() - refuse what the kernel would refuse
 * @table: sorted
 * @err: names the two that are in each other's way
 *
 * Two services of one name, two frontends that claim one address, port and
 * protocol, one endpoint or range twice in a service, a zero port, a range that
 * is none of the family, an affinity that is out of bounds.
 *
 * Return: 0 or -1.
 */
int kvip_table_check(const struct kvip_table *table, struct kvip_err *err);

#endif /* KVIP_LIB_TABLE_H */
