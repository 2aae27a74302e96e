// SPDX-License-Identifier: GPL-2.0-or-later
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "alloc.h"
#include "clock.h"
#include "healthz.h"
#include "web.h"

#define TIME_LEN 40

/* What Go prints for a time that was never set. */
#define NEVER "0001-01-01T00:00:00Z"

struct kvip_healthz {
	const struct kvip_proxy_state *state;
	struct kvip_stats *stats;
	struct kvip_web *web; /* NULL: it listens nowhere */
};

/* Go's RFC3339Nano, without zeros at the end; a double holds microseconds. */
static const char *time_text(double clock, char buf[TIME_LEN])
{
	char date[TIME_LEN / 2], digits[8] = "";
	double seconds = floor(clock);
	long micros = (long)((clock - seconds) * 1e6);
	time_t whole = (time_t)seconds;
	struct tm tm;
	size_t len;

	if (clock <= 0 || !gmtime_r(&whole, &tm))
		return NEVER;
	strftime(date, sizeof(date), "%Y-%m-%dT%H:%M:%S", &tm);
	if (micros) {
		len = (size_t)snprintf(digits, sizeof(digits), ".%06ld",
				       micros % 1000000);
		while (digits[len - 1] == '0')
			digits[--len] = '\0';
	}
	snprintf(buf, TIME_LEN, "%s%sZ", date, digits);
	return buf;
}

char *kvip_healthz_text(const struct kvip_proxy_state *state, bool live,
			double now, double clock, int *status)
{
	bool healthy = kvip_proxy_healthy(state, now);
	bool eligible = kvip_proxy_eligible(state);
	const char *word = healthy ? "true" : "false";
	char current[TIME_LEN], updated[TIME_LEN], node[32] = "";
	const char *at = time_text(state->last_updated, updated);
	const char *today = time_text(clock, current);
	char *text;

	if (!live)
		snprintf(node, sizeof(node), "\"nodeEligible\":%s,",
			 eligible ? "true" : "false");
	*status = healthy && (live || eligible) ? 200 : 503;
	if (asprintf(&text,
		     "{\"lastUpdated\":\"%s\",\"currentTime\":\"%s\",%s"
		     "\"healthy\":%s,\"status\":{"
		     "\"IPv4\":{\"lastUpdated\":\"%s\",\"healthy\":%s},"
		     "\"IPv6\":{\"lastUpdated\":\"%s\",\"healthy\":%s}}}",
		     healthy ? today : at, today, node, word, at, word, at,
		     word) < 0)
		abort();
	return text;
}

static void answer(struct evhttp_request *request, void *arg)
{
	struct kvip_healthz *healthz = arg;
	const char *path = kvip_web_path(request);
	bool live = !strcmp(path, "/livez");
	uint64_t *counts;
	int status;
	char *text;

	if (!live && strcmp(path, "/healthz")) {
		kvip_web_not_found(request);
		return;
	}
	text = kvip_healthz_text(healthz->state, live, kvip_clock_monotonic(),
				 kvip_clock_unix(), &status);
	counts = live ? healthz->stats->livez_answers :
			healthz->stats->healthz_answers;
	counts[status != 200]++;
	kvip_web_reply_text(request, status, "application/json", text);
	free(text);
}

struct kvip_healthz *kvip_healthz_new(struct event_base *base,
				      const struct kvip_listen *listen,
				      const struct kvip_proxy_state *state,
				      struct kvip_stats *stats,
				      struct kvip_err *err)
{
	struct kvip_healthz *healthz = kvip_alloc(sizeof(*healthz));

	healthz->state = state;
	healthz->stats = stats;
	if (!listen->addr.family)
		return healthz;
	healthz->web = kvip_web_listen(base, &listen->addr, listen->port,
				       answer, healthz, err);
	if (healthz->web)
		return healthz;
	free(healthz);
	return NULL;
}

void kvip_healthz_free(struct kvip_healthz *healthz)
{
	if (!healthz)
		return;
	kvip_web_close(healthz->web);
	free(healthz);
}
