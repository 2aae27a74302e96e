/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the commands that change objects have in common: options and answers. */
#ifndef KVIP_CHANGE_H
#define KVIP_CHANGE_H

#include <getopt.h>
#include <stdbool.h>
#include <stddef.h>

#include "access.h"
#include "command.h"
#include "err.h"
#include "kinds.h"

struct json_object;
struct kvip_yaml_writer;

enum kvip_dry_run {
	KVIP_DRY_RUN_NONE,
	KVIP_DRY_RUN_CLIENT, /* nothing is asked of the store or the server */
	KVIP_DRY_RUN_SERVER, /* it says what it would do */
};

enum kvip_change_format {
	KVIP_CHANGE_TEXT,
	KVIP_CHANGE_NAME,
	KVIP_CHANGE_JSON,
	KVIP_CHANGE_YAML,
};

/**
 * struct kvip_change - how a change was asked for, and how it goes
 * @command: which one it is
 * @access: where the objects are
 * @dry_run: --dry-run
 * @format: -o, -j
 * @failed: something was refused, and told
 * @writer: of YAML, once something was printed
 */
struct kvip_change {
	const struct kvip_command *command;
	struct kvip_access_options access;
	enum kvip_dry_run dry_run;
	enum kvip_change_format format;
	bool failed;
	struct kvip_yaml_writer *writer;
};

/* Options of a command begin behind these. */
enum {
	KVIP_CHANGE_OPT_DRY_RUN = KVIP_ACCESS_OPT_END,
	KVIP_CHANGE_OPT_END,
};

#define KVIP_CHANGE_SHORT KVIP_COMMON_SHORT KVIP_ACCESS_SHORT "o:"
#define KVIP_CHANGE_LONG                              \
	{ "output", required_argument, NULL, 'o' },   \
		{ "dry-run", optional_argument, NULL, \
		  KVIP_CHANGE_OPT_DRY_RUN },          \
		KVIP_ACCESS_LONG, KVIP_COMMON_LONG

#define KVIP_CHANGE_HELP                                                           \
	"  -o, --output FORMAT    json, yaml or name (-j: json)\n"                 \
	"      --dry-run=HOW      client: show what would be sent; server: what\n" \
	"                         it would become; none (default)\n" KVIP_ACCESS_HELP

/* kvip_change_option() - take an option that getopt_long() found and that is not
 * the command's own; 0, or KVIP_EXIT_USAGE, which is told by then
 */
int kvip_change_option(struct kvip_change *change, int option,
		       struct kvip_options *options);

/* kvip_change_usage() - as kvip_usage(), without the control characters that the
 * command line may have; KVIP_EXIT_USAGE
 */
int kvip_change_usage(const struct kvip_change *change, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* kvip_change_refuse() - tell why, and go on; KVIP_EXIT_REFUSED */
int kvip_change_refuse(struct kvip_change *change, const struct kvip_err *err);

/**
 * kvip_change_say() - an object was changed
 * @change: how it is told: a line, its name, or all of it
 * @kind: of it
 * @object: as it is now
 * @verb: "created"
 * @more: ": 10.96.0.1:80" behind it in a line of text; NULL: nothing
 */
void kvip_change_say(struct kvip_change *change, enum kvip_kind kind,
		     struct json_object *object, const char *verb,
		     const char *more);

/* kvip_change_print() - the line "@fmt" with control characters made harmless */
void kvip_change_print(const char *fmt, ...)
	__attribute__((format(printf, 1, 2)));

/* kvip_change_dry() - "", " (dry run)" or " (server dry run)" */
const char *kvip_change_dry(const struct kvip_change *change);

/* kvip_change_name() - "service/web", "deployment.apps/web"; returns @buf */
#define KVIP_CHANGE_NAME_LEN 320
const char *kvip_change_name(enum kvip_kind kind, const char *name,
			     char buf[KVIP_CHANGE_NAME_LEN]);

/* kvip_change_flags() - what to open the store or the server for, as the dry run
 * has it: enum kvip_access_open_flags
 */
unsigned int kvip_change_flags(const struct kvip_change *change);

/* kvip_change_close() - end it: what was changed goes where it has to; the command's
 * exit status. @access may be NULL
 */
int kvip_change_close(struct kvip_change *change, struct kvip_access *access);

#endif /* KVIP_CHANGE_H */
