/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * /metrics: kube-proxy's names where they mean the same, kvip_* for what is
 * ours. /metrics/backends: a series for each endpoint, for those who want so
 * many. /proxyMode: "kvip".
 */
#ifndef KVIPD_METRICS_H
#define KVIPD_METRICS_H

#include "err.h"
#include "settings.h"
#include "stats.h"

struct event_base;
struct kvip_client;
struct kvip_http;
struct kvip_metrics;
struct kvip_outside;
struct kvip_reflector;

/**
 * struct kvip_metrics_source - where the numbers are
 * @stats: the agent's
 * @http: of the API server, or NULL
 * @reflectors: "services", "endpointslices", "nodes"; entries may be NULL
 * @outside: what follows from the cluster besides the tables; may be NULL
 * @client: gives the kernel's client, opened if need be, or NULL; a dump is
 *	taken with it for each answer
 * @arg: for @client
 */
struct kvip_metrics_source {
	const struct kvip_stats *stats;
	const struct kvip_http *http;
	const struct kvip_reflector *reflectors[3];
	const struct kvip_outside *outside;
	struct kvip_client *(*client)(void *arg);
	void *arg;
};

/**
 * kvip_metrics_new() - answer
 * @base: the event loop
 * @listen: where; of family 0: nowhere
 * @source: copied; what it points to must outlive the result
 * @err: why it can't
 *
 * A module that does not answer is told of by kvip_module_up, and the rest is
 * still there; /metrics/backends is then a 503.
 *
 * Return: the listener, or NULL.
 */
struct kvip_metrics *kvip_metrics_new(struct event_base *base,
				      const struct kvip_listen *listen,
				      const struct kvip_metrics_source *source,
				      struct kvip_err *err);

/* kvip_metrics_free() - stop; NULL is ok */
void kvip_metrics_free(struct kvip_metrics *metrics);

#endif /* KVIPD_METRICS_H */
