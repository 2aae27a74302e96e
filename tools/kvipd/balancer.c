// SPDX-License-Identifier: GPL-2.0-or-later
#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

#include <event2/event.h>

#include "alloc.h"
#include "balancer_parts.h"
#include "clock.h"
#include "kinds.h"
#include "log.h"
#include "object.h"
#include "timestamp.h"

void kvip_balancer_soon(struct kvip_balancer *balancer)
{
	struct timeval now = kvip_clock_interval(0);

	/* one that is pending already stays as it is */
	if (balancer->listed && !evtimer_pending(balancer->turn, NULL))
		event_add(balancer->turn, &now);
}

void kvip_balancer_touch(struct kvip_balancer_entry *entry)
{
	struct kvip_balancer *balancer = entry->balancer;

	if (!entry->dirty)
		TAILQ_INSERT_TAIL(&balancer->dirty, entry, queue);
	entry->dirty = true;
	kvip_balancer_soon(balancer);
}

static struct json_object *meta(const struct kvip_balancer_entry *entry)
{
	return kvip_object_member(entry->service, "metadata");
}

bool kvip_balancer_is_deleted(const struct kvip_balancer_entry *entry)
{
	return kvip_object_text(meta(entry), "deletionTimestamp");
}

bool kvip_balancer_has_type(const struct kvip_balancer_entry *entry)
{
	const char *type = kvip_object_text(
		kvip_object_member(entry->service, "spec"), "type");

	return type && !strcmp(type, "LoadBalancer");
}

int kvip_balancer_compare(const void *a, const void *b)
{
	const struct kvip_balancer_entry *one =
		*(struct kvip_balancer_entry *const *)a;
	const struct kvip_balancer_entry *other =
		*(struct kvip_balancer_entry *const *)b;
	int order;

	if (one->created != other->created)
		return one->created < other->created ? -1 : 1;
	order = strcmp(kvip_object_ns(one->service),
		       kvip_object_ns(other->service));
	return order ? order :
		       strcmp(kvip_object_name(one->service),
			      kvip_object_name(other->service));
}

void kvip_balancer_tell(struct kvip_balancer_entry *entry, bool warning,
			const char *reason, const char *note)
{
	struct kvip_balancer *balancer = entry->balancer;

	kvip_log(warning ? KVIP_LOG_WARNING : KVIP_LOG_INFO,
		 "a load balancer changed its state",
		 KVIP_TEXT("namespace", kvip_object_ns(entry->service)),
		 KVIP_TEXT("service", kvip_object_name(entry->service)),
		 KVIP_TEXT("reason", reason), KVIP_TEXT("note", note));
	if (balancer->ops->tell)
		balancer->ops->tell(balancer->arg, entry->service, warning,
				    reason, note);
}

static uint32_t hash_of(struct json_object *service)
{
	return kvip_hash_text(kvip_hash_text(0, kvip_object_ns(service)),
			      kvip_object_name(service));
}

static struct kvip_balancer_entry *find(const struct kvip_balancer *balancer,
					struct json_object *service)
{
	struct kvip_hash_link *link;

	for (link = kvip_hash_find(&balancer->entries, hash_of(service)); link;
	     link = kvip_hash_again(link)) {
		struct kvip_balancer_entry *entry =
			(struct kvip_balancer_entry *)link;

		if (!strcmp(kvip_object_ns(entry->service),
			    kvip_object_ns(service)) &&
		    !strcmp(kvip_object_name(entry->service),
			    kvip_object_name(service)))
			return entry;
	}
	return NULL;
}

static struct kvip_balancer_entry *add(struct kvip_balancer *balancer,
				       struct json_object *service)
{
	struct kvip_balancer_entry *entry = kvip_alloc(sizeof(*entry));

	entry->balancer = balancer;
	entry->service = json_object_get(service);
	kvip_hash_add(&balancer->entries, &entry->link, hash_of(service));
	kvip_balancer_write_init(entry);
	kvip_balancer_provider_init(entry);
	return entry;
}

static void release(struct kvip_balancer_entry *entry)
{
	struct kvip_balancer *balancer = entry->balancer;

	kvip_balancer_pools_drop(entry);
	kvip_balancer_provider_drop(entry);
	kvip_balancer_write_drop(entry);
	if (entry->dirty)
		TAILQ_REMOVE(&balancer->dirty, entry, queue);
	kvip_lb_request_free(&entry->request);
	json_object_put(entry->service);
	free(entry);
}

/* It is gone: others may have what it had, and another may be asked about. */
static void drop(struct kvip_balancer_entry *entry)
{
	struct kvip_balancer *balancer = entry->balancer;

	kvip_hash_del(&balancer->entries, &entry->link);
	release(entry);
	kvip_balancer_soon(balancer);
}

static void turn(evutil_socket_t fd, short what, void *arg)
{
	struct kvip_balancer *balancer = arg;
	struct kvip_balancer_queue todo;
	struct kvip_balancer_entry *entry;

	(void)fd;
	(void)what;
	kvip_balancer_write_wake(balancer);
	if (!balancer->config->provider) {
		kvip_balancer_pools_look(balancer);
		return;
	}
	if (!balancer->nodes)
		return;
	/* who is touched meanwhile has another turn */
	TAILQ_INIT(&todo);
	TAILQ_CONCAT(&todo, &balancer->dirty, queue);
	while ((entry = TAILQ_FIRST(&todo))) {
		TAILQ_REMOVE(&todo, entry, queue);
		entry->dirty = false;
		kvip_balancer_provider_look(entry);
	}
	kvip_balancer_provider_run(balancer);
}

void kvip_balancer_begin(struct kvip_balancer *balancer)
{
	struct kvip_hash_link *link = NULL;

	balancer->listing = true;
	while ((link = kvip_hash_next(&balancer->entries, link)))
		((struct kvip_balancer_entry *)link)->seen = false;
}

static bool texts_equal(const char *a, const char *b)
{
	return a && b && !strcmp(a, b);
}

static bool is_another(const struct kvip_balancer_entry *entry,
		       struct json_object *service)
{
	const char *uid = kvip_object_text(
		kvip_object_member(service, "metadata"), "uid");
	const char *old = kvip_object_text(meta(entry), "uid");

	return uid && old && strcmp(uid, old);
}

static void take(struct kvip_balancer_entry *entry, struct json_object *service)
{
	const char *created;

	json_object_get(service);
	json_object_put(entry->service);
	entry->service = service;
	created = kvip_object_text(meta(entry), "creationTimestamp");
	if (!created || !kvip_timestamp_parse(created, &entry->created))
		entry->created = 0;
	/* ports that it gives up are what others may share its address with */
	if (entry->n_held && entry->request.share)
		entry->balancer->freed = true;
}

void kvip_balancer_put(struct kvip_balancer *balancer,
		       struct json_object *service)
{
	struct kvip_balancer_entry *entry = find(balancer, service);

	/* deleted and made again, and nobody told us of the first one's end */
	if (entry && is_another(entry, service)) {
		drop(entry);
		entry = NULL;
	}
	if (entry && texts_equal(kvip_object_version(entry->service),
				 kvip_object_version(service))) {
		entry->seen = true;
		return;
	}
	if (!entry)
		entry = add(balancer, service);
	entry->seen = true;
	take(entry, service);
	kvip_balancer_touch(entry);
}

void kvip_balancer_gone(struct kvip_balancer *balancer,
			struct json_object *service)
{
	struct kvip_balancer_entry *entry = find(balancer, service);

	if (entry && !is_another(entry, service))
		drop(entry);
}

static void drop_unseen(struct kvip_balancer *balancer)
{
	struct kvip_hash_link *link = kvip_hash_next(&balancer->entries, NULL);

	while (link) {
		struct kvip_hash_link *after =
			kvip_hash_next(&balancer->entries, link);
		struct kvip_balancer_entry *entry =
			(struct kvip_balancer_entry *)link;

		if (!entry->seen)
			drop(entry);
		link = after;
	}
}

/* The oldest first: it keeps what two have. */
static void adopt_all(struct kvip_balancer *balancer)
{
	struct kvip_balancer_entry **list;
	struct kvip_hash_link *link = NULL;
	size_t i, n = 0;

	list = kvip_alloc((balancer->entries.n + 1) *
			  sizeof(struct kvip_balancer_entry *));
	while ((link = kvip_hash_next(&balancer->entries, link)))
		list[n++] = (struct kvip_balancer_entry *)link;
	qsort(list, n, sizeof(struct kvip_balancer_entry *),
	      kvip_balancer_compare);
	for (i = 0; i < n; i++)
		kvip_balancer_pools_adopt(list[i]);
	free(list);
}

void kvip_balancer_complete(struct kvip_balancer *balancer)
{
	if (!balancer->listing)
		return;
	balancer->listing = false;
	drop_unseen(balancer);
	if (balancer->listed)
		return;
	if (!balancer->config->provider)
		adopt_all(balancer);
	balancer->listed = true;
	kvip_balancer_soon(balancer);
}

void kvip_balancer_set_nodes(struct kvip_balancer *balancer,
			     struct json_object *nodes)
{
	struct kvip_hash_link *link = NULL;

	if (balancer->nodes && json_object_equal(balancer->nodes, nodes))
		return;
	json_object_get(nodes);
	json_object_put(balancer->nodes);
	balancer->nodes = nodes;
	balancer->nodes_version++;
	while ((link = kvip_hash_next(&balancer->entries, link)))
		kvip_balancer_touch((struct kvip_balancer_entry *)link);
}

void kvip_balancer_count(const struct kvip_balancer *balancer,
			 struct kvip_balancer_counts *counts)
{
	struct kvip_hash_link *link = NULL;

	memset(counts, 0, sizeof(*counts));
	counts->calls = balancer->n_calls;
	while ((link = kvip_hash_next(&balancer->entries, link))) {
		struct kvip_balancer_entry *entry =
			(struct kvip_balancer_entry *)link;

		if (!entry->ours)
			continue;
		counts->services++;
		counts->failing += entry->failure.text[0] != '\0';
		counts->waiting += entry->waits;
	}
}

void kvip_balancer_set_scale(struct kvip_balancer *balancer, double scale)
{
	balancer->scale = scale;
}

struct kvip_balancer *kvip_balancer_new(struct event_base *base,
					const struct kvip_lb_config *config,
					const struct kvip_balancer_ops *ops,
					void *arg)
{
	struct kvip_balancer *balancer = kvip_alloc(sizeof(*balancer));

	balancer->base = base;
	balancer->config = config;
	balancer->ops = ops;
	balancer->arg = arg;
	balancer->scale = 1;
	TAILQ_INIT(&balancer->dirty);
	TAILQ_INIT(&balancer->stalled);
	TAILQ_INIT(&balancer->callers);
	balancer->turn = evtimer_new(base, turn, balancer);
	if (!balancer->turn)
		abort();
	return balancer;
}

void kvip_balancer_free(struct kvip_balancer *balancer)
{
	struct kvip_hash_link *link;

	if (!balancer)
		return;
	/* nothing is to be done any more */
	balancer->listed = false;
	link = kvip_hash_next(&balancer->entries, NULL);
	while (link) {
		struct kvip_hash_link *after =
			kvip_hash_next(&balancer->entries, link);

		release((struct kvip_balancer_entry *)link);
		link = after;
	}
	kvip_hash_free(&balancer->entries);
	kvip_hash_free(&balancer->writes);
	kvip_balancer_book_free(&balancer->book);
	event_free(balancer->turn);
	json_object_put(balancer->nodes);
	free(balancer);
}
