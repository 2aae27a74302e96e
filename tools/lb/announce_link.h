/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An interface to announce on, and the frames that leave by it. */
#ifndef KVIP_LB_ANNOUNCE_LINK_H
#define KVIP_LB_ANNOUNCE_LINK_H

#include <net/ethernet.h>
#include <net/if.h>
#include <stdbool.h>
#include <stdint.h>

#include "addr.h"
#include "err.h"

/**
 * struct kvip_announce_link - an interface as it is now
 * @name: its name
 * @index: its number
 * @up: it was told to be up
 * @running: and it has a carrier
 * @neighbours: there may be some that are to be told: neither a loopback, nor one
 *	without ARP, nor one that is no Ethernet
 * @mac: its address, if so
 */
struct kvip_announce_link {
	char name[IFNAMSIZ];
	unsigned int index;
	bool up;
	bool running;
	bool neighbours;
	uint8_t mac[ETH_ALEN];
};

/* kvip_announce_link_get() - look at an interface; 0 or -1 */
int kvip_announce_link_get(const char *name, struct kvip_announce_link *link,
			   struct kvip_err *err);

/* kvip_announce_link_check() - that an address on it can be answered for: it is
 * up; 0 or -1
 */
int kvip_announce_link_check(const struct kvip_announce_link *link,
			     struct kvip_err *err);

/* kvip_announce_link_tell() - all neighbours, where @addr is; 0 or -1 */
int kvip_announce_link_tell(const struct kvip_announce_link *link,
			    const struct kvip_addr *addr, struct kvip_err *err);

#endif /* KVIP_LB_ANNOUNCE_LINK_H */
