/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The balancer at work. In a cluster: while this agent leads, it is told of all Services,
 * and what it decides is written to the API server. Who leads, a Lease tells.
 */
#ifndef KVIPD_BALANCING_H
#define KVIPD_BALANCING_H

#include <stdbool.h>

#include "balancer.h"
#include "settings.h"

struct event_base;
struct kvip_balancing;
struct kvip_events;
struct kvip_feed_store;
struct kvip_http;

/* The Lease of who leads, in settings->lease_namespace. */
#define KVIP_BALANCING_LEASE "kvip-load-balancer"

/**
 * kvip_balancing_new() - be a candidate
 * @base: the event loop
 * @settings: the pools or the provider, the node; must outlive it
 * @http: the API server; must outlive it
 * @events: who sends Events; must outlive it
 *
 * The leader lists and watches Services once more, from after it was elected,
 * and with a provider the Nodes.
 */
struct kvip_balancing *kvip_balancing_new(struct event_base *base,
					  const struct kvip_settings *settings,
					  struct kvip_http *http,
					  struct kvip_events *events);

/**
 * kvip_balancing_store_new() - the same for the local store, where nobody else
 *	does it: the provider is asked, and its answers are put into the store
 * @base: the event loop
 * @settings: the provider; must outlive it
 * @feed: of the store; must outlive it, but be freed before it
 */
struct kvip_balancing *
kvip_balancing_store_new(struct event_base *base,
			 const struct kvip_settings *settings,
			 struct kvip_feed_store *feed);

/* kvip_balancing_free() - stop; the Lease expires. NULL is ok */
void kvip_balancing_free(struct kvip_balancing *balancing);

/* kvip_balancing_leads() - whether this agent leads; @counts: filled in if so */
bool kvip_balancing_leads(const struct kvip_balancing *balancing,
			  struct kvip_balancer_counts *counts);

#endif /* KVIPD_BALANCING_H */
