// SPDX-License-Identifier: GPL-2.0-or-later
#include <time.h>

#include "clock.h"

static double read_clock(clockid_t id)
{
	struct timespec now;

	clock_gettime(id, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

double kvip_clock_monotonic(void)
{
	return read_clock(CLOCK_MONOTONIC);
}

double kvip_clock_unix(void)
{
	return read_clock(CLOCK_REALTIME);
}

struct timeval kvip_clock_interval(double seconds)
{
	struct timeval interval = {};

	if (seconds > 0) {
		interval.tv_sec = (time_t)seconds;
		interval.tv_usec =
			(suseconds_t)((seconds - (double)interval.tv_sec) *
				      1e6);
	}
	return interval;
}
