/* SPDX-License-Identifier: GPL-2.0 */
/* Session affinity: which backend a client address got last (S47 to S52). */
#ifndef KVIP_AFFINITY_H
#define KVIP_AFFINITY_H

#include <linux/netfilter.h>
#include <linux/spinlock.h>
#include <linux/types.h>

struct kvip_backend;
struct kvip_conf;
struct kvip_list;

/**
 * struct kvip_affinity - the entries of a namespace
 * @lock: all of it; taken for each new connection of services with affinity
 * @buckets: the hash, allocated with the first such service
 * @seed: of the hash, so that clients can't choose their buckets
 * @oldest: the entries in the order of their last use, the oldest first
 * @n: how many
 * @max: how many there may be
 * @evicted: entries that had to go before their time
 */
struct kvip_affinity {
	spinlock_t lock; /* all below */
	struct hlist_head *buckets;
	u32 seed;
	struct list_head oldest;
	u32 n;
	u32 max;
	u64 evicted;
};

/**
 * struct kvip_affinity_finding - what an entry had to say
 * @state: enum kvip_affinity_state
 * @left: nanoseconds until the entry expires, if @state is not NEW
 */
struct kvip_affinity_finding {
	u8 state;
	u64 left;
};

/* kvip_affinity_setup() - of a new namespace */
void kvip_affinity_setup(struct kvip_affinity *affinity);

/**
 * kvip_affinity_prepare() - allocate the hash if it is not there
 * @affinity: the namespace's
 *
 * Context: process, may sleep; under the table's lock.
 * Return: 0 or -ENOMEM.
 */
int kvip_affinity_prepare(struct kvip_affinity *affinity);

/**
 * kvip_affinity_choose() - the backend for a connection of a client
 * @affinity: the namespace's
 * @conf: of a service with affinity
 * @list: the list that applies, not empty
 * @family: of the client
 * @client: its address, bytes that the family does not use are 0
 * @pick: chooses from @list if there is no entry that can be used
 * @finding: filled in
 *
 * The entry is made, or its time begins anew (S49).
 *
 * Context: any; RCU read lock.
 * Return: a backend of @list.
 */
struct kvip_backend *
kvip_affinity_choose(struct kvip_affinity *affinity,
		     const struct kvip_conf *conf, const struct kvip_list *list,
		     u8 family, const union nf_inet_addr *client,
		     struct kvip_backend *(*pick)(const struct kvip_list *list),
		     struct kvip_affinity_finding *finding);

/**
 * kvip_affinity_peek() - the backend that a client's entry names, if any
 * @affinity: the namespace's
 * @conf: of a service with affinity
 * @list: the list that applies
 * @family: of the client
 * @client: its address, bytes that the family does not use are 0
 * @finding: filled in
 *
 * Nothing is changed.
 *
 * Context: any; RCU read lock.
 * Return: a backend of @list, or NULL.
 */
struct kvip_backend *kvip_affinity_peek(struct kvip_affinity *affinity,
					const struct kvip_conf *conf,
					const struct kvip_list *list, u8 family,
					const union nf_inet_addr *client,
					struct kvip_affinity_finding *finding);

/**
 * kvip_affinity_limit() - set the bound; what is above it goes, the oldest first
 * @affinity: the namespace's
 * @max: the bound
 *
 * Context: process, may sleep; under the table's lock.
 */
void kvip_affinity_limit(struct kvip_affinity *affinity, u32 max);

/* kvip_affinity_free() - free all entries; no reader may be left */
void kvip_affinity_free(struct kvip_affinity *affinity);

int kvip_affinity_init(void);
void kvip_affinity_exit(void);

#endif /* KVIP_AFFINITY_H */
