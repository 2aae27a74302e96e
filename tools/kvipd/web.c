// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/http.h>
#include <event2/listener.h>

#include "alloc.h"
#include "clock.h"
#include "web.h"

#define HEAD_MAX 8192
#define BODY_MAX 1024
#define BACKLOG 128

/* How often connections are looked at, while there are any. */
static const struct timeval sweep_period = { .tv_usec = 200000 };

/* A connection; libevent does not tell when it goes, so it is looked at. */
struct client {
	struct bufferevent *bev; /* we hold a reference */
	double since;
};

struct kvip_web {
	struct evhttp *http;
	struct event *sweep;
	struct event_base *base;
	struct evconnlistener *listeners[2];
	size_t n_listeners;
	struct client clients[KVIP_WEB_CONNECTIONS];
	size_t n_clients;
	kvip_web_fn fn;
	void *arg;
};

/* What libevent has let go of calls nobody any more. */
static bool is_gone(struct bufferevent *bev)
{
	bufferevent_event_cb event_cb;

	bufferevent_getcb(bev, NULL, NULL, &event_cb, NULL);
	return !event_cb;
}

static void set_accepting(struct kvip_web *web, bool on)
{
	size_t i;

	for (i = 0; i < web->n_listeners; i++) {
		if (on)
			evconnlistener_enable(web->listeners[i]);
		else
			evconnlistener_disable(web->listeners[i]);
	}
}

static void end_overdue(struct kvip_web *web, double now)
{
	size_t i;

	for (i = 0; i < web->n_clients; i++)
		if (now - web->clients[i].since >= KVIP_WEB_SECONDS &&
		    !is_gone(web->clients[i].bev))
			bufferevent_trigger_event(web->clients[i].bev,
						  BEV_EVENT_TIMEOUT, 0);
}

static void forget_gone(struct kvip_web *web)
{
	size_t i, n = 0;

	for (i = 0; i < web->n_clients; i++) {
		if (is_gone(web->clients[i].bev))
			bufferevent_decref(web->clients[i].bev);
		else
			web->clients[n++] = web->clients[i];
	}
	web->n_clients = n;
}

static void sweep(evutil_socket_t fd, short what, void *arg)
{
	struct kvip_web *web = arg;

	(void)fd;
	(void)what;
	end_overdue(web, kvip_clock_monotonic());
	forget_gone(web);
	if (web->n_clients < KVIP_WEB_CONNECTIONS)
		set_accepting(web, true);
	if (!web->n_clients)
		event_del(web->sweep);
}

/* No file descriptor is left, most likely: the sweep begins again. */
static void accept_failed(struct evconnlistener *listener, void *arg)
{
	struct kvip_web *web = arg;

	(void)listener;
	set_accepting(web, false);
	event_add(web->sweep, &sweep_period);
}

static struct bufferevent *new_connection(struct event_base *base, void *arg)
{
	struct kvip_web *web = arg;
	struct bufferevent *bev;

	/* with room for none we do not accept; libevent would make its own */
	if (web->n_clients == KVIP_WEB_CONNECTIONS)
		return NULL;
	bev = bufferevent_socket_new(base, -1, 0);
	if (!bev)
		return NULL;
	bufferevent_incref(bev);
	web->clients[web->n_clients].bev = bev;
	web->clients[web->n_clients++].since = kvip_clock_monotonic();
	if (!event_pending(web->sweep, EV_TIMEOUT, NULL))
		event_add(web->sweep, &sweep_period);
	if (web->n_clients == KVIP_WEB_CONNECTIONS)
		set_accepting(web, false);
	return bev;
}

static void take_request(struct evhttp_request *request, void *arg)
{
	struct kvip_web *web = arg;
	enum evhttp_cmd_type method = evhttp_request_get_command(request);

	if (method == EVHTTP_REQ_GET || method == EVHTTP_REQ_HEAD) {
		web->fn(request, web->arg);
		return;
	}
	kvip_web_header(request, "Allow", "GET, HEAD");
	kvip_web_reply_text(request, HTTP_BADMETHOD,
			    "text/plain; charset=utf-8",
			    "Method Not Allowed\n");
}

static void make_sockaddr(const struct kvip_addr *addr, uint16_t port,
			  struct sockaddr_storage *to, socklen_t *len)
{
	memset(to, 0, sizeof(*to));
	if (addr->family == AF_INET6) {
		struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)to;

		in6->sin6_family = AF_INET6;
		in6->sin6_addr = addr->v6;
		in6->sin6_port = htons(port);
		*len = sizeof(*in6);
	} else {
		struct sockaddr_in *in = (struct sockaddr_in *)to;

		in->sin_family = AF_INET;
		in->sin_addr = addr->v4;
		in->sin_port = htons(port);
		*len = sizeof(*in);
	}
}

/* Return: a socket that listens; -1 and errno */
static int open_socket(const struct kvip_addr *addr, uint16_t port)
{
	struct sockaddr_storage to;
	int fd, on = 1, error;
	socklen_t len;

	make_sockaddr(addr, port, &to, &len);
	fd = socket(addr->family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC,
		    0);
	if (fd < 0)
		return -1;
	/* connections that are ending must not be in the way of a restart */
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (addr->family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on));
	if (!bind(fd, (struct sockaddr *)&to, len) && !listen(fd, BACKLOG))
		return fd;
	error = errno;
	close(fd);
	errno = error;
	return -1;
}

static int listen_at(struct kvip_web *web, const struct kvip_addr *addr,
		     uint16_t port)
{
	unsigned int flags = LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC;
	struct evconnlistener *listener;
	int fd = open_socket(addr, port);

	if (fd < 0)
		return -1;
	listener = evconnlistener_new(web->base, NULL, NULL, flags, 0, fd);
	if (!listener || !evhttp_bind_listener(web->http, listener)) {
		if (listener)
			evconnlistener_free(listener);
		else
			close(fd);
		errno = ENOMEM;
		return -1;
	}
	evconnlistener_set_error_cb(listener, accept_failed);
	web->listeners[web->n_listeners++] = listener;
	return 0;
}

static int tell(struct kvip_err *err, const struct kvip_addr *addr,
		uint16_t port)
{
	char at[KVIP_ADDR_PORT_LEN];
	int error = errno;

	return kvip_err_set(err, "%s: %s", kvip_addr_port_text(addr, port, at),
			    strerror(error));
}

static bool is_wildcard(const struct kvip_addr *addr)
{
	static const struct kvip_addr zero;

	return !addr || !memcmp(addr->bytes, zero.bytes, sizeof(zero.bytes));
}

/* The host does not speak this family; it has the other one. */
static bool lacks_family(int error)
{
	return error == EAFNOSUPPORT || error == EADDRNOTAVAIL;
}

static int listen_everywhere(struct kvip_web *web, uint16_t port,
			     struct kvip_err *err)
{
	static const struct kvip_addr wildcards[] = { { .family = AF_INET },
						      { .family = AF_INET6 } };
	size_t i;

	for (i = 0; i < 2; i++) {
		if (!listen_at(web, &wildcards[i], port))
			continue;
		if (!lacks_family(errno) || (i && !web->n_listeners))
			return tell(err, &wildcards[i], port);
	}
	return 0;
}

static struct kvip_web *new_web(struct event_base *base)
{
	struct kvip_web *web = kvip_alloc(sizeof(*web));

	web->base = base;
	web->http = evhttp_new(base);
	web->sweep = event_new(base, -1, EV_PERSIST, sweep, web);
	if (web->http && web->sweep)
		return web;
	kvip_web_close(web);
	return NULL;
}

struct kvip_web *kvip_web_listen(struct event_base *base,
				 const struct kvip_addr *addr, uint16_t port,
				 kvip_web_fn fn, void *arg,
				 struct kvip_err *err)
{
	struct kvip_web *web = new_web(base);
	int ret;

	if (!web) {
		kvip_err_set(err, "no HTTP server: out of memory");
		return NULL;
	}
	web->fn = fn;
	web->arg = arg;
	evhttp_set_timeout(web->http, KVIP_WEB_SECONDS);
	evhttp_set_max_headers_size(web->http, HEAD_MAX);
	evhttp_set_max_body_size(web->http, BODY_MAX);
	/* all that there are: what is not allowed here is told 501 by libevent */
	evhttp_set_allowed_methods(
		web->http, EVHTTP_REQ_GET | EVHTTP_REQ_POST | EVHTTP_REQ_HEAD |
				   EVHTTP_REQ_PUT | EVHTTP_REQ_DELETE |
				   EVHTTP_REQ_OPTIONS | EVHTTP_REQ_TRACE |
				   EVHTTP_REQ_CONNECT | EVHTTP_REQ_PATCH);
	evhttp_set_gencb(web->http, take_request, web);
	evhttp_set_bevcb(web->http, new_connection, web);
	if (is_wildcard(addr)) {
		ret = listen_everywhere(web, port, err);
	} else {
		ret = listen_at(web, addr, port);
		if (ret)
			tell(err, addr, port);
	}
	if (!ret)
		return web;
	kvip_web_close(web);
	return NULL;
}

void kvip_web_close(struct kvip_web *web)
{
	size_t i;

	if (!web)
		return;
	if (web->http)
		evhttp_free(web->http);
	for (i = 0; i < web->n_clients; i++)
		bufferevent_decref(web->clients[i].bev);
	if (web->sweep)
		event_free(web->sweep);
	free(web);
}

const char *kvip_web_path(struct evhttp_request *request)
{
	const struct evhttp_uri *uri = evhttp_request_get_evhttp_uri(request);
	const char *path = uri ? evhttp_uri_get_path(uri) : NULL;

	return path && *path ? path : "/";
}

void kvip_web_header(struct evhttp_request *request, const char *name,
		     const char *value)
{
	evhttp_add_header(evhttp_request_get_output_headers(request), name,
			  value);
}

void kvip_web_reply(struct evhttp_request *request, int status,
		    const char *type, struct evbuffer *body)
{
	char length[32];

	kvip_web_header(request, "Content-Type", type);
	kvip_web_header(request, "X-Content-Type-Options", "nosniff");
	kvip_web_header(request, "Connection", "close");
	snprintf(length, sizeof(length), "%zu", evbuffer_get_length(body));
	kvip_web_header(request, "Content-Length", length);
	if (evhttp_request_get_command(request) == EVHTTP_REQ_HEAD)
		evbuffer_drain(body, evbuffer_get_length(body));
	evhttp_send_reply(request, status, NULL, body);
}

void kvip_web_reply_text(struct evhttp_request *request, int status,
			 const char *type, const char *text)
{
	struct evbuffer *body = evbuffer_new();

	if (!body) {
		evhttp_send_error(request, HTTP_INTERNAL, NULL);
		return;
	}
	evbuffer_add(body, text, strlen(text));
	kvip_web_reply(request, status, type, body);
	evbuffer_free(body);
}

void kvip_web_not_found(struct evhttp_request *request)
{
	kvip_web_reply_text(request, HTTP_NOTFOUND, "text/plain; charset=utf-8",
			    "404 page not found\n");
}
