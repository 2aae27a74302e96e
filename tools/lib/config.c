// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config.h"
#include "config_key.h"
#include "model.h"

const struct kvip_config_kind kvip_config_kinds[KVIP_CONFIG_KEYS] = {
	[KVIP_CONFIG_NODE_PORT_ADDRESSES] = {
		.name = "nodeport-addresses",
		.type = KVIP_CONFIG_TYPE_NODE_PORTS,
		.flag = KVIP_CONFIG_F_NODE_PORT_PRIMARY,
		.offset = offsetof(struct kvip_config, node_port_addrs),
	},
	[KVIP_CONFIG_CLUSTER_CIDRS] = {
		.name = "cluster-cidrs",
		.type = KVIP_CONFIG_TYPE_BLOCKS,
		.offset = offsetof(struct kvip_config, cluster_cidrs),
	},
	[KVIP_CONFIG_NODE_CIDRS] = {
		.name = "node-cidrs",
		.type = KVIP_CONFIG_TYPE_CHOICE,
		.flag = KVIP_CONFIG_F_POD_NODE_CIDRS,
		.words = { "no", "yes" },
	},
	[KVIP_CONFIG_POD_BRIDGE] = {
		.name = "pod-bridge",
		.type = KVIP_CONFIG_TYPE_NAMES,
		.offset = offsetof(struct kvip_config, pod_bridges),
	},
	[KVIP_CONFIG_POD_PREFIX] = {
		.name = "pod-interface-prefix",
		.type = KVIP_CONFIG_TYPE_NAMES,
		.offset = offsetof(struct kvip_config, pod_prefixes),
	},
	[KVIP_CONFIG_SERVICE_CIDRS] = {
		.name = "service-cidrs",
		.type = KVIP_CONFIG_TYPE_BLOCKS,
		.offset = offsetof(struct kvip_config, service_cidrs),
	},
	[KVIP_CONFIG_MASQUERADE_ALL] = {
		.name = "masquerade-all",
		.type = KVIP_CONFIG_TYPE_CHOICE,
		.flag = KVIP_CONFIG_F_MASQUERADE_ALL,
		.words = { "no", "yes" },
	},
	[KVIP_CONFIG_RANGES_EVERYWHERE] = {
		.name = "source-ranges-everywhere",
		.type = KVIP_CONFIG_TYPE_CHOICE,
		.flag = KVIP_CONFIG_F_RANGES_EVERYWHERE,
		.words = { "no", "yes" },
	},
	[KVIP_CONFIG_WITHOUT_ENDPOINTS] = {
		.name = "nodeport-without-endpoints",
		.type = KVIP_CONFIG_TYPE_CHOICE,
		.flag = KVIP_CONFIG_F_NODE_PORT_TO_HOST,
		.words = { "reject", "host" },
	},
	[KVIP_CONFIG_LOCALHOST] = {
		.name = "localhost-nodeports",
		.type = KVIP_CONFIG_TYPE_CHOICE,
		.flag = KVIP_CONFIG_F_LOCALHOST_NODE_PORTS,
		.words = { "no", "yes" },
	},
	[KVIP_CONFIG_AFFINITY_SCOPE] = {
		.name = "affinity-scope",
		.type = KVIP_CONFIG_TYPE_CHOICE,
		.flag = KVIP_CONFIG_F_AFFINITY_PER_SERVICE,
		.words = { "port", "service" },
	},
	[KVIP_CONFIG_AFFINITY_ENTRIES] = {
		.name = "affinity-entries",
		.type = KVIP_CONFIG_TYPE_ENTRIES,
	},
	[KVIP_CONFIG_PROXY_NAME] = {
		.name = "proxy-name",
		.type = KVIP_CONFIG_TYPE_LABEL,
	},
};

void kvip_config_init(struct kvip_config *config)
{
	memset(config, 0, sizeof(*config));
	config->flags = KVIP_CONFIG_F_NODE_PORT_PRIMARY;
	config->affinity_max = KVIP_AFFINITY_ENTRIES_DEFAULT;
}

const char *kvip_config_key_name(enum kvip_config_key key)
{
	return kvip_config_kinds[key].name;
}

bool kvip_config_key_find(const char *name, enum kvip_config_key *key)
{
	unsigned int i;

	for (i = 0; i < KVIP_CONFIG_KEYS; i++) {
		if (strcmp(name, kvip_config_kinds[i].name))
			continue;
		*key = i;
		return true;
	}
	return false;
}

static bool have_block(const struct kvip_config_blocks *blocks,
		       const struct kvip_prefix *block)
{
	size_t i;

	for (i = 0; i < blocks->n; i++)
		if (!kvip_prefix_cmp(&blocks->items[i], block))
			return true;
	return false;
}

bool kvip_config_add_block(struct kvip_config_blocks *blocks,
			   const struct kvip_prefix *block)
{
	if (have_block(blocks, block))
		return true;
	if (blocks->n == KVIP_CONFIG_LIST_MAX)
		return false;
	blocks->items[blocks->n++] = *block;
	return true;
}

static bool have_name(const struct kvip_config_names *names, const char *name)
{
	size_t i;

	for (i = 0; i < names->n; i++)
		if (!strcmp(names->items[i], name))
			return true;
	return false;
}

bool kvip_config_add_name(struct kvip_config_names *names, const char *name)
{
	if (have_name(names, name))
		return true;
	if (names->n == KVIP_CONFIG_LIST_MAX)
		return false;
	snprintf(names->items[names->n++], IFNAMSIZ, "%s", name);
	return true;
}

static void resolve_addrs(struct kvip_config_blocks *blocks,
			  const struct kvip_node *node)
{
	static const uint8_t families[] = { AF_INET, AF_INET6 };
	size_t f;
	uint32_t i;

	blocks->n = 0;
	for (f = 0; f < sizeof(families); f++) {
		for (i = 0; i < node->n_addrs; i++) {
			const struct kvip_addr *addr = &node->addrs[i];
			struct kvip_prefix block;

			if (addr->family != families[f])
				continue;
			kvip_prefix_set(
				&block, addr,
				(uint8_t)(kvip_addr_bytes(addr->family) * 8));
			kvip_config_add_block(blocks, &block);
			break;
		}
	}
}

void kvip_config_resolve(struct kvip_config *config,
			 const struct kvip_node *node)
{
	uint32_t i;

	if (config->flags & KVIP_CONFIG_F_NODE_PORT_PRIMARY)
		resolve_addrs(&config->node_port_addrs, node);
	config->node_cidrs.n = 0;
	if (!(config->flags & KVIP_CONFIG_F_POD_NODE_CIDRS))
		return;
	/* a Node has two at most; so many that they don't fit are none of its */
	for (i = 0; i < node->n_pod_cidrs; i++)
		kvip_config_add_block(&config->node_cidrs, &node->pod_cidrs[i]);
}

void kvip_config_keep(struct kvip_config *config,
		      const struct kvip_config *from)
{
	uint32_t both = config->flags & from->flags;

	if (both & KVIP_CONFIG_F_NODE_PORT_PRIMARY)
		config->node_port_addrs = from->node_port_addrs;
	if (both & KVIP_CONFIG_F_POD_NODE_CIDRS)
		config->node_cidrs = from->node_cidrs;
}

static bool same_blocks(const struct kvip_config_blocks *a,
			const struct kvip_config_blocks *b)
{
	size_t i;

	if (a->n != b->n)
		return false;
	for (i = 0; i < a->n; i++)
		if (!have_block(b, &a->items[i]) ||
		    !have_block(a, &b->items[i]))
			return false;
	return true;
}

static bool same_names(const struct kvip_config_names *a,
		       const struct kvip_config_names *b)
{
	size_t i;

	if (a->n != b->n)
		return false;
	for (i = 0; i < a->n; i++)
		if (!have_name(b, a->items[i]) || !have_name(a, b->items[i]))
			return false;
	return true;
}

bool kvip_config_same(const struct kvip_config *a, const struct kvip_config *b,
		      enum kvip_config_key key)
{
	const struct kvip_config_kind *kind = &kvip_config_kinds[key];

	if ((a->flags ^ b->flags) & kind->flag)
		return false;
	switch (kind->type) {
	case KVIP_CONFIG_TYPE_NODE_PORTS:
	case KVIP_CONFIG_TYPE_BLOCKS:
		return same_blocks(kvip_config_blocks(a, kind),
				   kvip_config_blocks(b, kind));
	case KVIP_CONFIG_TYPE_NAMES:
		return same_names(kvip_config_names(a, kind),
				  kvip_config_names(b, kind));
	case KVIP_CONFIG_TYPE_CHOICE:
		return key != KVIP_CONFIG_NODE_CIDRS ||
		       same_blocks(&a->node_cidrs, &b->node_cidrs);
	case KVIP_CONFIG_TYPE_ENTRIES:
		return a->affinity_max == b->affinity_max;
	case KVIP_CONFIG_TYPE_LABEL:
		return !strcmp(a->proxy_name, b->proxy_name);
	}
	return true;
}

bool kvip_config_equal(const struct kvip_config *a, const struct kvip_config *b)
{
	unsigned int key;

	for (key = 0; key < KVIP_CONFIG_KEYS; key++)
		if (!kvip_config_same(a, b, key))
			return false;
	return true;
}

bool kvip_config_is_all(const struct kvip_config_blocks *blocks)
{
	return blocks->n == 2 && !blocks->items[0].length &&
	       !blocks->items[1].length;
}

static void put_blocks(FILE *to, const struct kvip_config_blocks *blocks)
{
	char text[KVIP_PREFIX_LEN];
	size_t i;

	for (i = 0; i < blocks->n; i++)
		fprintf(to, "%s%s", i ? "," : "",
			kvip_prefix_text(&blocks->items[i], text));
}

static void put_node_ports(FILE *to, const struct kvip_config *config)
{
	if (config->flags & KVIP_CONFIG_F_NODE_PORT_PRIMARY)
		fputs("primary", to);
	else if (!config->node_port_addrs.n)
		fputs("none", to);
	else if (kvip_config_is_all(&config->node_port_addrs))
		fputs("all", to);
	else
		put_blocks(to, &config->node_port_addrs);
}

char *kvip_config_text(const struct kvip_config *config,
		       enum kvip_config_key key)
{
	const struct kvip_config_kind *kind = &kvip_config_kinds[key];
	const struct kvip_config_names *names;
	char *text;
	size_t size, i;
	FILE *to = kvip_config_memory(&text, &size);

	switch (kind->type) {
	case KVIP_CONFIG_TYPE_NODE_PORTS:
		put_node_ports(to, config);
		break;
	case KVIP_CONFIG_TYPE_BLOCKS:
		put_blocks(to, kvip_config_blocks(config, kind));
		break;
	case KVIP_CONFIG_TYPE_NAMES:
		names = kvip_config_names(config, kind);
		for (i = 0; i < names->n; i++)
			fprintf(to, "%s%s", i ? "," : "", names->items[i]);
		break;
	case KVIP_CONFIG_TYPE_CHOICE:
		fputs(kind->words[!!(config->flags & kind->flag)], to);
		break;
	case KVIP_CONFIG_TYPE_ENTRIES:
		fprintf(to, "%u", config->affinity_max);
		break;
	case KVIP_CONFIG_TYPE_LABEL:
		fputs(config->proxy_name, to);
		break;
	}
	fclose(to);
	return text;
}

const struct kvip_config_blocks *
kvip_config_resolved(const struct kvip_config *config, enum kvip_config_key key)
{
	if (key == KVIP_CONFIG_NODE_PORT_ADDRESSES &&
	    config->flags & KVIP_CONFIG_F_NODE_PORT_PRIMARY)
		return &config->node_port_addrs;
	/* another program may have set them without saying where they come from */
	if (key == KVIP_CONFIG_NODE_CIDRS &&
	    (config->flags & KVIP_CONFIG_F_POD_NODE_CIDRS ||
	     config->node_cidrs.n))
		return &config->node_cidrs;
	return NULL;
}

char *kvip_config_resolved_text(const struct kvip_config *config,
				enum kvip_config_key key)
{
	const struct kvip_config_blocks *blocks;
	char *text;
	size_t size, i;
	FILE *to;

	blocks = kvip_config_resolved(config, key);
	if (!blocks)
		return NULL;
	to = kvip_config_memory(&text, &size);
	for (i = 0; i < blocks->n; i++) {
		const struct kvip_prefix *block = &blocks->items[i];
		char one[KVIP_PREFIX_LEN];

		if (block->length == kvip_addr_bytes(block->addr.family) * 8)
			kvip_addr_text(&block->addr, one);
		else
			kvip_prefix_text(block, one);
		fprintf(to, "%s%s", i ? ", " : "", one);
	}
	fclose(to);
	return text;
}

FILE *kvip_config_memory(char **text, size_t *size)
{
	FILE *to = open_memstream(text, size);

	if (!to) {
		fputs("kvip: out of memory\n", stderr);
		exit(1);
	}
	return to;
}
