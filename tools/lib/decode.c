// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#include "alloc.h"
#include "decode.h"
#include "decode_kinds.h"
#include "timestamp.h"

uint64_t kvip_decode_version(const char *text)
{
	unsigned long long version;
	char *end;

	if (!text || *text < '1' || *text > '9')
		return 0;
	errno = 0;
	version = strtoull(text, &end, 10);
	return *end || errno ? 0 : version;
}

static int decode_identity(struct kvip_model *model,
			   const struct kvip_field *metadata,
			   struct kvip_meta *meta, struct kvip_err *err)
{
	struct kvip_field field = kvip_field_member(metadata, "uid");
	const char *text;
	double created;

	if (kvip_field_text(&field, &text, err))
		return -1;
	if (text)
		meta->uid = kvip_intern_get(&model->strings, text);
	field = kvip_field_member(metadata, "resourceVersion");
	if (kvip_field_text(&field, &text, err))
		return -1;
	meta->version = kvip_decode_version(text);
	field = kvip_field_member(metadata, "creationTimestamp");
	if (kvip_field_text(&field, &text, err))
		return -1;
	if (text && kvip_timestamp_parse(text, &created))
		meta->created = (int64_t)created;
	return 0;
}

/*
 * Namespace and name. A manifest without a namespace is one of "default", as
 * it is to kubectl.
 */
static int decode_meta(struct kvip_model *model,
		       const struct kvip_field *object,
		       const struct kvip_origin *origin, bool namespaced,
		       struct kvip_meta *meta, struct kvip_err *err)
{
	struct kvip_field metadata, field;
	const char *ns, *name;

	if (kvip_field_object(object, "metadata", &metadata, err))
		return -1;
	field = kvip_field_member(&metadata, "namespace");
	if (kvip_field_name(&field, &ns, err))
		return -1;
	field = kvip_field_member(&metadata, "name");
	if (kvip_field_name(&field, &name, err))
		return -1;
	if (!name || !*name)
		return kvip_field_expected(&field, "a name", err);

	if (!namespaced)
		ns = "";
	else if (!ns || !*ns)
		ns = "default";
	meta->ns = kvip_intern_get(&model->strings, ns);
	meta->name = kvip_intern_get(&model->strings, name);
	if (origin && origin->file) {
		meta->origin.file =
			kvip_intern_get(&model->strings, origin->file);
		meta->origin.line = origin->line;
	}
	return decode_identity(model, &metadata, meta, err);
}

static int name_object(const char *kind, const struct kvip_meta *meta,
		       struct kvip_err *err)
{
	if (!meta->name)
		return kvip_err_prefix(err, "%s: ", kind);
	if (!*meta->ns)
		return kvip_err_prefix(err, "%s %s: ", kind, meta->name);
	return kvip_err_prefix(err, "%s %s/%s: ", kind, meta->ns, meta->name);
}

static int put_svc(struct kvip_model *model, const struct kvip_field *object,
		   const struct kvip_origin *origin, unsigned int flags,
		   struct kvip_err *err)
{
	struct kvip_svc *svc = kvip_alloc(sizeof(*svc));

	if (!decode_meta(model, object, origin, true, &svc->meta, err) &&
	    !kvip_decode_svc(model, object, svc, err))
		return kvip_model_put_svc(model, svc, flags, err);
	name_object("Service", &svc->meta, err);
	kvip_svc_free(model, svc);
	return -1;
}

static int put_slice(struct kvip_model *model, const struct kvip_field *object,
		     const struct kvip_origin *origin, unsigned int flags,
		     struct kvip_err *err)
{
	struct kvip_slice *slice = kvip_alloc(sizeof(*slice));

	if (!decode_meta(model, object, origin, true, &slice->meta, err) &&
	    !kvip_decode_slice(model, object, slice, err))
		return kvip_model_put_slice(model, slice, flags, err);
	name_object("EndpointSlice", &slice->meta, err);
	kvip_slice_free(model, slice);
	return -1;
}

static int put_node(struct kvip_model *model, const struct kvip_field *object,
		    const struct kvip_origin *origin, unsigned int flags,
		    struct kvip_err *err)
{
	struct kvip_node *node = kvip_alloc(sizeof(*node));

	if (!decode_meta(model, object, origin, false, &node->meta, err) &&
	    !kvip_decode_node(model, object, node, err))
		return kvip_model_put_node(model, node, flags, err);
	name_object("Node", &node->meta, err);
	kvip_node_free(model, node);
	return -1;
}

static const struct kind {
	const char *name;
	const char *version;
	int (*put)(struct kvip_model *model, const struct kvip_field *object,
		   const struct kvip_origin *origin, unsigned int flags,
		   struct kvip_err *err);
} kinds[] = {
	{ "Service", "v1", put_svc },
	{ "EndpointSlice", "discovery.k8s.io/v1", put_slice },
	{ "Node", "v1", put_node },
};

static int refuse_kind(const struct kvip_field *object, const char *kind,
		       struct kvip_err *err)
{
	struct kvip_field message;
	const char *text;

	if (!strcmp(kind, "Table"))
		return kvip_err_set(
			err,
			"a Table is made for printing and lacks the objects; ask for them with kubectl get -o json (Accept: application/json)");
	if (!strcmp(kind, "PartialObjectMetadata"))
		return kvip_err_set(
			err,
			"a PartialObjectMetadata is an object without its spec; ask for the whole with kubectl get -o json (Accept: application/json)");
	if (!strcmp(kind, "Status")) {
		message = kvip_field_member(object, "message");
		if (!kvip_field_text(&message, &text, err) && text)
			return kvip_err_set(
				err,
				"this is no object but the API server's answer: %s",
				text);
	}
	return kvip_err_set(
		err,
		"kind %s is not one that kvip reads (Service, EndpointSlice, Node, or a List of them)",
		kind);
}

int kvip_decode(struct kvip_model *model, struct json_object *object,
		const struct kvip_origin *origin, unsigned int flags,
		struct kvip_err *err)
{
	struct kvip_field root = { .value = object };
	struct kvip_field field;
	const char *name, *version;
	size_t i;

	if (kvip_field_need_object(&root, err))
		return -1;
	field = kvip_field_member(&root, "apiVersion");
	if (kvip_field_text(&field, &version, err))
		return -1;
	field = kvip_field_member(&root, "kind");
	if (kvip_field_text(&field, &name, err))
		return -1;
	if (!name)
		return kvip_field_expected(&field, "the kind of an object",
					   err);

	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (strcmp(name, kinds[i].name))
			continue;
		if (version && !strcmp(version, kinds[i].version))
			return kinds[i].put(model, &root, origin, flags, err);
		return kvip_err_set(
			err,
			"%s of apiVersion %s is not one that kvip reads; it reads %s",
			name, version ? version : "\"\"", kinds[i].version);
	}
	return refuse_kind(&root, name, err);
}
