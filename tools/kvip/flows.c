// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <inttypes.h>
#include <json-c/json.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include <linux/kvip.h>

#include "client.h"
#include "command.h"
#include "filter.h"
#include "flow.h"
#include "flow_text.h"
#include "flows.h"

#define SECOND_MS 1000

struct flows {
	const struct kvip_options *options;
	const char *filter;
	struct kvip_client *events;
	struct kvip_client *asking; /* how many were left out */
	uint64_t left_out; /* as far as has been told */
	int64_t due; /* when to ask again, in ms; 0: nothing came meanwhile */
	bool came; /* since it was asked last */
	/* the widest so far, so that lines grow into columns */
	int client_width;
	int line_width;
};

static volatile sig_atomic_t stopped;

static void stop(int number)
{
	(void)number;
	stopped = 1;
}

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

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

static void add_time(struct json_object *json)
{
	struct timeval now;
	struct tm utc;
	char day[32], text[48];

	gettimeofday(&now, NULL);
	gmtime_r(&now.tv_sec, &utc);
	strftime(day, sizeof(day), "%Y-%m-%dT%H:%M:%S", &utc);
	snprintf(text, sizeof(text), "%s.%03dZ", day,
		 (int)(now.tv_usec / 1000));
	json_object_object_add(json, "time", json_object_new_string(text));
}

static void print_json(struct json_object *json, const char *event)
{
	json_object_object_add(json, "event", json_object_new_string(event));
	add_time(json);
	puts(json_object_to_json_string_ext(
		json, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE));
	json_object_put(json);
}

static bool hidden(const struct kvip_flow *flow)
{
	return flow->has_masquerade && flow->masquerade != KVIP_MASQUERADE_NO &&
	       flow->masquerade != KVIP_MASQUERADE_ON_NODE;
}

/* What is not as it is with most connections, or "". */
static void note(const struct kvip_flow *flow, char *buf, size_t size)
{
	bool affinity = flow->has_affinity &&
			flow->affinity != KVIP_AFFINITY_NEW;

	buf[0] = '\0';
	if (flow->verdict != KVIP_VERDICT_BACKEND)
		snprintf(buf, size, "%s: %s",
			 kvip_verdict_words(flow->verdict)->brief,
			 kvip_rule_words(flow->rule)->brief);
	else if (affinity || hidden(flow))
		snprintf(
			buf, size, "%s%s%s",
			affinity ? kvip_affinity_words(flow->affinity)->brief :
				   "",
			affinity && hidden(flow) ? ", " : "",
			hidden(flow) ?
				kvip_masquerade_words(flow->masquerade)->brief :
				"");
}

static void print_flow(struct flows *flows, const struct kvip_flow *flow)
{
	char from[KVIP_ADDR_PORT_LEN], to[KVIP_ADDR_PORT_LEN],
		backend[KVIP_ADDR_PORT_LEN], why[128],
		line[KVIP_NAME_MAX + 4 * KVIP_ADDR_PORT_LEN];
	int len;

	kvip_addr_port_text(&flow->from, flow->from_port, from);
	kvip_addr_port_text(&flow->to, flow->to_port, to);
	if (flow->has_backend)
		kvip_addr_port_text(&flow->backend.addr, flow->backend.port,
				    backend);
	if ((int)strlen(from) > flows->client_width)
		flows->client_width = (int)strlen(from);
	len = snprintf(line, sizeof(line), "%-4s %-*s -> %s%s%s%s%s",
		       kvip_proto_lower(flow->proto), flows->client_width, from,
		       flow->service ? flow->service : "",
		       flow->service ? " " : "", to,
		       flow->has_backend ? " -> " : "",
		       flow->has_backend ? backend : "");
	if (len > flows->line_width)
		flows->line_width = len;
	note(flow, why, sizeof(why));
	print_time();
	if (why[0])
		printf("%-*s  %s\n", flows->line_width, line, why);
	else
		puts(line);
}

static void tell(const struct kvip_flow *flow, void *arg)
{
	struct flows *flows = arg;

	flows->came = true;
	if (flows->options->family && flows->options->family != flow->to.family)
		return;
	if (!kvip_selected(flow->service, flows->filter))
		return;
	if (flows->options->json)
		print_json(kvip_flow_json(flow), "flow");
	else
		print_flow(flows, flow);
}

static int tell_left_out(struct flows *flows, struct kvip_err *err)
{
	struct kvip_info info;
	uint64_t n;

	if (kvip_client_info(flows->asking, &info, err))
		return -1;
	n = info.flows_left_out - flows->left_out;
	flows->left_out = info.flows_left_out;
	/* What there is to tell comes with, or soon after, what was told. */
	flows->due = n || flows->came ? now_ms() + SECOND_MS : 0;
	flows->came = false;
	if (!n)
		return 0;
	if (flows->options->json) {
		struct json_object *json = json_object_new_object();

		json_object_object_add(json, "flows",
				       json_object_new_uint64(n));
		print_json(json, "left-out");
	} else {
		printf("(%" PRIu64 " flow%s not shown in the last second)\n", n,
		       n == 1 ? "" : "s");
	}
	return 0;
}

static int start(struct flows *flows, uint32_t rate, struct kvip_err *err)
{
	struct kvip_info info;

	flows->events = kvip_client_open(err);
	if (!flows->events)
		return -1;
	flows->asking = kvip_client_open(err);
	if (!flows->asking || kvip_client_info(flows->asking, &info, err) ||
	    kvip_client_listen_flows(flows->events, rate, err))
		return -1;
	flows->left_out = info.flows_left_out;
	if (flows->options->json) {
		print_json(json_object_new_object(), "listening");
	} else {
		print_time();
		puts("listening");
	}
	return 0;
}

/* Until a signal, an error, or the end of whoever reads the output. */
static int watch(struct flows *flows, const sigset_t *signals,
		 struct kvip_err *err)
{
	struct pollfd polls[] = {
		{ .fd = kvip_client_fd(flows->events), .events = POLLIN },
		{ .fd = STDOUT_FILENO },
	};

	while (!stopped && !ferror(stdout)) {
		int64_t left = flows->due - now_ms();
		struct timespec wait = { .tv_sec = left / 1000,
					 .tv_nsec = left % 1000 * 1000000 };

		if (flows->due && left <= 0) {
			if (tell_left_out(flows, err))
				return -1;
			continue;
		}
		if (ppoll(polls, 2, flows->due ? &wait : NULL, signals) < 0) {
			if (errno == EINTR)
				continue;
			return kvip_err_set(err, "poll: %s", strerror(errno));
		}
		if (polls[1].revents & (POLLERR | POLLHUP))
			return 0;
		if (!polls[0].revents)
			continue;
		if (kvip_client_flows(flows->events, tell, flows, err))
			return -1;
		if (!flows->due && flows->came)
			flows->due = now_ms() + SECOND_MS;
	}
	return 0;
}

int kvip_monitor_flows(const struct kvip_options *options, uint32_t rate,
		       const char *filter)
{
	struct flows flows = { .options = options, .filter = filter };
	struct sigaction action = { .sa_handler = stop };
	sigset_t blocked, before;
	struct kvip_err err;
	int ret;

	/* They come in ppoll() only, so none is missed just before it. */
	sigemptyset(&blocked);
	sigaddset(&blocked, SIGINT);
	sigaddset(&blocked, SIGTERM);
	sigprocmask(SIG_BLOCK, &blocked, &before);
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	signal(SIGPIPE, SIG_IGN);
	setvbuf(stdout, NULL, _IOLBF, 0);

	ret = start(&flows, rate, &err);
	if (!ret)
		ret = watch(&flows, &before, &err);
	kvip_client_close(flows.events);
	kvip_client_close(flows.asking);
	if (ret)
		return kvip_refused(&err);
	if (ferror(stdout) && errno == EPIPE)
		return KVIP_EXIT_OK;
	return kvip_finish();
}
