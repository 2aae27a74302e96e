/* SPDX-License-Identifier: GPL-2.0 */
/* The configuration of a namespace, as attributes. */
#ifndef KVIP_NETLINK_CONFIG_H
#define KVIP_NETLINK_CONFIG_H

struct kvip_config;
struct kvip_txn;
struct netlink_ext_ack;
struct nlattr;
struct sk_buff;

/* Room for a message with the longest configuration. */
#define KVIP_CONFIG_BYTES 16384

/**
 * kvip_parse_config() - take a KVIP_CMD_CONFIG_SET into a transaction
 * @txn: the transaction
 * @attr: the KVIP_A_CONFIG attribute
 * @extack: gets the reason of a refusal
 *
 * Context: process, may sleep; under the table's lock.
 * Return: 0 or a negative error.
 */
int kvip_parse_config(struct kvip_txn *txn, const struct nlattr *attr,
		      struct netlink_ext_ack *extack);

/**
 * kvip_fill_config() - put a KVIP_A_CONFIG attribute
 * @skb: into this message
 * @config: the configuration
 *
 * Context: any in which @config may be read.
 * Return: 0 or -EMSGSIZE.
 */
int kvip_fill_config(struct sk_buff *skb, const struct kvip_config *config);

#endif /* KVIP_NETLINK_CONFIG_H */
