// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Requests to a server that runs in the same event loop: what it hears, what is
 * told of its answers, and how connections, files and plugins go wrong.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <arpa/inet.h>
#include <cmocka.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/http.h>
#include <event2/keyvalq_struct.h>
#include <event2/listener.h>

#include "http.h"
#include "kubeconfig.h"

/* Seconds after which a test has failed; none takes nearly as long. */
#define PATIENCE 30

#define HEARD_MAX 16

/* A request as the server heard it. */
struct heard {
	char *line; /* "GET /path" */
	char *headers; /* "name: value\n" each, names as sent */
	char *body;
	uint16_t port; /* of the client */
};

struct scene {
	struct event_base *base;
	struct evhttp *server;
	void (*answer)(struct scene *scene, struct evhttp_request *request);
	struct heard heard[HEARD_MAX];
	size_t n_heard;
	struct evhttp_request *held; /* answered later */

	struct kvip_kubeconfig config;
	char url[64];
	struct kvip_http *http;

	char folder[32];
	char path[64]; /* a file in it */
};

/* What was told of one request. */
struct told {
	struct scene *scene;
	struct kvip_request *request;
	int n_data;
	char data[256];
	size_t n_bytes;
	int refuse_at; /* the call of data() that says no; 0: none */
	void (*on_data)(struct told *told);
	void (*on_done)(struct told *told);
	struct told *other;
	int n_done;
	int status;
	int retry_after;
	char error[256];
	char *body;
	size_t len;
};

static void reply_ok(struct scene *scene, struct evhttp_request *request)
{
	struct evbuffer *body = evbuffer_new();

	(void)scene;
	evbuffer_add_printf(body, "hello");
	evhttp_send_reply(request, 200, "OK", body);
	evbuffer_free(body);
}

static const char *method_of(struct evhttp_request *request)
{
	switch (evhttp_request_get_command(request)) {
	case EVHTTP_REQ_GET:
		return "GET";
	case EVHTTP_REQ_POST:
		return "POST";
	case EVHTTP_REQ_PATCH:
		return "PATCH";
	case EVHTTP_REQ_DELETE:
		return "DELETE";
	default:
		return "?";
	}
}

static char *headers_of(struct evhttp_request *request)
{
	struct evkeyvalq *headers = evhttp_request_get_input_headers(request);
	struct evbuffer *text = evbuffer_new();
	struct evkeyval *header;
	char *copy;

	for (header = headers->tqh_first; header;
	     header = header->next.tqe_next)
		evbuffer_add_printf(text, "%s: %s\n", header->key,
				    header->value);
	evbuffer_add(text, "", 1);
	copy = strdup((char *)evbuffer_pullup(text, -1));
	evbuffer_free(text);
	return copy;
}

static void on_request(struct evhttp_request *request, void *arg)
{
	struct evbuffer *body = evhttp_request_get_input_buffer(request);
	struct scene *scene = arg;
	struct heard *heard = &scene->heard[scene->n_heard];
	char line[256], *host;

	assert_true(scene->n_heard < HEARD_MAX);
	scene->n_heard++;
	snprintf(line, sizeof(line), "%s %s", method_of(request),
		 evhttp_request_get_uri(request));
	heard->line = strdup(line);
	heard->headers = headers_of(request);
	evbuffer_add(body, "", 1);
	heard->body = strdup((char *)evbuffer_pullup(body, -1));
	evhttp_connection_get_peer(evhttp_request_get_connection(request),
				   &host, &heard->port);
	scene->answer(scene, request);
}

static bool heard_header(const struct scene *scene, size_t i, const char *line)
{
	assert_true(i < scene->n_heard);
	return strstr(scene->heard[i].headers, line);
}

static void on_patience(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
	fail_msg("nothing was told within %d seconds", PATIENCE);
}

static int set_up(void **state)
{
	static struct scene scene;
	struct timeval patience = { PATIENCE, 0 };
	struct evhttp_bound_socket *bound;
	struct sockaddr_in addr;
	socklen_t len = sizeof(addr);

	memset(&scene, 0, sizeof(scene));
	scene.base = event_base_new();
	scene.server = evhttp_new(scene.base);
	evhttp_set_allowed_methods(scene.server, 0xffff);
	evhttp_set_gencb(scene.server, on_request, &scene);
	bound = evhttp_bind_socket_with_handle(scene.server, "127.0.0.1", 0);
	if (!bound || getsockname(evhttp_bound_socket_get_fd(bound),
				  (struct sockaddr *)&addr, &len))
		return -1;
	snprintf(scene.url, sizeof(scene.url), "http://127.0.0.1:%d",
		 ntohs(addr.sin_port));
	scene.answer = reply_ok;
	scene.config.name = "config";
	scene.config.server = scene.url;
	strcpy(scene.folder, "/tmp/kvip-http-XXXXXX");
	if (!mkdtemp(scene.folder))
		return -1;
	snprintf(scene.path, sizeof(scene.path), "%s/file", scene.folder);
	event_base_once(scene.base, -1, EV_TIMEOUT, on_patience, NULL,
			&patience);
	*state = &scene;
	return 0;
}

static int tear_down(void **state)
{
	struct scene *scene = *state;
	size_t i;

	kvip_http_free(scene->http);
	evhttp_free(scene->server);
	event_base_free(scene->base);
	for (i = 0; i < scene->n_heard; i++) {
		free(scene->heard[i].line);
		free(scene->heard[i].headers);
		free(scene->heard[i].body);
	}
	unlink(scene->path);
	return rmdir(scene->folder);
}

static int on_data(void *arg, const char *bytes, size_t len)
{
	struct told *told = arg;
	size_t room = sizeof(told->data) - 1 - strlen(told->data);

	told->n_data++;
	told->n_bytes += len;
	strncat(told->data, bytes, len < room ? len : room);
	if (told->on_data)
		told->on_data(told);
	return told->n_data == told->refuse_at ? -1 : 0;
}

static void on_done(void *arg, const struct kvip_reply *reply)
{
	struct told *told = arg;

	told->n_done++;
	told->request = NULL;
	told->status = reply->status;
	told->retry_after = reply->retry_after;
	snprintf(told->error, sizeof(told->error), "%s",
		 reply->error ? reply->error : "");
	told->len = reply->len;
	assert_int_equal(reply->body[reply->len], '\0');
	told->body = strdup(reply->body);
	if (told->on_done)
		told->on_done(told);
}

static const struct kvip_request_ops taking = { on_data, on_done };
static const struct kvip_request_ops keeping = { NULL, on_done };

static void start(struct scene *scene, const struct kvip_request_spec *spec,
		  const struct kvip_request_ops *ops, struct told *told)
{
	struct kvip_err err;

	if (!scene->http)
		scene->http = kvip_http_new(scene->base, &scene->config,
					    "kvipd/test", &err);
	assert_non_null(scene->http);
	told->scene = scene;
	told->request = kvip_http_start(scene->http, spec, ops, told);
	assert_non_null(told->request);
	assert_int_equal(told->n_done, 0);
}

static void start_get(struct scene *scene, const char *path,
		      const struct kvip_request_ops *ops, struct told *told)
{
	const struct kvip_request_spec spec = { .method = "GET", .path = path };

	start(scene, &spec, ops, told);
}

static void wait_for(struct told *told)
{
	while (!told->n_done)
		event_base_loop(told->scene->base, EVLOOP_ONCE);
	assert_int_equal(told->n_done, 1);
}

static struct told get(struct scene *scene, const char *path)
{
	struct told told = { .n_done = 0 };

	start_get(scene, path, &keeping, &told);
	wait_for(&told);
	return told;
}

static void expect_error(struct told *told, const char *words)
{
	char text[256];

	snprintf(text, sizeof(text), "%s: %s", told->scene->config.server,
		 words);
	assert_string_equal(told->error, text);
}

static void write_file(const char *path, const char *text)
{
	char other[128];
	FILE *file;

	/* a new inode each time, as kubelets replace files */
	snprintf(other, sizeof(other), "%s.new", path);
	file = fopen(other, "w");
	assert_non_null(file);
	fputs(text, file);
	assert_int_equal(fclose(file), 0);
	assert_int_equal(rename(other, path), 0);
}

static void test_get(void **state)
{
	struct scene *scene = *state;
	struct told told = get(scene, "/api/v1/services?limit=5");

	assert_int_equal(told.status, 200);
	assert_string_equal(told.error, "");
	assert_string_equal(told.body, "hello");
	assert_int_equal(told.len, 5);
	assert_int_equal(told.retry_after, -1);
	assert_string_equal(scene->heard[0].line,
			    "GET /api/v1/services?limit=5");
	assert_true(heard_header(scene, 0, "Accept: application/json\n"));
	assert_true(heard_header(scene, 0, "User-Agent: kvipd/test\n"));
	assert_true(heard_header(scene, 0, "Accept-Encoding: gzip\n"));
	assert_false(heard_header(scene, 0, "Authorization"));
	assert_false(heard_header(scene, 0, "Content-Type"));
	free(told.body);
}

static void test_prefix_of_the_server(void **state)
{
	struct scene *scene = *state;
	struct told told;

	strcat(scene->url, "/clusters/c1");
	told = get(scene, "/version");
	assert_string_equal(scene->heard[0].line, "GET /clusters/c1/version");
	free(told.body);
}

static void test_bodies_that_are_sent(void **state)
{
	struct kvip_request_spec spec = { .method = "POST",
					  .path = "/events",
					  .body = "{\"a\":1}" };
	struct scene *scene = *state;
	struct told told = { .n_done = 0 }, patch = { .n_done = 0 };

	start(scene, &spec, &keeping, &told);
	wait_for(&told);
	assert_string_equal(scene->heard[0].line, "POST /events");
	assert_string_equal(scene->heard[0].body, "{\"a\":1}");
	assert_true(heard_header(scene, 0, "Content-Type: application/json\n"));
	spec.method = "PATCH";
	start(scene, &spec, &keeping, &patch);
	wait_for(&patch);
	assert_string_equal(scene->heard[1].line, "PATCH /events");
	assert_true(heard_header(
		scene, 1, "Content-Type: application/merge-patch+json\n"));
	free(told.body);
	free(patch.body);
}

static void hold(struct scene *scene, struct evhttp_request *request)
{
	scene->held = request;
}

static void send_chunk(struct scene *scene, const char *text)
{
	struct evbuffer *chunk = evbuffer_new();

	evbuffer_add_printf(chunk, "%s", text);
	evhttp_send_reply_chunk(scene->held, chunk);
	evbuffer_free(chunk);
}

static void begin_chunks(struct scene *scene, struct evhttp_request *request)
{
	scene->held = request;
	evhttp_send_reply_start(request, 200, "OK");
	send_chunk(scene, "one");
}

/* The server sends the next piece when the last one was told of. */
static void send_more(struct told *told)
{
	if (told->n_data == 1)
		send_chunk(told->scene, "two");
	else if (told->n_data == 2)
		evhttp_send_reply_end(told->scene->held);
}

static void test_a_watch_is_told_as_it_comes(void **state)
{
	const struct kvip_request_spec spec = { .method = "GET",
						.path = "/watch",
						.patient = true };
	struct told told = { .on_data = send_more };
	struct scene *scene = *state;

	scene->answer = begin_chunks;
	start(scene, &spec, &taking, &told);
	wait_for(&told);
	assert_string_equal(told.error, "");
	assert_string_equal(told.data, "onetwo");
	assert_int_equal(told.n_data, 2);
	assert_int_equal(told.len, 0);
	assert_false(heard_header(scene, 0, "Accept-Encoding"));
	free(told.body);
}

static void reply_status(struct evhttp_request *request, int status)
{
	struct evbuffer *body = evbuffer_new();

	evbuffer_add_printf(body, "{\"code\":%d}", status);
	evhttp_send_reply(request, status, "No", body);
	evbuffer_free(body);
}

static void reply_busy(struct scene *scene, struct evhttp_request *request)
{
	struct evkeyvalq *headers = evhttp_request_get_output_headers(request);

	(void)scene;
	evhttp_add_header(headers, "Retry-After", "7");
	reply_status(request, 429);
}

static void reply_at_once(struct scene *scene, struct evhttp_request *request)
{
	struct evkeyvalq *headers = evhttp_request_get_output_headers(request);

	(void)scene;
	evhttp_add_header(headers, "Retry-After", "0");
	reply_status(request, 503);
}

static void test_errors_of_the_server(void **state)
{
	struct scene *scene = *state;
	struct told told = { .n_done = 0 }, other;

	scene->answer = reply_busy;
	start_get(scene, "/", &taking, &told);
	wait_for(&told);
	assert_int_equal(told.status, 429);
	assert_int_equal(told.retry_after, 7);
	assert_string_equal(told.error, "");
	/* no taker of objects is bothered with an error's text */
	assert_int_equal(told.n_data, 0);
	assert_string_equal(told.body, "{\"code\":429}");
	free(told.body);

	scene->answer = reply_at_once;
	other = get(scene, "/");
	assert_int_equal(other.status, 503);
	assert_int_equal(other.retry_after, 0);
	free(other.body);
}

static void reply_elsewhere(struct scene *scene, struct evhttp_request *request)
{
	struct evkeyvalq *headers = evhttp_request_get_output_headers(request);

	(void)scene;
	evhttp_add_header(headers, "Location", "/elsewhere");
	evhttp_send_reply(request, 302, "Found", NULL);
}

static void test_redirects_are_not_followed(void **state)
{
	struct scene *scene = *state;
	struct told told;

	scene->answer = reply_elsewhere;
	told = get(scene, "/");
	assert_int_equal(told.status, 302);
	assert_int_equal(scene->n_heard, 1);
	free(told.body);
}

static void reply_big(struct scene *scene, struct evhttp_request *request)
{
	struct evbuffer *body = evbuffer_new();
	size_t i;

	(void)scene;
	for (i = 0; i < KVIP_REPLY_KEPT; i++)
		evbuffer_add(body, "xy", 2);
	evhttp_send_reply(request, 200, "OK", body);
	evbuffer_free(body);
}

static void test_what_is_kept_is_bounded(void **state)
{
	struct scene *scene = *state;
	struct told told, taken = { .n_done = 0 };

	scene->answer = reply_big;
	told = get(scene, "/");
	assert_string_equal(told.error, "");
	assert_int_equal(told.len, KVIP_REPLY_KEPT);
	assert_int_equal(strlen(told.body), KVIP_REPLY_KEPT);
	free(told.body);
	start_get(scene, "/", &taking, &taken);
	wait_for(&taken);
	assert_int_equal(taken.n_bytes, 2 * KVIP_REPLY_KEPT);
	free(taken.body);
}

static void reply_gzip(struct scene *scene, struct evhttp_request *request)
{
	static const unsigned char hello[] = {
		0x1f, 0x8b, 0x08, 0,	0,    0,    0,	  0,	0,
		0x03, 0xcb, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00, 0x86,
		0xa6, 0x10, 0x36, 0x05, 0,    0,    0,
	};
	struct evkeyvalq *headers = evhttp_request_get_output_headers(request);
	struct evbuffer *body = evbuffer_new();

	(void)scene;
	evhttp_add_header(headers, "Content-Encoding", "gzip");
	evbuffer_add(body, hello, sizeof(hello));
	evhttp_send_reply(request, 200, "OK", body);
	evbuffer_free(body);
}

static void test_gzip(void **state)
{
	struct scene *scene = *state;
	struct told told;

	scene->answer = reply_gzip;
	told = get(scene, "/");
	assert_string_equal(told.error, "");
	assert_string_equal(told.body, "hello");
	free(told.body);
}

static void test_a_reader_that_refuses(void **state)
{
	struct told told = { .refuse_at = 1 };
	struct scene *scene = *state;

	start_get(scene, "/", &taking, &told);
	wait_for(&told);
	assert_int_equal(told.status, 200);
	assert_string_equal(told.error, "the reader refused it");
	free(told.body);
}

static void cancel_itself(struct told *told)
{
	kvip_http_cancel(told->request);
}

static void cancel_other(struct told *told)
{
	if (told->other->request)
		kvip_http_cancel(told->other->request);
	told->other->request = NULL;
}

static void start_other(struct told *told)
{
	if (!told->other->request && !told->other->n_done)
		start_get(told->scene, "/other", &keeping, told->other);
}

static void test_cancel_within_data(void **state)
{
	struct told told = { .on_data = cancel_itself }, other;
	struct scene *scene = *state;

	start_get(scene, "/", &taking, &told);
	while (!told.n_data)
		event_base_loop(scene->base, EVLOOP_ONCE);
	other = get(scene, "/");
	assert_int_equal(other.status, 200);
	assert_int_equal(told.n_done, 0);
	free(other.body);
}

static void hold_first(struct scene *scene, struct evhttp_request *request)
{
	scene->answer = reply_ok;
	scene->held = request;
}

static void test_cancel_another_within_data(void **state)
{
	struct told held = { .n_done = 0 };
	struct told told = { .on_data = cancel_other, .other = &held };
	struct scene *scene = *state;

	scene->answer = hold_first;
	start_get(scene, "/held", &taking, &held);
	while (!scene->held)
		event_base_loop(scene->base, EVLOOP_ONCE);
	start_get(scene, "/", &taking, &told);
	wait_for(&told);
	assert_int_equal(told.status, 200);
	assert_int_equal(held.n_done, 0);
	free(told.body);
}

static void test_cancel_another_within_done(void **state)
{
	struct told held = { .n_done = 0 };
	struct told told = { .on_done = cancel_other, .other = &held };
	struct scene *scene = *state;

	scene->answer = hold_first;
	start_get(scene, "/held", &taking, &held);
	while (!scene->held)
		event_base_loop(scene->base, EVLOOP_ONCE);
	start_get(scene, "/", &taking, &told);
	wait_for(&told);
	assert_int_equal(held.n_done, 0);
	free(told.body);
}

static void test_cancel_at_once(void **state)
{
	struct told told = { .n_done = 0 }, other;
	struct scene *scene = *state;

	start_get(scene, "/never", &keeping, &told);
	kvip_http_cancel(told.request);
	other = get(scene, "/");
	assert_int_equal(told.n_done, 0);
	assert_int_equal(scene->n_heard, 1);
	free(other.body);
}

static void test_start_within_data_and_done(void **state)
{
	struct told second = { .n_done = 0 }, third = { .n_done = 0 };
	struct told first = { .on_data = start_other, .other = &second };
	struct scene *scene = *state;

	second.on_done = start_other;
	second.other = &third;
	start_get(scene, "/", &taking, &first);
	while (!third.n_done)
		event_base_loop(scene->base, EVLOOP_ONCE);
	assert_int_equal(first.status, 200);
	assert_int_equal(second.status, 200);
	assert_int_equal(third.status, 200);
	free(first.body);
	free(second.body);
	free(third.body);
}

static void test_free_forgets_what_is_under_way(void **state)
{
	struct told held = { .n_done = 0 }, waiting = { .n_done = 0 };
	struct scene *scene = *state;

	scene->answer = hold;
	start_get(scene, "/held", &keeping, &held);
	while (!scene->held)
		event_base_loop(scene->base, EVLOOP_ONCE);
	start_get(scene, "/waiting", &keeping, &waiting);
	kvip_http_free(scene->http);
	scene->http = NULL;
	event_base_loop(scene->base, EVLOOP_NONBLOCK);
	assert_int_equal(held.n_done, 0);
	assert_int_equal(waiting.n_done, 0);
}

static void test_connection_refused(void **state)
{
	struct scene *scene = *state;
	struct told told;

	/* port 1 of the loopback is nobody's */
	strcpy(scene->url, "http://127.0.0.1:1");
	told = get(scene, "/");
	assert_int_equal(told.status, 0);
	expect_error(&told, "connection refused");
	assert_string_equal(told.body, "");
	assert_int_equal(kvip_http_stats(scene->http)->requests[0], 1);
	free(told.body);
}

static void test_a_name_without_address(void **state)
{
	struct scene *scene = *state;
	struct told told;

	strcpy(scene->url, "http://name.invalid:1");
	told = get(scene, "/");
	assert_int_equal(told.status, 0);
	expect_error(&told, "no address is found for this name");
	free(told.body);
}

/* A server that answers what it hears with these words, and hangs up. */
static void on_words(evutil_socket_t fd, short what, void *arg)
{
	const char *words = arg;
	char request[4096];

	(void)what;
	assert_true(read(fd, request, sizeof(request)) > 0);
	assert_int_equal(write(fd, words, strlen(words)),
			 (ssize_t)strlen(words));
	close(fd);
}

static void on_connect(struct evconnlistener *listener, evutil_socket_t fd,
		       struct sockaddr *addr, int len, void *arg)
{
	(void)addr;
	(void)len;
	event_base_once(evconnlistener_get_base(listener), fd, EV_READ,
			on_words, arg, NULL);
}

static void expect_of_words(struct scene *scene, const char *words, int status,
			    const char *error)
{
	struct sockaddr_in addr = { .sin_family = AF_INET };
	socklen_t len = sizeof(addr);
	struct evconnlistener *listener;
	struct told told;

	addr.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	listener = evconnlistener_new_bind(scene->base, on_connect,
					   (void *)words, LEV_OPT_CLOSE_ON_FREE,
					   -1, (struct sockaddr *)&addr,
					   sizeof(addr));
	assert_non_null(listener);
	assert_int_equal(getsockname(evconnlistener_get_fd(listener),
				     (struct sockaddr *)&addr, &len),
			 0);
	kvip_http_free(scene->http);
	scene->http = NULL;
	snprintf(scene->url, sizeof(scene->url), "http://127.0.0.1:%d",
		 ntohs(addr.sin_port));
	told = get(scene, "/");
	expect_error(&told, error);
	assert_int_equal(told.status, status);
	free(told.body);
	evconnlistener_free(listener);
}

static void test_answers_that_are_cut_short(void **state)
{
	struct scene *scene = *state;

	expect_of_words(scene, "", 0,
			"the connection was closed before there was an answer");
	expect_of_words(scene,
			"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc", 200,
			"the answer was cut short");
	expect_of_words(
		scene,
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabc",
		200, "the answer was cut short");
}

static void test_seconds_are_the_longest(void **state)
{
	const struct kvip_request_spec spec = { .method = "GET",
						.path = "/",
						.seconds = 1 };
	struct told told = { .n_done = 0 }, other;
	struct scene *scene = *state;

	scene->answer = hold_first;
	start(scene, &spec, &keeping, &told);
	wait_for(&told);
	assert_int_equal(told.status, 0);
	expect_error(&told, "there was no answer within 1 seconds");
	/* the next one does not wait for the same connection */
	other = get(scene, "/");
	assert_int_equal(other.status, 200);
	assert_int_not_equal(scene->heard[0].port, scene->heard[1].port);
	free(told.body);
	free(other.body);
}

static void test_connections_are_used_again(void **state)
{
	struct scene *scene = *state;
	struct told first = get(scene, "/1"), second = get(scene, "/2");

	assert_int_equal(scene->heard[0].port, scene->heard[1].port);
	free(first.body);
	free(second.body);
}

static void test_stats(void **state)
{
	const struct kvip_http_stats *stats;
	struct scene *scene = *state;
	struct told first = get(scene, "/"), second;

	scene->answer = reply_busy;
	second = get(scene, "/");
	stats = kvip_http_stats(scene->http);
	assert_int_equal(stats->requests[0], 0);
	assert_int_equal(stats->requests[2], 1);
	assert_int_equal(stats->requests[4], 1);
	assert_int_equal(stats->duration_count, 2);
	assert_true(stats->duration_sum > 0 && stats->duration_sum < PATIENCE);
	free(first.body);
	free(second.body);
}

/* 401 for whoever has not the token "new" */
static void want_new(struct scene *scene, struct evhttp_request *request)
{
	struct evkeyvalq *headers = evhttp_request_get_input_headers(request);
	const char *line = evhttp_find_header(headers, "Authorization");

	if (line && !strcmp(line, "Bearer new"))
		reply_ok(scene, request);
	else
		reply_status(request, 401);
}

/* The same, and the file gets the new token while the old one is refused. */
static void rotate_late(struct scene *scene, struct evhttp_request *request)
{
	write_file(scene->path, "new");
	scene->answer = want_new;
	reply_status(request, 401);
}

static void test_a_token(void **state)
{
	struct scene *scene = *state;
	struct told told;

	scene->config.token = "abc";
	told = get(scene, "/");
	assert_true(heard_header(scene, 0, "Authorization: Bearer abc\n"));
	free(told.body);
}

static void test_401_of_a_token_is_told(void **state)
{
	struct scene *scene = *state;
	struct told told;

	scene->answer = want_new;
	scene->config.token = "abc";
	told = get(scene, "/");
	assert_int_equal(told.status, 401);
	assert_int_equal(scene->n_heard, 1);
	free(told.body);
}

static void test_a_token_file_that_is_replaced(void **state)
{
	struct scene *scene = *state;
	struct told told;

	scene->config.token = "not this one";
	scene->config.token_file = scene->path;
	write_file(scene->path, " one\n");
	told = get(scene, "/");
	assert_true(heard_header(scene, 0, "Authorization: Bearer one\n"));
	free(told.body);
	write_file(scene->path, "two");
	told = get(scene, "/");
	assert_true(heard_header(scene, 1, "Authorization: Bearer two\n"));
	free(told.body);
	/* missing for a moment: the last one is as good as any */
	unlink(scene->path);
	told = get(scene, "/");
	assert_true(heard_header(scene, 2, "Authorization: Bearer two\n"));
	free(told.body);
}

static void test_401_has_the_token_file_read_anew(void **state)
{
	struct scene *scene = *state;
	struct told told;

	scene->config.token_file = scene->path;
	scene->answer = rotate_late;
	write_file(scene->path, "old");
	told = get(scene, "/");
	assert_int_equal(told.status, 200);
	assert_string_equal(told.body, "hello");
	assert_int_equal(scene->n_heard, 2);
	assert_true(heard_header(scene, 0, "Authorization: Bearer old\n"));
	assert_true(heard_header(scene, 1, "Authorization: Bearer new\n"));
	free(told.body);
}

static void test_401_twice_is_told(void **state)
{
	struct scene *scene = *state;
	struct told told;

	scene->config.token_file = scene->path;
	scene->answer = want_new;
	write_file(scene->path, "old");
	told = get(scene, "/");
	assert_int_equal(told.status, 401);
	assert_int_equal(scene->n_heard, 2);
	assert_int_equal(kvip_http_stats(scene->http)->requests[4], 2);
	free(told.body);
}

static void test_bad_tokens(void **state)
{
	struct scene *scene = *state;
	char words[192];
	struct told told;

	scene->config.token_file = scene->path;
	told = get(scene, "/");
	snprintf(words, sizeof(words), "%s: No such file or directory",
		 scene->path);
	assert_int_equal(told.status, 0);
	expect_error(&told, words);
	free(told.body);

	write_file(scene->path, " \n");
	told = get(scene, "/");
	snprintf(words, sizeof(words), "%s: there is no token in it",
		 scene->path);
	expect_error(&told, words);
	free(told.body);

	write_file(scene->path, "a\r\nHost: b");
	told = get(scene, "/");
	snprintf(
		words, sizeof(words),
		"%s: expected a token, found one with a blank or control character in it",
		scene->path);
	expect_error(&told, words);
	assert_int_equal(scene->n_heard, 0);
	free(told.body);
}

static void test_name_and_password(void **state)
{
	struct scene *scene = *state;
	struct told told;

	scene->config.username = "Aladdin";
	scene->config.password = "open sesame";
	told = get(scene, "/");
	assert_true(heard_header(
		scene, 0,
		"Authorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==\n"));
	free(told.body);
}

/*
 * A plugin that adds a line to the scene's file each time it runs, and gives
 * the number of lines as a token.
 */
static void use_plugin(struct scene *scene, char *expires)
{
	static char script[512];
	static char *args[] = { "-c", script, NULL }, *env[] = { NULL };

	snprintf(
		script, sizeof(script),
		"echo >>%s; echo '{\"kind\":\"ExecCredential\",\"apiVersion\":"
		"\"client.authentication.k8s.io/v1\",\"status\":{\"token\":\"'$(wc -l <%s)'\""
		"%s%s%s}}'",
		scene->path, scene->path,
		expires ? ",\"expirationTimestamp\":\"" : "",
		expires ? expires : "", expires ? "\"" : "");
	scene->config.exec.command = "/bin/sh";
	scene->config.exec.args = args;
	scene->config.exec.env = env;
	scene->config.exec.version = "client.authentication.k8s.io/v1";
}

static void test_requests_share_a_plugin(void **state)
{
	struct told told[3] = { { .n_done = 0 } };
	struct scene *scene = *state;
	struct told last;
	size_t i;

	use_plugin(scene, "2999-01-01T00:00:00Z");
	for (i = 0; i < 3; i++)
		start_get(scene, "/", &keeping, &told[i]);
	for (i = 0; i < 3; i++) {
		wait_for(&told[i]);
		assert_int_equal(told[i].status, 200);
		free(told[i].body);
	}
	last = get(scene, "/");
	for (i = 0; i < 4; i++)
		assert_true(
			heard_header(scene, i, "Authorization: Bearer 1\n"));
	free(last.body);
}

static void test_an_expired_token_is_asked_for_anew(void **state)
{
	struct scene *scene = *state;
	struct told told;

	use_plugin(scene, "2020-01-01T00:00:00Z");
	told = get(scene, "/");
	free(told.body);
	told = get(scene, "/");
	free(told.body);
	assert_int_equal(scene->n_heard, 2);
	assert_true(heard_header(scene, 0, "Authorization: Bearer 1\n"));
	assert_true(heard_header(scene, 1, "Authorization: Bearer 2\n"));
}

static void test_401_has_the_plugin_run_anew(void **state)
{
	struct scene *scene = *state;
	struct told told;

	use_plugin(scene, NULL);
	scene->answer = want_new;
	told = get(scene, "/");
	assert_int_equal(told.status, 401);
	assert_int_equal(scene->n_heard, 2);
	assert_true(heard_header(scene, 1, "Authorization: Bearer 2\n"));
	free(told.body);
}

static void test_a_plugin_that_fails_is_tried_again(void **state)
{
	static char *args[] = { "-c", "echo no luck >&2; exit 1", NULL };
	struct told told[2] = { { .n_done = 0 } }, last;
	struct scene *scene = *state;
	size_t i;

	use_plugin(scene, NULL);
	scene->config.exec.args = args;
	for (i = 0; i < 2; i++)
		start_get(scene, "/", &keeping, &told[i]);
	for (i = 0; i < 2; i++) {
		wait_for(&told[i]);
		expect_error(
			&told[i],
			"the exec plugin /bin/sh ended with status 1: no luck");
		free(told[i].body);
	}
	use_plugin(scene, NULL);
	last = get(scene, "/");
	assert_int_equal(last.status, 200);
	free(last.body);
}

static void test_cancel_while_a_plugin_runs(void **state)
{
	static char *args[] = { "-c", "exec sleep 100", NULL };
	struct told told = { .n_done = 0 };
	struct scene *scene = *state;

	use_plugin(scene, NULL);
	scene->config.exec.args = args;
	start_get(scene, "/", &keeping, &told);
	event_base_loop(scene->base, EVLOOP_ONCE);
	kvip_http_cancel(told.request);
	kvip_http_free(scene->http);
	scene->http = NULL;
	assert_int_equal(told.n_done, 0);
}

static void test_proxies(void **state)
{
	struct scene *scene = *state;
	char proxy[64], host[64];
	struct told told;

	strcpy(proxy, scene->url);
	snprintf(scene->url, sizeof(scene->url), "http://192.0.2.1:6443");
	scene->config.proxy = proxy;
	told = get(scene, "/version");
	assert_int_equal(told.status, 200);
	assert_string_equal(scene->heard[0].line,
			    "GET http://192.0.2.1:6443/version");
	free(told.body);

	kvip_http_free(scene->http);
	scene->http = NULL;
	scene->config.proxy = NULL;
	setenv("http_proxy", proxy, 1);
	told = get(scene, "/env");
	assert_int_equal(told.status, 200);
	assert_string_equal(scene->heard[1].line,
			    "GET http://192.0.2.1:6443/env");
	free(told.body);

	kvip_http_free(scene->http);
	scene->http = NULL;
	strcpy(host, proxy);
	scene->config.server = host;
	setenv("http_proxy", "http://127.0.0.1:1", 1);
	setenv("NO_PROXY", "127.0.0.1", 1);
	told = get(scene, "/direct");
	assert_int_equal(told.status, 200);
	assert_string_equal(scene->heard[2].line, "GET /direct");
	free(told.body);
	unsetenv("http_proxy");
	unsetenv("NO_PROXY");
}

static void test_certificates_that_are_not_there(void **state)
{
	struct scene *scene = *state;
	char words[192];
	struct told told;

	strcpy(scene->url, "https://127.0.0.1:1");
	scene->config.ca.file = scene->path;
	told = get(scene, "/");
	snprintf(words, sizeof(words), "%s: No such file or directory",
		 scene->path);
	assert_int_equal(told.status, 0);
	expect_error(&told, words);
	free(told.body);
}

static void test_a_name_that_is_none(void **state)
{
	struct scene *scene = *state;
	struct kvip_err err;

	strcpy(scene->url, "https://127.0.0.1:1");
	scene->config.tls_name = "a b";
	assert_null(kvip_http_new(scene->base, &scene->config, "a", &err));
	assert_string_equal(
		err.text,
		"https://127.0.0.1:1: \"a b\" cannot be a server's name in TLS");
}

#define scene_test(test) \
	cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		scene_test(test_get),
		scene_test(test_prefix_of_the_server),
		scene_test(test_bodies_that_are_sent),
		scene_test(test_a_watch_is_told_as_it_comes),
		scene_test(test_errors_of_the_server),
		scene_test(test_redirects_are_not_followed),
		scene_test(test_what_is_kept_is_bounded),
		scene_test(test_gzip),
		scene_test(test_a_reader_that_refuses),
		scene_test(test_cancel_within_data),
		scene_test(test_cancel_another_within_data),
		scene_test(test_cancel_another_within_done),
		scene_test(test_cancel_at_once),
		scene_test(test_start_within_data_and_done),
		scene_test(test_free_forgets_what_is_under_way),
		scene_test(test_connection_refused),
		scene_test(test_a_name_without_address),
		scene_test(test_answers_that_are_cut_short),
		scene_test(test_seconds_are_the_longest),
		scene_test(test_connections_are_used_again),
		scene_test(test_stats),
		scene_test(test_a_token),
		scene_test(test_401_of_a_token_is_told),
		scene_test(test_a_token_file_that_is_replaced),
		scene_test(test_401_has_the_token_file_read_anew),
		scene_test(test_401_twice_is_told),
		scene_test(test_bad_tokens),
		scene_test(test_name_and_password),
		scene_test(test_requests_share_a_plugin),
		scene_test(test_an_expired_token_is_asked_for_anew),
		scene_test(test_401_has_the_plugin_run_anew),
		scene_test(test_a_plugin_that_fails_is_tried_again),
		scene_test(test_cancel_while_a_plugin_runs),
		scene_test(test_proxies),
		scene_test(test_certificates_that_are_not_there),
		scene_test(test_a_name_that_is_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
