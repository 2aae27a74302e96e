// SPDX-License-Identifier: GPL-2.0-or-later
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <netlink/attr.h>
#include <netlink/genl/genl.h>
#include <netlink/msg.h>

#include <linux/kvip.h>

#include "alloc.h"
#include "client.h"
#include "message.h"
#include "table.h"

/*
 * Lists of a message stop here. An attribute's length has 16 bits, and a nest
 * counts all that is within.
 */
#define LIST_BYTES (48 * 1024)

/* Room for the lists, a last item, and a name. */
#define MESSAGE_BYTES (LIST_BYTES + 2048)

/* The room of a message is known to be enough, so this cannot happen. */
static void must(int err)
{
	if (err < 0) {
		fprintf(stderr, "kvip: a message is too large for its room\n");
		abort();
	}
}

static struct nlattr *nest_start(struct nl_msg *msg, int type)
{
	struct nlattr *nest = nla_nest_start(msg, type | NLA_F_NESTED);

	must(nest ? 0 : -1);
	return nest;
}

struct nl_msg *kvip_message_new(int family, uint8_t cmd, int flags,
				uint32_t seq)
{
	struct nl_msg *msg = nlmsg_alloc_size(MESSAGE_BYTES);

	if (!msg || !genlmsg_put(msg, NL_AUTO_PORT, seq, family, 0, flags, cmd,
				 KVIP_GENL_VERSION)) {
		fputs("kvip: out of memory\n", stderr);
		exit(1);
	}
	return msg;
}

static void put_key(struct nl_msg *msg, const struct kvip_service *service)
{
	must(nla_put_string(msg, KVIP_SERVICE_A_NAME, service->name));
	must(nla_put_u8(msg, KVIP_SERVICE_A_FAMILY, service->family));
	must(nla_put_u8(msg, KVIP_SERVICE_A_PROTO, service->proto));
}

static void put_range(struct nl_msg *msg, const struct kvip_prefix *range)
{
	struct nlattr *nest = nest_start(msg, 1);

	must(nla_put(msg, KVIP_PREFIX_A_ADDR,
		     (int)kvip_addr_bytes(range->addr.family),
		     range->addr.bytes));
	must(nla_put_u8(msg, KVIP_PREFIX_A_LENGTH, range->length));
	nla_nest_end(msg, nest);
}

static void put_frontend(struct nl_msg *msg,
			 const struct kvip_frontend *frontend)
{
	struct nlattr *nest = nest_start(msg, 1);

	must(nla_put(msg, KVIP_FRONTEND_A_ADDR,
		     (int)kvip_addr_bytes(frontend->addr.family),
		     frontend->addr.bytes));
	must(nla_put_u16(msg, KVIP_FRONTEND_A_PORT, htons(frontend->port)));
	must(nla_put_u8(msg, KVIP_FRONTEND_A_KIND, frontend->kind));
	nla_nest_end(msg, nest);
}

static void put_backend(struct nl_msg *msg, const struct kvip_backend *backend)
{
	struct nlattr *nest = nest_start(msg, 1);

	must(nla_put(msg, KVIP_BACKEND_A_ADDR,
		     (int)kvip_addr_bytes(backend->addr.family),
		     backend->addr.bytes));
	must(nla_put_u16(msg, KVIP_BACKEND_A_PORT, htons(backend->port)));
	must(nla_put_u32(msg, KVIP_BACKEND_A_FLAGS, backend->flags));
	if (backend->node)
		must(nla_put_string(msg, KVIP_BACKEND_A_NODE, backend->node));
	nla_nest_end(msg, nest);
}

static void put_options(struct nl_msg *msg, const struct kvip_service *service)
{
	must(nla_put_u32(msg, KVIP_SERVICE_A_FLAGS, service->flags));
	must(nla_put_u8(msg, KVIP_SERVICE_A_ALGORITHM, service->algorithm));
	if (service->affinity)
		must(nla_put_u32(msg, KVIP_SERVICE_A_AFFINITY,
				 service->affinity));
	if (service->affinity_group)
		must(nla_put_string(msg, KVIP_SERVICE_A_AFFINITY_GROUP,
				    service->affinity_group));
}

static bool has_room(struct nl_msg *msg)
{
	return nlmsg_hdr(msg)->nlmsg_len < LIST_BYTES;
}

static void put_ranges(struct nl_msg *msg, const struct kvip_service *service,
		       size_t *at)
{
	struct nlattr *list;

	if (*at >= service->n_ranges || !has_room(msg))
		return;
	list = nest_start(msg, KVIP_SERVICE_A_RANGES);
	while (*at < service->n_ranges && has_room(msg))
		put_range(msg, &service->ranges[(*at)++]);
	nla_nest_end(msg, list);
}

static void put_frontends(struct nl_msg *msg,
			  const struct kvip_service *service, size_t *at)
{
	struct nlattr *list;

	if (*at >= service->n_frontends || !has_room(msg))
		return;
	list = nest_start(msg, KVIP_SERVICE_A_FRONTENDS);
	while (*at < service->n_frontends && has_room(msg))
		put_frontend(msg, &service->frontends[(*at)++]);
	nla_nest_end(msg, list);
}

static void put_backends(struct nl_msg *msg, const struct kvip_service *service,
			 size_t *at)
{
	struct nlattr *list;

	if (*at >= service->n_backends || !has_room(msg))
		return;
	list = nest_start(msg, KVIP_SERVICE_A_BACKENDS);
	while (*at < service->n_backends && has_room(msg))
		put_backend(msg, &service->backends[(*at)++]);
	nla_nest_end(msg, list);
}

bool kvip_message_put_service(struct nl_msg *msg,
			      const struct kvip_service *service,
			      struct kvip_message_at *at)
{
	struct nlattr *nest = nest_start(msg, KVIP_A_SERVICE);
	bool more;

	put_key(msg, service);
	if (!at->begun)
		put_options(msg, service);
	put_ranges(msg, service, &at->ranges);
	put_frontends(msg, service, &at->frontends);
	put_backends(msg, service, &at->backends);
	more = at->ranges < service->n_ranges ||
	       at->frontends < service->n_frontends ||
	       at->backends < service->n_backends;
	if (more)
		must(nla_put_flag(msg, KVIP_SERVICE_A_MORE));
	nla_nest_end(msg, nest);
	at->begun = true;
	return more;
}

void kvip_message_put_key(struct nl_msg *msg,
			  const struct kvip_service *service)
{
	struct nlattr *nest = nest_start(msg, KVIP_A_SERVICE);

	put_key(msg, service);
	nla_nest_end(msg, nest);
}

static int malformed(struct kvip_err *err)
{
	return kvip_err_set(
		err,
		"the module sent a message that this kvip does not understand");
}

static int get_addr(struct nlattr *attr, uint8_t family, struct kvip_addr *addr)
{
	size_t len = kvip_addr_bytes(family);

	if (!attr || (size_t)nla_len(attr) != len)
		return -1;
	addr->family = family;
	memcpy(addr->bytes, nla_data(attr), len);
	return 0;
}

static int get_range(struct nlattr *item, struct kvip_service *service)
{
	static struct nla_policy policy[KVIP_PREFIX_A_MAX + 1] = {
		[KVIP_PREFIX_A_LENGTH] = { .type = NLA_U8 },
	};
	struct nlattr *tb[KVIP_PREFIX_A_MAX + 1];
	struct kvip_prefix *range = kvip_service_add_range(service);
	size_t bits = 8 * kvip_addr_bytes(service->family);

	if (nla_parse_nested(tb, KVIP_PREFIX_A_MAX, item, policy) < 0 ||
	    get_addr(tb[KVIP_PREFIX_A_ADDR], service->family, &range->addr) ||
	    !tb[KVIP_PREFIX_A_LENGTH])
		return -1;
	range->length = nla_get_u8(tb[KVIP_PREFIX_A_LENGTH]);
	return range->length > bits ? -1 : 0;
}

static int get_frontend(struct nlattr *item, struct kvip_service *service)
{
	static struct nla_policy policy[KVIP_FRONTEND_A_MAX + 1] = {
		[KVIP_FRONTEND_A_PORT] = { .type = NLA_U16 },
		[KVIP_FRONTEND_A_KIND] = { .type = NLA_U8 },
	};
	struct nlattr *tb[KVIP_FRONTEND_A_MAX + 1];
	struct kvip_frontend *frontend = kvip_service_add_frontend(service);

	if (nla_parse_nested(tb, KVIP_FRONTEND_A_MAX, item, policy) < 0 ||
	    get_addr(tb[KVIP_FRONTEND_A_ADDR], service->family,
		     &frontend->addr) ||
	    !tb[KVIP_FRONTEND_A_PORT] || !tb[KVIP_FRONTEND_A_KIND])
		return -1;
	frontend->port = ntohs(nla_get_u16(tb[KVIP_FRONTEND_A_PORT]));
	frontend->kind = nla_get_u8(tb[KVIP_FRONTEND_A_KIND]);
	return 0;
}

static int get_backend(struct nlattr *item, struct kvip_table *table,
		       struct kvip_service *service)
{
	static struct nla_policy policy[KVIP_BACKEND_A_MAX + 1] = {
		[KVIP_BACKEND_A_PORT] = { .type = NLA_U16 },
		[KVIP_BACKEND_A_FLAGS] = { .type = NLA_U32 },
		[KVIP_BACKEND_A_NODE] = { .type = NLA_STRING },
		[KVIP_BACKEND_A_CONNS] = { .type = NLA_U64 },
	};
	struct nlattr *tb[KVIP_BACKEND_A_MAX + 1];
	struct kvip_backend *backend = kvip_service_add_backend(service);

	if (nla_parse_nested(tb, KVIP_BACKEND_A_MAX, item, policy) < 0 ||
	    get_addr(tb[KVIP_BACKEND_A_ADDR], service->family,
		     &backend->addr) ||
	    !tb[KVIP_BACKEND_A_PORT])
		return -1;
	backend->port = ntohs(nla_get_u16(tb[KVIP_BACKEND_A_PORT]));
	if (tb[KVIP_BACKEND_A_FLAGS])
		backend->flags = nla_get_u32(tb[KVIP_BACKEND_A_FLAGS]);
	if (tb[KVIP_BACKEND_A_NODE])
		backend->node = kvip_table_string(
			table, nla_get_string(tb[KVIP_BACKEND_A_NODE]));
	if (tb[KVIP_BACKEND_A_CONNS])
		backend->conns = nla_get_u64(tb[KVIP_BACKEND_A_CONNS]);
	return 0;
}

static void replace_text(char **text, const char *by)
{
	free(*text);
	*text = kvip_strdup(by);
}

/* What only the first message of a service has. */
static void get_options(struct nlattr **tb, struct kvip_service *service)
{
	const struct {
		int attr;
		uint64_t *counter;
	} counters[] = {
		{ KVIP_SERVICE_A_CONNS, &service->conns },
		{ KVIP_SERVICE_A_REJECTS, &service->rejects },
		{ KVIP_SERVICE_A_DROPS_NO_LOCAL, &service->drops_no_local },
		{ KVIP_SERVICE_A_DROPS_RANGES, &service->drops_ranges },
	};
	size_t i;

	if (tb[KVIP_SERVICE_A_FLAGS])
		service->flags = nla_get_u32(tb[KVIP_SERVICE_A_FLAGS]);
	if (tb[KVIP_SERVICE_A_ALGORITHM])
		service->algorithm = nla_get_u8(tb[KVIP_SERVICE_A_ALGORITHM]);
	if (tb[KVIP_SERVICE_A_AFFINITY])
		service->affinity = nla_get_u32(tb[KVIP_SERVICE_A_AFFINITY]);
	if (tb[KVIP_SERVICE_A_AFFINITY_GROUP])
		replace_text(&service->affinity_group,
			     nla_get_string(tb[KVIP_SERVICE_A_AFFINITY_GROUP]));
	for (i = 0; i < sizeof(counters) / sizeof(counters[0]); i++)
		if (tb[counters[i].attr])
			*counters[i].counter =
				nla_get_u64(tb[counters[i].attr]);
}

static int get_lists(struct nlattr **tb, struct kvip_table *table,
		     struct kvip_service *service)
{
	struct nlattr *item;
	int rem;

	if (tb[KVIP_SERVICE_A_RANGES]) {
		nla_for_each_nested(item, tb[KVIP_SERVICE_A_RANGES], rem)
			if (get_range(item, service))
				return -1;
	}
	if (tb[KVIP_SERVICE_A_FRONTENDS]) {
		nla_for_each_nested(item, tb[KVIP_SERVICE_A_FRONTENDS], rem)
			if (get_frontend(item, service))
				return -1;
	}
	if (tb[KVIP_SERVICE_A_BACKENDS]) {
		nla_for_each_nested(item, tb[KVIP_SERVICE_A_BACKENDS], rem)
			if (get_backend(item, table, service))
				return -1;
	}
	return 0;
}

/* The table's last service, if the message goes on with that one. */
static struct kvip_service *last_service(struct kvip_table *table,
					 const char *name, uint8_t family,
					 uint8_t proto)
{
	struct kvip_service *last;

	if (!table->n_services)
		return NULL;
	last = &table->services[table->n_services - 1];
	if (strcmp(last->name, name) || last->family != family ||
	    last->proto != proto)
		return NULL;
	return last;
}

int kvip_message_get_service(struct nlattr *attr, struct kvip_table *table,
			     bool *more, struct kvip_err *err)
{
	static struct nla_policy policy[KVIP_SERVICE_A_MAX + 1] = {
		[KVIP_SERVICE_A_NAME] = { .type = NLA_STRING },
		[KVIP_SERVICE_A_FAMILY] = { .type = NLA_U8 },
		[KVIP_SERVICE_A_PROTO] = { .type = NLA_U8 },
		[KVIP_SERVICE_A_FLAGS] = { .type = NLA_U32 },
		[KVIP_SERVICE_A_ALGORITHM] = { .type = NLA_U8 },
		[KVIP_SERVICE_A_FRONTENDS] = { .type = NLA_NESTED },
		[KVIP_SERVICE_A_BACKENDS] = { .type = NLA_NESTED },
		[KVIP_SERVICE_A_CONNS] = { .type = NLA_U64 },
		[KVIP_SERVICE_A_AFFINITY] = { .type = NLA_U32 },
		[KVIP_SERVICE_A_AFFINITY_GROUP] = { .type = NLA_STRING },
		[KVIP_SERVICE_A_RANGES] = { .type = NLA_NESTED },
		[KVIP_SERVICE_A_REJECTS] = { .type = NLA_U64 },
		[KVIP_SERVICE_A_DROPS_NO_LOCAL] = { .type = NLA_U64 },
		[KVIP_SERVICE_A_DROPS_RANGES] = { .type = NLA_U64 },
	};
	struct nlattr *tb[KVIP_SERVICE_A_MAX + 1];
	struct kvip_service *service;
	uint8_t family, proto;
	const char *name;

	if (!attr ||
	    nla_parse_nested(tb, KVIP_SERVICE_A_MAX, attr, policy) < 0 ||
	    !tb[KVIP_SERVICE_A_NAME] || !tb[KVIP_SERVICE_A_FAMILY] ||
	    !tb[KVIP_SERVICE_A_PROTO])
		return malformed(err);
	name = nla_get_string(tb[KVIP_SERVICE_A_NAME]);
	family = nla_get_u8(tb[KVIP_SERVICE_A_FAMILY]);
	proto = nla_get_u8(tb[KVIP_SERVICE_A_PROTO]);

	service = last_service(table, name, family, proto);
	if (!service)
		service = kvip_table_add(table, name, family, proto);
	get_options(tb, service);
	if (get_lists(tb, table, service))
		return malformed(err);
	*more = tb[KVIP_SERVICE_A_MORE];
	return 0;
}

int kvip_message_get_info(struct nlattr *attr, struct kvip_info *info,
			  struct kvip_err *err)
{
	static struct nla_policy policy[KVIP_INFO_A_MAX + 1] = {
		[KVIP_INFO_A_VERSION] = { .type = NLA_STRING },
		[KVIP_INFO_A_ABI] = { .type = NLA_U32 },
		[KVIP_INFO_A_FRONTEND_KINDS] = { .type = NLA_U32 },
		[KVIP_INFO_A_ALGORITHMS] = { .type = NLA_U32 },
		[KVIP_INFO_A_SERVICES] = { .type = NLA_U32 },
		[KVIP_INFO_A_FRONTENDS] = { .type = NLA_U32 },
		[KVIP_INFO_A_BACKENDS] = { .type = NLA_U32 },
		[KVIP_INFO_A_HOOKS] = { .type = NLA_U32 },
		[KVIP_INFO_A_AFFINITY_ENTRIES] = { .type = NLA_U32 },
		[KVIP_INFO_A_AFFINITY_EVICTED] = { .type = NLA_U64 },
		[KVIP_INFO_A_REJECTS_UNKNOWN_PORT] = { .type = NLA_U64 },
		[KVIP_INFO_A_DROPS_SERVICE_CIDR] = { .type = NLA_U64 },
		[KVIP_INFO_A_DROPS_INVALID] = { .type = NLA_U64 },
		[KVIP_INFO_A_UDP_CLEARED] = { .type = NLA_U64 },
		[KVIP_INFO_A_FLOWS_LEFT_OUT] = { .type = NLA_U64 },
	};
	const struct {
		int attr;
		uint64_t *counter;
	} counters[] = {
		{ KVIP_INFO_A_AFFINITY_EVICTED, &info->affinity_evicted },
		{ KVIP_INFO_A_REJECTS_UNKNOWN_PORT,
		  &info->rejects_unknown_port },
		{ KVIP_INFO_A_DROPS_SERVICE_CIDR, &info->drops_service_cidr },
		{ KVIP_INFO_A_DROPS_INVALID, &info->drops_invalid },
		{ KVIP_INFO_A_UDP_CLEARED, &info->udp_cleared },
		{ KVIP_INFO_A_FLOWS_LEFT_OUT, &info->flows_left_out },
	};
	struct nlattr *tb[KVIP_INFO_A_MAX + 1];
	size_t i;

	if (!attr || nla_parse_nested(tb, KVIP_INFO_A_MAX, attr, policy) < 0)
		return malformed(err);
	/* ABI 1 has them all. */
	for (i = KVIP_INFO_A_VERSION; i <= KVIP_INFO_A_HOOKS; i++)
		if (!tb[i])
			return malformed(err);
	snprintf(info->version, sizeof(info->version), "%s",
		 nla_get_string(tb[KVIP_INFO_A_VERSION]));
	info->abi = nla_get_u32(tb[KVIP_INFO_A_ABI]);
	info->frontend_kinds = nla_get_u32(tb[KVIP_INFO_A_FRONTEND_KINDS]);
	info->algorithms = nla_get_u32(tb[KVIP_INFO_A_ALGORITHMS]);
	info->services = nla_get_u32(tb[KVIP_INFO_A_SERVICES]);
	info->frontends = nla_get_u32(tb[KVIP_INFO_A_FRONTENDS]);
	info->backends = nla_get_u32(tb[KVIP_INFO_A_BACKENDS]);
	info->hooks = nla_get_u32(tb[KVIP_INFO_A_HOOKS]);
	if (tb[KVIP_INFO_A_AFFINITY_ENTRIES])
		info->affinity_entries =
			nla_get_u32(tb[KVIP_INFO_A_AFFINITY_ENTRIES]);
	for (i = 0; i < sizeof(counters) / sizeof(counters[0]); i++)
		if (tb[counters[i].attr])
			*counters[i].counter =
				nla_get_u64(tb[counters[i].attr]);
	return 0;
}
