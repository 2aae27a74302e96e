// SPDX-License-Identifier: GPL-2.0-or-later
/* The load-balancer controller with pools. */
#include "balancing.h"

static void add_pool(struct world *world, const char *name,
		     const char *addresses)
{
	struct kvip_config_section sections[2];
	struct kvip_err err;

	kvip_lb_config_sections(&world->config, sections);
	if (sections[1].begin(&world->config, name, &err) ||
	    sections[1].set(&world->config, "addresses", addresses, &err))
		fail_msg("%s", err.text);
}

/* With a pool of these, and a list that was complete and empty. */
static void start(struct world *world, const char *addresses)
{
	new_world(world);
	add_pool(world, "p", addresses);
	begin(world, &server_ops);
	list(world);
	settle(world);
}

/* With Services that are there before the controller is. */
static void prepare(struct world *world, const char *addresses)
{
	new_world(world);
	add_pool(world, "p", addresses);
}

static void lead(struct world *world)
{
	begin(world, &server_ops);
	list(world);
	settle(world);
}

static void has(struct world *world, const char *name, const char *wanted)
{
	assert_string_equal(state_of(world, name), wanted);
}

static void test_an_address(void **state)
{
	struct world world;
	struct kvip_balancer_counts counts;

	(void)state;
	start(&world, "10.0.0.1-10.0.0.9, fd00::1");
	create(&world, "a", 1, "", "");
	create(&world, "b", 2, "'type': 'ClusterIP'", "");
	create(&world, "c", 3, "'loadBalancerClass': 'x/y'", "");
	create(&world, "d", 4, "'ipFamilies': ['IPv6', 'IPv4']", "");
	settle(&world);
	has(&world, "a", "10.0.0.1");
	has(&world, "b", "");
	has(&world, "c", "");
	has(&world, "d", "fd00::1 10.0.0.2");
	assert_int_equal(world.n_done, 2);
	assert_string_equal(
		world.told,
		"a: The load balancer has 10.0.0.1|d: The load balancer has fd00::1 and 10.0.0.2|");
	kvip_balancer_count(world.balancer, &counts);
	assert_int_equal(counts.services, 2);
	assert_int_equal(counts.waiting, 0);
	end_world(&world);
}

static void test_nothing_before_the_list(void **state)
{
	struct world world;

	(void)state;
	prepare(&world, "10.0.0.1");
	begin(&world, &server_ops);
	kvip_balancer_begin(world.balancer);
	create(&world, "a", 1, "", "");
	settle(&world);
	assert_int_equal(world.n_done, 0);
	kvip_balancer_complete(world.balancer);
	settle(&world);
	has(&world, "a", "10.0.0.1");
	end_world(&world);
}

/* Who was first in the list is not who has the address. */
static void test_what_they_have_stays(void **state)
{
	struct world world;

	(void)state;
	prepare(&world, "10.0.0.1-10.0.0.3");
	create(&world, "a", 1, "", "");
	create_with(&world, "b", 2, "10.0.0.1");
	create_with(&world, "c", 3, "10.0.0.3");
	lead(&world);
	has(&world, "a", "10.0.0.2");
	has(&world, "b", "10.0.0.1");
	has(&world, "c", "10.0.0.3");
	assert_int_equal(world.n_done, 1);
	assert_string_equal(world.told, "a: The load balancer has 10.0.0.2|");

	/* and with the next leader */
	kvip_balancer_free(world.balancer);
	world.n_done = 0;
	lead(&world);
	assert_int_equal(world.n_done, 0);
	end_world(&world);
}

static void test_two_have_one_address(void **state)
{
	struct world world;

	(void)state;
	prepare(&world, "10.0.0.1-10.0.0.3");
	create_with(&world, "young", 9, "10.0.0.1");
	create_with(&world, "old", 2, "10.0.0.1");
	lead(&world);
	has(&world, "old", "10.0.0.1");
	has(&world, "young", "10.0.0.2");
	assert_int_equal(world.n_done, 1);
	end_world(&world);
}

static void test_the_oldest_that_waits_is_first(void **state)
{
	struct world world;
	struct kvip_balancer_counts counts;

	(void)state;
	start(&world, "10.0.0.1");
	create(&world, "a", 1, "", "");
	settle(&world);
	create(&world, "c", 30, "", "");
	settle(&world);
	create(&world, "b", 20, "", "");
	settle(&world);
	has(&world, "c", "(no pool has a free IPv4 address)");
	has(&world, "b", "(no pool has a free IPv4 address)");
	kvip_balancer_count(world.balancer, &counts);
	assert_int_equal(counts.waiting, 2);
	/* the address comes free, and one comes that was not there before */
	vanish(&world, "a");
	create(&world, "d", 40, "", "");
	settle(&world);
	has(&world, "b", "10.0.0.1");
	has(&world, "c", "(no pool has a free IPv4 address)");
	has(&world, "d", "(no pool has a free IPv4 address)");
	vanish(&world, "b");
	settle(&world);
	has(&world, "c", "10.0.0.1");
	end_world(&world);
}

static void test_why_is_told_once(void **state)
{
	struct world world;

	(void)state;
	start(&world, "10.0.0.1");
	create_with(&world, "a", 1, "10.0.0.1");
	create(&world, "b", 2, "", "");
	settle(&world);
	change(&world, "b", "spec", "sessionAffinity", "'None'");
	settle(&world);
	assert_string_equal(world.told, "!b: no pool has a free IPv4 address|");
	end_world(&world);
}

static void test_a_service_that_is_being_deleted(void **state)
{
	struct world world;

	(void)state;
	start(&world, "10.0.0.1");
	create(&world, "a", 1, "", "");
	create(&world, "b", 2, "", "");
	settle(&world);
	change(&world, "a", "metadata", "finalizers", "['x/y']");
	change(&world, "a", "metadata", "deletionTimestamp",
	       "'2026-01-02T03:05:00Z'");
	settle(&world);
	has(&world, "a", "10.0.0.1");
	has(&world, "b", "(no pool has a free IPv4 address)");
	vanish(&world, "a");
	settle(&world);
	has(&world, "b", "10.0.0.1");
	end_world(&world);
}

/* The same when another leader had given the address. */
static void test_a_deleted_service_of_another_leader(void **state)
{
	struct world world;

	(void)state;
	prepare(&world, "10.0.0.1");
	create_with(&world, "a", 5, "10.0.0.1");
	change(&world, "a", "metadata", "deletionTimestamp",
	       "'2026-01-02T03:05:00Z'");
	create(&world, "b", 2, "", "");
	lead(&world);
	has(&world, "b", "(no pool has a free IPv4 address)");
	vanish(&world, "a");
	settle(&world);
	has(&world, "b", "10.0.0.1");
	end_world(&world);
}

static void test_another_type(void **state)
{
	struct world world;

	(void)state;
	start(&world, "10.0.0.1");
	create(&world, "a", 1, "", "");
	create(&world, "b", 2, "", "");
	settle(&world);
	world.held = true;
	change(&world, "a", "spec", "type", "'ClusterIP'");
	settle(&world);
	/* asked for, and not there yet: nobody else has the address */
	assert_int_equal(world.n_asked, 1);
	has(&world, "a", "10.0.0.1");
	world.held = false;
	settle(&world);
	has(&world, "a", "");
	has(&world, "b", "10.0.0.1");
	/* back again it waits */
	change(&world, "a", "spec", "type", "'LoadBalancer'");
	settle(&world);
	has(&world, "a", "(no pool has a free IPv4 address)");
	end_world(&world);
}

static void test_another_class(void **state)
{
	struct world world;

	(void)state;
	start(&world, "10.0.0.1");
	create(&world, "a", 1, "", "");
	create(&world, "b", 2, "", "");
	settle(&world);
	change(&world, "a", "spec", "loadBalancerClass", "'x/y'");
	settle(&world);
	has(&world, "a", "");
	has(&world, "b", "10.0.0.1");
	end_world(&world);
}

/* Another leader was stopped before it could take the address away. */
static void test_left_over(void **state)
{
	struct world world;

	(void)state;
	prepare(&world, "10.0.0.1");
	create(&world, "a", 1, "'type': 'ClusterIP'",
	       "'status': {'loadBalancer': {'ingress': [{'ip': '10.0.0.1'}]}}");
	create(&world, "b", 2, "", "");
	create(&world, "c", 3, "'type': 'NodePort'",
	       "'status': {'loadBalancer': {'ingress': [{'ip': '10.0.0.1'}]}}");
	lead(&world);
	has(&world, "a", "");
	has(&world, "b", "10.0.0.1");
	has(&world, "c", "");
	end_world(&world);
}

/* What comes free is given out again, the first one first. */
static void test_the_first_free_one(void **state)
{
	struct world world;

	(void)state;
	start(&world, "10.0.0.1-10.0.0.4");
	create(&world, "a", 1, "", "");
	create(&world, "b", 2, "", "");
	create(&world, "c", 3, "", "");
	settle(&world);
	vanish(&world, "b");
	vanish(&world, "a");
	create(&world, "d", 4, "", "");
	create(&world, "e", 5, "", "");
	create(&world, "f", 6, "", "");
	settle(&world);
	has(&world, "c", "10.0.0.3");
	has(&world, "d", "10.0.0.1");
	has(&world, "e", "10.0.0.2");
	has(&world, "f", "10.0.0.4");
	end_world(&world);
}

/* What another controller gave is left alone, and given to nobody. */
static void test_another_controller(void **state)
{
	struct world world;

	(void)state;
	prepare(&world, "10.0.0.1-10.0.0.2");
	create(&world, "theirs", 9, "'loadBalancerClass': 'x/y'",
	       "'status': {'loadBalancer': {'ingress': [{'ip': '10.0.0.1'}]}}");
	create(&world, "a", 1, "", "");
	create(&world, "b", 2, "", "");
	lead(&world);
	has(&world, "theirs", "10.0.0.1");
	has(&world, "a", "10.0.0.2");
	has(&world, "b", "(no pool has a free IPv4 address)");
	change(&world, "theirs", "status", "loadBalancer", "{}");
	settle(&world);
	has(&world, "b", "10.0.0.1");
	end_world(&world);
}

static void test_a_wanted_address(void **state)
{
	struct world world;

	(void)state;
	start(&world, "10.0.0.1-10.0.0.4");
	create(&world, "a", 1, "", "");
	settle(&world);
	create(&world, "b", 2, "'loadBalancerIP': '10.0.0.1'", "");
	settle(&world);
	has(&world, "b", "(10.0.0.1 is taken by demo/a)");
	/* the one that has it moves on its own wish */
	annotate(&world, "a", "{'kvip/load-balancer-ips': '10.0.0.4'}");
	settle(&world);
	has(&world, "a", "10.0.0.4");
	has(&world, "b", "10.0.0.1");
	change(&world, "b", "spec", "loadBalancerIP", "'10.9.9.9'");
	settle(&world);
	has(&world, "b", "(no pool has 10.9.9.9)");
	change(&world, "b", "spec", "loadBalancerIP", NULL);
	settle(&world);
	has(&world, "b", "10.0.0.1");
	end_world(&world);
}

/* A mistake in an annotation takes no address away. */
static void test_what_cannot_be_read(void **state)
{
	struct world world;

	(void)state;
	start(&world, "10.0.0.1-10.0.0.4");
	create(&world, "a", 1, "", "");
	settle(&world);
	annotate(&world, "a", "{'kvip/load-balancer-ips': 'web'}");
	create(&world, "b", 2, "", "");
	settle(&world);
	has(&world, "a",
	    "10.0.0.1(kvip/load-balancer-ips: \"web\" is not an IP address)");
	has(&world, "b", "10.0.0.2");
	annotate(&world, "a", "{}");
	settle(&world);
	has(&world, "a", "10.0.0.1");
	end_world(&world);
}

/* Pools that changed while nobody led. */
static void test_an_address_of_no_pool(void **state)
{
	struct world world;

	(void)state;
	prepare(&world, "10.0.0.1");
	create_with(&world, "a", 1, "192.0.2.1");
	create_with(&world, "b", 2, "192.0.2.2");
	lead(&world);
	has(&world, "a", "192.0.2.1");
	assert_int_equal(world.n_done, 0);
	/* until it asks for another */
	annotate(&world, "b", "{'kvip/address-pool': 'p'}");
	settle(&world);
	has(&world, "b", "10.0.0.1");
	has(&world, "a", "192.0.2.1");
	end_world(&world);
}

static void test_sharing(void **state)
{
	static const char *const key = "{'kvip/allow-shared-ip': 'k'}";
	struct world world;

	(void)state;
	start(&world, "10.0.0.1");
	create(&world, "a", 1, "", "");
	annotate(&world, "a", key);
	create(&world, "b", 2, "'ports': [{'port': 443}]", "");
	annotate(&world, "b", key);
	create(&world, "c", 3, "", "");
	annotate(&world, "c", key);
	settle(&world);
	has(&world, "a", "10.0.0.1");
	has(&world, "b", "10.0.0.1");
	has(&world, "c", "(no pool has a free IPv4 address)");
	/* the port that is in its way goes */
	change(&world, "a", "spec", "ports", "[{'port': 81}]");
	settle(&world);
	has(&world, "c", "10.0.0.1");
	has(&world, "a", "10.0.0.1");
	end_world(&world);
}

static void test_sharing_is_adopted(void **state)
{
	static const char *const key = "{'kvip/allow-shared-ip': 'k'}";
	struct world world;

	(void)state;
	prepare(&world, "10.0.0.1-10.0.0.2");
	create_with(&world, "a", 1, "10.0.0.1");
	annotate(&world, "a", key);
	create_with(&world, "b", 2, "10.0.0.1");
	annotate(&world, "b", key);
	change(&world, "b", "spec", "ports", "[{'port': 443}]");
	lead(&world);
	assert_int_equal(world.n_done, 0);
	/* without its key it is the one that has to go */
	annotate(&world, "b", "{}");
	settle(&world);
	has(&world, "a", "10.0.0.1");
	has(&world, "b", "10.0.0.2");
	end_world(&world);
}

static void test_a_second_family_comes_later(void **state)
{
	struct world world;

	(void)state;
	start(&world, "10.0.0.1-10.0.0.2, fd00::1");
	create(&world, "a", 1, "'ipFamilies': ['IPv6']", "");
	create(&world, "b", 2,
	       "'ipFamilies': ['IPv4', 'IPv6'], 'ipFamilyPolicy': 'PreferDualStack'",
	       "");
	settle(&world);
	has(&world, "b", "10.0.0.1");
	vanish(&world, "a");
	settle(&world);
	has(&world, "b", "10.0.0.1 fd00::1");
	/* and goes with the family */
	change(&world, "b", "spec", "ipFamilies", "['IPv4']");
	settle(&world);
	has(&world, "b", "10.0.0.1");
	end_world(&world);
}

static void test_a_conflict(void **state)
{
	struct world world;

	(void)state;
	start(&world, "10.0.0.1");
	world.held = true;
	create(&world, "a", 1, "", "");
	settle(&world);
	assert_int_equal(world.n_asked, 1);
	/* somebody is faster, and we hear of it before the answer */
	annotate(&world, "a", "{'x': 'y'}");
	world.held = false;
	settle(&world);
	assert_int_equal(world.n_conflicts, 1);
	has(&world, "a", "10.0.0.1");
	end_world(&world);
}

/* The news of what was faster are lost, or late. */
static void test_a_conflict_without_news(void **state)
{
	struct world world;
	struct json_object *service;
	struct kvip_balancer *balancer;

	(void)state;
	start(&world, "10.0.0.1");
	world.held = true;
	create(&world, "a", 1, "", "");
	settle(&world);
	balancer = world.balancer;
	world.balancer = NULL;
	annotate(&world, "a", "{'x': 'y'}");
	world.balancer = balancer;
	world.held = false;
	until(&world, world.n_conflicts == 2);
	service = current(&world, "a");
	kvip_balancer_put(world.balancer, service);
	settle(&world);
	has(&world, "a", "10.0.0.1");
	end_world(&world);
}

static void test_writes_fail(void **state)
{
	struct world world;

	(void)state;
	start(&world, "10.0.0.1");
	world.broken = 3;
	create(&world, "a", 1, "", "");
	until(&world, !strcmp(state_of(&world, "a"), "10.0.0.1"));
	assert_int_equal(world.broken, 0);
	end_world(&world);
}

/* After its write and before the news of it nothing is written again. */
static void test_news_are_waited_for(void **state)
{
	struct world world;
	struct asked asked;

	(void)state;
	start(&world, "10.0.0.1");
	world.held = true;
	create(&world, "a", 1, "", "");
	settle(&world);
	assert_int_equal(world.n_asked, 1);
	asked = world.asked[0];
	world.n_asked = 0;
	kvip_balancer_written(world.balancer, asked.ticket,
			      KVIP_BALANCER_WRITTEN, NULL);
	settle(&world);
	assert_int_equal(world.n_asked, 0);
	/* a ticket counts once */
	kvip_balancer_written(world.balancer, asked.ticket,
			      KVIP_BALANCER_FAILED, NULL);
	settle(&world);
	assert_int_equal(world.n_asked, 0);
	json_object_put(asked.service);
	json_object_put(asked.status);
	end_world(&world);
}

static void test_sixteen_writes_at_a_time(void **state)
{
	struct world world;
	char name[16];
	int i;

	(void)state;
	start(&world, "10.0.0.0/24");
	world.held = true;
	for (i = 0; i < 50; i++) {
		snprintf(name, sizeof(name), "s%d", i);
		create(&world, name, i, "", "");
	}
	settle(&world);
	assert_int_equal(world.n_asked, 16);
	/* two that are on their way go, one that is not */
	vanish(&world, "s0");
	vanish(&world, "s40");
	world.held = false;
	settle(&world);
	for (i = 1; i < 50; i++) {
		snprintf(name, sizeof(name), "s%d", i);
		if (i != 40)
			assert_int_not_equal(strlen(state_of(&world, name)), 0);
	}
	end_world(&world);
}

static void test_lists_again(void **state)
{
	struct world world;

	(void)state;
	start(&world, "10.0.0.1");
	create(&world, "a", 1, "", "");
	create(&world, "b", 2, "", "");
	settle(&world);
	/* its end was missed */
	json_object_object_del(world.services, "a");
	list(&world);
	settle(&world);
	has(&world, "b", "10.0.0.1");
	/* a list that tells nothing new changes nothing */
	world.n_done = 0;
	list(&world);
	settle(&world);
	assert_int_equal(world.n_done, 0);
	end_world(&world);
}

static void test_another_one_of_the_name(void **state)
{
	struct world world;

	(void)state;
	start(&world, "10.0.0.1");
	create(&world, "a", 1, "", "");
	create(&world, "b", 2, "", "");
	settle(&world);
	/* deleted and made again: it is younger than who waits */
	create(&world, "a", 9, "", "");
	settle(&world);
	has(&world, "b", "10.0.0.1");
	has(&world, "a", "(no pool has a free IPv4 address)");
	end_world(&world);
}

static void test_no_pools(void **state)
{
	struct world world;

	(void)state;
	new_world(&world);
	create(&world, "a", 1, "", "");
	create_with(&world, "b", 2, "10.0.0.1");
	lead(&world);
	has(&world, "a", "(there is no pool of addresses)");
	has(&world, "b", "10.0.0.1");
	end_world(&world);
}

static void test_status_is_somebody_elses_fault(void **state)
{
	struct world world;

	(void)state;
	start(&world, "10.0.0.1-10.0.0.9");
	create(&world, "a", 1, "", "");
	settle(&world);
	change(&world, "a", "status", "loadBalancer",
	       "{'ingress': [{'ip': '10.0.0.7'}]}");
	settle(&world);
	has(&world, "a", "10.0.0.1");
	end_world(&world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_an_address),
		cmocka_unit_test(test_nothing_before_the_list),
		cmocka_unit_test(test_what_they_have_stays),
		cmocka_unit_test(test_two_have_one_address),
		cmocka_unit_test(test_the_oldest_that_waits_is_first),
		cmocka_unit_test(test_why_is_told_once),
		cmocka_unit_test(test_a_service_that_is_being_deleted),
		cmocka_unit_test(test_a_deleted_service_of_another_leader),
		cmocka_unit_test(test_another_type),
		cmocka_unit_test(test_another_class),
		cmocka_unit_test(test_left_over),
		cmocka_unit_test(test_the_first_free_one),
		cmocka_unit_test(test_another_controller),
		cmocka_unit_test(test_a_wanted_address),
		cmocka_unit_test(test_what_cannot_be_read),
		cmocka_unit_test(test_an_address_of_no_pool),
		cmocka_unit_test(test_sharing),
		cmocka_unit_test(test_sharing_is_adopted),
		cmocka_unit_test(test_a_second_family_comes_later),
		cmocka_unit_test(test_a_conflict),
		cmocka_unit_test(test_a_conflict_without_news),
		cmocka_unit_test(test_writes_fail),
		cmocka_unit_test(test_news_are_waited_for),
		cmocka_unit_test(test_sixteen_writes_at_a_time),
		cmocka_unit_test(test_lists_again),
		cmocka_unit_test(test_another_one_of_the_name),
		cmocka_unit_test(test_no_pools),
		cmocka_unit_test(test_status_is_somebody_elses_fault),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
