/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The local store: what an API server is to a cluster, an SQLite file is to one
 * machine. Any number of processes use it at once. Each call is a transaction of
 * its own, durable when it returns; killed at any point, a call has happened or
 * it has not.
 *
 * Objects are those of the Kubernetes API, checked and completed as the API
 * server does it (admit.h), with uid, resourceVersion and creationTimestamp.
 * ClusterIPs, node ports and load-balancer addresses are given out in the same
 * transaction. EndpointSlices of Services with selectors follow the Pods (S5).
 */
#ifndef KVIP_STORE_STORE_H
#define KVIP_STORE_STORE_H

#include <stdbool.h>
#include <stdint.h>

#include "err.h"
#include "kinds.h"

struct json_object;
struct kvip_store;
struct kvip_store_config;

/* enum kvip_store_result - what the functions return, but where told otherwise */
enum kvip_store_result {
	KVIP_STORE_OK = 0,
	KVIP_STORE_ERROR =
		-1, /* the file: full, corrupt, newer, not ours, ... */
	KVIP_STORE_ABSENT = -2, /* services "web" not found */
	KVIP_STORE_EXISTS = -3, /* services "web" already exists */
	KVIP_STORE_CONFLICT = -4, /* the object has been modified */
	KVIP_STORE_INVALID =
		-5, /* the object, or what it asks for, is refused */
	KVIP_STORE_EXPIRED = -6, /* changes since then are not known any more */
};

/* enum kvip_store_open_flags - %KVIP_STORE_MUST_EXIST: do not make a new one.
 * %KVIP_STORE_READ_ONLY: nothing will be written; needs no right to
 */
enum kvip_store_open_flags {
	KVIP_STORE_MUST_EXIST = 1 << 0,
	KVIP_STORE_READ_ONLY = 1 << 1,
};

/**
 * kvip_store_open() - open the store, or make it
 * @config: must outlive the store
 * @flags: enum kvip_store_open_flags
 * @err: "PATH: the store is of a newer kvip (schema 3; this one knows 1)", ...
 *
 * An older schema is migrated in one transaction. A new store has this machine's
 * Node, named config->node, with its addresses.
 *
 * Return: the store, or NULL.
 */
struct kvip_store *kvip_store_open(const struct kvip_store_config *config,
				   unsigned int flags, struct kvip_err *err);

/* kvip_store_close() - NULL is ok */
void kvip_store_close(struct kvip_store *store);

/**
 * kvip_store_transaction() - several calls, all or none of which happen
 * @store: whose calls @fn makes
 * @fn: 0 commits; another value undoes everything, and is returned
 * @ctx: for @fn
 * @err: of @fn, or of the commit
 */
int kvip_store_transaction(struct kvip_store *store,
			   int (*fn)(struct kvip_store *store, void *ctx,
				     struct kvip_err *err),
			   void *ctx, struct kvip_err *err);

/**
 * kvip_store_create() - add an object
 * @store: to what
 * @kind: of it
 * @object: as a file has it; not changed. metadata.generateName is understood.
 *	Of a Pod, Node and EndpointSlice the status is taken as it is told: there is
 *	no kubelet. A Service without metadata.namespace is in "default"
 * @dry_run: everything but the writing; addresses it is given are not taken
 * @result: out: the object as it is stored; json_object_put() it; may be NULL
 * @err: one sentence, beginning with what it is about: "Service "web" is
 *	invalid: spec.ports[0].nodePort: 31000 is taken by demo/api"
 *
 * kvip_store_update() puts it in the place of the one of its name: its
 * resourceVersion and uid, if it tells them, must be that one's, and status of a
 * Service stays, as does that of another kind if none is told.
 * kvip_store_update_status() changes the status only; of a Service that gets its
 * addresses from pools their part of it stays. An update that changes nothing
 * writes nothing.
 *
 * Within a transaction, EndpointSlices and Services that wait for an address are
 * seen to when something is read, and before it is over.
 */
int kvip_store_create(struct kvip_store *store, enum kvip_kind kind,
		      struct json_object *object, bool dry_run,
		      struct json_object **result, struct kvip_err *err);
int kvip_store_update(struct kvip_store *store, enum kvip_kind kind,
		      struct json_object *object, bool dry_run,
		      struct json_object **result, struct kvip_err *err);
int kvip_store_update_status(struct kvip_store *store, enum kvip_kind kind,
			     struct json_object *object,
			     struct json_object **result, struct kvip_err *err);

/* kvip_store_delete() - take an object out, and what belongs to it: a Service's
 * EndpointSlices, addresses and ports
 */
int kvip_store_delete(struct kvip_store *store, enum kvip_kind kind,
		      const char *ns, const char *name, bool dry_run,
		      struct kvip_err *err);

/* kvip_store_get() - @object: json_object_put() it */
int kvip_store_get(struct kvip_store *store, enum kvip_kind kind,
		   const char *ns, const char *name,
		   struct json_object **object, struct kvip_err *err);

/**
 * typedef kvip_store_fn - take an object; json_object_get() what is to stay
 *
 * It may read the store, but change it only within kvip_store_transaction().
 *
 * Return: 0, or another value to stop, which is then returned.
 */
typedef int (*kvip_store_fn)(struct json_object *object, void *ctx,
			     struct kvip_err *err);

/**
 * kvip_store_list() - hand out objects in the order of namespace and name
 * @store: whose
 * @kind: of what kind
 * @ns: of one namespace; NULL: of all
 * @fn: called with each
 * @ctx: for @fn
 * @version: out: the store's version that this is the state of; may be NULL
 * @err: why not
 */
int kvip_store_list(struct kvip_store *store, enum kvip_kind kind,
		    const char *ns, kvip_store_fn fn, void *ctx,
		    uint64_t *version, struct kvip_err *err);

/* kvip_store_slices() - the same for the EndpointSlices of one Service */
int kvip_store_slices(struct kvip_store *store, const char *ns,
		      const char *service, kvip_store_fn fn, void *ctx,
		      struct kvip_err *err);

enum kvip_store_change_type {
	KVIP_STORE_ADDED,
	KVIP_STORE_MODIFIED,
	KVIP_STORE_DELETED,
};

/**
 * struct kvip_store_change - something that happened
 * @version: the store's version then, the object's resourceVersion
 * @type: what
 * @kind: to what; @ns and @name, too
 * @object: as it was then, the last state if it was deleted; borrowed
 * @before: as it was before; NULL if it was added; borrowed
 */
struct kvip_store_change {
	uint64_t version;
	enum kvip_store_change_type type;
	enum kvip_kind kind;
	const char *ns;
	const char *name;
	struct json_object *object;
	struct json_object *before;
};

/**
 * kvip_store_changes() - hand out what happened since, in order
 * @store: where
 * @since: the version that is known; %KVIP_STORE_EXPIRED if it is too old (the
 *	last 20,000 changes at least are kept)
 * @fn: 0, or another value to stop
 * @ctx: for @fn
 * @version: out: the version now known; may be @since's variable
 * @err: why not
 */
int kvip_store_changes(struct kvip_store *store, uint64_t since,
		       int (*fn)(const struct kvip_store_change *change,
				 void *ctx, struct kvip_err *err),
		       void *ctx, uint64_t *version, struct kvip_err *err);

/* kvip_store_version() - the store's version now */
int kvip_store_version(struct kvip_store *store, uint64_t *version,
		       struct kvip_err *err);

/**
 * kvip_store_fd() - becomes readable when there may be changes
 * @store: whose
 * @err: why not
 *
 * inotify on the file: whoever commits is noticed at once, whatever becomes of
 * it. kvip_store_acknowledge() makes it unreadable; call it, then look for
 * changes.
 *
 * Return: the descriptor, which belongs to the store, or -1.
 */
int kvip_store_fd(struct kvip_store *store, struct kvip_err *err);
void kvip_store_acknowledge(struct kvip_store *store);

/*
 * What a kernel's table was made of: kept in the store, so that a command may
 * derive only what changed since. @where names a network namespace of a boot.
 */
struct kvip_store_mark {
	uint64_t generation; /* of the kernel's table */
	uint64_t version; /* of the store that it was made of */
	char config[65]; /* a fingerprint of what else it was made with */
};

/* kvip_store_mark_get() - KVIP_STORE_ABSENT if nothing is known */
int kvip_store_mark_get(struct kvip_store *store, const char *where,
			struct kvip_store_mark *mark, struct kvip_err *err);
int kvip_store_mark_set(struct kvip_store *store, const char *where,
			const struct kvip_store_mark *mark,
			struct kvip_err *err);

/* kvip_store_check() - whether all invariants hold: no address or port given out
 * twice or lost, every EndpointSlice as its Service and Pods want it, SQLite's
 * own integrity check; 0 or -1 with the first that does not
 */
int kvip_store_check(struct kvip_store *store, struct kvip_err *err);

#endif /* KVIP_STORE_STORE_H */
