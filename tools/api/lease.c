// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A candidate: one request is under way at most, and one timer tells when the
 * next is due, or that nothing was heard for too long. Whoever is told may free
 * the elector: memory goes when the event loop's call is left.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include <event2/event.h>
#include <json-c/json.h>

#include "alloc.h"
#include "backoff.h"
#include "clock.h"
#include "http.h"
#include "lease.h"
#include "lease_object.h"
#include "object.h"
#include "status.h"

/* Seconds that one request may take: two fit into the deadline. */
#define PATIENCE 5

/* The longest wait that a server may ask of one who does not hold it. */
#define RETRY_MOST 30

enum action {
	READING,
	TAKING, /* or renewing */
	RELEASING,
};

struct kvip_elector {
	struct kvip_http *http;
	struct kvip_elector_spec spec; /* its strings are owned */
	const struct kvip_elector_ops *ops;
	void *arg;
	struct kvip_backoff jitter;
	struct event *timer;
	unsigned int depth; /* of calls from the event loop */
	bool dead; /* freed from within */

	struct kvip_request *request;
	enum action action; /* what it is for */
	double begun; /* when it was sent */
	double next; /* when the next one is due */

	struct json_object *lease; /* as the server told it last, or NULL */
	bool doubtful; /* by now it may be another: read it first */
	double seen; /* when its holder changed it last, as far as we know */
	char *told; /* the holder that observed() was called with, or NULL */
	double renewed; /* when the request began that made it ours; 0: none */
	bool leading;
	bool resigning;
	bool gone; /* delete it then */
	bool finished; /* resigned() was called */
};

static double scaled(const struct kvip_elector *e, double seconds)
{
	return seconds * e->spec.scale;
}

static void set_timer(struct kvip_elector *e)
{
	double now = kvip_clock_monotonic(), wait = -1;
	struct timeval interval;

	if (!e->request && !e->finished)
		wait = e->next > now ? e->next - now : 0;
	if (e->leading) {
		double rest = e->renewed + scaled(e, KVIP_LEASE_DEADLINE) - now;

		if (wait < 0 || rest < wait)
			wait = rest > 0 ? rest : 0;
	}
	if (wait < 0) {
		event_del(e->timer);
		return;
	}
	interval = kvip_clock_interval(wait);
	event_add(e->timer, &interval);
}

static void give_up_memory(struct kvip_elector *e)
{
	json_object_put(e->lease);
	event_free(e->timer);
	free((char *)e->spec.ns);
	free((char *)e->spec.name);
	free((char *)e->spec.identity);
	free((char *)e->spec.label);
	free(e->told);
	free(e);
}

static void enter(struct kvip_elector *e)
{
	e->depth++;
}

static void leave(struct kvip_elector *e)
{
	e->depth--;
	if (e->dead && !e->depth)
		give_up_memory(e);
	else if (!e->dead)
		set_timer(e);
}

static bool is_ours(const struct kvip_elector *e)
{
	return e->lease &&
	       !strcmp(kvip_lease_holder(e->lease), e->spec.identity);
}

/* The server told of the Lease: @lease becomes ours to keep; NULL: it has none. */
static void see(struct kvip_elector *e, struct json_object *lease)
{
	const char *holder = lease ? kvip_lease_holder(lease) : "";
	char *copy;

	if (!e->lease || !lease || kvip_lease_changed(e->lease, lease))
		e->seen = kvip_clock_monotonic();
	json_object_put(e->lease);
	e->lease = lease;
	if (e->told && !strcmp(e->told, holder))
		return;
	copy = kvip_strdup(holder);
	free(e->told);
	e->told = copy;
	if (e->ops->observed)
		e->ops->observed(e->arg, copy);
}

static bool has_expired(const struct kvip_elector *e)
{
	int seconds = kvip_lease_seconds(e->lease);

	if (seconds <= 0)
		seconds = KVIP_LEASE_DURATION;
	return kvip_clock_monotonic() - e->seen >= scaled(e, seconds);
}

static void stop_leading(struct kvip_elector *e)
{
	if (!e->leading)
		return;
	e->leading = false;
	e->ops->stopped(e->arg);
}

static void start_leading(struct kvip_elector *e)
{
	double age = kvip_clock_monotonic() - e->begun;

	/* we were busy, or stopped: by now it may be anybody's */
	if (age >= scaled(e, KVIP_LEASE_DEADLINE))
		return;
	e->renewed = e->begun;
	if (e->leading)
		return;
	e->leading = true;
	e->ops->started(e->arg);
}

static const struct kvip_request_ops request_ops;

static void ask(struct kvip_elector *e, enum action action, const char *method,
		const char *path, const char *body)
{
	double seconds = scaled(e, PATIENCE);
	const struct kvip_request_spec spec = {
		.method = method,
		.path = path,
		.body = body,
		.seconds = seconds < 1 ? 1 : (unsigned int)seconds,
	};

	e->action = action;
	e->begun = kvip_clock_monotonic();
	e->request = kvip_http_start(e->http, &spec, &request_ops, e);
}

static void read_lease(struct kvip_elector *e)
{
	char *path = kvip_lease_path(&e->spec, false);

	ask(e, READING, "GET", path, NULL);
	free(path);
}

/* Write @lease, which is given up. */
static void write_lease(struct kvip_elector *e, enum action action,
			struct json_object *lease)
{
	bool make = !e->lease;
	char *path = kvip_lease_path(&e->spec, make);

	ask(e, action, make ? "POST" : "PUT", path,
	    json_object_to_json_string_ext(
		    lease,
		    JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE));
	free(path);
	json_object_put(lease);
}

/* The Lease as it is, to be changed. */
static struct json_object *copy_lease(const struct kvip_elector *e)
{
	struct json_object *copy = NULL;

	if (!e->lease)
		return kvip_lease_new(&e->spec);
	if (json_object_deep_copy(e->lease, &copy, NULL))
		abort();
	return copy;
}

static void take(struct kvip_elector *e)
{
	struct json_object *lease = copy_lease(e);

	kvip_lease_hold(lease, e->spec.identity, KVIP_LEASE_DURATION,
			kvip_clock_unix());
	write_lease(e, TAKING, lease);
}

static void give_back(struct kvip_elector *e)
{
	struct json_object *lease;
	char *path, *body;

	if (!e->gone) {
		lease = copy_lease(e);
		kvip_lease_release(lease, kvip_clock_unix());
		write_lease(e, RELEASING, lease);
		return;
	}
	path = kvip_lease_path(&e->spec, false);
	body = kvip_lease_delete_body(e->lease);
	ask(e, RELEASING, "DELETE", path, body);
	free(path);
	free(body);
}

/* The next try, in about as many seconds. */
static void schedule(struct kvip_elector *e, double seconds, double jitter)
{
	double wait = seconds + kvip_backoff_random(&e->jitter, 0, jitter);

	e->next = kvip_clock_monotonic() + scaled(e, wait);
}

static void resigned(struct kvip_elector *e)
{
	e->finished = true;
	if (e->ops->resigned)
		e->ops->resigned(e->arg);
}

static void go_on(struct kvip_elector *e)
{
	if (e->finished)
		return;
	if (e->doubtful)
		read_lease(e);
	else if (e->resigning && is_ours(e))
		give_back(e);
	else if (e->resigning)
		resigned(e);
	else if (is_ours(e) && e->renewed > 0)
		take(e);
	else
		read_lease(e);
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct kvip_elector *e = arg;
	double now = kvip_clock_monotonic();

	(void)fd;
	(void)what;
	enter(e);
	if (e->leading && now >= e->renewed + scaled(e, KVIP_LEASE_DEADLINE))
		stop_leading(e);
	if (!e->dead && !e->request && now >= e->next)
		go_on(e);
	leave(e);
}

static void trouble(struct kvip_elector *e, const char *sentence)
{
	if (e->ops->trouble)
		e->ops->trouble(e->arg, sentence);
}

/* The server said no, or nothing. */
static void failed(struct kvip_elector *e, const struct kvip_reply *reply)
{
	struct kvip_status status;
	double wait = KVIP_LEASE_RETRY;

	if (!reply->error && reply->status / 100 == 2) {
		/* a proxy's page, perhaps */
		status.retry_after = -1;
		kvip_err_set(&status.sentence,
			     "the API server's answer is no Lease");
	} else {
		kvip_status_reply(reply, &status);
	}
	if (!e->leading && status.retry_after > wait)
		wait = status.retry_after < RETRY_MOST ? status.retry_after :
							 RETRY_MOST;
	schedule(e, wait, KVIP_LEASE_RETRY / 2.0);
	trouble(e, status.sentence.text);
}

/* The Lease that an answer holds, or NULL. */
static struct json_object *parse(const struct kvip_reply *reply)
{
	struct json_object *lease = json_tokener_parse(reply->body);

	if (kvip_object_version(lease))
		return lease;
	json_object_put(lease);
	return NULL;
}

static void was_read(struct kvip_elector *e, const struct kvip_reply *reply)
{
	struct json_object *lease = NULL;

	if (!reply->error && reply->status == 200)
		lease = parse(reply);
	if (!lease && (reply->error || reply->status != 404)) {
		if (e->resigning)
			resigned(e);
		else
			failed(e, reply);
		return;
	}
	e->doubtful = false;
	see(e, lease);
	if (e->dead)
		return;
	if (e->resigning) {
		go_on(e);
	} else if (!lease || !*kvip_lease_holder(lease) || is_ours(e) ||
		   has_expired(e)) {
		take(e);
	} else {
		schedule(e, KVIP_LEASE_RETRY, KVIP_LEASE_RETRY / 2.0);
		stop_leading(e);
	}
}

/* Another one was faster, or the Lease is gone; or nobody knows. */
static void was_not_taken(struct kvip_elector *e,
			  const struct kvip_reply *reply)
{
	e->doubtful = true;
	if (!reply->error && (reply->status == 409 || reply->status == 404))
		schedule(e, 0, KVIP_LEASE_RETRY / 4.0);
	else
		failed(e, reply);
	if (!e->dead && e->resigning)
		go_on(e);
}

static void was_taken(struct kvip_elector *e, const struct kvip_reply *reply)
{
	if (reply->error || reply->status / 100 != 2) {
		was_not_taken(e, reply);
		return;
	}
	/* what can't be read now is read later */
	see(e, parse(reply));
	if (e->dead)
		return;
	if (e->resigning) {
		e->doubtful = !e->lease;
		go_on(e);
		return;
	}
	schedule(e, KVIP_LEASE_RETRY * 0.9, KVIP_LEASE_RETRY * 0.2);
	start_leading(e);
}

static void on_done(void *arg, const struct kvip_reply *reply)
{
	struct kvip_elector *e = arg;

	enter(e);
	e->request = NULL;
	switch (e->action) {
	case READING:
		was_read(e, reply);
		break;
	case TAKING:
		was_taken(e, reply);
		break;
	case RELEASING:
		resigned(e);
		break;
	}
	leave(e);
}

static const struct kvip_request_ops request_ops = { .done = on_done };

static unsigned int random_seed(void)
{
	unsigned int seed;

	if (getrandom(&seed, sizeof(seed), GRND_NONBLOCK) != sizeof(seed))
		seed = (unsigned int)(kvip_clock_unix() * 1e6);
	return seed;
}

struct kvip_elector *kvip_elector_new(struct event_base *base,
				      struct kvip_http *http,
				      const struct kvip_elector_spec *spec,
				      const struct kvip_elector_ops *ops,
				      void *arg)
{
	struct kvip_elector *e = kvip_alloc(sizeof(*e));

	e->http = http;
	e->spec = *spec;
	e->spec.ns = kvip_strdup(spec->ns);
	e->spec.name = kvip_strdup(spec->name);
	e->spec.identity = kvip_strdup(spec->identity);
	e->spec.label = spec->label ? kvip_strdup(spec->label) : NULL;
	if (!(e->spec.scale > 0))
		e->spec.scale = 1;
	e->ops = ops;
	e->arg = arg;
	kvip_backoff_init(&e->jitter, spec->seed ? spec->seed : random_seed(),
			  1);
	e->timer = event_new(base, -1, 0, on_timer, e);
	if (!e->timer)
		abort();
	schedule(e, spec->delay, 0);
	set_timer(e);
	return e;
}

void kvip_elector_resign(struct kvip_elector *e, bool gone)
{
	if (e->resigning)
		return;
	enter(e);
	e->resigning = true;
	e->gone = gone;
	e->next = 0;
	stop_leading(e);
	leave(e);
}

void kvip_elector_free(struct kvip_elector *e)
{
	if (!e || e->dead)
		return;
	if (e->request)
		kvip_http_cancel(e->request);
	e->request = NULL;
	event_del(e->timer);
	if (e->depth)
		e->dead = true;
	else
		give_up_memory(e);
}

bool kvip_elector_leads(const struct kvip_elector *e)
{
	return e->leading;
}

double kvip_elector_renewed(const struct kvip_elector *e)
{
	return e->renewed;
}
