// SPDX-License-Identifier: GPL-2.0-or-later
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "document.h"
#include "json_make.h"
#include "manifest.h"
#include "object.h"

static int check(struct json_object *object, enum kvip_kind *kind,
		 struct kvip_err *err)
{
	struct json_object *meta = kvip_object_member(object, "metadata");
	const char *ns = kvip_object_ns(object);

	if (kvip_kind_of(object, kind, err))
		return -1;
	if (meta && !json_object_is_type(meta, json_type_object))
		return kvip_err_set(err, "metadata: expected an object");
	if (*ns && kvip_namespace_check(ns, err))
		return kvip_err_prefix(err, "metadata.");
	if (!*kvip_object_name(object) &&
	    kvip_object_text(meta, "generateName"))
		return 0;
	return kvip_name_check(*kind, kvip_object_name(object), err);
}

static int take(struct json_object *object, const struct kvip_origin *origin,
		void *ctx, struct kvip_err *err)
{
	struct kvip_manifest *manifest = ctx;
	struct kvip_manifest_item *item;
	enum kvip_kind kind;

	if (check(object, &kind, err))
		return -1;
	manifest->items =
		kvip_grow(manifest->items, manifest->n, sizeof(*item));
	item = &manifest->items[manifest->n++];
	item->object = json_object_get(object);
	item->kind = kind;
	item->file = kvip_strdup(origin->file ? origin->file : "");
	item->line = origin->line;
	return 0;
}

int kvip_manifest_read(struct kvip_manifest *manifest, const char *path,
		       struct kvip_err *err)
{
	return kvip_documents_read(path, take, manifest, err);
}

static int blame_place(const struct kvip_manifest_item *item,
		       struct kvip_err *err)
{
	return kvip_err_prefix(err, "%s:%lu: ", item->file, item->line);
}

static int set_namespace(struct kvip_manifest_item *item, const char *told,
			 const char *by_default, struct kvip_err *err)
{
	const char *ns = kvip_object_ns(item->object);

	if (!kvip_kinds[item->kind].namespaced)
		return 0;
	if (!*ns) {
		kvip_json_set(kvip_json_object(item->object, "metadata"),
			      "namespace", told ? told : by_default);
		return 0;
	}
	if (!told || !strcmp(ns, told))
		return 0;
	kvip_err_set(
		err,
		"the namespace from the provided object \"%s\" does not match the namespace \"%s\". You must pass '--namespace=%s' to perform this operation.",
		ns, told, ns);
	return blame_place(item, err);
}

int kvip_manifest_within(struct kvip_manifest *manifest, const char *told,
			 const char *by_default, struct kvip_err *err)
{
	size_t i;

	for (i = 0; i < manifest->n; i++)
		if (set_namespace(&manifest->items[i], told, by_default, err))
			return -1;
	return 0;
}

/* 'Service "web" is invalid: ' tells less than the place and the namespace do. */
static void name_object(const struct kvip_manifest_item *item,
			struct kvip_err *err)
{
	const struct kvip_kind_info *info = &kvip_kinds[item->kind];
	const char *name = kvip_object_name(item->object);
	const char *ns = kvip_object_ns(item->object);
	char begin[400];
	int len;

	len = snprintf(begin, sizeof(begin),
		       "%s%s%s \"%s\" is invalid: ", info->name,
		       *info->group ? "." : "", info->group, name);
	if (len < 0 || (size_t)len >= sizeof(begin) ||
	    strncmp(err->text, begin, (size_t)len))
		return;
	memmove(err->text, err->text + len, strlen(err->text + len) + 1);
	kvip_err_prefix(err, "%s %s%s%s: ", info->singular, ns, *ns ? "/" : "",
			name);
}

int kvip_manifest_blame(const struct kvip_manifest_item *item,
			struct kvip_err *err)
{
	name_object(item, err);
	return blame_place(item, err);
}

void kvip_manifest_free(struct kvip_manifest *manifest)
{
	size_t i;

	for (i = 0; i < manifest->n; i++) {
		json_object_put(manifest->items[i].object);
		free(manifest->items[i].file);
	}
	free(manifest->items);
	manifest->items = NULL;
	manifest->n = 0;
}
