// SPDX-License-Identifier: GPL-2.0-or-later
#include <string.h>

#include <json-c/json.h>

#include "admit_parts.h"
#include "dns_name.h"
#include "object.h"
#include "refuse.h"

/* Limits of the API. */
#define ENDPOINTS_MAX 1000
#define ADDRESSES_MAX 100
#define PORTS_MAX 100
#define HINTS_MAX 8

static const char *const address_types[] = { "FQDN", "IPv4", "IPv6", NULL };

static int check_type(const struct kvip_field *slice, struct json_object *old,
		      const char **type, struct kvip_err *err)
{
	struct kvip_field field = kvip_field_member(slice, "addressType");
	const char *before = kvip_object_text(old, "addressType");

	if (kvip_admit_choice(&field, address_types, type, err))
		return -1;
	if (!*type)
		return kvip_refuse_absent(&field, NULL, err);
	if (before && strcmp(before, *type))
		return kvip_refuse(&field, err, "field is immutable");
	return 0;
}

static int check_domain(const struct kvip_field *field, struct kvip_err *err)
{
	char name[KVIP_DNS_NAME_MAX + 2];
	const char *text, *fault;
	size_t len;

	if (kvip_field_text(field, &text, err))
		return -1;
	len = text ? strlen(text) : 0;
	if (!len)
		return kvip_refuse_absent(field, NULL, err);
	if (text[len - 1] == '.')
		len--;
	if (len >= sizeof(name))
		len = sizeof(name) - 1;
	memcpy(name, text, len);
	name[len] = '\0';
	fault = kvip_dns_subdomain_fault(name);
	if (!fault && !strchr(name, '.'))
		fault = "should be a domain with at least two segments separated by dots";
	return fault ? kvip_refuse(field, err, "%s", fault) : 0;
}

static int check_address(const struct kvip_field *field, const char *type,
			 struct kvip_err *err)
{
	struct kvip_addr addr;

	if (!strcmp(type, "FQDN"))
		return check_domain(field, err);
	if (kvip_admit_usable(field, &addr, err))
		return -1;
	if (strcmp(kvip_family_text(addr.family), type))
		return kvip_refuse(field, err, "must be an %s address", type);
	return 0;
}

static int check_addresses(const struct kvip_field *endpoint, const char *type,
			   struct kvip_err *err)
{
	struct kvip_field list;
	uint32_t i, n;

	if (kvip_field_list(endpoint, "addresses", &list, &n, err))
		return -1;
	if (!n)
		return kvip_refuse_absent(
			&list, "must contain at least 1 address", err);
	if (n > ADDRESSES_MAX)
		return kvip_refuse_many(&list, n, ADDRESSES_MAX, err);
	for (i = 0; i < n; i++) {
		struct kvip_field field = kvip_field_element(&list, i);

		if (check_address(&field, type, err))
			return -1;
	}
	return 0;
}

static int check_conditions(const struct kvip_field *endpoint,
			    struct kvip_err *err)
{
	static const char *const names[] = { "ready", "serving",
					     "terminating" };
	struct kvip_field conditions;
	bool told, value;
	size_t i;

	if (kvip_field_object(endpoint, "conditions", &conditions, err))
		return -1;
	for (i = 0; i < 3; i++) {
		struct kvip_field field =
			kvip_field_member(&conditions, names[i]);

		if (kvip_field_bool(&field, &told, &value, err))
			return -1;
	}
	return 0;
}

static int check_hint_list(const struct kvip_field *hints, const char *name,
			   struct kvip_err *err)
{
	struct kvip_field list;
	uint32_t i, n;

	if (kvip_field_list(hints, name, &list, &n, err))
		return -1;
	if (n > HINTS_MAX)
		return kvip_refuse_many(&list, n, HINTS_MAX, err);
	for (i = 0; i < n; i++) {
		struct kvip_field element = kvip_field_element(&list, i), field;
		const char *text;

		if (kvip_field_need_object(&element, err))
			return -1;
		field = kvip_field_member(&element, "name");
		if (kvip_field_text(&field, &text, err))
			return -1;
		if (!text || !*text)
			return kvip_refuse_absent(&field, NULL, err);
	}
	return 0;
}

static int check_hints(const struct kvip_field *endpoint, struct kvip_err *err)
{
	struct kvip_field hints;

	if (kvip_field_object(endpoint, "hints", &hints, err) ||
	    check_hint_list(&hints, "forZones", err))
		return -1;
	return check_hint_list(&hints, "forNodes", err);
}

static int check_endpoint(const struct kvip_field *endpoint, const char *type,
			  struct kvip_err *err)
{
	struct kvip_field hostname, node, zone, target;
	const char *text;

	if (kvip_field_need_object(endpoint, err) ||
	    check_addresses(endpoint, type, err) ||
	    check_conditions(endpoint, err))
		return -1;
	hostname = kvip_field_member(endpoint, "hostname");
	node = kvip_field_member(endpoint, "nodeName");
	zone = kvip_field_member(endpoint, "zone");
	if (kvip_admit_text(&hostname, KVIP_SYNTAX_LABEL, NULL, err) ||
	    kvip_admit_text(&node, KVIP_SYNTAX_SUBDOMAIN, NULL, err) ||
	    kvip_field_text(&zone, &text, err) ||
	    kvip_field_object(endpoint, "targetRef", &target, err))
		return -1;
	return check_hints(endpoint, err);
}

static int check_endpoints(const struct kvip_field *slice, const char *type,
			   struct kvip_err *err)
{
	struct kvip_field list;
	uint32_t i, n;

	if (kvip_field_list(slice, "endpoints", &list, &n, err))
		return -1;
	if (n > ENDPOINTS_MAX)
		return kvip_refuse_many(&list, n, ENDPOINTS_MAX, err);
	for (i = 0; i < n; i++) {
		struct kvip_field field = kvip_field_element(&list, i);

		if (check_endpoint(&field, type, err))
			return -1;
	}
	return 0;
}

static const char *name_of(const struct kvip_field *list, size_t i)
{
	const char *name = kvip_object_text(
		json_object_array_get_idx(list->value, i), "name");

	return name ? name : "";
}

static int check_port_name(const struct kvip_field *list, size_t i,
			   const struct kvip_field *port, struct kvip_err *err)
{
	struct kvip_field field = kvip_field_member(port, "name");
	size_t j;

	if (kvip_admit_text(&field, KVIP_SYNTAX_LABEL, NULL, err))
		return -1;
	if (!field.value)
		kvip_object_put_text(port->value, "name", "");
	field = kvip_field_member(port, "name");
	for (j = 0; j < i; j++)
		if (!strcmp(name_of(list, j), name_of(list, i)))
			return kvip_refuse_again(&field, err);
	return 0;
}

static int check_port(const struct kvip_field *list, size_t i,
		      struct kvip_err *err)
{
	struct kvip_field port = kvip_field_element(list, i), number, protocol;
	uint16_t value;
	uint8_t proto;

	if (kvip_field_need_object(&port, err) ||
	    check_port_name(list, i, &port, err) ||
	    kvip_admit_protocol(&port, &proto, err))
		return -1;
	number = kvip_field_member(&port, "port");
	/* none is all of them, to whoever can make use of it */
	if (number.value && kvip_admit_port(&number, &value, err))
		return -1;
	protocol = kvip_field_member(&port, "appProtocol");
	return kvip_admit_text(&protocol, KVIP_SYNTAX_QUALIFIED, NULL, err);
}

static int check_ports(const struct kvip_field *slice, struct kvip_err *err)
{
	struct kvip_field list;
	uint32_t i, n;

	if (kvip_field_list(slice, "ports", &list, &n, err))
		return -1;
	if (n > PORTS_MAX)
		return kvip_refuse_many(&list, n, PORTS_MAX, err);
	for (i = 0; i < n; i++)
		if (check_port(&list, i, err))
			return -1;
	return 0;
}

int kvip_admit_slice(const struct kvip_field *slice, struct json_object *old,
		     struct kvip_err *err)
{
	const char *type;

	if (check_type(slice, old, &type, err) ||
	    check_endpoints(slice, type, err))
		return -1;
	return check_ports(slice, err);
}
