/* SPDX-License-Identifier: GPL-2.0 */
/* Addresses that are ClusterIPs of services, whatever the port (S42). */
#ifndef KVIP_ADDRESS_H
#define KVIP_ADDRESS_H

#include <linux/netfilter.h>
#include <linux/rhashtable-types.h>
#include <linux/types.h>

struct kvip_table;

/**
 * struct kvip_address_key - what an address is looked up by
 * @addr: the address, bytes that the family does not use are 0
 * @family: NFPROTO_IPV4 or NFPROTO_IPV6
 *
 * Hashed and compared as bytes: it has no padding.
 */
struct kvip_address_key {
	union nf_inet_addr addr;
	u32 family;
};

/**
 * struct kvip_address - a ClusterIP
 * @bucket: in &kvip_table.addresses
 * @key: the address
 * @refs: frontends that have it or are about to; under the table's lock
 * @live: frontends that have it; written under the table's lock
 * @garbage: next address to be freed
 *
 * Readers use @bucket, @key and @live under RCU.
 */
struct kvip_address {
	struct rhash_head bucket;
	struct kvip_address_key key;
	u32 refs;
	u32 live;
	struct kvip_address *garbage;
};

/**
 * kvip_address_known() - whether a service has an address for its ClusterIP
 * @table: the table
 * @family: NFPROTO_IPV4 or NFPROTO_IPV6
 * @addr: the address, bytes that the family does not use are 0
 *
 * Context: any; RCU read lock.
 */
bool kvip_address_known(struct kvip_table *table, u8 family,
			const union nf_inet_addr *addr);

/**
 * kvip_address_get() - take a reference to an address, which is added if need be
 * @table: to this table
 * @family: NFPROTO_IPV4 or NFPROTO_IPV6
 * @addr: the address, bytes that the family does not use are 0
 *
 * It is not known to packets before kvip_address_go_live().
 *
 * Context: process, may sleep; under the table's lock.
 * Return: the address, or NULL if there is no memory.
 */
struct kvip_address *kvip_address_get(struct kvip_table *table, u8 family,
				      const union nf_inet_addr *addr);

/* One more, or one less, frontend has it; under the table's lock. */
void kvip_address_go_live(struct kvip_address *address);
void kvip_address_leave(struct kvip_address *address);

/**
 * kvip_address_put() - give a reference back
 * @table: the table
 * @address: the address
 *
 * Context: process; under the table's lock.
 * Return: the address if this was the last reference: it is out of the table,
 * readers may go on using it for a grace period, then the caller frees it. Else
 * NULL.
 */
struct kvip_address *kvip_address_put(struct kvip_table *table,
				      struct kvip_address *address);

/* kvip_address_free() - free an address that no reader can have */
void kvip_address_free(struct kvip_address *address);

int kvip_address_init(void);
void kvip_address_exit(void);
int kvip_addresses_init(struct rhashtable *addresses);
void kvip_addresses_free(struct rhashtable *addresses);

#endif /* KVIP_ADDRESS_H */
