// SPDX-License-Identifier: GPL-2.0
#include <linux/err.h>
#include <linux/list.h>
#include <linux/netlink.h>
#include <linux/rcupdate.h>
#include <linux/xarray.h>
#include <net/genetlink.h>

#include <linux/kvip.h>

#include "backend.h"
#include "change.h"
#include "family.h"
#include "frontend.h"
#include "group.h"
#include "netlink.h"
#include "netlink_config.h"
#include "netlink_fill.h"
#include "node.h"
#include "prefix.h"
#include "service.h"
#include "table.h"
#include "txn.h"

/* How much of a service earlier messages have told. */
struct position {
	u32 ranges;
	u32 frontends;
	u32 backends;
	bool begun;
};

/* The largest item: nest, 16 bytes of address, length. */
#define RANGE_ROOM (nla_total_size(0) + nla_total_size(16) + nla_total_size(1))

/* The largest item: nest, 16 bytes of address, port, kind. */
#define FRONTEND_ROOM                                                 \
	(nla_total_size(0) + nla_total_size(16) + nla_total_size(2) + \
	 nla_total_size(1))

static size_t backend_room(const struct kvip_backend *backend)
{
	return nla_total_size(0) + nla_total_size(16) + nla_total_size(2) +
	       nla_total_size(4) + nla_total_size_64bit(8) +
	       (backend->node ? nla_total_size(backend->node->len + 1) : 0);
}

/* Room for an item, and for the flag that says that there are more. */
static bool has_room(const struct sk_buff *skb, size_t room)
{
	return skb_tailroom(skb) >= room + nla_total_size(0);
}

static int fill_frontend(struct sk_buff *skb,
			 const struct kvip_frontend *frontend)
{
	struct nlattr *nest = nla_nest_start(skb, 1);

	if (!nest ||
	    nla_put(skb, KVIP_FRONTEND_A_ADDR,
		    kvip_addr_len(frontend->key.family), &frontend->key.addr) ||
	    nla_put_be16(skb, KVIP_FRONTEND_A_PORT, frontend->key.port) ||
	    nla_put_u8(skb, KVIP_FRONTEND_A_KIND, frontend->kind))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

int kvip_fill_backend(struct sk_buff *skb, const struct kvip_backend *backend,
		      u8 family)
{
	struct nlattr *nest = nla_nest_start(skb, 1);

	if (!nest ||
	    nla_put(skb, KVIP_BACKEND_A_ADDR, kvip_addr_len(family),
		    &backend->addr) ||
	    nla_put_be16(skb, KVIP_BACKEND_A_PORT, backend->port) ||
	    nla_put_u32(skb, KVIP_BACKEND_A_FLAGS, backend->flags) ||
	    (backend->node &&
	     nla_put_string(skb, KVIP_BACKEND_A_NODE, backend->node->name)) ||
	    nla_put_u64_64bit(skb, KVIP_BACKEND_A_CONNS,
			      atomic64_read(&backend->conns),
			      KVIP_BACKEND_A_PAD))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

int kvip_fill_prefix(struct sk_buff *skb, int type,
		     const struct kvip_prefix *prefix)
{
	struct nlattr *nest = nla_nest_start(skb, type);

	if (!nest ||
	    nla_put(skb, KVIP_PREFIX_A_ADDR, kvip_addr_len(prefix->family),
		    &prefix->addr) ||
	    nla_put_u8(skb, KVIP_PREFIX_A_LENGTH, prefix->length))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static int fill_key(struct sk_buff *skb, const struct kvip_service_key *key)
{
	if (nla_put_string(skb, KVIP_SERVICE_A_NAME, key->name) ||
	    nla_put_u8(skb, KVIP_SERVICE_A_FAMILY, key->family) ||
	    nla_put_u8(skb, KVIP_SERVICE_A_PROTO, key->proto))
		return -EMSGSIZE;
	return 0;
}

/*
 * The list fillers go on at @at and count it up; they return 1 if they stopped
 * for want of room.
 */
static int fill_ranges(struct sk_buff *skb, const struct kvip_conf *conf,
		       u32 *at)
{
	struct nlattr *nest;
	int err = 0;

	if (!conf->ranges || *at >= conf->ranges->n)
		return 0;
	if (!has_room(skb, nla_total_size(0) + RANGE_ROOM))
		return 1;
	nest = nla_nest_start(skb, KVIP_SERVICE_A_RANGES);
	if (!nest)
		return -EMSGSIZE;
	for (; *at < conf->ranges->n; ++*at) {
		if (!has_room(skb, RANGE_ROOM)) {
			err = 1;
			break;
		}
		err = kvip_fill_prefix(skb, 1, &conf->ranges->array[*at]);
		if (err)
			return err;
	}
	nla_nest_end(skb, nest);
	return err;
}

static int fill_frontends(struct sk_buff *skb,
			  const struct kvip_service *service, u32 *at)
{
	const struct kvip_frontend *frontend;
	struct nlattr *nest;
	u32 i = 0;
	int err = 0;

	if (*at >= service->n_frontends)
		return 0;
	if (!has_room(skb, nla_total_size(0) + FRONTEND_ROOM))
		return 1;
	nest = nla_nest_start(skb, KVIP_SERVICE_A_FRONTENDS);
	if (!nest)
		return -EMSGSIZE;
	hlist_for_each_entry(frontend, &service->frontends, siblings) {
		if (i++ < *at)
			continue;
		if (!has_room(skb, FRONTEND_ROOM)) {
			err = 1;
			break;
		}
		err = fill_frontend(skb, frontend);
		if (err)
			return err;
		++*at;
	}
	nla_nest_end(skb, nest);
	return err;
}

static int fill_backends(struct sk_buff *skb, const struct kvip_list *list,
			 u8 family, u32 *at)
{
	struct nlattr *nest;
	int err = 0;

	if (*at >= list->n)
		return 0;
	if (!has_room(skb,
		      nla_total_size(0) + backend_room(list->backends[*at])))
		return 1;
	nest = nla_nest_start(skb, KVIP_SERVICE_A_BACKENDS);
	if (!nest)
		return -EMSGSIZE;
	for (; *at < list->n; ++*at) {
		if (!has_room(skb, backend_room(list->backends[*at]))) {
			err = 1;
			break;
		}
		err = kvip_fill_backend(skb, list->backends[*at], family);
		if (err)
			return err;
	}
	nla_nest_end(skb, nest);
	return err;
}

static int fill_affinity(struct sk_buff *skb, const struct kvip_conf *conf)
{
	if (!conf->affinity)
		return 0;
	if (nla_put_u32(skb, KVIP_SERVICE_A_AFFINITY, conf->affinity))
		return -EMSGSIZE;
	if (!conf->group)
		return 0;
	return nla_put_string(skb, KVIP_SERVICE_A_AFFINITY_GROUP,
			      conf->group->name);
}

static int fill_counter(struct sk_buff *skb, int type, const atomic64_t *count)
{
	return nla_put_u64_64bit(skb, type, atomic64_read(count),
				 KVIP_SERVICE_A_PAD);
}

static int fill_options(struct sk_buff *skb, const struct kvip_service *service,
			const struct kvip_conf *conf)
{
	if (nla_put_u32(skb, KVIP_SERVICE_A_FLAGS, conf->flags) ||
	    nla_put_u8(skb, KVIP_SERVICE_A_ALGORITHM, conf->algorithm) ||
	    fill_affinity(skb, conf) ||
	    fill_counter(skb, KVIP_SERVICE_A_CONNS, &service->conns) ||
	    fill_counter(skb, KVIP_SERVICE_A_REJECTS, &service->rejects) ||
	    fill_counter(skb, KVIP_SERVICE_A_DROPS_NO_LOCAL,
			 &service->drops_no_local) ||
	    fill_counter(skb, KVIP_SERVICE_A_DROPS_RANGES,
			 &service->drops_ranges))
		return -EMSGSIZE;
	return 0;
}

/*
 * Put as much of a service into a message as there is room for. Returns 0 if
 * that is all of it, 1 if there is more, -EMSGSIZE if not even its beginning
 * went in; @position and @skb's content are then as they were.
 */
static int fill_service(struct sk_buff *skb, struct kvip_table *table,
			const struct kvip_service *service,
			struct position *position, u32 portid, u32 seq,
			struct netlink_callback *cb, int flags)
{
	const struct kvip_service_key key = kvip_service_key_of(service);
	struct position at = *position;
	const struct kvip_conf *conf;
	struct nlattr *nest;
	void *header;
	int more;

	conf = rcu_dereference_protected(service->conf,
					 lockdep_is_held(&table->lock));
	header = genlmsg_put(skb, portid, seq, &kvip_genl_family, flags,
			     KVIP_CMD_SERVICE_SET);
	if (!header)
		return -EMSGSIZE;
	if (cb)
		genl_dump_check_consistent(cb, header);
	if (nla_put_u64_64bit(skb, KVIP_A_GENERATION, table->generation,
			      KVIP_A_PAD))
		goto no_room;
	nest = nla_nest_start(skb, KVIP_A_SERVICE);
	if (!nest || fill_key(skb, &key))
		goto no_room;
	if (!at.begun && fill_options(skb, service, conf))
		goto no_room;

	more = fill_ranges(skb, conf, &at.ranges);
	if (!more)
		more = fill_frontends(skb, service, &at.frontends);
	if (!more)
		more = fill_backends(skb, conf->all, service->family,
				     &at.backends);
	if (more < 0 || (more && nla_put_flag(skb, KVIP_SERVICE_A_MORE)))
		goto no_room;
	/* A message that brings nothing new is not worth its header. */
	if (more && at.ranges == position->ranges &&
	    at.frontends == position->frontends &&
	    at.backends == position->backends)
		goto no_room;

	nla_nest_end(skb, nest);
	genlmsg_end(skb, header);
	at.begun = true;
	*position = at;
	return more;

no_room:
	genlmsg_cancel(skb, header);
	return -EMSGSIZE;
}

/* In netlink_callback.ctx. */
struct dump {
	unsigned long id;
	struct position position;
};

int kvip_fill_dump(struct kvip_table *table, struct sk_buff *skb,
		   struct netlink_callback *cb)
{
	struct dump *dump = (struct dump *)cb->ctx;
	struct kvip_service *service;
	unsigned long id;
	int more;

	BUILD_BUG_ON(sizeof(struct dump) > sizeof(cb->ctx));

	/* 0 would mean that nobody cares. */
	cb->seq = (u32)table->generation | 1U << 31;
	xa_for_each_start(&table->services, id, service, dump->id) {
		/* The one that the last part ended in may have gone. */
		if (id != dump->id) {
			dump->id = id;
			dump->position = (struct position){};
		}
		do {
			more = fill_service(skb, table, service,
					    &dump->position,
					    NETLINK_CB(cb->skb).portid,
					    cb->nlh->nlmsg_seq, cb,
					    NLM_F_MULTI);
			if (more < 0)
				return skb->len ? skb->len : more;
		} while (more);
		dump->id = id + 1;
		dump->position = (struct position){};
	}
	return skb->len;
}

static int send(struct kvip_table *table, struct sk_buff *skb)
{
	int err;

	err = genlmsg_multicast_netns(&kvip_genl_family, table->net, skb, 0, 0,
				      GFP_KERNEL);
	return err == -ESRCH ? 0 : err;
}

static int notify_set(struct kvip_table *table, struct kvip_service *service)
{
	struct position position = {};
	struct sk_buff *skb;
	int more, err;

	do {
		skb = genlmsg_new(GENLMSG_DEFAULT_SIZE, GFP_KERNEL);
		if (!skb)
			return -ENOMEM;
		more = fill_service(skb, table, service, &position, 0, 0, NULL,
				    0);
		if (more < 0) {
			nlmsg_free(skb);
			return more;
		}
		err = send(table, skb);
		if (err)
			return err;
	} while (more);
	return 0;
}

/* A deletion, or with no @key the end of the transaction. */
static int notify_key(struct kvip_table *table, u8 cmd,
		      const struct kvip_service_key *key)
{
	struct nlattr *nest;
	struct sk_buff *skb;
	void *header;

	skb = genlmsg_new(GENLMSG_DEFAULT_SIZE, GFP_KERNEL);
	if (!skb)
		return -ENOMEM;
	header = genlmsg_put(skb, 0, 0, &kvip_genl_family, 0, cmd);
	if (!header || nla_put_u64_64bit(skb, KVIP_A_GENERATION,
					 table->generation, KVIP_A_PAD))
		goto no_room;
	if (key) {
		nest = nla_nest_start(skb, KVIP_A_SERVICE);
		if (!nest || fill_key(skb, key))
			goto no_room;
		nla_nest_end(skb, nest);
	}
	genlmsg_end(skb, header);
	return send(table, skb);

no_room:
	nlmsg_free(skb);
	return -EMSGSIZE;
}

static int notify_config(struct kvip_table *table,
			 const struct kvip_config *config)
{
	struct sk_buff *skb;
	void *header;

	skb = genlmsg_new(KVIP_CONFIG_BYTES, GFP_KERNEL);
	if (!skb)
		return -ENOMEM;
	header = genlmsg_put(skb, 0, 0, &kvip_genl_family, 0,
			     KVIP_CMD_CONFIG_SET);
	if (!header ||
	    nla_put_u64_64bit(skb, KVIP_A_GENERATION, table->generation,
			      KVIP_A_PAD) ||
	    kvip_fill_config(skb, config)) {
		nlmsg_free(skb);
		return -EMSGSIZE;
	}
	genlmsg_end(skb, header);
	return send(table, skb);
}

static int notify_all(struct kvip_table *table, struct kvip_txn *txn)
{
	const struct kvip_change *change;
	int err;

	if (txn->config) {
		err = notify_config(table, txn->config);
		if (err)
			return err;
	}
	list_for_each_entry(change, &txn->changes, list) {
		if (change->remove)
			err = notify_key(table, KVIP_CMD_SERVICE_DEL,
					 &change->key);
		else
			err = notify_set(table, change->service);
		if (err)
			return err;
		cond_resched();
	}
	return notify_key(table, KVIP_CMD_TXN_COMMIT, NULL);
}

void kvip_notify(struct kvip_table *table, struct kvip_txn *txn)
{
	lockdep_assert_held(&table->lock);
	if ((list_empty(&txn->changes) && !txn->config) ||
	    !genl_has_listeners(&kvip_genl_family, table->net, 0))
		return;
	/* A listener must know that it has missed something. */
	if (notify_all(table, txn))
		genl_set_err(&kvip_genl_family, table->net, 0, 0, -ENOBUFS);
}
