/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An Event of events.k8s.io/v1, and what is sent of it. Pure. */
#ifndef KVIPD_EVENT_OBJECT_H
#define KVIPD_EVENT_OBJECT_H

#include <stdbool.h>
#include <stdint.h>

#include "events.h"

/* What the API server takes; bytes, without the end. */
#define KVIP_EVENT_WORD_MAX 128 /* reason, action, reportingInstance */
#define KVIP_EVENT_NOTE_MAX 1024
#define KVIP_EVENT_NAME_MAX 253

/**
 * struct kvip_event - something that happened, perhaps more than once
 * @subject: to what; its strings, like those below, are the event's own
 * @warning: see kvip_events_send(), as are @reason, @action and @note
 * @name: metadata.name
 * @first: Unix time when it happened
 */
struct kvip_event {
	struct kvip_event_subject subject;
	bool warning;
	char *reason;
	char *action;
	char *note;
	char *name;
	double first;
};

/**
 * kvip_event_init() - fill in all but the name
 * @event: to free with kvip_event_free()
 * @subject: copied, as is all that follows; what is too long for the API server
 *	is cut
 */
void kvip_event_init(struct kvip_event *event,
		     const struct kvip_event_subject *subject, bool warning,
		     const char *reason, const char *action, const char *note);

/* kvip_event_free() - give back what it owns */
void kvip_event_free(struct kvip_event *event);

/* kvip_event_same() - whether they differ in nothing but name and time */
bool kvip_event_same(const struct kvip_event *a, const struct kvip_event *b);

/* kvip_event_set_name() - "SUBJECT.<@number in hex>"; no number comes twice */
void kvip_event_set_name(struct kvip_event *event, uint64_t number);

/* kvip_event_path() - where to POST it, or to PATCH it if @named; free() it */
char *kvip_event_path(const struct kvip_event *event, bool named);

/* kvip_event_body() - all of it, as JSON; @node tells it; free() it */
char *kvip_event_body(const struct kvip_event *event, const char *node);

/* kvip_event_series() - the patch that says how often and when; free() it */
char *kvip_event_series(unsigned int count, double last);

#endif /* KVIPD_EVENT_OBJECT_H */
