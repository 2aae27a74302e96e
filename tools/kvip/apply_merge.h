/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What kubectl apply does to an object that is there already: what the file says
 * now is set, what it said the last time and no longer says is taken out, and all
 * else stays, such as addresses and ports that were given out. Pure.
 */
#ifndef KVIP_APPLY_MERGE_H
#define KVIP_APPLY_MERGE_H

struct json_object;

/* Where an object keeps what the file said the last time, as kubectl's does. */
#define KVIP_APPLIED "kubectl.kubernetes.io/last-applied-configuration"

/**
 * kvip_apply_merge() - put the three together
 * @original: what the file said the last time; NULL: not known, nothing is taken
 *	out
 * @modified: what it says now
 * @live: the object as it is
 *
 * Maps are merged deeply; null takes out. Lists are replaced, but for those whose
 * items have a name: a Service's ports are known by port and protocol, containers
 * by name, conditions by type, owners by uid. Such items are merged, too; those
 * that are @live's alone stay, behind the others.
 *
 * Return: the outcome; json_object_put() it.
 */
struct json_object *kvip_apply_merge(struct json_object *original,
				     struct json_object *modified,
				     struct json_object *live);

/* kvip_applied_text() - what the annotation says of an object: the object without
 * that annotation, on one line, keys in order; free() it
 */
char *kvip_applied_text(struct json_object *object);

/* kvip_applied_set() - give @object the annotation, as it is now */
void kvip_applied_set(struct json_object *object);

/* kvip_applied_get() - what @object was applied from, json_object_put() it; NULL: it
 * was not, or the annotation makes no sense
 */
struct json_object *kvip_applied_get(struct json_object *object);

#endif /* KVIP_APPLY_MERGE_H */
