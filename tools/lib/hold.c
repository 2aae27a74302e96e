// SPDX-License-Identifier: GPL-2.0-or-later
#include <arpa/inet.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <netlink/attr.h>
#include <netlink/msg.h>
#include <netlink/netlink.h>
#include <netlink/socket.h>

#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter_ipv4.h>

#include "hold.h"

#define TABLE "kvip-hold"
#define NAT_CHAIN "nat"
#define TRACK_CHAIN "track"

/* All of a batch's messages; they take some 800 bytes. */
#define BATCH_BYTES 4096

static const uint8_t families[] = { NFPROTO_IPV4, NFPROTO_IPV6 };

#define N_FAMILIES (sizeof(families) / sizeof(families[0]))

struct batch {
	struct nl_sock *sock;
	char bytes[BATCH_BYTES];
	size_t len;
	uint32_t seq;
	size_t acks; /* messages that ask for one */
};

/* Nothing here depends on what anybody has, so it fits, or memory is out. */
static void must(bool ok)
{
	if (ok)
		return;
	fputs("kvip: out of memory\n", stderr);
	exit(1);
}

static struct nl_msg *message(struct batch *batch, int type, int flags,
			      uint8_t family, uint16_t resource)
{
	struct nl_msg *msg = nlmsg_alloc();
	struct nfgenmsg header = {
		.nfgen_family = family,
		.version = NFNETLINK_V0,
		.res_id = htons(resource),
	};

	must(msg && nlmsg_put(msg, NL_AUTO_PORT, ++batch->seq, type, 0,
			      NLM_F_REQUEST | flags));
	must(!nlmsg_append(msg, &header, sizeof(header), NLMSG_ALIGNTO));
	return msg;
}

static struct nl_msg *nft(struct batch *batch, int type, int flags,
			  uint8_t family)
{
	batch->acks++;
	return message(batch, NFNL_SUBSYS_NFTABLES << 8 | type,
		       NLM_F_ACK | flags, family, 0);
}

static void add(struct batch *batch, struct nl_msg *msg)
{
	struct nlmsghdr *header = nlmsg_hdr(msg);
	size_t len = NLMSG_ALIGN(header->nlmsg_len);

	must(batch->len + len <= sizeof(batch->bytes));
	memset(batch->bytes + batch->len, 0, len);
	memcpy(batch->bytes + batch->len, header, header->nlmsg_len);
	batch->len += len;
	nlmsg_free(msg);
}

static void add_boundary(struct batch *batch, int type)
{
	add(batch, message(batch, type, 0, AF_UNSPEC, NFNL_SUBSYS_NFTABLES));
}

static void add_table(struct batch *batch, int type, int flags, uint8_t family)
{
	struct nl_msg *msg = nft(batch, type, flags, family);

	must(!nla_put_string(msg, NFTA_TABLE_NAME, TABLE));
	add(batch, msg);
}

static void add_chain(struct batch *batch, uint8_t family, const char *name,
		      const char *type, int priority)
{
	struct nl_msg *msg = nft(batch, NFT_MSG_NEWCHAIN, NLM_F_CREATE, family);
	struct nlattr *hook;

	must(!nla_put_string(msg, NFTA_CHAIN_TABLE, TABLE));
	must(!nla_put_string(msg, NFTA_CHAIN_NAME, name));
	must(!nla_put_string(msg, NFTA_CHAIN_TYPE, type));
	must(!nla_put_u32(msg, NFTA_CHAIN_POLICY, htonl(NF_ACCEPT)));
	hook = nla_nest_start(msg, NFTA_CHAIN_HOOK | NLA_F_NESTED);
	must(hook);
	must(!nla_put_u32(msg, NFTA_HOOK_HOOKNUM, htonl(NF_INET_PRE_ROUTING)));
	must(!nla_put_u32(msg, NFTA_HOOK_PRIORITY, htonl((uint32_t)priority)));
	nla_nest_end(msg, hook);
	add(batch, msg);
}

/* "ct state", loaded and not used. */
static void add_rule(struct batch *batch, uint8_t family)
{
	struct nl_msg *msg = nft(batch, NFT_MSG_NEWRULE,
				 NLM_F_CREATE | NLM_F_APPEND, family);
	struct nlattr *list, *item, *data;

	must(!nla_put_string(msg, NFTA_RULE_TABLE, TABLE));
	must(!nla_put_string(msg, NFTA_RULE_CHAIN, TRACK_CHAIN));
	list = nla_nest_start(msg, NFTA_RULE_EXPRESSIONS | NLA_F_NESTED);
	item = nla_nest_start(msg, NFTA_LIST_ELEM | NLA_F_NESTED);
	must(list && item);
	must(!nla_put_string(msg, NFTA_EXPR_NAME, "ct"));
	data = nla_nest_start(msg, NFTA_EXPR_DATA | NLA_F_NESTED);
	must(data);
	must(!nla_put_u32(msg, NFTA_CT_DREG, htonl(NFT_REG_1)));
	must(!nla_put_u32(msg, NFTA_CT_KEY, htonl(NFT_CT_STATE)));
	nla_nest_end(msg, data);
	nla_nest_end(msg, item);
	nla_nest_end(msg, list);
	add(batch, msg);
}

static int open_batch(struct batch *batch, struct kvip_err *err)
{
	int ret;

	memset(batch, 0, sizeof(*batch));
	batch->sock = nl_socket_alloc();
	must(batch->sock);
	ret = nl_connect(batch->sock, NETLINK_NETFILTER);
	if (ret == -NLE_PROTO_MISMATCH || ret == -NLE_AF_NOSUPPORT)
		return kvip_err_set(
			err,
			"this kernel has no nf_tables (CONFIG_NF_TABLES), which holding connections needs");
	if (ret < 0)
		return kvip_err_set(err, "can't open a netlink socket: %s",
				    nl_geterror(ret));
	return 0;
}

static int refusal(int error, struct kvip_err *err)
{
	switch (error) {
	case EPERM:
	case EACCES:
		return kvip_err_set(
			err,
			"not permitted: this needs CAP_NET_ADMIN in the network namespace");
	case EINVAL: /* nfnetlink's, of a part that it does not have */
	case EOPNOTSUPP:
	case EAFNOSUPPORT:
		return kvip_err_set(
			err,
			"this kernel has no nf_tables (CONFIG_NF_TABLES) for IPv4 and IPv6, which holding connections needs");
	case ENOENT:
		return kvip_err_set(
			err,
			"this kernel's nf_tables has no NAT chains or no ct expression (CONFIG_NFT_NAT, CONFIG_NFT_CT), which holding connections needs");
	}
	return kvip_err_set(err, "nf_tables: %s", strerror(error));
}

/* Send what is there and take the answers; the first error that came, or 0. */
static int carry_out(struct batch *batch)
{
	char buf[16 * 1024] __attribute__((aligned(NLMSG_ALIGNTO)));
	int fd = nl_socket_get_fd(batch->sock);
	size_t acks = 0;

	if (send(fd, batch->bytes, batch->len, 0) < 0)
		return errno;
	while (acks < batch->acks) {
		struct nlmsghdr *header = (struct nlmsghdr *)buf;
		ssize_t got = recv(fd, buf, sizeof(buf), 0);
		int left = (int)got;

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return errno;
		for (; nlmsg_ok(header, left);
		     header = nlmsg_next(header, &left)) {
			const struct nlmsgerr *answer = nlmsg_data(header);

			/* what a request to get something got */
			if (header->nlmsg_type != NLMSG_ERROR)
				continue;
			if (answer->error)
				return -answer->error;
			acks++;
		}
	}
	return 0;
}

int kvip_hold_set(bool on, struct kvip_err *err)
{
	struct batch batch;
	int error;
	size_t i;

	if (open_batch(&batch, err)) {
		nl_socket_free(batch.sock);
		return -1;
	}
	add_boundary(&batch, NFNL_MSG_BATCH_BEGIN);
	for (i = 0; i < N_FAMILIES; i++) {
		uint8_t family = families[i];

		/*
		 * A deletion wants something to delete. The new chains are
		 * hooked before the old ones go.
		 */
		add_table(&batch, NFT_MSG_NEWTABLE, NLM_F_CREATE, family);
		add_table(&batch, NFT_MSG_DELTABLE, 0, family);
		if (!on)
			continue;
		add_table(&batch, NFT_MSG_NEWTABLE, NLM_F_CREATE, family);
		add_chain(&batch, family, NAT_CHAIN, "nat", NF_IP_PRI_NAT_DST);
		add_chain(&batch, family, TRACK_CHAIN, "filter",
			  NF_IP_PRI_FILTER);
		add_rule(&batch, family);
	}
	add_boundary(&batch, NFNL_MSG_BATCH_END);
	error = carry_out(&batch);
	nl_socket_free(batch.sock);
	return error ? refusal(error, err) : 0;
}

static int has_table(uint8_t family, bool *has, struct kvip_err *err)
{
	struct batch batch;
	int error;

	if (open_batch(&batch, err)) {
		nl_socket_free(batch.sock);
		return -1;
	}
	add_table(&batch, NFT_MSG_GETTABLE, 0, family);
	error = carry_out(&batch);
	nl_socket_free(batch.sock);
	*has = !error;
	/* without nf_tables there is none of its tables either */
	if (!error || error == ENOENT || error == EINVAL ||
	    error == EAFNOSUPPORT)
		return 0;
	return refusal(error, err);
}

int kvip_hold_get(bool *ipv4, bool *ipv6, struct kvip_err *err)
{
	if (has_table(NFPROTO_IPV4, ipv4, err))
		return -1;
	return has_table(NFPROTO_IPV6, ipv6, err);
}
