// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <netlink/attr.h>
#include <netlink/msg.h>
#include <netlink/netlink.h>
#include <netlink/socket.h>

#include <linux/if_addr.h>
#include <linux/rtnetlink.h>

#include "alloc.h"
#include "announce.h"
#include "announce_kernel.h"

/* A dump that others changed on its way is begun again so often. */
#define DUMPS_MOST 5

/* What the answers to a request fill in. */
struct answers {
	struct kvip_placed *list;
	size_t n;
	int error; /* an errno of the kernel's, or 0 */
	struct kvip_err *err; /* and its own sentence */
};

static const char *errno_sentence(int error)
{
	switch (error) {
	case EPERM:
		return "this needs CAP_NET_ADMIN in the network namespace";
	case EACCES:
		return "IPv6 is switched off there";
	case ENODEV:
		return "the interface is gone";
	}
	return strerror(error);
}

struct nl_sock *kvip_placed_open(struct kvip_err *err)
{
	struct nl_sock *sock = nl_socket_alloc();
	int on = 1, ret;

	if (!sock)
		abort();
	ret = nl_connect(sock, NETLINK_ROUTE);
	if (ret < 0) {
		kvip_err_set(err, "can't open a netlink socket: %s",
			     nl_geterror(ret));
		nl_socket_free(sock);
		return NULL;
	}
	/* its own reasons; kernels that have none do without */
	setsockopt(nl_socket_get_fd(sock), SOL_NETLINK, NETLINK_EXT_ACK, &on,
		   sizeof(on));
	return sock;
}

static void take_bytes(struct kvip_addr *addr, uint8_t family,
		       struct nlattr *attr)
{
	memset(addr, 0, sizeof(*addr));
	addr->family = family;
	memcpy(addr->bytes, nla_data(attr), kvip_addr_bytes(family));
}

static int on_address(struct nl_msg *msg, void *arg)
{
	struct answers *answers = arg;
	struct nlmsghdr *header = nlmsg_hdr(msg);
	const struct ifaddrmsg *head = nlmsg_data(header);
	struct nlattr *tb[IFA_MAX + 1], *attr;
	struct kvip_placed *placed;

	if (header->nlmsg_type != RTM_NEWADDR ||
	    nlmsg_parse(header, sizeof(*head), tb, IFA_MAX, NULL) < 0)
		return NL_SKIP;
	if (head->ifa_family != AF_INET && head->ifa_family != AF_INET6)
		return NL_SKIP;
	/* IFA_ADDRESS is the peer's where there is one */
	attr = tb[IFA_LOCAL] ? tb[IFA_LOCAL] : tb[IFA_ADDRESS];
	if (!attr || nla_len(attr) < (int)kvip_addr_bytes(head->ifa_family))
		return NL_SKIP;
	answers->list =
		kvip_grow(answers->list, answers->n, sizeof(*answers->list));
	placed = &answers->list[answers->n++];
	take_bytes(&placed->addr, head->ifa_family, attr);
	placed->index = head->ifa_index;
	placed->length = head->ifa_prefixlen;
	placed->ours = tb[IFA_PROTO] && nla_len(tb[IFA_PROTO]) == 1 &&
		       nla_get_u8(tb[IFA_PROTO]) == KVIP_ADDRESS_PROTO;
	placed->seconds = KVIP_PLACED_FOR_GOOD;
	if (tb[IFA_CACHEINFO] &&
	    nla_len(tb[IFA_CACHEINFO]) >= (int)sizeof(struct ifa_cacheinfo)) {
		const struct ifa_cacheinfo *times = nla_data(tb[IFA_CACHEINFO]);

		placed->seconds = times->ifa_valid;
	}
	return NL_OK;
}

/* The kernel's own reason, if it gives one. */
static void take_reason(const struct nlmsgerr *nlerr, struct kvip_err *err)
{
	const struct nlmsghdr *header;
	struct nlattr *tb[NLMSGERR_ATTR_MAX + 1];
	size_t skip = NLMSG_HDRLEN + sizeof(*nlerr);

	header = (const struct nlmsghdr *)((const char *)nlerr - NLMSG_HDRLEN);
	if (!(header->nlmsg_flags & NLM_F_ACK_TLVS))
		return;
	if (!(header->nlmsg_flags & NLM_F_CAPPED))
		skip += NLMSG_ALIGN(nlerr->msg.nlmsg_len) - sizeof(nlerr->msg);
	if (header->nlmsg_len <= skip ||
	    nla_parse(tb, NLMSGERR_ATTR_MAX,
		      (struct nlattr *)((char *)header + skip),
		      (int)(header->nlmsg_len - skip), NULL) < 0)
		return;
	if (tb[NLMSGERR_ATTR_MSG])
		kvip_err_set(err, "%s", nla_get_string(tb[NLMSGERR_ATTR_MSG]));
}

static int on_error(struct sockaddr_nl *from, struct nlmsgerr *nlerr, void *arg)
{
	struct answers *answers = arg;

	(void)from;
	answers->error = -nlerr->error;
	kvip_err_set(answers->err, "%s", errno_sentence(answers->error));
	take_reason(nlerr, answers->err);
	return NL_STOP;
}

static int on_ack(struct nl_msg *msg, void *arg)
{
	(void)msg;
	(void)arg;
	return NL_STOP;
}

/* Send @msg, which is freed, and read what comes. Return: 0, or libnl's error. */
static int exchange(struct nl_sock *sock, struct nl_msg *msg,
		    struct answers *answers)
{
	struct nl_cb *cb = nl_cb_alloc(NL_CB_DEFAULT);
	int ret;

	if (!cb)
		abort();
	nl_cb_set(cb, NL_CB_VALID, NL_CB_CUSTOM, on_address, answers);
	nl_cb_set(cb, NL_CB_ACK, NL_CB_CUSTOM, on_ack, NULL);
	nl_cb_err(cb, NL_CB_CUSTOM, on_error, answers);
	ret = nl_send_auto(sock, msg);
	nlmsg_free(msg);
	if (ret >= 0)
		ret = nl_recvmsgs(sock, cb);
	nl_cb_put(cb);
	return ret < 0 ? ret : 0;
}

static struct nl_msg *message(int type, int flags, const struct ifaddrmsg *head)
{
	struct nl_msg *msg = nlmsg_alloc_simple(type, flags);

	if (!msg ||
	    nlmsg_append(msg, (void *)head, sizeof(*head), NLMSG_ALIGNTO))
		abort();
	return msg;
}

/* Attributes of a few bytes each always find room in a message. */
static void put(struct nl_msg *msg, int type, size_t len, const void *data)
{
	if (nla_put(msg, type, (int)len, data))
		abort();
}

int kvip_placed_list(struct nl_sock *sock, struct kvip_placed **list, size_t *n,
		     struct kvip_err *err)
{
	const struct ifaddrmsg any = { .ifa_family = AF_UNSPEC };
	struct answers answers;
	unsigned int i;
	int ret = 0;

	for (i = 0; i < DUMPS_MOST; i++) {
		memset(&answers, 0, sizeof(answers));
		answers.err = err;
		ret = exchange(sock, message(RTM_GETADDR, NLM_F_DUMP, &any),
			       &answers);
		if (!ret && !answers.error) {
			*list = answers.list;
			*n = answers.n;
			return 0;
		}
		free(answers.list);
		if (ret != -NLE_DUMP_INTR)
			break;
	}
	if (!answers.error)
		kvip_err_set(err, "%s", nl_geterror(ret));
	return kvip_err_prefix(
		err, "the addresses of the interfaces can't be read: ");
}

static int refused(const struct kvip_placed *placed, const char *what, int ret,
		   const struct answers *answers)
{
	char text[INET6_ADDRSTRLEN];

	if (!answers->error)
		kvip_err_set(answers->err, "%s", nl_geterror(ret));
	return kvip_err_prefix(answers->err, "%s can't be %s: ",
			       kvip_addr_text(&placed->addr, text), what);
}

int kvip_placed_add(struct nl_sock *sock, const struct kvip_placed *placed,
		    bool renew, struct kvip_err *err)
{
	size_t bytes = kvip_addr_bytes(placed->addr.family);
	/*
	 * Deprecated, IPv6 does not choose it as a source if there is another
	 * one. IPv4 looks at the scope: with a host's it is never chosen.
	 */
	const struct ifa_cacheinfo times = { .ifa_valid = placed->seconds };
	const struct ifaddrmsg head = {
		.ifa_family = placed->addr.family,
		.ifa_prefixlen = placed->length,
		.ifa_scope = placed->addr.family == AF_INET ? RT_SCOPE_HOST : 0,
		.ifa_index = placed->index,
	};
	const uint8_t proto = KVIP_ADDRESS_PROTO;
	struct answers answers = { .err = err };
	uint32_t flags = IFA_F_NOPREFIXROUTE;
	struct nl_msg *msg;
	int ret;

	if (placed->addr.family == AF_INET6)
		flags |= IFA_F_NODAD;
	msg = message(RTM_NEWADDR,
		      NLM_F_ACK | NLM_F_CREATE |
			      (renew ? NLM_F_REPLACE : NLM_F_EXCL),
		      &head);
	put(msg, IFA_LOCAL, bytes, placed->addr.bytes);
	put(msg, IFA_ADDRESS, bytes, placed->addr.bytes);
	put(msg, IFA_FLAGS, sizeof(flags), &flags);
	put(msg, IFA_CACHEINFO, sizeof(times), &times);
	put(msg, IFA_PROTO, sizeof(proto), &proto);
	ret = exchange(sock, msg, &answers);
	if (answers.error == EEXIST)
		return 1;
	if (ret || answers.error)
		return refused(placed, "put on the interface", ret, &answers);
	return 0;
}

int kvip_placed_remove(struct nl_sock *sock, const struct kvip_placed *placed,
		       struct kvip_err *err)
{
	size_t bytes = kvip_addr_bytes(placed->addr.family);
	const struct ifaddrmsg head = {
		.ifa_family = placed->addr.family,
		.ifa_prefixlen = placed->length,
		.ifa_index = placed->index,
	};
	struct answers answers = { .err = err };
	struct nl_msg *msg;
	int ret;

	msg = message(RTM_DELADDR, NLM_F_ACK, &head);
	put(msg, IFA_LOCAL, bytes, placed->addr.bytes);
	put(msg, IFA_ADDRESS, bytes, placed->addr.bytes);
	ret = exchange(sock, msg, &answers);
	if (answers.error == EADDRNOTAVAIL || answers.error == ENODEV)
		return 0;
	if (ret || answers.error)
		return refused(placed, "taken from the interface", ret,
			       &answers);
	return 0;
}
