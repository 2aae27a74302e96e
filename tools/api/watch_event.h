/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An event of a watch, checked. */
#ifndef KVIP_API_WATCH_EVENT_H
#define KVIP_API_WATCH_EVENT_H

#include "err.h"

struct json_object;

enum kvip_watch_type {
	KVIP_WATCH_PUT, /* ADDED or MODIFIED */
	KVIP_WATCH_GONE, /* DELETED */
	KVIP_WATCH_BOOKMARK,
	KVIP_WATCH_INITIAL_END, /* the bookmark behind a streaming list */
	KVIP_WATCH_ERROR, /* the object is a Status */
};

/**
 * struct kvip_watch_event - what a watch tells of
 * @type: what happened
 * @object: to what; borrowed from the event
 * @version: its resourceVersion, not empty; of an ERROR NULL
 */
struct kvip_watch_event {
	enum kvip_watch_type type;
	struct json_object *object;
	const char *version;
};

/**
 * kvip_watch_event_read() - look at an event
 * @json: the event
 * @kind: what the object has to be of, unless it is an ERROR's
 * @event: filled in
 * @err: "an event without a type"
 *
 * Return: 0 or -1.
 */
int kvip_watch_event_read(struct json_object *json, const char *kind,
			  struct kvip_watch_event *event, struct kvip_err *err);

/* kvip_watch_check_kind() - refuse an object that is not of this kind */
int kvip_watch_check_kind(struct json_object *object, const char *kind,
			  struct kvip_err *err);

#endif /* KVIP_API_WATCH_EVENT_H */
