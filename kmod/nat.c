// SPDX-License-Identifier: GPL-2.0
/*
 * The packet path. nf_nat calls these functions once for each connection that
 * it has not set up yet, at its own place in the hooks; from then on the
 * connection is translated by nf_nat like any other, and nothing here is called
 * for it again. What becomes of the connection is decided in decide.c.
 *
 * Everything below the hooks runs in softirq or process context under RCU.
 */
#include <linux/netdevice.h>
#include <linux/skbuff.h>
#include <net/net_namespace.h>
#include <net/netfilter/nf_conntrack.h>
#include <net/netfilter/nf_nat.h>
#include <net/netfilter/nf_nat_masquerade.h>

#include <linux/kvip.h>

#include "backend.h"
#include "decide.h"
#include "flows.h"
#include "localhost.h"
#include "nat.h"
#include "reject.h"
#include "service.h"
#include "table.h"

/* Told or not is found out once: a listener may come or go meanwhile. */
static void decide_and_tell(struct kvip_table *table,
			    const struct nf_conntrack_tuple *tuple,
			    const struct net_device *in,
			    struct kvip_decision *decision)
{
	if (static_branch_unlikely(&kvip_flows_wanted)) {
		kvip_decide(table, tuple, in, KVIP_HOW_FULL, decision);
		if (decision->verdict != KVIP_VERDICT_NONE || decision->service)
			kvip_flows_send(table, tuple, in, decision);
	} else {
		kvip_decide(table, tuple, in, 0, decision);
	}
}

static unsigned int translate(struct nf_conn *ct,
			      const struct kvip_decision *decision)
{
	struct kvip_backend *backend = decision->backend;
	const struct nf_nat_range2 range = {
		.flags = NF_NAT_RANGE_MAP_IPS | NF_NAT_RANGE_PROTO_SPECIFIED,
		.min_addr = backend->addr,
		.max_addr = backend->addr,
		.min_proto.all = backend->port,
		.max_proto.all = backend->port,
	};
	unsigned int verdict;

	verdict = nf_nat_setup_info(ct, &range, NF_NAT_MANIP_DST);
	if (likely(verdict == NF_ACCEPT)) {
		atomic64_inc(&backend->conns);
		atomic64_inc(&decision->service->conns);
	}
	return verdict;
}

static void count_reject(struct kvip_table *table,
			 const struct kvip_decision *decision)
{
	if (decision->service)
		atomic64_inc(&decision->service->rejects);
	else
		atomic64_inc(&table->rejects_unknown_port);
}

static void count_drop(struct kvip_table *table,
		       const struct kvip_decision *decision)
{
	if (decision->rule == KVIP_RULE_NO_LOCAL_ENDPOINT)
		atomic64_inc(&decision->service->drops_no_local);
	else if (decision->rule == KVIP_RULE_SOURCE_RANGES)
		atomic64_inc(&decision->service->drops_ranges);
	else
		atomic64_inc(&table->drops_service_cidr);
}

unsigned int kvip_nat_dst(void *priv, struct sk_buff *skb,
			  const struct nf_hook_state *state)
{
	const struct nf_conntrack_tuple *tuple;
	struct kvip_table *table = priv;
	struct kvip_decision decision;
	enum ip_conntrack_info ctinfo;
	unsigned int verdict;
	struct nf_conn *ct;

	ct = nf_ct_get(skb, &ctinfo);
	/* The reset that refuses a connection belongs to it, the other way. */
	if (!ct || CTINFO2DIR(ctinfo) != IP_CT_DIR_ORIGINAL)
		return NF_ACCEPT;
	tuple = &ct->tuplehash[IP_CT_DIR_ORIGINAL].tuple;
	decide_and_tell(table, tuple, state->in, &decision);
	if (decision.verdict == KVIP_VERDICT_NONE)
		return NF_ACCEPT;

	switch (decision.verdict) {
	case KVIP_VERDICT_REJECT:
		count_reject(table, &decision);
		return kvip_reject(skb, state, tuple->dst.protonum);
	case KVIP_VERDICT_DROP:
		count_drop(table, &decision);
		return kvip_drop(skb, state);
	}
	verdict = translate(ct, &decision);
	if (unlikely(decision.masquerade == KVIP_MASQUERADE_LOCALHOST) &&
	    verdict == NF_ACCEPT)
		verdict = kvip_localhost_begin(skb, ct, ctinfo, state);
	return verdict;
}

/*
 * S56: a UDP flow that was given its backend just before a commit found that
 * one stale must not be confirmed after the commit has swept the flows. As long
 * as the sweep is still to come it may pass, see stale.c.
 */
static bool is_stale(const struct kvip_service *service,
		     const struct nf_conntrack_tuple *reply)
{
	const struct kvip_conf *conf = rcu_dereference(service->conf);
	const struct kvip_backend *backend;

	backend = kvip_list_find(conf->all, &reply->src.u3, reply->src.u.all);
	return !backend || !kvip_backend_serves(READ_ONCE(backend->flags));
}

static unsigned int masquerade(struct sk_buff *skb,
			       const struct nf_hook_state *state)
{
	/* S32 */
	static const struct nf_nat_range2 range = {
		.flags = NF_NAT_RANGE_PROTO_RANDOM_FULLY,
	};

	if (state->pf == NFPROTO_IPV6)
		return nf_nat_masquerade_ipv6(skb, &range, state->out);
	return nf_nat_masquerade_ipv4(skb, state->hook, &range, state->out);
}

unsigned int kvip_nat_src(void *priv, struct sk_buff *skb,
			  const struct nf_hook_state *state)
{
	const struct nf_conntrack_tuple *orig, *reply;
	struct kvip_table *table = priv;
	enum ip_conntrack_info ctinfo;
	struct kvip_service *service;
	struct nf_conn *ct;
	u8 kind;

	ct = nf_ct_get(skb, &ctinfo);
	if (!ct || !(ct->status & IPS_DST_NAT))
		return NF_ACCEPT;
	orig = &ct->tuplehash[IP_CT_DIR_ORIGINAL].tuple;
	reply = &ct->tuplehash[IP_CT_DIR_REPLY].tuple;

	service = kvip_service_of(table, orig, true, &kind);
	if (!service)
		return NF_ACCEPT;
	if (orig->dst.protonum == IPPROTO_UDP && is_stale(service, reply) &&
	    !READ_ONCE(table->stale_may_pass))
		return kvip_drop(skb, state);

	/* S32: on the loopback device the node talks to itself. */
	if (state->hook == NF_INET_LOCAL_IN || state->out->flags & IFF_LOOPBACK)
		return NF_ACCEPT;
	if (kvip_masquerade_of(table, service, kind, orig,
			       kvip_arrived_on(skb, state),
			       &reply->src.u3) == KVIP_MASQUERADE_NO)
		return NF_ACCEPT;
	return masquerade(skb, state);
}
