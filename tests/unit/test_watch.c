// SPDX-License-Identifier: GPL-2.0-or-later
/* Watching a server: what is resumed, what is given up, what is listed again. */
#include "reflection.h"

static void watches_are_resumed(void **state)
{
	static const struct row rows[] = {
		/* ended by the server, after its time or at its end */
		{ { { SENT(STREAM) }, { SAID(EVENT("MODIFIED", "300")) } },
		  "stream(); begin; put 18; complete; put 4; gone demo/lb-1; "
		  "watch(266); put 1; watch(300); " },
		/* resourceVersions are opaque, and may go down */
		{ { { SAID(LIST_OF_NONE) }, { SAID(EVENT("DELETED", "2")) } },
		  "stream(); begin; complete; watch(5); gone n/a; watch(2); " },
		/* cut between events, and in the middle of one */
		{ { { SAID(LIST_OF_NONE EVENT("ADDED", "6")), .end = CUT } },
		  "stream(); begin; complete; put 1; " WATCH_TROUBLE
		  "SERVER: the answer was cut short); watch(6); " },
		{ { { SENT(STREAM), .most = 36000, .end = CUT } },
		  "stream(); begin; put 18; complete; put 3; " WATCH_TROUBLE
		  "SERVER: the answer was cut short); watch(232); " },
		{ { { SENT(STREAM), .most = 36000, .end = CLEANLY } },
		  "stream(); begin; put 18; complete; put 3; watch(232); " },
	};

	(void)state;
	run_rows(rows, ARRAY_SIZE(rows), &as_is);
}

static void what_is_too_old_is_listed_again(void **state)
{
	static const struct row rows[] = {
		{ { { SAID(LIST_OF_NONE) },
		    { SENT("api/410.watch.rv1.jsonl") },
		    { SAID(LIST_OF_ONE), .end = HELD } },
		  "stream(); begin; complete; watch(5); " WATCH_TROUBLE
		  "HTTP 410: too old resource version: 1 (320)); "
		  "stream(); begin; put 1; complete; " },
		{ { { SAID(LIST_OF_NONE) },
		    { FAILED(410, NULL) },
		    { SAID(LIST_OF_ONE), .end = HELD } },
		  "stream(); begin; complete; watch(5); " WATCH_TROUBLE
		  "HTTP 410); stream(); begin; put 1; complete; " },
		{ { { SAID(ERROR(410, "")) }, { SAID(LIST_OF_NONE) } },
		  "stream(); begin; " LIST_TROUBLE "HTTP 410: so it is); "
		  "stream(); begin; complete; watch(5); " },
	};
	static const struct answer pages[] = {
		{ SENT(PAGE(0)) },
		{ SENT(PAGE(1)) },
		{ FAILED(410, "api/410.continue.json") },
		{ SENT(PAGE(0)) },
		{ SENT(PAGE(4)) },
		{ .status = 0 },
	};
	struct test t;

	(void)state;
	run_rows(rows, ARRAY_SIZE(rows), &as_is);
	begin_with(&t, pages, &pages_only);
	run(&t, "watch(199)");
	assert_non_null(strstr(t.replay.line,
			       "put 4; list(FcdTAwMDAifQ); " LIST_TROUBLE
			       "HTTP 410: The provided continue parameter"));
	assert_non_null(strstr(t.replay.line,
			       "; list(); begin; put 4; list(MVx1MDAwMCJ9); "
			       "put 2; complete; watch(199); "));
	end(&t);
}

static void other_errors_in_a_watch(void **state)
{
	static const struct row rows[] = {
		/* the server is busy: the watch waits */
		{ { { SAID(LIST_OF_NONE) },
		    { SAID(ERROR(429,
				 ",\"details\":{\"retryAfterSeconds\":1}")) } },
		  "stream(); begin; complete; watch(5); " WATCH_TROUBLE
		  "HTTP 429: so it is); watch(5); " },
		/* what it means is not known: list again, no older */
		{ { { SAID(LIST_OF_NONE) }, { SAID(ERROR(500, "")) } },
		  "stream(); begin; complete; watch(5); " WATCH_TROUBLE
		  "HTTP 500: so it is); stream(5); " },
		{ { { SAID(LIST_OF_NONE) },
		    { SAID("{\"type\":\"ERROR\",\"object\":{}}") } },
		  "stream(); begin; complete; watch(5); " WATCH_TROUBLE
		  "HTTP 0: no reason is told); stream(5); " },
	};

	(void)state;
	run_rows(rows, ARRAY_SIZE(rows), &as_is);
}

static void a_version_beyond_the_servers_is_given_up(void **state)
{
#define TOO_LARGE                                                           \
	{                                                                   \
		FAILED(504, "api/504.toolarge-rv.json"), .retry_after = "1" \
	}
#define TOLD_TOO_LARGE             \
	"stream(5); " LIST_TROUBLE \
	"HTTP 504: Timeout: Too large resource version: 99999999, current: 205); "
	static const struct row rows[] = {
		{ { { SAID(LIST_OF_NONE ERROR(500, "")) },
		    TOO_LARGE,
		    TOO_LARGE,
		    TOO_LARGE,
		    { SAID(LIST_OF_ONE), .end = HELD } },
		  "stream(); begin; complete; " WATCH_TROUBLE
		  "HTTP 500: so it is); " TOLD_TOO_LARGE TOLD_TOO_LARGE
			  TOLD_TOO_LARGE "stream(); begin; put 1; complete; " },
		/* a watch from there gives nothing, and ends at once */
		{ { { SAID(LIST_OF_NONE) },
		    { SAID("") },
		    { SAID("") },
		    { SAID(LIST_OF_ONE), .end = HELD } },
		  "stream(); begin; complete; watch(5); " WATCH_TROUBLE
		  "it ended at once, without an event); watch(5); " WATCH_TROUBLE
		  "it ended at once, without an event); "
		  "stream(); begin; put 1; complete; " },
	};

	/* how soon it ends is measured */
	static const struct kvip_reflector_spec slow = { .scale = 0.05 };

	(void)state;
	run_rows(rows, ARRAY_SIZE(rows), &slow);
}

static void senseless_watches_are_resumed_once(void **state)
{
	static const struct {
		const char *text, *words;
	} rows[] = {
		{ "[]", "byte 0: expected an event, in '{', found '['" },
		{ "404 page not found",
		  "byte 0: expected an event, in '{', found '4'" },
		{ "{\"type\":\"ADDED\",\"object\":\xff}",
		  "byte 25: expected text in UTF-8, found the byte 0xff" },
		{ "{\"object\":{}}", "an event without a type" },
		{ "{\"type\":7,\"object\":{}}", "an event without a type" },
		{ "{\"type\":\"ADDED\"}", "an event without an object" },
		{ "{\"type\":\"ADDED\",\"object\":null}",
		  "an event without an object" },
		{ "{\"type\":\"ERROR\",\"object\":[]}",
		  "an event without an object" },
		{ EVENT("CHANGED", "9"), "an event of the type \"CHANGED\"" },
		{ "{\"type\":\"ADDED\",\"object\":{\"kind\":\"Table\"}}",
		  "an object of kind \"Table\", not \"EndpointSlice\"" },
		{ "{\"type\":\"BOOKMARK\",\"object\":{\"metadata\":{}}}",
		  "an object of kind \"\", not \"EndpointSlice\"" },
		{ "{\"type\":\"DELETED\",\"object\":{\"kind\":\"EndpointSlice\"}}",
		  "an object without a resourceVersion" },
		{ EVENT("ADDED", ""), "an object without a resourceVersion" },
		{ "{\"type\":\"ADDED\",\"object\":{\"kind\":\"EndpointSlice\","
		  "\"metadata\":{\"resourceVersion\":9}}}",
		  "an object without a resourceVersion" },
	};
	char line[1024];
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct answer answers[] = {
			{ SAID(LIST_OF_NONE) },
			{ SAID(rows[i].text), .end = HELD },
			{ SAID(rows[i].text), .end = HELD },
			{ SAID(LIST_OF_ONE), .end = HELD },
			{ .status = 0 },
		};
		struct test t;

		begin(&t, answers);
		run(&t, "put 1; complete");
		snprintf(line, sizeof(line),
			 "stream(); begin; complete; watch(5); %s%s); "
			 "watch(5); %s%s); stream(); begin; put 1; complete; ",
			 WATCH_TROUBLE, rows[i].words, WATCH_TROUBLE,
			 rows[i].words);
		assert_string_equal(t.replay.line, line);
		assert_int_equal(stats(&t)->refused, 2);
		assert_int_equal(stats(&t)->errors, 2);
		end(&t);
	}
}

static void a_good_watch_between_two_broken_ones(void **state)
{
	static const struct row rows[] = {
		{ { { SAID(LIST_OF_NONE EVENT("ADDED", "6") "x") },
		    { SAID(EVENT("ADDED", "7")) },
		    { SAID(EVENT("ADDED", "8") "x") },
		    { SAID("x") } },
		  "stream(); begin; complete; put 1; " WATCH_TROUBLE
		  "byte 253: expected an event, in '{', found 'x'); "
		  "watch(6); put 1; watch(7); put 1; " WATCH_TROUBLE
		  "byte 113: expected an event, in '{', found 'x'); watch(8); " WATCH_TROUBLE
		  "byte 0: expected an event, in '{', found 'x'); "
		  "stream(); " },
	};

	(void)state;
	run_rows(rows, ARRAY_SIZE(rows), &as_is);
}

static void silent_watches_are_dropped(void **state)
{
	static const struct row rows[] = {
		{ { { SENT("list-empty.json") },
		    { SAID(""), .end = HELD },
		    { SAID(EVENT("ADDED", "7")), .end = HELD } },
		  "list(); begin; complete; watch(199); " WATCH_TROUBLE
		  "it was silent for too long); watch(199); put 1; " WATCH_TROUBLE
		  "it was silent for too long); list(); " },
	};
	static const struct kvip_reflector_spec fast = {
		.no_stream = true,
		.scale = 0.002,
	};

	(void)state;
	run_rows(rows, ARRAY_SIZE(rows), &fast);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(watches_are_resumed),
		cmocka_unit_test(what_is_too_old_is_listed_again),
		cmocka_unit_test(other_errors_in_a_watch),
		cmocka_unit_test(a_version_beyond_the_servers_is_given_up),
		cmocka_unit_test(senseless_watches_are_resumed_once),
		cmocka_unit_test(a_good_watch_between_two_broken_ones),
		cmocka_unit_test(silent_watches_are_dropped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
