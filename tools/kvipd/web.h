/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Listening for HTTP, with libevent's server. */
#ifndef KVIPD_WEB_H
#define KVIPD_WEB_H

#include <stdint.h>

#include "addr.h"
#include "err.h"

struct evhttp_request;
struct event_base;
struct kvip_web;

/* A request came; answer it before returning, by kvip_web_reply(). */
typedef void (*kvip_web_fn)(struct evhttp_request *request, void *arg);

/**
 * kvip_web_listen() - answer on a port
 * @base: the event loop
 * @addr: the address; the IPv4 wildcard means both families where the host has
 *	IPv6; NULL: the same
 * @port: the port
 * @fn: called with each request, whatever its path and method GET or HEAD
 * @arg: for @fn
 * @err: "0.0.0.0:10256: Address already in use"
 *
 * Slow and many clients are bounded: a request has 8 KiB of head at most, no
 * body, and 10 seconds.
 *
 * Return: the listener, or NULL.
 */
struct kvip_web *kvip_web_listen(struct event_base *base,
				 const struct kvip_addr *addr, uint16_t port,
				 kvip_web_fn fn, void *arg,
				 struct kvip_err *err);

/* kvip_web_close() - stop listening; NULL is ok */
void kvip_web_close(struct kvip_web *web);

#endif /* KVIPD_WEB_H */
