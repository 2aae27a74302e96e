/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whether the agent does its work: what S63's answers are made of. Pure. */
#ifndef KVIPD_PROXY_STATE_H
#define KVIPD_PROXY_STATE_H

#include <stdbool.h>

/**
 * struct kvip_proxy_state - as the reconciler leaves it
 * @synced: the table has been made the cluster's once
 * @pending_since: when the oldest change that the kernel does not have came,
 *	seconds of CLOCK_MONOTONIC; 0: none waits
 * @started: when the agent did; what is not synced counts as waiting since then
 * @patience: seconds that a change may wait: twice the sync period
 * @last_updated: Unix time of the last moment when nothing waited; 0: never
 * @node_known: this Node is there
 * @node_deleting: it has a deletionTimestamp
 * @node_tainted: it has the taint ToBeDeletedByClusterAutoscaler
 */
struct kvip_proxy_state {
	bool synced;
	double pending_since;
	double started;
	double patience;
	double last_updated;
	bool node_known;
	bool node_deleting;
	bool node_tainted;
};

/* kvip_proxy_healthy() - whether no change waits too long; @now: monotonic */
bool kvip_proxy_healthy(const struct kvip_proxy_state *state, double now);

/* kvip_proxy_eligible() - whether load balancers should send traffic here */
bool kvip_proxy_eligible(const struct kvip_proxy_state *state);

#endif /* KVIPD_PROXY_STATE_H */
