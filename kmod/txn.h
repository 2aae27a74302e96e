/* SPDX-License-Identifier: GPL-2.0 */
/* Transactions: changes collected from one socket until they are committed. */
#ifndef KVIP_TXN_H
#define KVIP_TXN_H

#include <linux/rhashtable-types.h>
#include <linux/types.h>

#include "service.h"

struct kvip_change;
struct kvip_config;
struct kvip_garbage;
struct kvip_table;
struct netlink_ext_ack;

/**
 * struct kvip_txn - a transaction
 * @list: in &kvip_table.txns
 * @portid: the socket that it belongs to
 * @seq: sequence number of the message that began it
 * @generation: the generation that it was computed from, if @checked
 * @checked: commit at @generation only
 * @replace: delete every service that it does not set
 * @failed: a message was refused: it can only be aborted
 * @messages: messages that set or deleted a service
 * @changes: &struct kvip_change in the order of arrival
 * @names: the same by service
 * @config: the configuration to be, or NULL: it stays
 * @config_published: @config is the table's now
 * @open: the change that goes on in the next message, or NULL
 * @garbage: where the commit puts what it takes away
 */
struct kvip_txn {
	struct list_head list;
	u32 portid;
	u32 seq;
	u64 generation;
	bool checked;
	bool replace;
	bool failed;
	u32 messages;
	struct list_head changes;
	struct rhashtable names;
	struct kvip_config *config;
	bool config_published;
	struct kvip_change *open;
	struct kvip_garbage *garbage;
};

/**
 * kvip_txn_find() - the transaction of a socket
 * @table: the table
 * @portid: the socket
 *
 * Context: process; under the table's lock.
 * Return: the transaction or NULL.
 */
struct kvip_txn *kvip_txn_find(struct kvip_table *table, u32 portid);

/**
 * kvip_txn_begin() - begin a transaction; an older one of the socket is dropped
 * @table: the table
 * @portid: the socket
 * @extack: gets the reason of a refusal
 *
 * Context: process, may sleep; under the table's lock.
 * Return: the transaction, or an error pointer: -ENOMEM.
 */
struct kvip_txn *kvip_txn_begin(struct kvip_table *table, u32 portid,
				struct netlink_ext_ack *extack);

/**
 * kvip_txn_change() - the change that a message begins or goes on with
 * @txn: the transaction
 * @key: the service
 * @seq: the message's sequence number
 * @extack: gets the reason of a refusal
 *
 * Context: process, may sleep; under the table's lock.
 * Return: the change: @txn's @open if the message goes on with it, else a new
 * one; or an error pointer: -EEXIST if the transaction has the service already,
 * -EINVAL if another service's lists are not complete, -ENOMEM.
 */
struct kvip_change *kvip_txn_change(struct kvip_txn *txn,
				    const struct kvip_service_key *key, u32 seq,
				    struct netlink_ext_ack *extack);

/**
 * kvip_txn_mentions() - whether a transaction sets or deletes a service
 * @txn: the transaction
 * @key: the service
 *
 * Context: process; under the table's lock.
 */
bool kvip_txn_mentions(struct kvip_txn *txn,
		       const struct kvip_service_key *key);

/**
 * kvip_txn_end() - drop a transaction, carried out or not
 * @txn: the transaction; it is freed
 *
 * Context: process, may sleep; under the table's lock.
 */
void kvip_txn_end(struct kvip_txn *txn);

#endif /* KVIP_TXN_H */
