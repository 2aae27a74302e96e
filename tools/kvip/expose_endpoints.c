// SPDX-License-Identifier: GPL-2.0-or-later
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "alloc.h"
#include "expose_endpoints.h"
#include "json_make.h"
#include "kinds.h"
#include "object.h"
#include "slices.h"

#define MANAGER "kvip-expose"

static int refuse(const char *text, const char *why, struct kvip_err *err)
{
	return kvip_err_set(err, "--endpoint %s: %s", text, why);
}

/* The address and the port as texts; "[...]" is off. */
static int split(char *copy, char **addr, char **port)
{
	char *colon = strrchr(copy, ':');

	if (!colon)
		return -1;
	*colon++ = '\0';
	*port = colon;
	*addr = copy;
	if (*copy == '[') {
		size_t len = strlen(copy);

		if (copy[len - 1] != ']')
			return -1;
		copy[len - 1] = '\0';
		*addr = copy + 1;
		return strchr(*addr, ':') ? 0 : -1;
	}
	/* fd00::5:80 could be an address without a port */
	return strchr(copy, ':') ? -1 : 0;
}

int kvip_told_endpoints_add(struct kvip_told_endpoints *endpoints,
			    const char *text, struct kvip_err *err)
{
	struct kvip_told_endpoint endpoint = {};
	char *copy = kvip_strdup(text), *addr, *port;
	const char *special;
	int number, ret = 0;
	size_t i;

	if (split(copy, &addr, &port) || !kvip_addr_parse(addr, &endpoint.addr))
		ret = refuse(text, "expected ADDRESS:PORT or [ADDRESS]:PORT",
			     err);
	else if (!kvip_json_number(port, &number) || number < 1 ||
		 number > 65535)
		ret = refuse(text, "the port must be between 1 and 65535", err);
	free(copy);
	if (ret)
		return ret;
	special = kvip_addr_special(&endpoint.addr);
	if (special)
		return kvip_err_set(err, "--endpoint %s: it is %s", text,
				    special);
	endpoint.port = (uint16_t)number;
	for (i = 0; i < endpoints->n; i++)
		if (endpoints->items[i].port == endpoint.port &&
		    !kvip_addr_cmp(&endpoints->items[i].addr, &endpoint.addr))
			return refuse(text, "it is told twice", err);
	endpoints->items =
		kvip_grow(endpoints->items, endpoints->n, sizeof(endpoint));
	endpoints->items[endpoints->n++] = endpoint;
	return 0;
}

void kvip_told_endpoints_free(struct kvip_told_endpoints *endpoints)
{
	size_t i;

	for (i = 0; i < endpoints->n; i++)
		free(endpoints->items[i].node);
	free(endpoints->items);
	endpoints->items = NULL;
	endpoints->n = 0;
}

void kvip_told_endpoints_families(const struct kvip_told_endpoints *endpoints,
				  struct json_object *service)
{
	struct json_object *spec = kvip_json_object(service, "spec");
	struct json_object *list = kvip_json_list(spec, "ipFamilies");
	uint8_t first = endpoints->items[0].addr.family;
	size_t i;

	json_object_array_add(list,
			      json_object_new_string(kvip_family_text(first)));
	for (i = 1; i < endpoints->n; i++)
		if (endpoints->items[i].addr.family != first)
			break;
	if (i < endpoints->n)
		json_object_array_add(
			list, json_object_new_string(kvip_family_text(
				      endpoints->items[i].addr.family)));
	/* a policy that was told stays, to be refused if it is too narrow */
	if (!kvip_object_member(spec, "ipFamilyPolicy"))
		kvip_json_set(spec, "ipFamilyPolicy",
			      i < endpoints->n ? "RequireDualStack" :
						 "SingleStack");
}

/* What makes the Service the owner, so that its slices go with it. */
static void add_owner(struct json_object *meta, struct json_object *service)
{
	const char *uid = kvip_object_text(
		kvip_object_member(service, "metadata"), "uid");
	struct json_object *owner;

	/* one that is not stored owns nothing */
	if (!uid)
		return;
	owner = json_object_new_object();
	kvip_json_set(owner, "apiVersion", "v1");
	kvip_json_set(owner, "kind", "Service");
	kvip_json_set(owner, "name", kvip_object_name(service));
	kvip_json_set(owner, "uid", uid);
	json_object_object_add(owner, "controller",
			       json_object_new_boolean(true));
	json_object_object_add(owner, "blockOwnerDeletion",
			       json_object_new_boolean(true));
	json_object_array_add(kvip_json_list(meta, "ownerReferences"), owner);
}

static struct json_object *make_meta(struct json_object *service,
				     uint8_t family, unsigned int number)
{
	struct json_object *meta = json_object_new_object();
	struct json_object *labels = kvip_json_object(meta, "labels");
	const char *ns = kvip_object_ns(service);
	char name[300];
	int used;

	used = snprintf(name, sizeof(name), "%s-%s", kvip_object_name(service),
			family == AF_INET ? "ipv4" : "ipv6");
	if (number > 1 && used > 0 && (size_t)used < sizeof(name))
		snprintf(name + used, sizeof(name) - (size_t)used, "-%u",
			 number);
	kvip_json_set(meta, "name", name);
	if (*ns)
		kvip_json_set(meta, "namespace", ns);
	kvip_json_set(labels, "kubernetes.io/service-name",
		      kvip_object_name(service));
	kvip_json_set(labels, "endpointslice.kubernetes.io/managed-by",
		      MANAGER);
	add_owner(meta, service);
	return meta;
}

/* Its name is there, and "" where the Service's port has none: a port without one
 * is nobody's (S4).
 */
static struct json_object *make_port(struct json_object *service, uint16_t port)
{
	struct json_object *ports = kvip_object_member(
		kvip_object_member(service, "spec"), "ports");
	struct json_object *of = json_object_is_type(ports, json_type_array) ?
					 json_object_array_get_idx(ports, 0) :
					 NULL;
	const char *name = kvip_object_text(of, "name");
	const char *protocol = kvip_object_text(of, "protocol");
	struct json_object *made = json_object_new_object();

	kvip_json_set(made, "name", name ? name : "");
	json_object_object_add(made, "port", json_object_new_int(port));
	kvip_json_set(made, "protocol", protocol ? protocol : "TCP");
	return made;
}

static struct json_object *
make_endpoint(const struct kvip_told_endpoint *endpoint)
{
	struct json_object *made = json_object_new_object();
	char text[INET6_ADDRSTRLEN];

	json_object_array_add(
		kvip_json_list(made, "addresses"),
		json_object_new_string(kvip_addr_text(&endpoint->addr, text)));
	json_object_object_add(kvip_json_object(made, "conditions"), "ready",
			       json_object_new_boolean(true));
	kvip_json_set(made, "nodeName", endpoint->node);
	return made;
}

static bool belongs(const struct kvip_told_endpoint *a,
		    const struct kvip_told_endpoint *b)
{
	return a->addr.family == b->addr.family && a->port == b->port;
}

/* All endpoints that belong with number @first, which is the first of them. */
static void add_slices(const struct kvip_told_endpoints *endpoints,
		       size_t first, struct json_object *service,
		       unsigned int *number, struct json_object *slices)
{
	const struct kvip_told_endpoint *like = &endpoints->items[first];
	struct json_object *slice, *list = NULL;
	size_t i;

	for (i = first; i < endpoints->n; i++) {
		if (!belongs(&endpoints->items[i], like))
			continue;
		if (!list ||
		    json_object_array_length(list) == KVIP_SLICE_ENDPOINTS) {
			slice = json_object_new_object();
			kvip_json_set(slice, "apiVersion",
				      "discovery.k8s.io/v1");
			kvip_json_set(slice, "kind", "EndpointSlice");
			json_object_object_add(slice, "metadata",
					       make_meta(service,
							 like->addr.family,
							 ++*number));
			kvip_json_set(slice, "addressType",
				      kvip_family_text(like->addr.family));
			json_object_array_add(kvip_json_list(slice, "ports"),
					      make_port(service, like->port));
			list = kvip_json_list(slice, "endpoints");
			json_object_array_add(slices, slice);
		}
		json_object_array_add(list,
				      make_endpoint(&endpoints->items[i]));
	}
}

struct json_object *
kvip_told_endpoints_slices(const struct kvip_told_endpoints *endpoints,
			   struct json_object *service)
{
	struct json_object *slices = json_object_new_array();
	unsigned int n_v4 = 0, n_v6 = 0;
	size_t i, j;

	for (i = 0; i < endpoints->n; i++) {
		bool v4 = endpoints->items[i].addr.family == AF_INET;

		for (j = 0; j < i; j++)
			if (belongs(&endpoints->items[i], &endpoints->items[j]))
				break;
		if (j == i)
			add_slices(endpoints, i, service, v4 ? &n_v4 : &n_v6,
				   slices);
	}
	return slices;
}
