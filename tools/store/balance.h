/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Load-balancer addresses out of pools, given out by the store (S82). */
#ifndef KVIP_STORE_BALANCE_H
#define KVIP_STORE_BALANCE_H

#include <stdbool.h>

#include "err.h"

struct json_object;
struct kvip_store;

/**
 * kvip_balance() - give a Service its addresses, and take back what it had
 * @store: in its transaction
 * @service: as it will be stored; its status is changed
 * @old: what is stored; NULL: nothing
 * @waits: out: it waits for an address
 * @err: why not
 *
 * Does nothing to a Service that is not for the pools, but that it takes back
 * what the Service had while it was.
 *
 * Return: 0 or -1.
 */
int kvip_balance(struct kvip_store *store, struct json_object *service,
		 struct json_object *old, bool *waits, struct kvip_err *err);

/* kvip_balance_release() - take back all that a Service has; 0 or -1 */
int kvip_balance_release(struct kvip_store *store, struct json_object *service,
			 struct kvip_err *err);

/* kvip_balance_status() - before a status that somebody tells is stored: the pools
 * have the last word on a Service that is theirs; 0 or -1
 */
int kvip_balance_status(struct kvip_store *store, struct json_object *service,
			struct json_object *old, bool *waits,
			struct kvip_err *err);

/* kvip_balance_retry() - try again for the Services that wait, the oldest first;
 * 0 or -1
 */
int kvip_balance_retry(struct kvip_store *store, struct kvip_err *err);

/* kvip_balance_pools() - at the store's opening: if the pools are others than
 * before, try for all Services that have no address; 0 or -1
 */
int kvip_balance_pools(struct kvip_store *store, struct kvip_err *err);

/* kvip_balance_check() - whether a Service that waits has to: 0, or -1 if there is
 * an address that it could have
 */
int kvip_balance_check(struct kvip_store *store, struct json_object *service,
		       struct kvip_err *err);

#endif /* KVIP_STORE_BALANCE_H */
