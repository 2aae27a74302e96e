// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdlib.h>
#include <string.h>

#include <linux/kvip.h>

#include "alloc.h"
#include "claims.h"
#include "frontends.h"

struct claimant;

/* One frontend that a Service port asks for. */
struct claim {
	struct kvip_hash_link link;
	struct kvip_addr addr;
	uint16_t port;
	uint8_t proto;
	uint8_t kind;
	uint32_t index; /* of the Service's port */
	const struct claimant *by;
};

/* A Service that asks. */
struct claimant {
	struct kvip_hash_link link;
	char *ns;
	char *name;
	int64_t created;
	struct claim *claims;
	size_t n;
};

static uint32_t hash_name(const char *ns, const char *name)
{
	return kvip_hash_text(kvip_hash_text(0, ns), name);
}

static uint32_t hash_claim(const struct claim *claim)
{
	uint32_t hash = (uint32_t)claim->port << 8 | claim->proto;
	size_t i;

	for (i = 0; i < sizeof(claim->addr.bytes); i++)
		hash = (hash ^ claim->addr.bytes[i]) * 16777619U;
	return hash ^ hash >> 15;
}

static bool same_key(const struct claim *a, const struct claim *b)
{
	return a->port == b->port && a->proto == b->proto &&
	       !kvip_addr_cmp(&a->addr, &b->addr);
}

static bool same_claim(const struct claim *a, const struct claim *b)
{
	return same_key(a, b) && a->kind == b->kind && a->index == b->index;
}

static struct claimant *find(const struct kvip_claims *claims, const char *ns,
			     const char *name)
{
	struct kvip_hash_link *link;

	link = kvip_hash_find(&claims->claimants, hash_name(ns, name));
	for (; link; link = kvip_hash_again(link)) {
		struct claimant *by = (struct claimant *)link;

		if (!strcmp(by->name, name) && !strcmp(by->ns, ns))
			return by;
	}
	return NULL;
}

/* Of two claims to one frontend, the one that wins is less. */
static int cmp_claims(const struct claim *a, const struct claim *b)
{
	static const uint8_t ranks[] = {
		[KVIP_FRONTEND_CLUSTER_IP] = 0,
		[KVIP_FRONTEND_NODE_PORT] = 0,
		[KVIP_FRONTEND_LB_IP] = 1,
		[KVIP_FRONTEND_EXTERNAL_IP] = 2,
	};
	int order = ranks[a->kind] - ranks[b->kind];

	if (!order)
		order = (a->by->created > b->by->created) -
			(a->by->created < b->by->created);
	if (!order)
		order = strcmp(a->by->ns, b->by->ns);
	if (!order)
		order = strcmp(a->by->name, b->by->name);
	return order ? order : (int)a->index - (int)b->index;
}

static void free_claimant(struct claimant *by)
{
	free(by->claims);
	free(by->ns);
	free(by->name);
	free(by);
}

void kvip_claims_free(struct kvip_claims *claims)
{
	struct kvip_hash_link *link, *next;

	kvip_hash_free(&claims->claims);
	for (link = kvip_hash_next(&claims->claimants, NULL); link;
	     link = next) {
		next = kvip_hash_next(&claims->claimants, link);
		free_claimant((struct claimant *)link);
	}
	kvip_hash_free(&claims->claimants);
	memset(claims, 0, sizeof(*claims));
}

static void collect_port(struct claimant *by, const struct kvip_svc *svc,
			 uint32_t index, uint8_t family)
{
	struct kvip_frontends frontends = {};
	size_t i;

	kvip_frontends_collect(&frontends, svc, &svc->ports[index], family);
	for (i = 0; i < frontends.n; i++) {
		struct claim *claim;

		by->claims = kvip_grow(by->claims, by->n, sizeof(*by->claims));
		claim = &by->claims[by->n++];
		claim->addr = frontends.items[i].addr;
		claim->port = frontends.items[i].port;
		claim->kind = frontends.items[i].kind;
		claim->proto = svc->ports[index].proto;
		claim->index = index;
	}
	kvip_frontends_free(&frontends);
}

static struct claimant *collect(const char *ns, const char *name,
				const struct kvip_svc *svc)
{
	static const uint8_t families[] = { AF_INET, AF_INET6 };
	struct claimant *by = kvip_alloc(sizeof(*by));
	uint32_t i, f;

	by->ns = kvip_strdup(ns);
	by->name = kvip_strdup(name);
	by->created = svc ? svc->meta.created : 0;
	for (f = 0; svc && f < 2; f++)
		for (i = 0; i < svc->n_ports; i++)
			if (kvip_svc_has_family(svc, families[f]))
				collect_port(by, svc, i, families[f]);
	return by;
}

static bool same_claimant(const struct claimant *a, const struct claimant *b)
{
	size_t i;

	if (!a || a->n != b->n || a->created != b->created)
		return !a && !b->n;
	for (i = 0; i < a->n; i++)
		if (!same_claim(&a->claims[i], &b->claims[i]))
			return false;
	return true;
}

/* Tell of the others that ask for what @by asks for. */
static void tell(const struct kvip_claims *claims, const struct claimant *by,
		 kvip_claims_fn fn, void *arg)
{
	size_t i;

	for (i = 0; fn && i < by->n; i++) {
		struct kvip_hash_link *link;

		link = kvip_hash_find(&claims->claims,
				      hash_claim(&by->claims[i]));
		for (; link; link = kvip_hash_again(link)) {
			const struct claim *other = (struct claim *)link;

			if (other->by != by && same_key(other, &by->claims[i]))
				fn(other->by->ns, other->by->name, arg);
		}
	}
}

static void take_out(struct kvip_claims *claims, struct claimant *by)
{
	size_t i;

	for (i = 0; i < by->n; i++)
		kvip_hash_del(&claims->claims, &by->claims[i].link);
	kvip_hash_del(&claims->claimants, &by->link);
	free_claimant(by);
}

static void put_in(struct kvip_claims *claims, struct claimant *by)
{
	size_t i;

	kvip_hash_add(&claims->claimants, &by->link,
		      hash_name(by->ns, by->name));
	for (i = 0; i < by->n; i++) {
		by->claims[i].by = by;
		kvip_hash_add(&claims->claims, &by->claims[i].link,
			      hash_claim(&by->claims[i]));
	}
}

bool kvip_claims_update(struct kvip_claims *claims, const char *ns,
			const char *name, const struct kvip_svc *svc,
			kvip_claims_fn fn, void *arg)
{
	struct claimant *had = find(claims, ns, name);
	struct claimant *has = collect(ns, name, svc);

	if (same_claimant(had, has)) {
		free_claimant(has);
		return false;
	}
	if (had) {
		tell(claims, had, fn, arg);
		take_out(claims, had);
	}
	if (has->n) {
		put_in(claims, has);
		tell(claims, has, fn, arg);
	} else {
		free_claimant(has);
	}
	return true;
}

void kvip_claims_read(struct kvip_claims *claims,
		      const struct kvip_model *model, const char *proxy_name)
{
	const struct kvip_group *group = NULL;

	kvip_claims_free(claims);
	while ((group = kvip_model_next_group(model, group)))
		if (group->svc && kvip_svc_is_served(group->svc, proxy_name))
			kvip_claims_update(claims, group->ns, group->name,
					   group->svc, NULL, NULL);
}

bool kvip_claims_wins(const struct kvip_claims *claims,
		      const struct kvip_svc *svc, uint32_t port,
		      const struct kvip_frontend *frontend)
{
	const struct claimant by = {
		.ns = (char *)svc->meta.ns,
		.name = (char *)svc->meta.name,
		.created = svc->meta.created,
	};
	const struct claim ours = {
		.addr = frontend->addr,
		.port = frontend->port,
		.proto = svc->ports[port].proto,
		.kind = frontend->kind,
		.index = port,
		.by = &by,
	};
	struct kvip_hash_link *link;

	link = kvip_hash_find(&claims->claims, hash_claim(&ours));
	for (; link; link = kvip_hash_again(link)) {
		const struct claim *other = (struct claim *)link;

		if (same_key(other, &ours) && cmp_claims(other, &ours) < 0)
			return false;
	}
	return true;
}
