// SPDX-License-Identifier: GPL-2.0-or-later
#include <json-c/json.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "change.h"
#include "output_json.h"
#include "yaml_writer.h"

static int set_format(struct kvip_change *change, const char *text)
{
	static const struct {
		const char *name;
		enum kvip_change_format format;
	} formats[] = {
		{ "name", KVIP_CHANGE_NAME },
		{ "json", KVIP_CHANGE_JSON },
		{ "yaml", KVIP_CHANGE_YAML },
	};
	size_t i;

	for (i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
		if (strcmp(text, formats[i].name))
			continue;
		change->format = formats[i].format;
		return 0;
	}
	return kvip_change_usage(change,
				 "%s: -o takes json, yaml or name, not \"%s\"",
				 change->command->name, text);
}

static int set_dry_run(struct kvip_change *change, const char *text)
{
	static const char *const names[] = {
		[KVIP_DRY_RUN_NONE] = "none",
		[KVIP_DRY_RUN_CLIENT] = "client",
		[KVIP_DRY_RUN_SERVER] = "server",
	};
	size_t i;

	if (!text)
		return kvip_change_usage(
			change,
			"%s: --dry-run needs a value: --dry-run=client, server or none",
			change->command->name);
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcmp(text, names[i]))
			continue;
		change->dry_run = i;
		return 0;
	}
	return kvip_change_usage(
		change, "%s: --dry-run is client, server or none, not \"%s\"",
		change->command->name, text);
}

int kvip_change_option(struct kvip_change *change, int option,
		       struct kvip_options *options)
{
	if (kvip_access_option(&change->access, option))
		return 0;
	switch (option) {
	case 'o':
		return set_format(change, optarg);
	case KVIP_CHANGE_OPT_DRY_RUN:
		return set_dry_run(change, optarg);
	case '4':
	case '6':
		return kvip_change_usage(change, "%s: -4 and -6 do not apply",
					 change->command->name);
	default:
		kvip_common_option(change->command, option, options);
		if (options->json)
			change->format = KVIP_CHANGE_JSON;
		return 0;
	}
}

int kvip_change_usage(const struct kvip_change *change, const char *fmt, ...)
{
	char text[1024];
	struct kvip_err err;
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	kvip_err_set(&err, "%s", text);
	return kvip_usage(change->command, "%s", err.text);
}

int kvip_change_refuse(struct kvip_change *change, const struct kvip_err *err)
{
	change->failed = true;
	/* in the order in which it happened, where both go to one terminal */
	fflush(stdout);
	return kvip_refused(err);
}

void kvip_change_print(const char *fmt, ...)
{
	struct kvip_err line;
	va_list args;
	char text[sizeof(line.text)];

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	kvip_err_set(&line, "%s", text);
	puts(line.text);
}

const char *kvip_change_dry(const struct kvip_change *change)
{
	switch (change->dry_run) {
	case KVIP_DRY_RUN_CLIENT:
		return " (dry run)";
	case KVIP_DRY_RUN_SERVER:
		return " (server dry run)";
	default:
		return "";
	}
}

const char *kvip_change_name(enum kvip_kind kind, const char *name,
			     char buf[KVIP_CHANGE_NAME_LEN])
{
	const struct kvip_kind_info *info = &kvip_kinds[kind];

	snprintf(buf, KVIP_CHANGE_NAME_LEN, "%s%s%s/%s", info->singular,
		 *info->group ? "." : "", info->group, name);
	return buf;
}

static void print_yaml(struct kvip_change *change, struct json_object *object)
{
	if (!change->writer)
		change->writer = kvip_yaml_writer_new(stdout);
	kvip_yaml_writer_begin(change->writer);
	kvip_yaml_writer_value(change->writer, object);
	kvip_yaml_writer_end(change->writer);
}

void kvip_change_say(struct kvip_change *change, enum kvip_kind kind,
		     struct json_object *object, const char *verb,
		     const char *more)
{
	char name[KVIP_CHANGE_NAME_LEN];

	kvip_change_name(kind, kvip_object_name(object), name);
	switch (change->format) {
	case KVIP_CHANGE_JSON:
		kvip_output_json(stdout, object, 0);
		putchar('\n');
		return;
	case KVIP_CHANGE_YAML:
		print_yaml(change, object);
		return;
	case KVIP_CHANGE_NAME:
		kvip_change_print("%s", name);
		return;
	default:
		kvip_change_print("%s %s%s%s", name, verb,
				  kvip_change_dry(change), more ? more : "");
	}
}

unsigned int kvip_change_flags(const struct kvip_change *change)
{
	switch (change->dry_run) {
	case KVIP_DRY_RUN_CLIENT:
		return 0;
	case KVIP_DRY_RUN_SERVER:
		return KVIP_ACCESS_WRITE | KVIP_ACCESS_TRY;
	default:
		return KVIP_ACCESS_WRITE;
	}
}

int kvip_change_close(struct kvip_change *change, struct kvip_access *access)
{
	struct kvip_err err;
	int ret;

	kvip_yaml_writer_free(change->writer);
	change->writer = NULL;
	ret = kvip_finish();
	if (kvip_access_close(access, &err))
		return kvip_change_refuse(change, &err);
	return change->failed ? KVIP_EXIT_REFUSED : ret;
}
