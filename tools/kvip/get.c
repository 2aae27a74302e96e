// SPDX-License-Identifier: GPL-2.0-or-later
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "access.h"
#include "alloc.h"
#include "clock.h"
#include "command.h"
#include "get_list.h"
#include "get_reader.h"
#include "get_request.h"
#include "get_watch.h"
#include "output.h"
#include "selector.h"

enum {
	OPT_WATCH_ONLY = KVIP_ACCESS_OPT_END,
	OPT_NO_HEADERS,
	OPT_SHOW_LABELS,
};

struct get {
	struct kvip_options *options;
	struct kvip_access_options where;
	struct kvip_get_request request;
	enum kvip_output_format format;
	struct kvip_table_look look;
	bool all_ns;
	const char *selector;
	bool watch;
	bool watch_only;
	struct kvip_access *access;
	struct kvip_output output;
	double now;
	char **complaints;
	size_t n_complaints;
};

static const char *ns_of(const struct get *get)
{
	return get->all_ns ? NULL : kvip_access_ns(get->access);
}

static bool is_table(const struct get *get)
{
	return get->format == KVIP_OUTPUT_TABLE ||
	       get->format == KVIP_OUTPUT_WIDE;
}

static int add(struct json_object *object, void *ctx, struct kvip_err *err)
{
	struct get *get = ctx;

	(void)err;
	kvip_output_add(&get->output, object, get->now);
	return 0;
}

/* It is told behind what could be shown. */
static void complain(struct get *get, const struct kvip_err *err)
{
	get->complaints = kvip_grow(get->complaints, get->n_complaints,
				    sizeof(*get->complaints));
	get->complaints[get->n_complaints++] = kvip_strdup(err->text);
}

/* Returns the status to exit with. */
static int tell_complaints(struct get *get, int status)
{
	size_t i;

	for (i = 0; i < get->n_complaints; i++) {
		fprintf(stderr, "kvip: %s\n", get->complaints[i]);
		free(get->complaints[i]);
		status = KVIP_EXIT_REFUSED;
	}
	free(get->complaints);
	return status;
}

/* Whether it makes sense to ask for others: what is not there is no obstacle. */
static bool get_named(struct get *get, const struct kvip_get_target *target)
{
	size_t i;

	for (i = 0; i < target->n_names; i++) {
		struct json_object *object = NULL;
		struct kvip_err err;
		int ret;

		ret = kvip_get_one(get->access, target->rows, ns_of(get),
				   target->names[i], &object, &err);
		if (ret)
			complain(get, &err);
		else
			kvip_output_add(&get->output, object, get->now);
		json_object_put(object);
		if (ret && ret != KVIP_ACCESS_ABSENT)
			return false;
	}
	return true;
}

static bool get_target(struct get *get, const struct kvip_get_target *target)
{
	struct kvip_err err;

	kvip_output_kind(&get->output, target->rows);
	if (target->n_names)
		return get_named(get, target);
	if (!kvip_get_list(get->access, target->rows, ns_of(get), get->selector,
			   add, get, &err))
		return true;
	complain(get, &err);
	return false;
}

/* Where nothing is shown, why. */
static void tell_none(const struct get *get)
{
	const struct kvip_get_request *request = &get->request;
	bool namespaced = !get->all_ns;
	size_t i;

	if (!is_table(get) || get->output.n || get->n_complaints)
		return;
	for (i = 0; i < request->n; i++)
		namespaced = namespaced && request->targets[i].rows->namespaced;
	kvip_output_none(namespaced ? ns_of(get) : NULL);
}

/* One object alone is no list. */
static bool is_list(const struct get *get)
{
	const struct kvip_get_request *request = &get->request;

	return !(request->n == 1 && request->targets[0].n_names == 1) &&
	       (get->format == KVIP_OUTPUT_JSON ||
		get->format == KVIP_OUTPUT_YAML);
}

static void get_all(struct get *get)
{
	size_t i;

	kvip_output_begin(&get->output, stdout, get->format, is_list(get),
			  &get->look);
	for (i = 0; i < get->request.n; i++)
		if (!get_target(get, &get->request.targets[i]))
			break;
	/* half a list must not look like a whole one */
	if (i < get->request.n && get->output.list) {
		kvip_output_drop(&get->output);
		return;
	}
	kvip_output_end(&get->output);
	tell_none(get);
}

static void watch_all(struct get *get)
{
	const struct kvip_get_watch watch = {
		.access = get->access,
		.target = &get->request.targets[0],
		.ns = get->request.targets[0].rows->namespaced ? ns_of(get) :
								 NULL,
		.selector = get->selector,
		.only = get->watch_only,
		.output = &get->output,
	};
	struct kvip_err err;

	kvip_get_end_with_reader(STDOUT_FILENO);
	kvip_output_begin(&get->output, stdout, get->format, false, &get->look);
	kvip_output_kind(&get->output, get->request.targets[0].rows);
	if (kvip_get_watch(&watch, &err))
		complain(get, &err);
	kvip_output_drop(&get->output);
}

static int run_get(struct get *get)
{
	struct kvip_err err;
	int status;

	get->look.ns = get->all_ns;
	get->look.kind = kvip_get_request_kinds(&get->request);
	get->now = kvip_clock_unix();
	get->access = kvip_access_open(&get->where, 0, &err);
	if (!get->access)
		return kvip_refused(&err);
	if (get->watch)
		watch_all(get);
	else
		get_all(get);
	status = kvip_finish();
	if (kvip_access_close(get->access, &err))
		complain(get, &err);
	return tell_complaints(get, status);
}

/* kubectl takes -o=json and -l=app=web, too. */
static const char *value_of(const char *text)
{
	return text + (*text == '=');
}

static bool take_option(struct get *get, int option)
{
	switch (option) {
	case 'A':
		get->all_ns = true;
		break;
	case 'l':
		get->selector = value_of(optarg);
		break;
	case 'w':
		get->watch = true;
		break;
	case OPT_WATCH_ONLY:
		get->watch = true;
		get->watch_only = true;
		break;
	case OPT_NO_HEADERS:
		get->look.no_headers = true;
		break;
	case OPT_SHOW_LABELS:
		get->look.labels = true;
		break;
	default:
		return kvip_access_option(&get->where, option);
	}
	return true;
}

static int check(struct get *get, int argc, char **argv)
{
	struct kvip_selector *selector;
	struct kvip_err err;

	if (get->options->family)
		return kvip_usage(
			&kvip_cmd_get,
			"get: -4 and -6 do not apply: an object is of no family");
	if (get->options->json)
		get->format = KVIP_OUTPUT_JSON;
	if (kvip_get_request(argv + optind, argc - optind, &get->request,
			     &err) ||
	    kvip_get_request_check(&get->request, get->all_ns, get->selector,
				   &err))
		return kvip_usage(&kvip_cmd_get, "get: %s", err.text);
	if (get->watch && get->request.n > 1)
		return kvip_usage(&kvip_cmd_get,
				  "get: --watch takes one type at a time");
	if (get->selector) {
		selector = kvip_selector_parse(get->selector, &err);
		if (!selector)
			return kvip_usage(&kvip_cmd_get, "get: -l: %s",
					  err.text);
		kvip_selector_free(selector);
	}
	return 0;
}

static int run(int argc, char **argv, struct kvip_options *options)
{
	static const struct option longs[] = {
		{ "all-namespaces", no_argument, NULL, 'A' },
		{ "selector", required_argument, NULL, 'l' },
		{ "output", required_argument, NULL, 'o' },
		{ "watch", no_argument, NULL, 'w' },
		{ "watch-only", no_argument, NULL, OPT_WATCH_ONLY },
		{ "no-headers", no_argument, NULL, OPT_NO_HEADERS },
		{ "show-labels", no_argument, NULL, OPT_SHOW_LABELS },
		KVIP_ACCESS_LONG,
		KVIP_COMMON_LONG,
		{}
	};
	struct get get = { .options = options };
	int option, status;

	while ((option = getopt_long(argc, argv,
				     KVIP_COMMON_SHORT KVIP_ACCESS_SHORT
				     "Al:o:w",
				     longs, NULL)) != -1) {
		if (option == 'o') {
			if (!kvip_output_format(value_of(optarg), &get.format))
				return kvip_usage(
					&kvip_cmd_get,
					"get: -o is wide, json, yaml or name, not \"%s\"",
					optarg);
			continue;
		}
		if (!take_option(&get, option))
			kvip_common_option(&kvip_cmd_get, option, options);
	}
	status = check(&get, argc, argv);
	if (!status)
		status = run_get(&get);
	kvip_get_request_free(&get.request);
	return status;
}

const struct kvip_command kvip_cmd_get = {
	.name = "get",
	.summary = "show Services, endpoints, Pods, Deployments or Nodes",
	.help = "usage: kvip get TYPE[,TYPE]... [NAME]... [-n NAMESPACE | -A] [-l SELECTOR]\n"
		"                [-o wide|json|yaml|name] [-w] [-j]\n"
		"       kvip get TYPE/NAME...\n"
		"Show objects as kubectl get does, out of the local store or of an API server.\n"
		"TYPE is services (svc), endpoints (ep), endpointslices, pods (po), deployments\n"
		"(deploy) or nodes (no). Endpoints are made of Services and EndpointSlices.\n"
		"\n"
		"  -A, --all-namespaces   of all namespaces\n"
		"  -l, --selector LABELS  those with such labels: app=web,tier!=db,env in (a,b)\n"
		"  -o, --output FORMAT    wide: more columns; json, yaml; name: TYPE/NAME alone\n"
		"  -j, --json             the same as -o json\n"
		"  -w, --watch            go on and show what changes, as it does\n"
		"      --watch-only       the same without what there is in the beginning\n"
		"      --no-headers       no line of headings\n"
		"      --show-labels      a column of labels\n" KVIP_ACCESS_HELP,
	.run = run,
};
