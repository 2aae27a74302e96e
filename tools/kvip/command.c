// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "client.h"
#include "command.h"
#include "table.h"

void kvip_common_option(const struct kvip_command *command, int option,
			struct kvip_options *options)
{
	switch (option) {
	case '4':
		options->family = AF_INET;
		break;
	case '6':
		options->family = AF_INET6;
		break;
	case 'j':
		options->json = true;
		break;
	case 'h':
		fputs(command->help, stdout);
		exit(kvip_finish());
	default:
		/* getopt_long() has said what is wrong. */
		fprintf(stderr, "kvip: see kvip %s --help\n", command->name);
		exit(KVIP_EXIT_USAGE);
	}
}

int kvip_usage(const struct kvip_command *command, const char *fmt, ...)
{
	va_list args;

	fputs("kvip: ", stderr);
	va_start(args, fmt);
	vfprintf(stderr, fmt, args);
	va_end(args);
	if (command)
		fprintf(stderr, " (see kvip %s --help)\n", command->name);
	else
		fputs(" (see kvip --help)\n", stderr);
	return KVIP_EXIT_USAGE;
}

int kvip_refused(const struct kvip_err *err)
{
	fprintf(stderr, "kvip: %s\n", err->text);
	return KVIP_EXIT_REFUSED;
}

bool kvip_no_arguments(const struct kvip_command *command, int argc,
		       char **argv)
{
	if (optind >= argc)
		return false;
	kvip_usage(command, "%s: what is \"%s\"?", command->name, argv[optind]);
	return true;
}

int kvip_load(const struct kvip_options *options, struct kvip_client **client,
	      struct kvip_table *table, struct kvip_err *err)
{
	size_t i, n = 0;

	*client = kvip_client_open(err);
	if (!*client)
		return -1;
	if (kvip_client_dump(*client, table, err)) {
		kvip_client_close(*client);
		*client = NULL;
		return -1;
	}
	if (!options->family)
		return 0;
	for (i = 0; i < table->n_services; i++) {
		struct kvip_service service = table->services[i];

		if (service.family != options->family)
			continue;
		table->services[i] = table->services[n];
		table->services[n++] = service;
	}
	kvip_table_truncate(table, n);
	return 0;
}

int kvip_finish(void)
{
	if (!fflush(stdout) && !ferror(stdout))
		return KVIP_EXIT_OK;
	/* Whoever closed the pipe has seen enough. */
	if (errno != EPIPE)
		fprintf(stderr, "kvip: can't write the output: %s\n",
			strerror(errno));
	return KVIP_EXIT_REFUSED;
}
