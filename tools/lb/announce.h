/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Addresses of load balancers, answered for on the local network: each is put on
 * an interface, so that the kernel itself answers ARP and neighbour
 * solicitations for it, agent or no agent; and neighbours are told by gratuitous
 * ARP and unsolicited neighbour advertisements.
 *
 * They are put on as /32 and /128, without a route, never preferred as a source,
 * without duplicate address detection, and marked as ours (IFA_PROTO), so that
 * ours are known and nobody else's are ever taken away.
 */
#ifndef KVIP_LB_ANNOUNCE_H
#define KVIP_LB_ANNOUNCE_H

#include <net/if.h>
#include <stdbool.h>
#include <stddef.h>

#include "addr.h"
#include "err.h"

/* Who put an address there: 'k', as an address's protocol (include/linux/if_addr.h) */
#define KVIP_ADDRESS_PROTO 0x6b

/**
 * struct kvip_announcement - an address to answer for
 * @addr: which
 * @interface: where
 * @seconds: 0: for good. Else the kernel takes it away after this time, if it is
 *	not wanted again before: whoever holds it by a lease may die
 * @only_kept: left there, if it is and for a time; never put on
 */
struct kvip_announcement {
	struct kvip_addr addr;
	char interface[IFNAMSIZ];
	unsigned int seconds;
	bool only_kept;
};

/* enum kvip_announced - what became of one */
enum kvip_announced {
	KVIP_ANNOUNCED_FAILED, /* it could not be put on, or not be told of */
	KVIP_ANNOUNCED_NEW, /* put on, and told of */
	KVIP_ANNOUNCED_THERE, /* it was */
	KVIP_ANNOUNCED_FOREIGN, /* it was, and somebody else put it there */
	KVIP_ANNOUNCED_ABSENT, /* only to be kept, and not there */
};

/**
 * struct kvip_announce_report - what was done
 * @n_added: addresses put on an interface, and told of
 * @n_removed: taken away
 * @n_foreign: that are there, but not ours
 * @n_failed: that could not be, with the reason of the first in @why
 */
struct kvip_announce_report {
	size_t n_added;
	size_t n_removed;
	size_t n_foreign;
	size_t n_failed;
	struct kvip_err why;
};

/**
 * kvip_announce() - have exactly these addresses
 * @list: each once
 * @n: how many
 * @report: filled in
 * @err: the kernel can't be asked at all
 *
 * Needs CAP_NET_ADMIN, and CAP_NET_RAW to tell the neighbours. An address that
 * somebody else put on the interface is left as it is, and told of by
 * kvip_announce_again() alone. What is right already is not written, and not
 * told. May sleep; a few milliseconds.
 *
 * Return: 0 or -1.
 */
int kvip_announce(const struct kvip_announcement *list, size_t n,
		  struct kvip_announce_report *report, struct kvip_err *err);

/* kvip_announce_each() - the same, and tell in @outcomes what became of each */
int kvip_announce_each(const struct kvip_announcement *list, size_t n,
		       enum kvip_announced *outcomes,
		       struct kvip_announce_report *report,
		       struct kvip_err *err);

/* kvip_announce_again() - tell the neighbours of an address once more; it is told
 * several times in its first seconds, since a frame may be lost. On a loopback
 * interface, or one without ARP, there is nobody to tell; 0 or -1
 */
int kvip_announce_again(const struct kvip_announcement *announcement,
			struct kvip_err *err);

/* kvip_announce_ready() - whether an interface is there, up, and has a carrier; 0,
 * or -1 and why not
 */
int kvip_announce_ready(const char *interface, struct kvip_err *err);

#endif /* KVIP_LB_ANNOUNCE_H */
