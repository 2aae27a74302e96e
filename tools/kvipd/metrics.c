// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdlib.h>
#include <string.h>

#include <event2/buffer.h>

#include "alloc.h"
#include "client.h"
#include "clock.h"
#include "families.h"
#include "http.h"
#include "log.h"
#include "metrics.h"
#include "outside.h"
#include "reflector.h"
#include "web.h"

#define N_REFLECTORS 3

struct kvip_metrics {
	struct kvip_metrics_source source;
	struct kvip_totals totals;
	struct kvip_web *web; /* NULL: it listens nowhere */
	bool told; /* that the module does not answer */
};

/* What the kernel says for one answer. */
struct kernel {
	struct kvip_info info;
	struct kvip_table table; /* empty, unless up */
	bool has_info;
	bool up;
};

static void read_kernel(struct kvip_metrics *metrics, struct kernel *kernel)
{
	const struct kvip_metrics_source *source = &metrics->source;
	struct kvip_err err = { .text = "it is not connected" };
	struct kvip_client *client;

	memset(kernel, 0, sizeof(*kernel));
	kvip_table_init(&kernel->table);
	client = source->client ? source->client(source->arg) : NULL;
	kernel->has_info = client &&
			   !kvip_client_info(client, &kernel->info, &err);
	kernel->up = kernel->has_info &&
		     !kvip_client_dump(client, &kernel->table, &err);
	if (kernel->up) {
		kvip_totals_take(&metrics->totals, &kernel->table);
	} else {
		kvip_table_free(&kernel->table);
		if (!metrics->told)
			kvip_log(KVIP_LOG_WARNING,
				 "metrics lack what the module would tell",
				 KVIP_TEXT("error", err.text));
	}
	metrics->told = !kernel->up;
}

static void write_watched(struct kvip_exposition *to,
			  const struct kvip_metrics_source *source)
{
	static const char *const names[N_REFLECTORS] = { "services",
							 "endpointslices",
							 "nodes" };
	struct kvip_watched watched[N_REFLECTORS];
	size_t i, n = 0;

	for (i = 0; i < N_REFLECTORS; i++) {
		if (!source->reflectors[i])
			continue;
		watched[n].resource = names[i];
		watched[n++].stats =
			kvip_reflector_stats(source->reflectors[i]);
	}
	kvip_families_watched(to, watched, n, kvip_clock_monotonic());
}

static void write_all(struct kvip_exposition *to, struct kvip_metrics *metrics)
{
	const struct kvip_metrics_source *source = &metrics->source;
	struct kvip_outside_counts counts;
	struct kernel kernel;

	read_kernel(metrics, &kernel);
	kvip_families_kernel(to, kernel.has_info ? &kernel.info : NULL,
			     &metrics->totals, kernel.up);
	if (kernel.up)
		kvip_families_services(to, &kernel.table);
	kvip_table_free(&kernel.table);
	kvip_families_agent(to, source->stats);
	if (source->http)
		kvip_families_http(to, kvip_http_stats(source->http));
	write_watched(to, source);
	kvip_outside_count(source->outside, &counts);
	kvip_families_outside(to, &counts);
	kvip_families_conntrack(to);
	kvip_families_process(to);
}

/* No families of /metrics: both may be scraped into one place. */
static bool write_backends(struct kvip_exposition *to,
			   struct kvip_metrics *metrics)
{
	struct kernel kernel;

	read_kernel(metrics, &kernel);
	if (kernel.up)
		kvip_families_backends(to, &kernel.table);
	kvip_table_free(&kernel.table);
	return kernel.up;
}

static void answer(struct evhttp_request *request, void *arg)
{
	const char *path = kvip_web_path(request);
	struct kvip_metrics *metrics = arg;
	bool backends = !strcmp(path, "/metrics/backends");
	struct kvip_exposition to;
	struct evbuffer *body;
	int status = 200;

	if (!strcmp(path, "/proxyMode")) {
		kvip_web_reply_text(request, 200, "text/plain; charset=utf-8",
				    "kvip");
		return;
	}
	body = backends || !strcmp(path, "/metrics") ? evbuffer_new() : NULL;
	if (!body) {
		kvip_web_not_found(request);
		return;
	}
	kvip_exposition_begin(&to, body);
	/* there all is the module's: without it, the scrape is to fail */
	if (!backends)
		write_all(&to, metrics);
	else if (!write_backends(&to, metrics))
		status = 503;
	kvip_exposition_end(&to);
	kvip_web_reply(request, status, KVIP_EXPOSITION_TYPE, body);
	evbuffer_free(body);
}

struct kvip_metrics *kvip_metrics_new(struct event_base *base,
				      const struct kvip_listen *listen,
				      const struct kvip_metrics_source *source,
				      struct kvip_err *err)
{
	struct kvip_metrics *metrics = kvip_alloc(sizeof(*metrics));

	metrics->source = *source;
	if (!listen->addr.family)
		return metrics;
	metrics->web = kvip_web_listen(base, &listen->addr, listen->port,
				       answer, metrics, err);
	if (metrics->web)
		return metrics;
	free(metrics);
	return NULL;
}

void kvip_metrics_free(struct kvip_metrics *metrics)
{
	if (!metrics)
		return;
	kvip_web_close(metrics->web);
	kvip_totals_free(&metrics->totals);
	free(metrics);
}
