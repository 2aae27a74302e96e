// SPDX-License-Identifier: GPL-2.0
/*
 * A commit has two halves. The first, prepare(), checks everything and
 * allocates everything; what it puts into the hashes is not visible to packets,
 * since a frontend without a service is none, and roll_back() takes it out
 * again. The second, carry_out(), consists of assignments and removals, which
 * cannot fail.
 *
 * carry_out() first publishes everything, then forgets the UDP flows that are
 * stale by now, and then takes out what nobody uses any more: the sweep knows a
 * frontend that goes by its being there without a service.
 */
#include <linux/err.h>
#include <linux/list.h>
#include <linux/netlink.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>

#include "address.h"
#include "backend.h"
#include "change.h"
#include "commit.h"
#include "config.h"
#include "frontend.h"
#include "garbage.h"
#include "hooks.h"
#include "stale.h"
#include "table.h"
#include "txn.h"

/**
 * struct commit - a commit under way
 * @table: the table
 * @txn: the transaction
 * @extack: gets the reason of a refusal
 * @touched: frontends that it has a say in, chained by their @chain
 * @more: frontends that it adds, less those that it removes, by family
 * @more_node_ports: the same of node ports
 * @sweep: UDP flows may have become stale
 */
struct commit {
	struct kvip_table *table;
	struct kvip_txn *txn;
	struct netlink_ext_ack *extack;
	struct kvip_frontend *touched;
	int more[KVIP_N_FAMILIES];
	int more_node_ports[KVIP_N_FAMILIES];
	bool sweep;
};

#define conf_of(service, table)                    \
	rcu_dereference_protected((service)->conf, \
				  lockdep_is_held(&(table)->lock))
#define owner_of(frontend, table)                      \
	rcu_dereference_protected((frontend)->service, \
				  lockdep_is_held(&(table)->lock))

/* Tell which message of the transaction is at fault. */
static void blame(struct commit *commit, const struct kvip_change *change)
{
	struct netlink_ext_ack *extack = commit->extack;

	memcpy(extack->cookie, &change->seq, sizeof(change->seq));
	extack->cookie_len = sizeof(change->seq);
}

static void touch(struct commit *commit, struct kvip_frontend *frontend)
{
	if (frontend->touched)
		return;
	frontend->touched = true;
	frontend->next = NULL;
	frontend->chain = commit->touched;
	commit->touched = frontend;
}

/* A replacing transaction deletes what it does not mention: say so in words. */
static int delete_others(struct commit *commit)
{
	struct kvip_service *service;
	unsigned long id;

	xa_for_each(&commit->table->services, id, service) {
		const struct kvip_service_key key =
			kvip_service_key_of(service);
		struct kvip_change *change;

		if (kvip_txn_mentions(commit->txn, &key))
			continue;
		change = kvip_txn_change(commit->txn, &key, 0, commit->extack);
		if (IS_ERR(change))
			return PTR_ERR(change);
		change->remove = true;
		cond_resched();
	}
	return 0;
}

/* Find the services of a change, and touch the frontends that they have. */
static int prepare_service(struct commit *commit, struct kvip_change *change)
{
	struct kvip_table *table = commit->table;
	struct kvip_frontend *frontend;
	struct kvip_service *service;

	service = kvip_service_find(table, &change->key);
	if (!service && change->remove) {
		blame(commit, change);
		NL_SET_ERR_MSG(commit->extack,
			       "there is no such service to delete");
		return -ENOENT;
	}
	if (!service) {
		service = kvip_service_create(table, &change->key);
		if (IS_ERR(service))
			return PTR_ERR(service);
		change->created = true;
	}
	change->service = service;
	hlist_for_each_entry(frontend, &service->frontends, siblings)
		touch(commit, frontend);
	if (change->remove)
		return 0;

	change->conf = kvip_conf_create(table, change, conf_of(service, table));
	if (!change->conf)
		return -ENOMEM;
	if (change->key.proto == IPPROTO_UDP)
		commit->sweep |= kvip_stale_possible(change, change->conf,
						     conf_of(service, table));
	return 0;
}

/* Claim the frontends of a change, all services being known. */
static int prepare_frontends(struct commit *commit, struct kvip_change *change)
{
	struct kvip_table *table = commit->table;
	u32 i;

	for (i = 0; i < change->n_frontends; i++) {
		const struct kvip_frontend_spec *spec = &change->frontends[i];
		const struct kvip_frontend_key key = {
			.addr = spec->addr,
			.port = spec->port,
			.proto = change->key.proto,
			.family = change->key.family,
		};
		struct kvip_frontend *frontend;

		frontend = kvip_frontend_find(table, &key);
		if (!frontend) {
			frontend = kvip_frontend_create(table, &key);
			if (IS_ERR(frontend))
				return PTR_ERR(frontend);
			touch(commit, frontend);
		} else if (!frontend->touched || frontend->next) {
			blame(commit, change);
			if (frontend->next == change->service)
				NL_SET_ERR_MSG(
					commit->extack,
					"a frontend is in the service twice");
			else
				NL_SET_ERR_MSG(
					commit->extack,
					"a frontend of the service belongs to another service");
			return -EEXIST;
		}
		frontend->next = change->service;
		frontend->next_kind = spec->kind;
		if (spec->kind != KVIP_FRONTEND_CLUSTER_IP)
			continue;
		frontend->next_address =
			kvip_address_get(table, key.family, &key.addr);
		if (!frontend->next_address)
			return -ENOMEM;
	}
	return 0;
}

static bool is_node_port(const struct kvip_frontend *frontend)
{
	return kvip_is_wildcard(&frontend->key.addr);
}

/* What the hooks and the sweep have to know of the frontends. */
static void look_at_frontends(struct commit *commit)
{
	struct kvip_frontend *frontend;

	for (frontend = commit->touched; frontend; frontend = frontend->chain) {
		int family = kvip_family_of(frontend->key.family);
		struct kvip_service *old = owner_of(frontend, commit->table);
		int more = !!frontend->next - !!old;

		commit->more[family] += more;
		if (is_node_port(frontend))
			commit->more_node_ports[family] += more;
		if (frontend->key.proto == IPPROTO_UDP && frontend->next != old)
			commit->sweep = true;
	}
}

static int prepare(struct commit *commit)
{
	struct kvip_change *change;
	int err, family;

	if (commit->txn->replace) {
		err = delete_others(commit);
		if (err)
			return err;
	}
	list_for_each_entry(change, &commit->txn->changes, list) {
		err = prepare_service(commit, change);
		if (err)
			return err;
		cond_resched();
	}
	list_for_each_entry(change, &commit->txn->changes, list) {
		err = prepare_frontends(commit, change);
		if (err)
			return err;
		cond_resched();
	}

	look_at_frontends(commit);
	for (family = 0; family < KVIP_N_FAMILIES; family++) {
		if (commit->table->n_frontends[family] + commit->more[family]) {
			err = kvip_hooks_on(commit->table, family);
			if (err) {
				NL_SET_ERR_MSG(
					commit->extack,
					"netfilter did not take the hooks");
				return err;
			}
		}
	}
	return 0;
}

static void hooks_off_if_unused(struct kvip_table *table)
{
	int family;

	for (family = 0; family < KVIP_N_FAMILIES; family++)
		if (!table->n_frontends[family])
			kvip_hooks_off(table, family);
}

static void put_address(struct commit *commit, struct kvip_address *address)
{
	if (address)
		address = kvip_address_put(commit->table, address);
	if (address)
		kvip_garbage_address(commit->txn->garbage, address);
}

static void roll_back(struct commit *commit)
{
	struct kvip_table *table = commit->table;
	struct kvip_frontend *frontend, *next;
	struct kvip_change *change;

	for (frontend = commit->touched; frontend; frontend = next) {
		next = frontend->chain;
		frontend->touched = false;
		frontend->next = NULL;
		put_address(commit, frontend->next_address);
		frontend->next_address = NULL;
		if (owner_of(frontend, table))
			continue;
		kvip_frontend_remove(table, frontend);
		kvip_garbage_frontend(commit->txn->garbage, frontend);
	}
	list_for_each_entry(change, &commit->txn->changes, list) {
		/* No reader has seen either. */
		if (change->conf) {
			kvip_conf_retire(table, change->conf);
			kvip_conf_free(change->conf);
		}
		change->conf = NULL;
		if (change->created) {
			kvip_service_remove(table, change->service);
			kvip_service_free(change->service);
		}
		change->service = NULL;
		cond_resched();
	}
	hooks_off_if_unused(table);
}

/* A frontend gets its new service, or none. */
static void hand_over(struct commit *commit, struct kvip_frontend *frontend)
{
	struct kvip_service *old = owner_of(frontend, commit->table);
	struct kvip_service *new = frontend->next;

	if (old != new) {
		if (old) {
			hlist_del(&frontend->siblings);
			old->n_frontends--;
		}
		if (new) {
			hlist_add_head(&frontend->siblings, &new->frontends);
			new->n_frontends++;
		}
	}
	if (new)
		WRITE_ONCE(frontend->kind, frontend->next_kind);
	/* The service has its conf: a reader never finds it NULL. */
	rcu_assign_pointer(frontend->service, new);
}

/*
 * S42: an address is known once all its frontends are there, lest a port that
 * comes with it be refused.
 */
static void hand_over_address(struct commit *commit,
			      struct kvip_frontend *frontend)
{
	if (frontend->next_address)
		kvip_address_go_live(frontend->next_address);
	if (frontend->address)
		kvip_address_leave(frontend->address);
	put_address(commit, frontend->address);
	frontend->address = frontend->next_address;
	frontend->next_address = NULL;
}

static void publish_confs(struct commit *commit)
{
	struct kvip_table *table = commit->table;
	struct kvip_change *change;
	struct kvip_conf *old;

	list_for_each_entry(change, &commit->txn->changes, list) {
		if (change->remove)
			continue;
		table->n_services += change->created;
		table->n_backends += change->conf->all->n;
		old = kvip_conf_publish(table, change->service, change->conf,
					change);
		if (old) {
			table->n_backends -= old->all->n;
			kvip_conf_retire(table, old);
			kvip_garbage_conf(commit->txn->garbage, old);
		}
		cond_resched();
	}
}

static void publish_config(struct commit *commit)
{
	const struct kvip_config *config = commit->txn->config;
	struct kvip_table *table = commit->table;
	const struct kvip_config *old;

	if (!config)
		return;
	kvip_affinity_limit(&table->affinity, config->affinity_max);
	old = rcu_replace_pointer(table->config, config,
				  lockdep_is_held(&table->lock));
	/* The transaction keeps it, to tell of it, but does not own it now. */
	commit->txn->config_published = true;
	kvip_garbage_config(commit->txn->garbage, old);
}

static void publish_frontends(struct commit *commit)
{
	struct kvip_table *table = commit->table;
	struct kvip_frontend *frontend;
	int family;

	/* Node ports are looked for as long as there may be one. */
	for (family = 0; family < KVIP_N_FAMILIES; family++)
		if (commit->more_node_ports[family] > 0)
			WRITE_ONCE(table->n_node_ports[family],
				   table->n_node_ports[family] +
					   commit->more_node_ports[family]);
	for (frontend = commit->touched; frontend; frontend = frontend->chain) {
		hand_over(commit, frontend);
		cond_resched();
	}
	for (frontend = commit->touched; frontend; frontend = frontend->chain) {
		hand_over_address(commit, frontend);
		cond_resched();
	}
	for (family = 0; family < KVIP_N_FAMILIES; family++) {
		table->n_frontends[family] += commit->more[family];
		if (commit->more_node_ports[family] < 0)
			WRITE_ONCE(table->n_node_ports[family],
				   table->n_node_ports[family] +
					   commit->more_node_ports[family]);
	}
}

static void remove_frontends(struct commit *commit)
{
	struct kvip_frontend *frontend, *next;

	for (frontend = commit->touched; frontend; frontend = next) {
		next = frontend->chain;
		frontend->touched = false;
		frontend->next = NULL;
		if (owner_of(frontend, commit->table))
			continue;
		kvip_frontend_remove(commit->table, frontend);
		kvip_garbage_frontend(commit->txn->garbage, frontend);
		cond_resched();
	}
}

static void remove_services(struct commit *commit)
{
	struct kvip_table *table = commit->table;
	struct kvip_change *change;
	struct kvip_conf *conf;

	list_for_each_entry(change, &commit->txn->changes, list) {
		if (!change->remove)
			continue;
		conf = conf_of(change->service, table);
		table->n_services--;
		table->n_backends -= conf->all->n;
		kvip_conf_retire(table, conf);
		kvip_service_remove(table, change->service);
		kvip_garbage_service(commit->txn->garbage, change->service);
		change->service = NULL;
		cond_resched();
	}
}

static void carry_out(struct commit *commit)
{
	if (commit->sweep)
		kvip_stale_expect(commit->table);
	publish_config(commit);
	publish_confs(commit);
	publish_frontends(commit);
	if (commit->sweep)
		kvip_stale_sweep(commit->table);
	remove_frontends(commit);
	remove_services(commit);
	commit->table->generation++;
	hooks_off_if_unused(commit->table);
}

int kvip_commit(struct kvip_table *table, struct kvip_txn *txn,
		struct netlink_ext_ack *extack)
{
	struct commit commit = {
		.table = table,
		.txn = txn,
		.extack = extack,
		/* other addresses may have node ports */
		.sweep = txn->config,
	};
	int err;

	lockdep_assert_held(&table->lock);
	if (txn->checked && txn->generation != table->generation) {
		NL_SET_ERR_MSG(
			extack,
			"the tables have changed since this was computed");
		return -ESTALE;
	}

	err = prepare(&commit);
	if (err) {
		roll_back(&commit);
		return err;
	}
	if (!list_empty(&txn->changes) || txn->config)
		carry_out(&commit);
	return 0;
}
