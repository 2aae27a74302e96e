/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Sums over all Services of figures that are known of one at a time: how many
 * endpoints are left out now, ... Only Services of which a figure is not 0 take
 * memory. Pure.
 */
#ifndef KVIPD_TALLY_H
#define KVIPD_TALLY_H

#include <stdint.h>

#include "hash.h"

/* enum kvip_tally_figure - what is summed up */
enum kvip_tally_figure {
	KVIP_TALLY_CONTESTED, /* frontends that another Service has */
	KVIP_TALLY_LEFT_OUT, /* endpoints that nobody can reach */
	KVIP_TALLY_NO_LOCAL_INTERNAL, /* ports with policy Local, none here */
	KVIP_TALLY_NO_LOCAL_EXTERNAL,

	KVIP_TALLY_FIGURES
};

struct kvip_tally {
	struct kvip_hash entries;
	uint64_t sums[KVIP_TALLY_FIGURES];
};

/* kvip_tally_set() - a Service's figures from now on; zeros forget it */
void kvip_tally_set(struct kvip_tally *tally, const char *ns, const char *name,
		    const uint64_t figures[KVIP_TALLY_FIGURES]);

/* kvip_tally_clear() - forget all; a struct of zeros is empty */
void kvip_tally_clear(struct kvip_tally *tally);

#endif /* KVIPD_TALLY_H */
