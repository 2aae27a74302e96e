// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "config.h"
#include "settings_key.h"
#include "settings_options.h"

struct words {
	const char *word; /* for the value; NULL: the option is a boolean */
	const char *help;
};

static const struct words kernel_words[KVIP_CONFIG_KEYS] = {
	[KVIP_CONFIG_NODE_PORT_ADDRESSES] = { "WHICH",
					      "primary, all, none, or address blocks" },
	[KVIP_CONFIG_CLUSTER_CIDRS] = { "BLOCKS",
					"clients with these addresses are pods" },
	[KVIP_CONFIG_NODE_CIDRS] = { NULL, "and those in the Node's podCIDRs" },
	[KVIP_CONFIG_POD_BRIDGE] = { "NAMES",
				     "and those that arrive on these interfaces" },
	[KVIP_CONFIG_POD_PREFIX] = { "NAMES",
				     "or on interfaces whose names begin so" },
	[KVIP_CONFIG_SERVICE_CIDRS] = { "BLOCKS",
					"drop what is for no Service in these" },
	[KVIP_CONFIG_MASQUERADE_ALL] = { NULL,
					 "masquerade all clients of ClusterIPs" },
	[KVIP_CONFIG_RANGES_EVERYWHERE] = { NULL,
					    "source ranges guard all external addresses" },
	[KVIP_CONFIG_WITHOUT_ENDPOINTS] = { "WHAT",
					    "reject, or leave the port to the host" },
	[KVIP_CONFIG_LOCALHOST] = { NULL,
				    "node ports on 127.0.0.1 and ::1 too" },
	[KVIP_CONFIG_AFFINITY_SCOPE] = { "WHAT", "port or service" },
	[KVIP_CONFIG_AFFINITY_ENTRIES] = { "NUMBER",
					   "clients remembered at most" },
	[KVIP_CONFIG_PROXY_NAME] = { "NAME",
				     "serve the Services with this label" },
};

/* What stands on the command line only. */
static const struct {
	const char *name;
	enum kvip_option_kind kind;
	struct words words;
} commands[] = {
	{ "config",
	  KVIP_OPTION_CONFIG,
	  { "FILE", "in place of " KVIP_CONFIG_PATH } },
	{ "kube-proxy-config",
	  KVIP_OPTION_KUBE_PROXY,
	  { "FILE", "a KubeProxyConfiguration, where it applies" } },
	{ "once",
	  KVIP_OPTION_ONCE,
	  { NULL, "end once the table is the cluster's" } },
	{ "cleanup",
	  KVIP_OPTION_CLEANUP,
	  { NULL, "empty the kernel's table and end" } },
	{ "check",
	  KVIP_OPTION_CHECK,
	  { NULL, "say whether the settings are right and end" } },
	{ "version", KVIP_OPTION_VERSION, { NULL, "print it and end" } },
	{ "help", KVIP_OPTION_HELP, { NULL, "print this and end" } },
};

/* kube-proxy's names of what means the same here. */
static const struct {
	const char *name;
	const char *key;
} aliases[] = {
	{ "hostname-override", "node-name" },
	{ "cluster-cidr", "cluster-cidrs" },
	{ "pod-bridge-interface", "pod-bridge" },
	{ "pod-interface-name-prefix", "pod-interface-prefix" },
	{ "iptables-localhost-nodeports", "localhost-nodeports" },
	{ "iptables-min-sync-period", "min-sync-period" },
	{ "iptables-sync-period", "sync-period" },
	{ "ipvs-min-sync-period", "min-sync-period" },
	{ "ipvs-sync-period", "sync-period" },
	{ "nftables-min-sync-period", "min-sync-period" },
	{ "nftables-sync-period", "sync-period" },
};

#define N_COMMANDS (sizeof(commands) / sizeof(commands[0]))
#define N_ALIASES (sizeof(aliases) / sizeof(aliases[0]))

static bool is_name(const struct kvip_option *option, const char *name)
{
	return strlen(name) == option->len &&
	       !memcmp(option->given, name, option->len);
}

/* Fill in kind and key; @boolean: whether it needs no value. */
static bool find(struct kvip_option *option, bool *boolean)
{
	size_t i;

	for (i = 0; i < N_COMMANDS; i++) {
		if (!is_name(option, commands[i].name))
			continue;
		option->kind = commands[i].kind;
		option->key = commands[i].name;
		*boolean = !commands[i].words.word;
		return true;
	}
	for (i = 0; i < KVIP_SETTINGS; i++) {
		if (!is_name(option, kvip_setting_kinds[i].name))
			continue;
		option->kind = KVIP_OPTION_AGENT;
		option->key = kvip_setting_kinds[i].name;
		*boolean = !kvip_setting_kinds[i].word;
		return true;
	}
	for (i = 0; i < KVIP_CONFIG_KEYS; i++) {
		if (!is_name(option, kvip_config_key_name(i)))
			continue;
		option->kind = KVIP_OPTION_KERNEL;
		option->key = kvip_config_key_name(i);
		*boolean = !kernel_words[i].word;
		return true;
	}
	return false;
}

static bool find_alias(struct kvip_option *option, bool *boolean)
{
	struct kvip_option other = *option;
	size_t i;

	for (i = 0; i < N_ALIASES; i++) {
		if (!is_name(option, aliases[i].name))
			continue;
		other.given = aliases[i].key;
		other.len = strlen(other.given);
		if (!find(&other, boolean))
			return false;
		option->kind = other.kind;
		option->key = other.key;
		return true;
	}
	return false;
}

/* The word of a file for one of a command line; NULL: it is none. */
static const char *boolean_word(const char *word)
{
	if (!strcmp(word, "yes") || !strcmp(word, "true"))
		return "yes";
	if (!strcmp(word, "no") || !strcmp(word, "false"))
		return "no";
	return NULL;
}

/* The value of a boolean; a next word that is none is left where it is. */
static int take_boolean(struct kvip_option *option, int argc, char **argv,
			int *at, struct kvip_err *err)
{
	const char *word;

	if (option->value) {
		word = boolean_word(option->value);
		if (!word)
			return kvip_err_set(err,
					    "--%.*s is yes or no, not \"%s\"",
					    (int)option->len, option->given,
					    option->value);
		option->value = word;
		return 0;
	}
	word = *at + 1 < argc ? boolean_word(argv[*at + 1]) : NULL;
	if (word)
		++*at;
	option->value = word ? word : "yes";
	return 0;
}

/* The option that begins at word @at, which is moved on to its last word. */
static int take(struct kvip_option *option, int argc, char **argv, int *at,
		struct kvip_err *err)
{
	const char *word = argv[*at], *equals;
	bool boolean;

	if (!strcmp(word, "-h"))
		word = "--help";
	if (word[0] != '-' || word[1] != '-' || !word[2])
		return kvip_err_set(err, "what is \"%s\"?", word);
	equals = strchr(word, '=');
	option->given = word + 2;
	option->len = equals ? (size_t)(equals - option->given) :
			       strlen(option->given);
	option->value = equals ? equals + 1 : NULL;
	if (!find(option, &boolean) && !find_alias(option, &boolean))
		return kvip_err_set(err, "there is no option --%.*s",
				    (int)option->len, option->given);
	if (boolean)
		return take_boolean(option, argc, argv, at, err);
	if (option->value)
		return 0;
	if (*at + 1 >= argc)
		return kvip_err_set(err, "--%s: a value is missing",
				    option->given);
	option->value = argv[++*at];
	return 0;
}

int kvip_options_parse(int argc, char **argv, struct kvip_option **options,
		       size_t *n, struct kvip_err *err)
{
	int i;

	*options = NULL;
	*n = 0;
	for (i = 1; i < argc; i++) {
		*options = kvip_grow(*options, *n, sizeof(**options));
		if (!take(&(*options)[*n], argc, argv, &i, err)) {
			++*n;
			continue;
		}
		free(*options);
		*options = NULL;
		*n = 0;
		return -1;
	}
	return 0;
}

static void put_option(FILE *to, const char *name, const struct words *words,
		       const char *initial)
{
	char left[64];
	int n;

	n = snprintf(left, sizeof(left), "  --%s%s%s", name,
		     words->word ? " " : "", words->word ? words->word : "");
	if (n > 31)
		fprintf(to, "%s\n%32s%s", left, "", words->help);
	else
		fprintf(to, "%-32s%s", left, words->help);
	if (initial && *initial)
		fprintf(to, " [%s]", initial);
	fputc('\n', to);
}

static void put_kernel_options(FILE *to)
{
	struct kvip_config config;
	unsigned int i;
	char *initial;

	kvip_config_init(&config);
	for (i = 0; i < KVIP_CONFIG_KEYS; i++) {
		initial = kvip_config_text(&config, i);
		put_option(to, kvip_config_key_name(i), &kernel_words[i],
			   initial);
		free(initial);
	}
}

void kvip_options_help(FILE *to)
{
	size_t i;

	fputs("usage: kvipd [OPTION]...\n"
	      "Keep this node's table of Services in the kernel true to a Kubernetes API.\n"
	      "What is set here wins over " KVIP_CONFIG_PATH
	      ", and that over a\n"
	      "KubeProxyConfiguration. SIGHUP reads the files again; SIGTERM ends the agent and\n"
	      "leaves the table as it is. A yes-or-no option alone means yes. Defaults are in\n"
	      "brackets.\n"
	      "\n",
	      to);
	for (i = 0; i < N_COMMANDS; i++)
		put_option(to, commands[i].name, &commands[i].words, NULL);
	fputs("\nIn section [kvipd] of the file:\n", to);
	for (i = 0; i < KVIP_SETTINGS; i++) {
		const struct kvip_setting_kind *kind = &kvip_setting_kinds[i];
		const struct words words = { kind->word, kind->help };

		put_option(to, kind->name, &words, kind->initial);
	}
	fputs("\nAt its head, and of the kernel:\n", to);
	put_kernel_options(to);
	fputs("\nkube-proxy's names of these:\n", to);
	for (i = 0; i < N_ALIASES; i++)
		fprintf(to, "  --%-28s --%s\n", aliases[i].name,
			aliases[i].key);
	fputs("\nA TIME is 1m30s, 100ms or 0; lists are separated by commas. Exit status: 0, 1 if\n"
	      "something was refused, 2 if the command line was wrong.\n",
	      to);
}
