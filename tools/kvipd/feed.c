// SPDX-License-Identifier: GPL-2.0-or-later
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

#include <event2/event.h>

#include "alloc.h"
#include "feed.h"
#include "log.h"
#include "reflector.h"

/* Seconds until a list that told of nothing is asked for again. */
#define DOUBT_SECONDS 30

struct channel {
	struct kvip_feed *feed;
	enum kvip_cluster_kind kind;
	struct kvip_reflector *reflector;
	struct event *doubt_timer;
};

struct kvip_feed {
	struct kvip_cluster *cluster;
	struct channel channels[KVIP_CLUSTER_KINDS];
	char *selector; /* of the Node */
	void (*soon)(void *arg);
	void *arg;
};

static const struct kvip_reflector_spec specs[] = {
	[KVIP_CLUSTER_SERVICES] = {
		.path = "/api/v1/services",
		.kind = "Service",
	},
	[KVIP_CLUSTER_SLICES] = {
		.path = "/apis/discovery.k8s.io/v1/endpointslices",
		.kind = "EndpointSlice",
	},
	[KVIP_CLUSTER_NODES] = {
		.path = "/api/v1/nodes",
		.kind = "Node",
	},
};

static void on_begin(void *arg)
{
	struct channel *channel = arg;

	kvip_cluster_begin(channel->feed->cluster, channel->kind);
}

static void on_put(void *arg, struct json_object *object)
{
	struct channel *channel = arg;

	kvip_cluster_put(channel->feed->cluster, channel->kind, object);
}

static void on_gone(void *arg, struct json_object *object)
{
	struct channel *channel = arg;

	kvip_cluster_gone(channel->feed->cluster, channel->kind, object);
}

static void on_idle(void *arg)
{
	struct channel *channel = arg;

	channel->feed->soon(channel->feed->arg);
}

static void on_complete(void *arg)
{
	struct channel *channel = arg;

	kvip_cluster_complete(channel->feed->cluster, channel->kind);
	channel->feed->soon(channel->feed->arg);
}

static void on_trouble(void *arg, const char *sentence, double retry_seconds)
{
	struct channel *channel = arg;

	kvip_log(KVIP_LOG_WARNING, "the API server could not be followed",
		 KVIP_TEXT("kind", specs[channel->kind].kind),
		 KVIP_TEXT("error", sentence),
		 KVIP_SECONDS("retry", retry_seconds));
}

static const struct kvip_reflector_ops ops = {
	.begin = on_begin,
	.put = on_put,
	.gone = on_gone,
	.complete = on_complete,
	.idle = on_idle,
	.trouble = on_trouble,
};

static void on_doubt(evutil_socket_t fd, short what, void *arg)
{
	struct channel *channel = arg;

	(void)fd;
	(void)what;
	kvip_reflector_relist(channel->reflector);
}

/* fieldSelector=metadata.name=NODE, encoded */
static char *select_node(const char *node)
{
	char *text = NULL;
	size_t size;
	FILE *to = open_memstream(&text, &size);

	if (!to)
		abort();
	fputs("fieldSelector=metadata.name%3D", to);
	for (; *node; node++)
		if (isalnum((unsigned char)*node) || *node == '-' ||
		    *node == '.')
			fputc(*node, to);
		else
			fprintf(to, "%%%02X", (unsigned char)*node);
	fclose(to);
	return text;
}

struct kvip_feed *kvip_feed_new(struct event_base *base, struct kvip_http *http,
				const char *node, bool stream,
				struct kvip_cluster *cluster,
				void (*soon)(void *arg), void *arg)
{
	struct kvip_feed *feed = kvip_alloc(sizeof(*feed));
	unsigned int kind;

	feed->cluster = cluster;
	feed->soon = soon;
	feed->arg = arg;
	feed->selector = select_node(node);
	for (kind = 0; kind < KVIP_CLUSTER_KINDS; kind++) {
		struct channel *channel = &feed->channels[kind];
		struct kvip_reflector_spec spec = specs[kind];

		channel->feed = feed;
		channel->kind = kind;
		channel->doubt_timer = evtimer_new(base, on_doubt, channel);
		if (!channel->doubt_timer)
			abort();
		spec.no_stream = !stream;
		if (kind == KVIP_CLUSTER_NODES)
			spec.selector = feed->selector;
		channel->reflector =
			kvip_reflector_new(base, http, &spec, &ops, channel);
	}
	return feed;
}

void kvip_feed_free(struct kvip_feed *feed)
{
	unsigned int kind;

	if (!feed)
		return;
	for (kind = 0; kind < KVIP_CLUSTER_KINDS; kind++) {
		kvip_reflector_free(feed->channels[kind].reflector);
		event_free(feed->channels[kind].doubt_timer);
	}
	free(feed->selector);
	free(feed);
}

void kvip_feed_doubt(struct kvip_feed *feed, enum kvip_cluster_kind kind)
{
	const struct timeval soon = { .tv_sec = DOUBT_SECONDS };

	evtimer_add(feed->channels[kind].doubt_timer, &soon);
}

const struct kvip_reflector *kvip_feed_reflector(const struct kvip_feed *feed,
						 enum kvip_cluster_kind kind)
{
	return feed->channels[kind].reflector;
}
