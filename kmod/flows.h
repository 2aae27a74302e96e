/* SPDX-License-Identifier: GPL-2.0 */
/* Telling listeners what becomes of connections, as they begin. */
#ifndef KVIP_FLOWS_H
#define KVIP_FLOWS_H

#include <linux/jump_label.h>
#include <linux/rcupdate.h>
#include <linux/spinlock.h>
#include <linux/types.h>

#include "decide.h"

struct kvip_table;

/* Somebody, in some namespace, listens. */
DECLARE_STATIC_KEY_FALSE(kvip_flows_wanted);

/**
 * struct kvip_listener - a socket that is told of flows
 * @list: in &kvip_table.listeners
 * @rcu: frees it
 * @portid: the socket
 * @rate: flows in a second
 * @lock: what follows
 * @second: the second that @told counts in
 * @told: flows told in it
 */
struct kvip_listener {
	struct list_head list;
	struct rcu_head rcu;
	u32 portid;
	u32 rate;
	spinlock_t lock; /* second, told */
	u64 second;
	u32 told;
};

/**
 * kvip_flows_send() - tell the listeners of a namespace
 * @table: its tables
 * @tuple: the connection as it came
 * @in: the device that it arrives on, or NULL: this node sends it
 * @decision: what becomes of it, decided with KVIP_HOW_FULL
 *
 * Those who have had their fill for this second are told later how many they
 * missed, by &KVIP_INFO_A_FLOWS_LEFT_OUT.
 *
 * Context: softirq or process; RCU read lock.
 */
void kvip_flows_send(struct kvip_table *table,
		     const struct nf_conntrack_tuple *tuple,
		     const struct net_device *in,
		     const struct kvip_decision *decision);

/**
 * kvip_flows_listen() - tell a socket of flows from now on
 * @table: of this namespace
 * @portid: the socket
 * @rate: flows in a second
 *
 * Context: process, may sleep; under the table's lock.
 * Return: 0, -EALREADY or -ENOMEM.
 */
int kvip_flows_listen(struct kvip_table *table, u32 portid, u32 rate);

/**
 * kvip_flows_leave() - a socket goes; it need not have listened
 * @table: of this namespace
 * @portid: the socket
 *
 * Context: process, may sleep; under the table's lock.
 */
void kvip_flows_leave(struct kvip_table *table, u32 portid);

/* kvip_flows_end() - all listeners of a namespace go; under the table's lock */
void kvip_flows_end(struct kvip_table *table);

#endif /* KVIP_FLOWS_H */
