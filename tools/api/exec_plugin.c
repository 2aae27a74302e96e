// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "alloc.h"
#include "exec_plugin.h"
#include "kubeconfig.h"

#define INFO_NAME "KUBERNETES_EXEC_INFO="

/* The end of what it says on standard error, in which the last line is. */
#define COMPLAINT_SIZE 512

/* One end of a pipe from the plugin. */
struct outlet {
	int fd; /* -1: closed */
	struct event *event;
};

struct kvip_exec_plugin {
	char *command;
	char *version;
	unsigned int seconds; /* that it may take */
	kvip_exec_plugin_fn fn;
	void *arg;

	pid_t pid; /* 0: it is over and waited for */
	int pidfd;
	struct event *ended;
	struct event *timer;
	struct outlet out;
	struct outlet complaints;
	char *text;
	size_t len;
	char complaint[COMPLAINT_SIZE];
	size_t n_complaint;
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

/* Kill it, and what it began, if it has not ended. */
static void put_to_death(struct kvip_exec_plugin *plugin)
{
	if (!plugin->pid)
		return;
	kill(-plugin->pid, SIGKILL);
	while (waitpid(plugin->pid, NULL, 0) < 0 && errno == EINTR)
		;
	plugin->pid = 0;
}

static void free_plugin(struct kvip_exec_plugin *plugin)
{
	put_to_death(plugin);
	close_outlet(&plugin->out);
	close_outlet(&plugin->complaints);
	if (plugin->ended)
		event_free(plugin->ended);
	if (plugin->timer)
		event_free(plugin->timer);
	if (plugin->pidfd >= 0)
		close(plugin->pidfd);
	if (plugin->text)
		explicit_bzero(plugin->text, plugin->len);
	free(plugin->text);
	free(plugin->command);
	free(plugin->version);
	free(plugin);
}

static void finish(struct kvip_exec_plugin *plugin,
		   struct kvip_exec_credential *credential,
		   const struct kvip_err *err)
{
	kvip_exec_plugin_fn fn = plugin->fn;
	void *arg = plugin->arg;

	free_plugin(plugin);
	fn(arg, credential, err);
}

/* The last line of what it complained of, without blanks around it; or "". */
static const char *last_complaint(struct kvip_exec_plugin *plugin)
{
	char *text = plugin->complaint, *line;
	size_t len = plugin->n_complaint;

	while (len && strchr(" \t\r\n", text[len - 1]))
		len--;
	text[len] = '\0';
	line = strrchr(text, '\n');
	return line ? line + 1 : text;
}

static void fail(struct kvip_exec_plugin *plugin, const char *what)
{
	const char *complaint = last_complaint(plugin);
	struct kvip_err err;

	kvip_err_set(&err, "the exec plugin %s %s%s%s", plugin->command, what,
		     *complaint ? ": " : "", complaint);
	finish(plugin, NULL, &err);
}

static void keep_complaint(struct kvip_exec_plugin *plugin, const char *text,
			   size_t len)
{
	size_t room = COMPLAINT_SIZE - 1, drop;

	if (len > room) {
		text += len - room;
		len = room;
	}
	drop = plugin->n_complaint + len > room ?
		       plugin->n_complaint + len - room :
		       0;
	memmove(plugin->complaint, plugin->complaint + drop,
		plugin->n_complaint - drop);
	plugin->n_complaint -= drop;
	memcpy(plugin->complaint + plugin->n_complaint, text, len);
	plugin->n_complaint += len;
}

static void drain_complaints(struct kvip_exec_plugin *plugin)
{
	char text[4096];
	ssize_t n;

	if (plugin->complaints.fd < 0)
		return;
	while ((n = read(plugin->complaints.fd, text, sizeof(text))) > 0)
		keep_complaint(plugin, text, (size_t)n);
	if (!n || (errno != EAGAIN && errno != EINTR))
		close_outlet(&plugin->complaints);
}

/* Read what is there; -1: it is too much. */
static int drain_out(struct kvip_exec_plugin *plugin)
{
	ssize_t n = 0;

	if (plugin->out.fd < 0)
		return 0;
	while (plugin->len <= KVIP_EXEC_PLUGIN_MAX) {
		n = read(plugin->out.fd, plugin->text + plugin->len,
			 KVIP_EXEC_PLUGIN_MAX + 1 - plugin->len);
		if (n <= 0)
			break;
		plugin->len += (size_t)n;
	}
	if (plugin->len > KVIP_EXEC_PLUGIN_MAX)
		return -1;
	if (!n || (errno != EAGAIN && errno != EINTR))
		close_outlet(&plugin->out);
	return 0;
}

static void on_out(evutil_socket_t fd, short what, void *arg)
{
	struct kvip_exec_plugin *plugin = arg;
	char words[64];

	(void)fd;
	(void)what;
	if (!drain_out(plugin))
		return;
	snprintf(words, sizeof(words), "printed more than %d bytes",
		 KVIP_EXEC_PLUGIN_MAX);
	fail(plugin, words);
}

static void on_complaint(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	drain_complaints(arg);
}

static void on_time(evutil_socket_t fd, short what, void *arg)
{
	struct kvip_exec_plugin *plugin = arg;
	char words[64];

	(void)fd;
	(void)what;
	snprintf(words, sizeof(words), "did not end within %u seconds",
		 plugin->seconds);
	fail(plugin, words);
}

static void take_result(struct kvip_exec_plugin *plugin)
{
	struct kvip_exec_credential credential;
	struct kvip_err err = {};

	if (kvip_exec_credential_parse(plugin->text, plugin->len,
				       plugin->version, &credential, &err)) {
		kvip_err_prefix(&err, "the exec plugin %s printed nonsense: ",
				plugin->command);
		finish(plugin, NULL, &err);
		return;
	}
	finish(plugin, &credential, NULL);
	kvip_exec_credential_free(&credential);
}

/* Its process ended; what it left behind may hold the pipes open for ever. */
static void on_end(evutil_socket_t fd, short what, void *arg)
{
	struct kvip_exec_plugin *plugin = arg;
	char words[64];
	int status;

	(void)fd;
	(void)what;
	if (waitpid(plugin->pid, &status, WNOHANG) != plugin->pid)
		return;
	plugin->pid = 0;
	drain_complaints(plugin);
	if (drain_out(plugin)) {
		fail(plugin, "printed too much");
	} else if (WIFSIGNALED(status)) {
		snprintf(words, sizeof(words), "was killed by signal %d",
			 WTERMSIG(status));
		fail(plugin, words);
	} else if (WEXITSTATUS(status)) {
		snprintf(words, sizeof(words), "ended with status %d",
			 WEXITSTATUS(status));
		fail(plugin, words);
	} else {
		take_result(plugin);
	}
}

static bool names_same(const char *a, const char *b)
{
	size_t len = strcspn(a, "=");

	return len == strcspn(b, "=") && !strncmp(a, b, len);
}

static size_t count(char **list)
{
	size_t n = 0;

	while (list && list[n])
		n++;
	return n;
}

/* Ours, with the kubeconfig's and @info instead of what has their names. */
static char **environment(const struct kvip_exec *exec, char *info)
{
	size_t i, j, n = 0, n_env = count(exec->env);
	char **list;

	list = kvip_alloc((count(environ) + n_env + 2) * sizeof(*list));
	for (i = 0; environ && environ[i]; i++) {
		bool other = !names_same(environ[i], info);

		for (j = 0; j < n_env; j++)
			other = other && !names_same(environ[i], exec->env[j]);
		if (other)
			list[n++] = environ[i];
	}
	for (j = 0; j < n_env; j++)
		if (!names_same(exec->env[j], info))
			list[n++] = exec->env[j];
	list[n] = info;
	return list;
}

static char **arguments(const struct kvip_exec *exec)
{
	size_t n = count(exec->args);
	char **list = kvip_alloc((n + 2) * sizeof(*list));

	list[0] = exec->command;
	if (n)
		memcpy(list + 1, exec->args, n * sizeof(*list));
	return list;
}

static char *info_variable(const struct kvip_kubeconfig *config)
{
	char *info = kvip_exec_plugin_info(config);
	size_t size = sizeof(INFO_NAME) + strlen(info);
	char *text = kvip_alloc(size);

	snprintf(text, size, "%s%s", INFO_NAME, info);
	free(info);
	return text;
}

/* In a group of its own, with default signals and the three descriptors. */
static int spawn(pid_t *pid, const struct kvip_exec *exec, char **env, int out,
		 int complaints)
{
	char **args = arguments(exec);
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attr;
	sigset_t none, all;
	int ret;

	sigemptyset(&none);
	sigfillset(&all);
	posix_spawnattr_init(&attr);
	posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETPGROUP |
						POSIX_SPAWN_SETSIGDEF |
						POSIX_SPAWN_SETSIGMASK);
	posix_spawnattr_setpgroup(&attr, 0);
	posix_spawnattr_setsigdefault(&attr, &all);
	posix_spawnattr_setsigmask(&attr, &none);
	posix_spawn_file_actions_init(&files);
	posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null",
					 O_RDONLY, 0);
	posix_spawn_file_actions_adddup2(&files, out, STDOUT_FILENO);
	posix_spawn_file_actions_adddup2(&files, complaints, STDERR_FILENO);
	posix_spawn_file_actions_addclosefrom_np(&files, STDERR_FILENO + 1);
	ret = posix_spawnp(pid, exec->command, &files, &attr, args, env);
	posix_spawn_file_actions_destroy(&files);
	posix_spawnattr_destroy(&attr);
	free(args);
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

static int fail_spawn(const struct kvip_exec *exec, int number,
		      struct kvip_err *err)
{
	bool absent = number == ENOENT;

	return kvip_err_set(err, "the exec plugin %s cannot be run: %s%s%s",
			    exec->command, strerror(number),
			    absent && exec->hint ? "; " : "",
			    absent && exec->hint ? exec->hint : "");
}

static int run(struct kvip_exec_plugin *plugin,
	       const struct kvip_kubeconfig *config, struct kvip_err *err)
{
	char *info = info_variable(config);
	char **env = environment(&config->exec, info);
	int out, complaints = -1, ret;

	out = open_pipe(&plugin->out);
	if (out >= 0)
		complaints = open_pipe(&plugin->complaints);
	ret = complaints < 0 ?
		      errno :
		      spawn(&plugin->pid, &config->exec, env, out, complaints);
	if (out >= 0)
		close(out);
	if (complaints >= 0)
		close(complaints);
	free(env);
	free(info);
	if (!ret)
		return 0;
	plugin->pid = 0;
	return fail_spawn(&config->exec, ret, err);
}

static int listen_to(struct kvip_exec_plugin *plugin, struct event_base *base,
		     struct kvip_err *err)
{
	const struct timeval time = { plugin->seconds, 0 };

	plugin->pidfd = pidfd_open(plugin->pid, 0);
	if (plugin->pidfd < 0)
		return kvip_err_set(
			err, "the exec plugin %s cannot be waited for: %s",
			plugin->command, strerror(errno));
	plugin->ended = event_new(base, plugin->pidfd, EV_READ | EV_PERSIST,
				  on_end, plugin);
	plugin->timer = evtimer_new(base, on_time, plugin);
	plugin->out.event = event_new(base, plugin->out.fd,
				      EV_READ | EV_PERSIST, on_out, plugin);
	plugin->complaints.event = event_new(base, plugin->complaints.fd,
					     EV_READ | EV_PERSIST, on_complaint,
					     plugin);
	if (plugin->ended && plugin->timer && plugin->out.event &&
	    plugin->complaints.event && !event_add(plugin->ended, NULL) &&
	    !event_add(plugin->timer, &time) &&
	    !event_add(plugin->out.event, NULL) &&
	    !event_add(plugin->complaints.event, NULL))
		return 0;
	return kvip_err_set(err, "the exec plugin %s cannot be waited for",
			    plugin->command);
}

struct kvip_exec_plugin *
kvip_exec_plugin_start(struct event_base *base,
		       const struct kvip_kubeconfig *config,
		       unsigned int seconds, kvip_exec_plugin_fn fn, void *arg,
		       struct kvip_err *err)
{
	struct kvip_exec_plugin *plugin = kvip_alloc(sizeof(*plugin));

	plugin->seconds = seconds;
	plugin->fn = fn;
	plugin->arg = arg;
	plugin->command = kvip_strdup(config->exec.command);
	plugin->version = kvip_strdup(config->exec.version);
	plugin->text = kvip_alloc(KVIP_EXEC_PLUGIN_MAX + 1);
	plugin->pidfd = -1;
	plugin->out.fd = -1;
	plugin->complaints.fd = -1;
	if (!run(plugin, config, err) && !listen_to(plugin, base, err))
		return plugin;
	free_plugin(plugin);
	return NULL;
}

void kvip_exec_plugin_cancel(struct kvip_exec_plugin *plugin)
{
	if (plugin)
		free_plugin(plugin);
}
