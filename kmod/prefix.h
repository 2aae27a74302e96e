/* SPDX-License-Identifier: GPL-2.0 */
/* Address blocks, such as 10.0.0.0/8. */
#ifndef KVIP_PREFIX_H
#define KVIP_PREFIX_H

#include <linux/inetdevice.h>
#include <linux/netfilter.h>
#include <net/ipv6.h>

/**
 * struct kvip_prefix - an address block
 * @addr: its first address, bytes that the family does not use are 0
 * @family: NFPROTO_IPV4 or NFPROTO_IPV6
 * @length: bits, up to 32 or 128
 */
struct kvip_prefix {
	union nf_inet_addr addr;
	u8 family;
	u8 length;
};

/**
 * kvip_prefix_has() - whether an address is in a block
 * @prefix: the block
 * @family: the address's family
 * @addr: the address
 *
 * Context: any.
 */
static inline bool kvip_prefix_has(const struct kvip_prefix *prefix, u8 family,
				   const union nf_inet_addr *addr)
{
	if (prefix->family != family)
		return false;
	if (family == NFPROTO_IPV6)
		return ipv6_prefix_equal(&prefix->addr.in6, &addr->in6,
					 prefix->length);
	return !((prefix->addr.ip ^ addr->ip) & inet_make_mask(prefix->length));
}

/**
 * kvip_prefix_find() - the first block of a list that has an address
 * @prefixes: the list
 * @n: its size
 * @family: the address's family
 * @addr: the address
 *
 * Context: any.
 * Return: the block or NULL.
 */
static inline const struct kvip_prefix *
kvip_prefix_find(const struct kvip_prefix *prefixes, u32 n, u8 family,
		 const union nf_inet_addr *addr)
{
	u32 i;

	for (i = 0; i < n; i++)
		if (kvip_prefix_has(&prefixes[i], family, addr))
			return &prefixes[i];
	return NULL;
}

#endif /* KVIP_PREFIX_H */
