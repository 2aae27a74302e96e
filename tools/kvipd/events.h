/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Events to the API server (events.k8s.io/v1), where kube-proxy sends them. */
#ifndef KVIPD_EVENTS_H
#define KVIPD_EVENTS_H

#include <stdbool.h>

#include "stats.h"

struct event_base;
struct json_object;
struct kvip_events;
struct kvip_http;

/* What an Event is about: a Service, or the Node if @ns is empty. */
struct kvip_event_subject {
	const char *kind; /* "Service" or "Node" */
	const char *ns;
	const char *name;
	const char *uid; /* "" if it is not known */
};

/**
 * kvip_events_new() - be ready to send
 * @base: the event loop
 * @http: the API server; NULL: events are dropped
 * @node: reportingInstance, and this node's name; copied
 * @stats: counts
 *
 * An Event that repeats within 10 minutes raises its series' count at most once
 * a minute. At most 25 wait and 1 a second is sent after the first 25, so that a
 * broken cluster is not told so to death; what does not find room is dropped, as
 * is what the server refuses, and what could not be sent three times. All of
 * these are counted as failed.
 */
struct kvip_events *kvip_events_new(struct event_base *base,
				    struct kvip_http *http, const char *node,
				    struct kvip_stats *stats);

/**
 * kvip_events_send() - tell of something
 * @events: where; NULL is ok
 * @subject: of what
 * @warning: type Warning rather than Normal
 * @reason: "FailedToStartServiceHealthcheck"
 * @action: "Listen"
 * @note: one sentence
 */
void kvip_events_send(struct kvip_events *events,
		      const struct kvip_event_subject *subject, bool warning,
		      const char *reason, const char *action, const char *note);

/* kvip_events_set_scale() - multiply all times that are measured; for tests */
void kvip_events_set_scale(struct kvip_events *events, double scale);

/* kvip_events_free() - drop what waits; NULL is ok */
void kvip_events_free(struct kvip_events *events);

#endif /* KVIPD_EVENTS_H */
