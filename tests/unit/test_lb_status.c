// SPDX-License-Identifier: GPL-2.0-or-later
/* The status of a Service of type LoadBalancer. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>
#include <json-c/json.h>

#include "lb_status.h"

static struct json_object *parse(const char *text)
{
	char copy[2048], *c;
	struct json_object *object;

	snprintf(copy, sizeof(copy), "%s", text);
	for (c = copy; *c; c++)
		if (*c == '\'')
			*c = '"';
	object = json_tokener_parse(copy);
	assert_non_null(object);
	return object;
}

/* @status, which is put, is what the text says, with ' for ". */
static void is(struct json_object *status, const char *text)
{
	struct json_object *wanted = parse(text);

	if (!json_object_equal(status, wanted))
		fail_msg("%s is not %s", json_object_to_json_string(status),
			 json_object_to_json_string(wanted));
	json_object_put(wanted);
	json_object_put(status);
}

static struct json_object *with_status(struct json_object *status)
{
	struct json_object *service = json_object_new_object();

	json_object_object_add(service, "status", status);
	return service;
}

#define OTHER "{'type': 'Other', 'status': 'True'}"
#define SINCE "2026-01-02T03:04:05Z"
#define OURS                                                         \
	"{'type': 'kvip/LoadBalancer', 'status': 'False',"           \
	" 'lastTransitionTime': '" SINCE "', 'reason': 'PoolEmpty'," \
	" 'message': 'no pool has a free IPv4 address'}"

static void test_addresses(void **state)
{
	struct json_object *service = parse(
		"{'status': {'loadBalancer': {'ingress': [{'hostname': 'old'}]},"
		" 'conditions': [" OURS ", " OTHER "]}}");
	struct kvip_addr addrs[2];

	(void)state;
	kvip_addr_parse("203.0.113.9", &addrs[0]);
	kvip_addr_parse("2001:DB8::9", &addrs[1]);
	is(kvip_lb_status(service, addrs, 2),
	   "{'loadBalancer': {'ingress': ["
	   "{'ip': '203.0.113.9', 'ipMode': 'VIP'},"
	   "{'ip': '2001:db8::9', 'ipMode': 'VIP'}]},"
	   " 'conditions': [" OTHER "]}");
	is(kvip_lb_status(service, NULL, 0),
	   "{'loadBalancer': {}, 'conditions': [" OTHER "]}");
	json_object_put(service);
	service = parse("{'status': {'conditions': [" OURS "]}}");
	is(kvip_lb_status(service, NULL, 0), "{'loadBalancer': {}}");
	json_object_put(service);
	service = parse("{}");
	is(kvip_lb_status(service, addrs, 1),
	   "{'loadBalancer': {'ingress': ["
	   "{'ip': '203.0.113.9', 'ipMode': 'VIP'}]}}");
	json_object_put(service);
}

static void test_ingress(void **state)
{
	struct json_object *service = parse("{}");
	struct json_object *ingress =
		parse("[{'ip': '192.0.2.1'}, {'hostname': 'lb.example'},"
		      " {'ip': '192.0.2.2', 'ipMode': 'Proxy'}]");

	(void)state;
	is(kvip_lb_status_ingress(service, ingress),
	   "{'loadBalancer': {'ingress': ["
	   "{'ip': '192.0.2.1', 'ipMode': 'VIP'}, {'hostname': 'lb.example'},"
	   "{'ip': '192.0.2.2', 'ipMode': 'Proxy'}]}}");
	/* what was given is as it was */
	is(ingress, "[{'ip': '192.0.2.1'}, {'hostname': 'lb.example'},"
		    " {'ip': '192.0.2.2', 'ipMode': 'Proxy'}]");
	json_object_put(service);
}

static void test_waiting(void **state)
{
	struct json_object *service = parse(
		"{'status': {'loadBalancer': {'ingress': [{'ip': '192.0.2.1'}]},"
		" 'conditions': [" OTHER "]}}");
	struct json_object *status, *list, *ours, *since;
	struct tm tm;

	(void)state;
	assert_null(kvip_lb_status_why(service));
	status = kvip_lb_status_waiting(service, "PoolEmpty", "there is none");
	json_object_object_get_ex(status, "conditions", &list);
	assert_int_equal(json_object_array_length(list), 2);
	ours = json_object_array_get_idx(list, 1);
	json_object_object_get_ex(ours, "lastTransitionTime", &since);
	/* whole seconds, as conditions have them */
	assert_non_null(strptime(json_object_get_string(since),
				 "%Y-%m-%dT%H:%M:%SZ", &tm));
	assert_int_equal(strlen(json_object_get_string(since)), 20);
	json_object_put(service);
	service = with_status(status);
	assert_string_equal(kvip_lb_status_why(service), "there is none");
	json_object_put(service);
}

static void test_time_of_waiting(void **state)
{
	struct json_object *service = parse("{'status': {'loadBalancer': {},"
					    " 'conditions': [" OURS "]}}");

	(void)state;
	/* it waits as long as before, for another reason */
	is(kvip_lb_status_waiting(service, "AddressTaken", "it is taken"),
	   "{'loadBalancer': {}, 'conditions': ["
	   "{'type': 'kvip/LoadBalancer', 'status': 'False',"
	   " 'lastTransitionTime': '" SINCE "', 'reason': 'AddressTaken',"
	   " 'message': 'it is taken'}]}");
	json_object_put(service);
}

static void test_failing(void **state)
{
	struct json_object *service = parse(
		"{'status': {'loadBalancer': {'ingress': [{'ip': '192.0.2.1'}]},"
		" 'conditions': [" OURS "]}}");

	(void)state;
	is(kvip_lb_status_failing(service, "ProviderFailed", "it failed"),
	   "{'loadBalancer': {'ingress': [{'ip': '192.0.2.1'}]},"
	   " 'conditions': [{'type': 'kvip/LoadBalancer', 'status': 'False',"
	   " 'lastTransitionTime': '" SINCE "', 'reason': 'ProviderFailed',"
	   " 'message': 'it failed'}]}");
	json_object_put(service);
	service = with_status(parse("{'conditions': [" OURS "]}"));
	is(kvip_lb_status_failing(service, "PoolEmpty",
				  "no pool has a free IPv4 address"),
	   "{'loadBalancer': {}, 'conditions': [" OURS "]}");
	json_object_put(service);
}

static void test_addresses_of_a_service(void **state)
{
	struct json_object *service = parse(
		"{'status': {'loadBalancer': {'ingress': [{'ip': '192.0.2.1'},"
		" {'hostname': 'lb.example'}, {'ip': 'web'}, 7,"
		" {'ip': '2001:db8::1'}]}}}");
	struct kvip_addr addrs[3];
	char text[INET6_ADDRSTRLEN];

	(void)state;
	assert_int_equal(kvip_lb_status_addrs(service, addrs, 3), 2);
	assert_string_equal(kvip_addr_text(&addrs[0], text), "192.0.2.1");
	assert_string_equal(kvip_addr_text(&addrs[1], text), "2001:db8::1");
	assert_int_equal(kvip_lb_status_addrs(service, addrs, 1), 1);
	json_object_put(service);
	service = parse("{'status': {'loadBalancer': {}}}");
	assert_int_equal(kvip_lb_status_addrs(service, addrs, 3), 0);
	json_object_put(service);
	service = parse("{}");
	assert_int_equal(kvip_lb_status_addrs(service, addrs, 3), 0);
	json_object_put(service);
}

static bool same(const char *service_status, const char *status_text)
{
	struct json_object *service = with_status(parse(service_status));
	struct json_object *status = parse(status_text);
	bool equal = kvip_lb_status_equal(service, status);

	json_object_put(service);
	json_object_put(status);
	return equal;
}

static void test_equal(void **state)
{
	(void)state;
	assert_true(same("{}", "{'loadBalancer': {}}"));
	assert_true(same("{'loadBalancer': {}}", "{'loadBalancer': {}}"));
	/* the API server tells the default */
	assert_true(same(
		"{'loadBalancer': {'ingress': [{'ip': '10.0.0.1'}]}}",
		"{'loadBalancer': {'ingress': [{'ip': '10.0.0.1', 'ipMode': 'VIP'}]}}"));
	assert_false(same(
		"{'loadBalancer': {'ingress': [{'ip': '10.0.0.1', 'ipMode': 'Proxy'}]}}",
		"{'loadBalancer': {'ingress': [{'ip': '10.0.0.1'}]}}"));
	assert_false(
		same("{'loadBalancer': {'ingress': [{'ip': '10.0.0.1'}]}}",
		     "{'loadBalancer': {'ingress': [{'ip': '10.0.0.2'}]}}"));
	assert_false(same("{'loadBalancer': {'ingress': [{'ip': '10.0.0.1'}]}}",
			  "{'loadBalancer': {}}"));
	assert_true(same("{'conditions': [" OURS "]}",
			 "{'loadBalancer': {}, 'conditions': [" OURS "]}"));
	assert_false(
		same("{'conditions': [" OURS "]}", "{'loadBalancer': {}}"));
	assert_true(same("{'conditions': []}", "{'loadBalancer': {}}"));
	assert_false(same("{'conditions': [" OTHER "]}",
			  "{'conditions': [" OURS "]}"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_addresses),
		cmocka_unit_test(test_ingress),
		cmocka_unit_test(test_waiting),
		cmocka_unit_test(test_time_of_waiting),
		cmocka_unit_test(test_failing),
		cmocka_unit_test(test_addresses_of_a_service),
		cmocka_unit_test(test_equal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
