// SPDX-License-Identifier: GPL-2.0-or-later
/* Tables: what makes two services differ, and the ways to tell of them. */
#include "cluster.h"

#include <json-c/json.h>
#include <netlink/genl/genl.h>
#include <netlink/msg.h>
#include <sys/mman.h>
#include <unistd.h>

#include <linux/kvip.h>

#include "config.h"
#include "message.h"
#include "table.h"
#include "table_json.h"

static void set_prefix(struct kvip_prefix *prefix, const char *text)
{
	assert_true(kvip_prefix_parse(text, prefix));
}

static void set_addr(struct kvip_addr *addr, const char *text)
{
	assert_true(kvip_addr_parse(text, addr));
}

/* A service with something of everything. */
static void fill(struct kvip_table *table)
{
	struct kvip_service *service;
	struct kvip_frontend *frontend;
	struct kvip_backend *backend;

	kvip_table_init(table);
	service = kvip_table_add(table, "d/w:x", AF_INET, IPPROTO_UDP);
	service->flags = KVIP_SERVICE_F_ALL;
	service->affinity = 86400;
	service->affinity_group = strdup("d/w");
	set_prefix(kvip_service_add_range(service), "203.0.113.7");
	set_prefix(kvip_service_add_range(service), "10.0.0.0/8");
	frontend = kvip_service_add_frontend(service);
	set_addr(&frontend->addr, "203.0.113.1");
	frontend->port = 80;
	frontend->kind = KVIP_FRONTEND_LB_IP;
	frontend = kvip_service_add_frontend(service);
	set_addr(&frontend->addr, "0.0.0.0");
	frontend->port = 30080;
	frontend->kind = KVIP_FRONTEND_NODE_PORT;
	backend = kvip_service_add_backend(service);
	set_addr(&backend->addr, "10.1.0.1");
	backend->port = 8080;
	backend->flags = KVIP_BACKEND_F_ALL;
	backend->node = kvip_table_string(table, "a");
	kvip_table_add(table, "d/v", AF_INET6, IPPROTO_TCP);
	kvip_table_sort(table);
}

static void prefixes(void **state)
{
	static const struct {
		const char *text, *canonical;
	} rows[] = {
		{ "10.0.0.0/8", "10.0.0.0/8" },
		{ "10.255.3.4/9", "10.128.0.0/9" },
		{ "0.0.0.0/0", "0.0.0.0/0" },
		{ "1.2.3.4/0", "0.0.0.0/0" },
		{ "010.0.0.01/32", "10.0.0.1/32" },
		{ "10.0.0.1", "10.0.0.1/32" },
		{ "fd00::1", "fd00::1/128" },
		{ "fd00:0:0:1:2::/56", "fd00::/56" },
		{ "::/0", "::/0" },
		{ "::ffff:10.1.0.0/104", "10.0.0.0/8" },
		{ "::ffff:10.0.0.1", "10.0.0.1/32" },
		{ "10.0.0.0/33", NULL },
		{ "fd00::/129", NULL },
		{ "::ffff:10.0.0.0/95", NULL },
		{ "10.0.0.0/", NULL },
		{ "10.0.0.0/-1", NULL },
		{ "10.0.0.0/+8", NULL },
		{ "10.0.0.0/8x", NULL },
		{ "10.0.0.0/8/8", NULL },
		{ "10.0.0.0/4294967304", NULL },
		{ " 10.0.0.0/8", NULL },
		{ "10.0.0/8", NULL },
		{ "/8", NULL },
		{ "", NULL },
		{ "1111:2222:3333:4444:5555:6666:7777:8888:9999:aaaa:bbbb:cccc/1",
		  NULL },
	};
	char text[KVIP_PREFIX_LEN];
	struct kvip_prefix prefix;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		bool good = kvip_prefix_parse(rows[i].text, &prefix);

		if (good != !!rows[i].canonical)
			fail_msg("\"%s\" was %s", rows[i].text,
				 good ? "taken" : "refused");
		if (good)
			assert_string_equal(kvip_prefix_text(&prefix, text),
					    rows[i].canonical);
	}
}

static void what_a_prefix_contains(void **state)
{
	static const struct {
		const char *prefix, *addr;
		bool contains;
	} rows[] = {
		{ "10.0.0.0/8", "10.255.255.255", true },
		{ "10.0.0.0/8", "11.0.0.0", false },
		{ "10.128.0.0/9", "10.127.255.255", false },
		{ "10.128.0.0/9", "10.128.0.0", true },
		{ "0.0.0.0/0", "255.255.255.255", true },
		{ "0.0.0.0/0", "::1", false },
		{ "::/0", "10.0.0.1", false },
		{ "::/0", "fd00::1", true },
		{ "fd00::1", "fd00::1", true },
		{ "fd00::1", "fd00::2", false },
		{ "fd00::/65", "fd00::8000:0:0:0", false },
	};
	struct kvip_prefix prefix;
	struct kvip_addr addr;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		set_prefix(&prefix, rows[i].prefix);
		set_addr(&addr, rows[i].addr);
		if (kvip_prefix_contains(&prefix, &addr) != rows[i].contains)
			fail_msg("%s in %s", rows[i].addr, rows[i].prefix);
	}
}

enum {
	NO_CHANGE,
	AFFINITY,
	GROUP,
	NO_GROUP,
	RANGE,
	MORE_RANGES,
	FLAGS,
	COUNTS
};

static void change(struct kvip_service *service, int what)
{
	switch (what) {
	case AFFINITY:
		service->affinity--;
		break;
	case GROUP:
		service->affinity_group[0] = 'x';
		break;
	case NO_GROUP:
		free(service->affinity_group);
		service->affinity_group = NULL;
		break;
	case RANGE:
		service->ranges[0].length++;
		break;
	case MORE_RANGES:
		set_prefix(kvip_service_add_range(service), "192.0.2.0/24");
		break;
	case FLAGS:
		service->flags &= ~KVIP_SERVICE_F_EXTERNAL_LOCAL;
		break;
	case COUNTS:
		service->rejects++;
		service->drops_ranges++;
		service->drops_no_local++;
		break;
	}
}

static void what_makes_services_differ(void **state)
{
	int what;

	(void)state;
	for (what = NO_CHANGE; what <= COUNTS; what++) {
		struct kvip_table a, b;
		bool same;

		fill(&a);
		fill(&b);
		change(&b.services[1], what);
		same = kvip_service_same(&a.services[1], &b.services[1]);
		if (same != (what == NO_CHANGE || what == COUNTS))
			fail_msg("change %d", what);
		kvip_table_free(&a);
		kvip_table_free(&b);
	}
}

static void a_copy_has_its_own_lists(void **state)
{
	struct kvip_table a, b;
	size_t at;

	(void)state;
	fill(&a);
	kvip_table_init(&b);
	assert_false(kvip_table_find(&b, &a.services[1], &at));
	kvip_table_exchange(&b, at, false, &a.services[1]);
	assert_true(kvip_service_same(&a.services[1], &b.services[0]));
	change(&a.services[1], GROUP);
	change(&a.services[1], RANGE);
	assert_string_equal(b.services[0].affinity_group, "d/w");
	assert_int_equal(b.services[0].ranges[0].length, 8);
	kvip_table_free(&a);
	kvip_table_exchange(&b, 0, true, NULL);
	assert_int_equal(b.n_services, 0);
	kvip_table_free(&b);
}

static struct nlattr *service_attr(struct nl_msg *msg)
{
	struct nlmsghdr *header = nlmsg_hdr(msg);

	return nlmsg_find_attr(header, GENL_HDRLEN, KVIP_A_SERVICE);
}

/* Through messages and back; how many it took. */
static unsigned int through_messages(const struct kvip_service *service,
				     struct kvip_table *back)
{
	struct kvip_message_at at = { .begun = false };
	unsigned int n = 0;
	struct kvip_err err;
	bool more, told;

	do {
		struct nl_msg *msg =
			kvip_message_new(1, KVIP_CMD_SERVICE_SET, 0, 0);

		more = kvip_message_put_service(msg, service, &at);
		if (kvip_message_get_service(service_attr(msg), back, &told,
					     &err))
			fail_msg("%s", err.text);
		assert_int_equal(told, more);
		nlmsg_free(msg);
		n++;
	} while (more);
	return n;
}

static void a_service_through_messages(void **state)
{
	struct kvip_table table, back;
	size_t i;

	(void)state;
	fill(&table);
	kvip_table_init(&back);
	for (i = 0; i < table.n_services; i++)
		assert_int_equal(through_messages(&table.services[i], &back),
				 1);
	kvip_table_sort(&back);
	assert_int_equal(back.n_services, table.n_services);
	for (i = 0; i < table.n_services; i++)
		assert_true(kvip_service_same(&table.services[i],
					      &back.services[i]));
	kvip_table_free(&table);
	kvip_table_free(&back);
}

static void lists_that_go_on_in_further_messages(void **state)
{
	struct kvip_table table, back;
	struct kvip_service *service;
	unsigned int i;

	(void)state;
	kvip_table_init(&table);
	kvip_table_init(&back);
	service = kvip_table_add(&table, "d/w", AF_INET6, IPPROTO_TCP);
	service->affinity = 1;
	for (i = 0; i < KVIP_RANGES_MAX; i++) {
		char text[INET6_ADDRSTRLEN];

		snprintf(text, sizeof(text), "2001:db8::%x", i);
		set_prefix(kvip_service_add_range(service), text);
	}
	for (i = 0; i < KVIP_FRONTENDS_MAX; i++) {
		struct kvip_frontend *frontend;

		frontend = kvip_service_add_frontend(service);
		set_addr(&frontend->addr, "fd00::1");
		frontend->port = (uint16_t)(i + 1);
		frontend->kind = KVIP_FRONTEND_CLUSTER_IP;
	}
	for (i = 0; i < 5000; i++) {
		struct kvip_backend *backend =
			kvip_service_add_backend(service);

		set_addr(&backend->addr, "fd00::2");
		backend->port = (uint16_t)(i + 1);
	}
	kvip_table_sort(&table);
	assert_true(through_messages(&table.services[0], &back) > 6);
	kvip_table_sort(&back);
	assert_int_equal(back.n_services, 1);
	assert_true(kvip_service_same(&table.services[0], &back.services[0]));
	kvip_table_free(&table);
	kvip_table_free(&back);
}

static void counters_of_a_dump(void **state)
{
	struct nl_msg *msg = kvip_message_new(1, KVIP_CMD_SERVICE_SET, 0, 0);
	struct kvip_table table;
	struct kvip_err err;
	struct nlattr *nest;
	bool more;

	(void)state;
	nest = nla_nest_start(msg, KVIP_A_SERVICE | NLA_F_NESTED);
	nla_put_string(msg, KVIP_SERVICE_A_NAME, "d/w");
	nla_put_u8(msg, KVIP_SERVICE_A_FAMILY, AF_INET);
	nla_put_u8(msg, KVIP_SERVICE_A_PROTO, IPPROTO_TCP);
	nla_put_u64(msg, KVIP_SERVICE_A_CONNS, 1ULL << 40);
	nla_put_u64(msg, KVIP_SERVICE_A_REJECTS, 2);
	nla_put_u64(msg, KVIP_SERVICE_A_DROPS_NO_LOCAL, 3);
	nla_put_u64(msg, KVIP_SERVICE_A_DROPS_RANGES, 4);
	nla_nest_end(msg, nest);
	kvip_table_init(&table);
	assert_int_equal(kvip_message_get_service(service_attr(msg), &table,
						  &more, &err),
			 0);
	assert_false(more);
	assert_int_equal(table.services[0].conns, 1ULL << 40);
	assert_int_equal(table.services[0].rejects, 2);
	assert_int_equal(table.services[0].drops_no_local, 3);
	assert_int_equal(table.services[0].drops_ranges, 4);
	kvip_table_free(&table);
	nlmsg_free(msg);
}

/* Read a text as a saved file; -1 and the sentence behind the file's name. */
static int read_saved(const char *text, struct kvip_table *table,
		      struct kvip_err *err)
{
	struct kvip_config config;
	char path[64], *words;
	bool has_config;
	int fd, ret;

	fd = memfd_create("saved", 0);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	snprintf(path, sizeof(path), "/dev/fd/%d", fd);
	kvip_table_init(table);
	ret = kvip_saved_read(path, table, &config, &has_config, err);
	close(fd);
	if (ret && !strncmp(err->text, path, strlen(path))) {
		words = strchr(err->text, ' ');
		assert_non_null(words++);
		memmove(err->text, words, strlen(words) + 1);
	}
	return ret;
}

static void a_service_through_a_file(void **state)
{
	struct kvip_table table, back;
	struct kvip_err err;
	size_t i;

	(void)state;
	fill(&table);
	for (i = 0; i < table.n_services; i++) {
		struct json_object *json =
			kvip_service_json(&table.services[i], false);
		char *text;

		assert_true(asprintf(&text,
				     "{\"kind\": \"" KVIP_TABLE_KIND
				     "\", \"apiVersion\": \"" KVIP_TABLE_VERSION
				     "\", \"items\": [%s]}",
				     json_object_to_json_string(json)) > 0);
		if (read_saved(text, &back, &err))
			fail_msg("%s", err.text);
		assert_int_equal(back.n_services, 1);
		assert_true(kvip_service_same(&table.services[i],
					      &back.services[0]));
		kvip_table_free(&back);
		json_object_put(json);
		free(text);
	}
	kvip_table_free(&table);
}

#define SAVED(members)                                                  \
	"{\"kind\": \"KvipServiceList\", \"apiVersion\": \"kvip/v1\", " \
	"\"items\": [{\"name\": \"d/w\", \"family\": \"IPv4\", "        \
	"\"protocol\": \"TCP\"" members "}]}"

static void what_a_file_may_leave_out(void **state)
{
	const struct kvip_service *service;
	struct kvip_table table;
	struct kvip_err err;

	(void)state;
	/* as versions before affinity and ranges saved it */
	if (read_saved(SAVED(", \"hasAny\": true"), &table, &err))
		fail_msg("%s", err.text);
	service = &table.services[0];
	assert_int_equal(service->flags, KVIP_SERVICE_F_HAS_ANY);
	assert_int_equal(service->affinity, 0);
	assert_null(service->affinity_group);
	assert_int_equal(service->n_ranges, 0);
	kvip_table_free(&table);
}

static void what_a_file_must_not_say(void **state)
{
	static const struct {
		const char *text, *error;
	} rows[] = {
		{ "{\"kind\": \"KvipServiceList\", \"apiVersion\": \"kvip/v1\"}",
		  "a KvipServiceList has a list of items" },
		{ SAVED(", \"affinitySeconds\": 86401"),
		  "affinitySeconds: expected a number from 0 to 86400, found 86401" },
		{ SAVED(", \"affinitySeconds\": -1"),
		  "affinitySeconds: expected a number from 0 to 86400, found -1" },
		{ SAVED(", \"affinitySeconds\": \"3h\""),
		  "affinitySeconds: expected a number from 0 to 86400, found \"3h\"" },
		{ SAVED(", \"affinityGroup\": \"d/w\""),
		  "affinityGroup: a group is of no use without affinitySeconds" },
		{ SAVED(", \"affinitySeconds\": 5, \"affinityGroup\": \"\""),
		  "affinityGroup: this must be a string" },
		{ SAVED(", \"affinitySeconds\": 5, \"affinityGroup\": 7"),
		  "affinityGroup: expected a string, found 7" },
		{ SAVED(", \"sourceRanges\": \"10.0.0.0/8\""),
		  "sourceRanges: expected a list, found \"10.0.0.0/8\"" },
		{ SAVED(", \"sourceRanges\": [\"10.0.0.0/33\"]"),
		  "sourceRanges[0]: expected an address block such as 192.0.2.0/24, found \"10.0.0.0/33\"" },
		{ SAVED(", \"sourceRanges\": [\"10.0.0.0/8\", \"fd00::/8\"]"),
		  "sourceRanges[1]: the service's family is IPv4" },
		{ SAVED(", \"sourceRanges\": [\"10.0.0.0/8\", \"10.1.0.0/8\"]"),
		  "d/w has the source range 10.0.0.0/8 twice" },
		{ SAVED(", \"externalLocal\": \"yes\""),
		  "externalLocal: expected true or false, found \"yes\"" },
		{ SAVED(", \"frontends\": [{\"address\": \"10.0.0.1\", \"port\": 30080, \"kind\": \"node-port\"}]"),
		  "d/w: the node port 10.0.0.1:30080 must be on 0.0.0.0" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		struct kvip_table table;
		struct kvip_err err;

		if (!read_saved(rows[i].text, &table, &err))
			fail_msg("taken: %s", rows[i].text);
		assert_string_equal(err.text, rows[i].error);
		kvip_table_free(&table);
	}
}

/* What neither derive() nor a file can bring about, but a caller might. */
static void what_a_table_must_not_have(void **state)
{
	struct kvip_service *service;
	struct kvip_table table;
	struct kvip_err err;

	(void)state;
	fill(&table);
	service = &table.services[1];
	assert_int_equal(kvip_table_check(&table, &err), 0);

	service->affinity = 86401;
	assert_int_equal(kvip_table_check(&table, &err), -1);
	assert_string_equal(
		err.text,
		"d/w:x: an affinity has 1 to 86400 seconds, not 86401");
	service->affinity = 0;
	assert_int_equal(kvip_table_check(&table, &err), -1);
	assert_string_equal(err.text,
			    "d/w:x has an affinity group but no affinity");
	service->affinity = 1;

	service->ranges[0].length = 33;
	assert_int_equal(kvip_table_check(&table, &err), -1);
	assert_string_equal(
		err.text,
		"d/w:x: the source range 10.0.0.0/33 is longer than an address");
	service->ranges[0].length = 4;
	assert_int_equal(kvip_table_check(&table, &err), -1);
	assert_string_equal(
		err.text,
		"d/w:x: the source range 10.0.0.0/4 has bits beyond its length");
	set_prefix(&service->ranges[0], "fd00::/8");
	assert_int_equal(kvip_table_check(&table, &err), -1);
	assert_string_equal(
		err.text,
		"d/w:x: the source range fd00::/8 is not of its family, IPv4");
	kvip_table_free(&table);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(prefixes),
		cmocka_unit_test(what_a_prefix_contains),
		cmocka_unit_test(what_makes_services_differ),
		cmocka_unit_test(a_copy_has_its_own_lists),
		cmocka_unit_test(a_service_through_messages),
		cmocka_unit_test(lists_that_go_on_in_further_messages),
		cmocka_unit_test(counters_of_a_dump),
		cmocka_unit_test(a_service_through_a_file),
		cmocka_unit_test(what_a_file_may_leave_out),
		cmocka_unit_test(what_a_file_must_not_say),
		cmocka_unit_test(what_a_table_must_not_have),
	};

	return cmocka_run_group_tests_name("table", tests, NULL, NULL);
}
