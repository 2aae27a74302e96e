// SPDX-License-Identifier: GPL-2.0-or-later
#include <json-c/json.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "describe_service.h"
#include "describe_service_lines.h"
#include "json_keys.h"
#include "kinds.h"
#include "lb_status.h"
#include "object.h"
#include "rows_cells.h"

/* This many endpoints are told, others counted. */
#define SHOWN 3

/* What of an annotation fits in a line. */
#define ANNOTATION_MAX 140

/* What kubectl apply keeps for itself. */
#define LAST_APPLIED "kubectl.kubernetes.io/last-applied-configuration"

struct service {
	struct kvip_lines lines;
	struct json_object *object;
	struct json_object *spec;
	struct json_object *const *slices;
	size_t n_slices;
};

static void add_labels(struct kvip_lines *lines, struct json_object *labels)
{
	struct kvip_json_member *members;
	size_t i, n;

	members = kvip_json_members(labels, &n);
	for (i = 0; i < n; i++)
		kvip_lines_add(lines, i ? "" : "Labels:", "%s=%s",
			       members[i].key,
			       kvip_text_of(members[i].value, ""));
	if (!n)
		kvip_lines_add(lines, "Labels:", "<none>");
	free(members);
}

/* A value of several lines, or a long one, below its name. */
static void add_long(struct kvip_lines *lines, const char *value, size_t len)
{
	size_t at = 0;

	for (;;) {
		size_t end = at;
		bool cut;

		while (end < len && value[end] != '\n')
			end++;
		cut = end - at > ANNOTATION_MAX - 2;
		kvip_lines_add(lines, "", "  %.*s%s",
			       cut ? ANNOTATION_MAX - 2 : (int)(end - at),
			       value + at, cut ? "..." : "");
		if (end == len)
			return;
		at = end + 1;
	}
}

static void add_annotation(struct kvip_lines *lines, bool first,
			   const char *name, const char *value)
{
	const char *key = first ? "Annotations:" : "";
	size_t len = strlen(value);

	if (len && value[len - 1] == '\n')
		len--;
	if (strlen(name) + len + 2 > ANNOTATION_MAX ||
	    memchr(value, '\n', len)) {
		kvip_lines_add(lines, key, "%s:", name);
		add_long(lines, value, len);
	} else {
		kvip_lines_add(lines, key, "%s: %.*s", name, (int)len, value);
	}
}

static void add_annotations(struct kvip_lines *lines,
			    struct json_object *annotations)
{
	struct kvip_json_member *members;
	bool first = true;
	size_t i, n;

	members = kvip_json_members(annotations, &n);
	for (i = 0; i < n; i++) {
		if (!strcmp(members[i].key, LAST_APPLIED))
			continue;
		add_annotation(lines, first, members[i].key,
			       kvip_text_of(members[i].value, ""));
		first = false;
	}
	if (first)
		kvip_lines_add(lines, "Annotations:", "<none>");
	free(members);
}

/* A field that is shown if it is there. */
static void add_field(struct service *service, const char *key,
		      const char *name)
{
	const char *text = kvip_object_text(service->spec, name);

	if (text)
		kvip_lines_add(&service->lines, key, "%s", text);
}

/* A list of texts; @none NULL: it is not shown if it is empty. */
static void add_list(struct service *service, const char *key, const char *name,
		     const char *none)
{
	struct json_object *list = kvip_object_member(service->spec, name);
	struct kvip_join join = {};
	size_t i;

	for (i = 0; i < kvip_count_of(list); i++)
		kvip_join_add(&join, "%s",
			      kvip_text_of(json_object_array_get_idx(list, i),
					   ""));
	if (i || none)
		kvip_lines_take(&service->lines, key,
				kvip_join_text(&join, none ?: ""));
}

static void add_ingress(struct service *service)
{
	struct json_object *list;
	char *text = NULL;
	size_t i, len;
	FILE *to;

	list = kvip_object_member(
		kvip_object_member(kvip_object_member(service->object,
						      "status"),
				   "loadBalancer"),
		"ingress");
	if (!kvip_count_of(list))
		return;
	to = open_memstream(&text, &len);
	if (!to)
		abort();
	for (i = 0; i < kvip_count_of(list); i++) {
		struct json_object *entry = json_object_array_get_idx(list, i);
		const char *mode = kvip_object_text(entry, "ipMode");

		fprintf(to, "%s%s", i ? ", " : "",
			kvip_object_text(entry, "ip")		    ?:
				kvip_object_text(entry, "hostname") ?:
								      "");
		if (mode)
			fprintf(to, " (%s)", mode);
	}
	fclose(to);
	kvip_lines_take(&service->lines, "LoadBalancer Ingress:", text);
}

/* S5: what is not told is ready. */
static bool is_ready(struct json_object *endpoint)
{
	struct json_object *ready = kvip_object_member(
		kvip_object_member(endpoint, "conditions"), "ready");

	return !ready || json_object_get_boolean(ready);
}

/* The ready ones of a slice, at @port; NULL: at none. */
static void add_endpoints(struct kvip_join *join, struct json_object *slice,
			  struct json_object *port)
{
	struct json_object *list = kvip_object_member(slice, "endpoints");
	const char *number = kvip_text_of(port, NULL);
	size_t i;

	for (i = 0; i < kvip_count_of(list); i++) {
		struct json_object *endpoint, *addrs;
		const char *addr;

		endpoint = json_object_array_get_idx(list, i);
		addrs = kvip_object_member(endpoint, "addresses");
		if (!is_ready(endpoint) || !kvip_count_of(addrs))
			continue;
		addr = kvip_text_of(json_object_array_get_idx(addrs, 0), "");
		if (!number)
			kvip_join_add(join, "%s", addr);
		else if (strchr(addr, ':'))
			kvip_join_add(join, "[%s]:%s", addr, number);
		else
			kvip_join_add(join, "%s:%s", addr, number);
	}
}

/* Those of the Service port called @name. */
static char *list_endpoints(const struct service *service, const char *name)
{
	struct kvip_join join = { .max = SHOWN };
	size_t i, j;

	for (i = 0; i < service->n_slices; i++) {
		struct json_object *slice = service->slices[i], *ports, *port;

		ports = kvip_object_member(slice, "ports");
		if (!kvip_count_of(ports))
			add_endpoints(&join, slice, NULL);
		for (j = 0; j < kvip_count_of(ports); j++) {
			port = json_object_array_get_idx(ports, j);
			if (!strcmp(kvip_object_text(port, "name") ?: "", name))
				add_endpoints(&join, slice,
					      kvip_object_member(port, "port"));
		}
	}
	/* kubectl says nothing where EndpointSlices have no endpoint */
	return kvip_join_text(&join, service->n_slices ? "" : "<none>");
}

static void add_port(struct service *service, struct json_object *port)
{
	const char *proto = kvip_object_text(port, "protocol") ?: "TCP";
	const char *app = kvip_object_text(port, "appProtocol");
	struct json_object *number = kvip_object_member(port, "port");
	struct json_object *target = kvip_object_member(port, "targetPort");
	struct json_object *node = kvip_object_member(port, "nodePort");
	struct kvip_lines *lines = &service->lines;
	const char *name = kvip_object_text(port, "name");

	kvip_lines_add(lines, "Port:", "%s  %s/%s", name ?: "<unset>",
		       kvip_text_of(number, "0"), proto);
	kvip_lines_add(lines, "TargetPort:", "%s/%s",
		       kvip_text_of(target ?: number, "0"), proto);
	if (app)
		kvip_lines_add(lines, "AppProtocol:", "%s", app);
	if (json_object_get_int(node))
		kvip_lines_add(lines, "NodePort:", "%s  %s/%s",
			       name ?: "<unset>", kvip_text_of(node, ""),
			       proto);
	kvip_lines_take(lines,
			"Endpoints:", list_endpoints(service, name ?: ""));
}

static void add_head(struct service *service)
{
	struct json_object *meta =
		kvip_object_member(service->object, "metadata");
	struct kvip_lines *lines = &service->lines;

	kvip_lines_add(lines, "Name:", "%s", kvip_object_name(service->object));
	kvip_lines_add(lines, "Namespace:", "%s",
		       kvip_object_ns(service->object));
	add_labels(lines, kvip_object_member(meta, "labels"));
	add_annotations(lines, kvip_object_member(meta, "annotations"));
	kvip_lines_take(lines, "Selector:",
			kvip_labels_text(
				kvip_object_member(service->spec, "selector")));
	kvip_lines_add(lines, "Type:", "%s",
		       kvip_object_text(service->spec, "type") ?: "ClusterIP");
}

static void add_addresses(struct service *service)
{
	add_field(service, "IP Family Policy:", "ipFamilyPolicy");
	add_list(service, "IP Families:", "ipFamilies", "<none>");
	kvip_lines_add(&service->lines, "IP:", "%s",
		       kvip_object_text(service->spec, "clusterIP") ?: "");
	add_list(service, "IPs:", "clusterIPs", "<none>");
	add_list(service, "External IPs:", "externalIPs", NULL);
	add_field(service, "Desired LoadBalancer IP:", "loadBalancerIP");
	add_field(service, "External Name:", "externalName");
	add_ingress(service);
}

static void add_tail(struct service *service)
{
	struct json_object *health =
		kvip_object_member(service->spec, "healthCheckNodePort");
	struct kvip_lines *lines = &service->lines;
	const char *why;

	kvip_lines_add(lines, "Session Affinity:", "%s",
		       kvip_object_text(service->spec, "sessionAffinity") ?:
									    "");
	add_field(service, "External Traffic Policy:", "externalTrafficPolicy");
	add_field(service, "Internal Traffic Policy:", "internalTrafficPolicy");
	if (json_object_get_int(health))
		kvip_lines_add(lines, "HealthCheck NodePort:", "%d",
			       json_object_get_int(health));
	add_list(service,
		 "LoadBalancer Source Ranges:", "loadBalancerSourceRanges",
		 NULL);
	add_field(service, "Traffic Distribution:", "trafficDistribution");
	why = kvip_lb_status_why(service->object);
	if (why)
		kvip_lines_add(lines, "Load Balancer:", "pending: %s", why);
}

void kvip_describe_service(FILE *to, struct json_object *object,
			   struct json_object *const *slices, size_t n)
{
	struct service service = {
		.object = object,
		.spec = kvip_object_member(object, "spec"),
		.slices = slices,
		.n_slices = n,
	};
	struct json_object *ports = kvip_object_member(service.spec, "ports");
	size_t i;

	add_head(&service);
	add_addresses(&service);
	for (i = 0; i < kvip_count_of(ports); i++)
		add_port(&service, json_object_array_get_idx(ports, i));
	add_tail(&service);
	kvip_lines_print(&service.lines, to);
}
