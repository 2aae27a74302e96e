/* SPDX-License-Identifier: GPL-2.0 */
/* What happens to the first packet of a connection; called by nf_nat. */
#ifndef KVIP_NAT_H
#define KVIP_NAT_H

struct nf_hook_state;
struct sk_buff;

/**
 * kvip_nat_dst() - a connection begins: translate, refuse or drop it
 * @priv: the namespace's tables
 * @skb: its first packet
 * @state: of the PRE_ROUTING or LOCAL_OUT hook
 *
 * Context: any in which hooks run; RCU read lock.
 * Return: the verdict.
 */
unsigned int kvip_nat_dst(void *priv, struct sk_buff *skb,
			  const struct nf_hook_state *state);

/**
 * kvip_nat_src() - a connection leaves: hide the client's address if need be
 * @priv: the namespace's tables
 * @skb: its first packet
 * @state: of the POST_ROUTING or LOCAL_IN hook
 *
 * Context: any in which hooks run; RCU read lock.
 * Return: the verdict.
 */
unsigned int kvip_nat_src(void *priv, struct sk_buff *skb,
			  const struct nf_hook_state *state);

#endif /* KVIP_NAT_H */
