/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Health-check node ports: what a load balancer asks to know whether this node
 * has endpoints of a Service. S60 to S62.
 */
#ifndef KVIPD_HEALTH_H
#define KVIPD_HEALTH_H

#include <stdbool.h>
#include <stdint.h>

#include "model.h"
#include "proxy_state.h"
#include "stats.h"

struct event_base;
struct kvip_events;
struct kvip_health;

/**
 * kvip_health_count() - local ready endpoints of a Service, S61; pure
 * @group: the Service and its slices
 * @node: this node's name, or NULL
 *
 * Return: distinct addresses of endpoints on @node that are ready and not
 * terminating, of all slices.
 */
unsigned int kvip_health_count(const struct kvip_group *group,
			       const char *node);

/**
 * kvip_health_wanted() - the port that it should answer on; pure
 * @svc: the Service
 * @proxy_name: as for kvip_svc_is_served(): whose Services are ours
 *
 * Return: the port, 0 if it has none. S60; a Service that S1 and S2 leave out has
 * none either.
 */
uint16_t kvip_health_wanted(const struct kvip_svc *svc, const char *proxy_name);

/**
 * kvip_health_new() - no port yet
 * @base: the event loop
 * @node: this node's name; must outlive it
 * @state: tells whether the agent is well
 * @events: where to tell of a port that can't be bound; NULL: nowhere
 * @stats: health_ports and health_ports_failed are kept there
 */
struct kvip_health *kvip_health_new(struct event_base *base, const char *node,
				    const struct kvip_proxy_state *state,
				    struct kvip_events *events,
				    struct kvip_stats *stats);

/**
 * kvip_health_set_proxy_name() - whose Services are ours
 * @health: the ports
 * @proxy_name: of the label service-proxy-name; copied. NULL or empty, as it is
 *	until then: those without one
 *
 * It holds for the updates that follow: tell of every Service again.
 */
void kvip_health_set_proxy_name(struct kvip_health *health,
				const char *proxy_name);

/**
 * kvip_health_update() - a Service changed, came or went
 * @health: the ports; NULL is ok: none are wanted
 * @ns: its namespace
 * @name: its name
 * @group: what is known of it now; NULL, or without a Service: it is gone
 *
 * A port that can't be bound is told of once, and tried again every 10 seconds.
 * A port that another Service has already is one; it is the next one's as soon as
 * that Service lets go of it.
 */
void kvip_health_update(struct kvip_health *health, const char *ns,
			const char *name, const struct kvip_group *group);

/* kvip_health_free() - close all ports; NULL is ok */
void kvip_health_free(struct kvip_health *health);

/* kvip_health_text() - the body of an answer, S62; free() it; pure */
char *kvip_health_text(const char *ns, const char *name, unsigned int count,
		       bool healthy);

#endif /* KVIPD_HEALTH_H */
