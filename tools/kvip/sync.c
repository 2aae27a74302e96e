// SPDX-License-Identifier: GPL-2.0-or-later
#include <inttypes.h>
#include <json-c/json.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>

#include <linux/kvip.h>

#include "claims.h"
#include "client.h"
#include "columns.h"
#include "command.h"
#include "config.h"
#include "derive.h"
#include "describe.h"
#include "describe_config.h"
#include "diff.h"
#include "model.h"
#include "source_file.h"
#include "table.h"

struct sync {
	struct kvip_options *options;
	const char *path;
	const char *node;
	const char *config_path; /* NULL: the usual one, if it is there */
	const char *proxy_name; /* NULL: as the configuration has it */
	bool dry_run;
	bool has_file; /* of configuration; else the kernel's is kept */
	bool has_config; /* the module has one */
	bool config_changes;
	struct kvip_config file;
	struct kvip_config have_config;
	struct kvip_config want_config;
	struct kvip_config derived_from; /* with which want was */
	bool derived;
	struct kvip_derive_config config;
	struct kvip_derive_report report;
	struct kvip_claims claims;
	struct kvip_model model;
	struct kvip_table have;
	struct kvip_table want;
	struct kvip_diff diff;
	uint64_t generation;
	double commit_ms;
};

static double now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

static int commit(struct sync *sync, struct kvip_client *client,
		  struct kvip_err *err)
{
	double start = now_ms();
	int ret;

	sync->generation = sync->have.generation;
	ret = kvip_client_apply(client, &sync->diff,
				sync->config_changes ? &sync->want_config :
						       NULL,
				&sync->generation, err);
	sync->commit_ms = now_ms() - start;
	return ret;
}

/* Tables and configuration of one generation. */
static int load(struct sync *sync, struct kvip_client *client,
		struct kvip_err *err)
{
	uint64_t generation;

	for (;;) {
		if (kvip_client_dump(client, &sync->have, err))
			return -1;
		if (!sync->has_config)
			return 0;
		if (kvip_client_config(client, &sync->have_config, &generation,
				       err))
			return -1;
		if (generation == sync->have.generation)
			return 0;
		kvip_table_free(&sync->have);
	}
}

/* Derive, unless it was done with a configuration that tells it the same. */
static int derive(struct sync *sync, struct kvip_err *err)
{
	static const enum kvip_config_key keys[] = {
		KVIP_CONFIG_PROXY_NAME,
		KVIP_CONFIG_AFFINITY_SCOPE,
		KVIP_CONFIG_RANGES_EVERYWHERE,
	};
	struct kvip_config *from = &sync->derived_from;
	bool same = sync->derived;
	size_t i;

	for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		same = same &&
		       kvip_config_same(from, &sync->want_config, keys[i]);
	if (same)
		return 0;
	kvip_table_free(&sync->want);
	*from = sync->want_config;
	sync->derived = true;
	sync->config.proxy_name = sync->proxy_name;
	if (!sync->proxy_name && *from->proxy_name)
		sync->config.proxy_name = from->proxy_name;
	sync->config.affinity_per_service = from->flags &
					    KVIP_CONFIG_F_AFFINITY_PER_SERVICE;
	sync->config.ranges_everywhere = from->flags &
					 KVIP_CONFIG_F_RANGES_EVERYWHERE;
	kvip_claims_read(&sync->claims, &sync->model, sync->config.proxy_name);
	sync->config.claims = &sync->claims;
	return kvip_derive(&sync->model, sync->node, &sync->config, &sync->want,
			   &sync->report, err);
}

/* What is wanted: of the file, or what there is, and what the Node tells now. */
static int make_wants(struct sync *sync, struct kvip_err *err)
{
	sync->want_config = sync->has_file ? sync->file : sync->have_config;
	/* it refuses a node that is not there */
	if (derive(sync, err))
		return -1;
	kvip_config_resolve(&sync->want_config,
			    kvip_model_node(&sync->model, sync->node));
	sync->config_changes =
		sync->has_config &&
		!kvip_config_equal(&sync->have_config, &sync->want_config);
	return 0;
}

/* Read, compare and write, again if another writer came between. */
static int converge(struct sync *sync, struct kvip_client *client,
		    struct kvip_err *err)
{
	for (;;) {
		int ret;

		if (load(sync, client, err) || make_wants(sync, err))
			return -1;
		kvip_diff_make(&sync->have, &sync->want, &sync->diff);
		sync->generation = sync->have.generation;
		if (sync->dry_run ||
		    (!sync->diff.n_items && !sync->config_changes))
			return 0;
		ret = commit(sync, client, err);
		if (ret != KVIP_CLIENT_STALE)
			return ret;
		kvip_diff_free(&sync->diff);
		kvip_table_free(&sync->have);
	}
}

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
		{ "generation", sync->generation },
		{ "services", kvip_count_services(&sync->want) },
		{ "frontends", count_frontends(&sync->want) },
		{ "endpoints", count_endpoints(&sync->want) },
		{ "added", sync->diff.n_added },
		{ "changed", sync->diff.n_changed },
		{ "removed", sync->diff.n_removed },
		{ "frontendsLeftOut", sync->report.n_kinds_left_out },
		{ "endpointsLeftOut", sync->report.n_endpoints_left_out },
		{ "frontendsContested", sync->report.n_contested },
	};
	size_t i;

	json_object_object_add(json, "node",
			       json_object_new_string(sync->node));
	json_object_object_add(json, "dryRun",
			       json_object_new_boolean(sync->dry_run));
	for (i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		json_object_object_add(
			json, numbers[i].name,
			json_object_new_uint64(numbers[i].value));
	json_object_object_add(
		json, "configChanged",
		kvip_config_changes_json(&sync->have_config,
					 sync->config_changes ?
						 &sync->want_config :
						 &sync->have_config));
	puts(json_object_to_json_string_ext(json, JSON_C_TO_STRING_PRETTY));
	json_object_put(json);
}

static void print_changed_keys(const struct sync *sync)
{
	const char *before = "  configuration changed: ";
	unsigned int key;

	for (key = 0; key < KVIP_CONFIG_KEYS; key++) {
		if (kvip_config_same(&sync->have_config, &sync->want_config,
				     key))
			continue;
		printf("%s%s", before, kvip_config_key_name(key));
		before = ", ";
	}
	putchar('\n');
}

/* What was asked of the Node, and it does not tell. */
static void print_unresolved(const struct sync *sync)
{
	const struct kvip_config *config = &sync->want_config;

	if (!sync->has_config)
		return;
	if (config->flags & KVIP_CONFIG_F_NODE_PORT_PRIMARY &&
	    !config->node_port_addrs.n && has_node_ports(&sync->want))
		printf("  no address has node ports: the Node %s tells no InternalIP\n",
		       sync->node);
	if (config->flags & KVIP_CONFIG_F_POD_NODE_CIDRS &&
	    !config->node_cidrs.n)
		printf("  node-cidrs finds no local pod: the Node %s tells no podCIDRs\n",
		       sync->node);
}

static void print_text(const struct sync *sync)
{
	size_t services = kvip_count_services(&sync->want);
	size_t frontends = count_frontends(&sync->want);
	size_t endpoints = count_endpoints(&sync->want);
	const struct kvip_diff *diff = &sync->diff;
	bool changes = diff->n_items || sync->config_changes;
	size_t i;

	if (sync->dry_run && sync->config_changes)
		kvip_print_config_changes(stdout, &sync->have_config,
					  &sync->want_config);
	if (sync->dry_run)
		for (i = 0; i < diff->n_items; i++)
			kvip_print_change(stdout, &diff->items[i]);

	printf("%s%s%s: %zu service%s, %zu frontend%s, %zu endpoint%s (generation %" PRIu64
	       ")\n",
	       kvip_bold(), sync->node, kvip_plain(), services,
	       kvip_plural(services), frontends, kvip_plural(frontends),
	       endpoints, kvip_plural(endpoints), sync->generation);
	if (!changes)
		puts("  no change: nothing was written");
	else
		printf("  + %zu   ~ %zu   - %zu      ", diff->n_added,
		       diff->n_changed, diff->n_removed);
	if (changes && sync->dry_run)
		puts("nothing was written (--dry-run)");
	else if (changes)
		printf("committed in %.1f ms\n", sync->commit_ms);
	if (sync->config_changes && !sync->dry_run)
		print_changed_keys(sync);
	if (sync->report.n_kinds_left_out)
		printf("  left out: %zu frontend%s of kinds that the module does not serve\n",
		       sync->report.n_kinds_left_out,
		       kvip_plural(sync->report.n_kinds_left_out));
	if (sync->report.n_endpoints_left_out)
		printf("  left out: %zu endpoint%s with addresses that nobody can reach (first: %s)\n",
		       sync->report.n_endpoints_left_out,
		       kvip_plural(sync->report.n_endpoints_left_out),
		       sync->report.first_left_out);
	if (sync->report.n_contested)
		printf("  left out: %zu frontend%s that another Service has (first: %s)\n",
		       sync->report.n_contested,
		       kvip_plural(sync->report.n_contested),
		       sync->report.first_contested);
	print_unresolved(sync);
}

/*
 * The file is read before anything is asked of the kernel, and the kernel asked
 * before an hour of parsing: may we, and what can the module do?
 */
static int ask_config(struct sync *sync, struct kvip_client *client,
		      struct kvip_err *err)
{
	uint64_t generation;
	bool absent = false;
	int ret;

	if (sync->config_path)
		ret = kvip_config_read(sync->config_path, &sync->file, NULL,
				       err);
	else
		ret = kvip_config_read(KVIP_CONFIG_PATH, &sync->file, &absent,
				       err);
	if (ret)
		return -1;
	sync->has_file = !absent;
	ret = kvip_client_config(client, &sync->have_config, &generation, err);
	sync->has_config = !ret;
	/* An older module does what the defaults say, as far as it can. */
	if (ret == KVIP_CLIENT_OLD && !sync->has_file) {
		kvip_config_init(&sync->have_config);
		return 0;
	}
	if (ret == KVIP_CLIENT_OLD)
		kvip_err_prefix(err, "configuration: ");
	return ret;
}

static int sync_run(struct sync *sync, struct kvip_client *client,
		    struct kvip_err *err)
{
	struct kvip_info info;

	if (kvip_client_info(client, &info, err) ||
	    ask_config(sync, client, err))
		return -1;
	sync->config.kinds = info.frontend_kinds;
	if (kvip_source_file(&sync->model, sync->path, err))
		return -1;
	return converge(sync, client, err);
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
	kvip_table_init(&sync->have);
	kvip_table_init(&sync->want);
	ret = sync_run(sync, client, &err);
	if (!ret && sync->options->json)
		print_json(sync);
	else if (!ret)
		print_text(sync);
	kvip_client_close(client);
	kvip_diff_free(&sync->diff);
	kvip_table_free(&sync->have);
	kvip_table_free(&sync->want);
	kvip_claims_free(&sync->claims);
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

	while ((option = getopt_long(argc, argv, KVIP_COMMON_SHORT "f:n:",
				     longs, NULL)) != -1) {
		switch (option) {
		case 'f':
			sync.path = optarg;
			break;
		case 'n':
			sync.node = optarg;
			break;
		case 'd':
			sync.dry_run = true;
			break;
		case 'e':
			sync.config.allow_empty = true;
			break;
		case 'p':
			sync.proxy_name = optarg;
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
	if (!sync.node) {
		if (uname(&host))
			return kvip_usage(&kvip_cmd_sync,
					  "sync: --node is missing");
		sync.node = host.nodename;
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
