// SPDX-License-Identifier: GPL-2.0-or-later
/* Telling a name server that its zones have changed: see kvip_dns_reload(). */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "alloc.h"
#include "clock.h"
#include "dns_config.h"
#include "spawn.h"
#include "zones.h"

/* Seconds that the command may take. */
#define PATIENCE 10

/* The last bytes that it prints, in which the last line is. */
#define TAIL_LEN 512

struct command {
	char *line;
	char **words;
	pid_t pid;
	int out;
	char tail[TAIL_LEN + 1];
	size_t n_tail;
};

static void split(struct command *command, const char *line)
{
	char *rest, *word;
	size_t n = 0;

	command->line = kvip_strdup(line);
	rest = command->line;
	command->words = kvip_alloc(sizeof(*command->words));
	while ((word = strsep(&rest, " \t"))) {
		if (!*word)
			continue;
		command->words[n++] = word;
		command->words =
			kvip_grow(command->words, n, sizeof(*command->words));
	}
}

/* In a group of its own, to be killed with what it began. */
static int spawn(struct command *command, int out)
{
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attr;
	int ret;

	kvip_spawn_attr(&attr);
	posix_spawn_file_actions_init(&files);
	posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null",
					 O_RDONLY, 0);
	posix_spawn_file_actions_adddup2(&files, out, STDOUT_FILENO);
	posix_spawn_file_actions_adddup2(&files, out, STDERR_FILENO);
	posix_spawn_file_actions_addclosefrom_np(&files, STDERR_FILENO + 1);
	ret = posix_spawnp(&command->pid, command->words[0], &files, &attr,
			   command->words, environ);
	posix_spawn_file_actions_destroy(&files);
	posix_spawnattr_destroy(&attr);
	return ret;
}

static int start(struct command *command, struct kvip_err *err)
{
	int ends[2], ret;

	if (!command->words[0])
		return kvip_err_set(err, "reload: there is no command");
	if (pipe2(ends, O_CLOEXEC | O_NONBLOCK))
		return kvip_err_set(err, "reload: %s", strerror(errno));
	/* the command's own end is to wait if it must */
	fcntl(ends[1], F_SETFL, 0);
	ret = spawn(command, ends[1]);
	close(ends[1]);
	command->out = ends[0];
	if (!ret)
		return 0;
	close(ends[0]);
	return kvip_err_set(err, "reload: %s cannot be run: %s",
			    command->words[0], strerror(ret));
}

static void keep(struct command *command, const char *text, size_t len)
{
	size_t drop;

	if (len > TAIL_LEN) {
		text += len - TAIL_LEN;
		len = TAIL_LEN;
	}
	drop = command->n_tail + len > TAIL_LEN ?
		       command->n_tail + len - TAIL_LEN :
		       0;
	memmove(command->tail, command->tail + drop, command->n_tail - drop);
	memcpy(command->tail + command->n_tail - drop, text, len);
	command->n_tail += len - drop;
}

/* Whether there may be more to come. */
static bool drain(struct command *command)
{
	char text[4096];
	ssize_t n;

	while ((n = read(command->out, text, sizeof(text))) > 0)
		keep(command, text, (size_t)n);
	return n < 0 && (errno == EAGAIN || errno == EINTR);
}

/*
 * Until it has ended; false: its time is up. What it left behind in the
 * background may hold the pipe open, so that its end tells nothing, and a
 * closed pipe doesn't mean that it has ended.
 */
static bool wait_for(struct command *command, int *status)
{
	double end = kvip_clock_monotonic() + PATIENCE;
	bool open = true;

	for (;;) {
		struct pollfd out = { .fd = open ? command->out : -1,
				      .events = POLLIN };
		pid_t ended = waitpid(command->pid, status, WNOHANG);

		if (open)
			open = drain(command);
		if (ended == command->pid)
			return true;
		if (kvip_clock_monotonic() > end)
			return false;
		poll(&out, 1, open ? 20 : 5);
	}
}

/* The last line of it, without blanks around it; or "". */
static const char *last_line(struct command *command)
{
	char *text = command->tail, *line;
	size_t len = command->n_tail;

	while (len && strchr(" \t\r\n", text[len - 1]))
		len--;
	text[len] = '\0';
	line = strrchr(text, '\n');
	return line ? line + 1 : text;
}

static int judge(struct command *command, int status, struct kvip_err *err)
{
	const char *line = last_line(command);
	const char *colon = *line ? ": " : "";

	if (WIFSIGNALED(status))
		return kvip_err_set(err,
				    "reload: %s was killed by signal %d%s%s",
				    command->words[0], WTERMSIG(status), colon,
				    line);
	if (WEXITSTATUS(status))
		return kvip_err_set(err, "reload: %s ended with status %d%s%s",
				    command->words[0], WEXITSTATUS(status),
				    colon, line);
	return 0;
}

static int run(struct command *command, struct kvip_err *err)
{
	int status, ret;

	if (start(command, err))
		return -1;
	if (wait_for(command, &status)) {
		ret = judge(command, status, err);
	} else {
		kill(-command->pid, SIGKILL);
		while (waitpid(command->pid, NULL, 0) < 0 && errno == EINTR)
			;
		ret = kvip_err_set(err,
				   "reload: %s did not end within %d seconds",
				   command->words[0], PATIENCE);
	}
	close(command->out);
	return ret;
}

/* A number and an end of the line, as daemons write them; -1: it has none. */
static pid_t read_pid(const char *path, struct kvip_err *err)
{
	FILE *file = fopen(path, "re");
	char text[32] = "";
	long number;
	char *end;

	if (!file)
		return kvip_err_set(err, "%s: %s", path, strerror(errno));
	if (!fgets(text, sizeof(text), file))
		text[0] = '\0';
	fclose(file);
	number = strtol(text, &end, 10);
	/* 1 is nobody's name server */
	if (end == text || end[strspn(end, " \t\r\n")] || number <= 1 ||
	    number > INT32_MAX)
		return kvip_err_set(err, "%s: it holds no process number",
				    path);
	return (pid_t)number;
}

static int send_signal(const char *path, struct kvip_err *err)
{
	pid_t pid = read_pid(path, err);

	if (pid < 0)
		return -1;
	if (!kill(pid, SIGHUP))
		return 0;
	return kvip_err_set(err, "%s: process %d: %s", path, (int)pid,
			    strerror(errno));
}

int kvip_dns_reload(const struct kvip_dns_config *config, struct kvip_err *err)
{
	struct command command = {};
	int ret;

	if (config->pid_file)
		return send_signal(config->pid_file, err);
	if (!config->reload)
		return 0;
	split(&command, config->reload);
	ret = run(&command, err);
	free(command.words);
	free(command.line);
	return ret;
}
