/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is known of load-balancer addresses: sections [load-balancer] and
 * [pool NAME] of kvip.conf.
 */
#ifndef KVIP_LB_CONFIG_H
#define KVIP_LB_CONFIG_H

#include <net/if.h>
#include <stdbool.h>
#include <stddef.h>

#include "addr.h"
#include "config.h"
#include "err.h"

/* Addresses from @first to @last, of one family; a block is a range, too. */
struct kvip_range {
	struct kvip_addr first;
	struct kvip_addr last;
};

/**
 * struct kvip_pool - addresses for Services of type LoadBalancer
 * @name: its own
 * @ranges: in the order told: "addresses = 203.0.113.0/28, 2001:db8::10-2001:db8::1f"
 * @n_ranges: at least 1
 * @automatic: Services that name no pool get from it; default yes
 * @interface: where its addresses are announced; empty: they are not
 */
struct kvip_pool {
	char *name;
	struct kvip_range *ranges;
	size_t n_ranges;
	bool automatic;
	char interface[IFNAMSIZ];
};

/**
 * struct kvip_lb_config - all of it; strings are owned
 * @pools: in the order told; no two share an address
 * @n_pools: how many
 * @class: the loadBalancerClass that is ours; NULL: Services that name none.
 *	Key class
 * @provider: path of a program that gets addresses from elsewhere; NULL: pools
 *	do. A pool and a provider together are refused. Key provider
 * @provider_seconds: it is ended after; default 60. Key provider-timeout
 */
struct kvip_lb_config {
	struct kvip_pool *pools;
	size_t n_pools;
	char *class;
	char *provider;
	double provider_seconds;
};

/* kvip_lb_config_init() - no pool, no provider */
void kvip_lb_config_init(struct kvip_lb_config *config);

/* kvip_lb_config_free() - give back what it owns */
void kvip_lb_config_free(struct kvip_lb_config *config);

/* kvip_lb_config_sections() - who reads the two; fills in 2 of @sections; @config
 * must outlive the reading
 */
void kvip_lb_config_sections(struct kvip_lb_config *config,
			     struct kvip_config_section sections[2]);

/* kvip_lb_config_check() - what can be told only when all was read; 0 or -1 */
int kvip_lb_config_check(const struct kvip_lb_config *config,
			 struct kvip_err *err);

/* kvip_lb_config_pool() - the pool that has @addr, or NULL */
const struct kvip_pool *kvip_lb_config_pool(const struct kvip_lb_config *config,
					    const struct kvip_addr *addr);

#endif /* KVIP_LB_CONFIG_H */
