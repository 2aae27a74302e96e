// SPDX-License-Identifier: GPL-2.0
#include <linux/netfilter_ipv4.h>
#include <linux/netfilter_ipv6.h>
#include <net/net_namespace.h>
#include <net/netfilter/nf_conntrack.h>
#include <net/netfilter/nf_nat.h>
#include <net/netfilter/nf_nat_masquerade.h>

#include "hooks.h"
#include "invalid.h"
#include "localhost.h"
#include "nat.h"
#include "table.h"

/* Priorities are the same numbers for both families. */
static_assert((int)NF_IP_PRI_NAT_DST == (int)NF_IP6_PRI_NAT_DST);
static_assert((int)NF_IP_PRI_NAT_SRC == (int)NF_IP6_PRI_NAT_SRC);
static_assert((int)NF_IP_PRI_CONNTRACK == (int)NF_IP6_PRI_CONNTRACK);

/*
 * Just before the rules of nftables' and iptables' nat chains, so that a VIP is
 * the same whatever they say.
 */
static const struct nf_hook_ops nat_hooks[KVIP_N_NAT_HOOKS] = {
	{
		.hook = kvip_nat_dst,
		.hooknum = NF_INET_PRE_ROUTING,
		.priority = NF_IP_PRI_NAT_DST - 1,
	},
	{
		.hook = kvip_nat_dst,
		.hooknum = NF_INET_LOCAL_OUT,
		.priority = NF_IP_PRI_NAT_DST - 1,
	},
	{
		.hook = kvip_nat_src,
		.hooknum = NF_INET_LOCAL_IN,
		.priority = NF_IP_PRI_NAT_SRC - 1,
	},
	{
		.hook = kvip_nat_src,
		.hooknum = NF_INET_POST_ROUTING,
		.priority = NF_IP_PRI_NAT_SRC - 1,
	},
};

/* These see every packet: each begins with a comparison that most fail. */
static const struct nf_hook_ops packet_hooks[KVIP_N_PACKET_HOOKS] = {
	{
		.hook = kvip_invalid_in,
		.hooknum = NF_INET_PRE_ROUTING,
		.priority = NF_IP_PRI_CONNTRACK + 1,
	},
	{
		.hook = kvip_localhost_in,
		.hooknum = NF_INET_PRE_ROUTING,
		.priority = NF_IP_PRI_LAST,
	},
	{
		.hook = kvip_localhost_out,
		.hooknum = NF_INET_LOCAL_OUT,
		.priority = NF_IP_PRI_CONNTRACK + 1,
	},
};

static u8 nfproto(enum kvip_family family)
{
	return family == KVIP_IPV6 ? NFPROTO_IPV6 : NFPROTO_IPV4;
}

static int register_nat(struct net *net, const struct nf_hook_ops *ops)
{
	if (ops->pf == NFPROTO_IPV6)
		return nf_nat_ipv6_register_fn(net, ops);
	return nf_nat_ipv4_register_fn(net, ops);
}

static void unregister_nat(struct net *net, const struct nf_hook_ops *ops)
{
	if (ops->pf == NFPROTO_IPV6)
		nf_nat_ipv6_unregister_fn(net, ops);
	else
		nf_nat_ipv4_unregister_fn(net, ops);
}

void kvip_hooks_setup(struct kvip_table *table)
{
	struct kvip_hooks *hooks;
	int family, i;

	for (family = 0; family < KVIP_N_FAMILIES; family++) {
		hooks = &table->hooks[family];
		for (i = 0; i < KVIP_N_NAT_HOOKS; i++) {
			hooks->nat[i] = nat_hooks[i];
			hooks->nat[i].pf = nfproto(family);
			hooks->nat[i].priv = table;
		}
		for (i = 0; i < KVIP_N_PACKET_HOOKS; i++) {
			hooks->packet[i] = packet_hooks[i];
			hooks->packet[i].pf = nfproto(family);
			hooks->packet[i].priv = table;
		}
	}
}

int kvip_hooks_on(struct kvip_table *table, enum kvip_family family)
{
	struct kvip_hooks *hooks = &table->hooks[family];
	int i, err;

	lockdep_assert_held(&table->lock);
	if (hooks->on)
		return 0;

	for (i = 0; i < KVIP_N_NAT_HOOKS; i++) {
		err = register_nat(table->net, &hooks->nat[i]);
		if (err)
			goto err_nat;
	}
	err = nf_register_net_hooks(table->net, hooks->packet,
				    KVIP_N_PACKET_HOOKS);
	if (err)
		goto err_nat;
	/*
	 * nf_nat leaves it to its users to have connections tracked. Last: a
	 * connection that is tracked before the hooks are there would stay
	 * untranslated.
	 */
	err = nf_ct_netns_get(table->net, nfproto(family));
	if (err)
		goto err_packet;
	hooks->on = true;
	return 0;

err_packet:
	nf_unregister_net_hooks(table->net, hooks->packet, KVIP_N_PACKET_HOOKS);
err_nat:
	while (i--)
		unregister_nat(table->net, &hooks->nat[i]);
	return err;
}

void kvip_hooks_off(struct kvip_table *table, enum kvip_family family)
{
	struct kvip_hooks *hooks = &table->hooks[family];
	int i;

	lockdep_assert_held(&table->lock);
	if (!hooks->on)
		return;
	nf_ct_netns_put(table->net, nfproto(family));
	nf_unregister_net_hooks(table->net, hooks->packet, KVIP_N_PACKET_HOOKS);
	for (i = KVIP_N_NAT_HOOKS; i--;)
		unregister_nat(table->net, &hooks->nat[i]);
	hooks->on = false;
}

/* Masqueraded connections go when the address or the device goes. */
int __init kvip_hooks_init(void)
{
	return nf_nat_masquerade_inet_register_notifiers();
}

void kvip_hooks_exit(void)
{
	nf_nat_masquerade_inet_unregister_notifiers();
}
