/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the subcommands of kvip have in common. */
#ifndef KVIP_COMMAND_H
#define KVIP_COMMAND_H

#include <getopt.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "err.h"

struct kvip_client;
struct kvip_service;
struct kvip_table;

/* Exit codes. */
enum {
	KVIP_EXIT_OK = 0,
	KVIP_EXIT_REFUSED = 1,
	KVIP_EXIT_USAGE = 2,
};

/* Options that every subcommand takes. */
struct kvip_options {
	bool json;
	uint8_t family; /* AF_INET, AF_INET6, or 0: both */
};

struct kvip_command {
	const char *name;
	const char *summary; /* half a line for kvip --help; NULL: not there */
	const char *help; /* all of kvip NAME --help */
	int (*run)(int argc, char **argv, struct kvip_options *options);
};

extern const struct kvip_command kvip_cmd_apply, kvip_cmd_complete,
	kvip_cmd_config, kvip_cmd_create, kvip_cmd_delete, kvip_cmd_describe,
	kvip_cmd_dns, kvip_cmd_edit, kvip_cmd_explain, kvip_cmd_expose,
	kvip_cmd_flush, kvip_cmd_get, kvip_cmd_hold, kvip_cmd_label,
	kvip_cmd_monitor, kvip_cmd_restore, kvip_cmd_save, kvip_cmd_show,
	kvip_cmd_sync, kvip_cmd_version;

/* All of them, in the order of kvip --help; a NULL ends it. */
extern const struct kvip_command *const kvip_commands[];

/* The short options that every subcommand takes, and the long ones. */
#define KVIP_COMMON_SHORT "46hj"
#define KVIP_COMMON_LONG                            \
	{ "ipv4", no_argument, NULL, '4' },         \
		{ "ipv6", no_argument, NULL, '6' }, \
		{ "json", no_argument, NULL, 'j' }, \
	{                                           \
		"help", no_argument, NULL, 'h'      \
	}

/**
 * kvip_common_option() - take an option that getopt_long() found
 * @command: whose help --help shows
 * @option: what getopt_long() returned
 * @options: filled in
 *
 * --help and an unknown option end the program.
 */
void kvip_common_option(const struct kvip_command *command, int option,
			struct kvip_options *options);

/* kvip_usage() - "kvip: " and a sentence on stderr; returns KVIP_EXIT_USAGE */
int kvip_usage(const struct kvip_command *command, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* kvip_refused() - "kvip: " and the sentence on stderr; KVIP_EXIT_REFUSED */
int kvip_refused(const struct kvip_err *err);

/* kvip_no_arguments() - complain if arguments are left; whether there are */
bool kvip_no_arguments(const struct kvip_command *command, int argc,
		       char **argv);

/**
 * kvip_load() - connect and read the tables
 * @options: tables of a family that is not wanted are left out
 * @client: out: the connection, or NULL after an error
 * @table: an empty table, filled in
 * @err: why not
 *
 * Return: 0 or -1.
 */
int kvip_load(const struct kvip_options *options, struct kvip_client **client,
	      struct kvip_table *table, struct kvip_err *err);

/* kvip_finish() - whether all output was written; KVIP_EXIT_OK or _REFUSED */
int kvip_finish(void);

#endif /* KVIP_COMMAND_H */
