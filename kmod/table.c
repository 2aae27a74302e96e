// SPDX-License-Identifier: GPL-2.0
#include <linux/list.h>
#include <net/net_namespace.h>
#include <net/netns/generic.h>

#include "frontend.h"
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
	err = kvip_names_init(&table->names);
	if (err) {
		kvip_frontends_free(&table->frontends);
		return err;
	}
	table->ready = true;
	return 0;
}

static int __net_init table_net_init(struct net *net)
{
	struct kvip_table *table = kvip_table_of(net);

	table->net = net;
	mutex_init(&table->lock);
	xa_init_flags(&table->services, XA_FLAGS_ALLOC);
	INIT_LIST_HEAD(&table->txns);
	kvip_nat_setup(table);
	return 0;
}

/* A grace period lies between this and table_net_exit(). */
static void __net_exit table_net_pre_exit(struct net *net)
{
	struct kvip_table *table = kvip_table_of(net);
	int family;

	mutex_lock(&table->lock);
	for (family = 0; family < KVIP_N_FAMILIES; family++)
		kvip_nat_off(table, family);
	mutex_unlock(&table->lock);
}

static void __net_exit table_net_exit(struct net *net)
{
	struct kvip_table *table = kvip_table_of(net);
	struct kvip_txn *txn, *next;

	/* Sockets hold their namespace: transactions are left on unload only. */
	mutex_lock(&table->lock);
	list_for_each_entry_safe(txn, next, &table->txns, list)
		kvip_txn_end(txn);
	mutex_unlock(&table->lock);

	if (table->ready) {
		kvip_frontends_free(&table->frontends);
		kvip_names_free(&table->names);
	}
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
