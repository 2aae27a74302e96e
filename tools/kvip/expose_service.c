// SPDX-License-Identifier: GPL-2.0-or-later
#include <ctype.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "expose_service.h"
#include "json_make.h"
#include "object.h"

/* Bytes of a Service's name at most. */
#define NAME_MAX_LEN 63

/* A port of the exposed object, or of --port. */
struct port {
	int number;
	const char *protocols[3]; /* that the object has it for */
	size_t n_protocols;
};

struct ports {
	struct port *items;
	size_t n;
};

static struct port *find_port(const struct ports *ports, int number)
{
	size_t i;

	for (i = 0; i < ports->n; i++)
		if (ports->items[i].number == number)
			return &ports->items[i];
	return NULL;
}

static struct port *add_port(struct ports *ports, int number)
{
	struct port *port = find_port(ports, number);

	if (port)
		return port;
	ports->items = kvip_grow(ports->items, ports->n, sizeof(*port));
	port = &ports->items[ports->n++];
	port->number = number;
	return port;
}

static void add_protocol(struct port *port, const char *protocol)
{
	size_t i;

	for (i = 0; i < port->n_protocols; i++)
		if (!strcmp(port->protocols[i], protocol))
			return;
	if (port->n_protocols < 3)
		port->protocols[port->n_protocols++] = protocol;
}

/* Ports of a list, each with its protocol. */
static void add_ports(struct ports *ports, struct json_object *list,
		      const char *member)
{
	size_t i, n;

	if (!json_object_is_type(list, json_type_array))
		return;
	n = json_object_array_length(list);
	for (i = 0; i < n; i++) {
		struct json_object *item = json_object_array_get_idx(list, i);
		const char *protocol = kvip_object_text(item, "protocol");
		struct json_object *number = kvip_object_member(item, member);

		if (json_object_is_type(number, json_type_int))
			add_protocol(add_port(ports,
					      json_object_get_int(number)),
				     protocol ? protocol : "TCP");
	}
}

static void add_container_ports(struct ports *ports, struct json_object *spec)
{
	struct json_object *list = kvip_object_member(spec, "containers");
	size_t i, n;

	if (!json_object_is_type(list, json_type_array))
		return;
	n = json_object_array_length(list);
	for (i = 0; i < n; i++)
		add_ports(ports,
			  kvip_object_member(json_object_array_get_idx(list, i),
					     "ports"),
			  "containerPort");
}

/* What the object has. */
static void find_ports(enum kvip_kind kind, struct json_object *object,
		       struct ports *ports)
{
	struct json_object *spec = kvip_object_member(object, "spec");

	if (kind == KVIP_KIND_SERVICE)
		add_ports(ports, kvip_object_member(spec, "ports"), "port");
	else if (kind == KVIP_KIND_DEPLOYMENT)
		add_container_ports(
			ports,
			kvip_object_member(kvip_object_member(spec, "template"),
					   "spec"));
	else
		add_container_ports(ports, spec);
}

/* The next word before @separator; the text after it is @rest's. */
static char *cut(char **rest, char separator)
{
	char *word = *rest, *end;

	if (!word)
		return NULL;
	end = strchr(word, separator);
	if (end)
		*end++ = '\0';
	*rest = end;
	return word;
}

struct json_object *kvip_expose_map(const char *text, struct kvip_err *err)
{
	struct json_object *map = json_object_new_object();
	char *copy = kvip_strdup(text), *rest = copy, *pair;
	int ret = 0;

	while (!ret && (pair = cut(&rest, ','))) {
		char *value = strchr(pair, '=');

		if (!value || strchr(value + 1, '=')) {
			ret = kvip_err_set(err, "unexpected label spec: %s",
					   pair);
			break;
		}
		*value++ = '\0';
		if (!*pair)
			ret = kvip_err_set(err, "unexpected empty label key");
		kvip_json_set(map, pair, value);
	}
	free(copy);
	if (!ret)
		return map;
	json_object_put(map);
	return NULL;
}

/* A map of the object's, or NULL with the reason that it has none. */
static struct json_object *own_selector(enum kvip_kind kind,
					struct json_object *object,
					struct kvip_err *err)
{
	struct json_object *spec = kvip_object_member(object, "spec");
	struct json_object *selector, *labels;

	switch (kind) {
	case KVIP_KIND_POD:
		labels = kvip_object_member(
			kvip_object_member(object, "metadata"), "labels");
		if (json_object_is_type(labels, json_type_object) &&
		    json_object_object_length(labels))
			return labels;
		kvip_err_set(err,
			     "the pod has no labels and cannot be exposed");
		return NULL;
	case KVIP_KIND_SERVICE:
		selector = kvip_object_member(spec, "selector");
		if (json_object_is_type(selector, json_type_object))
			return selector;
		kvip_err_set(err, "the service has no pod selector set");
		return NULL;
	default:
		selector = kvip_object_member(spec, "selector");
		labels = kvip_object_member(selector, "matchExpressions");
		if (json_object_is_type(labels, json_type_array) &&
		    json_object_array_length(labels)) {
			kvip_err_set(
				err,
				"couldn't convert expressions - \"%s\" to map-based selector format",
				json_object_to_json_string_ext(
					labels, JSON_C_TO_STRING_PLAIN));
			return NULL;
		}
		labels = kvip_object_member(selector, "matchLabels");
		if (json_object_is_type(labels, json_type_object))
			return labels;
		kvip_err_set(
			err,
			"invalid deployment: no selectors, therefore cannot be exposed");
		return NULL;
	}
}

static int set_selector(const struct kvip_expose *expose, enum kvip_kind kind,
			struct json_object *object, struct json_object *spec,
			struct kvip_err *err)
{
	struct json_object *selector;

	if (expose->selector && *expose->selector) {
		selector = kvip_expose_map(expose->selector, err);
		if (!selector)
			return -1;
		json_object_object_add(spec, "selector", selector);
		return 0;
	}
	if (!object)
		return 0;
	selector = own_selector(kind, object, err);
	if (!selector)
		return kvip_err_prefix(
			err,
			"couldn't retrieve selectors via --selector flag or introspection: ");
	if (!json_object_object_length(selector))
		return kvip_err_set(err, "selector must be specified");
	json_object_object_add(spec, "selector", kvip_json_copy(selector));
	return 0;
}

static int set_meta(const struct kvip_expose *expose,
		    struct json_object *object, struct json_object *service,
		    struct kvip_err *err)
{
	struct json_object *meta = kvip_json_object(service, "metadata");
	struct json_object *labels = kvip_object_member(
		kvip_object_member(object, "metadata"), "labels");
	char name[NAME_MAX_LEN + 1];

	snprintf(name, sizeof(name), "%s",
		 object ? kvip_object_name(object) : "");
	if (expose->name && *expose->name)
		kvip_json_set(meta, "name", expose->name);
	else if (*name)
		kvip_json_set(meta, "name", name);
	else
		return kvip_err_set(err, "name must be specified");
	if (expose->labels && *expose->labels) {
		labels = kvip_expose_map(expose->labels, err);
		if (!labels)
			return -1;
		json_object_object_add(meta, "labels", labels);
	} else if (json_object_is_type(labels, json_type_object) &&
		   json_object_object_length(labels)) {
		json_object_object_add(meta, "labels", kvip_json_copy(labels));
	}
	return 0;
}

/* The ports of --port. */
static int told_ports(const char *text, struct ports *ports,
		      struct kvip_err *err)
{
	char *copy = kvip_strdup(text), *rest = copy, *word;
	int number, ret = 0;

	while (!ret && (word = cut(&rest, ','))) {
		if (!kvip_json_number(word, &number))
			ret = kvip_err_set(
				err, "--port %s: \"%s\" is not a port number",
				text, word);
		else if (find_port(ports, number))
			ret = kvip_err_set(err, "--port %s: %d is told twice",
					   text, number);
		else
			add_port(ports, number);
	}
	free(copy);
	return ret;
}

static void set_target(const struct kvip_expose *expose, int number,
		       struct json_object *port)
{
	const char *target = expose->target_port;
	int told = number;

	if (target && *target && !kvip_json_number(target, &told))
		kvip_json_set(port, "targetPort", target);
	else
		json_object_object_add(port, "targetPort",
				       json_object_new_int(told));
}

static void add_service_port(const struct kvip_expose *expose,
			     struct json_object *list, const char *name,
			     int number, const char *protocol)
{
	struct json_object *port = json_object_new_object();

	kvip_json_set(port, "name", name);
	json_object_object_add(port, "port", json_object_new_int(number));
	kvip_json_set(port, "protocol", protocol);
	set_target(expose, number, port);
	json_object_array_add(list, port);
}

/* Names only where there are several, a protocol in them where it tells them
 * apart.
 */
static void make_ports(const struct kvip_expose *expose,
		       const struct ports *wanted, const struct ports *own,
		       struct json_object *list)
{
	const char *protocol = expose->protocol;
	char name[48], lower[16];
	size_t i, j, k;

	if (protocol && !*protocol)
		protocol = NULL;
	for (i = 0; i < wanted->n; i++) {
		int number = wanted->items[i].number;
		const struct port *port = find_port(own, number);

		snprintf(name, sizeof(name), "port-%zu", i + 1);
		if (protocol || !port || port->n_protocols < 2) {
			const char *by_default = port && port->n_protocols ?
							 port->protocols[0] :
							 "TCP";

			add_service_port(expose, list,
					 wanted->n > 1 ? name : NULL, number,
					 protocol ? protocol : by_default);
			continue;
		}
		for (j = 0; j < port->n_protocols; j++) {
			snprintf(lower, sizeof(lower), "%s",
				 port->protocols[j]);
			for (k = 0; lower[k]; k++)
				lower[k] =
					(char)tolower((unsigned char)lower[k]);
			snprintf(name, sizeof(name), "port-%zu-%s", i + 1,
				 lower);
			add_service_port(expose, list, name, number,
					 port->protocols[j]);
		}
	}
}

static int set_ports(const struct kvip_expose *expose, enum kvip_kind kind,
		     struct json_object *object, struct json_object *spec,
		     struct kvip_err *err)
{
	bool headless = expose->cluster_ip &&
			!strcmp(expose->cluster_ip, "None");
	bool has_name = !object && expose->external_name;
	struct ports own = {}, told = {};
	int ret = 0;

	if (object)
		find_ports(kind, object, &own);
	if (expose->port && *expose->port)
		ret = told_ports(expose->port, &told, err);
	else if (!own.n && !headless && !has_name)
		ret = kvip_err_set(
			err,
			"couldn't find port via --port flag or introspection");
	if (!ret && (told.n || own.n))
		make_ports(expose, told.n ? &told : &own, &own,
			   kvip_json_list(spec, "ports"));
	free(own.items);
	free(told.items);
	return ret;
}

static void set_external_ips(const char *text, struct json_object *spec)
{
	struct json_object *list = kvip_json_list(spec, "externalIPs");
	char *copy = kvip_strdup(text), *rest = copy, *word;

	while ((word = cut(&rest, ',')))
		json_object_array_add(list, json_object_new_string(word));
	free(copy);
}

/* kubectl takes an empty text for none. */
static const char *told(const char *text)
{
	return text && *text ? text : NULL;
}

static int set_rest(const struct kvip_expose *expose, struct json_object *spec,
		    struct kvip_err *err)
{
	const char *affinity = told(expose->session_affinity);
	const char *type = told(expose->type);

	if (affinity && strcmp(affinity, "None") &&
	    strcmp(affinity, "ClientIP"))
		return kvip_err_set(err, "unknown session affinity: %s",
				    affinity);
	if (expose->external_name && (!type || strcmp(type, "ExternalName")))
		return kvip_err_set(
			err, "--external-name is for --type ExternalName only");
	kvip_json_set(spec, "type", type);
	kvip_json_set(spec, "externalName", told(expose->external_name));
	kvip_json_set(spec, "sessionAffinity", affinity);
	kvip_json_set(spec, "clusterIP", told(expose->cluster_ip));
	kvip_json_set(spec, "externalTrafficPolicy",
		      told(expose->external_traffic_policy));
	kvip_json_set(spec, "ipFamilyPolicy", told(expose->ip_family_policy));
	if (told(expose->external_ip))
		set_external_ips(expose->external_ip, spec);
	if (type && !strcmp(type, "LoadBalancer")) {
		kvip_json_set(spec, "loadBalancerIP",
			      told(expose->load_balancer_ip));
		kvip_json_set(spec, "loadBalancerClass",
			      told(expose->load_balancer_class));
	}
	return 0;
}

/* "cannot expose a Node", as kubectl has it */
static int check_kind(enum kvip_kind kind, struct kvip_err *err)
{
	const struct kvip_kind_info *info = &kvip_kinds[kind];

	if (kind == KVIP_KIND_SERVICE || kind == KVIP_KIND_POD ||
	    kind == KVIP_KIND_DEPLOYMENT)
		return 0;
	return kvip_err_set(err, "cannot expose a %s%s%s", info->name,
			    *info->group ? "." : "", info->group);
}

struct json_object *kvip_expose_service(const struct kvip_expose *expose,
					enum kvip_kind kind,
					struct json_object *object,
					struct kvip_err *err)
{
	struct json_object *service, *spec;

	if (object && check_kind(kind, err))
		return NULL;
	service = json_object_new_object();
	kvip_json_set(service, "apiVersion", "v1");
	kvip_json_set(service, "kind", "Service");
	kvip_json_object(service, "metadata");
	spec = kvip_json_object(service, "spec");
	if (set_selector(expose, kind, object, spec, err) ||
	    set_ports(expose, kind, object, spec, err) ||
	    set_meta(expose, object, service, err) ||
	    set_rest(expose, spec, err)) {
		json_object_put(service);
		return NULL;
	}
	/* as typed objects print it */
	kvip_json_object(kvip_json_object(service, "status"), "loadBalancer");
	return service;
}
