/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The file that an object is edited in. */
#ifndef KVIP_EDIT_FILE_H
#define KVIP_EDIT_FILE_H

#include <stdbool.h>

#include "err.h"

struct json_object;

/**
 * kvip_edit_text() - what an editor is given
 * @object: in YAML; NULL: @text instead
 * @text: edited before, of which the comments at its head are left out
 * @reason: why it is given again; NULL: it is not
 *
 * Return: free() it.
 */
char *kvip_edit_text(struct json_object *object, const char *text,
		     const char *reason);

/* kvip_edit_is_empty() - whether there is nothing but blanks and comments */
bool kvip_edit_is_empty(const char *text);

/* kvip_edit_body() - @text behind the comments at its head */
const char *kvip_edit_body(const char *text);

/**
 * kvip_edit_parse() - the object that a text is
 * @text: JSON or YAML
 * @err: what is wrong with it; it has to be one object
 *
 * Return: json_object_put() it; or NULL.
 */
struct json_object *kvip_edit_parse(const char *text, struct kvip_err *err);

/**
 * kvip_edit_write() - put a text into a new file that nobody else may read
 * @text: the text
 * @err: why not
 *
 * Return: the file's path, for free(); or NULL.
 */
char *kvip_edit_write(const char *text, struct kvip_err *err);

/* kvip_edit_read() - all of a file, for free(); or NULL */
char *kvip_edit_read(const char *path, struct kvip_err *err);

/**
 * kvip_edit_run() - let somebody edit a file
 * @path: the file
 * @err: 'there was a problem with the editor "vi"'
 *
 * The editor is $KUBE_EDITOR, $EDITOR or vi, as a shell understands it.
 *
 * Return: 0 or -1.
 */
int kvip_edit_run(const char *path, struct kvip_err *err);

#endif /* KVIP_EDIT_FILE_H */
