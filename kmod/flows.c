// SPDX-License-Identifier: GPL-2.0
#include <linux/bottom_half.h>
#include <linux/list.h>
#include <linux/rculist.h>
#include <linux/slab.h>
#include <linux/timekeeping.h>
#include <net/genetlink.h>

#include <linux/kvip.h>

#include "flows.h"
#include "netlink.h"
#include "netlink_flow.h"
#include "table.h"

DEFINE_STATIC_KEY_FALSE(kvip_flows_wanted);

/* Whether the listener may be told of one more in this second. In softirq. */
static bool may_tell(struct kvip_listener *listener)
{
	u64 now = ktime_get_seconds();
	bool may;

	spin_lock(&listener->lock);
	if (listener->second != now) {
		listener->second = now;
		listener->told = 0;
	}
	may = listener->told < listener->rate;
	listener->told += may;
	spin_unlock(&listener->lock);
	return may;
}

static int send_one(struct kvip_table *table, u32 portid,
		    const struct nf_conntrack_tuple *tuple,
		    const struct net_device *in,
		    const struct kvip_decision *decision)
{
	struct sk_buff *skb;
	void *header;

	skb = genlmsg_new(GENLMSG_DEFAULT_SIZE, GFP_ATOMIC | __GFP_NOWARN);
	if (!skb)
		return -ENOMEM;
	header = genlmsg_put(skb, 0, 0, &kvip_genl_family, 0, KVIP_CMD_FLOW);
	if (!header ||
	    kvip_fill_flow(skb, table->net, tuple, in, decision, false)) {
		nlmsg_free(skb);
		return -EMSGSIZE;
	}
	genlmsg_end(skb, header);
	/* A socket without room does not hold the packet up. */
	return genlmsg_unicast(table->net, skb, portid);
}

void kvip_flows_send(struct kvip_table *table,
		     const struct nf_conntrack_tuple *tuple,
		     const struct net_device *in,
		     const struct kvip_decision *decision)
{
	struct kvip_listener *listener;

	/* In LOCAL_OUT too netlink must not take it that it may sleep. */
	local_bh_disable();
	list_for_each_entry_rcu(listener, &table->listeners, list)
		if (!may_tell(listener) ||
		    send_one(table, listener->portid, tuple, in, decision))
			atomic64_inc(&table->flows_left_out);
	local_bh_enable();
}

static struct kvip_listener *find(struct kvip_table *table, u32 portid)
{
	struct kvip_listener *listener;

	lockdep_assert_held(&table->lock);
	list_for_each_entry(listener, &table->listeners, list)
		if (listener->portid == portid)
			return listener;
	return NULL;
}

int kvip_flows_listen(struct kvip_table *table, u32 portid, u32 rate)
{
	struct kvip_listener *listener;

	if (find(table, portid))
		return -EALREADY;
	listener = kzalloc(sizeof(*listener), GFP_KERNEL_ACCOUNT);
	if (!listener)
		return -ENOMEM;
	listener->portid = portid;
	listener->rate = rate;
	spin_lock_init(&listener->lock);
	list_add_rcu(&listener->list, &table->listeners);
	static_branch_inc(&kvip_flows_wanted);
	return 0;
}

static void remove(struct kvip_listener *listener)
{
	static_branch_dec(&kvip_flows_wanted);
	list_del_rcu(&listener->list);
	kfree_rcu(listener, rcu);
}

void kvip_flows_leave(struct kvip_table *table, u32 portid)
{
	struct kvip_listener *listener = find(table, portid);

	if (listener)
		remove(listener);
}

void kvip_flows_end(struct kvip_table *table)
{
	struct kvip_listener *listener, *next;

	list_for_each_entry_safe(listener, next, &table->listeners, list)
		remove(listener);
}
