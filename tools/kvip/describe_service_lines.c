// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "describe_service_lines.h"
#include "rows_cells.h"

/* Blanks behind the longest key. */
#define PADDING 2

void kvip_lines_take(struct kvip_lines *lines, const char *key, char *value)
{
	struct kvip_line *line;

	lines->lines = kvip_grow(lines->lines, lines->n, sizeof(*lines->lines));
	line = &lines->lines[lines->n++];
	line->key = key;
	line->value = kvip_printable(value);
	free(value);
}

void kvip_lines_add(struct kvip_lines *lines, const char *key, const char *fmt,
		    ...)
{
	va_list args;
	char *value;

	va_start(args, fmt);
	if (vasprintf(&value, fmt, args) < 0) {
		fputs("kvip: out of memory\n", stderr);
		exit(1);
	}
	va_end(args);
	kvip_lines_take(lines, key, value);
}

void kvip_lines_print(struct kvip_lines *lines, FILE *to)
{
	size_t i, widest = 0;

	for (i = 0; i < lines->n; i++)
		if (widest < strlen(lines->lines[i].key))
			widest = strlen(lines->lines[i].key);
	for (i = 0; i < lines->n; i++) {
		fprintf(to, "%-*s%s\n", (int)(widest + PADDING),
			lines->lines[i].key, lines->lines[i].value);
		free(lines->lines[i].value);
	}
	free(lines->lines);
	memset(lines, 0, sizeof(*lines));
}
