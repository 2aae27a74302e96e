/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which load-balancer addresses a cluster's nodes should answer for. Pure. */
#ifndef KVIPD_ANNOUNCER_WANTED_H
#define KVIPD_ANNOUNCER_WANTED_H

#include <net/if.h>
#include <stdbool.h>
#include <stddef.h>

#include "addr.h"

struct kvip_lb_config;
struct kvip_model;

/**
 * struct kvip_wanted - an address of a pool that is announced
 * @addr: which
 * @interface: where
 * @candidate: this node may do it
 */
struct kvip_wanted {
	struct kvip_addr addr;
	char interface[IFNAMSIZ];
	bool candidate;
};

/* In the order of addresses, each once. */
struct kvip_wanted_list {
	struct kvip_wanted *items;
	size_t n;
};

/**
 * kvip_wanted_list() - those of a cluster
 * @list: empty; kvip_wanted_free() it
 * @model: the cluster
 * @config: the pools
 * @node: this node's name
 *
 * Of a Service with externalTrafficPolicy Local the candidates are the nodes that
 * have a ready endpoint of the address's family; if no node has one, those with
 * an endpoint that is serving and terminating (S12). A Service that has neither
 * rejects (S41), whatever its policy: every node is a candidate, as it is for
 * one with the policy Cluster. An address of several Services is for nodes that
 * are candidates for each.
 */
void kvip_wanted_list(struct kvip_wanted_list *list,
		      const struct kvip_model *model,
		      const struct kvip_lb_config *config, const char *node);

/* kvip_wanted_equal() - whether both say the same */
bool kvip_wanted_equal(const struct kvip_wanted_list *a,
		       const struct kvip_wanted_list *b);

/* kvip_wanted_free() - give back the items */
void kvip_wanted_free(struct kvip_wanted_list *list);

#endif /* KVIPD_ANNOUNCER_WANTED_H */
