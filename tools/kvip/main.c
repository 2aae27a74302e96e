// SPDX-License-Identifier: GPL-2.0-or-later
/* kvip: the command. Each subcommand is a file of its own. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "remote_program.h"

const struct kvip_command *const kvip_commands[] = {
	&kvip_cmd_sync,	   &kvip_cmd_show,     &kvip_cmd_explain,
	&kvip_cmd_monitor, &kvip_cmd_save,     &kvip_cmd_restore,
	&kvip_cmd_flush,   &kvip_cmd_config,   &kvip_cmd_hold,
	&kvip_cmd_dns,	   &kvip_cmd_get,      &kvip_cmd_describe,
	&kvip_cmd_expose,  &kvip_cmd_apply,    &kvip_cmd_create,
	&kvip_cmd_edit,	   &kvip_cmd_label,    &kvip_cmd_delete,
	&kvip_cmd_version, &kvip_cmd_complete, NULL,
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

/* Options before the command that take the next word with them. */
static bool takes_word(const char *option)
{
	static const char *const names[] = {
		"-n",	     "--namespace",  "--store",
		"--config",  "--server",     "--kubeconfig",
		"--context", "--token-file", "--certificate-authority",
	};
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (!strcmp(option, names[i]))
			return true;
	return false;
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
		lead += 1 + takes_word(argv[lead]);
	if (lead > argc)
		lead = argc;
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

	kvip_remote_remember(argv);
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
