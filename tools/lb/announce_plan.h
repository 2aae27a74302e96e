/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What has to be done for exactly the wanted addresses to be there. Pure. */
#ifndef KVIP_LB_ANNOUNCE_PLAN_H
#define KVIP_LB_ANNOUNCE_PLAN_H

#include <stdbool.h>
#include <stddef.h>

#include "announce_kernel.h"

enum kvip_announce_step {
	KVIP_STEP_NONE, /* it is as it should be */
	KVIP_STEP_ADD,
	KVIP_STEP_RENEW, /* ours, but its time is wrong */
	KVIP_STEP_FOREIGN, /* it is there, and not ours */
	KVIP_STEP_ABSENT, /* it is not there, and need not be */
};

/**
 * struct kvip_announce_want - an address to have
 * @addr: which
 * @index: of the interface; 0: it is not there, but may be elsewhere
 * @seconds: at least, or KVIP_PLACED_FOR_GOOD
 * @only_kept: as it is, if it is there and not for good
 * @step: filled in
 */
struct kvip_announce_want {
	struct kvip_addr addr;
	unsigned int index;
	uint32_t seconds;
	bool only_kept;
	enum kvip_announce_step step;
};

/**
 * kvip_announce_plan() - compare
 * @want: steps are filled in
 * @n: how many
 * @placed: what is there; put in the order of addresses
 * @n_placed: how many
 * @remove: for each of @placed, in its new order: whether it is to be taken away
 */
void kvip_announce_plan(struct kvip_announce_want *want, size_t n,
			struct kvip_placed *placed, size_t n_placed,
			bool *remove);

#endif /* KVIP_LB_ANNOUNCE_PLAN_H */
