/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the API server does with every object's metadata. */
#ifndef KVIP_STORE_METADATA_H
#define KVIP_STORE_METADATA_H

#include <stddef.h>

#include "err.h"
#include "kinds.h"

struct json_object;

/* The longest of kvip_metadata_title(), with its end. */
#define KVIP_TITLE_LEN 400

/* The longest of kvip_metadata_word(), with its end. */
#define KVIP_WORD_LEN 80

/* What generateName gets behind it, in letters of Kubernetes' own. */
#define KVIP_METADATA_SUFFIX 5

/* kvip_metadata_word() - of a kind, as "not found" has it: services,
 * deployments.apps; returns @word
 */
const char *kvip_metadata_word(enum kvip_kind kind, char word[KVIP_WORD_LEN]);

/* kvip_metadata_title() - as "is invalid" has it: Service "web"; returns @title */
const char *kvip_metadata_title(enum kvip_kind kind, struct json_object *object,
				char title[KVIP_TITLE_LEN]);

/**
 * kvip_metadata_check() - the form of metadata, and the name
 * @kind: of the object
 * @object: completed: kind, apiVersion, the namespace "default"; what only the
 *	API server writes is kept, for kvip_metadata_new() to replace
 * @err: "metadata.name: Required value: name or generateName is required"
 *
 * Return: 0 or -1.
 */
int kvip_metadata_check(enum kvip_kind kind, struct json_object *object,
			struct kvip_err *err);

/* kvip_metadata_new() - uid, creationTimestamp, generation, and a name if
 * generateName asks for one
 */
void kvip_metadata_new(enum kvip_kind kind, struct json_object *object);

/* kvip_metadata_suffix() - five random letters */
void kvip_metadata_suffix(char suffix[KVIP_METADATA_SUFFIX + 1]);

/**
 * kvip_metadata_keep() - what stays over an update
 * @kind: of the object
 * @object: the new one
 * @old: what is stored
 * @err: "Operation cannot be fulfilled on services "web": ..."
 *
 * Return: 0, or -1 if @object was made of another than @old.
 */
int kvip_metadata_keep(enum kvip_kind kind, struct json_object *object,
		       struct json_object *old, struct kvip_err *err);

/* kvip_metadata_generation() - one more if more than metadata differs; for kinds
 * that have one
 */
void kvip_metadata_generation(enum kvip_kind kind, struct json_object *object,
			      struct json_object *old);

#endif /* KVIP_STORE_METADATA_H */
