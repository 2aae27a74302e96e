// SPDX-License-Identifier: GPL-2.0
/*
 * Everything here runs under RCU, in softirq or process context, and takes no
 * lock but that of the affinity entries, for services that ask for it.
 */
#include <linux/netdevice.h>
#include <linux/random.h>
#include <linux/rcupdate.h>
#include <linux/string.h>
#include <net/net_namespace.h>
#include <net/netfilter/nf_conntrack_tuple.h>

#include <linux/kvip.h>

#include "address.h"
#include "affinity.h"
#include "backend.h"
#include "config.h"
#include "decide.h"
#include "frontend.h"
#include "service.h"
#include "table.h"

/* What is looked at in a packet, and by what rules. */
struct question {
	struct kvip_table *table;
	const struct kvip_config *config;
	const struct nf_conntrack_tuple *tuple;
	const struct net_device *in;
	bool sent;
	u8 family;
};

static struct question question_of(struct kvip_table *table,
				   const struct nf_conntrack_tuple *tuple,
				   const struct net_device *in, bool sent)
{
	return (struct question){
		.table = table,
		.config = rcu_dereference(table->config),
		.tuple = tuple,
		.in = in,
		.sent = sent,
		.family = tuple->src.l3num,
	};
}

/*
 * S20, S46: whether an address has node ports. Loopback addresses do for what
 * the node itself sends only: from outside they must stay out of reach.
 */
static bool has_node_ports(const struct question *ask)
{
	const union nf_inet_addr *addr = &ask->tuple->dst.u3;

	if (kvip_is_loopback(ask->family, addr))
		return ask->sent &&
		       ask->config->flags & KVIP_CONFIG_F_LOCALHOST_NODE_PORTS;
	return kvip_blocks_have(&ask->config->node_port_addrs, ask->family,
				addr) &&
	       kvip_is_local(ask->table->net, ask->family, addr);
}

/* S19: an address and port of its own comes first, then the node ports. */
static struct kvip_service *find_service(const struct question *ask, u8 *kind,
					 u8 *rule)
{
	const struct nf_conntrack_tuple *tuple = ask->tuple;
	struct kvip_frontend_key key = {
		.addr = tuple->dst.u3,
		.port = tuple->dst.u.all,
		.proto = tuple->dst.protonum,
		.family = ask->family,
	};
	struct kvip_service *service;
	struct kvip_frontend *frontend;

	frontend = kvip_frontend_find(ask->table, &key);
	if (frontend) {
		*kind = READ_ONCE(frontend->kind);
		service = rcu_dereference(frontend->service);
		/* no address is the wildcard's */
		if (service && *kind != KVIP_FRONTEND_NODE_PORT)
			return service;
	}

	if (!READ_ONCE(ask->table->n_node_ports[kvip_family_of(ask->family)]))
		return NULL;
	memset(&key.addr, 0, sizeof(key.addr));
	frontend = kvip_frontend_find(ask->table, &key);
	service = frontend ? rcu_dereference(frontend->service) : NULL;
	if (!service)
		return NULL;
	if (!has_node_ports(ask)) {
		*rule = KVIP_RULE_NOT_LISTED;
		return NULL;
	}
	*kind = KVIP_FRONTEND_NODE_PORT;
	return service;
}

/* S42: no frontend, but an address that belongs to services. */
static void decide_unknown(const struct question *ask,
			   struct kvip_decision *decision)
{
	const union nf_inet_addr *addr = &ask->tuple->dst.u3;

	if (kvip_address_known(ask->table, ask->family, addr)) {
		decision->verdict = KVIP_VERDICT_REJECT;
		decision->rule = KVIP_RULE_UNKNOWN_PORT;
	} else if (kvip_blocks_have(&ask->config->service_cidrs, ask->family,
				    addr)) {
		decision->verdict = KVIP_VERDICT_DROP;
		decision->rule = KVIP_RULE_SERVICE_CIDR;
	} else {
		return;
	}
	/* What the node answers for itself is not ours to judge. */
	if (kvip_is_local(ask->table->net, ask->family, addr))
		*decision = (struct kvip_decision){};
}

/* S37: LB IPs have a guard; the others only if that is asked for. */
static bool is_guarded(const struct question *ask, const struct kvip_conf *conf,
		       u8 kind)
{
	if (likely(!conf->ranges) || kind == KVIP_FRONTEND_CLUSTER_IP)
		return false;
	return kind == KVIP_FRONTEND_LB_IP ||
	       ask->config->flags & KVIP_CONFIG_F_RANGES_EVERYWHERE;
}

/* Which list applies, and whether to hide the client. */
struct way {
	u8 list_why;
	u8 masquerade;
};

/* S24, S25 */
static struct way internal_way(const struct question *ask, u32 flags,
			       const struct kvip_origin *origin)
{
	struct way way = { KVIP_LIST_INTERNAL_CLUSTER, KVIP_MASQUERADE_NO };

	if (flags & KVIP_SERVICE_F_INTERNAL_LOCAL)
		way.list_why = KVIP_LIST_INTERNAL_LOCAL;
	if (ask->config->flags & KVIP_CONFIG_F_MASQUERADE_ALL)
		way.masquerade = KVIP_MASQUERADE_ALL;
	else if (kvip_has_detector(ask->config, ask->family) &&
		 origin->class != KVIP_SOURCE_POD)
		way.masquerade = KVIP_MASQUERADE_NOT_POD;
	return way;
}

/* S26 to S30 */
static struct way external_way(u32 flags, const struct kvip_origin *origin)
{
	if (!(flags & KVIP_SERVICE_F_EXTERNAL_LOCAL))
		return (struct way){ KVIP_LIST_EXTERNAL_CLUSTER,
				     KVIP_MASQUERADE_EXTERNAL };
	if (origin->class == KVIP_SOURCE_POD)
		return (struct way){ KVIP_LIST_POD, KVIP_MASQUERADE_NO };
	if (origin->class == KVIP_SOURCE_NODE)
		return (struct way){ KVIP_LIST_NODE, KVIP_MASQUERADE_NODE };
	return (struct way){ KVIP_LIST_EXTERNAL_LOCAL, KVIP_MASQUERADE_NO };
}

/* Looking a source address up costs more than the rest: only if it matters. */
static bool origin_matters(const struct question *ask, u32 flags, u8 kind)
{
	if (kind == KVIP_FRONTEND_CLUSTER_IP)
		return kvip_has_detector(ask->config, ask->family);
	return flags & KVIP_SERVICE_F_EXTERNAL_LOCAL;
}

static struct way find_way(const struct question *ask, u32 flags, u8 kind,
			   bool full, struct kvip_origin *origin)
{
	if (full || origin_matters(ask, flags, kind))
		*origin = kvip_source_of(ask->config, ask->table->net,
					 ask->family, &ask->tuple->src.u3,
					 ask->in);
	if (kind == KVIP_FRONTEND_CLUSTER_IP)
		return internal_way(ask, flags, origin);
	return external_way(flags, origin);
}

/* S31: who gets itself would refuse answers that come from its own address. */
static u8 hide(const struct question *ask, const struct way *way,
	       const union nf_inet_addr *backend)
{
	const union nf_inet_addr *client = &ask->tuple->src.u3;

	/* the first word tells nearly all apart */
	if (unlikely(client->ip == backend->ip &&
		     nf_inet_addr_cmp(client, backend)))
		return KVIP_MASQUERADE_HAIRPIN;
	if (unlikely(kvip_is_loopback(ask->family, client)))
		return KVIP_MASQUERADE_LOCALHOST;
	return way->masquerade;
}

/* S13, S24, S29, S41, S43: the list is empty. */
static void decide_nobody(const struct question *ask,
			  struct kvip_decision *decision)
{
	if (decision->conf->flags & KVIP_SERVICE_F_HAS_ANY) {
		decision->verdict = KVIP_VERDICT_DROP;
		decision->rule = KVIP_RULE_NO_LOCAL_ENDPOINT;
	} else if (decision->kind == KVIP_FRONTEND_NODE_PORT &&
		   ask->config->flags & KVIP_CONFIG_F_NODE_PORT_TO_HOST) {
		decision->rule = KVIP_RULE_HOST;
	} else {
		decision->verdict = KVIP_VERDICT_REJECT;
		decision->rule = KVIP_RULE_NO_ENDPOINT;
	}
}

/* S14: uniformly at random. The list is not empty. */
static struct kvip_backend *pick(const struct kvip_list *list)
{
	u32 i = list->n > 1 ? get_random_u32_below(list->n) : 0;

	return list->backends[i];
}

static struct kvip_backend *choose(const struct question *ask, bool peek,
				   struct kvip_decision *decision)
{
	const union nf_inet_addr *client = &ask->tuple->src.u3;
	struct kvip_affinity_finding finding = {};
	struct kvip_backend *backend;

	if (likely(!decision->conf->affinity))
		return pick(decision->list);

	if (peek) {
		backend = kvip_affinity_peek(&ask->table->affinity,
					     decision->conf, decision->list,
					     ask->family, client, &finding);
		if (!backend)
			backend = pick(decision->list);
	} else {
		backend = kvip_affinity_choose(&ask->table->affinity,
					       decision->conf, decision->list,
					       ask->family, client, pick,
					       &finding);
	}
	decision->has_affinity = true;
	decision->affinity = finding.state;
	decision->affinity_left = finding.left;
	return backend;
}

void kvip_decide(struct kvip_table *table,
		 const struct nf_conntrack_tuple *tuple,
		 const struct net_device *in, unsigned int how,
		 struct kvip_decision *decision)
{
	const struct question ask = question_of(table, tuple, in, !in);
	const struct kvip_conf *conf;
	struct kvip_service *service;
	struct way way;
	u8 kind = 0;

	*decision = (struct kvip_decision){};
	service = find_service(&ask, &kind, &decision->rule);
	if (!service) {
		decide_unknown(&ask, decision);
		return;
	}
	conf = rcu_dereference(service->conf);
	decision->kind = kind;
	decision->service = service;
	decision->conf = conf;
	way = find_way(&ask, conf->flags, kind, how & KVIP_HOW_FULL,
		       &decision->origin);

	/* S38, S40: before anything else */
	if (unlikely(is_guarded(&ask, conf, kind))) {
		decision->range = kvip_prefix_find(conf->ranges->array,
						   conf->ranges->n, ask.family,
						   &tuple->src.u3);
		if (!decision->range) {
			decision->verdict = KVIP_VERDICT_DROP;
			decision->rule = KVIP_RULE_SOURCE_RANGES;
			return;
		}
	}

	decision->list_why = way.list_why;
	if (way.list_why == KVIP_LIST_INTERNAL_LOCAL ||
	    way.list_why == KVIP_LIST_EXTERNAL_LOCAL)
		decision->list = conf->local;
	else
		decision->list = conf->cluster;
	if (unlikely(!decision->list->n)) {
		decide_nobody(&ask, decision);
		return;
	}

	decision->verdict = KVIP_VERDICT_BACKEND;
	decision->backend = choose(&ask, how & KVIP_HOW_PEEK, decision);
	decision->masquerade = hide(&ask, &way, &decision->backend->addr);
}

struct kvip_service *kvip_service_of(struct kvip_table *table,
				     const struct nf_conntrack_tuple *tuple,
				     bool sent, u8 *kind)
{
	const struct question ask = question_of(table, tuple, NULL, sent);
	u8 ignored, rule;

	return find_service(&ask, kind ? kind : &ignored, &rule);
}

u8 kvip_masquerade_of(struct kvip_table *table,
		      const struct kvip_service *service, u8 kind,
		      const struct nf_conntrack_tuple *tuple,
		      const struct net_device *in,
		      const union nf_inet_addr *addr)
{
	const struct question ask = question_of(table, tuple, in, !in);
	const struct kvip_conf *conf = rcu_dereference(service->conf);
	struct kvip_origin origin = {};
	struct way way;

	way = find_way(&ask, conf->flags, kind, false, &origin);
	return hide(&ask, &way, addr);
}
