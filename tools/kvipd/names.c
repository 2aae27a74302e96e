// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "alloc.h"
#include "clock.h"
#include "dns_config.h"
#include "dns_pods.h"
#include "log.h"
#include "names.h"
#include "zones.h"

/* Seconds between two beginnings, and between tries of what failed. */
#define PERIOD 0.1
#define RETRY_FIRST 1.0
#define RETRY_MAX 60.0

/* Seconds a child may take: its lock, its command, and then some. */
#define PATIENCE 60

/* The same where somebody waits for us to end. */
#define LAST_PATIENCE 12

/* What a child reports: less than a pipe takes at once. */
struct report {
	bool failed;
	struct kvip_zones_report zones;
	uint64_t left_out;
	struct kvip_err first_left_out;
	struct kvip_err err;
};

struct kvip_names {
	struct event_base *base;
	const struct kvip_dns_config *config;
	const struct kvip_model *model;
	const struct kvip_dns_pods *pods;
	struct kvip_names_counts counts;
	struct event *timer; /* to begin */
	struct event *limit; /* of the child's time */
	struct event *answer;
	pid_t pid; /* 0: there is no child */
	int pipe;
	bool changed; /* since the last child was forked */
	bool reload; /* files were written that the server was not told of */
	double began;
	double retry; /* seconds until the next try; 0: the last one went well */
	char said[sizeof(((struct kvip_err *)NULL)->text)]; /* the last error */
	uint64_t left_out_said;
};

/*
 * In the child: from what it was forked with. Nothing that is the agent's is
 * used: its sockets and its lock are closed, so that nobody takes the child for
 * the agent once that is gone, and a signal to all of them does not end a write
 * half-way, nor go into the agent's event loop.
 */
static void become_writer(int *out)
{
	static const int deaf[] = { SIGTERM, SIGINT, SIGHUP, SIGPIPE };
	sigset_t none;
	size_t i;

	for (i = 0; i < sizeof(deaf) / sizeof(deaf[0]); i++)
		signal(deaf[i], SIG_IGN);
	signal(SIGCHLD, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	*out = dup2(*out, STDERR_FILENO + 1);
	fcntl(*out, F_SETFD, FD_CLOEXEC);
	closefrom(STDERR_FILENO + 2);
}

static void write_zones(const struct kvip_names *names, struct report *report)
{
	const struct kvip_dns_config *config = names->config;
	const struct kvip_dns_pods *pods = names->pods;
	struct kvip_zones zones;
	struct kvip_err err;
	int ret;

	kvip_zones_make(names->model, pods ? pods->items : NULL,
			pods ? pods->n : 0, config, &zones);
	report->left_out = zones.n_left_out;
	report->first_left_out = zones.first_left_out;
	ret = kvip_zones_write(&zones, config, &report->zones, &report->err);
	/* what was written before an error is to be known, too */
	if ((names->reload || report->zones.n_written ||
	     report->zones.n_removed) &&
	    kvip_dns_reload(config, ret ? &err : &report->err))
		ret = -1;
	report->failed = ret;
}

static void __attribute__((noreturn))
run_child(const struct kvip_names *names, int out)
{
	struct report report = {};
	const char *at = (const char *)&report;
	size_t left = sizeof(report);

	become_writer(&out);
	write_zones(names, &report);
	while (left) {
		ssize_t n = write(out, at, left);

		if (n < 0)
			_exit(1);
		at += n;
		left -= (size_t)n;
	}
	/* nothing that the agent registered for its own end */
	_exit(0);
}

static void say_error(struct kvip_names *names, const char *text)
{
	if (strcmp(names->said, text))
		kvip_log(KVIP_LOG_ERROR,
			 "names are not written, and are tried again",
			 KVIP_TEXT("error", text));
	snprintf(names->said, sizeof(names->said), "%s", text);
}

static void say_left_out(struct kvip_names *names, const struct report *report)
{
	if (report->left_out && report->left_out != names->left_out_said)
		kvip_log(KVIP_LOG_WARNING,
			 "Services are left out that a zone can't tell of",
			 KVIP_NUMBER("services", report->left_out),
			 KVIP_TEXT("first", report->first_left_out.text));
	names->left_out_said = report->left_out;
}

static void begin_later(struct kvip_names *names)
{
	double at = names->began + PERIOD;
	struct timeval tv;

	if (names->retry > 0)
		at = kvip_clock_monotonic() + names->retry;
	tv = kvip_clock_interval(at - kvip_clock_monotonic());
	evtimer_add(names->timer, &tv);
}

static void fail(struct kvip_names *names, const char *text)
{
	names->counts.failed++;
	/* nobody knows how far it came */
	names->reload = true;
	names->changed = true;
	names->retry *= 2;
	if (!(names->retry > 0))
		names->retry = RETRY_FIRST;
	if (names->retry > RETRY_MAX)
		names->retry = RETRY_MAX;
	say_error(names, text);
}

static void succeed(struct kvip_names *names, const struct report *report)
{
	struct kvip_names_counts *counts = &names->counts;

	counts->written++;
	counts->records = report->zones.n_records;
	counts->left_out = report->left_out;
	counts->seconds = kvip_clock_monotonic() - names->began;
	if (*names->said)
		kvip_log(KVIP_LOG_INFO, "names are written again");
	names->said[0] = '\0';
	names->retry = 0;
	names->reload = false;
	say_left_out(names, report);
	if (report->zones.n_written || report->zones.n_removed)
		kvip_log(KVIP_LOG_DEBUG, "names were written",
			 KVIP_NUMBER("files", report->zones.n_written),
			 KVIP_NUMBER("removed", report->zones.n_removed),
			 KVIP_NUMBER("records", report->zones.n_records),
			 KVIP_SECONDS("seconds", counts->seconds));
}

/* The child's report, if it is whole, and its end. */
static void take_report(struct kvip_names *names)
{
	struct report report;
	size_t len = 0;
	ssize_t n;
	int status = 0;

	do {
		n = read(names->pipe, (char *)&report + len,
			 sizeof(report) - len);
		if (n > 0)
			len += (size_t)n;
	} while ((n > 0 && len < sizeof(report)) || (n < 0 && errno == EINTR));
	close(names->pipe);
	while (waitpid(names->pid, &status, 0) < 0 && errno == EINTR)
		;
	names->pid = 0;
	if (len < sizeof(report))
		fail(names, "the process that writes them was killed");
	else if (report.failed)
		fail(names, report.err.text);
	else
		succeed(names, &report);
}

static void on_answer(evutil_socket_t fd, short what, void *arg)
{
	struct kvip_names *names = arg;

	(void)fd;
	(void)what;
	event_free(names->answer);
	names->answer = NULL;
	evtimer_del(names->limit);
	take_report(names);
	if (names->changed)
		begin_later(names);
}

/* Its pipe ends with it, and that is its answer. */
static void on_limit(evutil_socket_t fd, short what, void *arg)
{
	struct kvip_names *names = arg;

	(void)fd;
	(void)what;
	kill(names->pid, SIGKILL);
}

/*
 * All signals wait while the child still has the agent's handlers, which would
 * write into the agent's event loop.
 */
static pid_t fork_writer(const struct kvip_names *names, int out)
{
	sigset_t all, before;
	pid_t pid;

	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, &before);
	pid = fork();
	if (!pid)
		run_child(names, out);
	sigprocmask(SIG_SETMASK, &before, NULL);
	return pid;
}

/* 0, or why there is no child. */
static int start(struct kvip_names *names)
{
	int ends[2], number;
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC))
		return errno;
	pid = fork_writer(names, ends[1]);
	number = errno;
	close(ends[1]);
	if (pid < 0) {
		close(ends[0]);
		return number;
	}
	names->pid = pid;
	names->pipe = ends[0];
	return 0;
}

static void begin(struct kvip_names *names)
{
	const struct timeval limit = { .tv_sec = PATIENCE };
	int number;

	names->began = kvip_clock_monotonic();
	names->changed = false;
	number = start(names);
	if (number) {
		fail(names, strerror(number));
		begin_later(names);
		return;
	}
	names->answer =
		event_new(names->base, names->pipe, EV_READ, on_answer, names);
	if (!names->answer || event_add(names->answer, NULL))
		abort();
	evtimer_add(names->limit, &limit);
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct kvip_names *names = arg;

	(void)fd;
	(void)what;
	if (!names->pid && names->changed)
		begin(names);
}

struct kvip_names *kvip_names_new(struct event_base *base,
				  const struct kvip_dns_config *config,
				  const struct kvip_model *model,
				  const struct kvip_dns_pods *pods)
{
	struct kvip_names *names = kvip_alloc(sizeof(*names));

	names->base = base;
	names->config = config;
	names->model = model;
	names->pods = pods;
	/* what an agent before us left half-done is not known */
	names->reload = true;
	names->began = kvip_clock_monotonic() - PERIOD;
	names->timer = evtimer_new(base, on_timer, names);
	names->limit = evtimer_new(base, on_limit, names);
	if (!names->timer || !names->limit)
		abort();
	return names;
}

void kvip_names_changed(struct kvip_names *names)
{
	names->changed = true;
	/* a try that is due later, or a child's end, sees to it */
	if (!names->pid && !evtimer_pending(names->timer, NULL))
		begin_later(names);
}

/* The child's end, or else its death. */
static void await_end(struct kvip_names *names)
{
	struct pollfd answer = { .fd = names->pipe, .events = POLLIN };
	double end = kvip_clock_monotonic() + LAST_PATIENCE, left;
	int n;

	do {
		left = end - kvip_clock_monotonic();
		n = left > 0 ? poll(&answer, 1, (int)(left * 1000) + 1) : 0;
	} while (n < 0 && errno == EINTR);
	if (n <= 0)
		kill(names->pid, SIGKILL);
	take_report(names);
}

void kvip_names_free(struct kvip_names *names)
{
	if (!names)
		return;
	if (names->answer)
		event_free(names->answer);
	event_free(names->timer);
	event_free(names->limit);
	if (names->pid)
		await_end(names);
	/* once: what fails now is for whoever comes next */
	if (names->changed && !(names->retry > 0) && !start(names))
		await_end(names);
	free(names);
}

const struct kvip_names_counts *
kvip_names_counts(const struct kvip_names *names)
{
	return &names->counts;
}
