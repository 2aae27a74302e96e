// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdlib.h>

#include "alloc.h"
#include "hash.h"

#define FIRST_BUCKETS 64

uint32_t kvip_hash_text(uint32_t seed, const char *text)
{
	uint32_t hash = seed ^ 2166136261U;

	for (; *text; text++)
		hash = (hash ^ (unsigned char)*text) * 16777619U;
	/* FNV leaves the low bits, which choose the bucket, the weakest */
	return hash ^ hash >> 15;
}

static struct kvip_hash_link **bucket_of(const struct kvip_hash *table,
					 uint32_t hash)
{
	return &table->buckets[hash & (table->n_buckets - 1)];
}

static void grow(struct kvip_hash *table)
{
	struct kvip_hash old = *table;
	size_t i;

	table->n_buckets = old.n_buckets ? old.n_buckets * 2 : FIRST_BUCKETS;
	table->buckets = kvip_alloc(table->n_buckets * sizeof(*table->buckets));
	for (i = 0; i < old.n_buckets; i++) {
		struct kvip_hash_link *link = old.buckets[i];

		while (link) {
			struct kvip_hash_link *next = link->next;
			struct kvip_hash_link **bucket;

			bucket = bucket_of(table, link->hash);
			link->next = *bucket;
			*bucket = link;
			link = next;
		}
	}
	free(old.buckets);
}

void kvip_hash_add(struct kvip_hash *table, struct kvip_hash_link *link,
		   uint32_t hash)
{
	struct kvip_hash_link **bucket;

	if (table->n >= table->n_buckets)
		grow(table);
	bucket = bucket_of(table, hash);
	link->hash = hash;
	link->next = *bucket;
	*bucket = link;
	table->n++;
}

void kvip_hash_del(struct kvip_hash *table, struct kvip_hash_link *link)
{
	struct kvip_hash_link **at = bucket_of(table, link->hash);

	while (*at != link)
		at = &(*at)->next;
	*at = link->next;
	table->n--;
}

static struct kvip_hash_link *with_hash(struct kvip_hash_link *link,
					uint32_t hash)
{
	while (link && link->hash != hash)
		link = link->next;
	return link;
}

struct kvip_hash_link *kvip_hash_find(const struct kvip_hash *table,
				      uint32_t hash)
{
	if (!table->n_buckets)
		return NULL;
	return with_hash(*bucket_of(table, hash), hash);
}

struct kvip_hash_link *kvip_hash_again(const struct kvip_hash_link *link)
{
	return with_hash(link->next, link->hash);
}

struct kvip_hash_link *kvip_hash_next(const struct kvip_hash *table,
				      const struct kvip_hash_link *link)
{
	size_t i = 0;

	if (link) {
		if (link->next)
			return link->next;
		i = (link->hash & (table->n_buckets - 1)) + 1;
	}
	for (; i < table->n_buckets; i++)
		if (table->buckets[i])
			return table->buckets[i];
	return NULL;
}

void kvip_hash_free(struct kvip_hash *table)
{
	free(table->buckets);
	table->buckets = NULL;
	table->n_buckets = 0;
	table->n = 0;
}
