/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Node ports on 127.0.0.0/8 and ::1 (S46). Such a connection has a loopback
 * address at one end and a backend elsewhere at the other. Routing refuses
 * loopback addresses on other devices, and kube-proxy has it accept them
 * (route_localnet), from everybody. Here the packets never meet routing with
 * such an address: on their way out they get their translated source before the
 * route is looked up again, and on their way in they are handed to the local
 * stack by the route that the loopback device has.
 */
#ifndef KVIP_LOCALHOST_H
#define KVIP_LOCALHOST_H

#include <linux/in.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_conntrack_common.h>

struct nf_conn;
struct nf_hook_state;
struct sk_buff;

/**
 * kvip_localhost_hides() - whether such a connection gets another source
 * @pf: NFPROTO_IPV4 or NFPROTO_IPV6
 * @proto: IPPROTO_*
 * @stays: its backend is on this node
 *
 * What leaves the node must. An endpoint on the node itself can answer a loopback
 * address, but for SCTP over IPv6, which finds no route from another address of
 * its own to ::1.
 *
 * Context: any.
 */
static inline bool kvip_localhost_hides(u8 pf, u8 proto, bool stays)
{
	return !stays || (pf == NFPROTO_IPV6 && proto == IPPROTO_SCTP);
}

/**
 * kvip_localhost_begin() - such a connection begins
 * @skb: its first packet
 * @ct: the connection, which has its backend
 * @ctinfo: of @skb
 * @state: of the LOCAL_OUT hook
 *
 * If the backend is on this node, nothing is needed, as a rule.
 *
 * Context: any in which hooks run; RCU read lock.
 * Return: the verdict.
 */
unsigned int kvip_localhost_begin(struct sk_buff *skb, struct nf_conn *ct,
				  enum ip_conntrack_info ctinfo,
				  const struct nf_hook_state *state);

/**
 * kvip_localhost_out() - a packet that this node sends
 * @priv: the namespace's tables
 * @skb: any packet
 * @state: of the LOCAL_OUT hook, after conntrack and before NAT
 *
 * What conntrack finds invalid is kvip_invalid()'s, so that there is one hook
 * here and not two.
 *
 * Context: any in which hooks run; RCU read lock.
 * Return: the verdict.
 */
unsigned int kvip_localhost_out(void *priv, struct sk_buff *skb,
				const struct nf_hook_state *state);

/**
 * kvip_localhost_in() - a packet that arrives
 * @priv: the namespace's tables
 * @skb: any packet
 * @state: of the PRE_ROUTING hook, after all others
 *
 * Context: any in which hooks run; RCU read lock.
 * Return: the verdict.
 */
unsigned int kvip_localhost_in(void *priv, struct sk_buff *skb,
			       const struct nf_hook_state *state);

#endif /* KVIP_LOCALHOST_H */
