// SPDX-License-Identifier: GPL-2.0-or-later
/* What a Service asks of the pools. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#include "alloc.h"
#include "kinds.h"
#include "lb_config.h"
#include "object.h"
#include "pool.h"

/* An annotation by our name, and by MetalLB's two. */
struct names {
	const char *of[3];
};

static const struct names pool_names = { {
	"kvip/address-pool",
	"metallb.io/address-pool",
	"metallb.universe.tf/address-pool",
} };
static const struct names wanted_names = { {
	"kvip/load-balancer-ips",
	"metallb.io/loadBalancerIPs",
	"metallb.universe.tf/loadBalancerIPs",
} };
static const struct names share_names = { {
	"kvip/allow-shared-ip",
	"metallb.io/allow-shared-ip",
	"metallb.universe.tf/allow-shared-ip",
} };

/* The first one there is, or NULL; @name: by which name. */
static const char *annotation(struct json_object *service,
			      const struct names *names, const char **name)
{
	struct json_object *all = kvip_object_member(
		kvip_object_member(service, "metadata"), "annotations");
	size_t i;

	for (i = 0; i < sizeof(names->of) / sizeof(names->of[0]); i++) {
		const char *text = kvip_object_text(all, names->of[i]);

		*name = names->of[i];
		if (text)
			return text;
	}
	return NULL;
}

static bool has_family(const struct kvip_lb_request *request, uint8_t family)
{
	unsigned int i;

	for (i = 0; i < request->n_families; i++)
		if (request->families[i] == family)
			return true;
	return false;
}

static void add_family(struct kvip_lb_request *request, uint8_t family)
{
	if (request->n_families < 2 && !has_family(request, family))
		request->families[request->n_families++] = family;
}

static void add_family_of(struct kvip_lb_request *request, const char *text)
{
	struct kvip_addr addr;

	if (text && kvip_addr_parse(text, &addr))
		add_family(request, addr.family);
}

static const char *item_text(struct json_object *list, size_t i)
{
	struct json_object *item = json_object_array_get_idx(list, i);

	return json_object_is_type(item, json_type_string) ?
		       json_object_get_string(item) :
		       NULL;
}

static size_t list_length(struct json_object *list)
{
	return json_object_is_type(list, json_type_array) ?
		       json_object_array_length(list) :
		       0;
}

/* What is no API server's may lack ipFamilies, and has its ClusterIPs to tell. */
static int read_families(struct json_object *spec,
			 struct kvip_lb_request *request, struct kvip_err *err)
{
	struct json_object *list = kvip_object_member(spec, "ipFamilies");
	const char *policy = kvip_object_text(spec, "ipFamilyPolicy");
	size_t i;

	for (i = 0; i < list_length(list); i++) {
		const char *text = item_text(list, i);

		if (text && !strcmp(text, kvip_family_text(AF_INET)))
			add_family(request, AF_INET);
		else if (text && !strcmp(text, kvip_family_text(AF_INET6)))
			add_family(request, AF_INET6);
	}
	list = request->n_families ? NULL :
				     kvip_object_member(spec, "clusterIPs");
	for (i = 0; i < list_length(list); i++)
		add_family_of(request, item_text(list, i));
	if (!request->n_families)
		add_family_of(request, kvip_object_text(spec, "clusterIP"));
	request->optional = policy && !strcmp(policy, "PreferDualStack");
	if (request->n_families)
		return 0;
	return kvip_err_set(err,
			    "spec.ipFamilies: the Service has no IP family");
}

static int add_wanted(struct kvip_lb_request *request, const char *name,
		      const char *text, struct kvip_err *err)
{
	struct kvip_addr addr;
	unsigned int i;

	if (!kvip_addr_parse(text, &addr))
		return kvip_err_set(err, "%s: \"%s\" is not an IP address",
				    name, text);
	if (!has_family(request, addr.family))
		return kvip_err_set(
			err,
			"%s: %s is an %s address, and the Service has no %s",
			name, text, kvip_family_text(addr.family),
			kvip_family_text(addr.family));
	for (i = 0; i < request->n_wanted; i++)
		if (request->wanted[i].family == addr.family)
			return kvip_err_set(err,
					    "%s: there are two %s addresses",
					    name,
					    kvip_family_text(addr.family));
	request->wanted[request->n_wanted++] = addr;
	return 0;
}

static int add_wanted_list(struct kvip_lb_request *request, const char *name,
			   const char *text, struct kvip_err *err)
{
	char *copy = kvip_strdup(text), *rest = copy, *item;
	int ret = 0;

	while (!ret && (item = strsep(&rest, ","))) {
		item += strspn(item, " \t");
		item[strcspn(item, " \t")] = '\0';
		ret = add_wanted(request, name, item, err);
	}
	free(copy);
	return ret;
}

static int read_wanted(struct json_object *service,
		       struct kvip_lb_request *request, struct kvip_err *err)
{
	static const char field[] = "spec.loadBalancerIP";
	const char *name, *text = annotation(service, &wanted_names, &name);
	const char *old = kvip_object_text(kvip_object_member(service, "spec"),
					   "loadBalancerIP");

	if (text && old)
		return kvip_err_set(
			err,
			"there are both %s and the annotation %s, of which one has to go",
			field, name);
	if (text)
		return add_wanted_list(request, name, text, err);
	return old ? add_wanted(request, field, old, err) : 0;
}

static int compare_texts(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* "app=web,tier=front" in the order of the keys; empty: NULL. */
static char *selector_text(struct json_object *selector)
{
	size_t n = 0, i, size = 1;
	const char **keys = NULL;
	char *text;

	if (!json_object_is_type(selector, json_type_object))
		return NULL;
	json_object_object_foreach(selector, key, value)
	{
		keys = kvip_grow(keys, n, sizeof(*keys));
		keys[n++] = key;
		size += strlen(key) + strlen(json_object_get_string(value)) + 2;
	}
	if (!n)
		return NULL;
	qsort(keys, n, sizeof(*keys), compare_texts);
	text = kvip_alloc(size);
	for (i = 0; i < n; i++) {
		strcat(text, i ? "," : "");
		strcat(text, keys[i]);
		strcat(text, "=");
		strcat(text, json_object_get_string(
				     kvip_object_member(selector, keys[i])));
	}
	free(keys);
	return text;
}

/*
 * A selector selects within its namespace, and endpoints that are told by hand
 * are those of one Service alone.
 */
static void read_backends(struct json_object *spec,
			  struct kvip_lb_request *request)
{
	const char *policy = kvip_object_text(spec, "externalTrafficPolicy");
	char *selector;

	if (!policy || strcmp(policy, "Local")) {
		request->backends = kvip_strdup("");
		return;
	}
	selector = selector_text(kvip_object_member(spec, "selector"));
	if (asprintf(&request->backends, "%s/%s", request->ns,
		     selector ? selector : request->name) < 0)
		abort();
	free(selector);
}

static int read_ports(struct json_object *spec, struct kvip_lb_request *request,
		      struct kvip_err *err)
{
	struct json_object *list = kvip_object_member(spec, "ports");
	size_t i;

	for (i = 0; i < list_length(list); i++) {
		struct json_object *item = json_object_array_get_idx(list, i);
		const char *proto = kvip_object_text(item, "protocol");
		int64_t port =
			json_object_get_int64(kvip_object_member(item, "port"));
		struct kvip_lb_port read = {
			.port = (uint16_t)port,
			.proto = proto ? kvip_proto_parse(proto) : IPPROTO_TCP,
		};

		if (port < 1 || port > UINT16_MAX || !read.proto)
			return kvip_err_set(
				err,
				"spec.ports[%zu] has no port that is one, or a protocol that is none",
				i);
		request->ports = kvip_grow(request->ports, request->n_ports,
					   sizeof(*request->ports));
		request->ports[request->n_ports++] = read;
	}
	return 0;
}

static bool is_ours(struct json_object *spec,
		    const struct kvip_lb_config *config)
{
	const char *type = kvip_object_text(spec, "type");
	const char *class = kvip_object_text(spec, "loadBalancerClass");

	if (!type || strcmp(type, "LoadBalancer"))
		return false;
	return class && config->class ? !strcmp(class, config->class) :
					class == config->class;
}

static char *copy_annotation(struct json_object *service,
			     const struct names *names)
{
	const char *name, *text = annotation(service, names, &name);

	return text ? kvip_strdup(text) : NULL;
}

int kvip_lb_request_read(struct json_object *service,
			 const struct kvip_lb_config *config,
			 struct kvip_lb_request *request, struct kvip_err *err)
{
	struct json_object *spec = kvip_object_member(service, "spec");

	memset(request, 0, sizeof(*request));
	if (!is_ours(spec, config))
		return 0;
	request->ns = kvip_strdup(kvip_object_ns(service));
	request->name = kvip_strdup(kvip_object_name(service));
	request->pool = copy_annotation(service, &pool_names);
	request->share = copy_annotation(service, &share_names);
	read_backends(spec, request);
	if (read_families(spec, request, err) ||
	    read_wanted(service, request, err) ||
	    read_ports(spec, request, err))
		return -1;
	return 1;
}

void kvip_lb_request_free(struct kvip_lb_request *request)
{
	free(request->ns);
	free(request->name);
	free(request->pool);
	free(request->share);
	free(request->backends);
	free(request->ports);
	memset(request, 0, sizeof(*request));
}
