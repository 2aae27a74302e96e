// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "dns_name.h"
#include "kinds.h"
#include "object.h"

const struct kvip_kind_info kvip_kinds[KVIP_KINDS] = {
	[KVIP_KIND_SERVICE] = { "Service", "v1", "/api/v1", "services",
				"service", "", true },
	[KVIP_KIND_ENDPOINT_SLICE] = { "EndpointSlice", "discovery.k8s.io/v1",
				       "/apis/discovery.k8s.io/v1",
				       "endpointslices", "endpointslice",
				       "discovery.k8s.io", true },
	[KVIP_KIND_POD] = { "Pod", "v1", "/api/v1", "pods", "pod", "", true },
	[KVIP_KIND_DEPLOYMENT] = { "Deployment", "apps/v1", "/apis/apps/v1",
				   "deployments", "deployment", "apps", true },
	[KVIP_KIND_NODE] = { "Node", "v1", "/api/v1", "nodes", "node", "",
			     false },
};

static const struct {
	const char *word;
	enum kvip_kind kind;
} shorts[] = {
	{ "svc", KVIP_KIND_SERVICE },
	{ "po", KVIP_KIND_POD },
	{ "deploy", KVIP_KIND_DEPLOYMENT },
	{ "no", KVIP_KIND_NODE },
};

static bool names(const struct kvip_kind_info *info, const char *word)
{
	const char *dot = strchr(word, '.');
	size_t len = dot ? (size_t)(dot - word) : strlen(word);

	if (dot && strcasecmp(dot + 1, info->group))
		return false;
	return (strlen(info->plural) == len &&
		!strncasecmp(word, info->plural, len)) ||
	       (strlen(info->singular) == len &&
		!strncasecmp(word, info->singular, len));
}

bool kvip_kind_find(const char *word, enum kvip_kind *kind)
{
	size_t i;

	for (i = 0; i < KVIP_KINDS; i++) {
		if (!names(&kvip_kinds[i], word))
			continue;
		*kind = i;
		return true;
	}
	for (i = 0; i < sizeof(shorts) / sizeof(shorts[0]); i++) {
		if (strcasecmp(word, shorts[i].word))
			continue;
		*kind = shorts[i].kind;
		return true;
	}
	return false;
}

int kvip_kind_of(struct json_object *object, enum kvip_kind *kind,
		 struct kvip_err *err)
{
	const char *name = kvip_object_text(object, "kind");
	const char *version = kvip_object_text(object, "apiVersion");
	size_t i;

	if (!name || !version)
		return kvip_err_set(err,
				    "an object has no kind or no apiVersion");
	for (i = 0; i < KVIP_KINDS; i++) {
		if (strcmp(name, kvip_kinds[i].name) ||
		    strcmp(version, kvip_kinds[i].api_version))
			continue;
		*kind = i;
		return 0;
	}
	return kvip_err_set(err, "kind %s of %s is not one that kvip keeps",
			    name, version);
}

char *kvip_kind_path(enum kvip_kind kind, const char *ns, const char *name,
		     char path[KVIP_KIND_PATH_LEN])
{
	const struct kvip_kind_info *info = &kvip_kinds[kind];
	bool within = ns && info->namespaced;

	snprintf(path, KVIP_KIND_PATH_LEN, "%s%s%s/%s%s%s", info->group_path,
		 within ? "/namespaces/" : "", within ? ns : "", info->plural,
		 name ? "/" : "", name ? name : "");
	return path;
}

int kvip_name_check(enum kvip_kind kind, const char *name, struct kvip_err *err)
{
	const char *fault;

	if (!*name)
		return kvip_err_set(
			err,
			"metadata.name: Required value: name or generateName is required");
	fault = kind == KVIP_KIND_SERVICE ? kvip_dns_label_fault(name) :
					    kvip_dns_subdomain_fault(name);
	if (!fault)
		return 0;
	return kvip_err_set(err, "metadata.name: Invalid value: \"%s\": %s",
			    name, fault);
}

int kvip_namespace_check(const char *ns, struct kvip_err *err)
{
	const char *fault = kvip_dns_label_fault(ns);

	if (!fault)
		return 0;
	return kvip_err_set(err, "namespace: Invalid value: \"%s\": %s", ns,
			    fault);
}

static const char *meta(struct json_object *object, const char *name)
{
	const char *text =
		kvip_object_text(kvip_object_member(object, "metadata"), name);

	return text ? text : "";
}

const char *kvip_object_name(struct json_object *object)
{
	return meta(object, "name");
}

const char *kvip_object_ns(struct json_object *object)
{
	return meta(object, "namespace");
}
