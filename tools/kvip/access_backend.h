/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What access.c and its two sides share; of no use to others. */
#ifndef KVIP_ACCESS_BACKEND_H
#define KVIP_ACCESS_BACKEND_H

#include <stddef.h>

#include "access.h"

struct kvip_access_local;
struct kvip_access_remote;

/* Who is told what a watch sees. */
struct kvip_access_teller {
	int (*fn)(unsigned int which, enum kvip_access_event event,
		  struct json_object *object, void *ctx, struct kvip_err *err);
	int (*idle)(void *ctx, struct kvip_err *err);
	void *ctx;
};

/* Each as its namesake of access.h; a name that cannot be one is not asked for. */
struct kvip_access_ops {
	int (*close)(struct kvip_access *access, struct kvip_err *err);
	int (*get)(struct kvip_access *access, enum kvip_kind kind,
		   const char *ns, const char *name,
		   struct json_object **object, struct kvip_err *err);
	int (*create)(struct kvip_access *access, enum kvip_kind kind,
		      struct json_object *object, bool dry_run,
		      struct json_object **result, struct kvip_err *err);
	int (*update)(struct kvip_access *access, enum kvip_kind kind,
		      struct json_object *object, bool dry_run,
		      struct json_object **result, struct kvip_err *err);
	int (*remove)(struct kvip_access *access, enum kvip_kind kind,
		      const char *ns, const char *name, bool dry_run,
		      struct kvip_err *err);
	int (*transaction)(struct kvip_access *access,
			   int (*fn)(struct kvip_access *access, void *ctx,
				     struct kvip_err *err),
			   void *ctx, struct kvip_err *err);
	/* fills @items, an array */
	int (*list)(struct kvip_access *access, enum kvip_kind kind,
		    const char *ns, const char *selector,
		    struct json_object *items, char **version,
		    struct kvip_err *err);
	int (*watch)(struct kvip_access *access,
		     const struct kvip_access_watch *watches,
		     unsigned int n_watches,
		     const struct kvip_access_teller *teller,
		     struct kvip_err *err);
};

struct kvip_access {
	const struct kvip_access_ops *ops;
	const struct kvip_access_options *options;
	char *ns;
	/* one of them */
	struct kvip_access_local *local;
	struct kvip_access_remote *remote;
	const char *server; /* its URL; NULL: of a store */

	void (*trouble)(const char *sentence, double seconds, void *ctx);
	void *trouble_ctx;
};

/* kvip_access_not_found() - services "web" not found; KVIP_ACCESS_ABSENT */
int kvip_access_not_found(enum kvip_kind kind, const char *name,
			  struct kvip_err *err);

/* kvip_access_text() - as printf(); free() it */
char *kvip_access_text(const char *fmt, ...)
	__attribute__((format(printf, 1, 2), nonnull(1)));

/* kvip_access_local_open(), kvip_access_remote_open() - fill in all but options
 * and trouble; 0 or -1
 */
int kvip_access_local_open(struct kvip_access *access, unsigned int flags,
			   struct kvip_err *err);
int kvip_access_remote_open(struct kvip_access *access, struct kvip_err *err);

#endif /* KVIP_ACCESS_BACKEND_H */
