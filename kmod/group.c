// SPDX-License-Identifier: GPL-2.0
#include <linux/jhash.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "group.h"
#include "hash.h"
#include "table.h"

static u32 hash_name(const void *data, u32 len, u32 seed)
{
	const char *name = data;

	return jhash(name, strlen(name), seed);
}

static u32 hash_group(const void *data, u32 len, u32 seed)
{
	const struct kvip_group *group = data;

	return jhash(group->name, group->len, seed);
}

static int differs(struct rhashtable_compare_arg *arg, const void *obj)
{
	const struct kvip_group *group = obj;

	return strcmp(arg->key, group->name);
}

static const struct rhashtable_params group_params = {
	.head_offset = offsetof(struct kvip_group, bucket),
	.hashfn = hash_name,
	.obj_hashfn = hash_group,
	.obj_cmpfn = differs,
	.automatic_shrinking = true,
};

struct kvip_group *kvip_group_get(struct kvip_table *table, const char *name)
{
	size_t len = strlen(name);
	struct kvip_group *group;

	lockdep_assert_held(&table->lock);
	group = rhashtable_lookup_fast(&table->groups, name, group_params);
	if (group) {
		group->confs++;
		return group;
	}
	group = kzalloc(struct_size(group, name, len + 1), GFP_KERNEL_ACCOUNT);
	if (!group)
		return NULL;
	group->id = ++table->last_affinity_id;
	group->confs = 1;
	group->len = len;
	memcpy(group->name, name, len);
	if (kvip_hash_insert(&table->groups, &group->bucket, group_params)) {
		kfree(group);
		return NULL;
	}
	return group;
}

void kvip_group_put(struct kvip_table *table, struct kvip_group *group)
{
	lockdep_assert_held(&table->lock);
	if (!group || --group->confs)
		return;
	WARN_ON_ONCE(rhashtable_remove_fast(&table->groups, &group->bucket,
					    group_params));
	/* Every reader holds the table's lock, and a resize the bucket's. */
	kfree(group);
}

static void free_one(void *ptr, void *arg)
{
	kfree(ptr);
}

int kvip_groups_init(struct rhashtable *groups)
{
	return rhashtable_init(groups, &group_params);
}

void kvip_groups_free(struct rhashtable *groups)
{
	rhashtable_free_and_destroy(groups, free_one, NULL);
}
