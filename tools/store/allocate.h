/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ClusterIPs and node ports, given out by the store (S80, S81). */
#ifndef KVIP_STORE_ALLOCATE_H
#define KVIP_STORE_ALLOCATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "addr.h"
#include "admit.h"
#include "err.h"

struct kvip_store;

struct kvip_node_port {
	uint16_t port;
	uint8_t proto;
};

/**
 * struct kvip_allocation - giving out for one Service
 * @store: in its transaction
 * @holder: "namespace/name"
 * @allocator: for kvip_admit_service()
 * @had_ips: what it had before and may have again, though a block that is
 *	configured has it no more
 * @n_had_ips: how many
 * @had_ports: the same for node ports
 * @n_had_ports: how many
 * @failed: the file's fault, not the Service's
 */
struct kvip_allocation {
	struct kvip_store *store;
	const char *holder;
	struct kvip_allocator allocator;
	struct kvip_addr *had_ips;
	size_t n_had_ips;
	struct kvip_node_port *had_ports;
	size_t n_had_ports;
	bool failed;
};

/**
 * kvip_allocation_begin() - give back what a Service has
 * @allocation: filled in; kvip_allocation_end() it, after an error too
 * @store: in its transaction
 * @holder: of which; must outlive @allocation
 * @err: why not
 *
 * Return: 0 or -1.
 */
int kvip_allocation_begin(struct kvip_allocation *allocation,
			  struct kvip_store *store, const char *holder,
			  struct kvip_err *err);

/* kvip_allocation_end() - the memory; what was taken stays */
void kvip_allocation_end(struct kvip_allocation *allocation);

/* kvip_addr_of_blob() - an address as the file has it; false: it is none */
bool kvip_addr_of_blob(const void *blob, size_t n, struct kvip_addr *addr);

#endif /* KVIP_STORE_ALLOCATE_H */
