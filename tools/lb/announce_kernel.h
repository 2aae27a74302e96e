/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The addresses on the interfaces of this network namespace, by rtnetlink. */
#ifndef KVIP_LB_ANNOUNCE_KERNEL_H
#define KVIP_LB_ANNOUNCE_KERNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "addr.h"
#include "err.h"

/* An address that is there for good, as the kernel counts seconds. */
#define KVIP_PLACED_FOR_GOOD UINT32_MAX

/**
 * struct kvip_placed - an address on an interface
 * @addr: which
 * @index: of the interface
 * @length: bits of its network
 * @ours: we put it there
 * @seconds: that it has left, or KVIP_PLACED_FOR_GOOD
 */
struct kvip_placed {
	struct kvip_addr addr;
	unsigned int index;
	uint8_t length;
	bool ours;
	uint32_t seconds;
};

struct nl_sock;

/* kvip_placed_open() - to ask the kernel by; nl_socket_free() it; NULL: why not */
struct nl_sock *kvip_placed_open(struct kvip_err *err);

/* kvip_placed_list() - all of them, in no order; free() @list; 0 or -1 */
int kvip_placed_list(struct nl_sock *sock, struct kvip_placed **list, size_t *n,
		     struct kvip_err *err);

/**
 * kvip_placed_add() - put an address there
 * @sock: as opened
 * @placed: which; it is ours, whatever @ours says
 * @renew: it is there, and its time is to be changed
 * @err: why not
 *
 * Return: 0; 1 if it is there already; or -1.
 */
int kvip_placed_add(struct nl_sock *sock, const struct kvip_placed *placed,
		    bool renew, struct kvip_err *err);

/* kvip_placed_remove() - take exactly this one away; one that is gone is no error;
 * 0 or -1
 */
int kvip_placed_remove(struct nl_sock *sock, const struct kvip_placed *placed,
		       struct kvip_err *err);

#endif /* KVIP_LB_ANNOUNCE_KERNEL_H */
