// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <inttypes.h>
#include <json-c/json.h>
#include <linux/capability.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "access_local.h"
#include "agent_name.h"
#include "alloc.h"
#include "client.h"
#include "object.h"
#include "selector.h"
#include "store.h"

/* What the store says is said on. */
#define SAME(result)                                                     \
	_Static_assert((int)KVIP_STORE_##result == KVIP_ACCESS_##result, \
		       #result)
SAME(ABSENT);
SAME(EXISTS);
SAME(CONFLICT);
SAME(INVALID);
SAME(EXPIRED);
_Static_assert((int)KVIP_STORE_ERROR == KVIP_ACCESS_FAILED, "ERROR");

static const char no_commit[] = "--no-commit changes the store alone";

/* Whether the kernel would let us; if that can't be told, it will tell. */
static bool may_write_table(void)
{
	struct __user_cap_header_struct header = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];

	if (syscall(SYS_capget, &header, data))
		return true;
	return data[CAP_TO_INDEX(CAP_NET_ADMIN)].effective &
	       CAP_TO_MASK(CAP_NET_ADMIN);
}

/* A writer hears of what would keep the table as it is before it writes. */
static struct kvip_client *open_client(struct kvip_err *err)
{
	struct kvip_client *client = kvip_client_open(err);
	struct kvip_info info;

	if (!client) {
		if (strstr(err->text, "not loaded"))
			kvip_err_set(
				err,
				"the kvip module is not loaded (modprobe kvip; %s)",
				no_commit);
		return NULL;
	}
	if (kvip_client_info(client, &info, err))
		goto failed;
	if (may_write_table())
		return client;
	kvip_err_set(
		err,
		"not permitted: this needs CAP_NET_ADMIN in the network namespace (%s)",
		no_commit);
failed:
	kvip_client_close(client);
	return NULL;
}

/* An agent that follows an API server would undo in the table what we do. */
static bool is_others(void)
{
	return kvip_agent_runs(KVIP_AGENT_NAME) &&
	       !kvip_agent_runs(KVIP_AGENT_STORE_NAME);
}

int kvip_access_local_look(struct kvip_access_local *local,
			   struct kvip_err *err)
{
	struct stat stat_of;

	if (local->store)
		return 0;
	if (stat(local->config.store.path, &stat_of)) {
		if (errno == ENOENT)
			return 0;
		return kvip_err_set(err, "%s: %s", local->config.store.path,
				    strerror(errno));
	}
	local->store = kvip_store_open(
		&local->config.store,
		KVIP_STORE_MUST_EXIST | KVIP_STORE_READ_ONLY, err);
	return local->store ? 0 : -1;
}

static int open_store(struct kvip_access_local *local,
		      const struct kvip_access_options *options,
		      unsigned int flags, struct kvip_err *err)
{
	if (kvip_local_config_read(options->config, &local->config, err))
		return -1;
	if (options->store) {
		free(local->config.store.path);
		local->config.store.path = kvip_strdup(options->store);
	}
	if (!(flags & KVIP_ACCESS_WRITE))
		return kvip_access_local_look(local, err);
	if (!options->no_commit && !(flags & KVIP_ACCESS_TRY)) {
		if (is_others())
			return kvip_err_set(
				err,
				"kvipd keeps the table here as an API server has it: --kubeconfig FILE writes there, and %s",
				no_commit);
		local->client = open_client(err);
		if (!local->client)
			return -1;
	}
	local->store = kvip_store_open(&local->config.store, 0, err);
	return local->store ? 0 : -1;
}

static void destroy(struct kvip_access_local *local)
{
	kvip_store_close(local->store);
	kvip_client_close(local->client);
	kvip_local_config_free(&local->config);
	free(local);
}

static int local_close(struct kvip_access *access, struct kvip_err *err)
{
	struct kvip_access_local *local = access->local;
	int ret = 0;

	if (local->written && local->client &&
	    kvip_local_apply(local->store, &local->config, local->client,
			     err)) {
		kvip_err_prefix(err, "the store has the change, but: ");
		ret = -1;
	}
	destroy(local);
	return ret;
}

/* There is a store, or a sentence about it. */
static bool has_store(const struct kvip_access_local *local,
		      struct kvip_err *err)
{
	if (local->store)
		return true;
	kvip_err_set(err, "%s: there is no store", local->config.store.path);
	return false;
}

static int local_get(struct kvip_access *access, enum kvip_kind kind,
		     const char *ns, const char *name,
		     struct json_object **object, struct kvip_err *err)
{
	struct kvip_access_local *local = access->local;

	if (kvip_access_local_look(local, err))
		return KVIP_ACCESS_FAILED;
	if (!local->store)
		return kvip_access_not_found(kind, name, err);
	return kvip_store_get(local->store, kind, ns, name, object, err);
}

static int local_create(struct kvip_access *access, enum kvip_kind kind,
			struct json_object *object, bool dry_run,
			struct json_object **result, struct kvip_err *err)
{
	struct kvip_access_local *local = access->local;
	int ret;

	if (!has_store(local, err))
		return KVIP_ACCESS_FAILED;
	ret = kvip_store_create(local->store, kind, object, dry_run, result,
				err);
	local->written |= !ret && !dry_run;
	return ret;
}

static int local_update(struct kvip_access *access, enum kvip_kind kind,
			struct json_object *object, bool dry_run,
			struct json_object **result, struct kvip_err *err)
{
	struct kvip_access_local *local = access->local;
	int ret;

	if (!has_store(local, err))
		return KVIP_ACCESS_FAILED;
	ret = kvip_store_update(local->store, kind, object, dry_run, result,
				err);
	local->written |= !ret && !dry_run;
	return ret;
}

static int local_remove(struct kvip_access *access, enum kvip_kind kind,
			const char *ns, const char *name, bool dry_run,
			struct kvip_err *err)
{
	struct kvip_access_local *local = access->local;
	int ret;

	if (!has_store(local, err))
		return KVIP_ACCESS_FAILED;
	ret = kvip_store_delete(local->store, kind, ns, name, dry_run, err);
	local->written |= !ret && !dry_run;
	return ret;
}

struct transaction {
	struct kvip_access *access;
	int (*fn)(struct kvip_access *access, void *ctx, struct kvip_err *err);
	void *ctx;
};

static int run_transaction(struct kvip_store *store, void *ctx,
			   struct kvip_err *err)
{
	struct transaction *transaction = ctx;

	(void)store;
	return transaction->fn(transaction->access, transaction->ctx, err);
}

static int local_transaction(struct kvip_access *access,
			     int (*fn)(struct kvip_access *access, void *ctx,
				       struct kvip_err *err),
			     void *ctx, struct kvip_err *err)
{
	struct transaction transaction = { access, fn, ctx };
	struct kvip_access_local *local = access->local;
	bool written = local->written;
	int ret;

	if (!has_store(local, err))
		return KVIP_ACCESS_FAILED;
	ret = kvip_store_transaction(local->store, run_transaction,
				     &transaction, err);
	/* what was undone was not written */
	if (ret)
		local->written = written;
	return ret;
}

struct listing {
	struct json_object *items;
	const struct kvip_selector *selector; /* NULL: none */
};

static int take_item(struct json_object *object, void *ctx,
		     struct kvip_err *err)
{
	const struct listing *listing = ctx;
	struct json_object *metadata = kvip_object_member(object, "metadata");

	(void)err;
	if (listing->selector &&
	    !kvip_selector_matches(listing->selector,
				   kvip_object_member(metadata, "labels")))
		return 0;
	json_object_array_add(listing->items, json_object_get(object));
	return 0;
}

static int local_list(struct kvip_access *access, enum kvip_kind kind,
		      const char *ns, const char *selector,
		      struct json_object *items, char **version,
		      struct kvip_err *err)
{
	struct kvip_access_local *local = access->local;
	struct kvip_selector *parsed = NULL;
	struct listing listing = { items, NULL };
	uint64_t known = 0;
	int ret = 0;

	if (kvip_access_local_look(local, err))
		return KVIP_ACCESS_FAILED;
	if (selector) {
		parsed = kvip_selector_parse(selector, err);
		if (!parsed)
			return KVIP_ACCESS_INVALID;
		listing.selector = parsed;
	}
	if (local->store)
		ret = kvip_store_list(local->store, kind, ns, take_item,
				      &listing, &known, err);
	kvip_selector_free(parsed);
	if (!ret)
		*version = kvip_access_text("%" PRIu64, known);
	return ret;
}

static const struct kvip_access_ops local_ops = {
	.close = local_close,
	.get = local_get,
	.create = local_create,
	.update = local_update,
	.remove = local_remove,
	.transaction = local_transaction,
	.list = local_list,
	.watch = kvip_access_local_watch,
};

int kvip_access_local_open(struct kvip_access *access, unsigned int flags,
			   struct kvip_err *err)
{
	const struct kvip_access_options *options = access->options;
	struct kvip_access_local *local;

	local = kvip_alloc(sizeof(*local));
	if (open_store(local, options, flags, err)) {
		destroy(local);
		return -1;
	}
	access->ops = &local_ops;
	access->local = local;
	access->ns = kvip_strdup(options->ns ? options->ns : "default");
	return 0;
}

struct kvip_store *kvip_access_store(const struct kvip_access *access)
{
	return access->local ? access->local->store : NULL;
}
