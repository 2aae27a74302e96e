// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdlib.h>

#include "backoff.h"

void kvip_backoff_init(struct kvip_backoff *backoff, uint64_t seed,
		       double scale)
{
	*backoff = (struct kvip_backoff){
		.scale = scale,
		.delay = KVIP_BACKOFF_FIRST,
		.random = { (uint16_t)seed, (uint16_t)(seed >> 16),
			    (uint16_t)(seed >> 32) },
	};
}

double kvip_backoff_random(struct kvip_backoff *backoff, double low,
			   double high)
{
	return low + erand48(backoff->random) * (high - low);
}

double kvip_backoff_next(struct kvip_backoff *backoff, double now)
{
	double delay;

	if (now - backoff->until >= KVIP_BACKOFF_FORGET * backoff->scale)
		backoff->delay = KVIP_BACKOFF_FIRST;
	delay = backoff->delay * backoff->scale;
	delay = kvip_backoff_random(backoff, delay / 2, delay);
	backoff->until = now + delay;
	backoff->delay *= 2;
	if (backoff->delay > KVIP_BACKOFF_MOST)
		backoff->delay = KVIP_BACKOFF_MOST;
	return delay;
}
