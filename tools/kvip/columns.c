// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "alloc.h"
#include "columns.h"

void kvip_columns_init(struct kvip_columns *columns, size_t width)
{
	memset(columns, 0, sizeof(*columns));
	columns->width = width;
}

void kvip_columns_add(struct kvip_columns *columns, const char *fmt, ...)
{
	char *cell;
	va_list args;

	va_start(args, fmt);
	if (vasprintf(&cell, fmt, args) < 0) {
		fputs("kvip: out of memory\n", stderr);
		exit(1);
	}
	va_end(args);
	columns->cells = kvip_grow(columns->cells, columns->n_cells,
				   sizeof(*columns->cells));
	columns->cells[columns->n_cells++] = cell;
}

void kvip_columns_free(struct kvip_columns *columns)
{
	size_t i;

	for (i = 0; i < columns->n_cells; i++)
		free(columns->cells[i]);
	free(columns->cells);
	kvip_columns_init(columns, columns->width);
}

void kvip_columns_print(struct kvip_columns *columns)
{
	size_t *widest = kvip_alloc(columns->width * sizeof(*widest));
	size_t i;

	for (i = 0; i < columns->n_cells; i++) {
		size_t len = strlen(columns->cells[i]);

		if (widest[i % columns->width] < len)
			widest[i % columns->width] = len;
	}
	for (i = 0; i < columns->n_cells; i++) {
		size_t column = i % columns->width;

		if (!i)
			fputs(kvip_bold(), stdout);
		if (column + 1 < columns->width) {
			printf("%-*s  ", (int)widest[column],
			       columns->cells[i]);
		} else {
			fputs(columns->cells[i], stdout);
			if (i + 1 == columns->width)
				fputs(kvip_plain(), stdout);
			putchar('\n');
		}
	}
	free(widest);
	kvip_columns_free(columns);
}

/* See https://no-color.org for NO_COLOR. */
static bool on_terminal(void)
{
	const char *no = getenv("NO_COLOR"), *term = getenv("TERM");

	return isatty(STDOUT_FILENO) && !(no && *no) && term &&
	       strcmp(term, "dumb");
}

const char *kvip_bold(void)
{
	return on_terminal() ? "\033[1m" : "";
}

const char *kvip_plain(void)
{
	return on_terminal() ? "\033[0m" : "";
}

const char *kvip_colour(char colour)
{
	if (!on_terminal())
		return "";
	switch (colour) {
	case 'r':
		return "\033[31m";
	case 'g':
		return "\033[32m";
	default:
		return "\033[33m";
	}
}
