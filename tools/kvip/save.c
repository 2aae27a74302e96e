// SPDX-License-Identifier: GPL-2.0-or-later
#include <json-c/json.h>
#include <stdio.h>

#include "client.h"
#include "command.h"
#include "table.h"
#include "table_json.h"

static int run(int argc, char **argv, struct kvip_options *options)
{
	static const struct option longs[] = { KVIP_COMMON_LONG, {} };
	struct kvip_client *client;
	struct kvip_table table;
	struct kvip_err err;
	int option;
	size_t i;

	while ((option = getopt_long(argc, argv, KVIP_COMMON_SHORT, longs,
				     NULL)) != -1)
		kvip_common_option(&kvip_cmd_save, option, options);
	if (kvip_no_arguments(&kvip_cmd_save, argc, argv))
		return KVIP_EXIT_USAGE;

	kvip_table_init(&table);
	if (kvip_load(options, &client, &table, &err))
		return kvip_refused(&err);
	kvip_client_close(client);

	/* One service a line: differences between two files can be read. */
	printf("{\"apiVersion\":\"%s\",\"kind\":\"%s\",\"items\":[",
	       KVIP_TABLE_VERSION, KVIP_TABLE_KIND);
	for (i = 0; i < table.n_services; i++) {
		struct json_object *json;

		json = kvip_service_json(&table.services[i], false);
		printf("%s\n%s", i ? "," : "",
		       json_object_to_json_string_ext(
			       json, JSON_C_TO_STRING_PLAIN |
					     JSON_C_TO_STRING_NOSLASHESCAPE));
		json_object_put(json);
	}
	printf("%s]}\n", table.n_services ? "\n" : "");
	kvip_table_free(&table);
	return kvip_finish();
}

const struct kvip_command kvip_cmd_save = {
	.name = "save",
	.summary = "write the tables to standard output, for kvip restore",
	.help = "usage: kvip save [-4 | -6] > FILE\n"
		"Write the tables of this network namespace as JSON, one service a line, in an\n"
		"order that does not depend on how they came. Counters are left out.\n"
		"\n"
		"  -4, --ipv4    only services of IPv4\n"
		"  -6, --ipv6    only services of IPv6\n",
	.run = run,
};
