// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#include "admit.h"
#include "admit_draft.h"
#include "admit_parts.h"
#include "object.h"

/* As an error lists them; the order of enum kvip_service_type is the other's. */
static const char *const type_choices[] = { "ClusterIP", "ExternalName",
					    "LoadBalancer", "NodePort", NULL };
static const enum kvip_service_type types[] = {
	KVIP_TYPE_CLUSTER_IP,
	KVIP_TYPE_EXTERNAL_NAME,
	KVIP_TYPE_LOAD_BALANCER,
	KVIP_TYPE_NODE_PORT,
};

static enum kvip_service_type type_of(struct json_object *spec)
{
	const char *text = kvip_object_text(spec, "type");
	size_t i;

	for (i = 0; text && type_choices[i]; i++)
		if (!strcmp(text, type_choices[i]))
			return types[i];
	return KVIP_TYPE_CLUSTER_IP;
}

static int check_type(struct kvip_draft *draft, struct kvip_err *err)
{
	struct kvip_field field = kvip_field_member(&draft->spec, "type");

	if (kvip_admit_choice(&field, type_choices, NULL, err))
		return -1;
	kvip_object_default_text(draft->spec.value, "type", "ClusterIP");
	draft->type = type_of(draft->spec.value);
	draft->old_type = type_of(draft->old);
	return 0;
}

static int begin(struct kvip_draft *draft, struct kvip_err *err)
{
	struct json_object *object = draft->root.value;

	if (kvip_admit_meta(KVIP_KIND_SERVICE, object, err) ||
	    kvip_field_object(&draft->root, "spec", &draft->spec, err))
		return -1;
	if (!draft->spec.value) {
		draft->spec.value = json_object_new_object();
		json_object_object_add(object, "spec", draft->spec.value);
	}
	kvip_object_drop_nulls(draft->spec.value);
	return check_type(draft, err);
}

/* The status is others' to say; without a load balancer it tells of none. */
static void keep_status(struct kvip_draft *draft, struct json_object *old)
{
	struct json_object *status = NULL,
			   *now = kvip_object_member(old, "status");

	if (json_object_is_type(now, json_type_object))
		json_object_deep_copy(now, &status, NULL);
	if (!status)
		status = json_object_new_object();
	if (draft->type != KVIP_TYPE_LOAD_BALANCER ||
	    !kvip_object_member(status, "loadBalancer"))
		json_object_object_add(status, "loadBalancer",
				       json_object_new_object());
	json_object_object_add(draft->root.value, "status", status);
}

static int admit(struct kvip_draft *draft, struct kvip_err *err)
{
	if (begin(draft, err) || kvip_draft_addresses_carry(draft, err) ||
	    kvip_draft_ports_check(draft, err))
		return -1;
	kvip_draft_ports_carry(draft);
	kvip_draft_policies_carry(draft);
	if (kvip_draft_addresses_check(draft, err) ||
	    kvip_draft_node_ports_check(draft, err) ||
	    kvip_draft_policies_check(draft, err) ||
	    kvip_draft_balancer_check(draft, err))
		return -1;
	if (kvip_draft_addresses_take(draft, err))
		return -1;
	return kvip_draft_node_ports_take(draft, err);
}

int kvip_admit_service(struct json_object *object, struct json_object *old,
		       const struct kvip_store_config *config,
		       const struct kvip_allocator *allocator,
		       struct kvip_err *err)
{
	struct kvip_draft draft = {
		.root = { .value = object },
		.old = kvip_object_member(old, "spec"),
		.config = config,
		.allocator = allocator,
	};
	int status = admit(&draft, err);

	if (!status)
		keep_status(&draft, old);
	free(draft.ports);
	return status;
}
