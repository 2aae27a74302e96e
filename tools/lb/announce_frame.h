/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What tells neighbours where an address is: frames for Ethernet, from the first
 * byte behind its header. Pure.
 */
#ifndef KVIP_LB_ANNOUNCE_FRAME_H
#define KVIP_LB_ANNOUNCE_FRAME_H

#include <net/ethernet.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "addr.h"

struct kvip_frame {
	uint16_t type; /* of Ethernet, host order */
	uint8_t to[ETH_ALEN];
	uint8_t bytes[72];
	size_t len;
};

/**
 * kvip_frame_arp() - a gratuitous ARP
 * @frame: filled in
 * @addr: of IPv4, both sender and target
 * @mac: where it is
 * @reply: the form of a reply; else that of a request, an announcement of RFC
 *	5227. Some listen to one of them only.
 */
void kvip_frame_arp(struct kvip_frame *frame, const struct kvip_addr *addr,
		    const uint8_t mac[ETH_ALEN], bool reply);

/**
 * kvip_frame_advert() - an unsolicited neighbour advertisement to all nodes
 * @frame: filled in
 * @addr: of IPv6
 * @mac: where it is
 * @router: that we forward, as the answers to solicitations say
 */
void kvip_frame_advert(struct kvip_frame *frame, const struct kvip_addr *addr,
		       const uint8_t mac[ETH_ALEN], bool router);

#endif /* KVIP_LB_ANNOUNCE_FRAME_H */
