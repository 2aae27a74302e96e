// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#include "admit.h"
#include "admit_draft.h"
#include "admit_parts.h"
#include "alloc.h"
#include "object.h"
#include "refuse.h"
#include "store_config.h"

/* Protocols that there are. */
#define PROTOS_MAX 3

static const char *const type_names[] = {
	[KVIP_TYPE_CLUSTER_IP] = "ClusterIP",
	[KVIP_TYPE_NODE_PORT] = "NodePort",
	[KVIP_TYPE_LOAD_BALANCER] = "LoadBalancer",
	[KVIP_TYPE_EXTERNAL_NAME] = "ExternalName",
};

bool kvip_draft_has_node_ports(enum kvip_service_type type)
{
	return type == KVIP_TYPE_NODE_PORT || type == KVIP_TYPE_LOAD_BALANCER;
}

bool kvip_draft_needs_health_port(enum kvip_service_type type,
				  struct json_object *spec)
{
	const char *policy = kvip_object_text(spec, "externalTrafficPolicy");

	return type == KVIP_TYPE_LOAD_BALANCER && policy &&
	       !strcmp(policy, "Local");
}

static struct kvip_field list_of(const struct kvip_draft *draft)
{
	return kvip_field_member(&draft->spec, "ports");
}

static int check_target(const struct kvip_field *port, uint16_t number,
			struct kvip_err *err)
{
	struct kvip_field field = kvip_field_member(port, "targetPort");
	uint16_t target;

	if (!field.value ||
	    (json_object_is_type(field.value, json_type_int) &&
	     !json_object_get_int64(field.value)) ||
	    (json_object_is_type(field.value, json_type_string) &&
	     !json_object_get_string_len(field.value))) {
		json_object_object_add(port->value, "targetPort",
				       json_object_new_int(number));
		return 0;
	}
	if (json_object_is_type(field.value, json_type_string))
		return kvip_admit_text(&field, KVIP_SYNTAX_PORT_NAME, NULL,
				       err);
	if (!json_object_is_type(field.value, json_type_int))
		return kvip_field_expected(&field, "a number or a name", err);
	return kvip_admit_port(&field, &target, err);
}

static int check_name(const struct kvip_draft *draft,
		      const struct kvip_field *port, const char **name,
		      struct kvip_err *err)
{
	struct kvip_field field = kvip_field_member(port, "name");
	size_t i;

	if (kvip_admit_text(&field, KVIP_SYNTAX_LABEL, name, err))
		return -1;
	if (!*name) {
		struct kvip_field list = list_of(draft);

		*name = "";
		if (json_object_array_length(list.value) > 1)
			return kvip_refuse_absent(&field, NULL, err);
		return 0;
	}
	for (i = 0; i < draft->n_ports; i++)
		if (!strcmp(draft->ports[i].name, *name))
			return kvip_refuse_again(&field, err);
	return 0;
}

/* The port that a Service answers on, and its protocol: no two have both. */
static int check_number(const struct kvip_draft *draft,
			const struct kvip_field *field,
			struct kvip_draft_port *port, struct kvip_err *err)
{
	struct kvip_field number = kvip_field_member(field, "port");
	size_t i;

	if (kvip_admit_port(&number, &port->number, err) ||
	    kvip_admit_protocol(field, &port->proto, err))
		return -1;
	for (i = 0; i < draft->n_ports; i++)
		if (draft->ports[i].number == port->number &&
		    draft->ports[i].proto == port->proto)
			return kvip_field_fail(field, err,
					       "Duplicate value: port %u of %s",
					       port->number,
					       kvip_proto_text(port->proto));
	return 0;
}

static bool had_node_port(const struct kvip_draft *draft, int64_t number)
{
	struct json_object *list = kvip_object_member(draft->old, "ports");
	size_t i, n;

	if (!list)
		return false;
	n = json_object_array_length(list);
	for (i = 0; i < n; i++) {
		struct json_object *port = json_object_array_get_idx(list, i);

		if (json_object_get_int64(
			    kvip_object_member(port, "nodePort")) == number)
			return true;
	}
	return false;
}

/* A node port that is told; those that it has already may stay, whatever the range
 * is by now.
 */
static int check_range(const struct kvip_draft *draft,
		       const struct kvip_field *field, int64_t number,
		       struct kvip_err *err)
{
	const struct kvip_store_config *config = draft->config;

	if ((number >= config->port_min && number <= config->port_max) ||
	    (number > 0 && number <= UINT16_MAX &&
	     had_node_port(draft, number)))
		return 0;
	return kvip_refuse(
		field, err,
		"provided port is not in the valid range. The range of valid ports is %u-%u",
		config->port_min, config->port_max);
}

static int check_node(const struct kvip_draft *draft,
		      const struct kvip_field *port, uint16_t *node,
		      struct kvip_err *err)
{
	struct kvip_field field = kvip_field_member(port, "nodePort");
	int64_t number = 0;

	if (kvip_admit_number(&field, &number, err))
		return -1;
	if (!number) {
		json_object_object_del(port->value, "nodePort");
		return 0;
	}
	if (check_range(draft, &field, number, err))
		return -1;
	*node = (uint16_t)number;
	return 0;
}

static int check_port(struct kvip_draft *draft, const struct kvip_field *field,
		      struct kvip_err *err)
{
	struct kvip_draft_port port = { .object = field->value };
	struct kvip_field protocol;

	if (kvip_field_need_object(field, err))
		return -1;
	kvip_object_drop_nulls(field->value);
	protocol = kvip_field_member(field, "appProtocol");
	if (check_name(draft, field, &port.name, err) ||
	    check_number(draft, field, &port, err) ||
	    check_target(field, port.number, err) ||
	    kvip_admit_text(&protocol, KVIP_SYNTAX_QUALIFIED, NULL, err) ||
	    check_node(draft, field, &port.node, err))
		return -1;
	draft->ports =
		kvip_grow(draft->ports, draft->n_ports, sizeof(*draft->ports));
	draft->ports[draft->n_ports++] = port;
	return 0;
}

int kvip_draft_ports_check(struct kvip_draft *draft, struct kvip_err *err)
{
	struct kvip_field list;
	uint32_t i, n;

	if (kvip_field_list(&draft->spec, "ports", &list, &n, err))
		return -1;
	for (i = 0; i < n; i++) {
		struct kvip_field field = kvip_field_element(&list, i);

		if (check_port(draft, &field, err))
			return -1;
	}
	if (n || draft->type == KVIP_TYPE_EXTERNAL_NAME ||
	    kvip_draft_headless(draft))
		return 0;
	return kvip_refuse_absent(&list, NULL, err);
}

static void set_node(struct kvip_draft_port *port, uint16_t node)
{
	port->node = node;
	json_object_object_add(port->object, "nodePort",
			       json_object_new_int(node));
}

static bool uses_node(const struct kvip_draft *draft, uint16_t node)
{
	size_t i;

	for (i = 0; i < draft->n_ports; i++)
		if (draft->ports[i].node == node)
			return true;
	return false;
}

static uint16_t node_of(struct json_object *port)
{
	return (uint16_t)json_object_get_int(
		kvip_object_member(port, "nodePort"));
}

static bool same_name(const struct kvip_draft_port *port,
		      struct json_object *old)
{
	const char *name = kvip_object_text(old, "name");

	return !strcmp(port->name, name ? name : "");
}

static bool same_number(const struct kvip_draft_port *port,
			struct json_object *old)
{
	const char *proto = kvip_object_text(old, "protocol");

	return port->number ==
		       json_object_get_int(kvip_object_member(old, "port")) &&
	       proto && port->proto == kvip_proto_parse(proto);
}

/* Ports that tell no node port have that of the old one which is the same. */
static void carry_by(struct kvip_draft *draft, const bool *told,
		     bool (*same)(const struct kvip_draft_port *port,
				  struct json_object *old))
{
	struct json_object *list = kvip_object_member(draft->old, "ports");
	size_t i, j, n = list ? json_object_array_length(list) : 0;

	for (i = 0; i < draft->n_ports; i++) {
		for (j = 0; j < n && !draft->ports[i].node; j++) {
			struct json_object *old =
				json_object_array_get_idx(list, j);

			if (same(&draft->ports[i], old) && node_of(old) &&
			    !told[j])
				set_node(&draft->ports[i], node_of(old));
		}
	}
}

static void carry_nodes(struct kvip_draft *draft)
{
	struct json_object *list = kvip_object_member(draft->old, "ports");
	size_t i, n = list ? json_object_array_length(list) : 0;
	bool *told = kvip_alloc(n * sizeof(*told));

	/* what is told for a port is not carried over for another */
	for (i = 0; i < n; i++)
		told[i] = uses_node(
			draft, node_of(json_object_array_get_idx(list, i)));
	carry_by(draft, told, same_name);
	/* a port that was renamed keeps its node port, too; the API server
	 * gives it another
	 */
	for (i = 0; i < n; i++)
		told[i] = uses_node(
			draft, node_of(json_object_array_get_idx(list, i)));
	carry_by(draft, told, same_number);
	free(told);
}

static void drop_nodes(struct kvip_draft *draft)
{
	size_t i;

	for (i = 0; i < draft->n_ports; i++)
		if (draft->ports[i].node &&
		    !had_node_port(draft, draft->ports[i].node))
			return;
	for (i = 0; i < draft->n_ports; i++) {
		draft->ports[i].node = 0;
		json_object_object_del(draft->ports[i].object, "nodePort");
	}
}

void kvip_draft_ports_carry(struct kvip_draft *draft)
{
	if (!draft->old || !kvip_draft_has_node_ports(draft->old_type))
		return;
	if (kvip_draft_has_node_ports(draft->type))
		carry_nodes(draft);
	else
		drop_nodes(draft);
}

static int check_node_port(const struct kvip_draft *draft, size_t i,
			   struct kvip_err *err)
{
	struct kvip_field list = list_of(draft);
	struct kvip_field port = kvip_field_element(&list, i);
	struct kvip_field field = kvip_field_member(&port, "nodePort");
	char why[80];
	size_t j;

	if (!kvip_draft_has_node_ports(draft->type)) {
		snprintf(why, sizeof(why),
			 "may not be used when `type` is '%s'",
			 type_names[draft->type]);
		return kvip_refuse_forbidden(&field, why, err);
	}
	for (j = 0; j < i; j++)
		if (draft->ports[j].node == draft->ports[i].node &&
		    draft->ports[j].proto == draft->ports[i].proto)
			return kvip_refuse_again(&field, err);
	return 0;
}

int kvip_draft_node_ports_check(struct kvip_draft *draft, struct kvip_err *err)
{
	size_t i;

	for (i = 0; i < draft->n_ports; i++)
		if (draft->ports[i].node && check_node_port(draft, i, err))
			return -1;
	return 0;
}

static int take_told(struct kvip_draft *draft, struct kvip_err *err)
{
	const struct kvip_allocator *allocator = draft->allocator;
	uint16_t got;
	size_t i;

	for (i = 0; i < draft->n_ports; i++) {
		struct kvip_draft_port *port = &draft->ports[i];

		if (port->node &&
		    allocator->node_port(allocator->arg, &port->proto, 1,
					 port->node, &got, err))
			return kvip_err_prefix(err,
					       "spec.ports[%zu].nodePort: ", i);
	}
	return 0;
}

static int take_health(struct kvip_draft *draft, uint16_t wanted,
		       struct kvip_err *err)
{
	const struct kvip_allocator *allocator = draft->allocator;
	uint16_t got;

	if (allocator->health_port(allocator->arg, wanted, &got, err))
		return kvip_err_prefix(err, "spec.healthCheckNodePort: ");
	json_object_object_add(draft->spec.value, "healthCheckNodePort",
			       json_object_new_int(got));
	return 0;
}

/*
 * Ports of one number, from @i on, that have no node port yet: they get one that
 * is free for all their protocols, if there is such a one; that of a port of the
 * same number, if there is such a port.
 */
static bool take_shared(struct kvip_draft *draft, size_t i)
{
	const struct kvip_allocator *allocator = draft->allocator;
	uint16_t wanted = 0, got, number = draft->ports[i].number;
	uint8_t protos[PROTOS_MAX];
	struct kvip_err why;
	size_t j, n = 0;

	for (j = 0; j < draft->n_ports; j++) {
		const struct kvip_draft_port *port = &draft->ports[j];

		if (port->number != number)
			continue;
		if (!port->node)
			protos[n++] = port->proto;
		else if (!wanted)
			wanted = port->node;
	}
	if (allocator->node_port(allocator->arg, protos, n, wanted, &got, &why))
		return false;
	for (j = i; j < draft->n_ports; j++)
		if (draft->ports[j].number == number && !draft->ports[j].node)
			set_node(&draft->ports[j], got);
	return true;
}

static int take_open(struct kvip_draft *draft, struct kvip_err *err)
{
	const struct kvip_allocator *allocator = draft->allocator;
	uint16_t got;
	size_t i;

	for (i = 0; i < draft->n_ports; i++) {
		struct kvip_draft_port *port = &draft->ports[i];

		if (port->node || take_shared(draft, i))
			continue;
		if (allocator->node_port(allocator->arg, &port->proto, 1, 0,
					 &got, err))
			return kvip_err_prefix(err,
					       "spec.ports[%zu].nodePort: ", i);
		set_node(port, got);
	}
	return 0;
}

static bool gives_node_ports(const struct kvip_draft *draft)
{
	struct json_object *field = kvip_object_member(
		draft->spec.value, "allocateLoadBalancerNodePorts");

	return draft->type == KVIP_TYPE_NODE_PORT ||
	       json_object_get_boolean(field);
}

int kvip_draft_node_ports_take(struct kvip_draft *draft, struct kvip_err *err)
{
	struct json_object *spec = draft->spec.value;
	bool health = kvip_draft_needs_health_port(draft->type, spec);
	uint16_t wanted = (uint16_t)json_object_get_int(
		kvip_object_member(spec, "healthCheckNodePort"));

	if (!kvip_draft_has_node_ports(draft->type))
		return 0;
	if (take_told(draft, err) ||
	    (health && wanted && take_health(draft, wanted, err)))
		return -1;
	if (gives_node_ports(draft) && take_open(draft, err))
		return -1;
	return health && !wanted ? take_health(draft, 0, err) : 0;
}
