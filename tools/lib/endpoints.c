// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdlib.h>
#include <string.h>

#include <linux/kvip.h>

#include "alloc.h"
#include "endpoints.h"

#define READY KVIP_BACKEND_F_READY
#define SERVING KVIP_BACKEND_F_SERVING
#define TERMINATING KVIP_BACKEND_F_TERMINATING
#define ON_NODE KVIP_BACKEND_F_ON_NODE

/* S5: absent, ready is true, serving is as ready, terminating is false */
static uint32_t state_flags(const struct kvip_endpoint *endpoint)
{
	unsigned int told = endpoint->conditions;
	bool ready = !(told & KVIP_COND_READY_TOLD) || told & KVIP_COND_READY;
	bool serving = ready;

	if (told & KVIP_COND_SERVING_TOLD)
		serving = told & KVIP_COND_SERVING;
	return (ready ? READY : 0) | (serving ? SERVING : 0) |
	       (told & KVIP_COND_TERMINATING ? TERMINATING : 0);
}

/* S11, S12: what a list falls back on when no endpoint is ready */
static bool is_last_resort(const struct kvip_candidate *candidate)
{
	return (candidate->flags & (SERVING | TERMINATING)) ==
	       (SERVING | TERMINATING);
}

static void add(struct kvip_candidates *candidates,
		const struct kvip_endpoint *endpoint, uint16_t port,
		const struct kvip_viewpoint *from)
{
	uint32_t flags = state_flags(endpoint);
	struct kvip_candidate *candidate;

	if (endpoint->node && endpoint->node == from->node)
		flags |= ON_NODE;
	if (candidates->n == candidates->room) {
		candidates->array = kvip_grow(candidates->array, candidates->n,
					      sizeof(*candidates->array));
		candidates->room = candidates->n ? candidates->n * 2 : 1;
	}
	candidate = &candidates->array[candidates->n];
	candidate->endpoint = endpoint;
	candidate->port = port;
	candidate->flags = flags;
	candidate->order = (uint32_t)candidates->n++;
}

static int cmp_target(const struct kvip_candidate *a,
		      const struct kvip_candidate *b)
{
	int order = kvip_addr_cmp(&a->endpoint->addr, &b->endpoint->addr);

	return order ? order : (int)a->port - (int)b->port;
}

/* Of equal targets, the one that stays comes first: S6, then the first seen. */
static int cmp_candidate(const void *va, const void *vb)
{
	const struct kvip_candidate *a = va, *b = vb;
	int order = cmp_target(a, b);

	if (order)
		return order;
	if ((a->flags ^ b->flags) & ON_NODE)
		return a->flags & ON_NODE ? -1 : 1;
	return a->order < b->order ? -1 : 1;
}

static void collect_slice(struct kvip_candidates *candidates,
			  const struct kvip_slice *slice, uint16_t port,
			  const struct kvip_viewpoint *from)
{
	uint32_t i;

	for (i = 0; i < slice->n_endpoints; i++)
		if (slice->endpoints[i].addr.family == slice->family)
			add(candidates, &slice->endpoints[i], port, from);
}

void kvip_candidates_collect(struct kvip_candidates *candidates,
			     const struct kvip_slice *slices,
			     const struct kvip_svc_port *port, uint8_t family,
			     const struct kvip_viewpoint *from)
{
	const struct kvip_slice *slice;
	size_t i, n = 0;

	candidates->n = 0;
	for (slice = slices; slice; slice = slice->next) {
		if (slice->family != family)
			continue;
		/* names are interned together: equal ones are the same */
		for (i = 0; i < slice->n_ports; i++)
			if (slice->ports[i].name == port->name &&
			    slice->ports[i].proto == port->proto &&
			    slice->ports[i].port)
				collect_slice(candidates, slice,
					      slice->ports[i].port, from);
	}
	if (!candidates->n)
		return;

	/*
	 * Endpoints that are neither ready nor serving go only now: while they
	 * stand for one address with others, S6 decides, not their state.
	 */
	qsort(candidates->array, candidates->n, sizeof(*candidates->array),
	      cmp_candidate);
	for (i = 0; i < candidates->n; i++) {
		const struct kvip_candidate *candidate = &candidates->array[i];

		if (i && !cmp_target(candidate - 1, candidate))
			continue;
		candidates->array[n++] = *candidate;
	}
	candidates->n = n;
}

static bool is_hinted(const char *const *names, uint32_t n, const char *name)
{
	uint32_t i;

	for (i = 0; i < n; i++)
		if (names[i] == name)
			return true;
	return false;
}

static bool hinted_for_node(const struct kvip_candidate *candidate,
			    const struct kvip_viewpoint *from)
{
	const struct kvip_hints *hints = candidate->endpoint->hints;

	return hints && is_hinted(hints->nodes, hints->n_nodes, from->node);
}

static bool hinted_for_zone(const struct kvip_candidate *candidate,
			    const struct kvip_viewpoint *from)
{
	const struct kvip_hints *hints = candidate->endpoint->hints;

	/* no hint is NULL, which is the zone of a node without one (S17) */
	return hints && is_hinted(hints->zones, hints->n_zones, from->zone);
}

static bool passes_all(const struct kvip_candidate *candidate,
		       const struct kvip_viewpoint *from)
{
	(void)candidate;
	(void)from;
	return true;
}

typedef bool (*topology_fn)(const struct kvip_candidate *candidate,
			    const struct kvip_viewpoint *from);

/* What hints come to, and the service flag that tells it. */
struct topology {
	bool (*passes)(const struct kvip_candidate *candidate,
		       const struct kvip_viewpoint *from);
	uint32_t flag;
};

/* S15 to S17: hints count only if every ready endpoint has them. */
static struct topology find_topology(const struct kvip_candidates *candidates,
				     const struct kvip_viewpoint *from)
{
	static const struct topology by_node = { hinted_for_node,
						 KVIP_SERVICE_F_TOPOLOGY_NODE };
	static const struct topology by_zone = { hinted_for_zone,
						 KVIP_SERVICE_F_TOPOLOGY_ZONE };
	static const struct topology none = { passes_all, 0 };
	bool all_nodes = true, all_zones = true;
	bool our_node = false, our_zone = false;
	size_t i;

	for (i = 0; i < candidates->n; i++) {
		const struct kvip_candidate *candidate = &candidates->array[i];
		const struct kvip_hints *hints = candidate->endpoint->hints;

		if (!(candidate->flags & READY))
			continue;
		all_nodes &= hints && hints->n_nodes;
		all_zones &= hints && hints->n_zones;
		our_node |= hinted_for_node(candidate, from);
		our_zone |= hinted_for_zone(candidate, from);
	}
	if (all_nodes && our_node)
		return by_node;
	if (all_zones && our_zone)
		return by_zone;
	return none;
}

static uint32_t choose_cluster(struct kvip_candidates *candidates,
			       const struct kvip_viewpoint *from)
{
	struct topology topology = find_topology(candidates, from);
	bool any = false;
	size_t i;

	for (i = 0; i < candidates->n; i++) {
		struct kvip_candidate *candidate = &candidates->array[i];

		if (candidate->flags & READY &&
		    topology.passes(candidate, from)) {
			candidate->flags |= KVIP_BACKEND_F_CLUSTER;
			any = true;
		}
	}
	if (any)
		return topology.flag;
	for (i = 0; i < candidates->n; i++) {
		if (is_last_resort(&candidates->array[i])) {
			candidates->array[i].flags |= KVIP_BACKEND_F_CLUSTER;
			any = true;
		}
	}
	return any ? KVIP_SERVICE_F_CLUSTER_FALLBACK : 0;
}

static uint32_t choose_local(struct kvip_candidates *candidates)
{
	bool any = false;
	size_t i;

	for (i = 0; i < candidates->n; i++) {
		struct kvip_candidate *candidate = &candidates->array[i];

		if (candidate->flags & ON_NODE && candidate->flags & READY) {
			candidate->flags |= KVIP_BACKEND_F_LOCAL;
			any = true;
		}
	}
	if (any)
		return 0;
	for (i = 0; i < candidates->n; i++) {
		struct kvip_candidate *candidate = &candidates->array[i];

		if (candidate->flags & ON_NODE && is_last_resort(candidate)) {
			candidate->flags |= KVIP_BACKEND_F_LOCAL;
			any = true;
		}
	}
	return any ? KVIP_SERVICE_F_LOCAL_FALLBACK : 0;
}

uint32_t kvip_candidates_choose(struct kvip_candidates *candidates,
				unsigned int lists,
				const struct kvip_viewpoint *from)
{
	uint32_t flags = 0;

	if (lists & KVIP_LIST_CLUSTER)
		flags |= choose_cluster(candidates, from);
	if (lists & KVIP_LIST_LOCAL)
		flags |= choose_local(candidates);
	return flags;
}

bool kvip_candidates_has_any(const struct kvip_candidates *candidates)
{
	size_t i;

	for (i = 0; i < candidates->n; i++)
		if (candidates->array[i].flags & READY ||
		    is_last_resort(&candidates->array[i]))
			return true;
	return false;
}

void kvip_candidates_free(struct kvip_candidates *candidates)
{
	free(candidates->array);
	candidates->array = NULL;
	candidates->n = 0;
	candidates->room = 0;
}
