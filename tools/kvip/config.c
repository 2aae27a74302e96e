// SPDX-License-Identifier: GPL-2.0-or-later
#include <inttypes.h>
#include <json-c/json.h>
#include <stdio.h>
#include <string.h>

#include "client.h"
#include "command.h"
#include "config.h"
#include "describe_config.h"
#include "diff.h"

/* What kvip config set is told. */
struct set {
	const char *path; /* NULL: words */
	char **words;
	int n_words;
	bool json;
	struct kvip_config have;
	struct kvip_config want;
	uint64_t generation;
	bool changed;
};

static int show(const struct kvip_options *options)
{
	struct kvip_client *client;
	struct kvip_config config;
	struct kvip_err err;
	uint64_t generation;
	int ret;

	client = kvip_client_open(&err);
	if (!client)
		return kvip_refused(&err);
	ret = kvip_client_config(client, &config, &generation, &err);
	kvip_client_close(client);
	if (ret)
		return kvip_refused(&err);
	if (options->json) {
		struct json_object *json = kvip_config_json(&config);

		puts(json_object_to_json_string_ext(
			json, JSON_C_TO_STRING_PRETTY |
				      JSON_C_TO_STRING_NOSLASHESCAPE));
		json_object_put(json);
	} else {
		kvip_print_config(stdout, &config);
	}
	return kvip_finish();
}

static int assign(const struct set *set, struct kvip_config *config,
		  struct kvip_err *err)
{
	uint32_t seen = 0;
	int i;

	for (i = 0; i < set->n_words; i++)
		if (kvip_config_assign(config, &seen, set->words[i], err))
			return -1;
	return 0;
}

/* Read, change and write, again if another writer came between. */
static int converge(struct set *set, struct kvip_client *client,
		    const struct kvip_config *file, struct kvip_err *err)
{
	const struct kvip_diff no_service = {};
	int ret;

	do {
		ret = kvip_client_config(client, &set->have, &set->generation,
					 err);
		if (ret)
			return ret;
		set->want = file ? *file : set->have;
		if (file)
			kvip_config_keep(&set->want, &set->have);
		else if (assign(set, &set->want, err))
			return -1;
		set->changed = !kvip_config_equal(&set->have, &set->want);
		if (!set->changed)
			return 0;
		ret = kvip_client_apply(client, &no_service, &set->want,
					&set->generation, err);
	} while (ret == KVIP_CLIENT_STALE);
	return ret;
}

static void print_json(const struct set *set)
{
	struct json_object *json = json_object_new_object();

	json_object_object_add(json, "generation",
			       json_object_new_uint64(set->generation));
	json_object_object_add(json, "changed",
			       kvip_config_changes_json(&set->have,
							&set->want));
	puts(json_object_to_json_string_ext(json, JSON_C_TO_STRING_PRETTY));
	json_object_put(json);
}

static bool unresolved(const struct kvip_config *config,
		       enum kvip_config_key key)
{
	const struct kvip_config_blocks *blocks;

	blocks = kvip_config_resolved(config, key);
	return blocks && !blocks->n;
}

static void print_text(const struct set *set)
{
	if (set->changed)
		kvip_print_config_changes(stdout, &set->have, &set->want);
	else
		fputs("no change: nothing was written ", stdout);
	printf("%sgeneration %" PRIu64 "%s\n", set->changed ? "" : "(",
	       set->generation, set->changed ? "" : ")");
	if (unresolved(&set->want, KVIP_CONFIG_NODE_PORT_ADDRESSES))
		puts("  the next kvip sync fills in the node's addresses");
	if (unresolved(&set->want, KVIP_CONFIG_NODE_CIDRS))
		puts("  the next kvip sync fills in the node's podCIDRs");
}

static int run_set(struct set *set)
{
	struct kvip_client *client;
	struct kvip_config file;
	struct kvip_err err;
	int ret;

	/* What is wrong with the words is wrong whatever the kernel has. */
	if (set->path) {
		ret = kvip_config_read(set->path, &file, NULL, &err);
	} else {
		kvip_config_init(&set->want);
		ret = assign(set, &set->want, &err);
	}
	if (ret)
		return kvip_refused(&err);
	client = kvip_client_open(&err);
	if (!client)
		return kvip_refused(&err);
	ret = converge(set, client, set->path ? &file : NULL, &err);
	kvip_client_close(client);
	if (ret)
		return kvip_refused(&err);
	if (set->json)
		print_json(set);
	else
		print_text(set);
	return kvip_finish();
}

static int run(int argc, char **argv, struct kvip_options *options)
{
	static const struct option longs[] = {
		{ "file", required_argument, NULL, 'f' }, KVIP_COMMON_LONG, {}
	};
	struct set set = {};
	const char *what;
	int option;

	while ((option = getopt_long(argc, argv, KVIP_COMMON_SHORT "f:", longs,
				     NULL)) != -1) {
		if (option == 'f')
			set.path = optarg;
		else
			kvip_common_option(&kvip_cmd_config, option, options);
	}
	if (options->family)
		return kvip_usage(
			&kvip_cmd_config,
			"config: -4 and -6 do not apply: it is that of both");
	what = optind < argc ? argv[optind++] : "";
	if (!strcmp(what, "show")) {
		if (set.path)
			return kvip_usage(&kvip_cmd_config,
					  "config show: -f does not apply");
		if (kvip_no_arguments(&kvip_cmd_config, argc, argv))
			return KVIP_EXIT_USAGE;
		return show(options);
	}
	if (!*what)
		return kvip_usage(&kvip_cmd_config,
				  "config: say what: show or set");
	if (strcmp(what, "set"))
		return kvip_usage(&kvip_cmd_config,
				  "config: show or set, not \"%s\"", what);
	set.words = argv + optind;
	set.n_words = argc - optind;
	set.json = options->json;
	if (!set.path == !set.n_words)
		return kvip_usage(
			&kvip_cmd_config,
			"config set: it takes either KEY=VALUE... or -f FILE");
	return run_set(&set);
}

const struct kvip_command kvip_cmd_config = {
	.name = "config",
	.summary = "print or change what holds for all services",
	.help = "usage: kvip config show [-j]\n"
		"       kvip config set KEY=VALUE... [-j]\n"
		"       kvip config set -f FILE [-j]\n"
		"Print the configuration of this network namespace, in the syntax of a file that\n"
		"set -f takes; change the keys that are named, in one step; or replace all of it by\n"
		"a file's, absent keys having their defaults. FILE - is standard input. kvip sync\n"
		"does the latter with " KVIP_CONFIG_PATH ", if it is there.\n"
		"\n"
		"  nodeport-addresses          primary (the Node's addresses), all, none, or blocks\n"
		"  cluster-cidrs               sources in these blocks are local pods\n"
		"  node-cidrs                  yes: so are those in the Node's podCIDRs\n"
		"  pod-bridge                  so is what arrives on these interfaces\n"
		"  pod-interface-prefix        or on interfaces whose names begin so\n"
		"  service-cidrs               drop what is for addresses here that no service has\n"
		"  masquerade-all              yes: hide the addresses of all clients of ClusterIPs\n"
		"  source-ranges-everywhere    yes: loadBalancerSourceRanges guard external IPs and\n"
		"                              node ports too\n"
		"  nodeport-without-endpoints  reject, or leave it to the host\n"
		"  localhost-nodeports         yes: the node has node ports on 127.0.0.1 and ::1 too\n"
		"  affinity-scope              port, or service: its ports share their entries\n"
		"  affinity-entries            how many there may be\n"
		"  proxy-name                  serve the Services with this label\n"
		"                              service.kubernetes.io/service-proxy-name\n"
		"\n"
		"Lists are separated by commas. A block is 10.0.0.0/8 or one address.\n"
		"\n"
		"  -f, --file FILE  the file\n"
		"  -j, --json       print JSON\n",
	.run = run,
};
