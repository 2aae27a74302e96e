// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdlib.h>
#include <string.h>

#include <event2/event.h>

#include "alloc.h"
#include "announce_watch.h"
#include "announcer_links.h"
#include "lb_config.h"
#include "log.h"

struct kvip_links {
	const struct kvip_announcer_kernel *kernel;
	const struct kvip_links_ops *ops;
	void *arg;
	struct kvip_announce_link *links; /* as they were last */
	size_t n;
	struct kvip_announce_watch *watch;
	struct event *readable;
};

/* Its number, or how many there are. */
static size_t find(const struct kvip_links *links, const char *name)
{
	size_t i;

	for (i = 0; i < links->n; i++)
		if (!strcmp(links->links[i].name, name))
			break;
	return i;
}

/* The interfaces of the pools, each once. */
static void collect(struct kvip_links *links,
		    const struct kvip_lb_config *config)
{
	size_t i;

	for (i = 0; i < config->n_pools; i++) {
		const char *name = config->pools[i].interface;

		if (!*name || find(links, name) < links->n)
			continue;
		links->links = kvip_grow(links->links, links->n,
					 sizeof(*links->links));
		memcpy(links->links[links->n++].name, name, IFNAMSIZ);
	}
}

static void on_readable(evutil_socket_t fd, short what, void *arg)
{
	struct kvip_links *links = arg;

	(void)fd;
	(void)what;
	if (kvip_announce_watch_read(links->watch, links->links, links->n))
		links->ops->news(links->arg);
}

static void listen_to(struct kvip_links *links, struct event_base *base)
{
	struct kvip_err err;

	if (!links->n)
		return;
	links->watch = kvip_announce_watch_open(&err);
	if (!links->watch) {
		kvip_log(KVIP_LOG_WARNING,
			 "an interface that comes back will not be noticed",
			 KVIP_TEXT("error", err.text));
		return;
	}
	links->readable = event_new(base, kvip_announce_watch_fd(links->watch),
				    EV_READ | EV_PERSIST, on_readable, links);
	if (!links->readable)
		abort();
	event_add(links->readable, NULL);
}

struct kvip_links *kvip_links_new(struct event_base *base,
				  const struct kvip_lb_config *config,
				  const struct kvip_announcer_kernel *kernel,
				  const struct kvip_links_ops *ops, void *arg)
{
	struct kvip_links *links = kvip_alloc(sizeof(*links));

	links->kernel = kernel;
	links->ops = ops;
	links->arg = arg;
	collect(links, config);
	listen_to(links, base);
	return links;
}

void kvip_links_quiet(struct kvip_links *links)
{
	if (links->readable)
		event_del(links->readable);
}

void kvip_links_free(struct kvip_links *links)
{
	if (links->readable)
		event_free(links->readable);
	kvip_announce_watch_close(links->watch);
	free(links->links);
	free(links);
}

static bool has_changed(const struct kvip_announce_link *old,
			const struct kvip_announce_link *link)
{
	return old->index != link->index || old->running != link->running ||
	       memcmp(old->mac, link->mac, sizeof(old->mac)) != 0;
}

static void look_at(struct kvip_links *links, size_t i)
{
	struct kvip_announce_link link, old = links->links[i];
	struct kvip_err err;

	if (links->kernel->look(old.name, &link, &err))
		memset(&link, 0, sizeof(link));
	memcpy(link.name, old.name, sizeof(link.name));
	links->links[i] = link;
	if (link.running && !old.running)
		kvip_log(KVIP_LOG_INFO, "the interface of a pool is ready",
			 KVIP_TEXT("interface", old.name));
	else if (old.running && !link.running)
		kvip_log(KVIP_LOG_WARNING,
			 "the interface of a pool is not ready any more",
			 KVIP_TEXT("interface", old.name));
	if (link.running && has_changed(&old, &link))
		links->ops->back(links->arg, old.name);
}

void kvip_links_look(struct kvip_links *links)
{
	size_t i;

	for (i = 0; i < links->n; i++)
		look_at(links, i);
}

bool kvip_links_ready(const struct kvip_links *links, const char *name)
{
	size_t i = find(links, name);

	return i < links->n && links->links[i].running;
}
