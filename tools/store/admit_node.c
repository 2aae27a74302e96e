// SPDX-License-Identifier: GPL-2.0-or-later
#include <string.h>

#include <json-c/json.h>

#include "admit_parts.h"
#include "object.h"
#include "refuse.h"

/* podCIDRs, one of a family; the first of them is podCIDR. */
static int check_blocks(const struct kvip_field *list, uint32_t n,
			const char *first, struct kvip_err *err)
{
	struct kvip_prefix blocks[2];
	uint32_t i;

	if (n > 2)
		return kvip_refuse_many(list, n, 2, err);
	for (i = 0; i < n; i++) {
		struct kvip_field field = kvip_field_element(list, i);

		if (kvip_admit_prefix(&field, err) ||
		    kvip_field_prefix(&field, &blocks[i], err))
			return -1;
		if (!i && first &&
		    strcmp(first, json_object_get_string(field.value)))
			return kvip_refuse(&field, err,
					   "must be equal to `podCIDR`");
	}
	if (n == 2 && blocks[0].addr.family == blocks[1].addr.family)
		return kvip_refuse(
			list, err,
			"may specify no more than one CIDR for each IP family");
	return 0;
}

static int check_spec(const struct kvip_field *node, struct kvip_err *err)
{
	struct kvip_field spec, single, list;
	const char *text;
	uint32_t n;

	if (kvip_field_object(node, "spec", &spec, err))
		return -1;
	single = kvip_field_member(&spec, "podCIDR");
	if (kvip_field_text(&single, &text, err))
		return -1;
	if (text && !*text)
		text = NULL;
	if ((text && kvip_admit_prefix(&single, err)) ||
	    kvip_field_list(&spec, "podCIDRs", &list, &n, err) ||
	    check_blocks(&list, n, text, err))
		return -1;
	if (text && !n) {
		list.value = json_object_new_array();
		json_object_array_add(list.value, json_object_new_string(text));
		json_object_object_add(spec.value, "podCIDRs", list.value);
	}
	if (!text && n)
		json_object_object_add(
			spec.value, "podCIDR",
			json_object_get(
				json_object_array_get_idx(list.value, 0)));
	return 0;
}

static int check_address(const struct kvip_field *element, struct kvip_err *err)
{
	static const char *const types[] = { "ExternalDNS", "ExternalIP",
					     "Hostname",    "InternalDNS",
					     "InternalIP",  NULL };
	struct kvip_field type, field;
	struct kvip_addr addr;
	const char *kind, *text;

	if (kvip_field_need_object(element, err))
		return -1;
	type = kvip_field_member(element, "type");
	field = kvip_field_member(element, "address");
	if (kvip_admit_choice(&type, types, &kind, err))
		return -1;
	if (!kind)
		return kvip_refuse_absent(&type, NULL, err);
	if (!strcmp(kind, "InternalIP") || !strcmp(kind, "ExternalIP"))
		return kvip_admit_addr(&field, &addr, err);
	if (kvip_field_text(&field, &text, err))
		return -1;
	return text && *text ? 0 : kvip_refuse_absent(&field, NULL, err);
}

int kvip_admit_node(const struct kvip_field *node, struct kvip_err *err)
{
	struct kvip_field status, list;
	uint32_t i, n;

	if (check_spec(node, err) ||
	    kvip_field_object(node, "status", &status, err) ||
	    kvip_field_list(&status, "addresses", &list, &n, err))
		return -1;
	for (i = 0; i < n; i++) {
		struct kvip_field element = kvip_field_element(&list, i);

		if (check_address(&element, err))
			return -1;
	}
	return 0;
}
