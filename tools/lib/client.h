/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The kernel's side of the tables, over generic netlink. */
#ifndef KVIP_LIB_CLIENT_H
#define KVIP_LIB_CLIENT_H

#include <stdbool.h>
#include <stdint.h>

#include "err.h"

struct kvip_client;
struct kvip_config;
struct kvip_diff;
struct kvip_flow;
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

	/* not told by a module of ABI 1: 0 */
	uint32_t affinity_entries;
	uint64_t affinity_evicted;
	uint64_t rejects_unknown_port;
	uint64_t drops_service_cidr;
	uint64_t drops_invalid;
	uint64_t udp_cleared;
	uint64_t flows_left_out; /* that listeners were not told */
};

/* The tables changed between reading them and writing them: derive again. */
#define KVIP_CLIENT_STALE -2

/* The module does not know the command. */
#define KVIP_CLIENT_OLD -3

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
 * kvip_client_config() - read the configuration
 * @client: the client
 * @config: filled in
 * @generation: out: the generation that it belongs to
 * @err: why not
 *
 * Return: 0, -1, or KVIP_CLIENT_OLD if the module has none.
 */
int kvip_client_config(struct kvip_client *client, struct kvip_config *config,
		       uint64_t *generation, struct kvip_err *err);

/**
 * kvip_client_apply() - carry out a difference in one transaction
 * @client: the client
 * @diff: what to change in the tables
 * @config: the configuration to come, or NULL: it stays
 * @generation: in: the generation that @diff was computed from; out: the new one
 * @err: why not
 *
 * Return: 0, -1, KVIP_CLIENT_STALE or KVIP_CLIENT_OLD; unless 0, the tables are
 * as they were.
 */
int kvip_client_apply(struct kvip_client *client, const struct kvip_diff *diff,
		      const struct kvip_config *config, uint64_t *generation,
		      struct kvip_err *err);

/**
 * kvip_client_replace() - make the tables those of @table, in one transaction
 * @client: the client
 * @table: what they shall be
 * @config: the configuration to come, or NULL: it stays
 * @generation: out: the new generation
 * @err: why not
 *
 * Return: 0, -1 or KVIP_CLIENT_OLD; unless 0, the tables are as they were.
 */
int kvip_client_replace(struct kvip_client *client,
			const struct kvip_table *table,
			const struct kvip_config *config, uint64_t *generation,
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
	KVIP_EVENT_CONFIG, /* another configuration, see kvip_client_event_config() */
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

/* kvip_client_event_config() - what the last KVIP_EVENT_CONFIG told */
const struct kvip_config *
kvip_client_event_config(const struct kvip_client *client);

/* Told of a flow, which is gone when it returns. */
typedef void (*kvip_flow_fn)(const struct kvip_flow *flow, void *arg);

/**
 * kvip_client_explain() - what a connection would get
 * @client: the client
 * @ask: addresses, ports, and where it comes from
 * @tell: told of it
 * @arg: for @tell
 * @err: why not
 *
 * Nothing is changed in the kernel.
 *
 * Return: 0 or -1.
 */
int kvip_client_explain(struct kvip_client *client, const struct kvip_flow *ask,
			kvip_flow_fn tell, void *arg, struct kvip_err *err);

/**
 * kvip_client_listen_flows() - hear of every new connection from now on
 * @client: a client that is used for nothing but kvip_client_flows() afterwards
 * @rate: connections of a second; what is beyond is counted; 0: the default
 * @err: why not
 *
 * Return: 0 or -1.
 */
int kvip_client_listen_flows(struct kvip_client *client, uint32_t rate,
			     struct kvip_err *err);

/**
 * kvip_client_flows() - wait for new connections
 * @client: one that listens
 * @tell: told of each that there is, perhaps of none
 * @arg: for @tell
 * @err: why not
 *
 * Return: 0 or -1.
 */
int kvip_client_flows(struct kvip_client *client, kvip_flow_fn tell, void *arg,
		      struct kvip_err *err);

/* kvip_client_fd() - readable when something waits for the client */
int kvip_client_fd(const struct kvip_client *client);

#endif /* KVIP_LIB_CLIENT_H */
