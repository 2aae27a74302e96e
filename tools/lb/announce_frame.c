// SPDX-License-Identifier: GPL-2.0-or-later
#include <arpa/inet.h>
#include <net/if_arp.h>
#include <netinet/icmp6.h>
#include <netinet/if_ether.h>
#include <netinet/ip6.h>
#include <string.h>

#include "announce_frame.h"

/* What is not from this very link is not believed (RFC 4861, 7.1.2). */
#define HOP_LIMIT 255

/* An advertisement with the one option that it has. */
struct advert {
	struct nd_neighbor_advert head;
	struct nd_opt_hdr option;
	uint8_t mac[ETH_ALEN];
};

void kvip_frame_arp(struct kvip_frame *frame, const struct kvip_addr *addr,
		    const uint8_t mac[ETH_ALEN], bool reply)
{
	struct ether_arp arp = {
		.ea_hdr = {
			.ar_hrd = htons(ARPHRD_ETHER),
			.ar_pro = htons(ETHERTYPE_IP),
			.ar_hln = ETH_ALEN,
			.ar_pln = sizeof(arp.arp_spa),
			.ar_op = htons(reply ? ARPOP_REPLY : ARPOP_REQUEST),
		},
	};

	memcpy(arp.arp_sha, mac, ETH_ALEN);
	memcpy(arp.arp_spa, addr->bytes, sizeof(arp.arp_spa));
	memcpy(arp.arp_tpa, addr->bytes, sizeof(arp.arp_tpa));
	/* Linux takes a reply for gratuitous only so */
	if (reply)
		memcpy(arp.arp_tha, mac, ETH_ALEN);

	memset(frame, 0, sizeof(*frame));
	frame->type = ETHERTYPE_ARP;
	memset(frame->to, 0xff, ETH_ALEN);
	memcpy(frame->bytes, &arp, sizeof(arp));
	frame->len = sizeof(arp);
}

/* The Internet checksum, over an even number of bytes, going on from @sum. */
static uint32_t add_words(uint32_t sum, const void *bytes, size_t len)
{
	const uint8_t *at = bytes;
	size_t i;

	for (i = 0; i + 1 < len; i += 2)
		sum += (uint32_t)at[i] << 8 | at[i + 1];
	return sum;
}

static uint16_t checksum(const struct ip6_hdr *ip, const struct advert *advert)
{
	uint32_t sum = sizeof(*advert) + IPPROTO_ICMPV6;

	sum = add_words(sum, &ip->ip6_src, sizeof(ip->ip6_src));
	sum = add_words(sum, &ip->ip6_dst, sizeof(ip->ip6_dst));
	sum = add_words(sum, advert, sizeof(*advert));
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

void kvip_frame_advert(struct kvip_frame *frame, const struct kvip_addr *addr,
		       const uint8_t mac[ETH_ALEN], bool router)
{
	static const uint8_t all_nodes_mac[ETH_ALEN] = {
		0x33, 0x33, 0, 0, 0, 1
	};
	static const struct in6_addr all_nodes = {
		.s6_addr = { 0xff, 0x02, [15] = 1 },
	};
	struct advert advert = {
		.head = {
			.nd_na_type = ND_NEIGHBOR_ADVERT,
			.nd_na_target = addr->v6,
		},
		.option = {
			.nd_opt_type = ND_OPT_TARGET_LINKADDR,
			.nd_opt_len = 1, /* of eight bytes */
		},
	};
	struct ip6_hdr ip = {
		.ip6_src = addr->v6,
		.ip6_dst = all_nodes,
	};

	memcpy(advert.mac, mac, ETH_ALEN);
	advert.head.nd_na_flags_reserved = ND_NA_FLAG_OVERRIDE;
	if (router)
		advert.head.nd_na_flags_reserved |= ND_NA_FLAG_ROUTER;
	ip.ip6_vfc = 6 << 4;
	ip.ip6_plen = htons(sizeof(advert));
	ip.ip6_nxt = IPPROTO_ICMPV6;
	ip.ip6_hlim = HOP_LIMIT;
	advert.head.nd_na_cksum = htons(checksum(&ip, &advert));

	memset(frame, 0, sizeof(*frame));
	frame->type = ETHERTYPE_IPV6;
	memcpy(frame->to, all_nodes_mac, ETH_ALEN);
	memcpy(frame->bytes, &ip, sizeof(ip));
	memcpy(frame->bytes + sizeof(ip), &advert, sizeof(advert));
	frame->len = sizeof(ip) + sizeof(advert);
}
