/* SPDX-License-Identifier: GPL-2.0 */
/* Frontends: the addresses and ports that services answer on. */
#ifndef KVIP_FRONTEND_H
#define KVIP_FRONTEND_H

#include <linux/netfilter.h>
#include <linux/rhashtable-types.h>
#include <linux/types.h>

struct kvip_address;
struct kvip_service;
struct kvip_table;

/**
 * struct kvip_frontend_key - what a packet is looked up by
 * @addr: destination address, bytes that the family does not use are 0
 * @port: destination port
 * @proto: IPPROTO_*
 * @family: NFPROTO_IPV4 or NFPROTO_IPV6
 *
 * Hashed and compared as bytes: it has no padding.
 */
struct kvip_frontend_key {
	union nf_inet_addr addr;
	__be16 port;
	u8 proto;
	u8 family;
};

/**
 * struct kvip_frontend - an address and port that belongs to a service
 * @bucket: in &kvip_table.frontends
 * @key: address, port, protocol, family
 * @kind: enum kvip_frontend_kind
 * @next_kind: what @kind becomes at the commit
 * @address: of a KVIP_FRONTEND_CLUSTER_IP, a reference, else NULL
 * @next_address: what @address becomes at the commit
 * @touched: the commit under way has a say in this frontend
 * @service: whose it is; NULL while it is staged and when it has gone, and
 *	packets then treat it as not there
 * @next: whose it will be after the commit under way
 * @chain: next frontend touched by the commit under way, then next piece of
 *	garbage
 * @siblings: in &kvip_service.frontends
 *
 * Readers use @bucket, @key, @kind and @service under RCU; all else belongs to the
 * holder of the table's lock.
 */
struct kvip_frontend {
	struct rhash_head bucket;
	struct kvip_frontend_key key;
	u8 kind;
	u8 next_kind;
	bool touched;
	struct kvip_service __rcu *service;
	struct kvip_service *next;
	struct kvip_address *address;
	struct kvip_address *next_address;
	struct kvip_frontend *chain;
	struct hlist_node siblings;
};

/**
 * struct kvip_frontend_spec - a frontend as a message described it
 * @addr: its address, bytes that the family does not use are 0
 * @port: its port
 * @kind: enum kvip_frontend_kind
 */
struct kvip_frontend_spec {
	union nf_inet_addr addr;
	__be16 port;
	u8 kind;
};

/* kvip_is_wildcard() - whether an address stands for all of the node's */
static inline bool kvip_is_wildcard(const union nf_inet_addr *addr)
{
	return !(addr->all[0] | addr->all[1] | addr->all[2] | addr->all[3]);
}

/**
 * kvip_frontend_find() - look a frontend up
 * @table: in this table, whose hashes are set up
 * @key: what to look for
 *
 * Context: any; RCU read lock, or the table's lock.
 * Return: the frontend or NULL. Its @service may be NULL.
 */
struct kvip_frontend *kvip_frontend_find(struct kvip_table *table,
					 const struct kvip_frontend_key *key);

/**
 * kvip_frontend_create() - make a frontend that is no service's yet
 * @table: add it to this table, where there must be none like it
 * @key: what it is
 *
 * Context: process, may sleep; under the table's lock.
 * Return: the frontend, or an error pointer: -ENOMEM.
 */
struct kvip_frontend *kvip_frontend_create(struct kvip_table *table,
					   const struct kvip_frontend_key *key);

/**
 * kvip_frontend_remove() - take a frontend out of its table
 * @table: the table
 * @frontend: one that kvip_frontend_create() made; readers may go on using it
 *	for a grace period, then the caller frees it
 *
 * Context: process; under the table's lock.
 */
void kvip_frontend_remove(struct kvip_table *table,
			  struct kvip_frontend *frontend);

/**
 * kvip_frontend_free() - free a frontend that no reader can have
 * @frontend: the frontend
 *
 * Context: process.
 */
void kvip_frontend_free(struct kvip_frontend *frontend);

int kvip_frontends_init(struct rhashtable *frontends);
void kvip_frontends_free(struct rhashtable *frontends);
int kvip_frontend_init(void);
void kvip_frontend_exit(void);

#endif /* KVIP_FRONTEND_H */
