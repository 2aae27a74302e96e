/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The agent's numbers: counted where things happen, printed by metrics.c. */
#ifndef KVIPD_STATS_H
#define KVIPD_STATS_H

#include <stddef.h>
#include <stdint.h>

#define KVIP_HISTOGRAM_BOUNDS 80

/* A histogram of Prometheus; one of zeros has no bounds yet. */
struct kvip_histogram {
	const double *bounds; /* upper ones, growing; +Inf is understood */
	size_t n_bounds;
	uint64_t counts[KVIP_HISTOGRAM_BOUNDS + 1]; /* not cumulative */
	double sum;
	uint64_t count;
};

/* kvip_histogram_observe() - one more value; what is no number is dropped */
void kvip_histogram_observe(struct kvip_histogram *histogram, double value);

/**
 * struct kvip_stats - what the agent did
 *
 * Times are Unix times in seconds, or durations in seconds.
 */
struct kvip_stats {
	/* a sync: from the first pending change taken up to the commit's return */
	struct kvip_histogram sync_duration;
	struct kvip_histogram sync_full_duration;
	struct kvip_histogram sync_partial_duration;
	/* from the EndpointSlice's trigger time to the commit's return */
	struct kvip_histogram programming_duration;
	/* from a watch event's last byte to the commit's return */
	struct kvip_histogram event_duration;
	double last_queued;
	double last_sync;
	uint64_t syncs; /* that committed */
	uint64_t syncs_without_change;
	uint64_t sync_failures;
	uint64_t sync_overtaken; /* another writer committed first */
	uint64_t full_checks;
	uint64_t drift; /* services that a full check found wrong */
	uint64_t service_changes;
	uint64_t endpoint_changes;
	uint64_t service_changes_pending;
	uint64_t endpoint_changes_pending;
	uint64_t objects_refused; /* that could not be read */
	uint64_t frontends_contested; /* now: claimed by several Services */
	uint64_t endpoints_left_out; /* now */
	uint64_t no_local_internal; /* now: Services with policy Local, none here */
	uint64_t no_local_external;
	uint64_t health_ports; /* now: bound */
	uint64_t health_ports_failed; /* now: that could not be bound */
	uint64_t healthz_answers[2]; /* 200, 503 */
	uint64_t livez_answers[2];
	uint64_t events_sent;
	uint64_t events_failed;
	double started;
};

/* kvip_stats_init() - zeros, and the histograms' bounds */
void kvip_stats_init(struct kvip_stats *stats);

#endif /* KVIPD_STATS_H */
