// SPDX-License-Identifier: GPL-2.0-or-later
#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

#include "access_queue.h"
#include "alloc.h"

void kvip_access_queue_add(struct kvip_access_queue *queue, unsigned int which,
			   enum kvip_access_event event,
			   struct json_object *object)
{
	struct kvip_access_queued *queued;

	queue->events =
		kvip_grow(queue->events, queue->n_events, sizeof(*queued));
	queued = &queue->events[queue->n_events++];
	queued->which = which;
	queued->event = event;
	queued->object = json_object_get(object);
}

bool kvip_access_queue_empty(const struct kvip_access_queue *queue)
{
	return queue->first == queue->n_events;
}

int kvip_access_queue_tell(struct kvip_access_queue *queue,
			   const struct kvip_access_teller *teller,
			   struct kvip_err *err)
{
	int ret = 0;

	while (!ret && !kvip_access_queue_empty(queue)) {
		/* a copy: it may move while it is told */
		struct kvip_access_queued queued =
			queue->events[queue->first++];

		ret = teller->fn(queued.which, queued.event, queued.object,
				 teller->ctx, err);
		json_object_put(queued.object);
	}
	if (kvip_access_queue_empty(queue))
		kvip_access_queue_free(queue);
	return ret;
}

void kvip_access_queue_free(struct kvip_access_queue *queue)
{
	while (!kvip_access_queue_empty(queue))
		json_object_put(queue->events[queue->first++].object);
	free(queue->events);
	memset(queue, 0, sizeof(*queue));
}
