/* SPDX-License-Identifier: GPL-2.0-or-later */
/* /healthz and /livez: S63. */
#ifndef KVIPD_HEALTHZ_H
#define KVIPD_HEALTHZ_H

#include "err.h"
#include "proxy_state.h"
#include "settings.h"
#include "stats.h"

struct event_base;
struct kvip_healthz;

/**
 * kvip_healthz_new() - answer
 * @base: the event loop
 * @listen: where; of family 0: nowhere
 * @state: what the answers are made of; looked at for each
 * @stats: counts them
 * @err: why it can't
 *
 * Return: the listener, or NULL.
 */
struct kvip_healthz *kvip_healthz_new(struct event_base *base,
				      const struct kvip_listen *listen,
				      const struct kvip_proxy_state *state,
				      struct kvip_stats *stats,
				      struct kvip_err *err);

/* kvip_healthz_free() - stop; NULL is ok */
void kvip_healthz_free(struct kvip_healthz *healthz);

/**
 * kvip_healthz_text() - the body, pure
 * @state: see there
 * @live: of /livez: without the node
 * @now: CLOCK_MONOTONIC seconds
 * @clock: Unix time
 * @status: out: 200 or 503
 *
 * The "lastUpdated" at the top is the current time while all is well, though
 * nothing may have changed for days: so kube-proxy has it, and its readers take
 * an old one for a fault. When the tables were last true is told below "status",
 * the same for both families: one transaction writes both.
 *
 * Return: the JSON; free() it.
 */
char *kvip_healthz_text(const struct kvip_proxy_state *state, bool live,
			double now, double clock, int *status);

#endif /* KVIPD_HEALTHZ_H */
