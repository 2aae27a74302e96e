/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A connection, and what becomes of it: &KVIP_A_FLOW of <linux/kvip.h>. */
#ifndef KVIP_LIB_FLOW_H
#define KVIP_LIB_FLOW_H

#include <net/if.h>

#include "addr.h"
#include "err.h"
#include "table.h"

struct nl_msg;
struct nlattr;

struct kvip_flow {
	uint8_t proto; /* IPPROTO_TCP and so on */
	struct kvip_addr from, to; /* of one family */
	uint16_t from_port; /* host order; 0: not known */
	uint16_t to_port;
	bool sent; /* by this node */
	char device[IFNAMSIZ]; /* that it arrives on; "": not known */

	uint8_t verdict; /* enum kvip_verdict */
	uint8_t rule; /* enum kvip_rule */

	uint8_t kind; /* of the frontend; 0: there is none, nor what follows */
	char *service; /* its name, or NULL */
	uint32_t service_flags; /* KVIP_SERVICE_F_* */
	bool has_range, has_source, has_list, has_affinity, has_backend,
		has_masquerade;
	struct kvip_prefix range; /* that lets it pass */
	uint8_t source; /* enum kvip_source */
	uint8_t source_why; /* enum kvip_source_why */
	uint8_t list; /* enum kvip_list_why */
	uint32_t list_size; /* backends in that list */
	uint32_t local_size; /* in the local list */
	uint32_t backends_size; /* of the service */
	uint8_t affinity; /* enum kvip_affinity_state */
	uint32_t affinity_left; /* seconds */
	struct kvip_backend backend; /* chosen, or one that chance may choose */
	uint8_t masquerade; /* enum kvip_masquerade */
	struct kvip_backend *candidates; /* the first of the list */
	size_t n_candidates;
};

/* kvip_flow_init() - a flow of which nothing is known */
void kvip_flow_init(struct kvip_flow *flow);

/* kvip_flow_free() - give back what it holds; it is as after kvip_flow_init() */
void kvip_flow_free(struct kvip_flow *flow);

/* kvip_flow_by_chance() - whether another backend could be chosen as well */
bool kvip_flow_by_chance(const struct kvip_flow *flow);

/**
 * kvip_flow_parse_from() - read the address that a connection comes from
 * @text: an address, without a port
 * @flow: its from is filled in
 * @err: what is wrong with it
 *
 * Return: 0 or -1.
 */
int kvip_flow_parse_from(const char *text, struct kvip_flow *flow,
			 struct kvip_err *err);

/**
 * kvip_flow_parse_to() - read where a connection goes to
 * @text: 10.96.0.1:443, [fd00::1]:443, either with /tcp, /udp or /sctp behind it
 *	in upper or lower case; without one it is TCP
 * @flow: its to, to_port and proto are filled in
 * @err: what is wrong with it
 *
 * Return: 0 or -1.
 */
int kvip_flow_parse_to(const char *text, struct kvip_flow *flow,
		       struct kvip_err *err);

/* kvip_flow_put() - a flow to be explained: addresses, ports, where from */
void kvip_flow_put(struct nl_msg *msg, const struct kvip_flow *flow);

/**
 * kvip_flow_get() - read a KVIP_A_FLOW attribute
 * @attr: the attribute, or NULL
 * @flow: a flow after kvip_flow_init(); filled in
 * @err: what is wrong with it
 *
 * Return: 0 or -1.
 */
int kvip_flow_get(struct nlattr *attr, struct kvip_flow *flow,
		  struct kvip_err *err);

#endif /* KVIP_LIB_FLOW_H */
