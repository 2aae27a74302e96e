/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What feeds the cluster where it is the local store. */
#ifndef KVIPD_FEED_STORE_H
#define KVIPD_FEED_STORE_H

#include "cluster.h"
#include "kinds.h"

struct event_base;
struct kvip_feed_store;
struct kvip_reflector_ops;
struct kvip_store;
struct kvip_store_config;

/**
 * kvip_feed_store_new() - begin to list and watch
 * @base: the event loop
 * @config: of the store; must outlive it
 * @cluster: gets the objects; must outlive it
 * @soon: called when the objects that came are in the cluster, and no others
 *	wait
 * @arg: for @soon
 * @err: why the store can't be opened
 *
 * A store that is not there is made. One whose file is replaced by another is
 * read anew; while it can't be read, what is known stays.
 *
 * Return: the feed, or NULL.
 */
struct kvip_feed_store *
kvip_feed_store_new(struct event_base *base,
		    const struct kvip_store_config *config,
		    struct kvip_cluster *cluster, void (*soon)(void *arg),
		    void *arg, struct kvip_err *err);

/* kvip_feed_store_free() - stop; NULL is ok */
void kvip_feed_store_free(struct kvip_feed_store *feed);

/* kvip_feed_store_doubt() - what was heard is in doubt: list it again soon */
void kvip_feed_store_doubt(struct kvip_feed_store *feed);

/**
 * kvip_feed_store_tap() - tell somebody else of objects, too
 * @feed: the feed
 * @kind: of which; all of them
 * @ops: as a reflector would tell: a list at once, then changes; only begin(),
 *	put(), gone(), complete() and idle() are called; must live as long as @feed
 * @arg: for @ops
 */
void kvip_feed_store_tap(struct kvip_feed_store *feed, enum kvip_kind kind,
			 const struct kvip_reflector_ops *ops, void *arg);

/* kvip_feed_store_store() - the store, or NULL while it can't be opened */
struct kvip_store *kvip_feed_store_store(struct kvip_feed_store *feed);

#endif /* KVIPD_FEED_STORE_H */
