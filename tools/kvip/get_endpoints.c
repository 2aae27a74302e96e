// SPDX-License-Identifier: GPL-2.0-or-later
#include <json-c/json.h>
#include <stdbool.h>
#include <string.h>

#include "get_endpoints.h"
#include "object.h"
#include "rows_cells.h"

/* Members of @from by these names, as far as they are there, into @to. */
static void copy(struct json_object *to, struct json_object *from,
		 const char *const *names)
{
	for (; *names; names++) {
		struct json_object *value = kvip_object_member(from, *names);

		/* a port without a name has "" in a slice, and none here */
		if (json_object_is_type(value, json_type_string) &&
		    !json_object_get_string_len(value))
			continue;
		if (value)
			json_object_object_add(to, *names,
					       json_object_get(value));
	}
}

static struct json_object *make_ports(struct json_object *slice)
{
	static const char *const names[] = { "name", "port", "protocol",
					     "appProtocol", NULL };
	struct json_object *list = kvip_object_member(slice, "ports");
	struct json_object *ports = json_object_new_array();
	size_t i;

	for (i = 0; i < kvip_count_of(list); i++) {
		struct json_object *port = json_object_array_get_idx(list, i);
		struct json_object *made;

		/* a slice may mean any port; Endpoints have no word for it */
		if (!kvip_object_member(port, "port"))
			continue;
		made = json_object_new_object();
		copy(made, port, names);
		json_object_array_add(ports, made);
	}
	return ports;
}

/* The subset with these ports, made if there is none; takes @ports. */
static struct json_object *find_subset(struct json_object *subsets,
				       struct json_object *ports)
{
	struct json_object *subset;
	size_t i;

	for (i = 0; i < json_object_array_length(subsets); i++) {
		subset = json_object_array_get_idx(subsets, i);
		if (json_object_equal(kvip_object_member(subset, "ports"),
				      ports)) {
			json_object_put(ports);
			return subset;
		}
	}
	subset = json_object_new_object();
	json_object_object_add(subset, "ports", ports);
	json_object_array_add(subsets, subset);
	return subset;
}

static void add_address(struct json_object *subset, const char *list,
			struct json_object *endpoint, const char *ip)
{
	static const char *const names[] = { "hostname", "nodeName",
					     "targetRef", NULL };
	struct json_object *to = kvip_object_member(subset, list);
	struct json_object *made = json_object_new_object();

	if (!to) {
		to = json_object_new_array();
		json_object_object_add(subset, list, to);
	}
	json_object_object_add(made, "ip", json_object_new_string(ip));
	copy(made, endpoint, names);
	json_object_array_add(to, made);
}

/* S5: what is not told is ready, and is not terminating. */
static void add_endpoint(struct json_object *subset,
			 struct json_object *endpoint)
{
	struct json_object *told = kvip_object_member(endpoint, "conditions");
	struct json_object *ready = kvip_object_member(told, "ready");
	struct json_object *addrs = kvip_object_member(endpoint, "addresses");
	bool ending = json_object_get_boolean(
		kvip_object_member(told, "terminating"));
	const char *ip = NULL;

	if (kvip_count_of(addrs))
		ip = kvip_text_of(json_object_array_get_idx(addrs, 0), NULL);
	if (!ip)
		return;
	if (!ready || json_object_get_boolean(ready))
		add_address(subset, "addresses", endpoint, ip);
	else if (!ending)
		add_address(subset, "notReadyAddresses", endpoint, ip);
}

static int compare(const void *a, const void *b)
{
	struct json_object *const *one = a, *const *other = b;
	int order = strcmp(kvip_object_text(*one, "ip"),
			   kvip_object_text(*other, "ip"));

	if (order)
		return order;
	return strcmp(
		kvip_object_text(kvip_object_member(*one, "targetRef"), "uid") ?:
			"",
		kvip_object_text(kvip_object_member(*other, "targetRef"), "uid") ?:
			"");
}

/* Order each list of addresses; leave out subsets that have none. */
static struct json_object *finish(struct json_object *subsets)
{
	struct json_object *kept = json_object_new_array();
	size_t i;

	for (i = 0; i < json_object_array_length(subsets); i++) {
		struct json_object *subset, *ready, *others, *ports;

		subset = json_object_array_get_idx(subsets, i);
		ready = kvip_object_member(subset, "addresses");
		others = kvip_object_member(subset, "notReadyAddresses");
		ports = kvip_object_member(subset, "ports");
		if (!ready && !others)
			continue;
		if (ready)
			json_object_array_sort(ready, compare);
		if (others)
			json_object_array_sort(others, compare);
		if (!json_object_array_length(ports))
			json_object_object_del(subset, "ports");
		json_object_array_add(kept, json_object_get(subset));
	}
	json_object_put(subsets);
	return kept;
}

/* Endpoints are of one family: "IPv4", or NULL where the Service tells none. */
static const char *first_family(struct json_object *spec)
{
	struct json_object *list = kvip_object_member(spec, "ipFamilies");

	if (!kvip_count_of(list))
		return NULL;
	return kvip_text_of(json_object_array_get_idx(list, 0), NULL);
}

static struct json_object *make_subsets(struct json_object *spec,
					struct json_object *const *slices,
					size_t n)
{
	struct json_object *subsets = json_object_new_array(), *subset, *list;
	const char *family = first_family(spec);
	size_t i, j;

	for (i = 0; i < n; i++) {
		const char *type = kvip_object_text(slices[i], "addressType");

		if (!type || !strcmp(type, "FQDN") ||
		    (family && strcmp(type, family)))
			continue;
		subset = find_subset(subsets, make_ports(slices[i]));
		list = kvip_object_member(slices[i], "endpoints");
		for (j = 0; j < kvip_count_of(list); j++)
			add_endpoint(subset,
				     json_object_array_get_idx(list, j));
	}
	return finish(subsets);
}

static bool has_endpoints(struct json_object *spec, size_t n_slices)
{
	const char *type = kvip_object_text(spec, "type");

	if (type && !strcmp(type, "ExternalName"))
		return false;
	return n_slices || kvip_object_member(spec, "selector");
}

struct json_object *kvip_endpoints_make(struct json_object *service,
					struct json_object *const *slices,
					size_t n)
{
	static const char *const names[] = { "creationTimestamp", "labels",
					     "name", "namespace", NULL };
	struct json_object *spec = kvip_object_member(service, "spec");
	struct json_object *made, *meta, *subsets;

	if (!has_endpoints(spec, n))
		return NULL;
	made = json_object_new_object();
	meta = json_object_new_object();
	copy(meta, kvip_object_member(service, "metadata"), names);
	json_object_object_add(made, "apiVersion",
			       json_object_new_string("v1"));
	json_object_object_add(made, "kind",
			       json_object_new_string("Endpoints"));
	json_object_object_add(made, "metadata", meta);
	subsets = make_subsets(spec, slices, n);
	if (json_object_array_length(subsets))
		json_object_object_add(made, "subsets", subsets);
	else
		json_object_put(subsets);
	return made;
}
