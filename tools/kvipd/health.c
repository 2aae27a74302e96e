// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <event2/event.h>

#include "alloc.h"
#include "clock.h"
#include "events.h"
#include "frontends.h"
#include "health.h"
#include "log.h"
#include "web.h"

static const struct timeval retry_period = { .tv_sec = 10 };

/* A Service that has a port, bound or not. */
struct entry {
	struct kvip_hash_link link;
	struct kvip_health *health;
	struct entry *next; /* in the order of arrival */
	char *ns;
	char *name;
	char *uid;
	uint16_t port;
	unsigned int count;
	struct kvip_web *web; /* NULL: it can't be bound */
	bool told; /* that it can't */
};

struct kvip_health {
	struct event_base *base;
	struct event *retry; /* pending while some port is not bound */
	const char *node;
	const struct kvip_proxy_state *state;
	struct kvip_events *events;
	struct kvip_stats *stats;
	char *proxy_name;
	struct kvip_hash entries;
	struct entry *first;
};

/* An endpoint on this node, as one port of its slice has it. */
struct target {
	const struct kvip_endpoint *endpoint;
	const struct kvip_slice_port *port;
	size_t order;
};

struct targets {
	struct target *array;
	size_t n;
};

static void add_targets(struct targets *targets, const struct kvip_slice *slice,
			const struct kvip_endpoint *endpoint)
{
	uint32_t i;

	for (i = 0; i < slice->n_ports; i++) {
		struct target *target;

		/* S4 */
		if (!slice->ports[i].name || !slice->ports[i].port)
			continue;
		targets->array = kvip_grow(targets->array, targets->n,
					   sizeof(*targets->array));
		target = &targets->array[targets->n];
		target->endpoint = endpoint;
		target->port = &slice->ports[i];
		target->order = targets->n++;
	}
}

static void collect(struct targets *targets, const struct kvip_slice *slices,
		    const char *node)
{
	const struct kvip_slice *slice;
	uint32_t i;

	for (slice = slices; slice; slice = slice->next)
		for (i = 0; i < slice->n_endpoints; i++) {
			const struct kvip_endpoint *endpoint =
				&slice->endpoints[i];

			/* S6: those elsewhere give way to those here */
			if (endpoint->node && !strcmp(endpoint->node, node) &&
			    endpoint->addr.family == slice->family)
				add_targets(targets, slice, endpoint);
		}
}

/* Equal ones are one endpoint to a Service port, S3 and S6. */
static int cmp_same(const struct target *a, const struct target *b)
{
	int order = kvip_addr_cmp(&a->endpoint->addr, &b->endpoint->addr);

	if (!order)
		order = strcmp(a->port->name, b->port->name);
	if (!order)
		order = (int)a->port->proto - (int)b->port->proto;
	return order ? order : (int)a->port->port - (int)b->port->port;
}

static int cmp_target(const void *va, const void *vb)
{
	const struct target *a = va, *b = vb;
	int order = cmp_same(a, b);

	if (order)
		return order;
	return a->order < b->order ? -1 : 1;
}

/* S5 and S61 */
static bool counts(const struct kvip_endpoint *endpoint)
{
	unsigned int told = endpoint->conditions;

	if (told & KVIP_COND_READY_TOLD && !(told & KVIP_COND_READY))
		return false;
	return !(told & KVIP_COND_TERMINATING);
}

unsigned int kvip_health_count(const struct kvip_group *group, const char *node)
{
	struct targets targets = { 0 };
	const struct kvip_addr *last = NULL;
	unsigned int n = 0;
	size_t i;

	if (!node || !group->slices)
		return 0;
	collect(&targets, group->slices, node);
	if (targets.n)
		qsort(targets.array, targets.n, sizeof(*targets.array),
		      cmp_target);
	for (i = 0; i < targets.n; i++) {
		const struct target *target = &targets.array[i];

		if (i && !cmp_same(target - 1, target))
			continue;
		if (!counts(target->endpoint) ||
		    (last && !kvip_addr_cmp(last, &target->endpoint->addr)))
			continue;
		last = &target->endpoint->addr;
		n++;
	}
	free(targets.array);
	return n;
}

uint16_t kvip_health_wanted(const struct kvip_svc *svc, const char *proxy_name)
{
	if (svc->type != KVIP_SVC_LOAD_BALANCER || !svc->external_local ||
	    !svc->n_cluster_ips || !kvip_svc_is_served(svc, proxy_name))
		return 0;
	return svc->health_port;
}

char *kvip_health_text(const char *ns, const char *name, unsigned int count,
		       bool healthy)
{
	char *text;

	/* the API server takes no name that JSON would have to escape */
	if (asprintf(&text,
		     "{\"service\":{\"namespace\":\"%s\",\"name\":\"%s\"},"
		     "\"localEndpoints\":%u,\"serviceProxyHealthy\":%s}",
		     ns, name, count, healthy ? "true" : "false") < 0)
		abort();
	return text;
}

static void answer(struct evhttp_request *request, void *arg)
{
	const struct entry *entry = arg;
	bool healthy;
	char weight[16], *text;

	healthy = kvip_proxy_healthy(entry->health->state,
				     kvip_clock_monotonic());
	text = kvip_health_text(entry->ns, entry->name, entry->count, healthy);
	snprintf(weight, sizeof(weight), "%u", entry->count);
	kvip_web_header(request, "X-Load-Balancing-Endpoint-Weight", weight);
	kvip_web_reply_text(request, entry->count && healthy ? 200 : 503,
			    "application/json", text);
	free(text);
}

static uint32_t hash_name(const char *ns, const char *name)
{
	return kvip_hash_text(kvip_hash_text(0, ns), name);
}

static struct entry *find(const struct kvip_health *health, const char *ns,
			  const char *name)
{
	struct kvip_hash_link *link =
		kvip_hash_find(&health->entries, hash_name(ns, name));

	for (; link; link = kvip_hash_again(link)) {
		struct entry *entry = (struct entry *)link;

		if (!strcmp(entry->ns, ns) && !strcmp(entry->name, name))
			return entry;
	}
	return NULL;
}

static const struct entry *find_holder(const struct kvip_health *health,
				       uint16_t port)
{
	const struct entry *entry;

	for (entry = health->first; entry; entry = entry->next)
		if (entry->port == port && entry->web)
			return entry;
	return NULL;
}

/* NAMESPACE/NAME; free() it */
static char *name_of(const struct entry *entry)
{
	char *name;

	if (asprintf(&name, "%s/%s", entry->ns, entry->name) < 0)
		abort();
	return name;
}

static void tell_failure(const struct entry *entry, const char *why)
{
	const struct kvip_health *health = entry->health;
	const struct kvip_event_subject subject = {
		.kind = "Service",
		.ns = entry->ns,
		.name = entry->name,
		.uid = entry->uid,
	};
	char *service = name_of(entry), *note;

	if (asprintf(&note,
		     "node %s failed to start healthcheck \"%s\" on port %u: %s",
		     health->node ? health->node : "?", service, entry->port,
		     why) < 0)
		abort();
	kvip_log(KVIP_LOG_WARNING, "cannot listen on a health-check node port",
		 KVIP_TEXT("service", service),
		 KVIP_NUMBER("port", entry->port), KVIP_TEXT("error", why));
	kvip_events_send(health->events, &subject, true,
			 "FailedToStartServiceHealthcheck", "Listen", note);
	free(service);
	free(note);
}

static void tell_success(const struct entry *entry)
{
	char *service = name_of(entry);

	kvip_log(KVIP_LOG_INFO, "a health-check node port is bound after all",
		 KVIP_TEXT("service", service),
		 KVIP_NUMBER("port", entry->port));
	free(service);
}

static void try_bind(struct entry *entry)
{
	struct kvip_health *health = entry->health;
	const struct entry *holder = find_holder(health, entry->port);
	struct kvip_err err;

	if (holder)
		kvip_err_set(&err, "Service %s/%s has it", holder->ns,
			     holder->name);
	else
		entry->web = kvip_web_listen(health->base, NULL, entry->port,
					     answer, entry, &err);
	if (entry->web) {
		if (entry->told)
			tell_success(entry);
		entry->told = false;
	} else if (!entry->told) {
		tell_failure(entry, err.text);
		entry->told = true;
	}
}

/* Bind what is not bound; those that came first are first. */
static void bind_all(struct kvip_health *health)
{
	uint64_t bound = 0, failed = 0;
	struct entry *entry;

	for (entry = health->first; entry; entry = entry->next) {
		if (!entry->web)
			try_bind(entry);
		if (entry->web)
			bound++;
		else
			failed++;
	}
	health->stats->health_ports = bound;
	health->stats->health_ports_failed = failed;
	if (!failed)
		event_del(health->retry);
	else if (!event_pending(health->retry, EV_TIMEOUT, NULL))
		event_add(health->retry, &retry_period);
}

static void retry(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	bind_all(arg);
}

static void set_uid(struct entry *entry, const char *uid)
{
	free(entry->uid);
	entry->uid = kvip_strdup(uid ? uid : "");
}

static struct entry *add_entry(struct kvip_health *health, const char *ns,
			       const char *name)
{
	struct entry *entry = kvip_alloc(sizeof(*entry));
	struct entry **at = &health->first;

	entry->health = health;
	entry->ns = kvip_strdup(ns);
	entry->name = kvip_strdup(name);
	while (*at)
		at = &(*at)->next;
	*at = entry;
	kvip_hash_add(&health->entries, &entry->link, hash_name(ns, name));
	return entry;
}

static void remove_entry(struct entry *entry)
{
	struct kvip_health *health = entry->health;
	struct entry **at = &health->first;

	while (*at != entry)
		at = &(*at)->next;
	*at = entry->next;
	kvip_hash_del(&health->entries, &entry->link);
	kvip_web_close(entry->web);
	free(entry->ns);
	free(entry->name);
	free(entry->uid);
	free(entry);
}

struct kvip_health *kvip_health_new(struct event_base *base, const char *node,
				    const struct kvip_proxy_state *state,
				    struct kvip_events *events,
				    struct kvip_stats *stats)
{
	struct kvip_health *health = kvip_alloc(sizeof(*health));

	health->base = base;
	health->node = node;
	health->state = state;
	health->events = events;
	health->stats = stats;
	health->retry = event_new(base, -1, EV_PERSIST, retry, health);
	if (!health->retry)
		abort();
	return health;
}

void kvip_health_set_proxy_name(struct kvip_health *health,
				const char *proxy_name)
{
	free(health->proxy_name);
	health->proxy_name =
		proxy_name && *proxy_name ? kvip_strdup(proxy_name) : NULL;
}

void kvip_health_update(struct kvip_health *health, const char *ns,
			const char *name, const struct kvip_group *group)
{
	const struct kvip_svc *svc = group ? group->svc : NULL;
	struct entry *entry;
	uint16_t port = 0;

	if (!health)
		return;
	entry = find(health, ns, name);
	if (svc)
		port = kvip_health_wanted(svc, health->proxy_name);
	if (entry && entry->port != port) {
		remove_entry(entry);
		entry = NULL;
		if (!port)
			bind_all(health);
	}
	if (!port)
		return;
	if (!entry) {
		entry = add_entry(health, ns, name);
		entry->port = port;
		set_uid(entry, svc->meta.uid);
		bind_all(health);
	} else if (strcmp(entry->uid, svc->meta.uid ? svc->meta.uid : "")) {
		/* another Service of the same name, which the watch did not show */
		set_uid(entry, svc->meta.uid);
	}
	entry->count = kvip_health_count(group, health->node);
}

void kvip_health_free(struct kvip_health *health)
{
	if (!health)
		return;
	while (health->first)
		remove_entry(health->first);
	kvip_hash_free(&health->entries);
	event_free(health->retry);
	free(health->proxy_name);
	free(health);
}
