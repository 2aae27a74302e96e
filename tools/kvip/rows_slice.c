// SPDX-License-Identifier: GPL-2.0-or-later
/* EndpointSlices in a table. */
#include <json-c/json.h>

#include "object.h"
#include "rows.h"

/* This many ports and addresses are told, others counted. */
#define SHOWN 3

static char *ports(struct json_object *object)
{
	struct json_object *list = kvip_object_member(object, "ports");
	struct kvip_join join = { .max = SHOWN };
	size_t i;

	for (i = 0; i < kvip_count_of(list); i++) {
		struct json_object *port = json_object_array_get_idx(list, i);
		const char *name;

		name = kvip_text_of(kvip_object_member(port, "name"), "*");
		kvip_join_add(&join, "%s",
			      kvip_text_of(kvip_object_member(port, "port"),
					   name));
	}
	return kvip_join_text(&join, "<unset>");
}

static char *endpoints(struct json_object *object)
{
	struct json_object *list = kvip_object_member(object, "endpoints");
	struct kvip_join join = { .max = SHOWN };
	size_t i, j;

	for (i = 0; i < kvip_count_of(list); i++) {
		struct json_object *addrs = kvip_object_member(
			json_object_array_get_idx(list, i), "addresses");

		for (j = 0; j < kvip_count_of(addrs); j++)
			kvip_join_add(&join, "%s",
				      kvip_text_of(json_object_array_get_idx(
							   addrs, j),
						   ""));
	}
	return kvip_join_text(&join, "<unset>");
}

static void fill(struct kvip_cells *row, struct json_object *object, double now)
{
	kvip_cells_add(row, kvip_object_name(object));
	kvip_cells_add(row, kvip_object_text(object, "addressType") ?: "");
	kvip_cells_take(row, ports(object));
	kvip_cells_take(row, endpoints(object));
	kvip_cells_age(row, object, now);
}

static const char *const columns[] = { "NAME",	    "ADDRESSTYPE", "PORTS",
				       "ENDPOINTS", "AGE",	   NULL };

const struct kvip_rows kvip_rows_slice = {
	.name = "endpointslice.discovery.k8s.io",
	.plural = "endpointslices.discovery.k8s.io",
	.kind = KVIP_KIND_ENDPOINT_SLICE,
	.namespaced = true,
	.columns = columns,
	.narrow = 5,
	.fill = fill,
};
