/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Times in seconds. */
#ifndef KVIP_LIB_CLOCK_H
#define KVIP_LIB_CLOCK_H

#include <sys/time.h>

/* kvip_clock_monotonic() - of CLOCK_MONOTONIC, to measure by */
double kvip_clock_monotonic(void);

/* kvip_clock_unix() - Unix time, to tell others */
double kvip_clock_unix(void);

/* kvip_clock_interval() - @seconds for a timer; what is negative is none */
struct timeval kvip_clock_interval(double seconds);

#endif /* KVIP_LIB_CLOCK_H */
