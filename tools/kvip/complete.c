// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the shell may offer next. The options of a command are read from its own
 * help, so that there is one list of them.
 */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "access.h"
#include "candidates.h"
#include "command.h"

/* An option as a line of help has it: "  -n, --node NAME    the node to be". */
struct help_option {
	char letter; /* 0: none */
	const char *name; /* behind the two dashes */
	int name_len;
	const char *argument; /* "NAME" */
	int argument_len; /* 0: it takes none */
};

/* What is known of the words before the one to complete. */
struct line {
	const struct kvip_command *command;
	char **words; /* behind the command; those taken that are no options */
	int place; /* how many these are */
	bool only_words; /* behind "--" */
	bool flows; /* --flows is among them */
	bool value; /* the last one is the value of @option */
	struct help_option option;
	struct kvip_access_options access; /* where objects are */
};

static const char *next_line(const char *text)
{
	text = strchr(text, '\n');
	return text ? text + 1 : "";
}

/* The next option of a help text, and where to go on; NULL: no more. */
static const char *next_option(const char *help, struct help_option *option)
{
	const char *end;

	while (strncmp(help, "      --", 8) &&
	       (strncmp(help, "  -", 3) || strncmp(help + 4, ", --", 4))) {
		help = next_line(help);
		if (!*help)
			return NULL;
	}
	option->letter = help[2] == '-' ? help[3] : 0;
	option->name = help + 8;
	option->name_len = (int)strcspn(option->name, " \n");
	end = option->name + option->name_len;
	option->argument = end + !!*end;
	option->argument_len = 0;
	if (isupper((unsigned char)*option->argument))
		option->argument_len = (int)strcspn(option->argument, " \n");
	return next_line(help);
}

static bool argument_is(const struct help_option *option, const char *word)
{
	return option->argument_len == (int)strlen(word) &&
	       !strncmp(option->argument, word, strlen(word));
}

/* The option of "--node" or "--node=VALUE". */
static bool find_name(const char *help, const char *word,
		      struct help_option *option)
{
	int len = (int)strcspn(word, "=") - 2;

	while ((help = next_option(help, option)))
		if (option->name_len == len &&
		    !strncmp(option->name, word + 2, (size_t)len))
			return true;
	return false;
}

static bool find_letter(const char *help, char letter,
			struct help_option *option)
{
	while ((help = next_option(help, option)))
		if (option->letter == letter)
			return true;
	return false;
}

/* The last option of "-j", "-jn" or "-nVALUE"; where in the word it is. */
static const char *find_letters(const char *help, const char *word,
				struct help_option *option)
{
	const char *c, *at = NULL;

	for (c = word + 1; *c; c++) {
		if (!find_letter(help, *c, option))
			return NULL;
		at = c;
		if (option->argument_len)
			break;
	}
	return at;
}

static void offer_options(struct kvip_candidates *candidates, const char *help)
{
	struct help_option option;

	while ((help = next_option(help, &option)))
		kvip_candidates_offer(candidates, "--%.*s", option.name_len,
				      option.name);
	kvip_candidates_offer(candidates, "--help");
}

static bool is_option(const struct help_option *option, const char *name)
{
	return option->name_len == (int)strlen(name) &&
	       !strncmp(option->name, name, strlen(name));
}

static void offer_words(struct kvip_candidates *candidates, const char *words)
{
	while (*words) {
		int len = (int)strcspn(words, " ");

		kvip_candidates_offer(candidates, "%.*s", len, words);
		words += len + !!words[len];
	}
}

static void offer_value(struct kvip_candidates *candidates,
			const struct line *line)
{
	const struct help_option *option = &line->option;

	if (is_option(option, "namespace"))
		kvip_candidates_namespaces(candidates, &line->access);
	else if (is_option(option, "output"))
		offer_words(candidates, "wide json yaml name");
	else if (is_option(option, "type"))
		offer_words(candidates,
			    "ClusterIP NodePort LoadBalancer ExternalName");
	else if (is_option(option, "protocol"))
		offer_words(candidates, "TCP UDP SCTP");
	else if (is_option(option, "session-affinity"))
		offer_words(candidates, "None ClientIP");
	else if (is_option(option, "dry-run"))
		offer_words(candidates, "none client server");
	else if (argument_is(option, "FILE") || argument_is(option, "PATH"))
		candidates->files = true;
	else if (argument_is(option, "NAME"))
		kvip_candidates_nodes(candidates);
	else if (argument_is(option, "DEVICE"))
		kvip_candidates_devices(candidates);
}

static void offer_show(struct kvip_candidates *candidates,
		       const struct line *line)
{
	if (!line->place)
		offer_words(candidates, "services frontends backends config");
	else if (line->place == 1 && strcmp(line->words[0], "config"))
		kvip_candidates_services(candidates);
}

static void offer_explain(struct kvip_candidates *candidates,
			  const struct line *line)
{
	if (!line->place)
		kvip_candidates_sources(candidates);
	else if (line->place == 1)
		kvip_candidates_frontends(candidates);
}

static void offer_monitor(struct kvip_candidates *candidates,
			  const struct line *line)
{
	if (line->flows && !line->place)
		kvip_candidates_services(candidates);
}

static void offer_restore(struct kvip_candidates *candidates,
			  const struct line *line)
{
	candidates->files = !line->place;
}

static void offer_config(struct kvip_candidates *candidates,
			 const struct line *line)
{
	if (!line->place)
		offer_words(candidates, "show set");
	else if (!strcmp(line->words[0], "set"))
		kvip_candidates_config(candidates, line->words + 1,
				       line->place - 1);
}

static void offer_hold(struct kvip_candidates *candidates,
		       const struct line *line)
{
	if (!line->place)
		offer_words(candidates, "on off status");
}

#define KINDS "services endpoints endpointslices pods deployments nodes"

static void offer_objects(struct kvip_candidates *candidates,
			  const struct line *line)
{
	if (!line->place)
		offer_words(candidates, KINDS);
	else
		kvip_candidates_objects(candidates, &line->access,
					line->words[0]);
}

static void offer_describe(struct kvip_candidates *candidates,
			   const struct line *line)
{
	if (!line->place)
		offer_words(candidates, "service");
	else
		kvip_candidates_objects(candidates, &line->access,
					line->words[0]);
}

static void offer_expose(struct kvip_candidates *candidates,
			 const struct line *line)
{
	if (!line->place)
		offer_words(candidates, "deployment pod service");
	else if (line->place == 1)
		kvip_candidates_objects(candidates, &line->access,
					line->words[0]);
}

static void offer_create(struct kvip_candidates *candidates,
			 const struct line *line)
{
	if (!line->place)
		offer_words(candidates, "service deployment");
	else if (line->place == 1 && !strcmp(line->words[0], "service"))
		offer_words(candidates,
			    "clusterip nodeport loadbalancer externalname");
}

static const struct {
	const struct kvip_command *command;
	void (*offer)(struct kvip_candidates *candidates,
		      const struct line *line);
} arguments[] = {
	{ &kvip_cmd_show, offer_show },
	{ &kvip_cmd_explain, offer_explain },
	{ &kvip_cmd_monitor, offer_monitor },
	{ &kvip_cmd_restore, offer_restore },
	{ &kvip_cmd_config, offer_config },
	{ &kvip_cmd_hold, offer_hold },
	{ &kvip_cmd_get, offer_objects },
	{ &kvip_cmd_delete, offer_objects },
	{ &kvip_cmd_edit, offer_objects },
	{ &kvip_cmd_label, offer_objects },
	{ &kvip_cmd_describe, offer_describe },
	{ &kvip_cmd_expose, offer_expose },
	{ &kvip_cmd_create, offer_create },
};

/* Remember where objects are to be looked for. */
static void note_value(struct line *line, const char *value)
{
	const struct {
		const char *name;
		const char **to;
	} options[] = {
		{ "namespace", &line->access.ns },
		{ "store", &line->access.store },
		{ "config", &line->access.config },
		{ "kubeconfig", &line->access.kubeconfig },
		{ "context", &line->access.context },
		{ "server", &line->access.server },
		{ "token-file", &line->access.token_file },
		{ "certificate-authority", &line->access.ca_file },
	};
	size_t i;

	for (i = 0; i < sizeof(options) / sizeof(options[0]); i++)
		if (is_option(&line->option, options[i].name))
			*options[i].to = value;
}

/* Take in a word before the last. */
static void take(struct line *line, char *word)
{
	struct help_option *option = &line->option;
	const char *help = line->command->help, *at;

	if (line->value) {
		line->value = false;
		note_value(line, word);
	} else if (line->only_words || word[0] != '-' || !word[1]) {
		/* as getopt_long() leaves them: behind each other */
		line->words[line->place++] = word;
	} else if (!strcmp(word, "--")) {
		line->only_words = true;
	} else if (word[1] == '-') {
		if (!find_name(help, word, option))
			return;
		line->value = option->argument_len && !strchr(word, '=');
		if (strchr(word, '='))
			note_value(line, strchr(word, '=') + 1);
		line->flows |= option->letter == 'f';
	} else {
		at = find_letters(help, word, option);
		line->value = at && option->argument_len && !at[1];
		if (at && option->argument_len && at[1])
			note_value(line, at + 1);
		line->flows |= !!strchr(word, 'f');
	}
}

static void complete_option(struct kvip_candidates *candidates,
			    struct line *line)
{
	const char *word = candidates->word;

	if (!strchr(word, '=')) {
		offer_options(candidates, line->command->help);
	} else if (find_name(line->command->help, word, &line->option)) {
		candidates->kept = strcspn(word, "=") + 1;
		offer_value(candidates, line);
	}
}

static void complete_argument(struct kvip_candidates *candidates,
			      const struct line *line)
{
	size_t i;

	for (i = 0; i < sizeof(arguments) / sizeof(arguments[0]); i++)
		if (arguments[i].command == line->command)
			arguments[i].offer(candidates, line);
}

static void complete_line(struct kvip_candidates *candidates, struct line *line,
			  int n_words)
{
	int i;

	for (i = 0; i < n_words - 1; i++)
		take(line, line->words[i]);
	if (line->value)
		offer_value(candidates, line);
	else if (!line->only_words && candidates->word[0] == '-')
		complete_option(candidates, line);
	else
		complete_argument(candidates, line);
}

/* The command itself: what main() knows. */
static void complete_command(struct kvip_candidates *candidates)
{
	const struct kvip_command *const *command;

	if (candidates->word[0] == '-') {
		offer_words(candidates, "--ipv4 --ipv6 --json --help");
		return;
	}
	for (command = kvip_commands; *command; command++)
		if ((*command)->summary)
			kvip_candidates_offer(candidates, "%s",
					      (*command)->name);
}

static int run(int argc, char **argv, struct kvip_options *options)
{
	struct kvip_candidates candidates = {};
	const struct kvip_command *const *command;
	struct line line = {};
	int i = 1;

	(void)options;
	if (argc < 2) {
		fputs(kvip_cmd_complete.help, stdout);
		return kvip_finish();
	}
	candidates.word = argv[argc - 1];
	while (i < argc && argv[i][0] == '-')
		i++;
	if (i >= argc - 1) {
		complete_command(&candidates);
	} else {
		for (command = kvip_commands; *command; command++)
			if (!strcmp((*command)->name, argv[i]))
				line.command = *command;
		line.words = argv + i + 1;
		if (line.command)
			complete_line(&candidates, &line, argc - i - 1);
	}
	kvip_candidates_print(&candidates);
	/* a shell that asks is told nothing of what goes wrong */
	return KVIP_EXIT_OK;
}

const struct kvip_command kvip_cmd_complete = {
	.name = "complete",
	.help = "usage: kvip complete WORD...\n"
		"Print what the last WORD may become, a candidate a line, where the words before\n"
		"it are those of a command line behind \"kvip\". \":files\" stands for the names of\n"
		"files. For the completion of shells.\n",
	.run = run,
};
