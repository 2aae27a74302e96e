/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * For the unit tests: an HTTP server in the test's own event loop that gives one
 * answer after the other, and a line of what happened in which order.
 */
#ifndef KVIP_TESTS_REPLAY_H
#define KVIP_TESTS_REPLAY_H

#include "recorded.h"

#include <sys/socket.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/http.h>
#include <event2/keyvalq_struct.h>

#include "http.h"
#include "kubeconfig.h"

/* How an answer ends. */
enum replay_end {
	CLEANLY,
	CUT, /* the connection is lost */
	HELD, /* no more comes, and the connection stays */
};

struct answer {
	int status; /* 0: the answers end */
	const char *file; /* out of tests/data; or NULL */
	const char *text; /* behind it; or NULL */
	enum replay_end end;
	size_t most; /* bytes to send; 0: all */
	size_t piece; /* of a chunk; 0: all in one */
	const char *retry_after; /* or NULL */
};

struct replay {
	struct event_base *base;
	struct evhttp *server;
	struct kvip_http *http;
	struct kvip_kubeconfig config;
	char url[64];
	const struct answer *answers; /* the next one; none: HELD */
	void (*describe)(struct replay *replay, struct evhttp_request *request,
			 void *arg);
	void *arg;
	char line[16384]; /* what happened; "WHAT; WHAT; " */
	unsigned int puts; /* in a row, not yet in @line */
	unsigned int requests;
	bool late;
	struct evhttp_request *open[1024]; /* never ended by us */
	unsigned int n_open;
};

/* Note what happened. The server's address becomes "SERVER". */
static inline void replay_note(struct replay *replay, const char *fmt, ...)
{
	size_t used = strlen(replay->line);
	char text[2048], *url;
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	url = strstr(text, replay->url);
	if (url) {
		size_t len = strlen(replay->url);

		memmove(url + 6, url + len, strlen(url + len) + 1);
		memcpy(url, "SERVER", 6);
	}
	if (replay->puts)
		used += (size_t)snprintf(replay->line + used,
					 sizeof(replay->line) - used,
					 "put %u; ", replay->puts);
	replay->puts = 0;
	snprintf(replay->line + used, sizeof(replay->line) - used, "%s; ",
		 text);
	event_base_loopbreak(replay->base);
}

static inline void replay_cut(struct evhttp_connection *connection, void *arg)
{
	struct bufferevent *bev = evhttp_connection_get_bufferevent(connection);

	(void)arg;
	shutdown(bufferevent_getfd(bev), SHUT_RDWR);
}

static inline void replay_body(struct evhttp_request *request,
			       const struct answer *answer, const char *text,
			       size_t len)
{
	struct evbuffer *chunk = evbuffer_new();
	size_t at, n;

	evhttp_send_reply_start(request, answer->status, "Because");
	for (at = 0; at < len; at += n) {
		n = answer->piece ? answer->piece : len;
		if (n > len - at)
			n = len - at;
		evbuffer_add(chunk, text + at, n);
		if (at + n == len && answer->end == CUT)
			evhttp_send_reply_chunk_with_cb(request, chunk,
							replay_cut, NULL);
		else
			evhttp_send_reply_chunk(request, chunk);
	}
	if (answer->end == CLEANLY)
		evhttp_send_reply_end(request);
	evbuffer_free(chunk);
}

static inline void replay_answer(struct evhttp_request *request, void *arg)
{
	static const struct answer held = { .status = 200, .end = HELD };
	struct replay *replay = arg;
	const struct answer *answer = replay->answers;
	size_t len, file_len = 0;
	char *file, *text = NULL;
	FILE *out;

	replay->requests++;
	replay->describe(replay, request, replay->arg);
	if (answer && answer->status)
		replay->answers++;
	else
		answer = &held;
	out = open_memstream(&text, &len);
	if (answer->file) {
		file = recorded(answer->file, &file_len);
		fwrite(file, 1, file_len, out);
		free(file);
	}
	fputs(answer->text ? answer->text : "", out);
	fclose(out);
	if (answer->most)
		len = answer->most;
	if (answer->retry_after)
		evhttp_add_header(evhttp_request_get_output_headers(request),
				  "Retry-After", answer->retry_after);
	if (answer->end != CLEANLY) {
		assert_in_range(replay->n_open, 0,
				ARRAY_SIZE(replay->open) - 1);
		replay->open[replay->n_open++] = request;
	}
	replay_body(request, answer, text, len);
	free(text);
}

static inline void replay_is_late(evutil_socket_t fd, short what, void *arg)
{
	struct replay *replay = arg;

	(void)fd;
	(void)what;
	replay->late = true;
	event_base_loopbreak(replay->base);
}

/* Run until @until is in the line of what happened; or until @done, if given. */
static inline void replay_run(struct replay *replay, const char *until,
			      bool (*done)(void *arg), void *arg)
{
	const struct timeval limit = { .tv_sec = 20 };
	struct event *late;

	late = event_new(replay->base, -1, 0, replay_is_late, replay);
	event_add(late, &limit);
	while (!replay->late) {
		if (done ? done(arg) : !!strstr(replay->line, until))
			break;
		event_base_loop(replay->base, EVLOOP_ONCE);
	}
	event_free(late);
	if (replay->late)
		fail_msg("it did not come to \"%s\": %s", until, replay->line);
}

static inline void
replay_begin(struct replay *replay, const struct answer *answers,
	     void (*describe)(struct replay *, struct evhttp_request *, void *),
	     void *arg)
{
	struct evhttp_bound_socket *bound;
	struct sockaddr_storage addr;
	socklen_t len = sizeof(addr);
	struct kvip_err err;

	memset(replay, 0, sizeof(*replay));
	replay->answers = answers;
	replay->describe = describe;
	replay->arg = arg;
	replay->base = event_base_new();
	replay->server = evhttp_new(replay->base);
	evhttp_set_allowed_methods(replay->server,
				   EVHTTP_REQ_GET | EVHTTP_REQ_POST |
					   EVHTTP_REQ_PUT | EVHTTP_REQ_PATCH);
	evhttp_set_gencb(replay->server, replay_answer, replay);
	bound = evhttp_bind_socket_with_handle(replay->server, "127.0.0.1", 0);
	assert_non_null(bound);
	assert_int_equal(getsockname(evhttp_bound_socket_get_fd(bound),
				     (struct sockaddr *)&addr, &len),
			 0);
	snprintf(replay->url, sizeof(replay->url), "http://127.0.0.1:%u",
		 ntohs(((struct sockaddr_in *)&addr)->sin_port));
	replay->config.name = "test";
	replay->config.server = replay->url;
	replay->http =
		kvip_http_new(replay->base, &replay->config, "test", &err);
	if (!replay->http)
		fail_msg("%s", err.text);
}

static inline void replay_end(struct replay *replay)
{
	unsigned int i;

	kvip_http_free(replay->http);
	/* libevent leaves to us what has lost its connection */
	for (i = 0; i < replay->n_open; i++)
		if (!evhttp_request_get_connection(replay->open[i]))
			evhttp_request_free(replay->open[i]);
	evhttp_free(replay->server);
	event_base_free(replay->base);
}

#endif /* KVIP_TESTS_REPLAY_H */
