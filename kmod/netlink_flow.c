// SPDX-License-Identifier: GPL-2.0
#include <linux/inetdevice.h>
#include <linux/netdevice.h>
#include <linux/netlink.h>
#include <linux/rcupdate.h>
#include <net/genetlink.h>
#include <net/ip6_route.h>
#include <net/netfilter/nf_conntrack_tuple.h>
#include <net/route.h>

#include <linux/kvip.h>

#include "backend.h"
#include "decide.h"
#include "family.h"
#include "localhost.h"
#include "netlink.h"
#include "netlink_fill.h"
#include "netlink_flow.h"
#include "prefix.h"
#include "service.h"
#include "table.h"

static int fill_tuple(struct sk_buff *skb,
		      const struct nf_conntrack_tuple *tuple,
		      const struct net_device *in)
{
	u8 family = tuple->src.l3num;
	int len = kvip_addr_len(family);

	if (nla_put_u8(skb, KVIP_FLOW_A_FAMILY, family) ||
	    nla_put_u8(skb, KVIP_FLOW_A_PROTO, tuple->dst.protonum) ||
	    nla_put(skb, KVIP_FLOW_A_SADDR, len, &tuple->src.u3) ||
	    nla_put_be16(skb, KVIP_FLOW_A_SPORT, tuple->src.u.all) ||
	    nla_put(skb, KVIP_FLOW_A_DADDR, len, &tuple->dst.u3) ||
	    nla_put_be16(skb, KVIP_FLOW_A_DPORT, tuple->dst.u.all))
		return -EMSGSIZE;
	if (in)
		return nla_put_string(skb, KVIP_FLOW_A_IFNAME, in->name);
	return nla_put_flag(skb, KVIP_FLOW_A_SENT);
}

static int fill_service(struct sk_buff *skb,
			const struct kvip_decision *decision)
{
	const struct kvip_conf *conf = decision->conf;

	if (nla_put_u8(skb, KVIP_FLOW_A_KIND, decision->kind) ||
	    nla_put_string(skb, KVIP_FLOW_A_SERVICE, decision->service->name) ||
	    nla_put_u32(skb, KVIP_FLOW_A_SERVICE_FLAGS, conf->flags) ||
	    nla_put_u8(skb, KVIP_FLOW_A_SOURCE, decision->origin.class) ||
	    nla_put_u8(skb, KVIP_FLOW_A_SOURCE_WHY, decision->origin.why) ||
	    nla_put_u32(skb, KVIP_FLOW_A_LOCAL_SIZE, conf->local->n) ||
	    nla_put_u32(skb, KVIP_FLOW_A_BACKENDS_SIZE, conf->all->n))
		return -EMSGSIZE;
	if (decision->range &&
	    kvip_fill_prefix(skb, KVIP_FLOW_A_RANGE, decision->range))
		return -EMSGSIZE;
	return 0;
}

static int fill_affinity(struct sk_buff *skb,
			 const struct kvip_decision *decision)
{
	u64 left = DIV_ROUND_UP_ULL(decision->affinity_left, NSEC_PER_SEC);

	if (nla_put_u8(skb, KVIP_FLOW_A_AFFINITY, decision->affinity))
		return -EMSGSIZE;
	if (decision->affinity == KVIP_AFFINITY_NEW)
		return 0;
	return nla_put_u32(skb, KVIP_FLOW_A_AFFINITY_LEFT, left);
}

static int fill_backend(struct sk_buff *skb, int type,
			const struct kvip_backend *backend, u8 family)
{
	struct nlattr *nest = nla_nest_start(skb, type);

	/* Its node may change under the table's lock only: not told here. */
	if (!nest ||
	    nla_put(skb, KVIP_BACKEND_A_ADDR, kvip_addr_len(family),
		    &backend->addr) ||
	    nla_put_be16(skb, KVIP_BACKEND_A_PORT, backend->port) ||
	    nla_put_u32(skb, KVIP_BACKEND_A_FLAGS, READ_ONCE(backend->flags)))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static int fill_candidates(struct sk_buff *skb, const struct kvip_list *list,
			   u8 family)
{
	struct nlattr *nest = nla_nest_start(skb, KVIP_FLOW_A_CANDIDATES);
	u32 i;

	if (!nest)
		return -EMSGSIZE;
	for (i = 0; i < list->n && i < KVIP_CANDIDATES_MAX; i++)
		if (kvip_fill_backend(skb, list->backends[i], family))
			return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

/*
 * S32: what is for the node itself does not leave it, and is not masqueraded;
 * see localhost.c for the one that is.
 */
static u8 masquerade_told(struct net *net,
			  const struct nf_conntrack_tuple *tuple,
			  const struct kvip_decision *decision)
{
	u8 family = tuple->src.l3num;

	if (decision->masquerade == KVIP_MASQUERADE_NO ||
	    !kvip_is_local(net, family, &decision->backend->addr))
		return decision->masquerade;
	if (decision->masquerade == KVIP_MASQUERADE_LOCALHOST &&
	    kvip_localhost_hides(family, tuple->dst.protonum, true))
		return decision->masquerade;
	return KVIP_MASQUERADE_ON_NODE;
}

static int fill_decision(struct sk_buff *skb, struct net *net,
			 const struct nf_conntrack_tuple *tuple,
			 const struct kvip_decision *decision, bool candidates)
{
	u8 family = tuple->src.l3num;

	if (nla_put_u8(skb, KVIP_FLOW_A_VERDICT, decision->verdict) ||
	    nla_put_u8(skb, KVIP_FLOW_A_RULE, decision->rule))
		return -EMSGSIZE;
	if (!decision->service)
		return 0;
	if (fill_service(skb, decision))
		return -EMSGSIZE;
	if (!decision->list)
		return 0;
	if (nla_put_u8(skb, KVIP_FLOW_A_LIST, decision->list_why) ||
	    nla_put_u32(skb, KVIP_FLOW_A_LIST_SIZE, decision->list->n))
		return -EMSGSIZE;
	if (!decision->backend)
		return 0;
	if (decision->has_affinity && fill_affinity(skb, decision))
		return -EMSGSIZE;
	if (nla_put_u8(skb, KVIP_FLOW_A_MASQUERADE,
		       masquerade_told(net, tuple, decision)) ||
	    fill_backend(skb, KVIP_FLOW_A_BACKEND, decision->backend, family))
		return -EMSGSIZE;
	return candidates ? fill_candidates(skb, decision->list, family) : 0;
}

int kvip_fill_flow(struct sk_buff *skb, struct net *net,
		   const struct nf_conntrack_tuple *tuple,
		   const struct net_device *in,
		   const struct kvip_decision *decision, bool candidates)
{
	struct nlattr *nest = nla_nest_start(skb, KVIP_A_FLOW);

	if (!nest || fill_tuple(skb, tuple, in) ||
	    fill_decision(skb, net, tuple, decision, candidates))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static const struct nla_policy flow_policy[] = {
	[KVIP_FLOW_A_FAMILY] = { .type = NLA_U8 },
	[KVIP_FLOW_A_PROTO] = { .type = NLA_U8 },
	[KVIP_FLOW_A_SADDR] = { .type = NLA_BINARY, .len = 16 },
	[KVIP_FLOW_A_SPORT] = { .type = NLA_U16 },
	[KVIP_FLOW_A_DADDR] = { .type = NLA_BINARY, .len = 16 },
	[KVIP_FLOW_A_DPORT] = { .type = NLA_U16 },
	[KVIP_FLOW_A_SENT] = { .type = NLA_FLAG },
	[KVIP_FLOW_A_IFNAME] = { .type = NLA_NUL_STRING, .len = IFNAMSIZ - 1 },
};

#define FLOW_MAX (ARRAY_SIZE(flow_policy) - 1)

static int refuse(struct genl_info *info, const struct nlattr *attr,
		  const char *sentence)
{
	info->extack->_msg = sentence;
	info->extack->bad_attr = attr;
	return -EINVAL;
}

static int parse_addr(union nf_inet_addr *to, u8 family,
		      const struct nlattr *attr, struct genl_info *info)
{
	if (nla_len(attr) != kvip_addr_len(family))
		return refuse(info, attr, "the address is not of that family");
	memcpy(to, nla_data(attr), nla_len(attr));
	return 0;
}

static int parse_tuple(struct nf_conntrack_tuple *tuple, struct nlattr **tb,
		       struct genl_info *info)
{
	int err;

	if (!tb[KVIP_FLOW_A_FAMILY] || !tb[KVIP_FLOW_A_PROTO] ||
	    !tb[KVIP_FLOW_A_SADDR] || !tb[KVIP_FLOW_A_DADDR] ||
	    !tb[KVIP_FLOW_A_DPORT])
		return refuse(
			info, info->attrs[KVIP_A_FLOW],
			"family, protocol, addresses and destination port are needed");
	tuple->src.l3num = nla_get_u8(tb[KVIP_FLOW_A_FAMILY]);
	if (tuple->src.l3num != NFPROTO_IPV4 &&
	    tuple->src.l3num != NFPROTO_IPV6)
		return refuse(info, tb[KVIP_FLOW_A_FAMILY],
			      "a family is AF_INET or AF_INET6");
	tuple->dst.protonum = nla_get_u8(tb[KVIP_FLOW_A_PROTO]);
	err = parse_addr(&tuple->src.u3, tuple->src.l3num,
			 tb[KVIP_FLOW_A_SADDR], info);
	if (err)
		return err;
	err = parse_addr(&tuple->dst.u3, tuple->src.l3num,
			 tb[KVIP_FLOW_A_DADDR], info);
	if (err)
		return err;
	tuple->dst.u.all = nla_get_be16(tb[KVIP_FLOW_A_DPORT]);
	if (tb[KVIP_FLOW_A_SPORT])
		tuple->src.u.all = nla_get_be16(tb[KVIP_FLOW_A_SPORT]);
	return 0;
}

/* The device that this node reaches an address by, or NULL. */
static struct net_device *device_towards(struct net *net, u8 family,
					 const union nf_inet_addr *addr)
{
	struct net_device *dev = NULL;
	struct dst_entry *dst;

	if (family == NFPROTO_IPV6) {
		struct flowi6 fl6 = { .daddr = addr->in6 };

		dst = ip6_route_output(net, NULL, &fl6);
		if (!dst->error)
			dev = dst->dev;
	} else {
		struct flowi4 fl4 = { .daddr = addr->ip };
		struct rtable *rt = ip_route_output_key(net, &fl4);

		if (IS_ERR(rt))
			return NULL;
		dst = &rt->dst;
		dev = dst->dev;
	}
	/* the caller's RCU read lock keeps the device */
	dst_release(dst);
	return dev;
}

/* Where the packet would come from: @in, or NULL if this node sends it. */
static int find_origin(struct net *net, const struct nf_conntrack_tuple *tuple,
		       struct nlattr **tb, struct genl_info *info,
		       const struct net_device **in)
{
	u8 family = tuple->src.l3num;

	*in = NULL;
	if (tb[KVIP_FLOW_A_SENT] && tb[KVIP_FLOW_A_IFNAME])
		return refuse(
			info, tb[KVIP_FLOW_A_IFNAME],
			"what this node sends does not arrive on a device");
	if (tb[KVIP_FLOW_A_SENT])
		return 0;
	if (tb[KVIP_FLOW_A_IFNAME]) {
		const char *name = nla_data(tb[KVIP_FLOW_A_IFNAME]);

		if (strlen(name) + 1 == nla_len(tb[KVIP_FLOW_A_IFNAME]))
			*in = dev_get_by_name_rcu(net, name);
		if (!*in)
			return refuse(info, tb[KVIP_FLOW_A_IFNAME],
				      "there is no such device");
		return 0;
	}
	if (kvip_is_loopback(family, &tuple->src.u3) ||
	    kvip_is_local(net, family, &tuple->src.u3))
		return 0;
	*in = device_towards(net, family, &tuple->src.u3);
	if (!*in)
		return refuse(
			info, tb[KVIP_FLOW_A_SADDR],
			"this node has no route to the source; name the device that its packets arrive on");
	return 0;
}

static int explain(struct kvip_table *table, struct sk_buff *skb,
		   const struct nf_conntrack_tuple *tuple, struct nlattr **tb,
		   struct genl_info *info)
{
	struct kvip_decision decision = {};
	const struct net_device *in;
	int err;

	rcu_read_lock();
	err = find_origin(table->net, tuple, tb, info, &in);
	if (err)
		goto out;
	/* Before the first transaction there is nothing to look things up in. */
	if (table->ready)
		kvip_decide(table, tuple, in, KVIP_HOW_FULL | KVIP_HOW_PEEK,
			    &decision);
	err = kvip_fill_flow(skb, table->net, tuple, in, &decision, true);
out:
	rcu_read_unlock();
	return err;
}

/* Sixty-four candidates with the longest names of nodes, and all else. */
#define EXPLAIN_BYTES (KVIP_CANDIDATES_MAX * (KVIP_NAME_MAX + 64) + 4096)

int kvip_explain(struct sk_buff *request, struct genl_info *info)
{
	struct kvip_table *table = kvip_table_of(genl_info_net(info));
	struct nlattr *tb[FLOW_MAX + 1];
	struct nf_conntrack_tuple tuple = {};
	struct sk_buff *skb;
	void *header;
	int err;

	if (!info->attrs[KVIP_A_FLOW])
		return refuse(info, NULL, "KVIP_A_FLOW is missing");
	err = nla_parse_nested(tb, FLOW_MAX, info->attrs[KVIP_A_FLOW],
			       flow_policy, info->extack);
	if (err)
		return err;
	err = parse_tuple(&tuple, tb, info);
	if (err)
		return err;

	skb = genlmsg_new(EXPLAIN_BYTES, GFP_KERNEL);
	if (!skb)
		return -ENOMEM;
	header = genlmsg_put_reply(skb, info, &kvip_genl_family, 0,
				   KVIP_CMD_EXPLAIN);
	/* The lock is for the names of the candidates' nodes. */
	mutex_lock(&table->lock);
	if (nla_put_u64_64bit(skb, KVIP_A_GENERATION, table->generation,
			      KVIP_A_PAD))
		err = -EMSGSIZE;
	else
		err = explain(table, skb, &tuple, tb, info);
	mutex_unlock(&table->lock);
	if (err) {
		nlmsg_free(skb);
		return err;
	}
	genlmsg_end(skb, header);
	return genlmsg_reply(skb, info);
}
