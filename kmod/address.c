// SPDX-License-Identifier: GPL-2.0
#include <linux/slab.h>

#include "address.h"
#include "hash.h"
#include "table.h"

static struct kmem_cache *address_cache;

static const struct rhashtable_params address_params = {
	.head_offset = offsetof(struct kvip_address, bucket),
	.key_offset = offsetof(struct kvip_address, key),
	.key_len = sizeof(struct kvip_address_key),
	.automatic_shrinking = true,
};

bool kvip_address_known(struct kvip_table *table, u8 family,
			const union nf_inet_addr *addr)
{
	const struct kvip_address_key key = {
		.addr = *addr,
		.family = family,
	};
	const struct kvip_address *address;

	address = rhashtable_lookup(&table->addresses, &key, address_params);
	return address && READ_ONCE(address->live);
}

struct kvip_address *kvip_address_get(struct kvip_table *table, u8 family,
				      const union nf_inet_addr *addr)
{
	const struct kvip_address_key key = {
		.addr = *addr,
		.family = family,
	};
	struct kvip_address *address;

	BUILD_BUG_ON(sizeof(key) != sizeof(key.addr) + sizeof(key.family));
	lockdep_assert_held(&table->lock);

	address =
		rhashtable_lookup_fast(&table->addresses, &key, address_params);
	if (address) {
		address->refs++;
		return address;
	}
	address = kmem_cache_zalloc(address_cache, GFP_KERNEL_ACCOUNT);
	if (!address)
		return NULL;
	address->key = key;
	address->refs = 1;
	if (kvip_hash_insert(&table->addresses, &address->bucket,
			     address_params)) {
		kmem_cache_free(address_cache, address);
		return NULL;
	}
	return address;
}

void kvip_address_go_live(struct kvip_address *address)
{
	WRITE_ONCE(address->live, address->live + 1);
}

void kvip_address_leave(struct kvip_address *address)
{
	WRITE_ONCE(address->live, address->live - 1);
}

struct kvip_address *kvip_address_put(struct kvip_table *table,
				      struct kvip_address *address)
{
	lockdep_assert_held(&table->lock);
	if (--address->refs)
		return NULL;
	WARN_ON_ONCE(rhashtable_remove_fast(&table->addresses, &address->bucket,
					    address_params));
	return address;
}

void kvip_address_free(struct kvip_address *address)
{
	kmem_cache_free(address_cache, address);
}

static void free_one(void *ptr, void *arg)
{
	kvip_address_free(ptr);
}

int kvip_addresses_init(struct rhashtable *addresses)
{
	return rhashtable_init(addresses, &address_params);
}

/* No reader may be left. */
void kvip_addresses_free(struct rhashtable *addresses)
{
	rhashtable_free_and_destroy(addresses, free_one, NULL);
}

int __init kvip_address_init(void)
{
	address_cache = KMEM_CACHE(kvip_address, 0);
	return address_cache ? 0 : -ENOMEM;
}

void kvip_address_exit(void)
{
	kmem_cache_destroy(address_cache);
}
