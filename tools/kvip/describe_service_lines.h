/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lines of "Key: value", with the values below each other. */
#ifndef KVIP_DESCRIBE_SERVICE_LINES_H
#define KVIP_DESCRIBE_SERVICE_LINES_H

#include <stddef.h>
#include <stdio.h>

struct kvip_line {
	const char *key; /* "Name:", not copied; "" goes on with the one above */
	char *value;
};

struct kvip_lines {
	struct kvip_line *lines;
	size_t n;
};

/* kvip_lines_add() - one more; what could drive a terminal becomes '?' */
void kvip_lines_add(struct kvip_lines *lines, const char *key, const char *fmt,
		    ...) __attribute__((format(printf, 3, 4)));

/* kvip_lines_take() - the same with a value that is free()d */
void kvip_lines_take(struct kvip_lines *lines, const char *key, char *value);

/* kvip_lines_print() - print and forget them */
void kvip_lines_print(struct kvip_lines *lines, FILE *to);

#endif /* KVIP_DESCRIBE_SERVICE_LINES_H */
