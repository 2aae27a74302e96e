// SPDX-License-Identifier: GPL-2.0
#include <linux/err.h>
#include <linux/list.h>
#include <linux/netlink.h>
#include <linux/sched.h>
#include <linux/slab.h>

#include "change.h"
#include "config.h"
#include "garbage.h"
#include "hash.h"
#include "table.h"
#include "txn.h"

static u32 hash_key(const void *data, u32 len, u32 seed)
{
	return kvip_service_key_hash(data, seed);
}

static int differs(struct rhashtable_compare_arg *arg, const void *obj)
{
	const struct kvip_change *change = obj;

	return !kvip_service_key_same(arg->key, &change->key);
}

static const struct rhashtable_params change_params = {
	.head_offset = offsetof(struct kvip_change, bucket),
	.key_offset = offsetof(struct kvip_change, key),
	.key_len = sizeof(struct kvip_service_key),
	.hashfn = hash_key,
	.obj_cmpfn = differs,
};

struct kvip_txn *kvip_txn_find(struct kvip_table *table, u32 portid)
{
	struct kvip_txn *txn;

	lockdep_assert_held(&table->lock);
	list_for_each_entry(txn, &table->txns, list)
		if (txn->portid == portid)
			return txn;
	return NULL;
}

struct kvip_txn *kvip_txn_begin(struct kvip_table *table, u32 portid,
				struct netlink_ext_ack *extack)
{
	struct kvip_txn *txn = kvip_txn_find(table, portid);
	int err;

	if (txn)
		kvip_txn_end(txn);
	err = kvip_table_prepare(table);
	if (err)
		return ERR_PTR(err);

	txn = kzalloc(sizeof(*txn), GFP_KERNEL_ACCOUNT);
	if (!txn)
		return ERR_PTR(-ENOMEM);
	txn->portid = portid;
	INIT_LIST_HEAD(&txn->changes);
	txn->garbage = kvip_garbage_create();
	if (!txn->garbage) {
		err = -ENOMEM;
		goto err_free;
	}
	err = rhashtable_init(&txn->names, &change_params);
	if (err)
		goto err_garbage;
	list_add(&txn->list, &table->txns);
	return txn;

err_garbage:
	kvip_garbage_collect(txn->garbage);
err_free:
	kfree(txn);
	return ERR_PTR(err);
}

struct kvip_change *kvip_txn_change(struct kvip_txn *txn,
				    const struct kvip_service_key *key, u32 seq,
				    struct netlink_ext_ack *extack)
{
	struct kvip_change *change;
	int err;

	if (txn->open) {
		if (kvip_service_key_same(&txn->open->key, key))
			return txn->open;
		NL_SET_ERR_MSG(
			extack,
			"the lists of the service before are not complete");
		return ERR_PTR(-EINVAL);
	}
	if (kvip_txn_mentions(txn, key)) {
		NL_SET_ERR_MSG(extack,
			       "the transaction has this service already");
		return ERR_PTR(-EEXIST);
	}

	change = kvip_change_create(key);
	if (!change)
		return ERR_PTR(-ENOMEM);
	change->seq = seq;
	err = kvip_hash_insert(&txn->names, &change->bucket, change_params);
	if (err) {
		kvip_change_free(change);
		return ERR_PTR(err);
	}
	list_add_tail(&change->list, &txn->changes);
	return change;
}

bool kvip_txn_mentions(struct kvip_txn *txn, const struct kvip_service_key *key)
{
	return rhashtable_lookup_fast(&txn->names, key, change_params);
}

void kvip_txn_end(struct kvip_txn *txn)
{
	struct kvip_change *change, *next;

	list_del(&txn->list);
	/* The changes are freed from the list; the hash holds none of its own. */
	rhashtable_destroy(&txn->names);
	list_for_each_entry_safe(change, next, &txn->changes, list) {
		kvip_change_free(change);
		cond_resched();
	}
	if (!txn->config_published)
		kvip_config_free(txn->config);
	kvip_garbage_collect(txn->garbage);
	kfree(txn);
}
