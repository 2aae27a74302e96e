// SPDX-License-Identifier: GPL-2.0
#include <linux/inetdevice.h>
#include <linux/netdevice.h>
#include <linux/skbuff.h>
#include <linux/string.h>
#include <net/addrconf.h>
#include <net/route.h>

#include "config.h"
#include "source.h"

bool kvip_is_local(struct net *net, u8 family, const union nf_inet_addr *addr)
{
	if (family == NFPROTO_IPV6)
		return ipv6_chk_addr(net, &addr->in6, NULL, 0);
	return inet_addr_type(net, addr->ip) == RTN_LOCAL;
}

bool kvip_is_loopback(u8 family, const union nf_inet_addr *addr)
{
	if (family == NFPROTO_IPV6)
		return ipv6_addr_loopback(&addr->in6);
	return ipv4_is_loopback(addr->ip);
}

static bool is_named(const struct kvip_ifnames *names, const char *name)
{
	u32 i;

	for (i = 0; i < names->n; i++)
		if (!strcmp(names->array[i], name))
			return true;
	return false;
}

static bool begins(const struct kvip_ifnames *names, const char *name)
{
	u32 i;

	for (i = 0; i < names->n; i++)
		if (str_has_prefix(name, names->array[i]))
			return true;
	return false;
}

struct kvip_origin kvip_source_of(const struct kvip_config *config,
				  struct net *net, u8 family,
				  const union nf_inet_addr *addr,
				  const struct net_device *in)
{
	struct kvip_origin source = { .class = KVIP_SOURCE_POD };

	/* S25: what the node sends is no pod's, whatever address it has. */
	if (!in)
		return (struct kvip_origin){ KVIP_SOURCE_NODE,
					     KVIP_SOURCE_WHY_SENT };

	/* S33 */
	if (kvip_blocks_have(&config->cluster_cidrs, family, addr))
		source.why = KVIP_SOURCE_WHY_CLUSTER_CIDR;
	else if (kvip_blocks_have(&config->node_cidrs, family, addr))
		source.why = KVIP_SOURCE_WHY_NODE_CIDR;
	else if (is_named(&config->pod_bridges, in->name))
		source.why = KVIP_SOURCE_WHY_BRIDGE;
	else if (begins(&config->pod_prefixes, in->name))
		source.why = KVIP_SOURCE_WHY_PREFIX;
	if (source.why)
		return source;

	/* S28 */
	if (kvip_is_local(net, family, addr))
		return (struct kvip_origin){ KVIP_SOURCE_NODE,
					     KVIP_SOURCE_WHY_ADDR };
	return (struct kvip_origin){ KVIP_SOURCE_OUTSIDE,
				     kvip_has_detector(config, family) ?
					     KVIP_SOURCE_WHY_NOT_DETECTED :
					     KVIP_SOURCE_WHY_NO_DETECTOR };
}

/*
 * The IP layer passes the device that a packet came in by to POST_ROUTING. The
 * bridge, with br_netfilter, does not: then it is the bridge of the port that
 * the frame was received on. What this node sends was received nowhere.
 */
const struct net_device *kvip_arrived_on(const struct sk_buff *skb,
					 const struct nf_hook_state *state)
{
	struct net_device *dev, *bridge;

	if (state->in)
		return state->in;
	if (!skb->skb_iif)
		return NULL;
	dev = dev_get_by_index_rcu(state->net, skb->skb_iif);
	if (!dev || !netif_is_bridge_port(dev))
		return dev;
	bridge = netdev_master_upper_dev_get_rcu(dev);
	return bridge ? bridge : dev;
}
