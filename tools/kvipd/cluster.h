/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The cluster as the API server tells it: objects that reflectors hear of, put
 * into the model, and word of what changed by it.
 */
#ifndef KVIPD_CLUSTER_H
#define KVIPD_CLUSTER_H

#include <stdbool.h>

#include "model.h"

struct json_object;
struct kvip_cluster;

/* enum kvip_cluster_kind - what is kept; a reflector for each */
enum kvip_cluster_kind {
	KVIP_CLUSTER_SERVICES,
	KVIP_CLUSTER_SLICES,
	KVIP_CLUSTER_NODES,

	KVIP_CLUSTER_KINDS
};

struct kvip_cluster_ops {
	/*
	 * A Service, or EndpointSlices of a Service, changed. @kind tells
	 * which; @triggered when a slice's change was caused, Unix time, or 0.
	 */
	void (*changed)(void *arg, enum kvip_cluster_kind kind, const char *ns,
			const char *name, double triggered);
	/* This node's Node is another: where it is, or what its taints say. */
	void (*node_changed)(void *arg);
	/* An object could not be read, and what was known of it stays. */
	void (*refused)(void *arg, enum kvip_cluster_kind kind,
			const char *sentence);
	/* A list told of nothing, and what is known stays: ask again. */
	void (*doubtful)(void *arg, enum kvip_cluster_kind kind);
};

/**
 * kvip_cluster_new() - a cluster of which nothing is known
 * @node: this node's name; must outlive it. The model has a Node of that name
 *	from the beginning, of which nothing is known either
 * @allow_empty: a list of nothing is meant so
 * @ops: who is told
 * @arg: for @ops
 */
struct kvip_cluster *kvip_cluster_new(const char *node, bool allow_empty,
				      const struct kvip_cluster_ops *ops,
				      void *arg);

/* kvip_cluster_free() - give back everything; NULL is ok */
void kvip_cluster_free(struct kvip_cluster *cluster);

/* kvip_cluster_model() - all that is known */
const struct kvip_model *kvip_cluster_model(const struct kvip_cluster *cluster);

/* kvip_cluster_listed() - whether a kind was listed to the end once, S9 */
bool kvip_cluster_listed(const struct kvip_cluster *cluster,
			 enum kvip_cluster_kind kind);

/* kvip_cluster_knows_node() - whether this node's Node is there */
bool kvip_cluster_knows_node(const struct kvip_cluster *cluster);

/*
 * What a reflector of @kind tells, see reflector.h. An object that is not newer
 * than what is known is left alone; so is all that is known if a list that was
 * not empty before is empty now: a cluster always has the API server's own
 * Service.
 */
void kvip_cluster_begin(struct kvip_cluster *cluster,
			enum kvip_cluster_kind kind);
void kvip_cluster_put(struct kvip_cluster *cluster, enum kvip_cluster_kind kind,
		      struct json_object *object);
void kvip_cluster_gone(struct kvip_cluster *cluster,
		       enum kvip_cluster_kind kind, struct json_object *object);
void kvip_cluster_complete(struct kvip_cluster *cluster,
			   enum kvip_cluster_kind kind);

#endif /* KVIPD_CLUSTER_H */
