// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Electors and a server of Leases: who leads when, that there are never two of
 * them, and what becomes of odd answers.
 */
#include "lease_server.h"

#include "lease.h"
#include "lease_object.h"

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

/* Of all times; a slow machine sets its bound. */
#define SCALE 0.04
#define DURATION (KVIP_LEASE_DURATION * SCALE)
#define DEADLINE (KVIP_LEASE_DEADLINE * SCALE)
#define RETRY (KVIP_LEASE_RETRY * SCALE)

#define NAME "kvip-vip-203-0-113-10"
#define HELD_BY(holder)                                               \
	"{\"metadata\":{\"name\":\"" NAME "\",\"annotations\":"       \
	"{\"x\":\"y\"}},\"spec\":{\"holderIdentity\":\"" holder "\"," \
	"\"leaseDurationSeconds\":15,\"acquireTime\":"                \
	"\"2001-01-01T00:00:00.000000Z\",\"renewTime\":"              \
	"\"2001-01-01T00:00:00.000000Z\",\"leaseTransitions\":7}}"

struct candidate {
	struct test *test;
	struct kvip_elector *elector;
	unsigned int starts;
	unsigned int stops;
	unsigned int troubles;
	unsigned int resignations;
	double stopped; /* when */
	char holder[64]; /* as observed */
	char trouble[1024];
	const char *free_at; /* the callback to free it from; or NULL */
};

struct test {
	struct lease_server server;
	struct candidate candidates[2];
	int leaders;
	double begun;
};

static void maybe_free(struct candidate *c, const char *at)
{
	if (!c->free_at || strcmp(c->free_at, at))
		return;
	c->free_at = NULL;
	kvip_elector_free(c->elector);
	c->elector = NULL;
}

static void on_started(void *arg)
{
	struct candidate *c = arg;

	c->starts++;
	/* what all of this is for */
	assert_int_equal(++c->test->leaders, 1);
	assert_true(kvip_elector_leads(c->elector));
	maybe_free(c, "started");
}

static void on_stopped(void *arg)
{
	struct candidate *c = arg;

	c->stops++;
	c->test->leaders--;
	c->stopped = kvip_clock_monotonic();
	assert_false(kvip_elector_leads(c->elector));
	maybe_free(c, "stopped");
}

static void on_observed(void *arg, const char *holder)
{
	struct candidate *c = arg;

	snprintf(c->holder, sizeof(c->holder), "%s", holder);
	maybe_free(c, "observed");
}

static void on_trouble(void *arg, const char *sentence)
{
	struct candidate *c = arg;

	c->troubles++;
	snprintf(c->trouble, sizeof(c->trouble), "%s", sentence);
	maybe_free(c, "trouble");
}

static void on_resigned(void *arg)
{
	struct candidate *c = arg;

	c->resignations++;
	maybe_free(c, "resigned");
}

static const struct kvip_elector_ops ops = {
	.started = on_started,
	.stopped = on_stopped,
	.observed = on_observed,
	.trouble = on_trouble,
	.resigned = on_resigned,
};

static struct candidate *run_for_it(struct test *t, int i)
{
	const struct kvip_elector_spec spec = {
		.ns = "kube-system",
		.name = NAME,
		.identity = i ? "node-b" : "node-a",
		.label = "app.kubernetes.io/managed-by=kvip",
		.scale = SCALE,
	};
	struct candidate *c = &t->candidates[i];

	memset(c, 0, sizeof(*c));
	c->test = t;
	c->elector = kvip_elector_new(t->server.base, t->server.clients[i].http,
				      &spec, &ops, c);
	return c;
}

static void begin(struct test *t)
{
	memset(t, 0, sizeof(*t));
	lease_server_begin(&t->server);
	t->begun = kvip_clock_monotonic();
}

static void end(struct test *t)
{
	kvip_elector_free(t->candidates[0].elector);
	kvip_elector_free(t->candidates[1].elector);
	lease_server_end(&t->server);
}

static void until(struct test *t, bool (*done)(void *arg), void *arg)
{
	if (!lease_run(&t->server, LATE, done, arg))
		fail_msg("it did not come to it");
}

static void pass(struct test *t, double seconds)
{
	lease_run(&t->server, seconds, NULL, NULL);
}

static bool has_started(void *arg)
{
	return ((struct candidate *)arg)->starts;
}

static bool has_stopped(void *arg)
{
	return ((struct candidate *)arg)->stops;
}

static bool has_trouble(void *arg)
{
	return ((struct candidate *)arg)->troubles;
}

static bool has_resigned(void *arg)
{
	return ((struct candidate *)arg)->resignations;
}

static bool is_freed(void *arg)
{
	return !((struct candidate *)arg)->elector;
}

static bool has_held(void *arg)
{
	return ((struct test *)arg)->server.n_held;
}

static const char *field(struct test *t, const char *name)
{
	return lease_field(&t->server, NAME, name);
}

static void a_lease_is_made_and_renewed(void **state)
{
	struct candidate *a;
	struct test t;
	char first[64];

	(void)state;
	begin(&t);
	a = run_for_it(&t, 0);
	until(&t, has_started, a);
	assert_string_equal(field(&t, "holderIdentity"), "node-a");
	assert_string_equal(field(&t, "leaseDurationSeconds"), "15");
	assert_string_equal(field(&t, "leaseTransitions"), "0");
	assert_string_equal(field(&t, "acquireTime"), field(&t, "renewTime"));
	assert_non_null(strstr(
		t.server.bodies,
		"POST {\"apiVersion\":\"coordination.k8s.io/v1\",\"kind\":\"Lease\","
		"\"metadata\":{\"name\":\"" NAME
		"\",\"namespace\":\"kube-system\","
		"\"labels\":{\"app.kubernetes.io/managed-by\":\"kvip\"}}"));
	snprintf(first, sizeof(first), "%s", field(&t, "acquireTime"));
	assert_true(kvip_elector_renewed(a->elector) > t.begun);

	pass(&t, DURATION * 2);
	assert_int_equal(a->starts, 1);
	assert_int_equal(a->stops, 0);
	assert_string_equal(field(&t, "acquireTime"), first);
	assert_string_not_equal(field(&t, "renewTime"), first);
	/* once a retry period, by one request each */
	assert_in_range(t.server.clients[0].writes, 5, 18);
	assert_int_equal(t.server.clients[0].requests,
			 t.server.clients[0].writes + 1);
	assert_string_equal(a->holder, "node-a");
	end(&t);
}

static void one_who_resigns_is_followed_at_once(void **state)
{
	struct candidate *a, *b;
	struct test t;
	double at;

	(void)state;
	begin(&t);
	a = run_for_it(&t, 0);
	until(&t, has_started, a);
	b = run_for_it(&t, 1);
	pass(&t, RETRY);
	assert_string_equal(b->holder, "node-a");
	at = kvip_clock_monotonic();
	kvip_elector_resign(a->elector, false);
	assert_int_equal(a->stops, 1);
	assert_int_equal(a->resignations, 0);
	until(&t, has_resigned, a);
	assert_non_null(strstr(t.server.bodies, "\"holderIdentity\":\"\"}"));
	assert_non_null(strstr(t.server.bodies, "\"leaseDurationSeconds\":1,"));
	until(&t, has_started, b);
	assert_true(kvip_clock_monotonic() - at < DURATION);
	assert_string_equal(field(&t, "holderIdentity"), "node-b");
	assert_string_equal(field(&t, "leaseTransitions"), "1");
	pass(&t, DURATION);
	assert_int_equal(a->starts, 1);
	end(&t);
}

static void one_who_dies_is_followed_when_the_lease_expires(void **state)
{
	struct candidate *a, *b;
	struct test t;
	double renewed, waited;

	(void)state;
	begin(&t);
	a = run_for_it(&t, 0);
	until(&t, has_started, a);
	b = run_for_it(&t, 1);
	pass(&t, RETRY);
	renewed = kvip_elector_renewed(a->elector);
	kvip_elector_free(a->elector);
	a->elector = NULL;
	t.leaders = 0;
	until(&t, has_started, b);
	waited = kvip_clock_monotonic() - renewed;
	assert_true(waited >= DURATION);
	assert_true(waited < DURATION * 4);
	end(&t);
}

/* What another one writes to it elsewhere makes a dead holder live no longer. */
static void only_its_holder_makes_a_lease_last(void **state)
{
	struct candidate *b;
	struct test t;
	int i;

	(void)state;
	begin(&t);
	lease_put_text(&t.server, HELD_BY("node-c"));
	b = run_for_it(&t, 1);
	for (i = 0; i < 100 && !b->starts; i++) {
		struct json_object *lease = NULL;

		assert_int_equal(
			json_object_deep_copy(
				json_object_object_get(t.server.leases, NAME),
				&lease, NULL),
			0);
		lease_put(&t.server, lease);
		lease_run(&t.server, RETRY, has_started, b);
	}
	assert_int_equal(b->starts, 1);
	assert_true(kvip_clock_monotonic() - t.begun >= DURATION);
	assert_non_null(
		strstr(t.server.bodies, "\"annotations\":{\"x\":\"y\"}"));
	assert_string_equal(field(&t, "leaseTransitions"), "8");
	end(&t);
}

static void one_who_can_not_renew_stops_before_others_start(void **state)
{
	static const enum fault faults[] = { SILENT, DEAF, BROKEN };
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(faults); i++) {
		struct candidate *a, *b;
		struct test t;
		double renewed;

		begin(&t);
		a = run_for_it(&t, 0);
		until(&t, has_started, a);
		b = run_for_it(&t, 1);
		pass(&t, RETRY);
		t.server.clients[0].fault = faults[i];
		renewed = kvip_elector_renewed(a->elector);
		until(&t, has_stopped, a);
		assert_int_equal(b->starts, 0);
		assert_true(a->stopped - renewed >= DEADLINE * 0.99);
		assert_true(a->stopped - renewed < DURATION);
		/* it waits for its turn as others do */
		t.server.clients[0].fault = WELL;
		if (faults[i] != BROKEN)
			until(&t, has_started, b);
		end(&t);
	}
}

static void one_whose_lease_was_taken_stops(void **state)
{
	struct candidate *a;
	struct test t;
	double at;

	(void)state;
	begin(&t);
	a = run_for_it(&t, 0);
	until(&t, has_started, a);
	at = kvip_clock_monotonic();
	lease_put_text(&t.server, HELD_BY("node-c"));
	until(&t, has_stopped, a);
	assert_true(a->stopped - at < DEADLINE);
	assert_string_equal(a->holder, "node-c");
	end(&t);
}

static void one_whose_lease_was_deleted_makes_it_again(void **state)
{
	struct candidate *a;
	struct test t;

	(void)state;
	begin(&t);
	a = run_for_it(&t, 0);
	until(&t, has_started, a);
	json_object_object_del(t.server.leases, NAME);
	pass(&t, DURATION);
	assert_string_equal(field(&t, "holderIdentity"), "node-a");
	assert_int_equal(a->stops, 0);
	end(&t);
}

static void what_another_wrote_meanwhile_costs_a_second_look(void **state)
{
	struct json_object *lease = NULL;
	struct candidate *a;
	struct test t;

	(void)state;
	begin(&t);
	a = run_for_it(&t, 0);
	until(&t, has_started, a);
	assert_int_equal(json_object_deep_copy(
				 json_object_object_get(t.server.leases, NAME),
				 &lease, NULL),
			 0);
	lease_put(&t.server, lease);
	pass(&t, DURATION);
	assert_int_equal(a->starts, 1);
	assert_int_equal(a->stops, 0);
	end(&t);
}

static void one_who_comes_back_goes_on(void **state)
{
	struct candidate *a;
	struct test t;

	(void)state;
	begin(&t);
	lease_put_text(&t.server, HELD_BY("node-a"));
	a = run_for_it(&t, 0);
	until(&t, has_started, a);
	assert_true(kvip_clock_monotonic() - t.begun < DURATION);
	assert_string_equal(field(&t, "leaseTransitions"), "7");
	assert_string_equal(field(&t, "acquireTime"),
			    "2001-01-01T00:00:00.000000Z");
	end(&t);
}

static void odd_answers_are_trouble(void **state)
{
	static const char *const words[] = { "",  "[]",	  "{}",	  "<html>",
					     "{", "null", "\"x\"" };
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(words); i++) {
		struct candidate *a;
		struct test t;

		begin(&t);
		t.server.say = words[i];
		a = run_for_it(&t, 0);
		until(&t, has_trouble, a);
		assert_string_equal(a->trouble,
				    "the API server's answer is no Lease");
		assert_int_equal(a->starts, 0);
		/* not in a busy loop */
		pass(&t, RETRY * 2);
		assert_in_range(t.server.clients[0].requests, 1, 4);
		t.server.say = NULL;
		until(&t, has_started, a);
		end(&t);
	}
}

static void odd_leases_are_taken(void **state)
{
	static const char *const leases[] = {
		"{\"metadata\":{\"name\":\"" NAME "\"}}",
		"{\"metadata\":{\"name\":\"" NAME "\"},\"spec\":null}",
		"{\"metadata\":{\"name\":\"" NAME "\"},\"spec\":[1]}",
		"{\"metadata\":{\"name\":\"" NAME
		"\"},\"spec\":{\"holderIdentity\":5,"
		"\"leaseDurationSeconds\":\"x\",\"leaseTransitions\":{}}}",
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(leases); i++) {
		struct candidate *a;
		struct test t;

		begin(&t);
		lease_put_text(&t.server, leases[i]);
		a = run_for_it(&t, 0);
		until(&t, has_started, a);
		assert_string_equal(field(&t, "holderIdentity"), "node-a");
		assert_string_equal(field(&t, "leaseDurationSeconds"), "15");
		end(&t);
	}
}

static void a_lease_without_a_duration_lasts_as_long_as_ours(void **state)
{
	struct candidate *a;
	struct test t;

	(void)state;
	begin(&t);
	lease_put_text(&t.server, "{\"metadata\":{\"name\":\"" NAME
				  "\"},\"spec\":{\"holderIdentity\":\"x\"}}");
	a = run_for_it(&t, 0);
	until(&t, has_started, a);
	assert_true(kvip_clock_monotonic() - t.begun >= DURATION);
	end(&t);
}

static void one_who_resigns_while_it_asks_gives_back_what_it_gets(void **state)
{
	struct candidate *a;
	struct test t;

	(void)state;
	begin(&t);
	t.server.clients[0].fault = DEAF;
	lease_put_text(&t.server, HELD_BY(""));
	a = run_for_it(&t, 0);
	until(&t, has_held, &t);
	/* the answer to its first question, and it asks for the Lease */
	t.server.clients[0].fault = WELL;
	lease_say(t.server.held[0], 200,
		  json_object_to_json_string(
			  json_object_object_get(t.server.leases, NAME)));
	t.server.n_held = 0;
	t.server.clients[0].fault = DEAF;
	until(&t, has_held, &t);
	assert_string_equal(field(&t, "holderIdentity"), "node-a");
	kvip_elector_resign(a->elector, false);
	t.server.clients[0].fault = WELL;
	lease_say(t.server.held[0], 200,
		  json_object_to_json_string(
			  json_object_object_get(t.server.leases, NAME)));
	t.server.n_held = 0;
	until(&t, has_resigned, a);
	assert_string_equal(field(&t, "holderIdentity"), "");
	assert_int_equal(a->starts, 0);
	end(&t);
}

static void a_lease_that_is_gone_is_deleted(void **state)
{
	struct candidate *a;
	struct test t;

	(void)state;
	begin(&t);
	a = run_for_it(&t, 0);
	until(&t, has_started, a);
	kvip_elector_resign(a->elector, true);
	until(&t, has_resigned, a);
	assert_false(json_object_object_get_ex(t.server.leases, NAME, NULL));
	assert_non_null(strstr(
		t.server.bodies,
		"DELETE {\"apiVersion\":\"v1\",\"kind\":\"DeleteOptions\","
		"\"preconditions\":{\"resourceVersion\":\"10"));
	assert_int_equal(a->resignations, 1);
	pass(&t, DURATION);
	assert_int_equal(a->starts, 1);
	assert_int_equal(a->resignations, 1);
	end(&t);
}

static void only_its_holder_deletes_a_lease(void **state)
{
	struct candidate *a;
	struct test t;

	(void)state;
	begin(&t);
	lease_put_text(&t.server, HELD_BY("node-c"));
	a = run_for_it(&t, 0);
	pass(&t, RETRY);
	kvip_elector_resign(a->elector, true);
	until(&t, has_resigned, a);
	assert_string_equal(field(&t, "holderIdentity"), "node-c");
	end(&t);
}

static void resigning_ends_without_a_server_too(void **state)
{
	struct candidate *a;
	struct test t;

	(void)state;
	begin(&t);
	a = run_for_it(&t, 0);
	until(&t, has_started, a);
	t.server.clients[0].fault = BROKEN;
	kvip_elector_resign(a->elector, false);
	assert_int_equal(a->stops, 1);
	until(&t, has_resigned, a);
	end(&t);
}

static void it_may_be_freed_from_everywhere(void **state)
{
	static const char *const at[] = { "started", "observed", "stopped",
					  "resigned", "trouble" };
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(at); i++) {
		struct candidate *a;
		struct test t;

		begin(&t);
		a = run_for_it(&t, 0);
		if (i >= 2)
			until(&t, has_started, a);
		a->free_at = at[i];
		if (!strcmp(at[i], "stopped"))
			lease_put_text(&t.server, HELD_BY("node-c"));
		if (!strcmp(at[i], "resigned"))
			kvip_elector_resign(a->elector, false);
		if (!strcmp(at[i], "trouble"))
			t.server.clients[0].fault = BROKEN;
		until(&t, is_freed, a);
		pass(&t, RETRY * 2);
		end(&t);
	}
	kvip_elector_free(NULL);
}

static void it_is_freed_while_it_resigns(void **state)
{
	struct candidate *a;
	struct test t;

	(void)state;
	begin(&t);
	a = run_for_it(&t, 0);
	until(&t, has_started, a);
	a->free_at = "stopped";
	kvip_elector_resign(a->elector, false);
	assert_null(a->elector);
	end(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_lease_is_made_and_renewed),
		cmocka_unit_test(one_who_resigns_is_followed_at_once),
		cmocka_unit_test(
			one_who_dies_is_followed_when_the_lease_expires),
		cmocka_unit_test(only_its_holder_makes_a_lease_last),
		cmocka_unit_test(
			one_who_can_not_renew_stops_before_others_start),
		cmocka_unit_test(one_whose_lease_was_taken_stops),
		cmocka_unit_test(one_whose_lease_was_deleted_makes_it_again),
		cmocka_unit_test(
			what_another_wrote_meanwhile_costs_a_second_look),
		cmocka_unit_test(one_who_comes_back_goes_on),
		cmocka_unit_test(odd_answers_are_trouble),
		cmocka_unit_test(odd_leases_are_taken),
		cmocka_unit_test(
			a_lease_without_a_duration_lasts_as_long_as_ours),
		cmocka_unit_test(
			one_who_resigns_while_it_asks_gives_back_what_it_gets),
		cmocka_unit_test(a_lease_that_is_gone_is_deleted),
		cmocka_unit_test(only_its_holder_deletes_a_lease),
		cmocka_unit_test(resigning_ends_without_a_server_too),
		cmocka_unit_test(it_may_be_freed_from_everywhere),
		cmocka_unit_test(it_is_freed_while_it_resigns),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
