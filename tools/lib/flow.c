// SPDX-License-Identifier: GPL-2.0-or-later
#include <arpa/inet.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <netlink/attr.h>
#include <netlink/msg.h>

#include <linux/kvip.h>

#include "alloc.h"
#include "flow.h"

void kvip_flow_init(struct kvip_flow *flow)
{
	memset(flow, 0, sizeof(*flow));
}

void kvip_flow_free(struct kvip_flow *flow)
{
	size_t i;

	free(flow->service);
	free((char *)flow->backend.node);
	for (i = 0; i < flow->n_candidates; i++)
		free((char *)flow->candidates[i].node);
	free(flow->candidates);
	kvip_flow_init(flow);
}

bool kvip_flow_by_chance(const struct kvip_flow *flow)
{
	return flow->has_backend && flow->list_size > 1 &&
	       !(flow->has_affinity && flow->affinity == KVIP_AFFINITY_HIT);
}

/* An address in a buffer of its own, up to @end. */
static bool parse_addr(const char *text, const char *end,
		       struct kvip_addr *addr)
{
	char buf[64];
	size_t len = (size_t)(end - text);

	if (len >= sizeof(buf))
		return false;
	memcpy(buf, text, len);
	buf[len] = '\0';
	return kvip_addr_parse(buf, addr);
}

static const char *end_of(const char *text)
{
	return text + strlen(text);
}

int kvip_flow_parse_from(const char *text, struct kvip_flow *flow,
			 struct kvip_err *err)
{
	const char *colon = strrchr(text, ':');
	struct kvip_addr addr;

	if (parse_addr(text, end_of(text), &flow->from))
		return 0;
	if (text[0] == '[' || (colon && parse_addr(text, colon, &addr)))
		return kvip_err_set(
			err,
			"\"%s\": where a connection comes from is an address alone, without a port or brackets",
			text);
	return kvip_err_set(
		err, "\"%s\" is not an IP address, and names are not looked up",
		text);
}

/* What is behind the slash, or TCP. */
static int parse_proto(const char *text, uint8_t *proto, struct kvip_err *err)
{
	char upper[8];
	size_t i, len = strlen(text);

	*proto = 0;
	if (len < sizeof(upper)) {
		for (i = 0; i <= len; i++)
			upper[i] = (char)toupper((unsigned char)text[i]);
		*proto = kvip_proto_parse(upper);
	}
	if (*proto)
		return 0;
	return kvip_err_set(err, "protocol \"%s\": this is tcp, udp or sctp",
			    text);
}

static int parse_port(const char *text, const char *end, uint16_t *port,
		      struct kvip_err *err)
{
	size_t i, len = (size_t)(end - text);
	unsigned long value = 0;

	for (i = 0; i < len && text[i] >= '0' && text[i] <= '9'; i++)
		if (value <= 65535)
			value = value * 10 + (unsigned long)(text[i] - '0');
	if (!len || i < len || !value || value > 65535)
		return kvip_err_set(err, "port \"%.*s\": this is 1 to 65535",
				    (int)len, text);
	*port = (uint16_t)value;
	return 0;
}

int kvip_flow_parse_to(const char *text, struct kvip_flow *flow,
		       struct kvip_err *err)
{
	const char *slash = strchr(text, '/');
	const char *end = slash ? slash : end_of(text);
	const char *addr = text, *addr_end, *colon;

	if (*text == '[') {
		addr++;
		addr_end = memchr(text, ']', (size_t)(end - text));
		colon = addr_end && addr_end[1] == ':' ? addr_end + 1 : NULL;
		if (!addr_end)
			return kvip_err_set(
				err,
				"\"%s\": the bracket is not closed; write it as [fd00::1]:443",
				text);
	} else {
		addr_end = memchr(text, ':', (size_t)(end - text));
		colon = addr_end;
		if (colon && memchr(colon + 1, ':', (size_t)(end - colon - 1)))
			return kvip_err_set(
				err,
				"\"%s\": an IPv6 address with a port is written in brackets, as [fd00::1]:443",
				text);
		if (!addr_end)
			addr_end = end;
	}
	if (!parse_addr(addr, addr_end, &flow->to))
		return kvip_err_set(
			err,
			"\"%.*s\" is not an IP address, and names are not looked up",
			(int)(addr_end - addr), addr);
	if (*text == '[' && !memchr(addr, ':', (size_t)(addr_end - addr)))
		return kvip_err_set(
			err, "\"%s\": brackets are for IPv6 addresses", text);
	if (!colon)
		return kvip_err_set(
			err, "\"%s\": a port is missing; write it as %s", text,
			*text == '[' ? "[fd00::1]:443" : "10.96.0.1:443");
	if (parse_port(colon + 1, end, &flow->to_port, err))
		return -1;
	return parse_proto(slash ? slash + 1 : "tcp", &flow->proto, err);
}

/* A message has room for a flow without lists, so this cannot happen. */
static void must(int ret)
{
	if (ret < 0) {
		fputs("kvip: a message is too large for its room\n", stderr);
		abort();
	}
}

void kvip_flow_put(struct nl_msg *msg, const struct kvip_flow *flow)
{
	struct nlattr *nest = nla_nest_start(msg, KVIP_A_FLOW | NLA_F_NESTED);
	int bytes = (int)kvip_addr_bytes(flow->to.family);

	must(nest ? 0 : -1);
	must(nla_put_u8(msg, KVIP_FLOW_A_FAMILY, flow->to.family));
	must(nla_put_u8(msg, KVIP_FLOW_A_PROTO, flow->proto));
	must(nla_put(msg, KVIP_FLOW_A_SADDR, bytes, flow->from.bytes));
	if (flow->from_port)
		must(nla_put_u16(msg, KVIP_FLOW_A_SPORT,
				 htons(flow->from_port)));
	must(nla_put(msg, KVIP_FLOW_A_DADDR, bytes, flow->to.bytes));
	must(nla_put_u16(msg, KVIP_FLOW_A_DPORT, htons(flow->to_port)));
	if (flow->sent)
		must(nla_put_flag(msg, KVIP_FLOW_A_SENT));
	if (flow->device[0])
		must(nla_put_string(msg, KVIP_FLOW_A_IFNAME, flow->device));
	nla_nest_end(msg, nest);
}

static int get_addr(struct nlattr *attr, uint8_t family, struct kvip_addr *addr)
{
	size_t len = kvip_addr_bytes(family);

	if (!attr || (size_t)nla_len(attr) != len)
		return -1;
	memset(addr, 0, sizeof(*addr));
	addr->family = family;
	memcpy(addr->bytes, nla_data(attr), len);
	return 0;
}

static char *get_text(struct nlattr *attr)
{
	return attr ? kvip_strdup(nla_get_string(attr)) : NULL;
}

static int get_backend(struct nlattr *attr, uint8_t family,
		       struct kvip_backend *backend)
{
	static struct nla_policy policy[KVIP_BACKEND_A_MAX + 1] = {
		[KVIP_BACKEND_A_PORT] = { .type = NLA_U16 },
		[KVIP_BACKEND_A_FLAGS] = { .type = NLA_U32 },
		[KVIP_BACKEND_A_NODE] = { .type = NLA_STRING },
	};
	struct nlattr *tb[KVIP_BACKEND_A_MAX + 1];

	if (nla_parse_nested(tb, KVIP_BACKEND_A_MAX, attr, policy) < 0 ||
	    get_addr(tb[KVIP_BACKEND_A_ADDR], family, &backend->addr) ||
	    !tb[KVIP_BACKEND_A_PORT])
		return -1;
	backend->port = ntohs(nla_get_u16(tb[KVIP_BACKEND_A_PORT]));
	if (tb[KVIP_BACKEND_A_FLAGS])
		backend->flags = nla_get_u32(tb[KVIP_BACKEND_A_FLAGS]);
	backend->node = get_text(tb[KVIP_BACKEND_A_NODE]);
	return 0;
}

static int get_range(struct nlattr *attr, uint8_t family,
		     struct kvip_prefix *range)
{
	static struct nla_policy policy[KVIP_PREFIX_A_MAX + 1] = {
		[KVIP_PREFIX_A_LENGTH] = { .type = NLA_U8 },
	};
	struct nlattr *tb[KVIP_PREFIX_A_MAX + 1];

	if (nla_parse_nested(tb, KVIP_PREFIX_A_MAX, attr, policy) < 0 ||
	    get_addr(tb[KVIP_PREFIX_A_ADDR], family, &range->addr) ||
	    !tb[KVIP_PREFIX_A_LENGTH])
		return -1;
	range->length = nla_get_u8(tb[KVIP_PREFIX_A_LENGTH]);
	return 0;
}

/* An optional number of a byte; whether it is there. */
static bool get_u8(struct nlattr *attr, uint8_t *value)
{
	if (!attr)
		return false;
	*value = nla_get_u8(attr);
	return true;
}

static void get_u32(struct nlattr *attr, uint32_t *value)
{
	if (attr)
		*value = nla_get_u32(attr);
}

/* What makes a connection one: of any protocol, ports or no ports. */
static int get_ends(struct nlattr **tb, struct kvip_flow *flow)
{
	uint8_t family;

	if (!get_u8(tb[KVIP_FLOW_A_FAMILY], &family) ||
	    !get_u8(tb[KVIP_FLOW_A_PROTO], &flow->proto) ||
	    (family != AF_INET && family != AF_INET6) ||
	    get_addr(tb[KVIP_FLOW_A_SADDR], family, &flow->from) ||
	    get_addr(tb[KVIP_FLOW_A_DADDR], family, &flow->to))
		return -1;
	if (tb[KVIP_FLOW_A_SPORT])
		flow->from_port = ntohs(nla_get_u16(tb[KVIP_FLOW_A_SPORT]));
	if (tb[KVIP_FLOW_A_DPORT])
		flow->to_port = ntohs(nla_get_u16(tb[KVIP_FLOW_A_DPORT]));
	flow->sent = tb[KVIP_FLOW_A_SENT];
	if (tb[KVIP_FLOW_A_IFNAME])
		nla_strlcpy(flow->device, tb[KVIP_FLOW_A_IFNAME],
			    sizeof(flow->device));
	return 0;
}

static int get_lists(struct nlattr **tb, struct kvip_flow *flow)
{
	uint8_t family = flow->to.family;
	struct nlattr *item;
	int rem;

	flow->has_range = tb[KVIP_FLOW_A_RANGE];
	if (flow->has_range &&
	    get_range(tb[KVIP_FLOW_A_RANGE], family, &flow->range))
		return -1;
	flow->has_backend = tb[KVIP_FLOW_A_BACKEND];
	if (flow->has_backend &&
	    get_backend(tb[KVIP_FLOW_A_BACKEND], family, &flow->backend))
		return -1;
	if (!tb[KVIP_FLOW_A_CANDIDATES])
		return 0;
	nla_for_each_nested(item, tb[KVIP_FLOW_A_CANDIDATES], rem) {
		struct kvip_backend *one;

		flow->candidates = kvip_grow(flow->candidates,
					     flow->n_candidates,
					     sizeof(*flow->candidates));
		one = &flow->candidates[flow->n_candidates++];
		if (get_backend(item, family, one))
			return -1;
	}
	return 0;
}

int kvip_flow_get(struct nlattr *attr, struct kvip_flow *flow,
		  struct kvip_err *err)
{
	static struct nla_policy policy[KVIP_FLOW_A_MAX + 1] = {
		[KVIP_FLOW_A_FAMILY] = { .type = NLA_U8 },
		[KVIP_FLOW_A_PROTO] = { .type = NLA_U8 },
		[KVIP_FLOW_A_SPORT] = { .type = NLA_U16 },
		[KVIP_FLOW_A_DPORT] = { .type = NLA_U16 },
		[KVIP_FLOW_A_IFNAME] = { .type = NLA_STRING },
		[KVIP_FLOW_A_VERDICT] = { .type = NLA_U8 },
		[KVIP_FLOW_A_RULE] = { .type = NLA_U8 },
		[KVIP_FLOW_A_KIND] = { .type = NLA_U8 },
		[KVIP_FLOW_A_SERVICE] = { .type = NLA_STRING },
		[KVIP_FLOW_A_SERVICE_FLAGS] = { .type = NLA_U32 },
		[KVIP_FLOW_A_RANGE] = { .type = NLA_NESTED },
		[KVIP_FLOW_A_SOURCE] = { .type = NLA_U8 },
		[KVIP_FLOW_A_SOURCE_WHY] = { .type = NLA_U8 },
		[KVIP_FLOW_A_LIST] = { .type = NLA_U8 },
		[KVIP_FLOW_A_LIST_SIZE] = { .type = NLA_U32 },
		[KVIP_FLOW_A_LOCAL_SIZE] = { .type = NLA_U32 },
		[KVIP_FLOW_A_BACKENDS_SIZE] = { .type = NLA_U32 },
		[KVIP_FLOW_A_AFFINITY] = { .type = NLA_U8 },
		[KVIP_FLOW_A_AFFINITY_LEFT] = { .type = NLA_U32 },
		[KVIP_FLOW_A_BACKEND] = { .type = NLA_NESTED },
		[KVIP_FLOW_A_MASQUERADE] = { .type = NLA_U8 },
		[KVIP_FLOW_A_CANDIDATES] = { .type = NLA_NESTED },
	};
	struct nlattr *tb[KVIP_FLOW_A_MAX + 1];

	if (!attr || nla_parse_nested(tb, KVIP_FLOW_A_MAX, attr, policy) < 0 ||
	    get_ends(tb, flow) ||
	    !get_u8(tb[KVIP_FLOW_A_VERDICT], &flow->verdict) ||
	    get_lists(tb, flow))
		return kvip_err_set(
			err,
			"the module sent a message that this kvip does not understand");
	get_u8(tb[KVIP_FLOW_A_RULE], &flow->rule);
	get_u8(tb[KVIP_FLOW_A_KIND], &flow->kind);
	flow->service = get_text(tb[KVIP_FLOW_A_SERVICE]);
	get_u32(tb[KVIP_FLOW_A_SERVICE_FLAGS], &flow->service_flags);
	flow->has_source = get_u8(tb[KVIP_FLOW_A_SOURCE], &flow->source);
	get_u8(tb[KVIP_FLOW_A_SOURCE_WHY], &flow->source_why);
	flow->has_list = get_u8(tb[KVIP_FLOW_A_LIST], &flow->list);
	get_u32(tb[KVIP_FLOW_A_LIST_SIZE], &flow->list_size);
	get_u32(tb[KVIP_FLOW_A_LOCAL_SIZE], &flow->local_size);
	get_u32(tb[KVIP_FLOW_A_BACKENDS_SIZE], &flow->backends_size);
	flow->has_affinity = get_u8(tb[KVIP_FLOW_A_AFFINITY], &flow->affinity);
	get_u32(tb[KVIP_FLOW_A_AFFINITY_LEFT], &flow->affinity_left);
	flow->has_masquerade =
		get_u8(tb[KVIP_FLOW_A_MASQUERADE], &flow->masquerade);
	return 0;
}
