// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Which addresses a node announces, alone and among others: two announcers with a
 * kernel each that only notes what it is told, and a server of Leases.
 */
#include "lease_server.h"

#include "announcer.h"
#include "announcer_wanted.h"
#include "cluster.h"
#include "lb_config.h"
#include "lease.h"
#include "log.h"

/* Of all times; a slow machine sets its bound. */
#define SCALE 0.04
#define DURATION (KVIP_LEASE_DURATION * SCALE)

#define LEASE "kvip-vip-203-0-113-10"

#define SERVICE_OF(name, spec, ingress)                                    \
	"---\nkind: Service\napiVersion: v1\nmetadata: {namespace: d, "    \
	"name: " name "}\nspec: {type: LoadBalancer, clusterIP: 10.0.0.1," \
	" ports: [{port: 80}]" spec "}\n"                                  \
	"status: {loadBalancer: {ingress: [" ingress "]}}\n"
#define SERVICE(spec) SERVICE_OF("w", spec, "{ip: 203.0.113.10}")
#define LOCAL ", externalTrafficPolicy: Local"
#define SLICE_OF(service, name, family, endpoints)                    \
	"---\nkind: EndpointSlice\napiVersion: discovery.k8s.io/v1\n" \
	"metadata: {namespace: d, name: " name                        \
	", labels: {kubernetes.io/service-name: " service "}}\n"      \
	"addressType: " family "\nports: [{name: '', port: 8080}]\n"  \
	"endpoints: [" endpoints "]\n"
#define SLICE(endpoints) SLICE_OF("w", "s", "IPv4", endpoints)
#define ENDPOINT(node, conditions)                                             \
	"{addresses: [10.1.0.1], nodeName: " node ", conditions: {" conditions \
	"}}"
#define ON(node) ENDPOINT(node, "ready: true")
#define DRAINING(node) \
	ENDPOINT(node, "ready: false, serving: true, terminating: true")
#define NODE(name, more) \
	"---\nkind: Node\napiVersion: v1\nmetadata: {name: " name more "}\n"

#define NOTHING NODE("node-a", "")

/* Pools of 203.0.113.0/24 and 2001:db8:1b::/64 on eth0, 198.51.100.0/24 on none. */
static struct kvip_range range4, range6, other;
static struct kvip_pool pools[] = {
	{ .name = "a", .ranges = &range4, .n_ranges = 1, .interface = "eth0" },
	{ .name = "b", .ranges = &range6, .n_ranges = 1, .interface = "eth0" },
	{ .name = "c", .ranges = &other, .n_ranges = 1 },
};

static const struct kvip_lb_config config = { .pools = pools, .n_pools = 3 };

static struct kvip_addr addr(const char *text)
{
	struct kvip_addr parsed;

	assert_true(kvip_addr_parse(text, &parsed));
	return parsed;
}

static int set_up(void **state)
{
	(void)state;
	range4.first = addr("203.0.113.0");
	range4.last = addr("203.0.113.255");
	range6.first = addr("2001:db8:1b::");
	range6.last = addr("2001:db8:1b::ffff");
	other.first = addr("198.51.100.0");
	other.last = addr("198.51.100.255");
	kvip_log_set_level(KVIP_LOG_ERROR);
	return 0;
}

/* "203.0.113.10 eth0 yes; " */
static void check_wanted(const char *text, const char *expected)
{
	struct kvip_wanted_list list;
	char got[1024] = "", word[INET6_ADDRSTRLEN];
	struct kvip_model model;
	size_t i;

	kvip_model_init(&model);
	cluster_add(&model, text);
	kvip_wanted_list(&list, &model, &config, "node-a");
	for (i = 0; i < list.n; i++)
		snprintf(got + strlen(got), sizeof(got) - strlen(got),
			 "%s %s %s; ",
			 kvip_addr_text(&list.items[i].addr, word),
			 list.items[i].interface,
			 list.items[i].candidate ? "yes" : "no");
	if (strcmp(got, expected))
		fail_msg("of %s\nexpected \"%s\", got \"%s\"", text, expected,
			 got);
	kvip_wanted_free(&list);
	kvip_model_free(&model);
}

#define YES "203.0.113.10 eth0 yes; "
#define NO "203.0.113.10 eth0 no; "

static void which_addresses_are_announced(void **state)
{
	(void)state;
	check_wanted(SERVICE(""), YES);
	check_wanted(SERVICE_OF("w", "",
				"{ip: '2001:db8:1b::1'}, {hostname: x}, "
				"{ip: 203.0.113.10, ipMode: VIP}"),
		     YES "2001:db8:1b::1 eth0 yes; ");
	/* S8, another pool, no pool */
	check_wanted(SERVICE_OF("w", "", "{ip: 203.0.113.10, ipMode: Proxy}"),
		     "");
	check_wanted(SERVICE_OF("w", "", "{ip: 198.51.100.1}"), "");
	check_wanted(SERVICE_OF("w", "", "{ip: 192.0.2.1}"), "");
	check_wanted(SERVICE_OF("w", "", ""), "");
	/* another type, with what it had before */
	check_wanted(
		"---\nkind: Service\napiVersion: v1\nmetadata: "
		"{namespace: d, name: w}\nspec: {clusterIP: 10.0.0.1, ports: [{port: 80}]}\n"
		"status: {loadBalancer: {ingress: [{ip: 203.0.113.10}]}}\n",
		"");
	check_wanted(SLICE(ON("node-a")), "");
}

static void which_node_is_a_candidate(void **state)
{
	static const struct {
		const char *text;
		const char *expected;
	} rows[] = {
		{ SERVICE("") SLICE(ON("node-b")), YES },
		{ SERVICE(LOCAL) SLICE(ON("node-a")), YES },
		{ SERVICE(LOCAL) SLICE(ON("node-b")), NO },
		{ SERVICE(LOCAL) SLICE(ON("node-b") ", " ON("node-a")), YES },
		/* nobody has one: it rejects, wherever */
		{ SERVICE(LOCAL), YES },
		{ SERVICE(LOCAL) SLICE(""), YES },
		{ SERVICE(LOCAL) SLICE(ENDPOINT("node-b", "ready: false")),
		  YES },
		/* ready before draining, and that before nothing */
		{ SERVICE(LOCAL) SLICE(DRAINING("node-a") ", " ON("node-b")),
		  NO },
		{ SERVICE(LOCAL) SLICE(DRAINING("node-a")), YES },
		{ SERVICE(LOCAL) SLICE(DRAINING("node-b")), NO },
		/* on no node: no node does better than others, and none does */
		{ SERVICE(LOCAL) SLICE("{addresses: [10.1.0.1]}"), NO },
		/* the other family's say nothing */
		{ SERVICE(LOCAL) SLICE(ON("node-b")) SLICE_OF(
			  "w", "t", "IPv6",
			  "{addresses: ['fd00::1'], nodeName: node-a}"),
		  NO },
		/* all who share it */
		{ SERVICE(LOCAL) SLICE(ON("node-b"))
			  SERVICE_OF("v", "", "{ip: 203.0.113.10}"),
		  NO },
		{ SERVICE(LOCAL) SLICE(ON("node-a"))
			  SERVICE_OF("v", "", "{ip: 203.0.113.10}"),
		  YES },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(rows); i++)
		check_wanted(rows[i].text, rows[i].expected);
}

/* A node, and its kernel. */
struct test_node {
	struct test *test;
	struct kvip_announcer *announcer;
	struct kvip_announcement has[8];
	size_t n;
	unsigned int calls;
	unsigned int again;
	bool fails; /* nothing can be put on */
	bool down; /* the interface */
	bool foreign; /* all addresses are there already, and not ours */
	uint8_t mac; /* its last byte */
};

static struct test {
	struct lease_server server;
	struct test_node nodes[2];
	bool among_others;
} test;

static bool has(const struct test_node *node)
{
	return node->n > 0;
}

static bool finds(const struct test_node *node,
		  const struct kvip_announcement *item)
{
	size_t i;

	for (i = 0; i < node->n; i++)
		if (!kvip_addr_cmp(&node->has[i].addr, &item->addr))
			return true;
	return false;
}

static int announce(struct test_node *node,
		    const struct kvip_announcement *list, size_t n,
		    enum kvip_announced *outcomes,
		    struct kvip_announce_report *report)
{
	struct test_node old = *node;
	size_t i;

	node->calls++;
	memset(report, 0, sizeof(*report));
	node->n = 0;
	assert_in_range(n, 0, ARRAY_SIZE(node->has));
	for (i = 0; i < n; i++) {
		bool there = finds(&old, &list[i]);

		assert_string_equal(list[i].interface, "eth0");
		outcomes[i] = there		? KVIP_ANNOUNCED_THERE :
			      node->foreign	? KVIP_ANNOUNCED_FOREIGN :
			      list[i].only_kept ? KVIP_ANNOUNCED_ABSENT :
						  KVIP_ANNOUNCED_NEW;
		if (node->fails && !list[i].only_kept) {
			outcomes[i] = KVIP_ANNOUNCED_FAILED;
			report->n_failed++;
			kvip_err_set(&report->why, "so it is");
		} else if (outcomes[i] != KVIP_ANNOUNCED_ABSENT) {
			node->has[node->n++] = list[i];
		}
		if (list[i].only_kept)
			continue;
		if (node->test->among_others)
			assert_in_range(list[i].seconds, 1, 13);
		else
			assert_int_equal(list[i].seconds, 0);
	}
	/* what all of this is for */
	assert_false(has(&test.nodes[0]) && has(&test.nodes[1]));
	/* it goes before its Lease does */
	if (node->test->among_others && has(&old) && !has(node) &&
	    test.server.clients[node - test.nodes].fault == WELL)
		assert_string_equal(lease_field(&test.server, LEASE,
						"holderIdentity"),
				    node == test.nodes ? "node-a" : "node-b");
	return 0;
}

static int look(const struct test_node *node, struct kvip_announce_link *link)
{
	memset(link, 0, sizeof(*link));
	link->index = 2;
	link->up = !node->down;
	link->running = !node->down;
	link->neighbours = true;
	link->mac[5] = node->mac;
	return 0;
}

#define KERNEL_OF(i)                                                           \
	static int announce_##i(const struct kvip_announcement *list,          \
				size_t n, enum kvip_announced *outcomes,       \
				struct kvip_announce_report *report,           \
				struct kvip_err *err)                          \
	{                                                                      \
		(void)err;                                                     \
		return announce(&test.nodes[i], list, n, outcomes, report);    \
	}                                                                      \
	static int again_##i(const struct kvip_announcement *item,             \
			     struct kvip_err *err)                             \
	{                                                                      \
		(void)err;                                                     \
		assert_true(finds(&test.nodes[i], item));                      \
		test.nodes[i].again++;                                         \
		return 0;                                                      \
	}                                                                      \
	static int look_##i(const char *name, struct kvip_announce_link *link, \
			    struct kvip_err *err)                              \
	{                                                                      \
		(void)err;                                                     \
		assert_string_equal(name, "eth0");                             \
		return look(&test.nodes[i], link);                             \
	}

KERNEL_OF(0)
KERNEL_OF(1)

static const struct kvip_announcer_kernel kernels[] = {
	{ announce_0, again_0, look_0 },
	{ announce_1, again_1, look_1 },
};

static struct test_node *new_node(unsigned int i, bool leases)
{
	struct test_node *node = &test.nodes[i];
	const struct kvip_announcer_spec spec = {
		.config = &config,
		.http = leases ? test.server.clients[i].http : NULL,
		.node = i ? "node-b" : "node-a",
		.kernel = &kernels[i],
		.scale = SCALE,
	};

	node->test = &test;
	node->announcer = kvip_announcer_new(test.server.base, &spec);
	return node;
}

static void begin(bool among_others)
{
	memset(&test, 0, sizeof(test));
	lease_server_begin(&test.server);
	test.among_others = among_others;
	new_node(0, among_others);
	if (among_others)
		new_node(1, true);
}

static void end(void)
{
	kvip_announcer_free(test.nodes[0].announcer, false);
	kvip_announcer_free(test.nodes[1].announcer, false);
	lease_server_end(&test.server);
}

static void update(struct test_node *node, const char *text)
{
	struct kvip_model model;

	kvip_model_init(&model);
	cluster_add(&model, text);
	kvip_announcer_update(node->announcer, &model);
	kvip_model_free(&model);
}

static void update_both(const char *text)
{
	update(&test.nodes[0], text);
	update(&test.nodes[1], text);
}

static bool node_has(void *arg)
{
	return has(arg);
}

static bool has_not(void *arg)
{
	return !has(arg);
}

static bool told_3(void *arg)
{
	return ((struct test_node *)arg)->again >= 3;
}

static bool told_4(void *arg)
{
	return ((struct test_node *)arg)->again >= 4;
}

static bool one_has(void *arg)
{
	(void)arg;
	return has(&test.nodes[0]) || has(&test.nodes[1]);
}

static bool no_lease(void *arg)
{
	(void)arg;
	return !json_object_object_length(test.server.leases);
}

static void until(bool (*done)(void *arg), void *arg)
{
	if (!lease_run(&test.server, LATE, done, arg))
		fail_msg("it did not come to it");
}

static void pass(double seconds)
{
	lease_run(&test.server, seconds, NULL, NULL);
}

/* The node that has it, and the other one. */
static struct test_node *holder(struct test_node **rest)
{
	struct test_node *node;

	until(one_has, NULL);
	node = &test.nodes[!has(&test.nodes[0])];
	*rest = &test.nodes[node == test.nodes];
	return node;
}

static void alone_it_announces_for_good(void **state)
{
	struct test_node *node = test.nodes;

	(void)state;
	begin(false);
	pass(SCALE);
	/* nothing is taken away before the cluster is known */
	assert_int_equal(node->calls, 0);
	update(node, SERVICE(""));
	assert_int_equal(node->calls, 1);
	assert_true(has(node));
	assert_int_equal(kvip_announcer_stats(node->announcer).held, 1);

	/* told at once by the kernel's side, and three times more */
	until(told_3, node);
	pass(SCALE * 10);
	assert_int_equal(node->again, 3);

	/* nothing changes for it, nothing is done */
	node->calls = 0;
	update(node, SERVICE("") SLICE(ON("node-b")));
	update(node, SERVICE_OF("w", "", "{ip: 203.0.113.10}, {hostname: x}"));
	assert_int_equal(node->calls, 0);

	update(node, SERVICE(LOCAL) SLICE(ON("node-b")));
	assert_false(has(node));
	update(node, SERVICE(LOCAL) SLICE(ON("node-a")));
	assert_true(has(node));
	update(node, NOTHING);
	assert_false(has(node));
	assert_int_equal(kvip_announcer_stats(node->announcer).held, 0);

	update(node, SERVICE(""));
	kvip_announcer_free(node->announcer, true);
	node->announcer = NULL;
	assert_true(has(node));
	assert_int_equal(test.server.clients[0].requests, 0);
	end();
}

static void lists_are_merged(void **state)
{
	struct test_node *node = test.nodes;

	(void)state;
	begin(false);
	update(node,
	       SERVICE_OF("w", "", "{ip: 203.0.113.10}, {ip: 203.0.113.30}"));
	assert_int_equal(node->n, 2);
	update(node, SERVICE_OF("w", "",
				"{ip: 203.0.113.1}, {ip: 203.0.113.20}, "
				"{ip: 203.0.113.30}, {ip: '2001:db8:1b::1'}"));
	assert_int_equal(node->n, 4);
	assert_memory_equal(node->has[0].addr.bytes, addr("203.0.113.1").bytes,
			    4);
	assert_memory_equal(node->has[1].addr.bytes, addr("203.0.113.20").bytes,
			    4);
	assert_memory_equal(node->has[2].addr.bytes, addr("203.0.113.30").bytes,
			    4);
	assert_int_equal(node->has[3].addr.family, AF_INET6);
	assert_int_equal(kvip_announcer_stats(node->announcer).wanted, 4);
	end();
}

static void what_fails_is_tried_again(void **state)
{
	struct test_node *node = test.nodes;

	(void)state;
	begin(false);
	node->fails = true;
	update(node, SERVICE(""));
	assert_int_equal(kvip_announcer_stats(node->announcer).failed, 1);
	node->fails = false;
	until(node_has, node);
	assert_int_equal(kvip_announcer_stats(node->announcer).failed, 0);
	assert_in_range(node->calls, 2, 3);
	end();
}

static void what_somebody_else_put_there_is_told_of(void **state)
{
	struct test_node *node = test.nodes;

	(void)state;
	begin(false);
	node->foreign = true;
	update(node, SERVICE(""));
	/* at once, by us: the kernel's side did not */
	assert_int_equal(node->again, 1);
	until(told_4, node);
	pass(SCALE * 10);
	assert_int_equal(node->again, 4);
	end();
}

static void of_two_nodes_one_has_it(void **state)
{
	struct test_node *node, *rest;

	(void)state;
	begin(true);
	update_both(SERVICE(""));
	node = holder(&rest);
	assert_string_equal(lease_field(&test.server, LEASE, "holderIdentity"),
			    node == test.nodes ? "node-a" : "node-b");
	assert_non_null(
		strstr(test.server.bodies, "\"namespace\":\"kube-system\""));
	pass(DURATION * 2);
	assert_true(has(node));
	until(told_3, node);
	assert_int_equal(rest->again, 0);

	/* it ends, and the other one goes on at once */
	kvip_announcer_free(node->announcer, true);
	node->announcer = NULL;
	assert_false(has(node));
	assert_string_equal(
		lease_field(&test.server, LEASE, "leaseTransitions"), "0");
	assert_string_equal(lease_field(&test.server, LEASE, "holderIdentity"),
			    "");
	until(node_has, rest);
	until(told_3, rest);
	end();
}

static void an_address_without_a_service_has_no_lease(void **state)
{
	struct test_node *rest;

	(void)state;
	begin(true);
	update_both(SERVICE(""));
	holder(&rest);
	/* it has to be the holder's to delete */
	update_both(NOTHING);
	until(no_lease, NULL);
	pass(DURATION);
	assert_true(no_lease(NULL));
	assert_false(has(&test.nodes[0]) || has(&test.nodes[1]));

	update_both(SERVICE_OF("w", "", "{ip: '2001:db8:1b::'}"));
	until(one_has, NULL);
	assert_string_not_equal(lease_field(&test.server,
					    "kvip-vip-2001-db8-1b--0",
					    "holderIdentity"),
				"");
	end();
}

static void it_moves_with_its_endpoints(void **state)
{
	(void)state;
	begin(true);
	update_both(SERVICE(LOCAL) SLICE(ON("node-a")));
	until(node_has, &test.nodes[0]);
	update_both(SERVICE(LOCAL) SLICE(ON("node-b")));
	until(node_has, &test.nodes[1]);
	update_both(SERVICE(LOCAL) SLICE(ON("node-a")));
	until(node_has, &test.nodes[0]);
	end();
}

static void it_leaves_a_node_that_can_not(void **state)
{
	struct test_node *node, *rest;
	int i;

	(void)state;
	for (i = 0; i < 4; i++) {
		begin(true);
		update_both(SERVICE(""));
		node = holder(&rest);
		switch (i) {
		case 0:
			node->down = true;
			break;
		case 1:
			node->fails = true;
			break;
		case 2:
			test.server.clients[node - test.nodes].fault = SILENT;
			break;
		case 3:
			update(node,
			       node == test.nodes ?
				       SERVICE("") NODE(
					       "node-a",
					       ", deletionTimestamp: '2026-01-01T00:00:00Z'") :
				       SERVICE("") NODE(
					       "node-b",
					       ", deletionTimestamp: '2026-01-01T00:00:00Z'"));
			break;
		}
		until(has_not, node);
		until(node_has, rest);
		end();
	}
}

static void neighbours_are_told_when_an_interface_changes(void **state)
{
	struct test_node *node, *rest;

	(void)state;
	begin(true);
	update_both(SERVICE(""));
	node = holder(&rest);
	until(told_3, node);
	pass(SCALE * 6);
	assert_int_equal(node->again, 3);
	node->again = 0;
	node->mac = 7;
	until(told_4, node);
	pass(SCALE * 6);
	assert_int_equal(node->again, 4);
	end();
}

static void one_that_starts_again_goes_on(void **state)
{
	struct test_node *node = test.nodes;
	unsigned int writes;
	int i;

	(void)state;
	begin(true);
	update(node, SERVICE(""));
	until(node_has, node);
	kvip_announcer_free(node->announcer, false);
	assert_true(has(node));
	node->again = 0;
	writes = test.server.clients[0].writes;
	new_node(0, true);
	update(node, SERVICE(""));
	for (i = 0; i < 1000 && test.server.clients[0].writes == writes; i++) {
		assert_true(has(node));
		pass(0.01);
	}
	assert_true(test.server.clients[0].writes > writes);
	pass(DURATION);
	assert_true(has(node));
	end();
}

static void one_that_starts_again_too_late_does_not(void **state)
{
	struct test_node *node = test.nodes, *rest = &test.nodes[1];

	(void)state;
	begin(true);
	update(node, SERVICE(""));
	until(node_has, node);
	kvip_announcer_free(node->announcer, false);
	/* the kernel's time for it is over */
	node->n = 0;
	update(rest, SERVICE(""));
	until(node_has, rest);
	new_node(0, true);
	update(node, SERVICE(""));
	pass(DURATION);
	assert_false(has(node));
	assert_true(has(rest));
	end();
}

static void releasing_does_not_wait_for_ever(void **state)
{
	struct test_node *node = test.nodes;
	double at;

	(void)state;
	begin(true);
	update(node, SERVICE(""));
	until(node_has, node);
	test.server.clients[0].fault = SILENT;
	at = kvip_clock_monotonic();
	kvip_announcer_free(node->announcer, true);
	node->announcer = NULL;
	assert_true(kvip_clock_monotonic() - at < DURATION);
	assert_false(has(node));
	end();
}

static void many_addresses_are_cheap(void **state)
{
	static const char head[] = SERVICE_OF("w", "", "{ip: 203.0.113.10}");
	struct kvip_model model;
	double at;
	char text[1024];
	int i;

	(void)state;
	begin(false);
	kvip_model_init(&model);
	cluster_add(&model, head);
	for (i = 0; i < 10000; i++) {
		snprintf(text, sizeof(text),
			 "---\nkind: Service\napiVersion: v1\nmetadata: "
			 "{namespace: d, name: s%d}\nspec: {clusterIP: "
			 "10.0.%d.%d, ports: [{port: 80}]}\n",
			 i, i / 250 + 1, i % 250 + 1);
		cluster_add(&model, text);
	}
	kvip_announcer_update(test.nodes[0].announcer, &model);
	at = kvip_clock_monotonic();
	for (i = 0; i < 10; i++)
		kvip_announcer_update(test.nodes[0].announcer, &model);
	at = (kvip_clock_monotonic() - at) / 10;
	print_message("an update of 10,000 Services takes %.0f us\n", at * 1e6);
	assert_int_equal(test.nodes[0].calls, 1);
	/* 1 ms is usual */
	assert_true(at < 0.1);
	kvip_model_free(&model);
	end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(which_addresses_are_announced),
		cmocka_unit_test(which_node_is_a_candidate),
		cmocka_unit_test(alone_it_announces_for_good),
		cmocka_unit_test(lists_are_merged),
		cmocka_unit_test(what_fails_is_tried_again),
		cmocka_unit_test(what_somebody_else_put_there_is_told_of),
		cmocka_unit_test(of_two_nodes_one_has_it),
		cmocka_unit_test(an_address_without_a_service_has_no_lease),
		cmocka_unit_test(it_moves_with_its_endpoints),
		cmocka_unit_test(it_leaves_a_node_that_can_not),
		cmocka_unit_test(neighbours_are_told_when_an_interface_changes),
		cmocka_unit_test(one_that_starts_again_goes_on),
		cmocka_unit_test(one_that_starts_again_too_late_does_not),
		cmocka_unit_test(releasing_does_not_wait_for_ever),
		cmocka_unit_test(many_addresses_are_cheap),
	};

	return cmocka_run_group_tests(tests, set_up, NULL);
}
