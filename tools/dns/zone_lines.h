/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lines of a zone file as they come, and sorted once all are there. */
#ifndef KVIP_DNS_ZONE_LINES_H
#define KVIP_DNS_ZONE_LINES_H

#include <stdbool.h>
#include <stddef.h>

/**
 * struct kvip_zone_lines - lines; {} has none
 * @text: of them, each with a NUL behind it
 * @len: bytes of it
 * @room: bytes that fit
 * @starts: where each begins
 * @n: how many
 * @n_room: how many fit
 */
struct kvip_zone_lines {
	char *text;
	size_t len;
	size_t room;
	size_t *starts;
	size_t n;
	size_t n_room;
};

/* kvip_zone_lines_add() - a record: its owner, what stands behind it */
void kvip_zone_lines_add(struct kvip_zone_lines *lines, const char *owner,
			 const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* kvip_zone_lines_owns() - whether there is a record of that owner */
bool kvip_zone_lines_owns(const struct kvip_zone_lines *lines,
			  const char *owner);

/**
 * kvip_zone_lines_take() - all of them, sorted, each once, with ends of lines
 * @lines: has none after it
 * @len: out: bytes
 * @n: out: lines
 *
 * Return: free() it.
 */
char *kvip_zone_lines_take(struct kvip_zone_lines *lines, size_t *len,
			   size_t *n);

#endif /* KVIP_DNS_ZONE_LINES_H */
