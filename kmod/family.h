/* SPDX-License-Identifier: GPL-2.0 */
/* The two families of addresses, as indexes. */
#ifndef KVIP_FAMILY_H
#define KVIP_FAMILY_H

#include <linux/netfilter.h>
#include <linux/types.h>

enum kvip_family {
	KVIP_IPV4,
	KVIP_IPV6,
	KVIP_N_FAMILIES,
};

/**
 * kvip_family_of() - index of a netfilter family
 * @nfproto: NFPROTO_IPV4 or NFPROTO_IPV6
 */
static inline enum kvip_family kvip_family_of(u8 nfproto)
{
	return nfproto == NFPROTO_IPV6 ? KVIP_IPV6 : KVIP_IPV4;
}

/* kvip_addr_len() - bytes of an address of a netfilter family */
static inline int kvip_addr_len(u8 nfproto)
{
	return nfproto == NFPROTO_IPV6 ? sizeof(struct in6_addr) :
					 sizeof(struct in_addr);
}

#endif /* KVIP_FAMILY_H */
