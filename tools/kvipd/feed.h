/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What feeds the cluster: a reflector for each kind of objects. */
#ifndef KVIPD_FEED_H
#define KVIPD_FEED_H

#include <stdbool.h>

#include "cluster.h"

struct event_base;
struct kvip_feed;
struct kvip_http;
struct kvip_reflector;

/**
 * kvip_feed_new() - begin to list and watch
 * @base: the event loop
 * @http: the API server; must outlive it
 * @node: this node's name, the only Node asked for
 * @stream: ask for streaming lists
 * @cluster: gets the objects; must outlive it
 * @soon: called when the objects that came are in the cluster, and no others
 *	wait: a good moment to act
 * @arg: for @soon
 */
struct kvip_feed *kvip_feed_new(struct event_base *base, struct kvip_http *http,
				const char *node, bool stream,
				struct kvip_cluster *cluster,
				void (*soon)(void *arg), void *arg);

/* kvip_feed_free() - stop; NULL is ok */
void kvip_feed_free(struct kvip_feed *feed);

/* kvip_feed_doubt() - what was heard of a kind is in doubt: list it again soon */
void kvip_feed_doubt(struct kvip_feed *feed, enum kvip_cluster_kind kind);

/* kvip_feed_reflector() - of a kind, for its numbers */
const struct kvip_reflector *kvip_feed_reflector(const struct kvip_feed *feed,
						 enum kvip_cluster_kind kind);

#endif /* KVIPD_FEED_H */
