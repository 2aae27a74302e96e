// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What happens in the local store, told to who watches it. Whoever commits wakes
 * us by the file; nothing is asked for in between.
 */
#include <errno.h>
#include <json-c/json.h>
#include <libgen.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "access_local.h"
#include "access_queue.h"
#include "alloc.h"
#include "object.h"
#include "selector.h"
#include "store.h"

/* A store that is being made is no store for a moment: milliseconds between two
 * tries, and tries.
 */
#define MADE_PAUSE 20
#define MADE_TRIES 100

/* One thing that is watched. */
struct watching {
	const struct kvip_access_watch *watch;
	struct kvip_selector *selector; /* NULL: none */
	uint64_t version; /* is known */
};

struct local_watch {
	struct watching *all;
	unsigned int n;
	uint64_t version; /* the oldest that is known */
	struct kvip_access_queue queue;
};

static int read_version(const char *text, uint64_t *version,
			struct kvip_err *err)
{
	char *end;

	errno = 0;
	*version = text ? strtoull(text, &end, 10) : 0;
	if (!text || *text < '0' || *text > '9' || *end || errno)
		return kvip_err_set(err, "\"%s\" is no version of the store",
				    text ? text : "");
	return 0;
}

static int begin(struct local_watch *w, const struct kvip_access_watch *watches,
		 unsigned int n, struct kvip_err *err)
{
	unsigned int i;

	w->all = kvip_alloc(n * sizeof(*w->all));
	w->n = n;
	w->version = UINT64_MAX;
	for (i = 0; i < n; i++) {
		struct watching *one = &w->all[i];

		one->watch = &watches[i];
		if (read_version(watches[i].version, &one->version, err))
			return KVIP_ACCESS_INVALID;
		if (one->version < w->version)
			w->version = one->version;
		if (!watches[i].selector)
			continue;
		one->selector = kvip_selector_parse(watches[i].selector, err);
		if (!one->selector)
			return KVIP_ACCESS_INVALID;
	}
	return 0;
}

static void end(struct local_watch *w)
{
	unsigned int i;

	kvip_access_queue_free(&w->queue);
	for (i = 0; i < w->n; i++)
		kvip_selector_free(w->all[i].selector);
	free(w->all);
}

static bool selects(const struct watching *one, struct json_object *object)
{
	struct json_object *metadata = kvip_object_member(object, "metadata");

	if (!object)
		return false;
	return !one->selector ||
	       kvip_selector_matches(one->selector,
				     kvip_object_member(metadata, "labels"));
}

/* The change as who watches @one sees it; false: not at all. */
static bool see(const struct watching *one,
		const struct kvip_store_change *change,
		enum kvip_access_event *event)
{
	bool was, is;

	if (change->version <= one->version || change->kind != one->watch->kind)
		return false;
	if (one->watch->ns && kvip_kinds[change->kind].namespaced &&
	    strcmp(one->watch->ns, change->ns))
		return false;
	was = change->type != KVIP_STORE_ADDED &&
	      selects(one, change->before ? change->before : change->object);
	is = change->type != KVIP_STORE_DELETED && selects(one, change->object);
	*event = !is ? KVIP_ACCESS_DELETED :
		 was ? KVIP_ACCESS_MODIFIED :
		       KVIP_ACCESS_ADDED;
	return was || is;
}

static int take_change(const struct kvip_store_change *change, void *ctx,
		       struct kvip_err *err)
{
	struct local_watch *w = ctx;
	enum kvip_access_event event;
	unsigned int i;

	(void)err;
	for (i = 0; i < w->n; i++)
		if (see(&w->all[i], change, &event))
			kvip_access_queue_add(&w->queue, i, event,
					      change->object);
	return 0;
}

/* What happened since; 0, or why it is over. */
static int look(struct local_watch *w, struct kvip_store *store,
		const struct kvip_access_teller *teller, struct kvip_err *err)
{
	int ret;

	ret = kvip_store_changes(store, w->version, take_change, w, &w->version,
				 err);
	if (ret || kvip_access_queue_empty(&w->queue))
		return ret;
	ret = kvip_access_queue_tell(&w->queue, teller, err);
	if (!ret && teller->idle)
		ret = teller->idle(teller->ctx, err);
	return ret;
}

static int wait_for(int fd, int milliseconds, struct kvip_err *err)
{
	struct pollfd poll_of = { .fd = fd, .events = POLLIN };

	if (poll(&poll_of, 1, milliseconds) < 0 && errno != EINTR)
		return kvip_err_set(err, "can't wait for changes: %s",
				    strerror(errno));
	return 0;
}

/* An inotify descriptor on the store's folder. */
static int watch_folder(const char *path, struct kvip_err *err)
{
	char *copy = kvip_strdup(path), *folder = dirname(copy);
	int fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);

	if (fd < 0) {
		kvip_err_set(err, "can't wait for changes: %s",
			     strerror(errno));
	} else if (inotify_add_watch(fd, folder, IN_CREATE | IN_MOVED_TO) < 0) {
		kvip_err_set(err, "%s: there is no store, and no folder for it",
			     path);
		close(fd);
		fd = -1;
	}
	free(copy);
	return fd;
}

/* Open the store when there is one. */
static int await_store(struct kvip_access_local *local, struct kvip_err *err)
{
	unsigned int tries = 0;
	int fd, ret = 0;

	if (local->store)
		return 0;
	fd = watch_folder(local->config.store.path, err);
	if (fd < 0)
		return -1;
	for (;;) {
		char events[4096] __attribute__((
			aligned(__alignof__(struct inotify_event))));
		bool made = kvip_access_local_look(local, err);

		if (local->store)
			break;
		if (made && ++tries == MADE_TRIES) {
			ret = -1;
			break;
		}
		ret = wait_for(fd, made ? MADE_PAUSE : -1, err);
		if (ret)
			break;
		while (read(fd, events, sizeof(events)) > 0)
			;
	}
	close(fd);
	return ret;
}

static int follow(struct kvip_access_local *local, struct local_watch *w,
		  const struct kvip_access_teller *teller, struct kvip_err *err)
{
	int fd, ret;

	if (await_store(local, err))
		return KVIP_ACCESS_FAILED;
	fd = kvip_store_fd(local->store, err);
	if (fd < 0)
		return KVIP_ACCESS_FAILED;
	for (;;) {
		kvip_store_acknowledge(local->store);
		ret = look(w, local->store, teller, err);
		if (ret)
			return ret;
		if (wait_for(fd, -1, err))
			return KVIP_ACCESS_FAILED;
	}
}

int kvip_access_local_watch(struct kvip_access *access,
			    const struct kvip_access_watch *watches,
			    unsigned int n_watches,
			    const struct kvip_access_teller *teller,
			    struct kvip_err *err)
{
	struct local_watch w = {};
	int ret;

	ret = begin(&w, watches, n_watches, err);
	if (!ret)
		ret = follow(access->local, &w, teller, err);
	end(&w);
	return ret;
}
