// SPDX-License-Identifier: GPL-2.0-or-later
#include <ctype.h>
#include <net/if.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "alloc.h"
#include "candidates.h"
#include "client.h"
#include "command.h"
#include "config.h"
#include "config_key.h"
#include "table.h"

/* What no shell would take for more than itself on a command line. */
static bool is_plain(const char *text)
{
	const char *c;

	for (c = text; *c; c++)
		if (!isalnum((unsigned char)*c) && !strchr("._:/=,@%+-[]", *c))
			return false;
	return true;
}

void kvip_candidates_offer(struct kvip_candidates *candidates, const char *fmt,
			   ...)
{
	const char *typed = candidates->word + candidates->kept;
	char text[1024], *whole;
	size_t len;
	va_list args;

	va_start(args, fmt);
	len = (size_t)vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	if (len >= sizeof(text) || strncmp(text, typed, strlen(typed)) ||
	    !is_plain(text))
		return;
	whole = kvip_alloc(candidates->kept + len + 1);
	memcpy(whole, candidates->word, candidates->kept);
	memcpy(whole + candidates->kept, text, len);
	candidates->found = kvip_grow(candidates->found, candidates->n,
				      sizeof(*candidates->found));
	candidates->found[candidates->n++] = whole;
}

/* The tables, or false. */
static bool load(struct kvip_table *table)
{
	const struct kvip_options both = {};
	struct kvip_client *client;
	struct kvip_err err;

	kvip_table_init(table);
	if (kvip_load(&both, &client, table, &err))
		return false;
	kvip_client_close(client);
	return true;
}

/* Whether two are different ports of one Service; @len: of its name. */
static bool are_siblings(const struct kvip_service *a,
			 const struct kvip_service *b, int len)
{
	return strcmp(a->name, b->name) &&
	       !strncmp(a->name, b->name, (size_t)len) && b->name[len] == ':';
}

/*
 * The Service, which means all of its ports; and the port, where there are
 * others. Ports of a Service are neighbours: a table is sorted by name.
 */
static void offer_service(struct kvip_candidates *candidates,
			  const struct kvip_table *table, size_t i)
{
	const struct kvip_service *service = &table->services[i];
	int len = (int)strcspn(service->name, ":");
	bool several = strchr(candidates->word, ':');

	kvip_candidates_offer(candidates, "%.*s", len, service->name);
	several |= i && are_siblings(service, service - 1, len);
	several |= i + 1 < table->n_services &&
		   are_siblings(service, service + 1, len);
	if (several)
		kvip_candidates_offer(candidates, "%s", service->name);
}

void kvip_candidates_services(struct kvip_candidates *candidates)
{
	bool in_namespace = strchr(candidates->word, '/');
	struct kvip_table table;
	size_t i;

	if (!load(&table))
		return;
	for (i = 0; i < table.n_services; i++) {
		const struct kvip_service *service = &table.services[i];
		const char *slash = strchr(service->name, '/');

		if (in_namespace || !slash)
			offer_service(candidates, &table, i);
		else
			kvip_candidates_offer(candidates, "%.*s",
					      (int)(slash + 1 - service->name),
					      service->name);
	}
	kvip_table_free(&table);
}

void kvip_candidates_nodes(struct kvip_candidates *candidates)
{
	char host[256] = "";
	struct kvip_table table;
	const char *last = NULL;
	size_t i, j;

	if (!gethostname(host, sizeof(host) - 1) && *host)
		kvip_candidates_offer(candidates, "%s", host);
	if (!load(&table))
		return;
	for (i = 0; i < table.n_services; i++) {
		const struct kvip_service *service = &table.services[i];

		for (j = 0; j < service->n_backends; j++) {
			const char *node = service->backends[j].node;

			/* the table holds each name once */
			if (node && node != last)
				kvip_candidates_offer(candidates, "%s", node);
			last = node;
		}
	}
	kvip_table_free(&table);
}

void kvip_candidates_devices(struct kvip_candidates *candidates)
{
	struct if_nameindex *devices = if_nameindex(), *device;

	if (!devices)
		return;
	for (device = devices; device->if_name; device++)
		kvip_candidates_offer(candidates, "%s", device->if_name);
	if_freenameindex(devices);
}

void kvip_candidates_sources(struct kvip_candidates *candidates)
{
	char text[INET6_ADDRSTRLEN];
	struct kvip_table table;
	size_t i, j;

	kvip_candidates_offer(candidates, "node");
	if (!load(&table))
		return;
	for (i = 0; i < table.n_services; i++) {
		const struct kvip_service *service = &table.services[i];

		for (j = 0; j < service->n_backends; j++)
			kvip_candidates_offer(
				candidates, "%s",
				kvip_addr_text(&service->backends[j].addr,
					       text));
	}
	kvip_table_free(&table);
}

void kvip_candidates_frontends(struct kvip_candidates *candidates)
{
	char text[KVIP_ADDR_PORT_LEN], proto[8];
	struct kvip_table table;
	size_t i, j, k;

	if (!load(&table))
		return;
	for (i = 0; i < table.n_services; i++) {
		const struct kvip_service *service = &table.services[i];

		snprintf(proto, sizeof(proto), "/%s",
			 kvip_proto_text(service->proto));
		for (k = 0; proto[k]; k++)
			proto[k] = (char)tolower((unsigned char)proto[k]);
		for (j = 0; j < service->n_frontends; j++) {
			const struct kvip_frontend *frontend =
				&service->frontends[j];

			/* these have the wildcard for an address */
			if (frontend->kind == KVIP_FRONTEND_NODE_PORT)
				continue;
			kvip_addr_port_text(&frontend->addr, frontend->port,
					    text);
			kvip_candidates_offer(candidates, "%s%s", text,
					      strcmp(proto, "/tcp") ? proto :
								      "");
		}
	}
	kvip_table_free(&table);
}

/* What a key has in the kernel, where only its user knows what it may have. */
static void offer_current(struct kvip_candidates *candidates,
			  enum kvip_config_key key)
{
	struct kvip_config config;
	struct kvip_client *client;
	uint64_t generation;
	struct kvip_err err;
	char *text;

	client = kvip_client_open(&err);
	if (client && !kvip_client_config(client, &config, &generation, &err)) {
		text = kvip_config_text(&config, key);
		if (*text)
			kvip_candidates_offer(candidates, "%s", text);
		free(text);
	}
	kvip_client_close(client);
}

static void offer_value(struct kvip_candidates *candidates,
			enum kvip_config_key key)
{
	const struct kvip_config_kind *kind = &kvip_config_kinds[key];
	const char *comma;

	switch (kind->type) {
	case KVIP_CONFIG_TYPE_CHOICE:
		kvip_candidates_offer(candidates, "%s", kind->words[0]);
		kvip_candidates_offer(candidates, "%s", kind->words[1]);
		break;
	case KVIP_CONFIG_TYPE_NODE_PORTS:
		kvip_candidates_offer(candidates, "primary");
		kvip_candidates_offer(candidates, "all");
		kvip_candidates_offer(candidates, "none");
		offer_current(candidates, key);
		break;
	case KVIP_CONFIG_TYPE_NAMES:
		comma = strrchr(candidates->word, ',');
		if (comma)
			candidates->kept =
				(size_t)(comma + 1 - candidates->word);
		kvip_candidates_devices(candidates);
		break;
	default:
		offer_current(candidates, key);
	}
}

/* A key that is there twice is refused. */
static bool is_set(const char *name, char *const *words, int n_words)
{
	size_t len = strlen(name);
	int i;

	for (i = 0; i < n_words; i++)
		if (!strncmp(words[i], name, len) && words[i][len] == '=')
			return true;
	return false;
}

void kvip_candidates_config(struct kvip_candidates *candidates,
			    char *const *words, int n_words)
{
	const char *word = candidates->word;
	int key;

	for (key = 0; key < KVIP_CONFIG_KEYS; key++) {
		const char *name = kvip_config_kinds[key].name;
		size_t len = strlen(name);

		if (!strncmp(word, name, len) && word[len] == '=') {
			candidates->kept = len + 1;
			offer_value(candidates, (enum kvip_config_key)key);
			return;
		}
		if (!is_set(name, words, n_words))
			kvip_candidates_offer(candidates, "%s=", name);
	}
}

static int compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

void kvip_candidates_print(struct kvip_candidates *candidates)
{
	size_t i;

	/* no candidate begins with a colon */
	if (candidates->files)
		puts(":files");
	if (candidates->n)
		qsort(candidates->found, candidates->n,
		      sizeof(*candidates->found), compare);
	for (i = 0; i < candidates->n; i++)
		if (!i ||
		    strcmp(candidates->found[i], candidates->found[i - 1]))
			puts(candidates->found[i]);
	for (i = 0; i < candidates->n; i++)
		free(candidates->found[i]);
	free(candidates->found);
	candidates->found = NULL;
	candidates->n = 0;
}
