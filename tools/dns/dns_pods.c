// SPDX-License-Identifier: GPL-2.0-or-later
#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "dns_pods.h"
#include "object.h"

static void add(struct kvip_dns_pods *pods, const char *ns, const char *ip)
{
	struct kvip_addr addr;

	if (!ip || !kvip_addr_parse(ip, &addr))
		return;
	pods->items = kvip_grow(pods->items, pods->n, sizeof(*pods->items));
	pods->items[pods->n].addr = addr;
	pods->items[pods->n++].ns = kvip_intern_get(&pods->namespaces, ns);
}

static bool is_over(struct json_object *status)
{
	const char *phase = kvip_object_text(status, "phase");

	return phase &&
	       (!strcmp(phase, "Succeeded") || !strcmp(phase, "Failed"));
}

void kvip_dns_pods_add(struct kvip_dns_pods *pods, struct json_object *pod)
{
	struct json_object *metadata = kvip_object_member(pod, "metadata");
	struct json_object *status = kvip_object_member(pod, "status");
	struct json_object *ips = kvip_object_member(status, "podIPs");
	const char *ns = kvip_object_text(metadata, "namespace");
	size_t i, n = 0;

	if (is_over(status))
		return;
	if (!ns)
		ns = "default";
	if (json_object_is_type(ips, json_type_array))
		n = json_object_array_length(ips);
	for (i = 0; i < n; i++)
		add(pods, ns,
		    kvip_object_text(json_object_array_get_idx(ips, i), "ip"));
	if (!n)
		add(pods, ns, kvip_object_text(status, "podIP"));
}

void kvip_dns_pods_free(struct kvip_dns_pods *pods)
{
	size_t i;

	for (i = 0; i < pods->n; i++)
		kvip_intern_put(&pods->namespaces, pods->items[i].ns);
	free(pods->items);
	kvip_intern_free(&pods->namespaces);
	memset(pods, 0, sizeof(*pods));
}
