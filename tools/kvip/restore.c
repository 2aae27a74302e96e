// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdio.h>

#include "client.h"
#include "command.h"
#include "config.h"
#include "table.h"
#include "table_json.h"

static int restore(const char *path, struct kvip_table *table, bool *has_config,
		   uint64_t *generation, struct kvip_err *err)
{
	struct kvip_client *client;
	struct kvip_config config;
	int ret;

	if (kvip_saved_read(path, table, &config, has_config, err))
		return -1;
	client = kvip_client_open(err);
	if (!client)
		return -1;
	ret = kvip_client_replace(client, table, *has_config ? &config : NULL,
				  generation, err);
	kvip_client_close(client);
	return ret;
}

static int run(int argc, char **argv, struct kvip_options *options)
{
	static const struct option longs[] = {
		{ "file", required_argument, NULL, 'f' }, KVIP_COMMON_LONG, {}
	};
	const char *path = NULL;
	struct kvip_table table;
	struct kvip_err err;
	uint64_t generation;
	bool has_config;
	int option, ret;

	while ((option = getopt_long(argc, argv, KVIP_COMMON_SHORT "f:", longs,
				     NULL)) != -1) {
		if (option == 'f')
			path = optarg;
		else
			kvip_common_option(&kvip_cmd_restore, option, options);
	}
	if (!path && optind < argc)
		path = argv[optind++];
	if (kvip_no_arguments(&kvip_cmd_restore, argc, argv))
		return KVIP_EXIT_USAGE;
	if (!path)
		return kvip_usage(
			&kvip_cmd_restore,
			"restore: a file is missing (- is standard input)");
	if (options->family || options->json)
		return kvip_usage(&kvip_cmd_restore,
				  "restore: -4, -6 and -j do not apply");

	kvip_table_init(&table);
	ret = restore(path, &table, &has_config, &generation, &err);
	if (!ret)
		printf("restored %zu service%s%s (generation %llu)\n",
		       table.n_services, table.n_services == 1 ? "" : "s",
		       has_config ? " and the configuration" : "",
		       (unsigned long long)generation);
	kvip_table_free(&table);
	return ret ? kvip_refused(&err) : kvip_finish();
}

const struct kvip_command kvip_cmd_restore = {
	.name = "restore",
	.summary = "make the tables those of a file that kvip save wrote",
	.help = "usage: kvip restore FILE\n"
		"Replace the tables of this network namespace by those that kvip save wrote, in\n"
		"one transaction, and the configuration by the one that the file has. FILE - is\n"
		"standard input. Services and endpoints that are there already stay, with their\n"
		"counters. A file without a configuration leaves that alone.\n",
	.run = run,
};
