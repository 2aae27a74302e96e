// SPDX-License-Identifier: GPL-2.0
#include <linux/err.h>
#include <linux/netlink.h>
#include <net/ipv6.h>
#include <net/netlink.h>

#include <linux/kvip.h>

#include "backend.h"
#include "change.h"
#include "family.h"
#include "frontend.h"
#include "netlink_parse.h"
#include "node.h"
#include "prefix.h"
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
	[KVIP_SERVICE_A_AFFINITY] = { .type = NLA_U32 },
	[KVIP_SERVICE_A_AFFINITY_GROUP] = { .type = NLA_NUL_STRING,
					    .len = KVIP_NAME_MAX },
	[KVIP_SERVICE_A_RANGES] = { .type = NLA_NESTED },
};

static const struct nla_policy prefix_policy[KVIP_PREFIX_A_MAX + 1] = {
	[KVIP_PREFIX_A_ADDR] = { .type = NLA_BINARY, .len = 16 },
	[KVIP_PREFIX_A_LENGTH] = { .type = NLA_U8 },
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

/* Nor an endpoint that is on another link for each node. */
static bool is_link_local(const union nf_inet_addr *addr, u8 family)
{
	if (family == NFPROTO_IPV4)
		return ipv4_is_linklocal_169(addr->ip);
	return ipv6_addr_type(&addr->in6) & IPV6_ADDR_LINKLOCAL;
}

static int parse_addr(union nf_inet_addr *to, u8 family,
		      const struct nlattr *item, const struct nlattr *attr,
		      struct netlink_ext_ack *extack)
{
	if (!attr)
		return refuse(extack, item, "an address is needed");
	if (nla_len(attr) != kvip_addr_len(family))
		return refuse(extack, attr,
			      "the address is not of the service's family");
	memcpy(to, nla_data(attr), nla_len(attr));
	return 0;
}

static int check_addr(const union nf_inet_addr *addr, u8 family,
		      const struct nlattr *attr, struct netlink_ext_ack *extack)
{
	if (!addr_usable(addr, family))
		return refuse(
			extack, attr,
			"the address is unspecified, loopback, multicast or broadcast");
	return 0;
}

static int parse_port(__be16 *port, const struct nlattr *item,
		      const struct nlattr *attr, struct netlink_ext_ack *extack)
{
	if (!attr)
		return refuse(extack, item, "a port is needed");
	*port = nla_get_be16(attr);
	if (!*port)
		return refuse(extack, attr, "the port can't be 0");
	return 0;
}

static bool has_host_bits(const struct kvip_prefix *prefix)
{
	struct in6_addr masked;

	if (prefix->family == NFPROTO_IPV4)
		return prefix->addr.ip & ~inet_make_mask(prefix->length);
	ipv6_addr_prefix(&masked, &prefix->addr.in6, prefix->length);
	return !ipv6_addr_equal(&masked, &prefix->addr.in6);
}

int kvip_parse_prefix(struct kvip_prefix *prefix, const struct nlattr *attr,
		      u8 family, struct netlink_ext_ack *extack)
{
	struct nlattr *tb[KVIP_PREFIX_A_MAX + 1], *addr;
	int err;

	err = nla_parse_nested(tb, KVIP_PREFIX_A_MAX, attr, prefix_policy,
			       extack);
	if (err)
		return err;
	addr = tb[KVIP_PREFIX_A_ADDR];
	if (!addr || !tb[KVIP_PREFIX_A_LENGTH])
		return refuse(extack, attr,
			      "an address block needs an address and a length");
	if (nla_len(addr) == sizeof(prefix->addr.in6))
		prefix->family = NFPROTO_IPV6;
	else if (nla_len(addr) == sizeof(prefix->addr.in))
		prefix->family = NFPROTO_IPV4;
	if (!prefix->family)
		return refuse(extack, addr, "an address has 4 or 16 bytes");
	if (family != NFPROTO_UNSPEC && family != prefix->family)
		return refuse(extack, addr,
			      "the address is not of the service's family");
	memcpy(&prefix->addr, nla_data(addr), nla_len(addr));
	prefix->length = nla_get_u8(tb[KVIP_PREFIX_A_LENGTH]);
	if (prefix->length > 8 * nla_len(addr))
		return refuse(extack, tb[KVIP_PREFIX_A_LENGTH],
			      "the address block is longer than an address");
	if (has_host_bits(prefix))
		return refuse(extack, addr,
			      "the address block has bits beyond its length");
	return 0;
}

static int parse_range(struct kvip_change *change, const struct nlattr *item,
		       struct netlink_ext_ack *extack)
{
	return kvip_parse_prefix(kvip_change_add_range(change), item,
				 change->key.family, extack);
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
	err = parse_port(&spec->port, item, tb[KVIP_FRONTEND_A_PORT], extack);
	if (err)
		return err;
	err = parse_addr(&spec->addr, change->key.family, item,
			 tb[KVIP_FRONTEND_A_ADDR], extack);
	if (err)
		return err;
	if (spec->kind != KVIP_FRONTEND_NODE_PORT)
		return check_addr(&spec->addr, change->key.family,
				  tb[KVIP_FRONTEND_A_ADDR], extack);
	if (!kvip_is_wildcard(&spec->addr))
		return refuse(extack, tb[KVIP_FRONTEND_A_ADDR],
			      "the address of a node port is the wildcard");
	return 0;
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
	err = parse_port(&spec->port, item, tb[KVIP_BACKEND_A_PORT], extack);
	if (err)
		return err;
	err = parse_addr(&spec->addr, change->key.family, item,
			 tb[KVIP_BACKEND_A_ADDR], extack);
	if (err)
		return err;
	err = check_addr(&spec->addr, change->key.family,
			 tb[KVIP_BACKEND_A_ADDR], extack);
	if (err)
		return err;
	if (is_link_local(&spec->addr, change->key.family))
		return refuse(extack, tb[KVIP_BACKEND_A_ADDR],
			      "a backend's address can't be link-local");
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
int kvip_count_items(const struct nlattr *nest, u32 *n,
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

/* Read each item of a list for which there is room. */
static int parse_list(struct kvip_change *change, const struct nlattr *nest,
		      int (*parse)(struct kvip_change *change,
				   const struct nlattr *item,
				   struct netlink_ext_ack *extack),
		      struct netlink_ext_ack *extack)
{
	const struct nlattr *item;
	int err, rem;

	if (!nest)
		return 0;
	nla_for_each_nested(item, nest, rem) {
		err = parse(change, item, extack);
		if (err)
			return err;
	}
	return 0;
}

static int parse_lists(struct kvip_change *change, struct nlattr **tb,
		       struct netlink_ext_ack *extack)
{
	u32 n_ranges, n_frontends, n_backends;
	int err;

	err = kvip_count_items(tb[KVIP_SERVICE_A_RANGES], &n_ranges, extack);
	if (err)
		return err;
	err = kvip_count_items(tb[KVIP_SERVICE_A_FRONTENDS], &n_frontends,
			       extack);
	if (err)
		return err;
	err = kvip_count_items(tb[KVIP_SERVICE_A_BACKENDS], &n_backends,
			       extack);
	if (err)
		return err;
	err = kvip_change_reserve(change, n_ranges, n_frontends, n_backends,
				  extack);
	if (err)
		return err;

	err = parse_list(change, tb[KVIP_SERVICE_A_RANGES], parse_range,
			 extack);
	if (err)
		return err;
	err = parse_list(change, tb[KVIP_SERVICE_A_FRONTENDS], parse_frontend,
			 extack);
	if (err)
		return err;
	return parse_list(change, tb[KVIP_SERVICE_A_BACKENDS], parse_backend,
			  extack);
}

/* S47, S48 */
static int parse_affinity(struct kvip_change *change, struct nlattr **tb,
			  struct netlink_ext_ack *extack)
{
	const struct nlattr *seconds = tb[KVIP_SERVICE_A_AFFINITY];
	const struct nlattr *group = tb[KVIP_SERVICE_A_AFFINITY_GROUP];

	if (seconds) {
		change->affinity = nla_get_u32(seconds);
		if (!change->affinity ||
		    change->affinity > KVIP_AFFINITY_SECONDS_MAX)
			return refuse(
				extack, seconds,
				"affinity lasts 1 to " __stringify(
					KVIP_AFFINITY_SECONDS_MAX) " seconds");
	}
	if (!group)
		return 0;
	if (!seconds)
		return refuse(extack, group,
			      "without affinity there is no affinity group");
	if (!*(const char *)nla_data(group) || ends_early(group))
		return refuse(
			extack, group,
			"an affinity group's name is empty, or has bytes after its end");
	change->group = nla_strdup(group, GFP_KERNEL_ACCOUNT);
	return change->group ? 0 : -ENOMEM;
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
	return parse_affinity(change, tb, extack);
}

static bool has_options(struct nlattr **tb)
{
	return tb[KVIP_SERVICE_A_FLAGS] || tb[KVIP_SERVICE_A_ALGORITHM] ||
	       tb[KVIP_SERVICE_A_AFFINITY] || tb[KVIP_SERVICE_A_AFFINITY_GROUP];
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
	else if (has_options(tb))
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
