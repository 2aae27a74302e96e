// SPDX-License-Identifier: GPL-2.0-or-later
#include <string.h>

#include <json-c/json.h>

#include "admit_parts.h"
#include "object.h"
#include "refuse.h"

static const char *const statuses[] = { "False", "True", "Unknown", NULL };

static int check_port(const struct kvip_field *port, struct kvip_err *err)
{
	struct kvip_field name, number;
	uint16_t value;
	uint8_t proto;

	if (kvip_field_need_object(port, err))
		return -1;
	name = kvip_field_member(port, "name");
	number = kvip_field_member(port, "containerPort");
	if (kvip_admit_text(&name, KVIP_SYNTAX_PORT_NAME, NULL, err) ||
	    kvip_admit_port(&number, &value, err))
		return -1;
	return kvip_admit_protocol(port, &proto, err);
}

static int check_container(const struct kvip_field *container,
			   struct kvip_err *err)
{
	struct kvip_field list, field;
	const char *text;
	uint32_t i, n;

	if (kvip_field_need_object(container, err))
		return -1;
	field = kvip_field_member(container, "restartPolicy");
	if (kvip_field_text(&field, &text, err) ||
	    kvip_field_list(container, "ports", &list, &n, err))
		return -1;
	for (i = 0; i < n; i++) {
		field = kvip_field_element(&list, i);
		if (check_port(&field, err))
			return -1;
	}
	return 0;
}

int kvip_admit_containers(const struct kvip_field *spec, struct kvip_err *err)
{
	static const char *const names[] = { "containers", "initContainers" };
	struct kvip_field list;
	uint32_t i, j, n;

	for (i = 0; i < 2; i++) {
		if (kvip_field_list(spec, names[i], &list, &n, err))
			return -1;
		for (j = 0; j < n; j++) {
			struct kvip_field field = kvip_field_element(&list, j);

			if (check_container(&field, err))
				return -1;
		}
	}
	return 0;
}

static int check_spec(const struct kvip_field *pod, struct kvip_err *err)
{
	struct kvip_field spec, node, hostname, subdomain;

	if (kvip_field_object(pod, "spec", &spec, err))
		return -1;
	node = kvip_field_member(&spec, "nodeName");
	hostname = kvip_field_member(&spec, "hostname");
	subdomain = kvip_field_member(&spec, "subdomain");
	if (kvip_admit_text(&node, KVIP_SYNTAX_SUBDOMAIN, NULL, err) ||
	    kvip_admit_text(&hostname, KVIP_SYNTAX_LABEL, NULL, err) ||
	    kvip_admit_text(&subdomain, KVIP_SYNTAX_LABEL, NULL, err))
		return -1;
	return kvip_admit_containers(&spec, err);
}

/* podIPs, one of a family; the first of them is podIP. */
static int check_list(const struct kvip_field *list, uint32_t n,
		      const char *first, struct kvip_err *err)
{
	struct kvip_addr addrs[2];
	uint32_t i;

	if (n > 2)
		return kvip_refuse_many(list, n, 2, err);
	for (i = 0; i < n; i++) {
		struct kvip_field element = kvip_field_element(list, i), field;

		if (kvip_field_need_object(&element, err))
			return -1;
		field = kvip_field_member(&element, "ip");
		if (kvip_admit_usable(&field, &addrs[i], err))
			return -1;
		if (!i && first &&
		    strcmp(first, json_object_get_string(field.value)))
			return kvip_refuse(&field, err,
					   "must be equal to `podIP`");
	}
	if (n == 2 && addrs[0].family == addrs[1].family)
		return kvip_refuse(
			list, err,
			"may specify no more than one IP for each IP family");
	return 0;
}

static void put_list(struct json_object *status, const char *ip)
{
	struct json_object *list = json_object_new_array();
	struct json_object *element = json_object_new_object();

	kvip_object_put_text(element, "ip", ip);
	json_object_array_add(list, element);
	json_object_object_add(status, "podIPs", list);
}

static int check_addresses(const struct kvip_field *status,
			   struct kvip_err *err)
{
	struct kvip_field single = kvip_field_member(status, "podIP"), list;
	struct kvip_addr addr;
	const char *text;
	uint32_t n;

	if (kvip_field_text(&single, &text, err))
		return -1;
	if (text && !*text)
		text = NULL;
	if ((text && kvip_admit_usable(&single, &addr, err)) ||
	    kvip_field_list(status, "podIPs", &list, &n, err) ||
	    check_list(&list, n, text, err))
		return -1;
	if (text && !n)
		put_list(status->value, text);
	if (!text && n)
		kvip_object_put_text(status->value, "podIP",
				     kvip_object_text(json_object_array_get_idx(
							      list.value, 0),
						      "ip"));
	return 0;
}

static int check_conditions(const struct kvip_field *status,
			    struct kvip_err *err)
{
	struct kvip_field list;
	uint32_t i, n;

	if (kvip_field_list(status, "conditions", &list, &n, err))
		return -1;
	for (i = 0; i < n; i++) {
		struct kvip_field element = kvip_field_element(&list, i);
		struct kvip_field type, value;
		const char *text;

		if (kvip_field_need_object(&element, err))
			return -1;
		type = kvip_field_member(&element, "type");
		value = kvip_field_member(&element, "status");
		if (kvip_field_text(&type, &text, err))
			return -1;
		if (!text || !*text)
			return kvip_refuse_absent(&type, NULL, err);
		if (kvip_admit_choice(&value, statuses, &text, err))
			return -1;
		if (!text)
			return kvip_refuse_absent(&value, NULL, err);
	}
	return 0;
}

/* Without a kubelet, one that has an address runs. */
static int check_phase(const struct kvip_field *status, struct kvip_err *err)
{
	static const char *const phases[] = { "Failed",	   "Pending", "Running",
					      "Succeeded", "Unknown", NULL };
	struct kvip_field field = kvip_field_member(status, "phase");

	if (kvip_admit_choice(&field, phases, NULL, err))
		return -1;
	kvip_object_default_text(status->value, "phase",
				 kvip_object_text(status->value, "podIP") ?
					 "Running" :
					 "Pending");
	return 0;
}

int kvip_admit_pod(const struct kvip_field *pod, struct kvip_err *err)
{
	struct kvip_field status;

	if (check_spec(pod, err) ||
	    kvip_field_object(pod, "status", &status, err))
		return -1;
	if (!status.value) {
		status.value = json_object_new_object();
		json_object_object_add(pod->value, "status", status.value);
	}
	if (check_addresses(&status, err) || check_conditions(&status, err))
		return -1;
	return check_phase(&status, err);
}
