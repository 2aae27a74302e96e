// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Keeping up with a server that gives recorded answers, and wrong ones: lists,
 * what is refused, and what may be done at any time.
 */
#include "reflection.h"

static bool has_3_bookmarks(void *arg)
{
	return stats(arg)->bookmarks == 3;
}

static void a_streaming_list_goes_on_as_a_watch(void **state)
{
	static const size_t pieces[] = { 0, 1, 100, 4096 };
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(pieces); i++) {
		struct answer answers[] = {
			{ SENT(STREAM), .end = HELD, .piece = pieces[i] },
			{ .status = 0 },
		};
		struct test t;

		begin(&t, answers);
		assert_false(stats(&t)->synced);
		replay_run(&t.replay, "3 bookmarks", has_3_bookmarks, &t);
		assert_string_equal(
			t.replay.line,
			"stream(); begin; put 18; complete; put 4; gone demo/lb-1; ");
		assert_true(t.idles > 0);
		assert_true(stats(&t)->synced && stats(&t)->watching);
		assert_int_equal(stats(&t)->lists, 1);
		assert_int_equal(stats(&t)->watches, 1);
		assert_int_equal(stats(&t)->events, 8);
		assert_int_equal(stats(&t)->errors, 0);
		assert_string_equal(stats(&t)->version, "266");
		assert_true(stats(&t)->last_heard > 0);
		end(&t);
	}
}

static void pages_are_one_list(void **state)
{
	static const struct row rows[] = {
		{ { { SENT(PAGE(0)) },
		    { SENT(PAGE(1)), .piece = 100 },
		    { SENT(PAGE(2)) },
		    { SENT(PAGE(3)) },
		    { SENT(PAGE(4)) } },
		  "list(); begin; put 4; list(MVx1MDAwMCJ9); put 4; "
		  "list(FcdTAwMDAifQ); put 4; list(blx1MDAwMCJ9); put 4; "
		  "list(xXHUwMDAwIn0); put 2; complete; watch(199); " },
		{ { { SENT("list-empty.json") } },
		  "list(); begin; complete; watch(199); " },
		{ { { SAID("{\"metadata\":{\"resourceVersion\":\"a/b c&d\"},"
			   "\"items\":null}") } },
		  "list(); begin; complete; watch(a/b c&d); " },
	};

	(void)state;
	run_rows(rows, ARRAY_SIZE(rows), &pages_only);
}

/* "?QUERY" of each request as it came, but for the time of a watch. */
static void describe_query(struct replay *replay,
			   struct evhttp_request *request, void *arg)
{
	char *text = strdup(evhttp_request_get_uri(request));
	char *time = strstr(text, "timeoutSeconds=");

	(void)arg;
	if (time)
		memmove(time + 15, time + 18, strlen(time + 18) + 1);
	replay_note(replay, "%s", strchr(text, '?'));
	free(text);
}

static void what_is_asked_for(void **state)
{
	static const struct kvip_reflector_spec spec = {
		.selector = "labelSelector=a%3Db",
		.page = 7,
	};
	static const struct answer answers[] = {
		{ FAILED(400, NULL) },
		{ SAID("{\"metadata\":{\"resourceVersion\":\"1 &\",\"continue\":"
		       "\"x/+=\"},\"items\":[]}") },
		{ SAID("{\"metadata\":{\"resourceVersion\":\"1 &\"},\"items\":[]}") },
		{ .status = 0 },
	};
	struct test t;

	(void)state;
	begin_with(&t, answers, &spec);
	t.replay.describe = describe_query;
	run(&t, "&resourceVersion=1");
	assert_string_equal(
		t.replay.line,
		"?watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan"
		"&allowWatchBookmarks=true&resourceVersion=&timeoutSeconds="
		"&labelSelector=a%3Db; "
		"?limit=7&labelSelector=a%3Db; begin; "
		"?limit=7&continue=x%2F%2B%3D&labelSelector=a%3Db; complete; "
		"?watch=1&allowWatchBookmarks=true&resourceVersion=1%20%26"
		"&timeoutSeconds=&labelSelector=a%3Db; ");
	end(&t);
}

static void a_server_without_streaming_lists_is_asked_for_pages(void **state)
{
	static const struct row rows[] = {
#define PAGES_AFTER(code, name)                                    \
	{ { { FAILED(code, name) }, { SENT("list-empty.json") } }, \
	  "stream(); list(); begin; complete; watch(199); " }
		PAGES_AFTER(422, "api/422.sendInitialEvents-nomatch.json"),
		PAGES_AFTER(400, NULL),
		PAGES_AFTER(404, "api/404.path.txt"),
		PAGES_AFTER(405, NULL),
		/* an ordinary watch, of an old server */
		{ { { SAID(EVENT("ADDED", "3") EVENT("BOOKMARK", "5")),
		      .end = HELD },
		    { SENT("list-empty.json") } },
		  "stream(); begin; put 1; " LIST_TROUBLE
		  "a bookmark before the one that ends the initial events); "
		  "list(); begin; complete; watch(199); " },
		/* garbage; a list */
		{ { { SAID(EVENT("ADDED", "3") "x") },
		    { SENT("list-empty.json") } },
		  "stream(); begin; put 1; " LIST_TROUBLE
		  "byte 113: expected an event, in '{', found 'x'); "
		  "list(); begin; complete; watch(199); " },
		{ { { SENT("list-empty.json") }, { SENT("list-empty.json") } },
		  "stream(); begin; " LIST_TROUBLE "an event without a type); "
		  "list(); begin; complete; watch(199); " },
		/* one that ends too early is tried once more */
		{ { { SAID(EVENT("ADDED", "3")) },
		    { SAID(EVENT("ADDED", "3")) },
		    { SENT("list-empty.json") } },
		  "stream(); begin; put 1; " LIST_TROUBLE
		  "it ended before it was complete); "
		  "stream(); begin; put 1; " LIST_TROUBLE
		  "it ended before it was complete); "
		  "list(); begin; complete; watch(199); " },
		{ { { FAILED(500, "api/500.badrv.json") },
		    { SAID(LIST_OF_ONE), .end = HELD } },
		  "stream(); " LIST_TROUBLE
		  "HTTP 500: resourceVersion: Invalid value: \"abc\": "
		  "strconv.ParseUint: parsing \"abc\": invalid syntax); "
		  "stream(); begin; put 1; complete; " },
	};

	(void)state;
	run_rows(rows, ARRAY_SIZE(rows), &as_is);
}

static void pages_are_remembered(void **state)
{
	static const struct answer answers[] = {
		{ FAILED(422, NULL) },	  { SENT("list-empty.json") },
		{ SAID(ERROR(410, "")) }, { SENT("list-empty.json") },
		{ .status = 0 },
	};
	struct test t;

	(void)state;
	begin(&t, answers);
	run(&t, "watch(199); " WATCH_TROUBLE
		"HTTP 410: so it is); list(); begin; complete; watch(199); ");
	assert_int_equal(stats(&t)->lists, 3);
	end(&t);
}

static void a_silent_or_endless_streaming_list_is_none(void **state)
{
	static const struct row rows[] = {
		{ { { SAID(EVENT("ADDED", "3")), .end = HELD },
		    { SENT("list-empty.json") } },
		  "stream(); begin; put 1; " LIST_TROUBLE
		  "it did not come to an end); "
		  "list(); begin; complete; watch(199); " },
	};

	(void)state;
	run_rows(rows, ARRAY_SIZE(rows), &as_is);
}

static void refusals_are_told_in_the_servers_words(void **state)
{
	static const struct row rows[] = {
		{ { { FAILED(401, "api/401.json") },
		    { FAILED(403, "api/403.list.json") },
		    { FAILED(404, "api/404.path.txt") },
		    { FAILED(502, NULL), .text = "<html>\nBad" },
		    { SENT("list-empty.json") } },
		  "list(); " LIST_TROUBLE "HTTP 401: Unauthorized); "
		  "list(); " LIST_TROUBLE
		  "HTTP 403: services is forbidden: User \"nobody\" cannot list "
		  "resource \"services\" in API group \"\" at the cluster scope); "
		  "list(); " LIST_TROUBLE "HTTP 404: 404 page not found); "
		  "list(); " LIST_TROUBLE "HTTP 502: <html>); "
		  "list(); begin; complete; watch(199); " },
		{ { { SENT("list-empty.json") },
		    { FAILED(401, NULL) },
		    { FAILED(403, NULL) },
		    { FAILED(503, NULL) } },
		  "list(); begin; complete; watch(199); " WATCH_TROUBLE
		  "HTTP 401); watch(199); " WATCH_TROUBLE
		  "HTTP 403); watch(199); " WATCH_TROUBLE
		  "HTTP 503); watch(199); " },
		/* one that may be about the version, twice */
		{ { { SENT("list-empty.json") },
		    { FAILED(500, NULL) },
		    { FAILED(400, NULL) } },
		  "list(); begin; complete; watch(199); " WATCH_TROUBLE
		  "HTTP 500); watch(199); " WATCH_TROUBLE
		  "HTTP 400); list(); " },
	};

	(void)state;
	run_rows(rows, ARRAY_SIZE(rows), &pages_only);
}

static void what_the_server_wants_is_waited_for(void **state)
{
	static const struct {
		int status;
		const char *retry_after;
		double least, most;
	} rows[] = {
		{ 429, "7", 7, 8 },    { 503, "45", 45, 46 },
		{ 429, "0", 0.5, 1 },  { 429, "soon", 0.5, 1 },
		{ 503, NULL, 0.5, 1 }, { 429, "100000", 300, 301 },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct answer answers[] = {
			{ FAILED(rows[i].status, NULL),
			  .retry_after = rows[i].retry_after },
			{ .status = 0 },
		};
		struct test t;

		begin_with(&t, answers, &pages_only);
		run(&t, "trouble");
		assert_true(t.retry >= rows[i].least * SCALE);
		assert_true(t.retry <= rows[i].most * SCALE);
		assert_int_equal(stats(&t)->errors, 1);
		end(&t);
	}
}

static void lists_that_break_off_are_not_complete(void **state)
{
	static const struct row rows[] = {
		/* the first page: anew */
		{ { { SENT(PAGE(0)), .most = 5000, .end = CUT },
		    { SENT(PAGE(4)) } },
		  "list(); begin; put 2; " LIST_TROUBLE
		  "SERVER: the answer was cut short); "
		  "list(); begin; put 2; complete; watch(199); " },
		{ { { SENT(PAGE(0)), .most = 5000 }, { SENT(PAGE(4)) } },
		  "list(); begin; put 2; " LIST_TROUBLE
		  "it ends in the middle of an item); "
		  "list(); begin; put 2; complete; watch(199); " },
		/* the last one: its token leads to the same moment */
		{ { { SENT(PAGE(3)) },
		    { SENT(PAGE(4)), .most = 5000, .end = CUT },
		    { FAILED(503, NULL) },
		    { SENT(PAGE(4)) } },
		  "list(); begin; put 4; list(xXHUwMDAwIn0); put 1; " LIST_TROUBLE
		  "SERVER: the answer was cut short); "
		  "list(xXHUwMDAwIn0); " LIST_TROUBLE "HTTP 503); "
		  "list(xXHUwMDAwIn0); put 2; complete; watch(199); " },
		/* senseless ones: anew */
		{ { { SENT(PAGE(3)) },
		    { SENT(PAGE(4)), .text = "x" },
		    { SENT(PAGE(4)) } },
		  "list(); begin; put 4; list(xXHUwMDAwIn0); put 2; " LIST_TROUBLE
		  "byte 5297: expected nothing behind the list, found 'x'); "
		  "list(); begin; put 2; complete; watch(199); " },
		{ { { SENT(PAGE(3)) },
		    { FAILED(400, NULL) },
		    { SENT(PAGE(4)) } },
		  "list(); begin; put 4; list(xXHUwMDAwIn0); " LIST_TROUBLE
		  "HTTP 400); list(); begin; put 2; complete; watch(199); " },
		{ { { SENT(PAGE(3)) }, { SENT(PAGE(3)) }, { SENT(PAGE(4)) } },
		  "list(); begin; put 4; list(xXHUwMDAwIn0); put 4; " LIST_TROUBLE
		  "a page that leads to itself); "
		  "list(); begin; put 2; complete; watch(199); " },
		{ { { SENT("list-services.json") }, { SENT(PAGE(4)) } },
		  "list(); begin; " LIST_TROUBLE
		  "an object of kind \"Service\", not \"EndpointSlice\"); "
		  "list(); begin; put 2; complete; watch(199); " },
		{ { { SENT("table.json") }, { SENT(PAGE(4)) } },
		  "list(); begin; " LIST_TROUBLE
		  "it is no list: it has no items); "
		  "list(); begin; put 2; complete; watch(199); " },
		{ { { SAID("") }, { SENT(PAGE(4)) } },
		  "list(); " LIST_TROUBLE "it is empty); "
		  "list(); begin; put 2; complete; watch(199); " },
		{ { { SAID("{\"items\":[]}") }, { SENT(PAGE(4)) } },
		  "list(); begin; " LIST_TROUBLE
		  "a list without a resourceVersion); "
		  "list(); begin; put 2; complete; watch(199); " },
	};

	(void)state;
	run_rows(rows, ARRAY_SIZE(rows), &pages_only);
}

static void no_server_is_trouble(void **state)
{
	struct test t;

	(void)state;
	begin(&t, NULL);
	evhttp_free(t.replay.server);
	t.replay.server = evhttp_new(t.replay.base);
	run(&t, "trouble");
	assert_non_null(strstr(t.replay.line, LIST_TROUBLE "SERVER: "));
	assert_int_equal(t.replay.requests, 0);
	t.replay.line[0] = '\0';
	run(&t, "trouble");
	end(&t);
}

/* Something of everything: who does what in which callback comes by there. */
static const struct answer eventful[] = {
	{ SAID(LIST_OF_ONE EVENT("DELETED", "6")) },
	{ SAID("x") },
	{ .status = 0 },
};

static const char *const callbacks[] = { "begin",    "put",  "gone",
					 "complete", "idle", "trouble" };

static void it_may_be_freed_anywhere(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(callbacks); i++) {
		struct test t;
		char *last;

		begin(&t, eventful);
		t.at = callbacks[i];
		t.to_free = true;
		run(&t, "free; ");
		/* whatever is left over in the loop finds no one */
		event_base_loop(t.replay.base, EVLOOP_NONBLOCK);
		last = strstr(t.replay.line, "free; ");
		assert_string_equal(last, "free; ");
		end(&t);
	}
}

static void it_may_list_again_anywhere(void **state)
{
	static const struct answer answers[] = {
		{ SAID(LIST_OF_ONE), .end = HELD },
		{ .status = 0 },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(callbacks); i++) {
		struct test t;

		begin(&t, eventful);
		t.at = callbacks[i];
		run(&t, "relist; ");
		t.replay.line[0] = '\0';
		t.replay.answers = answers;
		run(&t, "complete; ");
		assert_memory_equal(t.replay.line, "stream(", 7);
		assert_string_equal(strchr(t.replay.line, ')'),
				    "); begin; put 1; complete; ");
		end(&t);
	}
}

static void it_lists_again_when_told(void **state)
{
	static const struct answer answers[] = {
		{ SAID(LIST_OF_NONE), .end = HELD },
		{ SENT(STREAM), .end = HELD },
		{ .status = 0 },
	};
	struct test t;

	(void)state;
	begin(&t, answers);
	run(&t, "complete; ");
	kvip_reflector_relist(t.reflector);
	assert_false(stats(&t)->watching);
	assert_true(stats(&t)->synced);
	run(&t, "gone demo/lb-1; ");
	assert_string_equal(t.replay.line,
			    "stream(); begin; complete; stream(5); begin; "
			    "put 18; complete; put 4; gone demo/lb-1; ");
	end(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_streaming_list_goes_on_as_a_watch),
		cmocka_unit_test(pages_are_one_list),
		cmocka_unit_test(what_is_asked_for),
		cmocka_unit_test(
			a_server_without_streaming_lists_is_asked_for_pages),
		cmocka_unit_test(pages_are_remembered),
		cmocka_unit_test(a_silent_or_endless_streaming_list_is_none),
		cmocka_unit_test(refusals_are_told_in_the_servers_words),
		cmocka_unit_test(what_the_server_wants_is_waited_for),
		cmocka_unit_test(lists_that_break_off_are_not_complete),
		cmocka_unit_test(no_server_is_trouble),
		cmocka_unit_test(it_may_be_freed_anywhere),
		cmocka_unit_test(it_may_list_again_anywhere),
		cmocka_unit_test(it_lists_again_when_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
