/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which services an argument of the command line means. */
#ifndef KVIP_FILTER_H
#define KVIP_FILTER_H

#include <stdbool.h>

/**
 * kvip_selected() - whether a service is one of those that are asked for
 * @name: of the service, NAMESPACE/NAME or NAMESPACE/NAME:PORT; NULL: of none
 * @filter: NAMESPACE/NAME, for all ports too; NAMESPACE/NAME:PORT; NAMESPACE/;
 *	NULL or "": all, and what belongs to none
 */
bool kvip_selected(const char *name, const char *filter);

#endif /* KVIP_FILTER_H */
