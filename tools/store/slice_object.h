/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Of slices.c: an EndpointSlice as an object. */
#ifndef KVIP_STORE_SLICE_OBJECT_H
#define KVIP_STORE_SLICE_OBJECT_H

struct json_object;

/**
 * struct kvip_slice_maker - what a Service's slices are made from
 * @service: the Service
 * @zones: zone of each node
 * @old: the slices that there are
 * @names: a member for each name that was given to a new one
 */
struct kvip_slice_maker {
	struct json_object *service;
	struct json_object *zones;
	struct json_object *old;
	struct json_object *names;
};

/**
 * kvip_slice_object() - an EndpointSlice
 * @maker: of what
 * @family: "IPv4" or "IPv6"
 * @old: the one whose name it has, or NULL: a new one
 * @endpoints: array; empty: of the slice that says that there are none; NULL:
 *	those of @old
 * @ports: array, or NULL
 *
 * Return: the slice, @old itself if that is the same; json_object_put() it.
 */
struct json_object *kvip_slice_object(struct kvip_slice_maker *maker,
				      const char *family,
				      struct json_object *old,
				      struct json_object *endpoints,
				      struct json_object *ports);

#endif /* KVIP_STORE_SLICE_OBJECT_H */
