// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "alloc.h"
#include "child.h"
#include "clock.h"
#include "spawn.h"

/* A line of standard error is cut there. */
#define LINE_SIZE 513

#define BLANKS " \t\r\n"

/* Where the child has the descriptor that it keeps. */
#define KEPT_FD 3

/* One end of a pipe from the child. */
struct outlet {
	int fd; /* -1: closed */
	struct event *event;
};

struct kvip_child {
	void (*done)(void *arg, const struct kvip_child_result *result);
	void (*line)(void *arg, const char *line);
	void *arg;
	size_t max;
	double grace;
	bool whole;

	pid_t pid; /* 0: it is over and waited for */
	int pidfd;
	bool late; /* it was asked to end */
	struct event *ended;
	struct event *timer;
	struct outlet out;
	struct outlet complaints;
	char *text;
	size_t len;
	size_t room;
	char current[LINE_SIZE]; /* the line that is being read */
	size_t n_current;
	char complaint[LINE_SIZE];
};

static void close_outlet(struct outlet *outlet)
{
	if (outlet->event)
		event_free(outlet->event);
	if (outlet->fd >= 0)
		close(outlet->fd);
	outlet->event = NULL;
	outlet->fd = -1;
}

/* Its status; what it began goes first, while the group's number is its own. */
static int reap(struct kvip_child *child, bool whole)
{
	int status = 0;

	if (whole)
		kill(-child->pid, SIGKILL);
	while (waitpid(child->pid, &status, 0) < 0 && errno == EINTR)
		;
	child->pid = 0;
	return status;
}

static void free_child(struct kvip_child *child)
{
	if (child->pid)
		reap(child, true);
	close_outlet(&child->out);
	close_outlet(&child->complaints);
	if (child->ended)
		event_free(child->ended);
	if (child->timer)
		event_free(child->timer);
	if (child->pidfd >= 0)
		close(child->pidfd);
	if (child->text)
		explicit_bzero(child->text, child->len);
	free(child->text);
	free(child);
}

static void end_line(struct kvip_child *child)
{
	size_t len = child->n_current;
	char *text = child->current;

	child->n_current = 0;
	while (len && strchr(BLANKS, text[len - 1]))
		len--;
	text[len] = '\0';
	text += strspn(text, BLANKS);
	if (!*text)
		return;
	memmove(child->complaint, text, strlen(text) + 1);
	if (child->line)
		child->line(child->arg, child->complaint);
}

static void take_complaint(struct kvip_child *child, const char *text, size_t n)
{
	for (; n; n--, text++) {
		if (*text == '\n')
			end_line(child);
		else if (child->n_current < LINE_SIZE - 1)
			/* a NUL would end the line */
			child->current[child->n_current++] = *text ? *text :
								     '?';
	}
}

static void drain_complaints(struct kvip_child *child)
{
	char text[4096];
	ssize_t n = 1;
	int i;

	/* no more than a pipe holds: who writes without end has a time, too */
	for (i = 0; child->complaints.fd >= 0 && n > 0 && i < 17; i++) {
		n = read(child->complaints.fd, text, sizeof(text));
		if (n > 0)
			take_complaint(child, text, (size_t)n);
		else if (!n || (errno != EAGAIN && errno != EINTR))
			close_outlet(&child->complaints);
	}
}

/* Room for a byte more than @max, made as it is needed. */
static void make_room(struct kvip_child *child)
{
	size_t room = child->room ? 2 * child->room : 4096;
	char *text;

	if (child->len < child->room)
		return;
	if (room > child->max + 1)
		room = child->max + 1;
	text = kvip_alloc(room);
	if (child->text) {
		memcpy(text, child->text, child->len);
		explicit_bzero(child->text, child->len);
		free(child->text);
	}
	child->text = text;
	child->room = room;
}

/* Read what is there; -1: it is too much. */
static int drain_out(struct kvip_child *child)
{
	ssize_t n = 0;

	if (child->out.fd < 0)
		return 0;
	while (child->len <= child->max) {
		make_room(child);
		n = read(child->out.fd, child->text + child->len,
			 child->room - child->len);
		if (n <= 0)
			break;
		child->len += (size_t)n;
	}
	if (child->len > child->max)
		return -1;
	if (!n || (errno != EAGAIN && errno != EINTR))
		close_outlet(&child->out);
	return 0;
}

static void finish(struct kvip_child *child, enum kvip_child_end end,
		   int status)
{
	struct kvip_child_result result = {
		.end = end,
		.status = status,
		.len = child->len,
	};

	if (child->pid)
		reap(child, true);
	drain_complaints(child);
	end_line(child);
	result.complaint = child->complaint;
	result.text = child->text ? child->text : "";
	child->done(child->arg, &result);
	free_child(child);
}

static void on_out(evutil_socket_t fd, short what, void *arg)
{
	struct kvip_child *child = arg;

	(void)fd;
	(void)what;
	if (drain_out(child))
		finish(child, KVIP_CHILD_TOO_MUCH, 0);
}

static void on_complaint(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	drain_complaints(arg);
}

static void on_time(evutil_socket_t fd, short what, void *arg)
{
	struct kvip_child *child = arg;
	struct timeval grace = kvip_clock_interval(child->grace);

	(void)fd;
	(void)what;
	if (child->late || child->grace <= 0) {
		finish(child, KVIP_CHILD_TOO_LONG, 0);
		return;
	}
	child->late = true;
	kill(-child->pid, SIGTERM);
	event_add(child->timer, &grace);
}

/* Its process ended; what it left behind may hold the pipes open for ever. */
static void on_end(evutil_socket_t fd, short what, void *arg)
{
	struct kvip_child *child = arg;
	siginfo_t info = {};
	int status;

	(void)fd;
	(void)what;
	/* its number stays taken until it is waited for */
	if (waitid(P_PID, (id_t)child->pid, &info,
		   WEXITED | WNOHANG | WNOWAIT) ||
	    !info.si_pid)
		return;
	status = reap(child, child->whole || child->late);
	if (drain_out(child))
		finish(child, KVIP_CHILD_TOO_MUCH, 0);
	else if (child->late)
		finish(child, KVIP_CHILD_TOO_LONG, 0);
	else if (WIFSIGNALED(status))
		finish(child, KVIP_CHILD_SIGNALLED, WTERMSIG(status));
	else
		finish(child, KVIP_CHILD_EXITED, WEXITSTATUS(status));
}

/* In memory, so that nobody has to feed it and it can't stop reading early. */
static int open_input(const struct kvip_child_order *order)
{
	size_t done = 0;
	int fd;

	if (!order->input)
		return open("/dev/null", O_RDONLY | O_CLOEXEC);
	fd = memfd_create("kvip-input", MFD_CLOEXEC);
	while (fd >= 0 && done < order->input_len) {
		ssize_t n =
			write(fd, order->input + done, order->input_len - done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			close(fd);
			return -1;
		}
		done += (size_t)n;
	}
	if (fd >= 0)
		lseek(fd, 0, SEEK_SET);
	return fd;
}

/* In a group of its own, with default signals and the descriptors it is to have. */
static int spawn(pid_t *pid, const struct kvip_child_order *order, int in,
		 int out, int complaints)
{
	int first_closed = order->keep < 0 ? KEPT_FD : KEPT_FD + 1;
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attr;
	int ret;

	kvip_spawn_attr(&attr);
	posix_spawn_file_actions_init(&files);
	posix_spawn_file_actions_adddup2(&files, in, STDIN_FILENO);
	posix_spawn_file_actions_adddup2(&files, out, STDOUT_FILENO);
	posix_spawn_file_actions_adddup2(&files, complaints, STDERR_FILENO);
	if (order->keep >= 0)
		posix_spawn_file_actions_adddup2(&files, order->keep, KEPT_FD);
	posix_spawn_file_actions_addclosefrom_np(&files, first_closed);
	ret = posix_spawnp(pid, order->command, &files, &attr, order->args,
			   order->env);
	posix_spawn_file_actions_destroy(&files);
	posix_spawnattr_destroy(&attr);
	return ret;
}

/* A pipe of which we keep the end to read from; returns the other one. */
static int open_pipe(struct outlet *outlet)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC))
		return -1;
	fcntl(ends[0], F_SETFL, O_NONBLOCK);
	outlet->fd = ends[0];
	return ends[1];
}

static int run(struct kvip_child *child, const struct kvip_child_order *order)
{
	int in, out = -1, complaints = -1, ret;

	in = open_input(order);
	if (in >= 0)
		out = open_pipe(&child->out);
	if (out >= 0)
		complaints = open_pipe(&child->complaints);
	ret = complaints < 0 ? errno :
			       spawn(&child->pid, order, in, out, complaints);
	if (in >= 0)
		close(in);
	if (out >= 0)
		close(out);
	if (complaints >= 0)
		close(complaints);
	if (!ret)
		return 0;
	child->pid = 0;
	errno = ret;
	return -1;
}

static int listen_to(struct kvip_child *child, struct event_base *base,
		     double seconds)
{
	const struct timeval time = kvip_clock_interval(seconds);

	child->pidfd = pidfd_open(child->pid, 0);
	if (child->pidfd < 0)
		return -1;
	child->ended = event_new(base, child->pidfd, EV_READ | EV_PERSIST,
				 on_end, child);
	child->timer = evtimer_new(base, on_time, child);
	child->out.event = event_new(base, child->out.fd, EV_READ | EV_PERSIST,
				     on_out, child);
	child->complaints.event = event_new(base, child->complaints.fd,
					    EV_READ | EV_PERSIST, on_complaint,
					    child);
	if (child->ended && child->timer && child->out.event &&
	    child->complaints.event && !event_add(child->ended, NULL) &&
	    !event_add(child->timer, &time) &&
	    !event_add(child->out.event, NULL) &&
	    !event_add(child->complaints.event, NULL))
		return 0;
	errno = ENOMEM;
	return -1;
}

struct kvip_child *kvip_child_start(
	struct event_base *base, const struct kvip_child_order *order,
	void (*done)(void *arg, const struct kvip_child_result *result),
	void *arg)
{
	struct kvip_child *child = kvip_alloc(sizeof(*child));
	int why;

	child->done = done;
	child->line = order->line;
	child->arg = arg;
	child->max = order->max;
	child->grace = order->grace;
	child->whole = order->whole;
	child->pidfd = -1;
	child->out.fd = -1;
	child->complaints.fd = -1;
	if (!run(child, order) && !listen_to(child, base, order->seconds))
		return child;
	why = errno;
	free_child(child);
	errno = why;
	return NULL;
}

void kvip_child_cancel(struct kvip_child *child)
{
	if (child)
		free_child(child);
}
