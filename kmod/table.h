/* SPDX-License-Identifier: GPL-2.0 */
/* The tables of one network namespace. */
#ifndef KVIP_TABLE_H
#define KVIP_TABLE_H

#include <linux/mutex.h>
#include <linux/netfilter.h>
#include <linux/rhashtable-types.h>
#include <linux/types.h>
#include <linux/xarray.h>

#include "affinity.h"
#include "family.h"
#include "hooks.h"

struct net;
struct kvip_config;
struct kvip_service;

/**
 * struct kvip_table - the tables of one network namespace
 * @frontends: what packets are looked up in, &struct kvip_frontend by key
 * @addresses: ClusterIPs, &struct kvip_address by key
 * @config: what holds for all services, never NULL
 * @n_node_ports: node ports, by enum kvip_family; packets read it
 * @affinity: which backend a client got
 * @listeners: sockets that are told of flows, &struct kvip_listener
 * @rejects_unknown_port: connections refused, KVIP_RULE_UNKNOWN_PORT
 * @drops_service_cidr: connections dropped, KVIP_RULE_SERVICE_CIDR
 * @drops_invalid: packets dropped, see invalid.c
 * @flows_left_out: flows that listeners were not told
 * @stale_may_pass: a sweep of UDP flows is coming, see stale.c
 * @net: the namespace
 * @lock: taken by every command and by nothing that a packet does
 * @ready: the hashes are set up; so from the first transaction on
 * @names: services by key
 * @services: services by identifier, the order of dumps
 * @groups: affinity groups by name
 * @last_affinity_id: the last number given to affinity entries of a service
 * @udp_cleared: UDP flows forgotten
 * @generation: raised by each commit that changes anything
 * @n_services: services
 * @n_backends: backends of all services
 * @n_frontends: frontends, by enum kvip_family
 * @txns: transactions begun and not ended
 * @hooks: the hooks, by enum kvip_family
 *
 * What stands before @net packets read under RCU, and change by atomic operations
 * or locks of its own. All else is under @lock.
 */
struct kvip_table {
	struct rhashtable frontends;
	struct rhashtable addresses;
	const struct kvip_config __rcu *config;
	u32 n_node_ports[KVIP_N_FAMILIES];
	struct kvip_affinity affinity;
	struct list_head listeners;
	atomic64_t rejects_unknown_port;
	atomic64_t drops_service_cidr;
	atomic64_t drops_invalid;
	atomic64_t flows_left_out;
	bool stale_may_pass;
	struct net *net;
	struct mutex lock; /* all but what packets read */
	bool ready;
	struct rhashtable names;
	struct rhashtable groups;
	struct xarray services;
	u64 last_affinity_id;
	u64 udp_cleared;
	u64 generation;
	u32 n_services;
	u32 n_backends;
	u32 n_frontends[KVIP_N_FAMILIES];
	struct list_head txns;
	struct kvip_hooks hooks[KVIP_N_FAMILIES];
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
