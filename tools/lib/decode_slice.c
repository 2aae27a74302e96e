// SPDX-License-Identifier: GPL-2.0-or-later
#include <string.h>

#include <linux/kvip.h>

#include "alloc.h"
#include "decode_kinds.h"
#include "timestamp.h"

#define LABEL_SERVICE_NAME "kubernetes.io/service-name"
#define ANNOTATION_TRIGGER "endpoints.kubernetes.io/last-change-trigger-time"

static int decode_type(const struct kvip_field *object,
		       struct kvip_slice *slice, struct kvip_err *err)
{
	struct kvip_field field = kvip_field_member(object, "addressType");
	const char *text;

	if (kvip_field_text(&field, &text, err))
		return -1;
	if (text && !strcmp(text, "IPv4"))
		slice->family = AF_INET;
	else if (text && !strcmp(text, "IPv6"))
		slice->family = AF_INET6;
	else if (!text || strcmp(text, "FQDN"))
		return kvip_field_expected(&field, "IPv4, IPv6 or FQDN", err);
	return 0;
}

static int decode_port(struct kvip_model *model,
		       const struct kvip_field *element,
		       struct kvip_slice_port *port, struct kvip_err *err)
{
	struct kvip_field name, number, proto;
	int64_t value = 0;
	const char *text;

	if (kvip_field_need_object(element, err))
		return -1;
	name = kvip_field_member(element, "name");
	if (kvip_field_name(&name, &text, err))
		return -1;
	if (text)
		port->name = kvip_intern_get(&model->strings, text);
	number = kvip_field_member(element, "port");
	proto = kvip_field_member(element, "protocol");
	if (kvip_field_number(&number, 0, 65535, &value, err) ||
	    kvip_field_proto(&proto, &port->proto, err))
		return -1;
	port->port = (uint16_t)value;
	return 0;
}

static int decode_ports(struct kvip_model *model,
			const struct kvip_field *object,
			struct kvip_slice *slice, struct kvip_err *err)
{
	struct kvip_field list;
	uint32_t n, i;

	if (kvip_field_list(object, "ports", &list, &n, err))
		return -1;
	if (!n)
		return 0;
	slice->ports = kvip_alloc(n * sizeof(*slice->ports));
	slice->n_ports = n;
	for (i = 0; i < n; i++) {
		struct kvip_field element = kvip_field_element(&list, i);

		if (decode_port(model, &element, &slice->ports[i], err))
			return -1;
	}
	return 0;
}

static int decode_conditions(const struct kvip_field *element,
			     struct kvip_endpoint *endpoint,
			     struct kvip_err *err)
{
	static const struct {
		const char *name;
		uint8_t told, value;
	} conditions[] = {
		{ "ready", KVIP_COND_READY_TOLD, KVIP_COND_READY },
		{ "serving", KVIP_COND_SERVING_TOLD, KVIP_COND_SERVING },
		{ "terminating", KVIP_COND_TERMINATING_TOLD,
		  KVIP_COND_TERMINATING },
	};
	struct kvip_field object;
	size_t i;

	if (kvip_field_object(element, "conditions", &object, err))
		return -1;
	for (i = 0; i < sizeof(conditions) / sizeof(conditions[0]); i++) {
		struct kvip_field field;
		bool told, value;

		field = kvip_field_member(&object, conditions[i].name);
		if (kvip_field_bool(&field, &told, &value, err))
			return -1;
		if (told)
			endpoint->conditions |= conditions[i].told;
		if (value)
			endpoint->conditions |= conditions[i].value;
	}
	return 0;
}

static int decode_address(const struct kvip_field *element,
			  struct kvip_endpoint *endpoint, struct kvip_err *err)
{
	struct kvip_field list, first;
	uint32_t n;

	if (kvip_field_list(element, "addresses", &list, &n, err))
		return -1;
	if (!n)
		return kvip_field_fail(&list, err,
				       "expected at least one address");
	first = kvip_field_element(&list, 0);
	return kvip_field_addr(&first, &endpoint->addr, err);
}

/* The names in hints.forZones or hints.forNodes. */
static int decode_names(struct kvip_model *model,
			const struct kvip_field *hints, const char *name,
			const char ***names, uint32_t *n_names,
			struct kvip_err *err)
{
	struct kvip_field list;
	uint32_t n, i;

	if (kvip_field_list(hints, name, &list, &n, err))
		return -1;
	*names = n ? kvip_alloc(n * sizeof(**names)) : NULL;
	for (i = 0; i < n; i++) {
		struct kvip_field element = kvip_field_element(&list, i), field;
		const char *text;

		if (kvip_field_need_object(&element, err))
			return -1;
		field = kvip_field_member(&element, "name");
		if (kvip_field_text(&field, &text, err))
			return -1;
		if (!text || !*text)
			return kvip_field_expected(&field, "a name", err);
		(*names)[(*n_names)++] = kvip_intern_get(&model->strings, text);
	}
	return 0;
}

static int decode_hints(struct kvip_model *model,
			const struct kvip_field *element,
			struct kvip_endpoint *endpoint, struct kvip_err *err)
{
	struct kvip_field field;
	struct kvip_hints *hints;

	if (kvip_field_object(element, "hints", &field, err))
		return -1;
	if (!field.value)
		return 0;
	hints = kvip_alloc(sizeof(*hints));
	endpoint->hints = hints;
	if (decode_names(model, &field, "forZones", &hints->zones,
			 &hints->n_zones, err) ||
	    decode_names(model, &field, "forNodes", &hints->nodes,
			 &hints->n_nodes, err))
		return -1;
	return 0;
}

/* The text of a member, interned; a field that is empty says nothing. */
static int decode_text(struct kvip_model *model,
		       const struct kvip_field *element, const char *name,
		       const char **text, struct kvip_err *err)
{
	struct kvip_field field = kvip_field_member(element, name);
	const char *found;

	if (kvip_field_text(&field, &found, err))
		return -1;
	if (!found || !*found)
		return 0;
	if (strlen(found) > KVIP_NAME_MAX)
		return kvip_field_fail(&field, err, "expected at most %d bytes",
				       KVIP_NAME_MAX);
	*text = kvip_intern_get(&model->strings, found);
	return 0;
}

static int decode_endpoint(struct kvip_model *model,
			   const struct kvip_field *element,
			   struct kvip_endpoint *endpoint, struct kvip_err *err)
{
	if (kvip_field_need_object(element, err) ||
	    decode_address(element, endpoint, err) ||
	    decode_conditions(element, endpoint, err) ||
	    decode_text(model, element, "nodeName", &endpoint->node, err) ||
	    decode_text(model, element, "zone", &endpoint->zone, err) ||
	    decode_text(model, element, "hostname", &endpoint->hostname, err) ||
	    decode_hints(model, element, endpoint, err))
		return -1;
	return 0;
}

static int decode_endpoints(struct kvip_model *model,
			    const struct kvip_field *object,
			    struct kvip_slice *slice, struct kvip_err *err)
{
	struct kvip_field list;
	uint32_t n, i;

	if (kvip_field_list(object, "endpoints", &list, &n, err))
		return -1;
	/* what an FQDN slice has are no addresses: nobody wants them (S4) */
	if (!n || !slice->family)
		return 0;
	slice->endpoints = kvip_alloc(n * sizeof(*slice->endpoints));
	slice->n_endpoints = n;
	for (i = 0; i < n; i++) {
		struct kvip_field element = kvip_field_element(&list, i);

		if (decode_endpoint(model, &element, &slice->endpoints[i], err))
			return -1;
	}
	return 0;
}

/* It is there to be measured by: one that can't be read is none. */
static int decode_trigger(const struct kvip_field *object,
			  struct kvip_slice *slice, struct kvip_err *err)
{
	struct kvip_field metadata, annotations, field;
	const char *text;

	if (kvip_field_object(object, "metadata", &metadata, err) ||
	    kvip_field_object(&metadata, "annotations", &annotations, err))
		return -1;
	field = kvip_field_member(&annotations, ANNOTATION_TRIGGER);
	if (kvip_field_text(&field, &text, err))
		return -1;
	if (!text || !kvip_timestamp_parse(text, &slice->triggered))
		slice->triggered = 0;
	return 0;
}

int kvip_decode_slice(struct kvip_model *model, const struct kvip_field *object,
		      struct kvip_slice *slice, struct kvip_err *err)
{
	const char *service;

	if (kvip_field_label(object, LABEL_SERVICE_NAME, &service, err))
		return -1;
	if (service && *service)
		slice->service = kvip_intern_get(&model->strings, service);
	if (decode_type(object, slice, err) ||
	    decode_ports(model, object, slice, err) ||
	    decode_endpoints(model, object, slice, err) ||
	    decode_trigger(object, slice, err))
		return -1;
	return 0;
}
