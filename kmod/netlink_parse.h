/* SPDX-License-Identifier: GPL-2.0 */
/* From the attributes of a request to a change. */
#ifndef KVIP_NETLINK_PARSE_H
#define KVIP_NETLINK_PARSE_H

#include <linux/types.h>

struct kvip_txn;
struct netlink_ext_ack;
struct nlattr;

/* Frontend kinds and algorithms that this module serves, as bits. */
#define KVIP_SERVED_KINDS BIT(KVIP_FRONTEND_CLUSTER_IP)
#define KVIP_SERVED_ALGORITHMS BIT(KVIP_ALGORITHM_RANDOM)

/**
 * kvip_parse_set() - take a KVIP_CMD_SERVICE_SET into a transaction
 * @txn: the transaction
 * @attr: the KVIP_A_SERVICE attribute
 * @seq: the message's sequence number
 * @extack: gets the reason of a refusal
 *
 * Context: process, may sleep; under the table's lock.
 * Return: 0 or a negative error; the change may then be there in part, and the
 * transaction must not be committed.
 */
int kvip_parse_set(struct kvip_txn *txn, const struct nlattr *attr, u32 seq,
		   struct netlink_ext_ack *extack);

/**
 * kvip_parse_del() - take a KVIP_CMD_SERVICE_DEL into a transaction
 * @txn: the transaction
 * @attr: the KVIP_A_SERVICE attribute
 * @seq: the message's sequence number
 * @extack: gets the reason of a refusal
 *
 * Context and return value: as kvip_parse_set().
 */
int kvip_parse_del(struct kvip_txn *txn, const struct nlattr *attr, u32 seq,
		   struct netlink_ext_ack *extack);

#endif /* KVIP_NETLINK_PARSE_H */
