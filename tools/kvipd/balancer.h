/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The load-balancer controller: gives Services of type LoadBalancer and of our
 * class addresses, out of the pools or by asking the provider, and writes them
 * into their status.
 *
 * It lives as long as this node leads. kvip_balancer_new() when the lease was
 * won; then a list of all Services that began after that: kvip_balancer_begin(),
 * kvip_balancer_put() for each, kvip_balancer_complete(); then changes as they
 * come, put and gone, and lists again in the same way. Nothing is done before the
 * first list is complete, since an address that another leader gave would be
 * given twice. kvip_balancer_free() when the lease is lost: programs that run are
 * killed, and what was asked of the API server and is not answered may be
 * forgotten.
 *
 * With an API server there are pools or a provider, and a Service that the
 * provider was asked about has a finalizer, so that its deletion waits until the
 * provider was told, whoever leads then. With the local store there is a provider
 * alone: the store gives out addresses of pools by itself, has no finalizers
 * (@patch_finalizers is NULL), and who deletes a Service tells the provider
 * himself, after it left the store.
 *
 * What Services have in status is kept: a restart changes nothing. Of two that
 * have one address, and may not share it, the older keeps it.
 */
#ifndef KVIPD_BALANCER_H
#define KVIPD_BALANCER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "err.h"

struct event_base;
struct json_object;
struct kvip_balancer;
struct kvip_lb_config;

/* The finalizer of a Service that has no class, as cloud controllers name it; and
 * the one of a class of ours, which no other controller takes for its own.
 */
#define KVIP_BALANCER_FINALIZER "service.kubernetes.io/load-balancer-cleanup"
#define KVIP_BALANCER_CLASS_FINALIZER "kvip/load-balancer-cleanup"

enum kvip_balancer_outcome {
	KVIP_BALANCER_WRITTEN,
	KVIP_BALANCER_CONFLICT, /* the Service is another by now, or gone */
	KVIP_BALANCER_FAILED, /* it will be tried again */
};

/**
 * struct kvip_balancer_ops - who does the writing
 * @write_status: put @status, all of it, in the place of what @service has; only
 *	if metadata.resourceVersion and uid are still those of @service
 * @patch_finalizers: likewise add @finalizer, or take it away; NULL: there are
 *	none
 * @tell: an Event of a Service, @warning or not; may be NULL
 *
 * The first two end with kvip_balancer_written() for their @ticket, within the
 * call or later; nothing else may be called from within. At most 16 are under
 * way. What they are given is borrowed.
 */
struct kvip_balancer_ops {
	void (*write_status)(void *arg, struct json_object *service,
			     struct json_object *status, uint64_t ticket);
	void (*patch_finalizers)(void *arg, struct json_object *service,
				 const char *finalizer, bool add,
				 uint64_t ticket);
	void (*tell)(void *arg, struct json_object *service, bool warning,
		     const char *reason, const char *note);
};

/**
 * struct kvip_balancer_counts - how it is doing
 * @services: that are ours
 * @waiting: of these without an address, or with fewer than they want
 * @failing: of these the provider failed last time
 * @calls: of the provider that run
 */
struct kvip_balancer_counts {
	size_t services;
	size_t waiting;
	size_t failing;
	size_t calls;
};

/**
 * kvip_balancer_new() - a controller that knows of no Service
 * @base: the event loop
 * @config: pools, or the provider; must outlive it
 * @ops: must outlive it
 * @arg: for @ops
 */
struct kvip_balancer *kvip_balancer_new(struct event_base *base,
					const struct kvip_lb_config *config,
					const struct kvip_balancer_ops *ops,
					void *arg);

/* kvip_balancer_free() - stop, see above; NULL is ok */
void kvip_balancer_free(struct kvip_balancer *balancer);

/*
 * What is heard of Services, as the API has them. Those of other types and
 * classes are told, too. An object is kept, and must not be changed. One that is
 * not told between begin and complete is gone.
 */
void kvip_balancer_begin(struct kvip_balancer *balancer);
void kvip_balancer_put(struct kvip_balancer *balancer,
		       struct json_object *service);
void kvip_balancer_gone(struct kvip_balancer *balancer,
			struct json_object *service);
void kvip_balancer_complete(struct kvip_balancer *balancer);

/* kvip_balancer_set_nodes() - the nodes for the provider, an array of {"name",
 * "addresses"}, in an order that stays; if it is another one, all Services are
 * updated. With a provider nothing is asked before it was called once.
 */
void kvip_balancer_set_nodes(struct kvip_balancer *balancer,
			     struct json_object *nodes);

/* kvip_balancer_written() - what became of a write; @err if it failed */
void kvip_balancer_written(struct kvip_balancer *balancer, uint64_t ticket,
			   enum kvip_balancer_outcome outcome,
			   const struct kvip_err *err);

/* kvip_balancer_count() - @counts: filled in */
void kvip_balancer_count(const struct kvip_balancer *balancer,
			 struct kvip_balancer_counts *counts);

/* kvip_balancer_set_scale() - multiply all waits; for tests */
void kvip_balancer_set_scale(struct kvip_balancer *balancer, double scale);

#endif /* KVIPD_BALANCER_H */
