// SPDX-License-Identifier: GPL-2.0-or-later
/* Requests over plain HTTP: what a server hears, and what is told of it. */
#include "http_scene.h"

#include <event2/listener.h>

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
		scene_test(test_proxies),
		scene_test(test_certificates_that_are_not_there),
		scene_test(test_a_name_that_is_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
