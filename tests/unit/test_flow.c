// SPDX-License-Identifier: GPL-2.0-or-later
/* Connections that are explained or told of: what is typed, sent and read. */
#include "cluster.h"

#include <arpa/inet.h>
#include <json-c/json.h>
#include <netlink/attr.h>
#include <netlink/genl/genl.h>
#include <netlink/msg.h>

#include <linux/kvip.h>

#include "flow.h"
#include "flow_text.h"
#include "message.h"

static void every_value_has_words_of_its_own(void **state)
{
	static const struct {
		const struct kvip_words *(*words)(unsigned int value);
		unsigned int first, last;
		bool same_brief;
	} enums[] = {
		{ kvip_verdict_words, KVIP_VERDICT_NONE, KVIP_VERDICT_DROP,
		  false },
		{ kvip_rule_words, KVIP_RULE_NONE, KVIP_RULE_SERVICE_CIDR,
		  false },
		{ kvip_kind_words, KVIP_FRONTEND_CLUSTER_IP, KVIP_FRONTEND_MAX,
		  false },
		{ kvip_source_words, KVIP_SOURCE_OUTSIDE, KVIP_SOURCE_POD,
		  false },
		{ kvip_source_why_words, KVIP_SOURCE_WHY_NO_DETECTOR,
		  KVIP_SOURCE_WHY_PREFIX, false },
		{ kvip_list_words, KVIP_LIST_INTERNAL_CLUSTER, KVIP_LIST_NODE,
		  true },
		{ kvip_affinity_words, KVIP_AFFINITY_NEW, KVIP_AFFINITY_GONE,
		  false },
		{ kvip_masquerade_words, KVIP_MASQUERADE_NO,
		  KVIP_MASQUERADE_LOCALHOST, false },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(enums); i++) {
		unsigned int a, b;

		for (a = enums[i].first; a <= enums[i].last; a++) {
			const struct kvip_words *one = enums[i].words(a);

			assert_string_not_equal(one->key, "?");
			assert_true(one->key[0] && one->brief[0] &&
				    one->text[0]);
			for (b = enums[i].first; b < a; b++) {
				const struct kvip_words *two =
					enums[i].words(b);

				assert_string_not_equal(one->key, two->key);
				assert_string_not_equal(one->text, two->text);
				if (!enums[i].same_brief)
					assert_string_not_equal(one->brief,
								two->brief);
			}
		}
		/* what a later module may say */
		assert_string_equal(enums[i].words(enums[i].last + 1)->text,
				    "?");
		assert_string_equal(enums[i].words(255)->key, "?");
	}
}

static void where_to_is_read(void **state)
{
	static const struct {
		const char *text, *addr;
		uint8_t proto;
	} rows[] = {
		{ "10.96.0.1:443", "10.96.0.1:443", IPPROTO_TCP },
		{ "10.96.0.1:1/tcp", "10.96.0.1:1", IPPROTO_TCP },
		{ "10.96.0.1:65535/udp", "10.96.0.1:65535", IPPROTO_UDP },
		{ "10.96.0.1:80/SCTP", "10.96.0.1:80", IPPROTO_SCTP },
		{ "10.96.0.1:080/Udp", "10.96.0.1:80", IPPROTO_UDP },
		{ "[fd00::1]:443", "[fd00::1]:443", IPPROTO_TCP },
		{ "[FD00:0::1]:53/UDP", "[fd00::1]:53", IPPROTO_UDP },
		{ "[::ffff:10.0.0.1]:80", "10.0.0.1:80", IPPROTO_TCP },
	};
	char text[KVIP_ADDR_PORT_LEN];
	struct kvip_flow flow;
	struct kvip_err err;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		kvip_flow_init(&flow);
		if (kvip_flow_parse_to(rows[i].text, &flow, &err))
			fail_msg("%s: %s", rows[i].text, err.text);
		assert_string_equal(kvip_addr_port_text(&flow.to, flow.to_port,
							text),
				    rows[i].addr);
		assert_int_equal(flow.proto, rows[i].proto);
	}
}

static void where_to_is_refused(void **state)
{
	static const struct {
		const char *text, *sentence;
	} rows[] = {
		{ "", "not an IP address" },
		{ ":80", "not an IP address" },
		{ "10.96.0.1", "a port is missing" },
		{ "10.96.0.1/tcp", "a port is missing" },
		{ "10.96.0.1:", "port \"\"" },
		{ "10.96.0.1:0", "port \"0\"" },
		{ "10.96.0.1:65536", "port \"65536\"" },
		{ "10.96.0.1:18446744073709551696", "port \"1844" },
		{ "10.96.0.1:-1", "port \"-1\"" },
		{ "10.96.0.1:+1", "port \"+1\"" },
		{ "10.96.0.1: 1", "port \" 1\"" },
		{ "10.96.0.1:http", "port \"http\"" },
		{ "10.96.0.1:80/", "protocol \"\"" },
		{ "10.96.0.1:80/icmp", "protocol \"icmp\"" },
		{ "10.96.0.1:80/tcp/udp", "protocol \"tcp/udp\"" },
		{ "10.96.0.1:80/tcpandmore", "protocol \"tcpandmore\"" },
		{ "10.96.0.256:80", "not an IP address" },
		{ "kubernetes.default:443", "names are not looked up" },
		{ "fd00::1:443", "in brackets" },
		{ "fd00::1", "in brackets" },
		{ "[fd00::1]", "a port is missing; write it as [" },
		{ "[fd00::1]443", "a port is missing" },
		{ "[fd00::1", "not closed" },
		{ "[fd00::1/tcp]:80", "not closed" },
		{ "[fd00::1%eth0]:80", "not an IP address" },
		{ "[10.96.0.1]:80", "brackets are for IPv6" },
		{ "[]:80", "not an IP address" },
		{ "11111111111111111111111111111111111111111111111111111111111111111111:80",
		  "not an IP address" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		struct kvip_flow flow;
		struct kvip_err err;

		kvip_flow_init(&flow);
		if (!kvip_flow_parse_to(rows[i].text, &flow, &err))
			fail_msg("\"%s\" is taken", rows[i].text);
		if (!strstr(err.text, rows[i].sentence))
			fail_msg("\"%s\": %s", rows[i].text, err.text);
	}
}

static void where_from_is_an_address_alone(void **state)
{
	static const char *const with_port[] = { "10.0.0.1:80", "[fd00::1]",
						 "[fd00::1]:80" };
	struct kvip_flow flow;
	struct kvip_err err;
	size_t i;

	(void)state;
	kvip_flow_init(&flow);
	assert_int_equal(kvip_flow_parse_from("192.0.2.50", &flow, &err), 0);
	assert_int_equal(flow.from.family, AF_INET);
	assert_int_equal(kvip_flow_parse_from("2001:db8::1", &flow, &err), 0);
	assert_int_equal(flow.from.family, AF_INET6);
	for (i = 0; i < ARRAY_SIZE(with_port); i++) {
		assert_int_equal(
			kvip_flow_parse_from(with_port[i], &flow, &err), -1);
		assert_non_null(strstr(err.text, "without a port"));
	}
	assert_int_equal(kvip_flow_parse_from("web.example", &flow, &err), -1);
	assert_non_null(strstr(err.text, "names are not looked up"));
}

/* A message and its only attribute. */
static struct nl_msg *new_message(void)
{
	return kvip_message_new(1, KVIP_CMD_EXPLAIN, 0, 1);
}

static struct nlattr *only_attr(struct nl_msg *msg)
{
	return genlmsg_attrdata(nlmsg_data(nlmsg_hdr(msg)), 0);
}

static void what_is_asked_is_in_the_message(void **state)
{
	struct nlattr *tb[KVIP_FLOW_A_MAX + 1];
	struct kvip_flow flow;
	struct nl_msg *msg;
	struct kvip_err err;

	(void)state;
	kvip_flow_init(&flow);
	assert_int_equal(kvip_flow_parse_from("192.0.2.50", &flow, &err), 0);
	assert_int_equal(kvip_flow_parse_to("10.96.0.1:53/udp", &flow, &err),
			 0);
	strcpy(flow.device, "eth0");
	msg = new_message();
	kvip_flow_put(msg, &flow);
	assert_int_equal(nla_type(only_attr(msg)), KVIP_A_FLOW);
	assert_int_equal(
		nla_parse_nested(tb, KVIP_FLOW_A_MAX, only_attr(msg), NULL), 0);
	assert_int_equal(nla_get_u8(tb[KVIP_FLOW_A_FAMILY]), AF_INET);
	assert_int_equal(nla_get_u8(tb[KVIP_FLOW_A_PROTO]), IPPROTO_UDP);
	assert_int_equal(nla_len(tb[KVIP_FLOW_A_SADDR]), 4);
	assert_memory_equal(nla_data(tb[KVIP_FLOW_A_SADDR]), "\xc0\0\2\x32", 4);
	assert_memory_equal(nla_data(tb[KVIP_FLOW_A_DADDR]), "\x0a\x60\0\1", 4);
	assert_int_equal(nla_get_u16(tb[KVIP_FLOW_A_DPORT]), htons(53));
	assert_string_equal(nla_get_string(tb[KVIP_FLOW_A_IFNAME]), "eth0");
	/* a flag that is not meant must not be there at all */
	assert_null(tb[KVIP_FLOW_A_SENT]);
	assert_null(tb[KVIP_FLOW_A_SPORT]);
	nlmsg_free(msg);
}

static void put_backend(struct nl_msg *msg, int type, const char *addr,
			const char *node)
{
	struct nlattr *nest = nla_nest_start(msg, type | NLA_F_NESTED);
	struct kvip_addr parsed;

	assert_true(kvip_addr_parse(addr, &parsed));
	nla_put(msg, KVIP_BACKEND_A_ADDR, 4, parsed.bytes);
	nla_put_u16(msg, KVIP_BACKEND_A_PORT, htons(8080));
	nla_put_u32(msg, KVIP_BACKEND_A_FLAGS,
		    KVIP_BACKEND_F_CLUSTER | KVIP_BACKEND_F_READY);
	if (node)
		nla_put_string(msg, KVIP_BACKEND_A_NODE, node);
	nla_nest_end(msg, nest);
}

/* What the module may answer; without an attribute, what it may not. */
static struct nl_msg *answer(int without)
{
	struct nl_msg *msg = new_message();
	struct nlattr *nest = nla_nest_start(msg, KVIP_A_FLOW | NLA_F_NESTED);
	struct nlattr *list;

	if (without != KVIP_FLOW_A_FAMILY)
		nla_put_u8(msg, KVIP_FLOW_A_FAMILY, AF_INET);
	if (without != KVIP_FLOW_A_PROTO)
		nla_put_u8(msg, KVIP_FLOW_A_PROTO, IPPROTO_TCP);
	if (without != KVIP_FLOW_A_SADDR)
		nla_put(msg, KVIP_FLOW_A_SADDR, 4, "\xc0\0\2\x32");
	if (without != KVIP_FLOW_A_DADDR)
		nla_put(msg, KVIP_FLOW_A_DADDR, 4, "\xcb\0\x71\x0a");
	nla_put_u16(msg, KVIP_FLOW_A_SPORT, htons(41822));
	nla_put_u16(msg, KVIP_FLOW_A_DPORT, htons(80));
	if (without != KVIP_FLOW_A_VERDICT)
		nla_put_u8(msg, KVIP_FLOW_A_VERDICT, KVIP_VERDICT_BACKEND);
	nla_put_u8(msg, KVIP_FLOW_A_KIND, KVIP_FRONTEND_LB_IP);
	nla_put_string(msg, KVIP_FLOW_A_SERVICE, "demo/web:http");
	nla_put_u32(msg, KVIP_FLOW_A_SERVICE_FLAGS,
		    KVIP_SERVICE_F_HAS_ANY | KVIP_SERVICE_F_TOPOLOGY_ZONE);
	list = nla_nest_start(msg, KVIP_FLOW_A_RANGE | NLA_F_NESTED);
	nla_put(msg, KVIP_PREFIX_A_ADDR, 4, "\xc0\0\2\0");
	if (without != KVIP_FLOW_A_RANGE)
		nla_put_u8(msg, KVIP_PREFIX_A_LENGTH, 24);
	nla_nest_end(msg, list);
	nla_put_u8(msg, KVIP_FLOW_A_SOURCE, KVIP_SOURCE_OUTSIDE);
	nla_put_u8(msg, KVIP_FLOW_A_SOURCE_WHY, KVIP_SOURCE_WHY_NOT_DETECTED);
	nla_put_u8(msg, KVIP_FLOW_A_LIST, KVIP_LIST_EXTERNAL_CLUSTER);
	nla_put_u32(msg, KVIP_FLOW_A_LIST_SIZE, 2);
	nla_put_u32(msg, KVIP_FLOW_A_LOCAL_SIZE, 1);
	nla_put_u32(msg, KVIP_FLOW_A_BACKENDS_SIZE, 3);
	if (without != KVIP_FLOW_A_BACKEND)
		put_backend(msg, KVIP_FLOW_A_BACKEND, "10.244.1.11", "node-a");
	nla_put_u8(msg, KVIP_FLOW_A_MASQUERADE, KVIP_MASQUERADE_EXTERNAL);
	list = nla_nest_start(msg, KVIP_FLOW_A_CANDIDATES | NLA_F_NESTED);
	put_backend(msg, 1, "10.244.1.11", "node-a");
	put_backend(msg, 1, "10.244.2.5", NULL);
	nla_nest_end(msg, list);
	nla_nest_end(msg, nest);
	return msg;
}

static void an_answer_is_read(void **state)
{
	struct nl_msg *msg = answer(0);
	struct json_object *json, *item;
	char text[KVIP_PREFIX_LEN];
	struct kvip_flow flow;
	struct kvip_err err;

	(void)state;
	kvip_flow_init(&flow);
	if (kvip_flow_get(only_attr(msg), &flow, &err))
		fail_msg("%s", err.text);
	nlmsg_free(msg);
	assert_int_equal(flow.from_port, 41822);
	assert_string_equal(flow.service, "demo/web:http");
	assert_string_equal(kvip_prefix_text(&flow.range, text),
			    "192.0.2.0/24");
	assert_int_equal(flow.n_candidates, 2);
	assert_string_equal(flow.candidates[0].node, "node-a");
	assert_null(flow.candidates[1].node);
	assert_false(flow.has_affinity);
	assert_true(kvip_flow_by_chance(&flow));
	/* who has a backend already gets that one */
	flow.has_affinity = true;
	flow.affinity = KVIP_AFFINITY_HIT;
	assert_false(kvip_flow_by_chance(&flow));
	flow.has_affinity = false;

	json = kvip_flow_json(&flow);
	kvip_flow_free(&flow);
	item = json_object_object_get(json, "candidates");
	assert_int_equal(json_object_array_length(item), 2);
	assert_string_equal(
		json_object_get_string(json_object_object_get(
			json_object_array_get_idx(item, 1), "backend")),
		"10.244.2.5:8080");
	json_object_object_del(json, "candidates");
	assert_string_equal(
		json_object_to_json_string_ext(
			json, JSON_C_TO_STRING_PLAIN |
				      JSON_C_TO_STRING_NOSLASHESCAPE),
		"{\"from\":\"192.0.2.50\",\"fromPort\":41822,"
		"\"to\":\"203.0.113.10:80\",\"protocol\":\"TCP\","
		"\"verdict\":\"backend\",\"rule\":\"none\","
		"\"frontend\":{\"address\":\"203.0.113.10\",\"port\":80,\"kind\":\"load-balancer\"},"
		"\"service\":\"demo/web:http\",\"sent\":false,\"device\":null,"
		"\"source\":\"outside\",\"sourceWhy\":\"not-detected\","
		"\"range\":\"192.0.2.0/24\",\"list\":\"cluster\","
		"\"listWhy\":\"external-cluster\",\"listSize\":2,"
		"\"localSize\":1,\"backendsSize\":3,\"topologyNode\":false,"
		"\"topologyZone\":true,\"clusterFallback\":false,"
		"\"localFallback\":false,\"affinity\":null,"
		"\"affinitySecondsLeft\":null,\"masquerade\":\"external\","
		"\"backend\":\"10.244.1.11:8080\",\"backendNode\":\"node-a\","
		"\"byChance\":true}");
	json_object_put(json);
}

static void an_answer_that_lacks_something_is_refused(void **state)
{
	static const int needed[] = { KVIP_FLOW_A_FAMILY,  KVIP_FLOW_A_PROTO,
				      KVIP_FLOW_A_SADDR,   KVIP_FLOW_A_DADDR,
				      KVIP_FLOW_A_VERDICT, KVIP_FLOW_A_RANGE };
	struct kvip_flow flow;
	struct kvip_err err;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(needed); i++) {
		struct nl_msg *msg = answer(needed[i]);

		kvip_flow_init(&flow);
		assert_int_equal(kvip_flow_get(only_attr(msg), &flow, &err),
				 -1);
		assert_non_null(strstr(err.text, "does not understand"));
		kvip_flow_free(&flow);
		nlmsg_free(msg);
	}
	assert_int_equal(kvip_flow_get(NULL, &flow, &err), -1);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_value_has_words_of_its_own),
		cmocka_unit_test(where_to_is_read),
		cmocka_unit_test(where_to_is_refused),
		cmocka_unit_test(where_from_is_an_address_alone),
		cmocka_unit_test(what_is_asked_is_in_the_message),
		cmocka_unit_test(an_answer_is_read),
		cmocka_unit_test(an_answer_that_lacks_something_is_refused),
	};

	return cmocka_run_group_tests_name("flow", tests, NULL, NULL);
}
