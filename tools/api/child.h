/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A program that is run beside the event loop: what it prints is gathered within
 * a bound, and it is ended if it takes too long.
 */
#ifndef KVIP_API_CHILD_H
#define KVIP_API_CHILD_H

#include <stdbool.h>
#include <stddef.h>

struct event_base;
struct kvip_child;

/**
 * struct kvip_child_order - what to run, and how
 * @command: a path, or a name that $PATH is searched for
 * @args: its words, the first one its own name; a NULL ends them
 * @env: its environment; a NULL ends it
 * @input: what it reads on standard input, which can be opened by its name and
 *	read twice, as a file can; NULL: nothing
 * @input_len: bytes of that
 * @keep: a descriptor that it gets as its descriptor 3; -1: none. It gets no
 *	other but the standard ones
 * @max: bytes of output that are too much if there is one more
 * @seconds: that it may take
 * @grace: seconds from SIGTERM to SIGKILL when it took too long; 0: SIGKILL at
 *	once
 * @whole: what it began and left behind is killed when it ends; else only when
 *	it is killed itself. What got a process group of its own is out of reach
 * @line: a line that it wrote on standard error, without its end, cut at 512
 *	bytes; may be NULL
 */
struct kvip_child_order {
	const char *command;
	char *const *args;
	char *const *env;
	const char *input;
	size_t input_len;
	int keep;
	size_t max;
	double seconds;
	double grace;
	bool whole;
	void (*line)(void *arg, const char *line);
};

enum kvip_child_end {
	KVIP_CHILD_EXITED, /* by itself; with a status */
	KVIP_CHILD_SIGNALLED, /* by a signal that was not ours */
	KVIP_CHILD_TOO_LONG, /* it was killed for its time */
	KVIP_CHILD_TOO_MUCH, /* it was killed for its output */
};

/**
 * struct kvip_child_result - how it ended; valid during the call
 * @end: which way
 * @status: its exit status, or the signal
 * @text: what it printed; wiped afterwards
 * @len: bytes of it
 * @complaint: the last line that it wrote on standard error that was not empty,
 *	without blanks around it; or ""
 */
struct kvip_child_result {
	enum kvip_child_end end;
	int status;
	const char *text;
	size_t len;
	const char *complaint;
};

/**
 * kvip_child_start() - run it
 * @base: the event loop
 * @order: what; not needed after the call
 * @done: called when it ended and was waited for; never before this returns;
 *	@child is gone then. What it left behind may hold its output open; that
 *	is not waited for
 * @arg: for @done, and the order's @line
 *
 * Return: the child, or NULL: it can't be run, for the reason in errno.
 */
struct kvip_child *kvip_child_start(
	struct event_base *base, const struct kvip_child_order *order,
	void (*done)(void *arg, const struct kvip_child_result *result),
	void *arg);

/* kvip_child_cancel() - kill it, and what it began; done() is not called; NULL is
 * ok
 */
void kvip_child_cancel(struct kvip_child *child);

#endif /* KVIP_API_CHILD_H */
