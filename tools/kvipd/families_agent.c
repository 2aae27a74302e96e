// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdio.h>

#include <linux/kvip.h>

#include "families.h"
#include "http.h"
#include "reflector.h"

static void number(struct kvip_exposition *to, const char *name,
		   const char *help, double value)
{
	kvip_exposition_family(to, "gauge", name, help);
	kvip_exposition_number(to, NULL, value);
}

static void histogram(struct kvip_exposition *to, const char *name,
		      const char *help, const struct kvip_histogram *values)
{
	kvip_exposition_family(to, "histogram", name, help);
	kvip_exposition_histogram(to, NULL, values);
}

static void sync_times(struct kvip_exposition *to,
		       const struct kvip_stats *stats)
{
	histogram(
		to, "kubeproxy_sync_proxy_rules_duration_seconds",
		"Time from taking the first pending change up to the return of the commit, both families at once",
		&stats->sync_duration);
	histogram(to, "kubeproxy_sync_full_proxy_rules_duration_seconds",
		  "The same of syncs that compared all of the tables",
		  &stats->sync_full_duration);
	histogram(to, "kubeproxy_sync_partial_proxy_rules_duration_seconds",
		  "The same of syncs of what had changed",
		  &stats->sync_partial_duration);
	histogram(
		to, "kubeproxy_network_programming_duration_seconds",
		"Time from the change that an EndpointSlice tells of up to the return of the commit",
		&stats->programming_duration);
	number(to, "kubeproxy_sync_proxy_rules_last_queued_timestamp_seconds",
	       "When a change was last queued", stats->last_queued);
	number(to, "kubeproxy_sync_proxy_rules_last_timestamp_seconds",
	       "When the tables were last synced", stats->last_sync);
}

static void sync_changes(struct kvip_exposition *to,
			 const struct kvip_stats *stats)
{
	kvip_exposition_counter(
		to, "kubeproxy_sync_proxy_rules_endpoint_changes_total",
		"Changes of EndpointSlices", stats->endpoint_changes);
	kvip_exposition_gauge(
		to, "kubeproxy_sync_proxy_rules_endpoint_changes_pending",
		"Changes of EndpointSlices that the kernel does not have yet",
		stats->endpoint_changes_pending);
	kvip_exposition_counter(
		to, "kubeproxy_sync_proxy_rules_service_changes_total",
		"Changes of Services", stats->service_changes);
	kvip_exposition_gauge(
		to, "kubeproxy_sync_proxy_rules_service_changes_pending",
		"Changes of Services that the kernel does not have yet",
		stats->service_changes_pending);
	/* a gauge in kube-proxy too, whatever its name says */
	kvip_exposition_family(
		to, "gauge",
		"kubeproxy_sync_proxy_rules_no_local_endpoints_total",
		"Services with a Local traffic policy and no endpoints on this node");
	kvip_exposition_count(to, KVIP_LABELS({ "traffic_policy", "internal" }),
			      stats->no_local_internal);
	kvip_exposition_count(to, KVIP_LABELS({ "traffic_policy", "external" }),
			      stats->no_local_external);
}

static void answers(struct kvip_exposition *to, const char *name,
		    const char *help, const uint64_t counts[2])
{
	kvip_exposition_family(to, "counter", name, help);
	kvip_exposition_count(to, KVIP_LABELS({ "code", "200" }), counts[0]);
	kvip_exposition_count(to, KVIP_LABELS({ "code", "503" }), counts[1]);
}

static void syncs(struct kvip_exposition *to, const struct kvip_stats *stats)
{
	kvip_exposition_family(to, "counter", "kvip_agent_syncs_total",
			       "Syncs by what became of them");
	kvip_exposition_count(to, KVIP_LABELS({ "result", "committed" }),
			      stats->syncs);
	kvip_exposition_count(to, KVIP_LABELS({ "result", "unchanged" }),
			      stats->syncs_without_change);
	kvip_exposition_count(to, KVIP_LABELS({ "result", "failed" }),
			      stats->sync_failures);
	kvip_exposition_counter(
		to, "kvip_agent_syncs_overtaken_total",
		"Times that another writer committed first, and the sync began again",
		stats->sync_overtaken);
	kvip_exposition_counter(
		to, "kvip_agent_full_checks_total",
		"Comparisons of all of the tables with the kernel's",
		stats->full_checks);
	kvip_exposition_counter(
		to, "kvip_agent_drifted_services_total",
		"Services that such a comparison found to be wrong in the kernel",
		stats->drift);
	histogram(
		to, "kvip_agent_event_duration_seconds",
		"Time from the last byte of a watch event up to the return of the commit",
		&stats->event_duration);
}

void kvip_families_agent(struct kvip_exposition *to,
			 const struct kvip_stats *stats)
{
	char abi[16];

	snprintf(abi, sizeof(abi), "%d", KVIP_ABI);
	kvip_exposition_family(
		to, "gauge", "kvip_build_info",
		"The agent's version and the ABI that it speaks");
	kvip_exposition_count(
		to, KVIP_LABELS({ "version", KVIP_VERSION }, { "abi", abi }),
		1);
	sync_times(to, stats);
	sync_changes(to, stats);
	answers(to, "kubeproxy_proxy_healthz_total", "Answers of /healthz",
		stats->healthz_answers);
	answers(to, "kubeproxy_proxy_livez_total", "Answers of /livez",
		stats->livez_answers);
	syncs(to, stats);
	kvip_exposition_counter(
		to, "kvip_agent_objects_refused_total",
		"Objects of the API server that could not be read",
		stats->objects_refused);
	kvip_exposition_gauge(to, "kvip_agent_frontends_contested",
			      "Frontends that several Services claim",
			      stats->frontends_contested);
	kvip_exposition_gauge(to, "kvip_agent_endpoints_left_out",
			      "Endpoints that the tables leave out",
			      stats->endpoints_left_out);
	kvip_exposition_gauge(to, "kvip_agent_health_ports",
			      "Health-check node ports bound",
			      stats->health_ports);
	kvip_exposition_gauge(to, "kvip_agent_health_ports_failed",
			      "Health-check node ports that could not be bound",
			      stats->health_ports_failed);
	kvip_exposition_counter(to, "kvip_agent_events_sent_total",
				"Events that the API server took",
				stats->events_sent);
	kvip_exposition_counter(to, "kvip_agent_events_failed_total",
				"Events that could not be sent",
				stats->events_failed);
}

void kvip_families_http(struct kvip_exposition *to,
			const struct kvip_http_stats *stats)
{
	/* by class: what matches "2.." as client-go's codes do */
	static const char *const codes[] = { "<error>", "1xx", "2xx",
					     "3xx",	"4xx", "5xx" };
	size_t i;

	kvip_exposition_family(to, "counter", "rest_client_requests_total",
			       "Requests to the API server by class of status");
	for (i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
		kvip_exposition_count(to, KVIP_LABELS({ "code", codes[i] }),
				      stats->requests[i]);
	kvip_exposition_family(
		to, "summary", "rest_client_request_duration_seconds",
		"Time until the first byte of the API server's answers");
	kvip_exposition_summary(to, NULL, stats->duration_sum,
				stats->duration_count);
}

#define MEMBER(name) offsetof(struct kvip_reflector_stats, name)

static const struct {
	const char *name;
	const char *help;
	bool flag; /* a gauge of a bool; else a counter */
	size_t member;
} watched_families[] = {
	{ "kvip_agent_reflector_synced",
	  "Whether a list has been complete once", true, MEMBER(synced) },
	{ "kvip_agent_reflector_watching", "Whether a watch is open", true,
	  MEMBER(watching) },
	{ "kvip_agent_reflector_lists_total", "Lists begun", false,
	  MEMBER(lists) },
	{ "kvip_agent_reflector_watches_total", "Watches begun", false,
	  MEMBER(watches) },
	{ "kvip_agent_reflector_events_total",
	  "Events of watches, bookmarks included", false, MEMBER(events) },
	{ "kvip_agent_reflector_bookmarks_total", "Bookmarks of watches", false,
	  MEMBER(bookmarks) },
	{ "kvip_agent_reflector_refused_total",
	  "Events and lists that made no sense", false, MEMBER(refused) },
	{ "kvip_agent_reflector_errors_total",
	  "Times that listing or watching went wrong", false, MEMBER(errors) },
};

static uint64_t get(const struct kvip_reflector_stats *stats, size_t family)
{
	const char *at = (const char *)stats + watched_families[family].member;

	if (watched_families[family].flag)
		return *(const bool *)at;
	return *(const uint64_t *)at;
}

static void watched_family(struct kvip_exposition *to,
			   const struct kvip_watched *watched, size_t n,
			   size_t family)
{
	size_t i;

	kvip_exposition_family(
		to, watched_families[family].flag ? "gauge" : "counter",
		watched_families[family].name, watched_families[family].help);
	for (i = 0; i < n; i++)
		kvip_exposition_count(
			to, KVIP_LABELS({ "resource", watched[i].resource }),
			get(watched[i].stats, family));
}

void kvip_families_watched(struct kvip_exposition *to,
			   const struct kvip_watched *watched, size_t n,
			   double now)
{
	size_t n_families =
		sizeof(watched_families) / sizeof(watched_families[0]);
	size_t i, f;

	if (!n)
		return;
	for (f = 0; f < n_families; f++)
		watched_family(to, watched, n, f);
	kvip_exposition_family(to, "gauge",
			       "kvip_agent_reflector_quiet_seconds",
			       "Time since the last byte from the API server");
	for (i = 0; i < n; i++)
		if (watched[i].stats->last_heard > 0)
			kvip_exposition_number(
				to,
				KVIP_LABELS(
					{ "resource", watched[i].resource }),
				now - watched[i].stats->last_heard);
}
