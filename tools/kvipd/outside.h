/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What follows from the cluster besides the kernel's tables: load-balancer
 * addresses given and announced, names written. Each as far as it is asked for.
 */
#ifndef KVIPD_OUTSIDE_H
#define KVIPD_OUTSIDE_H

#include <stdbool.h>
#include <stddef.h>

#include "announcer.h"
#include "balancer.h"
#include "names.h"
#include "settings.h"

struct event_base;
struct kvip_events;
struct kvip_feed_store;
struct kvip_http;
struct kvip_model;
struct kvip_outside;

/**
 * struct kvip_outside_sources - where the cluster is; all must outlive the result
 * @http: the API server, or NULL
 * @feed_store: of the local store otherwise, which is freed first
 * @events: who sends Events
 * @model: what is known
 */
struct kvip_outside_sources {
	struct kvip_http *http;
	struct kvip_feed_store *feed_store;
	struct kvip_events *events;
	const struct kvip_model *model;
};

/* kvip_outside_new() - begin; @settings must outlive it */
struct kvip_outside *
kvip_outside_new(struct event_base *base, const struct kvip_settings *settings,
		 const struct kvip_outside_sources *sources);

/* kvip_outside_changed() - the model is another than before */
void kvip_outside_changed(struct kvip_outside *outside);

/* kvip_outside_soon() - a good moment to act; Services and EndpointSlices have
 * been listed once (S9)
 */
void kvip_outside_soon(struct kvip_outside *outside);

/**
 * struct kvip_outside_counts - how it is; a pointer is NULL for what is not done
 */
struct kvip_outside_counts {
	bool announces;
	struct kvip_announcer_stats announcer;
	bool leads;
	struct kvip_balancer_counts balancer;
	const struct kvip_names_counts *names;
};

/* kvip_outside_count() - @outside may be NULL: nothing is done */
void kvip_outside_count(const struct kvip_outside *outside,
			struct kvip_outside_counts *counts);

/* kvip_outside_free() - end; @release as kvip_announcer_free() has it; NULL is ok */
void kvip_outside_free(struct kvip_outside *outside, bool release);

#endif /* KVIPD_OUTSIDE_H */
