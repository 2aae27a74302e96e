// SPDX-License-Identifier: GPL-2.0-or-later
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "columns.h"
#include "config.h"
#include "describe_config.h"

/* What the Node tells is a comment: the file asks for it, and sync fills it in. */
static void print_key(FILE *to, const struct kvip_config *config,
		      enum kvip_config_key key, int width)
{
	char *resolved = kvip_config_resolved_text(config, key);
	char *value = kvip_config_text(config, key);

	fprintf(to, "%-*s =%s%s", width, kvip_config_key_name(key),
		*value ? " " : "", value);
	if (resolved)
		fprintf(to, "  # %s",
			*resolved ? resolved :
				    "known after the next kvip sync");
	fputc('\n', to);
	free(resolved);
	free(value);
}

void kvip_print_config(FILE *to, const struct kvip_config *config)
{
	unsigned int key;
	int width = 0;

	for (key = 0; key < KVIP_CONFIG_KEYS; key++) {
		int len = (int)strlen(kvip_config_key_name(key));

		width = len > width ? len : width;
	}
	for (key = 0; key < KVIP_CONFIG_KEYS; key++)
		print_key(to, config, key, width);
}

/* "primary (192.0.2.1)", "empty" */
static void print_value(FILE *to, const struct kvip_config *config,
			enum kvip_config_key key)
{
	char *resolved = kvip_config_resolved_text(config, key);
	char *value = kvip_config_text(config, key);

	fputs(*value ? value : "empty", to);
	if (resolved)
		fprintf(to, " (%s)", *resolved ? resolved : "nothing");
	free(resolved);
	free(value);
}

void kvip_print_config_changes(FILE *to, const struct kvip_config *have,
			       const struct kvip_config *want)
{
	unsigned int key;

	for (key = 0; key < KVIP_CONFIG_KEYS; key++) {
		if (kvip_config_same(have, want, key))
			continue;
		fprintf(to, "%s~ config %s%s: ", kvip_colour('y'),
			kvip_config_key_name(key), kvip_plain());
		print_value(to, want, key);
		fputs(", was ", to);
		print_value(to, have, key);
		fputc('\n', to);
	}
}

struct json_object *kvip_config_changes_json(const struct kvip_config *have,
					     const struct kvip_config *want)
{
	struct json_object *list = json_object_new_array();
	unsigned int key;

	for (key = 0; key < KVIP_CONFIG_KEYS; key++)
		if (!kvip_config_same(have, want, key))
			json_object_array_add(
				list, json_object_new_string(
					      kvip_config_key_name(key)));
	return list;
}
