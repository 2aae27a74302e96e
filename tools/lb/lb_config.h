/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is known of load-balancer addresses: sections [load-balancer] and
 * [pool NAME] of kvip.conf.
 *
 * All addresses of a block are given out, the first and the last one too, as
 * MetalLB does it: they are addresses of Services, not of a network's hosts. Who
 * needs those two for something else tells a range without them.
 */
#ifndef KVIP_LB_CONFIG_H
#define KVIP_LB_CONFIG_H

#include <net/if.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "addr.h"
#include "config.h"
#include "err.h"

/* The longest text of kvip_range_text(), with its end. */
#define KVIP_RANGE_LEN (2 * INET6_ADDRSTRLEN)

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
 * @told: which keys were read, so that one is not taken twice
 */
struct kvip_pool {
	char *name;
	struct kvip_range *ranges;
	size_t n_ranges;
	bool automatic;
	char interface[IFNAMSIZ];
	unsigned int told;
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
 * @told: as a pool has it
 */
struct kvip_lb_config {
	struct kvip_pool *pools;
	size_t n_pools;
	char *class;
	char *provider;
	double provider_seconds;
	unsigned int told;
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

/* kvip_range_text() - "192.0.2.1-192.0.2.9", or one address; returns @buf */
const char *kvip_range_text(const struct kvip_range *range,
			    char buf[KVIP_RANGE_LEN]);

/* kvip_range_contains() - whether @addr is one of them */
bool kvip_range_contains(const struct kvip_range *range,
			 const struct kvip_addr *addr);

/* kvip_lb_config_check() - what can be told only when all was read; 0 or -1 */
int kvip_lb_config_check(const struct kvip_lb_config *config,
			 struct kvip_err *err);

/* kvip_lb_config_equal() - whether both say the same, in the same order */
bool kvip_lb_config_equal(const struct kvip_lb_config *a,
			  const struct kvip_lb_config *b);

/* kvip_lb_config_print() - all of it as a kvip.conf would have it */
void kvip_lb_config_print(FILE *to, const struct kvip_lb_config *config);

/* kvip_lb_config_pool() - the pool that has @addr, or NULL */
const struct kvip_pool *kvip_lb_config_pool(const struct kvip_lb_config *config,
					    const struct kvip_addr *addr);

#endif /* KVIP_LB_CONFIG_H */
