// SPDX-License-Identifier: GPL-2.0-or-later
#include <json-c/json.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "access.h"
#include "access_backend.h"
#include "alloc.h"
#include "remote_program.h"

bool kvip_access_option(struct kvip_access_options *options, int option)
{
	switch (option) {
	case KVIP_ACCESS_OPT_STORE:
		options->store = optarg;
		return true;
	case KVIP_ACCESS_OPT_CONFIG:
		options->config = optarg;
		return true;
	case KVIP_ACCESS_OPT_SERVER:
		options->server = optarg;
		return true;
	case KVIP_ACCESS_OPT_KUBECONFIG:
		options->kubeconfig = optarg;
		return true;
	case KVIP_ACCESS_OPT_CONTEXT:
		options->context = optarg;
		return true;
	case KVIP_ACCESS_OPT_TOKEN_FILE:
		options->token_file = optarg;
		return true;
	case KVIP_ACCESS_OPT_CA_FILE:
		options->ca_file = optarg;
		return true;
	case KVIP_ACCESS_OPT_INSECURE:
		options->insecure = true;
		return true;
	case KVIP_ACCESS_OPT_NO_COMMIT:
		options->no_commit = true;
		return true;
	case 'n':
		options->ns = optarg;
		return true;
	default:
		return false;
	}
}

static int check_options(const struct kvip_access_options *options,
			 struct kvip_err *err)
{
	bool remote = options->server || options->kubeconfig;

	if (remote && options->store)
		return kvip_err_set(err, "--store is not for a server (%s)",
				    options->server ? "--server" :
						      "--kubeconfig");
	if (remote && options->config)
		return kvip_err_set(
			err,
			"--config tells of the local store, not of a server (%s)",
			options->server ? "--server" : "--kubeconfig");
	if (remote && options->no_commit)
		return kvip_err_set(
			err,
			"--no-commit is for the local store: what a server gets does not go into this kernel's table");
	if (options->context && !options->kubeconfig)
		return kvip_err_set(
			err,
			"--context is one of a kubeconfig, and --kubeconfig is not there");
	if (!options->server && options->token_file)
		return kvip_err_set(err, "--token-file needs --server");
	if (!options->server && options->ca_file)
		return kvip_err_set(err,
				    "--certificate-authority needs --server");
	if (!options->server && options->insecure)
		return kvip_err_set(
			err, "--insecure-skip-tls-verify needs --server");
	if (options->insecure && options->ca_file)
		return kvip_err_set(
			err,
			"--certificate-authority and --insecure-skip-tls-verify contradict each other");
	return options->ns ? kvip_namespace_check(options->ns, err) : 0;
}

/* In kvip-remote alone. */
extern __typeof__(kvip_access_remote_open) kvip_access_remote_open
	__attribute__((weak));

static void destroy(struct kvip_access *access)
{
	free(access->ns);
	free(access);
}

struct kvip_access *kvip_access_open(const struct kvip_access_options *options,
				     unsigned int flags, struct kvip_err *err)
{
	struct kvip_access *access;
	int ret;

	if (check_options(options, err))
		return NULL;
	access = kvip_alloc(sizeof(*access));
	access->options = options;
	if (!options->server && !options->kubeconfig)
		ret = kvip_access_local_open(access, flags, err);
	else if (kvip_access_remote_open)
		ret = kvip_access_remote_open(access, err);
	else
		ret = kvip_remote_become(err);
	if (!ret)
		return access;
	destroy(access);
	return NULL;
}

int kvip_access_close(struct kvip_access *access, struct kvip_err *err)
{
	int ret;

	if (!access)
		return 0;
	ret = access->ops->close(access, err);
	destroy(access);
	return ret;
}

const char *kvip_access_ns(const struct kvip_access *access)
{
	return access->ns;
}

const char *kvip_access_server(const struct kvip_access *access)
{
	return access->server;
}

void kvip_access_on_trouble(struct kvip_access *access,
			    void (*trouble)(const char *sentence,
					    double seconds, void *ctx),
			    void *ctx)
{
	access->trouble = trouble;
	access->trouble_ctx = ctx;
}

int kvip_access_not_found(enum kvip_kind kind, const char *name,
			  struct kvip_err *err)
{
	const struct kvip_kind_info *info = &kvip_kinds[kind];

	kvip_err_set(err, "%s%s%s \"%s\" not found", info->plural,
		     *info->group ? "." : "", info->group, name);
	return KVIP_ACCESS_ABSENT;
}

char *kvip_access_text(const char *fmt, ...)
{
	va_list args, again;
	char *text;
	int len;

	va_start(args, fmt);
	va_copy(again, args);
	len = vsnprintf(NULL, 0, fmt, args);
	text = kvip_alloc((size_t)len + 1);
	vsnprintf(text, (size_t)len + 1, fmt, again);
	va_end(again);
	va_end(args);
	return text;
}

/* Of a name that cannot be one there is no object; nor does it fit into a path. */
static bool can_be(enum kvip_kind kind, const char *ns, const char *name)
{
	struct kvip_err ignored;

	if (kvip_kinds[kind].namespaced && kvip_namespace_check(ns, &ignored))
		return false;
	return !kvip_name_check(kind, name, &ignored);
}

int kvip_access_get(struct kvip_access *access, enum kvip_kind kind,
		    const char *ns, const char *name,
		    struct json_object **object, struct kvip_err *err)
{
	if (!ns)
		ns = access->ns;
	if (!can_be(kind, ns, name))
		return kvip_access_not_found(kind, name, err);
	return access->ops->get(access, kind, ns, name, object, err);
}

/* The object with a namespace; json_object_put() it. The caller's is not changed. */
static struct json_object *within(struct kvip_access *access,
				  enum kvip_kind kind,
				  struct json_object *object)
{
	struct json_object *copy = NULL, *metadata;

	if (!kvip_kinds[kind].namespaced || *kvip_object_ns(object) ||
	    json_object_deep_copy(object, &copy, NULL))
		return json_object_get(object);
	if (json_object_object_get_ex(copy, "metadata", &metadata) &&
	    json_object_is_type(metadata, json_type_object))
		json_object_object_add(metadata, "namespace",
				       json_object_new_string(access->ns));
	return copy;
}

int kvip_access_create(struct kvip_access *access, enum kvip_kind kind,
		       struct json_object *object, bool dry_run,
		       struct json_object **result, struct kvip_err *err)
{
	int ret;

	object = within(access, kind, object);
	ret = access->ops->create(access, kind, object, dry_run, result, err);
	json_object_put(object);
	return ret;
}

int kvip_access_update(struct kvip_access *access, enum kvip_kind kind,
		       struct json_object *object, bool dry_run,
		       struct json_object **result, struct kvip_err *err)
{
	int ret;

	object = within(access, kind, object);
	ret = access->ops->update(access, kind, object, dry_run, result, err);
	json_object_put(object);
	return ret;
}

int kvip_access_delete(struct kvip_access *access, enum kvip_kind kind,
		       const char *ns, const char *name, bool dry_run,
		       struct kvip_err *err)
{
	if (!ns)
		ns = access->ns;
	if (!can_be(kind, ns, name))
		return kvip_access_not_found(kind, name, err);
	return access->ops->remove(access, kind, ns, name, dry_run, err);
}

int kvip_access_transaction(struct kvip_access *access,
			    int (*fn)(struct kvip_access *access, void *ctx,
				      struct kvip_err *err),
			    void *ctx, struct kvip_err *err)
{
	return access->ops->transaction(access, fn, ctx, err);
}

int kvip_access_list(struct kvip_access *access, enum kvip_kind kind,
		     const char *ns, const char *selector, kvip_access_fn fn,
		     void *ctx, char **version, struct kvip_err *err)
{
	struct json_object *items;
	char *known = NULL;
	size_t i;
	int ret;

	if (ns && kvip_namespace_check(ns, err))
		return KVIP_ACCESS_INVALID;
	/* all of it before the first is told: it may have to be begun again */
	items = json_object_new_array();
	ret = access->ops->list(access, kind, ns, selector, items, &known, err);
	for (i = 0; !ret && i < json_object_array_length(items); i++)
		ret = fn(json_object_array_get_idx(items, i), ctx, err);
	json_object_put(items);
	if (!ret && version)
		*version = known;
	else
		free(known);
	return ret;
}

int kvip_access_watch(
	struct kvip_access *access, const struct kvip_access_watch *watches,
	unsigned int n_watches,
	int (*fn)(unsigned int which, enum kvip_access_event event,
		  struct json_object *object, void *ctx, struct kvip_err *err),
	int (*idle)(void *ctx, struct kvip_err *err), void *ctx,
	struct kvip_err *err)
{
	const struct kvip_access_teller teller = { fn, idle, ctx };
	unsigned int i;

	for (i = 0; i < n_watches; i++)
		if (watches[i].ns && kvip_namespace_check(watches[i].ns, err))
			return KVIP_ACCESS_INVALID;
	return access->ops->watch(access, watches, n_watches, &teller, err);
}
