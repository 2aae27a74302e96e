/* SPDX-License-Identifier: GPL-2.0-or-later */
/* JSON as YAML, with the looks that kubectl -o yaml has. */
#ifndef KVIP_LIB_YAML_WRITER_H
#define KVIP_LIB_YAML_WRITER_H

#include <stdio.h>

struct json_object;
struct kvip_yaml_writer;

/*
 * A document is written as it is told, so that a long list need not be held:
 *
 *	kvip_yaml_writer_begin(writer);
 *	kvip_yaml_writer_open(writer, '{');
 *	kvip_yaml_writer_key(writer, "items");
 *	kvip_yaml_writer_open(writer, '[');
 *	kvip_yaml_writer_value(writer, item);
 *	...
 *	kvip_yaml_writer_close(writer, ']');
 *	kvip_yaml_writer_close(writer, '}');
 *	kvip_yaml_writer_end(writer);
 *
 * Members come out in the order of their names where a value holds them; a string
 * that could be read as anything else is quoted; what is not UTF-8 is U+FFFD.
 * Whether the file took it all, ferror() tells.
 */

/* kvip_yaml_writer_new() - to @to, without a document so far */
struct kvip_yaml_writer *kvip_yaml_writer_new(FILE *to);

/* kvip_yaml_writer_begin() - a document; "---" stands before all but the first */
void kvip_yaml_writer_begin(struct kvip_yaml_writer *writer);

/* kvip_yaml_writer_open() - a map ('{') or a list ('['), up to _close() */
void kvip_yaml_writer_open(struct kvip_yaml_writer *writer, char bracket);
void kvip_yaml_writer_close(struct kvip_yaml_writer *writer, char bracket);

/* kvip_yaml_writer_key() - the name of what comes next, within a map */
void kvip_yaml_writer_key(struct kvip_yaml_writer *writer, const char *name);

/* kvip_yaml_writer_value() - @value, whatever it is; NULL is null */
void kvip_yaml_writer_value(struct kvip_yaml_writer *writer,
			    struct json_object *value);

/* kvip_yaml_writer_end() - the end of a document, all of which is with stdio then */
void kvip_yaml_writer_end(struct kvip_yaml_writer *writer);

/* kvip_yaml_writer_free() - between documents, or in one after an error */
void kvip_yaml_writer_free(struct kvip_yaml_writer *writer);

/* kvip_yaml_write() - a value as a document of its own */
void kvip_yaml_write(FILE *to, struct json_object *value);

#endif /* KVIP_LIB_YAML_WRITER_H */
