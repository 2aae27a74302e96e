/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * For the unit tests: an API server in the test's own event loop that has Leases
 * and nothing else. Each client has a prefix of its own, "/a", by which a fault
 * is for it alone.
 */
#ifndef KVIP_TESTS_LEASE_SERVER_H
#define KVIP_TESTS_LEASE_SERVER_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <arpa/inet.h>
#include <cmocka.h>
#include <event2/buffer.h>
#include <event2/event.h>
#include <event2/http.h>
#include <json-c/json.h>
#include <sys/socket.h>

#include "clock.h"
#include "http.h"
#include "kubeconfig.h"
#include "object.h"

#define LEASES "/apis/coordination.k8s.io/v1/namespaces/kube-system/leases"

/* Seconds after which a test has failed; none takes nearly as long. */
#define LATE 30

enum fault {
	WELL,
	SILENT, /* no answer comes */
	DEAF, /* it is done, and no answer comes */
	BROKEN, /* HTTP 500 */
};

struct lease_client {
	struct kvip_kubeconfig config;
	char url[64];
	struct kvip_http *http;
	enum fault fault;
	unsigned int requests;
	unsigned int writes; /* that were taken */
};

struct lease_server {
	struct event_base *base;
	struct evhttp *http;
	struct json_object *leases; /* by name */
	int64_t version;
	const char *say; /* the answer to whatever is asked; or NULL */
	struct lease_client clients[2]; /* /a and /b */
	struct evhttp_request *held[64];
	unsigned int n_held;
	char bodies[65536]; /* of what was written, "METHOD BODY\n" each */
};

static inline void lease_say(struct evhttp_request *request, int code,
			     const char *text)
{
	struct evbuffer *body = evbuffer_new();

	evbuffer_add_printf(body, "%s", text);
	evhttp_send_reply(request, code, "Because", body);
	evbuffer_free(body);
}

static inline void lease_refuse(struct evhttp_request *request, int code)
{
	char text[128];

	snprintf(text, sizeof(text),
		 "{\"kind\":\"Status\",\"code\":%d,\"message\":\"so it is\"}",
		 code);
	lease_say(request, code, text);
}

/* Keep @lease under a new version; it becomes the server's. */
static inline void lease_put(struct lease_server *server,
			     struct json_object *lease)
{
	struct json_object *metadata = kvip_object_member(lease, "metadata");
	char version[32];

	server->version++;
	snprintf(version, sizeof(version), "%lld", (long long)server->version);
	json_object_object_add(metadata, "resourceVersion",
			       json_object_new_string(version));
	json_object_object_add(server->leases,
			       kvip_object_text(metadata, "name"), lease);
}

static inline void lease_put_text(struct lease_server *server, const char *text)
{
	lease_put(server, json_tokener_parse(text));
}

/* What the Lease says in its spec; "" if it does not, or there is none. */
static inline const char *lease_field(struct lease_server *server,
				      const char *name, const char *field)
{
	struct json_object *value = kvip_object_member(
		kvip_object_member(kvip_object_member(server->leases, name),
				   "spec"),
		field);

	return value ? json_object_get_string(value) : "";
}

static inline struct json_object *lease_body(struct evhttp_request *request,
					     struct lease_server *server,
					     const char *method)
{
	struct evbuffer *in = evhttp_request_get_input_buffer(request);
	size_t used = strlen(server->bodies);

	evbuffer_add(in, "", 1);
	snprintf(server->bodies + used, sizeof(server->bodies) - used,
		 "%s %s\n", method, (char *)evbuffer_pullup(in, -1));
	return json_tokener_parse((char *)evbuffer_pullup(in, -1));
}

/* Whether a write is for another version than there is; no version is none. */
static inline bool lease_conflicts(struct json_object *old, const char *version)
{
	return version && strcmp(version, kvip_object_version(old));
}

/* Do what is asked; the HTTP status. @answer is borrowed. */
static inline int lease_do(struct lease_server *server,
			   struct evhttp_request *request, const char *name,
			   struct json_object **answer)
{
	enum evhttp_cmd_type command = evhttp_request_get_command(request);
	struct json_object *old, *body;

	old = *name ? kvip_object_member(server->leases, name) : NULL;
	*answer = old;
	if (command == EVHTTP_REQ_GET)
		return old ? 200 : 404;
	if (command == EVHTTP_REQ_POST) {
		body = lease_body(request, server, "POST");
		name = kvip_object_text(kvip_object_member(body, "metadata"),
					"name");
		assert_non_null(name);
		assert_null(kvip_object_version(body));
		if (kvip_object_member(server->leases, name)) {
			json_object_put(body);
			return 409;
		}
		lease_put(server, body);
		*answer = body;
		return 201;
	}
	if (!old)
		return 404;
	if (command == EVHTTP_REQ_DELETE) {
		body = lease_body(request, server, "DELETE");
		if (lease_conflicts(old, kvip_object_text(
						 kvip_object_member(
							 body, "preconditions"),
						 "resourceVersion"))) {
			json_object_put(body);
			return 409;
		}
		json_object_put(body);
		json_object_object_del(server->leases, name);
		*answer = NULL;
		return 200;
	}
	assert_int_equal(command, EVHTTP_REQ_PUT);
	body = lease_body(request, server, "PUT");
	assert_non_null(kvip_object_version(body));
	if (lease_conflicts(old, kvip_object_version(body))) {
		json_object_put(body);
		return 409;
	}
	lease_put(server, body);
	*answer = body;
	return 200;
}

static inline void lease_hold(struct lease_server *server,
			      struct evhttp_request *request)
{
	assert_true(server->n_held < 64);
	server->held[server->n_held++] = request;
}

static inline void lease_answer(struct evhttp_request *request, void *arg)
{
	struct lease_server *server = arg;
	const char *path = evhttp_request_get_uri(request), *name;
	struct lease_client *client = &server->clients[path[1] == 'b'];
	struct json_object *answer;
	int code;

	client->requests++;
	assert_true(!strncmp(path + 2, LEASES, strlen(LEASES)));
	name = path + 2 + strlen(LEASES);
	name += *name == '/';
	if (client->fault == SILENT) {
		lease_hold(server, request);
		return;
	}
	if (client->fault == BROKEN) {
		lease_refuse(request, 500);
		return;
	}
	if (server->say) {
		lease_say(request, 200, server->say);
		return;
	}
	code = lease_do(server, request, name, &answer);
	client->writes += evhttp_request_get_command(request) !=
				  EVHTTP_REQ_GET &&
			  code / 100 == 2;
	if (client->fault == DEAF)
		lease_hold(server, request);
	else if (code / 100 == 2)
		lease_say(request, code,
			  answer ? json_object_to_json_string(answer) : "{}");
	else
		lease_refuse(request, code);
}

static inline void lease_server_begin(struct lease_server *server)
{
	struct evhttp_bound_socket *bound;
	struct sockaddr_in addr;
	socklen_t len = sizeof(addr);
	struct kvip_err err;
	unsigned int i;

	memset(server, 0, sizeof(*server));
	server->version = 100;
	server->leases = json_object_new_object();
	server->base = event_base_new();
	server->http = evhttp_new(server->base);
	evhttp_set_allowed_methods(server->http,
				   EVHTTP_REQ_GET | EVHTTP_REQ_POST |
					   EVHTTP_REQ_PUT | EVHTTP_REQ_DELETE);
	evhttp_set_gencb(server->http, lease_answer, server);
	bound = evhttp_bind_socket_with_handle(server->http, "127.0.0.1", 0);
	assert_non_null(bound);
	assert_int_equal(getsockname(evhttp_bound_socket_get_fd(bound),
				     (struct sockaddr *)&addr, &len),
			 0);
	for (i = 0; i < 2; i++) {
		struct lease_client *client = &server->clients[i];

		snprintf(client->url, sizeof(client->url),
			 "http://127.0.0.1:%u/%c", ntohs(addr.sin_port),
			 'a' + i);
		client->config.name = "test";
		client->config.server = client->url;
		client->http = kvip_http_new(server->base, &client->config,
					     "test", &err);
		assert_non_null(client->http);
	}
}

static inline void lease_is_late(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	*(bool *)arg = true;
}

/* Run until @done, or for as many seconds; whether it was done. */
static inline bool lease_run(struct lease_server *server, double seconds,
			     bool (*done)(void *arg), void *arg)
{
	const struct timeval limit = kvip_clock_interval(seconds);
	bool late = false, is_done = false;
	struct event *timer;

	timer = event_new(server->base, -1, 0, lease_is_late, &late);
	event_add(timer, &limit);
	while (!late && !is_done) {
		event_base_loop(server->base, EVLOOP_ONCE);
		is_done = done && done(arg);
	}
	event_free(timer);
	return is_done;
}

static inline void lease_server_end(struct lease_server *server)
{
	unsigned int i;

	for (i = 0; i < 2; i++)
		kvip_http_free(server->clients[i].http);
	/* libevent leaves to us what has lost its connection */
	for (i = 0; i < server->n_held; i++)
		if (!evhttp_request_get_connection(server->held[i]))
			evhttp_request_free(server->held[i]);
	evhttp_free(server->http);
	event_base_free(server->base);
	json_object_put(server->leases);
}

#endif /* KVIP_TESTS_LEASE_SERVER_H */
