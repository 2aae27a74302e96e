// SPDX-License-Identifier: GPL-2.0-or-later
/* Services in a table. */
#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "object.h"
#include "rows.h"

static const char *cluster_ip(struct json_object *spec)
{
	struct json_object *ips = kvip_object_member(spec, "clusterIPs");
	const char *ip = kvip_object_text(spec, "clusterIP");

	if (kvip_count_of(ips))
		ip = kvip_text_of(json_object_array_get_idx(ips, 0), NULL);
	return ip && *ip ? ip : "<none>";
}

static int compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Load-balancer addresses in order, each once. */
static void add_ingress(struct kvip_join *join, struct json_object *object)
{
	struct json_object *ingress, *entry;
	const char **words;
	size_t i, n, found = 0;

	ingress = kvip_object_member(
		kvip_object_member(kvip_object_member(object, "status"),
				   "loadBalancer"),
		"ingress");
	n = kvip_count_of(ingress);
	words = kvip_alloc((n + 1) * sizeof(*words));
	for (i = 0; i < n; i++) {
		entry = json_object_array_get_idx(ingress, i);
		words[found] = kvip_object_text(entry, "ip") ?:
				       kvip_object_text(entry, "hostname");
		found += !!words[found];
	}
	qsort(words, found, sizeof(*words), compare);
	for (i = 0; i < found; i++)
		if (!i || strcmp(words[i], words[i - 1]))
			kvip_join_add(join, "%s", words[i]);
	free(words);
}

static char *external_ip(struct json_object *object, struct json_object *spec,
			 const char *type)
{
	struct json_object *ips = kvip_object_member(spec, "externalIPs");
	bool balanced = !strcmp(type, "LoadBalancer");
	struct kvip_join join = {};
	size_t i;

	if (!strcmp(type, "ExternalName"))
		return kvip_strdup(kvip_object_text(spec, "externalName") ?:
					   "<none>");
	if (balanced)
		add_ingress(&join, object);
	for (i = 0; i < kvip_count_of(ips); i++)
		kvip_join_add(&join, "%s",
			      kvip_text_of(json_object_array_get_idx(ips, i),
					   ""));
	return kvip_join_text(&join, balanced ? "<pending>" : "<none>");
}

static char *ports(struct json_object *spec)
{
	struct json_object *list = kvip_object_member(spec, "ports");
	struct kvip_join join = {};
	size_t i;

	for (i = 0; i < kvip_count_of(list); i++) {
		struct json_object *port = json_object_array_get_idx(list, i);
		int node = json_object_get_int(
			kvip_object_member(port, "nodePort"));
		const char *proto = kvip_object_text(port, "protocol") ?: "TCP";
		int number =
			json_object_get_int(kvip_object_member(port, "port"));

		if (node)
			kvip_join_add(&join, "%d:%d/%s", number, node, proto);
		else
			kvip_join_add(&join, "%d/%s", number, proto);
	}
	return kvip_join_text(&join, "<none>");
}

static void fill(struct kvip_cells *row, struct json_object *object, double now)
{
	struct json_object *spec = kvip_object_member(object, "spec");
	const char *type = kvip_object_text(spec, "type") ?: "ClusterIP";

	kvip_cells_add(row, kvip_object_name(object));
	kvip_cells_add(row, type);
	kvip_cells_add(row, cluster_ip(spec));
	kvip_cells_take(row, external_ip(object, spec, type));
	kvip_cells_take(row, ports(spec));
	kvip_cells_age(row, object, now);
	kvip_cells_take(row,
			kvip_labels_text(kvip_object_member(spec, "selector")));
}

static const char *const columns[] = { "NAME",	      "TYPE",	 "CLUSTER-IP",
				       "EXTERNAL-IP", "PORT(S)", "AGE",
				       "SELECTOR",    NULL };

const struct kvip_rows kvip_rows_service = {
	.name = "service",
	.plural = "services",
	.kind = KVIP_KIND_SERVICE,
	.namespaced = true,
	.columns = columns,
	.narrow = 6,
	.fill = fill,
};
