// SPDX-License-Identifier: GPL-2.0-or-later
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "access.h"
#include "alloc.h"
#include "change.h"
#include "create_object.h"
#include "json_make.h"
#include "manifest.h"

struct create {
	struct kvip_change change;
	struct kvip_manifest manifest;
	struct kvip_create_service service;
	struct kvip_create_deployment deployment;
	bool has_files;
	bool has_service_options;
	bool has_deployment_options;
	struct json_object *made; /* of options; else of files */
	enum kvip_kind kind;
};

static int create_object(struct create *create, struct kvip_access *access,
			 enum kvip_kind kind, struct json_object *object,
			 struct kvip_err *err)
{
	bool server = create->change.dry_run == KVIP_DRY_RUN_SERVER;
	struct json_object *result;

	if (create->change.dry_run == KVIP_DRY_RUN_CLIENT) {
		kvip_change_say(&create->change, kind, object, "created", NULL);
		return 0;
	}
	if (kvip_access_create(access, kind, object, server, &result, err))
		return -1;
	kvip_change_say(&create->change, kind, result, "created", NULL);
	json_object_put(result);
	return 0;
}

/* Each of the files; what is wrong with one keeps no other waiting. */
static void create_files(struct create *create, struct kvip_access *access)
{
	struct kvip_err err;
	size_t i;

	for (i = 0; i < create->manifest.n; i++) {
		struct kvip_manifest_item *item = &create->manifest.items[i];

		if (!create_object(create, access, item->kind, item->object,
				   &err))
			continue;
		kvip_manifest_blame(item, &err);
		kvip_change_refuse(&create->change, &err);
	}
}

static int run_create(struct create *create)
{
	struct kvip_change *change = &create->change;
	bool writes = change->dry_run != KVIP_DRY_RUN_CLIENT;
	const char *told = change->access.ns;
	struct kvip_access *access;
	struct kvip_err err;

	access = kvip_access_open(&change->access, kvip_change_flags(change),
				  &err);
	if (!access)
		return kvip_change_refuse(change, &err);
	if (!create->made) {
		if (kvip_manifest_within(&create->manifest, told,
					 kvip_access_ns(access), &err))
			kvip_change_refuse(change, &err);
		else
			create_files(create, access);
		return kvip_change_close(change, access);
	}
	/* kubectl names the namespace only where it was told */
	if (!told && writes)
		told = kvip_access_ns(access);
	kvip_json_set(kvip_json_object(create->made, "metadata"), "namespace",
		      told);
	if (create_object(create, access, create->kind, create->made, &err))
		kvip_change_refuse(change, &err);
	return kvip_change_close(change, access);
}

static const char *service_type(const char *word)
{
	static const struct {
		const char *word;
		const char *type;
	} types[] = {
		{ "clusterip", "ClusterIP" },
		{ "nodeport", "NodePort" },
		{ "loadbalancer", "LoadBalancer" },
		{ "externalname", "ExternalName" },
	};
	size_t i;

	for (i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (!strcmp(word, types[i].word))
			return types[i].type;
	return NULL;
}

static int make_service(struct create *create, char **words, int n)
{
	struct kvip_create_service *options = &create->service;
	struct kvip_change *change = &create->change;
	struct kvip_err err;

	if (create->has_deployment_options)
		return kvip_change_usage(
			change,
			"create: --image, --port, --replicas and --selector are for a deployment");
	if (!n)
		return kvip_change_usage(
			change,
			"create service: clusterip, nodeport, loadbalancer or externalname?");
	options->type = service_type(words[0]);
	if (!options->type)
		return kvip_change_usage(
			change,
			"create service: clusterip, nodeport, loadbalancer or externalname, not \"%s\"",
			words[0]);
	if (n != 2)
		return kvip_change_usage(
			change,
			"create service %s: exactly one NAME is required, got %d",
			words[0], n - 1);
	if (options->external_name && strcmp(words[0], "externalname"))
		return kvip_change_usage(
			change,
			"create service %s: --external-name is for externalname",
			words[0]);
	if (options->cluster_ip && strcmp(words[0], "clusterip"))
		return kvip_change_usage(
			change,
			"create service %s: --clusterip is for clusterip",
			words[0]);
	if (options->node_port && strcmp(words[0], "nodeport"))
		return kvip_change_usage(
			change,
			"create service %s: --node-port is for nodeport",
			words[0]);
	options->name = words[1];
	create->kind = KVIP_KIND_SERVICE;
	create->made = kvip_create_service_make(options, &err);
	return create->made ? 0 : kvip_change_refuse(change, &err);
}

static int make_deployment(struct create *create, char **words, int n)
{
	struct kvip_change *change = &create->change;
	struct kvip_err err;

	if (create->has_service_options)
		return kvip_change_usage(
			change,
			"create: --tcp, --clusterip, --node-port and --external-name are for a service");
	if (n != 1)
		return kvip_change_usage(
			change,
			"create deployment: exactly one NAME is required, got %d",
			n);
	create->deployment.name = words[0];
	create->kind = KVIP_KIND_DEPLOYMENT;
	create->made = kvip_create_deployment_make(&create->deployment, &err);
	return create->made ? 0 : kvip_change_refuse(change, &err);
}

/* What getopt_long() left. */
static int check(struct create *create, char **words, int n)
{
	struct kvip_change *change = &create->change;
	struct kvip_err err;

	if (create->has_files) {
		if (n || create->has_service_options ||
		    create->has_deployment_options)
			return kvip_change_usage(
				change,
				"create: with -f, files say all that there is to say");
		if (create->manifest.n)
			return 0;
		kvip_err_set(&err, "no objects passed to create");
		return kvip_change_refuse(change, &err);
	}
	if (!n)
		return kvip_change_usage(
			change,
			"create: what? -f FILE, service TYPE NAME, or deployment NAME");
	if (!strcmp(words[0], "service") || !strcmp(words[0], "svc"))
		return make_service(create, words + 1, n - 1);
	if (!strcmp(words[0], "deployment") || !strcmp(words[0], "deploy"))
		return make_deployment(create, words + 1, n - 1);
	return kvip_change_usage(
		change, "create: service or deployment, not \"%s\"", words[0]);
}

static int number_option(struct create *create, const char *name, int min,
			 int max, int *number)
{
	if (kvip_json_number(optarg, number) && *number >= min &&
	    *number <= max)
		return 0;
	return kvip_change_usage(&create->change,
				 "create: %s %s: expected %d to %d", name,
				 optarg, min, max);
}

enum {
	OPT_TCP = KVIP_CHANGE_OPT_END,
	OPT_CLUSTER_IP,
	OPT_NODE_PORT,
	OPT_EXTERNAL_NAME,
	OPT_IMAGE,
	OPT_PORT,
	OPT_REPLICAS,
	OPT_SELECTOR,
};

static int service_option(struct create *create, int option)
{
	struct kvip_create_service *service = &create->service;

	create->has_service_options = true;
	switch (option) {
	case OPT_TCP:
		service->tcp = kvip_grow(service->tcp, service->n_tcp,
					 sizeof(*service->tcp));
		service->tcp[service->n_tcp++] = optarg;
		return 0;
	case OPT_CLUSTER_IP:
		service->cluster_ip = optarg;
		return 0;
	case OPT_EXTERNAL_NAME:
		service->external_name = optarg;
		return 0;
	default:
		return number_option(create, "--node-port", 1, 65535,
				     &service->node_port);
	}
}

static int deployment_option(struct create *create, int option)
{
	struct kvip_create_deployment *deployment = &create->deployment;

	create->has_deployment_options = true;
	switch (option) {
	case OPT_IMAGE:
		deployment->image = optarg;
		return 0;
	case OPT_SELECTOR:
		deployment->selector = optarg;
		return 0;
	case OPT_PORT:
		return number_option(create, "--port", 1, 65535,
				     &deployment->port);
	default:
		return number_option(create, "--replicas", 0, 1000000,
				     &deployment->replicas);
	}
}

static int take_option(struct create *create, int option,
		       struct kvip_options *options)
{
	struct kvip_err err;

	switch (option) {
	case 'f':
		create->has_files = true;
		if (kvip_manifest_read(&create->manifest, optarg, &err))
			return kvip_change_refuse(&create->change, &err);
		return 0;
	case OPT_TCP:
	case OPT_CLUSTER_IP:
	case OPT_NODE_PORT:
	case OPT_EXTERNAL_NAME:
		return service_option(create, option);
	case OPT_IMAGE:
	case OPT_PORT:
	case OPT_REPLICAS:
	case OPT_SELECTOR:
		return deployment_option(create, option);
	default:
		return kvip_change_option(&create->change, option, options);
	}
}

static int parse(struct create *create, int argc, char **argv,
		 struct kvip_options *options)
{
	static const struct option longs[] = {
		{ "filename", required_argument, NULL, 'f' },
		{ "tcp", required_argument, NULL, OPT_TCP },
		{ "clusterip", required_argument, NULL, OPT_CLUSTER_IP },
		{ "node-port", required_argument, NULL, OPT_NODE_PORT },
		{ "external-name", required_argument, NULL, OPT_EXTERNAL_NAME },
		{ "image", required_argument, NULL, OPT_IMAGE },
		{ "port", required_argument, NULL, OPT_PORT },
		{ "replicas", required_argument, NULL, OPT_REPLICAS },
		{ "selector", required_argument, NULL, OPT_SELECTOR },
		KVIP_CHANGE_LONG,
		{}
	};
	int option, ret;

	while ((option = getopt_long(argc, argv, KVIP_CHANGE_SHORT "f:", longs,
				     NULL)) != -1) {
		ret = take_option(create, option, options);
		if (ret)
			return ret;
	}
	return check(create, argv + optind, argc - optind);
}

static int run(int argc, char **argv, struct kvip_options *options)
{
	struct create create = { .change.command = &kvip_cmd_create,
				 .deployment.replicas = 1 };
	int ret;

	ret = parse(&create, argc, argv, options);
	if (!ret)
		ret = run_create(&create);
	kvip_manifest_free(&create.manifest);
	json_object_put(create.made);
	free(create.service.tcp);
	return ret;
}

const struct kvip_command kvip_cmd_create = {
	.name = "create",
	.summary = "make objects out of files or options",
	.help = "usage: kvip create -f FILE...\n"
		"       kvip create service (clusterip | nodeport | loadbalancer) NAME --tcp P[:T]\n"
		"       kvip create service externalname NAME --external-name DNS-NAME\n"
		"       kvip create deployment NAME [--port PORT] [--selector K=V,...]\n"
		"Create objects that are not there yet. A Service's selector is app=NAME. A\n"
		"Deployment is a selector with a name and a port, for kvip expose: nothing here\n"
		"starts its Pods.\n"
		"\n"
		"  -f, --filename FILE    JSON or YAML, any number of objects; a directory; or -\n"
		"      --tcp PORT[:TARGET] a port, and the one that it leads to; any number\n"
		"      --clusterip IP     an address, or None: headless\n"
		"      --node-port PORT   for nodeport\n"
		"      --external-name DNS-NAME\n"
		"                         for externalname\n"
		"      --port PORT        of a deployment's containers\n"
		"      --selector K=V,... of a deployment (default: app=NAME)\n"
		"      --image IMAGE      of a deployment: kept with it, and not looked at\n"
		"      --replicas N       likewise\n" KVIP_CHANGE_HELP,
	.run = run,
};
