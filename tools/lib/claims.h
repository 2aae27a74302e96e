/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who gets a frontend that several Services ask for. Anyone who may make a
 * Service may ask for any external IP; a mistake, or malice, in one namespace
 * must neither take another's address away nor stop the node's updates. A
 * ClusterIP goes before an LB IP, and that before an external IP: the API
 * server gives out the first, a controller the second, and users write the
 * third. Of one kind the older Service wins, then the first by name. Pure.
 */
#ifndef KVIP_LIB_CLAIMS_H
#define KVIP_LIB_CLAIMS_H

#include "hash.h"
#include "model.h"
#include "table.h"

struct kvip_claims {
	struct kvip_hash claimants; /* Services that ask for something */
	struct kvip_hash claims; /* by address, port and protocol */
};

/* Told of a Service that may have won or lost a frontend by another's change. */
typedef void (*kvip_claims_fn)(const char *ns, const char *name, void *arg);

/* kvip_claims_free() - forget all; a struct of zeros has none */
void kvip_claims_free(struct kvip_claims *claims);

/**
 * kvip_claims_update() - a Service asks for other frontends than before, or for none
 * @claims: all claims
 * @ns: its namespace
 * @name: its name
 * @svc: the Service, or NULL if it is gone or not served
 * @fn: told of each other Service that asks for a frontend which this one began
 *	or ceased to ask for; may be NULL
 * @arg: for @fn
 *
 * Return: whether its claims changed.
 */
bool kvip_claims_update(struct kvip_claims *claims, const char *ns,
			const char *name, const struct kvip_svc *svc,
			kvip_claims_fn fn, void *arg);

/**
 * kvip_claims_read() - what all Services of a cluster ask for
 * @claims: all claims; what there was is forgotten
 * @model: the cluster
 * @proxy_name: as kvip_svc_is_served() has it
 */
void kvip_claims_read(struct kvip_claims *claims,
		      const struct kvip_model *model, const char *proxy_name);

/**
 * kvip_claims_wins() - whether a Service port gets a frontend
 * @claims: all claims
 * @svc: a Service whose claims are known
 * @port: index of its port
 * @frontend: one that it asks for
 */
bool kvip_claims_wins(const struct kvip_claims *claims,
		      const struct kvip_svc *svc, uint32_t port,
		      const struct kvip_frontend *frontend);

#endif /* KVIP_LIB_CLAIMS_H */
