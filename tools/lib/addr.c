// SPDX-License-Identifier: GPL-2.0-or-later
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "addr.h"

/* inet_pton() refuses leading zeros, which old objects in etcd still hold. */
static bool parse_v4(const char *text, struct in_addr *v4)
{
	uint8_t octets[4];
	int i;

	for (i = 0; i < 4; i++) {
		unsigned int value = 0;
		int digits = 0;

		while (*text >= '0' && *text <= '9') {
			value = value * 10 + (unsigned int)(*text++ - '0');
			if (++digits > 8 || value > 255)
				return false;
		}
		if (!digits)
			return false;
		octets[i] = (uint8_t)value;
		if (i < 3 && *text++ != '.')
			return false;
	}
	if (*text)
		return false;
	memcpy(v4, octets, sizeof(octets));
	return true;
}

bool kvip_addr_parse(const char *text, struct kvip_addr *addr)
{
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };
	struct in6_addr v6;

	memset(addr, 0, sizeof(*addr));
	if (!strchr(text, ':')) {
		addr->family = AF_INET;
		return parse_v4(text, &addr->v4);
	}
	if (inet_pton(AF_INET6, text, &v6) != 1)
		return false;
	if (!memcmp(v6.s6_addr, mapped, sizeof(mapped))) {
		addr->family = AF_INET;
		memcpy(&addr->v4, v6.s6_addr + 12, 4);
	} else {
		addr->family = AF_INET6;
		addr->v6 = v6;
	}
	return true;
}

size_t kvip_addr_bytes(uint8_t family)
{
	return family == AF_INET ? 4 : 16;
}

int kvip_addr_cmp(const struct kvip_addr *a, const struct kvip_addr *b)
{
	if (a->family != b->family)
		return a->family < b->family ? -1 : 1;
	return memcmp(a->bytes, b->bytes, kvip_addr_bytes(a->family));
}

const char *kvip_addr_text(const struct kvip_addr *addr,
			   char buf[INET6_ADDRSTRLEN])
{
	if (!inet_ntop(addr->family, addr->bytes, buf, INET6_ADDRSTRLEN))
		snprintf(buf, INET6_ADDRSTRLEN, "?");
	return buf;
}

const char *kvip_addr_port_text(const struct kvip_addr *addr, uint16_t port,
				char buf[KVIP_ADDR_PORT_LEN])
{
	char text[INET6_ADDRSTRLEN];

	snprintf(buf, KVIP_ADDR_PORT_LEN,
		 addr->family == AF_INET6 ? "[%s]:%u" : "%s:%u",
		 kvip_addr_text(addr, text), port);
	return buf;
}

const char *kvip_family_text(uint8_t family)
{
	switch (family) {
	case AF_INET:
		return "IPv4";
	case AF_INET6:
		return "IPv6";
	}
	return "?";
}

const char *kvip_proto_text(uint8_t proto)
{
	switch (proto) {
	case IPPROTO_TCP:
		return "TCP";
	case IPPROTO_UDP:
		return "UDP";
	case IPPROTO_SCTP:
		return "SCTP";
	}
	return "?";
}

uint8_t kvip_proto_parse(const char *text)
{
	static const uint8_t protos[] = { IPPROTO_TCP, IPPROTO_UDP,
					  IPPROTO_SCTP };
	size_t i;

	for (i = 0; i < sizeof(protos); i++)
		if (!strcmp(text, kvip_proto_text(protos[i])))
			return protos[i];
	return 0;
}
