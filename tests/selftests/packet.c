// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Packets that no socket would send, and a look at those that arrive.
 *
 *   packet send [-p PROTO] [-f FLAGS] [-s SEQ] [-a ACK] DEVICE MAC SADDR SPORT DADDR DPORT
 *   packet watch DEVICE SADDR
 *
 * "send" puts one TCP segment or UDP datagram on DEVICE, to the neighbour with
 * that MAC address, with whatever addresses it is given. FLAGS are letters of
 * FSRPA; without, a segment is a bare ACK. It carries four bytes.
 *
 * "watch" prints a line "PROTO SADDR SPORT DADDR DPORT FLAGS" for each packet of
 * TCP or UDP from SADDR that DEVICE receives, until it is killed.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <netinet/ether.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <netinet/ip6.h>
#include <netinet/tcp.h>
#include <netinet/udp.h>
#include <netpacket/packet.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

static const char payload[4] = "kvip";
static const char letters[] = "FSRPA";

struct flow {
	int family;
	int proto;
	unsigned char saddr[16];
	unsigned char daddr[16];
	uint16_t sport; /* network order */
	uint16_t dport;
	uint32_t seq;
	uint32_t ack;
	uint8_t flags;
};

static void die(const char *what)
{
	fprintf(stderr, "packet: %s: %s\n", what, strerror(errno));
	exit(2);
}

static size_t addr_size(int family)
{
	return family == AF_INET ? 4 : 16;
}

static int parse_addr(const char *text, unsigned char addr[16])
{
	if (inet_pton(AF_INET, text, addr) == 1)
		return AF_INET;
	if (inet_pton(AF_INET6, text, addr) == 1)
		return AF_INET6;
	fprintf(stderr, "packet: %s is no address\n", text);
	exit(2);
}

static uint32_t sum(const void *data, size_t size, uint32_t start)
{
	const unsigned char *byte = data;
	size_t i;

	for (i = 0; i < size; i++)
		start += i % 2 ? byte[i] : byte[i] << 8;
	return start;
}

static uint16_t fold(uint32_t total)
{
	while (total >> 16)
		total = (total & 0xffff) + (total >> 16);
	return htons((uint16_t)~total);
}

/* The transport header and the payload. Returns their size. */
static size_t build_transport(const struct flow *flow, unsigned char *at)
{
	size_t size = flow->proto == IPPROTO_TCP ? sizeof(struct tcphdr) :
						   sizeof(struct udphdr);
	struct tcphdr *tcp = (struct tcphdr *)at;
	struct udphdr *udp = (struct udphdr *)at;
	uint32_t total;

	memset(at, 0, size);
	memcpy(at + size, payload, sizeof(payload));
	if (flow->proto == IPPROTO_TCP) {
		tcp->source = flow->sport;
		tcp->dest = flow->dport;
		tcp->seq = htonl(flow->seq);
		tcp->ack_seq = htonl(flow->ack);
		tcp->doff = sizeof(*tcp) / 4;
		at[13] = flow->flags;
		tcp->window = htons(1024);
	} else {
		udp->source = flow->sport;
		udp->dest = flow->dport;
		udp->len = htons((uint16_t)(size + sizeof(payload)));
	}
	size += sizeof(payload);
	total = sum(flow->saddr, addr_size(flow->family), 0);
	total = sum(flow->daddr, addr_size(flow->family), total);
	total += (uint32_t)flow->proto + (uint32_t)size;
	total = sum(at, size, total);
	if (flow->proto == IPPROTO_TCP)
		tcp->check = fold(total);
	else
		udp->check = fold(total);
	return size;
}

static size_t build(const struct flow *flow, unsigned char *packet)
{
	struct ip6_hdr *v6 = (struct ip6_hdr *)packet;
	struct iphdr *v4 = (struct iphdr *)packet;
	size_t size;

	if (flow->family == AF_INET6) {
		size = build_transport(flow, packet + sizeof(*v6));
		memset(v6, 0, sizeof(*v6));
		v6->ip6_flow = htonl(6U << 28);
		v6->ip6_plen = htons((uint16_t)size);
		v6->ip6_nxt = (uint8_t)flow->proto;
		v6->ip6_hlim = 64;
		memcpy(&v6->ip6_src, flow->saddr, 16);
		memcpy(&v6->ip6_dst, flow->daddr, 16);
		return size + sizeof(*v6);
	}
	size = build_transport(flow, packet + sizeof(*v4));
	size += sizeof(*v4);
	memset(v4, 0, sizeof(*v4));
	v4->version = 4;
	v4->ihl = sizeof(*v4) / 4;
	v4->tot_len = htons((uint16_t)size);
	v4->ttl = 64;
	v4->protocol = (uint8_t)flow->proto;
	memcpy(&v4->saddr, flow->saddr, 4);
	memcpy(&v4->daddr, flow->daddr, 4);
	v4->check = fold(sum(v4, sizeof(*v4), 0));
	return size;
}

static int packet_socket(const char *device, struct sockaddr_ll *at)
{
	int fd = socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC, htons(ETH_P_ALL));

	if (fd < 0)
		die("socket");
	memset(at, 0, sizeof(*at));
	at->sll_family = AF_PACKET;
	at->sll_protocol = htons(ETH_P_ALL);
	at->sll_ifindex = (int)if_nametoindex(device);
	if (!at->sll_ifindex || bind(fd, (struct sockaddr *)at, sizeof(*at)))
		die(device);
	return fd;
}

static int send_one(const struct flow *flow, const char *device,
		    const char *mac)
{
	unsigned char packet[128];
	struct sockaddr_ll to;
	int fd = packet_socket(device, &to);
	struct ether_addr *addr = ether_aton(mac);
	size_t size;

	if (!addr) {
		fprintf(stderr, "packet: %s is no MAC address\n", mac);
		return 2;
	}
	to.sll_protocol =
		htons(flow->family == AF_INET ? ETH_P_IP : ETH_P_IPV6);
	to.sll_halen = ETH_ALEN;
	memcpy(to.sll_addr, addr, ETH_ALEN);
	size = build(flow, packet);
	if (sendto(fd, packet, size, 0, (struct sockaddr *)&to, sizeof(to)) !=
	    (ssize_t)size)
		die("sendto");
	return 0;
}

/* No extension headers and no IP options: the tests' packets have none. */
static bool take_apart(const unsigned char *packet, size_t size,
		       struct flow *flow)
{
	const struct ip6_hdr *v6 = (const void *)packet;
	const struct iphdr *v4 = (const void *)packet;
	const unsigned char *at;

	if (size >= sizeof(*v4) + 8 && v4->version == 4) {
		flow->family = AF_INET;
		flow->proto = v4->protocol;
		memcpy(flow->saddr, &v4->saddr, 4);
		memcpy(flow->daddr, &v4->daddr, 4);
		at = packet + sizeof(*v4);
	} else if (size >= sizeof(*v6) + 8 && v4->version == 6) {
		flow->family = AF_INET6;
		flow->proto = v6->ip6_nxt;
		memcpy(flow->saddr, &v6->ip6_src, 16);
		memcpy(flow->daddr, &v6->ip6_dst, 16);
		at = packet + sizeof(*v6);
	} else {
		return false;
	}
	if (flow->proto != IPPROTO_TCP && flow->proto != IPPROTO_UDP)
		return false;
	memcpy(&flow->sport, at, 2);
	memcpy(&flow->dport, at + 2, 2);
	flow->flags = 0;
	if (flow->proto == IPPROTO_TCP && at + 14 <= packet + size)
		flow->flags = at[13];
	return true;
}

static const char *flag_letters(uint8_t flags)
{
	static char text[sizeof(letters)];
	size_t i, n = 0;

	for (i = 0; i < sizeof(letters) - 1; i++) {
		if (flags & (1 << i))
			text[n++] = letters[i];
	}
	text[n] = '\0';
	return n ? text : "-";
}

static void watch(const char *device, const char *text)
{
	char saddr[INET6_ADDRSTRLEN], daddr[INET6_ADDRSTRLEN];
	unsigned char from[16], packet[2048];
	int family = parse_addr(text, from);
	struct sockaddr_ll at;
	int fd = packet_socket(device, &at);
	struct flow flow;
	ssize_t got;

	puts("ready");
	fflush(stdout);
	for (;;) {
		socklen_t len = sizeof(at);

		got = recvfrom(fd, packet, sizeof(packet), 0,
			       (struct sockaddr *)&at, &len);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			die("recvfrom");
		if (at.sll_pkttype == PACKET_OUTGOING ||
		    !take_apart(packet, (size_t)got, &flow) ||
		    flow.family != family ||
		    memcmp(flow.saddr, from, addr_size(family)))
			continue;
		inet_ntop(family, flow.saddr, saddr, sizeof(saddr));
		inet_ntop(family, flow.daddr, daddr, sizeof(daddr));
		printf("%s %s %d %s %d %s\n",
		       flow.proto == IPPROTO_TCP ? "tcp" : "udp", saddr,
		       ntohs(flow.sport), daddr, ntohs(flow.dport),
		       flag_letters(flow.flags));
		fflush(stdout);
	}
}

static uint8_t parse_flags(const char *text)
{
	uint8_t flags = 0;

	for (; *text; text++) {
		const char *at = strchr(letters, *text);

		if (!at) {
			fprintf(stderr, "packet: %c is no flag\n", *text);
			exit(2);
		}
		flags |= (uint8_t)(1 << (at - letters));
	}
	return flags;
}

int main(int argc, char **argv)
{
	struct flow flow = { .proto = IPPROTO_TCP, .flags = TH_ACK };
	const char *what = argc > 1 ? argv[1] : "";
	int option;

	argc--;
	argv++;
	while ((option = getopt(argc, argv, "a:f:p:s:")) != -1) {
		switch (option) {
		case 'a':
			flow.ack = (uint32_t)strtoul(optarg, NULL, 10);
			break;
		case 'f':
			flow.flags = parse_flags(optarg);
			break;
		case 'p':
			if (!strcasecmp(optarg, "udp"))
				flow.proto = IPPROTO_UDP;
			break;
		case 's':
			flow.seq = (uint32_t)strtoul(optarg, NULL, 10);
			break;
		default:
			return 2;
		}
	}
	argc -= optind;
	argv += optind;
	if (argc == 2 && !strcmp(what, "watch"))
		watch(argv[0], argv[1]);
	if (argc == 6 && !strcmp(what, "send")) {
		flow.family = parse_addr(argv[2], flow.saddr);
		if (parse_addr(argv[4], flow.daddr) != flow.family)
			return 2;
		flow.sport = htons((uint16_t)atoi(argv[3]));
		flow.dport = htons((uint16_t)atoi(argv[5]));
		return send_one(&flow, argv[0], argv[1]);
	}
	fputs("usage: packet send|watch [OPTIONS] DEVICE ...\n", stderr);
	return 2;
}
