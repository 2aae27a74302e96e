/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The local store's side of access.h. */
#ifndef KVIP_ACCESS_LOCAL_H
#define KVIP_ACCESS_LOCAL_H

#include "access_backend.h"
#include "local.h"

/**
 * struct kvip_access_local - a store that is used
 * @config: of it
 * @store: NULL: there is none yet, and nobody wants to write
 * @client: to the kernel's table; NULL: it is left alone
 * @written: something was changed
 */
struct kvip_access_local {
	struct kvip_local_config config;
	struct kvip_store *store;
	struct kvip_client *client;
	bool written;
};

/* kvip_access_local_look() - open the store if it is there by now; 0 or -1 */
int kvip_access_local_look(struct kvip_access_local *local,
			   struct kvip_err *err);

/* kvip_access_local_watch() - as the "watch" of struct kvip_access_ops */
int kvip_access_local_watch(struct kvip_access *access,
			    const struct kvip_access_watch *watches,
			    unsigned int n_watches,
			    const struct kvip_access_teller *teller,
			    struct kvip_err *err);

#endif /* KVIP_ACCESS_LOCAL_H */
