// SPDX-License-Identifier: GPL-2.0-or-later
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "create_object.h"
#include "expose_service.h"
#include "json_make.h"

static bool is_port(const char *text, int *port)
{
	return kvip_json_number(text, port) && *port >= 1 && *port <= 65535;
}

/* "80:8080", "80:http" or "80"; named after it, as kubectl names it. */
static int add_tcp(const struct kvip_create_service *options, const char *text,
		   struct json_object *ports, struct kvip_err *err)
{
	char *name = kvip_strdup(text), *target = strchr(name, ':');
	struct json_object *port;
	int number, to = 0;

	if (target)
		*target++ = '\0';
	if (!is_port(name, &number) || (target && strchr(target, ':')) ||
	    (target && !*target) ||
	    (target && kvip_json_number(target, &to) &&
	     !is_port(target, &to))) {
		free(name);
		return kvip_err_set(
			err,
			"--tcp %s: expected PORT or PORT:TARGET, with ports from 1 to 65535",
			text);
	}
	port = json_object_new_object();
	json_object_object_add(port, "port", json_object_new_int(number));
	kvip_json_set(port, "protocol", "TCP");
	if (target && !to)
		kvip_json_set(port, "targetPort", target);
	else
		json_object_object_add(port, "targetPort",
				       json_object_new_int(to ? to : number));
	if (target)
		target[-1] = '-';
	kvip_json_set(port, "name", name);
	if (options->node_port)
		json_object_object_add(port, "nodePort",
				       json_object_new_int(options->node_port));
	json_object_array_add(ports, port);
	free(name);
	return 0;
}

static int add_ports(const struct kvip_create_service *options,
		     struct json_object *spec, struct kvip_err *err)
{
	size_t i;

	for (i = 0; i < options->n_tcp; i++) {
		char *copy = kvip_strdup(options->tcp[i]), *rest = copy, *word;
		int ret = 0;

		while (!ret && (word = strsep(&rest, ",")))
			ret = add_tcp(options, word,
				      kvip_json_list(spec, "ports"), err);
		free(copy);
		if (ret)
			return ret;
	}
	return 0;
}

static int check_service(const struct kvip_create_service *options,
			 struct kvip_err *err)
{
	bool headless = options->cluster_ip &&
			!strcmp(options->cluster_ip, "None");
	bool is_name = !strcmp(options->type, "ExternalName");

	if (!headless && !options->n_tcp && !is_name)
		return kvip_err_set(
			err,
			"at least one tcp port specifier must be provided");
	if (is_name && (!options->external_name || !*options->external_name))
		return kvip_err_set(err,
				    "--external-name is missing for this type");
	return 0;
}

/* An object with what it is and how it is called. */
static struct json_object *begin(const char *version, const char *kind,
				 const char *name)
{
	struct json_object *object = json_object_new_object();
	struct json_object *meta;

	kvip_json_set(object, "apiVersion", version);
	kvip_json_set(object, "kind", kind);
	meta = kvip_json_object(object, "metadata");
	kvip_json_set(kvip_json_object(meta, "labels"), "app", name);
	kvip_json_set(meta, "name", name);
	return object;
}

struct json_object *
kvip_create_service_make(const struct kvip_create_service *options,
			 struct kvip_err *err)
{
	struct json_object *service, *spec;

	if (check_service(options, err))
		return NULL;
	service = begin("v1", "Service", options->name);
	spec = kvip_json_object(service, "spec");
	if (add_ports(options, spec, err)) {
		json_object_put(service);
		return NULL;
	}
	if (options->cluster_ip && *options->cluster_ip)
		kvip_json_set(spec, "clusterIP", options->cluster_ip);
	kvip_json_set(spec, "externalName", options->external_name);
	kvip_json_set(kvip_json_object(spec, "selector"), "app", options->name);
	kvip_json_set(spec, "type", options->type);
	kvip_json_object(kvip_json_object(service, "status"), "loadBalancer");
	return service;
}

/* Named as kubectl does it: the image's last part, without tag and digest. */
static void name_container(const struct kvip_create_deployment *options,
			   struct json_object *container)
{
	const char *from = options->image ? options->image : options->name;
	const char *slash = strrchr(from, '/');
	char *name = kvip_strdup(slash ? slash + 1 : from);

	if (options->image)
		name[strcspn(name, ":@")] = '\0';
	kvip_json_set(container, "name", name);
	free(name);
}

struct json_object *
kvip_create_deployment_make(const struct kvip_create_deployment *options,
			    struct kvip_err *err)
{
	struct json_object *labels, *made, *spec, *template, *container, *port;

	if (options->selector) {
		labels = kvip_expose_map(options->selector, err);
		if (!labels)
			return NULL;
	} else {
		labels = json_object_new_object();
		kvip_json_set(labels, "app", options->name);
	}
	made = begin("apps/v1", "Deployment", options->name);
	spec = kvip_json_object(made, "spec");
	json_object_object_add(spec, "replicas",
			       json_object_new_int(options->replicas));
	json_object_object_add(kvip_json_object(spec, "selector"),
			       "matchLabels", labels);
	kvip_json_object(spec, "strategy");
	template = kvip_json_object(spec, "template");
	json_object_object_add(kvip_json_object(template, "metadata"), "labels",
			       kvip_json_copy(labels));
	container = json_object_new_object();
	json_object_array_add(kvip_json_list(kvip_json_object(template, "spec"),
					     "containers"),
			      container);
	kvip_json_set(container, "image", options->image);
	name_container(options, container);
	kvip_json_object(container, "resources");
	if (options->port) {
		port = json_object_new_object();
		json_object_object_add(port, "containerPort",
				       json_object_new_int(options->port));
		json_object_array_add(kvip_json_list(container, "ports"), port);
	}
	kvip_json_object(made, "status");
	return made;
}
