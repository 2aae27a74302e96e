/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Services. A service is an object that stays; what it does for packets is in
 * its conf, which is never changed but replaced by one pointer assignment.
 */
#ifndef KVIP_SERVICE_H
#define KVIP_SERVICE_H

#include <linux/atomic.h>
#include <linux/rhashtable-types.h>
#include <linux/types.h>

#include "prefix.h"

struct kvip_backend;
struct kvip_change;
struct kvip_group;
struct kvip_list;
struct kvip_table;

/**
 * struct kvip_service_key - what identifies a service
 * @name: not necessarily terminated
 * @len: bytes of @name
 * @family: NFPROTO_IPV4 or NFPROTO_IPV6
 * @proto: IPPROTO_*
 */
struct kvip_service_key {
	const char *name;
	u8 len;
	u8 family;
	u8 proto;
};

/**
 * struct kvip_ranges - source ranges
 * @n: how many, not 0
 * @array: the ranges
 */
struct kvip_ranges {
	u32 n;
	struct kvip_prefix array[];
};

/**
 * struct kvip_conf - what a service is, as one commit set it
 * @all: every backend, in the order of kvip_backend_cmp(); this list holds the
 *	references to them
 * @cluster: those with KVIP_BACKEND_F_CLUSTER; the same as @all where it can be
 * @local: those with KVIP_BACKEND_F_LOCAL, likewise
 * @garbage: next conf to be freed
 * @group: whose affinity entries it uses, or NULL: its own; under the table's
 *	lock, packets only see whether there is one
 * @affinity_id: number of the affinity entries that it uses
 * @ranges: source ranges (S37), or NULL: no guard
 * @affinity: seconds that an entry lives (S47), or 0: no affinity
 * @algorithm: enum kvip_algorithm
 * @flags: KVIP_SERVICE_F_*
 *
 * Immutable once published.
 */
struct kvip_conf {
	struct kvip_list *all;
	struct kvip_list *cluster;
	struct kvip_list *local;
	struct kvip_conf *garbage;
	struct kvip_group *group;
	u64 affinity_id;
	struct kvip_ranges *ranges;
	u32 affinity : 24;
	u32 algorithm : 8;
	u32 flags;
};

/**
 * struct kvip_service - a service: one family, one protocol
 * @bucket: in &kvip_table.names
 * @conf: what it does, never NULL for a reader
 * @garbage: next service to be freed
 * @frontends: its frontends
 * @n_frontends: how many
 * @id: in &kvip_table.services
 * @conns: connections translated
 * @rejects: connections refused
 * @drops_no_local: connections dropped for want of a local backend
 * @drops_ranges: connections dropped by the source ranges
 * @family: NFPROTO_IPV4 or NFPROTO_IPV6
 * @proto: IPPROTO_*
 * @len: bytes of @name
 * @name: terminated by NUL
 *
 * Readers come from a frontend and use @conf and the counters; all else belongs to
 * the holder of the table's lock, and what identifies it never changes.
 */
struct kvip_service {
	struct rhash_head bucket;
	struct kvip_conf __rcu *conf;
	struct kvip_service *garbage;
	struct hlist_head frontends;
	u32 n_frontends;
	u32 id;
	atomic64_t conns;
	atomic64_t rejects;
	atomic64_t drops_no_local;
	atomic64_t drops_ranges;
	u8 family;
	u8 proto;
	u8 len;
	char name[];
};

/**
 * kvip_service_key_of() - what identifies a service
 * @service: the service; the key points to its name
 */
static inline struct kvip_service_key
kvip_service_key_of(const struct kvip_service *service)
{
	return (struct kvip_service_key){
		.name = service->name,
		.len = service->len,
		.family = service->family,
		.proto = service->proto,
	};
}

/**
 * kvip_service_key_hash() - hash a key, for hashes by service
 * @key: the key
 * @seed: the hash's
 *
 * Context: any.
 */
u32 kvip_service_key_hash(const struct kvip_service_key *key, u32 seed);

/**
 * kvip_service_key_same() - whether two keys identify one service
 * @a: a key
 * @b: a key
 *
 * Context: any.
 */
bool kvip_service_key_same(const struct kvip_service_key *a,
			   const struct kvip_service_key *b);

/**
 * kvip_service_find() - look a service up by name
 * @table: in this table, whose hashes are set up
 * @key: what identifies it
 *
 * Context: process; under the table's lock.
 * Return: the service or NULL.
 */
struct kvip_service *kvip_service_find(struct kvip_table *table,
				       const struct kvip_service_key *key);

/**
 * kvip_service_create() - make a service without conf and frontends
 * @table: add it to this table, where there must be none of this key
 * @key: what identifies it
 *
 * Context: process, may sleep; under the table's lock.
 * Return: the service, or an error pointer: -ENOMEM, or -EBUSY when all
 * identifiers are taken.
 */
struct kvip_service *kvip_service_create(struct kvip_table *table,
					 const struct kvip_service_key *key);

/**
 * kvip_service_remove() - take a service out of its table
 * @table: the table
 * @service: the service; readers may go on using it for a grace period, then
 *	the caller frees it
 *
 * Context: process; under the table's lock.
 */
void kvip_service_remove(struct kvip_table *table,
			 struct kvip_service *service);

/**
 * kvip_service_free() - free a service and its conf that no reader can have
 * @service: the service
 *
 * Context: process, may sleep.
 */
void kvip_service_free(struct kvip_service *service);

/**
 * kvip_conf_create() - make the conf that a change asks for
 * @table: of this table
 * @change: a finished change
 * @old: the conf that it is to replace, or NULL; backends that are in both are
 *	taken over with their counters
 *
 * Nothing that packets or dumps see is changed: kvip_conf_publish() does that.
 *
 * Context: process, may sleep; under the table's lock.
 * Return: the conf, or NULL if there is no memory. It is given back with
 * kvip_conf_retire() and then kvip_conf_free().
 */
struct kvip_conf *kvip_conf_create(struct kvip_table *table,
				   const struct kvip_change *change,
				   const struct kvip_conf *old);

/**
 * kvip_conf_publish() - let packets use a conf
 * @table: the service's table
 * @service: the service
 * @conf: the conf made for @change
 * @change: the change
 *
 * Context: process, may sleep; under the table's lock. Cannot fail.
 * Return: the conf that it replaced, to be freed after a grace period, or NULL.
 */
struct kvip_conf *kvip_conf_publish(struct kvip_table *table,
				    struct kvip_service *service,
				    struct kvip_conf *conf,
				    const struct kvip_change *change);

/**
 * kvip_conf_retire() - a conf is not used for changes any more
 * @table: the table
 * @conf: the conf; readers may go on using it for a grace period
 *
 * Context: process; under the table's lock.
 */
void kvip_conf_retire(struct kvip_table *table, struct kvip_conf *conf);

/**
 * kvip_conf_free() - free a conf that no reader can have
 * @conf: the conf or NULL
 *
 * Context: process, may sleep.
 */
void kvip_conf_free(struct kvip_conf *conf);

int kvip_names_init(struct rhashtable *names);
void kvip_names_free(struct rhashtable *names);

#endif /* KVIP_SERVICE_H */
