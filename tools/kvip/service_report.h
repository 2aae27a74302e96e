/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where a Service is reached, in half a line. Pure. */
#ifndef KVIP_SERVICE_REPORT_H
#define KVIP_SERVICE_REPORT_H

#include <stddef.h>

struct json_object;

/* The longest report, with its end; a longer one is cut. */
#define KVIP_SERVICE_REPORT_LEN 768

/**
 * kvip_service_report() - "10.96.14.7:80, node port 30080, 3 endpoints"
 * @service: as it is stored
 * @pending: why a load balancer's address is not there yet, if the status does not
 *	tell it; NULL: not known
 * @n_endpoints: how many it has; -1: not known, and not told
 * @text: filled in
 *
 * Return: @text.
 */
const char *kvip_service_report(struct json_object *service,
				const char *pending, long n_endpoints,
				char text[KVIP_SERVICE_REPORT_LEN]);

#endif /* KVIP_SERVICE_REPORT_H */
