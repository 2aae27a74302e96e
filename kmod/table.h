/* SPDX-License-Identifier: GPL-2.0 */
/* The tables of one network namespace. */
#ifndef KVIP_TABLE_H
#define KVIP_TABLE_H

#include <linux/mutex.h>
#include <linux/netfilter.h>
#include <linux/rhashtable-types.h>
#include <linux/types.h>
#include <linux/xarray.h>

#include "nat.h"

struct net;
struct kvip_service;

/**
 * struct kvip_table - the tables of one network namespace
 * @frontends: what packets are looked up in, &struct kvip_frontend by key
 * @net: the namespace
 * @lock: taken by every command and by nothing that a packet does
 * @ready: the hashes are set up; so from the first transaction on
 * @names: services by key
 * @services: services by identifier, the order of dumps
 * @generation: raised by each commit that changes anything
 * @n_services: services
 * @n_backends: backends of all services
 * @n_frontends: frontends, by enum kvip_family
 * @txns: transactions begun and not ended
 * @nat: the hooks, by enum kvip_family
 *
 * Packets read @frontends under RCU. All else is under @lock.
 */
struct kvip_table {
	struct rhashtable frontends;
	struct net *net;
	struct mutex lock; /* all but what packets read */
	bool ready;
	struct rhashtable names;
	struct xarray services;
	u64 generation;
	u32 n_services;
	u32 n_backends;
	u32 n_frontends[KVIP_N_FAMILIES];
	struct list_head txns;
	struct kvip_nat nat[KVIP_N_FAMILIES];
};

/**
 * kvip_table_of() - the tables of a namespace
 * @net: a live namespace
 *
 * Context: any.
 * Return: its tables, never NULL.
 */
struct kvip_table *kvip_table_of(const struct net *net);

/**
 * kvip_table_prepare() - set up the hashes if they are not yet
 * @table: the table
 *
 * Context: process, may sleep; under the table's lock.
 * Return: 0 or -ENOMEM.
 */
int kvip_table_prepare(struct kvip_table *table);

int kvip_table_init(void);
void kvip_table_exit(void);

#endif /* KVIP_TABLE_H */
