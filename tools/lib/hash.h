/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A chained hash table of things that hold their own link. */
#ifndef KVIP_LIB_HASH_H
#define KVIP_LIB_HASH_H

#include <stddef.h>
#include <stdint.h>

/* First member of whatever is put in a table, so that a cast gets it back. */
struct kvip_hash_link {
	struct kvip_hash_link *next; /* the next of this bucket */
	uint32_t hash;
};

struct kvip_hash {
	struct kvip_hash_link **buckets;
	size_t n_buckets; /* 0 or a power of two */
	size_t n;
};

/* kvip_hash_text() - the hash of @text, going on from @seed (0 to begin) */
uint32_t kvip_hash_text(uint32_t seed, const char *text);

/* kvip_hash_add() - add @link under @hash; equal ones are not looked for */
void kvip_hash_add(struct kvip_hash *table, struct kvip_hash_link *link,
		   uint32_t hash);

/* kvip_hash_del() - take out @link, which is in @table */
void kvip_hash_del(struct kvip_hash *table, struct kvip_hash_link *link);

/* kvip_hash_find() - the first link under @hash, or NULL */
struct kvip_hash_link *kvip_hash_find(const struct kvip_hash *table,
				      uint32_t hash);

/* kvip_hash_again() - the next link under the same hash as @link, or NULL */
struct kvip_hash_link *kvip_hash_again(const struct kvip_hash_link *link);

/**
 * kvip_hash_next() - walk a table in an order that means nothing
 * @table: not changed during the walk
 * @link: the last one got; NULL to begin
 *
 * Return: the next one or NULL.
 */
struct kvip_hash_link *kvip_hash_next(const struct kvip_hash *table,
				      const struct kvip_hash_link *link);

/* kvip_hash_free() - give back the table, not what is in it */
void kvip_hash_free(struct kvip_hash *table);

#endif /* KVIP_LIB_HASH_H */
