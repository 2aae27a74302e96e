// SPDX-License-Identifier: GPL-2.0-or-later
#include <json-c/json.h>
#include <stdio.h>
#include <string.h>

#include "access.h"
#include "change.h"
#include "manifest.h"
#include "targets.h"

struct deletion {
	struct kvip_change change;
	struct kvip_selection selection;
	struct kvip_manifest manifest;
	struct kvip_targets targets;
	bool ignore_absent;
	size_t n_deleted;
};

static void say(const struct deletion *deletion,
		const struct kvip_target *target)
{
	const struct kvip_kind_info *info = &kvip_kinds[target->kind];
	const char *dry = kvip_change_dry(&deletion->change);
	char name[KVIP_CHANGE_NAME_LEN];

	if (deletion->change.format == KVIP_CHANGE_NAME)
		kvip_change_print("%s", kvip_change_name(target->kind,
							 target->name, name));
	else if (target->ns)
		kvip_change_print("%s%s%s \"%s\" deleted%s from %s namespace",
				  info->singular, *info->group ? "." : "",
				  info->group, target->name, dry, target->ns);
	else
		kvip_change_print("%s%s%s \"%s\" deleted%s", info->singular,
				  *info->group ? "." : "", info->group,
				  target->name, dry);
}

static void delete_target(struct deletion *deletion, struct kvip_access *access,
			  size_t i)
{
	const struct kvip_target *target = &deletion->targets.items[i];
	enum kvip_dry_run dry_run = deletion->change.dry_run;
	struct kvip_err err;
	int ret = 0;

	if (dry_run == KVIP_DRY_RUN_CLIENT) {
		struct json_object *object = NULL;

		ret = kvip_access_get(access, target->kind, target->ns,
				      target->name, &object, &err);
		json_object_put(object);
	} else {
		ret = kvip_access_delete(access, target->kind, target->ns,
					 target->name,
					 dry_run == KVIP_DRY_RUN_SERVER, &err);
	}
	if (!ret) {
		deletion->n_deleted++;
		say(deletion, target);
		return;
	}
	if (ret == KVIP_ACCESS_ABSENT && deletion->ignore_absent)
		return;
	if (i < deletion->manifest.n)
		kvip_manifest_blame(&deletion->manifest.items[i], &err);
	kvip_change_refuse(&deletion->change, &err);
}

static int run_deletion(struct deletion *deletion)
{
	struct kvip_change *change = &deletion->change;
	struct kvip_access *access;
	size_t i;
	int status;

	access = kvip_targets_open(change, true, &deletion->manifest,
				   &deletion->selection, &deletion->targets,
				   &status);
	if (!access)
		return status;
	for (i = 0; i < deletion->targets.n; i++)
		delete_target(deletion, access, i);
	if (!deletion->n_deleted && !change->failed)
		puts("No resources found");
	return kvip_change_close(change, access);
}

/* What getopt_long() left. */
static int check(struct deletion *deletion, bool has_files)
{
	struct kvip_change *change = &deletion->change;
	struct kvip_selection *selection = &deletion->selection;
	struct kvip_err err;
	size_t i;

	if (change->format == KVIP_CHANGE_JSON ||
	    change->format == KVIP_CHANGE_YAML)
		return kvip_change_usage(
			change, "delete: -o name is all that there is");
	if (has_files) {
		if (selection->n_words || selection->selector || selection->all)
			return kvip_change_usage(
				change,
				"delete: with -f, objects are named by files alone");
		if (!deletion->manifest.n) {
			kvip_err_set(&err, "no objects passed to delete");
			return kvip_change_refuse(change, &err);
		}
		for (i = 0; i < deletion->manifest.n; i++) {
			const struct kvip_manifest_item *item =
				&deletion->manifest.items[i];

			if (*kvip_object_name(item->object))
				continue;
			kvip_err_set(&err,
				     "an object without a name can't be found");
			kvip_manifest_blame(item, &err);
			return kvip_change_refuse(change, &err);
		}
		return 0;
	}
	if (kvip_targets_parse(selection, &deletion->targets, &err))
		return kvip_change_usage(change, "delete: %s", err.text);
	/* a search finds what there is */
	if (selection->selector || selection->all)
		deletion->ignore_absent = true;
	return 0;
}

static int parse(struct deletion *deletion, int argc, char **argv,
		 struct kvip_options *options)
{
	enum { OPT_IGNORE = KVIP_TARGETS_OPT_END };
	static const struct option longs[] = {
		KVIP_TARGETS_LONG,
		{ "ignore-not-found", no_argument, NULL, OPT_IGNORE },
		KVIP_CHANGE_LONG,
		{}
	};
	int option, ret;

	while ((option = getopt_long(argc, argv,
				     KVIP_CHANGE_SHORT KVIP_TARGETS_SHORT,
				     longs, NULL)) != -1) {
		ret = 0;
		switch (option) {
		case OPT_IGNORE:
			deletion->ignore_absent = true;
			break;
		default:
			ret = kvip_targets_option(&deletion->change,
						  &deletion->selection,
						  &deletion->manifest, option,
						  options);
		}
		if (ret)
			return ret;
	}
	deletion->selection.words = argv + optind;
	deletion->selection.n_words = (size_t)(argc - optind);
	return check(deletion, deletion->selection.has_files);
}

static int run(int argc, char **argv, struct kvip_options *options)
{
	struct deletion deletion = { .change.command = &kvip_cmd_delete };
	int ret;

	ret = parse(&deletion, argc, argv, options);
	if (!ret)
		ret = run_deletion(&deletion);
	kvip_manifest_free(&deletion.manifest);
	kvip_targets_free(&deletion.targets);
	return ret;
}

const struct kvip_command kvip_cmd_delete = {
	.name = "delete",
	.summary = "take objects away",
	.help = "usage: kvip delete (TYPE NAME... | TYPE/NAME... | -f FILE)\n"
		"       kvip delete TYPE[,TYPE...] (-l SELECTOR | --all) [-A]\n"
		"Delete objects, and with a Service its EndpointSlices, addresses and ports.\n"
		"\n"
		"  -f, --filename FILE    the objects of a file, a directory, or -\n"
		"  -l, --selector S       all with these labels\n"
		"      --all              all of that type in the namespace\n"
		"  -A, --all-namespaces   with -l or --all: in every namespace\n"
		"      --ignore-not-found what is not there is no error\n" KVIP_CHANGE_HELP,
	.run = run,
};
