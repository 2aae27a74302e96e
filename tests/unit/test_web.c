// SPDX-License-Identifier: GPL-2.0-or-later
/* Listening for HTTP: where, for whom, and for how long. */
#include "web_client.h"

#include <event2/buffer.h>

#include "web.h"

/* Bytes of an answer that no socket buffer holds. */
#define LARGE (16 << 20)

static void say_path(struct evhttp_request *request, void *arg)
{
	unsigned int *asked = arg;

	++*asked;
	kvip_web_header(request, "X-Test", "1");
	kvip_web_reply_text(request, 200, "text/plain", kvip_web_path(request));
}

static void say_much(struct evhttp_request *request, void *arg)
{
	struct evbuffer *body = evbuffer_new();
	char *bytes = calloc(1, LARGE);

	(void)arg;
	evbuffer_add(body, bytes, LARGE);
	kvip_web_reply(request, 200, "text/plain", body);
	evbuffer_free(body);
	free(bytes);
}

struct server {
	struct event_base *base;
	struct kvip_web *web;
	uint16_t port;
	unsigned int asked;
};

static int start(void **state)
{
	struct server *server = calloc(1, sizeof(*server));
	struct kvip_err err;

	server->base = event_base_new();
	server->port = web_free_port();
	server->web = kvip_web_listen(server->base, NULL, server->port,
				      say_path, &server->asked, &err);
	if (!server->web)
		fail_msg("%s", err.text);
	*state = server;
	return 0;
}

static int stop(void **state)
{
	struct server *server = *state;

	kvip_web_close(server->web);
	event_base_free(server->base);
	free(server);
	return 0;
}

static void get_has_body_and_head(void **state)
{
	struct server *server = *state;
	char *answer = web_get(server->base, server->port, "/a/b?c=d");

	assert_int_equal(web_status(answer), 200);
	assert_true(web_has(answer, "Content-Type: text/plain"));
	assert_true(web_has(answer, "X-Content-Type-Options: nosniff"));
	assert_true(web_has(answer, "Content-Length: 4"));
	assert_true(web_has(answer, "X-Test: 1"));
	assert_true(web_has(answer, "Connection: close"));
	assert_string_equal(web_body(answer), "/a/b");
	free(answer);
}

static void head_has_no_body(void **state)
{
	struct server *server = *state;
	char *answer = web_ask(server->base, "127.0.0.1", server->port,
			       "HEAD /abc HTTP/1.1\r\nHost: n\r\n\r\n");

	assert_int_equal(web_status(answer), 200);
	assert_true(web_has(answer, "Content-Length: 4"));
	assert_string_equal(web_body(answer), "");
	free(answer);
}

static void both_families_are_served(void **state)
{
	static const char request[] = "GET / HTTP/1.0\r\n\r\n";
	struct server *server = *state;
	char *answer =
		web_ask(server->base, "127.0.0.1", server->port, request);

	assert_int_equal(web_status(answer), 200);
	free(answer);
	answer = web_ask(server->base, "::1", server->port, request);
	assert_int_equal(web_status(answer), 200);
	free(answer);
}

static void other_methods_are_refused(void **state)
{
	static const char *const heads[] = {
		"POST / HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}",
		"PUT / HTTP/1.1\r\nContent-Length: 0\r\n\r\n",
		"DELETE / HTTP/1.1\r\n\r\n",
		"OPTIONS / HTTP/1.1\r\n\r\n",
		"PATCH / HTTP/1.1\r\n\r\n",
		"TRACE / HTTP/1.1\r\n\r\n",
	};
	struct server *server = *state;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(heads); i++) {
		char *answer = web_ask(server->base, "127.0.0.1", server->port,
				       heads[i]);

		assert_int_equal(web_status(answer), 405);
		assert_true(web_has(answer, "Allow: GET, HEAD"));
		free(answer);
	}
	assert_int_equal(server->asked, 0);
}

static void a_path_that_is_none_is_the_root(void **state)
{
	struct server *server = *state;
	char *answer = web_ask(server->base, "127.0.0.1", server->port,
			       "GET http://n HTTP/1.1\r\nHost: n\r\n\r\n");

	assert_string_equal(web_body(answer), "/");
	free(answer);
}

/* Send a request; the answer's status, or 0 if there is none but an end. */
static int status_of(struct server *server, const char *request, size_t len)
{
	int fd = web_connect("127.0.0.1", server->port);
	struct web_text text;
	int status;

	assert_true(send(fd, request, len, MSG_NOSIGNAL) > 0);
	web_read(server->base, fd, &text);
	status = text.len ? web_status(text.bytes) : 0;
	free(text.bytes);
	close(fd);
	return status;
}

static void garbage_is_not_answered_as_a_request(void **state)
{
	static const char *const texts[] = {
		"\r\n\r\n",
		"GET\r\n\r\n",
		"GET / SPDY/3\r\n\r\n",
		"FETCH / HTTP/1.1\r\n\r\n",
		"GET / HTTP/1.1\r\nno colon\r\n\r\n",
		"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\n\n",
	};
	struct server *server = *state;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(texts); i++) {
		int fd = web_connect("127.0.0.1", server->port);
		struct web_text text;

		send(fd, texts[i], strlen(texts[i]), MSG_NOSIGNAL);
		shutdown(fd, SHUT_WR);
		web_read(server->base, fd, &text);
		assert_null(strstr(text.bytes, " 200 "));
		free(text.bytes);
		close(fd);
	}
	assert_int_equal(server->asked, 0);
}

static void a_head_has_a_bound(void **state)
{
	static const char begin[] = "GET / HTTP/1.1\r\nX: ";
	struct server *server = *state;
	size_t len = 20000;
	char *text = malloc(len);

	memset(text, 'a', len);
	memcpy(text, begin, strlen(begin));
	memcpy(text + len - 4, "\r\n\r\n", 4);
	assert_int_not_equal(status_of(server, text, len), 200);
	free(text);
	assert_int_equal(server->asked, 0);
}

static void a_body_has_a_bound(void **state)
{
	static const char text[] =
		"POST / HTTP/1.1\r\nContent-Length: 100000\r\n\r\n";
	struct server *server = *state;

	assert_int_equal(status_of(server, text, strlen(text)), 413);
	assert_int_equal(server->asked, 0);
}

static void a_port_that_is_taken_is_told(void **state)
{
	struct server *server = *state;
	char want[128];
	struct kvip_addr addr;
	struct kvip_err err;
	uint16_t port = 0;
	int fd;

	assert_null(kvip_web_listen(server->base, NULL, server->port, say_path,
				    NULL, &err));
	snprintf(want, sizeof(want), "0.0.0.0:%u: Address already in use",
		 server->port);
	assert_string_equal(err.text, want);

	fd = web_occupy("::1", &port);
	assert_null(kvip_web_listen(server->base, NULL, port, say_path, NULL,
				    &err));
	snprintf(want, sizeof(want), "[::]:%u: Address already in use", port);
	assert_string_equal(err.text, want);
	assert_true(kvip_addr_parse("::1", &addr));
	assert_null(kvip_web_listen(server->base, &addr, port, say_path, NULL,
				    &err));
	snprintf(want, sizeof(want), "[::1]:%u: Address already in use", port);
	assert_string_equal(err.text, want);
	close(fd);
}

static void an_address_that_is_not_ours_is_told(void **state)
{
	struct server *server = *state;
	struct kvip_addr addr;
	struct kvip_err err;

	assert_true(kvip_addr_parse("203.0.113.77", &addr));
	assert_null(
		kvip_web_listen(server->base, &addr, 1, say_path, NULL, &err));
	assert_string_equal(err.text,
			    "203.0.113.77:1: Cannot assign requested address");
}

static void one_address_is_only_that_one(void **state)
{
	struct server *server = *state;
	uint16_t port = web_free_port();
	struct kvip_addr addr;
	struct kvip_web *web;
	struct kvip_err err;
	int fd;

	assert_true(kvip_addr_parse("127.0.0.2", &addr));
	web = kvip_web_listen(server->base, &addr, port, say_path,
			      &server->asked, &err);
	assert_non_null(web);
	fd = web_connect("127.0.0.2", port);
	assert_true(fd >= 0);
	assert_int_equal(web_connect("127.0.0.1", port), -1);
	assert_int_equal(web_connect("::1", port), -1);
	kvip_web_close(web);
	close(fd);
}

static void connections_under_way_are_not_in_the_way_of_a_restart(void **state)
{
	struct server *server = *state;
	int fd = web_connect("127.0.0.1", server->port);
	struct kvip_err err;
	struct web_text text;

	web_turn(server->base, fd);
	/* ours closes first, and so is in TIME_WAIT afterwards */
	kvip_web_close(server->web);
	server->web = kvip_web_listen(server->base, NULL, server->port,
				      say_path, &server->asked, &err);
	if (!server->web)
		fail_msg("%s", err.text);
	web_read(server->base, fd, &text);
	assert_int_equal(text.len, 0);
	free(text.bytes);
	close(fd);
}

/* All connections taken: the next one waits until one of them goes. */
static void connections_have_a_bound(void **state)
{
	static const char request[] = "GET / HTTP/1.1\r\nHost: n\r\n\r\n";
	struct server *server = *state;
	int fds[KVIP_WEB_CONNECTIONS], next;
	struct web_text text;
	size_t i;

	for (i = 0; i < KVIP_WEB_CONNECTIONS; i++) {
		fds[i] = web_connect("127.0.0.1", server->port);
		assert_true(fds[i] >= 0);
		web_turn(server->base, fds[i]);
	}
	next = web_connect("127.0.0.1", server->port);
	assert_true(next >= 0);
	assert_int_equal(send(next, request, strlen(request), 0),
			 strlen(request));
	for (i = 0; i < 20; i++)
		web_turn(server->base, next);
	assert_int_equal(server->asked, 0);
	/* those that are accepted are served all the same */
	assert_int_equal(send(fds[7], request, strlen(request), 0),
			 strlen(request));
	assert_true(web_read(server->base, fds[7], &text));
	assert_int_equal(web_status(text.bytes), 200);
	free(text.bytes);
	assert_true(web_read(server->base, next, &text));
	assert_int_equal(web_status(text.bytes), 200);
	free(text.bytes);
	for (i = 0; i < KVIP_WEB_CONNECTIONS; i++)
		close(fds[i]);
	close(next);
}

/* A client that sends a byte a second, and one that does not read. */
static void slow_clients_are_not_waited_for(void **state)
{
	static const char request[] = "GET / HTTP/1.1\r\nHost: n\r\n\r\n";
	struct server *server = *state;
	double begin = web_now(), sent = begin;
	uint16_t port = web_free_port();
	struct kvip_err err;
	struct kvip_web *much =
		kvip_web_listen(server->base, NULL, port, say_much, NULL, &err);
	int slow = web_connect("127.0.0.1", server->port);
	int deaf = web_connect("127.0.0.1", port);
	struct web_text text;
	char byte;

	assert_non_null(much);
	assert_int_equal(send(deaf, request, strlen(request), 0),
			 strlen(request));
	do {
		web_turn(server->base, slow);
		if (web_now() - sent > 1) {
			sent = web_now();
			send(slow, "a", 1, MSG_NOSIGNAL);
		}
		assert_true(web_now() - begin < WEB_PATIENCE);
	} while (recv(slow, &byte, 1, MSG_DONTWAIT) < 0 && errno == EAGAIN);
	assert_true(web_now() - begin >= KVIP_WEB_SECONDS - 1);
	/* it gets what was under way, which is not all */
	web_read(server->base, deaf, &text);
	assert_true(text.len < LARGE);
	assert_int_equal(server->asked, 0);
	free(text.bytes);
	close(slow);
	close(deaf);
	kvip_web_close(much);
}

static void a_large_answer_arrives_whole(void **state)
{
	struct server *server = *state;
	uint16_t port = web_free_port();
	struct kvip_err err;
	struct kvip_web *much =
		kvip_web_listen(server->base, NULL, port, say_much, NULL, &err);
	int fd = web_connect("127.0.0.1", port);
	static const char request[] = "GET / HTTP/1.1\r\nHost: n\r\n\r\n";
	struct web_text text;

	assert_non_null(much);
	assert_int_equal(send(fd, request, strlen(request), 0),
			 strlen(request));
	assert_true(web_read(server->base, fd, &text));
	assert_int_equal(text.len,
			 (size_t)(web_body(text.bytes) - text.bytes) + LARGE);
	free(text.bytes);
	close(fd);
	kvip_web_close(much);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define WITH_SERVER(test) cmocka_unit_test_setup_teardown(test, start, stop)
		WITH_SERVER(get_has_body_and_head),
		WITH_SERVER(head_has_no_body),
		WITH_SERVER(both_families_are_served),
		WITH_SERVER(other_methods_are_refused),
		WITH_SERVER(a_path_that_is_none_is_the_root),
		WITH_SERVER(garbage_is_not_answered_as_a_request),
		WITH_SERVER(a_head_has_a_bound),
		WITH_SERVER(a_body_has_a_bound),
		WITH_SERVER(a_port_that_is_taken_is_told),
		WITH_SERVER(an_address_that_is_not_ours_is_told),
		WITH_SERVER(one_address_is_only_that_one),
		WITH_SERVER(
			connections_under_way_are_not_in_the_way_of_a_restart),
		WITH_SERVER(connections_have_a_bound),
		WITH_SERVER(a_large_answer_arrives_whole),
		WITH_SERVER(slow_clients_are_not_waited_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
