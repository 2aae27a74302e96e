// SPDX-License-Identifier: GPL-2.0-or-later
/* The zones of a cluster, S70 to S74, as text. */
#include "cluster.h"

#include <json-c/json.h>

#include "alloc.h"
#include "dns_config.h"
#include "dns_pods.h"
#include "domain.h"
#include "zones.h"

#define SVC(name, spec)                                                              \
	"---\n{apiVersion: v1, kind: Service, metadata: {namespace: d, name: '" name \
	"'}, spec: {" spec "}}\n"
#define SLICE(name, svc, family, ports, endpoints)                     \
	"---\n{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, " \
	"metadata: {namespace: d, name: " name                         \
	", labels: {kubernetes.io/service-name: " svc                  \
	"}}, addressType: IPv" family ", ports: [" ports               \
	"], endpoints: [" endpoints "]}\n"
#define HEADLESS(name) SVC(name, "clusterIP: None, ports: [{port: 80}]")
/* labels of some lengths */
#define L10 "abcdefghij"
#define L60 L10 L10 L10 L10 L10 L10
#define L63 L60 "abc"
#define HTTP "{name: http, port: 8080}"

/* What every forward zone has, and most tests do not ask for. */
static const char *const own[] = {
	"@\tNS\tns.dns.cluster.local.\n",
	"dns-version\tTXT\t\"1.1.0\"\n",
	"ns.dns\tA\t127.0.0.1\n",
	"ns.dns\tAAAA\t::1\n",
};

struct scene {
	struct kvip_model model;
	struct kvip_dns_config config;
	struct kvip_dns_pods pods;
	struct kvip_zones zones;
};

static int begin(void **state)
{
	struct scene *scene = kvip_alloc(sizeof(*scene));

	kvip_model_init(&scene->model);
	kvip_dns_config_init(&scene->config);
	*state = scene;
	return 0;
}

static int end(void **state)
{
	struct scene *scene = *state;

	kvip_zones_free(&scene->zones);
	kvip_dns_pods_free(&scene->pods);
	kvip_dns_config_free(&scene->config);
	kvip_model_free(&scene->model);
	free(scene);
	return 0;
}

static void make(struct scene *scene)
{
	kvip_zones_free(&scene->zones);
	kvip_zones_make(&scene->model, scene->pods.items, scene->pods.n,
			&scene->config, &scene->zones);
}

static void set(struct scene *scene, const char *key, const char *value)
{
	struct kvip_config_section section =
		kvip_dns_config_section(&scene->config);
	struct kvip_err err;

	if (section.set(section.arg, key, value, &err))
		fail_msg("%s", err.text);
}

static void refuse(struct scene *scene, const char *key, const char *value,
		   const char *why)
{
	struct kvip_config_section section =
		kvip_dns_config_section(&scene->config);
	struct kvip_err err;

	scene->config.told = 0;
	assert_int_equal(section.set(section.arg, key, value, &err), -1);
	assert_string_equal(err.text, why);
}

static const struct kvip_zone *zone(const struct scene *scene,
				    const char *origin)
{
	size_t i;

	for (i = 0; i < scene->zones.n; i++)
		if (!strcmp(scene->zones.items[i].origin, origin))
			return &scene->zones.items[i];
	fail_msg("there is no zone %s", origin);
	return NULL;
}

/* The records of a zone, but for what every one has. */
static void expect_in(struct scene *scene, const char *origin,
		      const char *records)
{
	const struct kvip_zone *found = zone(scene, origin);
	char *text = kvip_strdup(found->records), *at;
	size_t i, lines = 0;

	assert_int_equal(strlen(text), found->len);
	for (at = text; (at = strchr(at, '\n')); at++)
		lines++;
	assert_int_equal(lines, found->n_records);
	for (i = 0; i < ARRAY_SIZE(own); i++) {
		at = strstr(text, own[i]);
		if (at && (at == text || at[-1] == '\n'))
			memmove(at, at + strlen(own[i]),
				strlen(at + strlen(own[i])) + 1);
	}
	assert_string_equal(text, records);
	free(text);
}

static void expect(struct scene *scene, const char *cluster,
		   const char *records)
{
	cluster_add(&scene->model, cluster);
	make(scene);
	expect_in(scene, scene->config.zone, records);
}

static void expect_left_out(struct scene *scene, size_t n, const char *first)
{
	assert_int_equal(scene->zones.n_left_out, n);
	assert_string_equal(scene->zones.first_left_out.text, first);
}

static void a_cluster_ip_has_addresses_and_services(void **state)
{
	struct scene *scene = *state;

	expect(scene,
	       SVC("web", "clusterIP: 10.96.0.9, clusterIPs: [10.96.0.9, "
			  "'fd00:10:96::9'], ports: [{name: http, port: 80}, "
			  "{name: dns, port: 53, protocol: UDP}, "
			  "{name: x, port: 9, protocol: SCTP}]"),
	       "_dns._udp.web.d.svc\tSRV\t0 100 53 web.d.svc\n"
	       "_http._tcp.web.d.svc\tSRV\t0 100 80 web.d.svc\n"
	       "_x._sctp.web.d.svc\tSRV\t0 100 9 web.d.svc\n"
	       "web.d.svc\tA\t10.96.0.9\n"
	       "web.d.svc\tAAAA\tfd00:10:96::9\n");
	assert_int_equal(scene->zones.n, 3);
	expect_in(scene, "96.10.in-addr.arpa",
		  "9.0\tPTR\tweb.d.svc.cluster.local.\n");
	expect_in(scene, "0.0.0.0.6.9.0.0.0.1.0.0.0.0.d.f.ip6.arpa",
		  "9.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0\tPTR\t"
		  "web.d.svc.cluster.local.\n");
	assert_int_equal(scene->zones.n_left_out, 0);
}

static void a_port_without_a_name_has_no_srv(void **state)
{
	expect(*state, SVC("web", "clusterIP: 10.96.0.9, ports: [{port: 80}]"),
	       "web.d.svc\tA\t10.96.0.9\n");
}

static void endpoints_of_a_cluster_ip_are_not_told(void **state)
{
	expect(*state,
	       SVC("web", "clusterIP: 10.96.0.9, ports: [{port: 80}]")
		       SLICE("w", "web", "4", HTTP,
			     "{addresses: [10.0.0.5], hostname: a}"),
	       "web.d.svc\tA\t10.96.0.9\n");
}

static void a_service_of_another_proxy_has_a_name(void **state)
{
	expect(*state,
	       "---\n{apiVersion: v1, kind: Service, metadata: {namespace: d, "
	       "name: web, labels: {service.kubernetes.io/service-proxy-name: "
	       "x, service.kubernetes.io/headless: ''}}, spec: {clusterIP: "
	       "10.96.0.9, ports: [{port: 80}]}}",
	       "web.d.svc\tA\t10.96.0.9\n");
}

static void a_headless_service_has_its_ready_endpoints(void **state)
{
	struct scene *scene = *state;

	expect(scene,
	       HEADLESS("db") SLICE(
		       "db-4", "db", "4", HTTP,
		       "{addresses: [10.0.0.5, 10.0.0.99], hostname: db-0}, "
		       "{addresses: [10.0.0.6], conditions: {ready: true}}, "
		       "{addresses: [10.0.0.7], conditions: {ready: false, "
		       "serving: true, terminating: true}, hostname: db-2}")
		       SLICE("db-6", "db", "6", HTTP,
			     "{addresses: ['fd00::1:0:0:5'], hostname: db-0}, "
			     "{addresses: ['fd00::1']}"),
	       "10-0-0-6.db.d.svc\tA\t10.0.0.6\n"
	       "_http._tcp.db.d.svc\tSRV\t0 100 8080 10-0-0-6.db.d.svc\n"
	       "_http._tcp.db.d.svc\tSRV\t0 100 8080 db-0.db.d.svc\n"
	       "_http._tcp.db.d.svc\tSRV\t0 100 8080 fd00--1.db.d.svc\n"
	       "db-0.db.d.svc\tA\t10.0.0.5\n"
	       "db-0.db.d.svc\tAAAA\tfd00::1:0:0:5\n"
	       "db.d.svc\tA\t10.0.0.5\n"
	       "db.d.svc\tA\t10.0.0.6\n"
	       "db.d.svc\tAAAA\tfd00::1\n"
	       "db.d.svc\tAAAA\tfd00::1:0:0:5\n"
	       "fd00--1.db.d.svc\tAAAA\tfd00::1\n");
	/* S72: of a hostname alone */
	expect_in(scene, "0.10.in-addr.arpa",
		  "5.0\tPTR\tdb-0.db.d.svc.cluster.local.\n");
	assert_int_equal(scene->zones.n, 3);
}

static void a_headless_service_may_publish_all_endpoints(void **state)
{
	struct scene *scene = *state;

	expect(scene,
	       SVC("db", "clusterIP: None, publishNotReadyAddresses: true")
		       SLICE("s", "db", "4", "",
			     "{addresses: [10.0.0.5], conditions: {ready: "
			     "false}}, {addresses: [10.0.0.6], hostname: b, "
			     "conditions: {ready: false}}"),
	       "10-0-0-5.db.d.svc\tA\t10.0.0.5\n"
	       "b.db.d.svc\tA\t10.0.0.6\n"
	       "db.d.svc\tA\t10.0.0.5\n"
	       "db.d.svc\tA\t10.0.0.6\n");
	expect_in(scene, "0.10.in-addr.arpa",
		  "6.0\tPTR\tb.db.d.svc.cluster.local.\n");
}

/* S70: then its name does not exist at all */
static void a_headless_service_without_ready_ones_has_nothing(void **state)
{
	struct scene *scene = *state;

	expect(scene,
	       SVC("db", "clusterIP: None, ports: [{name: http, port: 80}]")
		       SLICE("s", "db", "4", HTTP,
			     "{addresses: [10.0.0.5], conditions: {ready: "
			     "false}, hostname: a}"),
	       "");
	assert_int_equal(scene->zones.n, 1);
}

/* S6, and ports that differ from slice to slice (S3) */
static void an_endpoint_in_several_slices_is_one(void **state)
{
	expect(*state,
	       HEADLESS("db") SLICE("a", "db", "4", HTTP,
				    "{addresses: [10.0.0.5]}, "
				    "{addresses: [10.0.0.6]}")
		       SLICE("b", "db", "4",
			     HTTP ", {name: m, port: 1, protocol: UDP}",
			     "{addresses: [10.0.0.5]}, {addresses: "
			     "[10.0.0.6], conditions: {ready: false}}")
			       SLICE("c", "db", "4", "{name: http, port: 81}",
				     "{addresses: [10.0.0.7]}"),
	       "10-0-0-5.db.d.svc\tA\t10.0.0.5\n"
	       "10-0-0-6.db.d.svc\tA\t10.0.0.6\n"
	       "10-0-0-7.db.d.svc\tA\t10.0.0.7\n"
	       "_http._tcp.db.d.svc\tSRV\t0 100 8080 10-0-0-5.db.d.svc\n"
	       "_http._tcp.db.d.svc\tSRV\t0 100 8080 10-0-0-6.db.d.svc\n"
	       "_http._tcp.db.d.svc\tSRV\t0 100 81 10-0-0-7.db.d.svc\n"
	       "_m._udp.db.d.svc\tSRV\t0 100 1 10-0-0-5.db.d.svc\n"
	       "db.d.svc\tA\t10.0.0.5\n"
	       "db.d.svc\tA\t10.0.0.6\n"
	       "db.d.svc\tA\t10.0.0.7\n");
}

/* S4 */
static void what_is_no_endpoint_has_no_name(void **state)
{
	expect(*state,
	       HEADLESS("db") SLICE(
		       "a", "db", "6", "{port: 80}, {name: x}",
		       "{addresses: [10.0.0.5]}, "
		       "{addresses: ['fd00::5']}") "---\n{apiVersion: discovery.k8s.io/v1, kind: "
						   "EndpointSlice, metadata: {namespace: d, name: f, "
						   "labels: {kubernetes.io/service-name: db}}, "
						   "addressType: FQDN, endpoints: [{addresses: [a.b]}]}",
	       "db.d.svc\tAAAA\tfd00::5\n"
	       "fd00--5.db.d.svc\tAAAA\tfd00::5\n");
}

static void a_hostname_that_is_no_label_is_not_used(void **state)
{
	struct scene *scene = *state;

	expect(scene,
	       HEADLESS("db") SLICE(
		       "a", "db", "4", HTTP,
		       "{addresses: [10.0.0.5], hostname: a.b}, "
		       "{addresses: [10.0.0.6], hostname: '*'}, "
		       "{addresses: [10.0.0.7], hostname: \"a\\n@ NS x\"}, "
		       "{addresses: [10.0.0.8], hostname: DB_1}, "
		       "{addresses: [10.0.0.9], hostname: " L63 "d}"),
	       "10-0-0-5.db.d.svc\tA\t10.0.0.5\n"
	       "10-0-0-6.db.d.svc\tA\t10.0.0.6\n"
	       "10-0-0-7.db.d.svc\tA\t10.0.0.7\n"
	       "10-0-0-9.db.d.svc\tA\t10.0.0.9\n"
	       "_http._tcp.db.d.svc\tSRV\t0 100 8080 10-0-0-5.db.d.svc\n"
	       "_http._tcp.db.d.svc\tSRV\t0 100 8080 10-0-0-6.db.d.svc\n"
	       "_http._tcp.db.d.svc\tSRV\t0 100 8080 10-0-0-7.db.d.svc\n"
	       "_http._tcp.db.d.svc\tSRV\t0 100 8080 10-0-0-9.db.d.svc\n"
	       "_http._tcp.db.d.svc\tSRV\t0 100 8080 db_1.db.d.svc\n"
	       "db.d.svc\tA\t10.0.0.5\n"
	       "db.d.svc\tA\t10.0.0.6\n"
	       "db.d.svc\tA\t10.0.0.7\n"
	       "db.d.svc\tA\t10.0.0.8\n"
	       "db.d.svc\tA\t10.0.0.9\n"
	       "db_1.db.d.svc\tA\t10.0.0.8\n");
	expect_in(scene, "0.10.in-addr.arpa",
		  "8.0\tPTR\tdb_1.db.d.svc.cluster.local.\n");
}

static void a_dashed_address_neither_begins_nor_ends_so(void **state)
{
	static const char *const cases[][2] = {
		{ "10.0.0.5", "10-0-0-5" }, { "fd00::", "fd00--0" },
		{ "::5", "0--5" },	    { "fd00:1::2", "fd00-1--2" },
		{ "::", "0--0" },
	};
	char text[KVIP_DOMAIN_ADDR_LEN];
	struct kvip_addr addr;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		assert_true(kvip_addr_parse(cases[i][0], &addr));
		assert_string_equal(kvip_domain_dashed(&addr, text),
				    cases[i][1]);
	}
}

#define EXTERNAL(name, to) SVC(name, "type: ExternalName, externalName: " to)

static void an_external_name_is_an_alias(void **state)
{
	expect(*state,
	       EXTERNAL("a", "db.example.com") EXTERNAL("b", "db.example.com.")
		       EXTERNAL("c", "'_x.1.example.com', ports: [{name: p, "
				     "port: 1}]")
			       EXTERNAL("e", "'a;b \"c\\\\(é).example'"),
	       "a.d.svc\tCNAME\tdb.example.com.\n"
	       "b.d.svc\tCNAME\tdb.example.com.\n"
	       "c.d.svc\tCNAME\t_x.1.example.com.\n"
	       "e.d.svc\tCNAME\ta\\;b\\032\\\"c\\\\\\\\\\(\\195\\169\\)"
	       ".example.\n");
}

static void an_external_name_that_is_none_is_left_out(void **state)
{
	struct scene *scene = *state;

	expect(scene, EXTERNAL("z", "192.0.2.1") EXTERNAL("b", "'a..b'"), "");
	expect_left_out(scene, 2,
			"d/b: its externalName \"a..b\" is no domain name");
	expect(scene, EXTERNAL("a", "'fd00::1'") EXTERNAL("c", "'.'"), "");
	expect_left_out(
		scene, 4,
		"d/a: its externalName fd00::1 is an address, not a name");
	expect(scene, SVC("0", "type: ExternalName"), "");
	expect_left_out(scene, 5, "d/0: it has no externalName");
}

static void a_domain_is_measured(void **state)
{
	char text[KVIP_DOMAIN_TEXT_LEN];

	(void)state;
	assert_true(kvip_domain_absolute(L63, text));
	assert_string_equal(text, L63 ".");
	assert_false(kvip_domain_absolute(L63 "d", text));
	assert_true(
		kvip_domain_absolute(L63 "." L63 "." L63 "." L60 "a", text));
	assert_true(
		kvip_domain_absolute(L63 "." L63 "." L63 "." L60 "a.", text));
	assert_false(
		kvip_domain_absolute(L63 "." L63 "." L63 "." L60 "ab", text));
	assert_false(kvip_domain_absolute("", text));
	assert_false(kvip_domain_absolute(".", text));
	assert_false(kvip_domain_absolute(".a", text));
	assert_false(kvip_domain_absolute("a..", text));
}

static void names_that_do_not_fit_are_left_out(void **state)
{
	struct scene *scene = *state;

	expect(scene,
	       SVC("a.b", "clusterIP: 10.96.0.1, ports: [{port: 80}]")
		       SVC("Web", "clusterIP: 10.96.0.2, ports: [{port: 80}]")
			       SVC("ok", "clusterIP: 10.96.0.3, ports: "
					 "[{port: 80, name: a.b}, "
					 "{port: 82, name: c.d}, "
					 "{port: 81, name: HTTP}]"),
	       "_http._tcp.ok.d.svc\tSRV\t0 100 81 ok.d.svc\n"
	       "ok.d.svc\tA\t10.96.0.3\n");
	expect_left_out(scene, 3, "d/Web: its name can't be a label");
	expect(scene, SVC(L63 "d", "clusterIP: 10.96.0.1, ports: [{port: 80}]"),
	       "_http._tcp.ok.d.svc\tSRV\t0 100 81 ok.d.svc\n"
	       "ok.d.svc\tA\t10.96.0.3\n");
	assert_int_equal(scene->zones.n_left_out, 4);
}

/* Its own name fits, one below it does not. */
static void a_long_zone_leaves_long_names_out(void **state)
{
	struct scene *scene = *state;

	set(scene, "zone", L63 "." L63);
	expect(scene,
	       SVC(L63, "clusterIP: None")
		       SLICE("s", L63, "4", "{name: abcdefghijabcde, port: 1}",
			     "{addresses: [10.0.0.5], hostname: " L60 "}"),
	       "@\tNS\tns.dns." L63 "." L63 ".\n" L63 ".d.svc\tA\t10.0.0.5\n");
	expect_left_out(scene, 1,
			"d/" L63 ": the name " L60 "." L63 ".d.svc." L63 "." L63
			" has more than 253 bytes");
}

static void the_name_server_has_an_address(void **state)
{
	struct scene *scene = *state;

	cluster_add(&scene->model,
		    SVC("web", "clusterIP: 10.96.0.9, ports: [{port: 80}]"));
	make(scene);
	assert_non_null(strstr(zone(scene, "cluster.local")->records,
			       "@\tNS\tns.dns.cluster.local.\n"));
	assert_non_null(strstr(zone(scene, "cluster.local")->records,
			       "ns.dns\tA\t127.0.0.1\n"));
	assert_non_null(strstr(zone(scene, "96.10.in-addr.arpa")->records,
			       "@\tNS\tns.dns.cluster.local.\n"));

	cluster_add(
		&scene->model,
		"---\n{apiVersion: v1, kind: Service, metadata: {namespace: "
		"kube-system, name: kube-dns}, spec: {clusterIP: "
		"10.96.0.10, ports: [{port: 53, protocol: UDP}]}}");
	make(scene);
	assert_non_null(strstr(zone(scene, "cluster.local")->records,
			       "ns.dns\tA\t10.96.0.10\nweb.d"));

	set(scene, "nameserver-addresses", "169.254.20.10, fd00::a");
	make(scene);
	assert_non_null(strstr(zone(scene, "cluster.local")->records,
			       "ns.dns\tA\t169.254.20.10\n"
			       "ns.dns\tAAAA\tfd00::a\nweb.d"));

	/* one that is a Service has that one's */
	set(scene, "nameserver", "kube-dns.kube-system.svc.cluster.local");
	make(scene);
	assert_null(strstr(zone(scene, "cluster.local")->records, "169.254"));
	assert_non_null(
		strstr(zone(scene, "cluster.local")->records,
		       "@\tNS\tkube-dns.kube-system.svc.cluster.local.\n"));
	assert_non_null(strstr(zone(scene, "cluster.local")->records,
			       "kube-dns.kube-system.svc\tA\t10.96.0.10\nweb"));
}

static void a_name_server_elsewhere_needs_none(void **state)
{
	struct scene *scene = *state;

	set(scene, "nameserver", "ns.xcluster.local");
	make(scene);
	assert_string_equal(zone(scene, "cluster.local")->records,
			    "@\tNS\tns.xcluster.local.\n"
			    "dns-version\tTXT\t\"1.1.0\"\n");
	/* one within it has some, whatever begins as it does */
	scene->config.told = 0;
	set(scene, "nameserver", "web.cluster.local");
	expect(scene, SVC("web", "clusterIP: 10.96.0.9, ports: [{port: 80}]"),
	       "@\tNS\tweb.cluster.local.\nweb\tA\t127.0.0.1\n"
	       "web\tAAAA\t::1\nweb.d.svc\tA\t10.96.0.9\n");
	kvip_model_delete_svc(&scene->model, "d", "web");
	scene->config.told = 0;
	set(scene, "nameserver", "Cluster.Local.");
	make(scene);
	assert_string_equal(zone(scene, "cluster.local")->records,
			    "@\tA\t127.0.0.1\n@\tAAAA\t::1\n"
			    "@\tNS\tcluster.local.\n"
			    "dns-version\tTXT\t\"1.1.0\"\n");
}

static void reverse_zones_follow_the_addresses(void **state)
{
	static const char *const origins[] = {
		"0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa",
		"0.32.172.in-addr.arpa",
		"113.0.203.in-addr.arpa",
		"16.172.in-addr.arpa",
		"168.192.in-addr.arpa",
		"31.172.in-addr.arpa",
		"cluster.local",
	};
	struct scene *scene = *state;
	size_t i;

#define IP(name, ip) SVC(name, "clusterIP: '" ip "', ports: [{port: 80}]")
	cluster_add(&scene->model,
		    IP("a", "203.0.113.7") IP("b", "192.168.1.1")
			    IP("c", "192.168.2.1") IP("e", "172.16.0.1")
				    IP("f", "172.31.255.1")
					    IP("g", "2001:db8::1")
						    IP("h", "172.32.0.1"));
	make(scene);
	assert_int_equal(scene->zones.n, ARRAY_SIZE(origins));
	expect_in(scene, origins[2], "7\tPTR\ta.d.svc.cluster.local.\n");
	expect_in(scene, origins[4],
		  "1.1\tPTR\tb.d.svc.cluster.local.\n"
		  "1.2\tPTR\tc.d.svc.cluster.local.\n");
	for (i = 0; i < ARRAY_SIZE(origins); i++)
		assert_string_equal(scene->zones.items[i].origin, origins[i]);
}

static void reverse_zones_may_be_chosen(void **state)
{
	struct scene *scene = *state;

	set(scene, "reverse-zones",
	    "10.0.0.0/8, 10.96.0.0/16,10.96.0.9, fd00::/12");
	cluster_add(&scene->model,
		    IP("a", "10.96.0.7") IP("b", "10.0.1.2")
			    IP("c", "203.0.113.1") IP("e", "10.96.0.9"));
	make(scene);
	assert_int_equal(scene->zones.n, 5);
	expect_in(scene, "10.in-addr.arpa",
		  "2.1.0\tPTR\tb.d.svc.cluster.local.\n");
	expect_in(scene, "96.10.in-addr.arpa",
		  "7.0\tPTR\ta.d.svc.cluster.local.\n");
	/* a zone of one address has it at its apex */
	expect_in(scene, "9.0.96.10.in-addr.arpa",
		  "@\tPTR\te.d.svc.cluster.local.\n");
	/* and one without addresses is there all the same */
	expect_in(scene, "0.d.f.ip6.arpa", "");

	scene->config.told = 0;
	scene->config.n_reverse = 0;
	set(scene, "reverse-zones", "none");
	make(scene);
	assert_int_equal(scene->zones.n, 1);
}

static void add_pod(struct scene *scene, const char *text)
{
	struct json_object *pod = json_tokener_parse(text);

	assert_non_null(pod);
	kvip_dns_pods_add(&scene->pods, pod);
	json_object_put(pod);
}

static void pods_have_names_if_asked_for(void **state)
{
	struct scene *scene = *state;

	add_pod(scene,
		"{\"metadata\":{\"namespace\":\"d\"},\"status\":{\"podIP\":"
		"\"10.0.0.5\",\"podIPs\":[{\"ip\":\"10.0.0.5\"},{\"ip\":"
		"\"fd00::5\"}]}}");
	add_pod(scene, "{\"metadata\":{\"namespace\":\"e\"},\"status\":"
		       "{\"phase\":\"Running\",\"podIP\":\"10.0.0.5\"}}");
	/* host network: the same address again */
	add_pod(scene, "{\"metadata\":{\"namespace\":\"e\"},\"status\":"
		       "{\"podIP\":\"10.0.0.5\"}}");
	add_pod(scene, "{\"metadata\":{\"namespace\":\"e\"},\"status\":"
		       "{\"phase\":\"Succeeded\",\"podIP\":\"10.0.0.6\"}}");
	add_pod(scene, "{\"metadata\":{\"namespace\":\"e\"},\"status\":"
		       "{\"phase\":\"Pending\"}}");
	make(scene);
	expect_in(scene, "cluster.local", "");
	set(scene, "pods", "yes");
	make(scene);
	expect_in(scene, "cluster.local",
		  "10-0-0-5.d.pod\tA\t10.0.0.5\n"
		  "10-0-0-5.e.pod\tA\t10.0.0.5\n"
		  "fd00--5.d.pod\tAAAA\tfd00::5\n");
	assert_int_equal(scene->zones.n, 1);
}

/* Whatever the order that objects came in. */
static void the_same_cluster_is_the_same_text(void **state)
{
	struct scene *scene = *state;
	struct kvip_zones first;
	char text[256];
	size_t i;
	int n;

	for (n = 0; n < 200; n++) {
		snprintf(text, sizeof(text), IP("s%d", "10.96.0.%d"), n, n + 1);
		cluster_add(&scene->model, text);
	}
	make(scene);
	first = scene->zones;
	memset(&scene->zones, 0, sizeof(scene->zones));
	kvip_model_free(&scene->model);
	for (n = 199; n >= 0; n--) {
		snprintf(text, sizeof(text), IP("s%d", "10.96.0.%d"), n, n + 1);
		cluster_add(&scene->model, text);
	}
	make(scene);
	assert_int_equal(first.n, 2);
	assert_int_equal(scene->zones.n, 2);
	for (i = 0; i < 2; i++)
		assert_string_equal(first.items[i].records,
				    scene->zones.items[i].records);
	assert_int_equal(first.items[1].n_records, 200 + 4);
	kvip_zones_free(&first);
}

static void a_file_begins_with_a_soa(void **state)
{
	struct scene *scene = *state;
	size_t len;
	char *text;

	set(scene, "ttl", "30");
	set(scene, "zone", "K8S.Example.");
	make(scene);
	text = kvip_zone_text(&scene->zones, &scene->zones.items[0],
			      &scene->config, 4294967295U, &len);
	assert_string_equal(
		text,
		"; Written by kvip, which replaces it whole: do not edit.\n"
		"$ORIGIN k8s.example.\n"
		"$TTL 30\n"
		"@\tSOA\tns.dns.k8s.example. hostmaster.k8s.example. "
		"4294967295 7200 1800 86400 30\n"
		"@\tNS\tns.dns.k8s.example.\n"
		"dns-version\tTXT\t\"1.1.0\"\n"
		"ns.dns\tA\t127.0.0.1\n"
		"ns.dns\tAAAA\t::1\n");
	assert_int_equal(len, strlen(text));
	free(text);
}

static void wrong_settings_are_refused(void **state)
{
	struct scene *scene = *state;

	refuse(scene, "zones", "x", "there is no key \"zones\"");
	refuse(scene, "directory", "zones",
	       "directory is a whole path, not \"zones\"");
	refuse(scene, "zone", "a..b",
	       "zone is a domain such as cluster.local, of letters, digits and '-', at most 128 bytes, not \"a..b\"");
	refuse(scene, "zone", "../x",
	       "zone is a domain such as cluster.local, of letters, digits and '-', at most 128 bytes, not \"../x\"");
	refuse(scene, "zone", "",
	       "zone is a domain such as cluster.local, of letters, digits and '-', at most 128 bytes, not \"\"");
	refuse(scene, "ttl", "3601",
	       "ttl is a number of seconds from 0 to 3600, not \"3601\"");
	refuse(scene, "ttl", "-1",
	       "ttl is a number of seconds from 0 to 3600, not \"-1\"");
	refuse(scene, "pods", "maybe", "pods is yes or no, not \"maybe\"");
	refuse(scene, "nameserver-addresses", "10.0.0.1, x",
	       "nameserver-addresses: \"x\" is no address");
	refuse(scene, "reverse-zones", "10.96.0.0/12",
	       "reverse-zones: the length of 10.96.0.0/12 is no multiple of 8, as a zone's must be");
	refuse(scene, "reverse-zones", "fd00::/7",
	       "reverse-zones: the length of fd00::/7 is no multiple of 4, as a zone's must be");
	refuse(scene, "reverse-zones", "0.0.0.0/0",
	       "reverse-zones: the length of 0.0.0.0/0 is no multiple of 8, as a zone's must be");
	refuse(scene, "reverse-zones", "auto, none",
	       "reverse-zones: \"auto\" is no address block");
	set(scene, "reload", "true");
	refuse(scene, "reload-pid-file", "/run/x.pid",
	       "reload and reload-pid-file exclude each other");
	scene->config.told = 0;
	set(scene, "ttl", "0");
	assert_int_equal(scene->config.ttl, 0);
}

static void a_key_is_told_once(void **state)
{
	struct scene *scene = *state;
	struct kvip_config_section section =
		kvip_dns_config_section(&scene->config);
	struct kvip_err err;

	set(scene, "directory", "/var/lib/kvip/dns");
	assert_int_equal(section.set(section.arg, "directory", "/x", &err), -1);
	assert_string_equal(err.text, "the key directory is there twice");
	assert_string_equal(scene->config.directory, "/var/lib/kvip/dns");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_cluster_ip_has_addresses_and_services),
		TEST(a_port_without_a_name_has_no_srv),
		TEST(endpoints_of_a_cluster_ip_are_not_told),
		TEST(a_service_of_another_proxy_has_a_name),
		TEST(a_headless_service_has_its_ready_endpoints),
		TEST(a_headless_service_may_publish_all_endpoints),
		TEST(a_headless_service_without_ready_ones_has_nothing),
		TEST(an_endpoint_in_several_slices_is_one),
		TEST(what_is_no_endpoint_has_no_name),
		TEST(a_hostname_that_is_no_label_is_not_used),
		TEST(a_dashed_address_neither_begins_nor_ends_so),
		TEST(an_external_name_is_an_alias),
		TEST(an_external_name_that_is_none_is_left_out),
		TEST(a_domain_is_measured),
		TEST(names_that_do_not_fit_are_left_out),
		TEST(a_long_zone_leaves_long_names_out),
		TEST(the_name_server_has_an_address),
		TEST(a_name_server_elsewhere_needs_none),
		TEST(reverse_zones_follow_the_addresses),
		TEST(reverse_zones_may_be_chosen),
		TEST(pods_have_names_if_asked_for),
		TEST(the_same_cluster_is_the_same_text),
		TEST(a_file_begins_with_a_soa),
		TEST(wrong_settings_are_refused),
		TEST(a_key_is_told_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
