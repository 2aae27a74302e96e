/* SPDX-License-Identifier: GPL-2.0 */
/* Telling a client that nobody is there, or nothing at all. */
#ifndef KVIP_REJECT_H
#define KVIP_REJECT_H

#include <linux/types.h>

struct nf_hook_state;
struct sk_buff;

/**
 * kvip_reject() - refuse a connection
 * @skb: its first packet
 * @state: of the PRE_ROUTING or LOCAL_OUT hook that it is in
 * @proto: IPPROTO_*
 *
 * A TCP client gets a reset, all others an ICMP port unreachable (S41); on this
 * node the call itself that sent the packet fails with ECONNREFUSED.
 *
 * Context: any in which hooks run; RCU read lock.
 * Return: the verdict, which drops @skb.
 */
unsigned int kvip_reject(struct sk_buff *skb, const struct nf_hook_state *state,
			 u8 proto);

/**
 * kvip_drop() - make a packet vanish without a word
 * @skb: the packet
 * @state: of the hook that it is in
 *
 * Nor does the call on this node that sent it hear of it, as none would hear of
 * a loss on the way.
 *
 * Context: any in which hooks run.
 * Return: the verdict; @skb is gone.
 */
unsigned int kvip_drop(struct sk_buff *skb, const struct nf_hook_state *state);

#endif /* KVIP_REJECT_H */
