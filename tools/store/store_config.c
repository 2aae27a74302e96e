// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "alloc.h"
#include "kinds.h"
#include "store_config.h"

#define NODE_NAME_MAX 253

/* Ports below are the system's. */
#define NODE_PORT_MIN 1
#define NODE_PORT_MAX 65535

/* What smaller blocks have is not worth to be called a block. */
#define LENGTH_MAX_IPV4 30
#define LENGTH_MAX_IPV6 126

/* In the letters that a Node's name may have: My_Host is my-host. */
static void make_node_name(char *name)
{
	char *c;

	for (c = name; *c; c++) {
		if (*c >= 'A' && *c <= 'Z')
			*c += 'a' - 'A';
		else if ((*c < 'a' || *c > 'z') && (*c < '0' || *c > '9') &&
			 *c != '.')
			*c = '-';
	}
}

static char *host_name(void)
{
	char name[NODE_NAME_MAX + 1];
	struct kvip_err unused;

	if (gethostname(name, sizeof(name)))
		return kvip_strdup("localhost");
	name[sizeof(name) - 1] = '\0';
	make_node_name(name);
	if (kvip_name_check(KVIP_KIND_NODE, name, &unused))
		return kvip_strdup("localhost");
	return kvip_strdup(name);
}

void kvip_store_config_init(struct kvip_store_config *config)
{
	memset(config, 0, sizeof(*config));
	config->path = kvip_strdup(KVIP_STORE_PATH);
	kvip_prefix_parse("10.96.0.0/16", &config->cidrs[0]);
	kvip_prefix_parse("fd00:10:96::/112", &config->cidrs[1]);
	config->n_cidrs = 2;
	config->port_min = 30000;
	config->port_max = 32767;
	config->node = host_name();
}

void kvip_store_config_free(struct kvip_store_config *config)
{
	free(config->path);
	free(config->node);
	memset(config, 0, sizeof(*config));
}

static void replace(char **text, const char *value)
{
	free(*text);
	*text = kvip_strdup(value);
}

static int set_path(struct kvip_store_config *config, const char *value,
		    struct kvip_err *err)
{
	if (*value != '/')
		return kvip_err_set(
			err, "path: \"%s\" is not the whole path of a file",
			value);
	replace(&config->path, value);
	return 0;
}

static int read_cidr(const char *text, struct kvip_prefix *cidr,
		     struct kvip_err *err)
{
	if (!strchr(text, '/') || !kvip_prefix_parse(text, cidr))
		return kvip_err_set(
			err,
			"cluster-ips: \"%s\" is not an address block such as 10.96.0.0/16 or fd00:10:96::/112",
			text);
	if (cidr->length >
	    (cidr->addr.family == AF_INET ? LENGTH_MAX_IPV4 : LENGTH_MAX_IPV6))
		return kvip_err_set(
			err,
			"cluster-ips: %s is too small a block to give out addresses from",
			text);
	return 0;
}

static int set_cidrs(struct kvip_store_config *config, const char *value,
		     struct kvip_err *err)
{
	struct kvip_prefix cidrs[2];
	char *copy = kvip_strdup(value);
	char *rest = copy, *item;
	unsigned int n = 0;
	int ret = 0;

	while (!ret && (item = strsep(&rest, ","))) {
		item += strspn(item, " \t");
		item[strcspn(item, " \t")] = '\0';
		if (n == 2)
			ret = kvip_err_set(
				err, "cluster-ips: there are two at most, one "
				     "of each family");
		else
			ret = read_cidr(item, &cidrs[n++], err);
	}
	if (!ret && n == 2 && cidrs[0].addr.family == cidrs[1].addr.family)
		ret = kvip_err_set(err, "cluster-ips: both blocks are of %s",
				   kvip_family_text(cidrs[0].addr.family));
	free(copy);
	if (ret)
		return ret;
	memcpy(config->cidrs, cidrs, n * sizeof(*cidrs));
	config->n_cidrs = n;
	return 0;
}

/* A number up to @end; false: it is none, or out of range. */
static bool read_port(const char *text, char end, const char **next,
		      uint16_t *port)
{
	unsigned int number = 0;
	const char *c = text;

	for (; *c >= '0' && *c <= '9' && number <= NODE_PORT_MAX; c++)
		number = number * 10 + *c - '0';
	if (c == text || *c != end || number < NODE_PORT_MIN ||
	    number > NODE_PORT_MAX)
		return false;
	*port = number;
	*next = c;
	return true;
}

static int set_ports(struct kvip_store_config *config, const char *value,
		     struct kvip_err *err)
{
	const char *rest;
	uint16_t min, max;

	if (!read_port(value, '-', &rest, &min) ||
	    !read_port(rest + 1, '\0', &rest, &max) || min > max)
		return kvip_err_set(
			err,
			"node-ports: \"%s\" is not a range of ports such as 30000-32767",
			value);
	config->port_min = min;
	config->port_max = max;
	return 0;
}

static int set_node(struct kvip_store_config *config, const char *value,
		    struct kvip_err *err)
{
	struct kvip_err unused;

	if (kvip_name_check(KVIP_KIND_NODE, value, &unused))
		return kvip_err_set(
			err, "node-name: \"%s\" can't be the name of a node",
			value);
	replace(&config->node, value);
	return 0;
}

static const struct {
	const char *name;
	int (*set)(struct kvip_store_config *config, const char *value,
		   struct kvip_err *err);
} keys[] = {
	{ "path", set_path },
	{ "cluster-ips", set_cidrs },
	{ "node-ports", set_ports },
	{ "node-name", set_node },
};

static int set(void *arg, const char *key, const char *value,
	       struct kvip_err *err)
{
	struct kvip_store_config *config = arg;
	size_t i;

	for (i = 0; i < sizeof(keys) / sizeof(*keys); i++) {
		if (strcmp(key, keys[i].name))
			continue;
		if (config->seen & (1U << i))
			return kvip_err_set(err, "%s is there twice", key);
		config->seen |= 1U << i;
		return keys[i].set(config, value, err);
	}
	return kvip_err_set(err, "there is no key \"%s\"", key);
}

struct kvip_config_section
kvip_store_config_section(struct kvip_store_config *config)
{
	return (struct kvip_config_section){
		.name = "store",
		.set = set,
		.arg = config,
	};
}
