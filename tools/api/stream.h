/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * JSON that comes in pieces: the items of a list, the events of a watch. One
 * object at a time is held, whatever the size of the whole.
 */
#ifndef KVIP_API_STREAM_H
#define KVIP_API_STREAM_H

#include <stddef.h>

#include "err.h"

struct json_object;
struct kvip_stream;

/*
 * Bytes of one object at most. etcd takes requests of 1.5 MiB, and JSON is at
 * most a few times what is stored.
 */
#define KVIP_STREAM_OBJECT_MAX (16 << 20)

/* How deep objects and lists may be within each other. */
#define KVIP_STREAM_DEPTH 100

/**
 * typedef kvip_stream_fn - take an object
 * @arg: as given
 * @object: an item of a list, or the event of a watch; json_object_get() what
 *	should outlast the call
 * @err: why it is refused
 *
 * Return: 0, or -1 to refuse the rest of the stream.
 */
typedef int (*kvip_stream_fn)(void *arg, struct json_object *object,
			      struct kvip_err *err);

/**
 * kvip_stream_list() - be ready for a Kubernetes list
 * @fn: called with each item; an item of a typed list (ServiceList) that has no
 *	kind and apiVersion is given its list's, if these stand before the items
 * @arg: for @fn
 *
 * Return: the stream.
 */
struct kvip_stream *kvip_stream_list(kvip_stream_fn fn, void *arg);

/* kvip_stream_events() - be ready for a watch: one object after the other */
struct kvip_stream *kvip_stream_events(kvip_stream_fn fn, void *arg);

/**
 * kvip_stream_push() - take the next bytes
 * @stream: the stream
 * @bytes: cut wherever the network cut them
 * @len: how many
 * @err: "byte N: what was expected", or the words of the taker
 *
 * Return: 0, or -1: the stream is broken and takes no more.
 */
int kvip_stream_push(struct kvip_stream *stream, const char *bytes, size_t len,
		     struct kvip_err *err);

/**
 * kvip_stream_end() - the bytes ended
 * @stream: the stream
 * @rest: out: of a list, the list without its items (json_object_put() it); of
 *	a watch NULL. May be NULL
 * @err: "it ends in the middle of an item"
 *
 * Return: 0, or -1 if something is missing.
 */
int kvip_stream_end(struct kvip_stream *stream, struct json_object **rest,
		    struct kvip_err *err);

/* kvip_stream_free() - give it back; NULL is ok */
void kvip_stream_free(struct kvip_stream *stream);

#endif /* KVIP_API_STREAM_H */
