// SPDX-License-Identifier: GPL-2.0-or-later
/* Nodes in a table. */
#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

#include "json_keys.h"
#include "object.h"
#include "rows.h"

#define ROLE "node-role.kubernetes.io/"

static char *status(struct json_object *object)
{
	struct json_object *list = kvip_object_member(
		kvip_object_member(object, "status"), "conditions");
	struct json_object *unschedulable = kvip_object_member(
		kvip_object_member(object, "spec"), "unschedulable");
	struct kvip_join join = {};
	const char *ready = NULL;
	size_t i;

	for (i = 0; i < kvip_count_of(list); i++) {
		struct json_object *condition;

		condition = json_object_array_get_idx(list, i);
		if (!strcmp(kvip_object_text(condition, "type") ?: "", "Ready"))
			ready = kvip_object_text(condition, "status") ?: "";
	}
	if (!ready)
		kvip_join_add(&join, "Unknown");
	else
		kvip_join_add(&join,
			      strcmp(ready, "True") ? "NotReady" : "Ready");
	if (json_object_get_boolean(unschedulable))
		kvip_join_add(&join, "SchedulingDisabled");
	return kvip_join_text(&join, "");
}

static int compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static char *roles(struct json_object *object)
{
	struct json_object *labels = kvip_object_member(
		kvip_object_member(object, "metadata"), "labels");
	struct kvip_json_member *members;
	struct kvip_join join = {};
	const char **found;
	size_t i, n, n_found = 0;

	members = kvip_json_members(labels, &n);
	found = calloc(n + 1, sizeof(*found));
	if (!found)
		abort();
	for (i = 0; i < n; i++) {
		const char *role = NULL;

		if (!strncmp(members[i].key, ROLE, strlen(ROLE)))
			role = members[i].key + strlen(ROLE);
		else if (!strcmp(members[i].key, "kubernetes.io/role"))
			role = kvip_text_of(members[i].value, "");
		if (role && *role)
			found[n_found++] = role;
	}
	qsort(found, n_found, sizeof(*found), compare);
	for (i = 0; i < n_found; i++)
		if (!i || strcmp(found[i], found[i - 1]))
			kvip_join_add(&join, "%s", found[i]);
	free(found);
	free(members);
	return kvip_join_text(&join, "<none>");
}

static const char *address(struct json_object *object, const char *type)
{
	struct json_object *list = kvip_object_member(
		kvip_object_member(object, "status"), "addresses");
	size_t i;

	for (i = 0; i < kvip_count_of(list); i++) {
		struct json_object *entry = json_object_array_get_idx(list, i);

		if (!strcmp(kvip_object_text(entry, "type") ?: "", type))
			return kvip_object_text(entry, "address") ?: "<none>";
	}
	return "<none>";
}

static void add_kernel(struct kvip_cells *row, struct json_object *info)
{
	const char *kernel = kvip_object_text(info, "kernelVersion");
	const char *machine = kvip_object_text(info, "architecture");

	if (kernel && machine)
		kvip_cells_printf(row, "%s (%s)", kernel, machine);
	else
		kvip_cells_add(row, kernel ?: "<unknown>");
}

static void fill(struct kvip_cells *row, struct json_object *object, double now)
{
	static const char unknown[] = "<unknown>";
	struct json_object *info = kvip_object_member(
		kvip_object_member(object, "status"), "nodeInfo");

	kvip_cells_add(row, kvip_object_name(object));
	kvip_cells_take(row, status(object));
	kvip_cells_take(row, roles(object));
	kvip_cells_age(row, object, now);
	kvip_cells_add(row, kvip_object_text(info, "kubeletVersion") ?: "");
	kvip_cells_add(row, address(object, "InternalIP"));
	kvip_cells_add(row, address(object, "ExternalIP"));
	kvip_cells_add(row, kvip_object_text(info, "osImage") ?: unknown);
	add_kernel(row, info);
	kvip_cells_add(row, kvip_object_text(info, "containerRuntimeVersion") ?:
				    unknown);
}

static const char *const columns[] = { "NAME",
				       "STATUS",
				       "ROLES",
				       "AGE",
				       "VERSION",
				       "INTERNAL-IP",
				       "EXTERNAL-IP",
				       "OS-IMAGE",
				       "KERNEL-VERSION",
				       "CONTAINER-RUNTIME",
				       NULL };

const struct kvip_rows kvip_rows_node = {
	.name = "node",
	.plural = "nodes",
	.kind = KVIP_KIND_NODE,
	.columns = columns,
	.narrow = 5,
	.fill = fill,
};
