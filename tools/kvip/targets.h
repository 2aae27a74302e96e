/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The objects that a command line names, in each of kubectl's ways. */
#ifndef KVIP_TARGETS_H
#define KVIP_TARGETS_H

#include <stdbool.h>
#include <stddef.h>

#include "err.h"
#include "kinds.h"

struct kvip_access;
struct kvip_change;
struct kvip_manifest;

/**
 * struct kvip_selection - how objects are named
 * @words: TYPE NAME..., TYPE/NAME..., or TYPE[,TYPE...] for the two below
 * @n_words: how many
 * @selector: -l; NULL: not told
 * @all: --all
 * @all_namespaces: -A
 */
struct kvip_selection {
	char **words;
	size_t n_words;
	const char *selector;
	bool all;
	bool all_namespaces;
};

/* An object by name; @name NULL: all of that kind that are selected. */
struct kvip_target {
	enum kvip_kind kind;
	char *ns; /* NULL: the one that is usual */
	char *name;
};

struct kvip_targets {
	struct kvip_target *items;
	size_t n;
};

/**
 * kvip_targets_parse() - what the words of a command line say
 * @selection: as told
 * @targets: filled in, as far as the words tell it
 * @err: "resource(s) were provided, but no name was specified"
 *
 * Return: 0 or -1.
 */
int kvip_targets_parse(const struct kvip_selection *selection,
		       struct kvip_targets *targets, struct kvip_err *err);

/* kvip_targets_manifest() - add the objects of files, which have their namespaces */
void kvip_targets_manifest(const struct kvip_manifest *manifest,
			   struct kvip_targets *targets);

/**
 * kvip_targets_find() - look for those that have no name so far
 * @access: where
 * @selection: as before
 * @targets: each of them has a name then, and a namespace, if its kind has one
 * @err: why not
 *
 * Return: 0 or -1.
 */
int kvip_targets_find(struct kvip_access *access,
		      const struct kvip_selection *selection,
		      struct kvip_targets *targets, struct kvip_err *err);

/**
 * kvip_targets_open() - open the store or server, and find what is meant there
 * @change: the command
 * @writes: it will change something
 * @manifest: objects of files, perhaps none
 * @selection: as told
 * @targets: filled in, as by the three functions above
 * @status: the exit status, if it fails: what is wrong was said
 *
 * Return: what is open, or NULL.
 */
struct kvip_access *kvip_targets_open(struct kvip_change *change, bool writes,
				      struct kvip_manifest *manifest,
				      const struct kvip_selection *selection,
				      struct kvip_targets *targets,
				      int *status);

/* kvip_targets_free() - give back all of it */
void kvip_targets_free(struct kvip_targets *targets);

#endif /* KVIP_TARGETS_H */
