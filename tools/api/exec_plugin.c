// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "alloc.h"
#include "child.h"
#include "exec_plugin.h"
#include "kubeconfig.h"

#define INFO_NAME "KUBERNETES_EXEC_INFO="

struct kvip_exec_plugin {
	char *command;
	char *version;
	unsigned int seconds; /* that it may take */
	kvip_exec_plugin_fn fn;
	void *arg;
	struct kvip_child *child;
};

static void free_plugin(struct kvip_exec_plugin *plugin)
{
	kvip_child_cancel(plugin->child);
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

static void take_text(struct kvip_exec_plugin *plugin, const char *text,
		      size_t len)
{
	struct kvip_exec_credential credential;
	struct kvip_err err = {};

	if (kvip_exec_credential_parse(text, len, plugin->version, &credential,
				       &err)) {
		kvip_err_prefix(&err, "the exec plugin %s printed nonsense: ",
				plugin->command);
		finish(plugin, NULL, &err);
		return;
	}
	finish(plugin, &credential, NULL);
	kvip_exec_credential_free(&credential);
}

static void on_end(void *arg, const struct kvip_child_result *result)
{
	struct kvip_exec_plugin *plugin = arg;
	const char *complaint = result->complaint;
	struct kvip_err err;
	char what[64];

	plugin->child = NULL;
	switch (result->end) {
	case KVIP_CHILD_TOO_MUCH:
		snprintf(what, sizeof(what), "printed more than %d bytes",
			 KVIP_EXEC_PLUGIN_MAX);
		break;
	case KVIP_CHILD_TOO_LONG:
		snprintf(what, sizeof(what), "did not end within %u seconds",
			 plugin->seconds);
		break;
	case KVIP_CHILD_SIGNALLED:
		snprintf(what, sizeof(what), "was killed by signal %d",
			 result->status);
		break;
	case KVIP_CHILD_EXITED:
		if (!result->status) {
			take_text(plugin, result->text, result->len);
			return;
		}
		snprintf(what, sizeof(what), "ended with status %d",
			 result->status);
		break;
	}
	kvip_err_set(&err, "the exec plugin %s %s%s%s", plugin->command, what,
		     *complaint ? ": " : "", complaint);
	finish(plugin, NULL, &err);
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

static int fail_spawn(const struct kvip_exec *exec, int number,
		      struct kvip_err *err)
{
	bool absent = number == ENOENT;

	return kvip_err_set(err, "the exec plugin %s cannot be run: %s%s%s",
			    exec->command, strerror(number),
			    absent && exec->hint ? "; " : "",
			    absent && exec->hint ? exec->hint : "");
}

static int run(struct kvip_exec_plugin *plugin, struct event_base *base,
	       const struct kvip_kubeconfig *config, struct kvip_err *err)
{
	char *info = info_variable(config);
	char **env = environment(&config->exec, info);
	char **args = arguments(&config->exec);
	const struct kvip_child_order order = {
		.command = config->exec.command,
		.args = args,
		.env = env,
		.keep = -1,
		.max = KVIP_EXEC_PLUGIN_MAX,
		.seconds = plugin->seconds,
	};
	int ret = 0;

	plugin->child = kvip_child_start(base, &order, on_end, plugin);
	if (!plugin->child)
		ret = fail_spawn(&config->exec, errno, err);
	free(args);
	free(env);
	free(info);
	return ret;
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
	if (!run(plugin, base, config, err))
		return plugin;
	free_plugin(plugin);
	return NULL;
}

void kvip_exec_plugin_cancel(struct kvip_exec_plugin *plugin)
{
	if (plugin)
		free_plugin(plugin);
}
