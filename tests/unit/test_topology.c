// SPDX-License-Identifier: GPL-2.0-or-later
/* Topology hints: a test's name begins with its rule. */
#include "derivation.h"

/* Three endpoints with hints; which are in the cluster list of node a, zone za */
struct topology_row {
	const char *hints[3], *chosen, *by;
};

static void check_topology(const struct topology_row *rows, size_t n)
{
	size_t i, j;

	for (i = 0; i < n; i++) {
		char *cluster, expected[512];

		snprintf(expected, sizeof(expected),
			 "d/w/TCP any%s\n cip 10.0.0.1:80\n", rows[i].by);
		for (j = 0; j < 3; j++)
			add_text(expected, sizeof(expected),
				 " > 10.1.0.%zu:8080 %srs\n", j + 1,
				 rows[i].chosen[j] == '1' ? "c" : "");
		assert_true(
			asprintf(&cluster,
				 WEB SLICE("w-1", "w",
					   V4 "endpoints:\n" EP("10.1.0.1",
								HINTS("%s"))
						   EP("10.1.0.2", HINTS("%s"))
							   EP("10.1.0.3",
							      HINTS("%s")))
					 NODES,
				 rows[i].hints[0], rows[i].hints[1],
				 rows[i].hints[2]) > 0);
		expect(cluster, expected);
		free(cluster);
	}
}

#define ZONE(z) "forZones: [{name: " z "}]"
#define NODE(n) "forNodes: [{name: " n "}]"

static void S16_node_hints_then_zone_hints(void **state)
{
	static const struct topology_row rows[] = {
		{ { ZONE("za"), ZONE("zb"), ZONE("za") }, "101", " by-zone" },
		{ { NODE("a"), NODE("b"), NODE("b") }, "100", " by-node" },
		/* node hints go first */
		{ { NODE("a") ", " ZONE("za"), NODE("b") ", " ZONE("za"),
		    NODE("b") ", " ZONE("zb") },
		  "100",
		  " by-node" },
		/* no node hint for us: by zone */
		{ { NODE("b") ", " ZONE("za"), NODE("b") ", " ZONE("za"),
		    NODE("c") ", " ZONE("zb") },
		  "110",
		  " by-zone" },
		/* one lacks a node hint: by zone */
		{ { NODE("a") ", " ZONE("za"), ZONE("za"),
		    NODE("b") ", " ZONE("zb") },
		  "110",
		  " by-zone" },
	};

	(void)state;
	check_topology(rows, ARRAY_SIZE(rows));
}

static void S17_when_hints_are_ignored(void **state)
{
	static const struct topology_row rows[] = {
		/* one lacks a hint */
		{ { ZONE("za"), ZONE("zb"), "" }, "111", "" },
		{ { ZONE("za"), ZONE("zb"), "forZones: []" }, "111", "" },
		{ { NODE("a"), NODE("b"), "" }, "111", "" },
		/* none is for us */
		{ { ZONE("zb"), ZONE("zb"), ZONE("zc") }, "111", "" },
		{ { NODE("b"), NODE("b"), NODE("c") }, "111", "" },
		/* all lack one */
		{ { "", "", "" }, "111", "" },
		/* several hints on one endpoint: membership */
		{ { "forZones: [{name: zb}, {name: za}]", ZONE("zb"),
		    ZONE("zb") },
		  "100",
		  " by-zone" },
		{ { "forNodes: [{name: b}, {name: a}]", NODE("b"), NODE("b") },
		  "100",
		  " by-node" },
	};

	(void)state;
	check_topology(rows, ARRAY_SIZE(rows));
}

static void expect_on_b(const char *cluster, const char *expected)
{
	struct kvip_err err;
	char text[1024];

	if (derive(cluster, "b", &everything, text, sizeof(text), NULL, &err))
		fail_msg("%s", err.text);
	assert_string_equal(text, expected);
}

static void S17_a_node_without_a_zone_uses_all(void **state)
{
	(void)state;
	/* node b has no zone label; node hints still count there */
	expect_on_b(WEB WEB_SLICE(EP("10.1.0.1", HINTS(ZONE("za")))
					  EP("10.1.0.2", HINTS(ZONE("zb"))))
			    NODES,
		    "d/w/TCP any\n cip 10.0.0.1:80\n"
		    " > 10.1.0.1:8080 crs\n > 10.1.0.2:8080 crs\n");
	expect_on_b(WEB WEB_SLICE(EP("10.1.0.1", HINTS(NODE("a")))
					  EP("10.1.0.2", HINTS(NODE("b"))))
			    NODES,
		    "d/w/TCP any by-node\n cip 10.0.0.1:80\n"
		    " > 10.1.0.1:8080 rs\n > 10.1.0.2:8080 crs\n");
}

static void S15_only_hints_of_ready_endpoints_decide(void **state)
{
	(void)state;
	/* the draining one has no hint, the other's are obeyed */
	expect(WEB WEB_SLICE(EP("10.1.0.1", DRAINING) EP("10.1.0.2",
							 HINTS(ZONE("za")))
				     EP("10.1.0.3", HINTS(ZONE("zb")))) NODES,
	       "d/w/TCP any by-zone\n cip 10.0.0.1:80\n > 10.1.0.1:8080 st\n"
	       " > 10.1.0.2:8080 crs\n > 10.1.0.3:8080 rs\n");
	/* a hint for us at a draining one does not make hints count */
	expect(WEB WEB_SLICE(EP("10.1.0.1", DRAINING HINTS(ZONE("za")))
				     EP("10.1.0.2", HINTS(ZONE("zb")))) NODES,
	       "d/w/TCP any\n cip 10.0.0.1:80\n > 10.1.0.1:8080 st\n"
	       " > 10.1.0.2:8080 crs\n");
	/* S11: topology is ignored in the fallback */
	expect(WEB WEB_SLICE(EP("10.1.0.1", DRAINING HINTS(ZONE("za")))
				     EP("10.1.0.2", DRAINING HINTS(ZONE("zb"))))
		       NODES,
	       "d/w/TCP any cluster-fallback\n cip 10.0.0.1:80\n > 10.1.0.1:8080 cst\n"
	       " > 10.1.0.2:8080 cst\n");
	/* nor does trafficDistribution or an annotation, or a zone, decide */
	expect(SVC("w, annotations: {service.kubernetes.io/topology-mode: Auto}",
		   "clusterIP: 10.0.0.1, trafficDistribution: PreferSameZone, ports: [{port: 80}]")
		       WEB_SLICE(EP("10.1.0.1", ", zone: za")
					 EP("10.1.0.2", ", zone: zb")) NODES,
	       "d/w/TCP any\n cip 10.0.0.1:80\n > 10.1.0.1:8080 crs\n"
	       " > 10.1.0.2:8080 crs\n");
}

static void S18_a_local_policy_beats_hints(void **state)
{
	(void)state;
	expect(BOTH_LISTS WEB_SLICE(EP("10.1.0.1", ON_A HINTS(ZONE("zb"))) EP(
		       "10.1.0.2", ON_B HINTS(ZONE("za")))) NODES,
	       "d/w/TCP any ext-local by-zone\n" BOTH_FRONTENDS
	       " > 10.1.0.1:8080 lrsn a\n > 10.1.0.2:8080 crs b\n");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(S16_node_hints_then_zone_hints),
		cmocka_unit_test(S17_when_hints_are_ignored),
		cmocka_unit_test(S17_a_node_without_a_zone_uses_all),
		cmocka_unit_test(S15_only_hints_of_ready_endpoints_decide),
		cmocka_unit_test(S18_a_local_policy_beats_hints),
	};

	return cmocka_run_group_tests_name("topology", tests, NULL, NULL);
}
