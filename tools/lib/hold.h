/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Keeping translated connections whole while kvip.ko is away.
 *
 * When kvip's are the last NAT hooks of a namespace, nf_nat and conntrack leave
 * the packet path together with the module, and packets of translated
 * connections pass untranslated: their clients reset them. A table of nf_tables
 * named "kvip-hold" in each family keeps both there. It has an empty NAT chain,
 * for nf_nat, and a rule that reads the connection's state and does nothing,
 * for conntrack.
 */
#ifndef KVIP_LIB_HOLD_H
#define KVIP_LIB_HOLD_H

#include <stdbool.h>

#include "err.h"

/**
 * kvip_hold_set() - put the tables there, or take them away
 * @on: which; either way in one step for both families, and nothing changes for
 *	packets if it is so already
 * @err: why not
 *
 * Return: 0 or -1.
 */
int kvip_hold_set(bool on, struct kvip_err *err);

/**
 * kvip_hold_get() - whether the tables are there
 * @ipv4: out
 * @ipv6: out
 * @err: why that can't be told
 *
 * Return: 0 or -1.
 */
int kvip_hold_get(bool *ipv4, bool *ipv6, struct kvip_err *err);

#endif /* KVIP_LIB_HOLD_H */
