// SPDX-License-Identifier: GPL-2.0-or-later
/* /metrics, /metrics/backends and /proxyMode. */
#include "exposition_reader.h"
#include "web_client.h"

#include <event2/buffer.h>

#include <linux/kvip.h>

#include "client.h"
#include "families.h"
#include "http.h"
#include "metrics.h"
#include "reflector.h"

#define LABELS_OF(ns, name, port, proto, family)                 \
	"namespace=\"" ns "\",service=\"" name "\",port=\"" port \
	"\",protocol=\"" proto "\",ip_family=\"" family "\""

static void set_addr(struct kvip_addr *addr, const char *text)
{
	assert_true(kvip_addr_parse(text, addr));
}

static void add_backend(struct kvip_table *table, struct kvip_service *service,
			const char *addr, const char *node, uint32_t flags,
			uint64_t conns)
{
	struct kvip_backend *backend = kvip_service_add_backend(service);

	set_addr(&backend->addr, addr);
	backend->port = 8080;
	backend->flags = flags;
	backend->node = node ? kvip_table_string(table, node) : NULL;
	backend->conns = conns;
}

/* A table with something of everything. */
static void fill_table(struct kvip_table *table)
{
	struct kvip_service *service;

	kvip_table_init(table);
	service = kvip_table_add(table, "d/web:http", AF_INET, IPPROTO_TCP);
	service->conns = 40;
	add_backend(table, service, "10.0.0.1", "a",
		    KVIP_BACKEND_F_CLUSTER | KVIP_BACKEND_F_READY |
			    KVIP_BACKEND_F_SERVING,
		    30);
	add_backend(table, service, "10.0.0.2", NULL,
		    KVIP_BACKEND_F_SERVING | KVIP_BACKEND_F_TERMINATING, 10);
	service = kvip_table_add(table, "d/web:http", AF_INET6, IPPROTO_TCP);
	service->flags = KVIP_SERVICE_F_EXTERNAL_LOCAL;
	service->drops_no_local = 3;
	add_backend(table, service, "fd00::1", "a",
		    KVIP_BACKEND_F_LOCAL | KVIP_BACKEND_F_READY, 5);
	service = kvip_table_add(table, "d/dns", AF_INET, IPPROTO_UDP);
	service->rejects = 7;
	service = kvip_table_add(table, "d/lb", AF_INET, IPPROTO_SCTP);
	kvip_service_add_range(service)->addr.family = AF_INET;
	service->drops_ranges = 11;
}

static struct kvip_info some_info(void)
{
	return (struct kvip_info){
		.version = "1.2\"3",
		.abi = 2,
		.services = 4,
		.frontends = 5,
		.backends = 3,
		.generation = 42,
		.affinity_entries = 6,
		.affinity_evicted = 7,
		.rejects_unknown_port = 8,
		.drops_service_cidr = 9,
		.drops_invalid = 10,
		.udp_cleared = 12,
		.flows_left_out = 13,
	};
}

struct page {
	struct evbuffer *out;
	struct kvip_exposition to;
	char *text;
	struct exposition all;
};

static int start(void **state)
{
	struct page *page = calloc(1, sizeof(*page));

	page->out = evbuffer_new();
	kvip_exposition_begin(&page->to, page->out);
	*state = page;
	return 0;
}

static int stop(void **state)
{
	struct page *page = *state;

	exposition_free(&page->all);
	evbuffer_free(page->out);
	free(page->text);
	free(page);
	return 0;
}

/* What was written, read. */
static const struct exposition *finish(struct page *page)
{
	size_t len;

	kvip_exposition_end(&page->to);
	len = evbuffer_get_length(page->out);
	page->text = calloc(1, len + 1);
	evbuffer_remove(page->out, page->text, len);
	page->all = exposition_read(page->text);
	return &page->all;
}

static void has_value(const struct exposition *all, const char *name,
		      const char *labels, double want)
{
	double value = exposition_value(all, name, labels);

	if (isnan(value) || value != want)
		fail_msg("%s{%s} is %g, not %g", name, labels, value, want);
}

static void expect_type(const struct exposition *all, const char *name,
			const char *want)
{
	const char *type = exposition_type(all, name);

	if (!type)
		fail_msg("%s is not there", name);
	assert_string_equal(type, want);
}

static void write_everything(struct kvip_exposition *to)
{
	struct kvip_reflector_stats watched = { .synced = true,
						.lists = 1,
						.last_heard = 90 };
	const struct kvip_watched kinds[] = {
		{ "services", &watched },
		{ "endpointslices", &watched },
	};
	struct kvip_http_stats http = { .requests = { 1, 0, 5, 0, 2, 0 },
					.duration_sum = 0.5,
					.duration_count = 7 };
	struct kvip_info info = some_info();
	struct kvip_totals totals = { .rejects = 1 };
	struct kvip_table table;
	struct kvip_stats stats;

	kvip_stats_init(&stats);
	kvip_histogram_observe(&stats.sync_duration, 0.003);
	kvip_histogram_observe(&stats.programming_duration, 400);
	fill_table(&table);
	kvip_families_kernel(to, &info, &totals, true);
	kvip_families_services(to, &table);
	kvip_families_backends(to, &table);
	kvip_table_free(&table);
	kvip_families_agent(to, &stats);
	kvip_families_http(to, &http);
	kvip_families_watched(to, kinds, ARRAY_SIZE(kinds), 100);
	kvip_families_conntrack(to);
	kvip_families_process(to);
}

static void everything_together_is_well_formed(void **state)
{
	struct page *page = *state;
	const char *path = getenv("KVIP_METRICS_OUT");

	write_everything(&page->to);
	assert_true(finish(page)->n_samples > 200);
	if (path) {
		FILE *file = fopen(path, "w");

		assert_non_null(file);
		fputs(page->text, file);
		fclose(file);
	}
}

/* As a kube-proxy 1.36.2 has them. */
static void kube_proxys_families_are_there(void **state)
{
	static const struct {
		const char *name;
		const char *type;
	} families[] = {
#define KUBEPROXY(name, type) { "kubeproxy_" name, type }
#define SYNC(name, type) KUBEPROXY("sync_proxy_rules_" name, type)
		SYNC("duration_seconds", "histogram"),
		KUBEPROXY("sync_full_proxy_rules_duration_seconds",
			  "histogram"),
		KUBEPROXY("sync_partial_proxy_rules_duration_seconds",
			  "histogram"),
		KUBEPROXY("network_programming_duration_seconds", "histogram"),
		SYNC("endpoint_changes_pending", "gauge"),
		SYNC("endpoint_changes_total", "counter"),
		SYNC("service_changes_pending", "gauge"),
		SYNC("service_changes_total", "counter"),
		SYNC("last_queued_timestamp_seconds", "gauge"),
		SYNC("last_timestamp_seconds", "gauge"),
		SYNC("no_local_endpoints_total", "gauge"),
		KUBEPROXY("proxy_healthz_total", "counter"),
		KUBEPROXY("proxy_livez_total", "counter"),
		KUBEPROXY("conntrack_reconciler_deleted_entries_total",
			  "counter"),
		{ "rest_client_requests_total", "counter" },
		{ "process_cpu_seconds_total", "counter" },
		{ "process_resident_memory_bytes", "gauge" },
		{ "process_virtual_memory_bytes", "gauge" },
		{ "process_open_fds", "gauge" },
		{ "process_max_fds", "gauge" },
		{ "process_start_time_seconds", "gauge" },
	};
	struct page *page = *state;
	size_t i;

	write_everything(&page->to);
	finish(page);
	for (i = 0; i < ARRAY_SIZE(families); i++)
		expect_type(&page->all, families[i].name, families[i].type);
}

/* Each figure has a value of its own, to be found where it belongs. */
static void the_agents_figures_are_where_they_belong(void **state)
{
	struct page *page = *state;
	struct kvip_stats stats;
	const struct exposition *all;

	kvip_stats_init(&stats);
	kvip_histogram_observe(&stats.sync_duration, 1);
	kvip_histogram_observe(&stats.sync_full_duration, 2);
	kvip_histogram_observe(&stats.sync_partial_duration, 3);
	kvip_histogram_observe(&stats.programming_duration, 4);
	kvip_histogram_observe(&stats.event_duration, 5);
	stats.last_queued = 10;
	stats.last_sync = 11;
	stats.syncs = 12;
	stats.syncs_without_change = 13;
	stats.sync_failures = 14;
	stats.sync_overtaken = 15;
	stats.full_checks = 16;
	stats.drift = 17;
	stats.service_changes = 18;
	stats.endpoint_changes = 19;
	stats.service_changes_pending = 20;
	stats.endpoint_changes_pending = 21;
	stats.objects_refused = 22;
	stats.frontends_contested = 23;
	stats.endpoints_left_out = 24;
	stats.no_local_internal = 25;
	stats.no_local_external = 26;
	stats.health_ports = 27;
	stats.health_ports_failed = 28;
	stats.healthz_answers[0] = 29;
	stats.healthz_answers[1] = 30;
	stats.livez_answers[0] = 31;
	stats.livez_answers[1] = 32;
	stats.events_sent = 33;
	stats.events_failed = 34;
	kvip_families_agent(&page->to, &stats);
	all = finish(page);

#define SYNC_RULES "kubeproxy_sync_proxy_rules_"
	has_value(all, SYNC_RULES "duration_seconds_sum", "", 1);
	has_value(all, "kubeproxy_sync_full_proxy_rules_duration_seconds_sum",
		  "", 2);
	has_value(all,
		  "kubeproxy_sync_partial_proxy_rules_duration_seconds_sum", "",
		  3);
	has_value(all, "kubeproxy_network_programming_duration_seconds_sum", "",
		  4);
	has_value(all, "kvip_agent_event_duration_seconds_sum", "", 5);
	has_value(all, SYNC_RULES "last_queued_timestamp_seconds", "", 10);
	has_value(all, SYNC_RULES "last_timestamp_seconds", "", 11);
	has_value(all, "kvip_agent_syncs_total", "result=\"committed\"", 12);
	has_value(all, "kvip_agent_syncs_total", "result=\"unchanged\"", 13);
	has_value(all, "kvip_agent_syncs_total", "result=\"failed\"", 14);
	has_value(all, "kvip_agent_syncs_overtaken_total", "", 15);
	has_value(all, "kvip_agent_full_checks_total", "", 16);
	has_value(all, "kvip_agent_drifted_services_total", "", 17);
	has_value(all, SYNC_RULES "service_changes_total", "", 18);
	has_value(all, SYNC_RULES "endpoint_changes_total", "", 19);
	has_value(all, SYNC_RULES "service_changes_pending", "", 20);
	has_value(all, SYNC_RULES "endpoint_changes_pending", "", 21);
	has_value(all, "kvip_agent_objects_refused_total", "", 22);
	has_value(all, "kvip_agent_frontends_contested", "", 23);
	has_value(all, "kvip_agent_endpoints_left_out", "", 24);
	has_value(all, SYNC_RULES "no_local_endpoints_total",
		  "traffic_policy=\"internal\"", 25);
	has_value(all, SYNC_RULES "no_local_endpoints_total",
		  "traffic_policy=\"external\"", 26);
	has_value(all, "kvip_agent_health_ports", "", 27);
	has_value(all, "kvip_agent_health_ports_failed", "", 28);
	has_value(all, "kubeproxy_proxy_healthz_total", "code=\"200\"", 29);
	has_value(all, "kubeproxy_proxy_healthz_total", "code=\"503\"", 30);
	has_value(all, "kubeproxy_proxy_livez_total", "code=\"200\"", 31);
	has_value(all, "kubeproxy_proxy_livez_total", "code=\"503\"", 32);
	has_value(all, "kvip_agent_events_sent_total", "", 33);
	has_value(all, "kvip_agent_events_failed_total", "", 34);
	has_value(all, "kvip_build_info",
		  "version=\"" KVIP_VERSION "\",abi=\"2\"", 1);
}

static void the_api_servers_figures_are_where_they_belong(void **state)
{
	struct kvip_http_stats http = { .requests = { 1, 2, 3, 4, 5, 6 },
					.duration_sum = 1.5,
					.duration_count = 20 };
	struct page *page = *state;
	const struct exposition *all;

	kvip_families_http(&page->to, &http);
	all = finish(page);
	has_value(all, "rest_client_requests_total", "code=\"<error>\"", 1);
	has_value(all, "rest_client_requests_total", "code=\"1xx\"", 2);
	has_value(all, "rest_client_requests_total", "code=\"2xx\"", 3);
	has_value(all, "rest_client_requests_total", "code=\"3xx\"", 4);
	has_value(all, "rest_client_requests_total", "code=\"4xx\"", 5);
	has_value(all, "rest_client_requests_total", "code=\"5xx\"", 6);
	has_value(all, "rest_client_request_duration_seconds_sum", "", 1.5);
	has_value(all, "rest_client_request_duration_seconds_count", "", 20);
}

static void the_reflectors_figures_are_where_they_belong(void **state)
{
	struct kvip_reflector_stats services = {
		.synced = true,
		.watching = true,
		.lists = 1,
		.watches = 2,
		.events = 3,
		.bookmarks = 4,
		.refused = 5,
		.errors = 6,
		.last_heard = 97.5,
	};
	struct kvip_reflector_stats nodes = { .lists = 9 };
	const struct kvip_watched kinds[] = { { "services", &services },
					      { "nodes", &nodes } };
	static const struct {
		const char *name;
		double services;
		double nodes;
	} cases[] = {
		{ "synced", 1, 0 },	   { "watching", 1, 0 },
		{ "lists_total", 1, 9 },   { "watches_total", 2, 0 },
		{ "events_total", 3, 0 },  { "bookmarks_total", 4, 0 },
		{ "refused_total", 5, 0 }, { "errors_total", 6, 0 },
	};
	struct page *page = *state;
	const struct exposition *all;
	char name[64];
	size_t i;

	kvip_families_watched(&page->to, kinds, 2, 100);
	all = finish(page);
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		snprintf(name, sizeof(name), "kvip_agent_reflector_%s",
			 cases[i].name);
		has_value(all, name, "resource=\"services\"",
			  cases[i].services);
		has_value(all, name, "resource=\"nodes\"", cases[i].nodes);
	}
	has_value(all, "kvip_agent_reflector_quiet_seconds",
		  "resource=\"services\"", 2.5);
	/* one that has heard nothing yet is not quiet since 1970 */
	assert_int_equal(
		exposition_count(all, "kvip_agent_reflector_quiet_seconds"), 1);
}

static void without_reflectors_there_is_nothing_of_them(void **state)
{
	struct page *page = *state;

	kvip_families_watched(&page->to, NULL, 0, 100);
	assert_int_equal(finish(page)->n_families, 0);
}

static void the_kernels_figures_are_where_they_belong(void **state)
{
	struct kvip_totals totals = { .rejects = 1,
				      .drops_no_local = 2,
				      .drops_ranges = 3 };
	struct kvip_info info = some_info();
	struct page *page = *state;
	const struct exposition *all;

	kvip_families_kernel(&page->to, &info, &totals, true);
	all = finish(page);
	has_value(all, "kvip_module_up", "", 1);
	has_value(all, "kvip_module_info", "version=\"1.2\\\"3\",abi=\"2\"", 1);
	has_value(all, "kvip_generation", "", 42);
	has_value(all, "kvip_services", "", 4);
	has_value(all, "kvip_frontends", "", 5);
	has_value(all, "kvip_backends", "", 3);
	has_value(all, "kvip_affinity_entries", "", 6);
	has_value(all, "kvip_affinity_evicted_total", "", 7);
	has_value(all, "kvip_rejects_total", "reason=\"no_endpoint\"", 1);
	has_value(all, "kvip_rejects_total", "reason=\"unknown_port\"", 8);
	has_value(all, "kvip_drops_total", "reason=\"no_local_endpoint\"", 2);
	has_value(all, "kvip_drops_total", "reason=\"source_ranges\"", 3);
	has_value(all, "kvip_drops_total", "reason=\"service_cidr\"", 9);
	has_value(all, "kvip_drops_total", "reason=\"invalid\"", 10);
	has_value(all, "kvip_udp_flows_cleared_total", "", 12);
	has_value(all, "kvip_flows_left_out_total", "", 13);
}

static void a_module_that_is_not_there_is_down(void **state)
{
	struct kvip_totals totals = { 0 };
	struct page *page = *state;
	const struct exposition *all;

	kvip_families_kernel(&page->to, NULL, &totals, false);
	all = finish(page);
	has_value(all, "kvip_module_up", "", 0);
	assert_int_equal(all->n_families, 1);
}

static void what_an_old_module_does_not_tell_is_left_out(void **state)
{
	struct kvip_totals totals = { 0 };
	struct kvip_info info = some_info();
	struct page *page = *state;
	const struct exposition *all;

	info.abi = 1;
	kvip_families_kernel(&page->to, &info, &totals, true);
	all = finish(page);
	has_value(all, "kvip_services", "", 4);
	assert_null(exposition_type(all, "kvip_drops_total"));
	assert_null(exposition_type(all, "kvip_affinity_entries"));
}

static void a_service_port_has_its_series(void **state)
{
	struct page *page = *state;
	const struct exposition *all;
	struct kvip_table table;

	fill_table(&table);
	kvip_families_services(&page->to, &table);
	kvip_table_free(&table);
	all = finish(page);

#define WEB4 LABELS_OF("d", "web", "http", "TCP", "IPv4")
#define WEB6 LABELS_OF("d", "web", "http", "TCP", "IPv6")
#define DNS LABELS_OF("d", "dns", "", "UDP", "IPv4")
#define LB LABELS_OF("d", "lb", "", "SCTP", "IPv4")
	has_value(all, "kvip_service_connections_total", WEB4, 40);
	has_value(all, "kvip_service_connections_total", WEB6, 0);
	has_value(all, "kvip_service_rejects_total", DNS, 7);
	has_value(all, "kvip_service_drops_total",
		  WEB6 ",reason=\"no_local_endpoint\"", 3);
	has_value(all, "kvip_service_drops_total",
		  LB ",reason=\"source_ranges\"", 11);
	/* where a reason cannot be met, it is not told */
	assert_int_equal(exposition_count(all, "kvip_service_drops_total"), 2);
	/* draining ones are usable only in a list */
	has_value(all, "kvip_service_endpoints", WEB4, 1);
	has_value(all, "kvip_service_endpoints", WEB6, 1);
	has_value(all, "kvip_service_endpoints", DNS, 0);
}

static void a_backend_has_its_series(void **state)
{
	struct page *page = *state;
	const struct exposition *all;
	struct kvip_table table;

	fill_table(&table);
	kvip_families_backends(&page->to, &table);
	kvip_table_free(&table);
	all = finish(page);
	has_value(all, "kvip_backend_connections_total",
		  WEB4 ",backend=\"10.0.0.1:8080\",node=\"a\"", 30);
	has_value(all, "kvip_backend_connections_total",
		  WEB4 ",backend=\"10.0.0.2:8080\",node=\"\"", 10);
	has_value(all, "kvip_backend_connections_total",
		  WEB6 ",backend=\"[fd00::1]:8080\",node=\"a\"", 5);
	has_value(all, "kvip_backend_state",
		  WEB4 ",backend=\"10.0.0.1:8080\",node=\"a\",state=\"ready\"",
		  1);
	has_value(all, "kvip_backend_state",
		  WEB4
		  ",backend=\"10.0.0.2:8080\",node=\"\",state=\"draining\"",
		  1);
}

static void backends_have_one_state(void **state)
{
	static const struct {
		uint32_t flags;
		const char *state;
	} cases[] = {
		{ 0, "unready" },
		{ KVIP_BACKEND_F_SERVING, "serving" },
		{ KVIP_BACKEND_F_READY, "ready" },
		{ KVIP_BACKEND_F_READY | KVIP_BACKEND_F_SERVING, "ready" },
		{ KVIP_BACKEND_F_TERMINATING, "terminating" },
		{ KVIP_BACKEND_F_READY | KVIP_BACKEND_F_TERMINATING,
		  "terminating" },
		{ KVIP_BACKEND_F_SERVING | KVIP_BACKEND_F_TERMINATING,
		  "draining" },
	};
	struct page *page = *state;
	struct kvip_service *service;
	struct kvip_table table;
	char addr[32], want[256];
	size_t i;

	kvip_table_init(&table);
	service = kvip_table_add(&table, "d/a", AF_INET, IPPROTO_TCP);
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		snprintf(addr, sizeof(addr), "10.0.0.%zu", i);
		add_backend(&table, service, addr, "n", cases[i].flags, 0);
	}
	kvip_families_backends(&page->to, &table);
	kvip_table_free(&table);
	finish(page);
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		snprintf(
			want, sizeof(want),
			LABELS_OF(
				"d", "a", "", "TCP",
				"IPv4") ",backend=\"10.0.0.%zu:8080\",node=\"n\",state=\"%s\"",
			i, cases[i].state);
		has_value(&page->all, "kvip_backend_state", want, 1);
	}
}

/* The kernel gives names no meaning: any may be there, and no two be one. */
static void odd_names_stay_apart(void **state)
{
	static const struct {
		const char *name;
		const char *labels;
	} cases[] = {
		{ "d/a", LABELS_OF("d", "a", "", "TCP", "IPv4") },
		{ "d/a:p", LABELS_OF("d", "a", "p", "TCP", "IPv4") },
		{ "d/a:", LABELS_OF("", "d/a:", "", "TCP", "IPv4") },
		{ "d/", LABELS_OF("", "d/", "", "TCP", "IPv4") },
		{ "d/:p", LABELS_OF("", "d/:p", "", "TCP", "IPv4") },
		{ "/a", LABELS_OF("", "/a", "", "TCP", "IPv4") },
		{ "a", LABELS_OF("", "a", "", "TCP", "IPv4") },
		{ "a:p", LABELS_OF("", "a:p", "", "TCP", "IPv4") },
		{ "d/a:p:q", LABELS_OF("d", "a", "p:q", "TCP", "IPv4") },
		{ "d/a/b", LABELS_OF("d", "a/b", "", "TCP", "IPv4") },
		{ "d/a\"\\\n",
		  LABELS_OF("d", "a\\\"\\\\\\n", "", "TCP", "IPv4") },
	};
	struct page *page = *state;
	struct kvip_table table;
	char name[KVIP_NAME_MAX + 1];
	size_t i;

	kvip_table_init(&table);
	for (i = 0; i < ARRAY_SIZE(cases); i++)
		kvip_table_add(&table, cases[i].name, AF_INET, IPPROTO_TCP)
			->conns = i + 1;
	memset(name, 'x', KVIP_NAME_MAX);
	name[KVIP_NAME_MAX] = '\0';
	kvip_table_add(&table, name, AF_INET, IPPROTO_TCP);
	kvip_families_services(&page->to, &table);
	kvip_table_free(&table);
	finish(page);
	for (i = 0; i < ARRAY_SIZE(cases); i++)
		has_value(&page->all, "kvip_service_connections_total",
			  cases[i].labels, (double)i + 1);
}

static void the_process_tells_of_itself(void **state)
{
	struct page *page = *state;
	const struct exposition *all;
	double fds, now = (double)time(NULL);
	int fd = dup(STDERR_FILENO);

	kvip_families_process(&page->to);
	all = finish(page);
	fds = exposition_value(all, "process_open_fds", "");
	assert_true(fds >= 1 &&
		    fds <= exposition_value(all, "process_max_fds", ""));
	assert_true(exposition_value(all, "process_resident_memory_bytes", "") >
		    100000);
	assert_true(exposition_value(all, "process_virtual_memory_bytes", "") >=
		    exposition_value(all, "process_resident_memory_bytes", ""));
	assert_true(exposition_value(all, "process_start_time_seconds", "") >
		    now - 600);
	assert_true(exposition_value(all, "process_start_time_seconds", "") <
		    now + 5);
	assert_true(exposition_value(all, "process_cpu_seconds_total", "") >=
		    0);
	close(fd);
}

/* 10,000 Services with 10 endpoints each. */
static void a_large_table_is_written(void **state)
{
	struct page *page = *state;
	struct kvip_service *service;
	struct kvip_table table;
	char text[64];
	size_t i, j;

	kvip_table_init(&table);
	for (i = 0; i < 10000; i++) {
		snprintf(text, sizeof(text), "namespace-%zu/service-%zu:http",
			 i % 100, i);
		service = kvip_table_add(&table, text, AF_INET, IPPROTO_TCP);
		for (j = 0; j < 10; j++) {
			snprintf(text, sizeof(text), "10.%zu.%zu.%zu", j,
				 i / 256, i % 256);
			add_backend(&table, service, text, "node-a",
				    KVIP_BACKEND_F_CLUSTER |
					    KVIP_BACKEND_F_READY,
				    i);
		}
	}
	kvip_families_services(&page->to, &table);
	kvip_families_backends(&page->to, &table);
	kvip_table_free(&table);
	finish(page);
	assert_int_equal(page->all.n_samples, 3 * 10000 + 2 * 100000);
}

struct server {
	struct event_base *base;
	struct kvip_stats stats;
	struct kvip_metrics *metrics;
	uint16_t port;
};

static struct kvip_client *no_client(void *arg)
{
	unsigned int *asked = arg;

	++*asked;
	return NULL;
}

static unsigned int clients_asked;

static int start_server(void **state)
{
	struct server *server = calloc(1, sizeof(*server));
	struct kvip_metrics_source source = {
		.stats = &server->stats,
		.client = no_client,
		.arg = &clients_asked,
	};
	struct kvip_listen at = { 0 };
	struct kvip_err err;

	server->base = event_base_new();
	server->port = web_free_port();
	kvip_stats_init(&server->stats);
	set_addr(&at.addr, "127.0.0.1");
	at.port = server->port;
	server->metrics = kvip_metrics_new(server->base, &at, &source, &err);
	if (!server->metrics)
		fail_msg("%s", err.text);
	*state = server;
	return 0;
}

static int stop_server(void **state)
{
	struct server *server = *state;

	kvip_metrics_free(server->metrics);
	event_base_free(server->base);
	free(server);
	return 0;
}

static void metrics_are_there_without_the_module(void **state)
{
	struct server *server = *state;
	unsigned int before = clients_asked;
	struct exposition all;
	char *answer;

	server->stats.syncs = 5;
	answer = web_get(server->base, server->port, "/metrics");
	assert_int_equal(web_status(answer), 200);
	assert_true(web_has(answer, "Content-Type: text/plain; version=0.0.4; "
				    "charset=utf-8"));
	all = exposition_read(web_body(answer));
	has_value(&all, "kvip_module_up", "", 0);
	has_value(&all, "kvip_agent_syncs_total", "result=\"committed\"", 5);
	assert_null(exposition_type(&all, "kvip_service_connections_total"));
	assert_int_equal(clients_asked, before + 1);
	exposition_free(&all);
	free(answer);
}

static void backends_are_unavailable_without_the_module(void **state)
{
	struct server *server = *state;
	char *answer = web_get(server->base, server->port, "/metrics/backends");

	assert_int_equal(web_status(answer), 503);
	assert_string_equal(web_body(answer), "");
	free(answer);
}

static void the_mode_is_kvip(void **state)
{
	struct server *server = *state;
	char *answer = web_get(server->base, server->port, "/proxyMode");

	assert_int_equal(web_status(answer), 200);
	assert_true(web_has(answer, "Content-Type: text/plain; charset=utf-8"));
	assert_string_equal(web_body(answer), "kvip");
	free(answer);
}

static void other_paths_are_not_found(void **state)
{
	static const char *const paths[] = { "/", "/metric", "/metrics/",
					     "/metrics/x", "/proxymode" };
	struct server *server = *state;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(paths); i++) {
		char *answer = web_get(server->base, server->port, paths[i]);

		assert_int_equal(web_status(answer), 404);
		free(answer);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define WITH_PAGE(test) cmocka_unit_test_setup_teardown(test, start, stop)
#define WITH_SERVER(test) \
	cmocka_unit_test_setup_teardown(test, start_server, stop_server)
		WITH_PAGE(everything_together_is_well_formed),
		WITH_PAGE(kube_proxys_families_are_there),
		WITH_PAGE(the_agents_figures_are_where_they_belong),
		WITH_PAGE(the_api_servers_figures_are_where_they_belong),
		WITH_PAGE(the_reflectors_figures_are_where_they_belong),
		WITH_PAGE(without_reflectors_there_is_nothing_of_them),
		WITH_PAGE(the_kernels_figures_are_where_they_belong),
		WITH_PAGE(a_module_that_is_not_there_is_down),
		WITH_PAGE(what_an_old_module_does_not_tell_is_left_out),
		WITH_PAGE(a_service_port_has_its_series),
		WITH_PAGE(a_backend_has_its_series),
		WITH_PAGE(backends_have_one_state),
		WITH_PAGE(odd_names_stay_apart),
		WITH_PAGE(the_process_tells_of_itself),
		WITH_PAGE(a_large_table_is_written),
		WITH_SERVER(metrics_are_there_without_the_module),
		WITH_SERVER(backends_are_unavailable_without_the_module),
		WITH_SERVER(the_mode_is_kvip),
		WITH_SERVER(other_paths_are_not_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
