/* SPDX-License-Identifier: GPL-2.0 */
/* What packets meet: the NAT hooks of one namespace and family. */
#ifndef KVIP_NAT_H
#define KVIP_NAT_H

#include <linux/netfilter.h>
#include <linux/types.h>

struct kvip_table;

enum kvip_family {
	KVIP_IPV4,
	KVIP_IPV6,
	KVIP_N_FAMILIES,
};

/* PRE_ROUTING, LOCAL_OUT, POST_ROUTING */
#define KVIP_N_NAT_HOOKS 3

/**
 * struct kvip_nat - the hooks of one family
 * @ops: filled in when the namespace comes and not changed again, since a dump
 *	of hooks may read it as long as the namespace lives
 * @on: they are registered; under the table's lock
 */
struct kvip_nat {
	struct nf_hook_ops ops[KVIP_N_NAT_HOOKS];
	bool on;
};

/**
 * kvip_family_of() - index of a netfilter family
 * @nfproto: NFPROTO_IPV4 or NFPROTO_IPV6
 */
static inline enum kvip_family kvip_family_of(u8 nfproto)
{
	return nfproto == NFPROTO_IPV6 ? KVIP_IPV6 : KVIP_IPV4;
}

/**
 * kvip_nat_setup() - fill in the hooks of a new namespace
 * @table: its tables, zeroed
 */
void kvip_nat_setup(struct kvip_table *table);

/**
 * kvip_nat_on() - look at packets of a family, and have them tracked
 * @table: the tables
 * @family: the family; if its hooks are on already, nothing is done
 *
 * Context: process, may sleep; under the table's lock.
 * Return: 0 or what netfilter answered.
 */
int kvip_nat_on(struct kvip_table *table, enum kvip_family family);

/**
 * kvip_nat_off() - undo kvip_nat_on()
 * @table: the tables
 * @family: the family; if its hooks are off already, nothing is done
 *
 * Packets may be in a hook for a grace period still.
 *
 * Context: process, may sleep; under the table's lock.
 */
void kvip_nat_off(struct kvip_table *table, enum kvip_family family);

int kvip_nat_init(void);
void kvip_nat_exit(void);

#endif /* KVIP_NAT_H */
