/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How long to wait before something is tried again. Pure: the time comes from
 * the caller, and the same seed gives the same waits.
 */
#ifndef KVIP_API_BACKOFF_H
#define KVIP_API_BACKOFF_H

#include <stdint.h>

/* Seconds of the first wait and of the longest one, jitter aside. */
#define KVIP_BACKOFF_FIRST 1.0
#define KVIP_BACKOFF_MOST 30.0

/*
 * Seconds without a failure after which the next one is a first one again. A
 * minute: one failure a minute is a load to nobody, and waiting long for a server
 * that has been well for so long would only leave us behind.
 */
#define KVIP_BACKOFF_FORGET 60.0

/**
 * struct kvip_backoff - the failures so far
 * @scale: all times are multiplied by it
 * @delay: the wait before jitter after the next failure
 * @until: when the last wait ends; seconds
 * @random: state of the generator of jitter
 */
struct kvip_backoff {
	double scale;
	double delay;
	double until;
	uint16_t random[3];
};

/**
 * kvip_backoff_init() - no failure yet
 * @backoff: filled in; nothing to free
 * @seed: of the jitter: nodes that lose a server at the same time should not
 *	come back at the same time
 * @scale: of all times; 1 outside of tests
 */
void kvip_backoff_init(struct kvip_backoff *backoff, uint64_t seed,
		       double scale);

/**
 * kvip_backoff_next() - it failed
 * @backoff: as kvip_backoff_init() or this left it
 * @now: seconds of a clock that does not jump
 *
 * Waits double from %KVIP_BACKOFF_FIRST to %KVIP_BACKOFF_MOST, and each is made
 * shorter by up to a half, at random.
 *
 * Return: seconds to wait.
 */
double kvip_backoff_next(struct kvip_backoff *backoff, double now);

/* kvip_backoff_random() - evenly from @low up to @high, not included; unscaled */
double kvip_backoff_random(struct kvip_backoff *backoff, double low,
			   double high);

#endif /* KVIP_API_BACKOFF_H */
