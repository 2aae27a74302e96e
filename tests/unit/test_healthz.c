// SPDX-License-Identifier: GPL-2.0-or-later
/* S63: /healthz and /livez. */
#include "web_client.h"

#include <json-c/json.h>

#include "healthz.h"

/* 2026-11-24T06:59:17Z and somewhat later */
#define CLOCK 1795503557.25

/* All is well, for a minute now. */
static struct kvip_proxy_state well(void)
{
	return (struct kvip_proxy_state){
		.synced = true,
		.started = 40,
		.patience = 60,
		.last_updated = 1795503548.5,
		.node_known = true,
	};
}

static bool get_bool(struct json_object *object, const char *name)
{
	struct json_object *value;

	assert_true(json_object_object_get_ex(object, name, &value));
	assert_true(json_object_is_type(value, json_type_boolean));
	return json_object_get_boolean(value);
}

static const char *get_text(struct json_object *object, const char *name)
{
	struct json_object *value;

	assert_true(json_object_object_get_ex(object, name, &value));
	assert_true(json_object_is_type(value, json_type_string));
	return json_object_get_string(value);
}

static int status_of(const struct kvip_proxy_state *state, bool live,
		     double now)
{
	int status = 0;

	free(kvip_healthz_text(state, live, now, CLOCK, &status));
	return status;
}

static void well_is_200_and_updated_now(void **unused)
{
	struct kvip_proxy_state state = well();
	char *text;
	int status;

	(void)unused;
	text = kvip_healthz_text(&state, false, 100, CLOCK, &status);
	assert_int_equal(status, 200);
	assert_string_equal(
		text,
		"{\"lastUpdated\":\"2026-11-24T06:59:17.25Z\","
		"\"currentTime\":\"2026-11-24T06:59:17.25Z\","
		"\"nodeEligible\":true,\"healthy\":true,\"status\":{"
		"\"IPv4\":{\"lastUpdated\":\"2026-11-24T06:59:08.5Z\",\"healthy\":true},"
		"\"IPv6\":{\"lastUpdated\":\"2026-11-24T06:59:08.5Z\",\"healthy\":true}}}");
	free(text);
}

static void a_change_may_wait_for_as_long_as_patience(void **unused)
{
	struct kvip_proxy_state state = well();

	(void)unused;
	state.pending_since = 100;
	assert_int_equal(status_of(&state, false, 100), 200);
	assert_int_equal(status_of(&state, false, 160), 200);
	assert_int_equal(status_of(&state, false, 160.1), 503);
	assert_int_equal(status_of(&state, true, 160), 200);
	assert_int_equal(status_of(&state, true, 160.1), 503);
}

static void what_waits_too_long_tells_when_all_was_well(void **unused)
{
	struct kvip_proxy_state state = well();
	struct json_object *object;
	char *text;
	int status;

	(void)unused;
	state.pending_since = 100;
	text = kvip_healthz_text(&state, true, 161, CLOCK, &status);
	object = json_tokener_parse(text);
	assert_non_null(object);
	assert_string_equal(get_text(object, "lastUpdated"),
			    "2026-11-24T06:59:08.5Z");
	assert_string_equal(get_text(object, "currentTime"),
			    "2026-11-24T06:59:17.25Z");
	assert_false(get_bool(object, "healthy"));
	json_object_put(object);
	free(text);
}

static void before_the_first_sync_everything_waits(void **unused)
{
	struct kvip_proxy_state state = {
		.started = 40,
		.patience = 60,
	};
	struct json_object *object;
	char *text;
	int status;

	(void)unused;
	/* the Node has not been asked for: a restart drains no node */
	assert_int_equal(status_of(&state, false, 41), 200);
	assert_int_equal(status_of(&state, false, 101), 503);
	text = kvip_healthz_text(&state, false, 101, CLOCK, &status);
	object = json_tokener_parse(text);
	assert_string_equal(get_text(object, "lastUpdated"),
			    "0001-01-01T00:00:00Z");
	assert_true(get_bool(object, "nodeEligible"));
	json_object_put(object);
	free(text);
}

static void expect_drained(const struct kvip_proxy_state *state)
{
	struct json_object *object;
	char *text;
	int status;

	text = kvip_healthz_text(state, false, 100, CLOCK, &status);
	assert_int_equal(status, 503);
	object = json_tokener_parse(text);
	assert_false(get_bool(object, "nodeEligible"));
	assert_true(get_bool(object, "healthy"));
	json_object_put(object);
	free(text);
	assert_int_equal(status_of(state, true, 100), 200);
}

static void a_node_that_goes_is_drained_but_alive(void **unused)
{
	struct kvip_proxy_state state = well();

	(void)unused;
	state.node_deleting = true;
	expect_drained(&state);
	state = well();
	state.node_tainted = true;
	expect_drained(&state);
	state = well();
	state.node_known = false;
	expect_drained(&state);
}

static void livez_says_nothing_of_the_node(void **unused)
{
	struct kvip_proxy_state state = well();
	int status;
	char *text = kvip_healthz_text(&state, true, 100, CLOCK, &status);

	(void)unused;
	assert_null(strstr(text, "nodeEligible"));
	free(text);
}

/* What a kube-proxy 1.36.2 answered, and what a reader of it finds here. */
static void members_are_kube_proxys(void **unused)
{
	static const char recorded[] =
		"{\"lastUpdated\":\"2026-11-24T06:59:17.147169016Z\","
		"\"currentTime\":\"2026-11-24T06:59:17.147138679Z\","
		"\"nodeEligible\":true,\"healthy\":true,\"status\":{"
		"\"IPv4\":{\"lastUpdated\":\"2026-11-24T06:59:08.273440077Z\",\"healthy\":true},"
		"\"IPv6\":{\"lastUpdated\":\"2026-11-24T06:59:08.258330955Z\",\"healthy\":true}}}";
	struct kvip_proxy_state state = well();
	struct json_object *theirs = json_tokener_parse(recorded);
	struct json_object *ours, *value;
	int status, members = 0;
	char *text;

	(void)unused;
	text = kvip_healthz_text(&state, false, 100, CLOCK, &status);
	ours = json_tokener_parse(text);
	json_object_object_foreach(theirs, name, member)
	{
		assert_true(json_object_object_get_ex(ours, name, &value));
		assert_int_equal(json_object_get_type(value),
				 json_object_get_type(member));
		members++;
	}
	assert_int_equal(members, 5);
	json_object_put(theirs);
	json_object_put(ours);
	free(text);
}

static void times_drop_zeros_at_their_end(void **unused)
{
	struct kvip_proxy_state state = well();
	static const struct {
		double clock;
		const char *text;
	} cases[] = {
		{ 1795503557.0, "\"currentTime\":\"2026-11-24T06:59:17Z\"" },
		{ 1795503557.5, "\"currentTime\":\"2026-11-24T06:59:17.5Z\"" },
		{ 1795503557.0625,
		  "\"currentTime\":\"2026-11-24T06:59:17.0625Z\"" },
		{ 951782400.0, "\"currentTime\":\"2000-02-29T00:00:00Z\"" },
	};
	size_t i;
	int status;

	(void)unused;
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		char *text = kvip_healthz_text(&state, false, 100,
					       cases[i].clock, &status);

		assert_non_null(strstr(text, cases[i].text));
		free(text);
	}
}

struct server {
	struct event_base *base;
	struct kvip_proxy_state state;
	struct kvip_stats stats;
	struct kvip_healthz *healthz;
	uint16_t port;
};

static int start(void **state)
{
	struct server *server = calloc(1, sizeof(*server));
	struct kvip_listen at = { .addr.family = AF_INET };
	struct kvip_err err;

	server->base = event_base_new();
	server->state = well();
	server->state.started = web_now();
	kvip_stats_init(&server->stats);
	server->port = web_free_port();
	at.port = server->port;
	server->healthz = kvip_healthz_new(server->base, &at, &server->state,
					   &server->stats, &err);
	if (!server->healthz)
		fail_msg("%s", err.text);
	*state = server;
	return 0;
}

static int stop(void **state)
{
	struct server *server = *state;

	kvip_healthz_free(server->healthz);
	event_base_free(server->base);
	free(server);
	return 0;
}

static int ask(struct server *server, const char *path)
{
	char *answer = web_get(server->base, server->port, path);
	int status = web_status(answer);

	if (status != 404)
		assert_true(web_has(answer, "Content-Type: application/json"));
	assert_true(web_has(answer, "X-Content-Type-Options: nosniff"));
	free(answer);
	return status;
}

static void answers_are_counted_by_status(void **state)
{
	struct server *server = *state;

	assert_int_equal(ask(server, "/healthz"), 200);
	server->state.node_tainted = true;
	assert_int_equal(ask(server, "/healthz"), 503);
	assert_int_equal(ask(server, "/healthz?verbose"), 503);
	assert_int_equal(ask(server, "/livez"), 200);
	server->state.synced = false;
	server->state.started = web_now() - 61;
	assert_int_equal(ask(server, "/livez"), 503);
	assert_int_equal(server->stats.healthz_answers[0], 1);
	assert_int_equal(server->stats.healthz_answers[1], 2);
	assert_int_equal(server->stats.livez_answers[0], 1);
	assert_int_equal(server->stats.livez_answers[1], 1);
}

static void any_other_path_is_not_found(void **state)
{
	static const char *const paths[] = { "/", "/healthz/", "/healthzz",
					     "/metrics", "/livez/x" };
	struct server *server = *state;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(paths); i++)
		assert_int_equal(ask(server, paths[i]), 404);
	assert_int_equal(server->stats.healthz_answers[0], 0);
}

static void a_port_that_is_taken_is_an_error(void **state)
{
	struct server *server = *state;
	struct kvip_listen at = { .addr.family = AF_INET,
				  .port = server->port };
	struct kvip_err err;

	assert_null(kvip_healthz_new(server->base, &at, &server->state,
				     &server->stats, &err));
	assert_non_null(strstr(err.text, "Address already in use"));
}

static void nowhere_is_fine(void **state)
{
	struct server *server = *state;
	struct kvip_listen at = { 0 };
	struct kvip_healthz *healthz;
	struct kvip_err err;

	healthz = kvip_healthz_new(server->base, &at, &server->state,
				   &server->stats, &err);
	assert_non_null(healthz);
	kvip_healthz_free(healthz);
	kvip_healthz_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define WITH_SERVER(test) cmocka_unit_test_setup_teardown(test, start, stop)
		cmocka_unit_test(well_is_200_and_updated_now),
		cmocka_unit_test(a_change_may_wait_for_as_long_as_patience),
		cmocka_unit_test(what_waits_too_long_tells_when_all_was_well),
		cmocka_unit_test(before_the_first_sync_everything_waits),
		cmocka_unit_test(a_node_that_goes_is_drained_but_alive),
		cmocka_unit_test(livez_says_nothing_of_the_node),
		cmocka_unit_test(members_are_kube_proxys),
		cmocka_unit_test(times_drop_zeros_at_their_end),
		WITH_SERVER(answers_are_counted_by_status),
		WITH_SERVER(any_other_path_is_not_found),
		WITH_SERVER(a_port_that_is_taken_is_an_error),
		WITH_SERVER(nowhere_is_fine),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
