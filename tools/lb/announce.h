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
#include <stddef.h>

#include "addr.h"
#include "err.h"

/* Who put an address there: 'k', as an address's protocol (include/linux/if_addr.h) */
#define KVIP_ADDRESS_PROTO 0x6b

struct kvip_announcement {
	struct kvip_addr addr;
	char interface[IFNAMSIZ];
};

/**
 * struct kvip_announce_report - what was done
 * @n_added: addresses put on an interface, and told of
 * @n_removed: taken away
 * @n_failed: that could not be, with the reason of the first in @why
 */
struct kvip_announce_report {
	size_t n_added;
	size_t n_removed;
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
 * somebody else put on the interface is left as it is. May sleep; a few
 * milliseconds.
 *
 * Return: 0 or -1.
 */
int kvip_announce(const struct kvip_announcement *list, size_t n,
		  struct kvip_announce_report *report, struct kvip_err *err);

/* kvip_announce_again() - tell the neighbours of an address once more; it is told
 * several times in its first seconds, since a frame may be lost; 0 or -1
 */
int kvip_announce_again(const struct kvip_announcement *announcement,
			struct kvip_err *err);

#endif /* KVIP_LB_ANNOUNCE_H */
