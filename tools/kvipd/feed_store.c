// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <event2/event.h>
#include <json-c/json.h>

#include "alloc.h"
#include "clock.h"
#include "feed_store.h"
#include "kinds.h"
#include "log.h"
#include "reflector.h"
#include "store.h"
#include "store_config.h"

/* Seconds between two looks at whether the file is still the one that is open. */
#define LOOK_SECONDS 2

/* Seconds until a store that told of nothing is read again. */
#define DOUBT_SECONDS 30

struct kvip_feed_store {
	struct event_base *base;
	const struct kvip_store_config *config;
	struct kvip_cluster *cluster;
	struct kvip_store *store;
	dev_t device; /* of its file */
	ino_t inode;
	struct event *readable;
	struct event *look_timer;
	struct event *doubt_timer;
	uint64_t version;
	bool told_trouble;
	struct {
		const struct kvip_reflector_ops *ops; /* NULL: nobody */
		void *arg;
	} taps[KVIP_KINDS];
	void (*soon)(void *arg);
	void *arg;
};

static const struct {
	enum kvip_kind kind;
	enum kvip_cluster_kind cluster;
} kinds[] = {
	{ KVIP_KIND_NODE, KVIP_CLUSTER_NODES },
	{ KVIP_KIND_SERVICE, KVIP_CLUSTER_SERVICES },
	{ KVIP_KIND_ENDPOINT_SLICE, KVIP_CLUSTER_SLICES },
};

static bool find_kind(enum kvip_kind kind, enum kvip_cluster_kind *cluster)
{
	size_t i;

	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (kinds[i].kind != kind)
			continue;
		*cluster = kinds[i].cluster;
		return true;
	}
	return false;
}

/* A list under way, of one kind. */
struct listing {
	struct kvip_feed_store *feed;
	enum kvip_kind kind;
	enum kvip_cluster_kind cluster;
};

static int take_object(struct json_object *object, void *ctx,
		       struct kvip_err *err)
{
	const struct listing *listing = ctx;

	(void)err;
	kvip_cluster_put(listing->feed->cluster, listing->cluster, object);
	return 0;
}

static int tap_object(struct json_object *object, void *ctx,
		      struct kvip_err *err)
{
	const struct listing *listing = ctx;

	(void)err;
	listing->feed->taps[listing->kind].ops->put(
		listing->feed->taps[listing->kind].arg, object);
	return 0;
}

static int list_tap(struct kvip_feed_store *feed, enum kvip_kind kind,
		    struct kvip_err *err)
{
	const struct kvip_reflector_ops *ops = feed->taps[kind].ops;
	struct listing listing = { .feed = feed, .kind = kind };

	if (!ops)
		return 0;
	ops->begin(feed->taps[kind].arg);
	if (kvip_store_list(feed->store, kind, NULL, tap_object, &listing, NULL,
			    err))
		return -1;
	ops->complete(feed->taps[kind].arg);
	return 0;
}

static int list_all(struct kvip_feed_store *feed, struct kvip_err *err)
{
	unsigned int kind;
	uint64_t version;
	size_t i;

	/* what changes between two lists is told once more */
	if (kvip_store_version(feed->store, &version, err))
		return -1;
	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		struct listing listing = {
			.feed = feed,
			.cluster = kinds[i].cluster,
		};

		kvip_cluster_begin(feed->cluster, kinds[i].cluster);
		if (kvip_store_list(feed->store, kinds[i].kind, NULL,
				    take_object, &listing, NULL, err))
			return -1;
		kvip_cluster_complete(feed->cluster, kinds[i].cluster);
	}
	for (kind = 0; kind < KVIP_KINDS; kind++)
		if (list_tap(feed, kind, err))
			return -1;
	feed->version = version;
	return 0;
}

/* Tell the cluster and the tap of a change. */
static void pass_on(struct kvip_feed_store *feed,
		    const struct kvip_store_change *change)
{
	const struct kvip_reflector_ops *ops = feed->taps[change->kind].ops;
	void *arg = feed->taps[change->kind].arg;
	bool gone = change->type == KVIP_STORE_DELETED;
	enum kvip_cluster_kind kind;
	bool known = find_kind(change->kind, &kind);

	if (gone && known)
		kvip_cluster_gone(feed->cluster, kind, change->object);
	else if (known)
		kvip_cluster_put(feed->cluster, kind, change->object);
	if (gone && ops)
		ops->gone(arg, change->object);
	else if (ops)
		ops->put(arg, change->object);
}

static int take_change(const struct kvip_store_change *change, void *ctx,
		       struct kvip_err *err)
{
	(void)err;
	pass_on(ctx, change);
	return 0;
}

static int read_changes(struct kvip_feed_store *feed, struct kvip_err *err)
{
	int ret;

	ret = kvip_store_changes(feed->store, feed->version, take_change, feed,
				 &feed->version, err);
	if (ret == KVIP_STORE_EXPIRED)
		ret = list_all(feed, err);
	return ret;
}

static void trouble(struct kvip_feed_store *feed, const struct kvip_err *err)
{
	if (!feed->told_trouble)
		kvip_log(
			KVIP_LOG_WARNING,
			"the local store could not be read, and what is known of it stays",
			KVIP_TEXT("error", err->text));
	feed->told_trouble = true;
}

static void close_store(struct kvip_feed_store *feed)
{
	if (feed->readable)
		event_free(feed->readable);
	feed->readable = NULL;
	kvip_store_close(feed->store);
	feed->store = NULL;
}

static void tell_idle(struct kvip_feed_store *feed)
{
	size_t i;

	feed->soon(feed->arg);
	for (i = 0; i < KVIP_KINDS; i++)
		if (feed->taps[i].ops)
			feed->taps[i].ops->idle(feed->taps[i].arg);
}

static void on_readable(evutil_socket_t fd, short what, void *arg)
{
	struct kvip_feed_store *feed = arg;
	struct kvip_err err;

	(void)fd;
	(void)what;
	kvip_store_acknowledge(feed->store);
	if (read_changes(feed, &err)) {
		/* opened anew by the look at the file */
		trouble(feed, &err);
		close_store(feed);
		return;
	}
	feed->told_trouble = false;
	tell_idle(feed);
}

static int open_store(struct kvip_feed_store *feed, struct kvip_err *err)
{
	struct stat file;
	int fd;

	feed->store = kvip_store_open(feed->config, 0, err);
	if (!feed->store)
		return -1;
	fd = kvip_store_fd(feed->store, err);
	if (fd < 0 || stat(feed->config->path, &file) || list_all(feed, err)) {
		close_store(feed);
		return -1;
	}
	feed->device = file.st_dev;
	feed->inode = file.st_ino;
	feed->readable = event_new(feed->base, fd, EV_READ | EV_PERSIST,
				   on_readable, feed);
	if (!feed->readable || event_add(feed->readable, NULL))
		abort();
	return 0;
}

static bool is_replaced(const struct kvip_feed_store *feed)
{
	struct stat file;

	return !stat(feed->config->path, &file) &&
	       (file.st_dev != feed->device || file.st_ino != feed->inode);
}

/* The file may be gone for ever; the tables go on with what is known. */
static void on_look(evutil_socket_t fd, short what, void *arg)
{
	struct kvip_feed_store *feed = arg;
	struct stat file;
	struct kvip_err err;

	(void)fd;
	(void)what;
	if (feed->store && is_replaced(feed))
		close_store(feed);
	if (feed->store || stat(feed->config->path, &file))
		return;
	if (open_store(feed, &err)) {
		trouble(feed, &err);
		return;
	}
	feed->told_trouble = false;
	tell_idle(feed);
}

static void on_doubt(evutil_socket_t fd, short what, void *arg)
{
	struct kvip_feed_store *feed = arg;
	struct kvip_err err;

	(void)fd;
	(void)what;
	if (!feed->store)
		return;
	if (list_all(feed, &err))
		trouble(feed, &err);
	tell_idle(feed);
}

struct kvip_feed_store *
kvip_feed_store_new(struct event_base *base,
		    const struct kvip_store_config *config,
		    struct kvip_cluster *cluster, void (*soon)(void *arg),
		    void *arg, struct kvip_err *err)
{
	struct kvip_feed_store *feed = kvip_alloc(sizeof(*feed));
	const struct timeval look = { .tv_sec = LOOK_SECONDS };

	feed->base = base;
	feed->config = config;
	feed->cluster = cluster;
	feed->soon = soon;
	feed->arg = arg;
	feed->look_timer = event_new(base, -1, EV_PERSIST, on_look, feed);
	feed->doubt_timer = evtimer_new(base, on_doubt, feed);
	if (!feed->look_timer || !feed->doubt_timer ||
	    event_add(feed->look_timer, &look))
		abort();
	if (open_store(feed, err)) {
		kvip_feed_store_free(feed);
		return NULL;
	}
	return feed;
}

void kvip_feed_store_free(struct kvip_feed_store *feed)
{
	if (!feed)
		return;
	close_store(feed);
	event_free(feed->look_timer);
	event_free(feed->doubt_timer);
	free(feed);
}

void kvip_feed_store_doubt(struct kvip_feed_store *feed)
{
	const struct timeval soon = { .tv_sec = DOUBT_SECONDS };

	evtimer_add(feed->doubt_timer, &soon);
}

void kvip_feed_store_tap(struct kvip_feed_store *feed, enum kvip_kind kind,
			 const struct kvip_reflector_ops *ops, void *arg)
{
	struct kvip_err err;

	feed->taps[kind].ops = ops;
	feed->taps[kind].arg = arg;
	if (!feed->store || !list_tap(feed, kind, &err))
		return;
	/* read anew by the look at the file */
	trouble(feed, &err);
	close_store(feed);
}

struct kvip_store *kvip_feed_store_store(struct kvip_feed_store *feed)
{
	return feed->store;
}
