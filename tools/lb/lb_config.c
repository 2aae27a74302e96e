// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "duration.h"
#include "lb_config.h"
#include "selector.h"

/* What is outside was meant otherwise. */
#define TIMEOUT_MIN 1.0
#define TIMEOUT_MAX 3600.0
#define TIMEOUT_DEFAULT 60.0

/* A pool's name stands in annotations; a label's has as many. */
#define NAME_MAX_LEN 63

enum key {
	KEY_CLASS,
	KEY_PROVIDER,
	KEY_TIMEOUT,
	KEY_ADDRESSES,
	KEY_AUTOMATIC,
	KEY_INTERFACE,

	KEYS
};

static const struct {
	const char *name;
	bool of_pool;
} keys[KEYS] = {
	[KEY_CLASS] = { "class", false },
	[KEY_PROVIDER] = { "provider", false },
	[KEY_TIMEOUT] = { "provider-timeout", false },
	[KEY_ADDRESSES] = { "addresses", true },
	[KEY_AUTOMATIC] = { "automatic", true },
	[KEY_INTERFACE] = { "interface", true },
};

/* Blocks whose addresses can't be a Service's; kvip_addr_special() has words. */
static const char *const special[] = {
	"0.0.0.0/8",   "127.0.0.0/8",	     "169.254.0.0/16",
	"224.0.0.0/4", "255.255.255.255/32", "::/128",
	"::1/128",     "fe80::/10",	     "ff00::/8",
};

void kvip_lb_config_init(struct kvip_lb_config *config)
{
	*config = (struct kvip_lb_config){
		.provider_seconds = TIMEOUT_DEFAULT,
	};
}

void kvip_lb_config_free(struct kvip_lb_config *config)
{
	size_t i;

	for (i = 0; i < config->n_pools; i++) {
		free(config->pools[i].name);
		free(config->pools[i].ranges);
	}
	free(config->pools);
	free(config->class);
	free(config->provider);
	kvip_lb_config_init(config);
}

const char *kvip_range_text(const struct kvip_range *range,
			    char buf[KVIP_RANGE_LEN])
{
	char first[INET6_ADDRSTRLEN], last[INET6_ADDRSTRLEN];
	bool one = !kvip_addr_cmp(&range->first, &range->last);

	kvip_addr_text(&range->first, first);
	kvip_addr_text(&range->last, last);
	snprintf(buf, KVIP_RANGE_LEN, "%s%s%s", first, one ? "" : "-",
		 one ? "" : last);
	return buf;
}

bool kvip_range_contains(const struct kvip_range *range,
			 const struct kvip_addr *addr)
{
	return range->first.family == addr->family &&
	       kvip_addr_cmp(&range->first, addr) <= 0 &&
	       kvip_addr_cmp(addr, &range->last) <= 0;
}

static bool overlap(const struct kvip_range *a, const struct kvip_range *b)
{
	return kvip_range_contains(a, &b->first) ||
	       kvip_range_contains(b, &a->first);
}

static void range_of(struct kvip_range *range, const struct kvip_prefix *prefix)
{
	size_t i, n = kvip_addr_bytes(prefix->addr.family);

	range->first = prefix->addr;
	range->last = prefix->addr;
	for (i = 0; i < n; i++) {
		int bits = prefix->length - (int)(8 * i);

		if (bits <= 0)
			range->last.bytes[i] = 0xff;
		else if (bits < 8)
			range->last.bytes[i] |= (uint8_t)(0xff >> bits);
	}
}

static char *trim(char *text)
{
	size_t len;

	text += strspn(text, " \t");
	len = strlen(text);
	while (len && strchr(" \t", text[len - 1]))
		text[--len] = '\0';
	return text;
}

static int fail_item(const char *item, struct kvip_err *err)
{
	return kvip_err_set(
		err,
		"addresses: \"%s\" is not an address, a block such as 192.0.2.0/24, or a range such as 192.0.2.1-192.0.2.9",
		item);
}

/* "A-B"; the item is whole again afterwards, for what is said of it. */
static int parse_span(char *item, char *dash, struct kvip_range *range,
		      struct kvip_err *err)
{
	char first[INET6_ADDRSTRLEN + 8], last[INET6_ADDRSTRLEN + 8];

	if ((size_t)(dash - item) >= sizeof(first) ||
	    strlen(dash + 1) >= sizeof(last))
		return fail_item(item, err);
	memcpy(first, item, (size_t)(dash - item));
	first[dash - item] = '\0';
	strcpy(last, dash + 1);
	if (!kvip_addr_parse(trim(first), &range->first) ||
	    !kvip_addr_parse(trim(last), &range->last))
		return fail_item(item, err);
	if (range->first.family != range->last.family)
		return kvip_err_set(
			err,
			"addresses: the range %s has addresses of both families",
			item);
	if (kvip_addr_cmp(&range->first, &range->last) > 0)
		return kvip_err_set(
			err, "addresses: the range %s ends before it begins",
			item);
	return 0;
}

static int check_special(const char *item, const struct kvip_range *range,
			 struct kvip_err *err)
{
	char text[INET6_ADDRSTRLEN];
	size_t i;

	for (i = 0; i < sizeof(special) / sizeof(special[0]); i++) {
		const struct kvip_addr *addr = &range->first;
		struct kvip_prefix prefix;
		struct kvip_range other;

		kvip_prefix_parse(special[i], &prefix);
		range_of(&other, &prefix);
		if (!overlap(range, &other))
			continue;
		if (!kvip_range_contains(&other, addr))
			addr = &other.first;
		kvip_addr_text(addr, text);
		if (!strcmp(item, text))
			return kvip_err_set(err, "addresses: %s is %s", item,
					    kvip_addr_special(addr));
		return kvip_err_set(err, "addresses: %s has %s, %s", item, text,
				    kvip_addr_special(addr));
	}
	return 0;
}

static int check_overlap(const struct kvip_lb_config *config, const char *item,
			 const struct kvip_range *range, struct kvip_err *err)
{
	char text[KVIP_RANGE_LEN];
	size_t i, j;

	for (i = 0; i < config->n_pools; i++) {
		const struct kvip_pool *pool = &config->pools[i];

		for (j = 0; j < pool->n_ranges; j++) {
			if (!overlap(range, &pool->ranges[j]))
				continue;
			return kvip_err_set(
				err,
				"addresses: %s overlaps with %s of pool %s",
				item, kvip_range_text(&pool->ranges[j], text),
				pool->name);
		}
	}
	return 0;
}

static int add_item(struct kvip_lb_config *config, struct kvip_pool *pool,
		    char *item, struct kvip_err *err)
{
	struct kvip_range range = {};
	struct kvip_prefix prefix;
	char *dash = strchr(item, '-');

	if (dash) {
		if (parse_span(item, dash, &range, err))
			return -1;
	} else {
		if (!kvip_prefix_parse(item, &prefix))
			return fail_item(item, err);
		range_of(&range, &prefix);
	}
	if (check_special(item, &range, err) ||
	    check_overlap(config, item, &range, err))
		return -1;
	pool->ranges =
		kvip_grow(pool->ranges, pool->n_ranges, sizeof(*pool->ranges));
	pool->ranges[pool->n_ranges++] = range;
	return 0;
}

static int set_addresses(struct kvip_lb_config *config, struct kvip_pool *pool,
			 const char *value, struct kvip_err *err)
{
	char *copy = kvip_strdup(value), *rest = copy, *item;
	int ret = 0;

	while (!ret && (item = strsep(&rest, ","))) {
		item = trim(item);
		if (*item)
			ret = add_item(config, pool, item, err);
		else
			ret = kvip_err_set(
				err,
				*value ?
					"addresses: an item of the list is empty" :
					"addresses: the pool has none");
	}
	free(copy);
	return ret;
}

static int set_automatic(struct kvip_pool *pool, const char *value,
			 struct kvip_err *err)
{
	pool->automatic = !strcmp(value, "yes");
	if (!pool->automatic && strcmp(value, "no"))
		return kvip_err_set(err, "automatic is yes or no, not \"%s\"",
				    value);
	return 0;
}

/* As the kernel has it in dev_valid_name(); empty: none. */
static int set_interface(struct kvip_pool *pool, const char *value,
			 struct kvip_err *err)
{
	if (strlen(value) >= IFNAMSIZ || value[strcspn(value, "/: \t")] ||
	    !strcmp(value, ".") || !strcmp(value, ".."))
		return kvip_err_set(
			err, "interface: \"%s\" can't be an interface's name",
			value);
	snprintf(pool->interface, sizeof(pool->interface), "%s", value);
	return 0;
}

static int set_pool_key(struct kvip_lb_config *config, enum key key,
			const char *value, struct kvip_err *err)
{
	struct kvip_pool *pool = &config->pools[config->n_pools - 1];

	switch (key) {
	case KEY_ADDRESSES:
		return set_addresses(config, pool, value, err);
	case KEY_AUTOMATIC:
		return set_automatic(pool, value, err);
	default:
		return set_interface(pool, value, err);
	}
}

static int set_timeout(struct kvip_lb_config *config, const char *value,
		       struct kvip_err *err)
{
	double seconds;

	if (!kvip_duration_parse(value, &seconds) || seconds < TIMEOUT_MIN ||
	    seconds > TIMEOUT_MAX)
		return kvip_err_set(
			err,
			"provider-timeout is a time from 1s to 1h, such as 1m30s, not \"%s\"",
			value);
	config->provider_seconds = seconds;
	return 0;
}

static int set_own_key(struct kvip_lb_config *config, enum key key,
		       const char *value, struct kvip_err *err)
{
	struct kvip_err why;

	switch (key) {
	case KEY_CLASS:
		if (*value && kvip_label_key_check(value, &why))
			return kvip_err_set(
				err,
				"class is a name such as example.com/lb, not \"%s\"",
				value);
		config->class = *value ? kvip_strdup(value) : NULL;
		return 0;
	case KEY_PROVIDER:
		if (*value && *value != '/')
			return kvip_err_set(
				err,
				"provider is the whole path of a program, not \"%s\"",
				value);
		config->provider = *value ? kvip_strdup(value) : NULL;
		return 0;
	default:
		return set_timeout(config, value, err);
	}
}

/* The key of a word, which is told for the first time. */
static int find_key(bool of_pool, const char *word, unsigned int *told,
		    enum key *key, struct kvip_err *err)
{
	enum key i;

	for (i = 0; i < KEYS; i++)
		if (keys[i].of_pool == of_pool && !strcmp(word, keys[i].name))
			break;
	if (i == KEYS)
		return kvip_err_set(err, "there is no key \"%s\"", word);
	if (*told & 1U << i)
		return kvip_err_set(err, "the key %s is there twice", word);
	*told |= 1U << i;
	*key = i;
	return 0;
}

static int set_own(void *arg, const char *word, const char *value,
		   struct kvip_err *err)
{
	struct kvip_lb_config *config = arg;
	enum key key;

	if (find_key(false, word, &config->told, &key, err))
		return -1;
	return set_own_key(config, key, value, err);
}

static int begin_pool(void *arg, const char *label, struct kvip_err *err)
{
	struct kvip_lb_config *config = arg;
	struct kvip_pool *pool;
	size_t i;

	if (strlen(label) > NAME_MAX_LEN || label[strcspn(label, " \t,")])
		return kvip_err_set(
			err,
			"\"%s\" can't be a pool's name, which has at most %d bytes and no blanks or commas",
			label, NAME_MAX_LEN);
	for (i = 0; i < config->n_pools; i++)
		if (!strcmp(label, config->pools[i].name))
			return kvip_err_set(err, "pool %s is there twice",
					    label);
	config->pools = kvip_grow(config->pools, config->n_pools,
				  sizeof(*config->pools));
	pool = &config->pools[config->n_pools++];
	pool->name = kvip_strdup(label);
	pool->automatic = true;
	return 0;
}

static int set_pool(void *arg, const char *word, const char *value,
		    struct kvip_err *err)
{
	struct kvip_lb_config *config = arg;
	struct kvip_pool *pool = &config->pools[config->n_pools - 1];
	enum key key;

	if (!find_key(true, word, &pool->told, &key, err) &&
	    !set_pool_key(config, key, value, err))
		return 0;
	return kvip_err_prefix(err, "pool %s: ", pool->name);
}

void kvip_lb_config_sections(struct kvip_lb_config *config,
			     struct kvip_config_section sections[2])
{
	sections[0] = (struct kvip_config_section){
		.name = "load-balancer",
		.set = set_own,
		.arg = config,
	};
	sections[1] = (struct kvip_config_section){
		.name = "pool",
		.begin = begin_pool,
		.set = set_pool,
		.arg = config,
	};
}

int kvip_lb_config_check(const struct kvip_lb_config *config,
			 struct kvip_err *err)
{
	size_t i;

	for (i = 0; i < config->n_pools; i++)
		if (!config->pools[i].n_ranges)
			return kvip_err_set(err, "pool %s has no addresses",
					    config->pools[i].name);
	if (config->provider && config->n_pools)
		return kvip_err_set(
			err,
			"there are a provider and pool %s, and only one of them can give out addresses",
			config->pools[0].name);
	return 0;
}

static bool texts_equal(const char *a, const char *b)
{
	return a && b ? !strcmp(a, b) : a == b;
}

static bool pools_equal(const struct kvip_pool *a, const struct kvip_pool *b)
{
	size_t i;

	if (strcmp(a->name, b->name) || strcmp(a->interface, b->interface) ||
	    a->automatic != b->automatic || a->n_ranges != b->n_ranges)
		return false;
	for (i = 0; i < a->n_ranges; i++)
		if (kvip_addr_cmp(&a->ranges[i].first, &b->ranges[i].first) ||
		    kvip_addr_cmp(&a->ranges[i].last, &b->ranges[i].last))
			return false;
	return true;
}

bool kvip_lb_config_equal(const struct kvip_lb_config *a,
			  const struct kvip_lb_config *b)
{
	size_t i;

	if (!texts_equal(a->class, b->class) ||
	    !texts_equal(a->provider, b->provider) ||
	    a->provider_seconds != b->provider_seconds ||
	    a->n_pools != b->n_pools)
		return false;
	for (i = 0; i < a->n_pools; i++)
		if (!pools_equal(&a->pools[i], &b->pools[i]))
			return false;
	return true;
}

static void print_line(FILE *to, enum key key, const char *value)
{
	fprintf(to, "%s =%s%s\n", keys[key].name, value && *value ? " " : "",
		value ? value : "");
}

static void print_pool(FILE *to, const struct kvip_pool *pool)
{
	char text[KVIP_RANGE_LEN];
	size_t i;

	fprintf(to, "[pool %s]\n%s =", pool->name, keys[KEY_ADDRESSES].name);
	for (i = 0; i < pool->n_ranges; i++)
		fprintf(to, "%s %s", i ? "," : "",
			kvip_range_text(&pool->ranges[i], text));
	putc('\n', to);
	print_line(to, KEY_AUTOMATIC, pool->automatic ? "yes" : "no");
	print_line(to, KEY_INTERFACE, pool->interface);
}

void kvip_lb_config_print(FILE *to, const struct kvip_lb_config *config)
{
	char text[KVIP_DURATION_LEN];
	size_t i;

	fputs("[load-balancer]\n", to);
	print_line(to, KEY_CLASS, config->class);
	print_line(to, KEY_PROVIDER, config->provider);
	print_line(to, KEY_TIMEOUT,
		   kvip_duration_text(config->provider_seconds, text));
	for (i = 0; i < config->n_pools; i++)
		print_pool(to, &config->pools[i]);
}

const struct kvip_pool *kvip_lb_config_pool(const struct kvip_lb_config *config,
					    const struct kvip_addr *addr)
{
	size_t i, j;

	for (i = 0; i < config->n_pools; i++)
		for (j = 0; j < config->pools[i].n_ranges; j++)
			if (kvip_range_contains(&config->pools[i].ranges[j],
						addr))
				return &config->pools[i];
	return NULL;
}
