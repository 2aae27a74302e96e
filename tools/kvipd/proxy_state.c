// SPDX-License-Identifier: GPL-2.0-or-later
#include "proxy_state.h"

bool kvip_proxy_healthy(const struct kvip_proxy_state *state, double now)
{
	double since = state->pending_since;

	/* before the first commit everything waits, since the start */
	if (!state->synced)
		since = state->started;
	else if (since <= 0)
		return true;
	return now - since <= state->patience;
}

bool kvip_proxy_eligible(const struct kvip_proxy_state *state)
{
	/*
	 * A Node that is not there was deleted, unless it has not been asked for
	 * yet: a restart of the agent is no reason to drain the node.
	 */
	if (!state->node_known)
		return !state->synced;
	return !state->node_deleting && !state->node_tainted;
}
