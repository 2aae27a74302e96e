/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KVIP_FLOWS_H
#define KVIP_FLOWS_H

#include <stdint.h>

struct kvip_options;

/**
 * kvip_monitor_flows() - print a line for each new connection
 * @options: JSON or not, which family
 * @rate: connections of a second; 0: as many as the kernel likes
 * @filter: whose, as kvip_selected() takes it, or NULL
 *
 * Ends with SIGINT, SIGTERM, or when nobody reads standard output any more.
 *
 * Return: the exit status.
 */
int kvip_monitor_flows(const struct kvip_options *options, uint32_t rate,
		       const char *filter);

#endif /* KVIP_FLOWS_H */
