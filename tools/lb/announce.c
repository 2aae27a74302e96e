// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdlib.h>
#include <string.h>

#include <netlink/socket.h>

#include "alloc.h"
#include "announce.h"
#include "announce_kernel.h"
#include "announce_link.h"
#include "announce_plan.h"

/* An interface that the list names, once. */
struct link {
	struct kvip_announce_link is;
	struct kvip_err why; /* nothing can be put on it; "" if it can */
};

struct links {
	struct link *array;
	size_t n;
};

static const struct link *look_up(struct links *links, const char *name)
{
	struct link *link;
	size_t i;

	for (i = 0; i < links->n; i++)
		if (!strcmp(links->array[i].is.name, name))
			return &links->array[i];
	links->array = kvip_grow(links->array, links->n, sizeof(*link));
	link = &links->array[links->n++];
	if (!kvip_announce_link_get(name, &link->is, &link->why))
		kvip_announce_link_check(&link->is, &link->why);
	return link;
}

/* One call, on its way. */
struct work {
	const struct kvip_announcement *list;
	size_t n;
	struct nl_sock *sock;
	struct links links;
	struct kvip_announce_want *want; /* one for each of @list */
	struct kvip_placed *placed;
	size_t n_placed;
	struct kvip_announce_report *report;
};

static void failed(struct kvip_announce_report *report,
		   const struct kvip_err *why)
{
	if (!report->n_failed++)
		report->why = *why;
}

static void resolve(struct work *work)
{
	size_t i;

	work->want = kvip_alloc((work->n + 1) * sizeof(*work->want));
	for (i = 0; i < work->n; i++) {
		const struct kvip_announcement *item = &work->list[i];

		work->want[i].addr = item->addr;
		work->want[i].index =
			look_up(&work->links, item->interface)->is.index;
		work->want[i].only_kept = item->only_kept;
		work->want[i].seconds = item->seconds ? item->seconds :
							KVIP_PLACED_FOR_GOOD;
	}
}

/* Those that nobody wants any more go first: one may move to another interface. */
static void remove_ours(struct work *work, const bool *remove)
{
	struct kvip_err err;
	size_t i;

	for (i = 0; i < work->n_placed; i++) {
		if (!remove[i])
			continue;
		if (kvip_placed_remove(work->sock, &work->placed[i], &err))
			failed(work->report, &err);
		else
			work->report->n_removed++;
	}
}

static enum kvip_announced add(struct work *work, size_t i,
			       const struct link *link, bool renew,
			       struct kvip_err *err)
{
	const struct kvip_announce_want *want = &work->want[i];
	const struct kvip_placed placed = {
		.addr = want->addr,
		.index = want->index,
		.length = (uint8_t)(kvip_addr_bytes(want->addr.family) * 8),
		.seconds = want->seconds,
	};

	switch (kvip_placed_add(work->sock, &placed, renew, err)) {
	case 0:
		break;
	case 1:
		/* somebody else was faster */
		return KVIP_ANNOUNCED_FOREIGN;
	default:
		return KVIP_ANNOUNCED_FAILED;
	}
	if (renew)
		return KVIP_ANNOUNCED_THERE;
	if (kvip_announce_link_tell(&link->is, &want->addr, err))
		return KVIP_ANNOUNCED_FAILED;
	return KVIP_ANNOUNCED_NEW;
}

static enum kvip_announced see_to(struct work *work, size_t i,
				  struct kvip_err *err)
{
	const struct link *link;

	if (work->want[i].only_kept)
		return work->want[i].step == KVIP_STEP_NONE ?
			       KVIP_ANNOUNCED_THERE :
			       KVIP_ANNOUNCED_ABSENT;
	link = look_up(&work->links, work->list[i].interface);
	if (*link->why.text) {
		*err = link->why;
		return KVIP_ANNOUNCED_FAILED;
	}
	switch (work->want[i].step) {
	case KVIP_STEP_ADD:
		return add(work, i, link, false, err);
	case KVIP_STEP_RENEW:
		return add(work, i, link, true, err);
	case KVIP_STEP_FOREIGN:
		return KVIP_ANNOUNCED_FOREIGN;
	default:
		return KVIP_ANNOUNCED_THERE;
	}
}

static void see_to_all(struct work *work, enum kvip_announced *outcomes)
{
	enum kvip_announced outcome;
	struct kvip_err err;
	size_t i;

	for (i = 0; i < work->n; i++) {
		outcome = see_to(work, i, &err);
		if (outcome == KVIP_ANNOUNCED_FAILED)
			failed(work->report, &err);
		work->report->n_added += outcome == KVIP_ANNOUNCED_NEW;
		work->report->n_foreign += outcome == KVIP_ANNOUNCED_FOREIGN;
		outcomes[i] = outcome;
	}
}

int kvip_announce_each(const struct kvip_announcement *list, size_t n,
		       enum kvip_announced *outcomes,
		       struct kvip_announce_report *report,
		       struct kvip_err *err)
{
	struct work work = { .list = list, .n = n, .report = report };
	bool *remove;
	int ret;

	memset(report, 0, sizeof(*report));
	work.sock = kvip_placed_open(err);
	if (!work.sock)
		return -1;
	ret = kvip_placed_list(work.sock, &work.placed, &work.n_placed, err);
	if (!ret) {
		remove = kvip_alloc(work.n_placed + 1);
		resolve(&work);
		kvip_announce_plan(work.want, n, work.placed, work.n_placed,
				   remove);
		remove_ours(&work, remove);
		see_to_all(&work, outcomes);
		free(remove);
	}
	free(work.want);
	free(work.placed);
	free(work.links.array);
	nl_socket_free(work.sock);
	return ret;
}

int kvip_announce(const struct kvip_announcement *list, size_t n,
		  struct kvip_announce_report *report, struct kvip_err *err)
{
	enum kvip_announced *outcomes = kvip_alloc((n + 1) * sizeof(*outcomes));
	int ret = kvip_announce_each(list, n, outcomes, report, err);

	free(outcomes);
	return ret;
}

int kvip_announce_again(const struct kvip_announcement *announcement,
			struct kvip_err *err)
{
	struct kvip_announce_link link;

	if (kvip_announce_link_get(announcement->interface, &link, err) ||
	    kvip_announce_link_check(&link, err))
		return -1;
	return kvip_announce_link_tell(&link, &announcement->addr, err);
}

int kvip_announce_ready(const char *interface, struct kvip_err *err)
{
	struct kvip_announce_link link;

	if (kvip_announce_link_get(interface, &link, err) ||
	    kvip_announce_link_check(&link, err))
		return -1;
	if (!link.running)
		return kvip_err_set(err, "interface %s has no carrier",
				    interface);
	return 0;
}
