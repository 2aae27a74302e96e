// SPDX-License-Identifier: GPL-2.0
#include <linux/bsearch.h>
#include <linux/mm.h>
#include <linux/netlink.h>
#include <linux/overflow.h>
#include <linux/slab.h>
#include <linux/sort.h>
#include <linux/string.h>

#include <linux/kvip.h>

#include "backend.h"
#include "change.h"
#include "frontend.h"
#include "node.h"
#include "prefix.h"

#define RANGES __stringify(KVIP_RANGES_MAX)
#define FRONTENDS __stringify(KVIP_FRONTENDS_MAX)
#define BACKENDS __stringify(KVIP_BACKENDS_MAX)

struct kvip_change *kvip_change_create(const struct kvip_service_key *key)
{
	struct kvip_change *change;

	change = kzalloc(struct_size(change, name, key->len + 1),
			 GFP_KERNEL_ACCOUNT);
	if (!change)
		return NULL;
	memcpy(change->name, key->name, key->len);
	change->key = *key;
	change->key.name = change->name;
	return change;
}

/* Grow an array of @n elements of @size bytes to room for @more. */
static int grow(void **array, u32 n, u32 *room, u32 more, size_t size)
{
	u32 want = n + more;
	void *bigger;

	if (want <= *room)
		return 0;
	/* The first message tells the size exactly; lists that go on double. */
	if (n)
		want = max(want, 2 * n);
	bigger = kvmalloc_array(want, size, GFP_KERNEL_ACCOUNT);
	if (!bigger)
		return -ENOMEM;
	if (n)
		memcpy(bigger, *array, n * size);
	kvfree(*array);
	*array = bigger;
	*room = want;
	return 0;
}

int kvip_change_reserve(struct kvip_change *change, u32 n_ranges,
			u32 n_frontends, u32 n_backends,
			struct netlink_ext_ack *extack)
{
	int err;

	if (n_ranges > KVIP_RANGES_MAX - change->n_ranges) {
		NL_SET_ERR_MSG(extack, "a service has at most " RANGES
				       " source ranges");
		return -E2BIG;
	}

	if (n_frontends > KVIP_FRONTENDS_MAX - change->n_frontends) {
		NL_SET_ERR_MSG(extack,
			       "a service has at most " FRONTENDS " frontends");
		return -E2BIG;
	}
	if (n_backends > KVIP_BACKENDS_MAX - change->n_backends) {
		NL_SET_ERR_MSG(extack,
			       "a service has at most " BACKENDS " backends");
		return -E2BIG;
	}

	err = grow((void **)&change->ranges, change->n_ranges,
		   &change->room_ranges, n_ranges, sizeof(*change->ranges));
	if (err)
		return err;
	err = grow((void **)&change->frontends, change->n_frontends,
		   &change->room_frontends, n_frontends,
		   sizeof(*change->frontends));
	if (err)
		return err;
	return grow((void **)&change->backends, change->n_backends,
		    &change->room_backends, n_backends,
		    sizeof(*change->backends));
}

struct kvip_prefix *kvip_change_add_range(struct kvip_change *change)
{
	struct kvip_prefix *range = &change->ranges[change->n_ranges++];

	memset(range, 0, sizeof(*range));
	return range;
}

struct kvip_frontend_spec *kvip_change_add_frontend(struct kvip_change *change)
{
	struct kvip_frontend_spec *spec;

	spec = &change->frontends[change->n_frontends++];
	memset(spec, 0, sizeof(*spec));
	return spec;
}

struct kvip_backend_spec *kvip_change_add_backend(struct kvip_change *change)
{
	struct kvip_backend_spec *spec;

	spec = &change->backends[change->n_backends++];
	memset(spec, 0, sizeof(*spec));
	return spec;
}

static int cmp_spec(const void *va, const void *vb)
{
	const struct kvip_backend_spec *a = va, *b = vb;

	return kvip_backend_cmp(&a->addr, a->port, &b->addr, b->port);
}

/*
 * A backend that is a ClusterIP of its own service: nobody has that address. An
 * external or load-balancer IP may be a node's, and a pod in its host network
 * the backend there.
 */
static bool is_loop(const struct kvip_change *change)
{
	u32 i;

	for (i = 0; i < change->n_frontends && change->n_backends; i++) {
		const struct kvip_frontend_spec *frontend =
			&change->frontends[i];
		const struct kvip_backend_spec key = {
			.addr = frontend->addr,
			.port = frontend->port,
		};

		if (frontend->kind != KVIP_FRONTEND_CLUSTER_IP)
			continue;
		if (bsearch(&key, change->backends, change->n_backends,
			    sizeof(key), cmp_spec))
			return true;
	}
	return false;
}

int kvip_change_finish(struct kvip_change *change,
		       struct netlink_ext_ack *extack)
{
	struct kvip_backend_spec *specs = change->backends;
	bool sorted = true;
	u32 i;

	/* Who sends them in order, as libkvip does, spares the kernel a sort. */
	for (i = 1; i < change->n_backends && sorted; i++)
		sorted = cmp_spec(&specs[i - 1], &specs[i]) <= 0;
	if (!sorted)
		sort(specs, change->n_backends, sizeof(*specs), cmp_spec, NULL);

	for (i = 1; i < change->n_backends; i++) {
		if (!cmp_spec(&specs[i - 1], &specs[i])) {
			NL_SET_ERR_MSG(extack,
				       "a backend is in the service twice");
			return -EEXIST;
		}
	}
	if (is_loop(change)) {
		NL_SET_ERR_MSG(
			extack,
			"a backend of the service is one of its ClusterIPs");
		return -EINVAL;
	}
	return 0;
}

void kvip_change_free(struct kvip_change *change)
{
	u32 i;

	for (i = 0; i < change->n_backends; i++)
		kvip_node_put(change->backends[i].node);
	kvfree(change->backends);
	kvfree(change->frontends);
	kvfree(change->ranges);
	kfree(change->group);
	kfree(change);
}
