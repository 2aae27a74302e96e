// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <event2/event.h>
#include <json-c/json.h>

#include "alloc.h"
#include "child.h"
#include "clock.h"
#include "kinds.h"
#include "lb_config.h"
#include "provider.h"
#include "provider_answer.h"
#include "provider_lock.h"

/* Seconds between two looks at a lock that somebody else has. */
#define LOCK_PERIOD 0.1

/* Seconds from SIGTERM to SIGKILL, and those that a program takes to end. */
#define GRACE 2.0

/* Lines of a call's standard error that are logged. */
#define LINES_MAX 100

/* Of an agent that systemd runs: words that are between the two alone. */
static const char *const private_names[] = {
	"NOTIFY_SOCKET=", "WATCHDOG_USEC=", "WATCHDOG_PID=",
	"LISTEN_FDS=",	  "LISTEN_PID=",    "LISTEN_FDNAMES=",
};

struct kvip_provider_call {
	struct event_base *base;
	struct event *turn; /* the lock is tried, or the answer told */
	char *program;
	double seconds;
	enum kvip_provider_action action;
	char *input;
	char *name; /* of the Service */
	char *lock_path;
	int lock; /* -1: not ours */
	double patience; /* for the lock, until then */
	struct kvip_child *child;
	unsigned int n_lines;
	void (*done)(void *arg, const struct kvip_provider_answer *answer);
	void (*log)(void *arg, const char *line);
	void *arg;
};

static const char *action_word(enum kvip_provider_action action)
{
	switch (action) {
	case KVIP_PROVIDER_ENSURE:
		return "ensure";
	case KVIP_PROVIDER_UPDATE:
		return "update";
	case KVIP_PROVIDER_DELETE:
		return "delete";
	}
	return "?";
}

static void free_call(struct kvip_provider_call *call)
{
	kvip_child_cancel(call->child);
	if (call->lock >= 0)
		kvip_provider_unlock(call->lock_path, call->lock);
	event_free(call->turn);
	free(call->program);
	free(call->input);
	free(call->name);
	free(call->lock_path);
	free(call);
}

/* The call is over before anybody is told, who may make the next one. */
static void finish(struct kvip_provider_call *call,
		   struct kvip_provider_answer *answer)
{
	void (*done)(void *arg, const struct kvip_provider_answer *answer) =
		call->done;
	void *arg = call->arg;

	free_call(call);
	done(arg, answer);
	json_object_put(answer->ingress);
}

static void fail(struct kvip_provider_call *call, const struct kvip_err *why)
{
	struct kvip_provider_answer answer = { .error = *why };

	kvip_err_prefix(&answer.error, "the provider %s ", call->program);
	finish(call, &answer);
}

static void on_line(void *arg, const char *line)
{
	struct kvip_provider_call *call = arg;

	if (call->log && call->n_lines++ < LINES_MAX)
		call->log(call->arg, line);
}

static void fail_child(struct kvip_provider_call *call,
		       const struct kvip_child_result *result)
{
	const char *complaint = result->complaint;
	struct kvip_err why;

	switch (result->end) {
	case KVIP_CHILD_TOO_MUCH:
		kvip_err_set(&why, "printed more than %d bytes",
			     KVIP_PROVIDER_ANSWER_MAX);
		break;
	case KVIP_CHILD_TOO_LONG:
		kvip_err_set(&why, "did not end within %g seconds%s%s",
			     call->seconds, *complaint ? ": " : "", complaint);
		break;
	case KVIP_CHILD_SIGNALLED:
		kvip_err_set(&why, "was killed by signal %d%s%s",
			     result->status, *complaint ? ": " : "", complaint);
		break;
	case KVIP_CHILD_EXITED:
		kvip_err_set(&why, "ended with status %d%s%s", result->status,
			     *complaint ? ": " : "", complaint);
		break;
	}
	fail(call, &why);
}

static void on_end(void *arg, const struct kvip_child_result *result)
{
	struct kvip_provider_call *call = arg;
	struct kvip_provider_answer answer;
	struct kvip_err why;

	call->child = NULL;
	if (result->end != KVIP_CHILD_EXITED || result->status)
		fail_child(call, result);
	else if (kvip_provider_answer_read(result->text, result->len,
					   call->action, &answer, &why))
		fail(call, &why);
	else
		finish(call, &answer);
}

static bool is_private(const char *variable)
{
	size_t i;

	for (i = 0; i < sizeof(private_names) / sizeof(private_names[0]); i++)
		if (!strncmp(variable, private_names[i],
			     strlen(private_names[i])))
			return true;
	return false;
}

static char **environment(void)
{
	size_t i, n = 0;
	char **list;

	for (i = 0; environ && environ[i]; i++)
		;
	list = kvip_alloc((i + 1) * sizeof(*list));
	for (i = 0; environ && environ[i]; i++)
		if (!is_private(environ[i]))
			list[n++] = environ[i];
	return list;
}

static void run(struct kvip_provider_call *call)
{
	char **env = environment();
	char *const args[] = { call->program, NULL };
	const struct kvip_child_order order = {
		.command = call->program,
		.args = args,
		.env = env,
		.input = call->input,
		.input_len = strlen(call->input),
		.keep = call->lock,
		.max = KVIP_PROVIDER_ANSWER_MAX,
		.seconds = call->seconds,
		.grace = GRACE,
		.whole = true,
		.line = on_line,
	};
	struct kvip_err why;

	call->child = kvip_child_start(call->base, &order, on_end, call);
	free(env);
	if (call->child)
		return;
	kvip_err_set(&why, "cannot be run: %s", strerror(errno));
	fail(call, &why);
}

static void wait_for_turn(struct kvip_provider_call *call, double seconds)
{
	struct timeval time = kvip_clock_interval(seconds);

	event_add(call->turn, &time);
}

static void on_turn(evutil_socket_t fd, short what, void *arg)
{
	struct kvip_provider_call *call = arg;
	struct kvip_err why;
	int ret = kvip_provider_lock(call->lock_path, &call->lock, &why);

	(void)fd;
	(void)what;
	if (ret > 0) {
		run(call);
		return;
	}
	call->lock = -1;
	if (ret < 0) {
		kvip_err_prefix(&why, "cannot be run: ");
		fail(call, &why);
	} else if (kvip_clock_monotonic() < call->patience) {
		wait_for_turn(call, LOCK_PERIOD);
	} else {
		kvip_err_set(
			&why,
			"was not run: another one runs for Service %s, and did not end",
			call->name);
		fail(call, &why);
	}
}

static void add_text(struct json_object *to, const char *name, const char *text)
{
	json_object_object_add(to, name, json_object_new_string(text));
}

static char *make_request(enum kvip_provider_action action,
			  struct json_object *service,
			  struct json_object *nodes)
{
	struct json_object *request = json_object_new_object();
	char *text;

	add_text(request, "apiVersion", "kvip/v1");
	add_text(request, "kind", "LoadBalancerRequest");
	add_text(request, "action", action_word(action));
	json_object_object_add(request, "service", json_object_get(service));
	json_object_object_add(request, "nodes",
			       nodes ? json_object_get(nodes) :
				       json_object_new_array());
	if (asprintf(&text, "%s\n",
		     json_object_to_json_string_ext(
			     request, JSON_C_TO_STRING_PLAIN |
					      JSON_C_TO_STRING_NOSLASHESCAPE)) <
	    0)
		abort();
	json_object_put(request);
	return text;
}

struct kvip_provider_call *kvip_provider_call(
	struct event_base *base, const struct kvip_lb_config *config,
	enum kvip_provider_action action, struct json_object *service,
	struct json_object *nodes,
	void (*done)(void *arg, const struct kvip_provider_answer *answer),
	void (*log)(void *arg, const char *line), void *arg)
{
	struct kvip_provider_call *call = kvip_alloc(sizeof(*call));

	call->base = base;
	call->program = kvip_strdup(config->provider);
	call->seconds = config->provider_seconds;
	call->action = action;
	call->input = make_request(action, service, nodes);
	if (asprintf(&call->name, "%s/%s", kvip_object_ns(service),
		     kvip_object_name(service)) < 0)
		abort();
	call->lock_path = kvip_provider_lock_path(service);
	call->lock = -1;
	/* who has it has as long as we have, and may be two */
	call->patience = kvip_clock_monotonic() + 2 * (call->seconds + GRACE);
	call->done = done;
	call->log = log;
	call->arg = arg;
	call->turn = evtimer_new(base, on_turn, call);
	if (!call->turn)
		abort();
	wait_for_turn(call, 0);
	return call;
}

void kvip_provider_cancel(struct kvip_provider_call *call)
{
	if (call)
		free_call(call);
}

/* A call that is waited for. */
struct asking {
	struct event_base *base;
	struct kvip_provider_answer *answer;
};

static void on_answer(void *arg, const struct kvip_provider_answer *answer)
{
	struct asking *asking = arg;

	*asking->answer = *answer;
	json_object_get(answer->ingress);
	event_base_loopbreak(asking->base);
}

void kvip_provider_ask(const struct kvip_lb_config *config,
		       enum kvip_provider_action action,
		       struct json_object *service, struct json_object *nodes,
		       struct kvip_provider_answer *answer)
{
	struct asking asking = { .base = event_base_new(), .answer = answer };

	if (!asking.base)
		abort();
	kvip_provider_call(asking.base, config, action, service, nodes,
			   on_answer, NULL, &asking);
	event_base_dispatch(asking.base);
	event_base_free(asking.base);
}
