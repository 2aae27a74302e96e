/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the local store is told: section [store] of kvip.conf. */
#ifndef KVIP_STORE_CONFIG_H
#define KVIP_STORE_CONFIG_H

#include <stdint.h>

#include "addr.h"
#include "config.h"
#include "err.h"

#define KVIP_STORE_PATH "/var/lib/kvip/cluster.db"

struct kvip_lb_config;

/**
 * struct kvip_store_config - from where and what a store allocates
 * @path: the file; owned; default %KVIP_STORE_PATH
 * @cidrs: blocks of ClusterIPs; the first one's family is that of a Service that
 *	asks for none. Default 10.96.0.0/16 and fd00:10:96::/112
 * @n_cidrs: 1 or 2, of different families
 * @port_min: node ports, and health-check node ports; default 30000
 * @port_max: default 32767
 * @node: this machine's name as a Node; owned; default the host's name
 * @lb: pools of addresses; borrowed; NULL: none
 * @seen: bits of the keys that have been read; one that is there twice is an error
 */
struct kvip_store_config {
	char *path;
	struct kvip_prefix cidrs[2];
	unsigned int n_cidrs;
	uint16_t port_min;
	uint16_t port_max;
	char *node;
	const struct kvip_lb_config *lb;
	unsigned int seen;
};

/* kvip_store_config_init() - the defaults */
void kvip_store_config_init(struct kvip_store_config *config);

/* kvip_store_config_free() - give back what it owns */
void kvip_store_config_free(struct kvip_store_config *config);

/* kvip_store_config_section() - who reads [store]: path, cluster-ips, node-ports,
 * node-name; @config must outlive the reading
 */
struct kvip_config_section
kvip_store_config_section(struct kvip_store_config *config);

#endif /* KVIP_STORE_CONFIG_H */
