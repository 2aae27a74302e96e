/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What must change for one table to become another. */
#ifndef KVIP_LIB_DIFF_H
#define KVIP_LIB_DIFF_H

#include <stddef.h>

struct kvip_service;
struct kvip_table;

/* One service that changes; it came if @have is NULL, and goes if @want is. */
struct kvip_diff_item {
	const struct kvip_service *have;
	const struct kvip_service *want;
};

struct kvip_diff {
	struct kvip_diff_item *items; /* in the order of kvip_service_cmp() */
	size_t n_items;
	size_t n_added;
	size_t n_changed;
	size_t n_removed;
};

/**
 * kvip_diff_make() - compare two tables
 * @have: sorted; must live as long as @diff
 * @want: sorted; must live as long as @diff
 * @diff: filled in; free with kvip_diff_free()
 */
void kvip_diff_make(const struct kvip_table *have,
		    const struct kvip_table *want, struct kvip_diff *diff);

/* kvip_diff_free() - give back what kvip_diff_make() took */
void kvip_diff_free(struct kvip_diff *diff);

#endif /* KVIP_LIB_DIFF_H */
