/* SPDX-License-Identifier: GPL-2.0 */
/* Where a connection comes from: a pod here, this node, or elsewhere. */
#ifndef KVIP_SOURCE_H
#define KVIP_SOURCE_H

#include <linux/netfilter.h>
#include <linux/types.h>

struct kvip_config;
struct net;
struct net_device;
struct nf_hook_state;
struct sk_buff;

/**
 * struct kvip_origin - where a connection comes from
 * @class: enum kvip_source
 * @why: enum kvip_source_why
 */
struct kvip_origin {
	u8 class;
	u8 why;
};

/**
 * kvip_is_local() - whether an address is one of this node's
 * @net: the namespace
 * @family: NFPROTO_IPV4 or NFPROTO_IPV6
 * @addr: the address
 *
 * Context: any; RCU read lock.
 */
bool kvip_is_local(struct net *net, u8 family, const union nf_inet_addr *addr);

/* kvip_is_loopback() - whether an address is in 127.0.0.0/8, or is ::1 */
bool kvip_is_loopback(u8 family, const union nf_inet_addr *addr);

/**
 * kvip_source_of() - where a connection comes from
 * @config: has the detectors of local pods (S33)
 * @net: the namespace
 * @family: NFPROTO_IPV4 or NFPROTO_IPV6
 * @addr: its source address
 * @in: the device that it arrives on, or NULL: this node sends it
 *
 * Context: any; RCU read lock.
 */
struct kvip_origin kvip_source_of(const struct kvip_config *config,
				  struct net *net, u8 family,
				  const union nf_inet_addr *addr,
				  const struct net_device *in);

/**
 * kvip_arrived_on() - what @in of kvip_source_of() was, asked in POST_ROUTING
 * @skb: the packet
 * @state: of the hook that it is in
 *
 * Context: softirq or process; RCU read lock.
 * Return: the device that the IP layer saw the packet arrive on, or NULL if this
 * node sends it.
 */
const struct net_device *kvip_arrived_on(const struct sk_buff *skb,
					 const struct nf_hook_state *state);

#endif /* KVIP_SOURCE_H */
