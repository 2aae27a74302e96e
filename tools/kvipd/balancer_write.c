// SPDX-License-Identifier: GPL-2.0-or-later
/* What the load-balancer controller writes, and when it tries again. */
#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

#include <event2/event.h>

#include "alloc.h"
#include "balancer_parts.h"
#include "clock.h"
#include "kinds.h"
#include "lb_status.h"
#include "log.h"
#include "object.h"

/* As many requests are under way at a time. */
#define WRITES_MAX 16

/* A ticket that was not given back. */
struct pending {
	struct kvip_hash_link link;
	uint64_t ticket;
	struct kvip_balancer_entry *entry;
};

static void on_retry(evutil_socket_t fd, short what, void *arg)
{
	struct kvip_balancer_retry *retry = arg;

	(void)fd;
	(void)what;
	retry->due(retry->entry);
}

void kvip_balancer_retry_init(struct kvip_balancer_retry *retry,
			      struct kvip_balancer_entry *entry, double scale,
			      void (*due)(struct kvip_balancer_entry *entry))
{
	/* Services that fail together should not come back together */
	uint64_t seed = kvip_hash_text(entry->link.hash,
				       kvip_object_name(entry->service));

	retry->entry = entry;
	retry->due = due;
	seed = seed << 16 | (uint16_t)(kvip_clock_monotonic() * 1e6);
	kvip_backoff_init(&retry->backoff, seed,
			  scale * entry->balancer->scale);
}

void kvip_balancer_retry(struct kvip_balancer_retry *retry, double seconds)
{
	struct kvip_balancer *balancer = retry->entry->balancer;
	struct timeval time;

	if (seconds > 0)
		seconds *= balancer->scale;
	else
		seconds = kvip_backoff_next(&retry->backoff,
					    kvip_clock_monotonic());
	if (!retry->timer)
		retry->timer = evtimer_new(balancer->base, on_retry, retry);
	time = kvip_clock_interval(seconds);
	if (!retry->timer || event_add(retry->timer, &time))
		abort();
}

void kvip_balancer_retry_reset(struct kvip_balancer_retry *retry)
{
	retry->backoff.delay = KVIP_BACKOFF_FIRST;
	if (retry->timer)
		event_del(retry->timer);
}

void kvip_balancer_retry_free(struct kvip_balancer_retry *retry)
{
	if (retry->timer)
		event_free(retry->timer);
	retry->timer = NULL;
}

static const char *version_of(const struct kvip_balancer_entry *entry)
{
	const char *version = kvip_object_version(entry->service);

	return version ? version : "";
}

static void forget_version(struct kvip_balancer_entry *entry)
{
	free(entry->written_on);
	entry->written_on = NULL;
}

static void on_due(struct kvip_balancer_entry *entry)
{
	forget_version(entry);
	kvip_balancer_touch(entry);
}

void kvip_balancer_write_init(struct kvip_balancer_entry *entry)
{
	kvip_balancer_retry_init(&entry->write_retry, entry, 1, on_due);
}

static void unblock(struct kvip_balancer_entry *entry)
{
	if (entry->blocked)
		TAILQ_REMOVE(&entry->balancer->stalled, entry, stalled);
	entry->blocked = false;
}

void kvip_balancer_write_wake(struct kvip_balancer *balancer)
{
	struct kvip_balancer_entry *entry;
	size_t n;

	for (n = balancer->writes.n; n < WRITES_MAX; n++) {
		entry = TAILQ_FIRST(&balancer->stalled);
		if (!entry)
			return;
		unblock(entry);
		kvip_balancer_touch(entry);
	}
}

/* What was written is there when the Service comes with another version. */
static bool may_write(struct kvip_balancer_entry *entry)
{
	struct kvip_balancer *balancer = entry->balancer;

	if (entry->ticket || (entry->written_on &&
			      !strcmp(entry->written_on, version_of(entry))))
		return false;
	if (balancer->writes.n < WRITES_MAX) {
		unblock(entry);
		return true;
	}
	if (!entry->blocked)
		TAILQ_INSERT_TAIL(&balancer->stalled, entry, stalled);
	entry->blocked = true;
	return false;
}

/* The ticket is known before the call, which may give it back at once. */
static uint64_t begin(struct kvip_balancer_entry *entry)
{
	struct kvip_balancer *balancer = entry->balancer;
	struct pending *pending = kvip_alloc(sizeof(*pending));

	pending->ticket = ++balancer->tickets;
	pending->entry = entry;
	kvip_hash_add(&balancer->writes, &pending->link,
		      (uint32_t)pending->ticket);
	entry->ticket = pending->ticket;
	forget_version(entry);
	entry->written_on = kvip_strdup(version_of(entry));
	return pending->ticket;
}

static struct kvip_balancer_entry *end(struct kvip_balancer *balancer,
				       uint64_t ticket)
{
	struct kvip_balancer_entry *entry;
	struct kvip_hash_link *link =
		kvip_hash_find(&balancer->writes, (uint32_t)ticket);

	while (link && ((struct pending *)link)->ticket != ticket)
		link = kvip_hash_again(link);
	if (!link)
		return NULL;
	entry = ((struct pending *)link)->entry;
	kvip_hash_del(&balancer->writes, link);
	free(link);
	entry->ticket = 0;
	return entry;
}

void kvip_balancer_write_drop(struct kvip_balancer_entry *entry)
{
	struct kvip_balancer *balancer = entry->balancer;

	if (entry->ticket)
		end(balancer, entry->ticket);
	unblock(entry);
	forget_version(entry);
	kvip_balancer_retry_free(&entry->write_retry);
}

void kvip_balancer_written(struct kvip_balancer *balancer, uint64_t ticket,
			   enum kvip_balancer_outcome outcome,
			   const struct kvip_err *err)
{
	struct kvip_balancer_entry *entry = end(balancer, ticket);

	if (!entry)
		return;
	kvip_balancer_soon(balancer);
	if (outcome == KVIP_BALANCER_WRITTEN) {
		kvip_balancer_retry_reset(&entry->write_retry);
		kvip_balancer_touch(entry);
		return;
	}
	if (outcome == KVIP_BALANCER_FAILED)
		kvip_log(KVIP_LOG_WARNING,
			 "a Service's load balancer can't be written",
			 KVIP_TEXT("namespace", kvip_object_ns(entry->service)),
			 KVIP_TEXT("service", kvip_object_name(entry->service)),
			 KVIP_TEXT("why", err ? err->text : NULL));
	/* a conflict ends by news, which may have come before it */
	if (!entry->written_on || strcmp(entry->written_on, version_of(entry)))
		kvip_balancer_touch(entry);
	kvip_balancer_retry(&entry->write_retry, 0);
}

bool kvip_balancer_write(struct kvip_balancer_entry *entry,
			 struct json_object *status)
{
	struct kvip_balancer *balancer = entry->balancer;
	bool equal = kvip_lb_status_equal(entry->service, status);

	if (!equal && may_write(entry))
		balancer->ops->write_status(balancer->arg, entry->service,
					    status, begin(entry));
	json_object_put(status);
	return equal;
}

static const char *finalizer_of(const struct kvip_balancer *balancer)
{
	return balancer->config->class ? KVIP_BALANCER_CLASS_FINALIZER :
					 KVIP_BALANCER_FINALIZER;
}

bool kvip_balancer_has_finalizer(const struct kvip_balancer_entry *entry)
{
	const char *name = finalizer_of(entry->balancer);
	struct json_object *list = kvip_object_member(
		kvip_object_member(entry->service, "metadata"), "finalizers");
	size_t i, n = json_object_is_type(list, json_type_array) ?
			      json_object_array_length(list) :
			      0;

	for (i = 0; i < n; i++) {
		const char *text = json_object_get_string(
			json_object_array_get_idx(list, i));

		if (text && !strcmp(text, name))
			return true;
	}
	return false;
}

bool kvip_balancer_set_finalizer(struct kvip_balancer_entry *entry, bool has)
{
	struct kvip_balancer *balancer = entry->balancer;

	if (!balancer->ops->patch_finalizers ||
	    kvip_balancer_has_finalizer(entry) == has)
		return true;
	if (may_write(entry))
		balancer->ops->patch_finalizers(balancer->arg, entry->service,
						finalizer_of(balancer), has,
						begin(entry));
	return false;
}
