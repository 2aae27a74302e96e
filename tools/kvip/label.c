// SPDX-License-Identifier: GPL-2.0-or-later
#include <json-c/json.h>
#include <stdio.h>
#include <string.h>

#include "access.h"
#include "change.h"
#include "json_make.h"
#include "label_change.h"
#include "manifest.h"
#include "object.h"
#include "targets.h"

/* Who else writes the same object may be faster so often. */
#define MAX_TRIES 20

struct label {
	struct kvip_change change;
	struct kvip_selection selection;
	struct kvip_manifest manifest;
	struct kvip_targets targets;
	struct kvip_label_change labels;
	bool list;
};

/* As kubectl does: it is worth a line, and no error. */
static void say_absent(const struct label *label, struct json_object *object)
{
	struct json_object *labels = kvip_object_member(
		kvip_object_member(object, "metadata"), "labels");
	size_t i;

	for (i = 0; i < json_object_array_length(label->labels.remove); i++) {
		const char *name = json_object_get_string(
			json_object_array_get_idx(label->labels.remove, i));

		if (!kvip_object_member(labels, name))
			kvip_change_print("label \"%s\" not found.", name);
	}
}

/* Under a heading, unless there is but one object. */
static void list_labels(const struct label *label, enum kvip_kind kind,
			struct json_object *object)
{
	bool one = label->targets.n == 1;
	struct json_object *labels = kvip_object_member(
		kvip_object_member(object, "metadata"), "labels");

	if (!one)
		kvip_change_print(
			"Listing labels for %s.%s/%s:", kvip_kinds[kind].name,
			kvip_kinds[kind].group, kvip_object_name(object));
	if (!json_object_is_type(labels, json_type_object))
		return;
	json_object_object_foreach(labels, name, value)
	{
		kvip_change_print("%s%s=%s", one ? "" : " ", name,
				  json_object_get_string(value));
	}
}

static int write_object(struct label *label, struct kvip_access *access,
			enum kvip_kind kind, struct json_object *object,
			const char *verb, struct kvip_err *err)
{
	enum kvip_dry_run dry_run = label->change.dry_run;
	struct json_object *result = NULL;
	int ret = 0;

	if (dry_run != KVIP_DRY_RUN_CLIENT && strcmp(verb, "not labeled"))
		ret = kvip_access_update(access, kind, object,
					 dry_run == KVIP_DRY_RUN_SERVER,
					 &result, err);
	if (!ret)
		kvip_change_say(&label->change, kind, result ? result : object,
				verb, NULL);
	json_object_put(result);
	return ret;
}

static int label_once(struct label *label, struct kvip_access *access,
		      const struct kvip_target *target, bool first,
		      struct kvip_err *err)
{
	struct json_object *object;
	const char *verb;
	int ret;

	ret = kvip_access_get(access, target->kind, target->ns, target->name,
			      &object, err);
	if (ret)
		return ret;
	if (label->list) {
		list_labels(label, target->kind, object);
	} else {
		if (first)
			say_absent(label, object);
		ret = kvip_label_change_apply(&label->labels, object, &verb,
					      err);
		if (!ret)
			ret = write_object(label, access, target->kind, object,
					   verb, err);
	}
	json_object_put(object);
	return ret;
}

static int label_target(struct label *label, struct kvip_access *access,
			const struct kvip_target *target, struct kvip_err *err)
{
	unsigned int tries = 0;
	int ret;

	do {
		ret = label_once(label, access, target, !tries, err);
	} while (ret == KVIP_ACCESS_CONFLICT && ++tries < MAX_TRIES);
	return ret;
}

static int run_label(struct label *label)
{
	struct kvip_change *change = &label->change;
	struct kvip_access *access;
	struct kvip_err err;
	size_t i;
	int status;

	access = kvip_targets_open(change, !label->list, &label->manifest,
				   &label->selection, &label->targets, &status);
	if (!access)
		return status;
	for (i = 0; i < label->targets.n; i++)
		if (label_target(label, access, &label->targets.items[i], &err))
			kvip_change_refuse(change, &err);
	return kvip_change_close(change, access);
}

static bool is_change(const char *word)
{
	size_t len = strlen(word);

	return strchr(word, '=') || (len && word[len - 1] == '-');
}

/* The objects come first, then the changes. */
static int split(struct label *label, char **words, size_t n, bool has_files)
{
	struct kvip_change *change = &label->change;
	struct kvip_err err;
	size_t i, first = 0;

	while (first < n && !is_change(words[first]))
		first++;
	for (i = first; i < n; i++)
		if (!is_change(words[i]))
			return kvip_change_usage(
				change,
				"label: all resources must be specified before label changes: %s",
				words[i]);
	label->selection.words = words;
	label->selection.n_words = first;
	if (has_files && first)
		return kvip_change_usage(
			change, "label: either -f or a TYPE and a NAME");
	if (!has_files &&
	    kvip_targets_parse(&label->selection, &label->targets, &err))
		return kvip_change_usage(change, "label: %s", err.text);
	if (label->list && first < n)
		return kvip_change_usage(change,
					 "label: --list changes nothing");
	if (!label->list &&
	    kvip_label_change_parse(&label->labels, words + first, n - first,
				    &err))
		return kvip_change_usage(change, "label: %s", err.text);
	return 0;
}

static int parse(struct label *label, int argc, char **argv,
		 struct kvip_options *options)
{
	enum { OPT_OVERWRITE = KVIP_TARGETS_OPT_END, OPT_LIST };
	static const struct option longs[] = {
		KVIP_TARGETS_LONG,
		{ "overwrite", no_argument, NULL, OPT_OVERWRITE },
		{ "list", no_argument, NULL, OPT_LIST },
		KVIP_CHANGE_LONG,
		{}
	};
	int option, ret;

	while ((option = getopt_long(argc, argv,
				     KVIP_CHANGE_SHORT KVIP_TARGETS_SHORT,
				     longs, NULL)) != -1) {
		ret = 0;
		switch (option) {
		case OPT_OVERWRITE:
			label->labels.overwrite = true;
			break;
		case OPT_LIST:
			label->list = true;
			break;
		default:
			ret = kvip_targets_option(&label->change,
						  &label->selection,
						  &label->manifest, option,
						  options);
		}
		if (ret)
			return ret;
	}
	return split(label, argv + optind, (size_t)(argc - optind),
		     label->selection.has_files);
}

static int run(int argc, char **argv, struct kvip_options *options)
{
	struct label label = { .change.command = &kvip_cmd_label };
	int ret;

	ret = parse(&label, argc, argv, options);
	if (!ret)
		ret = run_label(&label);
	kvip_label_change_free(&label.labels);
	kvip_manifest_free(&label.manifest);
	kvip_targets_free(&label.targets);
	return ret;
}

const struct kvip_command kvip_cmd_label = {
	.name = "label",
	.summary = "change labels of objects",
	.help = "usage: kvip label (TYPE NAME... | TYPE/NAME... | -f FILE) KEY=VALUE... KEY-...\n"
		"       kvip label TYPE[,TYPE...] (-l SELECTOR | --all) [-A] KEY=VALUE... KEY-...\n"
		"Give objects labels, and take away those with a - behind them.\n"
		"\n"
		"      --overwrite        a label may get another value\n"
		"      --list             print the labels instead\n"
		"  -f, --filename FILE    the objects of a file, a directory, or -\n"
		"  -l, --selector S       all with these labels\n"
		"      --all              all of that type in the namespace\n"
		"  -A, --all-namespaces   with -l or --all: in every namespace\n" KVIP_CHANGE_HELP,
	.run = run,
};
