// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "balancing.h"
#include "outside.h"
#include "pod_names.h"

struct kvip_outside {
	const struct kvip_model *model;
	struct kvip_balancing *balancing; /* NULL: not asked for, as are these */
	struct kvip_announcer *announcer;
	struct kvip_names *names;
	struct kvip_pod_names *pods;
	bool changed;
	bool ready; /* the cluster was listed */
};

/* The pools are the local store's, or we give a cluster addresses. */
static bool announces(const struct kvip_settings *settings)
{
	const struct kvip_lb_config *lb = &settings->lb;
	size_t i;

	if (!settings->store && !settings->load_balancer)
		return false;
	for (i = 0; i < lb->n_pools; i++)
		if (*lb->pools[i].interface)
			return true;
	return false;
}

static void write_names(struct kvip_outside *outside)
{
	if (outside->names && outside->ready &&
	    (!outside->pods || kvip_pod_names_listed(outside->pods)))
		kvip_names_changed(outside->names);
}

static void on_pods(void *arg)
{
	write_names(arg);
}

static void start_names(struct kvip_outside *outside, struct event_base *base,
			const struct kvip_settings *settings,
			const struct kvip_outside_sources *sources)
{
	const struct kvip_dns_pods *pods = NULL;

	if (!settings->dns.directory)
		return;
	if (settings->dns.pods) {
		outside->pods = kvip_pod_names_new(base, sources->http,
						   sources->feed_store,
						   settings->stream_lists,
						   on_pods, outside);
		pods = kvip_pod_names_pods(outside->pods);
	}
	outside->names =
		kvip_names_new(base, &settings->dns, sources->model, pods);
}

struct kvip_outside *
kvip_outside_new(struct event_base *base, const struct kvip_settings *settings,
		 const struct kvip_outside_sources *sources)
{
	struct kvip_outside *outside = kvip_alloc(sizeof(*outside));
	const struct kvip_announcer_spec spec = {
		.config = &settings->lb,
		.http = sources->http,
		.node = settings->node,
		.ns = settings->lease_namespace,
	};

	outside->model = sources->model;
	outside->changed = true;
	if (settings->load_balancer)
		outside->balancing = kvip_balancing_new(
			base, settings, sources->http, sources->events);
	else if (settings->store && settings->lb.provider)
		outside->balancing = kvip_balancing_store_new(
			base, settings, sources->feed_store);
	if (announces(settings))
		outside->announcer = kvip_announcer_new(base, &spec);
	start_names(outside, base, settings, sources);
	return outside;
}

void kvip_outside_changed(struct kvip_outside *outside)
{
	outside->changed = true;
}

void kvip_outside_soon(struct kvip_outside *outside)
{
	outside->ready = true;
	if (!outside->changed)
		return;
	outside->changed = false;
	if (outside->announcer)
		kvip_announcer_update(outside->announcer, outside->model);
	write_names(outside);
}

void kvip_outside_count(const struct kvip_outside *outside,
			struct kvip_outside_counts *counts)
{
	memset(counts, 0, sizeof(*counts));
	if (!outside)
		return;
	counts->leads =
		kvip_balancing_leads(outside->balancing, &counts->balancer);
	counts->announces = outside->announcer;
	if (outside->announcer)
		counts->announcer = kvip_announcer_stats(outside->announcer);
	if (outside->names)
		counts->names = kvip_names_counts(outside->names);
}

void kvip_outside_free(struct kvip_outside *outside, bool release)
{
	if (!outside)
		return;
	kvip_balancing_free(outside->balancing);
	kvip_announcer_free(outside->announcer, release);
	kvip_names_free(outside->names);
	kvip_pod_names_free(outside->pods);
	free(outside);
}
