/* SPDX-License-Identifier: GPL-2.0 */
/* Telling a client that nobody is there, or nothing at all. */
#ifndef KVIP_REJECT_H
#define KVIP_REJECT_H

struct nf_hook_state;
struct sk_buff;

/**
 * kvip_reject() - answer a packet with a port unreachable
 * @skb: the first packet of a connection
 * @state: of the PRE_ROUTING or LOCAL_OUT hook that it is in
 *
 * A TCP client sees "connection refused" at once, a UDP client on its next
 * call; on this node the call itself that sent the packet says so (S41).
 *
 * Context: any in which hooks run; RCU read lock.
 * Return: the verdict, which drops @skb.
 */
unsigned int kvip_reject(struct sk_buff *skb,
			 const struct nf_hook_state *state);

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
