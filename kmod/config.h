/* SPDX-License-Identifier: GPL-2.0 */
/* What holds for all services of a namespace; immutable once published. */
#ifndef KVIP_CONFIG_H
#define KVIP_CONFIG_H

#include <linux/if.h>
#include <linux/types.h>

#include <linux/kvip.h>

#include "family.h"
#include "prefix.h"

/**
 * struct kvip_blocks - a list of address blocks
 * @n: how many
 * @array: the blocks
 */
struct kvip_blocks {
	u32 n;
	struct kvip_prefix array[KVIP_CONFIG_LIST_MAX];
};

/**
 * struct kvip_ifnames - a list of names of devices, or of their beginnings
 * @n: how many
 * @array: the names, terminated by NUL
 */
struct kvip_ifnames {
	u32 n;
	char array[KVIP_CONFIG_LIST_MAX][IFNAMSIZ];
};

/**
 * struct kvip_config - the configuration of one namespace
 * @flags: KVIP_CONFIG_F_*
 * @detectors: bit N set: family N, of enum kvip_family, has a detector of local
 *	pods
 * @affinity_max: bound of the affinity entries (S52)
 * @node_port_addrs: addresses that have node ports (S20)
 * @cluster_cidrs: detector of local pods (S33)
 * @node_cidrs: likewise
 * @pod_bridges: likewise
 * @pod_prefixes: likewise
 * @service_cidrs: addresses that only services may have (S42)
 * @proxy_name: kept for user space, terminated by NUL
 */
struct kvip_config {
	u32 flags;
	u32 detectors;
	u32 affinity_max;
	struct kvip_blocks node_port_addrs;
	struct kvip_blocks cluster_cidrs;
	struct kvip_blocks node_cidrs;
	struct kvip_ifnames pod_bridges;
	struct kvip_ifnames pod_prefixes;
	struct kvip_blocks service_cidrs;
	char proxy_name[KVIP_NAME_MAX + 1];
};

/* What a namespace has before it is given another; not to be freed. */
extern const struct kvip_config kvip_config_default;

/**
 * kvip_blocks_have() - whether an address is in one of some blocks
 * @blocks: the blocks
 * @family: the address's family
 * @addr: the address
 *
 * Context: any.
 */
static inline bool kvip_blocks_have(const struct kvip_blocks *blocks, u8 family,
				    const union nf_inet_addr *addr)
{
	return kvip_prefix_find(blocks->array, blocks->n, family, addr);
}

/**
 * kvip_has_detector() - whether local pods of a family can be told from others
 * @config: the configuration
 * @family: NFPROTO_IPV4 or NFPROTO_IPV6
 *
 * Context: any.
 */
static inline bool kvip_has_detector(const struct kvip_config *config,
				     u8 family)
{
	return config->detectors & 1U << kvip_family_of(family);
}

/**
 * kvip_config_create() - a configuration that says nothing
 *
 * Context: process, may sleep.
 * Return: the configuration, zeroed, or NULL if there is no memory.
 */
struct kvip_config *kvip_config_create(void);

/**
 * kvip_config_finish() - a configuration is filled in: see what follows
 * @config: the configuration
 *
 * Context: any.
 */
void kvip_config_finish(struct kvip_config *config);

/**
 * kvip_config_free() - free a configuration that no reader can have
 * @config: the configuration, the default one, or NULL
 *
 * Context: process, may sleep.
 */
void kvip_config_free(const struct kvip_config *config);

#endif /* KVIP_CONFIG_H */
