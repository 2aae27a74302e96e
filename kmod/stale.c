// SPDX-License-Identifier: GPL-2.0
#include <linux/rcupdate.h>
#include <linux/string.h>
#include <net/netfilter/nf_conntrack.h>

#include <linux/kvip.h>

#include "backend.h"
#include "change.h"
#include "config.h"
#include "decide.h"
#include "frontend.h"
#include "service.h"
#include "stale.h"
#include "table.h"

bool kvip_stale_possible(const struct kvip_change *change,
			 const struct kvip_conf *conf,
			 const struct kvip_conf *old)
{
	u32 i, j = 0;

	/* Both are sorted: every serving backend of @old must come along. */
	for (i = 0; old && i < old->all->n; i++) {
		const struct kvip_backend *backend = old->all->backends[i];
		int order = 1;

		if (!kvip_backend_serves(backend->flags))
			continue;
		while (j < conf->all->n && order > 0) {
			const struct kvip_backend_spec *spec =
				&change->backends[j];

			order = kvip_backend_cmp(&backend->addr, backend->port,
						 &spec->addr, spec->port);
			if (!order && !kvip_backend_serves(spec->flags))
				return true;
			if (order >= 0)
				j++;
		}
		if (order)
			return true;
	}
	return false;
}

static bool is_without_service(struct kvip_table *table,
			       const struct kvip_frontend_key *key)
{
	const struct kvip_frontend *frontend = kvip_frontend_find(table, key);

	return frontend && !rcu_access_pointer(frontend->service);
}

/* S55: it is for a frontend that the commit under way takes away. */
static bool is_gone(struct kvip_table *table,
		    const struct nf_conntrack_tuple *tuple)
{
	struct kvip_frontend_key key = {
		.addr = tuple->dst.u3,
		.port = tuple->dst.u.all,
		.proto = tuple->dst.protonum,
		.family = tuple->src.l3num,
	};

	if (is_without_service(table, &key))
		return true;
	memset(&key.addr, 0, sizeof(key.addr));
	return is_without_service(table, &key) &&
	       (kvip_is_loopback(key.family, &tuple->dst.u3) ||
		kvip_is_local(table->net, key.family, &tuple->dst.u3));
}

/* S54: its backend must be one that serves, of the service of its frontend. */
static bool is_stale(struct kvip_table *table, const struct nf_conn *ct)
{
	const struct nf_conntrack_tuple *orig, *reply;
	const struct kvip_backend *backend;
	const struct kvip_conf *conf;
	struct kvip_service *service;

	orig = nf_ct_tuple(ct, IP_CT_DIR_ORIGINAL);
	reply = nf_ct_tuple(ct, IP_CT_DIR_REPLY);
	service = kvip_service_of(table, orig, true, NULL);
	if (!service)
		return is_gone(table, orig);
	conf = rcu_dereference(service->conf);
	backend = kvip_list_find(conf->all, &reply->src.u3, reply->src.u.all);
	return !backend || !kvip_backend_serves(backend->flags);
}

static int check(struct nf_conn *ct, void *data)
{
	struct kvip_table *table = data;
	bool stale;

	if (nf_ct_protonum(ct) != IPPROTO_UDP)
		return 0;
	rcu_read_lock();
	stale = is_stale(table, ct);
	rcu_read_unlock();
	table->udp_cleared += stale;
	return stale;
}

void kvip_stale_expect(struct kvip_table *table)
{
	lockdep_assert_held(&table->lock);
	WRITE_ONCE(table->stale_may_pass, true);
}

/*
 * A packet that was given its backend by the old table may be anywhere between
 * the hook that did so and the one that confirms its flow, and be preempted or
 * queued there. The first grace period lets those pass that are on their way;
 * from then on kvip_nat_src() drops such packets. It and the confirmation are in
 * one hook, under one RCU read lock: after the second grace period each flow is
 * confirmed, and the sweep finds it, or its packet is gone.
 *
 * Expedited: somebody waits for the commit, and commits that take UDP backends
 * away are few.
 */
void kvip_stale_sweep(struct kvip_table *table)
{
	const struct nf_ct_iter_data sweep = {
		.net = table->net,
		.data = table,
	};

	lockdep_assert_held(&table->lock);
	synchronize_rcu_expedited();
	WRITE_ONCE(table->stale_may_pass, false);
	synchronize_rcu_expedited();
	nf_ct_iterate_cleanup_net(check, &sweep);
}
