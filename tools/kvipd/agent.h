/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The agent: its parts, put together. */
#ifndef KVIPD_AGENT_H
#define KVIPD_AGENT_H

#include <stdbool.h>

#include "err.h"
#include "settings.h"
#include "stats.h"

struct event_base;
struct kvip_agent;

/**
 * kvip_agent_new() - begin to follow the API server, or the local store, and to keep
 *	the tables
 * @base: the event loop
 * @settings: how; must outlive it, and stays the caller's
 * @stats: the numbers, which may outlive it
 * @err: why not: the kubeconfig, the store
 *
 * Ports that can't be bound are tried again: the tables matter more.
 *
 * Return: the agent, or NULL.
 */
struct kvip_agent *kvip_agent_new(struct event_base *base,
				  const struct kvip_settings *settings,
				  struct kvip_stats *stats,
				  struct kvip_err *err);

/**
 * kvip_agent_free() - end; the kernel's tables stay
 * @agent: NULL is ok
 * @release: the process ends: other nodes may have the addresses that this one
 *	announces by Leases. Not from within the event loop
 */
void kvip_agent_free(struct kvip_agent *agent, bool release);

/* kvip_agent_synced() - whether the tables have been made the cluster's */
bool kvip_agent_synced(const struct kvip_agent *agent);

#endif /* KVIPD_AGENT_H */
