// SPDX-License-Identifier: GPL-2.0
#include <linux/err.h>
#include <linux/slab.h>

#include "frontend.h"
#include "hash.h"
#include "table.h"

static struct kmem_cache *frontend_cache;

static const struct rhashtable_params frontend_params = {
	.head_offset = offsetof(struct kvip_frontend, bucket),
	.key_offset = offsetof(struct kvip_frontend, key),
	.key_len = sizeof(struct kvip_frontend_key),
	.automatic_shrinking = true,
};

struct kvip_frontend *kvip_frontend_find(struct kvip_table *table,
					 const struct kvip_frontend_key *key)
{
	return rhashtable_lookup_fast(&table->frontends, key, frontend_params);
}

struct kvip_frontend *kvip_frontend_create(struct kvip_table *table,
					   const struct kvip_frontend_key *key)
{
	struct kvip_frontend *frontend;
	int err;

	lockdep_assert_held(&table->lock);

	frontend = kmem_cache_zalloc(frontend_cache, GFP_KERNEL_ACCOUNT);
	if (!frontend)
		return ERR_PTR(-ENOMEM);
	frontend->key = *key;
	err = kvip_hash_insert(&table->frontends, &frontend->bucket,
			       frontend_params);
	if (err) {
		kmem_cache_free(frontend_cache, frontend);
		return ERR_PTR(err);
	}
	return frontend;
}

void kvip_frontend_remove(struct kvip_table *table,
			  struct kvip_frontend *frontend)
{
	lockdep_assert_held(&table->lock);
	WARN_ON_ONCE(rhashtable_remove_fast(
		&table->frontends, &frontend->bucket, frontend_params));
}

void kvip_frontend_free(struct kvip_frontend *frontend)
{
	kmem_cache_free(frontend_cache, frontend);
}

static void free_one(void *ptr, void *arg)
{
	kvip_frontend_free(ptr);
}

int kvip_frontends_init(struct rhashtable *frontends)
{
	return rhashtable_init(frontends, &frontend_params);
}

/* No reader may be left. */
void kvip_frontends_free(struct rhashtable *frontends)
{
	rhashtable_free_and_destroy(frontends, free_one, NULL);
}

int __init kvip_frontend_init(void)
{
	BUILD_BUG_ON(sizeof(struct kvip_frontend_key) !=
		     sizeof(union nf_inet_addr) + 4);
	frontend_cache = KMEM_CACHE(kvip_frontend, 0);
	return frontend_cache ? 0 : -ENOMEM;
}

void kvip_frontend_exit(void)
{
	kmem_cache_destroy(frontend_cache);
}
