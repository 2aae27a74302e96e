// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <netlink/attr.h>
#include <netlink/genl/genl.h>
#include <netlink/msg.h>

#include "config.h"
#include "config_key.h"
#include "config_message.h"

/* A list that is full fits in the room of a message, and so do all six. */
static void must(int err)
{
	if (err < 0) {
		fprintf(stderr, "kvip: a message is too large for its room\n");
		abort();
	}
}

static struct nlattr *nest_start(struct nl_msg *msg, int type)
{
	struct nlattr *nest = nla_nest_start(msg, type | NLA_F_NESTED);

	must(nest ? 0 : -1);
	return nest;
}

static void put_blocks(struct nl_msg *msg, int type,
		       const struct kvip_config_blocks *blocks)
{
	struct nlattr *list, *item;
	size_t i;

	if (!blocks->n)
		return;
	list = nest_start(msg, type);
	for (i = 0; i < blocks->n; i++) {
		const struct kvip_prefix *block = &blocks->items[i];

		item = nest_start(msg, 1);
		must(nla_put(msg, KVIP_PREFIX_A_ADDR,
			     (int)kvip_addr_bytes(block->addr.family),
			     block->addr.bytes));
		must(nla_put_u8(msg, KVIP_PREFIX_A_LENGTH, block->length));
		nla_nest_end(msg, item);
	}
	nla_nest_end(msg, list);
}

static void put_names(struct nl_msg *msg, int type,
		      const struct kvip_config_names *names)
{
	struct nlattr *list;
	size_t i;

	if (!names->n)
		return;
	list = nest_start(msg, type);
	for (i = 0; i < names->n; i++)
		must(nla_put_string(msg, 1, names->items[i]));
	nla_nest_end(msg, list);
}

void kvip_config_put(struct nl_msg *msg, const struct kvip_config *config)
{
	struct nlattr *nest = nest_start(msg, KVIP_A_CONFIG);

	must(nla_put_u32(msg, KVIP_CONFIG_A_FLAGS, config->flags));
	put_blocks(msg, KVIP_CONFIG_A_NODE_PORT_ADDRS,
		   &config->node_port_addrs);
	put_blocks(msg, KVIP_CONFIG_A_CLUSTER_CIDRS, &config->cluster_cidrs);
	put_blocks(msg, KVIP_CONFIG_A_NODE_CIDRS, &config->node_cidrs);
	put_names(msg, KVIP_CONFIG_A_POD_BRIDGES, &config->pod_bridges);
	put_names(msg, KVIP_CONFIG_A_POD_PREFIXES, &config->pod_prefixes);
	put_blocks(msg, KVIP_CONFIG_A_SERVICE_CIDRS, &config->service_cidrs);
	must(nla_put_u32(msg, KVIP_CONFIG_A_AFFINITY_MAX,
			 config->affinity_max));
	if (*config->proxy_name)
		must(nla_put_string(msg, KVIP_CONFIG_A_PROXY_NAME,
				    config->proxy_name));
	nla_nest_end(msg, nest);
}

static int get_block(struct nlattr *item, struct kvip_config_blocks *blocks)
{
	static struct nla_policy policy[KVIP_PREFIX_A_MAX + 1] = {
		[KVIP_PREFIX_A_LENGTH] = { .type = NLA_U8 },
	};
	struct nlattr *tb[KVIP_PREFIX_A_MAX + 1];
	struct kvip_prefix block;
	struct kvip_addr addr = {};
	uint8_t length;
	size_t bytes;

	if (nla_parse_nested(tb, KVIP_PREFIX_A_MAX, item, policy) < 0 ||
	    !tb[KVIP_PREFIX_A_ADDR] || !tb[KVIP_PREFIX_A_LENGTH])
		return -1;
	bytes = (size_t)nla_len(tb[KVIP_PREFIX_A_ADDR]);
	length = nla_get_u8(tb[KVIP_PREFIX_A_LENGTH]);
	if ((bytes != 4 && bytes != 16) || length > bytes * 8)
		return -1;
	addr.family = bytes == 4 ? AF_INET : AF_INET6;
	memcpy(addr.bytes, nla_data(tb[KVIP_PREFIX_A_ADDR]), bytes);
	kvip_prefix_set(&block, &addr, length);
	return kvip_config_add_block(blocks, &block) ? 0 : -1;
}

static int get_blocks(struct nlattr *list, struct kvip_config_blocks *blocks)
{
	struct nlattr *item;
	int rem;

	if (!list)
		return 0;
	nla_for_each_nested(item, list, rem)
		if (get_block(item, blocks))
			return -1;
	return 0;
}

static int get_names(struct nlattr *list, struct kvip_config_names *names)
{
	struct nlattr *item;
	int rem;

	if (!list)
		return 0;
	nla_for_each_nested(item, list, rem) {
		const char *name = nla_data(item);
		size_t len = (size_t)nla_len(item);

		if (!len || name[len - 1] || len > IFNAMSIZ ||
		    !kvip_config_add_name(names, name))
			return -1;
	}
	return 0;
}

int kvip_config_get(struct nlattr *attr, struct kvip_config *config,
		    struct kvip_err *err)
{
	static struct nla_policy policy[KVIP_CONFIG_A_MAX + 1] = {
		[KVIP_CONFIG_A_FLAGS] = { .type = NLA_U32 },
		[KVIP_CONFIG_A_NODE_PORT_ADDRS] = { .type = NLA_NESTED },
		[KVIP_CONFIG_A_CLUSTER_CIDRS] = { .type = NLA_NESTED },
		[KVIP_CONFIG_A_NODE_CIDRS] = { .type = NLA_NESTED },
		[KVIP_CONFIG_A_POD_BRIDGES] = { .type = NLA_NESTED },
		[KVIP_CONFIG_A_POD_PREFIXES] = { .type = NLA_NESTED },
		[KVIP_CONFIG_A_SERVICE_CIDRS] = { .type = NLA_NESTED },
		[KVIP_CONFIG_A_AFFINITY_MAX] = { .type = NLA_U32 },
		[KVIP_CONFIG_A_PROXY_NAME] = { .type = NLA_STRING },
	};
	struct nlattr *tb[KVIP_CONFIG_A_MAX + 1];

	memset(config, 0, sizeof(*config));
	if (!attr ||
	    nla_parse_nested(tb, KVIP_CONFIG_A_MAX, attr, policy) < 0 ||
	    get_blocks(tb[KVIP_CONFIG_A_NODE_PORT_ADDRS],
		       &config->node_port_addrs) ||
	    get_blocks(tb[KVIP_CONFIG_A_CLUSTER_CIDRS],
		       &config->cluster_cidrs) ||
	    get_blocks(tb[KVIP_CONFIG_A_NODE_CIDRS], &config->node_cidrs) ||
	    get_names(tb[KVIP_CONFIG_A_POD_BRIDGES], &config->pod_bridges) ||
	    get_names(tb[KVIP_CONFIG_A_POD_PREFIXES], &config->pod_prefixes) ||
	    get_blocks(tb[KVIP_CONFIG_A_SERVICE_CIDRS], &config->service_cidrs))
		return kvip_err_set(
			err,
			"the module sent a configuration that this kvip does not understand");
	if (tb[KVIP_CONFIG_A_FLAGS])
		config->flags = nla_get_u32(tb[KVIP_CONFIG_A_FLAGS]);
	config->affinity_max = KVIP_AFFINITY_ENTRIES_DEFAULT;
	if (tb[KVIP_CONFIG_A_AFFINITY_MAX])
		config->affinity_max =
			nla_get_u32(tb[KVIP_CONFIG_A_AFFINITY_MAX]);
	if (tb[KVIP_CONFIG_A_PROXY_NAME])
		snprintf(config->proxy_name, sizeof(config->proxy_name), "%s",
			 nla_get_string(tb[KVIP_CONFIG_A_PROXY_NAME]));
	return 0;
}

const char *kvip_config_attr_at(struct nl_msg *msg, uint32_t offset)
{
	static const enum kvip_config_key keys[KVIP_CONFIG_A_MAX + 1] = {
		[KVIP_CONFIG_A_NODE_PORT_ADDRS] =
			KVIP_CONFIG_NODE_PORT_ADDRESSES,
		[KVIP_CONFIG_A_CLUSTER_CIDRS] = KVIP_CONFIG_CLUSTER_CIDRS,
		[KVIP_CONFIG_A_NODE_CIDRS] = KVIP_CONFIG_NODE_CIDRS,
		[KVIP_CONFIG_A_POD_BRIDGES] = KVIP_CONFIG_POD_BRIDGE,
		[KVIP_CONFIG_A_POD_PREFIXES] = KVIP_CONFIG_POD_PREFIX,
		[KVIP_CONFIG_A_SERVICE_CIDRS] = KVIP_CONFIG_SERVICE_CIDRS,
		[KVIP_CONFIG_A_AFFINITY_MAX] = KVIP_CONFIG_AFFINITY_ENTRIES,
		[KVIP_CONFIG_A_PROXY_NAME] = KVIP_CONFIG_PROXY_NAME,
	};
	const char *at = (const char *)nlmsg_hdr(msg) + offset;
	struct nlattr *nest, *item;
	int rem;

	nest = nlmsg_find_attr(nlmsg_hdr(msg), GENL_HDRLEN, KVIP_A_CONFIG);
	if (!nest)
		return NULL;
	nla_for_each_nested(item, nest, rem) {
		int type = nla_type(item);

		if (at < (const char *)item ||
		    at >= (const char *)item + nla_total_size(nla_len(item)))
			continue;
		/* the flags are those of many keys */
		if (type < KVIP_CONFIG_A_NODE_PORT_ADDRS ||
		    type > KVIP_CONFIG_A_MAX)
			return NULL;
		return kvip_config_key_name(keys[type]);
	}
	return NULL;
}
