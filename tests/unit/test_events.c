// SPDX-License-Identifier: GPL-2.0-or-later
/* Events: what is sent of them, how often, and what becomes of failures. */
#include "replay.h"

#include <math.h>
#include <time.h>

#include <json-c/json.h>

#include "event_object.h"
#include "events.h"
#include "object.h"
#include "timestamp.h"

#define EVENTS "/apis/events.k8s.io/v1/namespaces/"
#define OK                                  \
	{                                   \
		.status = 201, .text = "{}" \
	}

static const struct kvip_event_subject service = {
	.kind = "Service",
	.ns = "demo",
	.name = "web",
	.uid = "5bb8016f",
};

static const struct kvip_event_subject node = {
	.kind = "Node",
	.ns = "",
	.name = "node-a",
	.uid = "",
};

static void an_event_as_the_server_takes_it(void **state)
{
	struct kvip_event event;
	char *text;

	(void)state;
	kvip_event_init(&event, &service, true, "R", "A", "It's \"so\"/");
	event.first = 1795415607.25;
	kvip_event_set_name(&event, 0xabcdef0123456789ULL);
	text = kvip_event_path(&event, false);
	assert_string_equal(text, EVENTS "demo/events");
	free(text);
	text = kvip_event_path(&event, true);
	assert_string_equal(text, EVENTS "demo/events/web.abcdef0123456789");
	free(text);
	text = kvip_event_body(&event, "node-a");
	assert_string_equal(
		text,
		"{\"kind\":\"Event\",\"apiVersion\":\"events.k8s.io/v1\","
		"\"metadata\":{\"name\":\"web.abcdef0123456789\",\"namespace\":\"demo\"},"
		"\"eventTime\":\"2026-11-23T06:33:27.250000Z\","
		"\"reportingController\":\"kvipd\",\"reportingInstance\":\"kvipd-node-a\","
		"\"action\":\"A\",\"reason\":\"R\","
		"\"regarding\":{\"kind\":\"Service\",\"apiVersion\":\"v1\","
		"\"namespace\":\"demo\",\"name\":\"web\",\"uid\":\"5bb8016f\"},"
		"\"note\":\"It's \\\"so\\\"/\",\"type\":\"Warning\"}");
	free(text);
	kvip_event_free(&event);

	text = kvip_event_series(7, 1795415607.25);
	assert_string_equal(text,
			    "{\"series\":{\"count\":7,\"lastObservedTime\":"
			    "\"2026-11-23T06:33:27.250000Z\"}}");
	free(text);
}

static void an_event_of_a_node_is_in_the_default_namespace(void **state)
{
	struct kvip_event event;
	char *text;

	(void)state;
	kvip_event_init(&event, &node, false, "R", "A", "N");
	kvip_event_set_name(&event, 1);
	text = kvip_event_path(&event, true);
	assert_string_equal(text, EVENTS "default/events/node-a.1");
	free(text);
	text = kvip_event_body(&event, "node-a");
	assert_non_null(strstr(
		text,
		"\"metadata\":{\"name\":\"node-a.1\",\"namespace\":\"default\"}"));
	assert_non_null(strstr(
		text,
		"\"regarding\":{\"kind\":\"Node\",\"apiVersion\":\"v1\",\"name\":\"node-a\"}"));
	assert_non_null(strstr(text, "\"type\":\"Normal\""));
	free(text);
	kvip_event_free(&event);
}

static void what_is_too_long_is_cut(void **state)
{
	struct kvip_event_subject subject = service;
	char name[254], note[2000], instance[200];
	struct kvip_event event;
	char *text;

	(void)state;
	memset(name, 'a', 253);
	name[253] = '\0';
	/* where the cut will be: a dot, which no part may end with */
	memset(name + 230, '.', 10);
	subject.name = name;
	memset(note, 'n', sizeof(note));
	/* a character of two bytes that the limit would cut */
	memcpy(note + KVIP_EVENT_NOTE_MAX - 1, "\xc3\xa9", 2);
	note[sizeof(note) - 1] = '\0';
	memset(instance, 'i', sizeof(instance));
	instance[sizeof(instance) - 1] = '\0';

	kvip_event_init(&event, &subject, true, instance, instance, note);
	assert_int_equal(strlen(event.note), KVIP_EVENT_NOTE_MAX - 1);
	assert_int_equal(strlen(event.reason), KVIP_EVENT_WORD_MAX);
	assert_int_equal(strlen(event.action), KVIP_EVENT_WORD_MAX);
	kvip_event_set_name(&event, UINT64_MAX);
	assert_string_equal(event.name + 230, ".ffffffffffffffff");
	text = kvip_event_body(&event, instance);
	assert_null(strstr(text, instance));
	instance[KVIP_EVENT_WORD_MAX - strlen("kvipd-")] = '\0';
	assert_non_null(strstr(text, instance));
	free(text);
	kvip_event_free(&event);
}

static void events_differ_in_anything(void **state)
{
	struct kvip_event_subject other = service;
	struct kvip_event a, b;
	int i;

	(void)state;
	other.uid = "6";
	kvip_event_init(&a, &service, true, "R", "A", "N");
	for (i = 0; i < 7; i++) {
		kvip_event_init(&b,
				i == 1 ? &node :
				i == 2 ? &other :
					 &service,
				i != 3, i == 4 ? "r" : "R", i == 5 ? "a" : "A",
				i == 6 ? "n" : "N");
		assert_int_equal(kvip_event_same(&a, &b), !i);
		kvip_event_free(&b);
	}
	kvip_event_free(&a);
}

struct test {
	struct replay replay;
	struct kvip_stats stats;
	struct kvip_events *events;
};

static char *body_of(struct evhttp_request *request)
{
	struct evbuffer *in = evhttp_request_get_input_buffer(request);
	size_t len = evbuffer_get_length(in);
	char *body = calloc(1, len + 1);

	evbuffer_copyout(in, body, len);
	return body;
}

static void is_now(const char *text)
{
	double seconds;

	assert_true(kvip_timestamp_parse(text, &seconds));
	assert_true(fabs(seconds - (double)time(NULL)) < 60);
}

/* "post demo/web NOTE" or "patch demo/web COUNT" */
static void describe(struct replay *replay, struct evhttp_request *request,
		     void *arg)
{
	const char *uri = evhttp_request_get_uri(request), *type;
	char *body = body_of(request);
	struct json_object *json = json_tokener_parse(body);
	struct json_object *series = kvip_object_member(json, "series");
	char ns[64], name[300] = "";

	(void)arg;
	assert_non_null(json);
	assert_memory_equal(uri, EVENTS, strlen(EVENTS));
	assert_true(sscanf(uri + strlen(EVENTS), "%63[^/]/events/%299[^.]", ns,
			   name) >= 1);
	type = evhttp_find_header(evhttp_request_get_input_headers(request),
				  "Content-Type");
	if (evhttp_request_get_command(request) == EVHTTP_REQ_PATCH) {
		assert_string_equal(type, "application/merge-patch+json");
		is_now(kvip_object_text(series, "lastObservedTime"));
		replay_note(replay, "patch %s/%s %d", ns, name,
			    json_object_get_int(
				    kvip_object_member(series, "count")));
	} else {
		assert_string_equal(type, "application/json");
		assert_string_equal(uri + strlen(EVENTS) + strlen(ns),
				    "/events");
		is_now(kvip_object_text(json, "eventTime"));
		replay_note(
			replay, "post %s/%s %s", ns,
			kvip_object_text(kvip_object_member(json, "regarding"),
					 "name"),
			kvip_object_text(json, "note"));
	}
	json_object_put(json);
	free(body);
}

static void begin(struct test *t, const struct answer *answers)
{
	memset(t, 0, sizeof(*t));
	replay_begin(&t->replay, answers, describe, NULL);
	t->events = kvip_events_new(t->replay.base, t->replay.http, "node-a",
				    &t->stats);
	kvip_events_set_scale(t->events, 0.02);
}

static void end(struct test *t)
{
	kvip_events_free(t->events);
	replay_end(&t->replay);
}

static void run(struct test *t, const char *until)
{
	replay_run(&t->replay, until, NULL, NULL);
}

static void tell(struct test *t, const char *note)
{
	kvip_events_send(t->events, &service, true, "Reason", "Act", note);
}

static bool has_settled(void *arg)
{
	struct test *t = arg;

	return t->stats.events_sent + t->stats.events_failed >=
	       t->replay.requests;
}

static bool has_failed(void *arg)
{
	return ((struct test *)arg)->stats.events_failed > 0;
}

static bool has_sent_1(void *arg)
{
	return ((struct test *)arg)->stats.events_sent == 1;
}

static bool has_sent_2(void *arg)
{
	return ((struct test *)arg)->stats.events_sent == 2;
}

static void repeats_become_a_series(void **state)
{
	static const struct answer answers[] = {
		OK, OK, OK, OK, { .status = 0 }
	};
	struct test t;

	(void)state;
	begin(&t, answers);
	tell(&t, "one");
	kvip_events_send(t.events, &node, false, "Starting", "Start", "two");
	tell(&t, "one");
	tell(&t, "one");
	run(&t, "patch");
	assert_string_equal(
		t.replay.line,
		"post demo/web one; post default/node-a two; patch demo/web 3; ");
	replay_run(&t.replay, "settled", has_settled, &t);
	assert_int_equal(t.stats.events_sent, 3);
	tell(&t, "one");
	run(&t, "patch demo/web 4; ");
	end(&t);
}

static void a_series_is_told_of_once_a_minute(void **state)
{
	static const struct answer answers[] = { OK, OK, OK, { .status = 0 } };
	struct timespec before, after;
	struct test t;
	int i;

	(void)state;
	begin(&t, answers);
	kvip_events_set_scale(t.events, 0.005);
	clock_gettime(CLOCK_MONOTONIC, &before);
	tell(&t, "n");
	for (i = 0; i < 100; i++) {
		tell(&t, "n");
		event_base_loop(t.replay.base, EVLOOP_NONBLOCK);
	}
	run(&t, "patch demo/web 101; ");
	clock_gettime(CLOCK_MONOTONIC, &after);
	assert_string_equal(t.replay.line,
			    "post demo/web n; patch demo/web 101; ");
	assert_true((double)(after.tv_sec - before.tv_sec) +
			    (double)(after.tv_nsec - before.tv_nsec) / 1e9 >=
		    60 * 0.005);
	end(&t);
}

static void what_happened_long_ago_is_a_new_event(void **state)
{
	static const struct answer answers[] = { OK, OK, { .status = 0 } };
	const struct timespec long_time = { .tv_nsec = 700 * 20000 };
	struct test t;

	(void)state;
	begin(&t, answers);
	kvip_events_set_scale(t.events, 0.00001);
	tell(&t, "n");
	replay_run(&t.replay, "settled", has_settled, &t);
	run(&t, "post demo/web n; ");
	replay_run(&t.replay, "settled", has_settled, &t);
	nanosleep(&long_time, NULL);
	tell(&t, "n");
	run(&t, "post demo/web n; post demo/web n; ");
	end(&t);
}

static void few_wait_and_few_are_sent(void **state)
{
	struct answer answers[101];
	struct timespec before, after;
	double seconds;
	struct test t;
	char note[16];
	int i;

	(void)state;
	for (i = 0; i < 100; i++)
		answers[i] = (struct answer)OK;
	answers[100].status = 0;
	clock_gettime(CLOCK_MONOTONIC, &before);
	begin(&t, answers);
	/* one is under way, the 25 behind it wait */
	for (i = 0; i < 30; i++) {
		snprintf(note, sizeof(note), "n%d", i);
		tell(&t, note);
	}
	assert_int_equal(t.stats.events_failed, 4);
	run(&t, "n24; ");
	assert_int_equal(t.replay.requests, 25);
	for (i = 30; i < 35; i++) {
		snprintf(note, sizeof(note), "n%d", i);
		tell(&t, note);
	}
	run(&t, "n34; ");
	clock_gettime(CLOCK_MONOTONIC, &after);
	seconds = (double)(after.tv_sec - before.tv_sec) +
		  (double)(after.tv_nsec - before.tv_nsec) / 1e9;
	assert_null(strstr(t.replay.line, "n26"));
	assert_int_equal(t.replay.requests, 31);
	/* six after the first 25 */
	assert_true(seconds > 5 * 0.02);
	end(&t);
}

static void failures_are_tried_three_times(void **state)
{
	static const struct answer busy[] = {
		{ .status = 503 },
		{ .status = 429, .retry_after = "1" },
		OK,
		OK,
		{ .status = 0 },
	};
	static const struct answer broken[] = {
		{ .status = 500 }, { .status = 401 }, { .status = 500 }, OK,
		{ .status = 0 },
	};
	struct test t;

	(void)state;
	begin(&t, busy);
	tell(&t, "a");
	tell(&t, "b");
	replay_run(&t.replay, "two sent", has_sent_2, &t);
	assert_string_equal(
		t.replay.line,
		"post demo/web a; post demo/web b; post demo/web a; "
		"post demo/web b; ");
	assert_int_equal(t.stats.events_failed, 0);
	end(&t);

	begin(&t, broken);
	tell(&t, "a");
	replay_run(&t.replay, "failed", has_failed, &t);
	assert_string_equal(
		t.replay.line,
		"post demo/web a; post demo/web a; post demo/web a; ");
	assert_int_equal(t.stats.events_failed, 1);
	/* it is as if it had not happened */
	tell(&t, "a");
	replay_run(&t.replay, "one sent", has_sent_1, &t);
	end(&t);
}

static void refusals_are_not_tried_again(void **state)
{
	static const struct answer answers[] = {
		{ .status = 403, .file = "api/403.list.json" },
		{ .status = 404 },
		/* an answer that was lost: it is there */
		{ .status = 409 },
		{ .status = 0 },
	};
	struct test t;

	(void)state;
	begin(&t, answers);
	tell(&t, "a");
	tell(&t, "b");
	tell(&t, "c");
	replay_run(&t.replay, "one sent", has_sent_1, &t);
	assert_string_equal(
		t.replay.line,
		"post demo/web a; post demo/web b; post demo/web c; ");
	assert_int_equal(t.stats.events_failed, 2);
	assert_int_equal(t.stats.events_sent, 1);
	end(&t);
}

static void a_series_whose_event_is_gone_begins_anew(void **state)
{
	static const struct answer answers[] = {
		OK,
		{ .status = 404 },
		OK,
		{ .status = 0 },
	};
	struct test t;

	(void)state;
	begin(&t, answers);
	tell(&t, "a");
	tell(&t, "a");
	run(&t, "patch demo/web 2; post demo/web a; ");
	end(&t);
}

static void no_server_is_no_event(void **state)
{
	struct kvip_stats stats = { 0 };
	struct event_base *base = event_base_new();
	struct kvip_events *events = kvip_events_new(base, NULL, "n", &stats);

	(void)state;
	kvip_events_send(events, &service, true, "R", "A", "N");
	kvip_events_send(NULL, &service, true, "R", "A", "N");
	event_base_loop(base, EVLOOP_NONBLOCK);
	assert_int_equal(stats.events_sent + stats.events_failed, 0);
	kvip_events_free(events);
	kvip_events_free(NULL);
	event_base_free(base);
}

static void it_may_be_freed_while_it_sends(void **state)
{
	static const struct answer answers[] = {
		{ .status = 201, .end = HELD },
		{ .status = 0 },
	};
	struct test t;

	(void)state;
	begin(&t, answers);
	tell(&t, "a");
	tell(&t, "b");
	run(&t, "post demo/web a; ");
	end(&t);
	assert_int_equal(t.stats.events_sent, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_event_as_the_server_takes_it),
		cmocka_unit_test(
			an_event_of_a_node_is_in_the_default_namespace),
		cmocka_unit_test(what_is_too_long_is_cut),
		cmocka_unit_test(events_differ_in_anything),
		cmocka_unit_test(repeats_become_a_series),
		cmocka_unit_test(a_series_is_told_of_once_a_minute),
		cmocka_unit_test(what_happened_long_ago_is_a_new_event),
		cmocka_unit_test(few_wait_and_few_are_sent),
		cmocka_unit_test(failures_are_tried_three_times),
		cmocka_unit_test(refusals_are_not_tried_again),
		cmocka_unit_test(a_series_whose_event_is_gone_begins_anew),
		cmocka_unit_test(no_server_is_no_event),
		cmocka_unit_test(it_may_be_freed_while_it_sends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
