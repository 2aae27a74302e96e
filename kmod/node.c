// SPDX-License-Identifier: GPL-2.0
#include <linux/hashtable.h>
#include <linux/jhash.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "node.h"

static DEFINE_HASHTABLE(nodes, 10);
static DEFINE_MUTEX(nodes_lock);

struct kvip_node *kvip_node_get(const char *name, size_t len)
{
	u32 hash = jhash(name, len, 0);
	struct kvip_node *node;

	mutex_lock(&nodes_lock);
	hash_for_each_possible(nodes, node, bucket, hash) {
		if (node->len == len && !memcmp(node->name, name, len)) {
			refcount_inc(&node->refs);
			goto out;
		}
	}

	node = kmalloc(struct_size(node, name, len + 1), GFP_KERNEL_ACCOUNT);
	if (!node)
		goto out;
	refcount_set(&node->refs, 1);
	node->len = len;
	memcpy(node->name, name, len);
	node->name[len] = '\0';
	hash_add(nodes, &node->bucket, hash);
out:
	mutex_unlock(&nodes_lock);
	return node;
}

void kvip_node_put(struct kvip_node *node)
{
	/* Under the lock, or a getter could find a node that is going. */
	if (!node || !refcount_dec_and_mutex_lock(&node->refs, &nodes_lock))
		return;
	hash_del(&node->bucket);
	mutex_unlock(&nodes_lock);
	kfree(node);
}
