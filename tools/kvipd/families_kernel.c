// SPDX-License-Identifier: GPL-2.0-or-later
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <linux/kvip.h>

#include "client.h"
#include "families.h"

#define USABLE (KVIP_BACKEND_F_CLUSTER | KVIP_BACKEND_F_LOCAL)
#define ANY_LOCAL \
	(KVIP_SERVICE_F_INTERNAL_LOCAL | KVIP_SERVICE_F_EXTERNAL_LOCAL)

static void module_info(struct kvip_exposition *to,
			const struct kvip_info *info)
{
	char abi[16];

	snprintf(abi, sizeof(abi), "%" PRIu32, info->abi);
	kvip_exposition_family(to, "gauge", "kvip_module_info",
			       "The loaded module's version and ABI");
	kvip_exposition_count(
		to, KVIP_LABELS({ "version", info->version }, { "abi", abi }),
		1);
	kvip_exposition_gauge(
		to, "kvip_generation",
		"The tables' generation, raised by each commit that changes anything",
		info->generation);
	kvip_exposition_gauge(to, "kvip_services",
			      "Service ports in the tables, by family",
			      info->services);
	kvip_exposition_gauge(to, "kvip_frontends", "Frontends in the tables",
			      info->frontends);
	kvip_exposition_gauge(
		to, "kvip_backends",
		"Backends in the tables; one that two Service ports have counts twice",
		info->backends);
}

static void reason(struct kvip_exposition *to, const char *word, uint64_t value)
{
	kvip_exposition_count(to, KVIP_LABELS({ "reason", word }), value);
}

static void verdicts(struct kvip_exposition *to, const struct kvip_info *info,
		     const struct kvip_totals *totals)
{
	kvip_exposition_family(to, "counter", "kvip_rejects_total",
			       "Connections refused");
	reason(to, "no_endpoint", totals->rejects);
	reason(to, "unknown_port", info->rejects_unknown_port);
	kvip_exposition_family(
		to, "counter", "kvip_drops_total",
		"Connections dropped; with reason invalid: packets of connections");
	reason(to, "no_local_endpoint", totals->drops_no_local);
	reason(to, "source_ranges", totals->drops_ranges);
	reason(to, "service_cidr", info->drops_service_cidr);
	reason(to, "invalid", info->drops_invalid);
}

void kvip_families_kernel(struct kvip_exposition *to,
			  const struct kvip_info *info,
			  const struct kvip_totals *totals, bool up)
{
	kvip_exposition_gauge(
		to, "kvip_module_up",
		"Whether the module's tables could be read just now", up);
	if (!info)
		return;
	module_info(to, info);
	/* what an older module does not tell is not 0 */
	if (info->abi < 2)
		return;
	verdicts(to, info, totals);
	kvip_exposition_gauge(to, "kvip_affinity_entries",
			      "Clients that are remembered with their endpoint",
			      info->affinity_entries);
	kvip_exposition_counter(to, "kvip_affinity_evicted_total",
				"Affinity entries that went before their time",
				info->affinity_evicted);
	kvip_exposition_counter(to, "kvip_udp_flows_cleared_total",
				"UDP flows forgotten by commits",
				info->udp_cleared);
	kvip_exposition_counter(
		to, "kubeproxy_conntrack_reconciler_deleted_entries_total",
		"The same under kube-proxy's name", info->udp_cleared);
	kvip_exposition_counter(to, "kvip_flows_left_out_total",
				"Flows that listeners were not told",
				info->flows_left_out);
}

/* A Service port's name in parts, for labels. */
struct parts {
	char ns[KVIP_NAME_MAX + 1];
	char name[KVIP_NAME_MAX + 1];
	char port[KVIP_NAME_MAX + 1];
};

static void copy(char to[KVIP_NAME_MAX + 1], const char *from, size_t len)
{
	if (len > KVIP_NAME_MAX)
		len = KVIP_NAME_MAX;
	memcpy(to, from, len);
	to[len] = '\0';
}

/* NAMESPACE/NAME or NAMESPACE/NAME:PORT; any other is a name without the rest. */
static void split(const char *text, struct parts *parts)
{
	const char *slash = strchr(text, '/');
	const char *colon = slash ? strchr(slash, ':') : NULL;
	size_t len = colon ? (size_t)(colon - slash) - 1 :
		     slash ? strlen(slash + 1) :
			     0;

	if (!slash || slash == text || !len || (colon && !colon[1])) {
		parts->ns[0] = '\0';
		parts->port[0] = '\0';
		copy(parts->name, text, strlen(text));
		return;
	}
	copy(parts->ns, text, (size_t)(slash - text));
	copy(parts->name, slash + 1, len);
	copy(parts->port, colon ? colon + 1 : "",
	     colon ? strlen(colon + 1) : 0);
}

/* The labels of a Service port, and room for three more. */
struct series {
	struct parts parts;
	struct kvip_label labels[9];
	size_t n;
};

static void add_label(struct series *series, const char *name,
		      const char *value)
{
	series->labels[series->n].name = name;
	series->labels[series->n++].value = value;
	series->labels[series->n].name = NULL;
}

static void begin_series(struct series *series,
			 const struct kvip_service *service)
{
	split(service->name, &series->parts);
	series->n = 0;
	add_label(series, "namespace", series->parts.ns);
	add_label(series, "service", series->parts.name);
	add_label(series, "port", series->parts.port);
	add_label(series, "protocol", kvip_proto_text(service->proto));
	add_label(series, "ip_family", kvip_family_text(service->family));
}

static uint64_t usable(const struct kvip_service *service)
{
	uint64_t n = 0;
	size_t i;

	for (i = 0; i < service->n_backends; i++)
		n += !!(service->backends[i].flags & USABLE);
	return n;
}

static uint64_t connections(const struct kvip_service *service)
{
	return service->conns;
}

static uint64_t rejects(const struct kvip_service *service)
{
	return service->rejects;
}

static void each_service(struct kvip_exposition *to,
			 const struct kvip_table *table,
			 uint64_t (*get)(const struct kvip_service *service))
{
	struct series series;
	size_t i;

	for (i = 0; i < table->n_services; i++) {
		begin_series(&series, &table->services[i]);
		kvip_exposition_count(to, series.labels,
				      get(&table->services[i]));
	}
}

static void service_drops(struct kvip_exposition *to,
			  const struct kvip_service *service)
{
	struct series series;

	begin_series(&series, service);
	if (service->drops_no_local || service->flags & ANY_LOCAL) {
		add_label(&series, "reason", "no_local_endpoint");
		kvip_exposition_count(to, series.labels,
				      service->drops_no_local);
		series.n--;
	}
	if (service->drops_ranges || service->n_ranges) {
		add_label(&series, "reason", "source_ranges");
		kvip_exposition_count(to, series.labels, service->drops_ranges);
	}
}

void kvip_families_services(struct kvip_exposition *to,
			    const struct kvip_table *table)
{
	size_t i;

	kvip_exposition_family(to, "counter", "kvip_service_connections_total",
			       "Connections to a Service port");
	each_service(to, table, connections);
	kvip_exposition_family(to, "counter", "kvip_service_rejects_total",
			       "Connections refused, there being no endpoint");
	each_service(to, table, rejects);
	kvip_exposition_family(to, "counter", "kvip_service_drops_total",
			       "Connections dropped");
	for (i = 0; i < table->n_services; i++)
		service_drops(to, &table->services[i]);
	kvip_exposition_family(to, "gauge", "kvip_service_endpoints",
			       "Endpoints that new connections may get");
	each_service(to, table, usable);
}

/* What an endpoint is in, for people to read. */
static const char *state_word(uint32_t flags)
{
	if (flags & KVIP_BACKEND_F_TERMINATING)
		return flags & KVIP_BACKEND_F_SERVING ? "draining" :
							"terminating";
	if (flags & KVIP_BACKEND_F_READY)
		return "ready";
	return flags & KVIP_BACKEND_F_SERVING ? "serving" : "unready";
}

static void each_backend(struct kvip_exposition *to,
			 const struct kvip_service *service, bool state)
{
	char at[KVIP_ADDR_PORT_LEN];
	struct series series;
	size_t i, n;

	begin_series(&series, service);
	n = series.n;
	for (i = 0; i < service->n_backends; i++) {
		const struct kvip_backend *backend = &service->backends[i];

		series.n = n;
		add_label(&series, "backend",
			  kvip_addr_port_text(&backend->addr, backend->port,
					      at));
		add_label(&series, "node", backend->node ? backend->node : "");
		if (state)
			add_label(&series, "state", state_word(backend->flags));
		kvip_exposition_count(to, series.labels,
				      state ? 1 : backend->conns);
	}
}

void kvip_families_backends(struct kvip_exposition *to,
			    const struct kvip_table *table)
{
	size_t i;

	kvip_exposition_family(to, "counter", "kvip_backend_connections_total",
			       "Connections of a Service port to an endpoint");
	for (i = 0; i < table->n_services; i++)
		each_backend(to, &table->services[i], false);
	kvip_exposition_family(
		to, "gauge", "kvip_backend_state",
		"1 for the state that an endpoint is in: ready, serving, draining, terminating, unready");
	for (i = 0; i < table->n_services; i++)
		each_backend(to, &table->services[i], true);
}
