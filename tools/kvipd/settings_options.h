/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The command line of kvipd, as words; of use to settings.c alone. */
#ifndef KVIPD_SETTINGS_OPTIONS_H
#define KVIPD_SETTINGS_OPTIONS_H

#include <stddef.h>
#include <stdio.h>

#include "err.h"

/* enum kvip_option_kind - whose an option is */
enum kvip_option_kind {
	KVIP_OPTION_AGENT, /* a key of section [kvipd] */
	KVIP_OPTION_KERNEL, /* a key of config.h */
	KVIP_OPTION_CONFIG,
	KVIP_OPTION_KUBE_PROXY,
	KVIP_OPTION_CLEANUP,
	KVIP_OPTION_ONCE,
	KVIP_OPTION_CHECK,
	KVIP_OPTION_VERSION,
	KVIP_OPTION_HELP,
};

/**
 * struct kvip_option - one of the command line
 * @kind: whose it is
 * @given: its name as it was given; points into the command line
 * @len: bytes of @given
 * @key: its name in a file, or what it is an alias of
 * @value: never NULL; "yes" if a boolean had none
 */
struct kvip_option {
	enum kvip_option_kind kind;
	const char *given;
	size_t len;
	const char *key;
	const char *value;
};

/**
 * kvip_options_parse() - cut a command line into options
 * @argc: of main()
 * @argv: of main(); must outlive the options
 * @options: filled in, in the order given; free() it
 * @n: how many there are
 * @err: one sentence
 *
 * --NAME VALUE and --NAME=VALUE are understood; of a boolean, --NAME, and yes,
 * no, true or false as its value. Names are not abbreviated: a new option would
 * make an old command line mean something else.
 *
 * Return: 0, or -1 for a wrong command line; nothing to free then.
 */
int kvip_options_parse(int argc, char **argv, struct kvip_option **options,
		       size_t *n, struct kvip_err *err);

/* kvip_options_help() - --help: every option with its default */
void kvip_options_help(FILE *to);

#endif /* KVIPD_SETTINGS_OPTIONS_H */
