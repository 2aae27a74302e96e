/* SPDX-License-Identifier: GPL-2.0 */
/* Carrying out a transaction: whole, or not at all. */
#ifndef KVIP_COMMIT_H
#define KVIP_COMMIT_H

#include <linux/types.h>

struct kvip_table;
struct kvip_txn;
struct netlink_ext_ack;

/**
 * kvip_commit() - carry out a transaction
 * @table: the table
 * @txn: one of its transactions; the caller ends it afterwards. If carried out,
 *	its changes tell what was done, those of services that a replacing
 *	transaction deleted included.
 * @extack: gets the reason of a refusal, and as a cookie the sequence number of
 *	the message at fault, if there is one
 *
 * Context: process, may sleep; under the table's lock.
 * Return: 0, or, with the tables as they were: -ESTALE, -EEXIST, -ENOENT,
 * -ENOMEM, or what netfilter answered.
 */
int kvip_commit(struct kvip_table *table, struct kvip_txn *txn,
		struct netlink_ext_ack *extack);

#endif /* KVIP_COMMIT_H */
