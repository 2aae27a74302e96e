/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Addresses of a Service that are of a family which it does not have. Pure. */
#ifndef KVIPD_STRANGERS_H
#define KVIPD_STRANGERS_H

#include "model.h"

/**
 * kvip_strangers() - tell of them, S7
 * @svc: the Service
 * @fn: told of each: the address, and the field that has it
 * @arg: for @fn
 *
 * They are not served. kube-proxy tells so by an Event.
 */
void kvip_strangers(const struct kvip_svc *svc,
		    void (*fn)(const struct kvip_addr *addr, const char *field,
			       void *arg),
		    void *arg);

#endif /* KVIPD_STRANGERS_H */
