// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdio.h>
#include <string.h>

#include "lb_config.h"
#include "pool.h"

static bool texts_equal(const char *a, const char *b)
{
	return !strcmp(a ? a : "", b ? b : "");
}

static const struct kvip_lb_port *common_port(const struct kvip_lb_request *a,
					      const struct kvip_lb_request *b)
{
	unsigned int i, j;

	for (i = 0; i < a->n_ports; i++)
		for (j = 0; j < b->n_ports; j++)
			if (a->ports[i].port == b->ports[j].port &&
			    a->ports[i].proto == b->ports[j].proto)
				return &a->ports[i];
	return NULL;
}

static bool refuse(struct kvip_err *why, const struct kvip_lb_request *b,
		   const char *reason)
{
	if (why)
		kvip_err_set(why, "%s/%s%s", b->ns, b->name, reason);
	return false;
}

bool kvip_lb_may_share(const struct kvip_lb_request *a,
		       const struct kvip_lb_request *b, struct kvip_err *why)
{
	const struct kvip_lb_port *port;
	char reason[64];

	if (!strcmp(a->ns, b->ns) && !strcmp(a->name, b->name))
		return true;
	if (!a->share)
		return refuse(why, b, "");
	if (!b->share)
		return refuse(why, b, ", which shares it with nobody");
	if (strcmp(a->share, b->share))
		return refuse(why, b, ", with another sharing key");
	port = common_port(a, b);
	if (port) {
		snprintf(reason, sizeof(reason), ", which has port %u/%s, too",
			 port->port, kvip_proto_text(port->proto));
		return refuse(why, b, reason);
	}
	if (!texts_equal(a->backends, b->backends))
		return refuse(
			why, b,
			", with another traffic policy or another selector");
	return true;
}

/* One choice being made. */
struct choice {
	const struct kvip_lb_config *config;
	const struct kvip_lb_request *request;
	kvip_lb_start_fn start; /* NULL: at the first one */
	kvip_lb_holder_fn holder;
	void *ctx;
	struct kvip_err *err;
	struct kvip_addr addrs[2]; /* by index of the family; family 0: none */
	const struct kvip_pool *near; /* that has an address already found */
};

static const struct kvip_pool *find_pool(const struct kvip_lb_config *config,
					 const char *name)
{
	size_t i;

	for (i = 0; i < config->n_pools; i++)
		if (!strcmp(config->pools[i].name, name))
			return &config->pools[i];
	return NULL;
}

static int ask(struct choice *choice, const struct kvip_addr *addr,
	       struct kvip_err *who)
{
	who->text[0] = '\0';
	return choice->holder(choice->ctx, addr, choice->request, who);
}

/* Whether addresses may be taken from it without being asked for one by one. */
static bool is_open(const struct choice *choice, const struct kvip_pool *pool)
{
	const char *name = choice->request->pool;

	return name ? !strcmp(pool->name, name) :
		      pool->automatic || pool == choice->near;
}

static int take_wanted(struct choice *choice, unsigned int family,
		       const struct kvip_addr *addr)
{
	const struct kvip_pool *pool =
		kvip_lb_config_pool(choice->config, addr);
	const char *name = choice->request->pool;
	char text[INET6_ADDRSTRLEN];
	struct kvip_err who;
	int ret;

	kvip_addr_text(addr, text);
	if (!pool)
		return kvip_err_set(choice->err, "no pool has %s", text);
	if (name && strcmp(pool->name, name))
		return kvip_err_set(choice->err, "pool %s does not have %s",
				    name, text);
	ret = ask(choice, addr, &who);
	if (ret < 0)
		return kvip_err_set(choice->err, "%s", who.text);
	if (!ret) {
		kvip_err_set(choice->err, "%s is taken by %s", text, who.text);
		return 1;
	}
	choice->addrs[family] = *addr;
	choice->near = pool;
	return 0;
}

/*
 * What it has stays, be its pool automatic by now or not: a Service does not
 * change its address because of what others are to get.
 */
static int keep_had(struct choice *choice, unsigned int family,
		    const struct kvip_addr *addr)
{
	const struct kvip_pool *pool =
		kvip_lb_config_pool(choice->config, addr);
	const char *name = choice->request->pool;
	struct kvip_err who;
	int ret;

	if (!pool || (name && strcmp(pool->name, name)))
		return 0;
	ret = ask(choice, addr, &who);
	if (ret < 0)
		return kvip_err_set(choice->err, "%s", who.text);
	if (!ret)
		return 0;
	choice->addrs[family] = *addr;
	choice->near = pool;
	return 0;
}

static const struct kvip_addr *of_family(const struct kvip_addr *addrs,
					 unsigned int n, uint8_t family)
{
	unsigned int i;

	for (i = 0; i < n; i++)
		if (addrs[i].family == family)
			return &addrs[i];
	return NULL;
}

void kvip_addr_step(struct kvip_addr *addr)
{
	size_t i = kvip_addr_bytes(addr->family);

	while (i-- && !++addr->bytes[i])
		;
}

/* The first one of @pool that may be had; 1: there is one, 0: none, or -1. */
static int find_free(struct choice *choice, const struct kvip_pool *pool,
		     uint8_t family, struct kvip_addr *addr)
{
	struct kvip_err who;
	size_t i;

	for (i = 0; i < pool->n_ranges; i++) {
		const struct kvip_range *range = &pool->ranges[i];

		if (range->first.family != family)
			continue;
		*addr = range->first;
		if (choice->start &&
		    !choice->start(choice->ctx, range, choice->request, addr))
			continue;
		for (;; kvip_addr_step(addr)) {
			int ret = ask(choice, addr, &who);

			if (ret < 0)
				kvip_err_set(choice->err, "%s", who.text);
			if (ret)
				return ret;
			if (!kvip_addr_cmp(addr, &range->last))
				break;
		}
	}
	return 0;
}

/* What is missing of all families, from this pool or not at all. */
static int take_all(struct choice *choice, const struct kvip_pool *pool)
{
	struct kvip_addr found[2] = {};
	unsigned int i;
	int ret;

	for (i = 0; i < choice->request->n_families; i++) {
		if (choice->addrs[i].family)
			continue;
		ret = find_free(choice, pool, choice->request->families[i],
				&found[i]);
		if (ret <= 0)
			return ret;
	}
	for (i = 0; i < choice->request->n_families; i++)
		if (found[i].family)
			choice->addrs[i] = found[i];
	return 1;
}

static int take_one(struct choice *choice, unsigned int family)
{
	struct kvip_addr addr;
	size_t i;
	int ret = 0;

	for (i = 0; !ret && i < choice->config->n_pools; i++) {
		const struct kvip_pool *pool = &choice->config->pools[i];

		if (is_open(choice, pool))
			ret = find_free(choice, pool,
					choice->request->families[family],
					&addr);
	}
	if (ret > 0)
		choice->addrs[family] = addr;
	return ret;
}

static bool is_complete(const struct choice *choice)
{
	unsigned int i;

	for (i = 0; i < choice->request->n_families; i++)
		if (!choice->addrs[i].family)
			return false;
	return true;
}

/* From the pool that has the other one, else from one pool, else from several. */
static int take_missing(struct choice *choice)
{
	const struct kvip_lb_config *config = choice->config;
	unsigned int family;
	int ret = 0;
	size_t i;

	if (choice->near && is_open(choice, choice->near))
		ret = take_all(choice, choice->near);
	for (i = 0; !ret && i < config->n_pools; i++)
		if (is_open(choice, &config->pools[i]))
			ret = take_all(choice, &config->pools[i]);
	for (family = 0; !ret && family < choice->request->n_families; family++)
		if (!choice->addrs[family].family &&
		    take_one(choice, family) < 0)
			ret = -1;
	return ret < 0 ? -1 : 0;
}

static int take_known(struct choice *choice, const struct kvip_addr *had,
		      unsigned int n_had)
{
	const struct kvip_lb_request *request = choice->request;
	unsigned int i;
	int ret = 0;

	for (i = 0; !ret && i < request->n_families; i++) {
		const struct kvip_addr *addr = of_family(request->wanted,
							 request->n_wanted,
							 request->families[i]);

		if (addr)
			ret = take_wanted(choice, i, addr);
	}
	for (i = 0; !ret && i < request->n_families; i++) {
		const struct kvip_addr *addr =
			of_family(had, n_had, request->families[i]);

		if (addr && !choice->addrs[i].family)
			ret = keep_had(choice, i, addr);
	}
	return ret;
}

static bool has_family(const struct kvip_pool *pool, uint8_t family)
{
	size_t i;

	for (i = 0; i < pool->n_ranges; i++)
		if (pool->ranges[i].first.family == family)
			return true;
	return false;
}

/* Why there is none of a family; 1: one may come free. */
static int explain(const struct choice *choice, uint8_t family)
{
	const struct kvip_lb_config *config = choice->config;
	const char *name = choice->request->pool;
	bool open = false, closed = false;
	size_t i;

	for (i = 0; i < config->n_pools; i++) {
		const struct kvip_pool *pool = &config->pools[i];

		if (!has_family(pool, family))
			continue;
		open = open || is_open(choice, pool);
		closed = closed || !is_open(choice, pool);
	}
	if (name)
		kvip_err_set(choice->err, "pool %s has no%s %s address", name,
			     open ? " free" : "", kvip_family_text(family));
	else
		kvip_err_set(choice->err, "no %spool has a%s %s address",
			     closed ? "automatic " : "", open ? " free" : "n",
			     kvip_family_text(family));
	return open ? 1 : -1;
}

/*
 * Whether it is enough. Who needs both families waits only if both may come;
 * who needs one of them, if either may.
 */
static int judge(const struct choice *choice)
{
	const struct kvip_lb_request *request = choice->request;
	unsigned int i, n_got = 0;
	int ret = 0;

	for (i = 0; i < request->n_families; i++)
		n_got += choice->addrs[i].family != 0;
	if (n_got == request->n_families || (n_got && request->optional))
		return 0;
	for (i = 0; i < request->n_families; i++) {
		if (choice->addrs[i].family)
			continue;
		ret = explain(choice, request->families[i]);
		if (ret == (request->optional ? 1 : -1))
			break;
	}
	return ret;
}

int kvip_pools_choose_from(const struct kvip_lb_config *config,
			   const struct kvip_lb_request *request,
			   const struct kvip_addr *had, unsigned int n_had,
			   kvip_lb_start_fn start, kvip_lb_holder_fn holder,
			   void *ctx, struct kvip_addr got[2],
			   unsigned int *n_got, struct kvip_err *err)
{
	struct choice choice = {
		.config = config,
		.request = request,
		.start = start,
		.holder = holder,
		.ctx = ctx,
		.err = err,
	};
	unsigned int i;
	int ret;

	*n_got = 0;
	if (!config->n_pools)
		return kvip_err_set(err, "there is no pool of addresses");
	if (request->pool && !find_pool(config, request->pool))
		return kvip_err_set(err, "there is no pool \"%s\"",
				    request->pool);
	ret = take_known(&choice, had, n_had);
	if (!ret && !is_complete(&choice))
		ret = take_missing(&choice);
	if (!ret)
		ret = judge(&choice);
	for (i = 0; !ret && i < request->n_families; i++)
		if (choice.addrs[i].family)
			got[(*n_got)++] = choice.addrs[i];
	return ret;
}

int kvip_pools_choose(const struct kvip_lb_config *config,
		      const struct kvip_lb_request *request,
		      const struct kvip_addr *had, unsigned int n_had,
		      kvip_lb_holder_fn holder, void *ctx,
		      struct kvip_addr got[2], unsigned int *n_got,
		      struct kvip_err *err)
{
	return kvip_pools_choose_from(config, request, had, n_had, NULL, holder,
				      ctx, got, n_got, err);
}
