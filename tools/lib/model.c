// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "model.h"

void kvip_model_init(struct kvip_model *model)
{
	memset(model, 0, sizeof(*model));
}

static void free_meta(struct kvip_model *model, struct kvip_meta *meta)
{
	kvip_intern_put(&model->strings, meta->ns);
	kvip_intern_put(&model->strings, meta->name);
	kvip_intern_put(&model->strings, meta->uid);
	kvip_intern_put(&model->strings, meta->origin.file);
}

void kvip_svc_free(struct kvip_model *model, struct kvip_svc *svc)
{
	uint32_t i;

	for (i = 0; i < svc->n_ports; i++)
		kvip_intern_put(&model->strings, svc->ports[i].name);
	for (i = 0; i < svc->n_ingress; i++)
		kvip_intern_put(&model->strings, svc->ingress[i].hostname);
	kvip_intern_put(&model->strings, svc->proxy_name);
	kvip_intern_put(&model->strings, svc->external_name);
	free_meta(model, &svc->meta);
	free(svc->cluster_ips);
	free(svc->external_ips);
	free(svc->ingress);
	free(svc->ranges);
	free(svc->ports);
	free(svc);
}

static void free_names(struct kvip_model *model, const char **names, uint32_t n)
{
	uint32_t i;

	for (i = 0; i < n; i++)
		kvip_intern_put(&model->strings, names[i]);
	free(names);
}

static void free_endpoint(struct kvip_model *model,
			  struct kvip_endpoint *endpoint)
{
	struct kvip_hints *hints = endpoint->hints;

	kvip_intern_put(&model->strings, endpoint->node);
	kvip_intern_put(&model->strings, endpoint->zone);
	kvip_intern_put(&model->strings, endpoint->hostname);
	if (!hints)
		return;
	free_names(model, hints->zones, hints->n_zones);
	free_names(model, hints->nodes, hints->n_nodes);
	free(hints);
}

void kvip_slice_free(struct kvip_model *model, struct kvip_slice *slice)
{
	uint32_t i;

	for (i = 0; i < slice->n_ports; i++)
		kvip_intern_put(&model->strings, slice->ports[i].name);
	for (i = 0; i < slice->n_endpoints; i++)
		free_endpoint(model, &slice->endpoints[i]);
	kvip_intern_put(&model->strings, slice->service);
	free_meta(model, &slice->meta);
	free(slice->ports);
	free(slice->endpoints);
	free(slice);
}

void kvip_node_free(struct kvip_model *model, struct kvip_node *node)
{
	kvip_intern_put(&model->strings, node->zone);
	free_meta(model, &node->meta);
	free(node->addrs);
	free(node->pod_cidrs);
	free(node);
}

static uint32_t hash_key(const char *ns, const char *name)
{
	return kvip_hash_text(kvip_hash_text(0, ns), name);
}

static struct kvip_meta *find(const struct kvip_hash *table, const char *ns,
			      const char *name)
{
	struct kvip_hash_link *link;

	link = kvip_hash_find(table, hash_key(ns, name));
	for (; link; link = kvip_hash_again(link)) {
		struct kvip_meta *meta = (struct kvip_meta *)link;

		if (!strcmp(meta->name, name) && !strcmp(meta->ns, ns))
			return meta;
	}
	return NULL;
}

struct kvip_group *kvip_model_group(const struct kvip_model *model,
				    const char *ns, const char *name)
{
	struct kvip_hash_link *link;

	link = kvip_hash_find(&model->groups, hash_key(ns, name));
	for (; link; link = kvip_hash_again(link)) {
		struct kvip_group *group = (struct kvip_group *)link;

		if (!strcmp(group->name, name) && !strcmp(group->ns, ns))
			return group;
	}
	return NULL;
}

static struct kvip_group *need_group(struct kvip_model *model, const char *ns,
				     const char *name)
{
	struct kvip_group *group = kvip_model_group(model, ns, name);

	if (group)
		return group;
	group = kvip_alloc(sizeof(*group));
	group->ns = kvip_intern_get(&model->strings, ns);
	group->name = kvip_intern_get(&model->strings, name);
	kvip_hash_add(&model->groups, &group->link, hash_key(ns, name));
	return group;
}

static void drop_group_if_empty(struct kvip_model *model,
				struct kvip_group *group)
{
	if (group->svc || group->slices)
		return;
	kvip_hash_del(&model->groups, &group->link);
	kvip_intern_put(&model->strings, group->ns);
	kvip_intern_put(&model->strings, group->name);
	free(group);
}

static void link_slice(struct kvip_model *model, struct kvip_slice *slice)
{
	struct kvip_group *group;
	struct kvip_slice **at;

	if (!slice->service)
		return;
	group = need_group(model, slice->meta.ns, slice->service);
	for (at = &group->slices; *at; at = &(*at)->next)
		if (strcmp((*at)->meta.name, slice->meta.name) > 0)
			break;
	slice->next = *at;
	*at = slice;
}

static void unlink_slice(struct kvip_model *model, struct kvip_slice *slice)
{
	struct kvip_group *group;
	struct kvip_slice **at;

	if (!slice->service)
		return;
	group = kvip_model_group(model, slice->meta.ns, slice->service);
	for (at = &group->slices; *at != slice; at = &(*at)->next)
		;
	*at = slice->next;
	drop_group_if_empty(model, group);
}

static int refuse_twice(const char *kind, const struct kvip_meta *meta,
			const struct kvip_meta *first, struct kvip_err *err)
{
	const char *slash = *meta->ns ? "/" : "";

	if (!first->origin.file)
		return kvip_err_set(err, "%s %s%s%s is there twice", kind,
				    meta->ns, slash, meta->name);
	return kvip_err_set(err, "%s %s%s%s is there twice, first at %s:%lu",
			    kind, meta->ns, slash, meta->name,
			    first->origin.file, first->origin.line);
}

int kvip_model_put_svc(struct kvip_model *model, struct kvip_svc *svc,
		       unsigned int flags, struct kvip_err *err)
{
	struct kvip_group *group;

	group = need_group(model, svc->meta.ns, svc->meta.name);
	if (group->svc && flags & KVIP_PUT_ONCE) {
		refuse_twice("Service", &svc->meta, &group->svc->meta, err);
		kvip_svc_free(model, svc);
		return -1;
	}
	if (group->svc)
		kvip_svc_free(model, group->svc);
	else
		model->n_svcs++;
	group->svc = svc;
	return 0;
}

int kvip_model_put_slice(struct kvip_model *model, struct kvip_slice *slice,
			 unsigned int flags, struct kvip_err *err)
{
	const char *ns = slice->meta.ns;
	struct kvip_slice *old;

	old = kvip_model_slice(model, ns, slice->meta.name);
	if (old && flags & KVIP_PUT_ONCE) {
		refuse_twice("EndpointSlice", &slice->meta, &old->meta, err);
		kvip_slice_free(model, slice);
		return -1;
	}
	if (old)
		kvip_model_delete_slice(model, ns, slice->meta.name);
	kvip_hash_add(&model->slices, &slice->meta.link,
		      hash_key(ns, slice->meta.name));
	link_slice(model, slice);
	return 0;
}

int kvip_model_put_node(struct kvip_model *model, struct kvip_node *node,
			unsigned int flags, struct kvip_err *err)
{
	struct kvip_node *old = kvip_model_node(model, node->meta.name);

	if (old && flags & KVIP_PUT_ONCE) {
		refuse_twice("Node", &node->meta, &old->meta, err);
		kvip_node_free(model, node);
		return -1;
	}
	if (old)
		kvip_model_delete_node(model, node->meta.name);
	kvip_hash_add(&model->nodes, &node->meta.link,
		      hash_key("", node->meta.name));
	return 0;
}

bool kvip_model_delete_svc(struct kvip_model *model, const char *ns,
			   const char *name)
{
	struct kvip_group *group = kvip_model_group(model, ns, name);

	if (!group || !group->svc)
		return false;
	kvip_svc_free(model, group->svc);
	group->svc = NULL;
	model->n_svcs--;
	drop_group_if_empty(model, group);
	return true;
}

bool kvip_model_delete_slice(struct kvip_model *model, const char *ns,
			     const char *name)
{
	struct kvip_slice *slice = kvip_model_slice(model, ns, name);

	if (!slice)
		return false;
	kvip_hash_del(&model->slices, &slice->meta.link);
	unlink_slice(model, slice);
	kvip_slice_free(model, slice);
	return true;
}

bool kvip_model_delete_node(struct kvip_model *model, const char *name)
{
	struct kvip_node *node = kvip_model_node(model, name);

	if (!node)
		return false;
	kvip_hash_del(&model->nodes, &node->meta.link);
	kvip_node_free(model, node);
	return true;
}

struct kvip_slice *kvip_model_slice(const struct kvip_model *model,
				    const char *ns, const char *name)
{
	return (struct kvip_slice *)find(&model->slices, ns, name);
}

struct kvip_node *kvip_model_node(const struct kvip_model *model,
				  const char *name)
{
	return (struct kvip_node *)find(&model->nodes, "", name);
}

struct kvip_group *kvip_model_next_group(const struct kvip_model *model,
					 const struct kvip_group *group)
{
	const struct kvip_hash_link *link = group ? &group->link : NULL;

	return (struct kvip_group *)kvip_hash_next(&model->groups, link);
}

struct kvip_slice *kvip_model_next_slice(const struct kvip_model *model,
					 const struct kvip_slice *slice)
{
	const struct kvip_hash_link *link = slice ? &slice->meta.link : NULL;

	return (struct kvip_slice *)kvip_hash_next(&model->slices, link);
}

struct kvip_node *kvip_model_next_node(const struct kvip_model *model,
				       const struct kvip_node *node)
{
	const struct kvip_hash_link *link = node ? &node->meta.link : NULL;

	return (struct kvip_node *)kvip_hash_next(&model->nodes, link);
}

void kvip_model_free(struct kvip_model *model)
{
	struct kvip_hash_link *link, *next;

	for (link = kvip_hash_next(&model->slices, NULL); link; link = next) {
		next = kvip_hash_next(&model->slices, link);
		kvip_slice_free(model, (struct kvip_slice *)link);
	}
	for (link = kvip_hash_next(&model->nodes, NULL); link; link = next) {
		next = kvip_hash_next(&model->nodes, link);
		kvip_node_free(model, (struct kvip_node *)link);
	}
	for (link = kvip_hash_next(&model->groups, NULL); link; link = next) {
		struct kvip_group *group = (struct kvip_group *)link;

		next = kvip_hash_next(&model->groups, link);
		if (group->svc)
			kvip_svc_free(model, group->svc);
		kvip_intern_put(&model->strings, group->ns);
		kvip_intern_put(&model->strings, group->name);
		free(group);
	}
	kvip_hash_free(&model->slices);
	kvip_hash_free(&model->nodes);
	kvip_hash_free(&model->groups);
	kvip_intern_free(&model->strings);
	kvip_model_init(model);
}
