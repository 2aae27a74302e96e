// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdlib.h>
#include <string.h>

#include <netlink/attr.h>
#include <netlink/msg.h>
#include <netlink/netlink.h>
#include <netlink/socket.h>

#include <linux/if_addr.h>
#include <linux/rtnetlink.h>

#include "alloc.h"
#include "announce.h"
#include "announce_watch.h"

struct kvip_announce_watch {
	struct nl_sock *sock;
	const struct kvip_announce_link *links;
	size_t n;
	bool matters; /* what came in this call */
};

static bool is_ours(struct nlmsghdr *header)
{
	struct nlattr *tb[IFA_MAX + 1];

	return !nlmsg_parse(header, sizeof(struct ifaddrmsg), tb, IFA_MAX,
			    NULL) &&
	       tb[IFA_PROTO] && nla_len(tb[IFA_PROTO]) == 1 &&
	       nla_get_u8(tb[IFA_PROTO]) == KVIP_ADDRESS_PROTO;
}

static bool is_watched(const struct kvip_announce_watch *watch,
		       struct nlmsghdr *header)
{
	struct nlattr *tb[IFLA_MAX + 1];
	size_t i;

	if (nlmsg_parse(header, sizeof(struct ifinfomsg), tb, IFLA_MAX, NULL) ||
	    !tb[IFLA_IFNAME])
		return false;
	for (i = 0; i < watch->n; i++)
		if (!nla_strcmp(tb[IFLA_IFNAME], watch->links[i].name))
			return true;
	return false;
}

static int on_message(struct nl_msg *msg, void *arg)
{
	struct kvip_announce_watch *watch = arg;
	struct nlmsghdr *header = nlmsg_hdr(msg);

	switch (header->nlmsg_type) {
	case RTM_NEWLINK:
	case RTM_DELLINK:
		watch->matters |= is_watched(watch, header);
		break;
	case RTM_DELADDR:
		watch->matters |= is_ours(header);
		break;
	}
	return NL_OK;
}

struct kvip_announce_watch *kvip_announce_watch_open(struct kvip_err *err)
{
	struct kvip_announce_watch *watch = kvip_alloc(sizeof(*watch));
	int ret;

	watch->sock = nl_socket_alloc();
	if (!watch->sock)
		abort();
	nl_socket_disable_seq_check(watch->sock);
	nl_socket_modify_cb(watch->sock, NL_CB_VALID, NL_CB_CUSTOM, on_message,
			    watch);
	ret = nl_connect(watch->sock, NETLINK_ROUTE);
	if (!ret)
		ret = nl_socket_set_nonblocking(watch->sock);
	if (!ret)
		ret = nl_socket_add_memberships(watch->sock, RTNLGRP_LINK,
						RTNLGRP_IPV4_IFADDR,
						RTNLGRP_IPV6_IFADDR, 0);
	if (!ret)
		return watch;
	kvip_err_set(err, "interfaces can't be listened to: %s",
		     nl_geterror(ret));
	kvip_announce_watch_close(watch);
	return NULL;
}

void kvip_announce_watch_close(struct kvip_announce_watch *watch)
{
	if (!watch)
		return;
	nl_socket_free(watch->sock);
	free(watch);
}

int kvip_announce_watch_fd(const struct kvip_announce_watch *watch)
{
	return nl_socket_get_fd(watch->sock);
}

bool kvip_announce_watch_read(struct kvip_announce_watch *watch,
			      const struct kvip_announce_link *links, size_t n)
{
	int ret;

	watch->links = links;
	watch->n = n;
	watch->matters = false;
	do {
		ret = nl_recvmsgs_default(watch->sock);
	} while (ret >= 0);
	/* its buffer ran over, or something else is not as it should be */
	if (ret != -NLE_AGAIN)
		watch->matters = true;
	return watch->matters;
}
