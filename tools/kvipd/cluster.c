// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#include "alloc.h"
#include "cluster.h"
#include "decode.h"
#include "object.h"

/* How one kind is kept up with. */
struct keeping {
	uint64_t mark; /* of the objects of the list under way, or the last */
	uint64_t newest; /* resourceVersion heard of since that list began */
	size_t n_put; /* objects that the list told of so far */
	bool listing;
	bool listed;
};

struct kvip_cluster {
	struct kvip_model model;
	struct keeping kinds[KVIP_CLUSTER_KINDS];
	const char *node;
	bool allow_empty;
	bool knows_node;
	const struct kvip_cluster_ops *ops;
	void *arg;
};

/* Who an object is. */
struct identity {
	const char *ns;
	const char *name;
	uint64_t version; /* 0: not told, or not comparable */
};

static const char *const kind_names[] = {
	[KVIP_CLUSTER_SERVICES] = "Service",
	[KVIP_CLUSTER_SLICES] = "EndpointSlice",
	[KVIP_CLUSTER_NODES] = "Node",
};

static void put_unknown_node(struct kvip_cluster *cluster)
{
	struct kvip_node *node = kvip_alloc(sizeof(*node));
	struct kvip_err ignored;

	node->meta.ns = kvip_intern_get(&cluster->model.strings, "");
	node->meta.name =
		kvip_intern_get(&cluster->model.strings, cluster->node);
	/* it can't be there already */
	kvip_model_put_node(&cluster->model, node, 0, &ignored);
}

struct kvip_cluster *kvip_cluster_new(const char *node, bool allow_empty,
				      const struct kvip_cluster_ops *ops,
				      void *arg)
{
	struct kvip_cluster *cluster = kvip_alloc(sizeof(*cluster));

	kvip_model_init(&cluster->model);
	cluster->node = node;
	cluster->allow_empty = allow_empty;
	cluster->ops = ops;
	cluster->arg = arg;
	put_unknown_node(cluster);
	return cluster;
}

void kvip_cluster_free(struct kvip_cluster *cluster)
{
	if (!cluster)
		return;
	kvip_model_free(&cluster->model);
	free(cluster);
}

const struct kvip_model *kvip_cluster_model(const struct kvip_cluster *cluster)
{
	return &cluster->model;
}

bool kvip_cluster_listed(const struct kvip_cluster *cluster,
			 enum kvip_cluster_kind kind)
{
	return cluster->kinds[kind].listed;
}

bool kvip_cluster_knows_node(const struct kvip_cluster *cluster)
{
	return cluster->knows_node;
}

/* Enough to tell whether the rest is news; what is wrong the decoder says. */
static bool identify(struct json_object *object, enum kvip_cluster_kind kind,
		     struct identity *who)
{
	struct json_object *meta = kvip_object_member(object, "metadata");

	who->ns = kvip_object_text(meta, "namespace") ?: "";
	who->name = kvip_object_text(meta, "name");
	who->version = kvip_decode_version(kvip_object_version(object));
	return who->name && (*who->ns || kind == KVIP_CLUSTER_NODES);
}

static struct kvip_meta *known(struct kvip_cluster *cluster,
			       enum kvip_cluster_kind kind,
			       const struct identity *who)
{
	const struct kvip_model *model = &cluster->model;
	struct kvip_group *group;
	struct kvip_slice *slice;
	struct kvip_node *node;

	switch (kind) {
	case KVIP_CLUSTER_SERVICES:
		group = kvip_model_group(model, who->ns, who->name);
		return group && group->svc ? &group->svc->meta : NULL;
	case KVIP_CLUSTER_SLICES:
		slice = kvip_model_slice(model, who->ns, who->name);
		return slice ? &slice->meta : NULL;
	case KVIP_CLUSTER_NODES:
		node = kvip_model_node(model, who->name);
		return node && cluster->knows_node ? &node->meta : NULL;
	default:
		return NULL;
	}
}

/* Whether an object is as it is known to be, or was once. */
static bool is_no_news(const struct keeping *keeping,
		       const struct identity *who, const struct kvip_meta *old)
{
	if (!who->version)
		return false;
	if (old && old->version)
		return keeping->listing ? who->version == old->version :
					  who->version <= old->version;
	/* a watch tells in order: this was deleted before it is told of */
	return !old && !keeping->listing && who->version <= keeping->newest;
}

static void refuse(struct kvip_cluster *cluster, enum kvip_cluster_kind kind,
		   const char *sentence)
{
	cluster->ops->refused(cluster->arg, kind, sentence);
}

/* Tell of a slice's Service; a slice without one concerns nobody. */
static void tell_of_slice(struct kvip_cluster *cluster, const char *ns,
			  const char *service, double triggered)
{
	if (service)
		cluster->ops->changed(cluster->arg, KVIP_CLUSTER_SLICES, ns,
				      service, triggered);
}

static bool put_svc(struct kvip_cluster *cluster, struct json_object *object,
		    const struct identity *who, struct kvip_err *err)
{
	if (kvip_decode(&cluster->model, object, NULL, 0, err))
		return false;
	cluster->ops->changed(cluster->arg, KVIP_CLUSTER_SERVICES, who->ns,
			      who->name, 0);
	return true;
}

static bool put_slice(struct kvip_cluster *cluster, struct json_object *object,
		      const struct identity *who, struct kvip_err *err)
{
	struct kvip_slice *slice;
	char *before = NULL;
	bool ok;

	slice = kvip_model_slice(&cluster->model, who->ns, who->name);
	if (slice && slice->service)
		before = kvip_strdup(slice->service);
	ok = !kvip_decode(&cluster->model, object, NULL, 0, err);
	if (ok) {
		slice = kvip_model_slice(&cluster->model, who->ns, who->name);
		/* the label may have moved it to another Service */
		if (before &&
		    (!slice->service || strcmp(before, slice->service) != 0))
			tell_of_slice(cluster, who->ns, before, 0);
		tell_of_slice(cluster, who->ns, slice->service,
			      slice->triggered);
	}
	free(before);
	return ok;
}

/* What tables and answers depend on, as text. */
static char *node_facts(const struct kvip_node *node)
{
	char addr[INET6_ADDRSTRLEN], block[KVIP_PREFIX_LEN];
	char *text = NULL;
	size_t size;
	FILE *to = open_memstream(&text, &size);
	uint32_t i;

	if (!to)
		abort();
	fprintf(to, "%s %d %d", node->zone ? node->zone : "", node->deleting,
		node->scaled_down);
	for (i = 0; i < node->n_addrs; i++)
		fprintf(to, " %s", kvip_addr_text(&node->addrs[i], addr));
	for (i = 0; i < node->n_pod_cidrs; i++)
		fprintf(to, " %s",
			kvip_prefix_text(&node->pod_cidrs[i], block));
	fclose(to);
	return text;
}

static bool put_node(struct kvip_cluster *cluster, struct json_object *object,
		     const struct identity *who, struct kvip_err *err)
{
	const struct kvip_model *model = &cluster->model;
	char *before, *after;

	/* one that was not asked for */
	if (strcmp(who->name, cluster->node) != 0)
		return true;
	before = node_facts(kvip_model_node(model, cluster->node));
	if (kvip_decode(&cluster->model, object, NULL, 0, err)) {
		free(before);
		return false;
	}
	after = node_facts(kvip_model_node(model, cluster->node));
	if (!cluster->knows_node || strcmp(before, after) != 0) {
		cluster->knows_node = true;
		cluster->ops->node_changed(cluster->arg);
	}
	free(before);
	free(after);
	return true;
}

static bool put_object(struct kvip_cluster *cluster,
		       enum kvip_cluster_kind kind, struct json_object *object,
		       const struct identity *who, struct kvip_err *err)
{
	switch (kind) {
	case KVIP_CLUSTER_SERVICES:
		return put_svc(cluster, object, who, err);
	case KVIP_CLUSTER_SLICES:
		return put_slice(cluster, object, who, err);
	default:
		return put_node(cluster, object, who, err);
	}
}

void kvip_cluster_begin(struct kvip_cluster *cluster,
			enum kvip_cluster_kind kind)
{
	struct keeping *keeping = &cluster->kinds[kind];

	keeping->mark++;
	keeping->newest = 0;
	keeping->n_put = 0;
	keeping->listing = true;
}

void kvip_cluster_put(struct kvip_cluster *cluster, enum kvip_cluster_kind kind,
		      struct json_object *object)
{
	struct keeping *keeping = &cluster->kinds[kind];
	const char *told = kvip_object_text(object, "kind");
	struct kvip_meta *meta;
	struct identity who;
	struct kvip_err err;

	keeping->n_put++;
	if (!told || strcmp(told, kind_names[kind]) != 0 ||
	    !identify(object, kind, &who)) {
		refuse(cluster, kind,
		       "an object is of another kind, or nameless");
		return;
	}
	meta = known(cluster, kind, &who);
	if (is_no_news(keeping, &who, meta)) {
		if (meta)
			meta->mark = keeping->mark;
		return;
	}
	if (who.version > keeping->newest)
		keeping->newest = who.version;
	if (!put_object(cluster, kind, object, &who, &err))
		refuse(cluster, kind, err.text);
	/* it exists, whether it could be read or not */
	meta = known(cluster, kind, &who);
	if (meta)
		meta->mark = keeping->mark;
}

static void delete_svc(struct kvip_cluster *cluster, const struct kvip_svc *svc)
{
	char *ns = kvip_strdup(svc->meta.ns);
	char *name = kvip_strdup(svc->meta.name);

	kvip_model_delete_svc(&cluster->model, ns, name);
	cluster->ops->changed(cluster->arg, KVIP_CLUSTER_SERVICES, ns, name, 0);
	free(ns);
	free(name);
}

static void delete_slice(struct kvip_cluster *cluster,
			 const struct kvip_slice *slice)
{
	char *ns = kvip_strdup(slice->meta.ns);
	char *service = slice->service ? kvip_strdup(slice->service) : NULL;

	kvip_model_delete_slice(&cluster->model, ns, slice->meta.name);
	tell_of_slice(cluster, ns, service, 0);
	free(ns);
	free(service);
}

/* What was known of it stays: endpoints are on it, whether it is told or not. */
static void forget_node(struct kvip_cluster *cluster)
{
	if (!cluster->knows_node)
		return;
	cluster->knows_node = false;
	cluster->ops->node_changed(cluster->arg);
}

void kvip_cluster_gone(struct kvip_cluster *cluster,
		       enum kvip_cluster_kind kind, struct json_object *object)
{
	struct keeping *keeping = &cluster->kinds[kind];
	struct kvip_meta *meta;
	struct identity who;

	if (!identify(object, kind, &who)) {
		refuse(cluster, kind, "an object without a name was deleted");
		return;
	}
	meta = known(cluster, kind, &who);
	if (meta && who.version && who.version < meta->version)
		return;
	if (who.version > keeping->newest)
		keeping->newest = who.version;
	if (!meta)
		return;
	switch (kind) {
	case KVIP_CLUSTER_SERVICES:
		delete_svc(cluster,
			   kvip_model_group(&cluster->model, who.ns, who.name)
				   ->svc);
		break;
	case KVIP_CLUSTER_SLICES:
		delete_slice(cluster, kvip_model_slice(&cluster->model, who.ns,
						       who.name));
		break;
	default:
		forget_node(cluster);
	}
}

static void sweep_svcs(struct kvip_cluster *cluster, uint64_t mark)
{
	struct kvip_group *group, *next;

	group = kvip_model_next_group(&cluster->model, NULL);
	for (; group; group = next) {
		next = kvip_model_next_group(&cluster->model, group);
		if (group->svc && group->svc->meta.mark != mark)
			delete_svc(cluster, group->svc);
	}
}

static void sweep_slices(struct kvip_cluster *cluster, uint64_t mark)
{
	struct kvip_slice *slice, *next;

	slice = kvip_model_next_slice(&cluster->model, NULL);
	for (; slice; slice = next) {
		next = kvip_model_next_slice(&cluster->model, slice);
		if (slice->meta.mark != mark)
			delete_slice(cluster, slice);
	}
}

void kvip_cluster_complete(struct kvip_cluster *cluster,
			   enum kvip_cluster_kind kind)
{
	struct keeping *keeping = &cluster->kinds[kind];
	const struct kvip_model *model = &cluster->model;
	bool empty = !keeping->n_put && !cluster->allow_empty;
	struct kvip_node *node;

	keeping->listing = false;
	keeping->listed = true;
	switch (kind) {
	case KVIP_CLUSTER_SERVICES:
		if (empty && model->n_svcs)
			cluster->ops->doubtful(cluster->arg, kind);
		else
			sweep_svcs(cluster, keeping->mark);
		break;
	case KVIP_CLUSTER_SLICES:
		if (empty && model->slices.n)
			cluster->ops->doubtful(cluster->arg, kind);
		else
			sweep_slices(cluster, keeping->mark);
		break;
	default:
		node = kvip_model_node(model, cluster->node);
		if (node->meta.mark != keeping->mark)
			forget_node(cluster);
	}
}
