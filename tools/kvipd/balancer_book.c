// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdlib.h>

#include "alloc.h"
#include "balancer_book.h"
#include "lb_config.h"

struct holder {
	struct kvip_hash_link link;
	struct kvip_addr addr;
	const struct kvip_lb_request *request;
};

/* All before @addr are taken; it goes back when one of them comes free. */
struct kvip_balancer_start {
	const struct kvip_range *range;
	struct kvip_addr addr;
	bool full; /* and so is the last one */
};

/* FNV-1a, as kvip_hash_text() has it */
static uint32_t hash_of(const struct kvip_addr *addr)
{
	size_t i, n = kvip_addr_bytes(addr->family);
	uint32_t hash = 2166136261U;

	for (i = 0; i < n; i++)
		hash = (hash ^ addr->bytes[i]) * 16777619U;
	return hash ^ hash >> 15;
}

static struct holder *first(const struct kvip_balancer_book *book,
			    const struct kvip_addr *addr)
{
	return (struct holder *)kvip_hash_find(&book->holders, hash_of(addr));
}

static struct holder *next(const struct holder *holder)
{
	return (struct holder *)kvip_hash_again(&holder->link);
}

static struct holder *find(const struct kvip_balancer_book *book,
			   const struct kvip_addr *addr,
			   const struct kvip_lb_request *request)
{
	struct holder *holder;

	for (holder = first(book, addr); holder; holder = next(holder))
		if (holder->request == request &&
		    !kvip_addr_cmp(&holder->addr, addr))
			return holder;
	return NULL;
}

void kvip_balancer_book_add(struct kvip_balancer_book *book,
			    const struct kvip_addr *addr,
			    const struct kvip_lb_request *request)
{
	struct holder *holder = kvip_alloc(sizeof(*holder));

	holder->addr = *addr;
	holder->request = request;
	kvip_hash_add(&book->holders, &holder->link, hash_of(addr));
}

/* @addr is free, perhaps */
static void go_back(struct kvip_balancer_book *book,
		    const struct kvip_addr *addr)
{
	size_t i;

	for (i = 0; i < book->n_starts; i++) {
		struct kvip_balancer_start *start = &book->starts[i];

		if (!kvip_range_contains(start->range, addr) ||
		    (!start->full && kvip_addr_cmp(addr, &start->addr) > 0))
			continue;
		start->addr = *addr;
		start->full = false;
	}
}

void kvip_balancer_book_del(struct kvip_balancer_book *book,
			    const struct kvip_addr *addr,
			    const struct kvip_lb_request *request)
{
	struct holder *holder = find(book, addr, request);

	if (!holder)
		return;
	kvip_hash_del(&book->holders, &holder->link);
	free(holder);
	go_back(book, addr);
}

int kvip_balancer_book_ask(void *ctx, const struct kvip_addr *addr,
			   const struct kvip_lb_request *request,
			   struct kvip_err *who)
{
	const struct kvip_balancer_asker *asker = ctx;
	struct holder *holder;

	for (holder = first(asker->book, addr); holder; holder = next(holder))
		if (holder->request != asker->request &&
		    !kvip_addr_cmp(&holder->addr, addr) &&
		    !kvip_lb_may_share(request, holder->request, who))
			return 0;
	return 1;
}

static struct kvip_balancer_start *start_of(struct kvip_balancer_book *book,
					    const struct kvip_range *range)
{
	struct kvip_balancer_start *start;
	size_t i;

	for (i = 0; i < book->n_starts; i++)
		if (book->starts[i].range == range)
			return &book->starts[i];
	book->starts =
		kvip_grow(book->starts, book->n_starts, sizeof(*book->starts));
	start = &book->starts[book->n_starts++];
	start->range = range;
	start->addr = range->first;
	return start;
}

static bool is_taken(const struct kvip_balancer_book *book,
		     const struct kvip_addr *addr)
{
	struct holder *holder;

	for (holder = first(book, addr); holder; holder = next(holder))
		if (!kvip_addr_cmp(&holder->addr, addr))
			return true;
	return false;
}

bool kvip_balancer_book_start(void *ctx, const struct kvip_range *range,
			      const struct kvip_lb_request *request,
			      struct kvip_addr *addr)
{
	const struct kvip_balancer_asker *asker = ctx;
	struct kvip_balancer_start *start;

	*addr = range->first;
	/* what is taken may be shared */
	if (request->share)
		return true;
	start = start_of(asker->book, range);
	while (!start->full && is_taken(asker->book, &start->addr)) {
		start->full = !kvip_addr_cmp(&start->addr, &range->last);
		kvip_addr_step(&start->addr);
	}
	*addr = start->addr;
	return !start->full;
}

void kvip_balancer_book_free(struct kvip_balancer_book *book)
{
	struct kvip_hash_link *link = kvip_hash_next(&book->holders, NULL);

	while (link) {
		struct kvip_hash_link *after =
			kvip_hash_next(&book->holders, link);

		free(link);
		link = after;
	}
	kvip_hash_free(&book->holders);
	free(book->starts);
	book->starts = NULL;
	book->n_starts = 0;
}
