/* SPDX-License-Identifier: GPL-2.0 */
/* Telling a client that nobody is there. */
#ifndef KVIP_REJECT_H
#define KVIP_REJECT_H

struct nf_hook_state;
struct sk_buff;

/**
 * kvip_reject() - answer a packet with a port unreachable
 * @skb: the first packet of a connection; the caller drops it afterwards
 * @state: of the PRE_ROUTING or LOCAL_OUT hook that it is in
 *
 * A TCP client sees "connection refused" at once, a UDP client on its next
 * call (S41).
 *
 * Context: any in which hooks run; RCU read lock.
 */
void kvip_reject(struct sk_buff *skb, const struct nf_hook_state *state);

#endif /* KVIP_REJECT_H */
