/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The families of /metrics. Where kube-proxy has a name for the same thing, that
 * name is taken, without its label ip_family: kvip writes both families in one
 * transaction, and a series for each of them would double every sum() and rate()
 * of a dashboard. Queries that group by the label go on working; those that ask
 * for ip_family="IPv4" find nothing.
 */
#ifndef KVIPD_FAMILIES_H
#define KVIPD_FAMILIES_H

#include "exposition.h"
#include "stats.h"
#include "table.h"
#include "totals.h"

struct kvip_http_stats;
struct kvip_outside_counts;
struct kvip_info;
struct kvip_reflector_stats;

/* One kind of objects that is kept up with. */
struct kvip_watched {
	const char *resource; /* "services" */
	const struct kvip_reflector_stats *stats;
};

/* kvip_families_agent() - what the agent did */
void kvip_families_agent(struct kvip_exposition *to,
			 const struct kvip_stats *stats);

/* kvip_families_http() - what the API server was asked */
void kvip_families_http(struct kvip_exposition *to,
			const struct kvip_http_stats *stats);

/**
 * kvip_families_watched() - how keeping up goes
 * @to: where
 * @watched: of each kind
 * @n: kinds
 * @now: CLOCK_MONOTONIC seconds
 */
void kvip_families_watched(struct kvip_exposition *to,
			   const struct kvip_watched *watched, size_t n,
			   double now);

/**
 * kvip_families_kernel() - what the module tells of all tables
 * @to: where
 * @info: NULL: it does not answer, and only that is told
 * @totals: over all services
 * @up: its tables could be read
 */
void kvip_families_kernel(struct kvip_exposition *to,
			  const struct kvip_info *info,
			  const struct kvip_totals *totals, bool up);

/**
 * kvip_families_services() - the series of each Service port
 * @to: where
 * @table: read from the kernel
 *
 * A reason for drops is told where it can be met: with a Local policy, with source
 * ranges; and where it was met before the Service changed.
 */
void kvip_families_services(struct kvip_exposition *to,
			    const struct kvip_table *table);

/* kvip_families_backends() - the series of each endpoint of each Service port */
void kvip_families_backends(struct kvip_exposition *to,
			    const struct kvip_table *table);

/* kvip_families_outside() - load-balancer addresses and names */
void kvip_families_outside(struct kvip_exposition *to,
			   const struct kvip_outside_counts *counts);

/* kvip_families_process() - what Prometheus' clients tell of a process */
void kvip_families_process(struct kvip_exposition *to);

/* kvip_families_conntrack() - how full this namespace's conntrack is, if told */
void kvip_families_conntrack(struct kvip_exposition *to);

#endif /* KVIPD_FAMILIES_H */
