/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Asking a provider for the load balancers of the local store. */
#ifndef KVIP_LOCAL_PROVIDER_H
#define KVIP_LOCAL_PROVIDER_H

#include <stdbool.h>

#include "err.h"

struct kvip_local_config;
struct kvip_store;

/**
 * kvip_local_provider() - have what Services of type LoadBalancer want
 * @store: the store; what the provider answers goes into their status
 * @config: whose provider; without one nothing is done
 * @gone_only: only what is gone is told; an agent asks for the others
 * @err: the first that failed; it goes on with the others
 *
 * Looks at what changed since it was asked last, which the store keeps: a Service
 * that is gone, or no longer wants one, is told as deleted.
 *
 * Return: 0 or -1.
 */
int kvip_local_provider(struct kvip_store *store,
			const struct kvip_local_config *config, bool gone_only,
			struct kvip_err *err);

#endif /* KVIP_LOCAL_PROVIDER_H */
