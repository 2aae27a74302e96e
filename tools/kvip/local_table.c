// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The whole cluster is read and derived when it has to be. Mostly it has not: the
 * store keeps what the kernel's table was made of, and what changed since names
 * the few Services whose part of the table can be another.
 */
#include <errno.h>
#include <fcntl.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <linux/kvip.h>

#include "alloc.h"
#include "client.h"
#include "converge.h"
#include "decode.h"
#include "local.h"
#include "local_table.h"
#include "mirror.h"
#include "model.h"
#include "object.h"
#include "store.h"

/* More changed Services than this are not worth going through one by one. */
#define CHANGED_MAX 200

/* So many that concern no Service, such as those of Pods' status, neither. */
#define UNCONCERNED_MAX 1000

/* A network namespace of a boot. */
#define WHERE_LEN 96

struct changed {
	char *ns;
	char *name;
};

/* What happened since the table was made. */
struct since {
	struct changed *items;
	size_t n;
	bool whole; /* all has to be derived */
};

static int take_object(struct json_object *object, void *ctx,
		       struct kvip_err *err)
{
	return kvip_decode(ctx, object, NULL, 0, err);
}

int kvip_local_model(struct kvip_store *store, struct kvip_model *model,
		     uint64_t *version, struct kvip_err *err)
{
	static const enum kvip_kind kinds[] = {
		KVIP_KIND_NODE,
		KVIP_KIND_SERVICE,
		KVIP_KIND_ENDPOINT_SLICE,
	};
	uint64_t listed;
	size_t i;

	for (;;) {
		*version = 0;
		for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
			if (kvip_store_list(store, kinds[i], NULL, take_object,
					    model, &listed, err))
				return -1;
			if (i && listed != *version)
				break;
			*version = listed;
		}
		if (i == sizeof(kinds) / sizeof(kinds[0]))
			return 0;
		/* it changed meanwhile: all of it as of one version */
		kvip_model_free(model);
	}
}

static bool tell_where(char where[WHERE_LEN])
{
	char boot[40] = "";
	struct stat ns;
	FILE *from;

	from = fopen("/proc/sys/kernel/random/boot_id", "re");
	if (!from)
		return false;
	if (!fgets(boot, sizeof(boot), from))
		boot[0] = '\0';
	fclose(from);
	boot[strcspn(boot, "\n")] = '\0';
	if (!boot[0] || stat("/proc/self/ns/net", &ns))
		return false;
	snprintf(where, WHERE_LEN, "%s net %lu:%lu", boot,
		 (unsigned long)ns.st_dev, (unsigned long)ns.st_ino);
	return true;
}

/* FNV-1a: enough to tell one configuration from another. */
static uint64_t mix(uint64_t hash, const char *text)
{
	do {
		hash ^= (unsigned char)*text;
		hash *= 0x100000001b3ULL;
	} while (*text++);
	return hash;
}

/*
 * What else a table was made with; and how large it is, since a module that is
 * loaded anew counts its generations from the beginning.
 */
static void take_fingerprint(const struct kvip_config *config, const char *node,
			     const struct kvip_info *info, char text[65])
{
	uint64_t hash = mix(0xcbf29ce484222325ULL, node);
	unsigned int key;
	char *value;

	for (key = 0; key < KVIP_CONFIG_KEYS; key++) {
		value = kvip_config_text(config, key);
		hash = mix(hash, value);
		free(value);
		value = kvip_config_resolved_text(config, key);
		if (value)
			hash = mix(hash, value);
		free(value);
	}
	snprintf(text, 65, "%016llx %u %u %u", (unsigned long long)hash,
		 info->services, info->frontends, info->backends);
}

/* What the next command may go on from; without it that one derives everything. */
static void remember(struct kvip_store *store, struct kvip_client *client,
		     uint64_t generation, uint64_t version,
		     const struct kvip_config *config, const char *node)
{
	struct kvip_store_mark mark = { .generation = generation,
					.version = version };
	char where[WHERE_LEN];
	struct kvip_info info;
	struct kvip_err ignored;

	if (!tell_where(where) || kvip_client_info(client, &info, &ignored) ||
	    info.generation != generation)
		return;
	take_fingerprint(config, node, &info, mark.config);
	kvip_store_mark_set(store, where, &mark, &ignored);
}

static int make_whole(struct kvip_store *store,
		      const struct kvip_local_config *config,
		      struct kvip_client *client, struct kvip_err *err)
{
	struct kvip_converge made;
	struct kvip_model model;
	uint64_t version;
	int ret;

	kvip_converge_init(&made);
	kvip_model_init(&model);
	made.model = &model;
	made.node = config->store.node;
	made.has_file = config->has_kernel;
	made.file = config->kernel;
	made.config.allow_empty = true;
	ret = kvip_converge_ask(&made, client, err) ||
	      kvip_local_model(store, &model, &version, err) ||
	      kvip_converge(&made, client, err);
	if (!ret)
		remember(store, client, made.generation, version,
			 &made.want_config, made.node);
	kvip_converge_free(&made);
	kvip_model_free(&model);
	return ret ? -1 : 0;
}

static void add_changed(struct since *since, const char *ns, const char *name)
{
	size_t i;

	for (i = 0; i < since->n; i++)
		if (!strcmp(since->items[i].ns, ns) &&
		    !strcmp(since->items[i].name, name))
			return;
	if (since->n == CHANGED_MAX) {
		since->whole = true;
		return;
	}
	since->items = kvip_grow(since->items, since->n, sizeof(*since->items));
	since->items[since->n].ns = kvip_strdup(ns);
	since->items[since->n++].name = kvip_strdup(name);
}

static void free_since(struct since *since)
{
	size_t i;

	for (i = 0; i < since->n; i++) {
		free(since->items[i].ns);
		free(since->items[i].name);
	}
	free(since->items);
}

/*
 * A Service that asks for addresses which others may ask for, too: whether it
 * gets them, and who does otherwise, depends on all of them.
 */
static bool may_contend(struct json_object *service)
{
	struct json_object *spec, *ips, *balancer, *ingress;

	spec = kvip_object_member(service, "spec");
	ips = kvip_object_member(spec, "externalIPs");
	balancer = kvip_object_member(kvip_object_member(service, "status"),
				      "loadBalancer");
	ingress = kvip_object_member(balancer, "ingress");
	return (json_object_is_type(ips, json_type_array) &&
		json_object_array_length(ips)) ||
	       (json_object_is_type(ingress, json_type_array) &&
		json_object_array_length(ingress));
}

static void take_slice(struct since *since, const char *ns,
		       struct json_object *slice)
{
	struct json_object *labels;
	const char *service;

	labels = kvip_object_member(kvip_object_member(slice, "metadata"),
				    "labels");
	service = kvip_object_text(labels, "kubernetes.io/service-name");
	if (service)
		add_changed(since, ns, service);
}

static int take_change(const struct kvip_store_change *change, void *ctx,
		       struct kvip_err *err)
{
	struct since *since = ctx;

	(void)err;
	switch (change->kind) {
	case KVIP_KIND_SERVICE:
		if (may_contend(change->object) || may_contend(change->before))
			since->whole = true;
		add_changed(since, change->ns, change->name);
		break;
	case KVIP_KIND_ENDPOINT_SLICE:
		take_slice(since, change->ns, change->object);
		take_slice(since, change->ns, change->before);
		break;
	case KVIP_KIND_NODE:
		since->whole = true;
		break;
	default:
		break;
	}
	return since->whole;
}

/* The Service and its slices, as they are now. 1: all has to be derived. */
static int read_service(struct kvip_store *store, const struct changed *which,
			struct kvip_model *model, struct kvip_err *err)
{
	struct json_object *object;
	int ret;

	ret = kvip_store_get(store, KVIP_KIND_SERVICE, which->ns, which->name,
			     &object, err);
	if (ret == KVIP_STORE_ABSENT)
		return 0;
	if (ret)
		return -1;
	ret = may_contend(object);
	if (!ret)
		ret = kvip_decode(model, object, NULL, 0, err);
	json_object_put(object);
	if (ret)
		return ret;
	return kvip_store_slices(store, which->ns, which->name, take_object,
				 model, err);
}

static int read_node(struct kvip_store *store, const char *node,
		     struct kvip_model *model, struct kvip_err *err)
{
	struct json_object *object;
	int ret;

	if (kvip_store_get(store, KVIP_KIND_NODE, NULL, node, &object, err))
		return -1;
	ret = kvip_decode(model, object, NULL, 0, err);
	json_object_put(object);
	return ret;
}

/* What is known before the few are derived. */
struct partial {
	struct kvip_store *store;
	const struct kvip_local_config *config;
	struct since since;
	struct kvip_mirror mirror;
	struct kvip_config want_config;
	uint64_t version;
};

/* 1: all has to be derived. */
static int derive_some(struct partial *partial, struct kvip_table *have,
		       struct kvip_table *want, struct kvip_err *err)
{
	const char *node = partial->config->store.node;
	struct kvip_derive_config config = {
		.kinds = partial->mirror.info.frontend_kinds,
		.allow_empty = true,
	};
	struct kvip_model model;
	size_t i;
	int ret;

	kvip_converge_config(&config, &partial->want_config, NULL);
	kvip_model_init(&model);
	ret = read_node(partial->store, node, &model, err);
	for (i = 0; !ret && i < partial->since.n; i++) {
		const struct changed *which = &partial->since.items[i];
		const struct kvip_group *group;

		kvip_mirror_of_service(&partial->mirror, which->ns, which->name,
				       have);
		ret = read_service(partial->store, which, &model, err);
		group = kvip_model_group(&model, which->ns, which->name);
		if (!ret && group)
			ret = kvip_derive_add(&model, node, &config, group,
					      want, NULL, err);
	}
	kvip_model_free(&model);
	return ret;
}

static int commit_some(struct partial *partial, struct kvip_err *err)
{
	struct kvip_table have, want;
	struct kvip_diff diff = {};
	int ret;

	kvip_table_init(&have);
	kvip_table_init(&want);
	ret = derive_some(partial, &have, &want, err);
	if (!ret) {
		kvip_table_sort(&have);
		kvip_table_sort(&want);
		ret = kvip_table_check(&want, err);
	}
	if (!ret) {
		kvip_diff_make(&have, &want, &diff);
		ret = kvip_mirror_write(&partial->mirror, &diff, NULL, NULL,
					err);
	}
	if (!ret)
		remember(partial->store, partial->mirror.client,
			 partial->mirror.table.generation, partial->version,
			 &partial->want_config, partial->config->store.node);
	kvip_diff_free(&diff);
	/* its services are the mirror's */
	free(have.services);
	kvip_table_free(&want);
	return ret;
}

/* Whether the table is still what the store's mark says; also -1. */
static int is_known(struct partial *partial, struct kvip_client *client,
		    const char *where, struct kvip_store_mark *mark,
		    struct kvip_err *err)
{
	const struct kvip_local_config *config = partial->config;
	struct kvip_config have;
	char now[65];
	struct kvip_info info;
	uint64_t generation;
	int ret;

	if (kvip_store_mark_get(partial->store, where, mark, err))
		return 0;
	ret = kvip_client_config(client, &have, &generation, err);
	if (ret == KVIP_CLIENT_OLD)
		return 0;
	if (ret || kvip_client_info(client, &info, err))
		return -1;
	partial->want_config = have;
	/* what the Node tells is another only if the Node is */
	if (config->has_kernel) {
		partial->want_config = config->kernel;
		kvip_config_keep(&partial->want_config, &have);
	}
	take_fingerprint(&partial->want_config, config->store.node, &info, now);
	return mark->generation == info.generation &&
	       generation == info.generation && !strcmp(mark->config, now) &&
	       kvip_config_equal(&partial->want_config, &have);
}

/* 0: done, 1: all has to be derived. */
static int make_some(struct kvip_store *store,
		     const struct kvip_local_config *config,
		     struct kvip_client *client, struct kvip_err *err)
{
	struct partial partial = { .store = store, .config = config };
	struct kvip_store_mark mark;
	char where[WHERE_LEN];
	int ret;

	if (!tell_where(where))
		return 1;
	kvip_mirror_init(&partial.mirror);
	ret = is_known(&partial, client, where, &mark, err);
	ret = ret > 0 ? 0 : ret ? -1 : 1;
	if (!ret)
		ret = kvip_store_changes(store, mark.version, take_change,
					 &partial.since, &partial.version, err);
	if (ret == KVIP_STORE_EXPIRED || partial.since.whole)
		ret = 1;
	if (!ret && partial.since.n)
		ret = kvip_mirror_read(&partial.mirror, err);
	/* what concerns no table is not gone through again and again */
	if (!ret && !partial.since.n &&
	    partial.version > mark.version + UNCONCERNED_MAX) {
		mark.version = partial.version;
		ret = kvip_store_mark_set(store, where, &mark, err);
	}
	/* between the two looks another may have written */
	if (!ret && partial.since.n &&
	    partial.mirror.table.generation != mark.generation)
		ret = 1;
	if (!ret && partial.since.n)
		ret = commit_some(&partial, err);
	kvip_mirror_free(&partial.mirror);
	free_since(&partial.since);
	return ret;
}

/*
 * One command at a time: each would make the others begin again, and one can see
 * to what several wrote. Whoever may not make the file goes without.
 */
static int lock(const struct kvip_local_config *config)
{
	char *path;
	int fd;

	if (asprintf(&path, "%s-table", config->store.path) < 0)
		return -1;
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	free(path);
	while (fd >= 0 && flock(fd, LOCK_EX) && errno == EINTR)
		;
	return fd;
}

int kvip_local_table(struct kvip_store *store,
		     const struct kvip_local_config *config,
		     struct kvip_client *client, struct kvip_err *err)
{
	int fd = lock(config), ret;

	do {
		ret = make_some(store, config, client, err);
	} while (ret == KVIP_CLIENT_STALE);
	if (ret == 1)
		ret = make_whole(store, config, client, err);
	if (fd >= 0)
		close(fd);
	return ret;
}
