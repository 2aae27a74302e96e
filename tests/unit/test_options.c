// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Deriving what a service has besides frontends and lists: source ranges,
 * affinity, endpoints left out. A test's name begins with its rule.
 */
#include "derivation.h"

#define LB_SVC(spec) \
	SVC("w",     \
	    "type: LoadBalancer, clusterIP: 10.0.0.1, ports: [{port: 80}]" spec)
#define LB_STATUS "status: {loadBalancer: {ingress: [{ip: 203.0.113.1}]}}\n"
#define RANGES(list) ", loadBalancerSourceRanges: [" list "]"

static void S7_ranges_by_family_canonical_and_once(void **state)
{
	static const char cluster[] = SVC(
		"w",
		"type: LoadBalancer, clusterIPs: [10.0.0.1, 'fd00::1'], ports: [{port: 80}]" RANGES(
			"' 198.51.100.7/24', 010.0.0.0/8, '2001:db8:7::1/48 ', 198.51.100.0/24, 0.0.0.0/0"))
		DUAL_STATUS NODES;

	(void)state;
	expect(cluster, "d/w/TCP\n from 0.0.0.0/0\n from 10.0.0.0/8\n"
			" from 198.51.100.0/24\n"
			" cip 10.0.0.1:80\n lb 203.0.113.1:80\n"
			"d/w/TCP\n from 2001:db8:7::/48\n"
			" cip [fd00::1]:80\n lb [2001:db8:1::1]:80\n");
}

static void S40_a_family_without_a_range_has_no_guard(void **state)
{
	static const char cluster[] = SVC(
		"w",
		"type: LoadBalancer, clusterIPs: [10.0.0.1, 'fd00::1'], ports: [{port: 80}]" RANGES(
			"198.51.100.0/24")) DUAL_STATUS NODES;

	(void)state;
	/* there is no endpoint either: the guard stands all the same */
	expect(cluster, "d/w/TCP\n from 198.51.100.0/24\n"
			" cip 10.0.0.1:80\n lb 203.0.113.1:80\n"
			"d/w/TCP\n cip [fd00::1]:80\n lb [2001:db8:1::1]:80\n");
}

static void S37_ranges_guard_load_balancers(void **state)
{
	static const struct {
		const char *spec, *status, *guarded;
		bool by_default, everywhere;
	} rows[] = {
		{ "", LB_STATUS, " lb 203.0.113.1:80\n", true, true },
		{ ", externalIPs: [192.0.2.1]", "", " ext 192.0.2.1:80\n",
		  false, true },
		{ "", "status: {}\n", "", false, false },
		/* S8: no frontend, nothing to guard */
		{ "",
		  "status: {loadBalancer: {ingress: [{ip: 203.0.113.1, ipMode: Proxy}]}}\n",
		  "", false, false },
	};
	struct kvip_derive_config config = everything;
	size_t i, everywhere;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(rows) * 2; i++) {
		bool guard = rows[i / 2].by_default;
		char *cluster, *expected;

		everywhere = i % 2;
		config.ranges_everywhere = everywhere;
		if (everywhere)
			guard = rows[i / 2].everywhere;
		assert_true(asprintf(&cluster, LB_SVC("%s%s") "%s" NODES,
				     rows[i / 2].spec, RANGES("10.0.0.0/8"),
				     rows[i / 2].status) > 0);
		assert_true(asprintf(&expected,
				     "d/w/TCP\n%s cip 10.0.0.1:80\n%s",
				     guard ? " from 10.0.0.0/8\n" : "",
				     rows[i / 2].guarded) > 0);
		expect_with(cluster, &config, expected);
		free(cluster);
		free(expected);
	}
	/* a node port is guarded by that option only */
	config.ranges_everywhere = false;
	for (i = 0; i < 2; i++) {
		char expected[256];

		snprintf(expected, sizeof(expected),
			 "d/w/TCP\n%s cip 10.0.0.1:80\n np 0.0.0.0:30080\n",
			 i ? " from 10.0.0.0/8\n" : "");
		expect_with(
			SVC("w",
			    "type: LoadBalancer, clusterIP: 10.0.0.1, ports: [{port: 80, nodePort: 30080}]" RANGES(
				    "10.0.0.0/8")) NODES,
			&config, expected);
		config.ranges_everywhere = true;
	}
}

#define NODE_WITH(addr)                                                     \
	"---\nkind: Node\napiVersion: v1\nmetadata: {name: a}\n"            \
	"status: {addresses: [{type: InternalIP, address: " addr            \
	"}, {type: ExternalIP, address: 198.51.100.1}, {type: InternalIP, " \
	"address: 'fd00:9::1'}]}\n"

static void S39_a_range_with_the_node_admits_the_lb_ips(void **state)
{
	(void)state;
	expect(LB_SVC(RANGES("172.18.0.0/16")) "status: {loadBalancer: {ingress: [{ip: 203.0.113.2}, {ip: 203.0.113.1}]}}\n" NODE_WITH(
		       "172.18.0.4"),
	       "d/w/TCP\n from 172.18.0.0/16\n from 203.0.113.1/32\n"
	       " from 203.0.113.2/32\n cip 10.0.0.1:80\n"
	       " lb 203.0.113.1:80\n lb 203.0.113.2:80\n");
	/* not if the node is outside; another type of address does not count */
	expect(LB_SVC(RANGES("172.18.0.0/16, 198.51.100.0/24"))
		       LB_STATUS NODE_WITH("172.19.0.4"),
	       "d/w/TCP\n from 172.18.0.0/16\n from 198.51.100.0/24\n"
	       " cip 10.0.0.1:80\n lb 203.0.113.1:80\n");
	/* once, if it is in the list; an external IP is none of them */
	expect(LB_SVC(", externalIPs: [192.0.2.1]" RANGES(
		       "0.0.0.0/0, 203.0.113.1/32"))
		       LB_STATUS NODE_WITH("172.18.0.4"),
	       "d/w/TCP\n from 0.0.0.0/0\n from 203.0.113.1/32\n"
	       " cip 10.0.0.1:80\n ext 192.0.2.1:80\n lb 203.0.113.1:80\n");
	/* each family by itself */
	expect(SVC("w",
		   "type: LoadBalancer, clusterIPs: [10.0.0.1, 'fd00::1'], ports: [{port: 80}]" RANGES(
			   "172.18.0.0/16, 'fd00:9::/64'"))
		       DUAL_STATUS NODE_WITH("172.19.0.4"),
	       "d/w/TCP\n from 172.18.0.0/16\n"
	       " cip 10.0.0.1:80\n lb 203.0.113.1:80\n"
	       "d/w/TCP\n from 2001:db8:1::1/128\n from fd00:9::/64\n"
	       " cip [fd00::1]:80\n lb [2001:db8:1::1]:80\n");
}

#define STICKY ", sessionAffinity: ClientIP"
#define TIMEOUT(n) \
	", sessionAffinityConfig: {clientIP: {timeoutSeconds: " n "}}"

static void S47_affinity_and_its_timeout(void **state)
{
	static const struct {
		const char *spec, *affinity;
	} rows[] = {
		{ "", "" },
		{ ", sessionAffinity: None", "" },
		/* a timeout that nothing asks for */
		{ ", sessionAffinity: None" TIMEOUT("5"), "" },
		{ STICKY, " affinity 10800\n" },
		{ STICKY TIMEOUT("1"), " affinity 1\n" },
		{ STICKY TIMEOUT("86400"), " affinity 86400\n" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		char *cluster, expected[128];

		assert_true(
			asprintf(
				&cluster,
				SVC("w",
				    "clusterIP: 10.0.0.1, ports: [{port: 80}]%s")
					NODES,
				rows[i].spec) > 0);
		snprintf(expected, sizeof(expected),
			 "d/w/TCP\n%s cip 10.0.0.1:80\n", rows[i].affinity);
		expect(cluster, expected);
		free(cluster);
	}
}

static void S48_affinity_of_a_port_or_of_the_service(void **state)
{
	static const char cluster[] = SVC(
		"w",
		"clusterIPs: [10.0.0.1, 'fd00::1'], ports: [{name: x, port: 80}, {name: y, port: 81}]" STICKY)
		SVC("v", "clusterIP: 10.0.0.2, ports: [{port: 80}]") NODES;
	struct kvip_derive_config config = everything;

	(void)state;
	expect(cluster, "d/v/TCP\n cip 10.0.0.2:80\n"
			"d/w:x/TCP\n affinity 10800\n cip 10.0.0.1:80\n"
			"d/w:x/TCP\n affinity 10800\n cip [fd00::1]:80\n"
			"d/w:y/TCP\n affinity 10800\n cip 10.0.0.1:81\n"
			"d/w:y/TCP\n affinity 10800\n cip [fd00::1]:81\n");
	config.affinity_per_service = true;
	expect_with(cluster, &config,
		    "d/v/TCP\n cip 10.0.0.2:80\n"
		    "d/w:x/TCP\n affinity 10800 of d/w\n cip 10.0.0.1:80\n"
		    "d/w:x/TCP\n affinity 10800 of d/w\n cip [fd00::1]:80\n"
		    "d/w:y/TCP\n affinity 10800 of d/w\n cip 10.0.0.1:81\n"
		    "d/w:y/TCP\n affinity 10800 of d/w\n cip [fd00::1]:81\n");
}

/* What a UDP flow may go on with, whatever lists say. */
static void S54_serving_endpoints_are_all_there(void **state)
{
	(void)state;
	expect(SVC("w",
		   "clusterIP: 10.0.0.1, internalTrafficPolicy: Local, ports: [{port: 53, protocol: UDP}]")
		       SLICE("w-1", "w",
			     "addressType: IPv4\nports: [{name: '', port: 8080, protocol: UDP}]\n"
			     "endpoints:\n" EP("10.1.0.1", ON_A READY) EP(
				     "10.1.0.2", ON_B READY
				     ", hints: {forZones: [{name: zb}]}")
				     EP("10.1.0.3", ON_B DRAINING) EP(
					     "10.1.0.4", ON_B
					     ", conditions: {ready: false, serving: true}")
					     EP("10.1.0.5", ON_A NOT_READY)
						     EP("10.1.0.6", ON_A GONE))
			       NODES,
	       "d/w/UDP any int-local\n cip 10.0.0.1:53\n"
	       " > 10.1.0.1:8080 lrsn a\n > 10.1.0.2:8080 rs b\n"
	       " > 10.1.0.3:8080 st b\n > 10.1.0.4:8080 s b\n");
}

static void expect_left_out(const char *cluster, const char *expected,
			    size_t n_left_out, const char *first)
{
	struct kvip_derive_report report;
	struct kvip_err err;
	char text[4096];

	if (derive(cluster, "a", &everything, text, sizeof(text), &report,
		   &err))
		fail_msg("%s", err.text);
	assert_string_equal(text, expected);
	assert_int_equal(report.n_endpoints_left_out, n_left_out);
	assert_string_equal(report.first_left_out, first);
}

static void addresses_that_nobody_can_reach_are_left_out(void **state)
{
	static const char *const addrs[] = {
		"127.0.0.1", "127.9.9.9",	"0.0.0.0",	   "0.1.2.3",
		"224.0.0.1", "239.255.255.255", "255.255.255.255", "169.254.1.1"
	};
	static const char *const addrs6[] = { "::1", "::", "fe80::1",
					      "ff02::1" };
	char *cluster, first[64];
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(addrs); i++) {
		/* the others of the Service are served */
		assert_true(asprintf(&cluster,
				     WEB WEB_SLICE(EP("%s", "") EP("10.1.0.1",
								   "")) NODES,
				     addrs[i]) > 0);
		snprintf(first, sizeof(first), "d/w %s:8080", addrs[i]);
		expect_left_out(
			cluster,
			"d/w/TCP any\n cip 10.0.0.1:80\n > 10.1.0.1:8080 crs\n",
			1, first);
		free(cluster);
	}
	for (i = 0; i < ARRAY_SIZE(addrs6); i++) {
		/* the only one of the Service: S13, there is nothing */
		assert_true(
			asprintf(
				&cluster,
				SVC("w",
				    "clusterIP: 'fd00::1', ports: [{port: 80}]")
					SLICE("w-1", "w",
					      "addressType: IPv6\nports: [{name: '', port: 81}]\n"
					      "endpoints:\n" EP("%s", ""))
						NODES,
				addrs6[i]) > 0);
		snprintf(first, sizeof(first), "d/w [%s]:81", addrs6[i]);
		expect_left_out(cluster, "d/w/TCP\n cip [fd00::1]:80\n", 1,
				first);
		free(cluster);
	}
}

static void endpoints_that_are_their_own_frontend_are_left_out(void **state)
{
	static const char cluster[] = SVC(
		"w",
		"type: LoadBalancer, clusterIP: 10.0.0.1, externalIPs: [192.0.2.1], ports: [{port: 8080, nodePort: 30080}]")
		LB_STATUS WEB_SLICE(EP("10.0.0.1", "") EP("192.0.2.1", "")
					    EP("203.0.113.1", "")
						    EP("10.0.0.2", "")) NODES;

	(void)state;
	expect_left_out(cluster,
			"d/w/TCP any\n cip 10.0.0.1:8080\n"
			" ext 192.0.2.1:8080\n lb 203.0.113.1:8080\n"
			" np 0.0.0.0:30080\n > 10.0.0.2:8080 crs\n",
			3, "d/w 10.0.0.1:8080");
	/* another port of a VIP is no frontend, nor is another Service's VIP */
	expect_left_out(
		WEB SVC("v", "clusterIP: 10.0.0.2, ports: [{port: 8080}]")
			WEB_SLICE(EP("10.0.0.1", "") EP("10.0.0.2", "")) NODES,
		"d/v/TCP\n cip 10.0.0.2:8080\n"
		"d/w/TCP any\n cip 10.0.0.1:80\n"
		" > 10.0.0.1:8080 crs\n > 10.0.0.2:8080 crs\n",
		0, "");
	/* a pod in the host network of a node whose address is an external IP */
	expect_left_out(
		SVC("w",
		    "clusterIP: 10.0.0.1, externalIPs: [172.18.0.4], ports: [{port: 8080}]")
			WEB_SLICE(EP("172.18.0.4", ON_A))
				NODE_WITH("172.18.0.4"),
		"d/w/TCP any\n cip 10.0.0.1:8080\n ext 172.18.0.4:8080\n"
		" > 172.18.0.4:8080 crsn a\n",
		0, "");
}

static void the_first_left_out_is_by_name(void **state)
{
	(void)state;
	expect_left_out(
		WEB SVC("v", "clusterIP: 10.0.0.2, ports: [{port: 80}]")
			SLICE("v-1", "v", V4 "endpoints:\n" EP("127.0.0.1", ""))
				WEB_SLICE(EP("127.0.0.2", "")
						  EP("127.0.0.1", "")) NODES,
		"d/v/TCP\n cip 10.0.0.2:80\nd/w/TCP\n cip 10.0.0.1:80\n", 3,
		"d/v 127.0.0.1:8080");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(S7_ranges_by_family_canonical_and_once),
		cmocka_unit_test(S40_a_family_without_a_range_has_no_guard),
		cmocka_unit_test(S37_ranges_guard_load_balancers),
		cmocka_unit_test(S39_a_range_with_the_node_admits_the_lb_ips),
		cmocka_unit_test(S47_affinity_and_its_timeout),
		cmocka_unit_test(S48_affinity_of_a_port_or_of_the_service),
		cmocka_unit_test(S54_serving_endpoints_are_all_there),
		cmocka_unit_test(addresses_that_nobody_can_reach_are_left_out),
		cmocka_unit_test(
			endpoints_that_are_their_own_frontend_are_left_out),
		cmocka_unit_test(the_first_left_out_is_by_name),
	};

	return cmocka_run_group_tests_name("options", tests, NULL, NULL);
}
