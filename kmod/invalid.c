// SPDX-License-Identifier: GPL-2.0
#include <linux/skbuff.h>
#include <net/netfilter/nf_conntrack.h>
#include <net/netfilter/nf_conntrack_core.h>
#include <net/netfilter/nf_conntrack_zones.h>

#include "decide.h"
#include "invalid.h"
#include "table.h"

/* Whether a tuple is of a TCP connection that was translated to a backend. */
static bool is_ours(struct kvip_table *table, struct net *net,
		    const struct nf_conntrack_tuple *tuple)
{
	const struct nf_conntrack_tuple_hash *hash;
	struct nf_conn *ct;
	bool ours;

	hash = nf_conntrack_find_get(net, &nf_ct_zone_dflt, tuple);
	if (!hash)
		return false;
	ct = nf_ct_tuplehash_to_ctrack(hash);
	ours = ct->status & IPS_DST_NAT &&
	       kvip_service_of(table, nf_ct_tuple(ct, IP_CT_DIR_ORIGINAL), true,
			       NULL);
	nf_ct_put(ct);
	return ours;
}

unsigned int kvip_invalid(void *priv, struct sk_buff *skb,
			  const struct nf_hook_state *state)
{
	struct nf_conntrack_tuple tuple;
	struct kvip_table *table = priv;

	if (!nf_ct_get_tuplepr(skb, skb_network_offset(skb), state->pf,
			       state->net, &tuple) ||
	    tuple.dst.protonum != IPPROTO_TCP ||
	    !is_ours(table, state->net, &tuple))
		return NF_ACCEPT;
	atomic64_inc(&table->drops_invalid);
	return NF_DROP;
}

unsigned int kvip_invalid_in(void *priv, struct sk_buff *skb,
			     const struct nf_hook_state *state)
{
	/* Neither a connection nor IP_CT_UNTRACKED: conntrack refused it. */
	if (likely(skb_get_nfct(skb)))
		return NF_ACCEPT;
	return kvip_invalid(priv, skb, state);
}
