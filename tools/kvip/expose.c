// SPDX-License-Identifier: GPL-2.0-or-later
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "change.h"
#include "expose_endpoints.h"
#include "expose_node.h"
#include "expose_service.h"
#include "json_make.h"
#include "lb_status.h"
#include "local.h"
#include "manifest.h"
#include "object.h"
#include "service_report.h"
#include "targets.h"

/* A Service that was made. */
struct made {
	struct json_object *service;
	long n_endpoints; /* -1: not known */
};

struct expose {
	struct kvip_change change;
	struct kvip_expose options;
	struct kvip_told_endpoints endpoints;
	struct kvip_manifest manifest;
	struct kvip_targets targets;
	struct made *made;
	size_t n_made;
	const char *pending; /* why no load balancer gets an address; or NULL */
};

static void free_expose(struct expose *expose)
{
	size_t i;

	for (i = 0; i < expose->n_made; i++)
		json_object_put(expose->made[i].service);
	free(expose->made);
	kvip_told_endpoints_free(&expose->endpoints);
	kvip_manifest_free(&expose->manifest);
	kvip_targets_free(&expose->targets);
}

static void remember(struct expose *expose, struct json_object *service,
		     long n_endpoints)
{
	expose->made =
		kvip_grow(expose->made, expose->n_made, sizeof(*expose->made));
	expose->made[expose->n_made].service = service;
	expose->made[expose->n_made++].n_endpoints = n_endpoints;
}

/* The Service and its slices, in the making. */
struct pair {
	struct expose *expose;
	struct json_object *service;
	struct json_object *result;
};

static int create_slices(struct kvip_access *access, struct pair *pair,
			 struct kvip_err *err)
{
	struct json_object *slices = kvip_told_endpoints_slices(
		&pair->expose->endpoints, pair->result);
	bool dry_run = pair->expose->change.dry_run != KVIP_DRY_RUN_NONE;
	size_t i, n = json_object_array_length(slices);
	int ret = 0;

	for (i = 0; !ret && i < n; i++)
		ret = kvip_access_create(access, KVIP_KIND_ENDPOINT_SLICE,
					 json_object_array_get_idx(slices, i),
					 dry_run, NULL, err);
	json_object_put(slices);
	return ret;
}

static int create_pair(struct kvip_access *access, void *ctx,
		       struct kvip_err *err)
{
	struct pair *pair = ctx;
	bool dry_run = pair->expose->change.dry_run != KVIP_DRY_RUN_NONE;
	struct kvip_err ignored;
	int ret;

	json_object_put(pair->result);
	pair->result = NULL;
	ret = kvip_access_create(access, KVIP_KIND_SERVICE, pair->service,
				 dry_run, &pair->result, err);
	if (ret || !pair->expose->endpoints.n)
		return ret;
	ret = create_slices(access, pair, err);
	/* a server forgets nothing by itself; slices go with their owner */
	if (ret && kvip_access_server(access) && !dry_run)
		kvip_access_delete(access, KVIP_KIND_SERVICE,
				   kvip_object_ns(pair->result),
				   kvip_object_name(pair->result), false,
				   &ignored);
	return ret;
}

/* Counting the addresses of Pods that are ready, once each. */
struct count {
	const char *family;
	struct json_object *seen;
};

static bool is_ready(struct json_object *endpoint)
{
	struct json_object *ready = kvip_object_member(
		kvip_object_member(endpoint, "conditions"), "ready");

	return !ready || json_object_get_boolean(ready);
}

static int count_slice(struct json_object *slice, void *ctx,
		       struct kvip_err *err)
{
	struct json_object *list = kvip_object_member(slice, "endpoints");
	const char *family = kvip_object_text(slice, "addressType");
	struct count *count = ctx;
	size_t i, n;

	(void)err;
	if (!family || strcmp(family, count->family) ||
	    !json_object_is_type(list, json_type_array))
		return 0;
	n = json_object_array_length(list);
	for (i = 0; i < n; i++) {
		struct json_object *item = json_object_array_get_idx(list, i);
		struct json_object *addrs =
			kvip_object_member(item, "addresses");
		struct json_object *addr =
			json_object_is_type(addrs, json_type_array) ?
				json_object_array_get_idx(addrs, 0) :
				NULL;

		if (addr && is_ready(item))
			json_object_object_add(count->seen,
					       json_object_get_string(addr),
					       NULL);
	}
	return 0;
}

/* A store has the slices at once; with a server they come later. */
static long count_endpoints(struct kvip_access *access,
			    const struct expose *expose,
			    struct json_object *service)
{
	struct json_object *families = kvip_object_member(
		kvip_object_member(service, "spec"), "ipFamilies");
	struct count count = { "IPv4", NULL };
	struct kvip_err ignored;
	char selector[128];
	long n = -1;

	if (expose->endpoints.n)
		return (long)expose->endpoints.n;
	if (kvip_access_server(access) ||
	    expose->change.dry_run != KVIP_DRY_RUN_NONE ||
	    expose->change.format != KVIP_CHANGE_TEXT)
		return -1;
	if (json_object_is_type(families, json_type_array) &&
	    json_object_array_length(families))
		count.family = json_object_get_string(
			json_object_array_get_idx(families, 0));
	snprintf(selector, sizeof(selector), "kubernetes.io/service-name=%s",
		 kvip_object_name(service));
	count.seen = json_object_new_object();
	if (!kvip_access_list(access, KVIP_KIND_ENDPOINT_SLICE,
			      kvip_object_ns(service), selector, count_slice,
			      &count, NULL, &ignored))
		n = json_object_object_length(count.seen);
	json_object_put(count.seen);
	return n;
}

/* What would be sent, without asking anybody. */
static void show(struct expose *expose, struct json_object *service)
{
	struct json_object *slices;
	size_t i;

	kvip_change_say(&expose->change, KVIP_KIND_SERVICE, service, "exposed",
			NULL);
	if (!expose->endpoints.n || expose->change.format < KVIP_CHANGE_JSON)
		return;
	slices = kvip_told_endpoints_slices(&expose->endpoints, service);
	for (i = 0; i < json_object_array_length(slices); i++)
		kvip_change_say(&expose->change, KVIP_KIND_ENDPOINT_SLICE,
				json_object_array_get_idx(slices, i), "exposed",
				NULL);
	json_object_put(slices);
}

/* An object, or nothing that has one: NULL. */
static int expose_one(struct expose *expose, struct kvip_access *access,
		      enum kvip_kind kind, struct json_object *object,
		      struct kvip_err *err)
{
	const char *told = expose->change.access.ns;
	struct pair pair = { expose, NULL, NULL };
	int ret;

	pair.service = kvip_expose_service(&expose->options, kind, object, err);
	if (!pair.service)
		return -1;
	if (expose->endpoints.n)
		kvip_told_endpoints_families(&expose->endpoints, pair.service);
	if (expose->change.dry_run == KVIP_DRY_RUN_CLIENT) {
		/* kubectl names the namespace only where it was told */
		kvip_json_set(kvip_json_object(pair.service, "metadata"),
			      "namespace", told);
		show(expose, pair.service);
		json_object_put(pair.service);
		return 0;
	}
	if (!told && object)
		told = kvip_object_ns(object);
	kvip_json_set(kvip_json_object(pair.service, "metadata"), "namespace",
		      told && *told ? told : kvip_access_ns(access));
	if (expose->endpoints.n)
		ret = kvip_access_transaction(access, create_pair, &pair, err);
	else
		ret = create_pair(access, &pair, err);
	json_object_put(pair.service);
	if (ret) {
		json_object_put(pair.result);
		return -1;
	}
	remember(expose, pair.result,
		 count_endpoints(access, expose, pair.result));
	return 0;
}

static int expose_target(struct expose *expose, struct kvip_access *access,
			 const struct kvip_target *target, struct kvip_err *err)
{
	struct json_object *object;
	int ret;

	if (kvip_access_get(access, target->kind, NULL, target->name, &object,
			    err))
		return -1;
	ret = expose_one(expose, access, target->kind, object, err);
	json_object_put(object);
	return ret;
}

/* One after the other; what is wrong with one keeps no other waiting. */
static void expose_all(struct expose *expose, struct kvip_access *access)
{
	struct kvip_change *change = &expose->change;
	struct kvip_manifest_item *item;
	struct kvip_err err;
	size_t i;

	for (i = 0; i < expose->manifest.n; i++) {
		item = &expose->manifest.items[i];
		if (!expose_one(expose, access, item->kind, item->object, &err))
			continue;
		kvip_manifest_blame(item, &err);
		kvip_change_refuse(change, &err);
	}
	for (i = 0; i < expose->targets.n; i++)
		if (expose_target(expose, access, &expose->targets.items[i],
				  &err))
			kvip_change_refuse(change, &err);
	if (!expose->manifest.n && !expose->targets.n &&
	    expose_one(expose, access, KVIP_KIND_SERVICE, NULL, &err))
		kvip_change_refuse(change, &err);
}

static bool waits_for_address(struct json_object *service)
{
	const char *type =
		kvip_object_text(kvip_object_member(service, "spec"), "type");
	struct kvip_addr addr;

	return type && !strcmp(type, "LoadBalancer") &&
	       !kvip_lb_status_addrs(service, &addr, 1);
}

/* Where nobody gives out addresses, nobody says so in a status either. */
static void look_for_pools(struct expose *expose)
{
	struct kvip_local_config config;
	struct kvip_err ignored;

	if (!kvip_local_config_read(expose->change.access.config, &config,
				    &ignored) &&
	    !config.lb.n_pools && !config.lb.provider)
		expose->pending = "kvip.conf has no pool of addresses";
	kvip_local_config_free(&config);
}

/* An address that was asked for at the end is there now, or why it is not. */
static void look_again(struct expose *expose)
{
	struct kvip_access *access = NULL;
	struct json_object *now;
	struct kvip_err ignored;
	size_t i;

	for (i = 0; i < expose->n_made; i++) {
		struct made *made = &expose->made[i];

		if (!waits_for_address(made->service))
			continue;
		if (!access) {
			look_for_pools(expose);
			access = kvip_access_open(&expose->change.access, 0,
						  &ignored);
		}
		if (!access || kvip_access_get(access, KVIP_KIND_SERVICE,
					       kvip_object_ns(made->service),
					       kvip_object_name(made->service),
					       &now, &ignored))
			break;
		json_object_put(made->service);
		made->service = now;
	}
	kvip_access_close(access, &ignored);
}

static void say_all(struct expose *expose)
{
	char more[KVIP_SERVICE_REPORT_LEN + 2] = ": ";
	size_t i;

	for (i = 0; i < expose->n_made; i++) {
		kvip_service_report(expose->made[i].service, expose->pending,
				    expose->made[i].n_endpoints, more + 2);
		kvip_change_say(&expose->change, KVIP_KIND_SERVICE,
				expose->made[i].service, "exposed", more);
	}
}

static int run_expose(struct expose *expose)
{
	struct kvip_change *change = &expose->change;
	struct kvip_access *access;
	struct kvip_err err, late;
	bool is_server;
	int ret;

	access = kvip_access_open(&change->access, kvip_change_flags(change),
				  &err);
	if (!access)
		return kvip_change_refuse(change, &err);
	is_server = kvip_access_server(access);
	if (kvip_manifest_within(&expose->manifest, change->access.ns,
				 kvip_access_ns(access), &err) ||
	    (expose->endpoints.n &&
	     kvip_expose_nodes(access, &change->access, &expose->endpoints,
			       &err)))
		kvip_change_refuse(change, &err);
	else
		expose_all(expose, access);
	ret = kvip_access_close(access, &late);
	if (!is_server && change->dry_run == KVIP_DRY_RUN_NONE)
		look_again(expose);
	say_all(expose);
	if (ret)
		kvip_change_refuse(change, &late);
	return kvip_change_close(change, NULL);
}

/* Which of the ways to name what is exposed it is, and whether the rest fits. */
static int check(struct expose *expose, struct kvip_selection *selection,
		 bool has_files)
{
	const struct kvip_expose *options = &expose->options;
	const struct kvip_change *change = &expose->change;
	bool has_object = has_files || selection->n_words;
	struct kvip_err err;

	if (expose->endpoints.n) {
		if (has_object)
			return kvip_change_usage(
				change,
				"expose: --endpoint stands in the place of an object: either, not both");
		if (options->target_port || options->selector ||
		    options->external_name)
			return kvip_change_usage(
				change,
				"expose: --target-port, --selector and --external-name do not go with --endpoint");
		if (!options->port || strchr(options->port, ','))
			return kvip_change_usage(
				change,
				"expose: --endpoint needs one --port to be reached at");
	}
	if (!has_object && !expose->endpoints.n && !options->external_name)
		return kvip_change_usage(
			change,
			"expose: what? A TYPE and a NAME, -f FILE, --endpoint or --external-name");
	if (!has_object && !options->name)
		return kvip_change_usage(
			change,
			"expose: --name is missing: there is no object to take it from");
	if (has_files && selection->n_words)
		return kvip_change_usage(
			change, "expose: either -f or a TYPE and a NAME");
	if (!selection->n_words)
		return 0;
	if (kvip_targets_parse(selection, &expose->targets, &err))
		return kvip_change_usage(change, "expose: %s", err.text);
	return 0;
}

enum {
	OPT_PORT = KVIP_CHANGE_OPT_END,
	OPT_TARGET_PORT,
	OPT_PROTOCOL,
	OPT_NAME,
	OPT_TYPE,
	OPT_SELECTOR,
	OPT_AFFINITY,
	OPT_CLUSTER_IP,
	OPT_EXTERNAL_IP,
	OPT_EXTERNAL_NAME,
	OPT_LB_IP,
	OPT_LB_CLASS,
	OPT_EXTERNAL_POLICY,
	OPT_FAMILY_POLICY,
	OPT_ENDPOINT,
};

static const struct option longs[] = {
	{ "port", required_argument, NULL, OPT_PORT },
	{ "target-port", required_argument, NULL, OPT_TARGET_PORT },
	{ "protocol", required_argument, NULL, OPT_PROTOCOL },
	{ "name", required_argument, NULL, OPT_NAME },
	{ "type", required_argument, NULL, OPT_TYPE },
	{ "selector", required_argument, NULL, OPT_SELECTOR },
	{ "labels", required_argument, NULL, 'l' },
	{ "session-affinity", required_argument, NULL, OPT_AFFINITY },
	{ "cluster-ip", required_argument, NULL, OPT_CLUSTER_IP },
	{ "external-ip", required_argument, NULL, OPT_EXTERNAL_IP },
	{ "external-name", required_argument, NULL, OPT_EXTERNAL_NAME },
	{ "load-balancer-ip", required_argument, NULL, OPT_LB_IP },
	{ "load-balancer-class", required_argument, NULL, OPT_LB_CLASS },
	{ "external-traffic-policy", required_argument, NULL,
	  OPT_EXTERNAL_POLICY },
	{ "ip-family-policy", required_argument, NULL, OPT_FAMILY_POLICY },
	{ "endpoint", required_argument, NULL, OPT_ENDPOINT },
	{ "filename", required_argument, NULL, 'f' },
	KVIP_CHANGE_LONG,
	{}
};

static const char **text_option(struct kvip_expose *options, int option)
{
	switch (option) {
	case OPT_PORT:
		return &options->port;
	case OPT_TARGET_PORT:
		return &options->target_port;
	case OPT_PROTOCOL:
		return &options->protocol;
	case OPT_NAME:
		return &options->name;
	case OPT_TYPE:
		return &options->type;
	case OPT_SELECTOR:
		return &options->selector;
	case 'l':
		return &options->labels;
	case OPT_AFFINITY:
		return &options->session_affinity;
	case OPT_CLUSTER_IP:
		return &options->cluster_ip;
	case OPT_EXTERNAL_IP:
		return &options->external_ip;
	case OPT_EXTERNAL_NAME:
		return &options->external_name;
	case OPT_LB_IP:
		return &options->load_balancer_ip;
	case OPT_LB_CLASS:
		return &options->load_balancer_class;
	case OPT_EXTERNAL_POLICY:
		return &options->external_traffic_policy;
	case OPT_FAMILY_POLICY:
		return &options->ip_family_policy;
	default:
		return NULL;
	}
}

static int parse(struct expose *expose, int argc, char **argv,
		 struct kvip_options *options)
{
	struct kvip_selection selection = {};
	bool has_files = false;
	struct kvip_err err;
	const char **text;
	int option, ret;

	while ((option = getopt_long(argc, argv, KVIP_CHANGE_SHORT "l:f:",
				     longs, NULL)) != -1) {
		text = text_option(&expose->options, option);
		ret = 0;
		if (text) {
			*text = optarg;
		} else if (option == OPT_ENDPOINT) {
			if (kvip_told_endpoints_add(&expose->endpoints, optarg,
						    &err))
				ret = kvip_change_usage(&expose->change,
							"expose: %s", err.text);
		} else if (option == 'f') {
			has_files = true;
			if (kvip_manifest_read(&expose->manifest, optarg, &err))
				ret = kvip_change_refuse(&expose->change, &err);
		} else {
			ret = kvip_change_option(&expose->change, option,
						 options);
		}
		if (ret)
			return ret;
	}
	if (has_files && !expose->manifest.n) {
		kvip_err_set(&err, "no objects passed to expose");
		return kvip_change_refuse(&expose->change, &err);
	}
	selection.words = argv + optind;
	selection.n_words = (size_t)(argc - optind);
	return check(expose, &selection, has_files);
}

static int run(int argc, char **argv, struct kvip_options *options)
{
	struct expose expose = { .change.command = &kvip_cmd_expose };
	int ret;

	ret = parse(&expose, argc, argv, options);
	if (!ret)
		ret = run_expose(&expose);
	free_expose(&expose);
	return ret;
}

const struct kvip_command kvip_cmd_expose = {
	.name = "expose",
	.summary =
		"make a Service of a Deployment, a Pod, a Service or endpoints",
	.help = "usage: kvip expose (TYPE NAME | TYPE/NAME | -f FILE) [OPTION]...\n"
		"       kvip expose --name NAME --port PORT --endpoint ADDRESS:PORT...\n"
		"       kvip expose --name NAME --type ExternalName --external-name DNS-NAME\n"
		"Make a Service as kubectl expose does: what is not told is taken from the\n"
		"Deployment, Pod or Service that is exposed. With --endpoint it leads to processes\n"
		"and containers that no Pod stands for.\n"
		"\n"
		"      --port PORT[,PORT]   of the Service (default: those of the object)\n"
		"      --target-port PORT   number or name (default: the same as --port)\n"
		"      --protocol PROTOCOL  TCP, UDP or SCTP (default: what the object has)\n"
		"      --name NAME          of the Service (default: that of the object)\n"
		"      --type TYPE          ClusterIP (default), NodePort, LoadBalancer or\n"
		"                           ExternalName\n"
		"      --selector K=V,...   of the Service (default: that of the object)\n"
		"  -l, --labels K=V,...     of the Service (default: those of the object)\n"
		"      --session-affinity A ClientIP or None\n"
		"      --cluster-ip IP      an address, or None: headless\n"
		"      --external-ip IP,... more addresses\n"
		"      --external-name NAME for --type ExternalName\n"
		"      --load-balancer-ip IP\n"
		"                           the address that --type LoadBalancer should get\n"
		"      --load-balancer-class CLASS\n"
		"                           who is to give it\n"
		"      --external-traffic-policy POLICY\n"
		"                           Cluster or Local\n"
		"      --ip-family-policy POLICY\n"
		"                           SingleStack, PreferDualStack or RequireDualStack\n"
		"      --endpoint ADDRESS:PORT\n"
		"                           where it leads, [ADDRESS]:PORT for IPv6; any number\n"
		"  -f, --filename FILE      the object is in this file; - is standard input\n" KVIP_CHANGE_HELP,
	.run = run,
};
