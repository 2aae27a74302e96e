// SPDX-License-Identifier: GPL-2.0
/*
 * Commands: each reads its attributes, takes the table's lock and calls. The
 * family has parallel_ops, so genetlink's own lock is not held while a large
 * commit runs.
 */
#include <linux/err.h>
#include <linux/list.h>
#include <linux/module.h>
#include <linux/netlink.h>
#include <linux/notifier.h>
#include <net/genetlink.h>
#include <net/sock.h>

#include <linux/kvip.h>

#include "commit.h"
#include "config.h"
#include "flows.h"
#include "netlink.h"
#include "netlink_config.h"
#include "netlink_fill.h"
#include "netlink_flow.h"
#include "netlink_parse.h"
#include "table.h"
#include "txn.h"

/* For commands without attributes: any attribute is refused. */
static const struct nla_policy nothing_policy[] = {
	[KVIP_A_PAD] = { .type = NLA_REJECT },
};

static const struct nla_policy begin_policy[] = {
	[KVIP_A_GENERATION] = { .type = NLA_U64 },
	[KVIP_A_TXN_FLAGS] = NLA_POLICY_MASK(NLA_U32, KVIP_TXN_F_REPLACE),
};

static const struct nla_policy commit_policy[] = {
	[KVIP_A_MESSAGES] = { .type = NLA_U32 },
	[KVIP_A_BEGIN] = { .type = NLA_U32 },
};

static const struct nla_policy service_policy[] = {
	[KVIP_A_SERVICE] = { .type = NLA_NESTED },
};

static const struct nla_policy config_policy[] = {
	[KVIP_A_CONFIG] = { .type = NLA_NESTED },
};

static const struct nla_policy explain_policy[] = {
	[KVIP_A_FLOW] = { .type = NLA_NESTED },
};

static const struct nla_policy listen_policy[] = {
	[KVIP_A_RATE] = NLA_POLICY_RANGE(NLA_U32, 1, KVIP_FLOWS_RATE_MAX),
};

static struct kvip_txn *find_txn(struct kvip_table *table,
				 const struct genl_info *info)
{
	struct kvip_txn *txn = kvip_txn_find(table, info->snd_portid);

	if (!txn) {
		NL_SET_ERR_MSG(info->extack,
			       "this socket has no transaction open");
		return ERR_PTR(-ENOENT);
	}
	return txn;
}

static struct kvip_txn *find_sound_txn(struct kvip_table *table,
				       const struct genl_info *info)
{
	struct kvip_txn *txn = find_txn(table, info);

	if (!IS_ERR(txn) && txn->failed) {
		NL_SET_ERR_MSG(
			info->extack,
			"an earlier message of the transaction was refused");
		return ERR_PTR(-ECANCELED);
	}
	return txn;
}

static int fill_counter(struct sk_buff *skb, int type, u64 count)
{
	return nla_put_u64_64bit(skb, type, count, KVIP_INFO_A_PAD);
}

static int fill_counters(struct sk_buff *skb, struct kvip_table *table)
{
	u32 entries;
	u64 evicted;

	spin_lock_bh(&table->affinity.lock);
	entries = table->affinity.n;
	evicted = table->affinity.evicted;
	spin_unlock_bh(&table->affinity.lock);

	if (nla_put_u32(skb, KVIP_INFO_A_AFFINITY_ENTRIES, entries) ||
	    fill_counter(skb, KVIP_INFO_A_AFFINITY_EVICTED, evicted) ||
	    fill_counter(skb, KVIP_INFO_A_REJECTS_UNKNOWN_PORT,
			 atomic64_read(&table->rejects_unknown_port)) ||
	    fill_counter(skb, KVIP_INFO_A_DROPS_SERVICE_CIDR,
			 atomic64_read(&table->drops_service_cidr)) ||
	    fill_counter(skb, KVIP_INFO_A_DROPS_INVALID,
			 atomic64_read(&table->drops_invalid)) ||
	    fill_counter(skb, KVIP_INFO_A_UDP_CLEARED, table->udp_cleared) ||
	    fill_counter(skb, KVIP_INFO_A_FLOWS_LEFT_OUT,
			 atomic64_read(&table->flows_left_out)))
		return -EMSGSIZE;
	return 0;
}

static int fill_info(struct sk_buff *skb, struct kvip_table *table)
{
	u32 frontends = 0, hooks = 0;
	struct nlattr *nest;
	int family;

	for (family = 0; family < KVIP_N_FAMILIES; family++) {
		frontends += table->n_frontends[family];
		hooks |= table->hooks[family].on << family;
	}
	nest = nla_nest_start(skb, KVIP_A_INFO);
	if (!nest || nla_put_string(skb, KVIP_INFO_A_VERSION, KVIP_VERSION) ||
	    nla_put_u32(skb, KVIP_INFO_A_ABI, KVIP_ABI) ||
	    nla_put_u32(skb, KVIP_INFO_A_FRONTEND_KINDS, KVIP_SERVED_KINDS) ||
	    nla_put_u32(skb, KVIP_INFO_A_ALGORITHMS, KVIP_SERVED_ALGORITHMS) ||
	    nla_put_u32(skb, KVIP_INFO_A_SERVICES, table->n_services) ||
	    nla_put_u32(skb, KVIP_INFO_A_FRONTENDS, frontends) ||
	    nla_put_u32(skb, KVIP_INFO_A_BACKENDS, table->n_backends) ||
	    nla_put_u32(skb, KVIP_INFO_A_HOOKS, hooks) ||
	    fill_counters(skb, table))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

/* A command that only reads: @fill puts the reply, under the table's lock. */
static int reply(struct genl_info *info, u8 cmd, size_t room,
		 int (*fill)(struct sk_buff *skb, struct kvip_table *table))
{
	struct kvip_table *table = kvip_table_of(genl_info_net(info));
	struct sk_buff *skb;
	void *header;
	int err;

	skb = genlmsg_new(room, GFP_KERNEL);
	if (!skb)
		return -ENOMEM;
	header = genlmsg_put_reply(skb, info, &kvip_genl_family, 0, cmd);
	if (!header) {
		nlmsg_free(skb);
		return -EMSGSIZE;
	}

	mutex_lock(&table->lock);
	err = nla_put_u64_64bit(skb, KVIP_A_GENERATION, table->generation,
				KVIP_A_PAD);
	if (!err)
		err = fill(skb, table);
	mutex_unlock(&table->lock);
	if (err) {
		nlmsg_free(skb);
		return err;
	}
	genlmsg_end(skb, header);
	return genlmsg_reply(skb, info);
}

static int info_get(struct sk_buff *request, struct genl_info *info)
{
	return reply(info, KVIP_CMD_INFO_GET, GENLMSG_DEFAULT_SIZE, fill_info);
}

static int txn_begin(struct sk_buff *request, struct genl_info *info)
{
	struct kvip_table *table = kvip_table_of(genl_info_net(info));
	const struct nlattr *generation = info->attrs[KVIP_A_GENERATION];
	const struct nlattr *flags = info->attrs[KVIP_A_TXN_FLAGS];
	struct kvip_txn *txn;
	int err = 0;

	mutex_lock(&table->lock);
	txn = kvip_txn_begin(table, info->snd_portid, info->extack);
	if (IS_ERR(txn)) {
		err = PTR_ERR(txn);
		goto out;
	}
	txn->seq = info->snd_seq;
	if (flags)
		txn->replace = nla_get_u32(flags) & KVIP_TXN_F_REPLACE;
	if (generation) {
		txn->checked = true;
		txn->generation = nla_get_u64(generation);
		/* The commit checks it too; this spares a hopeless upload. */
		if (txn->generation != table->generation) {
			NL_SET_ERR_MSG_ATTR(
				info->extack, generation,
				"the tables have changed since this was computed");
			txn->failed = true;
			err = -ESTALE;
		}
	}
out:
	mutex_unlock(&table->lock);
	return err;
}

static int service_set(struct sk_buff *request, struct genl_info *info)
{
	struct kvip_table *table = kvip_table_of(genl_info_net(info));
	const struct nlattr *service = info->attrs[KVIP_A_SERVICE];
	bool remove = info->genlhdr->cmd == KVIP_CMD_SERVICE_DEL;
	struct kvip_txn *txn;
	int err;

	mutex_lock(&table->lock);
	txn = find_sound_txn(table, info);
	if (IS_ERR(txn)) {
		err = PTR_ERR(txn);
		goto out;
	}
	if (!service) {
		NL_SET_ERR_MSG(info->extack, "KVIP_A_SERVICE is missing");
		err = -EINVAL;
	} else if (remove) {
		err = kvip_parse_del(txn, service, info->snd_seq, info->extack);
	} else {
		err = kvip_parse_set(txn, service, info->snd_seq, info->extack);
	}
	txn->messages++;
	txn->failed = err;
out:
	mutex_unlock(&table->lock);
	return err;
}

static int config_set(struct sk_buff *request, struct genl_info *info)
{
	struct kvip_table *table = kvip_table_of(genl_info_net(info));
	const struct nlattr *config = info->attrs[KVIP_A_CONFIG];
	struct kvip_txn *txn;
	int err;

	mutex_lock(&table->lock);
	txn = find_sound_txn(table, info);
	if (IS_ERR(txn)) {
		err = PTR_ERR(txn);
		goto out;
	}
	if (config) {
		err = kvip_parse_config(txn, config, info->extack);
	} else {
		NL_SET_ERR_MSG(info->extack, "KVIP_A_CONFIG is missing");
		err = -EINVAL;
	}
	txn->messages++;
	txn->failed = err;
out:
	mutex_unlock(&table->lock);
	return err;
}

static int fill_config(struct sk_buff *skb, struct kvip_table *table)
{
	return kvip_fill_config(
		skb, rcu_dereference_protected(table->config,
					       lockdep_is_held(&table->lock)));
}

static int config_get(struct sk_buff *request, struct genl_info *info)
{
	return reply(info, KVIP_CMD_CONFIG_GET, KVIP_CONFIG_BYTES, fill_config);
}

static int flows_listen(struct sk_buff *request, struct genl_info *info)
{
	struct kvip_table *table = kvip_table_of(genl_info_net(info));
	u32 rate = KVIP_FLOWS_RATE_DEFAULT;
	int err;

	if (info->attrs[KVIP_A_RATE])
		rate = nla_get_u32(info->attrs[KVIP_A_RATE]);
	mutex_lock(&table->lock);
	err = kvip_flows_listen(table, info->snd_portid, rate);
	mutex_unlock(&table->lock);
	if (err == -EALREADY)
		NL_SET_ERR_MSG(info->extack, "this socket listens already");
	return err;
}

static int commit(struct kvip_table *table, struct kvip_txn *txn,
		  struct genl_info *info)
{
	const struct nlattr *messages = info->attrs[KVIP_A_MESSAGES];
	const struct nlattr *begin = info->attrs[KVIP_A_BEGIN];

	if (!messages) {
		NL_SET_ERR_MSG(info->extack, "KVIP_A_MESSAGES is missing");
		return -EINVAL;
	}
	if (!begin) {
		NL_SET_ERR_MSG(info->extack, "KVIP_A_BEGIN is missing");
		return -EINVAL;
	}
	/* A begin that generic netlink refused has never come here. */
	if (txn->seq != nla_get_u32(begin)) {
		NL_SET_ERR_MSG_ATTR(info->extack, begin,
				    "the transaction has another beginning");
		return -EINVAL;
	}
	if (txn->messages != nla_get_u32(messages)) {
		NL_SET_ERR_MSG_ATTR(info->extack, messages,
				    "messages of the transaction are missing");
		return -EINVAL;
	}
	if (txn->open) {
		NL_SET_ERR_MSG(
			info->extack,
			"the lists of the last service are not complete");
		return -EINVAL;
	}
	return kvip_commit(table, txn, info->extack);
}

static int txn_commit(struct sk_buff *request, struct genl_info *info)
{
	struct kvip_table *table = kvip_table_of(genl_info_net(info));
	struct kvip_txn *txn;
	struct sk_buff *skb;
	void *header;
	int err;

	/* What can fail of the reply must fail before the commit. */
	skb = genlmsg_new(GENLMSG_DEFAULT_SIZE, GFP_KERNEL);
	if (!skb)
		return -ENOMEM;
	header = genlmsg_put_reply(skb, info, &kvip_genl_family, 0,
				   KVIP_CMD_TXN_COMMIT);

	mutex_lock(&table->lock);
	txn = find_sound_txn(table, info);
	if (IS_ERR(txn)) {
		err = PTR_ERR(txn);
		goto out;
	}
	err = commit(table, txn, info);
	if (err) {
		txn->failed = true;
		goto out;
	}
	kvip_notify(table, txn);
	kvip_txn_end(txn);
	WARN_ON_ONCE(nla_put_u64_64bit(skb, KVIP_A_GENERATION,
				       table->generation, KVIP_A_PAD));
	genlmsg_end(skb, header);
out:
	mutex_unlock(&table->lock);
	if (err) {
		nlmsg_free(skb);
		return err;
	}
	/* The commit is done, whether or not the caller gets to know. */
	genlmsg_reply(skb, info);
	return 0;
}

static int txn_abort(struct sk_buff *request, struct genl_info *info)
{
	struct kvip_table *table = kvip_table_of(genl_info_net(info));
	struct kvip_txn *txn;
	int err = 0;

	mutex_lock(&table->lock);
	txn = find_txn(table, info);
	if (IS_ERR(txn))
		err = PTR_ERR(txn);
	else
		kvip_txn_end(txn);
	mutex_unlock(&table->lock);
	return err;
}

static int service_dump(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct kvip_table *table = kvip_table_of(sock_net(cb->skb->sk));
	int ret;

	mutex_lock(&table->lock);
	ret = kvip_fill_dump(table, skb, cb);
	mutex_unlock(&table->lock);
	return ret;
}

static const struct genl_ops kvip_genl_ops[] = {
	{
		.cmd = KVIP_CMD_INFO_GET,
		.doit = info_get,
		.policy = nothing_policy,
		.maxattr = ARRAY_SIZE(nothing_policy) - 1,
	},
	{
		.cmd = KVIP_CMD_TXN_BEGIN,
		.flags = GENL_UNS_ADMIN_PERM,
		.doit = txn_begin,
		.policy = begin_policy,
		.maxattr = ARRAY_SIZE(begin_policy) - 1,
	},
	{
		.cmd = KVIP_CMD_TXN_COMMIT,
		.flags = GENL_UNS_ADMIN_PERM,
		.doit = txn_commit,
		.policy = commit_policy,
		.maxattr = ARRAY_SIZE(commit_policy) - 1,
	},
	{
		.cmd = KVIP_CMD_TXN_ABORT,
		.flags = GENL_UNS_ADMIN_PERM,
		.doit = txn_abort,
		.policy = nothing_policy,
		.maxattr = ARRAY_SIZE(nothing_policy) - 1,
	},
	{
		.cmd = KVIP_CMD_SERVICE_SET,
		.flags = GENL_UNS_ADMIN_PERM,
		.doit = service_set,
		.policy = service_policy,
		.maxattr = ARRAY_SIZE(service_policy) - 1,
	},
	{
		.cmd = KVIP_CMD_SERVICE_DEL,
		.flags = GENL_UNS_ADMIN_PERM,
		.doit = service_set,
		.policy = service_policy,
		.maxattr = ARRAY_SIZE(service_policy) - 1,
	},
	{
		.cmd = KVIP_CMD_SERVICE_GET,
		.flags = GENL_UNS_ADMIN_PERM,
		.dumpit = service_dump,
		.policy = nothing_policy,
		.maxattr = ARRAY_SIZE(nothing_policy) - 1,
	},
	{
		.cmd = KVIP_CMD_CONFIG_SET,
		.flags = GENL_UNS_ADMIN_PERM,
		.doit = config_set,
		.policy = config_policy,
		.maxattr = ARRAY_SIZE(config_policy) - 1,
	},
	{
		.cmd = KVIP_CMD_CONFIG_GET,
		.flags = GENL_UNS_ADMIN_PERM,
		.doit = config_get,
		.policy = nothing_policy,
		.maxattr = ARRAY_SIZE(nothing_policy) - 1,
	},
	{
		.cmd = KVIP_CMD_EXPLAIN,
		.flags = GENL_UNS_ADMIN_PERM,
		.doit = kvip_explain,
		.policy = explain_policy,
		.maxattr = ARRAY_SIZE(explain_policy) - 1,
	},
	{
		.cmd = KVIP_CMD_FLOWS_LISTEN,
		.flags = GENL_UNS_ADMIN_PERM,
		.doit = flows_listen,
		.policy = listen_policy,
		.maxattr = ARRAY_SIZE(listen_policy) - 1,
	},
};

static const struct genl_multicast_group kvip_genl_groups[] = {
	{
		/* It tells what a dump tells, so to those who may dump. */
		.name = KVIP_GENL_MCGRP_CHANGES,
		.flags = GENL_MCAST_CAP_NET_ADMIN,
	},
};

struct genl_family kvip_genl_family __ro_after_init = {
	.name = KVIP_GENL_NAME,
	.version = KVIP_GENL_VERSION,
	.module = THIS_MODULE,
	.netnsok = true,
	.parallel_ops = true,
	.maxattr = KVIP_A_MAX,
	.ops = kvip_genl_ops,
	.n_ops = ARRAY_SIZE(kvip_genl_ops),
	.mcgrps = kvip_genl_groups,
	.n_mcgrps = ARRAY_SIZE(kvip_genl_groups),
};

/* A transaction ends with the socket that began it, and so does listening. */
static int socket_released(struct notifier_block *block, unsigned long event,
			   void *data)
{
	const struct netlink_notify *notify = data;
	struct kvip_table *table;
	struct kvip_txn *txn;

	if (event != NETLINK_URELEASE || notify->protocol != NETLINK_GENERIC)
		return NOTIFY_DONE;
	table = kvip_table_of(notify->net);
	/* Only this socket could have begun one, and it is past that. */
	if (list_empty_careful(&table->txns) &&
	    list_empty_careful(&table->listeners))
		return NOTIFY_DONE;

	mutex_lock(&table->lock);
	txn = kvip_txn_find(table, notify->portid);
	if (txn)
		kvip_txn_end(txn);
	kvip_flows_leave(table, notify->portid);
	mutex_unlock(&table->lock);
	return NOTIFY_DONE;
}

static struct notifier_block socket_notifier = {
	.notifier_call = socket_released,
};

int __init kvip_netlink_init(void)
{
	int err;

	err = netlink_register_notifier(&socket_notifier);
	if (err)
		return err;
	err = genl_register_family(&kvip_genl_family);
	if (err)
		netlink_unregister_notifier(&socket_notifier);
	return err;
}

void kvip_netlink_exit(void)
{
	genl_unregister_family(&kvip_genl_family);
	netlink_unregister_notifier(&socket_notifier);
}
