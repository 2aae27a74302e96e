// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#include "addr.h"
#include "admit_parts.h"
#include "alloc.h"
#include "kinds.h"
#include "object.h"
#include "slice_endpoint.h"

static size_t length(struct json_object *list)
{
	return json_object_is_type(list, json_type_array) ?
		       json_object_array_length(list) :
		       0;
}

static const char *text_of(struct json_object *object, const char *name)
{
	const char *text = kvip_object_text(object, name);

	return text ? text : "";
}

static bool has_ended(struct json_object *pod)
{
	const char *phase = text_of(kvip_object_member(pod, "status"), "phase");

	return !strcmp(phase, "Succeeded") || !strcmp(phase, "Failed");
}

static bool is_ready(struct json_object *pod)
{
	struct json_object *list = kvip_object_member(
		kvip_object_member(pod, "status"), "conditions");
	size_t i, n = length(list);

	for (i = 0; i < n; i++) {
		struct json_object *item = json_object_array_get_idx(list, i);

		if (!strcmp(text_of(item, "type"), "Ready"))
			return !strcmp(text_of(item, "status"), "True");
	}
	return false;
}

static void add_address(struct json_object *list, const char *text,
			const char *family)
{
	char canonical[INET6_ADDRSTRLEN];
	struct kvip_addr addr;

	if (text && kvip_addr_parse(text, &addr) &&
	    !strcmp(kvip_family_text(addr.family), family))
		json_object_array_add(
			list, json_object_new_string(
				      kvip_addr_text(&addr, canonical)));
}

static struct json_object *addresses_of(struct json_object *pod,
					const char *family)
{
	struct json_object *status = kvip_object_member(pod, "status");
	struct json_object *told = kvip_object_member(status, "podIPs");
	struct json_object *list = json_object_new_array();
	size_t i, n = length(told);

	for (i = 0; i < n; i++)
		add_address(list,
			    kvip_object_text(json_object_array_get_idx(told, i),
					     "ip"),
			    family);
	if (!n)
		add_address(list, kvip_object_text(status, "podIP"), family);
	return list;
}

static void put_bool(struct json_object *object, const char *name, bool value)
{
	json_object_object_add(object, name, json_object_new_boolean(value));
}

/* KEP-1672: one that ends is not ready, but it may serve. */
static struct json_object *conditions_of(struct json_object *service,
					 struct json_object *pod)
{
	struct json_object *conditions = json_object_new_object();
	bool serving = is_ready(pod);
	bool terminating = kvip_object_member(
		kvip_object_member(pod, "metadata"), "deletionTimestamp");
	bool always = json_object_get_boolean(
		kvip_object_member(kvip_object_member(service, "spec"),
				   "publishNotReadyAddresses"));

	put_bool(conditions, "ready", always || (serving && !terminating));
	put_bool(conditions, "serving", serving);
	put_bool(conditions, "terminating", terminating);
	return conditions;
}

static struct json_object *reference_to(struct json_object *pod)
{
	struct json_object *reference = json_object_new_object();
	const char *uid =
		kvip_object_text(kvip_object_member(pod, "metadata"), "uid");

	kvip_object_put_text(reference, "kind", "Pod");
	kvip_object_put_text(reference, "namespace", kvip_object_ns(pod));
	kvip_object_put_text(reference, "name", kvip_object_name(pod));
	if (uid)
		kvip_object_put_text(reference, "uid", uid);
	return reference;
}

struct json_object *kvip_slice_endpoint(struct json_object *service,
					struct json_object *pod,
					struct json_object *zones,
					const char *family)
{
	struct json_object *spec = kvip_object_member(pod, "spec");
	const char *hostname = text_of(spec, "hostname");
	const char *node = text_of(spec, "nodeName");
	const char *zone = text_of(zones, node);
	struct json_object *addresses, *endpoint;

	if (has_ended(pod))
		return NULL;
	addresses = addresses_of(pod, family);
	if (!json_object_array_length(addresses)) {
		json_object_put(addresses);
		return NULL;
	}
	endpoint = json_object_new_object();
	json_object_object_add(endpoint, "addresses", addresses);
	json_object_object_add(endpoint, "conditions",
			       conditions_of(service, pod));
	if (*hostname &&
	    !strcmp(text_of(spec, "subdomain"), kvip_object_name(service)))
		kvip_object_put_text(endpoint, "hostname", hostname);
	json_object_object_add(endpoint, "targetRef", reference_to(pod));
	if (*node)
		kvip_object_put_text(endpoint, "nodeName", node);
	if (*zone)
		kvip_object_put_text(endpoint, "zone", zone);
	return endpoint;
}

/* The number of the port of this name among those of a container; 0: none */
static int port_within(struct json_object *container, const char *name,
		       const char *proto)
{
	struct json_object *list = kvip_object_member(container, "ports");
	size_t i, n = length(list);

	for (i = 0; i < n; i++) {
		struct json_object *port = json_object_array_get_idx(list, i);
		const char *told = kvip_object_text(port, "protocol");

		if (!strcmp(text_of(port, "name"), name) &&
		    !strcmp(told ? told : "TCP", proto))
			return json_object_get_int(
				kvip_object_member(port, "containerPort"));
	}
	return 0;
}

static int port_named(struct json_object *pod, const char *name,
		      const char *proto)
{
	struct json_object *spec = kvip_object_member(pod, "spec");
	struct json_object *list = kvip_object_member(spec, "containers");
	size_t i, n = length(list);
	int port = 0;

	for (i = 0; i < n && !port; i++)
		port = port_within(json_object_array_get_idx(list, i), name,
				   proto);
	/* a sidecar is an init container that stays */
	list = kvip_object_member(spec, "initContainers");
	n = length(list);
	for (i = 0; i < n && !port; i++) {
		struct json_object *item = json_object_array_get_idx(list, i);

		if (!strcmp(text_of(item, "restartPolicy"), "Always"))
			port = port_within(item, name, proto);
	}
	return port;
}

static int target_of(struct json_object *port, struct json_object *pod,
		     const char *proto)
{
	struct json_object *target = kvip_object_member(port, "targetPort");

	if (json_object_is_type(target, json_type_string))
		return port_named(pod, json_object_get_string(target), proto);
	if (!target)
		target = kvip_object_member(port, "port");
	return json_object_get_int(target);
}

static struct json_object *ports_of(struct json_object *service)
{
	return kvip_object_member(kvip_object_member(service, "spec"), "ports");
}

static const char *proto_of(struct json_object *port)
{
	const char *proto = kvip_object_text(port, "protocol");

	return proto ? proto : "TCP";
}

size_t kvip_slice_n_ports(struct json_object *service)
{
	return length(ports_of(service));
}

void kvip_slice_targets(struct json_object *service, struct json_object *pod,
			int *targets)
{
	struct json_object *list = ports_of(service);
	size_t i, n = length(list);

	for (i = 0; i < n; i++) {
		struct json_object *port = json_object_array_get_idx(list, i);

		targets[i] = target_of(port, pod, proto_of(port));
	}
}

struct json_object *kvip_slice_ports(struct json_object *service,
				     const int *targets)
{
	struct json_object *told = ports_of(service);
	struct json_object *list = json_object_new_array();
	size_t i, n = length(told);

	for (i = 0; i < n; i++) {
		struct json_object *port = json_object_array_get_idx(told, i);
		const char *app = kvip_object_text(port, "appProtocol");
		struct json_object *item;

		if (!targets[i])
			continue;
		item = json_object_new_object();
		kvip_object_put_text(item, "name", text_of(port, "name"));
		kvip_object_put_text(item, "protocol", proto_of(port));
		json_object_object_add(item, "port",
				       json_object_new_int(targets[i]));
		if (app)
			kvip_object_put_text(item, "appProtocol", app);
		json_object_array_add(list, item);
	}
	return list;
}

static int compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static char *port_text(struct json_object *port)
{
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	fprintf(out, "%s/%s/%d/%s;", text_of(port, "name"),
		text_of(port, "protocol"),
		json_object_get_int(kvip_object_member(port, "port")),
		text_of(port, "appProtocol"));
	fclose(out);
	return text;
}

char *kvip_slice_key(struct json_object *ports)
{
	size_t i, len, n = length(ports);
	char **texts = kvip_alloc(n * sizeof(*texts));
	char *key = NULL;
	FILE *out = open_memstream(&key, &len);

	for (i = 0; i < n; i++)
		texts[i] = port_text(json_object_array_get_idx(ports, i));
	qsort(texts, n, sizeof(*texts), compare);
	for (i = 0; i < n; i++) {
		fputs(texts[i], out);
		free(texts[i]);
	}
	fclose(out);
	free(texts);
	return key;
}
