// SPDX-License-Identifier: GPL-2.0-or-later
/* Words and files of configuration; both give their values to one parser. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "config.h"
#include "config_key.h"

/* A label's value has no more, as Kubernetes has it. */
#define LABEL_MAX 63

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* The text without blanks around it, which are cut off. */
static char *trim(char *text)
{
	size_t len;

	while (is_blank(*text))
		text++;
	len = strlen(text);
	while (len && is_blank(text[len - 1]))
		text[--len] = '\0';
	return text;
}

static int fail_full(const struct kvip_config_kind *kind, struct kvip_err *err)
{
	return kvip_err_set(err, "%s: the list has more than %d items",
			    kind->name, KVIP_CONFIG_LIST_MAX);
}

static int add_block(void *list, const struct kvip_config_kind *kind,
		     const char *item, struct kvip_err *err)
{
	struct kvip_prefix block;

	if (!kvip_prefix_parse(item, &block))
		return kvip_err_set(
			err,
			"%s: \"%s\" is not an address block such as 10.0.0.0/16 or fd00::/64",
			kind->name, item);
	if (!kvip_config_add_block(list, &block))
		return fail_full(kind, err);
	return 0;
}

static int add_name(void *list, const struct kvip_config_kind *kind,
		    const char *item, struct kvip_err *err)
{
	const char *c;

	if (strlen(item) >= IFNAMSIZ)
		return kvip_err_set(
			err,
			"%s: \"%s\" is longer than the %d bytes that an interface's name has at most",
			kind->name, item, IFNAMSIZ - 1);
	for (c = item; *c; c++) {
		/* what the kernel has in no name, and what a file can't tell */
		if (strchr("/:", *c) || (unsigned char)*c <= ' ' ||
		    *c == 0x7f || *item == '#')
			return kvip_err_set(
				err, "%s: \"%s\" can't be an interface's name",
				kind->name, item);
	}
	if (!kvip_config_add_name(list, item))
		return fail_full(kind, err);
	return 0;
}

/* Hand each item of a list, separated by commas, to @add. */
static int set_list(void *list, const struct kvip_config_kind *kind,
		    const char *value,
		    int (*add)(void *list, const struct kvip_config_kind *kind,
			       const char *item, struct kvip_err *err),
		    struct kvip_err *err)
{
	char *copy, *rest, *item;
	int ret = 0;

	if (!*value)
		return 0;
	copy = kvip_strdup(value);
	rest = copy;
	while (!ret && (item = strsep(&rest, ","))) {
		item = trim(item);
		if (*item)
			ret = add(list, kind, item, err);
		else
			ret = kvip_err_set(err,
					   "%s: an item of the list is empty",
					   kind->name);
	}
	free(copy);
	return ret;
}

static int set_node_ports(struct kvip_config *config,
			  const struct kvip_config_kind *kind,
			  const char *value, struct kvip_err *err)
{
	struct kvip_config_blocks blocks = {};

	if (!*value)
		return kvip_err_set(
			err,
			"%s is primary, all, none, or a list of address blocks",
			kind->name);
	if (!strcmp(value, "primary")) {
		if (!(config->flags & kind->flag))
			config->node_port_addrs.n = 0;
		config->flags |= kind->flag;
		return 0;
	}
	if (!strcmp(value, "all"))
		value = "0.0.0.0/0,::/0";
	else if (!strcmp(value, "none"))
		value = "";
	if (set_list(&blocks, kind, value, add_block, err))
		return -1;
	config->flags &= ~kind->flag;
	config->node_port_addrs = blocks;
	return 0;
}

static int set_choice(struct kvip_config *config,
		      const struct kvip_config_kind *kind, const char *value,
		      struct kvip_err *err)
{
	bool yes = !strcmp(value, kind->words[1]);
	bool turn = kvip_config_is_boolean(kind);

	if (!yes && strcmp(value, kind->words[0]))
		return kvip_err_set(err, "%s is %s or %s, not \"%s\"",
				    kind->name, kind->words[turn],
				    kind->words[!turn], value);
	if (kind->flag == KVIP_CONFIG_F_POD_NODE_CIDRS &&
	    !(yes && config->flags & kind->flag))
		config->node_cidrs.n = 0;
	if (yes)
		config->flags |= kind->flag;
	else
		config->flags &= ~kind->flag;
	return 0;
}

static int set_entries(struct kvip_config *config,
		       const struct kvip_config_kind *kind, const char *value,
		       struct kvip_err *err)
{
	size_t digits = strspn(value, "0123456789");
	unsigned long number = 0;

	errno = 0;
	if (digits && !value[digits])
		number = strtoul(value, NULL, 10);
	if (!number || errno || number > KVIP_AFFINITY_ENTRIES_MAX)
		return kvip_err_set(err,
				    "%s is a number from 1 to %d, not \"%s\"",
				    kind->name, KVIP_AFFINITY_ENTRIES_MAX,
				    value);
	config->affinity_max = (uint32_t)number;
	return 0;
}

static bool is_alnum(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c >= '0' && c <= '9');
}

static int set_label(struct kvip_config *config,
		     const struct kvip_config_kind *kind, const char *value,
		     struct kvip_err *err)
{
	size_t len = strlen(value), i;

	for (i = 0; i < len; i++)
		if (!is_alnum(value[i]) && !strchr("-_.", value[i]))
			break;
	if (i < len || len > LABEL_MAX ||
	    (len && (!is_alnum(value[0]) || !is_alnum(value[len - 1]))))
		return kvip_err_set(
			err,
			"%s is a label's value, at most %d letters, digits, '-', '_' and '.' with a letter or digit at each end, not \"%s\"",
			kind->name, LABEL_MAX, value);
	snprintf(config->proxy_name, sizeof(config->proxy_name), "%s", value);
	return 0;
}

static int set_value(struct kvip_config *config,
		     const struct kvip_config_kind *kind, const char *value,
		     struct kvip_err *err)
{
	struct kvip_config_blocks blocks = {};
	struct kvip_config_names names = {};

	switch (kind->type) {
	case KVIP_CONFIG_TYPE_NODE_PORTS:
		return set_node_ports(config, kind, value, err);
	case KVIP_CONFIG_TYPE_BLOCKS:
		if (set_list(&blocks, kind, value, add_block, err))
			return -1;
		*kvip_config_blocks(config, kind) = blocks;
		return 0;
	case KVIP_CONFIG_TYPE_NAMES:
		if (set_list(&names, kind, value, add_name, err))
			return -1;
		*kvip_config_names(config, kind) = names;
		return 0;
	case KVIP_CONFIG_TYPE_CHOICE:
		return set_choice(config, kind, value, err);
	case KVIP_CONFIG_TYPE_ENTRIES:
		return set_entries(config, kind, value, err);
	case KVIP_CONFIG_TYPE_LABEL:
		return set_label(config, kind, value, err);
	}
	return 0;
}

int kvip_config_set(struct kvip_config *config, uint32_t *seen,
		    const char *name, const char *value, struct kvip_err *err)
{
	enum kvip_config_key key;

	if (!kvip_config_key_find(name, &key))
		return kvip_err_set(err, "there is no key \"%s\"", name);
	if (*seen & 1U << key)
		return kvip_err_set(err, "the key %s is there twice", name);
	*seen |= 1U << key;
	return set_value(config, &kvip_config_kinds[key], value, err);
}

/* Cut KEY = VALUE in two; the text is changed. */
static int split(char *text, char **key, char **value, struct kvip_err *err)
{
	char *equals = strchr(text, '=');

	if (!equals)
		return kvip_err_set(err, "expected KEY = VALUE, found \"%s\"",
				    trim(text));
	*equals = '\0';
	*key = trim(text);
	*value = trim(equals + 1);
	if (!**key)
		return kvip_err_set(err, "a key is missing before the '='");
	return 0;
}

int kvip_config_assign(struct kvip_config *config, uint32_t *seen,
		       const char *word, struct kvip_err *err)
{
	char *copy = kvip_strdup(word), *key, *value;
	int ret = split(copy, &key, &value, err);

	if (!ret)
		ret = kvip_config_set(config, seen, key, value, err);
	free(copy);
	return ret;
}

/* A # begins a comment where no word goes on with it. */
static void cut_comment(char *line)
{
	char *hash = line;

	while ((hash = strchr(hash, '#'))) {
		if (hash == line || is_blank(hash[-1])) {
			*hash = '\0';
			return;
		}
		hash++;
	}
}

/* The sections that there are, and which have a label: [pool public]. */
static const struct {
	const char *name;
	bool labelled;
} sections[] = {
	{ "kvipd", false }, { "store", false }, { "load-balancer", false },
	{ "pool", true },   { "dns", false },
};

/* Where the parser is in a file. */
struct place {
	struct kvip_config *config;
	const struct kvip_config_section *wanted; /* an array, or NULL */
	const struct kvip_config_section *within; /* of these, or NULL */
	uint32_t seen;
	bool in_section;
};

static int enter_section(struct place *place, char *line, struct kvip_err *err)
{
	char *end = strchr(line, ']'), *name = line + 1, *label;
	const struct kvip_config_section *wanted;
	size_t i;

	if (!end || end[1])
		return kvip_err_set(err, "expected [SECTION], found \"%s\"",
				    line);
	*end = '\0';
	name = trim(name);
	label = name + strcspn(name, " \t");
	if (*label)
		*label++ = '\0';
	label = trim(label);
	for (i = 0; i < sizeof(sections) / sizeof(sections[0]); i++)
		if (!strcmp(name, sections[i].name))
			break;
	if (i == sizeof(sections) / sizeof(sections[0]))
		return kvip_err_set(err, "there is no section \"%s\"", name);
	if (sections[i].labelled && !*label)
		return kvip_err_set(err, "expected [%s NAME], found [%s]", name,
				    name);
	if (!sections[i].labelled && *label)
		return kvip_err_set(err, "section %s has no name of its own",
				    name);
	place->in_section = true;
	place->within = NULL;
	for (wanted = place->wanted; wanted && wanted->name; wanted++)
		if (!strcmp(name, wanted->name))
			place->within = wanted;
	if (place->within && place->within->begin)
		return place->within->begin(place->within->arg, label, err);
	return 0;
}

static int parse_line(struct place *place, char *line, struct kvip_err *err)
{
	char *key, *value;

	cut_comment(line);
	line = trim(line);
	if (!*line)
		return 0;
	if (*line == '[')
		return enter_section(place, line, err);
	if (split(line, &key, &value, err))
		return -1;
	if (place->within)
		return place->within->set(place->within->arg, key, value, err);
	if (place->in_section)
		return 0;
	return kvip_config_set(place->config, &place->seen, key, value, err);
}

static int parse_more(const char *name, char *text, size_t len,
		      struct kvip_config *config,
		      const struct kvip_config_section *wanted,
		      struct kvip_err *err)
{
	struct kvip_config parsed = *config;
	struct place place = { .config = &parsed, .wanted = wanted };
	char *line = text, *end = text + len;
	unsigned long number;

	for (number = 1; line < end; number++) {
		char *next = memchr(line, '\n', (size_t)(end - line));

		if (!next)
			next = end;
		*next = '\0';
		if (strlen(line) != (size_t)(next - line))
			return kvip_err_set(
				err, "%s:%lu: there is a NUL byte in the line",
				name, number);
		if (parse_line(&place, line, err))
			return kvip_err_prefix(err, "%s:%lu: ", name, number);
		line = next + 1;
	}
	*config = parsed;
	return 0;
}

int kvip_config_parse(const char *name, char *text, size_t len,
		      struct kvip_config *config, struct kvip_err *err)
{
	struct kvip_config parsed;

	kvip_config_init(&parsed);
	if (parse_more(name, text, len, &parsed, NULL, err))
		return -1;
	*config = parsed;
	return 0;
}

static int read_stream(FILE *from, const char *name, struct kvip_config *config,
		       const struct kvip_config_section *wanted,
		       struct kvip_err *err)
{
	size_t size, n;
	char *text, some[4096];
	FILE *to = kvip_config_memory(&text, &size);
	int ret;

	while ((n = fread(some, 1, sizeof(some), from)))
		fwrite(some, 1, n, to);
	ret = ferror(from) ? errno : 0;
	fclose(to);
	if (ret)
		ret = kvip_err_set(err, "%s: %s", name, strerror(ret));
	else
		ret = parse_more(name, text, size, config, wanted, err);
	free(text);
	return ret;
}

int kvip_config_read_more(const char *path, struct kvip_config *config,
			  bool *absent,
			  const struct kvip_config_section *wanted,
			  struct kvip_err *err)
{
	FILE *from;
	int ret;

	if (absent)
		*absent = false;
	if (!strcmp(path, "-"))
		return read_stream(stdin, "standard input", config, wanted,
				   err);
	from = fopen(path, "re");
	if (!from && absent && errno == ENOENT) {
		*absent = true;
		return 0;
	}
	if (!from)
		return kvip_err_set(err, "%s: %s", path, strerror(errno));
	ret = read_stream(from, path, config, wanted, err);
	fclose(from);
	return ret;
}

int kvip_config_read(const char *path, struct kvip_config *config, bool *absent,
		     struct kvip_err *err)
{
	struct kvip_config read;
	bool none = false;

	kvip_config_init(&read);
	if (kvip_config_read_more(path, &read, absent ? &none : NULL, NULL,
				  err))
		return -1;
	if (absent)
		*absent = none;
	if (!none)
		*config = read;
	return 0;
}
