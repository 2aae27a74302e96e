// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdio.h>

#include "client.h"
#include "command.h"
#include "config.h"
#include "table.h"

static int run(int argc, char **argv, struct kvip_options *options)
{
	static const struct option longs[] = {
		{ "config", no_argument, NULL, 'c' }, KVIP_COMMON_LONG, {}
	};
	struct kvip_table nothing;
	struct kvip_client *client;
	struct kvip_info before;
	struct kvip_config defaults;
	bool config = false;
	struct kvip_err err;
	uint64_t generation;
	int option, ret;

	while ((option = getopt_long(argc, argv, KVIP_COMMON_SHORT, longs,
				     NULL)) != -1) {
		if (option == 'c')
			config = true;
		else
			kvip_common_option(&kvip_cmd_flush, option, options);
	}
	if (kvip_no_arguments(&kvip_cmd_flush, argc, argv))
		return KVIP_EXIT_USAGE;
	if (options->family || options->json)
		return kvip_usage(
			&kvip_cmd_flush,
			"flush: it removes everything and prints a line; -4, -6 and -j do not apply");

	client = kvip_client_open(&err);
	if (!client)
		return kvip_refused(&err);
	kvip_table_init(&nothing);
	kvip_config_init(&defaults);
	ret = kvip_client_info(client, &before, &err) ||
	      kvip_client_replace(client, &nothing, config ? &defaults : NULL,
				  &generation, &err);
	kvip_client_close(client);
	if (ret)
		return kvip_refused(&err);
	printf("removed %u service%s%s (generation %llu)\n", before.services,
	       before.services == 1 ? "" : "s",
	       config ? " and reset the configuration" : "",
	       (unsigned long long)generation);
	return kvip_finish();
}

const struct kvip_command kvip_cmd_flush = {
	.name = "flush",
	.summary = "remove all services from this network namespace",
	.help = "usage: kvip flush [--config]\n"
		"Remove all services from the tables of this network namespace, in one step.\n"
		"With the last frontend kvip's hooks go too; connections that it translated then\n"
		"go on only if something else in the namespace uses NAT. The configuration stays.\n"
		"\n"
		"      --config  reset the configuration to its defaults, too\n",
	.run = run,
};
