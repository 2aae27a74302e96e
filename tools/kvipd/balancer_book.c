// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdlib.h>

#include "alloc.h"
#include "balancer_book.h"

struct holder {
	struct kvip_hash_link link;
	struct kvip_addr addr;
	const struct kvip_lb_request *request;
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

void kvip_balancer_book_del(struct kvip_balancer_book *book,
			    const struct kvip_addr *addr,
			    const struct kvip_lb_request *request)
{
	struct holder *holder = find(book, addr, request);

	if (!holder)
		return;
	kvip_hash_del(&book->holders, &holder->link);
	free(holder);
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
}
