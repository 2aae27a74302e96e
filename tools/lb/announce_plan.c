// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdlib.h>

#include "announce_plan.h"

static int compare(const void *a, const void *b)
{
	const struct kvip_placed *x = a, *y = b;
	int ret = kvip_addr_cmp(&x->addr, &y->addr);

	if (ret)
		return ret;
	return (x->index > y->index) - (x->index < y->index);
}

/* The first that is not before @addr on @index. */
static size_t find(const struct kvip_placed *placed, size_t n,
		   const struct kvip_announce_want *want)
{
	const struct kvip_placed key = {
		.addr = want->addr,
		.index = want->index,
	};
	size_t low = 0, high = n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (compare(&placed[middle], &key) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static bool is_whole(const struct kvip_placed *placed)
{
	return placed->length == kvip_addr_bytes(placed->addr.family) * 8;
}

/* What it takes for @want, of which @placed is ours. */
static enum kvip_announce_step step_of(const struct kvip_announce_want *want,
				       const struct kvip_placed *placed)
{
	if (want->only_kept)
		return placed->seconds == KVIP_PLACED_FOR_GOOD ?
			       KVIP_STEP_ABSENT :
			       KVIP_STEP_NONE;
	if (want->seconds == KVIP_PLACED_FOR_GOOD ||
	    placed->seconds == KVIP_PLACED_FOR_GOOD)
		return want->seconds == placed->seconds ? KVIP_STEP_NONE :
							  KVIP_STEP_RENEW;
	return placed->seconds < want->seconds ? KVIP_STEP_RENEW :
						 KVIP_STEP_NONE;
}

static void plan_one(struct kvip_announce_want *want,
		     const struct kvip_placed *placed, size_t n, bool *remove)
{
	size_t i;

	want->step = want->only_kept ? KVIP_STEP_ABSENT : KVIP_STEP_ADD;
	for (i = find(placed, n, want);
	     i < n && !kvip_addr_cmp(&placed[i].addr, &want->addr) &&
	     placed[i].index == want->index;
	     i++) {
		if (!placed[i].ours) {
			want->step = KVIP_STEP_FOREIGN;
		} else if (is_whole(&placed[i])) {
			want->step = step_of(want, &placed[i]);
			remove[i] = want->step == KVIP_STEP_ABSENT;
			return;
		}
	}
}

void kvip_announce_plan(struct kvip_announce_want *want, size_t n,
			struct kvip_placed *placed, size_t n_placed,
			bool *remove)
{
	size_t i;

	if (n_placed)
		qsort(placed, n_placed, sizeof(*placed), compare);
	for (i = 0; i < n_placed; i++)
		remove[i] = placed[i].ours;
	for (i = 0; i < n; i++)
		plan_one(&want[i], placed, n_placed, remove);
}
