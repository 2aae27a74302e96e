/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Objects out of files, all of them looked at before anything is done. */
#ifndef KVIP_MANIFEST_H
#define KVIP_MANIFEST_H

#include <stddef.h>

#include "err.h"
#include "kinds.h"

struct json_object;

/* An object of a file. */
struct kvip_manifest_item {
	struct json_object *object;
	enum kvip_kind kind;
	char *file;
	unsigned long line;
};

struct kvip_manifest {
	struct kvip_manifest_item *items;
	size_t n;
};

/**
 * kvip_manifest_read() - the objects of a path, behind those there are
 * @manifest: where to
 * @path: as kvip_documents_read() takes it
 * @err: "web.yaml:14: kind Ingress of networking.k8s.io/v1 is not one that kvip
 *	keeps": the first that has no kind of ours, or no possible name
 *
 * Return: 0 or -1.
 */
int kvip_manifest_read(struct kvip_manifest *manifest, const char *path,
		       struct kvip_err *err);

/**
 * kvip_manifest_within() - give a namespace to all that have none
 * @manifest: whose; one that has another than @told is an error
 * @told: on the command line; NULL: none
 * @by_default: where none is told
 * @err: as above
 *
 * Return: 0 or -1.
 */
int kvip_manifest_within(struct kvip_manifest *manifest, const char *told,
			 const char *by_default, struct kvip_err *err);

/* kvip_manifest_blame() - begin a sentence with the item's place: "web.yaml:14:
 * service demo/web: spec.ports[0]..."; -1
 */
int kvip_manifest_blame(const struct kvip_manifest_item *item,
			struct kvip_err *err);

/* kvip_manifest_free() - give back all of it */
void kvip_manifest_free(struct kvip_manifest *manifest);

#endif /* KVIP_MANIFEST_H */
