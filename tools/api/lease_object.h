/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A Lease as JSON. Pure. */
#ifndef KVIP_API_LEASE_OBJECT_H
#define KVIP_API_LEASE_OBJECT_H

#include <stdbool.h>

struct json_object;
struct kvip_elector_spec;

/* kvip_lease_path() - of the Lease, or where it is made; free() it */
char *kvip_lease_path(const struct kvip_elector_spec *spec, bool make);

/* kvip_lease_new() - one without a holder */
struct json_object *kvip_lease_new(const struct kvip_elector_spec *spec);

/* kvip_lease_holder() - "" if it has none; borrowed */
const char *kvip_lease_holder(struct json_object *lease);

/* kvip_lease_seconds() - how long it is valid; 0: it does not say */
int kvip_lease_seconds(struct json_object *lease);

/* kvip_lease_changed() - whether its holder said something since: anything else
 * may be changed by others, and makes nobody's Lease last longer
 */
bool kvip_lease_changed(struct json_object *old, struct json_object *lease);

/**
 * kvip_lease_hold() - make it ours, or renew it
 * @lease: changed
 * @identity: ours
 * @seconds: valid for
 * @now: Unix time
 */
void kvip_lease_hold(struct json_object *lease, const char *identity,
		     int seconds, double now);

/* kvip_lease_release() - give it back */
void kvip_lease_release(struct json_object *lease, double now);

/* kvip_lease_delete_body() - what to ask a DELETE with, so that no other version
 * is deleted; free() it
 */
char *kvip_lease_delete_body(struct json_object *lease);

#endif /* KVIP_API_LEASE_OBJECT_H */
