// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "object.h"
#include "output_table.h"
#include "utf8.h"

/* Blanks behind the widest cell of a column, and the least of it with them. */
#define PADDING 3
#define LEAST 6

void kvip_output_table_init(struct kvip_output_table *table, FILE *to,
			    const struct kvip_table_look *look)
{
	memset(table, 0, sizeof(*table));
	table->to = to;
	table->look = *look;
}

void kvip_output_table_free(struct kvip_output_table *table)
{
	while (table->n_cells)
		free(table->cells[--table->n_cells]);
	free(table->cells);
	table->cells = NULL;
}

static bool shows_ns(const struct kvip_output_table *table)
{
	return table->look.ns && table->rows->namespaced;
}

/* Characters, of which each takes one place. */
static size_t measure(const char *text)
{
	size_t n = 0;

	for (; *text; text++)
		n += (*text & 0xc0) != 0x80;
	return n;
}

static void add_cell(struct kvip_output_table *table, const char *text)
{
	table->cells =
		kvip_grow(table->cells, table->n_cells, sizeof(*table->cells));
	table->cells[table->n_cells++] = kvip_printable(text);
}

static char *make_name(const struct kvip_output_table *table, char *name)
{
	char *whole;

	if (!table->look.kind)
		return name;
	if (asprintf(&whole, "%s/%s", table->rows->name, name) < 0)
		abort();
	free(name);
	return whole;
}

static void add_labels(struct kvip_output_table *table,
		       struct json_object *object)
{
	char *text = kvip_labels_text(kvip_object_member(
		kvip_object_member(object, "metadata"), "labels"));

	add_cell(table, text);
	free(text);
}

void kvip_output_table_add(struct kvip_output_table *table,
			   struct json_object *object, double now)
{
	struct kvip_cells row = {};
	unsigned int i, n = table->rows->narrow;

	table->rows->fill(&row, object, now);
	row.text[0] = make_name(table, row.text[0]);
	if (table->look.wide)
		n = row.n;
	if (shows_ns(table))
		add_cell(table, kvip_object_ns(object));
	for (i = 0; i < n; i++)
		add_cell(table, row.text[i]);
	if (table->look.labels)
		add_labels(table, object);
	kvip_cells_free(&row);
}

/* What stands above the columns; returns how many there are. */
static unsigned int list_headings(const struct kvip_output_table *table,
				  const char *headings[KVIP_TABLE_MAX])
{
	const char *const *columns = table->rows->columns;
	unsigned int i, n = 0;

	if (shows_ns(table))
		headings[n++] = "NAMESPACE";
	for (i = 0; columns[i]; i++)
		if (table->look.wide || i < table->rows->narrow)
			headings[n++] = columns[i];
	if (table->look.labels)
		headings[n++] = "LABELS";
	return n;
}

void kvip_output_table_kind(struct kvip_output_table *table,
			    const struct kvip_rows *rows)
{
	kvip_output_table_flush(table);
	table->rows = rows;
	table->headed = false;
	memset(table->widths, 0, sizeof(table->widths));
}

static void widen(struct kvip_output_table *table, const char *const *cells,
		  unsigned int n)
{
	unsigned int i;

	for (i = 0; i < n; i++) {
		size_t wanted = measure(cells[i]) + PADDING;

		if (wanted < LEAST)
			wanted = LEAST;
		if (table->widths[i] < wanted)
			table->widths[i] = wanted;
	}
}

static void print_line(const struct kvip_output_table *table,
		       const char *const *cells, unsigned int n)
{
	unsigned int i;

	for (i = 0; i + 1 < n; i++)
		fprintf(table->to, "%s%*s", cells[i],
			(int)(table->widths[i] - measure(cells[i])), "");
	fprintf(table->to, "%s\n", cells[i]);
}

void kvip_output_table_flush(struct kvip_output_table *table)
{
	const char *const *cells = (const char *const *)table->cells;
	bool headed = table->headed || table->look.no_headers;
	const char *headings[KVIP_TABLE_MAX];
	unsigned int n;
	size_t i;

	if (!table->n_cells)
		return;
	n = list_headings(table, headings);
	if (!headed)
		widen(table, headings, n);
	for (i = 0; i < table->n_cells; i += n)
		widen(table, cells + i, n);
	if (!headed && table->printed)
		putc('\n', table->to);
	if (!headed)
		print_line(table, headings, n);
	for (i = 0; i < table->n_cells; i += n)
		print_line(table, cells + i, n);
	table->headed = true;
	table->printed = true;
	kvip_output_table_free(table);
}
