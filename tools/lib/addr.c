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

static const char *special_v4(const uint8_t *bytes)
{
	if (!bytes[0] && !bytes[1] && !bytes[2] && !bytes[3])
		return "the unspecified address";
	if (!bytes[0])
		return "an address of 0.0.0.0/8";
	if (bytes[0] == 127)
		return "a loopback address";
	if (bytes[0] == 169 && bytes[1] == 254)
		return "a link-local address";
	if (bytes[0] >= 224 && bytes[0] <= 239)
		return "a multicast address";
	if (bytes[0] == 255 && bytes[1] == 255 && bytes[2] == 255 &&
	    bytes[3] == 255)
		return "the broadcast address";
	return NULL;
}

const char *kvip_addr_special(const struct kvip_addr *addr)
{
	if (addr->family == AF_INET)
		return special_v4(addr->bytes);
	if (IN6_IS_ADDR_UNSPECIFIED(&addr->v6))
		return "the unspecified address";
	if (IN6_IS_ADDR_LOOPBACK(&addr->v6))
		return "a loopback address";
	if (IN6_IS_ADDR_LINKLOCAL(&addr->v6))
		return "a link-local address";
	if (IN6_IS_ADDR_MULTICAST(&addr->v6))
		return "a multicast address";
	return NULL;
}

static void clear_host_bits(struct kvip_prefix *prefix)
{
	size_t i, n = kvip_addr_bytes(prefix->addr.family);

	for (i = 0; i < n; i++) {
		int bits = prefix->length - (int)(8 * i);

		if (bits <= 0)
			prefix->addr.bytes[i] = 0;
		else if (bits < 8)
			prefix->addr.bytes[i] &= (uint8_t)(0xff00 >> bits);
	}
}

/* A number of up to three digits and nothing else. */
static bool parse_length(const char *text, unsigned int *length)
{
	*length = 0;
	if (!*text || strlen(text) > 3 || text[strspn(text, "0123456789")])
		return false;
	while (*text)
		*length = *length * 10 + (unsigned int)(*text++ - '0');
	return true;
}

bool kvip_prefix_parse(const char *text, struct kvip_prefix *prefix)
{
	const char *slash = strchr(text, '/');
	size_t len = slash ? (size_t)(slash - text) : strlen(text);
	char addr[INET6_ADDRSTRLEN + 8];
	unsigned int length, bits;

	if (len >= sizeof(addr))
		return false;
	memcpy(addr, text, len);
	addr[len] = '\0';
	memset(prefix, 0, sizeof(*prefix));
	if (!kvip_addr_parse(addr, &prefix->addr))
		return false;
	bits = 8 * (unsigned int)kvip_addr_bytes(prefix->addr.family);
	length = bits;
	if (slash && !parse_length(slash + 1, &length))
		return false;
	if (slash && bits == 32 && strchr(addr, ':')) {
		/* of the 128 bits written */
		if (length < 96)
			return false;
		length -= 96;
	}
	if (length > bits)
		return false;
	prefix->length = (uint8_t)length;
	clear_host_bits(prefix);
	return true;
}

void kvip_prefix_set(struct kvip_prefix *prefix, const struct kvip_addr *addr,
		     uint8_t length)
{
	memset(prefix, 0, sizeof(*prefix));
	prefix->addr = *addr;
	prefix->length = length;
	clear_host_bits(prefix);
}

bool kvip_prefix_contains(const struct kvip_prefix *prefix,
			  const struct kvip_addr *addr)
{
	struct kvip_prefix other;

	if (addr->family != prefix->addr.family)
		return false;
	kvip_prefix_set(&other, addr, prefix->length);
	return !kvip_addr_cmp(&other.addr, &prefix->addr);
}

int kvip_prefix_cmp(const struct kvip_prefix *a, const struct kvip_prefix *b)
{
	int order = kvip_addr_cmp(&a->addr, &b->addr);

	return order ? order : (int)a->length - (int)b->length;
}

const char *kvip_prefix_text(const struct kvip_prefix *prefix,
			     char buf[KVIP_PREFIX_LEN])
{
	char text[INET6_ADDRSTRLEN];

	snprintf(buf, KVIP_PREFIX_LEN, "%s/%u",
		 kvip_addr_text(&prefix->addr, text), prefix->length);
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
