// SPDX-License-Identifier: GPL-2.0-or-later
#include <json-c/json.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "lb_status.h"
#include "object.h"
#include "service_report.h"

struct report {
	char *text;
	size_t used;
};

static void add(struct report *report, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

static void add(struct report *report, const char *fmt, ...)
{
	size_t room = KVIP_SERVICE_REPORT_LEN - report->used;
	va_list args;
	int len;

	va_start(args, fmt);
	len = vsnprintf(report->text + report->used, room, fmt, args);
	va_end(args);
	if (len > 0)
		report->used += (size_t)len < room ? (size_t)len : room - 1;
}

/* What stands between two facts. */
static const char *comma(const struct report *report)
{
	return report->used ? ", " : "";
}

static size_t length(struct json_object *list)
{
	return json_object_is_type(list, json_type_array) ?
		       json_object_array_length(list) :
		       0;
}

/* ":80,443,53/UDP" */
static void add_ports(struct report *report, struct json_object *ports)
{
	size_t i, n = length(ports);

	for (i = 0; i < n; i++) {
		struct json_object *port = json_object_array_get_idx(ports, i);
		const char *protocol = kvip_object_text(port, "protocol");
		bool tcp = !protocol || !strcmp(protocol, "TCP");

		add(report, "%s%d%s%s", i ? "," : ":",
		    json_object_get_int(kvip_object_member(port, "port")),
		    tcp ? "" : "/", tcp ? "" : protocol);
	}
}

static void add_address(struct report *report, const char *addr,
			struct json_object *ports)
{
	bool v6 = strchr(addr, ':');

	add(report, "%s%s%s", v6 ? "[" : "", addr, v6 ? "]" : "");
	add_ports(report, ports);
}

/* The ClusterIPs of all families. */
static void add_cluster_ips(struct report *report, struct json_object *spec)
{
	struct json_object *ports = kvip_object_member(spec, "ports");
	struct json_object *list = kvip_object_member(spec, "clusterIPs");
	const char *first = kvip_object_text(spec, "clusterIP");
	size_t i, n = length(list);

	if (!first)
		return;
	if (!strcmp(first, "None")) {
		add(report, "headless");
		return;
	}
	add_address(report, first, ports);
	for (i = 1; i < n; i++) {
		const char *addr = json_object_get_string(
			json_object_array_get_idx(list, i));

		if (!addr)
			continue;
		add(report, " ");
		add_address(report, addr, ports);
	}
}

static int node_port(struct json_object *ports, size_t i)
{
	return json_object_get_int(kvip_object_member(
		json_object_array_get_idx(ports, i), "nodePort"));
}

/* Each once: TCP and UDP may have one number. */
static void add_node_ports(struct report *report, struct json_object *ports)
{
	size_t i, j, n = length(ports), n_told = 0, n_all = 0;

	for (i = 0; i < n; i++)
		n_all += node_port(ports, i) > 0;
	for (i = 0; i < n; i++) {
		int port = node_port(ports, i);

		for (j = 0; j < i && node_port(ports, j) != port; j++)
			;
		if (port <= 0 || j < i)
			continue;
		if (!n_told++)
			add(report, "%snode port%s ", comma(report),
			    n_all > 1 ? "s" : "");
		else
			add(report, ",");
		add(report, "%d", port);
	}
}

static void add_ingress(struct report *report, struct json_object *service,
			const char *pending)
{
	struct json_object *list = kvip_object_member(
		kvip_object_member(kvip_object_member(service, "status"),
				   "loadBalancer"),
		"ingress");
	const char *why = kvip_lb_status_why(service);
	size_t i, n = length(list);

	add(report, "%sload balancer", comma(report));
	for (i = 0; i < n; i++) {
		struct json_object *item = json_object_array_get_idx(list, i);
		const char *ip = kvip_object_text(item, "ip");
		const char *name = kvip_object_text(item, "hostname");

		if (ip || name)
			add(report, " %s", ip ? ip : name);
	}
	if (n)
		return;
	add(report, " <pending>");
	if (why || pending)
		add(report, " (%s)", why ? why : pending);
}

static void add_external_ips(struct report *report, struct json_object *list)
{
	size_t i, n = length(list);

	for (i = 0; i < n; i++) {
		const char *addr = json_object_get_string(
			json_object_array_get_idx(list, i));

		if (!i)
			add(report, "%sexternal", comma(report));
		add(report, " %s", addr ? addr : "?");
	}
}

const char *kvip_service_report(struct json_object *service,
				const char *pending, long n_endpoints,
				char text[KVIP_SERVICE_REPORT_LEN])
{
	struct json_object *spec = kvip_object_member(service, "spec");
	const char *type = kvip_object_text(spec, "type");
	struct report report = { text, 0 };

	*text = '\0';
	if (type && !strcmp(type, "ExternalName")) {
		const char *name = kvip_object_text(spec, "externalName");

		add(&report, "%s", name ? name : "");
		return text;
	}
	add_cluster_ips(&report, spec);
	add_node_ports(&report, kvip_object_member(spec, "ports"));
	if (type && !strcmp(type, "LoadBalancer"))
		add_ingress(&report, service, pending);
	add_external_ips(&report, kvip_object_member(spec, "externalIPs"));
	if (n_endpoints >= 0)
		add(&report, "%s%ld endpoint%s", comma(&report), n_endpoints,
		    n_endpoints == 1 ? "" : "s");
	return text;
}
