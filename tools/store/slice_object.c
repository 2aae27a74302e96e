// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#include "admit_parts.h"
#include "hash.h"
#include "kinds.h"
#include "object.h"
#include "slice_endpoint.h"
#include "slice_object.h"
#include "slices.h"

/* What a name is made of, as the API server makes one of generateName. */
#define PREFIX_MAX 58
#define SUFFIX_LEN 5

#define LABEL_MANAGER "endpointslice.kubernetes.io/managed-by"
#define LABEL_SERVICE "kubernetes.io/service-name"
#define LABEL_HEADLESS "service.kubernetes.io/headless"

static bool is_reserved(const char *label)
{
	return !strcmp(label, LABEL_MANAGER) || !strcmp(label, LABEL_SERVICE) ||
	       !strcmp(label, LABEL_HEADLESS);
}

static bool is_headless(struct json_object *service)
{
	const char *ip = kvip_object_text(kvip_object_member(service, "spec"),
					  "clusterIP");

	return !ip || !strcmp(ip, "None");
}

/* The Service's labels, and those by which a slice is known. */
static struct json_object *labels_of(struct json_object *service)
{
	struct json_object *labels = json_object_new_object();
	struct json_object *told = kvip_object_member(
		kvip_object_member(service, "metadata"), "labels");

	kvip_object_put_text(labels, LABEL_MANAGER, KVIP_SLICE_MANAGER);
	kvip_object_put_text(labels, LABEL_SERVICE, kvip_object_name(service));
	if (is_headless(service))
		kvip_object_put_text(labels, LABEL_HEADLESS, "");
	if (!json_object_is_type(told, json_type_object))
		return labels;
	json_object_object_foreach(told, key, value)
	{
		if (!is_reserved(key))
			json_object_object_add(labels, key,
					       json_object_get(value));
	}
	return labels;
}

static struct json_object *owners_of(struct json_object *service)
{
	const char *uid = kvip_object_text(
		kvip_object_member(service, "metadata"), "uid");
	struct json_object *owner = json_object_new_object();
	struct json_object *list = json_object_new_array();

	kvip_object_put_text(owner, "apiVersion", "v1");
	kvip_object_put_text(owner, "kind", "Service");
	kvip_object_put_text(owner, "name", kvip_object_name(service));
	kvip_object_put_text(owner, "uid", uid ? uid : "");
	json_object_object_add(owner, "controller",
			       json_object_new_boolean(true));
	json_object_object_add(owner, "blockOwnerDeletion",
			       json_object_new_boolean(true));
	json_object_array_add(list, owner);
	return list;
}

static bool is_taken(struct kvip_slice_maker *maker, const char *name)
{
	size_t i, n = json_object_is_type(maker->old, json_type_array) ?
			      json_object_array_length(maker->old) :
			      0;

	if (kvip_object_member(maker->names, name))
		return true;
	for (i = 0; i < n; i++)
		if (!strcmp(kvip_object_name(
				    json_object_array_get_idx(maker->old, i)),
			    name))
			return true;
	return false;
}

/* Letters and digits that make no words. */
static void write_suffix(uint32_t hash, char suffix[SUFFIX_LEN + 1])
{
	static const char letters[] = "bcdfghjklmnpqrstvwxz2456789";
	size_t i;

	for (i = 0; i < SUFFIX_LEN; i++) {
		suffix[i] = letters[hash % (sizeof(letters) - 1)];
		hash /= sizeof(letters) - 1;
	}
	suffix[i] = '\0';
}

/*
 * A name that is not taken: out of the Service's own name and uid, not by chance,
 * so that the same input makes the same slices.
 */
static void put_name(struct kvip_slice_maker *maker,
		     struct json_object *metadata)
{
	const char *uid = kvip_object_text(
		kvip_object_member(maker->service, "metadata"), "uid");
	char prefix[256], name[PREFIX_MAX + SUFFIX_LEN + 1];
	char suffix[SUFFIX_LEN + 1], count[16];
	uint32_t seed, hash;
	unsigned int i = 0;

	snprintf(prefix, sizeof(prefix), "%s-",
		 kvip_object_name(maker->service));
	seed = kvip_hash_text(0, kvip_object_ns(maker->service));
	seed = kvip_hash_text(seed, kvip_object_name(maker->service));
	seed = kvip_hash_text(seed, uid ? uid : "");
	do {
		snprintf(count, sizeof(count), "%u", i++);
		hash = kvip_hash_text(seed, count);
		write_suffix(hash, suffix);
		snprintf(name, sizeof(name), "%.*s%s", PREFIX_MAX, prefix,
			 suffix);
	} while (is_taken(maker, name));
	json_object_object_add(maker->names, name,
			       json_object_new_boolean(true));
	kvip_object_put_text(metadata, "name", name);
	kvip_object_put_text(metadata, "generateName", prefix);
}

static struct json_object *begin(struct kvip_slice_maker *maker,
				 const char *family)
{
	struct json_object *slice = json_object_new_object();
	struct json_object *metadata = json_object_new_object();

	kvip_object_put_text(slice, "apiVersion",
			     kvip_kinds[KVIP_KIND_ENDPOINT_SLICE].api_version);
	kvip_object_put_text(slice, "kind",
			     kvip_kinds[KVIP_KIND_ENDPOINT_SLICE].name);
	json_object_object_add(slice, "metadata", metadata);
	put_name(maker, metadata);
	kvip_object_put_text(metadata, "namespace",
			     kvip_object_ns(maker->service));
	kvip_object_put_text(slice, "addressType", family);
	return slice;
}

static bool is_empty(struct json_object *list)
{
	return !json_object_is_type(list, json_type_array) ||
	       !json_object_array_length(list);
}

/* Ports are the same in any order. */
static bool same_ports(struct json_object *a, struct json_object *b)
{
	char *first = kvip_slice_key(a), *second = kvip_slice_key(b);
	bool same = !strcmp(first, second);

	free(first);
	free(second);
	return same;
}

static bool is_same(struct json_object *old, struct json_object *labels,
		    struct json_object *owners, struct json_object *endpoints,
		    struct json_object *ports)
{
	struct json_object *metadata = kvip_object_member(old, "metadata");

	if (endpoints && (!is_empty(endpoints) ||
			  !is_empty(kvip_object_member(old, "endpoints"))))
		return false;
	return same_ports(kvip_object_member(old, "ports"), ports) &&
	       json_object_equal(kvip_object_member(metadata, "labels"),
				 labels) &&
	       json_object_equal(
		       kvip_object_member(metadata, "ownerReferences"), owners);
}

/* What can be changed without a change of @old; but for the metadata, the two have
 * their members in common.
 */
static struct json_object *copy_of(struct json_object *old)
{
	struct json_object *slice = json_object_new_object(), *metadata = NULL;

	json_object_object_foreach(old, key, value)
	{
		json_object_object_add(slice, key, json_object_get(value));
	}
	if (json_object_deep_copy(kvip_object_member(old, "metadata"),
				  &metadata, NULL))
		metadata = json_object_new_object();
	json_object_object_add(slice, "metadata", metadata);
	return slice;
}

/* An empty list is null, as the API server has it. */
static void put_list(struct json_object *slice, const char *name,
		     struct json_object *list)
{
	json_object_object_add(slice, name,
			       is_empty(list) ? NULL : json_object_get(list));
}

struct json_object *kvip_slice_object(struct kvip_slice_maker *maker,
				      const char *family,
				      struct json_object *old,
				      struct json_object *endpoints,
				      struct json_object *ports)
{
	struct json_object *labels = labels_of(maker->service);
	struct json_object *owners = owners_of(maker->service);
	struct json_object *slice, *metadata;

	if (old && is_same(old, labels, owners, endpoints, ports)) {
		json_object_put(labels);
		json_object_put(owners);
		return json_object_get(old);
	}
	slice = old ? copy_of(old) : begin(maker, family);
	metadata = kvip_object_member(slice, "metadata");
	json_object_object_add(metadata, "labels", labels);
	json_object_object_add(metadata, "ownerReferences", owners);
	if (endpoints)
		put_list(slice, "endpoints", endpoints);
	if (!old || !same_ports(kvip_object_member(old, "ports"), ports))
		put_list(slice, "ports", ports);
	return slice;
}
