// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "announcer_wanted.h"
#include "lb_config.h"
#include "model.h"

/* What there is of a Service's endpoints of one family: on any node, and here. */
struct endpoints {
	bool ready;
	bool ready_here;
	bool draining; /* serving and terminating */
	bool draining_here;
};

static void count(struct endpoints *seen, const struct kvip_endpoint *endpoint,
		  const char *node)
{
	bool here = endpoint->node && !strcmp(endpoint->node, node);
	unsigned int told = endpoint->conditions;
	/* S5 */
	bool ready = !(told & KVIP_COND_READY_TOLD) || told & KVIP_COND_READY;
	bool serving = told & KVIP_COND_SERVING_TOLD ?
			       told & KVIP_COND_SERVING :
			       ready;

	if (ready) {
		seen->ready = true;
		seen->ready_here |= here;
	} else if (serving && told & KVIP_COND_TERMINATING) {
		seen->draining = true;
		seen->draining_here |= here;
	}
}

static bool is_candidate(const struct kvip_group *group, uint8_t family,
			 const char *node)
{
	struct endpoints seen = {};
	const struct kvip_slice *slice;
	uint32_t i;

	if (!group->svc->external_local)
		return true;
	for (slice = group->slices; slice; slice = slice->next)
		for (i = 0; slice->family == family && i < slice->n_endpoints;
		     i++)
			count(&seen, &slice->endpoints[i], node);
	if (seen.ready)
		return seen.ready_here;
	return seen.draining ? seen.draining_here : true;
}

static void add(struct kvip_wanted_list *list, const struct kvip_addr *addr,
		const struct kvip_pool *pool, bool candidate)
{
	struct kvip_wanted *item;

	list->items = kvip_grow(list->items, list->n, sizeof(*list->items));
	item = &list->items[list->n++];
	item->addr = *addr;
	memcpy(item->interface, pool->interface, IFNAMSIZ);
	item->candidate = candidate;
}

static void add_service(struct kvip_wanted_list *list,
			const struct kvip_group *group,
			const struct kvip_lb_config *config, const char *node)
{
	const struct kvip_svc *svc = group->svc;
	uint32_t i;

	if (svc->type != KVIP_SVC_LOAD_BALANCER || svc->headless)
		return;
	for (i = 0; i < svc->n_ingress; i++) {
		const struct kvip_ingress *ingress = &svc->ingress[i];
		const struct kvip_pool *pool;

		/* S8 */
		if (!ingress->addr.family || !ingress->vip)
			continue;
		pool = kvip_lb_config_pool(config, &ingress->addr);
		if (pool && *pool->interface)
			add(list, &ingress->addr, pool,
			    is_candidate(group, ingress->addr.family, node));
	}
}

static int compare(const void *a, const void *b)
{
	const struct kvip_wanted *x = a, *y = b;

	return kvip_addr_cmp(&x->addr, &y->addr);
}

/* Each once: all Services that have it must be for this node. */
static void join(struct kvip_wanted_list *list)
{
	size_t from, to = 0;

	for (from = 0; from < list->n; from++) {
		struct kvip_wanted *item = &list->items[from];

		if (to && !compare(&list->items[to - 1], item))
			list->items[to - 1].candidate &= item->candidate;
		else
			list->items[to++] = *item;
	}
	list->n = to;
}

static bool announces(const struct kvip_lb_config *config)
{
	size_t i;

	for (i = 0; i < config->n_pools; i++)
		if (*config->pools[i].interface)
			return true;
	return false;
}

void kvip_wanted_list(struct kvip_wanted_list *list,
		      const struct kvip_model *model,
		      const struct kvip_lb_config *config, const char *node)
{
	const struct kvip_group *group = NULL;

	memset(list, 0, sizeof(*list));
	if (!announces(config))
		return;
	while ((group = kvip_model_next_group(model, group)))
		if (group->svc)
			add_service(list, group, config, node);
	if (list->n)
		qsort(list->items, list->n, sizeof(*list->items), compare);
	join(list);
}

bool kvip_wanted_equal(const struct kvip_wanted_list *a,
		       const struct kvip_wanted_list *b)
{
	size_t i;

	if (a->n != b->n)
		return false;
	for (i = 0; i < a->n; i++)
		if (compare(&a->items[i], &b->items[i]) ||
		    strcmp(a->items[i].interface, b->items[i].interface) ||
		    a->items[i].candidate != b->items[i].candidate)
			return false;
	return true;
}

void kvip_wanted_free(struct kvip_wanted_list *list)
{
	free(list->items);
	list->items = NULL;
	list->n = 0;
}
