/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What document.c and its two readers share; of no use to others. */
#ifndef KVIP_LIB_READER_H
#define KVIP_LIB_READER_H

#include "document.h"

/* A text that is being read. */
struct kvip_reader {
	const char *file;
	const char *text; /* without a byte order mark */
	size_t len;
	kvip_object_fn fn;
	kvip_list_fn list_fn; /* or NULL */
	void *ctx;
	struct kvip_err *err;
	size_t n_objects; /* handed out so far, and empty lists */
	size_t n_counted; /* bytes of text that ... */
	unsigned long n_lines; /* ... hold as many line ends */
};

/* The kind of a list, for items that have none. NULL: not known (yet). */
struct kvip_list_kind {
	const char *kind;
	const char *version;
};

/* kvip_json_read() - hand out what a JSON text holds; 0 or -1 */
int kvip_json_read(struct kvip_reader *reader);

/* kvip_yaml_read() - hand out what a YAML text holds; 0 or -1 */
int kvip_yaml_read(struct kvip_reader *reader);

/**
 * kvip_reader_emit() - hand out an object
 * @reader: whose
 * @object: whatever was read, checked here to be a Kubernetes object; NULL is
 *	null
 * @list: the kind of the list that it is in; NULL: it is in none
 * @line: where it begins, from 1
 *
 * Return: 0 or -1.
 */
int kvip_reader_emit(struct kvip_reader *reader, struct json_object *object,
		     const struct kvip_list_kind *list, unsigned long line);

/**
 * kvip_reader_end_list() - the end of a list, after its last item
 * @reader: whose
 * @list: the list without its items
 * @line: where it begins
 *
 * Return: 0, or -1 if it is no Kubernetes list.
 */
int kvip_reader_end_list(struct kvip_reader *reader, struct json_object *list,
			 unsigned long line);

/* kvip_reader_list_kind() - the kind of a list, as far as it is there */
struct kvip_list_kind kvip_reader_list_kind(struct json_object *list);

/* kvip_reader_line() - the line of an offset; fast if offsets grow */
unsigned long kvip_reader_line(struct kvip_reader *reader, size_t offset);

/* kvip_reader_fail() - an error at an offset: "FILE:LINE:COLUMN: "; -1 */
int kvip_reader_fail(struct kvip_reader *reader, size_t offset, const char *fmt,
		     ...) __attribute__((format(printf, 3, 4)));

#endif /* KVIP_LIB_READER_H */
