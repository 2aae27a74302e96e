// SPDX-License-Identifier: GPL-2.0
/*
 * A commit has two halves. The first, prepare(), checks everything and
 * allocates everything; what it puts into the hashes is not visible to packets,
 * since a frontend without a service is none, and roll_back() takes it out
 * again. The second, carry_out(), consists of assignments and removals, which
 * cannot fail.
 */
#include <linux/err.h>
#include <linux/list.h>
#include <linux/netlink.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>

#include "backend.h"
#include "change.h"
#include "commit.h"
#include "frontend.h"
#include "garbage.h"
#include "nat.h"
#include "table.h"
#include "txn.h"

/**
 * struct commit - a commit under way
 * @table: the table
 * @txn: the transaction
 * @extack: gets the reason of a refusal
 * @touched: frontends that it has a say in, chained by their @chain
 * @more: frontends that it adds, less those that it removes, by family
 */
struct commit {
	struct kvip_table *table;
	struct kvip_txn *txn;
	struct netlink_ext_ack *extack;
	struct kvip_frontend *touched;
	int more[KVIP_N_FAMILIES];
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

	change->conf = kvip_conf_create(change, conf_of(service, table));
	return change->conf ? 0 : -ENOMEM;
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
	}
	return 0;
}

static void count_frontends(struct commit *commit)
{
	struct kvip_frontend *frontend;

	for (frontend = commit->touched; frontend; frontend = frontend->chain) {
		int more =
			!!frontend->next - !!owner_of(frontend, commit->table);

		commit->more[kvip_family_of(frontend->key.family)] += more;
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

	count_frontends(commit);
	for (family = 0; family < KVIP_N_FAMILIES; family++) {
		if (commit->table->n_frontends[family] + commit->more[family]) {
			err = kvip_nat_on(commit->table, family);
			if (err) {
				NL_SET_ERR_MSG(
					commit->extack,
					"netfilter did not take the NAT hooks");
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
			kvip_nat_off(table, family);
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
		if (owner_of(frontend, table))
			continue;
		kvip_frontend_remove(table, frontend);
		kvip_garbage_frontend(commit->txn->garbage, frontend);
	}
	list_for_each_entry(change, &commit->txn->changes, list) {
		/* No reader has seen either. */
		kvip_conf_free(change->conf);
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

static void hand_over(struct commit *commit, struct kvip_frontend *frontend)
{
	struct kvip_service *old = owner_of(frontend, commit->table);
	struct kvip_service *new = frontend->next;

	frontend->touched = false;
	frontend->next = NULL;
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
	if (new) {
		frontend->kind = frontend->next_kind;
		/* The service has its conf: a reader never finds it NULL. */
		rcu_assign_pointer(frontend->service, new);
	} else {
		RCU_INIT_POINTER(frontend->service, NULL);
		kvip_frontend_remove(commit->table, frontend);
		kvip_garbage_frontend(commit->txn->garbage, frontend);
	}
}

static void carry_out(struct commit *commit)
{
	struct kvip_garbage *garbage = commit->txn->garbage;
	struct kvip_table *table = commit->table;
	struct kvip_frontend *frontend, *next;
	struct kvip_change *change;
	struct kvip_conf *old;
	int family;

	list_for_each_entry(change, &commit->txn->changes, list) {
		if (change->remove)
			continue;
		table->n_services += change->created;
		table->n_backends += change->conf->all->n;
		old = kvip_conf_publish(table, change->service, change->conf,
					change);
		if (old) {
			table->n_backends -= old->all->n;
			kvip_garbage_conf(garbage, old);
		}
		cond_resched();
	}

	for (frontend = commit->touched; frontend; frontend = next) {
		next = frontend->chain;
		hand_over(commit, frontend);
		cond_resched();
	}
	for (family = 0; family < KVIP_N_FAMILIES; family++)
		table->n_frontends[family] += commit->more[family];

	list_for_each_entry(change, &commit->txn->changes, list) {
		if (!change->remove)
			continue;
		table->n_services--;
		table->n_backends -= conf_of(change->service, table)->all->n;
		kvip_service_remove(table, change->service);
		kvip_garbage_service(garbage, change->service);
		change->service = NULL;
		cond_resched();
	}

	table->generation++;
	hooks_off_if_unused(table);
}

int kvip_commit(struct kvip_table *table, struct kvip_txn *txn,
		struct netlink_ext_ack *extack)
{
	struct commit commit = {
		.table = table,
		.txn = txn,
		.extack = extack,
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
	if (!list_empty(&txn->changes))
		carry_out(&commit);
	return 0;
}
