// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The kernel tells what a service is now; what it was is known from a dump and
 * from the events so far, so that a line can say which endpoint came or went.
 */
#include <inttypes.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>

#include <linux/kvip.h>

#include "client.h"
#include "columns.h"
#include "command.h"
#include "describe.h"
#include "diff.h"
#include "flows.h"
#include "table.h"
#include "table_json.h"

struct monitor {
	struct kvip_options *options;
	struct kvip_client *events;
	struct kvip_table table; /* what has been told, sorted */
};

static void print_time(void)
{
	struct timeval now;
	struct tm local;
	char text[16];

	gettimeofday(&now, NULL);
	localtime_r(&now.tv_sec, &local);
	strftime(text, sizeof(text), "%H:%M:%S", &local);
	printf("%s.%03d  ", text, (int)(now.tv_usec / 1000));
}

static void print_json(const char *event, struct json_object *service,
		       uint64_t generation)
{
	struct json_object *json = json_object_new_object();

	json_object_object_add(json, "event", json_object_new_string(event));
	json_object_object_add(json, "generation",
			       json_object_new_uint64(generation));
	if (service)
		json_object_object_add(json, "service", service);
	puts(json_object_to_json_string_ext(
		json, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE));
	json_object_put(json);
}

static void print_change(const struct monitor *monitor,
			 const struct kvip_diff_item *item, uint64_t generation)
{
	const struct kvip_service *any = item->want ? item->want : item->have;

	if (monitor->options->family && monitor->options->family != any->family)
		return;
	if (monitor->options->json) {
		print_json(!item->have ? "added" :
			   item->want  ? "changed" :
					 "removed",
			   kvip_service_json(any, false), generation);
		return;
	}
	print_time();
	kvip_print_change(stdout, item);
}

/* Read everything anew, and tell what differs from what has been told. */
static int catch_up(struct monitor *monitor, bool quiet, struct kvip_err *err)
{
	struct kvip_client *client;
	struct kvip_table now;
	struct kvip_diff diff;
	size_t i;
	int ret;

	client = kvip_client_open(err);
	if (!client)
		return -1;
	kvip_table_init(&now);
	ret = kvip_client_dump(client, &now, err);
	kvip_client_close(client);
	if (ret) {
		kvip_table_free(&now);
		return -1;
	}
	kvip_diff_make(&monitor->table, &now, &diff);
	for (i = 0; i < diff.n_items && !quiet; i++)
		print_change(monitor, &diff.items[i], now.generation);
	kvip_diff_free(&diff);
	kvip_table_free(&monitor->table);
	monitor->table = now;
	return 0;
}

static void take_change(struct monitor *monitor, enum kvip_event event,
			struct kvip_table *told)
{
	struct kvip_service *service = &told->services[0];
	struct kvip_diff_item item = {};
	size_t at;

	kvip_table_sort(told);
	if (kvip_table_find(&monitor->table, service, &at))
		item.have = &monitor->table.services[at];
	if (event == KVIP_EVENT_SET)
		item.want = service;
	if (!item.have && !item.want)
		return;
	if (!item.have || !item.want ||
	    !kvip_service_same(item.have, item.want))
		print_change(monitor, &item, told->generation);
	kvip_table_exchange(&monitor->table, at, item.have, item.want);
}

static int one_event(struct monitor *monitor, struct kvip_err *err)
{
	struct kvip_table told;
	enum kvip_event event;
	int ret;

	kvip_table_init(&told);
	ret = kvip_client_event(monitor->events, &event, &told, err);
	if (!ret && event == KVIP_EVENT_LOST) {
		fputs("kvip: some changes came too fast; reading the tables anew\n",
		      stderr);
		ret = catch_up(monitor, false, err);
	} else if (!ret && told.generation > monitor->table.generation) {
		if (event == KVIP_EVENT_COMMIT) {
			monitor->table.generation = told.generation;
			if (monitor->options->json) {
				print_json("committed", NULL, told.generation);
			} else {
				print_time();
				printf("generation %" PRIu64 "\n",
				       told.generation);
			}
			fflush(stdout);
		} else if (event == KVIP_EVENT_SET || event == KVIP_EVENT_DEL) {
			take_change(monitor, event, &told);
		}
	}
	kvip_table_free(&told);
	return ret;
}

/* A number within what the kernel takes, or 0. */
static uint32_t parse_rate(const char *text)
{
	char *end;
	unsigned long rate;

	if (*text < '0' || *text > '9')
		return 0;
	rate = strtoul(text, &end, 10);
	return *end || rate > KVIP_FLOWS_RATE_MAX ? 0 : (uint32_t)rate;
}

static int run_changes(struct kvip_options *options)
{
	struct monitor monitor = { .options = options };
	struct kvip_err err;
	int ret;

	/* Listening comes first: what happens meanwhile is older than the dump. */
	kvip_table_init(&monitor.table);
	monitor.events = kvip_client_open(&err);
	if (!monitor.events)
		return kvip_refused(&err);
	ret = kvip_client_listen(monitor.events, &err) ||
	      catch_up(&monitor, true, &err);
	if (!ret) {
		if (options->json) {
			print_json("listening", NULL, monitor.table.generation);
		} else {
			print_time();
			printf("listening; generation %" PRIu64
			       ", %zu service%s\n",
			       monitor.table.generation,
			       kvip_count_services(&monitor.table),
			       kvip_plural(
				       kvip_count_services(&monitor.table)));
		}
		fflush(stdout);
	}
	while (!ret && !ferror(stdout))
		ret = one_event(&monitor, &err);
	kvip_client_close(monitor.events);
	kvip_table_free(&monitor.table);
	return ret ? kvip_refused(&err) : kvip_finish();
}

static int run(int argc, char **argv, struct kvip_options *options)
{
	static const struct option longs[] = {
		{ "flows", no_argument, NULL, 'f' },
		{ "rate", required_argument, NULL, 'r' },
		KVIP_COMMON_LONG,
		{}
	};
	const char *filter = NULL, *text = NULL;
	uint32_t rate = 0;
	bool flows = false;
	int option;

	while ((option = getopt_long(argc, argv, KVIP_COMMON_SHORT "fr:", longs,
				     NULL)) != -1) {
		if (option == 'f')
			flows = true;
		else if (option == 'r')
			text = optarg;
		else
			kvip_common_option(&kvip_cmd_monitor, option, options);
	}
	if (flows && optind < argc)
		filter = argv[optind++];
	if (kvip_no_arguments(&kvip_cmd_monitor, argc, argv))
		return KVIP_EXIT_USAGE;
	if (text && !flows)
		return kvip_usage(&kvip_cmd_monitor,
				  "monitor: --rate is of --flows");
	if (text)
		rate = parse_rate(text);
	if (text && !rate)
		return kvip_usage(&kvip_cmd_monitor,
				  "monitor: --rate: \"%s\" is not 1 to %d",
				  text, KVIP_FLOWS_RATE_MAX);
	if (flows)
		return kvip_monitor_flows(options, rate, filter);
	return run_changes(options);
}

const struct kvip_command kvip_cmd_monitor = {
	.name = "monitor",
	.summary = "print changes of the tables, or new connections",
	.help = "usage: kvip monitor [-j] [-4 | -6]\n"
		"       kvip monitor --flows [--rate N] [-j] [-4 | -6] [SERVICE]\n"
		"Print what each commit changes, until it is interrupted. + is a service that came,\n"
		"- one that went, ~ one that changed; the line \"generation N\" ends a transaction.\n"
		"\n"
		"With --flows: a line for each new connection to a Service: who asks, what it asks\n"
		"for, what endpoint it gets, and what is special about it. SERVICE is\n"
		"NAMESPACE/NAME, NAMESPACE/NAME:PORT, or NAMESPACE/ for all of a namespace.\n"
		"\n"
		"  -f, --flows     new connections rather than changes\n"
		"  -r, --rate N    at most N connections of a second, of all Services (default 1000);\n"
		"                  how many were left out, by any listener, is told each second\n"
		"  -j, --json      one JSON object a line\n"
		"  -4, --ipv4      only services of IPv4\n"
		"  -6, --ipv6      only services of IPv6\n",
	.run = run,
};
