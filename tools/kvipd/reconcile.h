/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Keeping the kernel's tables what the cluster makes of them. Changes are
 * gathered and committed at once when nothing was committed lately; only the
 * Services that changed are derived, compared and sent. Whatever fails leaves
 * the tables as they were, and is tried again.
 */
#ifndef KVIPD_RECONCILE_H
#define KVIPD_RECONCILE_H

#include "cluster.h"
#include "proxy_state.h"
#include "settings.h"
#include "stats.h"

struct event_base;
struct kvip_client;
struct kvip_reconcile;

struct kvip_reconcile_ops {
	/*
	 * A Service was derived anew; @group is NULL if nothing is left of it,
	 * or if it is none that is served here.
	 */
	void (*derived)(void *arg, const char *ns, const char *name,
			const struct kvip_group *group);
	/* The tables are the cluster's, for the first time or again. */
	void (*settled)(void *arg);
};

/**
 * kvip_reconcile_new() - begin to keep the tables
 * @base: the event loop
 * @settings: how; must outlive it
 * @cluster: the cluster; must outlive it
 * @state: kept here: synced, pending_since, last_updated
 * @stats: counted here
 * @ops: who is told
 * @arg: for @ops
 *
 * Nothing is written before Services and EndpointSlices were listed (S9) and
 * the Node was, or did not come for ten seconds.
 */
struct kvip_reconcile *kvip_reconcile_new(struct event_base *base,
					  const struct kvip_settings *settings,
					  const struct kvip_cluster *cluster,
					  struct kvip_proxy_state *state,
					  struct kvip_stats *stats,
					  const struct kvip_reconcile_ops *ops,
					  void *arg);

/* kvip_reconcile_free() - end; the tables stay. NULL is ok */
void kvip_reconcile_free(struct kvip_reconcile *reconcile);

/**
 * kvip_reconcile_change() - a Service, or what belongs to it, changed
 * @reconcile: the reconciler
 * @kind: what changed: a Service or a slice
 * @ns: the Service's namespace
 * @name: its name
 * @triggered: what caused it, Unix time; 0: not known
 */
void kvip_reconcile_change(struct kvip_reconcile *reconcile,
			   enum kvip_cluster_kind kind, const char *ns,
			   const char *name, double triggered);

/* kvip_reconcile_all() - everything may have changed: the Node, the settings */
void kvip_reconcile_all(struct kvip_reconcile *reconcile);

/* kvip_reconcile_soon() - a good moment: commit now if it is not too early */
void kvip_reconcile_soon(struct kvip_reconcile *reconcile);

/* kvip_reconcile_proxy_name() - whose Services are served, as derive.h has it */
const char *kvip_reconcile_proxy_name(const struct kvip_reconcile *reconcile);

/* kvip_reconcile_client() - the kernel's client, opened if need be, or NULL */
struct kvip_client *kvip_reconcile_client(struct kvip_reconcile *reconcile);

#endif /* KVIPD_RECONCILE_H */
