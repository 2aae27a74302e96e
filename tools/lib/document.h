/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Kubernetes objects out of files: JSON or YAML, one object, many, or lists of
 * them. What an object means is no business of this file's.
 */
#ifndef KVIP_LIB_DOCUMENT_H
#define KVIP_LIB_DOCUMENT_H

#include <stddef.h>

#include "err.h"
#include "model.h"

struct json_object;

/* How deep objects and lists may be within each other. */
#define KVIP_DOCUMENT_DEPTH 100

/**
 * typedef kvip_object_fn - take an object
 * @object: a JSON object with a "kind" and an "apiVersion" that are strings; an
 *	item of a typed list (ServiceList) has them from its list. Not the
 *	callee's: json_object_get() what should outlast the call.
 * @origin: where it is; valid during the call
 * @ctx: as given
 * @err: why the object is refused, without file and line
 *
 * Return: 0, or -1 to refuse the object and stop reading.
 */
typedef int (*kvip_object_fn)(struct json_object *object,
			      const struct kvip_origin *origin, void *ctx,
			      struct kvip_err *err);

/**
 * typedef kvip_list_fn - take what a list tells besides its items
 * @list: the list without its items, after the last of them
 * @ctx: as given
 * @err: why it is refused, without file and line
 *
 * Return: 0, or -1 to refuse the list and stop reading.
 */
typedef int (*kvip_list_fn)(struct json_object *list, void *ctx,
			    struct kvip_err *err);

/**
 * kvip_documents_read() - hand out the objects that a path holds
 * @path: a file; a directory, of which all *.json, *.yaml and *.yml files are
 *	read in the order of their names, hidden ones and subdirectories left
 *	out; or "-" for standard input
 * @fn: called with each object in turn; those before an error in the input have
 *	been handed out when the error is found
 * @ctx: for @fn
 * @err: "FILE:LINE:COLUMN: what was expected", the column in bytes from 1;
 *	"FILE:LINE: " and the words of @fn; or "FILE: " and why it can't be read
 *
 * Whether a file is JSON or YAML is told from its first character. JSON is held
 * as text and turned into objects one at a time, whatever the list that they
 * are in; so is YAML, but for items without a kind that stand before their
 * list's own kind.
 *
 * Return: 0 or -1.
 */
int kvip_documents_read(const char *path, kvip_object_fn fn, void *ctx,
			struct kvip_err *err);

/* kvip_documents_read_lists() - the same, with what lists tell to @list_fn */
int kvip_documents_read_lists(const char *path, kvip_object_fn fn,
			      kvip_list_fn list_fn, void *ctx,
			      struct kvip_err *err);

/**
 * kvip_document_parse() - hand out the objects of a text
 * @name: what errors call it
 * @text: JSON or YAML in UTF-8, not terminated
 * @len: bytes of it
 * @fn: as above, as are @ctx and @err
 *
 * Return: 0 or -1.
 */
int kvip_document_parse(const char *name, const char *text, size_t len,
			kvip_object_fn fn, void *ctx, struct kvip_err *err);

#endif /* KVIP_LIB_DOCUMENT_H */
