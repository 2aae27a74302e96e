/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The cluster's objects, wherever they are: in the local store, or with a real
 * API server (--server, --kubeconfig). The commands that people know from kubectl
 * are written against this.
 */
#ifndef KVIP_ACCESS_H
#define KVIP_ACCESS_H

#include <getopt.h>
#include <stdbool.h>
#include <stdint.h>

#include "err.h"
#include "kinds.h"

struct json_object;
struct kvip_access;
struct kvip_store;

/* enum kvip_access_result - what the functions return; 0: done */
enum kvip_access_result {
	KVIP_ACCESS_FAILED = -1,
	KVIP_ACCESS_ABSENT = -2,
	KVIP_ACCESS_EXISTS = -3,
	KVIP_ACCESS_CONFLICT = -4,
	KVIP_ACCESS_INVALID = -5,
	KVIP_ACCESS_EXPIRED = -6,
};

/**
 * struct kvip_access_options - where the cluster is, from the command line
 * @store: --store PATH; NULL: as kvip.conf has it
 * @config: --config PATH; NULL: the usual one, if it is there
 * @server: --server URL; NULL: none
 * @kubeconfig: --kubeconfig PATH; NULL: none. $KUBECONFIG is not looked at: it
 *	would make the same words mean another cluster
 * @context: --context NAME
 * @token_file: --token-file PATH, with --server
 * @ca_file: --certificate-authority PATH, with --server
 * @insecure: --insecure-skip-tls-verify
 * @ns: -n NAME; NULL: "default", or as the kubeconfig's context has it
 * @no_commit: --no-commit: change the store, not the kernel's table
 */
struct kvip_access_options {
	const char *store;
	const char *config;
	const char *server;
	const char *kubeconfig;
	const char *context;
	const char *token_file;
	const char *ca_file;
	bool insecure;
	const char *ns;
	bool no_commit;
};

/* The long options above, for a command's table; -n is "n:". */
enum {
	KVIP_ACCESS_OPT_STORE = 0x100,
	KVIP_ACCESS_OPT_CONFIG,
	KVIP_ACCESS_OPT_SERVER,
	KVIP_ACCESS_OPT_KUBECONFIG,
	KVIP_ACCESS_OPT_CONTEXT,
	KVIP_ACCESS_OPT_TOKEN_FILE,
	KVIP_ACCESS_OPT_CA_FILE,
	KVIP_ACCESS_OPT_INSECURE,
	KVIP_ACCESS_OPT_NO_COMMIT,
	/* a command's own begin here */
	KVIP_ACCESS_OPT_END = 0x200,
};

#define KVIP_ACCESS_SHORT "n:"
#define KVIP_ACCESS_LONG                                                       \
	{ "store", required_argument, NULL, KVIP_ACCESS_OPT_STORE },           \
		{ "config", required_argument, NULL, KVIP_ACCESS_OPT_CONFIG }, \
		{ "server", required_argument, NULL, KVIP_ACCESS_OPT_SERVER }, \
		{ "kubeconfig", required_argument, NULL,                       \
		  KVIP_ACCESS_OPT_KUBECONFIG },                                \
		{ "context", required_argument, NULL,                          \
		  KVIP_ACCESS_OPT_CONTEXT },                                   \
		{ "token-file", required_argument, NULL,                       \
		  KVIP_ACCESS_OPT_TOKEN_FILE },                                \
		{ "certificate-authority", required_argument, NULL,            \
		  KVIP_ACCESS_OPT_CA_FILE },                                   \
		{ "insecure-skip-tls-verify", no_argument, NULL,               \
		  KVIP_ACCESS_OPT_INSECURE },                                  \
		{ "namespace", required_argument, NULL, 'n' },                 \
	{                                                                      \
		"no-commit", no_argument, NULL, KVIP_ACCESS_OPT_NO_COMMIT      \
	}

/* The end of a command's help. */
#define KVIP_ACCESS_HELP                                                           \
	"  -n, --namespace NAME   the namespace (default: default)\n"              \
	"      --store FILE       the local store (default: as kvip.conf says,\n"  \
	"                         else /var/lib/kvip/cluster.db)\n"                \
	"      --config FILE      in place of /etc/kvip/kvip.conf\n"               \
	"      --no-commit        change the store, not the kernel's table\n"      \
	"      --kubeconfig FILE  ask a Kubernetes API server instead\n"           \
	"      --context NAME     of the kubeconfig\n"                             \
	"      --server URL       the same without a kubeconfig, with\n"           \
	"                         --token-file, --certificate-authority FILE or\n" \
	"                         --insecure-skip-tls-verify\n"

/* kvip_access_option() - take an option that getopt_long() found; false: none of
 * these
 */
bool kvip_access_option(struct kvip_access_options *options, int option);

/* enum kvip_access_open_flags - what it is for */
enum kvip_access_open_flags {
	KVIP_ACCESS_WRITE = 1 << 0, /* a store is made if there is none */
	KVIP_ACCESS_TRY = 1 << 1, /* with it: dry runs, which need no module */
};

/**
 * kvip_access_open() - be ready
 * @options: must outlive it
 * @flags: enum kvip_access_open_flags
 * @err: one sentence: no right to the store, options that contradict, a module
 *	that is not loaded (unless no_commit): a writer learns that before anything
 *	is written
 *
 * Reading where there is no store yet is reading an empty one.
 */
struct kvip_access *kvip_access_open(const struct kvip_access_options *options,
				     unsigned int flags, struct kvip_err *err);

/**
 * kvip_access_close() - the end; NULL is ok
 * @access: if it is a store that was changed, the change goes into the kernel's
 *	table now, load-balancer addresses are asked for and announced, and zones
 *	written, as far as they are configured (local.h)
 * @err: what of that failed; the store has the change
 *
 * Return: 0 or -1.
 */
int kvip_access_close(struct kvip_access *access, struct kvip_err *err);

/* kvip_access_ns() - the namespace to use where none is told */
const char *kvip_access_ns(const struct kvip_access *access);

/* kvip_access_server() - the server's URL, or NULL: it is a store */
const char *kvip_access_server(const struct kvip_access *access);

/* kvip_access_store() - the store; NULL: it is a server, or there is none yet */
struct kvip_store *kvip_access_store(const struct kvip_access *access);

/* As their namesakes of store.h; errors are those of the server where it is one:
 * "services "web" not found". An object that tells no namespace is in
 * kvip_access_ns(). An update that tells no resourceVersion is of the object as it
 * is.
 */
int kvip_access_get(struct kvip_access *access, enum kvip_kind kind,
		    const char *ns, const char *name,
		    struct json_object **object, struct kvip_err *err);
int kvip_access_create(struct kvip_access *access, enum kvip_kind kind,
		       struct json_object *object, bool dry_run,
		       struct json_object **result, struct kvip_err *err);
int kvip_access_update(struct kvip_access *access, enum kvip_kind kind,
		       struct json_object *object, bool dry_run,
		       struct json_object **result, struct kvip_err *err);
int kvip_access_delete(struct kvip_access *access, enum kvip_kind kind,
		       const char *ns, const char *name, bool dry_run,
		       struct kvip_err *err);

/* kvip_access_transaction() - in a store, all or nothing of what @fn does; a
 * server has no such thing: there @fn is called and undoes what it can itself
 */
int kvip_access_transaction(struct kvip_access *access,
			    int (*fn)(struct kvip_access *access, void *ctx,
				      struct kvip_err *err),
			    void *ctx, struct kvip_err *err);

/* typedef kvip_access_fn - take an object; 0, or another value to stop */
typedef int (*kvip_access_fn)(struct json_object *object, void *ctx,
			      struct kvip_err *err);

/**
 * kvip_access_list() - hand out the objects of a kind
 * @access: of which cluster
 * @kind: which, as "kind" and "apiVersion" of each tell, too
 * @ns: of one namespace; NULL: of all
 * @selector: of labels, as the API takes it; NULL: none
 * @fn: called with each, by namespace and name
 * @ctx: for @fn
 * @version: out: for kvip_access_watch(); free() it; may be NULL
 * @err: why not
 */
int kvip_access_list(struct kvip_access *access, enum kvip_kind kind,
		     const char *ns, const char *selector, kvip_access_fn fn,
		     void *ctx, char **version, struct kvip_err *err);

/* A thing to watch. */
struct kvip_access_watch {
	enum kvip_kind kind;
	const char *ns; /* NULL: of all */
	const char *selector; /* NULL: none */
	const char *version; /* what is known */
};

/* What happened to an object. */
enum kvip_access_event {
	KVIP_ACCESS_ADDED,
	KVIP_ACCESS_MODIFIED,
	KVIP_ACCESS_DELETED,
};

/**
 * kvip_access_watch() - hand out what happens, as it does
 * @access: where
 * @watches: what, each with its version
 * @n_watches: how many; each event tells which by its index
 * @fn: 0, or another value to stop, which is returned
 * @idle: what had happened was told, and no more waits: a good moment to print;
 *	as @fn; may be NULL
 * @ctx: for both
 * @err: why it ended
 *
 * Goes on until @fn or @idle stops it. A store or server that has forgotten what
 * happened since ends it with KVIP_ACCESS_EXPIRED: list again. A broken
 * connection is made anew. With a selector, an object that comes to be selected
 * is told as added, one that no longer is as deleted. A store that is not there
 * yet is waited for. @fn and @idle may use @access for all but another watch.
 */
int kvip_access_watch(
	struct kvip_access *access, const struct kvip_access_watch *watches,
	unsigned int n_watches,
	int (*fn)(unsigned int which, enum kvip_access_event event,
		  struct json_object *object, void *ctx, struct kvip_err *err),
	int (*idle)(void *ctx, struct kvip_err *err), void *ctx,
	struct kvip_err *err);

/**
 * kvip_access_on_trouble() - be told of connections that broke
 * @access: whose watches'
 * @trouble: told why, and in how many seconds it is tried again; may be NULL
 * @ctx: for it
 */
void kvip_access_on_trouble(struct kvip_access *access,
			    void (*trouble)(const char *sentence,
					    double seconds, void *ctx),
			    void *ctx);

#endif /* KVIP_ACCESS_H */
