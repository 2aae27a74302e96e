// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Frontends that several Services ask for, and deriving one Service at a time:
 * the parts together are the whole.
 */
#include "derivation.h"

#include "claims.h"

#define AGED(name, created) name ", creationTimestamp: '" created "'"
#define OLD "2026-01-01T00:00:00Z"
#define NEW "2026-02-02T00:00:00Z"

/* "ns/name;" of those that were told of */
static void note(const char *ns, const char *name, void *arg)
{
	add_text(arg, 256, "%s/%s;", ns, name);
}

static void claim_all(struct kvip_claims *claims,
		      const struct kvip_model *model)
{
	const struct kvip_group *group = NULL;

	while ((group = kvip_model_next_group(model, group)))
		kvip_claims_update(claims, group->ns, group->name, group->svc,
				   NULL, NULL);
}

/* The table of a cluster with claims, derived whole and in parts: the same. */
static void expect_settled(const char *cluster, size_t contested,
			   const char *expected)
{
	struct kvip_derive_config config = everything;
	struct kvip_derive_report report;
	const struct kvip_group *group = NULL;
	struct kvip_claims claims = {};
	struct kvip_table whole;
	struct kvip_model model;
	char text[8192] = "";
	struct kvip_err err;
	size_t i, n = 0;

	kvip_model_init(&model);
	kvip_table_init(&whole);
	cluster_add(&model, cluster);
	claim_all(&claims, &model);
	config.claims = &claims;
	if (kvip_derive(&model, "a", &config, &whole, &report, &err))
		fail_msg("%s", err.text);
	assert_int_equal(report.n_contested, contested);
	for (i = 0; i < whole.n_services; i++)
		describe_service(&whole.services[i], text, sizeof(text));
	assert_string_equal(text, expected);

	while ((group = kvip_model_next_group(&model, group))) {
		struct kvip_table part;
		size_t at;

		kvip_table_init(&part);
		assert_int_equal(kvip_derive_group(&model, "a", &config,
						   group->ns, group->name,
						   &part, NULL, &err),
				 0);
		for (i = 0; i < part.n_services; i++, n++) {
			assert_true(kvip_table_find(&whole, &part.services[i],
						    &at));
			assert_true(kvip_service_same(&whole.services[at],
						      &part.services[i]));
		}
		kvip_table_free(&part);
	}
	assert_int_equal(n, whole.n_services);
	kvip_table_free(&whole);
	kvip_claims_free(&claims);
	kvip_model_free(&model);
}

static void the_older_service_wins_an_external_ip(void **state)
{
	(void)state;
	expect_settled(
		SVC(AGED("v", NEW),
		    "clusterIP: 10.0.0.2, externalIPs: [192.0.2.1], ports: [{port: 80}]")
			SVC(AGED("w", OLD),
			    "clusterIP: 10.0.0.1, externalIPs: [192.0.2.1], ports: [{port: 80}]")
				NODES,
		1,
		"d/v/TCP\n cip 10.0.0.2:80\n"
		"d/w/TCP\n cip 10.0.0.1:80\n ext 192.0.2.1:80\n");
}

static void of_one_age_the_first_by_name_wins(void **state)
{
	(void)state;
	expect_settled(
		SVC("w",
		    "clusterIP: 10.0.0.1, ports: [{port: 80, nodePort: 30080}]")
			SVC("v",
			    "clusterIP: 10.0.0.2, ports: [{port: 80, nodePort: 30080}]")
				NODES,
		1,
		"d/v/TCP\n cip 10.0.0.2:80\n np 0.0.0.0:30080\n"
		"d/w/TCP\n cip 10.0.0.1:80\n");
}

/* CVE-2020-8554: an external IP must not take a ClusterIP's connections. */
static void an_external_ip_never_takes_a_cluster_ip(void **state)
{
	(void)state;
	expect_settled(
		SVC(AGED("v", OLD),
		    "clusterIP: 10.0.0.2, externalIPs: [10.0.0.1], ports: [{port: 80}]")
			SVC(AGED("w", NEW),
			    "clusterIP: 10.0.0.1, ports: [{port: 80}]") NODES,
		1, "d/v/TCP\n cip 10.0.0.2:80\nd/w/TCP\n cip 10.0.0.1:80\n");
}

static void an_lb_ip_goes_before_an_external_ip(void **state)
{
	(void)state;
	expect_settled(
		SVC(AGED("v", OLD),
		    "clusterIP: 10.0.0.2, externalIPs: [203.0.113.1], ports: [{port: 80}]")
			SVC(AGED("w", NEW),
			    "type: LoadBalancer, clusterIP: 10.0.0.1, ports: [{port: 80}]") "status: {loadBalancer: {ingress: [{ip: 203.0.113.1}]}}\n" NODES,
		1,
		"d/v/TCP\n cip 10.0.0.2:80\n"
		"d/w/TCP\n cip 10.0.0.1:80\n lb 203.0.113.1:80\n");
}

static void other_protocols_and_ports_are_not_contested(void **state)
{
	(void)state;
	expect_settled(
		SVC("v",
		    "clusterIP: 10.0.0.2, externalIPs: [192.0.2.1], ports: [{port: 80, protocol: UDP}]")
			SVC("w",
			    "clusterIP: 10.0.0.1, externalIPs: [192.0.2.1], ports: [{port: 80}]")
				NODES,
		0,
		"d/v/UDP\n cip 10.0.0.2:80\n ext 192.0.2.1:80\n"
		"d/w/TCP\n cip 10.0.0.1:80\n ext 192.0.2.1:80\n");
}

/* Update d/NAME's claims to those of a text; who is told of it. */
static void update(struct kvip_claims *claims, const char *name,
		   const char *text, bool changes, const char *told)
{
	struct kvip_model model;
	struct kvip_group *group;
	char heard[256] = "";

	kvip_model_init(&model);
	if (text)
		cluster_add(&model, text);
	group = kvip_model_group(&model, "d", name);
	assert_int_equal(kvip_claims_update(claims, "d", name,
					    group ? group->svc : NULL, note,
					    heard),
			 changes);
	assert_string_equal(heard, told);
	kvip_model_free(&model);
}

static void others_are_told_when_a_claim_comes_and_goes(void **state)
{
	static const char v[] = SVC(
		"v",
		"clusterIP: 10.0.0.2, externalIPs: [192.0.2.1], ports: [{port: 80}]");
	static const char w[] = SVC(
		"w",
		"clusterIP: 10.0.0.1, externalIPs: [192.0.2.1], ports: [{port: 80}]");
	static const char w_without[] =
		SVC("w", "clusterIP: 10.0.0.1, ports: [{port: 80}]");
	struct kvip_claims claims = {};

	(void)state;
	update(&claims, "v", v, true, "");
	update(&claims, "v", v, false, "");
	update(&claims, "w", w, true, "d/v;");
	update(&claims, "w", w, false, "");
	update(&claims, "w", w_without, true, "d/v;");
	update(&claims, "w", w, true, "d/v;");
	update(&claims, "v", NULL, true, "d/w;");
	update(&claims, "v", NULL, false, "");
	update(&claims, "w", NULL, true, "");
	assert_int_equal(claims.claims.n, 0);
	assert_int_equal(claims.claimants.n, 0);
	kvip_claims_free(&claims);
}

/* A pod of the host network on another node, of which an agent knows nothing. */
static void an_endpoint_on_a_node_may_be_an_external_ip(void **state)
{
	static const char svc[] = SVC(
		"w",
		"clusterIP: 10.0.0.1, externalIPs: [192.0.2.9], ports: [{port: 8080}]");
	char cluster[2048];

	(void)state;
	snprintf(cluster, sizeof(cluster), "%s%s%s", svc,
		 WEB_SLICE(EP("192.0.2.9", ", nodeName: other")), NODES);
	expect(cluster, "d/w/TCP any\n cip 10.0.0.1:8080\n ext 192.0.2.9:8080\n"
			" > 192.0.2.9:8080 crs other\n");
	snprintf(cluster, sizeof(cluster), "%s%s%s", svc,
		 WEB_SLICE(EP("192.0.2.9", "")), NODES);
	expect(cluster, "d/w/TCP\n cip 10.0.0.1:8080\n ext 192.0.2.9:8080\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_older_service_wins_an_external_ip),
		cmocka_unit_test(of_one_age_the_first_by_name_wins),
		cmocka_unit_test(an_external_ip_never_takes_a_cluster_ip),
		cmocka_unit_test(an_lb_ip_goes_before_an_external_ip),
		cmocka_unit_test(other_protocols_and_ports_are_not_contested),
		cmocka_unit_test(others_are_told_when_a_claim_comes_and_goes),
		cmocka_unit_test(an_endpoint_on_a_node_may_be_an_external_ip),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
