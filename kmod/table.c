// SPDX-License-Identifier: GPL-2.0
#include <linux/list.h>
#include <net/net_namespace.h>
#include <net/netns/generic.h>

#include "address.h"
#include "config.h"
#include "flows.h"
#include "frontend.h"
#include "group.h"
#include "service.h"
#include "table.h"
#include "txn.h"

static unsigned int table_id __read_mostly;

struct kvip_table *kvip_table_of(const struct net *net)
{
	return net_generic(net, table_id);
}

int kvip_table_prepare(struct kvip_table *table)
{
	int err;

	lockdep_assert_held(&table->lock);
	if (table->ready)
		return 0;
	err = kvip_frontends_init(&table->frontends);
	if (err)
		return err;
	err = kvip_addresses_init(&table->addresses);
	if (err)
		goto err_frontends;
	err = kvip_groups_init(&table->groups);
	if (err)
		goto err_addresses;
	err = kvip_names_init(&table->names);
	if (err)
		goto err_groups;
	table->ready = true;
	return 0;

err_groups:
	kvip_groups_free(&table->groups);
err_addresses:
	kvip_addresses_free(&table->addresses);
err_frontends:
	kvip_frontends_free(&table->frontends);
	return err;
}

static int __net_init table_net_init(struct net *net)
{
	struct kvip_table *table = kvip_table_of(net);

	table->net = net;
	mutex_init(&table->lock);
	xa_init_flags(&table->services, XA_FLAGS_ALLOC);
	INIT_LIST_HEAD(&table->txns);
	INIT_LIST_HEAD(&table->listeners);
	RCU_INIT_POINTER(table->config, &kvip_config_default);
	kvip_affinity_setup(&table->affinity);
	kvip_hooks_setup(table);
	return 0;
}

/* A grace period lies between this and table_net_exit(). */
static void __net_exit table_net_pre_exit(struct net *net)
{
	struct kvip_table *table = kvip_table_of(net);
	int family;

	mutex_lock(&table->lock);
	for (family = 0; family < KVIP_N_FAMILIES; family++)
		kvip_hooks_off(table, family);
	mutex_unlock(&table->lock);
}

static void __net_exit table_net_exit(struct net *net)
{
	struct kvip_table *table = kvip_table_of(net);
	struct kvip_txn *txn, *next;

	/* Sockets hold their namespace: what is theirs is left on unload only. */
	mutex_lock(&table->lock);
	list_for_each_entry_safe(txn, next, &table->txns, list)
		kvip_txn_end(txn);
	kvip_flows_end(table);
	mutex_unlock(&table->lock);

	if (table->ready) {
		kvip_frontends_free(&table->frontends);
		kvip_addresses_free(&table->addresses);
		kvip_names_free(&table->names);
		kvip_groups_free(&table->groups);
	}
	kvip_affinity_free(&table->affinity);
	kvip_config_free(rcu_dereference_protected(table->config, true));
	xa_destroy(&table->services);
	mutex_destroy(&table->lock);
}

static struct pernet_operations table_net_ops = {
	.init = table_net_init,
	.pre_exit = table_net_pre_exit,
	.exit = table_net_exit,
	.id = &table_id,
	.size = sizeof(struct kvip_table),
};

int __init kvip_table_init(void)
{
	return register_pernet_subsys(&table_net_ops);
}

void kvip_table_exit(void)
{
	unregister_pernet_subsys(&table_net_ops);
}
