/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the kernel has, as far as a program knows: its tables as of one
 * generation, kept up with by its own commits, so that a change is
 * compared without asking the kernel.
 */
#ifndef KVIP_LIB_MIRROR_H
#define KVIP_LIB_MIRROR_H

#include "client.h"
#include "config.h"
#include "diff.h"
#include "table.h"

/**
 * struct kvip_mirror - all of it
 * @client: of the kernel; NULL: not open
 * @info: what the module was when it was opened
 * @known: @table and @config are the kernel's as of table.generation
 * @table: sorted
 * @config: the defaults, if !@has_config
 * @has_config: the module has one
 */
struct kvip_mirror {
	struct kvip_client *client;
	struct kvip_info info;
	bool known;
	struct kvip_table table;
	struct kvip_config config;
	bool has_config;
};

/* kvip_mirror_init() - nothing is known */
void kvip_mirror_init(struct kvip_mirror *mirror);

/* kvip_mirror_free() - close and give back everything */
void kvip_mirror_free(struct kvip_mirror *mirror);

/* kvip_mirror_forget() - what is known is in doubt */
void kvip_mirror_forget(struct kvip_mirror *mirror);

/* kvip_mirror_close() - the module may be another: forget, and open anew */
void kvip_mirror_close(struct kvip_mirror *mirror);

/**
 * kvip_mirror_open() - have a client
 * @mirror: the mirror
 * @err: why not: the module is not loaded, ...
 *
 * Return: 0 or -1.
 */
int kvip_mirror_open(struct kvip_mirror *mirror, struct kvip_err *err);

/* kvip_mirror_read() - open if need be, and read all if it is not known; 0 or -1 */
int kvip_mirror_read(struct kvip_mirror *mirror, struct kvip_err *err);

/**
 * kvip_mirror_is_current() - whether the kernel still has what is known
 * @mirror: one that is known
 * @err: set if the module could not be asked
 *
 * Return: 1, 0 if another committed, or -1.
 */
int kvip_mirror_is_current(struct kvip_mirror *mirror, struct kvip_err *err);

/**
 * kvip_mirror_write() - carry out a difference, here and there
 * @mirror: one that is known
 * @diff: what to change; its haves are services of the mirror, or like them
 * @config: the configuration to come, or NULL: it stays
 * @whole: what the table will be, sorted, if it is at hand, of which the mirror
 *	takes the content; NULL: the items of @diff are put in one by one
 * @err: why not
 *
 * Return: 0, -1 or KVIP_CLIENT_STALE, as kvip_client_apply().
 */
int kvip_mirror_write(struct kvip_mirror *mirror, const struct kvip_diff *diff,
		      const struct kvip_config *config,
		      struct kvip_table *whole, struct kvip_err *err);

/**
 * kvip_mirror_of_service() - the services of one Kubernetes Service
 * @mirror: one that is known
 * @ns: its namespace
 * @name: its name
 * @into: gets copies that own nothing: free only its array
 */
void kvip_mirror_of_service(const struct kvip_mirror *mirror, const char *ns,
			    const char *name, struct kvip_table *into);

#endif /* KVIP_LIB_MIRROR_H */
