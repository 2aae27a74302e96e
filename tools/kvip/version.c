// SPDX-License-Identifier: GPL-2.0-or-later
#include <json-c/json.h>
#include <stdio.h>

#include <linux/kvip.h>

#include "client.h"
#include "command.h"

static void print_json(const struct kvip_info *info)
{
	struct json_object *json = json_object_new_object();
	struct json_object *module = NULL;

	json_object_object_add(json, "tool",
			       json_object_new_string(KVIP_VERSION));
	json_object_object_add(json, "toolAbi", json_object_new_int(KVIP_ABI));
	if (info) {
		module = json_object_new_string(info->version);
		json_object_object_add(json, "moduleAbi",
				       json_object_new_int((int)info->abi));
	}
	json_object_object_add(json, "module", module);
	puts(json_object_to_json_string_ext(
		json,
		JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_NOSLASHESCAPE));
	json_object_put(json);
}

static int run(int argc, char **argv, struct kvip_options *options)
{
	static const struct option longs[] = { KVIP_COMMON_LONG, {} };
	struct kvip_client *client;
	struct kvip_info info;
	struct kvip_err err;
	int option, ret;

	while ((option = getopt_long(argc, argv, KVIP_COMMON_SHORT, longs,
				     NULL)) != -1)
		kvip_common_option(&kvip_cmd_version, option, options);
	if (kvip_no_arguments(&kvip_cmd_version, argc, argv))
		return KVIP_EXIT_USAGE;

	client = kvip_client_open(&err);
	if (client && kvip_client_info(client, &info, &err)) {
		kvip_client_close(client);
		return kvip_refused(&err);
	}
	if (options->json) {
		print_json(client ? &info : NULL);
	} else {
		printf("kvip    %s (ABI %d)\n", KVIP_VERSION, KVIP_ABI);
		if (client)
			printf("module  %s (ABI %u)\n", info.version, info.abi);
	}
	/* The tool's own version is told even so. */
	ret = kvip_finish();
	if (!client)
		return kvip_refused(&err);
	kvip_client_close(client);
	return ret;
}

const struct kvip_command kvip_cmd_version = {
	.name = "version",
	.summary = "the versions of this command and of the loaded module",
	.help = "usage: kvip version [-j]\n"
		"Print the version of this command and of the loaded module. Where no module is\n"
		"loaded, the exit status is 1.\n"
		"\n"
		"  -j, --json    as JSON: tool, toolAbi, module (null: not loaded), moduleAbi\n",
	.run = run,
};
