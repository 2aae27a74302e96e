/* SPDX-License-Identifier: GPL-2.0 */
/* UDP flows that must not go on after a commit (S53 to S57). */
#ifndef KVIP_STALE_H
#define KVIP_STALE_H

#include <linux/types.h>

struct kvip_change;
struct kvip_conf;
struct kvip_table;

/**
 * kvip_stale_possible() - whether a change of a UDP service may leave some
 * @change: the change, not one that deletes
 * @conf: the conf that it brings
 * @old: the conf that it replaces, or NULL
 *
 * A change that takes no serving backend away does not. Frontends that come and
 * go are the caller's to see.
 *
 * Context: process; under the table's lock, before @conf is published.
 */
bool kvip_stale_possible(const struct kvip_change *change,
			 const struct kvip_conf *conf,
			 const struct kvip_conf *old);

/**
 * kvip_stale_expect() - a sweep is going to follow
 * @table: the namespace's tables, before anything is published
 *
 * Context: process; under the table's lock.
 */
void kvip_stale_expect(struct kvip_table *table);

/**
 * kvip_stale_sweep() - forget all stale UDP flows of a namespace
 * @table: its tables, after kvip_stale_expect() and with everything published;
 *	frontends that go are still in the hash, without a service
 *
 * When this returns, no packet of a stale flow reaches its old backend.
 *
 * Context: process, may sleep for two grace periods and for as long as a walk of
 * the namespace's connections takes; under the table's lock.
 */
void kvip_stale_sweep(struct kvip_table *table);

#endif /* KVIP_STALE_H */
