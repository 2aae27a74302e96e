// SPDX-License-Identifier: GPL-2.0-or-later
#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

#include "access.h"
#include "alloc.h"
#include "change.h"
#include "manifest.h"
#include "targets.h"

static void add(struct kvip_targets *targets, enum kvip_kind kind,
		const char *ns, const char *name)
{
	struct kvip_target *target;

	targets->items = kvip_grow(targets->items, targets->n, sizeof(*target));
	target = &targets->items[targets->n++];
	target->kind = kind;
	target->ns = ns && *ns ? kvip_strdup(ns) : NULL;
	target->name = name ? kvip_strdup(name) : NULL;
}

static int find_kind(const char *word, enum kvip_kind *kind,
		     struct kvip_err *err)
{
	if (kvip_kind_find(word, kind))
		return 0;
	return kvip_err_set(
		err,
		"there is no resource type \"%s\" here: services, endpointslices, pods, deployments and nodes are what kvip keeps",
		word);
}

static int parse_pair(const char *word, struct kvip_targets *targets,
		      struct kvip_err *err)
{
	const char *name = strchr(word, '/');
	enum kvip_kind kind;
	char *type;
	int ret;

	if (!name || name == word || !name[1] || strchr(name + 1, '/'))
		return kvip_err_set(
			err,
			"arguments in resource/name form must have a single resource and name, not \"%s\"",
			word);
	type = kvip_strdup(word);
	type[name - word] = '\0';
	ret = find_kind(type, &kind, err);
	free(type);
	if (!ret)
		add(targets, kind, NULL, name + 1);
	return ret;
}

static int parse_pairs(const struct kvip_selection *selection,
		       struct kvip_targets *targets, struct kvip_err *err)
{
	size_t i;

	for (i = 0; i < selection->n_words; i++) {
		const char *word = selection->words[i];

		if (!strchr(word, '/'))
			return kvip_err_set(
				err,
				"there is no need to specify a resource type as a separate argument when passing arguments in resource/name form (\"%s\")",
				word);
		if (parse_pair(word, targets, err))
			return -1;
	}
	return 0;
}

/* TYPE[,TYPE...] and the names, each of which is one of each type. */
static int parse_types(const struct kvip_selection *selection,
		       struct kvip_targets *targets, struct kvip_err *err)
{
	char *copy = kvip_strdup(selection->words[0]), *rest = copy, *word;
	int ret = 0;

	while (!ret && (word = strsep(&rest, ","))) {
		enum kvip_kind kind;
		size_t i;

		ret = find_kind(word, &kind, err);
		if (ret)
			break;
		for (i = 1; i < selection->n_words; i++)
			add(targets, kind, NULL, selection->words[i]);
		if (selection->n_words == 1)
			add(targets, kind, NULL, NULL);
	}
	free(copy);
	return ret;
}

int kvip_targets_parse(const struct kvip_selection *selection,
		       struct kvip_targets *targets, struct kvip_err *err)
{
	bool selects = selection->selector || selection->all;
	bool pairs = false;
	size_t i;

	if (selection->selector && selection->all)
		return kvip_err_set(
			err,
			"cannot set --all and --selector at the same time");
	if (!selection->n_words)
		return kvip_err_set(
			err,
			"you must provide one or more resources by argument or filename");
	for (i = 0; i < selection->n_words; i++) {
		if (!*selection->words[i])
			return kvip_err_set(err, "a type or name is empty");
		pairs = pairs || strchr(selection->words[i], '/');
	}
	if ((pairs || selection->n_words > 1) && selects)
		return kvip_err_set(
			err,
			"name cannot be provided when a selector is specified");
	if ((pairs || selection->n_words > 1) && selection->all_namespaces)
		return kvip_err_set(
			err,
			"a resource cannot be retrieved by name across all namespaces");
	if (pairs)
		return parse_pairs(selection, targets, err);
	if (selection->n_words == 1 && !selects)
		return kvip_err_set(
			err,
			"resource(s) were provided, but no name was specified");
	return parse_types(selection, targets, err);
}

void kvip_targets_manifest(const struct kvip_manifest *manifest,
			   struct kvip_targets *targets)
{
	size_t i;

	for (i = 0; i < manifest->n; i++)
		add(targets, manifest->items[i].kind,
		    kvip_object_ns(manifest->items[i].object),
		    kvip_object_name(manifest->items[i].object));
}

struct finding {
	struct kvip_targets found;
	enum kvip_kind kind;
};

static int take(struct json_object *object, void *ctx, struct kvip_err *err)
{
	struct finding *finding = ctx;

	(void)err;
	add(&finding->found, finding->kind, kvip_object_ns(object),
	    kvip_object_name(object));
	return 0;
}

int kvip_targets_find(struct kvip_access *access,
		      const struct kvip_selection *selection,
		      struct kvip_targets *targets, struct kvip_err *err)
{
	const char *usual = kvip_access_ns(access);
	struct finding finding = {};
	size_t i;

	for (i = 0; i < targets->n; i++) {
		struct kvip_target *target = &targets->items[i];
		bool namespaced = kvip_kinds[target->kind].namespaced;
		const char *ns =
			namespaced && !selection->all_namespaces ? usual : NULL;

		finding.kind = target->kind;
		if (target->name) {
			add(&finding.found, target->kind,
			    target->ns ? target->ns :
			    namespaced ? usual :
					 NULL,
			    target->name);
			continue;
		}
		if (kvip_access_list(access, target->kind, ns,
				     selection->selector, take, &finding, NULL,
				     err)) {
			kvip_targets_free(&finding.found);
			return -1;
		}
	}
	kvip_targets_free(targets);
	*targets = finding.found;
	return 0;
}

int kvip_targets_option(struct kvip_change *change,
			struct kvip_selection *selection,
			struct kvip_manifest *manifest, int option,
			struct kvip_options *options)
{
	struct kvip_err err;

	switch (option) {
	case 'f':
		selection->has_files = true;
		if (kvip_manifest_read(manifest, optarg, &err))
			return kvip_change_refuse(change, &err);
		return 0;
	case 'l':
		selection->selector = optarg;
		return 0;
	case 'A':
		selection->all_namespaces = true;
		return 0;
	case KVIP_TARGETS_OPT_ALL:
		selection->all = true;
		return 0;
	default:
		return kvip_change_option(change, option, options);
	}
}

struct kvip_access *kvip_targets_open(struct kvip_change *change, bool writes,
				      struct kvip_manifest *manifest,
				      const struct kvip_selection *selection,
				      struct kvip_targets *targets, int *status)
{
	unsigned int flags = writes ? kvip_change_flags(change) : 0;
	struct kvip_access *access;
	struct kvip_err err;

	access = kvip_access_open(&change->access, flags, &err);
	if (!access) {
		*status = kvip_change_refuse(change, &err);
		return NULL;
	}
	if (!kvip_manifest_within(manifest, change->access.ns,
				  kvip_access_ns(access), &err)) {
		kvip_targets_manifest(manifest, targets);
		if (!kvip_targets_find(access, selection, targets, &err))
			return access;
	}
	kvip_change_refuse(change, &err);
	*status = kvip_change_close(change, access);
	return NULL;
}

void kvip_targets_free(struct kvip_targets *targets)
{
	size_t i;

	for (i = 0; i < targets->n; i++) {
		free(targets->items[i].ns);
		free(targets->items[i].name);
	}
	free(targets->items);
	targets->items = NULL;
	targets->n = 0;
}
