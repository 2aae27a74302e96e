// SPDX-License-Identifier: GPL-2.0
/*
 * The packet path. nf_nat calls these functions once for each connection that
 * it has not set up yet, at its own place in the hooks; from then on the
 * connection is translated by nf_nat like any other, and nothing here is called
 * for it again.
 *
 * Everything below the hooks runs in softirq or process context under RCU,
 * takes no lock and allocates nothing.
 */
#include <linux/netdevice.h>
#include <linux/netfilter_ipv4.h>
#include <linux/netfilter_ipv6.h>
#include <linux/random.h>
#include <net/net_namespace.h>
#include <net/netfilter/nf_conntrack.h>
#include <net/netfilter/nf_nat.h>
#include <net/netfilter/nf_nat_masquerade.h>

#include <linux/kvip.h>

#include "backend.h"
#include "frontend.h"
#include "nat.h"
#include "reject.h"
#include "service.h"
#include "table.h"

static struct kvip_service *find_service(struct kvip_table *table,
					 const struct nf_conntrack_tuple *tuple)
{
	const struct kvip_frontend_key key = {
		.addr = tuple->dst.u3,
		.port = tuple->dst.u.all,
		.proto = tuple->dst.protonum,
		.family = tuple->src.l3num,
	};
	struct kvip_frontend *frontend = kvip_frontend_find(table, &key);

	return frontend ? rcu_dereference(frontend->service) : NULL;
}

/* S24: internalTrafficPolicy chooses the list. */
static const struct kvip_list *list_of(const struct kvip_conf *conf)
{
	if (unlikely(conf->flags & KVIP_SERVICE_F_INTERNAL_LOCAL))
		return conf->local;
	return conf->cluster;
}

/* S14: uniformly at random. The list is not empty. */
static struct kvip_backend *choose(const struct kvip_list *list)
{
	u32 i = list->n > 1 ? get_random_u32_below(list->n) : 0;

	return list->backends[i];
}

/* The first packet of a connection that arrives here or that the node sends. */
static unsigned int nat_dst(void *priv, struct sk_buff *skb,
			    const struct nf_hook_state *state)
{
	struct nf_nat_range2 range = {
		.flags = NF_NAT_RANGE_MAP_IPS | NF_NAT_RANGE_PROTO_SPECIFIED,
	};
	struct kvip_table *table = priv;
	enum ip_conntrack_info ctinfo;
	const struct kvip_list *list;
	struct kvip_service *service;
	struct kvip_backend *backend;
	struct kvip_conf *conf;
	unsigned int verdict;
	struct nf_conn *ct;

	ct = nf_ct_get(skb, &ctinfo);
	if (!ct)
		return NF_ACCEPT;
	service = find_service(table, &ct->tuplehash[IP_CT_DIR_ORIGINAL].tuple);
	if (!service)
		return NF_ACCEPT;

	conf = rcu_dereference(service->conf);
	list = list_of(conf);
	if (unlikely(!list->n)) {
		/* S24, S41: refuse, unless another node has endpoints. */
		if (!(conf->flags & KVIP_SERVICE_F_HAS_ANY))
			return kvip_reject(skb, state);
		return NF_DROP;
	}

	backend = choose(list);
	range.min_addr = backend->addr;
	range.max_addr = backend->addr;
	range.min_proto.all = backend->port;
	range.max_proto.all = backend->port;
	verdict = nf_nat_setup_info(ct, &range, NF_NAT_MANIP_DST);
	if (likely(verdict == NF_ACCEPT)) {
		atomic64_inc(&backend->conns);
		atomic64_inc(&service->conns);
	}
	return verdict;
}

/*
 * S31: whoever connects to a VIP and gets itself would see the answers come
 * from its own address, and refuse them; so such a connection is masqueraded.
 * On the loopback device (S32) the node talks to itself and nothing is needed.
 */
static unsigned int nat_src(void *priv, struct sk_buff *skb,
			    const struct nf_hook_state *state)
{
	static const struct nf_nat_range2 range = {
		.flags = NF_NAT_RANGE_PROTO_RANDOM_FULLY,
	};
	const struct nf_conntrack_tuple *orig, *reply;
	struct kvip_table *table = priv;
	enum ip_conntrack_info ctinfo;
	struct nf_conn *ct;

	ct = nf_ct_get(skb, &ctinfo);
	if (!ct || !(ct->status & IPS_DST_NAT) ||
	    state->out->flags & IFF_LOOPBACK)
		return NF_ACCEPT;

	orig = &ct->tuplehash[IP_CT_DIR_ORIGINAL].tuple;
	reply = &ct->tuplehash[IP_CT_DIR_REPLY].tuple;
	if (!nf_inet_addr_cmp(&orig->src.u3, &reply->src.u3) ||
	    !find_service(table, orig))
		return NF_ACCEPT;

	if (state->pf == NFPROTO_IPV6)
		return nf_nat_masquerade_ipv6(skb, &range, state->out);
	return nf_nat_masquerade_ipv4(skb, state->hook, &range, state->out);
}

/*
 * Just before the rules of nftables' and iptables' nat chains, so that a VIP is
 * the same whatever they say.
 */
static const struct nf_hook_ops hooks[KVIP_N_FAMILIES][KVIP_N_NAT_HOOKS] = {
	[KVIP_IPV4] = {
		{
			.hook = nat_dst,
			.pf = NFPROTO_IPV4,
			.hooknum = NF_INET_PRE_ROUTING,
			.priority = NF_IP_PRI_NAT_DST - 1,
		}, {
			.hook = nat_dst,
			.pf = NFPROTO_IPV4,
			.hooknum = NF_INET_LOCAL_OUT,
			.priority = NF_IP_PRI_NAT_DST - 1,
		}, {
			.hook = nat_src,
			.pf = NFPROTO_IPV4,
			.hooknum = NF_INET_POST_ROUTING,
			.priority = NF_IP_PRI_NAT_SRC - 1,
		},
	},
	[KVIP_IPV6] = {
		{
			.hook = nat_dst,
			.pf = NFPROTO_IPV6,
			.hooknum = NF_INET_PRE_ROUTING,
			.priority = NF_IP6_PRI_NAT_DST - 1,
		}, {
			.hook = nat_dst,
			.pf = NFPROTO_IPV6,
			.hooknum = NF_INET_LOCAL_OUT,
			.priority = NF_IP6_PRI_NAT_DST - 1,
		}, {
			.hook = nat_src,
			.pf = NFPROTO_IPV6,
			.hooknum = NF_INET_POST_ROUTING,
			.priority = NF_IP6_PRI_NAT_SRC - 1,
		},
	},
};

static u8 nfproto(enum kvip_family family)
{
	return hooks[family][0].pf;
}

static int register_fn(struct net *net, const struct nf_hook_ops *ops)
{
	if (ops->pf == NFPROTO_IPV6)
		return nf_nat_ipv6_register_fn(net, ops);
	return nf_nat_ipv4_register_fn(net, ops);
}

static void unregister_fn(struct net *net, const struct nf_hook_ops *ops)
{
	if (ops->pf == NFPROTO_IPV6)
		nf_nat_ipv6_unregister_fn(net, ops);
	else
		nf_nat_ipv4_unregister_fn(net, ops);
}

void kvip_nat_setup(struct kvip_table *table)
{
	int family, i;

	for (family = 0; family < KVIP_N_FAMILIES; family++) {
		for (i = 0; i < KVIP_N_NAT_HOOKS; i++) {
			table->nat[family].ops[i] = hooks[family][i];
			table->nat[family].ops[i].priv = table;
		}
	}
}

int kvip_nat_on(struct kvip_table *table, enum kvip_family family)
{
	struct kvip_nat *nat = &table->nat[family];
	int i, err;

	lockdep_assert_held(&table->lock);
	if (nat->on)
		return 0;

	for (i = 0; i < KVIP_N_NAT_HOOKS; i++) {
		err = register_fn(table->net, &nat->ops[i]);
		if (err)
			goto err_unregister;
	}
	/*
	 * nf_nat leaves it to its users to have connections tracked. Last: a
	 * connection that is tracked before the hooks are there would stay
	 * untranslated.
	 */
	err = nf_ct_netns_get(table->net, nfproto(family));
	if (err)
		goto err_unregister;
	nat->on = true;
	return 0;

err_unregister:
	while (i--)
		unregister_fn(table->net, &nat->ops[i]);
	return err;
}

void kvip_nat_off(struct kvip_table *table, enum kvip_family family)
{
	struct kvip_nat *nat = &table->nat[family];
	int i;

	lockdep_assert_held(&table->lock);
	if (!nat->on)
		return;
	nf_ct_netns_put(table->net, nfproto(family));
	for (i = KVIP_N_NAT_HOOKS; i--;)
		unregister_fn(table->net, &nat->ops[i]);
	nat->on = false;
}

/* Masqueraded connections go when the address or the device goes. */
int __init kvip_nat_init(void)
{
	return nf_nat_masquerade_inet_register_notifiers();
}

void kvip_nat_exit(void)
{
	nf_nat_masquerade_inet_unregister_notifiers();
}
