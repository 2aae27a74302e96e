// SPDX-License-Identifier: GPL-2.0
#include <linux/err.h>
#include <linux/netlink.h>
#include <net/ipv6.h>
#include <net/netlink.h>

#include <linux/kvip.h>

#include "backend.h"
#include "change.h"
#include "frontend.h"
#include "netlink_parse.h"
#include "node.h"
#include "txn.h"

static const struct nla_policy service_policy[KVIP_SERVICE_A_MAX + 1] = {
	[KVIP_SERVICE_A_NAME] = { .type = NLA_NUL_STRING,
				  .len = KVIP_NAME_MAX },
	[KVIP_SERVICE_A_FAMILY] = { .type = NLA_U8 },
	[KVIP_SERVICE_A_PROTO] = { .type = NLA_U8 },
	[KVIP_SERVICE_A_FLAGS] = NLA_POLICY_MASK(NLA_U32, KVIP_SERVICE_F_ALL),
	[KVIP_SERVICE_A_ALGORITHM] = { .type = NLA_U8 },
	[KVIP_SERVICE_A_FRONTENDS] = { .type = NLA_NESTED },
	[KVIP_SERVICE_A_BACKENDS] = { .type = NLA_NESTED },
	[KVIP_SERVICE_A_MORE] = { .type = NLA_FLAG },
};

static const struct nla_policy frontend_policy[KVIP_FRONTEND_A_MAX + 1] = {
	[KVIP_FRONTEND_A_ADDR] = { .type = NLA_BINARY, .len = 16 },
	[KVIP_FRONTEND_A_PORT] = { .type = NLA_U16 },
	[KVIP_FRONTEND_A_KIND] = { .type = NLA_U8 },
};

static const struct nla_policy backend_policy[KVIP_BACKEND_A_MAX + 1] = {
	[KVIP_BACKEND_A_ADDR] = { .type = NLA_BINARY, .len = 16 },
	[KVIP_BACKEND_A_PORT] = { .type = NLA_U16 },
	[KVIP_BACKEND_A_FLAGS] = NLA_POLICY_MASK(NLA_U32, KVIP_BACKEND_F_ALL),
	[KVIP_BACKEND_A_NODE] = { .type = NLA_NUL_STRING,
				  .len = KVIP_NAME_MAX },
};

#define refuse(extack, attr, sentence)                       \
	({                                                   \
		NL_SET_ERR_MSG_ATTR(extack, attr, sentence); \
		-EINVAL;                                     \
	})

/* The policy saw to it that there is a NUL: it must be the last byte. */
static bool ends_early(const struct nlattr *string)
{
	return strlen(nla_data(string)) + 1 != nla_len(string);
}

static int parse_key(struct kvip_service_key *key, const struct nlattr *attr,
		     struct nlattr **tb, struct netlink_ext_ack *extack)
{
	if (!tb[KVIP_SERVICE_A_NAME])
		return refuse(extack, attr, "a service needs a name");
	key->name = nla_data(tb[KVIP_SERVICE_A_NAME]);
	key->len = strlen(key->name);
	if (!key->len)
		return refuse(extack, tb[KVIP_SERVICE_A_NAME],
			      "a service's name can't be empty");
	if (ends_early(tb[KVIP_SERVICE_A_NAME]))
		return refuse(extack, tb[KVIP_SERVICE_A_NAME],
			      "a service's name has bytes after its end");

	if (!tb[KVIP_SERVICE_A_FAMILY])
		return refuse(extack, attr, "a service needs a family");
	key->family = nla_get_u8(tb[KVIP_SERVICE_A_FAMILY]);
	if (key->family != NFPROTO_IPV4 && key->family != NFPROTO_IPV6)
		return refuse(extack, tb[KVIP_SERVICE_A_FAMILY],
			      "a service's family is AF_INET or AF_INET6");

	if (!tb[KVIP_SERVICE_A_PROTO])
		return refuse(extack, attr, "a service needs a protocol");
	key->proto = nla_get_u8(tb[KVIP_SERVICE_A_PROTO]);
	if (key->proto != IPPROTO_TCP && key->proto != IPPROTO_UDP &&
	    key->proto != IPPROTO_SCTP)
		return refuse(extack, tb[KVIP_SERVICE_A_PROTO],
			      "a service's protocol is TCP, UDP or SCTP");
	return 0;
}

/* S68: an address that no connection to it could use is a mistake. */
static bool addr_usable(const union nf_inet_addr *addr, u8 family)
{
	if (family == NFPROTO_IPV4)
		return !ipv4_is_zeronet(addr->ip) &&
		       !ipv4_is_loopback(addr->ip) &&
		       !ipv4_is_multicast(addr->ip) &&
		       !ipv4_is_lbcast(addr->ip);
	return !ipv6_addr_any(&addr->in6) && !ipv6_addr_loopback(&addr->in6) &&
	       !ipv6_addr_is_multicast(&addr->in6) &&
	       !ipv6_addr_v4mapped(&addr->in6);
}

static int parse_addr(union nf_inet_addr *to, __be16 *port, u8 family,
		      const struct nlattr *item, const struct nlattr *addr_attr,
		      const struct nlattr *port_attr,
		      struct netlink_ext_ack *extack)
{
	int len = family == NFPROTO_IPV6 ? sizeof(to->in6) : sizeof(to->in);

	if (!addr_attr || !port_attr)
		return refuse(extack, item, "an address and a port are needed");
	if (nla_len(addr_attr) != len)
		return refuse(extack, addr_attr,
			      "the address is not of the service's family");
	memcpy(to, nla_data(addr_attr), len);
	if (!addr_usable(to, family))
		return refuse(
			extack, addr_attr,
			"the address is unspecified, loopback, multicast or broadcast");
	*port = nla_get_be16(port_attr);
	if (!*port)
		return refuse(extack, port_attr, "the port can't be 0");
	return 0;
}

static int parse_frontend(struct kvip_change *change, const struct nlattr *item,
			  struct netlink_ext_ack *extack)
{
	struct nlattr *tb[KVIP_FRONTEND_A_MAX + 1];
	struct kvip_frontend_spec *spec;
	int err;

	err = nla_parse_nested(tb, KVIP_FRONTEND_A_MAX, item, frontend_policy,
			       extack);
	if (err)
		return err;
	if (!tb[KVIP_FRONTEND_A_KIND])
		return refuse(extack, item, "a frontend needs a kind");

	spec = kvip_change_add_frontend(change);
	spec->kind = nla_get_u8(tb[KVIP_FRONTEND_A_KIND]);
	if (spec->kind > KVIP_FRONTEND_MAX ||
	    !(KVIP_SERVED_KINDS & BIT(spec->kind)))
		return refuse(
			extack, tb[KVIP_FRONTEND_A_KIND],
			"frontends of this kind are not served by this module");
	return parse_addr(&spec->addr, &spec->port, change->key.family, item,
			  tb[KVIP_FRONTEND_A_ADDR], tb[KVIP_FRONTEND_A_PORT],
			  extack);
}

static int parse_backend(struct kvip_change *change, const struct nlattr *item,
			 struct netlink_ext_ack *extack)
{
	struct nlattr *tb[KVIP_BACKEND_A_MAX + 1];
	struct kvip_backend_spec *spec;
	const struct nlattr *node;
	size_t len;
	int err;

	err = nla_parse_nested(tb, KVIP_BACKEND_A_MAX, item, backend_policy,
			       extack);
	if (err)
		return err;

	spec = kvip_change_add_backend(change);
	err = parse_addr(&spec->addr, &spec->port, change->key.family, item,
			 tb[KVIP_BACKEND_A_ADDR], tb[KVIP_BACKEND_A_PORT],
			 extack);
	if (err)
		return err;
	if (tb[KVIP_BACKEND_A_FLAGS])
		spec->flags = nla_get_u32(tb[KVIP_BACKEND_A_FLAGS]);

	node = tb[KVIP_BACKEND_A_NODE];
	if (!node)
		return 0;
	len = strlen(nla_data(node));
	if (!len)
		return refuse(extack, node, "a node's name can't be empty");
	if (ends_early(node))
		return refuse(extack, node,
			      "a node's name has bytes after its end");
	spec->node = kvip_node_get(nla_data(node), len);
	return spec->node ? 0 : -ENOMEM;
}

/*
 * nla_for_each_nested() ends at an item that is not whole as it ends at the
 * list's end: what comes after is refused here, not passed over.
 */
static int count_items(const struct nlattr *nest, u32 *n,
		       struct netlink_ext_ack *extack)
{
	const struct nlattr *item;
	int rem;

	*n = 0;
	if (!nest)
		return 0;
	nla_for_each_nested(item, nest, rem)
		(*n)++;
	if (rem > 0)
		return refuse(extack, nest,
			      "a list ends within one of its items");
	return 0;
}

static int parse_lists(struct kvip_change *change, struct nlattr **tb,
		       struct netlink_ext_ack *extack)
{
	const struct nlattr *frontends = tb[KVIP_SERVICE_A_FRONTENDS];
	const struct nlattr *backends = tb[KVIP_SERVICE_A_BACKENDS];
	const struct nlattr *item;
	u32 n_frontends, n_backends;
	int err, rem;

	err = count_items(frontends, &n_frontends, extack);
	if (err)
		return err;
	err = count_items(backends, &n_backends, extack);
	if (err)
		return err;
	err = kvip_change_reserve(change, n_frontends, n_backends, extack);
	if (err)
		return err;

	if (frontends) {
		nla_for_each_nested(item, frontends, rem) {
			err = parse_frontend(change, item, extack);
			if (err)
				return err;
		}
	}
	if (backends) {
		nla_for_each_nested(item, backends, rem) {
			err = parse_backend(change, item, extack);
			if (err)
				return err;
		}
	}
	return 0;
}

static int parse_options(struct kvip_change *change, struct nlattr **tb,
			 struct netlink_ext_ack *extack)
{
	const struct nlattr *algorithm = tb[KVIP_SERVICE_A_ALGORITHM];

	if (tb[KVIP_SERVICE_A_FLAGS])
		change->flags = nla_get_u32(tb[KVIP_SERVICE_A_FLAGS]);
	if (algorithm) {
		change->algorithm = nla_get_u8(algorithm);
		if (change->algorithm > KVIP_ALGORITHM_MAX ||
		    !(KVIP_SERVED_ALGORITHMS & BIT(change->algorithm)))
			return refuse(
				extack, algorithm,
				"this module does not have this algorithm");
	}
	return 0;
}

int kvip_parse_set(struct kvip_txn *txn, const struct nlattr *attr, u32 seq,
		   struct netlink_ext_ack *extack)
{
	struct nlattr *tb[KVIP_SERVICE_A_MAX + 1];
	struct kvip_service_key key;
	struct kvip_change *change;
	int err;

	err = nla_parse_nested(tb, KVIP_SERVICE_A_MAX, attr, service_policy,
			       extack);
	if (err)
		return err;
	err = parse_key(&key, attr, tb, extack);
	if (err)
		return err;
	change = kvip_txn_change(txn, &key, seq, extack);
	if (IS_ERR(change))
		return PTR_ERR(change);

	if (change != txn->open)
		err = parse_options(change, tb, extack);
	else if (tb[KVIP_SERVICE_A_FLAGS] || tb[KVIP_SERVICE_A_ALGORITHM])
		err = refuse(
			extack, attr,
			"a message that goes on with a service has lists only");
	if (err)
		return err;
	err = parse_lists(change, tb, extack);
	if (err)
		return err;

	if (tb[KVIP_SERVICE_A_MORE]) {
		txn->open = change;
		return 0;
	}
	txn->open = NULL;
	return kvip_change_finish(change, extack);
}

int kvip_parse_del(struct kvip_txn *txn, const struct nlattr *attr, u32 seq,
		   struct netlink_ext_ack *extack)
{
	struct nlattr *tb[KVIP_SERVICE_A_MAX + 1];
	struct kvip_service_key key;
	struct kvip_change *change;
	int err, i;

	err = nla_parse_nested(tb, KVIP_SERVICE_A_MAX, attr, service_policy,
			       extack);
	if (err)
		return err;
	err = parse_key(&key, attr, tb, extack);
	if (err)
		return err;
	for (i = KVIP_SERVICE_A_PROTO + 1; i <= KVIP_SERVICE_A_MAX; i++)
		if (tb[i])
			return refuse(
				extack, tb[i],
				"a deletion has name, family and protocol only");
	if (txn->open)
		return refuse(
			extack, attr,
			"the lists of the service before are not complete");

	change = kvip_txn_change(txn, &key, seq, extack);
	if (IS_ERR(change))
		return PTR_ERR(change);
	change->remove = true;
	return 0;
}
