// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Each Event is remembered for a while after it happened last, and is due when
 * the server is to be told of it: anew, or how often by now. One request at a
 * time is under way.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/random.h>

#include <event2/event.h>

#include "alloc.h"
#include "backoff.h"
#include "clock.h"
#include "event_object.h"
#include "events.h"
#include "http.h"
#include "log.h"
#include "status.h"

#define WAITING_MOST 25
#define BURST 25.0
#define PER_SECOND 1.0
#define TRIES 3

/* Seconds. */
#define SERIES_FORGET 600
#define SERIES_INTERVAL 60
#define RETRY_MOST 300
#define PATIENCE 30

/* An Event, and how much of it the server knows. */
struct entry {
	TAILQ_ENTRY(entry) link;
	struct kvip_event event;
	unsigned int count; /* how often it happened */
	unsigned int told; /* ... as the server knows; 0: nothing */
	unsigned int telling; /* ... as the request under way says */
	unsigned int tries; /* that failed in a row */
	double last; /* Unix time when it happened last */
	double last_seen; /* the same, monotonic */
	double last_told; /* monotonic */
	bool waits; /* the server is to be told, from then on: */
	double due; /* monotonic */
};

TAILQ_HEAD(entries, entry);

struct kvip_events {
	struct kvip_http *http;
	struct kvip_stats *stats;
	char *node;
	double scale;
	uint64_t number; /* of the last name */
	struct entries entries; /* the first to come first */
	struct entry *under_way;
	struct kvip_request *request;
	struct event *timer;
	struct kvip_backoff backoff;
	double tokens; /* requests that may be sent now */
	double tokens_at; /* when they were so many; monotonic */
	double paused_until; /* monotonic */
	bool failing; /* the log knows */
};

static void set_timer(struct kvip_events *events, double seconds)
{
	/* a little more, lest it is too early */
	const struct timeval wait =
		kvip_clock_interval(seconds > 0 ? seconds + 0.001 : 0);

	event_add(events->timer, &wait);
}

static void drop(struct kvip_events *events, struct entry *entry)
{
	TAILQ_REMOVE(&events->entries, entry, link);
	kvip_event_free(&entry->event);
	free(entry);
}

/* Forget what has not happened for long. */
static void forget_old(struct kvip_events *events, double now)
{
	double old = now - SERIES_FORGET * events->scale;
	struct entry *entry, *next;

	for (entry = TAILQ_FIRST(&events->entries); entry; entry = next) {
		next = TAILQ_NEXT(entry, link);
		if (entry->last_seen < old && !entry->waits &&
		    entry != events->under_way)
			drop(events, entry);
	}
}

/* Seconds until a request may be sent. */
static double rate_wait(struct kvip_events *events, double now)
{
	double rate = PER_SECOND / events->scale;

	events->tokens += (now - events->tokens_at) * rate;
	if (events->tokens > BURST)
		events->tokens = BURST;
	events->tokens_at = now;
	return events->tokens >= 1 ? 0 : (1 - events->tokens) / rate;
}

static struct entry *first_due(const struct kvip_events *events)
{
	struct entry *entry, *first = NULL;

	TAILQ_FOREACH(entry, &events->entries, link)
	if (entry->waits && (!first || entry->due < first->due))
		first = entry;
	return first;
}

static const struct kvip_request_ops request_ops;

static void ask(struct kvip_events *events, struct entry *entry)
{
	bool anew = !entry->told;
	char *path = kvip_event_path(&entry->event, !anew);
	char *body = anew ? kvip_event_body(&entry->event, events->node) :
			    kvip_event_series(entry->count, entry->last);
	struct kvip_request_spec spec = {
		.method = anew ? "POST" : "PATCH",
		.path = path,
		.body = body,
		.seconds = PATIENCE,
	};

	entry->waits = false;
	/* the rest of them comes as a series */
	entry->telling = anew ? 1 : entry->count;
	events->under_way = entry;
	events->tokens -= 1;
	events->request =
		kvip_http_start(events->http, &spec, &request_ops, events);
	free(path);
	free(body);
}

/* Send what is due, or set the timer to when there is something to do. */
static void go_on(struct kvip_events *events)
{
	double now = kvip_clock_monotonic(), wait, until;
	struct entry *entry;

	if (events->request)
		return;
	entry = first_due(events);
	if (!entry)
		return;
	until = entry->due > events->paused_until ? entry->due :
						    events->paused_until;
	wait = rate_wait(events, now);
	if (until - now > wait)
		wait = until - now;
	if (wait > 0)
		set_timer(events, wait);
	else
		ask(events, entry);
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	go_on(arg);
}

/* The server is to be told how often it happened, if it does not know. */
static void tell_series(struct kvip_events *events, struct entry *entry)
{
	if (entry->waits || entry == events->under_way || !entry->told ||
	    entry->count == entry->told)
		return;
	entry->waits = true;
	entry->due = entry->last_told + SERIES_INTERVAL * events->scale;
}

/* It was told, or it is not worth another try. */
static void settle(struct kvip_events *events, struct entry *entry)
{
	entry->tries = 0;
	entry->last_told = kvip_clock_monotonic();
	if (!entry->told)
		drop(events, entry);
	else
		tell_series(events, entry);
}

static void succeeded(struct kvip_events *events, struct entry *entry)
{
	events->stats->events_sent++;
	if (events->failing)
		kvip_log(KVIP_LOG_INFO, "Events can be sent again");
	events->failing = false;
	entry->told = entry->telling;
	settle(events, entry);
}

/* Say so once, until one can be sent again. */
static void log_failure(struct kvip_events *events, const struct entry *entry,
			const struct kvip_status *status)
{
	kvip_log(events->failing ? KVIP_LOG_DEBUG : KVIP_LOG_WARNING,
		 "an Event cannot be sent",
		 KVIP_TEXT("reason", entry->event.reason),
		 KVIP_TEXT("namespace", entry->event.subject.ns),
		 KVIP_TEXT("name", entry->event.subject.name),
		 KVIP_TEXT("error", status->sentence.text));
	events->failing = true;
}

static void give_up(struct kvip_events *events, struct entry *entry,
		    const struct kvip_status *status)
{
	events->stats->events_failed++;
	log_failure(events, entry, status);
	entry->told = entry->told ? entry->count : 0;
	settle(events, entry);
}

/* The server may do better later; nothing is asked until then. */
static void try_again(struct kvip_events *events, struct entry *entry,
		      const struct kvip_status *status)
{
	double now = kvip_clock_monotonic(), wait, wanted = status->retry_after;

	if (++entry->tries >= TRIES) {
		give_up(events, entry, status);
		return;
	}
	wait = kvip_backoff_next(&events->backoff, now);
	if (wanted > RETRY_MOST)
		wanted = RETRY_MOST;
	if (wait < wanted * events->scale)
		wait = wanted * events->scale;
	events->paused_until = now + wait;
	entry->waits = true;
	entry->due = now;
}

/* It may have been kept for its time, and be gone: tell it anew. */
static void tell_anew(struct kvip_events *events, struct entry *entry)
{
	entry->told = 0;
	entry->count = 1;
	entry->event.first = entry->last;
	kvip_event_set_name(&entry->event, ++events->number);
	entry->waits = true;
	entry->due = kvip_clock_monotonic();
}

static bool is_refusal(int code)
{
	return code / 100 == 4 && code != 401 && code != 408 && code != 429;
}

static void on_done(void *arg, const struct kvip_reply *reply)
{
	struct kvip_events *events = arg;
	struct entry *entry = events->under_way;
	struct kvip_status status;

	events->request = NULL;
	events->under_way = NULL;
	kvip_status_reply(reply, &status);
	if (status.code / 100 == 2)
		succeeded(events, entry);
	else if (status.code == 409 && !entry->told)
		/* an earlier try came there, and the answer was lost */
		succeeded(events, entry);
	else if (status.code == 404 && entry->told)
		tell_anew(events, entry);
	else if (is_refusal(status.code))
		give_up(events, entry, &status);
	else
		try_again(events, entry, &status);
	go_on(events);
}

static const struct kvip_request_ops request_ops = { .done = on_done };

struct kvip_events *kvip_events_new(struct event_base *base,
				    struct kvip_http *http, const char *node,
				    struct kvip_stats *stats)
{
	struct kvip_events *events = kvip_alloc(sizeof(*events));

	events->http = http;
	events->stats = stats;
	events->node = kvip_strdup(node);
	/*
	 * Names of an earlier run, or of another node that tells of the same in
	 * the same moment, are not to come again.
	 */
	if (getrandom(&events->number, sizeof(events->number), GRND_NONBLOCK) !=
	    sizeof(events->number))
		events->number = (uint64_t)(kvip_clock_unix() * 1e9);
	TAILQ_INIT(&events->entries);
	events->timer = event_new(base, -1, 0, on_timer, events);
	kvip_events_set_scale(events, 1);
	return events;
}

void kvip_events_set_scale(struct kvip_events *events, double scale)
{
	events->scale = scale;
	events->tokens = BURST;
	events->tokens_at = kvip_clock_monotonic();
	kvip_backoff_init(&events->backoff, events->number, scale);
}

void kvip_events_free(struct kvip_events *events)
{
	struct entry *entry;

	if (!events)
		return;
	if (events->request)
		kvip_http_cancel(events->request);
	while ((entry = TAILQ_FIRST(&events->entries)))
		drop(events, entry);
	event_free(events->timer);
	free(events->node);
	free(events);
}

static struct entry *find(const struct kvip_events *events,
			  const struct kvip_event *event)
{
	struct entry *entry;

	TAILQ_FOREACH(entry, &events->entries, link)
	if (kvip_event_same(&entry->event, event))
		return entry;
	return NULL;
}

static unsigned int count_waiting(const struct kvip_events *events)
{
	struct entry *entry;
	unsigned int n = 0;

	TAILQ_FOREACH(entry, &events->entries, link)
	n += entry->waits && !entry->told;
	return n;
}

/* A new one; @event becomes the entry's, or is freed if there is no room. */
static struct entry *add(struct kvip_events *events, struct kvip_event *event)
{
	struct entry *entry;

	if (count_waiting(events) >= WAITING_MOST) {
		events->stats->events_failed++;
		kvip_event_free(event);
		return NULL;
	}
	entry = kvip_alloc(sizeof(*entry));
	entry->event = *event;
	entry->event.first = kvip_clock_unix();
	kvip_event_set_name(&entry->event, ++events->number);
	entry->waits = true;
	entry->due = kvip_clock_monotonic();
	TAILQ_INSERT_TAIL(&events->entries, entry, link);
	return entry;
}

void kvip_events_send(struct kvip_events *events,
		      const struct kvip_event_subject *subject, bool warning,
		      const char *reason, const char *action, const char *note)
{
	struct kvip_event event;
	struct entry *entry;

	if (!events || !events->http)
		return;
	forget_old(events, kvip_clock_monotonic());
	kvip_event_init(&event, subject, warning, reason, action, note);
	entry = find(events, &event);
	if (entry) {
		kvip_event_free(&event);
	} else {
		entry = add(events, &event);
		if (!entry)
			return;
	}
	entry->count++;
	entry->last = kvip_clock_unix();
	entry->last_seen = kvip_clock_monotonic();
	tell_series(events, entry);
	go_on(events);
}
