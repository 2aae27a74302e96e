// SPDX-License-Identifier: GPL-2.0-or-later
/* Deployments in a table. */
#include <json-c/json.h>
#include <stdlib.h>

#include "object.h"
#include "rows.h"

static int count(struct json_object *status, const char *name)
{
	return json_object_get_int(kvip_object_member(status, name));
}

/* Of each container, what @name of it tells. */
static char *containers(struct json_object *spec, const char *name)
{
	struct json_object *list, *container;
	struct kvip_join join = {};
	size_t i;

	list = kvip_object_member(
		kvip_object_member(kvip_object_member(spec, "template"),
				   "spec"),
		"containers");
	for (i = 0; i < kvip_count_of(list); i++) {
		container = json_object_array_get_idx(list, i);
		kvip_join_add(&join, "%s",
			      kvip_object_text(container, name) ?: "");
	}
	return kvip_join_text(&join, "");
}

/* "tier in (a,b)", "!old" */
static void add_expression(struct kvip_join *join, struct json_object *entry)
{
	struct json_object *values = kvip_object_member(entry, "values");
	const char *op = kvip_object_text(entry, "operator") ?: "";
	const char *key = kvip_object_text(entry, "key") ?: "";
	struct kvip_join within = {};
	char *text;
	size_t i;

	for (i = 0; i < kvip_count_of(values); i++)
		kvip_join_add(&within, "%s",
			      kvip_text_of(json_object_array_get_idx(values, i),
					   ""));
	text = kvip_join_text(&within, "");
	switch (*op) {
	case 'I':
		kvip_join_add(join, "%s in (%s)", key, text);
		break;
	case 'N':
		kvip_join_add(join, "%s notin (%s)", key, text);
		break;
	case 'D':
		kvip_join_add(join, "!%s", key);
		break;
	default:
		kvip_join_add(join, "%s", key);
	}
	free(text);
}

static char *selector(struct json_object *spec)
{
	struct json_object *all = kvip_object_member(spec, "selector");
	struct json_object *map = kvip_object_member(all, "matchLabels");
	struct json_object *list = kvip_object_member(all, "matchExpressions");
	struct kvip_join join = {};
	size_t i;

	if (json_object_is_type(map, json_type_object) &&
	    json_object_object_length(map)) {
		char *text = kvip_labels_text(map);

		kvip_join_add(&join, "%s", text);
		free(text);
	}
	for (i = 0; i < kvip_count_of(list); i++)
		add_expression(&join, json_object_array_get_idx(list, i));
	return kvip_join_text(&join, "<none>");
}

static void fill(struct kvip_cells *row, struct json_object *object, double now)
{
	struct json_object *status = kvip_object_member(object, "status");
	struct json_object *spec = kvip_object_member(object, "spec");
	struct json_object *replicas = kvip_object_member(spec, "replicas");

	kvip_cells_add(row, kvip_object_name(object));
	kvip_cells_printf(row, "%d/%d", count(status, "readyReplicas"),
			  replicas ? json_object_get_int(replicas) : 1);
	kvip_cells_printf(row, "%d", count(status, "updatedReplicas"));
	kvip_cells_printf(row, "%d", count(status, "availableReplicas"));
	kvip_cells_age(row, object, now);
	kvip_cells_take(row, containers(spec, "name"));
	kvip_cells_take(row, containers(spec, "image"));
	kvip_cells_take(row, selector(spec));
}

static const char *const columns[] = { "NAME",	    "READY",	"UP-TO-DATE",
				       "AVAILABLE", "AGE",	"CONTAINERS",
				       "IMAGES",    "SELECTOR", NULL };

const struct kvip_rows kvip_rows_deployment = {
	.name = "deployment.apps",
	.plural = "deployments.apps",
	.kind = KVIP_KIND_DEPLOYMENT,
	.namespaced = true,
	.columns = columns,
	.narrow = 5,
	.fill = fill,
};
