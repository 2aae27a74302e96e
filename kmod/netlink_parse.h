/* SPDX-License-Identifier: GPL-2.0 */
/* From the attributes of a request to a change. */
#ifndef KVIP_NETLINK_PARSE_H
#define KVIP_NETLINK_PARSE_H

#include <linux/types.h>

struct kvip_prefix;
struct kvip_txn;
struct netlink_ext_ack;
struct nlattr;

/* Frontend kinds and algorithms that this module serves, as bits. */
#define KVIP_SERVED_KINDS                                                 \
	(BIT(KVIP_FRONTEND_CLUSTER_IP) | BIT(KVIP_FRONTEND_EXTERNAL_IP) | \
	 BIT(KVIP_FRONTEND_LB_IP) | BIT(KVIP_FRONTEND_NODE_PORT))
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

/**
 * kvip_count_items() - how many items a list has
 * @nest: the list, or NULL: none
 * @n: out
 * @extack: gets the reason of a refusal
 *
 * Context: any.
 * Return: 0, or -EINVAL if the list ends within an item.
 */
int kvip_count_items(const struct nlattr *nest, u32 *n,
		     struct netlink_ext_ack *extack);

/**
 * kvip_parse_prefix() - read an address block
 * @prefix: out, zeroed before
 * @attr: nest of enum kvip_prefix_attr
 * @family: what it must be of, or NFPROTO_UNSPEC: either
 * @extack: gets the reason of a refusal
 *
 * Context: any.
 * Return: 0 or -EINVAL.
 */
int kvip_parse_prefix(struct kvip_prefix *prefix, const struct nlattr *attr,
		      u8 family, struct netlink_ext_ack *extack);

#endif /* KVIP_NETLINK_PARSE_H */
