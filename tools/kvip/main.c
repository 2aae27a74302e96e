// SPDX-License-Identifier: GPL-2.0-or-later
/* kvip: the command. Each subcommand is a file of its own. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "client.h"
#include "command.h"
#include "table.h"

const struct kvip_command *const kvip_commands[] = {
	&kvip_cmd_sync,	   &kvip_cmd_show,     &kvip_cmd_explain,
	&kvip_cmd_monitor, &kvip_cmd_save,     &kvip_cmd_restore,
	&kvip_cmd_flush,   &kvip_cmd_config,   &kvip_cmd_hold,
	&kvip_cmd_version, &kvip_cmd_complete, NULL
};

static void help(FILE *to)
{
	const struct kvip_command *const *command;

	fputs("usage: kvip [-j] [-4 | -6] COMMAND ...\n"
	      "Kubernetes Service VIPs in the kernel of this node.\n\n",
	      to);
	for (command = kvip_commands; *command; command++)
		if ((*command)->summary)
			fprintf(to, "  %-9s %s\n", (*command)->name,
				(*command)->summary);
	fputs("\nkvip COMMAND --help tells more. Exit status: 0, 1 if it was refused,\n"
	      "2 if the command line was wrong.\n",
	      to);
}

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

/* kvip -j show is the same as kvip show -j: put leading options behind. */
static char **rotate(int argc, char **argv, int *first)
{
	char **turned = calloc((size_t)argc + 1, sizeof(*turned));
	int i, n = 0, lead = 1;

	if (!turned) {
		fputs("kvip: out of memory\n", stderr);
		exit(KVIP_EXIT_REFUSED);
	}
	while (lead < argc && argv[lead][0] == '-' &&
	       strcmp(argv[lead], "--help") && strcmp(argv[lead], "-h"))
		lead++;
	*first = lead;
	if (lead >= argc)
		return turned;
	turned[n++] = argv[lead];
	for (i = 1; i < lead; i++)
		turned[n++] = argv[i];
	for (i = lead + 1; i < argc; i++)
		turned[n++] = argv[i];
	return turned;
}

int main(int argc, char **argv)
{
	const struct kvip_command *const *command;
	struct kvip_options options = {};
	char **turned;
	int first;

	turned = rotate(argc, argv, &first);
	if (first < argc &&
	    (!strcmp(argv[first], "--help") || !strcmp(argv[first], "-h") ||
	     !strcmp(argv[first], "help"))) {
		help(stdout);
		free(turned);
		return kvip_finish();
	}
	if (first >= argc) {
		free(turned);
		if (argc > 1)
			return kvip_usage(NULL, "a command is missing");
		help(stderr);
		return KVIP_EXIT_USAGE;
	}
	for (command = kvip_commands; *command; command++) {
		int ret;

		if (strcmp(turned[0], (*command)->name))
			continue;
		/* getopt_long() begins its complaints with it */
		turned[0] = argv[0];
		ret = (*command)->run(argc - 1, turned, &options);
		free(turned);
		return ret;
	}
	kvip_usage(NULL, "there is no command \"%s\"", turned[0]);
	free(turned);
	return KVIP_EXIT_USAGE;
}
