/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Times as Kubernetes writes them: RFC 3339. */
#ifndef KVIP_LIB_TIMESTAMP_H
#define KVIP_LIB_TIMESTAMP_H

#include <stdbool.h>

/* The longest text of kvip_timestamp_text(), with its end. */
#define KVIP_TIMESTAMP_LEN 32

/**
 * kvip_timestamp_parse() - read a time
 * @text: "2026-11-24T06:33:27Z", with a fraction of any length or without, with
 *	an offset such as +01:00 or Z
 * @seconds: out: Unix time, on success
 *
 * Return: whether it is one.
 */
bool kvip_timestamp_parse(const char *text, double *seconds);

/**
 * kvip_timestamp_text() - write a time
 * @seconds: Unix time
 * @text: filled in: "2026-11-24T06:33:27.123456Z", in UTC
 *
 * Return: @text.
 */
char *kvip_timestamp_text(double seconds, char text[KVIP_TIMESTAMP_LEN]);

#endif /* KVIP_LIB_TIMESTAMP_H */
