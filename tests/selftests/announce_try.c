// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Calls what announces load-balancer addresses, for the selftests:
 *
 *   announce_try have [INTERFACE ADDRESS[+SECONDS | +kept]]...
 *   announce_try again INTERFACE ADDRESS
 *   announce_try ready INTERFACE
 *   announce_try listen INTERFACE
 *
 * Prints what became of each and how many were put on and taken away, or why it
 * could not be done. "listen" prints "ready", then a line for each frame that
 * tells unasked where an address is, as FORM ADDRESS MAC, until it is killed.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <net/if_arp.h>
#include <netinet/icmp6.h>
#include <netinet/if_ether.h>
#include <netinet/ip6.h>
#include <netpacket/packet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "alloc.h"
#include "announce.h"

static int usage(void)
{
	fputs("usage: announce_try have [INTERFACE ADDRESS[+SECONDS|+kept]]...\n"
	      "       announce_try again INTERFACE ADDRESS\n"
	      "       announce_try ready INTERFACE\n"
	      "       announce_try listen INTERFACE\n",
	      stderr);
	return 2;
}

static int refused(const struct kvip_err *err)
{
	printf("%s\n", err->text);
	return 1;
}

static void parse(const char *interface, char *word,
		  struct kvip_announcement *item)
{
	char *more = strchr(word, '+');

	if (more)
		*more++ = '\0';
	if (!kvip_addr_parse(word, &item->addr) ||
	    strlen(interface) >= sizeof(item->interface))
		exit(usage());
	strcpy(item->interface, interface);
	if (more && !strcmp(more, "kept"))
		item->only_kept = true;
	else if (more)
		item->seconds = (unsigned int)strtoul(more, NULL, 10);
}

static int have(int argc, char **argv)
{
	static const char *const words[] = {
		[KVIP_ANNOUNCED_FAILED] = "failed",
		[KVIP_ANNOUNCED_NEW] = "new",
		[KVIP_ANNOUNCED_THERE] = "there",
		[KVIP_ANNOUNCED_FOREIGN] = "foreign",
		[KVIP_ANNOUNCED_ABSENT] = "absent",
	};
	size_t n = (size_t)argc / 2, i;
	struct kvip_announcement *list = kvip_alloc((n + 1) * sizeof(*list));
	enum kvip_announced *outcomes = kvip_alloc((n + 1) * sizeof(*outcomes));
	struct kvip_announce_report report;
	struct kvip_err err;
	int ret;

	for (i = 0; i < n; i++)
		parse(argv[2 * i], argv[2 * i + 1], &list[i]);
	ret = kvip_announce_each(list, n, outcomes, &report, &err);
	if (ret) {
		refused(&err);
	} else {
		for (i = 0; i < n; i++)
			printf("%s ", words[outcomes[i]]);
		printf("+%zu -%zu", report.n_added, report.n_removed);
		if (report.n_failed)
			printf(" %s", report.why.text);
		putchar('\n');
	}
	free(list);
	free(outcomes);
	return ret ? 1 : 0;
}

static int again(char **argv)
{
	struct kvip_announcement item = {};
	struct kvip_err err;

	parse(argv[0], argv[1], &item);
	return kvip_announce_again(&item, &err) ? refused(&err) : 0;
}

/* An advertisement as it is behind the IPv6 header, with its first option. */
struct advert {
	struct ip6_hdr ip;
	struct nd_neighbor_advert head;
	struct nd_opt_hdr option;
	uint8_t mac[ETH_ALEN];
};

static void print_mac(const uint8_t *mac)
{
	printf(" %02x:%02x:%02x:%02x:%02x:%02x\n", mac[0], mac[1], mac[2],
	       mac[3], mac[4], mac[5]);
}

static void hear_arp(const struct ether_arp *arp)
{
	char text[INET_ADDRSTRLEN];

	if (memcmp(arp->arp_spa, arp->arp_tpa, sizeof(arp->arp_spa)))
		return;
	printf("%s %s",
	       ntohs(arp->ea_hdr.ar_op) == ARPOP_REPLY ? "reply" : "request",
	       inet_ntop(AF_INET, arp->arp_spa, text, sizeof(text)));
	print_mac(arp->arp_sha);
}

static void hear_advert(const struct advert *advert)
{
	uint32_t flags = advert->head.nd_na_flags_reserved;
	char text[INET6_ADDRSTRLEN];

	if (advert->ip.ip6_nxt != IPPROTO_ICMPV6 ||
	    advert->head.nd_na_type != ND_NEIGHBOR_ADVERT ||
	    flags & ND_NA_FLAG_SOLICITED)
		return;
	printf("advert%s%s %s", flags & ND_NA_FLAG_OVERRIDE ? "+override" : "",
	       flags & ND_NA_FLAG_ROUTER ? "+router" : "",
	       inet_ntop(AF_INET6, &advert->head.nd_na_target, text,
			 sizeof(text)));
	print_mac(advert->mac);
}

static int listen_to(const char *interface)
{
	struct sockaddr_ll at = {
		.sll_family = AF_PACKET,
		.sll_protocol = htons(ETH_P_ALL),
		.sll_ifindex = (int)if_nametoindex(interface),
	};
	int fd = socket(AF_PACKET, SOCK_DGRAM, 0);
	union {
		struct ether_arp arp;
		struct advert advert;
		uint8_t bytes[2048];
	} frame;
	ssize_t len;

	if (fd < 0 || bind(fd, (struct sockaddr *)&at, sizeof(at))) {
		perror("announce_try");
		return 1;
	}
	setvbuf(stdout, NULL, _IOLBF, 0);
	puts("ready");
	for (;;) {
		socklen_t at_len = sizeof(at);

		len = recvfrom(fd, &frame, sizeof(frame), 0,
			       (struct sockaddr *)&at, &at_len);
		if (len < 0 && errno != ENETDOWN)
			return 1;
		if (at.sll_pkttype == PACKET_OUTGOING)
			continue;
		if (ntohs(at.sll_protocol) == ETHERTYPE_ARP &&
		    len >= (ssize_t)sizeof(frame.arp))
			hear_arp(&frame.arp);
		else if (ntohs(at.sll_protocol) == ETHERTYPE_IPV6 &&
			 len >= (ssize_t)sizeof(frame.advert))
			hear_advert(&frame.advert);
	}
}

int main(int argc, char **argv)
{
	struct kvip_err err;

	if (argc >= 2 && argc % 2 == 0 && !strcmp(argv[1], "have"))
		return have(argc - 2, argv + 2);
	if (argc == 4 && !strcmp(argv[1], "again"))
		return again(argv + 2);
	if (argc == 3 && !strcmp(argv[1], "ready"))
		return kvip_announce_ready(argv[2], &err) ? refused(&err) : 0;
	if (argc == 3 && !strcmp(argv[1], "listen"))
		return listen_to(argv[2]);
	return usage();
}
