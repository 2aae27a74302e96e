// SPDX-License-Identifier: GPL-2.0
#include <linux/icmp.h>
#include <linux/icmpv6.h>
#include <linux/netfilter.h>
#include <linux/skbuff.h>
#include <net/netfilter/ipv4/nf_reject.h>
#include <net/netfilter/ipv6/nf_reject.h>

#include "reject.h"

/*
 * A reset: a client on this node whose call still holds its socket when the
 * answer comes would take an ICMP error for a passing one, and try again.
 */
static void send_reset(struct sk_buff *skb, const struct nf_hook_state *state)
{
	if (state->pf == NFPROTO_IPV6)
		nf_send_reset6(state->net, state->sk, skb, state->hook);
	else
		nf_send_reset(state->net, state->sk, skb, state->hook);
}

static void send_unreach(struct sk_buff *skb, const struct nf_hook_state *state)
{
	if (state->pf == NFPROTO_IPV6)
		nf_send_unreach6(state->net, skb, ICMPV6_PORT_UNREACH,
				 state->hook);
	else
		nf_send_unreach(skb, ICMP_PORT_UNREACH, state->hook);
}

unsigned int kvip_reject(struct sk_buff *skb, const struct nf_hook_state *state,
			 u8 proto)
{
	if (proto != IPPROTO_TCP)
		send_unreach(skb, state);
	else if (state->hook != NF_INET_LOCAL_OUT)
		send_reset(skb, state);

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
