/* SPDX-License-Identifier: GPL-2.0-or-later */
/* IP addresses of either family, and blocks of them. */
#ifndef KVIP_LIB_ADDR_H
#define KVIP_LIB_ADDR_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct kvip_addr {
	uint8_t family; /* AF_INET or AF_INET6 */
	union {
		struct in_addr v4;
		struct in6_addr v6;
		uint8_t bytes[16]; /* network order; those unused are 0 */
	};
};

/* An address block, such as 10.0.0.0/8; host bits are 0. */
struct kvip_prefix {
	struct kvip_addr addr;
	uint8_t length; /* bits */
};

/* The longest text of kvip_addr_port_text(), with its end. */
#define KVIP_ADDR_PORT_LEN (INET6_ADDRSTRLEN + 8)

/* The longest text of kvip_prefix_text(), with its end. */
#define KVIP_PREFIX_LEN (INET6_ADDRSTRLEN + 4)

/**
 * kvip_addr_parse() - read an IPv4 or IPv6 address
 * @text: no blanks around it; leading zeros of an IPv4 octet are read as
 *	decimal and dropped (S7: 172.30.0.041 is 172.30.0.41); an IPv6 address
 *	that holds an IPv4 one (::ffff:10.0.0.1) is read as that IPv4 address,
 *	as Go's net.ParseIP has it
 * @addr: filled in on success
 *
 * Return: whether @text is an address.
 */
bool kvip_addr_parse(const char *text, struct kvip_addr *addr);

/* kvip_addr_bytes() - how many bytes an address of @family has: 4 or 16 */
size_t kvip_addr_bytes(uint8_t family);

/* kvip_addr_cmp() - order by family, then by value; 0 if equal */
int kvip_addr_cmp(const struct kvip_addr *a, const struct kvip_addr *b);

/* kvip_addr_text() - write @addr, canonical; returns @buf */
const char *kvip_addr_text(const struct kvip_addr *addr,
			   char buf[INET6_ADDRSTRLEN]);

/* kvip_addr_port_text() - write 10.0.0.1:80 or [fd00::1]:80; returns @buf */
const char *kvip_addr_port_text(const struct kvip_addr *addr, uint16_t port,
				char buf[KVIP_ADDR_PORT_LEN]);

/* kvip_addr_special() - "a loopback address" or what else makes @addr one that
 * means something different on each node; NULL: nothing does
 */
const char *kvip_addr_special(const struct kvip_addr *addr);

/**
 * kvip_prefix_parse() - read an address block
 * @text: no blanks around it; "10.0.0.0/8", or an address, which is a block of
 *	one; host bits are cleared, and what kvip_addr_parse() reads as IPv4 has
 *	the length that it has there (::ffff:10.0.0.0/104 is 10.0.0.0/8)
 * @prefix: filled in on success
 *
 * Return: whether @text is an address block.
 */
bool kvip_prefix_parse(const char *text, struct kvip_prefix *prefix);

/* kvip_prefix_set() - the block of @length bits around @addr */
void kvip_prefix_set(struct kvip_prefix *prefix, const struct kvip_addr *addr,
		     uint8_t length);

/* kvip_prefix_contains() - whether @addr is in the block */
bool kvip_prefix_contains(const struct kvip_prefix *prefix,
			  const struct kvip_addr *addr);

/* kvip_prefix_cmp() - order by address, then by length; 0 if equal */
int kvip_prefix_cmp(const struct kvip_prefix *a, const struct kvip_prefix *b);

/* kvip_prefix_text() - write 10.0.0.0/8; returns @buf */
const char *kvip_prefix_text(const struct kvip_prefix *prefix,
			     char buf[KVIP_PREFIX_LEN]);

/* kvip_family_text() - "IPv4", "IPv6", or "?" */
const char *kvip_family_text(uint8_t family);

/* kvip_proto_text() - "TCP", "UDP", "SCTP", or "?" */
const char *kvip_proto_text(uint8_t proto);

/* kvip_proto_parse() - the protocol that @text names in upper case, or 0 */
uint8_t kvip_proto_parse(const char *text);

#endif /* KVIP_LIB_ADDR_H */
