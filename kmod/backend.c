// SPDX-License-Identifier: GPL-2.0
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "backend.h"
#include "node.h"

static struct kmem_cache *backend_cache;

int kvip_backend_cmp(const union nf_inet_addr *addr_a, __be16 port_a,
		     const union nf_inet_addr *addr_b, __be16 port_b)
{
	int order = memcmp(addr_a, addr_b, sizeof(*addr_a));

	if (order)
		return order;
	return (int)ntohs(port_a) - (int)ntohs(port_b);
}

struct kvip_backend *kvip_backend_create(const struct kvip_backend_spec *spec)
{
	struct kvip_backend *backend;

	backend = kmem_cache_alloc(backend_cache, GFP_KERNEL_ACCOUNT);
	if (!backend)
		return NULL;
	backend->addr = spec->addr;
	backend->port = spec->port;
	backend->flags = spec->flags;
	refcount_set(&backend->refs, 1);
	atomic64_set(&backend->conns, 0);
	backend->node = kvip_node_hold(spec->node);
	return backend;
}

void kvip_backend_update(struct kvip_backend *backend,
			 const struct kvip_backend_spec *spec)
{
	WRITE_ONCE(backend->flags, spec->flags);
	if (backend->node == spec->node)
		return;
	kvip_node_put(backend->node);
	backend->node = kvip_node_hold(spec->node);
}

void kvip_backend_put(struct kvip_backend *backend)
{
	if (!refcount_dec_and_test(&backend->refs))
		return;
	kvip_node_put(backend->node);
	kmem_cache_free(backend_cache, backend);
}

struct kvip_list *kvip_list_create(u32 n)
{
	struct kvip_list *list;

	list = kvzalloc(struct_size(list, backends, n), GFP_KERNEL_ACCOUNT);
	if (list)
		list->n = n;
	return list;
}

/* The first backend that is not before (@addr, @port). */
static u32 lower_bound(const struct kvip_list *list,
		       const union nf_inet_addr *addr, __be16 port)
{
	u32 low = 0, high = list->n;

	while (low < high) {
		u32 middle = low + (high - low) / 2;
		const struct kvip_backend *backend = list->backends[middle];

		if (kvip_backend_cmp(&backend->addr, backend->port, addr,
				     port) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* The first backend of @addr whose port is not before @port. */
static struct kvip_backend *find_from(const struct kvip_list *list,
				      const union nf_inet_addr *addr,
				      __be16 port)
{
	u32 i = lower_bound(list, addr, port);

	if (i == list->n || !nf_inet_addr_cmp(&list->backends[i]->addr, addr))
		return NULL;
	return list->backends[i];
}

struct kvip_backend *kvip_list_find(const struct kvip_list *list,
				    const union nf_inet_addr *addr, __be16 port)
{
	struct kvip_backend *backend = find_from(list, addr, port);

	return backend && backend->port == port ? backend : NULL;
}

struct kvip_backend *kvip_list_find_addr(const struct kvip_list *list,
					 const union nf_inet_addr *addr)
{
	return find_from(list, addr, 0);
}

int __init kvip_backend_init(void)
{
	backend_cache = KMEM_CACHE(kvip_backend, 0);
	return backend_cache ? 0 : -ENOMEM;
}

void kvip_backend_exit(void)
{
	kmem_cache_destroy(backend_cache);
}
