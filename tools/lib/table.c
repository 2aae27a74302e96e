// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdlib.h>
#include <string.h>

#include <linux/kvip.h>

#include "alloc.h"
#include "table.h"

/* A chained hash of strings that lives as long as its table. */
struct kvip_string {
	struct kvip_string *next;
	char text[];
};

struct kvip_strings {
	struct kvip_string *buckets[1024];
};

void kvip_table_init(struct kvip_table *table)
{
	memset(table, 0, sizeof(*table));
}

static void strings_free(struct kvip_strings *strings)
{
	size_t i;

	if (!strings)
		return;
	for (i = 0; i < sizeof(strings->buckets) / sizeof(strings->buckets[0]);
	     i++) {
		struct kvip_string *string = strings->buckets[i];

		while (string) {
			struct kvip_string *next = string->next;

			free(string);
			string = next;
		}
	}
	free(strings);
}

static void free_service(struct kvip_service *service)
{
	free(service->name);
	free(service->frontends);
	free(service->backends);
	free(service->ranges);
	free(service->affinity_group);
}

void kvip_table_truncate(struct kvip_table *table, size_t n)
{
	size_t i;

	for (i = n; i < table->n_services; i++)
		free_service(&table->services[i]);
	if (n < table->n_services)
		table->n_services = n;
}

void kvip_table_free(struct kvip_table *table)
{
	kvip_table_truncate(table, 0);
	free(table->services);
	strings_free(table->strings);
	kvip_table_init(table);
}

struct kvip_service *kvip_table_add(struct kvip_table *table, const char *name,
				    uint8_t family, uint8_t proto)
{
	struct kvip_service *service;

	table->services = kvip_grow(table->services, table->n_services,
				    sizeof(*table->services));
	service = &table->services[table->n_services++];
	service->name = kvip_strdup(name);
	service->family = family;
	service->proto = proto;
	return service;
}

struct kvip_frontend *kvip_service_add_frontend(struct kvip_service *service)
{
	service->frontends = kvip_grow(service->frontends, service->n_frontends,
				       sizeof(*service->frontends));
	return &service->frontends[service->n_frontends++];
}

struct kvip_backend *kvip_service_add_backend(struct kvip_service *service)
{
	service->backends = kvip_grow(service->backends, service->n_backends,
				      sizeof(*service->backends));
	return &service->backends[service->n_backends++];
}

struct kvip_prefix *kvip_service_add_range(struct kvip_service *service)
{
	service->ranges = kvip_grow(service->ranges, service->n_ranges,
				    sizeof(*service->ranges));
	return &service->ranges[service->n_ranges++];
}

const char *kvip_table_string(struct kvip_table *table, const char *text)
{
	struct kvip_string **bucket, *string;
	unsigned int hash = 5381;
	const char *c;

	if (!table->strings)
		table->strings = kvip_alloc(sizeof(*table->strings));
	for (c = text; *c; c++)
		hash = hash * 33 ^ (unsigned char)*c;
	bucket = &table->strings->buckets[hash % 1024];
	for (string = *bucket; string; string = string->next)
		if (!strcmp(string->text, text))
			return string->text;

	string = kvip_alloc(sizeof(*string) + (size_t)(c - text) + 1);
	memcpy(string->text, text, (size_t)(c - text));
	string->next = *bucket;
	*bucket = string;
	return string->text;
}

static int cmp_number(unsigned int a, unsigned int b)
{
	return (a > b) - (a < b);
}

static int cmp_frontend(const void *va, const void *vb)
{
	const struct kvip_frontend *a = va, *b = vb;
	int order = cmp_number(a->kind, b->kind);

	if (!order)
		order = kvip_addr_cmp(&a->addr, &b->addr);
	return order ? order : cmp_number(a->port, b->port);
}

static int cmp_backend(const void *va, const void *vb)
{
	const struct kvip_backend *a = va, *b = vb;
	int order = kvip_addr_cmp(&a->addr, &b->addr);

	return order ? order : cmp_number(a->port, b->port);
}

static int cmp_range(const void *a, const void *b)
{
	return kvip_prefix_cmp(a, b);
}

int kvip_service_cmp(const struct kvip_service *a, const struct kvip_service *b)
{
	int order = strcmp(a->name, b->name);

	if (!order)
		order = cmp_number(a->proto, b->proto);
	return order ? order : cmp_number(a->family, b->family);
}

static int cmp_service(const void *a, const void *b)
{
	return kvip_service_cmp(a, b);
}

void kvip_table_sort(struct kvip_table *table)
{
	size_t i;

	for (i = 0; i < table->n_services; i++) {
		struct kvip_service *service = &table->services[i];

		if (service->n_frontends)
			qsort(service->frontends, service->n_frontends,
			      sizeof(*service->frontends), cmp_frontend);
		if (service->n_backends)
			qsort(service->backends, service->n_backends,
			      sizeof(*service->backends), cmp_backend);
		if (service->n_ranges)
			qsort(service->ranges, service->n_ranges,
			      sizeof(*service->ranges), cmp_range);
	}
	if (table->n_services)
		qsort(table->services, table->n_services,
		      sizeof(*table->services), cmp_service);
}

bool kvip_table_find(const struct kvip_table *table,
		     const struct kvip_service *service, size_t *at)
{
	size_t low = 0, high = table->n_services;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = kvip_service_cmp(&table->services[middle], service);

		if (!order) {
			*at = middle;
			return true;
		}
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	*at = low;
	return false;
}

/* Fill in @to, whose name and lists are its own. */
static void copy_service(struct kvip_table *table, struct kvip_service *to,
			 const struct kvip_service *from)
{
	size_t i;

	*to = *from;
	to->name = kvip_strdup(from->name);
	to->frontends = NULL;
	to->backends = NULL;
	to->ranges = NULL;
	to->n_frontends = 0;
	to->n_backends = 0;
	to->n_ranges = 0;
	if (from->affinity_group)
		to->affinity_group = kvip_strdup(from->affinity_group);
	for (i = 0; i < from->n_ranges; i++)
		*kvip_service_add_range(to) = from->ranges[i];
	for (i = 0; i < from->n_frontends; i++)
		*kvip_service_add_frontend(to) = from->frontends[i];
	for (i = 0; i < from->n_backends; i++) {
		struct kvip_backend *backend = kvip_service_add_backend(to);

		*backend = from->backends[i];
		if (backend->node)
			backend->node = kvip_table_string(table, backend->node);
	}
}

void kvip_table_exchange(struct kvip_table *table, size_t at, bool out,
			 const struct kvip_service *in)
{
	size_t after = table->n_services - at;

	if (out) {
		free_service(&table->services[at]);
		after--;
		if (!in) {
			memmove(&table->services[at], &table->services[at + 1],
				after * sizeof(*table->services));
			table->n_services--;
		}
	} else if (in) {
		table->services = kvip_grow(table->services, table->n_services,
					    sizeof(*table->services));
		memmove(&table->services[at + 1], &table->services[at],
			after * sizeof(*table->services));
		table->n_services++;
	}
	if (in)
		copy_service(table, &table->services[at], in);
}

static bool same_string(const char *a, const char *b)
{
	return a == b || (a && b && !strcmp(a, b));
}

bool kvip_service_same(const struct kvip_service *a,
		       const struct kvip_service *b)
{
	size_t i;

	if (kvip_service_cmp(a, b) || a->algorithm != b->algorithm ||
	    a->flags != b->flags || a->n_frontends != b->n_frontends ||
	    a->n_backends != b->n_backends || a->n_ranges != b->n_ranges ||
	    a->affinity != b->affinity ||
	    !same_string(a->affinity_group, b->affinity_group))
		return false;
	for (i = 0; i < a->n_ranges; i++)
		if (cmp_range(&a->ranges[i], &b->ranges[i]))
			return false;
	for (i = 0; i < a->n_frontends; i++)
		if (cmp_frontend(&a->frontends[i], &b->frontends[i]))
			return false;
	for (i = 0; i < a->n_backends; i++)
		if (cmp_backend(&a->backends[i], &b->backends[i]) ||
		    a->backends[i].flags != b->backends[i].flags ||
		    !same_string(a->backends[i].node, b->backends[i].node))
			return false;
	return true;
}

/* One frontend and whose it is, to be sorted by what must be unique. */
struct claim {
	const struct kvip_frontend *frontend;
	const struct kvip_service *service;
};

static int cmp_claim(const void *va, const void *vb)
{
	const struct claim *a = va, *b = vb;
	int order = kvip_addr_cmp(&a->frontend->addr, &b->frontend->addr);

	if (!order)
		order = cmp_number(a->frontend->port, b->frontend->port);
	return order ? order : cmp_number(a->service->proto, b->service->proto);
}

static int check_claims(struct claim *claims, size_t n, struct kvip_err *err)
{
	char text[KVIP_ADDR_PORT_LEN];
	size_t i;

	if (n)
		qsort(claims, n, sizeof(*claims), cmp_claim);
	for (i = 1; i < n; i++) {
		const struct claim *a = &claims[i - 1], *b = &claims[i];

		if (cmp_claim(a, b))
			continue;
		kvip_addr_port_text(&a->frontend->addr, a->frontend->port,
				    text);
		if (a->service == b->service)
			return kvip_err_set(err,
					    "%s has the frontend %s/%s twice",
					    a->service->name, text,
					    kvip_proto_text(a->service->proto));
		/* qsort() is free in the order of equals: name them in theirs */
		if (kvip_service_cmp(a->service, b->service) > 0)
			return kvip_err_set(err, "%s and %s both claim %s/%s",
					    b->service->name, a->service->name,
					    text,
					    kvip_proto_text(a->service->proto));
		return kvip_err_set(err, "%s and %s both claim %s/%s",
				    a->service->name, b->service->name, text,
				    kvip_proto_text(a->service->proto));
	}
	return 0;
}

static int check_affinity(const struct kvip_service *service,
			  struct kvip_err *err)
{
	size_t len;

	if (service->affinity > KVIP_AFFINITY_SECONDS_MAX)
		return kvip_err_set(
			err, "%s: an affinity has 1 to %d seconds, not %u",
			service->name, KVIP_AFFINITY_SECONDS_MAX,
			service->affinity);
	if (!service->affinity_group)
		return 0;
	if (!service->affinity)
		return kvip_err_set(err,
				    "%s has an affinity group but no affinity",
				    service->name);
	len = strlen(service->affinity_group);
	if (!len || len > KVIP_NAME_MAX)
		return kvip_err_set(err,
				    "%s: an affinity group has 1 to %d bytes",
				    service->name, KVIP_NAME_MAX);
	return 0;
}

static int check_ranges(const struct kvip_service *service,
			struct kvip_err *err)
{
	char text[KVIP_PREFIX_LEN];
	size_t i;

	if (service->n_ranges > KVIP_RANGES_MAX)
		return kvip_err_set(err, "%s has more than %d source ranges",
				    service->name, KVIP_RANGES_MAX);
	for (i = 0; i < service->n_ranges; i++) {
		const struct kvip_prefix *range = &service->ranges[i];
		struct kvip_prefix clear;

		kvip_prefix_text(range, text);
		if (range->addr.family != service->family)
			return kvip_err_set(
				err,
				"%s: the source range %s is not of its family, %s",
				service->name, text,
				kvip_family_text(service->family));
		if (range->length > 8 * kvip_addr_bytes(service->family))
			return kvip_err_set(
				err,
				"%s: the source range %s is longer than an address",
				service->name, text);
		kvip_prefix_set(&clear, &range->addr, range->length);
		if (cmp_range(range, &clear))
			return kvip_err_set(
				err,
				"%s: the source range %s has bits beyond its length",
				service->name, text);
		if (i && !cmp_range(range - 1, range))
			return kvip_err_set(err,
					    "%s has the source range %s twice",
					    service->name, text);
	}
	return 0;
}

static int check_frontend(const struct kvip_service *service,
			  const struct kvip_frontend *frontend,
			  struct kvip_err *err)
{
	static const struct kvip_addr any;
	char text[KVIP_ADDR_PORT_LEN];

	if (!frontend->port)
		return kvip_err_set(err, "%s: a frontend has port 0",
				    service->name);
	if (frontend->kind == KVIP_FRONTEND_NODE_PORT &&
	    memcmp(frontend->addr.bytes, any.bytes, sizeof(any.bytes)))
		return kvip_err_set(err, "%s: the node port %s must be on %s",
				    service->name,
				    kvip_addr_port_text(&frontend->addr,
							frontend->port, text),
				    service->family == AF_INET ? "0.0.0.0" :
								 "::");
	return 0;
}

static int check_service(const struct kvip_service *service,
			 struct kvip_err *err)
{
	char text[KVIP_ADDR_PORT_LEN];
	size_t i;

	if (check_affinity(service, err) || check_ranges(service, err))
		return -1;
	for (i = 0; i < service->n_frontends; i++)
		if (check_frontend(service, &service->frontends[i], err))
			return -1;
	for (i = 0; i < service->n_backends; i++) {
		const struct kvip_backend *backend = &service->backends[i];

		kvip_addr_port_text(&backend->addr, backend->port, text);
		if (!backend->port)
			return kvip_err_set(err,
					    "%s: the endpoint %s has port 0",
					    service->name, text);
		if (i && !cmp_backend(backend - 1, backend))
			return kvip_err_set(err, "%s has the endpoint %s twice",
					    service->name, text);
	}
	return 0;
}

int kvip_table_check(const struct kvip_table *table, struct kvip_err *err)
{
	struct claim *claims;
	size_t i, j, n = 0;
	int ret;

	for (i = 0; i < table->n_services; i++) {
		const struct kvip_service *service = &table->services[i];

		if (i && !kvip_service_cmp(service - 1, service))
			return kvip_err_set(err, "%s (%s, %s) is there twice",
					    service->name,
					    kvip_proto_text(service->proto),
					    kvip_family_text(service->family));
		if (check_service(service, err))
			return -1;
		n += service->n_frontends;
	}

	claims = kvip_alloc(n * sizeof(*claims));
	n = 0;
	for (i = 0; i < table->n_services; i++) {
		const struct kvip_service *service = &table->services[i];

		for (j = 0; j < service->n_frontends; j++) {
			claims[n].frontend = &service->frontends[j];
			claims[n++].service = service;
		}
	}
	ret = check_claims(claims, n, err);
	free(claims);
	return ret;
}
