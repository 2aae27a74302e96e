// SPDX-License-Identifier: GPL-2.0
/*
 * One grace period and one work item for a whole commit, in process context:
 * the objects need no rcu_head of their own, and a hundred thousand of them are
 * freed with chances to reschedule.
 */
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/slab.h>

#include "address.h"
#include "config.h"
#include "frontend.h"
#include "garbage.h"
#include "service.h"

static struct workqueue_struct *garbage_queue;

struct kvip_garbage *kvip_garbage_create(void)
{
	return kzalloc(sizeof(struct kvip_garbage), GFP_KERNEL_ACCOUNT);
}

void kvip_garbage_conf(struct kvip_garbage *garbage, struct kvip_conf *conf)
{
	conf->garbage = garbage->confs;
	garbage->confs = conf;
}

void kvip_garbage_service(struct kvip_garbage *garbage,
			  struct kvip_service *service)
{
	service->garbage = garbage->services;
	garbage->services = service;
}

void kvip_garbage_frontend(struct kvip_garbage *garbage,
			   struct kvip_frontend *frontend)
{
	frontend->chain = garbage->frontends;
	garbage->frontends = frontend;
}

void kvip_garbage_address(struct kvip_garbage *garbage,
			  struct kvip_address *address)
{
	address->garbage = garbage->addresses;
	garbage->addresses = address;
}

void kvip_garbage_config(struct kvip_garbage *garbage,
			 const struct kvip_config *config)
{
	garbage->config = config;
}

static void free_garbage(struct work_struct *work)
{
	struct kvip_garbage *garbage;
	struct kvip_frontend *frontend;
	struct kvip_address *address;
	struct kvip_service *service;
	struct kvip_conf *conf;

	garbage = container_of(to_rcu_work(work), struct kvip_garbage, work);
	while ((frontend = garbage->frontends)) {
		garbage->frontends = frontend->chain;
		kvip_frontend_free(frontend);
		cond_resched();
	}
	while ((conf = garbage->confs)) {
		garbage->confs = conf->garbage;
		kvip_conf_free(conf);
		cond_resched();
	}
	while ((service = garbage->services)) {
		garbage->services = service->garbage;
		kvip_service_free(service);
		cond_resched();
	}
	while ((address = garbage->addresses)) {
		garbage->addresses = address->garbage;
		kvip_address_free(address);
		cond_resched();
	}
	kvip_config_free(garbage->config);
	kfree(garbage);
}

void kvip_garbage_collect(struct kvip_garbage *garbage)
{
	if (!garbage)
		return;
	if (!garbage->confs && !garbage->services && !garbage->frontends &&
	    !garbage->addresses && !garbage->config) {
		kfree(garbage);
		return;
	}
	INIT_RCU_WORK(&garbage->work, free_garbage);
	queue_rcu_work(garbage_queue, &garbage->work);
}

int __init kvip_garbage_init(void)
{
	garbage_queue = alloc_workqueue("kvip", WQ_UNBOUND, 0);
	return garbage_queue ? 0 : -ENOMEM;
}

void kvip_garbage_exit(void)
{
	/* First the callbacks that queue the work, then the work. */
	rcu_barrier();
	destroy_workqueue(garbage_queue);
}
