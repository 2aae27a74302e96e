// SPDX-License-Identifier: GPL-2.0-or-later
#include "exposition.h"
#include "families.h"
#include "outside.h"

static void announced(struct kvip_exposition *to,
		      const struct kvip_announcer_stats *stats)
{
	kvip_exposition_gauge(to, "kvip_agent_announced_wanted",
			      "Pool addresses that some node announces",
			      stats->wanted);
	kvip_exposition_gauge(to, "kvip_agent_announced",
			      "Pool addresses that this node announces",
			      stats->held);
	kvip_exposition_gauge(
		to, "kvip_agent_announced_failed",
		"Pool addresses that this node should announce and can't",
		stats->failed);
}

static void balanced(struct kvip_exposition *to,
		     const struct kvip_balancer_counts *counts)
{
	kvip_exposition_gauge(to, "kvip_agent_balancer_services",
			      "Services of type LoadBalancer that are ours",
			      counts->services);
	kvip_exposition_gauge(to, "kvip_agent_balancer_waiting",
			      "Of these, those that wait for an address",
			      counts->waiting);
	kvip_exposition_gauge(
		to, "kvip_agent_balancer_failing",
		"Of these, those that the provider failed last time",
		counts->failing);
}

static void named(struct kvip_exposition *to,
		  const struct kvip_names_counts *counts)
{
	kvip_exposition_counter(to, "kvip_agent_zones_written_total",
				"Times that zone files were brought up to date",
				counts->written);
	kvip_exposition_counter(
		to, "kvip_agent_zones_failed_total",
		"Times that zone files could not be, or the server not told",
		counts->failed);
	kvip_exposition_gauge(to, "kvip_agent_zone_records",
			      "Records in all zones", counts->records);
	kvip_exposition_gauge(to, "kvip_agent_zone_services_left_out",
			      "Services that a zone can't tell of",
			      counts->left_out);
}

void kvip_families_outside(struct kvip_exposition *to,
			   const struct kvip_outside_counts *counts)
{
	kvip_exposition_gauge(to, "kvip_agent_balancer_leads",
			      "Whether this agent gives addresses",
			      counts->leads);
	if (counts->leads)
		balanced(to, &counts->balancer);
	if (counts->announces)
		announced(to, &counts->announcer);
	if (counts->names)
		named(to, counts->names);
}
