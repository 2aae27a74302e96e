// SPDX-License-Identifier: GPL-2.0-or-later
#include <string.h>

#include <json-c/json.h>

#include "admit_parts.h"
#include "object.h"
#include "refuse.h"
#include "selector.h"

/* All annotations of an object together, as the API server counts them. */
#define ANNOTATIONS_MAX (256 << 10)

void kvip_object_put_text(struct json_object *object, const char *name,
			  const char *text)
{
	json_object_object_add(object, name, json_object_new_string(text));
}

void kvip_object_default_text(struct json_object *object, const char *name,
			      const char *text)
{
	struct json_object *value = kvip_object_member(object, name);

	if (!value || (json_object_is_type(value, json_type_string) &&
		       !json_object_get_string_len(value)))
		kvip_object_put_text(object, name, text);
}

void kvip_object_drop_nulls(struct json_object *object)
{
	json_object_object_foreach(object, key, value)
	{
		if (!value)
			json_object_object_del(object, key);
	}
}

/* "PATH: Invalid value: "KEY": ...", of a map's own path. */
static int fault(const struct kvip_field *map, const struct kvip_err *why,
		 struct kvip_err *err)
{
	return kvip_field_fail(map, err, "%s", why->text);
}

int kvip_admit_labels(const struct kvip_field *map, struct kvip_err *err)
{
	struct kvip_err why;

	if (!map->value)
		return 0;
	if (kvip_field_need_object(map, err))
		return -1;
	json_object_object_foreach(map->value, key, value)
	{
		struct kvip_field field = { .parent = map,
					    .name = key,
					    .value = value };
		const char *text;

		if (kvip_field_text(&field, &text, err))
			return -1;
		if (kvip_label_key_check(key, &why) ||
		    kvip_label_value_check(text ? text : "", &why))
			return fault(map, &why, err);
	}
	return 0;
}

/* Keys of annotations may have capitals in the prefix. */
static int check_annotation_key(const char *key, struct kvip_err *err)
{
	char lower[512];
	size_t i;

	for (i = 0; i < sizeof(lower) - 1 && key[i]; i++)
		lower[i] = key[i] >= 'A' && key[i] <= 'Z' ?
				   (char)(key[i] - 'A' + 'a') :
				   key[i];
	lower[i] = '\0';
	return kvip_label_key_check(lower, err);
}

static int check_annotations(const struct kvip_field *metadata,
			     struct kvip_err *err)
{
	struct kvip_field map;
	struct kvip_err why;
	size_t size = 0;

	if (kvip_field_object(metadata, "annotations", &map, err))
		return -1;
	if (!map.value)
		return 0;
	json_object_object_foreach(map.value, key, value)
	{
		struct kvip_field field = { .parent = &map,
					    .name = key,
					    .value = value };
		const char *text;

		if (kvip_field_text(&field, &text, err))
			return -1;
		if (check_annotation_key(key, &why))
			return fault(&map, &why, err);
		size += strlen(key) + (text ? strlen(text) : 0);
	}
	if (size <= ANNOTATIONS_MAX)
		return 0;
	return kvip_field_fail(&map, err,
			       "Too long: may not be more than %d bytes",
			       ANNOTATIONS_MAX);
}

static int check_finalizers(const struct kvip_field *metadata,
			    struct kvip_err *err)
{
	struct kvip_field list;
	uint32_t i, n;

	if (kvip_field_list(metadata, "finalizers", &list, &n, err))
		return -1;
	for (i = 0; i < n; i++) {
		struct kvip_field item = kvip_field_element(&list, i);

		if (kvip_admit_text(&item, KVIP_SYNTAX_QUALIFIED, NULL, err))
			return -1;
	}
	return 0;
}

static int admit_namespace(enum kvip_kind kind,
			   const struct kvip_field *metadata,
			   struct kvip_err *err)
{
	struct kvip_field field = kvip_field_member(metadata, "namespace");
	const char *ns;

	if (kvip_field_text(&field, &ns, err))
		return -1;
	if (!kvip_kinds[kind].namespaced) {
		if (ns && *ns)
			return kvip_refuse_forbidden(
				&field, "not allowed on this type", err);
		return 0;
	}
	if (!ns || !*ns) {
		kvip_object_put_text(metadata->value, "namespace", "default");
		return 0;
	}
	return kvip_namespace_check(ns, err) ?
		       kvip_err_prefix(err, "metadata.") :
		       0;
}

int kvip_admit_meta(enum kvip_kind kind, struct json_object *object,
		    struct kvip_err *err)
{
	struct kvip_field root = { .value = object }, metadata, name, labels;
	const char *text;

	kvip_object_default_text(object, "apiVersion",
				 kvip_kinds[kind].api_version);
	kvip_object_default_text(object, "kind", kvip_kinds[kind].name);
	if (kvip_field_object(&root, "metadata", &metadata, err))
		return -1;
	if (!metadata.value)
		return kvip_refuse_absent(&metadata, NULL, err);
	kvip_object_drop_nulls(metadata.value);
	name = kvip_field_member(&metadata, "name");
	if (kvip_field_text(&name, &text, err) ||
	    kvip_name_check(kind, text ? text : "", err) ||
	    admit_namespace(kind, &metadata, err))
		return -1;
	labels = kvip_field_member(&metadata, "labels");
	if (kvip_admit_labels(&labels, err) ||
	    check_annotations(&metadata, err))
		return -1;
	return check_finalizers(&metadata, err);
}
