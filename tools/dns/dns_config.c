// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "dns_config.h"
#include "domain.h"

#define DEFAULT_ZONE "cluster.local"
#define DEFAULT_TTL 5
#define TTL_MAX 3600 /* CoreDNS's, too */

/*
 * Of a zone: what comes in front, "_port._sctp.name.namespace.svc.", should find
 * room for names of a usual length.
 */
#define ZONE_MAX 128

enum key {
	KEY_DIRECTORY,
	KEY_ZONE,
	KEY_TTL,
	KEY_NAMESERVER,
	KEY_NAMESERVER_ADDRESSES,
	KEY_REVERSE_ZONES,
	KEY_PODS,
	KEY_RELOAD,
	KEY_PID_FILE,

	KEYS
};

static const char *const keys[KEYS] = {
	[KEY_DIRECTORY] = "directory",
	[KEY_ZONE] = "zone",
	[KEY_TTL] = "ttl",
	[KEY_NAMESERVER] = "nameserver",
	[KEY_NAMESERVER_ADDRESSES] = "nameserver-addresses",
	[KEY_REVERSE_ZONES] = "reverse-zones",
	[KEY_PODS] = "pods",
	[KEY_RELOAD] = "reload",
	[KEY_PID_FILE] = "reload-pid-file",
};

void kvip_dns_config_init(struct kvip_dns_config *config)
{
	memset(config, 0, sizeof(*config));
	config->zone = kvip_strdup(DEFAULT_ZONE);
	config->ttl = DEFAULT_TTL;
	config->reverse_auto = true;
}

void kvip_dns_config_free(struct kvip_dns_config *config)
{
	free(config->directory);
	free(config->zone);
	free(config->nameserver);
	free(config->addrs);
	free(config->reverse);
	free(config->reload);
	free(config->pid_file);
	memset(config, 0, sizeof(*config));
}

/* NULL for an empty one. */
static void set_text(char **to, const char *value)
{
	free(*to);
	*to = *value ? kvip_strdup(value) : NULL;
}

static int set_path(char **to, const char *name, const char *value,
		    struct kvip_err *err)
{
	if (*value && *value != '/')
		return kvip_err_set(err, "%s is a whole path, not \"%s\"", name,
				    value);
	set_text(to, value);
	return 0;
}

/* Labels without anything to escape, one at least. */
static bool is_domain(const char *name)
{
	char *copy = kvip_strdup(name), *rest = copy, *label;
	bool good = strlen(name) <= ZONE_MAX;

	while (good && (label = strsep(&rest, ".")))
		good = kvip_domain_is_label(label);
	free(copy);
	return good;
}

static int set_domain(char **to, const char *name, const char *value,
		      struct kvip_err *err)
{
	char *copy = kvip_domain_lower(kvip_strdup(value));
	size_t len = strlen(copy);

	if (len && copy[len - 1] == '.')
		copy[len - 1] = '\0';
	if (is_domain(copy)) {
		free(*to);
		*to = copy;
		return 0;
	}
	free(copy);
	return kvip_err_set(
		err,
		"%s is a domain such as cluster.local, of letters, digits and '-', at most %d bytes, not \"%s\"",
		name, ZONE_MAX, value);
}

int kvip_dns_config_zone(struct kvip_dns_config *config, const char *value,
			 struct kvip_err *err)
{
	return set_domain(&config->zone, keys[KEY_ZONE], value, err);
}

static int set_ttl(struct kvip_dns_config *config, const char *value,
		   struct kvip_err *err)
{
	size_t digits = strspn(value, "0123456789");
	unsigned long ttl = strtoul(value, NULL, 10);

	if (!digits || digits > 5 || value[digits] || ttl > TTL_MAX)
		return kvip_err_set(
			err,
			"ttl is a number of seconds from 0 to %d, not \"%s\"",
			TTL_MAX, value);
	config->ttl = (uint32_t)ttl;
	return 0;
}

static int set_bool(bool *to, const char *name, const char *value,
		    struct kvip_err *err)
{
	*to = !strcmp(value, "yes");
	if (!*to && strcmp(value, "no"))
		return kvip_err_set(err, "%s is yes or no, not \"%s\"", name,
				    value);
	return 0;
}

static char *trim(char *text)
{
	size_t len;

	text += strspn(text, " \t");
	len = strlen(text);
	while (len && (text[len - 1] == ' ' || text[len - 1] == '\t'))
		text[--len] = '\0';
	return text;
}

static int add_addr(struct kvip_dns_config *config, const char *item,
		    struct kvip_err *err)
{
	struct kvip_addr addr;

	if (!kvip_addr_parse(item, &addr))
		return kvip_err_set(
			err, "nameserver-addresses: \"%s\" is no address",
			item);
	config->addrs = kvip_grow(config->addrs, config->n_addrs,
				  sizeof(*config->addrs));
	config->addrs[config->n_addrs++] = addr;
	return 0;
}

/* A zone's name has whole labels, and the whole Internet is not ours. */
static int add_reverse(struct kvip_dns_config *config, const char *item,
		       struct kvip_err *err)
{
	struct kvip_prefix block;
	unsigned int step;
	size_t i;

	if (!kvip_prefix_parse(item, &block))
		return kvip_err_set(
			err, "reverse-zones: \"%s\" is no address block", item);
	step = block.addr.family == AF_INET ? 8 : 4;
	if (!block.length || block.length % step)
		return kvip_err_set(
			err,
			"reverse-zones: the length of %s is no multiple of %u, as a zone's must be",
			item, step);
	for (i = 0; i < config->n_reverse; i++)
		if (!kvip_prefix_cmp(&block, &config->reverse[i]))
			return kvip_err_set(
				err, "reverse-zones: %s is there twice", item);
	config->reverse = kvip_grow(config->reverse, config->n_reverse,
				    sizeof(*config->reverse));
	config->reverse[config->n_reverse++] = block;
	return 0;
}

static int set_list(struct kvip_dns_config *config, const char *value,
		    int (*add)(struct kvip_dns_config *config, const char *item,
			       struct kvip_err *err),
		    struct kvip_err *err)
{
	char *copy = kvip_strdup(value), *rest = copy, *item;
	int ret = 0;

	while (!ret && *value && (item = strsep(&rest, ",")))
		ret = add(config, trim(item), err);
	free(copy);
	return ret;
}

static int set_reverse(struct kvip_dns_config *config, const char *value,
		       struct kvip_err *err)
{
	config->reverse_auto = !strcmp(value, "auto");
	if (config->reverse_auto || !strcmp(value, "none"))
		return 0;
	return set_list(config, value, add_reverse, err);
}

static int set_key(struct kvip_dns_config *config, enum key key,
		   const char *value, struct kvip_err *err)
{
	switch (key) {
	case KEY_DIRECTORY:
		return set_path(&config->directory, keys[key], value, err);
	case KEY_ZONE:
		return kvip_dns_config_zone(config, value, err);
	case KEY_TTL:
		return set_ttl(config, value, err);
	case KEY_NAMESERVER:
		if (*value)
			return set_domain(&config->nameserver, keys[key], value,
					  err);
		return 0;
	case KEY_NAMESERVER_ADDRESSES:
		return set_list(config, value, add_addr, err);
	case KEY_REVERSE_ZONES:
		return set_reverse(config, value, err);
	case KEY_PODS:
		return set_bool(&config->pods, keys[key], value, err);
	case KEY_RELOAD:
		set_text(&config->reload, value);
		break;
	default:
		if (set_path(&config->pid_file, keys[key], value, err))
			return -1;
		break;
	}
	if (config->reload && config->pid_file)
		return kvip_err_set(
			err, "reload and reload-pid-file exclude each other");
	return 0;
}

static int set(void *arg, const char *word, const char *value,
	       struct kvip_err *err)
{
	struct kvip_dns_config *config = arg;
	unsigned int key;

	for (key = 0; key < KEYS; key++)
		if (!strcmp(word, keys[key]))
			break;
	if (key == KEYS)
		return kvip_err_set(err, "there is no key \"%s\"", word);
	if (config->told & 1U << key)
		return kvip_err_set(err, "the key %s is there twice", word);
	config->told |= 1U << key;
	return set_key(config, key, value, err);
}

struct kvip_config_section
kvip_dns_config_section(struct kvip_dns_config *config)
{
	return (struct kvip_config_section){
		.name = "dns",
		.set = set,
		.arg = config,
	};
}
