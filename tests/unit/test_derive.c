// SPDX-License-Identifier: GPL-2.0-or-later
/* Deriving a node's tables: a test's name begins with its rule. */
#include "derivation.h"

static void S1_no_frontend_without_a_cluster_ip(void **state)
{
	static const char *const clusters[] = {
		SVC("w",
		    "clusterIP: None, ports: [{port: 80, nodePort: 30080}], externalIPs: [192.0.2.1]"),
		SVC("w",
		    "clusterIP: '', ports: [{port: 80, nodePort: 30080}], externalIPs: [192.0.2.1]"),
		SVC("w",
		    "ports: [{port: 80, nodePort: 30080}], externalIPs: [192.0.2.1]"),
		SVC("w",
		    "type: ExternalName, externalName: x.example.com, clusterIP: 10.0.0.1, ports: [{port: 80}]"),
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(clusters); i++) {
		char *cluster = NULL;

		assert_true(asprintf(&cluster, "%s%s", clusters[i],
				     WEB_SLICE(EP("10.1.0.1", "")) NODES) > 0);
		expect(cluster, "");
		free(cluster);
	}
}

#define LABELLED(label)                                     \
	SVC("w, labels: {service.kubernetes.io/" label "}", \
	    "clusterIP: 10.0.0.1, ports: [{port: 80}]")     \
	NODES

static void S2_labelled_services_are_skipped(void **state)
{
	struct kvip_derive_config ours = everything;

	(void)state;
	ours.proxy_name = "ours";
	expect(LABELLED("service-proxy-name: other"), "");
	expect(LABELLED("service-proxy-name: ''"), "");
	expect(LABELLED("headless: ''"), "");
	expect(LABELLED("headless: 'false'"), "");
	expect(LABELLED("other: x"), "d/w/TCP\n cip 10.0.0.1:80\n");
	/* one name claimed instead */
	expect_with(LABELLED("service-proxy-name: ours"), &ours,
		    "d/w/TCP\n cip 10.0.0.1:80\n");
	expect_with(LABELLED("service-proxy-name: other"), &ours, "");
	expect_with(LABELLED("other: x"), &ours, "");
	expect_with(
		LABELLED(
			"service-proxy-name: ours, service.kubernetes.io/headless: ''"),
		&ours, "");
}

static void S3_slices_join_by_port_name_and_protocol(void **state)
{
	(void)state;
	expect(SVC("w",
		   "clusterIP: 10.0.0.1, ports: [{name: a, port: 80, targetPort: 1}, {name: b, port: 81}, {name: c, port: 80, protocol: UDP}]")
		       SLICE("w-1", "w",
			     "addressType: IPv4\n"
			     "ports: [{name: a, port: 8080}, {name: b, port: 80}, {name: c, port: 53}]\n"
			     "endpoints: [{addresses: [10.1.0.1]}]\n")
			       SLICE("w-2", "w",
				     "addressType: IPv4\n"
				     "ports: [{name: a, port: 9090}, {name: c, port: 54, protocol: UDP}]\n"
				     "endpoints: [{addresses: [10.1.0.2]}]\n")
	       /* of another Service, and of the same name elsewhere */
	       SLICE("x-1", "x",
		     "addressType: IPv4\nports: [{name: a, port: 80}]\n"
		     "endpoints: [{addresses: [10.1.0.3]}]\n") "---\nkind: EndpointSlice\napiVersion: discovery.k8s.io/v1\n"
							       "metadata: {namespace: e, name: w-1, labels: {kubernetes.io/service-name: w}}\n"
							       "addressType: IPv4\nports: [{name: a, port: 80}]\n"
							       "endpoints: [{addresses: [10.1.0.4]}]\n" NODES,
	       "d/w:a/TCP any\n cip 10.0.0.1:80\n"
	       " > 10.1.0.1:8080 crs\n > 10.1.0.2:9090 crs\n"
	       "d/w:b/TCP any\n cip 10.0.0.1:81\n > 10.1.0.1:80 crs\n"
	       "d/w:c/UDP any\n cip 10.0.0.1:80\n > 10.1.0.2:54 crs\n");
}

static void S4_what_is_no_endpoint(void **state)
{
	(void)state;
	expect(WEB
		       /* FQDN; the other family; a port without a name or number */
		       SLICE("w-1", "w",
			     "addressType: FQDN\nports: [{name: '', port: 80}]\n"
			     "endpoints: [{addresses: [10.1.0.1]}]\n")
			       SLICE("w-2", "w",
				     "addressType: IPv6\nports: [{name: '', port: 80}]\n"
				     "endpoints: [{addresses: ['fd00::1']}]\n")
				       SLICE("w-3", "w",
					     "addressType: IPv4\nports: [{port: 80}, {name: '', port: 0}, {name: ''}]\n"
					     "endpoints: [{addresses: [10.1.0.2]}]\n")
	       /* an address of the wrong family; addresses[1] */
	       SLICE("w-4", "w",
		     V4
		     "endpoints: [{addresses: ['fd00::2']}, {addresses: [10.1.0.3, 10.1.0.4]}]\n")
		       NODES,
	       "d/w/TCP any\n cip 10.0.0.1:80\n > 10.1.0.3:8080 crs\n");
}

static void S5_conditions_by_default(void **state)
{
	static const struct {
		const char *conditions, *flags, *words;
	} rows[] = {
		/* ready absent = true; serving absent = ready */
		{ "{}", "crs", " any" },
		{ "null", "crs", " any" },
		{ "{ready: true}", "crs", " any" },
		{ "{serving: true}", "crs", " any" },
		{ "{ready: true, serving: false}", "cr", " any" },
		{ "{terminating: true}", "crst", " any" },
		{ "{ready: null, serving: null, terminating: null}", "crs",
		  " any" },
		{ "{ready: false, serving: true, terminating: true}", "cst",
		  " any cluster-fallback" },
		/* S13: neither ready nor terminating, but serving: not used */
		{ "{ready: false, serving: true}", "s", "" },
		{ "{ready: false}", NULL, "" },
		{ "{ready: false, terminating: true}", NULL, "" },
		{ "{serving: false, ready: false, terminating: true}", NULL,
		  "" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		char *cluster, *expected;

		assert_true(
			asprintf(
				&cluster,
				WEB SLICE(
					"w-1", "w",
					V4
					"endpoints: [{addresses: [10.1.0.1], conditions: %s}]\n")
					NODES,
				rows[i].conditions) > 0);
		assert_true(asprintf(&expected,
				     "d/w/TCP%s\n cip 10.0.0.1:80\n%s%s%s",
				     rows[i].words,
				     rows[i].flags ? " > 10.1.0.1:8080 " : "",
				     rows[i].flags ? rows[i].flags : "",
				     rows[i].flags ? "\n" : "") > 0);
		expect(cluster, expected);
		free(cluster);
		free(expected);
	}
}

static void S6_same_endpoint_in_two_slices_local_wins(void **state)
{
	(void)state;
	expect(WEB SLICE("w-1", "w",
			 V4 "endpoints:\n" EP("10.1.0.1", ON_B READY)
				 EP("10.1.0.2", ON_A DRAINING)
					 EP("10.1.0.3", ON_B READY)
						 EP("10.1.0.4", ON_A NOT_READY))
		       SLICE("w-2", "w",
			     V4 "endpoints:\n" EP("10.1.0.1", ON_A READY)
				     EP("10.1.0.2", ON_B READY)
					     EP("10.1.0.4", ON_B READY))
	       /* the same address with another port is another endpoint */
	       SLICE("w-3", "w",
		     "addressType: IPv4\nports: [{name: '', port: 9}]\n"
		     "endpoints:\n" EP("10.1.0.3", READY)) NODES,
	       "d/w/TCP any\n cip 10.0.0.1:80\n"
	       " > 10.1.0.1:8080 crsn a\n > 10.1.0.2:8080 stn a\n"
	       " > 10.1.0.3:9 crs\n > 10.1.0.3:8080 crs b\n");
}

static void S6_ties_go_by_the_names_of_slices(void **state)
{
	/* in whatever order they come */
	(void)state;
	expect(WEB SLICE("w-2", "w",
			 V4 "endpoints:\n" EP("10.1.0.1", ON_B DRAINING))
		       SLICE("w-1", "w",
			     V4 "endpoints:\n" EP("10.1.0.1", ON_B READY))
			       NODES,
	       "d/w/TCP any\n cip 10.0.0.1:80\n > 10.1.0.1:8080 crs b\n");
	expect(WEB SLICE("w-1", "w",
			 V4 "endpoints:\n" EP("10.1.0.1", ON_B READY))
		       SLICE("w-2", "w",
			     V4 "endpoints:\n" EP("10.1.0.1", ON_B DRAINING))
			       NODES,
	       "d/w/TCP any\n cip 10.0.0.1:80\n > 10.1.0.1:8080 crs b\n");
}

static void S6_local_is_by_node_name(void **state)
{
	/* a zone or an address of the node is no proof; no nodeName neither */
	(void)state;
	expect(WEB WEB_SLICE(EP("10.1.0.1", ", zone: za") EP("10.1.0.2", ON_A)
				     EP("10.1.0.3", ", nodeName: ''")
					     EP("10.1.0.4", ", nodeName: aa"))
		       NODES,
	       "d/w/TCP any\n cip 10.0.0.1:80\n"
	       " > 10.1.0.1:8080 crs\n > 10.1.0.2:8080 crsn a\n"
	       " > 10.1.0.3:8080 crs\n > 10.1.0.4:8080 crs aa\n");
}

static void S7_S68_families_stand_alone(void **state)
{
	(void)state;
	expect(SVC("w",
		   "type: LoadBalancer, clusterIPs: ['fd00::1', 10.0.0.1], "
		   "externalIPs: [192.0.2.1, '2001:db8::1'], ports: [{port: 80, nodePort: 30080}]")
		       DUAL_STATUS SLICE("w-4", "w",
					 V4 "endpoints:\n" EP("10.1.0.1",
							      ON_A DRAINING))
			       SLICE("w-6", "w",
				     "addressType: IPv6\nports: [{name: '', port: 8081}]\n"
				     "endpoints:\n" EP("fd00:1::2", ON_B READY)
					     EP("fd00:1::1", ON_A READY)) NODES,
	       "d/w/TCP any cluster-fallback\n cip 10.0.0.1:80\n ext 192.0.2.1:80\n"
	       " lb 203.0.113.1:80\n np 0.0.0.0:30080\n"
	       " > 10.1.0.1:8080 cstn a\n"
	       "d/w/TCP any\n cip [fd00::1]:80\n ext [2001:db8::1]:80\n"
	       " lb [2001:db8:1::1]:80\n np [::]:30080\n"
	       " > [fd00:1::1]:8081 crsn a\n > [fd00:1::2]:8081 crs b\n");
}

static void S7_no_family_without_its_cluster_ip(void **state)
{
	(void)state;
	expect(SVC("w",
		   "type: LoadBalancer, clusterIPs: [10.0.0.1], "
		   "externalIPs: ['2001:db8::1'], ports: [{port: 80, nodePort: 30080}]")
		       DUAL_STATUS NODES,
	       "d/w/TCP\n cip 10.0.0.1:80\n lb 203.0.113.1:80\n"
	       " np 0.0.0.0:30080\n");
}

static void S7_addresses_are_made_canonical(void **state)
{
	(void)state;
	expect(SVC("w",
		   "clusterIP: 010.0.0.01, externalIPs: [172.30.0.041, '2001:DB8:0::1'], ports: [{port: 80}]")
		       NODES,
	       "d/w/TCP\n cip 10.0.0.1:80\n ext 172.30.0.41:80\n");
}

static void S8_which_ingress_counts(void **state)
{
	(void)state;
	expect(SVC("w",
		   "type: LoadBalancer, clusterIP: 10.0.0.1, ports: [{port: 80}]") "status: {loadBalancer: {ingress: [{ip: 203.0.113.1}, "
										   "{ip: 203.0.113.2, ipMode: VIP}, {ip: 203.0.113.3, ipMode: Proxy}, "
										   "{hostname: lb.example.com}, {hostname: x, ip: ''}]}}\n" NODES,
	       "d/w/TCP\n cip 10.0.0.1:80\n lb 203.0.113.1:80\n"
	       " lb 203.0.113.2:80\n");
}

static void S9_half_a_dump_is_refused(void **state)
{
	static const struct kvip_derive_config strict = { .kinds = ALL_KINDS };

	(void)state;
	expect_refused(
		WEB_SLICE(EP("10.1.0.1", "")) NODES, "a", &strict,
		"the input has no Service; a whole dump has at least one, the API server's own");
	expect_refused(
		WEB NODES, "a", &strict,
		"the input has no EndpointSlice; a whole dump has at least one, the API server's own");
	expect_with(WEB WEB_SLICE(EP("10.1.0.1", "")) NODES, &strict,
		    "d/w/TCP any\n cip 10.0.0.1:80\n > 10.1.0.1:8080 crs\n");
	/* unless it is meant */
	expect(NODES, "");
	expect(WEB NODES, "d/w/TCP\n cip 10.0.0.1:80\n");
}

static void S10_which_lists_a_port_has(void **state)
{
	static const struct {
		const char *spec, *flags, *words;
	} rows[] = {
		{ "ports: [{port: 80}]", "crsn", "" },
		/* S24: the kernel is told which list */
		{ "ports: [{port: 80}], internalTrafficPolicy: Local", "lrsn",
		  " int-local" },
		/* eTP means nothing without a way from outside */
		{ "ports: [{port: 80}], externalTrafficPolicy: Local", "crsn",
		  "" },
		{ "ports: [{port: 80, nodePort: 30080}]", "crsn", "" },
		{ "ports: [{port: 80, nodePort: 30080}], externalTrafficPolicy: Local",
		  "clrsn", " ext-local" },
		{ "ports: [{port: 80, nodePort: 30080}], internalTrafficPolicy: Local",
		  "clrsn", " int-local" },
		{ "ports: [{port: 80}], externalIPs: [192.0.2.1], internalTrafficPolicy: Local",
		  "clrsn", " int-local" },
		{ "ports: [{port: 80}], externalIPs: [192.0.2.1], externalTrafficPolicy: Local",
		  "clrsn", " ext-local" },
		/* an external IP of the other family is no way in this one */
		{ "ports: [{port: 80}], externalIPs: ['2001:db8::1'], internalTrafficPolicy: Local",
		  "lrsn", " int-local" },
	};
	struct kvip_derive_config config = {
		.kinds = 1U << KVIP_FRONTEND_CLUSTER_IP,
		.allow_empty = true,
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		char *cluster, *expected;

		assert_true(asprintf(&cluster,
				     SVC("w", "clusterIP: 10.0.0.1, %s") "%s",
				     rows[i].spec,
				     WEB_SLICE(EP("10.1.0.1", ON_A))
					     NODES) > 0);
		assert_true(asprintf(&expected,
				     "d/w/TCP any%s\n cip 10.0.0.1:80\n"
				     " > 10.1.0.1:8080 %s a\n",
				     rows[i].words, rows[i].flags) > 0);
		expect_with(cluster, &config, expected);
		free(cluster);
		free(expected);
	}
}

static void S10_a_load_balancer_is_a_way_from_outside(void **state)
{
	(void)state;
	expect(SVC("w", "type: LoadBalancer, clusterIP: 10.0.0.1, internalTrafficPolicy: Local, ports: [{port: 80}]") "status: {loadBalancer: {ingress: [{ip: 203.0.113.1}]}}\n" WEB_SLICE(
		       EP("10.1.0.1", ON_B)) NODES,
	       "d/w/TCP any int-local\n cip 10.0.0.1:80\n lb 203.0.113.1:80\n"
	       " > 10.1.0.1:8080 crs b\n");
	/* in mode Proxy it is not */
	expect(SVC("w", "type: LoadBalancer, clusterIP: 10.0.0.1, internalTrafficPolicy: Local, ports: [{port: 80}]") "status: {loadBalancer: {ingress: [{ip: 203.0.113.1, ipMode: Proxy}]}}\n" WEB_SLICE(
		       EP("10.1.0.1", ON_B)) NODES,
	       "d/w/TCP any int-local\n cip 10.0.0.1:80\n > 10.1.0.1:8080 rs b\n");
}

static void S11_cluster_list(void **state)
{
	(void)state;
	/* ready ones */
	expect(WEB WEB_SLICE(
		       EP("10.1.0.1", ON_A READY) EP("10.1.0.2", ON_B DRAINING)
			       EP("10.1.0.3", NOT_READY) EP("10.1.0.4", GONE))
		       NODES,
	       "d/w/TCP any\n cip 10.0.0.1:80\n"
	       " > 10.1.0.1:8080 crsn a\n > 10.1.0.2:8080 st b\n");
	/* else all that are serving and terminating, anywhere */
	expect(WEB WEB_SLICE(
		       EP("10.1.0.1", ON_A DRAINING) EP(
			       "10.1.0.2",
			       ON_B DRAINING) EP("10.1.0.3",
						 NOT_READY) EP("10.1.0.4", GONE)
			       EP("10.1.0.5",
				  ", conditions: {ready: false, serving: true}"))
		       NODES,
	       "d/w/TCP any cluster-fallback\n cip 10.0.0.1:80\n"
	       " > 10.1.0.1:8080 cstn a\n > 10.1.0.2:8080 cst b\n"
	       " > 10.1.0.5:8080 s\n");
	/* else none: S13 says that there is nothing */
	expect(WEB WEB_SLICE(EP("10.1.0.1", NOT_READY) EP("10.1.0.2", GONE) EP(
		       "10.1.0.5",
		       ", conditions: {ready: false, serving: true}")) NODES,
	       "d/w/TCP\n cip 10.0.0.1:80\n > 10.1.0.5:8080 s\n");
}

static void S12_local_list(void **state)
{
	(void)state;
	/* local ready ones */
	expect(BOTH_LISTS WEB_SLICE(
		       EP("10.1.0.1", ON_A READY) EP("10.1.0.2", ON_A DRAINING)
			       EP("10.1.0.3", ON_B READY)) NODES,
	       BOTH " > 10.1.0.1:8080 clrsn a\n > 10.1.0.2:8080 stn a\n"
		    " > 10.1.0.3:8080 crs b\n");
	/* else the local draining ones, while the cluster list has ready ones */
	expect(BOTH_LISTS WEB_SLICE(
		       EP("10.1.0.2", ON_A DRAINING) EP("10.1.0.3", ON_B READY)
			       EP("10.1.0.4", ON_B DRAINING)) NODES,
	       "d/w/TCP any ext-local local-fallback\n" BOTH_FRONTENDS
	       " > 10.1.0.2:8080 lstn a\n > 10.1.0.3:8080 crs b\n"
	       " > 10.1.0.4:8080 st b\n");
	/* both fall back */
	expect(BOTH_LISTS WEB_SLICE(EP("10.1.0.2", ON_A DRAINING)
					    EP("10.1.0.4", ON_B DRAINING))
		       NODES,
	       "d/w/TCP any ext-local cluster-fallback local-fallback\n" BOTH_FRONTENDS
	       " > 10.1.0.2:8080 clstn a\n > 10.1.0.4:8080 cst b\n");
	/* nothing local, but something somewhere: S24, S29 make that a DROP */
	expect(BOTH_LISTS WEB_SLICE(EP("10.1.0.3", ON_B READY)) NODES,
	       BOTH " > 10.1.0.3:8080 crs b\n");
}

static void S13_has_any_looks_everywhere(void **state)
{
	(void)state;
	expect(SVC("w",
		   "clusterIP: 10.0.0.1, internalTrafficPolicy: Local, ports: [{port: 80}]")
		       WEB_SLICE(EP("10.1.0.3", ON_B DRAINING)) NODES,
	       "d/w/TCP any int-local\n cip 10.0.0.1:80\n > 10.1.0.3:8080 st b\n");
}

static void S14_the_algorithm_is_random(void **state)
{
	struct kvip_model model;
	struct kvip_table table;
	struct kvip_err err;

	(void)state;
	kvip_model_init(&model);
	kvip_table_init(&table);
	cluster_add(&model, WEB NODES);
	assert_int_equal(
		kvip_derive(&model, "a", &everything, &table, NULL, &err), 0);
	assert_int_equal(table.n_services, 1);
	assert_int_equal(table.services[0].algorithm, KVIP_ALGORITHM_RANDOM);
	kvip_table_free(&table);
	kvip_model_free(&model);
}

static void names_and_ports(void **state)
{
	(void)state;
	expect(SVC("w",
		   "clusterIP: 10.0.0.1, ports: [{name: t, port: 53, nodePort: 30053}, "
		   "{name: u, port: 53, protocol: UDP, nodePort: 30053}, {name: s, port: 53, protocol: SCTP}]")
		       SVC("v",
			   "clusterIP: 10.0.0.2, ports: [{name: '', port: 1}]")
			       NODES,
	       "d/v/TCP\n cip 10.0.0.2:1\n"
	       "d/w:s/SCTP\n cip 10.0.0.1:53\n"
	       "d/w:t/TCP\n cip 10.0.0.1:53\n np 0.0.0.0:30053\n"
	       "d/w:u/UDP\n cip 10.0.0.1:53\n np 0.0.0.0:30053\n");
}

static void unwanted_kinds_are_counted(void **state)
{
	static const char cluster[] = SVC(
		"w",
		"type: LoadBalancer, clusterIPs: [10.0.0.1, 'fd00::1'], "
		"externalIPs: [192.0.2.1], ports: [{port: 80, nodePort: 30080}]") "status: {loadBalancer: {ingress: [{ip: 203.0.113.1}]}}\n" NODES;
	struct kvip_derive_config config = { .allow_empty = true };
	struct kvip_derive_report report;
	struct kvip_err err;
	char text[1024];

	(void)state;
	config.kinds = 1U << KVIP_FRONTEND_CLUSTER_IP;
	assert_int_equal(derive(cluster, "a", &config, text, sizeof(text),
				&report, &err),
			 0);
	assert_string_equal(text, "d/w/TCP\n cip 10.0.0.1:80\n"
				  "d/w/TCP\n cip [fd00::1]:80\n");
	assert_int_equal(report.n_kinds_left_out, 4);
	/* a family of which nothing is left is not there */
	config.kinds = 1U << KVIP_FRONTEND_EXTERNAL_IP;
	assert_int_equal(derive(cluster, "a", &config, text, sizeof(text),
				&report, &err),
			 0);
	assert_string_equal(text, "d/w/TCP\n ext 192.0.2.1:80\n");
	assert_int_equal(report.n_kinds_left_out, 5);
}

static void S22_a_port_of_each_protocol(void **state)
{
	(void)state;
	expect(SVC("w",
		   "clusterIP: 10.0.0.1, externalIPs: [192.0.2.1], ports: ["
		   "{name: t, port: 53, nodePort: 30053}, "
		   "{name: u, port: 53, nodePort: 30053, protocol: UDP}, "
		   "{name: s, port: 53, nodePort: 30053, protocol: SCTP}]")
		       NODES,
	       "d/w:s/SCTP\n cip 10.0.0.1:53\n ext 192.0.2.1:53\n"
	       " np 0.0.0.0:30053\n"
	       "d/w:t/TCP\n cip 10.0.0.1:53\n ext 192.0.2.1:53\n"
	       " np 0.0.0.0:30053\n"
	       "d/w:u/UDP\n cip 10.0.0.1:53\n ext 192.0.2.1:53\n"
	       " np 0.0.0.0:30053\n");
}

static void an_address_of_two_kinds_is_one_frontend(void **state)
{
	(void)state;
	expect(SVC("w",
		   "type: LoadBalancer, clusterIP: 10.0.0.1, "
		   "externalIPs: [203.0.113.1, 10.0.0.1, 192.0.2.1, 192.0.2.1], ports: [{port: 80}]") "status: {loadBalancer: {ingress: [{ip: 203.0.113.1}]}}\n" NODES,
	       "d/w/TCP\n cip 10.0.0.1:80\n ext 192.0.2.1:80\n"
	       " lb 203.0.113.1:80\n");
}

static void two_services_of_one_address_are_refused(void **state)
{
	(void)state;
	expect_refused(
		SVC("w",
		    "clusterIP: 10.0.0.1, externalIPs: [192.0.2.1], ports: [{port: 80}]")
			SVC("v",
			    "clusterIP: 10.0.0.2, externalIPs: [192.0.2.1], ports: [{name: x, port: 80}]")
				NODES,
		"a", &everything, "d/v:x and d/w both claim 192.0.2.1:80/TCP");
	expect_refused(
		SVC("w",
		    "clusterIP: 10.0.0.1, ports: [{port: 80, nodePort: 30080}]")
			SVC("v",
			    "clusterIP: 10.0.0.2, ports: [{port: 80, nodePort: 30080}]")
				NODES,
		"a", &everything, "d/v and d/w both claim 0.0.0.0:30080/TCP");
	/* another protocol is another frontend */
	expect(SVC("w",
		   "clusterIP: 10.0.0.1, externalIPs: [192.0.2.1], ports: [{port: 80}]")
		       SVC("v",
			   "clusterIP: 10.0.0.2, externalIPs: [192.0.2.1], ports: [{port: 80, protocol: UDP}]")
			       NODES,
	       "d/v/UDP\n cip 10.0.0.2:80\n ext 192.0.2.1:80\n"
	       "d/w/TCP\n cip 10.0.0.1:80\n ext 192.0.2.1:80\n");
}

#define NODE_CALLED(name) \
	"---\nkind: Node\napiVersion: v1\nmetadata: {name: " name "}\n"

static void an_unknown_node_is_refused(void **state)
{
	(void)state;
	expect_refused(WEB NODES, "c", &everything,
		       "there is no node c; there are a, b");
	expect_refused(WEB NODE_CALLED("z"), "c", &everything,
		       "there is no node c; there is z");
	expect_refused(WEB NODES NODE_CALLED("e") NODE_CALLED("d"), "c",
		       &everything,
		       "there is no node c; there are a, b, d and others");
	expect_refused(
		WEB, "c", &everything,
		"there is no Node in the input, so that nothing is known of c; kubectl get services,endpointslices,nodes -A -o json prints all that is needed");
}

/* The same cluster whatever way it came about gives the same table. */
static void the_way_does_not_matter(void **state)
{
	struct kvip_table one, two;
	struct kvip_model model;
	struct kvip_err err;
	char text[512];
	size_t i;
	int n;

	(void)state;
	kvip_model_init(&model);
	kvip_table_init(&one);
	kvip_table_init(&two);
	for (n = 0; n < 300; n++) {
		snprintf(
			text, sizeof(text),
			SVC("s%d", "clusterIP: 10.0.%d.%d, ports: [{port: 80}]")
				SLICE("s%d", "s%d",
				      V4
				      "endpoints: [{addresses: [10.1.%d.%d]}]\n"),
			n, n / 100, n % 100, n, n, n / 100, n % 100 + 1);
		cluster_add(&model, text);
	}
	cluster_add(&model, NODES);
	assert_int_equal(
		kvip_derive(&model, "a", &everything, &one, NULL, &err), 0);
	kvip_model_free(&model);
	for (n = 299; n >= 0; n--) {
		snprintf(
			text, sizeof(text),
			SLICE("s%d", "s%d",
			      V4 "endpoints: [{addresses: [10.1.%d.%d]}]\n")
				SVC("s%d",
				    "clusterIP: 10.0.%d.%d, ports: [{port: 80}]"),
			n, n, n / 100, n % 100 + 1, n, n / 100, n % 100);
		cluster_add(&model, text);
	}
	cluster_add(&model, NODES);
	assert_int_equal(
		kvip_derive(&model, "a", &everything, &two, NULL, &err), 0);
	assert_int_equal(one.n_services, 300);
	assert_int_equal(two.n_services, 300);
	for (i = 0; i < one.n_services; i++)
		assert_true(
			kvip_service_same(&one.services[i], &two.services[i]));
	kvip_table_free(&one);
	kvip_table_free(&two);
	kvip_model_free(&model);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(S1_no_frontend_without_a_cluster_ip),
		cmocka_unit_test(S2_labelled_services_are_skipped),
		cmocka_unit_test(S3_slices_join_by_port_name_and_protocol),
		cmocka_unit_test(S4_what_is_no_endpoint),
		cmocka_unit_test(S5_conditions_by_default),
		cmocka_unit_test(S6_same_endpoint_in_two_slices_local_wins),
		cmocka_unit_test(S6_ties_go_by_the_names_of_slices),
		cmocka_unit_test(S6_local_is_by_node_name),
		cmocka_unit_test(S7_S68_families_stand_alone),
		cmocka_unit_test(S7_no_family_without_its_cluster_ip),
		cmocka_unit_test(S7_addresses_are_made_canonical),
		cmocka_unit_test(S8_which_ingress_counts),
		cmocka_unit_test(S9_half_a_dump_is_refused),
		cmocka_unit_test(S10_which_lists_a_port_has),
		cmocka_unit_test(S10_a_load_balancer_is_a_way_from_outside),
		cmocka_unit_test(S11_cluster_list),
		cmocka_unit_test(S12_local_list),
		cmocka_unit_test(S13_has_any_looks_everywhere),
		cmocka_unit_test(S14_the_algorithm_is_random),
		cmocka_unit_test(names_and_ports),
		cmocka_unit_test(unwanted_kinds_are_counted),
		cmocka_unit_test(S22_a_port_of_each_protocol),
		cmocka_unit_test(an_address_of_two_kinds_is_one_frontend),
		cmocka_unit_test(two_services_of_one_address_are_refused),
		cmocka_unit_test(an_unknown_node_is_refused),
		cmocka_unit_test(the_way_does_not_matter),
	};

	return cmocka_run_group_tests_name("derive", tests, NULL, NULL);
}
