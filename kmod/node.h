/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Node names. Each backend tells the node that it runs on; nodes are few and
 * backends many, so each name is held once for all namespaces.
 */
#ifndef KVIP_NODE_H
#define KVIP_NODE_H

#include <linux/refcount.h>
#include <linux/types.h>

/**
 * struct kvip_node - a node's name
 * @bucket: in the hash of all names
 * @refs: held by backends and by staged changes
 * @len: bytes of @name
 * @name: terminated by NUL
 */
struct kvip_node {
	struct hlist_node bucket;
	refcount_t refs;
	u16 len;
	char name[];
};

/**
 * kvip_node_get() - take a reference to a node's name
 * @name: the name, not necessarily terminated
 * @len: its bytes
 *
 * Context: process, may sleep; takes a mutex of its own, nothing else inside.
 * Return: the node, or NULL if there is no memory.
 */
struct kvip_node *kvip_node_get(const char *name, size_t len);

/**
 * kvip_node_hold() - take another reference
 * @node: one that the caller has a reference to, or NULL
 *
 * Context: any.
 * Return: @node.
 */
static inline struct kvip_node *kvip_node_hold(struct kvip_node *node)
{
	if (node)
		refcount_inc(&node->refs);
	return node;
}

/**
 * kvip_node_put() - give a reference back
 * @node: the node or NULL
 *
 * Context: process, may sleep; takes a mutex of its own, nothing else inside.
 */
void kvip_node_put(struct kvip_node *node);

#endif /* KVIP_NODE_H */
