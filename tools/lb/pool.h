/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which address a Service of type LoadBalancer gets from the pools (S82). Pure:
 * who has which address is asked of the caller.
 *
 * A Service may share an address with others if all have the same annotation
 * kvip/allow-shared-ip (or metallb.io/ or metallb.universe.tf/allow-shared-ip),
 * no port and protocol of theirs is the same, and they have externalTrafficPolicy
 * Cluster or the same selector, as MetalLB has it; but a selector of another
 * namespace is another one, and without a selector no two are the same.
 */
#ifndef KVIP_LB_POOL_H
#define KVIP_LB_POOL_H

#include <stdbool.h>
#include <stdint.h>

#include "addr.h"
#include "err.h"

struct json_object;
struct kvip_lb_config;
struct kvip_range;

struct kvip_lb_port {
	uint16_t port;
	uint8_t proto;
};

/**
 * struct kvip_lb_request - what a Service asks of the pools; strings are owned
 * @ns: its namespace
 * @name: its name
 * @families: of ipFamilies, in order
 * @n_families: 1 or 2
 * @optional: a second family may be missing: PreferDualStack
 * @pool: annotation kvip/address-pool (or metallb.io/address-pool), or NULL
 * @wanted: spec.loadBalancerIP, or annotation kvip/load-balancer-ips (or
 *	metallb.io/loadBalancerIPs), one of a family at most
 * @n_wanted: how many
 * @share: the sharing key, or NULL
 * @backends: what has to be the same for sharing: "" with externalTrafficPolicy
 *	Cluster, else namespace and selector, "demo/app=web"
 * @ports: its ports
 * @n_ports: how many
 */
struct kvip_lb_request {
	char *ns;
	char *name;
	uint8_t families[2];
	unsigned int n_families;
	bool optional;
	char *pool;
	struct kvip_addr wanted[2];
	unsigned int n_wanted;
	char *share;
	char *backends;
	struct kvip_lb_port *ports;
	unsigned int n_ports;
};

/**
 * kvip_lb_request_read() - what a Service asks
 * @service: as the API has it
 * @config: whose class counts
 * @request: filled in; kvip_lb_request_free() it, after an error too
 * @err: what is wrong with an annotation
 *
 * Return: 1; 0 if it is none of ours: another type, another class; or -1.
 */
int kvip_lb_request_read(struct json_object *service,
			 const struct kvip_lb_config *config,
			 struct kvip_lb_request *request, struct kvip_err *err);

/* kvip_lb_request_free() - give back what it owns */
void kvip_lb_request_free(struct kvip_lb_request *request);

/**
 * typedef kvip_lb_holder_fn - tell who has an address
 * @ctx: as given
 * @addr: which
 * @request: may they share it?
 * @who: filled in if they may not: "demo/api", or why: "demo/api, with another
 *	sharing key"
 *
 * Return: 1 if nobody else has it, or all may share it; 0 if not; -1 on an error.
 */
typedef int (*kvip_lb_holder_fn)(void *ctx, const struct kvip_addr *addr,
				 const struct kvip_lb_request *request,
				 struct kvip_err *who);

/**
 * typedef kvip_lb_start_fn - tell where to look for a free address
 * @ctx: as given
 * @range: in which range
 * @request: for whom
 * @addr: filled in: all addresses before it are others', and not to be shared
 *
 * Return: false if there is none at all.
 */
typedef bool (*kvip_lb_start_fn)(void *ctx, const struct kvip_range *range,
				 const struct kvip_lb_request *request,
				 struct kvip_addr *addr);

/* kvip_lb_may_share() - whether two Services may have one address; @why may be
 * NULL
 */
bool kvip_lb_may_share(const struct kvip_lb_request *a,
		       const struct kvip_lb_request *b, struct kvip_err *why);

/**
 * kvip_pools_choose() - addresses for a Service
 * @config: the pools
 * @request: what it asks
 * @had: what it has now, kept where the request allows it
 * @n_had: how many
 * @holder: who has what
 * @ctx: for @holder
 * @got: filled in, in the order of the families
 * @n_got: how many
 * @err: "no pool has a free IPv4 address", "203.0.113.9 is taken by demo/api",
 *	"there is no pool "internal"", "no pool has 192.0.2.7"
 *
 * Addresses of one pool are preferred to those of two; all families or, if
 * optional, those that there are.
 *
 * Return: 0, 1 if it has to wait for one that is free, or -1 if it never will
 * get what it asks for as things are.
 */
int kvip_pools_choose(const struct kvip_lb_config *config,
		      const struct kvip_lb_request *request,
		      const struct kvip_addr *had, unsigned int n_had,
		      kvip_lb_holder_fn holder, void *ctx,
		      struct kvip_addr got[2], unsigned int *n_got,
		      struct kvip_err *err);

/* kvip_pools_choose_from() - the same; @start spares asking @holder about each
 * address from the first one of a pool on, which is much for many Services
 */
int kvip_pools_choose_from(const struct kvip_lb_config *config,
			   const struct kvip_lb_request *request,
			   const struct kvip_addr *had, unsigned int n_had,
			   kvip_lb_start_fn start, kvip_lb_holder_fn holder,
			   void *ctx, struct kvip_addr got[2],
			   unsigned int *n_got, struct kvip_err *err);

/* kvip_addr_step() - the address behind @addr; the first one behind the last */
void kvip_addr_step(struct kvip_addr *addr);

#endif /* KVIP_LB_POOL_H */
