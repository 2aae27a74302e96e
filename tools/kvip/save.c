// SPDX-License-Identifier: GPL-2.0-or-later
#include <json-c/json.h>
#include <stdio.h>

#include "client.h"
#include "command.h"
#include "config.h"
#include "table.h"
#include "table_json.h"

/* Tables and the configuration of one generation; without, in an older module. */
static int load(const struct kvip_options *options, struct kvip_table *table,
		struct kvip_config *config, bool *has_config,
		struct kvip_err *err)
{
	struct kvip_client *client;
	uint64_t generation;
	int ret;

	do {
		kvip_table_free(table);
		if (kvip_load(options, &client, table, err))
			return -1;
		ret = kvip_client_config(client, config, &generation, err);
		kvip_client_close(client);
	} while (!ret && generation != table->generation);
	*has_config = !ret;
	return ret == KVIP_CLIENT_OLD ? 0 : ret;
}

static void print_compact(struct json_object *json)
{
	fputs(json_object_to_json_string_ext(
		      json,
		      JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE),
	      stdout);
	json_object_put(json);
}

static int run(int argc, char **argv, struct kvip_options *options)
{
	static const struct option longs[] = { KVIP_COMMON_LONG, {} };
	struct kvip_config config;
	struct kvip_table table;
	struct kvip_err err;
	bool has_config;
	int option;
	size_t i;

	while ((option = getopt_long(argc, argv, KVIP_COMMON_SHORT, longs,
				     NULL)) != -1)
		kvip_common_option(&kvip_cmd_save, option, options);
	if (kvip_no_arguments(&kvip_cmd_save, argc, argv))
		return KVIP_EXIT_USAGE;

	kvip_table_init(&table);
	if (load(options, &table, &config, &has_config, &err)) {
		kvip_table_free(&table);
		return kvip_refused(&err);
	}

	/* One service a line: differences between two files can be read. */
	printf("{\"apiVersion\":\"%s\",\"kind\":\"%s\",", KVIP_TABLE_VERSION,
	       KVIP_TABLE_KIND);
	if (has_config) {
		fputs("\n\"config\":", stdout);
		print_compact(kvip_config_json(&config));
		fputs(",\n", stdout);
	}
	fputs("\"items\":[", stdout);
	for (i = 0; i < table.n_services; i++) {
		fputs(i ? ",\n" : "\n", stdout);
		print_compact(kvip_service_json(&table.services[i], false));
	}
	printf("%s]}\n", table.n_services ? "\n" : "");
	kvip_table_free(&table);
	return kvip_finish();
}

const struct kvip_command kvip_cmd_save = {
	.name = "save",
	.summary = "write the tables to standard output, for kvip restore",
	.help = "usage: kvip save [-4 | -6] > FILE\n"
		"Write the tables and the configuration of this network namespace as JSON, one\n"
		"service a line, in an order that does not depend on how they came. Counters are\n"
		"left out.\n"
		"\n"
		"  -4, --ipv4    only services of IPv4\n"
		"  -6, --ipv6    only services of IPv6\n",
	.run = run,
};
