/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Objects as people asked to see them: a table, JSON, YAML, names. */
#ifndef KVIP_OUTPUT_H
#define KVIP_OUTPUT_H

#include <stdbool.h>
#include <stdio.h>

#include "output_table.h"

struct json_object;
struct kvip_yaml_writer;

enum kvip_output_format {
	KVIP_OUTPUT_TABLE,
	KVIP_OUTPUT_WIDE,
	KVIP_OUTPUT_JSON,
	KVIP_OUTPUT_YAML,
	KVIP_OUTPUT_NAME,
};

/**
 * struct kvip_output - where objects go
 * @format: how
 * @list: JSON and YAML come as one List; else as one object after the other
 * @n: objects so far
 */
struct kvip_output {
	FILE *to;
	enum kvip_output_format format;
	bool list;
	size_t n;
	const struct kvip_rows *rows;
	struct kvip_output_table table;
	struct kvip_yaml_writer *yaml;
};

/* kvip_output_format() - by -o's word: "wide", "json", ...; whether it is one */
bool kvip_output_format(const char *word, enum kvip_output_format *format);

/**
 * kvip_output_begin() - be ready
 * @output: filled in
 * @to: where to
 * @format: how
 * @list: JSON and YAML as one List
 * @look: of a table, but for its width, which @format tells
 */
void kvip_output_begin(struct kvip_output *output, FILE *to,
		       enum kvip_output_format format, bool list,
		       const struct kvip_table_look *look);

/* kvip_output_kind() - what follows is of this kind */
void kvip_output_kind(struct kvip_output *output, const struct kvip_rows *rows);

/* kvip_output_add() - an object, which has kind and apiVersion; ages as of @now.
 * metadata.managedFields is left out
 */
void kvip_output_add(struct kvip_output *output, struct json_object *object,
		     double now);

/* kvip_output_flush() - all that was added is with stdio then */
void kvip_output_flush(struct kvip_output *output);

/* kvip_output_end() - the end of it all; flushed and forgotten */
void kvip_output_end(struct kvip_output *output);

/* kvip_output_drop() - forget it in the middle of something */
void kvip_output_drop(struct kvip_output *output);

/* kvip_output_none() - on stderr, that there is nothing; @ns NULL: anywhere */
void kvip_output_none(const char *ns);

#endif /* KVIP_OUTPUT_H */
