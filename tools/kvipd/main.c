// SPDX-License-Identifier: GPL-2.0-or-later
/* kvipd: the agent that keeps a node's Service VIPs true to a live cluster. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <event2/event.h>

#include "agent.h"
#include "agent_name.h"
#include "client.h"
#include "clock.h"
#include "config.h"
#include "kubeconfig.h"
#include "log.h"
#include "notify.h"
#include "settings.h"
#include "sole.h"
#include "stats.h"
#include "table.h"

enum {
	EXIT_REFUSED = 1,
	EXIT_USAGE = 2,
};

/* All that lives as long as the process. */
struct process {
	int argc;
	char **argv;
	struct event_base *base;
	struct kvip_settings settings;
	struct kvip_stats stats;
	struct kvip_agent *agent;
	struct event *watchdog;
	struct event *asked; /* who is the agent */
	struct event *asked_store; /* who is the local store's */
	int status;
};

static int refused(const struct kvip_err *err)
{
	fprintf(stderr, "kvipd: %s\n", err->text);
	return EXIT_REFUSED;
}

/* The tables go, and the configuration is the module's own again. */
static int cleanup(struct kvip_err *err)
{
	struct kvip_client *client;
	struct kvip_config defaults;
	struct kvip_table nothing;
	uint64_t generation;
	int ret, claim;

	if (kvip_sole_claim(KVIP_AGENT_NAME, &claim, err))
		return -1;
	client = kvip_client_open(err);
	if (!client)
		return -1;
	kvip_table_init(&nothing);
	kvip_config_init(&defaults);
	ret = kvip_client_replace(client, &nothing, &defaults, &generation,
				  err);
	if (ret == KVIP_CLIENT_OLD)
		ret = kvip_client_replace(client, &nothing, NULL, &generation,
					  err);
	kvip_client_close(client);
	return ret;
}

/* A kubeconfig is of the settings, too; there may be none where this is run. */
static int check(const struct kvip_settings *settings)
{
	struct kvip_kubeconfig kubeconfig;
	struct kvip_err err;

	if (settings->kubeconfig) {
		if (kvip_kubeconfig_read(settings->kubeconfig,
					 settings->context, &kubeconfig, &err))
			return refused(&err);
		kvip_kubeconfig_free(&kubeconfig);
	}
	kvip_settings_print(stdout, settings);
	return fflush(stdout) ? EXIT_REFUSED : 0;
}

static void on_end(evutil_socket_t number, short what, void *arg)
{
	struct process *process = arg;

	(void)what;
	kvip_log(KVIP_LOG_INFO, "ending; the tables stay",
		 KVIP_TEXT("signal", strsignal(number)));
	kvip_notify("STOPPING=1");
	event_base_loopbreak(process->base);
}

static void on_asked(evutil_socket_t fd, short what, void *arg)
{
	(void)what;
	(void)arg;
	kvip_sole_answer(fd);
}

static struct event *listen_to(struct process *process, int claim)
{
	struct event *event;

	if (claim < 0)
		return NULL;
	event = event_new(process->base, claim, EV_READ | EV_PERSIST, on_asked,
			  NULL);
	if (!event || event_add(event, NULL))
		abort();
	return event;
}

/* Commands of the local store leave to its agent what it does. */
static void tell_store(struct process *process)
{
	bool store = process->settings.store;
	struct kvip_err err;
	int claim;

	if (store == !!process->asked_store)
		return;
	if (!store) {
		close(event_get_fd(process->asked_store));
		event_free(process->asked_store);
		process->asked_store = NULL;
		return;
	}
	if (kvip_sole_claim(KVIP_AGENT_STORE_NAME, &claim, &err))
		kvip_log(KVIP_LOG_WARNING, "commands can't know of this agent",
			 KVIP_TEXT("error", err.text));
	else
		process->asked_store = listen_to(process, claim);
}

/*
 * Settings are taken anew by a new agent: it lists the cluster again and changes
 * what differs. With a mistake in them the old agent goes on.
 */
static void on_reload(evutil_socket_t number, short what, void *arg)
{
	struct process *process = arg;
	struct kvip_settings settings;
	struct kvip_settings before;
	struct kvip_err err = { "the settings are wrong" };

	(void)number;
	(void)what;
	if (kvip_settings_read(&settings, process->argc, process->argv, &err) !=
	    KVIP_SETTINGS_GO) {
		kvip_log(KVIP_LOG_ERROR, "the settings stay as they were",
			 KVIP_TEXT("error", err.text));
		return;
	}
	kvip_notify("RELOADING=1");
	kvip_agent_free(process->agent, false);
	before = process->settings;
	process->settings = settings;
	process->agent = kvip_agent_new(process->base, &process->settings,
					&process->stats, &err);
	if (process->agent) {
		kvip_settings_free(&before);
		kvip_log(KVIP_LOG_INFO, "the settings were read anew");
	} else {
		kvip_log(KVIP_LOG_ERROR, "the settings stay as they were",
			 KVIP_TEXT("error", err.text));
		process->settings = before;
		kvip_settings_free(&settings);
		process->agent = kvip_agent_new(process->base,
						&process->settings,
						&process->stats, &err);
	}
	tell_store(process);
	kvip_notify("READY=1");
	if (process->agent)
		return;
	kvip_log(KVIP_LOG_ERROR, "ending", KVIP_TEXT("error", err.text));
	process->status = EXIT_REFUSED;
	event_base_loopbreak(process->base);
}

static void on_watchdog(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
	kvip_notify("WATCHDOG=1");
}

static void start_watchdog(struct process *process)
{
	double seconds = kvip_notify_watchdog();
	const struct timeval tv = kvip_clock_interval(seconds);

	if (!(seconds > 0))
		return;
	process->watchdog =
		event_new(process->base, -1, EV_PERSIST, on_watchdog, process);
	if (process->watchdog)
		event_add(process->watchdog, &tv);
}

static void on_signal(struct process *process, int number, event_callback_fn fn)
{
	struct event *event = evsignal_new(process->base, number, fn, process);

	/* it lives until the process ends */
	if (!event || event_add(event, NULL))
		abort();
}

static int run(struct process *process)
{
	struct kvip_err err;
	int claim;

	if (kvip_sole_claim(KVIP_AGENT_NAME, &claim, &err))
		return refused(&err);
	process->base = event_base_new();
	if (!process->base) {
		fputs("kvipd: there is no event loop\n", stderr);
		return EXIT_REFUSED;
	}
	signal(SIGPIPE, SIG_IGN);
	kvip_stats_init(&process->stats);
	process->agent = kvip_agent_new(process->base, &process->settings,
					&process->stats, &err);
	if (!process->agent)
		return refused(&err);
	process->asked = listen_to(process, claim);
	tell_store(process);
	on_signal(process, SIGTERM, on_end);
	on_signal(process, SIGINT, on_end);
	on_signal(process, SIGHUP, on_reload);
	start_watchdog(process);
	kvip_notify("READY=1\nSTATUS=waiting for %s",
		    process->settings.store ? "the local store" :
					      "the API server");
	event_base_dispatch(process->base);
	if (process->settings.once && !kvip_agent_synced(process->agent))
		process->status = EXIT_REFUSED;
	kvip_agent_free(process->agent, true);
	return process->status;
}

int main(int argc, char **argv)
{
	struct process process = { .argc = argc, .argv = argv };
	struct kvip_err err;
	int status;

	switch (kvip_settings_read(&process.settings, argc, argv, &err)) {
	case KVIP_SETTINGS_GO:
		break;
	case KVIP_SETTINGS_SAID:
		return fflush(stdout) ? EXIT_REFUSED : 0;
	case KVIP_SETTINGS_USAGE:
		return EXIT_USAGE;
	default:
		return refused(&err);
	}
	if (process.settings.check)
		status = check(&process.settings);
	else if (process.settings.cleanup)
		status = cleanup(&err) ? refused(&err) : 0;
	else
		status = run(&process);
	kvip_settings_free(&process.settings);
	return status;
}
