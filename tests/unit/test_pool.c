// SPDX-License-Identifier: GPL-2.0-or-later
/* What a Service asks of the pools, and what it gets (S82). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <json-c/json.h>

#include "lb_config.h"
#include "pool.h"

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

/* A Service out of its spec's and its annotations' members, with ' for ". */
static struct json_object *service_of(const char *spec, const char *notes)
{
	struct json_object *service;
	char text[2048], *c;

	snprintf(text, sizeof(text),
		 "{'metadata': {'namespace': 'demo', 'name': 'web',"
		 " 'annotations': {%s}},"
		 " 'spec': {'type': 'LoadBalancer', %s}}",
		 notes, spec);
	for (c = text; *c; c++)
		if (*c == '\'')
			*c = '"';
	service = json_tokener_parse(text);
	assert_non_null(service);
	return service;
}

#define PORT_80 "'ports': [{'port': 80, 'protocol': 'TCP'}]"
#define V4 "'ipFamilies': ['IPv4'], " PORT_80
#define V6 "'ipFamilies': ['IPv6'], " PORT_80
#define BOTH "'ipFamilies': ['IPv4', 'IPv6'], " PORT_80
#define EITHER "'ipFamilyPolicy': 'PreferDualStack', " BOTH

static struct kvip_lb_request read_of(const char *spec, const char *notes)
{
	struct json_object *service = service_of(spec, notes);
	struct kvip_lb_config config = {};
	struct kvip_lb_request request;
	struct kvip_err err;

	if (kvip_lb_request_read(service, &config, &request, &err) != 1)
		fail_msg("%s", err.text);
	json_object_put(service);
	return request;
}

static void refused(const char *spec, const char *notes, const char *words)
{
	struct json_object *service = service_of(spec, notes);
	struct kvip_lb_config config = {};
	struct kvip_lb_request request;
	struct kvip_err err;

	assert_int_equal(kvip_lb_request_read(service, &config, &request, &err),
			 -1);
	assert_string_equal(err.text, words);
	kvip_lb_request_free(&request);
	json_object_put(service);
}

static void test_request(void **state)
{
	struct kvip_lb_request request = read_of(
		"'ipFamilies': ['IPv6', 'IPv4'],"
		"'ipFamilyPolicy': 'PreferDualStack',"
		"'ports': [{'port': 80}, {'port': 53, 'protocol': 'UDP'}]",
		"'kvip/address-pool': 'public', 'metallb.io/allow-shared-ip': 'k',"
		"'kvip/load-balancer-ips': '203.0.113.9, 2001:db8::9'");
	char text[INET6_ADDRSTRLEN];

	(void)state;
	assert_string_equal(request.ns, "demo");
	assert_string_equal(request.name, "web");
	assert_int_equal(request.n_families, 2);
	assert_int_equal(request.families[0], AF_INET6);
	assert_int_equal(request.families[1], AF_INET);
	assert_true(request.optional);
	assert_string_equal(request.pool, "public");
	assert_string_equal(request.share, "k");
	assert_int_equal(request.n_wanted, 2);
	assert_string_equal(kvip_addr_text(&request.wanted[1], text),
			    "2001:db8::9");
	assert_string_equal(request.backends, "");
	assert_int_equal(request.n_ports, 2);
	assert_int_equal(request.ports[0].proto, IPPROTO_TCP);
	assert_int_equal(request.ports[1].port, 53);
	assert_int_equal(request.ports[1].proto, IPPROTO_UDP);
	kvip_lb_request_free(&request);
}

static void test_names_of_annotations(void **state)
{
	struct kvip_lb_request request;

	(void)state;
	/* ours come first */
	request = read_of(V4, "'metallb.universe.tf/address-pool': 'c',"
			      "'metallb.io/address-pool': 'b',"
			      "'kvip/address-pool': 'a'");
	assert_string_equal(request.pool, "a");
	kvip_lb_request_free(&request);
	request = read_of(V4,
			  "'metallb.universe.tf/address-pool': 'c',"
			  "'metallb.universe.tf/allow-shared-ip': 'k',"
			  "'metallb.universe.tf/loadBalancerIPs': '10.0.0.1'");
	assert_string_equal(request.pool, "c");
	assert_string_equal(request.share, "k");
	assert_int_equal(request.n_wanted, 1);
	kvip_lb_request_free(&request);
	request = read_of(V4, "'metallb.io/loadBalancerIPs': '10.0.0.1',"
			      "'kvip/allow-shared-ip': ''");
	assert_int_equal(request.n_wanted, 1);
	assert_null(request.share);
	kvip_lb_request_free(&request);
	request = read_of("'loadBalancerIP': '10.0.0.7', " V4, "");
	assert_int_equal(request.n_wanted, 1);
	assert_int_equal(request.wanted[0].bytes[3], 7);
	kvip_lb_request_free(&request);
}

static void test_backends(void **state)
{
	static const char *const local = "'externalTrafficPolicy': 'Local', ";
	struct kvip_lb_request request;
	char spec[512];

	(void)state;
	snprintf(spec, sizeof(spec), "%s'selector': {'b': '2', 'a': '1'}, " V4,
		 local);
	request = read_of(spec, "");
	assert_string_equal(request.backends, "demo/a=1,b=2");
	kvip_lb_request_free(&request);
	snprintf(spec, sizeof(spec), "%s" V4, local);
	request = read_of(spec, "");
	assert_string_equal(request.backends, "demo/web");
	kvip_lb_request_free(&request);
	request = read_of("'externalTrafficPolicy': 'Cluster',"
			  " 'selector': {'a': '1'}, " V4,
			  "");
	assert_string_equal(request.backends, "");
	kvip_lb_request_free(&request);
}

static void test_families_of_addresses(void **state)
{
	struct kvip_lb_request request =
		read_of("'clusterIPs': ['fd00::1', '10.96.0.1'], " PORT_80, "");

	(void)state;
	assert_int_equal(request.n_families, 2);
	assert_int_equal(request.families[0], AF_INET6);
	kvip_lb_request_free(&request);
	request = read_of("'clusterIP': '10.96.0.1', " PORT_80, "");
	assert_int_equal(request.n_families, 1);
	kvip_lb_request_free(&request);
}

static void test_bad_requests(void **state)
{
	(void)state;
	refused(V4, "'kvip/load-balancer-ips': 'web'",
		"kvip/load-balancer-ips: \"web\" is not an IP address");
	refused(V4, "'metallb.io/loadBalancerIPs': '10.0.0.1,10.0.0.2'",
		"metallb.io/loadBalancerIPs: there are two IPv4 addresses");
	refused(V4, "'metallb.io/loadBalancerIPs': '10.0.0.1,'",
		"metallb.io/loadBalancerIPs: \"\" is not an IP address");
	refused(V4, "'kvip/load-balancer-ips': 'fd00::1'",
		"kvip/load-balancer-ips: fd00::1 is an IPv6 address, and the Service has no IPv6");
	refused("'loadBalancerIP': '10.0.0.300', " V4, "",
		"spec.loadBalancerIP: \"10.0.0.300\" is not an IP address");
	refused("'loadBalancerIP': '10.0.0.3', " V4,
		"'kvip/load-balancer-ips': '10.0.0.3'",
		"there are both spec.loadBalancerIP and the annotation kvip/load-balancer-ips, of which one has to go");
	refused(PORT_80, "", "spec.ipFamilies: the Service has no IP family");
	refused("'ipFamilies': ['IPv4'], 'ports': [{'port': 0}]", "",
		"spec.ports[0] has no port that is one, or a protocol that is none");
}

static int ours(const char *type, const char *class, char *our_class)
{
	struct kvip_lb_config config = { .class = our_class };
	struct json_object *service = service_of(V4, ""), *spec;
	struct kvip_lb_request request;
	struct kvip_err err;
	int ret;

	json_object_object_get_ex(service, "spec", &spec);
	json_object_object_add(spec, "type", json_object_new_string(type));
	if (class)
		json_object_object_add(spec, "loadBalancerClass",
				       json_object_new_string(class));
	ret = kvip_lb_request_read(service, &config, &request, &err);
	kvip_lb_request_free(&request);
	json_object_put(service);
	return ret;
}

static void test_whose_it_is(void **state)
{
	(void)state;
	assert_int_equal(ours("LoadBalancer", NULL, NULL), 1);
	assert_int_equal(ours("ClusterIP", NULL, NULL), 0);
	assert_int_equal(ours("LoadBalancer", "a/b", NULL), 0);
	assert_int_equal(ours("LoadBalancer", NULL, "a/b"), 0);
	assert_int_equal(ours("LoadBalancer", "a/c", "a/b"), 0);
	assert_int_equal(ours("LoadBalancer", "a/b", "a/b"), 1);
}

/* Sharing: each case changes one thing of two Services that may share. */
static void test_sharing(void **state)
{
	static const struct {
		const char *spec;
		const char *notes;
		const char *why; /* NULL: they may */
	} cases[] = {
		{ "'ports': [{'port': 443}]", "'kvip/allow-shared-ip': 'k'",
		  NULL },
		{ "'ports': [{'port': 80, 'protocol': 'UDP'}]",
		  "'metallb.io/allow-shared-ip': 'k'", NULL },
		{ "'ports': [{'port': 443}]", "",
		  "demo/other, which shares it with nobody" },
		{ "'ports': [{'port': 443}]", "'kvip/allow-shared-ip': 'l'",
		  "demo/other, with another sharing key" },
		{ "'ports': [{'port': 443}, {'port': 80}]",
		  "'kvip/allow-shared-ip': 'k'",
		  "demo/other, which has port 80/TCP, too" },
		{ "'externalTrafficPolicy': 'Local', 'ports': [{'port': 443}]",
		  "'kvip/allow-shared-ip': 'k'",
		  "demo/other, with another traffic policy or another selector" },
	};
	struct kvip_lb_request a = read_of(V4, "'kvip/allow-shared-ip': 'k'");
	struct kvip_lb_request b;
	struct kvip_err why;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		char spec[256];

		snprintf(spec, sizeof(spec), "'ipFamilies': ['IPv4'], %s",
			 cases[i].spec);
		b = read_of(spec, cases[i].notes);
		free(b.name);
		b.name = strdup("other");
		assert_int_equal(kvip_lb_may_share(&a, &b, &why),
				 !cases[i].why);
		if (cases[i].why)
			assert_string_equal(why.text, cases[i].why);
		assert_int_equal(kvip_lb_may_share(&a, &b, NULL),
				 !cases[i].why);
		kvip_lb_request_free(&b);
	}
	kvip_lb_request_free(&a);
	/* without a key there is nothing to say of the other one's */
	a = read_of(V4, "");
	b = read_of("'ipFamilies': ['IPv4'], 'ports': [{'port': 443}]",
		    "'kvip/allow-shared-ip': 'k'");
	/* a Service is no stranger to itself */
	assert_true(kvip_lb_may_share(&a, &b, &why));
	free(b.name);
	b.name = strdup("other");
	assert_false(kvip_lb_may_share(&a, &b, &why));
	assert_string_equal(why.text, "demo/other");
	kvip_lb_request_free(&a);
	kvip_lb_request_free(&b);
}

static void test_sharing_local(void **state)
{
	static const char *const local =
		"'externalTrafficPolicy': 'Local', 'ipFamilies': ['IPv4'],"
		"'selector': {'app': '%s'}, 'ports': [{'port': %d}]";
	static const char *const key = "'kvip/allow-shared-ip': 'k'";
	struct kvip_lb_request list[3];
	char spec[256];
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(list); i++) {
		snprintf(spec, sizeof(spec), local, i < 2 ? "web" : "db",
			 (int)(80 + i));
		list[i] = read_of(spec, key);
		list[i].name[0] = (char)('a' + i);
	}
	assert_true(kvip_lb_may_share(&list[0], &list[1], NULL));
	assert_false(kvip_lb_may_share(&list[0], &list[2], NULL));
	for (i = 0; i < ARRAY_SIZE(list); i++)
		kvip_lb_request_free(&list[i]);
}

/* Pools of these addresses, and those that others have. */
struct scene {
	struct kvip_lb_config config;
	const char *taken; /* "10.0.0.1 10.0.0.2 " */
	unsigned int asked;
	bool broken;
};

static void add_pool(struct scene *scene, const char *name, bool automatic,
		     const char *addresses)
{
	struct kvip_config_section sections[2];
	struct kvip_err err;

	kvip_lb_config_sections(&scene->config, sections);
	if (sections[1].begin(&scene->config, name, &err) ||
	    sections[1].set(&scene->config, "addresses", addresses, &err) ||
	    sections[1].set(&scene->config, "automatic",
			    automatic ? "yes" : "no", &err))
		fail_msg("%s", err.text);
}

static struct scene two_pools(const char *taken)
{
	struct scene scene = { .taken = taken };

	kvip_lb_config_init(&scene.config);
	add_pool(&scene, "first", true, "10.0.0.0/30, fd00::1");
	add_pool(&scene, "second", true,
		 "10.1.0.255-10.1.1.0, fd01::1-fd01::3");
	add_pool(&scene, "hidden", false, "10.2.0.1, fd02::1");
	return scene;
}

static int holder(void *ctx, const struct kvip_addr *addr,
		  const struct kvip_lb_request *request, struct kvip_err *who)
{
	struct scene *scene = ctx;
	char text[INET6_ADDRSTRLEN + 1];

	assert_string_equal(request->name, "web");
	scene->asked++;
	if (scene->broken)
		return kvip_err_set(who, "the disk is full");
	kvip_addr_text(addr, text);
	strcat(text, " ");
	if (!strstr(scene->taken, text))
		return 1;
	kvip_err_set(who, "demo/api");
	return 0;
}

static unsigned int addrs_of(const char *text, struct kvip_addr *addrs)
{
	char copy[256], *rest = copy, *word;
	unsigned int n = 0;

	snprintf(copy, sizeof(copy), "%s", text);
	while ((word = strsep(&rest, " ")))
		if (*word)
			assert_true(kvip_addr_parse(word, &addrs[n++]));
	return n;
}

/* What comes out, as words: addresses, "waits: ..." or "never: ...". */
static void chooses(struct scene scene, const char *spec, const char *notes,
		    const char *had, const char *words)
{
	struct kvip_lb_request request = read_of(spec, notes);
	struct kvip_addr had_addrs[4], got[2];
	unsigned int i, n_had = addrs_of(had, had_addrs), n_got;
	char said[1200] = "", text[INET6_ADDRSTRLEN];
	struct kvip_err err = { "" };
	int ret;

	ret = kvip_pools_choose(&scene.config, &request, had_addrs, n_had,
				holder, &scene, got, &n_got, &err);
	if (ret) {
		snprintf(said, sizeof(said), "%s: %s",
			 ret > 0 ? "waits" : "never", err.text);
		assert_int_equal(n_got, 0);
	}
	for (i = 0; i < n_got; i++)
		snprintf(said + strlen(said), sizeof(said) - strlen(said),
			 "%s%s", i ? " " : "", kvip_addr_text(&got[i], text));
	assert_string_equal(said, words);
	kvip_lb_request_free(&request);
	kvip_lb_config_free(&scene.config);
}

static void test_first_free_one(void **state)
{
	(void)state;
	chooses(two_pools(""), V4, "", "", "10.0.0.0");
	chooses(two_pools("10.0.0.0 10.0.0.1 "), V4, "", "", "10.0.0.2");
	/* the next pool, and over the end of a byte */
	chooses(two_pools("10.0.0.0 10.0.0.1 10.0.0.2 10.0.0.3 10.1.0.255 "),
		V4, "", "", "10.1.1.0");
	chooses(two_pools("fd00::1 fd01::1 "), V6, "", "", "fd01::2");
}

static void test_pools_are_empty(void **state)
{
	struct scene none = {};

	(void)state;
	chooses(two_pools(
			"10.0.0.0 10.0.0.1 10.0.0.2 10.0.0.3 10.1.0.255 10.1.1.0 "),
		V4, "", "", "waits: no automatic pool has a free IPv4 address");
	chooses(none, V4, "", "", "never: there is no pool of addresses");
	add_pool(&none, "p", true, "10.0.0.1");
	chooses(none, V6, "", "", "never: no pool has an IPv6 address");
	memset(&none, 0, sizeof(none));
	none.taken = "10.0.0.1 ";
	add_pool(&none, "p", true, "10.0.0.1");
	chooses(none, V4, "", "", "waits: no pool has a free IPv4 address");
	memset(&none, 0, sizeof(none));
	add_pool(&none, "p", false, "10.0.0.1");
	chooses(none, V4, "", "",
		"never: no automatic pool has an IPv4 address");
}

static void test_a_pool_by_name(void **state)
{
	static const char *const second = "'kvip/address-pool': 'second'";
	static const char *const hidden = "'kvip/address-pool': 'hidden'";

	(void)state;
	chooses(two_pools(""), V4, second, "", "10.1.0.255");
	chooses(two_pools(""), V4, hidden, "", "10.2.0.1");
	chooses(two_pools("10.2.0.1 "), V4, hidden, "",
		"waits: pool hidden has no free IPv4 address");
	chooses(two_pools(""), V4, "'kvip/address-pool': 'third'", "",
		"never: there is no pool \"third\"");
	/* what it had of another pool goes */
	chooses(two_pools(""), V4, second, "10.0.0.2", "10.1.0.255");
}

static void test_a_wanted_address(void **state)
{
	static const char *const wanted = "'kvip/load-balancer-ips': '%s'";
	char notes[128];

	(void)state;
	snprintf(notes, sizeof(notes), wanted, "10.0.0.3");
	chooses(two_pools(""), V4, notes, "", "10.0.0.3");
	chooses(two_pools(""), V4, notes, "10.0.0.1", "10.0.0.3");
	chooses(two_pools("10.0.0.3 "), V4, notes, "10.0.0.1",
		"waits: 10.0.0.3 is taken by demo/api");
	/* who asks for it gets it of a pool that is not automatic */
	snprintf(notes, sizeof(notes), wanted, "10.2.0.1");
	chooses(two_pools(""), V4, notes, "", "10.2.0.1");
	/* and the other family from there */
	chooses(two_pools(""), BOTH, notes, "", "10.2.0.1 fd02::1");
	chooses(two_pools(""), BOTH, notes, "fd00::1", "10.2.0.1 fd00::1");
	snprintf(notes, sizeof(notes), wanted, "192.0.2.7");
	chooses(two_pools(""), V4, notes, "10.0.0.1",
		"never: no pool has 192.0.2.7");
	snprintf(
		notes, sizeof(notes),
		"'kvip/address-pool': 'second', 'metallb.io/loadBalancerIPs': '%s'",
		"10.0.0.1");
	chooses(two_pools(""), V4, notes, "",
		"never: pool second does not have 10.0.0.1");
}

static void test_what_it_had_stays(void **state)
{
	(void)state;
	chooses(two_pools(""), V4, "", "10.1.1.0", "10.1.1.0");
	/* of a pool that is not automatic, too */
	chooses(two_pools(""), V4, "", "10.2.0.1", "10.2.0.1");
	/* unless it is another's, or no pool's, or of no use */
	chooses(two_pools("10.1.1.0 "), V4, "", "10.1.1.0", "10.0.0.0");
	chooses(two_pools(""), V4, "", "192.0.2.1", "10.0.0.0");
	chooses(two_pools(""), V6, "", "10.1.1.0", "fd00::1");
	/* a second family joins it in its pool */
	chooses(two_pools(""), BOTH, "", "10.1.1.0", "10.1.1.0 fd01::1");
	chooses(two_pools("fd01::1 fd01::2 fd01::3 "), BOTH, "", "10.1.1.0",
		"10.1.1.0 fd00::1");
	/* and goes again */
	chooses(two_pools(""), V6, "", "10.1.1.0 fd01::2", "fd01::2");
}

static void test_two_families(void **state)
{
	(void)state;
	chooses(two_pools(""), BOTH, "", "", "10.0.0.0 fd00::1");
	chooses(two_pools(""), "'ipFamilies': ['IPv6', 'IPv4'], " PORT_80, "",
		"", "fd00::1 10.0.0.0");
	/* one pool that has both before the first one that has one */
	chooses(two_pools("fd00::1 "), BOTH, "", "", "10.1.0.255 fd01::1");
	/* else from two */
	chooses(two_pools("fd00::1 10.1.0.255 10.1.1.0 "), BOTH, "", "",
		"10.0.0.0 fd01::1");
	chooses(two_pools("fd00::1 fd01::1 fd01::2 fd01::3 "), BOTH, "", "",
		"waits: no automatic pool has a free IPv6 address");
	chooses(two_pools("fd00::1 fd01::1 fd01::2 fd01::3 "), EITHER, "", "",
		"10.0.0.0");
	chooses(two_pools(""), EITHER, "", "", "10.0.0.0 fd00::1");
	chooses(two_pools(
			"10.0.0.0 10.0.0.1 10.0.0.2 10.0.0.3 10.1.0.255 10.1.1.0 "),
		EITHER, "", "", "fd00::1");
}

/* Who needs both never gets them where a family is nowhere; who needs one waits. */
static void test_two_families_of_one_pool(void **state)
{
	struct scene scene = { .taken = "10.0.0.1 " };

	(void)state;
	add_pool(&scene, "p", true, "10.0.0.1");
	chooses(scene, BOTH, "", "", "never: no pool has an IPv6 address");
	memset(&scene.config, 0, sizeof(scene.config));
	add_pool(&scene, "p", true, "10.0.0.1");
	chooses(scene, EITHER, "", "",
		"waits: no pool has a free IPv4 address");
}

static void test_who_has_it_is_not_known(void **state)
{
	struct scene scene = two_pools("");

	(void)state;
	scene.broken = true;
	chooses(scene, V4, "", "", "never: the disk is full");
	scene = two_pools("");
	scene.broken = true;
	chooses(scene, V4, "", "10.0.0.1", "never: the disk is full");
	scene = two_pools("");
	scene.broken = true;
	chooses(scene, V4, "'kvip/load-balancer-ips': '10.0.0.1'", "",
		"never: the disk is full");
}

/* A range up to the last address of all ends. */
static void test_the_end_of_a_family(void **state)
{
	struct scene scene = { .taken = "255.255.255.253 255.255.255.254 " };

	(void)state;
	add_pool(&scene, "p", true, "255.255.255.253-255.255.255.254");
	chooses(scene, V4, "", "", "waits: no pool has a free IPv4 address");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_request),
		cmocka_unit_test(test_names_of_annotations),
		cmocka_unit_test(test_backends),
		cmocka_unit_test(test_families_of_addresses),
		cmocka_unit_test(test_bad_requests),
		cmocka_unit_test(test_whose_it_is),
		cmocka_unit_test(test_sharing),
		cmocka_unit_test(test_sharing_local),
		cmocka_unit_test(test_first_free_one),
		cmocka_unit_test(test_pools_are_empty),
		cmocka_unit_test(test_a_pool_by_name),
		cmocka_unit_test(test_a_wanted_address),
		cmocka_unit_test(test_what_it_had_stays),
		cmocka_unit_test(test_two_families),
		cmocka_unit_test(test_two_families_of_one_pool),
		cmocka_unit_test(test_who_has_it_is_not_known),
		cmocka_unit_test(test_the_end_of_a_family),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
