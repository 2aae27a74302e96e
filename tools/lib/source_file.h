/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The simplest source of cluster state: what kubectl printed into a file. */
#ifndef KVIP_LIB_SOURCE_FILE_H
#define KVIP_LIB_SOURCE_FILE_H

#include "model.h"

/**
 * kvip_source_file() - put the objects of a path into the model
 * @model: the cluster; may hold what was read from other paths
 * @path: a file, a directory or "-", as kvip_documents_read() has it
 * @err: "FILE:LINE: what is wrong"; an object that is there already is an error
 *
 * Return: 0, or -1 with part of the objects in the model.
 */
int kvip_source_file(struct kvip_model *model, const char *path,
		     struct kvip_err *err);

#endif /* KVIP_LIB_SOURCE_FILE_H */
