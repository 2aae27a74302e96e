// SPDX-License-Identifier: GPL-2.0-or-later
#include <math.h>
#include <string.h>

#include "stats.h"

/* kube-proxy's: 0.001 * 2^n */
static const double sync_bounds[] = {
	0.001, 0.002, 0.004, 0.008, 0.016, 0.032, 0.064,  0.128,
	0.256, 0.512, 1.024, 2.048, 4.096, 8.192, 16.384,
};

/*
 * kube-proxy's: 0.25 and 0.5, each second up to 59, every 5 from 60 to 115, and
 * every 30 from 120 to 300
 */
static const double programming_bounds[] = {
	0.25, 0.5, 1,	2,   3,	  4,   5,   6,	 7,   8,   9,  10, 11, 12,
	13,   14,  15,	16,  17,  18,  19,  20,	 21,  22,  23, 24, 25, 26,
	27,   28,  29,	30,  31,  32,  33,  34,	 35,  36,  37, 38, 39, 40,
	41,   42,  43,	44,  45,  46,  47,  48,	 49,  50,  51, 52, 53, 54,
	55,   56,  57,	58,  59,  60,  65,  70,	 75,  80,  85, 90, 95, 100,
	105,  110, 115, 120, 150, 180, 210, 240, 270, 300,
};

static const double event_bounds[] = {
	0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025,
	0.05,	0.1,	 0.25,	 0.5,	1,	2.5,   5,    10,
};

#define N_BOUNDS(bounds) (sizeof(bounds) / sizeof((bounds)[0]))

_Static_assert(N_BOUNDS(programming_bounds) <= KVIP_HISTOGRAM_BOUNDS,
	       "a histogram has room for its bounds");

static void set_bounds(struct kvip_histogram *histogram, const double *bounds,
		       size_t n)
{
	histogram->bounds = bounds;
	histogram->n_bounds = n;
}

void kvip_histogram_observe(struct kvip_histogram *histogram, double value)
{
	size_t i = 0;

	/* a sum that is not a number would never be one again */
	if (!isfinite(value))
		return;
	while (i < histogram->n_bounds && value > histogram->bounds[i])
		i++;
	histogram->counts[i]++;
	histogram->sum += value;
	histogram->count++;
}

void kvip_stats_init(struct kvip_stats *stats)
{
	memset(stats, 0, sizeof(*stats));
	set_bounds(&stats->sync_duration, sync_bounds, N_BOUNDS(sync_bounds));
	set_bounds(&stats->sync_full_duration, sync_bounds,
		   N_BOUNDS(sync_bounds));
	set_bounds(&stats->sync_partial_duration, sync_bounds,
		   N_BOUNDS(sync_bounds));
	set_bounds(&stats->programming_duration, programming_bounds,
		   N_BOUNDS(programming_bounds));
	set_bounds(&stats->event_duration, event_bounds,
		   N_BOUNDS(event_bounds));
}
