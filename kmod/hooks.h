/* SPDX-License-Identifier: GPL-2.0 */
/* Where packets of one namespace and family meet this module. */
#ifndef KVIP_HOOKS_H
#define KVIP_HOOKS_H

#include <linux/netfilter.h>
#include <linux/types.h>

#include "family.h"

struct kvip_table;

/* Hooks that nf_nat calls for connections, and hooks that see every packet. */
#define KVIP_N_NAT_HOOKS 4
#define KVIP_N_PACKET_HOOKS 3

/**
 * struct kvip_hooks - the hooks of one family
 * @nat: filled in when the namespace comes and not changed again, since a dump
 *	of hooks may read it as long as the namespace lives
 * @packet: likewise
 * @on: they are registered; under the table's lock
 */
struct kvip_hooks {
	struct nf_hook_ops nat[KVIP_N_NAT_HOOKS];
	struct nf_hook_ops packet[KVIP_N_PACKET_HOOKS];
	bool on;
};

/**
 * kvip_hooks_setup() - fill in the hooks of a new namespace
 * @table: its tables, zeroed
 */
void kvip_hooks_setup(struct kvip_table *table);

/**
 * kvip_hooks_on() - look at packets of a family, and have them tracked
 * @table: the tables
 * @family: the family; if its hooks are on already, nothing is done
 *
 * Context: process, may sleep; under the table's lock.
 * Return: 0 or what netfilter answered.
 */
int kvip_hooks_on(struct kvip_table *table, enum kvip_family family);

/**
 * kvip_hooks_off() - undo kvip_hooks_on()
 * @table: the tables
 * @family: the family; if its hooks are off already, nothing is done
 *
 * Packets may be in a hook for a grace period still.
 *
 * Context: process, may sleep; under the table's lock.
 */
void kvip_hooks_off(struct kvip_table *table, enum kvip_family family);

int kvip_hooks_init(void);
void kvip_hooks_exit(void);

#endif /* KVIP_HOOKS_H */
