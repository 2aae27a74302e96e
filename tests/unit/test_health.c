// SPDX-License-Identifier: GPL-2.0-or-later
/* S60 to S62: health-check node ports. */
#include "web_client.h"

#include <json-c/json.h>

#include "health.h"

/* Slices of Service d/w on the way to a model: a head, endpoints behind it. */
#define SLICE(name, family, ports)                                    \
	"---\nkind: EndpointSlice\napiVersion: discovery.k8s.io/v1\n" \
	"metadata: {namespace: d, name: " name                        \
	", labels: {kubernetes.io/service-name: w}}\n"                \
	"addressType: " family "\nports: [" ports "]\nendpoints:\n"
#define PORT "{name: '', port: 8080, protocol: TCP}"
#define V4(name) SLICE(name, "IPv4", PORT)
#define V6(name) SLICE(name, "IPv6", PORT)
#define ENDPOINT(addr, node, conditions)              \
	"- {addresses: ['" addr "'], nodeName: " node \
	", conditions: {" conditions "}}\n"
#define HERE(addr) ENDPOINT(addr, "a", "ready: true")

static unsigned int count(const char *text, const char *node)
{
	struct kvip_model model;
	struct kvip_group *group;
	unsigned int n;

	kvip_model_init(&model);
	cluster_add(&model, text);
	group = kvip_model_group(&model, "d", "w");
	assert_non_null(group);
	n = kvip_health_count(group, node);
	kvip_model_free(&model);
	return n;
}

static void endpoints_here_count(void **unused)
{
	(void)unused;
	assert_int_equal(count(V4("s") HERE("10.0.0.1") HERE("10.0.0.2"), "a"),
			 2);
	assert_int_equal(count(V4("s") HERE("10.0.0.1"), "b"), 0);
	assert_int_equal(count(V4("s") HERE("10.0.0.1"), NULL), 0);
	/* no nodeName is not here */
	assert_int_equal(count(V4("s") "- {addresses: [10.0.0.1]}\n", "a"), 0);
}

static void only_ready_ones_count(void **unused)
{
	static const struct {
		const char *text;
		unsigned int n;
	} cases[] = {
		{ V4("s") ENDPOINT("10.0.0.1", "a", ""), 1 },
		{ V4("s") ENDPOINT("10.0.0.1", "a", "ready: false"), 0 },
		{ V4("s") ENDPOINT("10.0.0.1", "a",
				   "ready: false, serving: true"),
		  0 },
		{ V4("s") ENDPOINT("10.0.0.1", "a", "serving: false"), 1 },
		/* terminating ones do traffic still, but are no reason for more */
		{ V4("s") ENDPOINT("10.0.0.1", "a",
				   "serving: true, terminating: true"),
		  0 },
		{ V4("s") ENDPOINT("10.0.0.1", "a",
				   "ready: true, terminating: true"),
		  0 },
		{ V4("s") ENDPOINT("10.0.0.1", "a",
				   "ready: true, terminating: false"),
		  1 },
	};
	size_t i;

	(void)unused;
	for (i = 0; i < ARRAY_SIZE(cases); i++)
		if (count(cases[i].text, "a") != cases[i].n)
			fail_msg("case %zu: %s", i, cases[i].text);
}

static void addresses_count_once(void **unused)
{
	(void)unused;
	assert_int_equal(count(V4("s") HERE("10.0.0.1") V4("t") HERE("10.0.0.1")
				       HERE("10.0.0.2"),
			       "a"),
			 2);
	assert_int_equal(count(SLICE("s", "IPv4",
				     "{name: x, port: 1}, {name: y, port: 2}")
				       HERE("10.0.0.1"),
			       "a"),
			 1);
}

static void both_families_count(void **unused)
{
	(void)unused;
	assert_int_equal(count(V4("s") HERE("10.0.0.1") V6("t") HERE("fd00::1"),
			       "a"),
			 2);
}

static void of_an_address_told_twice_the_one_here_counts(void **unused)
{
	(void)unused;
	assert_int_equal(count(V4("s") ENDPOINT("10.0.0.1", "b", "ready: true")
				       V4("t") HERE("10.0.0.1"),
			       "a"),
			 1);
	assert_int_equal(
		count(V4("s") ENDPOINT("10.0.0.1", "b", "ready: true") V4("t")
			      ENDPOINT("10.0.0.1", "a", "ready: false"),
		      "a"),
		0);
}

static void of_two_here_the_first_one_counts(void **unused)
{
	(void)unused;
	assert_int_equal(count(V4("s") ENDPOINT("10.0.0.1", "a", "ready: false")
				       V4("t") HERE("10.0.0.1"),
			       "a"),
			 0);
	assert_int_equal(count(V4("s") HERE("10.0.0.1") V4("t") ENDPOINT(
				       "10.0.0.1", "a", "ready: false"),
			       "a"),
			 1);
	/* under another port it is another endpoint */
	assert_int_equal(count(V4("s") ENDPOINT("10.0.0.1", "a", "ready: false")
				       SLICE("t", "IPv4", "{name: y, port: 2}")
					       HERE("10.0.0.1"),
			       "a"),
			 1);
}

static void what_no_service_port_can_have_does_not_count(void **unused)
{
	(void)unused;
	assert_int_equal(count(SLICE("s", "FQDN", PORT) HERE("a.example"), "a"),
			 0);
	assert_int_equal(
		count(SLICE("s", "IPv4", "{port: 80}") HERE("10.0.0.1"), "a"),
		0);
	assert_int_equal(
		count(SLICE("s", "IPv4", "{name: ''}") HERE("10.0.0.1"), "a"),
		0);
	assert_int_equal(count(SLICE("s", "IPv4", "") HERE("10.0.0.1"), "a"),
			 0);
	assert_int_equal(count(V4("s") "- {addresses: [10.0.0.1, 10.0.0.2],"
				       " nodeName: a}\n",
			       "a"),
			 1);
}

static struct kvip_svc local_lb(void)
{
	static struct kvip_addr addr = { .family = AF_INET };

	return (struct kvip_svc){
		.type = KVIP_SVC_LOAD_BALANCER,
		.external_local = true,
		.health_port = 30707,
		.cluster_ips = &addr,
		.n_cluster_ips = 1,
	};
}

static void a_load_balancer_with_policy_local_has_a_port(void **unused)
{
	struct kvip_svc svc = local_lb();

	(void)unused;
	assert_int_equal(kvip_health_wanted(&svc, NULL), 30707);
	svc.external_local = false;
	assert_int_equal(kvip_health_wanted(&svc, NULL), 0);
	svc = local_lb();
	svc.type = KVIP_SVC_NODE_PORT;
	assert_int_equal(kvip_health_wanted(&svc, NULL), 0);
	svc = local_lb();
	svc.health_port = 0;
	assert_int_equal(kvip_health_wanted(&svc, NULL), 0);
}

static void a_service_that_is_not_ours_has_none(void **unused)
{
	struct kvip_svc svc = local_lb();

	(void)unused;
	assert_int_equal(kvip_health_wanted(&svc, "p"), 0);
	svc.proxy_name = "p";
	assert_int_equal(kvip_health_wanted(&svc, NULL), 0);
	assert_int_equal(kvip_health_wanted(&svc, "p"), 30707);
	assert_int_equal(kvip_health_wanted(&svc, "q"), 0);
	svc = local_lb();
	svc.headless_label = true;
	assert_int_equal(kvip_health_wanted(&svc, NULL), 0);
	svc = local_lb();
	svc.n_cluster_ips = 0;
	assert_int_equal(kvip_health_wanted(&svc, NULL), 0);
}

/* What a kube-proxy 1.36.2 answered, spread over lines. */
static void the_body_is_kube_proxys(void **unused)
{
	struct json_object *theirs = json_tokener_parse(
		"{\n\t\"service\": {\n\t\t\"namespace\": \"demo\",\n"
		"\t\t\"name\": \"lb-local\"\n\t},\n\t\"localEndpoints\": 1,\n"
		"\t\"serviceProxyHealthy\": true\n}");
	char *text = kvip_health_text("demo", "lb-local", 1, true);
	struct json_object *ours = json_tokener_parse(text);

	(void)unused;
	assert_true(json_object_equal(theirs, ours));
	assert_string_equal(text, "{\"service\":{\"namespace\":\"demo\","
				  "\"name\":\"lb-local\"},\"localEndpoints\":1,"
				  "\"serviceProxyHealthy\":true}");
	json_object_put(theirs);
	json_object_put(ours);
	free(text);
}

struct ports {
	struct event_base *base;
	struct kvip_proxy_state state;
	struct kvip_stats stats;
	struct kvip_health *health;
	struct kvip_model model;
};

static int start(void **state)
{
	struct ports *ports = calloc(1, sizeof(*ports));

	ports->base = event_base_new();
	ports->state.synced = true;
	ports->state.patience = 60;
	kvip_stats_init(&ports->stats);
	kvip_model_init(&ports->model);
	ports->health = kvip_health_new(ports->base, "a", &ports->state, NULL,
					&ports->stats);
	*state = ports;
	return 0;
}

static int stop(void **state)
{
	struct ports *ports = *state;

	kvip_health_free(ports->health);
	kvip_model_free(&ports->model);
	event_base_free(ports->base);
	free(ports);
	return 0;
}

/* Service d/@name with a health-check node port and @n endpoints here, put in
 * the place of what it was
 */
static void tell(struct ports *ports, const char *name, uint16_t port,
		 unsigned int n)
{
	char text[4096];
	size_t len;
	unsigned int i;

	kvip_model_delete_svc(&ports->model, "d", name);
	kvip_model_delete_slice(&ports->model, "d", name);
	len = (size_t)snprintf(
		text, sizeof(text),
		"kind: Service\napiVersion: v1\n"
		"metadata: {namespace: d, name: %s, uid: u-%u}\n"
		"spec: {type: LoadBalancer, externalTrafficPolicy: Local,"
		" clusterIP: 10.96.0.1, clusterIPs: [10.96.0.1],"
		" healthCheckNodePort: %u, ports: [{port: 80}]}\n"
		"---\nkind: EndpointSlice\napiVersion: discovery.k8s.io/v1\n"
		"metadata: {namespace: d, name: %s,"
		" labels: {kubernetes.io/service-name: %s}}\n"
		"addressType: IPv4\nports: [{name: '', port: 80}]\n"
		"endpoints:%s\n",
		name, port, port, name, name, n ? "" : " []");
	for (i = 0; i < n; i++)
		len += (size_t)snprintf(
			text + len, sizeof(text) - len,
			"- {addresses: [10.0.0.%u], nodeName: a}\n", i + 1);
	cluster_add(&ports->model, text);
	kvip_health_update(ports->health, "d", name,
			   kvip_model_group(&ports->model, "d", name));
}

static void expect_answer(struct ports *ports, uint16_t port, int status,
			  const char *name, unsigned int n)
{
	char *answer = web_get(ports->base, port, "/any/path?x=y");
	char weight[64], *body;

	assert_int_equal(web_status(answer), status);
	assert_true(web_has(answer, "Content-Type: application/json"));
	assert_true(web_has(answer, "X-Content-Type-Options: nosniff"));
	snprintf(weight, sizeof(weight), "X-Load-Balancing-Endpoint-Weight: %u",
		 n);
	assert_true(web_has(answer, weight));
	body = kvip_health_text("d", name, n,
				kvip_proxy_healthy(&ports->state, web_now()));
	assert_string_equal(web_body(answer), body);
	free(body);
	free(answer);
}

static void expect_closed(uint16_t port)
{
	assert_int_equal(web_connect("127.0.0.1", port), -1);
	assert_int_equal(web_connect("::1", port), -1);
}

static void expect_stats(const struct ports *ports, uint64_t bound,
			 uint64_t failed)
{
	assert_int_equal(ports->stats.health_ports, bound);
	assert_int_equal(ports->stats.health_ports_failed, failed);
}

static void endpoints_make_it_200(void **state)
{
	struct ports *ports = *state;
	uint16_t port = web_free_port();

	tell(ports, "w", port, 2);
	expect_stats(ports, 1, 0);
	expect_answer(ports, port, 200, "w", 2);
	tell(ports, "w", port, 0);
	expect_answer(ports, port, 503, "w", 0);
	tell(ports, "w", port, 1);
	expect_answer(ports, port, 200, "w", 1);
	expect_stats(ports, 1, 0);
}

static void an_agent_that_is_stuck_makes_it_503(void **state)
{
	struct ports *ports = *state;
	uint16_t port = web_free_port();

	tell(ports, "w", port, 1);
	ports->state.pending_since = web_now() - 61;
	expect_answer(ports, port, 503, "w", 1);
	ports->state.pending_since = web_now() - 30;
	expect_answer(ports, port, 200, "w", 1);
	/* a node that is drained says so at /healthz, not here */
	ports->state.node_tainted = true;
	expect_answer(ports, port, 200, "w", 1);
}

static void ipv6_is_answered_too(void **state)
{
	struct ports *ports = *state;
	uint16_t port = web_free_port();
	char *answer;

	tell(ports, "w", port, 1);
	answer = web_ask(ports->base, "::1", port, "GET / HTTP/1.0\r\n\r\n");
	assert_int_equal(web_status(answer), 200);
	free(answer);
}

static void a_service_that_goes_gives_its_port_back(void **state)
{
	struct ports *ports = *state;
	uint16_t port = web_free_port();

	tell(ports, "w", port, 1);
	kvip_health_update(ports->health, "d", "w", NULL);
	expect_stats(ports, 0, 0);
	expect_closed(port);
	/* only its slices are left */
	tell(ports, "w", port, 1);
	kvip_model_delete_svc(&ports->model, "d", "w");
	kvip_health_update(ports->health, "d", "w",
			   kvip_model_group(&ports->model, "d", "w"));
	expect_stats(ports, 0, 0);
	expect_closed(port);
}

static void a_port_may_change(void **state)
{
	struct ports *ports = *state;
	uint16_t old = web_free_port(), port;

	tell(ports, "w", old, 1);
	port = web_free_port();
	tell(ports, "w", port, 1);
	expect_stats(ports, 1, 0);
	expect_answer(ports, port, 200, "w", 1);
	expect_closed(old);
}

static void a_service_without_a_port_opens_none(void **state)
{
	struct ports *ports = *state;

	tell(ports, "w", 0, 1);
	expect_stats(ports, 0, 0);
	kvip_health_update(ports->health, "d", "never-seen", NULL);
	expect_stats(ports, 0, 0);
	kvip_health_update(NULL, "d", "w", NULL);
}

static void other_proxies_services_open_none(void **state)
{
	struct ports *ports = *state;
	uint16_t port = web_free_port();

	kvip_health_set_proxy_name(ports->health, "other");
	tell(ports, "w", port, 1);
	expect_stats(ports, 0, 0);
	kvip_health_set_proxy_name(ports->health, "");
	tell(ports, "w", port, 1);
	expect_stats(ports, 1, 0);
}

static void of_two_with_one_port_the_first_has_it(void **state)
{
	struct ports *ports = *state;
	uint16_t port = web_free_port();

	tell(ports, "v", port, 1);
	tell(ports, "w", port, 2);
	expect_stats(ports, 1, 1);
	expect_answer(ports, port, 200, "v", 1);
	tell(ports, "v", port, 3);
	expect_answer(ports, port, 200, "v", 3);
	kvip_health_update(ports->health, "d", "v", NULL);
	expect_stats(ports, 1, 0);
	expect_answer(ports, port, 200, "w", 2);
}

static void a_port_given_up_for_another_is_the_next_ones(void **state)
{
	struct ports *ports = *state;
	uint16_t port = web_free_port(), other;

	tell(ports, "v", port, 1);
	tell(ports, "w", port, 2);
	other = web_free_port();
	tell(ports, "v", other, 1);
	expect_stats(ports, 2, 0);
	expect_answer(ports, port, 200, "w", 2);
	expect_answer(ports, other, 200, "v", 1);
}

/* Whatever is said on standard error while it is told of a Service. */
static char *said(struct ports *ports, const char *name, uint16_t port)
{
	FILE *file = tmpfile();
	int saved = dup(STDERR_FILENO);
	char *text = calloc(1, 4096);

	assert_non_null(file);
	dup2(fileno(file), STDERR_FILENO);
	tell(ports, name, port, 1);
	dup2(saved, STDERR_FILENO);
	close(saved);
	rewind(file);
	assert_true(fread(text, 1, 4095, file) < 4095);
	fclose(file);
	return text;
}

static void a_port_that_cannot_be_bound_is_told_once(void **state)
{
	struct ports *ports = *state;
	uint16_t port = 0;
	int fd = web_occupy("0.0.0.0", &port);
	char *text = said(ports, "w", port);

	expect_stats(ports, 0, 1);
	assert_non_null(strstr(
		text, "cannot listen on a health-check node port service=d/w"));
	assert_non_null(strstr(text, "Address already in use"));
	free(text);
	text = said(ports, "w", port);
	assert_string_equal(text, "");
	free(text);
	close(fd);
}

static void a_port_that_cannot_be_bound_is_tried_again(void **state)
{
	struct ports *ports = *state;
	double begin = web_now();
	uint16_t port = 0;
	int fd = web_occupy("::1", &port);

	tell(ports, "w", port, 1);
	expect_stats(ports, 0, 1);
	/* half of it is not left open */
	assert_int_equal(web_connect("127.0.0.1", port), -1);
	close(fd);
	while (!ports->stats.health_ports) {
		event_base_loop(ports->base, EVLOOP_ONCE);
		assert_true(web_now() - begin < WEB_PATIENCE);
	}
	expect_stats(ports, 1, 0);
	expect_answer(ports, port, 200, "w", 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define WITH_PORTS(test) cmocka_unit_test_setup_teardown(test, start, stop)
		cmocka_unit_test(endpoints_here_count),
		cmocka_unit_test(only_ready_ones_count),
		cmocka_unit_test(addresses_count_once),
		cmocka_unit_test(both_families_count),
		cmocka_unit_test(of_an_address_told_twice_the_one_here_counts),
		cmocka_unit_test(of_two_here_the_first_one_counts),
		cmocka_unit_test(what_no_service_port_can_have_does_not_count),
		cmocka_unit_test(a_load_balancer_with_policy_local_has_a_port),
		cmocka_unit_test(a_service_that_is_not_ours_has_none),
		cmocka_unit_test(the_body_is_kube_proxys),
		WITH_PORTS(endpoints_make_it_200),
		WITH_PORTS(an_agent_that_is_stuck_makes_it_503),
		WITH_PORTS(ipv6_is_answered_too),
		WITH_PORTS(a_service_that_goes_gives_its_port_back),
		WITH_PORTS(a_port_may_change),
		WITH_PORTS(a_service_without_a_port_opens_none),
		WITH_PORTS(other_proxies_services_open_none),
		WITH_PORTS(of_two_with_one_port_the_first_has_it),
		WITH_PORTS(a_port_given_up_for_another_is_the_next_ones),
		WITH_PORTS(a_port_that_cannot_be_bound_is_told_once),
		WITH_PORTS(a_port_that_cannot_be_bound_is_tried_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
