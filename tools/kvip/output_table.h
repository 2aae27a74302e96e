/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Objects as rows of a table that lines up as kubectl's does. */
#ifndef KVIP_OUTPUT_TABLE_H
#define KVIP_OUTPUT_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "rows.h"

/* The most columns of a table. */
#define KVIP_TABLE_MAX (KVIP_CELLS_MAX + 2)

/**
 * struct kvip_table_look - which columns and headings there are
 * @wide: all columns of the kind
 * @ns: the namespace before them, for kinds that have one
 * @kind: names with their kind: "service/web"
 * @labels: labels behind them
 * @no_headers: no line of headings
 */
struct kvip_table_look {
	bool wide;
	bool ns;
	bool kind;
	bool labels;
	bool no_headers;
};

struct kvip_output_table {
	FILE *to;
	struct kvip_table_look look;
	const struct kvip_rows *rows; /* NULL: none so far */
	char **cells; /* row by row, what is not printed yet */
	size_t n_cells;
	size_t widths[KVIP_TABLE_MAX]; /* the widest so far */
	bool headed; /* headings were printed */
	bool printed; /* anything was, ever */
};

/* kvip_output_table_init() - to @to, empty */
void kvip_output_table_init(struct kvip_output_table *table, FILE *to,
			    const struct kvip_table_look *look);

/* kvip_output_table_kind() - what follows is of this kind: a table of its own */
void kvip_output_table_kind(struct kvip_output_table *table,
			    const struct kvip_rows *rows);

/* kvip_output_table_add() - a row, printed by the next flush; as of time @now */
void kvip_output_table_add(struct kvip_output_table *table,
			   struct json_object *object, double now);

/* kvip_output_table_flush() - print rows that wait. Columns never get narrower,
 * so that what a watch adds lines up with what stands above, if it is no wider
 */
void kvip_output_table_flush(struct kvip_output_table *table);

/* kvip_output_table_free() - forget rows that wait */
void kvip_output_table_free(struct kvip_output_table *table);

#endif /* KVIP_OUTPUT_TABLE_H */
