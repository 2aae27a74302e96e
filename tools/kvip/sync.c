// SPDX-License-Identifier: GPL-2.0-or-later
#include <inttypes.h>
#include <json-c/json.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>

#include <linux/kvip.h>

#include "client.h"
#include "columns.h"
#include "command.h"
#include "converge.h"
#include "describe.h"
#include "describe_config.h"
#include "model.h"
#include "source_file.h"

struct sync {
	struct kvip_options *options;
	const char *path;
	const char *config_path; /* NULL: the usual one, if it is there */
	struct kvip_model model;
	struct kvip_converge made;
};

static bool has_node_ports(const struct kvip_table *table)
{
	size_t i, j;

	for (i = 0; i < table->n_services; i++)
		for (j = 0; j < table->services[i].n_frontends; j++)
			if (table->services[i].frontends[j].kind ==
			    KVIP_FRONTEND_NODE_PORT)
				return true;
	return false;
}

static size_t count_frontends(const struct kvip_table *table)
{
	size_t i, n = 0;

	for (i = 0; i < table->n_services; i++)
		n += table->services[i].n_frontends;
	return n;
}

/* Endpoints that packets may get. */
static size_t count_endpoints(const struct kvip_table *table)
{
	size_t i, local, n = 0;

	for (i = 0; i < table->n_services; i++)
		n += kvip_usable(&table->services[i], &local);
	return n;
}

static void print_json(const struct sync *sync)
{
	struct json_object *json = json_object_new_object();
	const struct {
		const char *name;
		uint64_t value;
	} numbers[] = {
		{ "generation", sync->made.generation },
		{ "services", kvip_count_services(&sync->made.want) },
		{ "frontends", count_frontends(&sync->made.want) },
		{ "endpoints", count_endpoints(&sync->made.want) },
		{ "added", sync->made.diff.n_added },
		{ "changed", sync->made.diff.n_changed },
		{ "removed", sync->made.diff.n_removed },
		{ "frontendsLeftOut", sync->made.report.n_kinds_left_out },
		{ "endpointsLeftOut", sync->made.report.n_endpoints_left_out },
		{ "frontendsContested", sync->made.report.n_contested },
	};
	size_t i;

	json_object_object_add(json, "node",
			       json_object_new_string(sync->made.node));
	json_object_object_add(json, "dryRun",
			       json_object_new_boolean(sync->made.dry_run));
	for (i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		json_object_object_add(
			json, numbers[i].name,
			json_object_new_uint64(numbers[i].value));
	json_object_object_add(
		json, "configChanged",
		kvip_config_changes_json(&sync->made.have_config,
					 sync->made.config_changes ?
						 &sync->made.want_config :
						 &sync->made.have_config));
	puts(json_object_to_json_string_ext(json, JSON_C_TO_STRING_PRETTY));
	json_object_put(json);
}

static void print_changed_keys(const struct sync *sync)
{
	const char *before = "  configuration changed: ";
	unsigned int key;

	for (key = 0; key < KVIP_CONFIG_KEYS; key++) {
		if (kvip_config_same(&sync->made.have_config,
				     &sync->made.want_config, key))
			continue;
		printf("%s%s", before, kvip_config_key_name(key));
		before = ", ";
	}
	putchar('\n');
}

/* What was asked of the Node, and it does not tell. */
static void print_unresolved(const struct sync *sync)
{
	const struct kvip_config *config = &sync->made.want_config;

	if (!sync->made.has_config)
		return;
	if (config->flags & KVIP_CONFIG_F_NODE_PORT_PRIMARY &&
	    !config->node_port_addrs.n && has_node_ports(&sync->made.want))
		printf("  no address has node ports: the Node %s tells no InternalIP\n",
		       sync->made.node);
	if (config->flags & KVIP_CONFIG_F_POD_NODE_CIDRS &&
	    !config->node_cidrs.n)
		printf("  node-cidrs finds no local pod: the Node %s tells no podCIDRs\n",
		       sync->made.node);
}

static void print_text(const struct sync *sync)
{
	size_t services = kvip_count_services(&sync->made.want);
	size_t frontends = count_frontends(&sync->made.want);
	size_t endpoints = count_endpoints(&sync->made.want);
	const struct kvip_diff *diff = &sync->made.diff;
	bool changes = diff->n_items || sync->made.config_changes;
	size_t i;

	if (sync->made.dry_run && sync->made.config_changes)
		kvip_print_config_changes(stdout, &sync->made.have_config,
					  &sync->made.want_config);
	if (sync->made.dry_run)
		for (i = 0; i < diff->n_items; i++)
			kvip_print_change(stdout, &diff->items[i]);

	printf("%s%s%s: %zu service%s, %zu frontend%s, %zu endpoint%s (generation %" PRIu64
	       ")\n",
	       kvip_bold(), sync->made.node, kvip_plain(), services,
	       kvip_plural(services), frontends, kvip_plural(frontends),
	       endpoints, kvip_plural(endpoints), sync->made.generation);
	if (!changes)
		puts("  no change: nothing was written");
	else
		printf("  + %zu   ~ %zu   - %zu      ", diff->n_added,
		       diff->n_changed, diff->n_removed);
	if (changes && sync->made.dry_run)
		puts("nothing was written (--dry-run)");
	else if (changes)
		printf("committed in %.1f ms\n", sync->made.commit_ms);
	if (sync->made.config_changes && !sync->made.dry_run)
		print_changed_keys(sync);
	if (sync->made.report.n_kinds_left_out)
		printf("  left out: %zu frontend%s of kinds that the module does not serve\n",
		       sync->made.report.n_kinds_left_out,
		       kvip_plural(sync->made.report.n_kinds_left_out));
	if (sync->made.report.n_endpoints_left_out)
		printf("  left out: %zu endpoint%s with addresses that nobody can reach (first: %s)\n",
		       sync->made.report.n_endpoints_left_out,
		       kvip_plural(sync->made.report.n_endpoints_left_out),
		       sync->made.report.first_left_out);
	if (sync->made.report.n_contested)
		printf("  left out: %zu frontend%s that another Service has (first: %s)\n",
		       sync->made.report.n_contested,
		       kvip_plural(sync->made.report.n_contested),
		       sync->made.report.first_contested);
	print_unresolved(sync);
}

/*
 * The file is read before anything is asked of the kernel, and the kernel asked
 * before an hour of parsing.
 */
static int read_config(struct sync *sync, struct kvip_err *err)
{
	bool absent = false;
	int ret;

	if (sync->config_path)
		ret = kvip_config_read(sync->config_path, &sync->made.file,
				       NULL, err);
	else
		ret = kvip_config_read(KVIP_CONFIG_PATH, &sync->made.file,
				       &absent, err);
	sync->made.has_file = !ret && !absent;
	return ret;
}

static int run_sync(struct sync *sync)
{
	struct kvip_client *client;
	struct kvip_err err;
	int ret;

	client = kvip_client_open(&err);
	if (!client)
		return kvip_refused(&err);
	kvip_model_init(&sync->model);
	sync->made.model = &sync->model;
	ret = read_config(sync, &err) ||
	      kvip_converge_ask(&sync->made, client, &err) ||
	      kvip_source_file(&sync->model, sync->path, &err) ||
	      kvip_converge(&sync->made, client, &err);
	if (!ret && sync->options->json)
		print_json(sync);
	else if (!ret)
		print_text(sync);
	kvip_client_close(client);
	kvip_converge_free(&sync->made);
	kvip_model_free(&sync->model);
	return ret ? kvip_refused(&err) : kvip_finish();
}

static int run(int argc, char **argv, struct kvip_options *options)
{
	static const struct option longs[] = {
		{ "file", required_argument, NULL, 'f' },
		{ "node", required_argument, NULL, 'n' },
		{ "dry-run", no_argument, NULL, 'd' },
		{ "allow-empty", no_argument, NULL, 'e' },
		{ "proxy-name", required_argument, NULL, 'p' },
		{ "config", required_argument, NULL, 'c' },
		KVIP_COMMON_LONG,
		{}
	};
	struct sync sync = { .options = options };
	struct utsname host;
	int option;

	kvip_converge_init(&sync.made);
	while ((option = getopt_long(argc, argv, KVIP_COMMON_SHORT "f:n:",
				     longs, NULL)) != -1) {
		switch (option) {
		case 'f':
			sync.path = optarg;
			break;
		case 'n':
			sync.made.node = optarg;
			break;
		case 'd':
			sync.made.dry_run = true;
			break;
		case 'e':
			sync.made.config.allow_empty = true;
			break;
		case 'p':
			sync.made.proxy_name = optarg;
			break;
		case 'c':
			sync.config_path = optarg;
			break;
		default:
			kvip_common_option(&kvip_cmd_sync, option, options);
		}
	}
	if (kvip_no_arguments(&kvip_cmd_sync, argc, argv))
		return KVIP_EXIT_USAGE;
	if (!sync.path)
		return kvip_usage(
			&kvip_cmd_sync,
			"sync: -f is missing: a file, a directory, or - for standard input");
	if (options->family)
		return kvip_usage(
			&kvip_cmd_sync,
			"sync: -4 and -6 do not apply: the tables are those of the whole node");
	if (!sync.made.node) {
		if (uname(&host))
			return kvip_usage(&kvip_cmd_sync,
					  "sync: --node is missing");
		sync.made.node = host.nodename;
	}
	return run_sync(&sync);
}

const struct kvip_command kvip_cmd_sync = {
	.name = "sync",
	.summary =
		"make the tables those of a cluster, from a dump of its objects",
	.help = "usage: kvip sync -f FILE|DIR|- [--node NAME] [--config FILE] [--dry-run] [-j]\n"
		"Read Services, EndpointSlices and Nodes, work out the tables of one node, and\n"
		"write what differs from the kernel's tables in one transaction. The input is what\n"
		"  kubectl get services,endpointslices,nodes -A -o json\n"
		"prints, or YAML, or a directory of such files (*.json, *.yaml, *.yml).\n"
		"The configuration comes from " KVIP_CONFIG_PATH
		" and goes into the same\n"
		"transaction; without that file the kernel's is kept (see kvip config --help). What\n"
		"the Node tells, its addresses and podCIDRs, is taken from the input.\n"
		"\n"
		"  -f, --file PATH    the input; - is standard input\n"
		"  -n, --node NAME    the node to be (default: this host's name)\n"
		"      --config FILE  the configuration to have\n"
		"      --dry-run      print what would change; write nothing\n"
		"      --proxy-name X take the Services labelled\n"
		"                     service.kubernetes.io/service-proxy-name=X, this time,\n"
		"                     whatever the configuration says\n"
		"      --allow-empty  take an input without any Service or EndpointSlice as it is,\n"
		"                     rather than for a mistake\n"
		"  -j, --json         print the outcome as JSON\n",
	.run = run,
};
