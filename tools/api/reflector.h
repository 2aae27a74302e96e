/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One kind of objects of an API server, kept up with: listed once, watched from
 * there, listed again where the thread is lost. What is heard of is told in
 * order; nothing is kept here but the last resourceVersion.
 */
#ifndef KVIP_API_REFLECTOR_H
#define KVIP_API_REFLECTOR_H

#include <stdbool.h>
#include <stdint.h>

struct event_base;
struct json_object;
struct kvip_http;
struct kvip_reflector;

/*
 * kvip_reflector_relist() and kvip_reflector_free() may be called from within
 * each of these; no other is called then before the new list, or ever again.
 */
struct kvip_reflector_ops {
	/* A list begins: every object that exists will come by put(). */
	void (*begin)(void *arg);
	/*
	 * An object is there, is new, or changed. In a list it is to be taken
	 * whatever its version; after it, the taker looks whether it is older
	 * than what it has.
	 */
	void (*put)(void *arg, struct json_object *object);
	/* An object, told as it was last, is gone. */
	void (*gone)(void *arg, struct json_object *object);
	/*
	 * The list is complete: what did not come since the last begin() is
	 * gone. A list that breaks off begins again, and this is not called.
	 */
	void (*complete)(void *arg);
	/*
	 * The bytes that had come were told of by now, and no others wait: a
	 * good moment to act.
	 */
	void (*idle)(void *arg);
	/* It went wrong, for a reason of one sentence, and is tried again. */
	void (*trouble)(void *arg, const char *sentence, double retry_seconds);
};

/**
 * struct kvip_reflector_spec - what to keep up with
 * @path: "/api/v1/services"
 * @selector: "fieldSelector=metadata.name%3Dnode-a", encoded, or NULL
 * @kind: of the objects: "Service"
 * @page: items of a page of a list; 0: 500
 * @no_stream: never ask for a streaming list (sendInitialEvents)
 * @seed: of the jitter; 0: a random one
 * @scale: of all times that are measured here; 0: 1. For tests
 */
struct kvip_reflector_spec {
	const char *path;
	const char *selector;
	const char *kind;
	unsigned int page;
	bool no_stream;
	unsigned int seed;
	double scale;
};

/**
 * struct kvip_reflector_stats - how it went
 * @synced: a list has been complete once
 * @watching: a watch is under way now
 * @lists: lists begun
 * @watches: watches begun
 * @events: objects told of by watches
 * @bookmarks: of them, bookmarks
 * @refused: events and lists that made no sense
 * @errors: times that trouble() was called
 * @last_heard: CLOCK_MONOTONIC seconds of the last byte from the server
 * @version: the last resourceVersion, as text, cut if it is very long
 */
struct kvip_reflector_stats {
	bool synced;
	bool watching;
	uint64_t lists;
	uint64_t watches;
	uint64_t events;
	uint64_t bookmarks;
	uint64_t refused;
	uint64_t errors;
	double last_heard;
	char version[64];
};

/**
 * kvip_reflector_new() - begin to keep up
 * @base: the event loop
 * @http: the API server; must outlive the reflector
 * @spec: what; its strings must live as long as the reflector
 * @ops: who is told, from the event loop; must live as long, too
 * @arg: for @ops
 *
 * A list is asked for as a stream; a server that does not know how is asked for
 * pages from then on. Then it is watched, for five to ten minutes at a time, each
 * time from the last resourceVersion. Listed again is what is too old (410), and
 * what made no sense twice. Failures are followed by the waits of backoff.h, or
 * by what the server wants in Retry-After, up to five minutes.
 *
 * Return: the reflector.
 */
struct kvip_reflector *
kvip_reflector_new(struct event_base *base, struct kvip_http *http,
		   const struct kvip_reflector_spec *spec,
		   const struct kvip_reflector_ops *ops, void *arg);

/* kvip_reflector_free() - stop; from anywhere; NULL is ok */
void kvip_reflector_free(struct kvip_reflector *reflector);

/*
 * kvip_reflector_relist() - list again at once: what we hold is in doubt. From
 * anywhere.
 */
void kvip_reflector_relist(struct kvip_reflector *reflector);

/* kvip_reflector_stats() - how it went so far */
const struct kvip_reflector_stats *
kvip_reflector_stats(const struct kvip_reflector *reflector);

#endif /* KVIP_API_REFLECTOR_H */
