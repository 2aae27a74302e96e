// SPDX-License-Identifier: GPL-2.0-or-later
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "apply_merge.h"
#include "json_keys.h"
#include "json_make.h"
#include "object.h"

/*
 * Lists whose items have names: the path without what a Deployment has in front
 * of it, and the members that are the name. @second may be absent, and is
 * @by_default then.
 */
static const struct named_list {
	const char *path;
	const char *first;
	const char *second; /* NULL: @first is all */
	const char *by_default;
} named_lists[] = {
	{ "spec.ports", "port", "protocol", "TCP" },
	{ "spec.containers", "name", NULL, NULL },
	{ "spec.containers.ports", "containerPort", "protocol", "TCP" },
	{ "spec.containers.env", "name", NULL, NULL },
	{ "spec.containers.volumeMounts", "mountPath", NULL, NULL },
	{ "spec.initContainers", "name", NULL, NULL },
	{ "spec.volumes", "name", NULL, NULL },
	{ "status.conditions", "type", NULL, NULL },
	{ "metadata.ownerReferences", "uid", NULL, NULL },
};

/* A member's path; parents are on the stack. */
struct path {
	const struct path *parent;
	const char *name;
};

static size_t path_text(const struct path *path, char *text, size_t size)
{
	size_t used = 0;
	int added;

	if (!path->name)
		return 0;
	if (path->parent)
		used = path_text(path->parent, text, size);
	added = snprintf(text + used, size - used, "%s%s", used ? "." : "",
			 path->name);
	if (added < 0 || (size_t)added >= size - used)
		return size - 1;
	return used + (size_t)added;
}

static const struct named_list *find_named(const struct path *path)
{
	static const char template[] = "spec.template.";
	char text[256] = "";
	const char *from = text;
	size_t i;

	path_text(path, text, sizeof(text));
	if (!strncmp(text, template, sizeof(template) - 1))
		from += sizeof(template) - 1;
	for (i = 0; i < sizeof(named_lists) / sizeof(named_lists[0]); i++)
		if (!strcmp(from, named_lists[i].path))
			return &named_lists[i];
	return NULL;
}

static bool same_text(struct json_object *a, struct json_object *b,
		      const char *by_default)
{
	const char *x = a ? json_object_get_string(a) : by_default;
	const char *y = b ? json_object_get_string(b) : by_default;

	return x && y && !strcmp(x, y);
}

static bool same_item(const struct named_list *named, struct json_object *a,
		      struct json_object *b)
{
	if (!same_text(kvip_object_member(a, named->first),
		       kvip_object_member(b, named->first), NULL))
		return false;
	return !named->second || same_text(kvip_object_member(a, named->second),
					   kvip_object_member(b, named->second),
					   named->by_default);
}

static bool is_list(struct json_object *value)
{
	return json_object_is_type(value, json_type_array);
}

static bool is_map(struct json_object *value)
{
	return json_object_is_type(value, json_type_object);
}

/* One item without a name, and the list is like any other. */
static bool all_named(const struct named_list *named, struct json_object *list)
{
	size_t i, n = json_object_array_length(list);

	for (i = 0; i < n; i++)
		if (!kvip_object_member(json_object_array_get_idx(list, i),
					named->first))
			return false;
	return true;
}

static struct json_object *find_item(const struct named_list *named,
				     struct json_object *list,
				     struct json_object *like)
{
	size_t i, n = is_list(list) ? json_object_array_length(list) : 0;

	for (i = 0; i < n; i++) {
		struct json_object *item = json_object_array_get_idx(list, i);

		if (same_item(named, item, like))
			return item;
	}
	return NULL;
}

static struct json_object *merge_maps(const struct path *path,
				      struct json_object *original,
				      struct json_object *modified,
				      struct json_object *live);

static struct json_object *merge_lists(const struct path *path,
				       const struct named_list *named,
				       struct json_object *original,
				       struct json_object *modified,
				       struct json_object *live)
{
	struct json_object *merged = json_object_new_array();
	size_t i, n = json_object_array_length(modified);

	for (i = 0; i < n; i++) {
		struct json_object *item =
			json_object_array_get_idx(modified, i);
		struct json_object *was = find_item(named, live, item);

		json_object_array_add(
			merged,
			is_map(item) && was ?
				merge_maps(path,
					   find_item(named, original, item),
					   item, was) :
				kvip_json_copy(item));
	}
	n = json_object_array_length(live);
	for (i = 0; i < n; i++) {
		struct json_object *item = json_object_array_get_idx(live, i);

		if (!find_item(named, modified, item) &&
		    !find_item(named, original, item))
			json_object_array_add(merged, kvip_json_copy(item));
	}
	return merged;
}

/* @modified is there and not null. */
static struct json_object *merge_values(const struct path *path,
					struct json_object *original,
					struct json_object *modified,
					struct json_object *live)
{
	const struct named_list *named;

	if (is_map(modified) && is_map(live))
		return merge_maps(path, original, modified, live);
	if (!is_list(modified) || !is_list(live))
		return kvip_json_copy(modified);
	named = find_named(path);
	if (!named || !all_named(named, modified) || !all_named(named, live))
		return kvip_json_copy(modified);
	return merge_lists(path, named, original, modified, live);
}

static struct json_object *merge_maps(const struct path *path,
				      struct json_object *original,
				      struct json_object *modified,
				      struct json_object *live)
{
	struct json_object *merged = kvip_json_copy(live);

	if (is_map(original)) {
		json_object_object_foreach(original, gone, unused)
		{
			(void)unused;
			if (!kvip_object_member(modified, gone))
				json_object_object_del(merged, gone);
		}
	}
	json_object_object_foreach(modified, name, value)
	{
		struct path below = { path, name };

		if (!value)
			json_object_object_del(merged, name);
		else
			json_object_object_add(
				merged, name,
				merge_values(&below,
					     kvip_object_member(original, name),
					     value,
					     kvip_object_member(live, name)));
	}
	return merged;
}

struct json_object *kvip_apply_merge(struct json_object *original,
				     struct json_object *modified,
				     struct json_object *live)
{
	static const struct path root = { NULL, NULL };

	return merge_maps(&root, original, modified, live);
}

/* The same with all keys in order, so that it is one text whoever wrote it. */
static struct json_object *in_order(struct json_object *value)
{
	struct kvip_json_member *members;
	struct json_object *made;
	size_t i, n;

	if (is_list(value)) {
		made = json_object_new_array();
		n = json_object_array_length(value);
		for (i = 0; i < n; i++)
			json_object_array_add(
				made,
				in_order(json_object_array_get_idx(value, i)));
		return made;
	}
	if (!is_map(value))
		return kvip_json_copy(value);
	made = json_object_new_object();
	members = kvip_json_members(value, &n);
	for (i = 0; i < n; i++)
		json_object_object_add(made, members[i].key,
				       in_order(members[i].value));
	free(members);
	return made;
}

char *kvip_applied_text(struct json_object *object)
{
	struct json_object *copy = kvip_json_copy(object), *ordered;
	struct json_object *annotations = kvip_json_object(
		kvip_json_object(copy, "metadata"), "annotations");
	const char *text;
	size_t size;
	char *line;

	json_object_object_del(annotations, KVIP_APPLIED);
	ordered = in_order(copy);
	text = json_object_to_json_string_ext(
		ordered,
		JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE);
	size = strlen(text) + 2;
	line = kvip_alloc(size);
	snprintf(line, size, "%s\n", text);
	json_object_put(ordered);
	json_object_put(copy);
	return line;
}

void kvip_applied_set(struct json_object *object)
{
	struct json_object *annotations = kvip_json_object(
		kvip_json_object(object, "metadata"), "annotations");
	char *text = kvip_applied_text(object);

	kvip_json_set(annotations, KVIP_APPLIED, text);
	free(text);
}

struct json_object *kvip_applied_get(struct json_object *object)
{
	const char *text = kvip_object_text(
		kvip_object_member(kvip_object_member(object, "metadata"),
				   "annotations"),
		KVIP_APPLIED);
	struct json_object *applied = text ? json_tokener_parse(text) : NULL;

	if (is_map(applied))
		return applied;
	json_object_put(applied);
	return NULL;
}
