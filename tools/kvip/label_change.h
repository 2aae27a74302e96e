/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What kvip label does to an object. Pure. */
#ifndef KVIP_LABEL_CHANGE_H
#define KVIP_LABEL_CHANGE_H

#include <stdbool.h>
#include <stddef.h>

#include "err.h"

struct json_object;

/**
 * struct kvip_label_change - the changes
 * @set: object: values by label
 * @remove: array of labels
 * @overwrite: a label that is there already may get another value
 */
struct kvip_label_change {
	struct json_object *set;
	struct json_object *remove;
	bool overwrite;
};

/**
 * kvip_label_change_parse() - read them
 * @change: filled in; kvip_label_change_free() it, after an error too
 * @words: "KEY=VALUE" or "KEY-"
 * @n: how many
 * @err: "invalid label value: ..."
 *
 * Return: 0 or -1.
 */
int kvip_label_change_parse(struct kvip_label_change *change, char **words,
			    size_t n, struct kvip_err *err);

/**
 * kvip_label_change_apply() - make them
 * @change: what to do
 * @object: changed
 * @verb: out: "labeled", "unlabeled" or "not labeled"
 * @err: "'app' already has a value (web), and --overwrite is false"
 *
 * Return: 0 or -1.
 */
int kvip_label_change_apply(const struct kvip_label_change *change,
			    struct json_object *object, const char **verb,
			    struct kvip_err *err);

/* kvip_label_change_free() - give back what it has */
void kvip_label_change_free(struct kvip_label_change *change);

#endif /* KVIP_LABEL_CHANGE_H */
