// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#include "addr.h"
#include "alloc.h"
#include "document.h"
#include "duration.h"
#include "field.h"
#include "kube_proxy_config.h"

#define API_VERSION "kubeproxy.config.k8s.io/v1alpha1"
#define KIND "KubeProxyConfiguration"

/* The first one of each is kube-proxy's default. */
enum mode {
	MODE_IPTABLES,
	MODE_IPVS,
	MODE_NFTABLES,
};

static const char *const modes[] = { "iptables", "ipvs", "nftables", NULL };

enum detector {
	DETECT_CLUSTER,
	DETECT_NODE,
	DETECT_BRIDGE,
	DETECT_PREFIX,
};

static const char *const detectors[] = { "ClusterCIDR", "NodeCIDR",
					 "BridgeInterface",
					 "InterfaceNamePrefix", NULL };

/* What a reader has at hand. */
struct reading {
	const struct kvip_field *root;
	struct kvip_kube_proxy_config *config;
	enum mode mode;
	struct kvip_err *err;
};

static void add(struct reading *reading, const char *key, const char *value,
		const char *field, bool implied)
{
	struct kvip_kube_proxy_config *config = reading->config;
	struct kvip_kube_proxy_value *told;

	config->values = kvip_grow(config->values, config->n_values,
				   sizeof(*config->values));
	told = &config->values[config->n_values++];
	told->key = key;
	told->value = kvip_strdup(value);
	told->field = field;
	told->implied = implied;
}

static bool has(const struct reading *reading, const char *key)
{
	size_t i;

	for (i = 0; i < reading->config->n_values; i++)
		if (!strcmp(reading->config->values[i].key, key))
			return true;
	return false;
}

typedef int (*visit_fn)(struct reading *reading, const struct kvip_field *field,
			const void *arg);

/* Go down a dotted path and look at what is there, or absent. */
static int visit(struct reading *reading, const struct kvip_field *parent,
		 const char *path, visit_fn fn, const void *arg)
{
	const char *dot = strchr(path, '.');
	struct kvip_field field;
	char name[32];

	if (!dot) {
		field = kvip_field_member(parent, path);
		return fn(reading, &field, arg);
	}
	snprintf(name, sizeof(name), "%.*s", (int)(dot - path), path);
	if (kvip_field_object(parent, name, &field, reading->err))
		return -1;
	return visit(reading, &field, dot + 1, fn, arg);
}

/* A field that is a key's value, unless it is empty. */
struct mapping {
	const char *field;
	const char *key;
};

static int take_text(struct reading *reading, const struct kvip_field *field,
		     const void *arg)
{
	const struct mapping *mapping = arg;
	const char *text;

	if (kvip_field_text(field, &text, reading->err))
		return -1;
	if (text && *text)
		add(reading, mapping->key, text, mapping->field, false);
	return 0;
}

/* Zero is kube-proxy's word for its default, which is not kvip's. */
static int take_period(struct reading *reading, const struct kvip_field *field,
		       const void *arg)
{
	const struct mapping *mapping = arg;
	const char *text;
	double seconds;

	if (kvip_field_text(field, &text, reading->err))
		return -1;
	if (!text)
		return 0;
	if (!kvip_duration_parse(text, &seconds))
		return kvip_field_expected(field, "a duration such as 1m30s",
					   reading->err);
	/* two sections may tell the same, the first one counts */
	if (seconds > 0 && !has(reading, mapping->key))
		add(reading, mapping->key, text, mapping->field, false);
	return 0;
}

static int take_yes(struct reading *reading, const struct kvip_field *field,
		    const void *arg)
{
	const struct mapping *mapping = arg;
	bool told, value;

	if (kvip_field_bool(field, &told, &value, reading->err))
		return -1;
	if (value && !has(reading, mapping->key))
		add(reading, mapping->key, "yes", mapping->field, false);
	return 0;
}

static int take(struct reading *reading, visit_fn fn,
		const struct mapping *mapping)
{
	return visit(reading, reading->root, mapping->field, fn, mapping);
}

static int take_mode(struct reading *reading)
{
	struct kvip_field field = kvip_field_member(reading->root, "mode");
	unsigned int mode;

	if (kvip_field_choice(&field, modes, &mode, reading->err))
		return -1;
	reading->mode = mode;
	reading->config->mode = modes[mode];
	return 0;
}

/* Those of the mode, and those above all modes. */
static int take_mode_fields(struct reading *reading)
{
	static const struct mapping periods[][2] = {
		[MODE_IPTABLES] = {
			{ "iptables.syncPeriod", "sync-period" },
			{ "iptables.minSyncPeriod", "min-sync-period" },
		},
		[MODE_IPVS] = {
			{ "ipvs.syncPeriod", "sync-period" },
			{ "ipvs.minSyncPeriod", "min-sync-period" },
		},
		[MODE_NFTABLES] = {
			{ "nftables.syncPeriod", "sync-period" },
			{ "nftables.minSyncPeriod", "min-sync-period" },
		},
	};
	static const struct mapping all_modes[] = {
		{ "syncPeriod", "sync-period" },
		{ "minSyncPeriod", "min-sync-period" },
	};
	/* IPVS has that of iptables, which it works with */
	const struct mapping masquerade = {
		reading->mode == MODE_NFTABLES ? "nftables.masqueradeAll" :
						 "iptables.masqueradeAll",
		"masquerade-all",
	};
	static const struct mapping linux_masquerade = { "linux.masqueradeAll",
							 "masquerade-all" };
	int i;

	for (i = 0; i < 2; i++)
		if (take(reading, take_period, &periods[reading->mode][i]) ||
		    take(reading, take_period, &all_modes[i]))
			return -1;
	return take(reading, take_yes, &masquerade) ||
	       take(reading, take_yes, &linux_masquerade);
}

static int take_addresses(struct reading *reading)
{
	static const struct mapping mappings[] = {
		{ "clientConnection.kubeconfig", "kubeconfig" },
		{ "hostnameOverride", "node-name" },
		{ "healthzBindAddress", "healthz-bind-address" },
		{ "metricsBindAddress", "metrics-bind-address" },
	};
	struct kvip_field field;
	struct kvip_addr addr;
	const char *text;
	size_t i;

	for (i = 0; i < sizeof(mappings) / sizeof(mappings[0]); i++)
		if (take(reading, take_text, &mappings[i]))
			return -1;

	field = kvip_field_member(reading->root, "bindAddress");
	if (kvip_field_text(&field, &text, reading->err))
		return -1;
	if (!text || !*text)
		return 0;
	if (!kvip_addr_parse(text, &addr))
		return kvip_field_expected(&field, "an IP address",
					   reading->err);
	/* nothing is bound to it, but its family is that of the metrics */
	if (addr.family == AF_INET6 && !has(reading, "metrics-bind-address"))
		add(reading, "metrics-bind-address", "[::1]:10249",
		    "bindAddress", true);
	return 0;
}

/* The name that a detector needs. */
static int take_device(struct reading *reading, const struct kvip_field *field,
		       const void *arg)
{
	const char *text;

	if (kvip_field_text(field, &text, reading->err))
		return -1;
	if (!text || !*text)
		return kvip_field_fail(
			field, reading->err,
			"it is empty, but detectLocalMode asks for it");
	return take_text(reading, field, arg);
}

/* Strings of a list, with commas between them; free() it. */
static int join(const struct kvip_field *list, uint32_t n, char **text,
		struct kvip_err *err)
{
	size_t size;
	FILE *to = open_memstream(text, &size);
	uint32_t i;
	int ret = 0;

	for (i = 0; to && !ret && i < n; i++) {
		struct kvip_field field = kvip_field_element(list, i);
		const char *item;

		ret = kvip_field_text(&field, &item, err);
		if (!ret && !item)
			ret = kvip_field_expected(&field, "a string", err);
		if (!ret)
			fprintf(to, "%s%s", i ? "," : "", item);
	}
	if (!to || fclose(to))
		return kvip_err_set(err, "out of memory");
	if (ret)
		free(*text);
	return ret;
}

static int take_list(struct reading *reading, const struct kvip_field *field,
		     const void *arg)
{
	const struct mapping *mapping = arg;
	struct kvip_field list;
	uint32_t n;
	char *text;

	if (kvip_field_list(field->parent, field->name, &list, &n,
			    reading->err))
		return -1;
	if (!n || has(reading, mapping->key))
		return 0;
	if (join(&list, n, &text, reading->err))
		return -1;
	add(reading, mapping->key, text, mapping->field, false);
	free(text);
	return 0;
}

static int take_detector(struct reading *reading)
{
	static const struct mapping cluster = { "clusterCIDR",
						"cluster-cidrs" };
	static const struct mapping clusters = { "detectLocal.clusterCIDRs",
						 "cluster-cidrs" };
	static const struct mapping bridge = { "detectLocal.bridgeInterface",
					       "pod-bridge" };
	static const struct mapping prefix = {
		"detectLocal.interfaceNamePrefix", "pod-interface-prefix"
	};
	struct kvip_field field =
		kvip_field_member(reading->root, "detectLocalMode");
	unsigned int detector;

	if (kvip_field_choice(&field, detectors, &detector, reading->err))
		return -1;
	switch ((enum detector)detector) {
	case DETECT_NODE:
		add(reading, "node-cidrs", "yes", "detectLocalMode", false);
		return 0;
	case DETECT_BRIDGE:
		return take(reading, take_device, &bridge);
	case DETECT_PREFIX:
		return take(reading, take_device, &prefix);
	case DETECT_CLUSTER:
		break;
	}
	return take(reading, take_text, &cluster) ||
	       take(reading, take_list, &clusters);
}

/* What nodePortAddresses names. */
struct node_ports {
	bool primary;
	bool all;
	bool blocks;
	bool loopback; /* 127.0.0.1 is among them */
	bool localhost; /* by its keyword */
	char *text;
};

static bool is_loopback(const struct kvip_prefix *block)
{
	struct kvip_addr addr = { .family = AF_INET };

	addr.v4.s_addr = htonl(INADDR_LOOPBACK);
	return kvip_prefix_contains(block, &addr);
}

static int look_at_item(struct reading *reading, const struct kvip_field *item,
			struct node_ports *ports, FILE *to)
{
	struct kvip_prefix block;
	const char *text;

	if (kvip_field_text(item, &text, reading->err))
		return -1;
	if (text && !strcmp(text, "primary")) {
		ports->primary = true;
	} else if (text && !strcmp(text, "all")) {
		ports->all = true;
		ports->loopback = true;
	} else if (text && !strcmp(text, "localhost")) {
		ports->localhost = true;
		ports->loopback = true;
	} else {
		if (kvip_field_prefix(item, &block, reading->err))
			return -1;
		ports->loopback = ports->loopback || is_loopback(&block);
		fprintf(to, "%s%s", ports->blocks ? "," : "", text);
		ports->blocks = true;
	}
	return 0;
}

static int look_at_items(struct reading *reading, const struct kvip_field *list,
			 uint32_t n, struct node_ports *ports)
{
	size_t size;
	FILE *to = open_memstream(&ports->text, &size);
	uint32_t i;
	int ret = 0;

	for (i = 0; to && !ret && i < n; i++) {
		struct kvip_field item = kvip_field_element(list, i);

		ret = look_at_item(reading, &item, ports, to);
	}
	if (!to || fclose(to))
		return kvip_err_set(reading->err, "out of memory");
	if (!ret && ports->primary && ports->blocks && !ports->all)
		ret = kvip_field_fail(
			list, reading->err,
			"kvip has either primary or address blocks, not both");
	if (ret)
		free(ports->text);
	return ret;
}

/*
 * Whether 127.0.0.1 has node ports: in iptables mode it does unless it is told
 * otherwise, as far as the list has it; in the others, if its keyword is there.
 */
static int take_localhost(struct reading *reading,
			  const struct node_ports *ports)
{
	static const char key[] = "localhost-nodeports";
	static const char path[] = "iptables.localhostNodePorts";
	struct kvip_field iptables, field;
	bool told, value;

	if (reading->mode != MODE_IPTABLES) {
		if (ports->localhost)
			add(reading, key, "yes", "nodePortAddresses", false);
		return 0;
	}
	if (kvip_field_object(reading->root, "iptables", &iptables,
			      reading->err))
		return -1;
	field = kvip_field_member(&iptables, "localhostNodePorts");
	if (kvip_field_bool(&field, &told, &value, reading->err))
		return -1;
	if (told)
		add(reading, key, value && ports->loopback ? "yes" : "no", path,
		    false);
	else if (ports->loopback)
		add(reading, key, "yes", path, true);
	return 0;
}

static int take_node_ports(struct reading *reading)
{
	static const char path[] = "nodePortAddresses";
	struct node_ports ports = {};
	struct kvip_field list;
	const char *value;
	uint32_t n;

	if (kvip_field_list(reading->root, path, &list, &n, reading->err))
		return -1;
	if (!n) {
		ports.loopback = reading->mode != MODE_NFTABLES;
		add(reading, "nodeport-addresses",
		    ports.loopback ? "all" : "primary", path, true);
		return take_localhost(reading, &ports);
	}
	if (look_at_items(reading, &list, n, &ports))
		return -1;
	if (ports.all)
		value = "all";
	else if (ports.primary)
		value = "primary";
	else
		value = ports.blocks ? ports.text : "none";
	add(reading, "nodeport-addresses", value, path, false);
	free(ports.text);
	return take_localhost(reading, &ports);
}

static int convert(struct json_object *object,
		   struct kvip_kube_proxy_config *config, struct kvip_err *err)
{
	const struct kvip_field root = { .value = object };
	struct reading reading = { &root, config, MODE_IPTABLES, err };
	struct kvip_field version = kvip_field_member(&root, "apiVersion");
	const char *text;

	if (kvip_field_text(&version, &text, err))
		return -1;
	if (!text || strcmp(text, API_VERSION))
		return kvip_field_expected(&version, API_VERSION, err);
	if (take_mode(&reading) || take_addresses(&reading) ||
	    take_mode_fields(&reading) || take_detector(&reading) ||
	    take_node_ports(&reading))
		return -1;
	kvip_kube_proxy_fields_ignored(object, config);
	return 0;
}

/* What a path was found to hold. */
struct found {
	struct kvip_kube_proxy_config *config;
	const char *map; /* "FILE:LINE: " of the ConfigMap around it, or NULL */
	bool any;
};

static int take_object(struct json_object *object,
		       const struct kvip_origin *origin, void *ctx,
		       struct kvip_err *err);

/* The text of a ConfigMap's data that is one, if one is. */
static int take_config_map(struct json_object *object,
			   const struct kvip_origin *origin,
			   struct found *found, struct kvip_err *err)
{
	static const char *const names[] = { "config.conf", "config" };
	const struct kvip_field root = { .value = object };
	struct kvip_field data, field;
	char name[32], map[256];
	const char *text;
	size_t i;
	int ret;

	if (kvip_field_object(&root, "data", &data, err))
		return -1;
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		field = kvip_field_member(&data, names[i]);
		if (kvip_field_text(&field, &text, err))
			return -1;
		if (!text || !strstr(text, KIND))
			continue;
		snprintf(name, sizeof(name), "data.%s", names[i]);
		snprintf(map, sizeof(map), "%s:%lu: ", origin->file,
			 origin->line);
		found->map = map;
		ret = kvip_document_parse(name, text, strlen(text), take_object,
					  found, err);
		found->map = NULL;
		return ret;
	}
	return 0;
}

static int take_object(struct json_object *object,
		       const struct kvip_origin *origin, void *ctx,
		       struct kvip_err *err)
{
	const struct kvip_field root = { .value = object };
	struct kvip_field field = kvip_field_member(&root, "kind");
	struct found *found = ctx;
	char where[512];
	const char *kind;

	if (kvip_field_text(&field, &kind, err))
		return -1;
	if (!kind || strcmp(kind, KIND)) {
		if (kind && !strcmp(kind, "ConfigMap") && !found->map)
			return take_config_map(object, origin, found, err);
		return 0;
	}
	if (found->any)
		return kvip_err_set(err, "this is the second %s", KIND);
	found->any = true;
	snprintf(where, sizeof(where), "%s%s:%lu", found->map ? found->map : "",
		 origin->file, origin->line);
	found->config->origin = kvip_strdup(where);
	return convert(object, found->config, err);
}

int kvip_kube_proxy_config_read(const char *path,
				struct kvip_kube_proxy_config *config,
				struct kvip_err *err)
{
	struct found found = { .config = config };
	int ret;

	memset(config, 0, sizeof(*config));
	ret = kvip_documents_read(path, take_object, &found, err);
	if (!ret && !found.any)
		ret = kvip_err_set(err, "%s: there is no %s in it", path, KIND);
	if (ret)
		kvip_kube_proxy_config_free(config);
	return ret;
}

void kvip_kube_proxy_config_free(struct kvip_kube_proxy_config *config)
{
	size_t i;

	for (i = 0; i < config->n_values; i++)
		free(config->values[i].value);
	for (i = 0; i < config->n_ignored; i++)
		free(config->ignored[i].field);
	free(config->values);
	free(config->ignored);
	free(config->origin);
	memset(config, 0, sizeof(*config));
}
