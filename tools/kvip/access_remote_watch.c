// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Watches of a server, all in one event loop. What they hear is told from outside
 * of it. One that breaks off is begun anew from the last version, after a wait if
 * the server does not do well; one that cannot go on ends them all.
 */
#include <event2/event.h>
#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "access_queue.h"
#include "access_remote.h"
#include "alloc.h"
#include "backoff.h"
#include "clock.h"
#include "object.h"
#include "watch_event.h"

/* Seconds that a watch is asked to last, evenly from ... to, and by how much the
 * server may overdo it.
 */
#define WATCH_LEAST 300
#define WATCH_MOST 600
#define WATCH_GRACE 30

/* Seconds without a byte after which it is not believed any more: three
 * bookmarks would have come.
 */
#define WATCH_SILENCE 180

/* A watch that ends within these seconds, without an event, is a broken one; and
 * however it ends, the next does not begin within a second of it.
 */
#define WATCH_BARREN 10
#define WATCH_INTERVAL 1

/* The longest wait that a server may ask for, in seconds. */
#define RETRY_MOST 300

/* Answers that make no sense, in a row: then it is over. */
#define NONSENSE_MOST 2

struct remote_watch;

/* One thing that is watched. */
struct watching {
	struct remote_watch *all;
	unsigned int which;
	const struct kvip_kind_info *info;
	char *path; /* without a version */
	char *version;
	struct kvip_request *request; /* NULL: the timer runs until the next */
	struct kvip_stream *stream;
	struct event *timer; /* the next request, or silence that is too long */
	struct kvip_backoff backoff;
	double started;
	bool heard; /* something, by this request */
	bool refused; /* the stream is broken, for the reason in @err */
	bool error; /* an ERROR event came: @status */
	unsigned int nonsense; /* in a row */
	struct kvip_status status;
	struct kvip_err err;
};

struct remote_watch {
	struct kvip_access *access;
	struct kvip_access_remote *remote;
	struct watching *watching;
	unsigned int n;
	struct kvip_access_queue queue;
	int result; /* not 0: it is over, for the reason in @err */
	struct kvip_err err;
};

static double scaled(const struct watching *one, double seconds)
{
	return seconds * one->all->remote->scale;
}

static void set_timer(struct watching *one, double seconds)
{
	const struct timeval wait = kvip_clock_interval(seconds);

	event_add(one->timer, &wait);
}

/* None of the watches goes on. */
static void give_up(struct watching *one, int result, const char *sentence)
{
	struct remote_watch *all = one->all;

	if (all->result)
		return;
	all->result = result;
	kvip_err_set(&all->err, "%s", sentence);
}

static void trouble(struct watching *one, double seconds, const char *sentence)
{
	const struct kvip_access *access = one->all->access;

	set_timer(one, seconds);
	if (access->trouble)
		access->trouble(sentence, seconds, access->trouble_ctx);
}

static void back_off(struct watching *one, int retry_after,
		     const char *sentence)
{
	double delay = kvip_backoff_next(&one->backoff, kvip_clock_monotonic());

	if (retry_after > RETRY_MOST)
		retry_after = RETRY_MOST;
	if (retry_after > 0 && delay < scaled(one, retry_after))
		delay = scaled(one, retry_after);
	trouble(one, delay, sentence);
}

static void nonsense(struct watching *one, const char *sentence)
{
	if (++one->nonsense == NONSENSE_MOST)
		give_up(one, KVIP_ACCESS_FAILED, sentence);
	else
		back_off(one, -1, sentence);
}

/* The server said no, before the watch or within it. */
static void refused(struct watching *one, int result,
		    const struct kvip_status *status, const char *sentence)
{
	if (status->expired)
		give_up(one, KVIP_ACCESS_EXPIRED, sentence);
	else if (!status->code || status->code / 100 == 5 ||
		 status->code == 408 || status->code == 429)
		back_off(one, status->retry_after, sentence);
	else
		give_up(one, result, sentence);
}

static void take_version(struct watching *one, const char *version)
{
	char *copy = kvip_strdup(version);

	free(one->version);
	one->version = copy;
}

static enum kvip_access_event event_of(struct json_object *json)
{
	const char *type = kvip_object_text(json, "type");

	if (!strcmp(type, "ADDED"))
		return KVIP_ACCESS_ADDED;
	return !strcmp(type, "DELETED") ? KVIP_ACCESS_DELETED :
					  KVIP_ACCESS_MODIFIED;
}

static int take_event(void *arg, struct json_object *json, struct kvip_err *err)
{
	struct watching *one = arg;
	struct kvip_watch_event event;

	if (kvip_watch_event_read(json, one->info->name, &event, err))
		return -1;
	if (event.type == KVIP_WATCH_ERROR) {
		const char *message = kvip_object_text(event.object, "message");

		one->error = true;
		kvip_status_object(event.object, &one->status);
		return kvip_err_set(err, "%s",
				    message ? message :
					      one->status.sentence.text);
	}
	take_version(one, event.version);
	one->heard = true;
	one->nonsense = 0;
	if (event.type == KVIP_WATCH_PUT || event.type == KVIP_WATCH_GONE)
		kvip_access_queue_add(&one->all->queue, one->which,
				      event_of(json), event.object);
	return 0;
}

static int on_data(void *arg, const char *bytes, size_t len)
{
	struct watching *one = arg;

	set_timer(one, scaled(one, WATCH_SILENCE));
	one->refused = kvip_stream_push(one->stream, bytes, len, &one->err);
	return one->refused ? -1 : 0;
}

/* It was a watch, and ended: well, or broken off. */
static void ended(struct watching *one, const char *error)
{
	double now = kvip_clock_monotonic(), pause;

	if (!one->heard && now - one->started < scaled(one, WATCH_BARREN)) {
		back_off(one, -1,
			 error ? error :
				 "the watch ended at once, without an event");
		return;
	}
	pause = one->started + scaled(one, WATCH_INTERVAL) - now;
	if (pause < 0)
		pause = 0;
	if (error)
		trouble(one, pause, error);
	else
		set_timer(one, pause);
}

static void on_done(void *arg, const struct kvip_reply *reply)
{
	struct watching *one = arg;
	struct kvip_status status;
	struct kvip_err err;
	int result;

	one->request = NULL;
	event_del(one->timer);
	kvip_stream_free(one->stream);
	one->stream = NULL;
	if (one->error) {
		refused(one, KVIP_ACCESS_FAILED, &one->status, one->err.text);
	} else if (one->refused) {
		kvip_err_prefix(&one->err, "%s: the watch makes no sense: ",
				one->all->remote->config.server);
		nonsense(one, one->err.text);
	} else if (reply->status / 100 != 2) {
		result = kvip_access_refusal(one->all->remote, reply, &status,
					     &err);
		refused(one, result, &status, err.text);
	} else {
		ended(one, reply->error);
	}
}

static const struct kvip_request_ops watch_ops = { on_data, on_done };

static void ask(struct watching *one)
{
	struct remote_watch *all = one->all;
	unsigned int seconds = (unsigned int)kvip_backoff_random(
		&one->backoff, WATCH_LEAST, WATCH_MOST + 1);
	char *version = kvip_access_encode(one->version);
	char *path = kvip_access_text("%s&resourceVersion=%s&timeoutSeconds=%u",
				      one->path, version, seconds);
	const struct kvip_request_spec spec = {
		.method = "GET",
		.path = path,
		.patient = true,
		.seconds = seconds + WATCH_GRACE,
	};

	one->started = kvip_clock_monotonic();
	one->heard = false;
	one->refused = false;
	one->error = false;
	one->stream = kvip_stream_events(take_event, one);
	one->request =
		kvip_http_start(all->remote->http, &spec, &watch_ops, one);
	set_timer(one, scaled(one, WATCH_SILENCE));
	free(path);
	free(version);
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct watching *one = arg;

	(void)fd;
	(void)what;
	if (!one->request) {
		ask(one);
		return;
	}
	kvip_http_cancel(one->request);
	one->request = NULL;
	kvip_stream_free(one->stream);
	one->stream = NULL;
	back_off(one, -1, "the watch was silent for too long");
}

static uint64_t any_seed(void)
{
	uint64_t seed;

	if (getrandom(&seed, sizeof(seed), GRND_NONBLOCK) != sizeof(seed))
		seed = (uint64_t)(kvip_clock_monotonic() * 1e9);
	return seed;
}

static void begin(struct remote_watch *all, struct watching *one,
		  const struct kvip_access_watch *watch)
{
	char path[KVIP_KIND_PATH_LEN];
	char *selector = kvip_access_encode(watch->selector ?: "");

	one->all = all;
	one->which = (unsigned int)(one - all->watching);
	one->info = &kvip_kinds[watch->kind];
	one->version = kvip_strdup(watch->version ?: "");
	one->path = kvip_access_text(
		"%s?watch=1&allowWatchBookmarks=true%s%s",
		kvip_kind_path(watch->kind, watch->ns, NULL, path),
		*selector ? "&labelSelector=" : "", selector);
	kvip_backoff_init(&one->backoff, any_seed(), all->remote->scale);
	one->timer = event_new(all->remote->base, -1, 0, on_timer, one);
	free(selector);
	ask(one);
}

static void end(struct remote_watch *all)
{
	unsigned int i;

	for (i = 0; i < all->n; i++) {
		struct watching *one = &all->watching[i];

		if (one->request)
			kvip_http_cancel(one->request);
		kvip_stream_free(one->stream);
		event_free(one->timer);
		free(one->version);
		free(one->path);
	}
	kvip_access_queue_free(&all->queue);
	free(all->watching);
}

static int follow(struct remote_watch *all,
		  const struct kvip_access_teller *teller, struct kvip_err *err)
{
	struct event_base *base = all->remote->base;
	bool told = false;
	int ret;

	for (;;) {
		/* all that waits in the sockets belongs together */
		event_base_loop(base, EVLOOP_NONBLOCK);
		if (!kvip_access_queue_empty(&all->queue)) {
			ret = kvip_access_queue_tell(&all->queue, teller, err);
			if (ret)
				return ret;
			told = true;
			continue;
		}
		if (told && teller->idle) {
			ret = teller->idle(teller->ctx, err);
			if (ret)
				return ret;
		}
		told = false;
		if (!kvip_access_queue_empty(&all->queue))
			continue;
		if (all->result) {
			kvip_err_set(err, "%s", all->err.text);
			return all->result;
		}
		event_base_loop(base, EVLOOP_ONCE);
	}
}

int kvip_access_remote_watch(struct kvip_access *access,
			     const struct kvip_access_watch *watches,
			     unsigned int n_watches,
			     const struct kvip_access_teller *teller,
			     struct kvip_err *err)
{
	struct remote_watch all = {
		.access = access,
		.remote = access->remote,
		.n = n_watches,
	};
	unsigned int i;
	int ret;

	all.watching = kvip_alloc(n_watches * sizeof(*all.watching));
	for (i = 0; i < n_watches; i++)
		begin(&all, &all.watching[i], &watches[i]);
	ret = follow(&all, teller, err);
	end(&all);
	return ret;
}
