// SPDX-License-Identifier: GPL-2.0
#include <linux/mm.h>
#include <linux/slab.h>

#include "config.h"

const struct kvip_config kvip_config_default = {
	.flags = KVIP_CONFIG_F_NODE_PORT_PRIMARY,
	.affinity_max = KVIP_AFFINITY_ENTRIES_DEFAULT,
};

struct kvip_config *kvip_config_create(void)
{
	return kvzalloc(sizeof(struct kvip_config), GFP_KERNEL_ACCOUNT);
}

static u32 families(const struct kvip_blocks *blocks)
{
	u32 i, bits = 0;

	for (i = 0; i < blocks->n; i++)
		bits |= 1U << kvip_family_of(blocks->array[i].family);
	return bits;
}

void kvip_config_finish(struct kvip_config *config)
{
	/* S30: without a detector nothing is a local pod. */
	config->detectors = families(&config->cluster_cidrs) |
			    families(&config->node_cidrs);
	if (config->pod_bridges.n || config->pod_prefixes.n)
		config->detectors = (1U << KVIP_N_FAMILIES) - 1;
}

void kvip_config_free(const struct kvip_config *config)
{
	if (config != &kvip_config_default)
		kvfree(config);
}
