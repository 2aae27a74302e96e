/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Backends, the endpoints that connections are translated to, and the immutable
 * lists of them that packets choose from.
 */
#ifndef KVIP_BACKEND_H
#define KVIP_BACKEND_H

#include <linux/atomic.h>
#include <linux/netfilter.h>
#include <linux/refcount.h>
#include <linux/types.h>

#include <linux/kvip.h>

struct kvip_node;

/**
 * struct kvip_backend - an endpoint of one service
 * @addr: its address; the family is the service's
 * @port: its port
 * @flags: KVIP_BACKEND_F_*, as last set; written under the table's lock, of
 *	packets read by the first one of a UDP flow
 * @refs: held by the service's confs
 * @conns: connections translated to it
 * @node: where it runs, or NULL; written under the table's lock, not read by
 *	packets
 *
 * It outlives the conf that it came with as long as later confs of the service
 * have the same address and port, so @conns goes on. Packets reach it through a
 * list; it is freed a grace period after the last conf that had it.
 */
struct kvip_backend {
	union nf_inet_addr addr;
	__be16 port;
	u16 flags;
	refcount_t refs;
	atomic64_t conns;
	struct kvip_node *node;
};

/**
 * struct kvip_list - backends to choose from, never changed once published
 * @n: how many
 * @backends: the backends, in the order of kvip_backend_cmp(); the list holds no
 *	references of its own, its conf does
 */
struct kvip_list {
	u32 n;
	struct kvip_backend *backends[];
};

/**
 * struct kvip_backend_spec - a backend as a message described it
 * @addr: its address, bytes that the family does not use are 0
 * @port: its port
 * @flags: KVIP_BACKEND_F_*
 * @node: a reference, or NULL
 */
struct kvip_backend_spec {
	union nf_inet_addr addr;
	__be16 port;
	u16 flags;
	struct kvip_node *node;
};

/**
 * kvip_backend_serves() - whether a UDP flow may stay with a backend (S54)
 * @flags: the backend's
 *
 * What is in a list gets new flows, so that old ones can't be stale.
 */
static inline bool kvip_backend_serves(u32 flags)
{
	return flags & (KVIP_BACKEND_F_SERVING | KVIP_BACKEND_F_CLUSTER |
			KVIP_BACKEND_F_LOCAL);
}

/**
 * kvip_backend_cmp() - the order of backends in a service
 * @addr_a: address of the one
 * @port_a: its port
 * @addr_b: address of the other
 * @port_b: its port
 *
 * Return: less than, equal to or greater than 0.
 */
int kvip_backend_cmp(const union nf_inet_addr *addr_a, __be16 port_a,
		     const union nf_inet_addr *addr_b, __be16 port_b);

/**
 * kvip_backend_create() - make a backend with one reference
 * @spec: what it is; its node reference is not taken over
 *
 * Context: process, may sleep.
 * Return: the backend, or NULL if there is no memory.
 */
struct kvip_backend *kvip_backend_create(const struct kvip_backend_spec *spec);

/**
 * kvip_backend_update() - what may change while it stays the same backend
 * @backend: a backend with the address and port of @spec
 * @spec: its new flags and node; its node reference is not taken over
 *
 * Context: process, may sleep; under the lock of the backend's table.
 */
void kvip_backend_update(struct kvip_backend *backend,
			 const struct kvip_backend_spec *spec);

/**
 * kvip_backend_put() - give a reference back
 * @backend: the backend; with the last reference it is freed at once, so no
 *	reader may be left
 *
 * Context: process, may sleep.
 */
void kvip_backend_put(struct kvip_backend *backend);

/**
 * kvip_list_create() - make a list to be filled in
 * @n: its size
 *
 * Context: process, may sleep.
 * Return: the list, with @n set and @backends NULL, or NULL if there is no
 * memory. It is given back with kvfree().
 */
struct kvip_list *kvip_list_create(u32 n);

/**
 * kvip_list_find() - the backend of an address and port
 * @list: the list
 * @addr: the address
 * @port: the port
 *
 * Context: any in which @list may be read.
 * Return: the backend or NULL.
 */
struct kvip_backend *kvip_list_find(const struct kvip_list *list,
				    const union nf_inet_addr *addr,
				    __be16 port);

/**
 * kvip_list_find_addr() - the first backend of an address
 * @list: the list
 * @addr: the address
 *
 * Context: any in which @list may be read.
 * Return: the backend or NULL.
 */
struct kvip_backend *kvip_list_find_addr(const struct kvip_list *list,
					 const union nf_inet_addr *addr);

int kvip_backend_init(void);
void kvip_backend_exit(void);

#endif /* KVIP_BACKEND_H */
