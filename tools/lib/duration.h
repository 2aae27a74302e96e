/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Durations as Go writes them, and with it all of Kubernetes: 1m30s, 100ms. */
#ifndef KVIP_LIB_DURATION_H
#define KVIP_LIB_DURATION_H

#include <stdbool.h>

/* The longest text of kvip_duration_text(), with its end. */
#define KVIP_DURATION_LEN 32

/**
 * kvip_duration_parse() - read a duration
 * @text: numbers with units, the greatest first or not: h, m, s, ms, us, ns;
 *	fractions are understood (1.5h), and 0 needs no unit; no blanks, no sign
 * @seconds: filled in on success
 *
 * Return: whether @text is a duration, of 292 years at most, as Go's are.
 */
bool kvip_duration_parse(const char *text, double *seconds);

/* kvip_duration_text() - "1m30s", "1ms", "0s"; down to ns; returns @buf */
const char *kvip_duration_text(double seconds, char buf[KVIP_DURATION_LEN]);

#endif /* KVIP_LIB_DURATION_H */
