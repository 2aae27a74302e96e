/* SPDX-License-Identifier: GPL-2.0 */
/* What a commit took away from readers, freed in one go after a grace period. */
#ifndef KVIP_GARBAGE_H
#define KVIP_GARBAGE_H

#include <linux/workqueue.h>

struct kvip_address;
struct kvip_conf;
struct kvip_config;
struct kvip_frontend;
struct kvip_service;

/**
 * struct kvip_garbage - objects that readers may still be using
 * @work: frees them, and this, after a grace period
 * @confs: chained by their @garbage
 * @services: chained by their @garbage
 * @frontends: chained by their @chain
 * @addresses: chained by their @garbage
 * @config: a configuration, or NULL
 */
struct kvip_garbage {
	struct rcu_work work;
	struct kvip_conf *confs;
	struct kvip_service *services;
	struct kvip_frontend *frontends;
	struct kvip_address *addresses;
	const struct kvip_config *config;
};

/**
 * kvip_garbage_create() - an empty heap
 *
 * Context: process, may sleep.
 * Return: the heap or NULL if there is no memory.
 */
struct kvip_garbage *kvip_garbage_create(void);

/* Put something on the heap; readers can't come upon it any more. */
void kvip_garbage_conf(struct kvip_garbage *garbage, struct kvip_conf *conf);
void kvip_garbage_service(struct kvip_garbage *garbage,
			  struct kvip_service *service);
void kvip_garbage_frontend(struct kvip_garbage *garbage,
			   struct kvip_frontend *frontend);
void kvip_garbage_address(struct kvip_garbage *garbage,
			  struct kvip_address *address);
void kvip_garbage_config(struct kvip_garbage *garbage,
			 const struct kvip_config *config);

/**
 * kvip_garbage_collect() - free a heap and all on it after a grace period
 * @garbage: the heap or NULL
 *
 * Context: any; does not wait.
 */
void kvip_garbage_collect(struct kvip_garbage *garbage);

int kvip_garbage_init(void);

/* Waits for all that kvip_garbage_collect() was called for. */
void kvip_garbage_exit(void);

#endif /* KVIP_GARBAGE_H */
