/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The cells of a row, and lists within a cell. */
#ifndef KVIP_ROWS_CELLS_H
#define KVIP_ROWS_CELLS_H

#include <stddef.h>

struct json_object;

/* The most columns that a kind has. */
#define KVIP_CELLS_MAX 12

struct kvip_cells {
	char *text[KVIP_CELLS_MAX];
	unsigned int n;
};

/* kvip_cells_add() - the next cell, a copy; kvip_cells_take(): the text itself */
void kvip_cells_add(struct kvip_cells *row, const char *text);
void kvip_cells_take(struct kvip_cells *row, char *text);
void kvip_cells_printf(struct kvip_cells *row, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* kvip_cells_age() - how long ago an object was made, "<unknown>" if nobody says */
void kvip_cells_age(struct kvip_cells *row, struct json_object *object,
		    double now);

/* kvip_cells_free() - forget the cells; the row can be used again */
void kvip_cells_free(struct kvip_cells *row);

/* Words with commas between them. */
struct kvip_join {
	char *text; /* NULL: none so far */
	size_t len;
	unsigned int n;
	unsigned int max; /* this many are told, others counted; 0: all */
};

/* kvip_join_add() - one more */
void kvip_join_add(struct kvip_join *join, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* kvip_join_text() - "a,b,c + 2 more...", or @none; free() it; @join is empty */
char *kvip_join_text(struct kvip_join *join, const char *none);

/* kvip_labels_text() - a map of strings as "a=1,b=2", or "<none>"; free() it */
char *kvip_labels_text(struct json_object *map);

/* kvip_text_of() - a string or number as text, or @none; borrowed of @value */
const char *kvip_text_of(struct json_object *value, const char *none);

/* kvip_count_of() - the elements of an array; anything else has none */
size_t kvip_count_of(struct json_object *array);

/* kvip_printable() - a copy with '?' for what could drive a terminal: names may
 * come from a server that means no good; free() it
 */
char *kvip_printable(const char *text);

#endif /* KVIP_ROWS_CELLS_H */
