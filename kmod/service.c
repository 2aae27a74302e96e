// SPDX-License-Identifier: GPL-2.0
#include <linux/err.h>
#include <linux/jhash.h>
#include <linux/mm.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/string.h>

#include <linux/kvip.h>

#include "backend.h"
#include "change.h"
#include "group.h"
#include "hash.h"
#include "prefix.h"
#include "service.h"
#include "table.h"

u32 kvip_service_key_hash(const struct kvip_service_key *key, u32 seed)
{
	return jhash(key->name, key->len, seed ^ key->proto << 8 ^ key->family);
}

bool kvip_service_key_same(const struct kvip_service_key *a,
			   const struct kvip_service_key *b)
{
	return a->len == b->len && a->family == b->family &&
	       a->proto == b->proto && !memcmp(a->name, b->name, a->len);
}

static u32 hash_key(const void *data, u32 len, u32 seed)
{
	return kvip_service_key_hash(data, seed);
}

static u32 hash_service(const void *data, u32 len, u32 seed)
{
	const struct kvip_service_key key = kvip_service_key_of(data);

	return kvip_service_key_hash(&key, seed);
}

static int differs(struct rhashtable_compare_arg *arg, const void *obj)
{
	const struct kvip_service_key key = kvip_service_key_of(obj);

	return !kvip_service_key_same(arg->key, &key);
}

static const struct rhashtable_params name_params = {
	.head_offset = offsetof(struct kvip_service, bucket),
	.key_len = sizeof(struct kvip_service_key),
	.hashfn = hash_key,
	.obj_hashfn = hash_service,
	.obj_cmpfn = differs,
	.automatic_shrinking = true,
};

struct kvip_service *kvip_service_find(struct kvip_table *table,
				       const struct kvip_service_key *key)
{
	lockdep_assert_held(&table->lock);
	return rhashtable_lookup_fast(&table->names, key, name_params);
}

struct kvip_service *kvip_service_create(struct kvip_table *table,
					 const struct kvip_service_key *key)
{
	struct kvip_service *service;
	int err;

	lockdep_assert_held(&table->lock);

	service = kzalloc(struct_size(service, name, key->len + 1),
			  GFP_KERNEL_ACCOUNT);
	if (!service)
		return ERR_PTR(-ENOMEM);
	service->family = key->family;
	service->proto = key->proto;
	service->len = key->len;
	memcpy(service->name, key->name, key->len);

	err = xa_alloc(&table->services, &service->id, service, xa_limit_32b,
		       GFP_KERNEL_ACCOUNT);
	if (err)
		goto err_free;
	err = kvip_hash_insert(&table->names, &service->bucket, name_params);
	if (err)
		goto err_id;
	return service;

err_id:
	xa_erase(&table->services, service->id);
err_free:
	kfree(service);
	return ERR_PTR(err);
}

void kvip_service_remove(struct kvip_table *table, struct kvip_service *service)
{
	lockdep_assert_held(&table->lock);
	WARN_ON_ONCE(rhashtable_remove_fast(&table->names, &service->bucket,
					    name_params));
	xa_erase(&table->services, service->id);
}

void kvip_service_free(struct kvip_service *service)
{
	kvip_conf_free(rcu_dereference_protected(service->conf, true));
	kfree(service);
}

/*
 * Fill in the list of all backends: those of @old that stay, the others new.
 * Both sides are sorted, so one walk finds them.
 */
static int take_backends(struct kvip_list *all,
			 const struct kvip_change *change,
			 const struct kvip_conf *old)
{
	u32 i, j = 0, n_old = old ? old->all->n : 0;

	for (i = 0; i < all->n; i++) {
		const struct kvip_backend_spec *spec = &change->backends[i];
		struct kvip_backend *backend = NULL;
		int order = -1;

		for (; j < n_old; j++) {
			backend = old->all->backends[j];
			order = kvip_backend_cmp(&spec->addr, spec->port,
						 &backend->addr, backend->port);
			if (order <= 0)
				break;
		}
		if (j < n_old && !order)
			refcount_inc(&backend->refs);
		else
			backend = kvip_backend_create(spec);
		if (!backend)
			return -ENOMEM;
		all->backends[i] = backend;
	}
	return 0;
}

/* The sublist of backends with @flag: @all itself if every one has it. */
static struct kvip_list *sublist(struct kvip_list *all,
				 const struct kvip_change *change, u16 flag)
{
	struct kvip_list *list;
	u32 i, n = 0;

	for (i = 0; i < all->n; i++)
		n += !!(change->backends[i].flags & flag);
	if (n == all->n)
		return all;

	list = kvip_list_create(n);
	if (!list)
		return NULL;
	for (i = 0, n = 0; i < all->n; i++)
		if (change->backends[i].flags & flag)
			list->backends[n++] = all->backends[i];
	return list;
}

static int take_ranges(struct kvip_conf *conf, const struct kvip_change *change)
{
	u32 n = change->n_ranges;

	if (!n)
		return 0;
	conf->ranges = kvmalloc(struct_size(conf->ranges, array, n),
				GFP_KERNEL_ACCOUNT);
	if (!conf->ranges)
		return -ENOMEM;
	conf->ranges->n = n;
	memcpy(conf->ranges->array, change->ranges,
	       array_size(n, sizeof(*change->ranges)));
	return 0;
}

/*
 * S51: a service that had no affinity, or another's, begins with a number that
 * no entry has.
 */
static int take_affinity(struct kvip_table *table, struct kvip_conf *conf,
			 const struct kvip_change *change,
			 const struct kvip_conf *old)
{
	conf->affinity = change->affinity;
	if (!conf->affinity)
		return 0;
	if (kvip_affinity_prepare(&table->affinity))
		return -ENOMEM;
	if (change->group) {
		conf->group = kvip_group_get(table, change->group);
		if (!conf->group)
			return -ENOMEM;
		conf->affinity_id = conf->group->id;
	} else if (old && old->affinity && !old->group) {
		conf->affinity_id = old->affinity_id;
	} else {
		conf->affinity_id = ++table->last_affinity_id;
	}
	return 0;
}

struct kvip_conf *kvip_conf_create(struct kvip_table *table,
				   const struct kvip_change *change,
				   const struct kvip_conf *old)
{
	struct kvip_conf *conf;

	conf = kzalloc(sizeof(*conf), GFP_KERNEL_ACCOUNT);
	if (!conf)
		return NULL;
	conf->flags = change->flags;
	conf->algorithm = change->algorithm;

	conf->all = kvip_list_create(change->n_backends);
	if (!conf->all || take_backends(conf->all, change, old))
		goto err;
	conf->cluster = sublist(conf->all, change, KVIP_BACKEND_F_CLUSTER);
	if (!conf->cluster)
		goto err;
	conf->local = sublist(conf->all, change, KVIP_BACKEND_F_LOCAL);
	if (!conf->local)
		goto err;
	if (take_ranges(conf, change) ||
	    take_affinity(table, conf, change, old))
		goto err;
	return conf;

err:
	kvip_conf_retire(table, conf);
	kvip_conf_free(conf);
	return NULL;
}

struct kvip_conf *kvip_conf_publish(struct kvip_table *table,
				    struct kvip_service *service,
				    struct kvip_conf *conf,
				    const struct kvip_change *change)
{
	u32 i;

	/* No reader looks at what this changes. */
	for (i = 0; i < conf->all->n; i++)
		kvip_backend_update(conf->all->backends[i],
				    &change->backends[i]);

	/* Pairs with rcu_dereference() in kvip_decide(): lists are ready before. */
	return rcu_replace_pointer(service->conf, conf,
				   lockdep_is_held(&table->lock));
}

void kvip_conf_retire(struct kvip_table *table, struct kvip_conf *conf)
{
	kvip_group_put(table, conf->group);
}

void kvip_conf_free(struct kvip_conf *conf)
{
	u32 i;

	if (!conf)
		return;
	/* A list is NULL, or holds NULLs at its end, if memory ran out. */
	for (i = 0; conf->all && i < conf->all->n && conf->all->backends[i];
	     i++)
		kvip_backend_put(conf->all->backends[i]);
	if (conf->cluster != conf->all)
		kvfree(conf->cluster);
	if (conf->local != conf->all)
		kvfree(conf->local);
	kvfree(conf->all);
	kvfree(conf->ranges);
	kfree(conf);
}

static void free_one(void *ptr, void *arg)
{
	kvip_service_free(ptr);
}

int kvip_names_init(struct rhashtable *names)
{
	return rhashtable_init(names, &name_params);
}

/* Frees the services too; no reader may be left. */
void kvip_names_free(struct rhashtable *names)
{
	rhashtable_free_and_destroy(names, free_one, NULL);
}
