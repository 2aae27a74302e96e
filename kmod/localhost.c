// SPDX-License-Identifier: GPL-2.0
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/netdevice.h>
#include <linux/skbuff.h>
#include <net/addrconf.h>
#include <net/ip6_route.h>
#include <net/netfilter/nf_conntrack.h>
#include <net/netfilter/nf_nat.h>
#include <net/route.h>

#include "invalid.h"
#include "localhost.h"
#include "source.h"

static bool has_loopback_source(const struct sk_buff *skb, u8 pf)
{
	if (pf == NFPROTO_IPV6)
		return ipv6_addr_loopback(&ipv6_hdr(skb)->saddr);
	return ipv4_is_loopback(ip_hdr(skb)->saddr);
}

static bool has_loopback_destination(const struct sk_buff *skb, u8 pf)
{
	if (pf == NFPROTO_IPV6)
		return ipv6_addr_loopback(&ipv6_hdr(skb)->daddr);
	return ipv4_is_loopback(ip_hdr(skb)->daddr);
}

/* Translated at both ends, which only kvip_localhost_begin() does to these. */
static bool is_begun(const struct nf_conn *ct, u8 pf)
{
	const struct nf_conntrack_tuple *orig =
		nf_ct_tuple(ct, IP_CT_DIR_ORIGINAL);

	return (ct->status & IPS_NAT_MASK) == IPS_NAT_MASK &&
	       kvip_is_loopback(pf, &orig->src.u3);
}

/*
 * The route that this node would reach an address by. Returns the route, and
 * the source address that goes with it, or an error pointer.
 */
static struct dst_entry *find_route(struct net *net, u8 pf,
				    const union nf_inet_addr *to,
				    union nf_inet_addr *from)
{
	struct dst_entry *dst;
	int err;

	if (pf == NFPROTO_IPV6) {
		struct flowi6 fl6 = { .daddr = to->in6 };

		dst = ip6_route_output(net, NULL, &fl6);
		err = dst->error;
		if (!err)
			err = ipv6_dev_get_saddr(net, dst->dev, &to->in6, 0,
						 &from->in6);
		if (err) {
			dst_release(dst);
			return ERR_PTR(err);
		}
	} else {
		struct flowi4 fl4 = { .daddr = to->ip };
		struct rtable *rt = ip_route_output_key(net, &fl4);

		if (IS_ERR(rt))
			return ERR_CAST(rt);
		dst = &rt->dst;
		from->ip = fl4.saddr;
	}
	return dst;
}

/* Give the packet its translated source now; POST_ROUTING finds it done. */
static unsigned int translate_source(struct sk_buff *skb, struct nf_conn *ct,
				     enum ip_conntrack_info ctinfo)
{
	return nf_nat_packet(ct, ctinfo, NF_INET_POST_ROUTING, skb);
}

unsigned int kvip_localhost_begin(struct sk_buff *skb, struct nf_conn *ct,
				  enum ip_conntrack_info ctinfo,
				  const struct nf_hook_state *state)
{
	const struct nf_conntrack_tuple *reply =
		nf_ct_tuple(ct, IP_CT_DIR_REPLY);
	struct nf_nat_range2 range = {
		.flags = NF_NAT_RANGE_MAP_IPS | NF_NAT_RANGE_PROTO_RANDOM_FULLY,
	};
	unsigned int verdict;
	struct dst_entry *dst;
	bool stays;

	dst = find_route(state->net, state->pf, &reply->src.u3,
			 &range.min_addr);
	if (IS_ERR(dst))
		return NF_DROP_ERR(PTR_ERR(dst));
	stays = dst->dev->flags & IFF_LOOPBACK;
	dst_release(dst);
	if (!kvip_localhost_hides(state->pf, reply->dst.protonum, stays))
		return NF_ACCEPT;

	range.max_addr = range.min_addr;
	verdict = nf_nat_setup_info(ct, &range, NF_NAT_MANIP_SRC);
	if (verdict != NF_ACCEPT)
		return verdict;
	return translate_source(skb, ct, ctinfo);
}

unsigned int kvip_localhost_out(void *priv, struct sk_buff *skb,
				const struct nf_hook_state *state)
{
	enum ip_conntrack_info ctinfo;
	struct nf_conn *ct;

	ct = nf_ct_get(skb, &ctinfo);
	if (unlikely(!ct))
		return ctinfo == IP_CT_UNTRACKED ?
			       NF_ACCEPT :
			       kvip_invalid(priv, skb, state);
	if (likely(!has_loopback_source(skb, state->pf)) ||
	    !is_begun(ct, state->pf))
		return NF_ACCEPT;
	return translate_source(skb, ct, ctinfo);
}

unsigned int kvip_localhost_in(void *priv, struct sk_buff *skb,
			       const struct nf_hook_state *state)
{
	union nf_inet_addr to = {}, from;
	enum ip_conntrack_info ctinfo;
	struct dst_entry *dst;
	struct nf_conn *ct;

	if (likely(!has_loopback_destination(skb, state->pf)) ||
	    state->in->flags & IFF_LOOPBACK)
		return NF_ACCEPT;
	/* Anything else with such an address is left for routing to refuse. */
	ct = nf_ct_get(skb, &ctinfo);
	if (!ct || CTINFO2DIR(ctinfo) != IP_CT_DIR_REPLY ||
	    !is_begun(ct, state->pf))
		return NF_ACCEPT;

	to = nf_ct_tuple(ct, IP_CT_DIR_ORIGINAL)->src.u3;
	dst = find_route(state->net, state->pf, &to, &from);
	if (IS_ERR(dst))
		return NF_DROP;
	/*
	 * Delivered here, rather than left to the caller with its route: a
	 * bridge with br_netfilter would look the route up again.
	 */
	skb_dst_drop(skb);
	skb_dst_set(skb, dst);
	dst_input(skb);
	return NF_STOLEN;
}
