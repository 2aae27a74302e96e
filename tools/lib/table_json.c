// SPDX-License-Identifier: GPL-2.0-or-later
#include <json-c/json.h>
#include <string.h>

#include <linux/kvip.h>

#include "alloc.h"
#include "config.h"
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

struct named_flag {
	const char *name;
	uint32_t flag;
};

/* The members of a service that are flags, in the order of output. */
static const struct named_flag service_flags[] = {
	{ "hasAny", KVIP_SERVICE_F_HAS_ANY },
	{ "internalLocal", KVIP_SERVICE_F_INTERNAL_LOCAL },
	{ "externalLocal", KVIP_SERVICE_F_EXTERNAL_LOCAL },
	{ "topologyNode", KVIP_SERVICE_F_TOPOLOGY_NODE },
	{ "topologyZone", KVIP_SERVICE_F_TOPOLOGY_ZONE },
	{ "clusterFallback", KVIP_SERVICE_F_CLUSTER_FALLBACK },
	{ "localFallback", KVIP_SERVICE_F_LOCAL_FALLBACK },
};

#define N_SERVICE_FLAGS (sizeof(service_flags) / sizeof(service_flags[0]))

/* The members of a backend that are flags, in the order of output. */
static const struct named_flag backend_flags[] = {
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

static void add_number(struct json_object *to, const char *name,
		       uint64_t number)
{
	json_object_object_add(to, name, json_object_new_uint64(number));
}

static void add_flags(struct json_object *to, const struct named_flag *names,
		      size_t n, uint32_t flags)
{
	size_t i;

	for (i = 0; i < n; i++)
		json_object_object_add(
			to, names[i].name,
			json_object_new_boolean(!!(flags & names[i].flag)));
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

	add_addr_port(json, &backend->addr, backend->port);
	if (backend->node)
		add_text(json, "node", backend->node);
	add_flags(json, backend_flags, N_BACKEND_FLAGS, backend->flags);
	if (counters)
		add_number(json, "connections", backend->conns);
	return json;
}

static void add_options(struct json_object *json,
			const struct kvip_service *service)
{
	struct json_object *list;
	char text[KVIP_PREFIX_LEN];
	size_t i;

	add_text(json, "algorithm", kvip_algorithm_text(service->algorithm));
	add_flags(json, service_flags, N_SERVICE_FLAGS, service->flags);
	add_number(json, "affinitySeconds", service->affinity);
	if (service->affinity_group)
		add_text(json, "affinityGroup", service->affinity_group);
	list = json_object_new_array_ext((int)service->n_ranges);
	for (i = 0; i < service->n_ranges; i++)
		json_object_array_add(list,
				      json_object_new_string(kvip_prefix_text(
					      &service->ranges[i], text)));
	json_object_object_add(json, "sourceRanges", list);
}

struct json_object *kvip_service_json(const struct kvip_service *service,
				      bool counters)
{
	struct json_object *json = json_object_new_object(), *list;
	size_t i;

	add_text(json, "name", service->name);
	add_text(json, "family", kvip_family_text(service->family));
	add_text(json, "protocol", kvip_proto_text(service->proto));
	add_options(json, service);
	if (counters) {
		add_number(json, "connections", service->conns);
		add_number(json, "rejects", service->rejects);
		add_number(json, "dropsNoLocal", service->drops_no_local);
		add_number(json, "dropsSourceRanges", service->drops_ranges);
	}

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

static int get_flags(const struct kvip_field *parent,
		     const struct named_flag *names, size_t n, uint32_t *flags,
		     struct kvip_err *err)
{
	size_t i;

	for (i = 0; i < n; i++) {
		struct kvip_field field;
		bool told, value = false;

		field = kvip_field_member(parent, names[i].name);
		if (kvip_field_bool(&field, &told, &value, err))
			return -1;
		if (told && value)
			*flags |= names[i].flag;
	}
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

	if (kvip_field_need_object(item, err) ||
	    get_addr_port(item, service->family, &backend->addr, &backend->port,
			  err) ||
	    kvip_field_text(&field, &node, err))
		return -1;
	if (node)
		backend->node = kvip_table_string(table, node);
	return get_flags(item, backend_flags, N_BACKEND_FLAGS, &backend->flags,
			 err);
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

static int get_affinity(const struct kvip_field *root,
			struct kvip_service *service, struct kvip_err *err)
{
	struct kvip_field field = kvip_field_member(root, "affinitySeconds");
	int64_t seconds = 0;
	const char *group;

	if (kvip_field_number(&field, 0, KVIP_AFFINITY_SECONDS_MAX, &seconds,
			      err))
		return -1;
	service->affinity = (uint32_t)seconds;
	field = kvip_field_member(root, "affinityGroup");
	if (!field.value)
		return 0;
	if (get_text(root, "affinityGroup", &group, err))
		return -1;
	if (!seconds)
		return kvip_field_fail(
			&field, err,
			"a group is of no use without affinitySeconds");
	if (strlen(group) > KVIP_NAME_MAX)
		return kvip_field_fail(&field, err,
				       "a group's name has at most %d bytes",
				       KVIP_NAME_MAX);
	service->affinity_group = kvip_strdup(group);
	return 0;
}

static int get_ranges(const struct kvip_field *root,
		      struct kvip_service *service, struct kvip_err *err)
{
	struct kvip_field list;
	uint32_t i, n;

	if (kvip_field_list(root, "sourceRanges", &list, &n, err))
		return -1;
	for (i = 0; i < n; i++) {
		struct kvip_prefix *range = kvip_service_add_range(service);
		struct kvip_field item = kvip_field_element(&list, i);

		if (kvip_field_prefix(&item, range, err))
			return -1;
		if (range->addr.family != service->family)
			return kvip_field_fail(
				&item, err, "the service's family is %s",
				kvip_family_text(service->family));
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
	if (get_flags(root, service_flags, N_SERVICE_FLAGS, &service->flags,
		      err) ||
	    get_affinity(root, service, err) || get_ranges(root, service, err))
		return -1;
	return get_lists(root, table, service, err);
}

/* What a file is read into. */
struct saved {
	struct kvip_table *table;
	struct kvip_config *config;
	bool has_config;
};

static int take_object(struct json_object *object,
		       const struct kvip_origin *origin, void *ctx,
		       struct kvip_err *err)
{
	const struct kvip_field root = { .value = object };
	struct saved *saved = ctx;
	const char *kind, *version;

	(void)origin;
	if (get_text(&root, "kind", &kind, err) ||
	    get_text(&root, "apiVersion", &version, err))
		return -1;
	if (!strcmp(kind, KVIP_TABLE_KIND))
		return kvip_err_set(err, "a %s has a list of items", kind);
	if (strcmp(kind, ITEM_KIND))
		return kvip_err_set(err,
				    "kind %s is not what kvip save writes (%s)",
				    kind, KVIP_TABLE_KIND);
	if (strcmp(version, KVIP_TABLE_VERSION))
		return kvip_err_set(
			err, "apiVersion %s is not known to this kvip (%s)",
			version, KVIP_TABLE_VERSION);
	if (get_service(&root, saved->table, err))
		return -1;
	return 0;
}

/* What a file tells besides services. */
static int take_list(struct json_object *list, void *ctx, struct kvip_err *err)
{
	const struct kvip_field root = { .value = list };
	struct kvip_field field = kvip_field_member(&root, "config");
	struct saved *saved = ctx;

	if (!field.value)
		return 0;
	if (saved->has_config)
		return kvip_field_fail(&field, err,
				       "there is a configuration already");
	saved->has_config = true;
	return kvip_config_from_json(&field, saved->config, err);
}

int kvip_saved_read(const char *path, struct kvip_table *table,
		    struct kvip_config *config, bool *has_config,
		    struct kvip_err *err)
{
	struct saved saved = { .table = table, .config = config };

	if (kvip_documents_read_lists(path, take_object, take_list, &saved,
				      err))
		return -1;
	*has_config = saved.has_config;
	kvip_table_sort(table);
	return kvip_table_check(table, err);
}
