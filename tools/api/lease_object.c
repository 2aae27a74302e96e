// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#include "alloc.h"
#include "lease.h"
#include "lease_object.h"
#include "object.h"
#include "timestamp.h"

#define GROUP_PATH "/apis/coordination.k8s.io/v1/namespaces/"

/* As client-go gives a Lease back: whoever reads the duration gets to know. */
#define RELEASED_SECONDS 1

static char *join(const char *const parts[])
{
	size_t len = 1, i;
	char *text;

	for (i = 0; parts[i]; i++)
		len += strlen(parts[i]);
	text = kvip_alloc(len);
	for (i = 0; parts[i]; i++)
		strcat(text, parts[i]);
	return text;
}

char *kvip_lease_path(const struct kvip_elector_spec *spec, bool make)
{
	const char *const parts[] = {
		GROUP_PATH,
		spec->ns,
		"/leases",
		make ? NULL : "/",
		make ? NULL : spec->name,
		NULL,
	};

	return join(parts);
}

static void set(struct json_object *object, const char *name,
		struct json_object *value)
{
	json_object_object_add(object, name, value);
}

static void set_text(struct json_object *object, const char *name,
		     const char *text)
{
	set(object, name, json_object_new_string(text));
}

static void set_label(struct json_object *metadata, const char *label)
{
	struct json_object *labels = json_object_new_object();
	const char *value = strchr(label, '=');
	char *name = kvip_strdup(label);

	name[value - label] = '\0';
	set_text(labels, name, value + 1);
	set(metadata, "labels", labels);
	free(name);
}

struct json_object *kvip_lease_new(const struct kvip_elector_spec *spec)
{
	struct json_object *lease = json_object_new_object();
	struct json_object *metadata = json_object_new_object();

	set_text(lease, "apiVersion", "coordination.k8s.io/v1");
	set_text(lease, "kind", "Lease");
	set_text(metadata, "name", spec->name);
	set_text(metadata, "namespace", spec->ns);
	if (spec->label)
		set_label(metadata, spec->label);
	set(lease, "metadata", metadata);
	return lease;
}

static struct json_object *spec_of(struct json_object *lease)
{
	return kvip_object_member(lease, "spec");
}

/* The spec to write to, even of a Lease that has none, or something else. */
static struct json_object *own_spec(struct json_object *lease)
{
	struct json_object *spec = spec_of(lease);

	if (json_object_is_type(spec, json_type_object))
		return spec;
	spec = json_object_new_object();
	set(lease, "spec", spec);
	return spec;
}

const char *kvip_lease_holder(struct json_object *lease)
{
	const char *holder = kvip_object_text(spec_of(lease), "holderIdentity");

	return holder ? holder : "";
}

int kvip_lease_seconds(struct json_object *lease)
{
	struct json_object *seconds =
		kvip_object_member(spec_of(lease), "leaseDurationSeconds");

	if (!json_object_is_type(seconds, json_type_int))
		return 0;
	return json_object_get_int(seconds);
}

bool kvip_lease_changed(struct json_object *old, struct json_object *lease)
{
	struct json_object *before = spec_of(old), *after = spec_of(lease);

	if (!before || !after)
		return before != after;
	return !json_object_equal(before, after);
}

void kvip_lease_hold(struct json_object *lease, const char *identity,
		     int seconds, double now)
{
	bool ours = !strcmp(kvip_lease_holder(lease), identity);
	struct json_object *spec = own_spec(lease), *count;
	char text[KVIP_TIMESTAMP_LEN];
	int64_t transitions = 0;

	kvip_timestamp_text(now, text);
	if (!ours || !kvip_object_text(spec, "acquireTime"))
		set_text(spec, "acquireTime", text);
	set_text(spec, "renewTime", text);
	set(spec, "leaseDurationSeconds", json_object_new_int(seconds));
	count = kvip_object_member(spec, "leaseTransitions");
	if (count)
		transitions = json_object_get_int64(count) + !ours;
	set(spec, "leaseTransitions", json_object_new_int64(transitions));
	set_text(spec, "holderIdentity", identity);
}

void kvip_lease_release(struct json_object *lease, double now)
{
	struct json_object *spec = own_spec(lease);
	char text[KVIP_TIMESTAMP_LEN];

	kvip_timestamp_text(now, text);
	set_text(spec, "holderIdentity", "");
	set_text(spec, "acquireTime", text);
	set_text(spec, "renewTime", text);
	set(spec, "leaseDurationSeconds",
	    json_object_new_int(RELEASED_SECONDS));
}

char *kvip_lease_delete_body(struct json_object *lease)
{
	struct json_object *options = json_object_new_object();
	struct json_object *preconditions = json_object_new_object();
	char *text;

	set_text(options, "apiVersion", "v1");
	set_text(options, "kind", "DeleteOptions");
	set_text(preconditions, "resourceVersion", kvip_object_version(lease));
	set(options, "preconditions", preconditions);
	text = kvip_strdup(json_object_to_json_string_ext(
		options, JSON_C_TO_STRING_PLAIN));
	json_object_put(options);
	return text;
}
