/* SPDX-License-Identifier: GPL-2.0 */
/* A connection and what becomes of it, as attributes. */
#ifndef KVIP_NETLINK_FLOW_H
#define KVIP_NETLINK_FLOW_H

#include <linux/types.h>

struct kvip_decision;
struct net;
struct net_device;
struct nf_conntrack_tuple;
struct genl_info;
struct sk_buff;

/**
 * kvip_fill_flow() - put a KVIP_A_FLOW attribute
 * @skb: into this message
 * @net: the namespace
 * @tuple: the connection as it came
 * @in: the device that it arrives on, or NULL: this node sends it
 * @decision: what becomes of it
 * @candidates: list the backends it was, or would be, chosen from
 *
 * Context: any; RCU read lock.
 * Return: 0 or -EMSGSIZE.
 */
int kvip_fill_flow(struct sk_buff *skb, struct net *net,
		   const struct nf_conntrack_tuple *tuple,
		   const struct net_device *in,
		   const struct kvip_decision *decision, bool candidates);

/**
 * kvip_explain() - KVIP_CMD_EXPLAIN
 * @request: the message
 * @info: its attributes
 *
 * Context: process, may sleep.
 * Return: 0 or a negative error.
 */
int kvip_explain(struct sk_buff *request, struct genl_info *info);

#endif /* KVIP_NETLINK_FLOW_H */
