/* SPDX-License-Identifier: GPL-2.0-or-later */
/* For the unit tests: a client of a server in the same event loop. */
#ifndef KVIP_TESTS_WEB_CLIENT_H
#define KVIP_TESTS_WEB_CLIENT_H

#include "cluster.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <event2/event.h>

#include "addr.h"

/* Seconds after which a test that waits has failed. */
#define WEB_PATIENCE 60

static inline double web_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static inline socklen_t web_sockaddr(const char *host, uint16_t port,
				     struct sockaddr_storage *to)
{
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)to;
	struct sockaddr_in *in = (struct sockaddr_in *)to;
	struct kvip_addr addr;

	assert_true(kvip_addr_parse(host, &addr));
	memset(to, 0, sizeof(*to));
	to->ss_family = addr.family;
	if (addr.family == AF_INET6) {
		in6->sin6_addr = addr.v6;
		in6->sin6_port = htons(port);
		return sizeof(*in6);
	}
	in->sin_addr = addr.v4;
	in->sin_port = htons(port);
	return sizeof(*in);
}

/* Somebody else's socket that listens at @host; *@port: 0 becomes a free one. */
static inline int web_occupy(const char *host, uint16_t *port)
{
	struct sockaddr_storage at;
	socklen_t len = web_sockaddr(host, *port, &at);
	int fd = socket(at.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&at, len), 0);
	assert_int_equal(listen(fd, 1), 0);
	len = sizeof(at);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&at, &len), 0);
	/* the port is at the same place in both families */
	*port = ntohs(((struct sockaddr_in *)&at)->sin_port);
	return fd;
}

/* A port that nobody listens on. */
static inline uint16_t web_free_port(void)
{
	uint16_t port = 0;

	close(web_occupy("0.0.0.0", &port));
	return port;
}

/* A connection, or -1 if it is refused. */
static inline int web_connect(const char *host, uint16_t port)
{
	struct sockaddr_storage to;
	socklen_t len = web_sockaddr(host, port, &to);
	int fd = socket(to.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	if (!connect(fd, (struct sockaddr *)&to, len))
		return fd;
	close(fd);
	return -1;
}

/* Let the loop do what there is to do, and wait a little if there is nothing. */
static inline void web_turn(struct event_base *base, int fd)
{
	struct pollfd wait = { .fd = fd, .events = POLLIN };

	event_base_loop(base, EVLOOP_NONBLOCK);
	poll(&wait, 1, 1);
}

struct web_text {
	char *bytes; /* NUL-terminated */
	size_t len;
};

/* All that comes until the other side closes; false: it was reset. */
static inline bool web_read(struct event_base *base, int fd,
			    struct web_text *text)
{
	double deadline = web_now() + WEB_PATIENCE;
	size_t room = 65536;

	text->bytes = malloc(room);
	text->len = 0;
	for (;;) {
		ssize_t n = recv(fd, text->bytes + text->len,
				 room - text->len - 1, MSG_DONTWAIT);

		assert_true(web_now() < deadline);
		if (n < 0 && errno == EAGAIN) {
			web_turn(base, fd);
			continue;
		}
		if (n <= 0) {
			text->bytes[text->len] = '\0';
			return !n;
		}
		text->len += (size_t)n;
		if (room - text->len < 2) {
			room *= 2;
			text->bytes = realloc(text->bytes, room);
		}
	}
}

/* The whole answer to a whole request; free() it. */
static inline char *web_ask(struct event_base *base, const char *host,
			    uint16_t port, const char *request)
{
	int fd = web_connect(host, port);
	struct web_text text;

	assert_true(fd >= 0);
	assert_int_equal(send(fd, request, strlen(request), MSG_NOSIGNAL),
			 strlen(request));
	assert_true(web_read(base, fd, &text));
	close(fd);
	return text.bytes;
}

/* The answer to a GET of @path over IPv4; free() it. */
static inline char *web_get(struct event_base *base, uint16_t port,
			    const char *path)
{
	char request[1024];

	snprintf(request, sizeof(request), "GET %s HTTP/1.1\r\nHost: n\r\n\r\n",
		 path);
	return web_ask(base, "127.0.0.1", port, request);
}

static inline int web_status(const char *answer)
{
	assert_int_equal(strncmp(answer, "HTTP/1.", 7), 0);
	assert_int_equal(answer[8], ' ');
	return (int)strtol(answer + 9, NULL, 10);
}

/* What stands behind the head. */
static inline const char *web_body(const char *answer)
{
	const char *end = strstr(answer, "\r\n\r\n");

	assert_non_null(end);
	return end + 4;
}

/* Whether the head has a line. */
static inline bool web_has(const char *answer, const char *line)
{
	const char *at = strstr(answer, line);

	return at && at < web_body(answer) && at[-1] == '\n' &&
	       at[strlen(line)] == '\r';
}

#endif /* KVIP_TESTS_WEB_CLIENT_H */
