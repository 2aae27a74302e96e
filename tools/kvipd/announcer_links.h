/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The interfaces that the pools name, as they come and go. */
#ifndef KVIPD_ANNOUNCER_LINKS_H
#define KVIPD_ANNOUNCER_LINKS_H

#include <stdbool.h>

#include "announcer.h"

struct kvip_links;

struct kvip_links_ops {
	/* Something may have changed: it is time for kvip_links_look(). */
	void (*news)(void *arg);
	/* It came back, or with another address of its own: neighbours are to
	 * be told.
	 */
	void (*back)(void *arg, const char *name);
};

/**
 * kvip_links_new() - begin to listen
 * @base: the event loop
 * @config: the pools
 * @kernel: whom to ask
 * @ops: who is told
 * @arg: for @ops
 *
 * Return: the interfaces, none of which is ready before the first look.
 */
struct kvip_links *kvip_links_new(struct event_base *base,
				  const struct kvip_lb_config *config,
				  const struct kvip_announcer_kernel *kernel,
				  const struct kvip_links_ops *ops, void *arg);

/* kvip_links_quiet() - tell no news any more */
void kvip_links_quiet(struct kvip_links *links);

/* kvip_links_free() - end */
void kvip_links_free(struct kvip_links *links);

/* kvip_links_look() - see how they are now */
void kvip_links_look(struct kvip_links *links);

/* kvip_links_ready() - whether one was up and had a carrier */
bool kvip_links_ready(const struct kvip_links *links, const char *name);

#endif /* KVIPD_ANNOUNCER_LINKS_H */
