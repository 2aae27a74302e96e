// SPDX-License-Identifier: GPL-2.0-or-later
#include <json-c/json.h>
#include <stdio.h>
#include <string.h>

#include "command.h"
#include "hold.h"

static int status(const struct kvip_options *options)
{
	struct kvip_err err;
	bool v4, v6;

	if (kvip_hold_get(&v4, &v6, &err))
		return kvip_refused(&err);
	if (options->json) {
		struct json_object *json = json_object_new_object();

		json_object_object_add(json, "holdIPv4",
				       json_object_new_boolean(v4));
		json_object_object_add(json, "holdIPv6",
				       json_object_new_boolean(v6));
		puts(json_object_to_json_string_ext(json,
						    JSON_C_TO_STRING_PRETTY));
		json_object_put(json);
	} else if (v4 && v6) {
		puts("hold is on: translated connections go on while the module is away");
	} else if (v4 || v6) {
		printf("hold is on for %s only\n", v4 ? "IPv4" : "IPv6");
	} else {
		puts("hold is off");
	}
	return kvip_finish();
}

static int run(int argc, char **argv, struct kvip_options *options)
{
	static const struct option longs[] = { KVIP_COMMON_LONG, {} };
	const char *what = "status";
	struct kvip_err err;
	int option;

	while ((option = getopt_long(argc, argv, KVIP_COMMON_SHORT, longs,
				     NULL)) != -1)
		kvip_common_option(&kvip_cmd_hold, option, options);
	if (optind < argc)
		what = argv[optind++];
	if (kvip_no_arguments(&kvip_cmd_hold, argc, argv))
		return KVIP_EXIT_USAGE;
	if (options->family)
		return kvip_usage(
			&kvip_cmd_hold,
			"hold: it is for both families; -4 and -6 do not apply");
	if (!strcmp(what, "status"))
		return status(options);
	if (strcmp(what, "on") && strcmp(what, "off"))
		return kvip_usage(&kvip_cmd_hold,
				  "hold: on, off or status, not \"%s\"", what);
	if (options->json)
		return kvip_usage(&kvip_cmd_hold,
				  "hold: -j is for hold status only");
	if (kvip_hold_set(!strcmp(what, "on"), &err))
		return kvip_refused(&err);
	return KVIP_EXIT_OK;
}

const struct kvip_command kvip_cmd_hold = {
	.name = "hold",
	.summary = "keep connections whole while the module is exchanged",
	.help = "usage: kvip hold [on | off | status] [-j]\n"
		"Where nothing else uses NAT, the kernel stops translating with the last of kvip,\n"
		"and connections to Services break when the module is unloaded. While hold is on,\n"
		"it goes on. To exchange the module under traffic:\n"
		"\n"
		"  kvip hold on\n"
		"  kvip save > table.json\n"
		"  rmmod kvip; modprobe kvip\n"
		"  kvip restore table.json\n"
		"  kvip hold off\n"
		"\n"
		"Open connections go on meanwhile; those to Services that begin meanwhile get no\n"
		"answer and have to be begun anew. It is one network namespace that is held: this\n"
		"one. It is done with a table \"kvip-hold\" of nf_tables for each family, that\n"
		"changes no packet.\n"
		"\n"
		"  status        whether it is on; what hold alone does too\n"
		"  -j, --json    the status as JSON\n",
	.run = run,
};
