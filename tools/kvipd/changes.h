/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The Services that changed since the kernel was last told. Pure. */
#ifndef KVIPD_CHANGES_H
#define KVIPD_CHANGES_H

#include <stdint.h>

#include "hash.h"

/* Causes that are remembered of one Service; beyond, the oldest stays. */
#define KVIP_CHANGE_CAUSES 8

/* A Service that changed, with the times that delays are measured from. */
struct kvip_change {
	struct kvip_hash_link link;
	char *ns;
	char *name;
	double heard; /* when it was first heard of, CLOCK_MONOTONIC */
	double causes[KVIP_CHANGE_CAUSES]; /* Unix times */
	unsigned int n_causes;
};

struct kvip_changes {
	struct kvip_hash set;
};

/**
 * kvip_changes_add() - a Service changed
 * @changes: the set; one of zeros is empty
 * @ns: its namespace
 * @name: its name
 * @now: CLOCK_MONOTONIC
 *
 * Return: the change, which may have been there.
 */
struct kvip_change *kvip_changes_add(struct kvip_changes *changes,
				     const char *ns, const char *name,
				     double now);

/* kvip_change_cause() - remember what caused a change, for 0 nothing */
void kvip_change_cause(struct kvip_change *change, double cause);

/* kvip_changes_next() - walk them, in no order; @change NULL begins */
struct kvip_change *kvip_changes_next(const struct kvip_changes *changes,
				      const struct kvip_change *change);

/* kvip_changes_move() - add all of @from to @to, which leaves none in @from */
void kvip_changes_move(struct kvip_changes *to, struct kvip_changes *from);

/* kvip_changes_clear() - forget all */
void kvip_changes_clear(struct kvip_changes *changes);

#endif /* KVIPD_CHANGES_H */
