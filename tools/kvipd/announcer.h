/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Load-balancer addresses that this node answers for on the local network. With
 * an API server, of all nodes that may do it one does: the holder of the address's
 * Lease, kvip-vip-203-0-113-10. Without one this node does.
 *
 * An address that is held by a Lease is put on its interface after the Lease is
 * ours, and taken away before it is given back, or when it could not be renewed
 * for ten seconds. The kernel is told a time for it, too: if this process dies,
 * the address goes before the Lease expires for others.
 */
#ifndef KVIPD_ANNOUNCER_H
#define KVIPD_ANNOUNCER_H

#include <stdbool.h>
#include <stddef.h>

#include "announce.h"
#include "announce_link.h"

struct event_base;
struct kvip_announcer;
struct kvip_http;
struct kvip_lb_config;
struct kvip_model;

/**
 * struct kvip_announcer_kernel - what does it; another one in tests
 * @announce: kvip_announce_each()
 * @again: kvip_announce_again()
 * @look: kvip_announce_link_get()
 */
struct kvip_announcer_kernel {
	int (*announce)(const struct kvip_announcement *list, size_t n,
			enum kvip_announced *outcomes,
			struct kvip_announce_report *report,
			struct kvip_err *err);
	int (*again)(const struct kvip_announcement *announcement,
		     struct kvip_err *err);
	int (*look)(const char *name, struct kvip_announce_link *link,
		    struct kvip_err *err);
};

/**
 * struct kvip_announcer_spec - how to announce
 * @config: the pools; must outlive the announcer
 * @http: the API server, which must too; NULL: there is none, and no Leases
 * @node: this node's name; copied
 * @ns: where Leases are; copied; NULL: kube-system
 * @kernel: NULL: the real one
 * @scale: of all times that are measured here; 0: 1. For tests
 */
struct kvip_announcer_spec {
	const struct kvip_lb_config *config;
	struct kvip_http *http;
	const char *node;
	const char *ns;
	const struct kvip_announcer_kernel *kernel;
	double scale;
};

/**
 * struct kvip_announcer_stats - how it is
 * @wanted: addresses of pools that are announced, by whatever node
 * @held: that this node answers for at this moment
 * @failed: that it should, and can't
 */
struct kvip_announcer_stats {
	size_t wanted;
	size_t held;
	size_t failed;
};

/* kvip_announcer_new() - be ready; nothing is done before the first update */
struct kvip_announcer *
kvip_announcer_new(struct event_base *base,
		   const struct kvip_announcer_spec *spec);

/**
 * kvip_announcer_update() - the cluster changed, or may have
 * @announcer: the announcer
 * @model: all of the cluster: what is not in it is given up
 *
 * A walk of the Services, and no more where the outcome is the same.
 */
void kvip_announcer_update(struct kvip_announcer *announcer,
			   const struct kvip_model *model);

/* kvip_announcer_stats() - how it is now */
struct kvip_announcer_stats
kvip_announcer_stats(const struct kvip_announcer *announcer);

/**
 * kvip_announcer_free() - end
 * @announcer: NULL is ok
 * @release: give up what is held by Leases, addresses first, so that another
 *	node need not wait; this runs the event loop until that is done, for two
 *	seconds at most, and so must not be called from within it. Else addresses
 *	stay, for the next announcer to go on with, or until their time is over
 *
 * Without Leases the addresses stay, as the tables do.
 */
void kvip_announcer_free(struct kvip_announcer *announcer, bool release);

#endif /* KVIPD_ANNOUNCER_H */
