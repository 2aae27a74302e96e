/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Making the kernel's table, and its configuration, what a cluster makes of them. */
#ifndef KVIP_CONVERGE_H
#define KVIP_CONVERGE_H

#include "claims.h"
#include "config.h"
#include "derive.h"
#include "diff.h"
#include "table.h"

struct kvip_client;
struct kvip_model;

/**
 * struct kvip_converge - what is asked for, and what came of it
 * @model: the cluster, read before kvip_converge()
 * @node: whose table
 * @proxy_name: whose Services, whatever the configuration says; NULL: as it says
 * @dry_run: find out, and write nothing
 * @has_file: @file holds a configuration to have; else the kernel's is kept
 * @file: the configuration, as it was read
 * @config: how to derive; allow_empty is asked for here
 * @has_config: the module has a configuration
 * @config_changes: it changed, or would
 * @have_config: what it was
 * @want_config: what it is now, or would be
 * @have: what the table was
 * @want: what it is now, or would be
 * @diff: from one to the other
 * @report: what it does not hold
 * @generation: of the kernel's table now
 * @commit_ms: what the transaction took
 */
struct kvip_converge {
	const struct kvip_model *model;
	const char *node;
	const char *proxy_name;
	bool dry_run;
	bool has_file;
	struct kvip_config file;
	struct kvip_derive_config config;

	bool has_config;
	bool config_changes;
	struct kvip_config have_config;
	struct kvip_config want_config;
	struct kvip_table have;
	struct kvip_table want;
	struct kvip_diff diff;
	struct kvip_derive_report report;
	uint64_t generation;
	double commit_ms;

	/* of the functions below */
	struct kvip_claims claims;
	struct kvip_config derived_from; /* with which @want was */
	bool derived;
};

/* kvip_converge_init() - nothing is asked for */
void kvip_converge_init(struct kvip_converge *converge);

/* kvip_converge_free() - give back everything but the model */
void kvip_converge_free(struct kvip_converge *converge);

/**
 * kvip_converge_ask() - may we, and what can the module do?
 * @converge: has_file and file are set
 * @client: to the module
 * @err: why not
 *
 * To be called before the cluster is read: nobody waits long to be refused.
 *
 * Return: 0 or -1.
 */
int kvip_converge_ask(struct kvip_converge *converge,
		      struct kvip_client *client, struct kvip_err *err);

/**
 * kvip_converge() - read, derive, compare and write, again if another writer came
 *	between
 * @converge: all is set
 * @client: to the module
 * @err: why not
 *
 * Return: 0 or -1.
 */
int kvip_converge(struct kvip_converge *converge, struct kvip_client *client,
		  struct kvip_err *err);

/* kvip_converge_config() - the rest of how to derive, as a configuration has it */
void kvip_converge_config(struct kvip_derive_config *derive,
			  const struct kvip_config *config,
			  const char *proxy_name);

#endif /* KVIP_CONVERGE_H */
