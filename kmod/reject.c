// SPDX-License-Identifier: GPL-2.0
#include <linux/icmp.h>
#include <linux/icmpv6.h>
#include <linux/netfilter.h>
#include <linux/skbuff.h>
#include <net/netfilter/ipv4/nf_reject.h>
#include <net/netfilter/ipv6/nf_reject.h>

#include "reject.h"

unsigned int kvip_reject(struct sk_buff *skb, const struct nf_hook_state *state)
{
	if (state->pf == NFPROTO_IPV6)
		nf_send_unreach6(state->net, skb, ICMPV6_PORT_UNREACH,
				 state->hook);
	else
		nf_send_unreach(skb, ICMP_PORT_UNREACH, state->hook);

	/* A plain NF_DROP would make the sender's call fail with EPERM. */
	if (state->hook == NF_INET_LOCAL_OUT)
		return NF_DROP_ERR(-ECONNREFUSED);
	return NF_DROP;
}

unsigned int kvip_drop(struct sk_buff *skb, const struct nf_hook_state *state)
{
	/* NF_DROP would make the sender's call fail with EPERM. */
	if (!state->in) {
		kfree_skb(skb);
		return NF_STOLEN;
	}
	return NF_DROP;
}
