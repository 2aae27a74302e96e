/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Sums over all Services that only grow. The kernel counts for each, and forgets
 * with the Service what it counted: a plain sum would fall, and whoever takes it
 * for a counter would see a burst of everything that is left. Pure.
 */
#ifndef KVIPD_TOTALS_H
#define KVIPD_TOTALS_H

#include <stdbool.h>
#include <stdint.h>

#include "hash.h"
#include "table.h"

/* One of zeros has seen nothing yet. */
struct kvip_totals {
	uint64_t rejects;
	uint64_t drops_no_local;
	uint64_t drops_ranges;

	/* private: */
	struct kvip_hash seen;
	bool begun;
	uint64_t round;
};

/**
 * kvip_totals_take() - add what was counted since the last time
 * @totals: the sums
 * @table: read from the kernel
 *
 * What the first table holds is where counting begins. What a Service counted
 * between the last look at it and its end is lost.
 */
void kvip_totals_take(struct kvip_totals *totals,
		      const struct kvip_table *table);

/* kvip_totals_free() - give back everything; the totals are zeros again */
void kvip_totals_free(struct kvip_totals *totals);

#endif /* KVIPD_TOTALS_H */
