// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "totals.h"

/* What a service had counted when it was last looked at; not all are zeros. */
struct seen {
	struct kvip_hash_link link;
	uint64_t round;
	uint64_t rejects;
	uint64_t drops_no_local;
	uint64_t drops_ranges;
	uint8_t family;
	uint8_t proto;
	char name[];
};

static uint32_t hash_service(const struct kvip_service *service)
{
	return kvip_hash_text((uint32_t)service->family << 8 | service->proto,
			      service->name);
}

static struct seen *find(struct kvip_totals *totals,
			 const struct kvip_service *service)
{
	struct kvip_hash_link *link =
		kvip_hash_find(&totals->seen, hash_service(service));
	struct seen *seen;
	size_t size;

	for (; link; link = kvip_hash_again(link)) {
		seen = (struct seen *)link;
		if (seen->family == service->family &&
		    seen->proto == service->proto &&
		    !strcmp(seen->name, service->name))
			return seen;
	}
	size = strlen(service->name) + 1;
	seen = kvip_alloc(sizeof(*seen) + size);
	memcpy(seen->name, service->name, size);
	seen->family = service->family;
	seen->proto = service->proto;
	kvip_hash_add(&totals->seen, &seen->link, hash_service(service));
	return seen;
}

/* A counter that went back belongs to another Service of the same name. */
static uint64_t growth(uint64_t *last, uint64_t now)
{
	uint64_t before = *last;

	*last = now;
	return now >= before ? now - before : now;
}

static void take(struct kvip_totals *totals, const struct kvip_service *service)
{
	struct seen *seen = find(totals, service);
	uint64_t rejects = growth(&seen->rejects, service->rejects);
	uint64_t no_local =
		growth(&seen->drops_no_local, service->drops_no_local);
	uint64_t ranges = growth(&seen->drops_ranges, service->drops_ranges);

	seen->round = totals->round;
	if (!totals->begun)
		return;
	totals->rejects += rejects;
	totals->drops_no_local += no_local;
	totals->drops_ranges += ranges;
}

static void forget(struct kvip_totals *totals, struct seen *seen)
{
	kvip_hash_del(&totals->seen, &seen->link);
	free(seen);
}

static void forget_gone(struct kvip_totals *totals)
{
	struct kvip_hash_link *link = kvip_hash_next(&totals->seen, NULL);

	while (link) {
		struct seen *seen = (struct seen *)link;

		link = kvip_hash_next(&totals->seen, link);
		if (seen->round != totals->round)
			forget(totals, seen);
	}
}

void kvip_totals_take(struct kvip_totals *totals,
		      const struct kvip_table *table)
{
	size_t i;

	totals->round++;
	for (i = 0; i < table->n_services; i++) {
		const struct kvip_service *service = &table->services[i];

		if (service->rejects || service->drops_no_local ||
		    service->drops_ranges)
			take(totals, service);
	}
	forget_gone(totals);
	totals->begun = true;
}

void kvip_totals_free(struct kvip_totals *totals)
{
	struct kvip_hash_link *link;

	while ((link = kvip_hash_next(&totals->seen, NULL)))
		forget(totals, (struct seen *)link);
	kvip_hash_free(&totals->seen);
	memset(totals, 0, sizeof(*totals));
}
