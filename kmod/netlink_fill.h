/* SPDX-License-Identifier: GPL-2.0 */
/* From the tables to messages: dumps and notifications. */
#ifndef KVIP_NETLINK_FILL_H
#define KVIP_NETLINK_FILL_H

#include <linux/types.h>

struct kvip_backend;
struct kvip_prefix;
struct kvip_service;
struct kvip_table;
struct kvip_txn;
struct netlink_callback;
struct sk_buff;

/**
 * kvip_fill_dump() - the next part of a dump of all services
 * @table: the table
 * @skb: to be filled
 * @cb: the dump; the position is kept in @cb->ctx
 *
 * Context: process, may sleep; under the table's lock.
 * Return: bytes in @skb, 0 at the end of the dump, or a negative error.
 */
int kvip_fill_dump(struct kvip_table *table, struct sk_buff *skb,
		   struct netlink_callback *cb);

/**
 * kvip_notify() - tell listeners what a commit did
 * @table: the table
 * @txn: the transaction, carried out
 *
 * Listeners for whom there is no memory or no room see ENOBUFS.
 *
 * Context: process, may sleep; under the table's lock.
 */
void kvip_notify(struct kvip_table *table, struct kvip_txn *txn);

/**
 * kvip_fill_prefix() - put a nest of enum kvip_prefix_attr
 * @skb: into this message
 * @type: the nest's
 * @prefix: the address block
 *
 * Context: any.
 * Return: 0 or -EMSGSIZE.
 */
int kvip_fill_prefix(struct sk_buff *skb, int type,
		     const struct kvip_prefix *prefix);

/**
 * kvip_fill_backend() - put a nest of enum kvip_backend_attr, an item of a list
 * @skb: into this message
 * @backend: the backend
 * @family: its family
 *
 * Context: process; under the lock of the backend's table.
 * Return: 0 or -EMSGSIZE.
 */
int kvip_fill_backend(struct sk_buff *skb, const struct kvip_backend *backend,
		      u8 family);

#endif /* KVIP_NETLINK_FILL_H */
