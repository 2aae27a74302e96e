// SPDX-License-Identifier: GPL-2.0-or-later
#include <json-c/json.h>
#include <stdio.h>

#include "access.h"
#include "command.h"
#include "describe_service.h"
#include "get_list.h"
#include "get_request.h"
#include "output.h"
#include "selector.h"

struct describe {
	struct kvip_access_options where;
	struct kvip_get_request request;
	struct kvip_access *access;
	const char *selector;
	bool all_ns;
	size_t n; /* Services so far */
};

static int add(struct json_object *service, struct json_object *const *slices,
	       size_t n, void *ctx, struct kvip_err *err)
{
	struct describe *describe = ctx;

	(void)err;
	if (describe->n++)
		fputs("\n\n", stdout);
	kvip_describe_service(stdout, service, slices, n);
	return 0;
}

static int describe_named(struct describe *describe,
			  const struct kvip_get_target *target)
{
	const char *ns = kvip_access_ns(describe->access);
	int status = KVIP_EXIT_OK;
	struct kvip_err err;
	size_t i;

	for (i = 0; i < target->n_names; i++) {
		int ret = kvip_get_service(describe->access, ns,
					   target->names[i], add, describe,
					   &err);

		if (!ret)
			continue;
		fflush(stdout);
		status = kvip_refused(&err);
		if (ret != KVIP_ACCESS_ABSENT)
			break;
	}
	return status;
}

static int describe_all(struct describe *describe)
{
	const char *ns = NULL;
	struct kvip_err err;

	if (!describe->all_ns)
		ns = kvip_access_ns(describe->access);
	if (kvip_get_services(describe->access, ns, describe->selector, add,
			      describe, &err))
		return kvip_refused(&err);
	if (!describe->n)
		kvip_output_none(ns);
	return KVIP_EXIT_OK;
}

static int run_describe(struct describe *describe)
{
	struct kvip_err err;
	int status, written;

	describe->access = kvip_access_open(&describe->where, 0, &err);
	if (!describe->access)
		return kvip_refused(&err);
	if (kvip_get_request_names(&describe->request))
		status =
			describe_named(describe, &describe->request.targets[0]);
	else
		status = describe_all(describe);
	written = kvip_finish();
	if (kvip_access_close(describe->access, &err))
		status = kvip_refused(&err);
	return status ?: written;
}

static int check(struct describe *describe, const struct kvip_options *options,
		 int argc, char **argv)
{
	const struct kvip_get_request *request = &describe->request;
	struct kvip_selector *selector;
	struct kvip_err err;

	if (options->family)
		return kvip_usage(
			&kvip_cmd_describe,
			"describe: -4 and -6 do not apply: an object is of no family");
	if (options->json)
		return kvip_usage(
			&kvip_cmd_describe,
			"describe: -j does not apply: kvip get -j tells all of it");
	if (kvip_get_request(argv + optind, argc - optind, &describe->request,
			     &err) ||
	    kvip_get_request_check(request, describe->all_ns,
				   describe->selector, &err))
		return kvip_usage(&kvip_cmd_describe, "describe: %s", err.text);
	if (kvip_get_request_kinds(request) ||
	    request->targets[0].rows != &kvip_rows_service)
		return kvip_usage(
			&kvip_cmd_describe,
			"describe: only services are described; kvip get -o yaml shows all of the others");
	if (!describe->selector)
		return 0;
	selector = kvip_selector_parse(describe->selector, &err);
	if (!selector)
		return kvip_usage(&kvip_cmd_describe, "describe: -l: %s",
				  err.text);
	kvip_selector_free(selector);
	return 0;
}

static int run(int argc, char **argv, struct kvip_options *options)
{
	static const struct option longs[] = {
		{ "all-namespaces", no_argument, NULL, 'A' },
		{ "selector", required_argument, NULL, 'l' },
		KVIP_ACCESS_LONG,
		KVIP_COMMON_LONG,
		{}
	};
	struct describe describe = {};
	int option, status;

	while ((option = getopt_long(argc, argv,
				     KVIP_COMMON_SHORT KVIP_ACCESS_SHORT "Al:",
				     longs, NULL)) != -1) {
		if (option == 'A')
			describe.all_ns = true;
		else if (option == 'l')
			describe.selector = optarg + (*optarg == '=');
		else if (!kvip_access_option(&describe.where, option))
			kvip_common_option(&kvip_cmd_describe, option, options);
	}
	status = check(&describe, options, argc, argv);
	if (!status)
		status = run_describe(&describe);
	kvip_get_request_free(&describe.request);
	return status;
}

const struct kvip_command kvip_cmd_describe = {
	.name = "describe",
	.summary = "say all that there is to say of a Service",
	.help = "usage: kvip describe service [NAME]... [-n NAMESPACE | -A] [-l SELECTOR]\n"
		"Describe Services as kubectl does, with the endpoints of each port, and what a\n"
		"load balancer waits for.\n"
		"\n"
		"  -A, --all-namespaces   those of all namespaces\n"
		"  -l, --selector LABELS  those with such labels\n" KVIP_ACCESS_HELP,
	.run = run,
};
