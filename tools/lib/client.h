/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The kernel's side of the tables, over generic netlink. */
#ifndef KVIP_LIB_CLIENT_H
#define KVIP_LIB_CLIENT_H

#include <stdbool.h>
#include <stdint.h>

#include "err.h"

struct kvip_client;
struct kvip_diff;
struct kvip_table;

/* What the module says of itself and of this namespace's tables. */
struct kvip_info {
	char version[64];
	uint32_t abi;
	uint32_t frontend_kinds; /* bit N: it serves enum kvip_frontend_kind N */
	uint32_t algorithms;
	uint32_t services;
	uint32_t frontends;
	uint32_t backends;
	uint32_t hooks; /* bit 0: IPv4, bit 1: IPv6 */
	uint64_t generation;
};

/* The tables changed between reading them and writing them: derive again. */
#define KVIP_CLIENT_STALE -2

/**
 * kvip_client_open() - connect to the module in this network namespace
 * @err: why not
 *
 * Return: the client, or NULL.
 */
struct kvip_client *kvip_client_open(struct kvip_err *err);

/* kvip_client_close() - end it; a transaction under way is dropped. NULL is ok */
void kvip_client_close(struct kvip_client *client);

/**
 * kvip_client_info() - what the module is; needs no rights
 * @client: the client
 * @info: filled in
 * @err: why not
 *
 * Return: 0 or -1.
 */
int kvip_client_info(struct kvip_client *client, struct kvip_info *info,
		     struct kvip_err *err);

/**
 * kvip_client_dump() - read the tables
 * @client: the client
 * @table: an empty table; filled in and sorted, with the generation that all of
 *	it belongs to
 * @err: why not
 *
 * A dump that a commit overlapped is taken again.
 *
 * Return: 0 or -1.
 */
int kvip_client_dump(struct kvip_client *client, struct kvip_table *table,
		     struct kvip_err *err);

/**
 * kvip_client_apply() - carry out a difference in one transaction
 * @client: the client
 * @diff: what to change
 * @generation: in: the generation that @diff was computed from; out: the new one
 * @err: why not
 *
 * Return: 0, -1 or KVIP_CLIENT_STALE; unless 0, the tables are as they were.
 */
int kvip_client_apply(struct kvip_client *client, const struct kvip_diff *diff,
		      uint64_t *generation, struct kvip_err *err);

/**
 * kvip_client_replace() - make the tables those of @table, in one transaction
 * @client: the client
 * @table: what they shall be
 * @generation: out: the new generation
 * @err: why not
 *
 * Return: 0 or -1; unless 0, the tables are as they were.
 */
int kvip_client_replace(struct kvip_client *client,
			const struct kvip_table *table, uint64_t *generation,
			struct kvip_err *err);

/**
 * kvip_client_listen() - hear of every commit from now on
 * @client: a client that is used for nothing but kvip_client_event() afterwards
 * @err: why not
 *
 * Return: 0 or -1.
 */
int kvip_client_listen(struct kvip_client *client, struct kvip_err *err);

enum kvip_event {
	KVIP_EVENT_NONE, /* interrupted by a signal */
	KVIP_EVENT_SET, /* a service is now as in the table */
	KVIP_EVENT_DEL, /* a service, named in the table, went */
	KVIP_EVENT_COMMIT, /* the transaction is complete */
	KVIP_EVENT_LOST, /* some events were lost: dump again */
};

/**
 * kvip_client_event() - wait for the next event
 * @client: one that listens
 * @event: what happened
 * @table: an empty table; gets the one service of a SET or DEL, and the
 *	generation after the commit
 * @err: why not
 *
 * Return: 0 or -1.
 */
int kvip_client_event(struct kvip_client *client, enum kvip_event *event,
		      struct kvip_table *table, struct kvip_err *err);

#endif /* KVIP_LIB_CLIENT_H */
