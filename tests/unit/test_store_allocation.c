// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The local store: ClusterIPs, node ports and load-balancer addresses are given
 * out once (S80-S83).
 */
#include "store_scene.h"

#include "balance.h"

#define SERVICE(name, spec)                                      \
	"{apiVersion: v1, kind: Service, metadata: {name: " name \
	"}, spec: {ports: [{port: 80}], " spec "}}"

/* A store with blocks and ports of its own. */
static int begin_small(void **state)
{
	struct scene *scene = scene_make();

	assert_true(kvip_prefix_parse("10.96.0.0/28", &scene->config.cidrs[0]));
	assert_true(kvip_prefix_parse("fd00::/124", &scene->config.cidrs[1]));
	scene->config.port_min = 30000;
	scene->config.port_max = 30003;
	scene_open(scene);
	*state = scene;
	return 0;
}

static void add_pool(struct scene *scene, const char *name, const char *first,
		     const char *last)
{
	struct kvip_lb_config *lb = &scene->lb;
	struct kvip_pool *pool;

	lb->pools = kvip_grow(lb->pools, lb->n_pools, sizeof(*pool));
	pool = &lb->pools[lb->n_pools++];
	pool->name = kvip_strdup(name);
	pool->automatic = true;
	pool->ranges = kvip_alloc(sizeof(*pool->ranges));
	pool->n_ranges = 1;
	assert_true(kvip_addr_parse(first, &pool->ranges->first));
	assert_true(kvip_addr_parse(last, &pool->ranges->last));
	scene->config.lb = lb;
}

static int begin_pools(void **state)
{
	struct scene *scene = scene_make();

	add_pool(scene, "public", "203.0.113.1", "203.0.113.2");
	scene_open(scene);
	*state = scene;
	return 0;
}

/* What a path of a Service leads to; @text is big enough. */
static const char *told(struct scene *scene, const char *name, const char *path,
			char text[256])
{
	struct json_object *service =
		scene_get(scene, KVIP_KIND_SERVICE, NULL, name);

	snprintf(text, 256, "%s", scene_text(service, path));
	json_object_put(service);
	return text;
}

static void expect(struct scene *scene, const char *name, const char *path,
		   const char *value)
{
	char text[256];

	assert_string_equal(told(scene, name, path, text), value);
}

/* Of an address in 10.96.0.0/16. */
static unsigned int offset_of(const char *text)
{
	struct kvip_addr addr;

	assert_true(kvip_addr_parse(text, &addr));
	assert_int_equal(addr.family, AF_INET);
	return ntohl(addr.v4.s_addr) - 0x0a600000;
}

static void test_every_address(void **state)
{
	struct scene *scene = *state;
	bool seen[16] = {};
	char name[16], yaml[256], text[256];
	unsigned int i, last;

	for (i = 0; i < 14; i++) {
		snprintf(yaml, sizeof(yaml), SERVICE("s%u", ""), i);
		scene_put(scene, yaml);
		snprintf(name, sizeof(name), "s%u", i);
		told(scene, name, "/spec/clusterIP", text);
		last = offset_of(text);
		assert_in_range(last, 1, 14);
		assert_false(seen[last]);
		seen[last] = true;
	}
	scene_refuse(
		scene, SERVICE("more", ""), KVIP_STORE_INVALID,
		"Service \"more\" is invalid: spec.clusterIPs[0]: no address "
		"is free within 10.96.0.0/28");
	/* the other family has some */
	scene_put(scene, SERVICE("six", "ipFamilies: [IPv6]"));
	scene_delete(scene, KVIP_KIND_SERVICE, "s3");
	scene_put(scene, SERVICE("more", ""));
	scene_check(scene);
}

static void test_every_address_ipv6(void **state)
{
	struct scene *scene = *state;
	char yaml[256];
	unsigned int i;

	/* 0 is the routers', but 15 is an address like others */
	scene_refuse(
		scene,
		SERVICE("six", "ipFamilies: [IPv6], clusterIP: 'fd00::'"),
		KVIP_STORE_INVALID,
		"Service \"six\" is invalid: spec.clusterIPs[0]: fd00:: is "
		"the network's own address in fd00::/124");
	scene_put(scene,
		  SERVICE("six", "ipFamilies: [IPv6], clusterIP: 'fd00::f'"));
	for (i = 0; i < 14; i++) {
		snprintf(yaml, sizeof(yaml),
			 SERVICE("s%u", "ipFamilies: [IPv6]"), i);
		scene_put(scene, yaml);
	}
	scene_refuse(
		scene, SERVICE("more", "ipFamilies: [IPv6]"),
		KVIP_STORE_INVALID,
		"Service \"more\" is invalid: spec.clusterIPs[0]: no address "
		"is free within fd00::/124");
	scene_check(scene);
}

static void test_addresses_by_name(void **state)
{
	struct scene *scene = *state;

	scene_put(scene, SERVICE("web", "clusterIP: 10.96.0.9"));
	scene_refuse(
		scene, SERVICE("api", "clusterIP: 10.96.0.9"),
		KVIP_STORE_INVALID,
		"Service \"api\" is invalid: spec.clusterIPs[0]: 10.96.0.9 "
		"is taken by default/web");
	scene_refuse(
		scene, SERVICE("api", "clusterIP: 10.97.0.1"),
		KVIP_STORE_INVALID,
		"Service \"api\" is invalid: spec.clusterIPs[0]: 10.97.0.1 "
		"is not within 10.96.0.0/28");
	scene_refuse(
		scene, SERVICE("api", "clusterIP: 10.96.0.0"),
		KVIP_STORE_INVALID,
		"Service \"api\" is invalid: spec.clusterIPs[0]: 10.96.0.0 "
		"is the network's own address in 10.96.0.0/28");
	scene_refuse(scene, SERVICE("api", "clusterIP: 10.96.0.15"),
		     KVIP_STORE_INVALID,
		     "Service \"api\" is invalid: spec.clusterIPs[0]: "
		     "10.96.0.15 is the broadcast address of 10.96.0.0/28");
	scene_check(scene);
}

/* A block that is configured no more: what is given out stays given out. */
static void test_other_block(void **state)
{
	struct scene *scene = *state;
	char before[256], after[256];

	scene_put(scene, SERVICE("web", "type: NodePort"));
	told(scene, "web", "/spec/clusterIP", before);
	scene_close(scene);
	assert_true(kvip_prefix_parse("10.97.0.0/16", &scene->config.cidrs[0]));
	scene->config.port_min = 31000;
	scene->config.port_max = 31010;
	scene_open(scene);
	assert_int_equal(scene_change(scene, KVIP_KIND_SERVICE, "web",
				      "/spec/ports/0/port", "81"),
			 KVIP_STORE_OK);
	told(scene, "web", "/spec/clusterIP", after);
	assert_string_equal(before, after);
	scene_put(scene, SERVICE("api", "type: NodePort"));
	told(scene, "api", "/spec/clusterIP", after);
	assert_memory_equal(after, "10.97.", 6);
	scene_check(scene);
}

static void test_every_port(void **state)
{
	struct scene *scene = *state;
	char yaml[256];
	unsigned int i;

	for (i = 0; i < 4; i++) {
		snprintf(yaml, sizeof(yaml), SERVICE("s%u", "type: NodePort"),
			 i);
		scene_put(scene, yaml);
	}
	scene_refuse(scene, SERVICE("more", "type: NodePort"),
		     KVIP_STORE_INVALID,
		     "Service \"more\" is invalid: spec.ports[0].nodePort: no "
		     "node port is free within 30000-30003");
	/* S22: another protocol is another port */
	scene_put(scene,
		  "{apiVersion: v1, kind: Service, metadata: {name: udp}, spec:"
		  " {type: NodePort, ports: [{port: 53, protocol: UDP, "
		  "nodePort: 30002}]}}");
	scene_refuse(scene,
		     "{apiVersion: v1, kind: Service, metadata: {name: sctp}, "
		     "spec: {type: NodePort, ports: [{port: 53, protocol: UDP, "
		     "nodePort: 30002}]}}",
		     KVIP_STORE_INVALID,
		     "Service \"sctp\" is invalid: spec.ports[0].nodePort: "
		     "30002 is taken by default/udp");
	/* S81: released on a change of type */
	assert_int_equal(scene_change(scene, KVIP_KIND_SERVICE, "s2",
				      "/spec/type", "\"ClusterIP\""),
			 KVIP_STORE_OK);
	expect(scene, "s2", "/spec/ports/0/nodePort", "");
	scene_put(scene, SERVICE("more", "type: NodePort"));
	scene_check(scene);
}

/* A health-check node port is a TCP port like others. */
static void test_health_port(void **state)
{
	struct scene *scene = *state;
	char port[256], yaml[512];

	scene_put(scene, SERVICE("lb", "type: LoadBalancer, "
				       "externalTrafficPolicy: Local"));
	told(scene, "lb", "/spec/healthCheckNodePort", port);
	snprintf(yaml, sizeof(yaml),
		 "{apiVersion: v1, kind: Service, metadata: {name: np}, spec: "
		 "{type: NodePort, ports: [{port: 53, nodePort: %s}]}}",
		 port);
	assert_int_equal(scene_try(scene, yaml, NULL), KVIP_STORE_INVALID);
	assert_non_null(strstr(scene->err.text, "is taken by default/lb"));
	scene_check(scene);
	assert_int_equal(scene_change(scene, KVIP_KIND_SERVICE, "lb",
				      "/spec/externalTrafficPolicy",
				      "\"Cluster\""),
			 KVIP_STORE_OK);
	scene_put(scene, yaml);
	scene_check(scene);
}

static void count(struct kvip_store *store, const char *sql, int64_t expected)
{
	struct kvip_err err;
	int64_t n;

	if (kvip_db_number(&store->db, &err, NULL, &n, sql, ""))
		fail_msg("%s", err.text);
	assert_int_equal(n, expected);
}

static int fill_block(struct kvip_store *store, void *ctx, struct kvip_err *err)
{
	(void)ctx;
	return kvip_db_exec(
		&store->db,
		"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n"
		" WHERE i < 65534) INSERT INTO cluster_ips SELECT 4,"
		" unhex4(174063616 + i), 'x/' || i FROM n"
		" WHERE i <> 40000 AND i <> 100",
		err);
}

/* SQLite has no function that makes a blob of a number. */
static void unhex4(sqlite3_context *context, int n, sqlite3_value **values)
{
	uint32_t number = htonl(sqlite3_value_int64(values[0]));

	(void)n;
	sqlite3_result_blob(context, &number, 4, SQLITE_TRANSIENT);
}

/*
 * A block with two free addresses: one of those that are kept for who asks by
 * name, which goes last (KEP-3070).
 */
static void test_nearly_full(void **state)
{
	struct scene *scene = *state;

	sqlite3_create_function(scene->store->db.handle, "unhex4", 1,
				SQLITE_UTF8, NULL, unhex4, NULL, NULL);
	if (kvip_store_transaction(scene->store, fill_block, NULL, &scene->err))
		fail_msg("%s", scene->err.text);
	count(scene->store, "SELECT count(*) FROM cluster_ips", 65532);
	scene_put(scene, SERVICE("a", ""));
	expect(scene, "a", "/spec/clusterIP", "10.96.156.64");
	scene_put(scene, SERVICE("b", ""));
	expect(scene, "b", "/spec/clusterIP", "10.96.0.100");
	assert_int_equal(scene_try(scene, SERVICE("c", ""), NULL),
			 KVIP_STORE_INVALID);
}

/* Addresses and ports of the lower part are not given out to who does not ask. */
static void test_kept_for_names(void **state)
{
	struct scene *scene = *state;
	unsigned int i;
	char yaml[256], name[16], text[256];

	for (i = 0; i < 200; i++) {
		snprintf(yaml, sizeof(yaml), SERVICE("s%u", "type: NodePort"),
			 i);
		scene_put(scene, yaml);
		snprintf(name, sizeof(name), "s%u", i);
		told(scene, name, "/spec/clusterIP", text);

		assert_true(offset_of(text) > 256);
		told(scene, name, "/spec/ports/0/nodePort", text);
		assert_in_range(atoi(text), 30000 + 86, 32767);
	}
	scene_check(scene);
}

static void test_types(void **state)
{
	static const char *const types[] = { "\"NodePort\"", "\"LoadBalancer\"",
					     "\"ClusterIP\"", "\"NodePort\"" };
	struct scene *scene = *state;
	char ip[256], now[256];
	size_t i;

	scene_put(scene, SERVICE("web", ""));
	told(scene, "web", "/spec/clusterIP", ip);
	for (i = 0; i < ARRAY_SIZE(types); i++) {
		if (scene_change(scene, KVIP_KIND_SERVICE, "web", "/spec/type",
				 types[i]))
			fail_msg("%s", scene->err.text);
		assert_string_equal(told(scene, "web", "/spec/clusterIP", now),
				    ip);
		scene_check(scene);
	}
	count(scene->store, "SELECT count(*) FROM node_ports", 1);
	scene_delete(scene, KVIP_KIND_SERVICE, "web");
	count(scene->store, "SELECT count(*) FROM node_ports", 0);
	count(scene->store, "SELECT count(*) FROM cluster_ips", 0);
	scene_check(scene);
}

#define INGRESS "/status/loadBalancer/ingress/0/ip"
#define REASON "/status/conditions/0/reason"

static int check_waiting(struct scene *scene, struct kvip_err *err)
{
	struct json_object *service =
		scene_get(scene, KVIP_KIND_SERVICE, NULL, "c");
	int ret = kvip_balance_check(scene->store, service, err);

	json_object_put(service);
	if (ret)
		assert_non_null(strstr(err->text,
				       "Service default/c waits, but "
				       "203.0.113.1 is free"));
	return ret;
}

/* kvip_store_check() has to see an address that one who waits could have. */
static void find_free_one(struct scene *scene)
{
	struct kvip_err err;

	assert_int_equal(kvip_store_begin(scene->store, &err), 0);
	assert_int_equal(kvip_db_exec(&scene->store->db,
				      "DELETE FROM lb_addresses;"
				      "DELETE FROM objects WHERE name = 'a'"
				      " OR name = 'b'",
				      &err),
			 0);
	count(scene->store, "SELECT count(waiting) FROM objects", 2);
	assert_int_equal(check_waiting(scene, &err), -1);
	assert_int_equal(kvip_store_end(scene->store, 1, &err), 1);
}

static void test_pool(void **state)
{
	struct scene *scene = *state;

	scene_put(scene, SERVICE("a", "type: LoadBalancer"));
	scene_put(scene, SERVICE("b", "type: LoadBalancer"));
	scene_put(scene, SERVICE("c", "type: LoadBalancer"));
	scene_put(scene, SERVICE("d", "type: LoadBalancer"));
	expect(scene, "a", INGRESS, "203.0.113.1");
	expect(scene, "b", INGRESS, "203.0.113.2");
	expect(scene, "c", INGRESS, "");
	expect(scene, "c", REASON, "PoolEmpty");
	scene_check(scene);
	find_free_one(scene);
	/* the oldest gets what comes free, whether by a deletion, ... */
	scene_delete(scene, KVIP_KIND_SERVICE, "a");
	expect(scene, "c", INGRESS, "203.0.113.1");
	expect(scene, "c", REASON, "");
	expect(scene, "d", INGRESS, "");
	scene_check(scene);
	/* ... or by a change of type */
	assert_int_equal(scene_change(scene, KVIP_KIND_SERVICE, "b",
				      "/spec/type", "\"ClusterIP\""),
			 KVIP_STORE_OK);
	expect(scene, "b", "/status", "{ \"loadBalancer\": { } }");
	expect(scene, "d", INGRESS, "203.0.113.2");
	scene_check(scene);
	/* one that waits and goes is waited for no more */
	scene_put(scene, SERVICE("e", "type: LoadBalancer"));
	assert_int_equal(scene_change(scene, KVIP_KIND_SERVICE, "e",
				      "/spec/type", "\"ClusterIP\""),
			 KVIP_STORE_OK);
	expect(scene, "e", "/status", "{ \"loadBalancer\": { } }");
	scene_delete(scene, KVIP_KIND_SERVICE, "d");
	expect(scene, "e", INGRESS, "");
	count(scene->store, "SELECT count(waiting) FROM objects", 0);
	scene_check(scene);
}

static void test_pool_by_name(void **state)
{
	struct scene *scene = *state;

	scene_put(scene, SERVICE("a", "type: LoadBalancer, "
				      "loadBalancerIP: 203.0.113.2"));
	expect(scene, "a", INGRESS, "203.0.113.2");
	scene_put(scene, SERVICE("b", "type: LoadBalancer, "
				      "loadBalancerIP: 203.0.113.2"));
	expect(scene, "b", REASON, "AddressTaken");
	expect(scene, "b", "/status/conditions/0/message",
	       "203.0.113.2 is taken by default/a");
	scene_put(scene, SERVICE("c", "type: LoadBalancer, "
				      "loadBalancerIP: 192.0.2.1"));
	expect(scene, "c", REASON, "NotInPools");
	scene_check(scene);
	/* asking for another */
	assert_int_equal(scene_change(scene, KVIP_KIND_SERVICE, "a",
				      "/spec/loadBalancerIP",
				      "\"203.0.113.1\""),
			 KVIP_STORE_OK);
	expect(scene, "a", INGRESS, "203.0.113.1");
	expect(scene, "b", INGRESS, "203.0.113.2");
	scene_check(scene);
}

#define SHARED(name, key, port)                                        \
	"{apiVersion: v1, kind: Service, metadata: {name: " name       \
	", annotations: {kvip/allow-shared-ip: " key                   \
	"}}, spec: {type: LoadBalancer, loadBalancerIP: 203.0.113.1, " \
	"ports: [{port: " port "}]}}"

static void test_sharing(void **state)
{
	struct scene *scene = *state;

	scene_put(scene, SHARED("a", "one", "80"));
	scene_put(scene, SHARED("b", "one", "81"));
	scene_put(scene, SHARED("c", "one", "81"));
	scene_put(scene, SHARED("d", "two", "82"));
	expect(scene, "a", INGRESS, "203.0.113.1");
	expect(scene, "b", INGRESS, "203.0.113.1");
	expect(scene, "c", INGRESS, "");
	expect(scene, "d", INGRESS, "");
	expect(scene, "d", "/status/conditions/0/message",
	       "203.0.113.1 is taken by default/a, with another sharing key");
	scene_check(scene);
	scene_delete(scene, KVIP_KIND_SERVICE, "b");
	expect(scene, "c", INGRESS, "203.0.113.1");
	expect(scene, "d", INGRESS, "");
	/* a port more that another one has */
	assert_int_equal(scene_change(scene, KVIP_KIND_SERVICE, "a",
				      "/spec/ports/0/port", "81"),
			 KVIP_STORE_OK);
	expect(scene, "a", REASON, "AddressTaken");
	/* now d has waited for longer than a */
	scene_delete(scene, KVIP_KIND_SERVICE, "c");
	expect(scene, "d", INGRESS, "203.0.113.1");
	expect(scene, "d", REASON, "");
	expect(scene, "a", INGRESS, "");
	scene_check(scene);
}

/* The pools' word on the status of a Service that is theirs is the last. */
static void test_status_of_pools(void **state)
{
	struct scene *scene = *state;
	struct json_object *service;

	scene_put(scene, SERVICE("a", "type: LoadBalancer"));
	service = scene_get(scene, KVIP_KIND_SERVICE, NULL, "a");
	json_object_object_add(service, "status",
			       json_tokener_parse("{\"loadBalancer\": {}}"));
	assert_int_equal(kvip_store_update_status(scene->store,
						  KVIP_KIND_SERVICE, service,
						  NULL, &scene->err),
			 KVIP_STORE_OK);
	json_object_put(service);
	expect(scene, "a", INGRESS, "203.0.113.1");
	scene_check(scene);
}

static void test_other_pools(void **state)
{
	struct scene *scene = *state;
	uint64_t version;

	scene_put(scene, SERVICE("a", "type: LoadBalancer"));
	scene_put(scene, SERVICE("b", "type: LoadBalancer"));
	scene_put(scene, SERVICE("c", "type: LoadBalancer"));
	/* without pools nothing is given out, and nothing taken away */
	scene_close(scene);
	scene->config.lb = NULL;
	scene_open(scene);
	scene_put(scene, SERVICE("d", "type: LoadBalancer"));
	expect(scene, "a", INGRESS, "203.0.113.1");
	expect(scene, "d", INGRESS, "");
	expect(scene, "d", REASON, "");
	scene_check(scene);
	scene_close(scene);
	kvip_lb_config_free(&scene->lb);
	kvip_lb_config_init(&scene->lb);
	add_pool(scene, "other", "198.51.100.1", "198.51.100.2");
	scene_open(scene);
	/* those that had an address keep it, the others get one */
	expect(scene, "a", INGRESS, "203.0.113.1");
	expect(scene, "b", INGRESS, "203.0.113.2");
	expect(scene, "c", INGRESS, "198.51.100.1");
	expect(scene, "d", INGRESS, "198.51.100.2");
	scene_check(scene);
	/* even over a change, until it asks for something else */
	assert_int_equal(scene_change(scene, KVIP_KIND_SERVICE, "a",
				      "/spec/ports/0/port", "81"),
			 KVIP_STORE_OK);
	expect(scene, "a", INGRESS, "203.0.113.1");
	scene_delete(scene, KVIP_KIND_SERVICE, "c");
	assert_int_equal(scene_change(scene, KVIP_KIND_SERVICE, "a",
				      "/spec/loadBalancerIP",
				      "\"198.51.100.1\""),
			 KVIP_STORE_OK);
	expect(scene, "a", INGRESS, "198.51.100.1");
	scene_check(scene);
	version = scene_version(scene);
	scene_reopen(scene);
	assert_int_equal(scene_version(scene), version);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, scene_begin, scene_end)
#define SMALL(name) \
	cmocka_unit_test_setup_teardown(name, begin_small, scene_end)
#define POOLS(name) \
	cmocka_unit_test_setup_teardown(name, begin_pools, scene_end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		SMALL(test_every_address),
		SMALL(test_every_address_ipv6),
		SMALL(test_addresses_by_name),
		SMALL(test_other_block),
		SMALL(test_every_port),
		SMALL(test_health_port),
		TEST(test_nearly_full),
		TEST(test_kept_for_names),
		TEST(test_types),
		POOLS(test_pool),
		POOLS(test_pool_by_name),
		POOLS(test_sharing),
		POOLS(test_status_of_pools),
		POOLS(test_other_pools),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
