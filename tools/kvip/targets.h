/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The objects that a command line names, in each of kubectl's ways. */
#ifndef KVIP_TARGETS_H
#define KVIP_TARGETS_H

#include <stdbool.h>
#include <stddef.h>

#include "change.h"
#include "err.h"
#include "kinds.h"

struct kvip_access;
struct kvip_manifest;

/**
 * struct kvip_selection - how objects are named
 * @words: TYPE NAME..., TYPE/NAME..., or TYPE[,TYPE...] for the two below
 * @n_words: how many
 * @selector: -l; NULL: not told
 * @all: --all
 * @all_namespaces: -A
 * @has_files: -f
 */
struct kvip_selection {
	char **words;
	size_t n_words;
	const char *selector;
	bool all;
	bool all_namespaces;
	bool has_files;
};

/* The options for it, of a command that takes those of change.h besides. */
enum {
	KVIP_TARGETS_OPT_ALL = KVIP_CHANGE_OPT_END,
	/* a command's own begin here */
	KVIP_TARGETS_OPT_END,
};

#define KVIP_TARGETS_SHORT "f:l:A"
#define KVIP_TARGETS_LONG                                           \
	{ "filename", required_argument, NULL, 'f' },               \
		{ "selector", required_argument, NULL, 'l' },       \
		{ "all", no_argument, NULL, KVIP_TARGETS_OPT_ALL }, \
	{                                                           \
		"all-namespaces", no_argument, NULL, 'A'            \
	}

/**
 * kvip_targets_option() - take an option of these, or one of change.h
 * @change: the command
 * @selection: what was told so far
 * @manifest: gets the objects of a file
 * @option: what getopt_long() found
 * @options: of every command
 *
 * Return: 0, or the exit status: what is wrong was said.
 */
int kvip_targets_option(struct kvip_change *change,
			struct kvip_selection *selection,
			struct kvip_manifest *manifest, int option,
			struct kvip_options *options);

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
