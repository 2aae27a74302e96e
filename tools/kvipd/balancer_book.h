/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who has which load-balancer address. */
#ifndef KVIPD_BALANCER_BOOK_H
#define KVIPD_BALANCER_BOOK_H

#include <stdbool.h>
#include <stddef.h>

#include "addr.h"
#include "hash.h"
#include "pool.h"

struct kvip_balancer_start; /* where a range may have a free one */

struct kvip_balancer_book {
	struct kvip_hash holders;
	struct kvip_balancer_start *starts;
	size_t n_starts;
};

/* A question to a book: kvip_lb_holder_fn's context. */
struct kvip_balancer_asker {
	struct kvip_balancer_book *book;
	const struct kvip_lb_request *request; /* its own entries don't count */
};

/* kvip_balancer_book_add() - @request has @addr, too; it must stay where it is
 * until kvip_balancer_book_del()
 */
void kvip_balancer_book_add(struct kvip_balancer_book *book,
			    const struct kvip_addr *addr,
			    const struct kvip_lb_request *request);

/* kvip_balancer_book_del() - it does not any more; nothing if it did not */
void kvip_balancer_book_del(struct kvip_balancer_book *book,
			    const struct kvip_addr *addr,
			    const struct kvip_lb_request *request);

/* kvip_balancer_book_ask() - kvip_lb_holder_fn; @ctx: struct kvip_balancer_asker */
int kvip_balancer_book_ask(void *ctx, const struct kvip_addr *addr,
			   const struct kvip_lb_request *request,
			   struct kvip_err *who);

/* kvip_balancer_book_start() - kvip_lb_start_fn, with the same @ctx */
bool kvip_balancer_book_start(void *ctx, const struct kvip_range *range,
			      const struct kvip_lb_request *request,
			      struct kvip_addr *addr);

/* kvip_balancer_book_free() - forget everything */
void kvip_balancer_book_free(struct kvip_balancer_book *book);

#endif /* KVIPD_BALANCER_BOOK_H */
