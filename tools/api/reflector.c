// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * List, watch, and what may go wrong with it. At most one request is under way,
 * or a timer runs until the next. Whoever is told may drop the request, or the
 * reflector: the functions that tell look at @request afterwards, and memory goes
 * when the event loop's call is left.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include <event2/event.h>
#include <event2/http.h>
#include <json-c/json.h>

#include "alloc.h"
#include "backoff.h"
#include "clock.h"
#include "http.h"
#include "object.h"
#include "reflector.h"
#include "status.h"
#include "stream.h"
#include "watch_event.h"

#define PAGE 500

/* Seconds that a watch is asked to last, evenly from ... to. */
#define WATCH_LEAST 300
#define WATCH_MOST 600
/* ... and by how much the server may overdo it. */
#define WATCH_GRACE 30

/* Seconds without a byte after which a watch is not believed any more: three
 * bookmarks would have come. A streaming list pauses only until the server's
 * cache is fresh, and one that never ends is none.
 */
#define WATCH_SILENCE 180
#define STREAM_SILENCE 25
#define STREAM_MOST 300

/* A watch that ends within these seconds, without an event, is a broken one; and
 * however it ends, the next does not begin within a second of it.
 */
#define WATCH_BARREN 10
#define WATCH_INTERVAL 1

/* The longest wait that a server may ask for, in seconds. */
#define RETRY_MOST 300

/* So often in a row: then another way is taken. */
#define BROKEN_MOST 2
#define TOO_LARGE_MOST 3

enum phase {
	WAITING, /* for the timer */
	LISTING,
	STREAMING, /* a watch that begins with all there is */
	WATCHING,
};

struct kvip_reflector {
	struct kvip_http *http;
	struct kvip_reflector_spec spec;
	const struct kvip_reflector_ops *ops;
	void *arg;
	struct kvip_reflector_stats stats;
	struct kvip_backoff backoff;
	struct event *timer; /* the next request, or a look at how silent it is */
	unsigned int depth; /* of calls from the event loop */
	bool dead; /* freed from within */

	enum phase phase;
	struct kvip_request *request;
	struct kvip_stream *stream;
	double started; /* the request */
	bool refused; /* the stream is broken, for the reason in @err */
	bool error; /* an ERROR event came: @status */
	bool heard; /* an event came by this watch */
	struct kvip_err err;
	struct kvip_status status;

	bool listed; /* a list was complete: watch on from @version */
	bool begun; /* begin() was called for this list */
	char *version; /* "": none */
	char *list_version; /* of a list's first page; or NULL */
	char *next; /* the token of a list's next page, or NULL */
	unsigned int broken; /* watches, or streaming lists, in a row */
	unsigned int too_large; /* answers 504 to lists in a row */
};

static double scaled(const struct kvip_reflector *r, double seconds)
{
	return seconds * r->spec.scale;
}

static void replace(char **text, const char *by)
{
	char *copy = by ? kvip_strdup(by) : NULL;

	free(*text);
	*text = copy;
}

static void set_version(struct kvip_reflector *r, const char *version)
{
	replace(&r->version, version);
	snprintf(r->stats.version, sizeof(r->stats.version), "%s", version);
}

static void drop_stream(struct kvip_reflector *r)
{
	kvip_stream_free(r->stream);
	r->stream = NULL;
}

static void set_timer(struct kvip_reflector *r, double seconds)
{
	const struct timeval wait = kvip_clock_interval(seconds);

	event_add(r->timer, &wait);
}

/* Nothing is under way: go on in @seconds. */
static void schedule(struct kvip_reflector *r, double seconds)
{
	r->phase = WAITING;
	set_timer(r, seconds);
}

static void list_anew(struct kvip_reflector *r)
{
	r->listed = false;
	r->begun = false;
	replace(&r->next, NULL);
	replace(&r->list_version, NULL);
}

static const char *what(enum phase phase)
{
	return phase == WATCHING ? "the watch" : "the list";
}

/* Tell of a failure of @phase, and try again in @seconds. */
static void trouble(struct kvip_reflector *r, enum phase phase, double seconds,
		    const char *sentence)
{
	struct kvip_err err;

	kvip_err_set(&err, "%s of %s: %s", what(phase), r->spec.path, sentence);
	r->stats.errors++;
	schedule(r, seconds);
	r->ops->trouble(r->arg, err.text, seconds);
}

/* The same after a wait: at least as long as the server wants it. */
static void back_off(struct kvip_reflector *r, enum phase phase,
		     int retry_after, const char *sentence)
{
	double delay = kvip_backoff_next(&r->backoff, kvip_clock_monotonic());

	if (retry_after > RETRY_MOST)
		retry_after = RETRY_MOST;
	/* not all who were told so in the same moment */
	if (retry_after > 0 && delay < scaled(r, retry_after))
		delay = scaled(r, retry_after + kvip_backoff_random(&r->backoff,
								    0, 1));
	trouble(r, phase, delay, sentence);
}

/* A watch made no sense, or gave nothing: after two of them, what we hold is in doubt. */
static void watch_broke(struct kvip_reflector *r)
{
	if (++r->broken < BROKEN_MOST)
		return;
	r->broken = 0;
	set_version(r, "");
	list_anew(r);
}

/*
 * A streaming list made no sense: ask for pages from now on. At once if it was
 * no streaming list at all, else if it happens again.
 */
static void stream_broke(struct kvip_reflector *r, bool at_once)
{
	list_anew(r);
	if (!at_once && ++r->broken < BROKEN_MOST)
		return;
	r->broken = 0;
	r->spec.no_stream = true;
}

/* What we know is too old, or the server's own past. */
static void forget_version(struct kvip_reflector *r)
{
	set_version(r, "");
	list_anew(r);
}

/* A list's version is one that the server does not have yet. */
static void too_large(struct kvip_reflector *r)
{
	if (++r->too_large < TOO_LARGE_MOST)
		return;
	r->too_large = 0;
	if (*r->version)
		forget_version(r);
	else
		stream_broke(r, true);
}

/* The client is wrong, and a wait alone does not mend it. */
static bool is_our_fault(int code)
{
	return code / 100 == 4 && code != 401 && code != 403 && code != 408 &&
	       code != 429;
}

/*
 * A page broke off. Its token leads to the same moment once more; without one
 * it would be another moment, of which what came before may know too much.
 */
static void page_broke(struct kvip_reflector *r, bool for_good)
{
	if (for_good || !r->next)
		list_anew(r);
}

/* The server said no, or there is none. */
static void no_answer(struct kvip_reflector *r, enum phase phase,
		      const struct kvip_status *status)
{
	if (status->expired)
		forget_version(r);
	else if (phase == WATCHING &&
		 (status->code == 500 || is_our_fault(status->code)))
		watch_broke(r);
	else if (phase == STREAMING && status->code == 504)
		too_large(r);
	else if (phase == STREAMING && status->code == 500)
		stream_broke(r, false);
	else if (phase == LISTING)
		page_broke(r, is_our_fault(status->code));
	back_off(r, phase, status->retry_after, status->sentence.text);
}

static void watch_silence(struct kvip_reflector *r);
static int take_item(void *arg, struct json_object *object,
		     struct kvip_err *err);
static int take_event(void *arg, struct json_object *event,
		      struct kvip_err *err);
static const struct kvip_request_ops request_ops;

/* Append "?NAME=VALUE" or "&NAME=VALUE"; the value is encoded. */
static void add_query(FILE *out, char *mark, const char *name,
		      const char *value)
{
	char *encoded = evhttp_uriencode(value, -1, 0);

	fprintf(out, "%c%s=%s", *mark, name, encoded);
	free(encoded);
	*mark = '&';
}

static void add_number(FILE *out, char *mark, const char *name,
		       unsigned int value)
{
	fprintf(out, "%c%s=%u", *mark, name, value);
	*mark = '&';
}

static void add_watch_queries(const struct kvip_reflector *r, FILE *out,
			      char *mark, unsigned int seconds)
{
	add_number(out, mark, "watch", 1);
	if (r->phase == STREAMING) {
		add_query(out, mark, "sendInitialEvents", "true");
		add_query(out, mark, "resourceVersionMatch", "NotOlderThan");
	}
	add_query(out, mark, "allowWatchBookmarks", "true");
	add_query(out, mark, "resourceVersion", r->version);
	add_number(out, mark, "timeoutSeconds", seconds);
}

/* What to ask for in this phase; free() it. */
static char *make_path(const struct kvip_reflector *r, unsigned int seconds)
{
	char mark = strchr(r->spec.path, '?') ? '&' : '?', *path = NULL;
	size_t len;
	FILE *out = open_memstream(&path, &len);

	fputs(r->spec.path, out);
	if (r->phase == LISTING) {
		add_number(out, &mark, "limit", r->spec.page);
		if (r->next)
			add_query(out, &mark, "continue", r->next);
	} else {
		add_watch_queries(r, out, &mark, seconds);
	}
	if (r->spec.selector)
		fprintf(out, "%c%s", mark, r->spec.selector);
	fclose(out);
	return path;
}

static void ask(struct kvip_reflector *r, enum phase phase)
{
	struct kvip_request_spec spec = { .method = "GET" };
	unsigned int seconds = (unsigned int)kvip_backoff_random(
		&r->backoff, WATCH_LEAST, WATCH_MOST + 1);
	char *path;

	r->phase = phase;
	r->started = kvip_clock_monotonic();
	r->refused = false;
	r->error = false;
	r->heard = false;
	path = make_path(r, seconds);
	spec.path = path;
	if (phase == LISTING) {
		r->stream = kvip_stream_list(take_item, r);
	} else {
		spec.patient = true;
		spec.seconds = seconds + WATCH_GRACE;
		r->stream = kvip_stream_events(take_event, r);
		r->stats.watches++;
	}
	if (phase != WATCHING && !r->next)
		r->stats.lists++;
	r->stats.watching = phase == WATCHING;
	r->request = kvip_http_start(r->http, &spec, &request_ops, r);
	free(path);
	if (phase != LISTING)
		watch_silence(r);
}

static void ask_next(struct kvip_reflector *r)
{
	if (r->listed)
		ask(r, WATCHING);
	else if (r->spec.no_stream)
		ask(r, LISTING);
	else
		ask(r, STREAMING);
}

/* Drop what is under way. Its stream may be what called us. */
static void give_up(struct kvip_reflector *r)
{
	if (r->request)
		kvip_http_cancel(r->request);
	r->request = NULL;
	r->stats.watching = false;
	event_del(r->timer);
	if (!r->depth)
		drop_stream(r);
}

/* Seconds that a watch or streaming list may go on as it is; 0: not any more. */
static double patience(const struct kvip_reflector *r, double now)
{
	double heard = r->stats.last_heard, left, most;

	if (heard < r->started)
		heard = r->started;
	if (r->phase == WATCHING)
		return heard + scaled(r, WATCH_SILENCE) - now;
	left = heard + scaled(r, STREAM_SILENCE) - now;
	most = r->started + scaled(r, STREAM_MOST) - now;
	return left < most ? left : most;
}

static void watch_silence(struct kvip_reflector *r)
{
	double left = patience(r, kvip_clock_monotonic());
	enum phase phase = r->phase;

	if (left > 0) {
		/* a little more, lest it is looked at too early */
		set_timer(r, left + 0.001);
		return;
	}
	give_up(r);
	if (phase == WATCHING)
		watch_broke(r);
	else
		stream_broke(r, true);
	back_off(r, phase, -1,
		 phase == WATCHING ? "it was silent for too long" :
				     "it did not come to an end");
}

static void destroy(struct kvip_reflector *r)
{
	drop_stream(r);
	event_free(r->timer);
	free(r->version);
	free(r->list_version);
	free(r->next);
	free(r);
}

static void enter(struct kvip_reflector *r)
{
	r->depth++;
}

/* Whether the reflector is still there. */
static bool leave(struct kvip_reflector *r)
{
	if (--r->depth)
		return !r->dead;
	if (r->dead) {
		destroy(r);
		return false;
	}
	if (!r->request)
		drop_stream(r);
	return true;
}

static void on_timer(evutil_socket_t fd, short what_happened, void *arg)
{
	struct kvip_reflector *r = arg;

	(void)fd;
	(void)what_happened;
	enter(r);
	if (r->phase == WAITING)
		ask_next(r);
	else
		watch_silence(r);
	leave(r);
}

/* After a call of the taker's: refuse more if it wants no more. */
static int go_on(const struct kvip_reflector *r, struct kvip_err *err)
{
	if (r->request)
		return 0;
	return kvip_err_set(err, "it is not wanted any more");
}

static int take_item(void *arg, struct json_object *object,
		     struct kvip_err *err)
{
	struct kvip_reflector *r = arg;

	if (kvip_watch_check_kind(object, r->spec.kind, err))
		return -1;
	r->ops->put(r->arg, object);
	return go_on(r, err);
}

/* Everything came: from here it can be watched. */
static void list_is_complete(struct kvip_reflector *r, const char *version)
{
	set_version(r, version);
	r->listed = true;
	r->begun = false;
	r->broken = 0;
	r->too_large = 0;
	r->stats.synced = true;
}

/* The bookmark behind all there is: what follows is a watch. */
static int end_initial(struct kvip_reflector *r, const char *version,
		       struct kvip_err *err)
{
	list_is_complete(r, version);
	r->phase = WATCHING;
	r->started = kvip_clock_monotonic();
	r->heard = true;
	r->stats.watching = true;
	watch_silence(r);
	r->ops->complete(r->arg);
	return go_on(r, err);
}

static int take_error(struct kvip_reflector *r, struct json_object *object,
		      struct kvip_err *err)
{
	r->error = true;
	kvip_status_object(object, &r->status);
	return kvip_err_set(err, "%s", r->status.sentence.text);
}

static int take_change(struct kvip_reflector *r, struct json_object *object,
		       bool gone, struct kvip_err *err)
{
	if (gone)
		r->ops->gone(r->arg, object);
	else
		r->ops->put(r->arg, object);
	return go_on(r, err);
}

/* What a streaming list and the watch behind it have in common. */
static int take_either(struct kvip_reflector *r,
		       const struct kvip_watch_event *event,
		       struct kvip_err *err)
{
	switch (event->type) {
	case KVIP_WATCH_PUT:
		return take_change(r, event->object, false, err);
	case KVIP_WATCH_GONE:
		return take_change(r, event->object, true, err);
	case KVIP_WATCH_ERROR:
		return take_error(r, event->object, err);
	default:
		return 0;
	}
}

/* The versions are of no use until the end: objects come in order of names. */
static int take_initial(struct kvip_reflector *r,
			const struct kvip_watch_event *event,
			struct kvip_err *err)
{
	if (event->type == KVIP_WATCH_INITIAL_END)
		return end_initial(r, event->version, err);
	if (event->type == KVIP_WATCH_BOOKMARK)
		return kvip_err_set(
			err,
			"a bookmark before the one that ends the initial events");
	return take_either(r, event, err);
}

static int take_event(void *arg, struct json_object *json, struct kvip_err *err)
{
	struct kvip_reflector *r = arg;
	struct kvip_watch_event event;

	if (kvip_watch_event_read(json, r->spec.kind, &event, err))
		return -1;
	if (r->phase == STREAMING)
		return take_initial(r, &event, err);
	if (event.version) {
		set_version(r, event.version);
		r->heard = true;
		r->stats.events++;
		if (event.type == KVIP_WATCH_BOOKMARK ||
		    event.type == KVIP_WATCH_INITIAL_END)
			r->stats.bookmarks++;
	}
	return take_either(r, &event, err);
}

static void begin(struct kvip_reflector *r)
{
	if (r->phase == WATCHING || r->begun)
		return;
	r->begun = true;
	r->ops->begin(r->arg);
}

static int on_data(void *arg, const char *bytes, size_t len)
{
	struct kvip_reflector *r = arg;

	enter(r);
	r->stats.last_heard = kvip_clock_monotonic();
	begin(r);
	if (r->request && kvip_stream_push(r->stream, bytes, len, &r->err))
		r->refused = true;
	if (r->request && r->phase == WATCHING)
		r->ops->idle(r->arg);
	if (!leave(r))
		return -1;
	return r->request && !r->refused ? 0 : -1;
}

/* A list's page is complete: the next one, or the end. */
static void take_page(struct kvip_reflector *r, struct json_object *rest)
{
	const char *next = kvip_object_continue(rest);

	if (!r->list_version)
		replace(&r->list_version, kvip_object_version(rest));
	replace(&r->next, next);
	schedule(r, 0);
	if (next)
		return;
	list_is_complete(r, r->list_version);
	replace(&r->list_version, NULL);
	r->ops->complete(r->arg);
	/* it may have changed its mind */
	if (!r->dead && r->listed)
		r->ops->idle(r->arg);
}

static int check_page(const struct kvip_reflector *r, struct json_object *rest,
		      struct kvip_err *err)
{
	const char *next = kvip_object_continue(rest);

	if (!kvip_object_version(rest))
		return kvip_err_set(err, "a list without a resourceVersion");
	if (next && r->next && !strcmp(next, r->next))
		return kvip_err_set(err, "a page that leads to itself");
	return 0;
}

static void end_of_page(struct kvip_reflector *r)
{
	struct json_object *rest = NULL;

	if (r->refused || kvip_stream_end(r->stream, &rest, &r->err) ||
	    check_page(r, rest, &r->err)) {
		r->stats.refused++;
		page_broke(r, true);
		back_off(r, LISTING, -1, r->err.text);
	} else {
		take_page(r, rest);
	}
	json_object_put(rest);
}

/* A streaming list ended before the bookmark that would end it. */
static void end_of_stream(struct kvip_reflector *r, const char *error)
{
	if (r->refused) {
		r->stats.refused++;
		error = r->err.text;
	} else if (!error) {
		error = "it ended before it was complete";
	}
	stream_broke(r, r->refused);
	back_off(r, STREAMING, -1, error);
}

static void end_of_watch(struct kvip_reflector *r,
			 const struct kvip_reply *reply)
{
	double now = kvip_clock_monotonic(), pause;

	pause = r->started + scaled(r, WATCH_INTERVAL) - now;
	if (r->refused) {
		r->stats.refused++;
		watch_broke(r);
		back_off(r, WATCHING, -1, r->err.text);
	} else if (!r->heard && now - r->started < scaled(r, WATCH_BARREN)) {
		watch_broke(r);
		back_off(r, WATCHING, -1,
			 reply->error ? reply->error :
					"it ended at once, without an event");
	} else {
		r->broken = 0;
		if (reply->error)
			trouble(r, WATCHING, pause > 0 ? pause : 0,
				reply->error);
		else
			schedule(r, pause);
	}
}

/* An ERROR event: list again, unless the server is only too busy to watch. */
static void end_by_error(struct kvip_reflector *r, enum phase phase)
{
	int code = r->status.code;

	if (r->status.expired)
		forget_version(r);
	else if (phase == STREAMING && code == 504)
		too_large(r);
	else if (phase == STREAMING)
		stream_broke(r, false);
	else if (code != 429)
		list_anew(r);
	back_off(r, phase, r->status.retry_after, r->err.text);
}

/* A server that has no streaming lists says so in many ways. */
static bool has_no_streams(const struct kvip_status *status)
{
	return is_our_fault(status->code) && !status->expired;
}

static void on_done(void *arg, const struct kvip_reply *reply)
{
	struct kvip_reflector *r = arg;
	enum phase phase = r->phase;
	struct kvip_status status;

	enter(r);
	r->request = NULL;
	r->stats.watching = false;
	event_del(r->timer);
	if (reply->status)
		r->stats.last_heard = kvip_clock_monotonic();
	kvip_status_reply(reply, &status);
	if (r->error) {
		end_by_error(r, phase);
	} else if (phase == STREAMING && has_no_streams(&status)) {
		stream_broke(r, true);
		schedule(r, 0);
	} else if (status.code / 100 != 2) {
		no_answer(r, phase, &status);
	} else if (phase == WATCHING) {
		end_of_watch(r, reply);
	} else if (phase == STREAMING) {
		end_of_stream(r, reply->error);
	} else if (reply->error && !r->refused) {
		page_broke(r, false);
		back_off(r, phase, -1, reply->error);
	} else {
		end_of_page(r);
	}
	leave(r);
}

static const struct kvip_request_ops request_ops = {
	.data = on_data,
	.done = on_done,
};

static uint64_t any_seed(void)
{
	uint64_t seed;

	if (getrandom(&seed, sizeof(seed), GRND_NONBLOCK) != sizeof(seed))
		seed = (uint64_t)(kvip_clock_monotonic() * 1e9);
	return seed;
}

struct kvip_reflector *
kvip_reflector_new(struct event_base *base, struct kvip_http *http,
		   const struct kvip_reflector_spec *spec,
		   const struct kvip_reflector_ops *ops, void *arg)
{
	struct kvip_reflector *r = kvip_alloc(sizeof(*r));

	r->http = http;
	r->spec = *spec;
	if (!r->spec.page)
		r->spec.page = PAGE;
	if (r->spec.scale <= 0)
		r->spec.scale = 1;
	r->ops = ops;
	r->arg = arg;
	kvip_backoff_init(&r->backoff, spec->seed ? spec->seed : any_seed(),
			  r->spec.scale);
	r->version = kvip_strdup("");
	r->timer = event_new(base, -1, 0, on_timer, r);
	schedule(r, 0);
	return r;
}

void kvip_reflector_free(struct kvip_reflector *reflector)
{
	if (!reflector)
		return;
	give_up(reflector);
	reflector->dead = true;
	if (!reflector->depth)
		destroy(reflector);
}

void kvip_reflector_relist(struct kvip_reflector *reflector)
{
	if (reflector->dead)
		return;
	give_up(reflector);
	list_anew(reflector);
	schedule(reflector, 0);
}

const struct kvip_reflector_stats *
kvip_reflector_stats(const struct kvip_reflector *reflector)
{
	return &reflector->stats;
}
