/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The Pods of the cluster, as far as zones have records of them. */
#ifndef KVIPD_POD_NAMES_H
#define KVIPD_POD_NAMES_H

#include "dns_pods.h"

struct event_base;
struct kvip_feed_store;
struct kvip_http;
struct kvip_pod_names;

/**
 * kvip_pod_names_new() - begin to keep up with Pods
 * @base: the event loop
 * @http: the API server, or NULL
 * @feed: of the local store otherwise
 * @stream: ask the API server for streaming lists
 * @changed: called when they are others than before
 * @arg: for @changed
 */
struct kvip_pod_names *
kvip_pod_names_new(struct event_base *base, struct kvip_http *http,
		   struct kvip_feed_store *feed, bool stream,
		   void (*changed)(void *arg), void *arg);

/* kvip_pod_names_free() - after the feed; NULL is ok */
void kvip_pod_names_free(struct kvip_pod_names *names);

/* kvip_pod_names_pods() - they are kept where this points to */
const struct kvip_dns_pods *
kvip_pod_names_pods(const struct kvip_pod_names *names);

/* kvip_pod_names_listed() - whether they were listed once */
bool kvip_pod_names_listed(const struct kvip_pod_names *names);

#endif /* KVIPD_POD_NAMES_H */
