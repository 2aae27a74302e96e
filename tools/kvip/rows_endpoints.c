// SPDX-License-Identifier: GPL-2.0-or-later
/* Endpoints in a table. */
#include <json-c/json.h>
#include <string.h>

#include "alloc.h"
#include "object.h"
#include "rows.h"

/* This many are told, others counted. */
#define SHOWN 3

static void add(struct kvip_join *join, const char *ip, const char *port)
{
	if (!port)
		kvip_join_add(join, "%s", ip);
	else if (strchr(ip, ':'))
		kvip_join_add(join, "[%s]:%s", ip, port);
	else
		kvip_join_add(join, "%s:%s", ip, port);
}

static void add_addresses(struct kvip_join *join, struct json_object *subset,
			  struct json_object *port)
{
	struct json_object *list = kvip_object_member(subset, "addresses");
	size_t i;

	for (i = 0; i < kvip_count_of(list); i++)
		add(join,
		    kvip_object_text(json_object_array_get_idx(list, i), "ip") ?:
			    "",
		    kvip_text_of(kvip_object_member(port, "port"), NULL));
}

static char *endpoints(struct json_object *object)
{
	struct json_object *subsets = kvip_object_member(object, "subsets");
	struct kvip_join join = { .max = SHOWN };
	size_t i, j;

	if (!kvip_count_of(subsets))
		return kvip_strdup("<none>");
	for (i = 0; i < kvip_count_of(subsets); i++) {
		struct json_object *subset, *ports;

		subset = json_object_array_get_idx(subsets, i);
		ports = kvip_object_member(subset, "ports");
		for (j = 0; j < kvip_count_of(ports); j++)
			add_addresses(&join, subset,
				      json_object_array_get_idx(ports, j));
		if (!j)
			add_addresses(&join, subset, NULL);
	}
	/* some, of which none is ready */
	return kvip_join_text(&join, "");
}

static void fill(struct kvip_cells *row, struct json_object *object, double now)
{
	kvip_cells_add(row, kvip_object_name(object));
	kvip_cells_take(row, endpoints(object));
	kvip_cells_age(row, object, now);
}

static const char *const columns[] = { "NAME", "ENDPOINTS", "AGE", NULL };

const struct kvip_rows kvip_rows_endpoints = {
	.name = "endpoints",
	.plural = "endpoints",
	.kind = KVIP_KINDS,
	.namespaced = true,
	.columns = columns,
	.narrow = 3,
	.fill = fill,
};
