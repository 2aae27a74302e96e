// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "diff.h"
#include "table.h"

static void add(struct kvip_diff *diff, const struct kvip_service *have,
		const struct kvip_service *want)
{
	struct kvip_diff_item *item;

	diff->items =
		kvip_grow(diff->items, diff->n_items, sizeof(*diff->items));
	item = &diff->items[diff->n_items++];
	item->have = have;
	item->want = want;
	if (!have)
		diff->n_added++;
	else if (!want)
		diff->n_removed++;
	else
		diff->n_changed++;
}

void kvip_diff_make(const struct kvip_table *have,
		    const struct kvip_table *want, struct kvip_diff *diff)
{
	size_t i = 0, j = 0;

	memset(diff, 0, sizeof(*diff));
	while (i < have->n_services || j < want->n_services) {
		const struct kvip_service *a = NULL, *b = NULL;
		int order;

		if (i < have->n_services)
			a = &have->services[i];
		if (j < want->n_services)
			b = &want->services[j];
		order = !a ? 1 : !b ? -1 : kvip_service_cmp(a, b);
		if (order < 0) {
			add(diff, a, NULL);
			i++;
		} else if (order > 0) {
			add(diff, NULL, b);
			j++;
		} else {
			if (!kvip_service_same(a, b))
				add(diff, a, b);
			i++;
			j++;
		}
	}
}

void kvip_diff_free(struct kvip_diff *diff)
{
	free(diff->items);
	memset(diff, 0, sizeof(*diff));
}
