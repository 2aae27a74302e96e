/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From the local store to what people reach, where no agent does it: the kernel's
 * table, load-balancer addresses and names.
 */
#ifndef KVIP_LOCAL_H
#define KVIP_LOCAL_H

#include "dns_config.h"
#include "lb_config.h"
#include "store_config.h"

struct kvip_client;
struct kvip_store;

/* All that kvip.conf says to the commands of the local store. */
struct kvip_local_config {
	struct kvip_store_config store;
	struct kvip_lb_config lb;
	struct kvip_dns_config dns;
	struct kvip_config kernel;
	bool has_kernel; /* there is such a file; else the module's is kept */
};

/* kvip_local_config_read() - @path NULL: the usual file, if it is there; free it
 * with kvip_local_config_free() after an error, too; 0 or -1
 */
int kvip_local_config_read(const char *path, struct kvip_local_config *config,
			   struct kvip_err *err);
void kvip_local_config_free(struct kvip_local_config *config);

/**
 * kvip_local_apply() - make everything as the store has it
 * @store: the store
 * @config: as read
 * @client: to the module; NULL: leave the kernel's table alone
 * @err: the first thing that failed; the others were tried
 *
 * Derives only what changed since the table was made of this store, if that is
 * known and nobody else wrote it since; else everything. If another writer is
 * faster it begins again. Where an agent follows the store, only the table is
 * seen to; the rest is the agent's.
 *
 * Return: 0 or -1.
 */
int kvip_local_apply(struct kvip_store *store,
		     const struct kvip_local_config *config,
		     struct kvip_client *client, struct kvip_err *err);

#endif /* KVIP_LOCAL_H */
