/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Text in columns that line up. */
#ifndef KVIP_COLUMNS_H
#define KVIP_COLUMNS_H

#include <stddef.h>

struct kvip_columns {
	size_t width; /* cells of a row */
	char **cells;
	size_t n_cells;
};

/* kvip_columns_init() - a table of @width columns; the first row is a heading */
void kvip_columns_init(struct kvip_columns *columns, size_t width);

/* kvip_columns_add() - the next cell, row by row */
void kvip_columns_add(struct kvip_columns *columns, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* kvip_columns_free() - forget it */
void kvip_columns_free(struct kvip_columns *columns);

/* kvip_columns_print() - to standard output, and forget it */
void kvip_columns_print(struct kvip_columns *columns);

/* kvip_bold() - how bold text begins, or "" where standard output is no terminal */
const char *kvip_bold(void);

/* kvip_plain() - how bold or coloured text ends, likewise */
const char *kvip_plain(void);

/* kvip_colour() - how text in @colour ('r', 'g', 'y') begins, likewise */
const char *kvip_colour(char colour);

#endif /* KVIP_COLUMNS_H */
