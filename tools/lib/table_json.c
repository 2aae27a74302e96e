// SPDX-License-Identifier: GPL-2.0-or-later
#include <json-c/json.h>
#include <string.h>

#include <linux/kvip.h>

#include "document.h"
#include "field.h"
#include "table.h"
#include "table_json.h"

#define ITEM_KIND "KvipService"

static const char *const kinds[] = { [KVIP_FRONTEND_UNSPEC] = "?",
				     [KVIP_FRONTEND_CLUSTER_IP] = "cluster-ip",
				     [KVIP_FRONTEND_EXTERNAL_IP] =
					     "external-ip",
				     [KVIP_FRONTEND_LB_IP] = "load-balancer",
				     [KVIP_FRONTEND_NODE_PORT] = "node-port",
				     NULL };

static const char *const algorithms[] = { [KVIP_ALGORITHM_RANDOM] = "random",
					  NULL };

static const char *const families[] = { "IPv4", "IPv6", NULL };

/* The members of a backend that are flags, in the order of output. */
static const struct {
	const char *name;
	uint32_t flag;
} backend_flags[] = {
	{ "onNode", KVIP_BACKEND_F_ON_NODE },
	{ "ready", KVIP_BACKEND_F_READY },
	{ "serving", KVIP_BACKEND_F_SERVING },
	{ "terminating", KVIP_BACKEND_F_TERMINATING },
	{ "inClusterList", KVIP_BACKEND_F_CLUSTER },
	{ "inLocalList", KVIP_BACKEND_F_LOCAL },
};

#define N_BACKEND_FLAGS (sizeof(backend_flags) / sizeof(backend_flags[0]))

const char *kvip_frontend_kind_text(unsigned int kind)
{
	return kind <= KVIP_FRONTEND_MAX ? kinds[kind] : "?";
}

const char *kvip_algorithm_text(unsigned int algorithm)
{
	return algorithm <= KVIP_ALGORITHM_MAX ? algorithms[algorithm] : "?";
}

static void add_text(struct json_object *to, const char *name, const char *text)
{
	json_object_object_add(to, name, json_object_new_string(text));
}

static void add_addr_port(struct json_object *to, const struct kvip_addr *addr,
			  uint16_t port)
{
	char text[INET6_ADDRSTRLEN];

	add_text(to, "address", kvip_addr_text(addr, text));
	json_object_object_add(to, "port", json_object_new_int(port));
}

struct json_object *kvip_frontend_json(const struct kvip_frontend *frontend)
{
	struct json_object *json = json_object_new_object();

	add_addr_port(json, &frontend->addr, frontend->port);
	add_text(json, "kind", kvip_frontend_kind_text(frontend->kind));
	return json;
}

struct json_object *kvip_backend_json(const struct kvip_backend *backend,
				      bool counters)
{
	struct json_object *json = json_object_new_object();
	size_t i;

	add_addr_port(json, &backend->addr, backend->port);
	if (backend->node)
		add_text(json, "node", backend->node);
	for (i = 0; i < N_BACKEND_FLAGS; i++)
		json_object_object_add(
			json, backend_flags[i].name,
			json_object_new_boolean(
				!!(backend->flags & backend_flags[i].flag)));
	if (counters)
		json_object_object_add(json, "connections",
				       json_object_new_uint64(backend->conns));
	return json;
}

struct json_object *kvip_service_json(const struct kvip_service *service,
				      bool counters)
{
	struct json_object *json = json_object_new_object(), *list;
	size_t i;

	add_text(json, "name", service->name);
	add_text(json, "family", kvip_family_text(service->family));
	add_text(json, "protocol", kvip_proto_text(service->proto));
	add_text(json, "algorithm", kvip_algorithm_text(service->algorithm));
	json_object_object_add(
		json, "hasAny",
		json_object_new_boolean(
			!!(service->flags & KVIP_SERVICE_F_HAS_ANY)));
	json_object_object_add(
		json, "internalLocal",
		json_object_new_boolean(
			!!(service->flags & KVIP_SERVICE_F_INTERNAL_LOCAL)));
	if (counters)
		json_object_object_add(json, "connections",
				       json_object_new_uint64(service->conns));

	list = json_object_new_array_ext((int)service->n_frontends);
	for (i = 0; i < service->n_frontends; i++)
		json_object_array_add(
			list, kvip_frontend_json(&service->frontends[i]));
	json_object_object_add(json, "frontends", list);

	list = json_object_new_array_ext((int)service->n_backends);
	for (i = 0; i < service->n_backends; i++)
		json_object_array_add(list,
				      kvip_backend_json(&service->backends[i],
							counters));
	json_object_object_add(json, "backends", list);
	return json;
}

/* A member that must be a non-empty string. */
static int get_text(const struct kvip_field *parent, const char *name,
		    const char **text, struct kvip_err *err)
{
	struct kvip_field field = kvip_field_member(parent, name);

	if (kvip_field_text(&field, text, err))
		return -1;
	if (!*text || !**text)
		return kvip_field_fail(&field, err, "this must be a string");
	return 0;
}

static int get_flag(const struct kvip_field *parent, const char *name,
		    uint32_t flag, uint32_t *flags, struct kvip_err *err)
{
	struct kvip_field field = kvip_field_member(parent, name);
	bool told, value = false;

	if (kvip_field_bool(&field, &told, &value, err))
		return -1;
	if (told && value)
		*flags |= flag;
	return 0;
}

static int get_addr_port(const struct kvip_field *parent, uint8_t family,
			 struct kvip_addr *addr, uint16_t *port,
			 struct kvip_err *err)
{
	struct kvip_field field = kvip_field_member(parent, "address");
	int64_t number = 0;

	if (kvip_field_addr(&field, addr, err))
		return -1;
	if (addr->family != family)
		return kvip_field_fail(&field, err,
				       "the service's family is %s",
				       kvip_family_text(family));
	field = kvip_field_member(parent, "port");
	if (kvip_field_number(&field, 1, 65535, &number, err))
		return -1;
	if (!number)
		return kvip_field_fail(&field, err, "a port is needed");
	*port = (uint16_t)number;
	return 0;
}

static int get_frontend(const struct kvip_field *item,
			struct kvip_service *service, struct kvip_err *err)
{
	struct kvip_frontend *frontend = kvip_service_add_frontend(service);
	struct kvip_field field = kvip_field_member(item, "kind");
	unsigned int kind;
	const char *text;

	if (kvip_field_need_object(item, err) ||
	    get_addr_port(item, service->family, &frontend->addr,
			  &frontend->port, err) ||
	    get_text(item, "kind", &text, err) ||
	    kvip_field_choice(&field, kinds + 1, &kind, err))
		return -1;
	frontend->kind = (uint8_t)(kind + 1);
	return 0;
}

static int get_backend(const struct kvip_field *item, struct kvip_table *table,
		       struct kvip_service *service, struct kvip_err *err)
{
	struct kvip_backend *backend = kvip_service_add_backend(service);
	struct kvip_field field = kvip_field_member(item, "node");
	const char *node;
	size_t i;

	if (kvip_field_need_object(item, err) ||
	    get_addr_port(item, service->family, &backend->addr, &backend->port,
			  err) ||
	    kvip_field_text(&field, &node, err))
		return -1;
	if (node)
		backend->node = kvip_table_string(table, node);
	for (i = 0; i < N_BACKEND_FLAGS; i++)
		if (get_flag(item, backend_flags[i].name, backend_flags[i].flag,
			     &backend->flags, err))
			return -1;
	return 0;
}

static int get_lists(const struct kvip_field *parent, struct kvip_table *table,
		     struct kvip_service *service, struct kvip_err *err)
{
	struct kvip_field list, item;
	uint32_t i, n;

	if (kvip_field_list(parent, "frontends", &list, &n, err))
		return -1;
	for (i = 0; i < n; i++) {
		item = kvip_field_element(&list, i);
		if (get_frontend(&item, service, err))
			return -1;
	}
	if (kvip_field_list(parent, "backends", &list, &n, err))
		return -1;
	for (i = 0; i < n; i++) {
		item = kvip_field_element(&list, i);
		if (get_backend(&item, table, service, err))
			return -1;
	}
	return 0;
}

static int get_service(const struct kvip_field *root, struct kvip_table *table,
		       struct kvip_err *err)
{
	struct kvip_field field;
	unsigned int family, algorithm;
	struct kvip_service *service;
	const char *name, *text;
	uint8_t proto;

	if (get_text(root, "name", &name, err))
		return -1;
	field = kvip_field_member(root, "name");
	if (strlen(name) > KVIP_NAME_MAX)
		return kvip_field_fail(&field, err,
				       "a name has at most %d bytes",
				       KVIP_NAME_MAX);
	if (get_text(root, "family", &text, err))
		return -1;
	field = kvip_field_member(root, "family");
	if (kvip_field_choice(&field, families, &family, err))
		return -1;
	if (get_text(root, "protocol", &text, err))
		return -1;
	field = kvip_field_member(root, "protocol");
	if (kvip_field_proto(&field, &proto, err))
		return -1;
	field = kvip_field_member(root, "algorithm");
	if (kvip_field_choice(&field, algorithms, &algorithm, err))
		return -1;

	service =
		kvip_table_add(table, name, family ? AF_INET6 : AF_INET, proto);
	service->algorithm = (uint8_t)algorithm;
	if (get_flag(root, "hasAny", KVIP_SERVICE_F_HAS_ANY, &service->flags,
		     err) ||
	    get_flag(root, "internalLocal", KVIP_SERVICE_F_INTERNAL_LOCAL,
		     &service->flags, err))
		return -1;
	return get_lists(root, table, service, err);
}

static int take_object(struct json_object *object,
		       const struct kvip_origin *origin, void *ctx,
		       struct kvip_err *err)
{
	const struct kvip_field root = { .value = object };
	const char *kind, *version;

	(void)origin;
	if (get_text(&root, "kind", &kind, err) ||
	    get_text(&root, "apiVersion", &version, err))
		return -1;
	if (strcmp(kind, ITEM_KIND))
		return kvip_err_set(err,
				    "kind %s is not what kvip save writes (%s)",
				    kind, KVIP_TABLE_KIND);
	if (strcmp(version, KVIP_TABLE_VERSION))
		return kvip_err_set(
			err, "apiVersion %s is not known to this kvip (%s)",
			version, KVIP_TABLE_VERSION);
	if (get_service(&root, ctx, err))
		return -1;
	return 0;
}

int kvip_table_read(const char *path, struct kvip_table *table,
		    struct kvip_err *err)
{
	if (kvip_documents_read(path, take_object, table, err))
		return -1;
	kvip_table_sort(table);
	return kvip_table_check(table, err);
}
