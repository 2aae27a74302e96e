/* SPDX-License-Identifier: GPL-2.0-or-later */
/* libcurl's transfers in libevent's loop: a set of them, and its connections. */
#ifndef KVIP_API_MULTI_H
#define KVIP_API_MULTI_H

#include <curl/curl.h>
#include <stdbool.h>

struct event_base;
struct kvip_multi;

/**
 * struct kvip_multi_ops - who hears of transfers
 * @done: one ended; it is to be taken out by kvip_multi_remove()
 * @left: libcurl was left, after which transfers can be taken out that could
 *	not be before
 */
struct kvip_multi_ops {
	void (*done)(void *arg, CURL *easy, CURLcode result);
	void (*left)(void *arg);
};

/* kvip_multi_new() - an empty set; NULL: out of memory, or of file descriptors */
struct kvip_multi *kvip_multi_new(struct event_base *base,
				  const struct kvip_multi_ops *ops, void *arg);

/**
 * kvip_multi_retire() - no transfer will be added
 * @multi: the set; it and its connections are gone with its last transfer
 */
void kvip_multi_retire(struct kvip_multi *multi);

/* kvip_multi_add() - begin a transfer; not from within libcurl; 0 or -1 */
int kvip_multi_add(struct kvip_multi *multi, CURL *easy);

/* kvip_multi_remove() - take a transfer out; not from within libcurl */
void kvip_multi_remove(struct kvip_multi *multi, CURL *easy);

/* kvip_multi_inside() - whether libcurl is calling us just now */
bool kvip_multi_inside(const struct kvip_multi *multi);

#endif /* KVIP_API_MULTI_H */
