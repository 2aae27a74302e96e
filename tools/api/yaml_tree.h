/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One YAML or JSON document of any kind. What the library reads are Kubernetes
 * objects, each with its kind; a kubeconfig may lack it.
 */
#ifndef KVIP_API_YAML_TREE_H
#define KVIP_API_YAML_TREE_H

#include <stddef.h>

#include "err.h"

struct json_object;

/* How deep mappings and lists may be within each other. */
#define KVIP_YAML_DEPTH 100

/**
 * kvip_yaml_tree_parse() - read a text
 * @text: the text; what follows its first document is not looked at
 * @len: bytes of it
 * @err: "LINE:COLUMN: what is wrong"
 *
 * Scalars become what kubectl makes of them. An alias is a reference to what
 * its anchor stands for, so that aliases of aliases cost nothing.
 *
 * Return: the object, for json_object_put(); NULL: see @err.
 */
struct json_object *kvip_yaml_tree_parse(const char *text, size_t len,
					 struct kvip_err *err);

#endif /* KVIP_API_YAML_TREE_H */
