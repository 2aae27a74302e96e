/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What becomes of a new connection: the rules S19 to S50. Packets, explanations
 * and everything else that asks come here.
 */
#ifndef KVIP_DECIDE_H
#define KVIP_DECIDE_H

#include <linux/types.h>

#include "source.h"

struct kvip_backend;
struct kvip_conf;
struct kvip_list;
struct kvip_prefix;
struct kvip_service;
struct kvip_table;
struct net_device;
struct nf_conntrack_tuple;

/**
 * enum kvip_how - how to decide
 *
 * @KVIP_HOW_FULL: find out what nothing depends on, too
 * @KVIP_HOW_PEEK: change nothing
 */
enum kvip_how {
	KVIP_HOW_FULL = 1 << 0,
	KVIP_HOW_PEEK = 1 << 1,
};

/**
 * struct kvip_decision - what becomes of a connection
 * @verdict: enum kvip_verdict
 * @rule: enum kvip_rule
 * @kind: enum kvip_frontend_kind; 0: no frontend, and so nothing of what follows
 * @list_why: enum kvip_list_why, if @list
 * @masquerade: enum kvip_masquerade, if @backend
 * @has_affinity: @affinity says something
 * @affinity: enum kvip_affinity_state
 * @origin: where it comes from, if that matters or all was asked for
 * @affinity_left: nanoseconds until the affinity entry expires
 * @service: whose the frontend is
 * @conf: what the service is
 * @range: the source range that has the client, or NULL
 * @list: the list that applies, or NULL
 * @backend: the one chosen, or NULL
 *
 * Pointers are good for as long as the RCU read lock is held.
 */
struct kvip_decision {
	u8 verdict;
	u8 rule;
	u8 kind;
	u8 list_why;
	u8 masquerade;
	bool has_affinity;
	u8 affinity;
	struct kvip_origin origin;
	u64 affinity_left;
	struct kvip_service *service;
	const struct kvip_conf *conf;
	const struct kvip_prefix *range;
	const struct kvip_list *list;
	struct kvip_backend *backend;
};

/**
 * kvip_decide() - what becomes of a new connection
 * @table: the namespace's tables, whose hashes are set up
 * @tuple: its first packet, as it came
 * @in: the device that it arrives on, or NULL: this node sends it
 * @how: enum kvip_how
 * @decision: filled in
 *
 * Counts nothing. Unless KVIP_HOW_PEEK is set, the decision is taken to be
 * carried out, and the affinity entry is made.
 *
 * Context: softirq or process; RCU read lock.
 */
void kvip_decide(struct kvip_table *table,
		 const struct nf_conntrack_tuple *tuple,
		 const struct net_device *in, unsigned int how,
		 struct kvip_decision *decision);

/**
 * kvip_service_of() - the service that a connection is for
 * @table: the namespace's tables, whose hashes are set up
 * @tuple: the connection as it came, before translation
 * @sent: this node sent it, or may have
 * @kind: out: enum kvip_frontend_kind of the frontend; may be NULL
 *
 * Context: softirq or process; RCU read lock.
 * Return: the service, or NULL if the connection is for none.
 */
struct kvip_service *kvip_service_of(struct kvip_table *table,
				     const struct nf_conntrack_tuple *tuple,
				     bool sent, u8 *kind);

/**
 * kvip_masquerade_of() - whether to hide the client's address
 * @table: the namespace's tables, whose hashes are set up
 * @service: what kvip_service_of() returned
 * @kind: and what it told
 * @tuple: the connection as it came
 * @in: the device that it came by, or NULL: this node sent it
 * @addr: the backend's address that it was translated to
 *
 * Context: softirq or process; RCU read lock.
 * Return: enum kvip_masquerade; never KVIP_MASQUERADE_ON_NODE.
 */
u8 kvip_masquerade_of(struct kvip_table *table,
		      const struct kvip_service *service, u8 kind,
		      const struct nf_conntrack_tuple *tuple,
		      const struct net_device *in,
		      const union nf_inet_addr *addr);

#endif /* KVIP_DECIDE_H */
