/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Affinity groups: services that share their affinity entries (S48). Packets
 * know a group by its number only.
 */
#ifndef KVIP_GROUP_H
#define KVIP_GROUP_H

#include <linux/rhashtable-types.h>
#include <linux/types.h>

struct kvip_table;

/**
 * struct kvip_group - a group; all of it is under the table's lock
 * @bucket: in &kvip_table.groups
 * @id: unique among all that affinity entries of the namespace ever belonged to
 * @confs: confs that name it
 * @len: bytes of @name
 * @name: terminated by NUL
 */
struct kvip_group {
	struct rhash_head bucket;
	u64 id;
	u32 confs;
	u8 len;
	char name[];
};

/**
 * kvip_group_get() - take a reference to the group of a name
 * @table: the table; the group is added if there is none
 * @name: the name, terminated by NUL
 *
 * Context: process, may sleep; under the table's lock.
 * Return: the group, or NULL if there is no memory.
 */
struct kvip_group *kvip_group_get(struct kvip_table *table, const char *name);

/**
 * kvip_group_put() - give a reference back
 * @table: the table
 * @group: the group or NULL; with the last reference it is freed
 *
 * Context: process; under the table's lock.
 */
void kvip_group_put(struct kvip_table *table, struct kvip_group *group);

int kvip_groups_init(struct rhashtable *groups);
void kvip_groups_free(struct rhashtable *groups);

#endif /* KVIP_GROUP_H */
