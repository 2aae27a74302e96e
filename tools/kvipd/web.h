/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Listening for HTTP, with libevent's server. */
#ifndef KVIPD_WEB_H
#define KVIPD_WEB_H

#include <stdint.h>

#include "addr.h"
#include "err.h"

struct evbuffer;
struct event_base;
struct evhttp_request;
struct kvip_web;

/* Connections that a listener has at once; others wait to be accepted. */
#define KVIP_WEB_CONNECTIONS 200

/* Seconds that a connection may take, from its accept to the answer's end. */
#define KVIP_WEB_SECONDS 10

/* A request came; answer it before returning, by kvip_web_reply(). */
typedef void (*kvip_web_fn)(struct evhttp_request *request, void *arg);

/**
 * kvip_web_listen() - answer on a port
 * @base: the event loop
 * @addr: the address; a wildcard of either family, or NULL: both families, as
 *	far as the host has them
 * @port: the port
 * @fn: called with each request, whatever its path, of method GET or HEAD;
 *	others are told 405
 * @arg: for @fn
 * @err: "0.0.0.0:10256: Address already in use"
 *
 * Slow and many clients are bounded: a request has 8 KiB of head and 1 KiB of
 * body at most, a connection one request, %KVIP_WEB_SECONDS, and there are
 * %KVIP_WEB_CONNECTIONS of them.
 *
 * Return: the listener, or NULL.
 */
struct kvip_web *kvip_web_listen(struct event_base *base,
				 const struct kvip_addr *addr, uint16_t port,
				 kvip_web_fn fn, void *arg,
				 struct kvip_err *err);

/* kvip_web_close() - stop listening; NULL is ok, from within fn() is not */
void kvip_web_close(struct kvip_web *web);

/* kvip_web_path() - the path asked for, without a query, still encoded */
const char *kvip_web_path(struct evhttp_request *request);

/* kvip_web_header() - a header of the answer to come */
void kvip_web_header(struct evhttp_request *request, const char *name,
		     const char *value);

/**
 * kvip_web_reply() - answer
 * @request: what is answered
 * @status: 200
 * @type: the Content-Type
 * @body: drained; a HEAD gets its length only
 */
void kvip_web_reply(struct evhttp_request *request, int status,
		    const char *type, struct evbuffer *body);

/* kvip_web_reply_text() - the same with a text */
void kvip_web_reply_text(struct evhttp_request *request, int status,
			 const char *type, const char *text);

/* kvip_web_not_found() - 404, in the words that Go's servers have for it */
void kvip_web_not_found(struct evhttp_request *request);

#endif /* KVIPD_WEB_H */
