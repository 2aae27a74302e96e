/* SPDX-License-Identifier: GPL-2.0 */
/* A change: what a transaction is going to do to one service. */
#ifndef KVIP_CHANGE_H
#define KVIP_CHANGE_H

#include <linux/rhashtable-types.h>
#include <linux/types.h>

#include "service.h"

struct kvip_backend_spec;
struct kvip_frontend_spec;
struct kvip_prefix;
struct netlink_ext_ack;

/**
 * struct kvip_change - a service that a transaction sets or deletes
 * @list: in &kvip_txn.changes, in the order of arrival
 * @bucket: in &kvip_txn.names
 * @key: which service; @key.name points to @name
 * @seq: sequence number of the message that began it
 * @remove: delete the service rather than set it
 * @algorithm: enum kvip_algorithm
 * @flags: KVIP_SERVICE_F_*
 * @affinity: seconds, or 0
 * @group: name of the affinity group, terminated by NUL, or NULL
 * @n_ranges: how many @ranges
 * @n_frontends: how many @frontends
 * @n_backends: how many @backends
 * @room_ranges: room in @ranges
 * @room_frontends: room in @frontends
 * @room_backends: room in @backends
 * @ranges: as the messages gave them
 * @frontends: as the messages gave them
 * @backends: after kvip_change_finish(): in the order of kvip_backend_cmp()
 * @service: filled in by the commit: the service; created by it if @created
 * @conf: filled in by the commit: its conf to be
 * @created: @service was not there before
 * @name: terminated by NUL
 *
 * It belongs to its transaction and is used under the table's lock.
 */
struct kvip_change {
	struct list_head list;
	struct rhash_head bucket;
	struct kvip_service_key key;
	u32 seq;
	bool remove;
	bool created;
	u8 algorithm;
	u32 flags;
	u32 affinity;
	char *group;
	u32 n_ranges;
	u32 n_frontends;
	u32 n_backends;
	u32 room_ranges;
	u32 room_frontends;
	u32 room_backends;
	struct kvip_prefix *ranges;
	struct kvip_frontend_spec *frontends;
	struct kvip_backend_spec *backends;
	struct kvip_service *service;
	struct kvip_conf *conf;
	char name[];
};

/**
 * kvip_change_create() - make a change without lists
 * @key: which service; the name is copied
 *
 * Context: process, may sleep.
 * Return: the change or NULL if there is no memory.
 */
struct kvip_change *kvip_change_create(const struct kvip_service_key *key);

/**
 * kvip_change_reserve() - make room for lists that are about to be added
 * @change: a change that sets a service
 * @n_ranges: so many more source ranges
 * @n_frontends: so many more frontends
 * @n_backends: so many more backends
 * @extack: gets the reason of a refusal
 *
 * Context: process, may sleep.
 * Return: 0, -ENOMEM, or -E2BIG past KVIP_RANGES_MAX, KVIP_FRONTENDS_MAX or
 * KVIP_BACKENDS_MAX.
 */
int kvip_change_reserve(struct kvip_change *change, u32 n_ranges,
			u32 n_frontends, u32 n_backends,
			struct netlink_ext_ack *extack);

/**
 * kvip_change_add_range() - append a source range
 * @change: a change with room for it
 *
 * Return: the zeroed range, for the caller to fill in.
 */
struct kvip_prefix *kvip_change_add_range(struct kvip_change *change);

/**
 * kvip_change_add_frontend() - append a frontend
 * @change: a change with room for it
 *
 * Return: the zeroed frontend, for the caller to fill in.
 */
struct kvip_frontend_spec *kvip_change_add_frontend(struct kvip_change *change);

/**
 * kvip_change_add_backend() - append a backend
 * @change: a change with room for it
 *
 * Return: the zeroed backend, for the caller to fill in; a node reference that
 * the caller puts there is the change's to give back.
 */
struct kvip_backend_spec *kvip_change_add_backend(struct kvip_change *change);

/**
 * kvip_change_finish() - all messages of a change are there: check it
 * @change: the change; its backends are sorted
 * @extack: gets the reason of a refusal
 *
 * Context: process.
 * Return: 0, -EEXIST if a backend is there twice, or -EINVAL if a backend is a
 * frontend of the service itself.
 */
int kvip_change_finish(struct kvip_change *change,
		       struct netlink_ext_ack *extack);

/**
 * kvip_change_free() - free a change; what its commit made is not touched
 * @change: the change, in no list and no hash any more
 *
 * Context: process, may sleep.
 */
void kvip_change_free(struct kvip_change *change);

#endif /* KVIP_CHANGE_H */
