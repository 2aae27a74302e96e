// SPDX-License-Identifier: GPL-2.0
#include <linux/netlink.h>
#include <linux/string.h>
#include <net/netlink.h>

#include <linux/kvip.h>

#include "config.h"
#include "netlink_config.h"
#include "netlink_fill.h"
#include "netlink_parse.h"
#include "txn.h"

static const struct nla_policy config_policy[KVIP_CONFIG_A_MAX + 1] = {
	[KVIP_CONFIG_A_FLAGS] = NLA_POLICY_MASK(NLA_U32, KVIP_CONFIG_F_ALL),
	[KVIP_CONFIG_A_NODE_PORT_ADDRS] = { .type = NLA_NESTED },
	[KVIP_CONFIG_A_CLUSTER_CIDRS] = { .type = NLA_NESTED },
	[KVIP_CONFIG_A_NODE_CIDRS] = { .type = NLA_NESTED },
	[KVIP_CONFIG_A_POD_BRIDGES] = { .type = NLA_NESTED },
	[KVIP_CONFIG_A_POD_PREFIXES] = { .type = NLA_NESTED },
	[KVIP_CONFIG_A_SERVICE_CIDRS] = { .type = NLA_NESTED },
	[KVIP_CONFIG_A_AFFINITY_MAX] = { .type = NLA_U32 },
	[KVIP_CONFIG_A_PROXY_NAME] = { .type = NLA_NUL_STRING,
				       .len = KVIP_NAME_MAX },
};

static int refuse_many(const struct nlattr *attr,
		       struct netlink_ext_ack *extack)
{
	NL_SET_ERR_MSG_ATTR(
		extack, attr,
		"a list of the configuration has at most " __stringify(
			KVIP_CONFIG_LIST_MAX) " items");
	return -E2BIG;
}

static int parse_blocks(struct kvip_blocks *blocks, const struct nlattr *attr,
			struct netlink_ext_ack *extack)
{
	const struct nlattr *item;
	u32 n;
	int err, rem;

	err = kvip_count_items(attr, &n, extack);
	if (err || !attr)
		return err;
	if (n > KVIP_CONFIG_LIST_MAX)
		return refuse_many(attr, extack);
	nla_for_each_nested(item, attr, rem) {
		err = kvip_parse_prefix(&blocks->array[blocks->n], item,
					NFPROTO_UNSPEC, extack);
		if (err)
			return err;
		blocks->n++;
	}
	return 0;
}

static int parse_names(struct kvip_ifnames *names, const struct nlattr *attr,
		       struct netlink_ext_ack *extack)
{
	const struct nlattr *item;
	u32 n;
	int err, rem;

	err = kvip_count_items(attr, &n, extack);
	if (err || !attr)
		return err;
	if (n > KVIP_CONFIG_LIST_MAX)
		return refuse_many(attr, extack);
	nla_for_each_nested(item, attr, rem) {
		char *name = names->array[names->n];
		ssize_t len = nla_strscpy(name, item, IFNAMSIZ);

		if (len <= 0 || strlen(name) != len) {
			NL_SET_ERR_MSG_ATTR(
				extack, item,
				"a device's name has 1 to 15 bytes");
			return -EINVAL;
		}
		names->n++;
	}
	return 0;
}

static int parse_affinity_max(struct kvip_config *config,
			      const struct nlattr *attr,
			      struct netlink_ext_ack *extack)
{
	config->affinity_max = attr ? nla_get_u32(attr) :
				      KVIP_AFFINITY_ENTRIES_DEFAULT;
	if (config->affinity_max &&
	    config->affinity_max <= KVIP_AFFINITY_ENTRIES_MAX)
		return 0;
	NL_SET_ERR_MSG_ATTR(
		extack, attr,
		"there may be 1 to " __stringify(
			KVIP_AFFINITY_ENTRIES_MAX) " affinity entries");
	return -ERANGE;
}

static int parse_proxy_name(struct kvip_config *config,
			    const struct nlattr *attr,
			    struct netlink_ext_ack *extack)
{
	if (!attr ||
	    nla_strscpy(config->proxy_name, attr, sizeof(config->proxy_name)) ==
		    strlen(config->proxy_name))
		return 0;
	NL_SET_ERR_MSG_ATTR(extack, attr,
			    "a proxy name has bytes after its end");
	return -EINVAL;
}

static int parse(struct kvip_config *config, struct nlattr **tb,
		 struct netlink_ext_ack *extack)
{
	int err;

	if (tb[KVIP_CONFIG_A_FLAGS])
		config->flags = nla_get_u32(tb[KVIP_CONFIG_A_FLAGS]);
	err = parse_proxy_name(config, tb[KVIP_CONFIG_A_PROXY_NAME], extack);
	if (err)
		return err;
	err = parse_affinity_max(config, tb[KVIP_CONFIG_A_AFFINITY_MAX],
				 extack);
	if (err)
		return err;
	err = parse_blocks(&config->node_port_addrs,
			   tb[KVIP_CONFIG_A_NODE_PORT_ADDRS], extack);
	if (err)
		return err;
	err = parse_blocks(&config->cluster_cidrs,
			   tb[KVIP_CONFIG_A_CLUSTER_CIDRS], extack);
	if (err)
		return err;
	err = parse_blocks(&config->node_cidrs, tb[KVIP_CONFIG_A_NODE_CIDRS],
			   extack);
	if (err)
		return err;
	err = parse_blocks(&config->service_cidrs,
			   tb[KVIP_CONFIG_A_SERVICE_CIDRS], extack);
	if (err)
		return err;
	err = parse_names(&config->pod_bridges, tb[KVIP_CONFIG_A_POD_BRIDGES],
			  extack);
	if (err)
		return err;
	return parse_names(&config->pod_prefixes,
			   tb[KVIP_CONFIG_A_POD_PREFIXES], extack);
}

int kvip_parse_config(struct kvip_txn *txn, const struct nlattr *attr,
		      struct netlink_ext_ack *extack)
{
	struct nlattr *tb[KVIP_CONFIG_A_MAX + 1];
	int err;

	if (txn->open) {
		NL_SET_ERR_MSG_ATTR(
			extack, attr,
			"the lists of the service before are not complete");
		return -EINVAL;
	}
	if (txn->config) {
		NL_SET_ERR_MSG_ATTR(
			extack, attr,
			"the transaction has a configuration already");
		return -EEXIST;
	}
	err = nla_parse_nested(tb, KVIP_CONFIG_A_MAX, attr, config_policy,
			       extack);
	if (err)
		return err;
	txn->config = kvip_config_create();
	if (!txn->config)
		return -ENOMEM;
	/* Refused, it goes with the transaction. */
	err = parse(txn->config, tb, extack);
	if (err)
		return err;
	kvip_config_finish(txn->config);
	return 0;
}

static int fill_blocks(struct sk_buff *skb, int type,
		       const struct kvip_blocks *blocks)
{
	struct nlattr *nest;
	u32 i;

	if (!blocks->n)
		return 0;
	nest = nla_nest_start(skb, type);
	if (!nest)
		return -EMSGSIZE;
	for (i = 0; i < blocks->n; i++)
		if (kvip_fill_prefix(skb, 1, &blocks->array[i]))
			return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static int fill_names(struct sk_buff *skb, int type,
		      const struct kvip_ifnames *names)
{
	struct nlattr *nest;
	u32 i;

	if (!names->n)
		return 0;
	nest = nla_nest_start(skb, type);
	if (!nest)
		return -EMSGSIZE;
	for (i = 0; i < names->n; i++)
		if (nla_put_string(skb, 1, names->array[i]))
			return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

int kvip_fill_config(struct sk_buff *skb, const struct kvip_config *config)
{
	struct nlattr *nest = nla_nest_start(skb, KVIP_A_CONFIG);

	if (!nest || nla_put_u32(skb, KVIP_CONFIG_A_FLAGS, config->flags) ||
	    fill_blocks(skb, KVIP_CONFIG_A_NODE_PORT_ADDRS,
			&config->node_port_addrs) ||
	    fill_blocks(skb, KVIP_CONFIG_A_CLUSTER_CIDRS,
			&config->cluster_cidrs) ||
	    fill_blocks(skb, KVIP_CONFIG_A_NODE_CIDRS, &config->node_cidrs) ||
	    fill_names(skb, KVIP_CONFIG_A_POD_BRIDGES, &config->pod_bridges) ||
	    fill_names(skb, KVIP_CONFIG_A_POD_PREFIXES,
		       &config->pod_prefixes) ||
	    fill_blocks(skb, KVIP_CONFIG_A_SERVICE_CIDRS,
			&config->service_cidrs) ||
	    nla_put_u32(skb, KVIP_CONFIG_A_AFFINITY_MAX, config->affinity_max))
		return -EMSGSIZE;
	if (*config->proxy_name &&
	    nla_put_string(skb, KVIP_CONFIG_A_PROXY_NAME, config->proxy_name))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}
