// SPDX-License-Identifier: GPL-2.0-or-later
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include "metadata.h"
#include "object.h"

/* Letters without vowels and the like, so that they make no words. */
static const char letters[] = "bcdfghjklmnpqrstvwxz2456789";

/* A name that is too long is cut before the letters, as the API server does. */
#define GENERATED_MAX 63

static struct json_object *metadata_of(struct json_object *object)
{
	return kvip_object_member(object, "metadata");
}

const char *kvip_metadata_word(enum kvip_kind kind, char word[KVIP_WORD_LEN])
{
	const struct kvip_kind_info *info = &kvip_kinds[kind];

	snprintf(word, KVIP_WORD_LEN, "%s%s%s", info->plural,
		 *info->group ? "." : "", info->group);
	return word;
}

const char *kvip_metadata_title(enum kvip_kind kind, struct json_object *object,
				char title[KVIP_TITLE_LEN])
{
	const struct kvip_kind_info *info = &kvip_kinds[kind];
	const char *name = kvip_object_name(object);

	if (!*name)
		name = kvip_object_text(metadata_of(object), "generateName");
	snprintf(title, KVIP_TITLE_LEN, "%s%s%s \"%s\"", info->name,
		 *info->group ? "." : "", info->group, name ? name : "");
	return title;
}

static int check_type(struct json_object *metadata, const char *name,
		      enum json_type type, const char *what,
		      struct kvip_err *err)
{
	struct json_object *value = kvip_object_member(metadata, name);

	if (!value || json_object_is_type(value, type))
		return 0;
	return kvip_err_set(err, "metadata.%s: Invalid value: must be %s", name,
			    what);
}

/* Labels and annotations. */
static int check_map(struct json_object *metadata, const char *name,
		     struct kvip_err *err)
{
	struct json_object *map = kvip_object_member(metadata, name);

	if (check_type(metadata, name, json_type_object, "an object", err))
		return -1;
	if (!map)
		return 0;
	json_object_object_foreach(map, key, value)
	{
		if (!json_object_is_type(value, json_type_string))
			return kvip_err_set(
				err,
				"metadata.%s: Invalid value: \"%s\" must be a string",
				name, key);
	}
	return 0;
}

static int check_types(struct json_object *metadata, struct kvip_err *err)
{
	static const char *const texts[] = {
		"name",
		"namespace",
		"generateName",
		"uid",
		"resourceVersion",
		"creationTimestamp",
		"deletionTimestamp",
	};
	size_t i;

	for (i = 0; i < sizeof(texts) / sizeof(*texts); i++)
		if (check_type(metadata, texts[i], json_type_string, "a string",
			       err))
			return -1;
	if (check_map(metadata, "labels", err) ||
	    check_map(metadata, "annotations", err))
		return -1;
	return check_type(metadata, "ownerReferences", json_type_array,
			  "a list", err);
}

static int check_name(enum kvip_kind kind, struct json_object *metadata,
		      struct kvip_err *err)
{
	const char *name = kvip_object_text(metadata, "name");

	if (!name && kvip_object_text(metadata, "generateName"))
		return 0;
	return kvip_name_check(kind, name ? name : "", err);
}

static int check_ns(enum kvip_kind kind, struct json_object *metadata,
		    struct kvip_err *err)
{
	const char *ns = kvip_object_text(metadata, "namespace");

	if (!kvip_kinds[kind].namespaced) {
		json_object_object_del(metadata, "namespace");
		return 0;
	}
	if (!ns)
		json_object_object_add(metadata, "namespace",
				       json_object_new_string("default"));
	else if (kvip_namespace_check(ns, err))
		return kvip_err_prefix(err, "metadata.");
	return 0;
}

/* null is the same as absent. */
static void drop_nulls(struct json_object *metadata)
{
	json_object_object_foreach(metadata, key, value)
	{
		if (!value)
			json_object_object_del(metadata, key);
	}
}

int kvip_metadata_check(enum kvip_kind kind, struct json_object *object,
			struct kvip_err *err)
{
	const struct kvip_kind_info *info = &kvip_kinds[kind];
	struct json_object *metadata = metadata_of(object);

	if (!json_object_is_type(object, json_type_object))
		return kvip_err_set(err, "this is not an object");
	if (!json_object_is_type(metadata, json_type_object))
		return kvip_err_set(
			err,
			"metadata: Required value: name or generateName is required");
	drop_nulls(metadata);
	json_object_object_add(object, "apiVersion",
			       json_object_new_string(info->api_version));
	json_object_object_add(object, "kind",
			       json_object_new_string(info->name));
	if (check_types(metadata, err) || check_name(kind, metadata, err))
		return -1;
	return check_ns(kind, metadata, err);
}

static void random_bytes(void *bytes, size_t n)
{
	if (getrandom(bytes, n, 0) != (ssize_t)n)
		abort();
}

void kvip_metadata_suffix(char suffix[KVIP_METADATA_SUFFIX + 1])
{
	unsigned char bytes[KVIP_METADATA_SUFFIX];
	size_t i;

	random_bytes(bytes, sizeof(bytes));
	for (i = 0; i < sizeof(bytes); i++)
		suffix[i] = letters[bytes[i] % (sizeof(letters) - 1)];
	suffix[i] = '\0';
}

static void set_text(struct json_object *metadata, const char *name,
		     const char *text)
{
	json_object_object_add(metadata, name, json_object_new_string(text));
}

static void set_uid(struct json_object *metadata)
{
	unsigned char b[16];
	char uid[37];

	random_bytes(b, sizeof(b));
	b[6] = (b[6] & 0x0f) | 0x40;
	b[8] = (b[8] & 0x3f) | 0x80;
	snprintf(uid, sizeof(uid),
		 "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-"
		 "%02x%02x%02x%02x%02x%02x",
		 b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7], b[8], b[9],
		 b[10], b[11], b[12], b[13], b[14], b[15]);
	set_text(metadata, "uid", uid);
}

static void set_created(struct json_object *metadata)
{
	time_t now = time(NULL);
	struct tm tm;
	char text[32];

	gmtime_r(&now, &tm);
	strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &tm);
	set_text(metadata, "creationTimestamp", text);
}

static void generate_name(struct json_object *metadata)
{
	const char *prefix = kvip_object_text(metadata, "generateName");
	char suffix[KVIP_METADATA_SUFFIX + 1];
	char name[GENERATED_MAX + 1];

	kvip_metadata_suffix(suffix);
	snprintf(name, sizeof(name), "%.*s%s",
		 GENERATED_MAX - KVIP_METADATA_SUFFIX, prefix, suffix);
	set_text(metadata, "name", name);
}

/* Kubernetes counts them for these; a Service and a Node have none. */
static bool has_generation(enum kvip_kind kind)
{
	return kind == KVIP_KIND_ENDPOINT_SLICE || kind == KVIP_KIND_POD ||
	       kind == KVIP_KIND_DEPLOYMENT;
}

/* What only an API server writes. A Pod or Node that is told to be going away
 * is: there is nobody else to say so.
 */
static void drop_foreign(enum kvip_kind kind, struct json_object *metadata)
{
	json_object_object_del(metadata, "managedFields");
	json_object_object_del(metadata, "selfLink");
	if (kind == KVIP_KIND_POD || kind == KVIP_KIND_NODE)
		return;
	json_object_object_del(metadata, "deletionTimestamp");
	json_object_object_del(metadata, "deletionGracePeriodSeconds");
}

void kvip_metadata_new(enum kvip_kind kind, struct json_object *object)
{
	struct json_object *metadata = metadata_of(object);

	drop_foreign(kind, metadata);
	json_object_object_del(metadata, "resourceVersion");
	json_object_object_del(metadata, "generation");
	set_uid(metadata);
	set_created(metadata);
	if (has_generation(kind))
		json_object_object_add(metadata, "generation",
				       json_object_new_int64(1));
	if (!kvip_object_text(metadata, "name"))
		generate_name(metadata);
}

static int fail_conflict(enum kvip_kind kind, struct json_object *object,
			 const char *reason, struct kvip_err *err)
{
	char word[KVIP_WORD_LEN];

	return kvip_err_set(err,
			    "Operation cannot be fulfilled on %s \"%s\": %s",
			    kvip_metadata_word(kind, word),
			    kvip_object_name(object), reason);
}

/* Take over what @old has, or has not. */
static void take_over(struct json_object *metadata, struct json_object *old,
		      const char *name)
{
	struct json_object *value = kvip_object_member(old, name);

	json_object_object_del(metadata, name);
	if (value)
		json_object_object_add(metadata, name, json_object_get(value));
}

int kvip_metadata_keep(enum kvip_kind kind, struct json_object *object,
		       struct json_object *old, struct kvip_err *err)
{
	static const char *const kept[] = { "uid", "resourceVersion",
					    "creationTimestamp", "generation",
					    "generateName" };
	struct json_object *metadata = metadata_of(object);
	struct json_object *had = metadata_of(old);
	const char *uid = kvip_object_text(metadata, "uid");
	const char *version = kvip_object_text(metadata, "resourceVersion");
	const char *old_uid = kvip_object_text(had, "uid");
	const char *old_version = kvip_object_text(had, "resourceVersion");
	char reason[200];
	size_t i;

	if (uid && old_uid && strcmp(uid, old_uid)) {
		snprintf(
			reason, sizeof(reason),
			"Precondition failed: UID in precondition: %.64s, UID in object meta: %.64s",
			uid, old_uid);
		return fail_conflict(kind, object, reason, err);
	}
	if (version && old_version && strcmp(version, old_version))
		return fail_conflict(
			kind, object,
			"the object has been modified; please apply your changes to the latest version and try again",
			err);
	drop_foreign(kind, metadata);
	for (i = 0; i < sizeof(kept) / sizeof(*kept); i++)
		take_over(metadata, had, kept[i]);
	return 0;
}

/* Of an EndpointSlice the labels count, too. */
static bool same_content(enum kvip_kind kind, struct json_object *a,
			 struct json_object *b)
{
	if (kind != KVIP_KIND_ENDPOINT_SLICE)
		return json_object_equal(kvip_object_member(a, "spec"),
					 kvip_object_member(b, "spec"));
	return json_object_equal(kvip_object_member(a, "endpoints"),
				 kvip_object_member(b, "endpoints")) &&
	       json_object_equal(kvip_object_member(a, "ports"),
				 kvip_object_member(b, "ports")) &&
	       json_object_equal(kvip_object_member(metadata_of(a), "labels"),
				 kvip_object_member(metadata_of(b), "labels"));
}

void kvip_metadata_generation(enum kvip_kind kind, struct json_object *object,
			      struct json_object *old)
{
	struct json_object *metadata = metadata_of(object);
	struct json_object *number;

	if (!has_generation(kind) || same_content(kind, object, old))
		return;
	number = kvip_object_member(metadata, "generation");
	json_object_object_add(
		metadata, "generation",
		json_object_new_int64(json_object_get_int64(number) + 1));
}
