// SPDX-License-Identifier: GPL-2.0-or-later
/* The load-balancer controller with pools. */
#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "balancer_parts.h"
#include "kinds.h"
#include "lb_status.h"

/* Addresses of a status that are looked at. */
#define STATUS_MAX 16

static void book_add(struct kvip_balancer_entry *entry,
		     const struct kvip_addr *addr)
{
	if (entry->n_held == KVIP_BALANCER_HELD)
		return;
	kvip_balancer_book_add(&entry->balancer->book, addr, &entry->request);
	entry->held[entry->n_held++] = *addr;
}

void kvip_balancer_pools_drop(struct kvip_balancer_entry *entry)
{
	struct kvip_balancer *balancer = entry->balancer;
	unsigned int i;

	for (i = 0; i < entry->n_held; i++)
		kvip_balancer_book_del(&balancer->book, &entry->held[i],
				       &entry->request);
	if (entry->n_held)
		balancer->freed = true;
	entry->n_held = 0;
}

static bool is_among(const struct kvip_addr *list, unsigned int n,
		     const struct kvip_addr *addr)
{
	unsigned int i;

	for (i = 0; i < n; i++)
		if (!kvip_addr_cmp(&list[i], addr))
			return true;
	return false;
}

/* As kvip_lb_request_read(); who is none of ours has a name at least. */
static int read_request(struct kvip_balancer_entry *entry, struct kvip_err *err)
{
	struct kvip_lb_request *request = &entry->request;
	int ret;

	kvip_lb_request_free(request);
	ret = kvip_lb_request_read(entry->service, entry->balancer->config,
				   request, err);
	if (!ret) {
		request->ns = kvip_strdup(kvip_object_ns(entry->service));
		request->name = kvip_strdup(kvip_object_name(entry->service));
	}
	return ret;
}

static bool may_have(struct kvip_balancer_entry *entry,
		     const struct kvip_addr *addr)
{
	struct kvip_balancer_asker asker = {
		.book = &entry->balancer->book,
		.request = &entry->request,
	};
	struct kvip_err who;

	return kvip_balancer_book_ask(&asker, addr, &entry->request, &who) > 0;
}

static bool wants_family(const struct kvip_balancer_entry *entry,
			 uint8_t family)
{
	unsigned int i;

	for (i = 0; i < entry->n_held; i++)
		if (entry->held[i].family == family)
			return false;
	for (i = 0; i < entry->request.n_families; i++)
		if (entry->request.families[i] == family)
			return true;
	return false;
}

/* Of one that is not ours only what is in our pools concerns us. */
static void adopt(struct kvip_balancer_entry *entry, bool ours)
{
	struct kvip_addr addrs[STATUS_MAX];
	size_t i, n = kvip_lb_status_addrs(entry->service, addrs, STATUS_MAX);

	entry->adopted = true;
	for (i = 0; i < n; i++) {
		if (ours ? !wants_family(entry, addrs[i].family) :
			   !kvip_lb_config_pool(entry->balancer->config,
						&addrs[i]))
			continue;
		if (may_have(entry, &addrs[i]))
			book_add(entry, &addrs[i]);
	}
}

void kvip_balancer_pools_adopt(struct kvip_balancer_entry *entry)
{
	struct kvip_err ignored;
	int ret = read_request(entry, &ignored);

	entry->ours = ret != 0;
	adopt(entry, entry->ours);
}

static bool has_of_pools(const struct kvip_balancer_entry *entry)
{
	struct kvip_addr addrs[STATUS_MAX];
	size_t i, n = kvip_lb_status_addrs(entry->service, addrs, STATUS_MAX);

	for (i = 0; i < n; i++)
		if (is_among(entry->held, entry->n_held, &addrs[i]) ||
		    (!kvip_balancer_has_type(entry) &&
		     kvip_lb_config_pool(entry->balancer->config, &addrs[i])))
			return true;
	return false;
}

/*
 * One that became another's gives back what it has when its status does not
 * tell it any more; until then it may be served. Of another controller's only
 * note is taken.
 */
static void look_at_foreign(struct kvip_balancer_entry *entry)
{
	if (has_of_pools(entry) &&
	    (entry->ours || !kvip_balancer_has_type(entry))) {
		kvip_balancer_write(entry,
				    kvip_lb_status(entry->service, NULL, 0));
		return;
	}
	entry->ours = false;
	entry->waits = false;
	kvip_balancer_pools_drop(entry);
	if (kvip_balancer_has_type(entry))
		adopt(entry, false);
}

static void refuse(struct kvip_balancer_entry *entry,
		   const struct kvip_err *why)
{
	if (!strcmp(entry->refusal.text, why->text))
		return;
	entry->refusal = *why;
	kvip_balancer_tell(entry, true, "SyncLoadBalancerFailed", why->text);
}

static void tell_addrs(struct kvip_balancer_entry *entry)
{
	char text[2][INET6_ADDRSTRLEN] = {};
	struct kvip_err note;
	unsigned int i;

	for (i = 0; i < entry->n_held && i < 2; i++)
		kvip_addr_text(&entry->held[i], text[i]);
	kvip_err_set(&note, "The load balancer has %s%s%s", text[0],
		     entry->n_held > 1 ? " and " : "", text[1]);
	kvip_balancer_tell(entry, false, "EnsuredLoadBalancer", note.text);
}

/* Have exactly these in the book; whether there is one that it had not. */
static bool hold(struct kvip_balancer_entry *entry,
		 const struct kvip_addr *addrs, unsigned int n)
{
	struct kvip_balancer *balancer = entry->balancer;
	struct kvip_addr old[KVIP_BALANCER_HELD];
	unsigned int i, n_old = entry->n_held;
	bool freed = balancer->freed, more = false;

	memcpy(old, entry->held, sizeof(old));
	kvip_balancer_pools_drop(entry);
	balancer->freed = freed;
	for (i = 0; i < n; i++) {
		book_add(entry, &addrs[i]);
		more = more || !is_among(old, n_old, &addrs[i]);
	}
	for (i = 0; i < n_old; i++)
		if (!is_among(addrs, n, &old[i]))
			balancer->freed = true;
	return more;
}

/* What is in no pool any more stays as long as nothing else is asked for. */
static bool keeps_orphans(struct kvip_balancer_entry *entry,
			  const struct kvip_addr *had, unsigned int n)
{
	const struct kvip_lb_request *request = &entry->request;
	bool orphans = false;
	unsigned int i;

	if (request->pool || request->n_wanted ||
	    (n < request->n_families && !request->optional))
		return false;
	for (i = 0; i < n; i++) {
		if (!may_have(entry, &had[i]))
			return false;
		orphans =
			orphans ||
			!kvip_lb_config_pool(entry->balancer->config, &had[i]);
	}
	return orphans;
}

static int choose(struct kvip_balancer_entry *entry,
		  const struct kvip_addr *had, unsigned int n_had,
		  struct kvip_addr got[2], unsigned int *n_got,
		  struct kvip_err *why)
{
	struct kvip_balancer_asker asker = {
		.book = &entry->balancer->book,
		.request = &entry->request,
	};

	if (keeps_orphans(entry, had, n_had)) {
		memcpy(got, had, n_had * sizeof(*had));
		*n_got = n_had;
		return 0;
	}
	return kvip_pools_choose_from(entry->balancer->config, &entry->request,
				      had, n_had, kvip_balancer_book_start,
				      kvip_balancer_book_ask, &asker, got,
				      n_got, why);
}

static const char *reason_of(const struct kvip_balancer_entry *entry, int ret)
{
	if (ret < 0)
		return "NotInPools";
	return entry->request.n_wanted ? "AddressTaken" : "PoolEmpty";
}

/* What it has of the families that it asks for. */
static unsigned int had_of(const struct kvip_balancer_entry *entry,
			   struct kvip_addr had[2])
{
	const struct kvip_lb_request *request = &entry->request;
	unsigned int i, j, n = 0;

	for (i = 0; i < request->n_families; i++)
		for (j = 0; j < entry->n_held; j++)
			if (entry->held[j].family == request->families[i]) {
				had[n++] = entry->held[j];
				break;
			}
	return n;
}

static void look_at_ours(struct kvip_balancer_entry *entry)
{
	struct json_object *service = entry->service, *status;
	struct kvip_addr had[2], got[2];
	unsigned int n_had, n_got = 0;
	struct kvip_err why;
	bool more;
	int ret;

	/* one that came after the list may have what it had somewhere else */
	if (!entry->adopted)
		adopt(entry, true);
	n_had = had_of(entry, had);
	ret = choose(entry, had, n_had, got, &n_got, &why);
	more = hold(entry, got, n_got);
	entry->waits = ret > 0 || n_got < entry->request.n_families;
	if (ret) {
		refuse(entry, &why);
		status = kvip_lb_status_waiting(service, reason_of(entry, ret),
						why.text);
	} else {
		entry->refusal.text[0] = '\0';
		status = kvip_lb_status(service, got, n_got);
	}
	if (more)
		tell_addrs(entry);
	kvip_balancer_write(entry, status);
}

/* What it has stays while it can't be told what it wants. */
static void look_at_unreadable(struct kvip_balancer_entry *entry,
			       const struct kvip_err *why)
{
	refuse(entry, why);
	entry->waits = true;
	kvip_balancer_write(entry, kvip_lb_status_failing(entry->service,
							  "InvalidRequest",
							  why->text));
}

/* Those that want nothing; whether it is one of them. */
static bool look_at_others(struct kvip_balancer_entry *entry)
{
	struct kvip_err ignored;
	int ret = read_request(entry, &ignored);

	if (!ret) {
		look_at_foreign(entry);
		return true;
	}
	/* what it had as another's is looked at anew */
	if (!entry->ours) {
		kvip_balancer_pools_drop(entry);
		entry->adopted = false;
	}
	entry->ours = true;
	if (!kvip_balancer_is_deleted(entry))
		return false;
	/* it has what it has until it is gone */
	entry->waits = false;
	if (!entry->adopted)
		adopt(entry, true);
	return true;
}

static void look(struct kvip_balancer_entry *entry)
{
	struct kvip_err why;

	if (read_request(entry, &why) < 0)
		look_at_unreadable(entry, &why);
	else
		look_at_ours(entry);
}

struct list {
	struct kvip_balancer_entry **items;
	size_t n;
};

static void take_dirty(struct kvip_balancer *balancer, struct list *list)
{
	struct kvip_balancer_entry *entry;

	while ((entry = TAILQ_FIRST(&balancer->dirty))) {
		TAILQ_REMOVE(&balancer->dirty, entry, queue);
		entry->dirty = false;
		list->items =
			kvip_grow(list->items, list->n, sizeof(*list->items));
		list->items[list->n++] = entry;
	}
}

static void touch_waiting(struct kvip_balancer *balancer)
{
	struct kvip_hash_link *link = NULL;

	while ((link = kvip_hash_next(&balancer->entries, link))) {
		struct kvip_balancer_entry *entry =
			(struct kvip_balancer_entry *)link;

		if (entry->waits)
			kvip_balancer_touch(entry);
	}
}

/*
 * What comes free is known before anything is given out, and the oldest chooses
 * first: a new Service does not take what an old one has waited for.
 */
void kvip_balancer_pools_look(struct kvip_balancer *balancer)
{
	struct list all = {}, list = {};
	size_t i;

	take_dirty(balancer, &all);
	for (i = 0; i < all.n; i++) {
		if (look_at_others(all.items[i]))
			continue;
		list.items = kvip_grow(list.items, list.n, sizeof(*list.items));
		list.items[list.n++] = all.items[i];
	}
	if (balancer->freed)
		touch_waiting(balancer);
	balancer->freed = false;
	take_dirty(balancer, &list);
	if (list.n)
		qsort(list.items, list.n, sizeof(*list.items),
		      kvip_balancer_compare);
	for (i = 0; i < list.n; i++)
		if (!i || list.items[i] != list.items[i - 1])
			look(list.items[i]);
	free(all.items);
	free(list.items);
	if (balancer->freed)
		kvip_balancer_soon(balancer);
}
