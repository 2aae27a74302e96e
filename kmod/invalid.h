/* SPDX-License-Identifier: GPL-2.0 */
/* Packets of translated connections that conntrack finds invalid (S45). */
#ifndef KVIP_INVALID_H
#define KVIP_INVALID_H

struct nf_hook_state;
struct sk_buff;

/**
 * kvip_invalid_in() - keep what would pass untranslated from the client
 * @priv: the namespace's tables
 * @skb: any packet
 * @state: of the PRE_ROUTING hook, after conntrack
 *
 * nf_nat does not translate what conntrack finds invalid, so that the client
 * would get a segment from an address that it has no connection with, and reset
 * the one that it has.
 *
 * Context: any in which hooks run; RCU read lock.
 * Return: the verdict.
 */
unsigned int kvip_invalid_in(void *priv, struct sk_buff *skb,
			     const struct nf_hook_state *state);

/**
 * kvip_invalid() - whether a packet is an invalid one of a connection of ours
 * @priv: the namespace's tables
 * @skb: a packet without a connection
 * @state: of a hook after conntrack
 *
 * Context and return value: as kvip_invalid_in().
 */
unsigned int kvip_invalid(void *priv, struct sk_buff *skb,
			  const struct nf_hook_state *state);

#endif /* KVIP_INVALID_H */
