/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What every Kubernetes object may have, looked for without a fuss: what is
 * not there, or of another type, is NULL. All take NULL for an object, too.
 */
#ifndef KVIP_LIB_OBJECT_H
#define KVIP_LIB_OBJECT_H

struct json_object;

/* kvip_object_member() - what @object has by this name; borrowed */
struct json_object *kvip_object_member(struct json_object *object,
				       const char *name);

/* kvip_object_text() - the same if it is a string that is not empty */
const char *kvip_object_text(struct json_object *object, const char *name);

/* kvip_object_version() - metadata.resourceVersion of an object or a list */
const char *kvip_object_version(struct json_object *object);

/* kvip_object_continue() - metadata.continue: where a list goes on */
const char *kvip_object_continue(struct json_object *list);

#endif /* KVIP_LIB_OBJECT_H */
