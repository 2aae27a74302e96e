/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A client and an HTTP server in one event loop, and what was told and heard. */
#ifndef TESTS_HTTP_SCENE_H
#define TESTS_HTTP_SCENE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <arpa/inet.h>
#include <cmocka.h>
#include <event2/buffer.h>
#include <event2/event.h>
#include <event2/http.h>
#include <event2/keyvalq_struct.h>

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
	char script[512]; /* of an exec plugin */
	char *args[3];
	char *env[1];
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

static inline void reply_ok(struct scene *scene, struct evhttp_request *request)
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

static inline char *headers_of(struct evhttp_request *request)
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

static inline void on_request(struct evhttp_request *request, void *arg)
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

static inline bool heard_header(const struct scene *scene, size_t i,
				const char *line)
{
	assert_true(i < scene->n_heard);
	return strstr(scene->heard[i].headers, line);
}

static inline void on_patience(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
	fail_msg("nothing was told within %d seconds", PATIENCE);
}

static inline int set_up(void **state)
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

static inline int tear_down(void **state)
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

static inline int on_data(void *arg, const char *bytes, size_t len)
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

static inline void on_done(void *arg, const struct kvip_reply *reply)
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

static inline void start(struct scene *scene,
			 const struct kvip_request_spec *spec,
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

static inline void start_get(struct scene *scene, const char *path,
			     const struct kvip_request_ops *ops,
			     struct told *told)
{
	const struct kvip_request_spec spec = { .method = "GET", .path = path };

	start(scene, &spec, ops, told);
}

static inline void wait_for(struct told *told)
{
	while (!told->n_done)
		event_base_loop(told->scene->base, EVLOOP_ONCE);
	assert_int_equal(told->n_done, 1);
}

static inline struct told get(struct scene *scene, const char *path)
{
	struct told told = { .n_done = 0 };

	start_get(scene, path, &keeping, &told);
	wait_for(&told);
	return told;
}

static inline void expect_error(struct told *told, const char *words)
{
	char text[256];

	snprintf(text, sizeof(text), "%s: %s", told->scene->config.server,
		 words);
	assert_string_equal(told->error, text);
}

static inline void write_file(const char *path, const char *text)
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

static inline void reply_status(struct evhttp_request *request, int status)
{
	struct evbuffer *body = evbuffer_new();

	evbuffer_add_printf(body, "{\"code\":%d}", status);
	evhttp_send_reply(request, status, "No", body);
	evbuffer_free(body);
}

#define scene_test(test) \
	cmocka_unit_test_setup_teardown(test, set_up, tear_down)

#endif /* TESTS_HTTP_SCENE_H */
