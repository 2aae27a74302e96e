// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A list from a server, page by page. It is kept until its last page came: a
 * server that forgets where it was has it begun again, and nobody is to be told
 * of an object twice.
 */
#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

#include "access_remote.h"
#include "alloc.h"
#include "object.h"
#include "watch_event.h"

#define PAGE 500

/* So often a list is begun, at most. */
#define BEGIN_MOST 5

struct listing {
	struct kvip_access_remote *remote;
	const struct kvip_kind_info *info;
	char *path; /* of the first page */
	struct json_object *items;
	char *version; /* of the first page; NULL: none yet */
	char *next; /* the token of the next page; NULL: none */
};

/* Items lack their kind, or have it behind all else. Make them look as they do
 * elsewhere, so that what did not change is the same text.
 */
static struct json_object *with_kind(struct json_object *item,
				     const struct kvip_kind_info *info)
{
	struct json_object *object = json_object_new_object();

	json_object_object_add(object, "kind",
			       json_object_new_string(info->name));
	json_object_object_add(object, "apiVersion",
			       json_object_new_string(info->api_version));
	json_object_object_foreach(item, name, value)
	{
		if (strcmp(name, "kind") && strcmp(name, "apiVersion"))
			json_object_object_add(object, name,
					       json_object_get(value));
	}
	return object;
}

static int take_item(void *arg, struct json_object *object,
		     struct kvip_err *err)
{
	struct listing *listing = arg;

	if (!json_object_is_type(object, json_type_object))
		return kvip_err_set(err, "an item that is no object");
	/* the stream gave it the list's, if that has one */
	if (kvip_object_text(object, "kind") &&
	    kvip_watch_check_kind(object, listing->info->name, err))
		return -1;
	json_object_array_add(listing->items, with_kind(object, listing->info));
	return 0;
}

static void forget(struct listing *listing)
{
	size_t n = json_object_array_length(listing->items);

	if (n)
		json_object_array_del_idx(listing->items, 0, n);
	free(listing->version);
	free(listing->next);
	listing->version = NULL;
	listing->next = NULL;
}

/* What a page tells besides its items; @rest is it without them. */
static int take_page(struct listing *listing, struct json_object *rest,
		     struct kvip_err *err)
{
	const char *version = kvip_object_version(rest);
	const char *next = kvip_object_continue(rest);

	if (!version)
		return kvip_err_set(err, "%s: a list without a resourceVersion",
				    listing->remote->config.server);
	if (!listing->version)
		listing->version = kvip_strdup(version);
	free(listing->next);
	listing->next = next ? kvip_strdup(next) : NULL;
	return 0;
}

static int ask_page(struct listing *listing, struct kvip_err *err)
{
	char *token = kvip_access_encode(listing->next ?: "");
	char *path = kvip_access_text("%s%s%s", listing->path,
				      *token ? "&continue=" : "", token);
	const struct kvip_request_spec spec = { .method = "GET", .path = path };
	struct json_object *rest = NULL;
	int ret;

	ret = kvip_access_ask(listing->remote, &spec,
			      kvip_stream_list(take_item, listing), &rest, err);
	if (!ret)
		ret = take_page(listing, rest, err);
	json_object_put(rest);
	free(path);
	free(token);
	return ret;
}

static int ask_pages(struct listing *listing, struct kvip_err *err)
{
	unsigned int begun;
	int ret;

	for (begun = 1;; begun++) {
		do {
			ret = ask_page(listing, err);
		} while (!ret && listing->next);
		if (ret != KVIP_ACCESS_EXPIRED || begun == BEGIN_MOST)
			return ret;
		forget(listing);
	}
}

int kvip_access_remote_list(struct kvip_access *access, enum kvip_kind kind,
			    const char *ns, const char *selector,
			    struct json_object *items, char **version,
			    struct kvip_err *err)
{
	char path[KVIP_KIND_PATH_LEN], *encoded;
	struct listing listing = {
		.remote = access->remote,
		.info = &kvip_kinds[kind],
		.items = items,
	};
	int ret;

	encoded = kvip_access_encode(selector ?: "");
	listing.path = kvip_access_text("%s?limit=%d%s%s",
					kvip_kind_path(kind, ns, NULL, path),
					PAGE, *encoded ? "&labelSelector=" : "",
					encoded);
	ret = ask_pages(&listing, err);
	if (!ret) {
		*version = listing.version;
		listing.version = NULL;
	}
	free(listing.version);
	free(listing.next);
	free(listing.path);
	free(encoded);
	return ret;
}
