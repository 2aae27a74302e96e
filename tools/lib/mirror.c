// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdio.h>
#include <string.h>

#include <linux/kvip.h>

#include "alloc.h"
#include "mirror.h"

void kvip_mirror_init(struct kvip_mirror *mirror)
{
	memset(mirror, 0, sizeof(*mirror));
	kvip_table_init(&mirror->table);
	kvip_config_init(&mirror->config);
}

void kvip_mirror_forget(struct kvip_mirror *mirror)
{
	kvip_table_free(&mirror->table);
	mirror->known = false;
}

void kvip_mirror_close(struct kvip_mirror *mirror)
{
	kvip_mirror_forget(mirror);
	kvip_client_close(mirror->client);
	mirror->client = NULL;
}

void kvip_mirror_free(struct kvip_mirror *mirror)
{
	kvip_mirror_close(mirror);
}

int kvip_mirror_open(struct kvip_mirror *mirror, struct kvip_err *err)
{
	if (mirror->client)
		return 0;
	mirror->client = kvip_client_open(err);
	if (!mirror->client)
		return -1;
	if (!kvip_client_info(mirror->client, &mirror->info, err))
		return 0;
	kvip_mirror_close(mirror);
	return -1;
}

/* Tables and configuration of one generation. */
static int read_once(struct kvip_mirror *mirror, struct kvip_err *err)
{
	uint64_t generation;
	int ret;

	for (;;) {
		if (kvip_client_dump(mirror->client, &mirror->table, err))
			return -1;
		ret = kvip_client_config(mirror->client, &mirror->config,
					 &generation, err);
		mirror->has_config = !ret;
		/* an older module does what the defaults say */
		if (ret == KVIP_CLIENT_OLD) {
			kvip_config_init(&mirror->config);
			return 0;
		}
		if (ret)
			return -1;
		if (generation == mirror->table.generation)
			return 0;
		kvip_table_free(&mirror->table);
	}
}

int kvip_mirror_read(struct kvip_mirror *mirror, struct kvip_err *err)
{
	if (mirror->known)
		return 0;
	if (kvip_mirror_open(mirror, err))
		return -1;
	kvip_table_free(&mirror->table);
	if (!read_once(mirror, err)) {
		mirror->known = true;
		return 0;
	}
	/* a module that was loaded anew knows nothing of this client */
	kvip_mirror_close(mirror);
	return -1;
}

int kvip_mirror_is_current(struct kvip_mirror *mirror, struct kvip_err *err)
{
	struct kvip_info info;

	if (kvip_client_info(mirror->client, &info, err))
		return -1;
	return info.generation == mirror->table.generation;
}

static void put_in(struct kvip_table *table, const struct kvip_diff_item *item)
{
	const struct kvip_service *key = item->have ?: item->want;
	bool there;
	size_t at;

	there = kvip_table_find(table, key, &at);
	kvip_table_exchange(table, at, there, item->want);
}

int kvip_mirror_write(struct kvip_mirror *mirror, const struct kvip_diff *diff,
		      const struct kvip_config *config,
		      struct kvip_table *whole, struct kvip_err *err)
{
	uint64_t generation = mirror->table.generation;
	size_t i;
	int ret = 0;

	if (diff->n_items || config)
		ret = kvip_client_apply(mirror->client, diff, config,
					&generation, err);
	if (ret)
		return ret;
	if (config)
		mirror->config = *config;
	if (whole) {
		kvip_table_free(&mirror->table);
		mirror->table = *whole;
		kvip_table_init(whole);
	} else {
		for (i = 0; i < diff->n_items; i++)
			put_in(&mirror->table, &diff->items[i]);
	}
	mirror->table.generation = generation;
	return 0;
}

static bool is_of(const struct kvip_service *service, const char *name,
		  size_t len, bool port)
{
	if (strncmp(service->name, name, len) != 0)
		return false;
	return port || !service->name[len];
}

/* Those named @name, or those whose names begin so. */
static void copy_named(const struct kvip_table *from, const char *name,
		       bool port, struct kvip_table *into)
{
	const struct kvip_service key = { .name = (char *)name };
	size_t at, len = strlen(name);

	kvip_table_find(from, &key, &at);
	while (at < from->n_services &&
	       is_of(&from->services[at], name, len, port)) {
		into->services = kvip_grow(into->services, into->n_services,
					   sizeof(*into->services));
		into->services[into->n_services++] = from->services[at++];
	}
}

void kvip_mirror_of_service(const struct kvip_mirror *mirror, const char *ns,
			    const char *name, struct kvip_table *into)
{
	char key[KVIP_NAME_MAX + 2];

	snprintf(key, sizeof(key), "%s/%s", ns, name);
	copy_named(&mirror->table, key, false, into);
	snprintf(key, sizeof(key), "%s/%s:", ns, name);
	copy_named(&mirror->table, key, true, into);
}
