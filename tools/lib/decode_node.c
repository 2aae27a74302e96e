// SPDX-License-Identifier: GPL-2.0-or-later
#include <string.h>

#include "alloc.h"
#include "decode_kinds.h"

#define LABEL_ZONE "topology.kubernetes.io/zone"
#define TAINT_SCALED_DOWN "ToBeDeletedByClusterAutoscaler"

static int decode_address(const struct kvip_field *element,
			  struct kvip_node *node, struct kvip_err *err)
{
	struct kvip_field type, address;
	const char *text;

	if (kvip_field_need_object(element, err))
		return -1;
	type = kvip_field_member(element, "type");
	address = kvip_field_member(element, "address");
	if (kvip_field_text(&type, &text, err))
		return -1;
	/* a Hostname is an address too, in this list */
	if (!text || strcmp(text, "InternalIP"))
		return 0;
	return kvip_field_addr(&address, &node->addrs[node->n_addrs++], err);
}

static int decode_addresses(const struct kvip_field *object,
			    struct kvip_node *node, struct kvip_err *err)
{
	struct kvip_field status, list;
	uint32_t n, i;

	if (kvip_field_object(object, "status", &status, err) ||
	    kvip_field_list(&status, "addresses", &list, &n, err))
		return -1;
	if (!n)
		return 0;
	node->addrs = kvip_alloc(n * sizeof(*node->addrs));
	for (i = 0; i < n; i++) {
		struct kvip_field element = kvip_field_element(&list, i);

		if (decode_address(&element, node, err))
			return -1;
	}
	return 0;
}

/* podCIDRs, or podCIDR, which is the first of them */
static int decode_pod_cidrs(const struct kvip_field *object,
			    struct kvip_node *node, struct kvip_err *err)
{
	struct kvip_field spec, list, one;
	const char *text;
	uint32_t n, i;

	if (kvip_field_object(object, "spec", &spec, err) ||
	    kvip_field_list(&spec, "podCIDRs", &list, &n, err))
		return -1;
	one = kvip_field_member(&spec, "podCIDR");
	if (kvip_field_text(&one, &text, err))
		return -1;
	if (!n && (!text || !*text))
		return 0;
	node->n_pod_cidrs = n ? n : 1;
	node->pod_cidrs =
		kvip_alloc(node->n_pod_cidrs * sizeof(*node->pod_cidrs));
	if (!n)
		return kvip_field_prefix(&one, node->pod_cidrs, err);
	for (i = 0; i < n; i++) {
		struct kvip_field element = kvip_field_element(&list, i);

		if (kvip_field_prefix(&element, &node->pod_cidrs[i], err))
			return -1;
	}
	return 0;
}

/* The taint with which the cluster autoscaler marks a node that it will delete. */
static int decode_taints(const struct kvip_field *object,
			 struct kvip_node *node, struct kvip_err *err)
{
	struct kvip_field spec, list;
	uint32_t n, i;

	if (kvip_field_object(object, "spec", &spec, err) ||
	    kvip_field_list(&spec, "taints", &list, &n, err))
		return -1;
	for (i = 0; i < n; i++) {
		struct kvip_field element = kvip_field_element(&list, i);
		struct kvip_field key;
		const char *text;

		if (kvip_field_need_object(&element, err))
			return -1;
		key = kvip_field_member(&element, "key");
		if (kvip_field_text(&key, &text, err))
			return -1;
		if (text && !strcmp(text, TAINT_SCALED_DOWN))
			node->scaled_down = true;
	}
	return 0;
}

static int decode_deletion(const struct kvip_field *object,
			   struct kvip_node *node, struct kvip_err *err)
{
	struct kvip_field metadata, field;

	if (kvip_field_object(object, "metadata", &metadata, err))
		return -1;
	field = kvip_field_member(&metadata, "deletionTimestamp");
	node->deleting = field.value;
	return 0;
}

int kvip_decode_node(struct kvip_model *model, const struct kvip_field *object,
		     struct kvip_node *node, struct kvip_err *err)
{
	const char *zone;

	if (kvip_field_label(object, LABEL_ZONE, &zone, err))
		return -1;
	/* an empty label is none, S17 */
	if (zone && *zone)
		node->zone = kvip_intern_get(&model->strings, zone);
	if (decode_addresses(object, node, err) ||
	    decode_pod_cidrs(object, node, err) ||
	    decode_taints(object, node, err) ||
	    decode_deletion(object, node, err))
		return -1;
	return 0;
}
