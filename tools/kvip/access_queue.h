/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Events that came and are to be told. They are told from nowhere within a
 * transaction or an event loop, so that who is told may ask for more.
 */
#ifndef KVIP_ACCESS_QUEUE_H
#define KVIP_ACCESS_QUEUE_H

#include <stddef.h>

#include "access_backend.h"

struct kvip_access_queued {
	unsigned int which;
	enum kvip_access_event event;
	struct json_object *object;
};

/* @first: of those that are still to be told */
struct kvip_access_queue {
	struct kvip_access_queued *events;
	size_t first;
	size_t n_events;
};

/* kvip_access_queue_add() - an event; the object is kept as long as needed */
void kvip_access_queue_add(struct kvip_access_queue *queue, unsigned int which,
			   enum kvip_access_event event,
			   struct json_object *object);

/* kvip_access_queue_empty() - whether nothing is to be told */
bool kvip_access_queue_empty(const struct kvip_access_queue *queue);

/* kvip_access_queue_tell() - tell all that there is, and what comes meanwhile;
 * 0, or what @teller stopped it with
 */
int kvip_access_queue_tell(struct kvip_access_queue *queue,
			   const struct kvip_access_teller *teller,
			   struct kvip_err *err);

/* kvip_access_queue_free() - tell no more */
void kvip_access_queue_free(struct kvip_access_queue *queue);

#endif /* KVIP_ACCESS_QUEUE_H */
