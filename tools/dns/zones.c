// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "dns_config.h"
#include "domain.h"
#include "model.h"
#include "zone_lines.h"
#include "zones.h"

/* Of the specification that S70 to S74 are from. */
#define DNS_VERSION "1.1.0"

/* Where a cluster's own name server is by custom. */
#define SERVER_NS "kube-system"
#define SERVER_NAME "kube-dns"

/* Priority and weight of every SRV record: all are equal. */
#define SRV_NUMBERS "0 100"

#define NAME_LEN (KVIP_DOMAIN_MAX + 1)

/* A reverse zone in the making. */
struct reverse {
	struct kvip_prefix block;
	struct kvip_zone_lines lines;
};

struct making {
	const struct kvip_model *model;
	const struct kvip_dns_config *config;
	struct kvip_zones *zones;
	struct kvip_zone_lines lines;
	struct reverse *reverses;
	size_t n_reverses;
	size_t last; /* the reverse zone used last */
	const struct kvip_svc *svc; /* the one at hand */
	bool told; /* that it is left out */
};

/* The walk has no order, and yet it is the first by name that is told. */
static void leave_out(struct making *making, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

static void leave_out(struct making *making, const char *fmt, ...)
{
	const struct kvip_meta *meta = &making->svc->meta;
	struct kvip_zones *zones = making->zones;
	struct kvip_err err;
	char words[512];
	va_list args;

	if (making->told)
		return;
	making->told = true;
	va_start(args, fmt);
	vsnprintf(words, sizeof(words), fmt, args);
	va_end(args);
	kvip_err_set(&err, "%s/%s: %s", meta->ns, meta->name, words);
	if (!zones->n_left_out++ ||
	    strcmp(err.text, zones->first_left_out.text) < 0)
		zones->first_left_out = err;
}

/* A name in the forward zone; false, and told, if it is too long. */
static bool make_name(struct making *making, char name[NAME_LEN],
		      const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

static bool make_name(struct making *making, char name[NAME_LEN],
		      const char *fmt, ...)
{
	va_list args;
	int len;

	va_start(args, fmt);
	len = vsnprintf(name, NAME_LEN, fmt, args);
	va_end(args);
	if ((size_t)len + 1 + strlen(making->config->zone) <= KVIP_DOMAIN_MAX)
		return true;
	leave_out(making, "the name %s.%s has more than %d bytes", name,
		  making->config->zone, KVIP_DOMAIN_MAX);
	return false;
}

static void add_addr(struct making *making, const char *owner,
		     const struct kvip_addr *addr)
{
	char text[INET6_ADDRSTRLEN];

	kvip_zone_lines_add(&making->lines, owner, "%s\t%s",
			    addr->family == AF_INET ? "A" : "AAAA",
			    kvip_addr_text(addr, text));
}

/*
 * Networks whose reverse names no public server has, in blocks of a /16 and more:
 * RFC 1918, RFC 6598, RFC 3927, RFC 2544.
 */
static bool is_private(const struct kvip_addr *addr)
{
	const uint8_t *byte = addr->bytes;

	return byte[0] == 10 || (byte[0] == 172 && (byte[1] & 0xf0) == 16) ||
	       (byte[0] == 192 && byte[1] == 168) ||
	       (byte[0] == 100 && (byte[1] & 0xc0) == 64) ||
	       (byte[0] == 169 && byte[1] == 254) ||
	       (byte[0] == 198 && (byte[1] & 0xfe) == 18);
}

static uint8_t automatic_length(const struct kvip_addr *addr)
{
	if (addr->family == AF_INET6)
		return 64;
	return is_private(addr) ? 16 : 24;
}

static struct reverse *add_reverse(struct making *making,
				   const struct kvip_prefix *block)
{
	struct reverse *reverse;

	making->reverses = kvip_grow(making->reverses, making->n_reverses,
				     sizeof(*making->reverses));
	making->last = making->n_reverses++;
	reverse = &making->reverses[making->last];
	reverse->block = *block;
	return reverse;
}

/* The smallest zone that has the address, as a server would choose. */
static struct reverse *find_reverse(struct making *making,
				    const struct kvip_addr *addr)
{
	struct reverse *found = NULL;
	struct kvip_prefix block;
	size_t i;

	if (making->config->reverse_auto) {
		if (making->n_reverses &&
		    kvip_prefix_contains(&making->reverses[making->last].block,
					 addr))
			return &making->reverses[making->last];
		kvip_prefix_set(&block, addr, automatic_length(addr));
	}
	for (i = 0; i < making->n_reverses; i++) {
		struct reverse *reverse = &making->reverses[i];

		if (kvip_prefix_contains(&reverse->block, addr) &&
		    (!found || reverse->block.length > found->block.length)) {
			found = reverse;
			making->last = i;
		}
	}
	if (!found && making->config->reverse_auto)
		found = add_reverse(making, &block);
	return found;
}

/* S72: from an address to a name of the forward zone */
static void add_ptr(struct making *making, const struct kvip_addr *addr,
		    const char *name)
{
	struct reverse *reverse = find_reverse(making, addr);
	char owner[KVIP_DOMAIN_ADDR_LEN];

	if (!reverse)
		return;
	kvip_domain_reverse(addr, reverse->block.length,
			    (unsigned int)kvip_addr_bytes(addr->family) * 8,
			    owner);
	kvip_zone_lines_add(&reverse->lines, *owner ? owner : "@",
			    "PTR\t%s.%s.", name, making->config->zone);
}

/* S71: "_http._tcp.HOST"; false: the port has no name, or one that can't be */
static bool srv_name(struct making *making, const char *port, uint8_t proto,
		     const char *host, char name[NAME_LEN])
{
	char label[KVIP_DOMAIN_LABEL_MAX], transport[8];

	if (!port || !*port)
		return false;
	snprintf(label, sizeof(label), "%s", port);
	if (strlen(port) >= sizeof(label) ||
	    !kvip_domain_is_label(kvip_domain_lower(label))) {
		leave_out(making, "\"_%s\" of a port can't be a label", port);
		return false;
	}
	snprintf(transport, sizeof(transport), "%s", kvip_proto_text(proto));
	return make_name(making, name, "_%s._%s.%s", label,
			 kvip_domain_lower(transport), host);
}

static void make_cluster_ips(struct making *making, const char *host)
{
	const struct kvip_svc *svc = making->svc;
	char name[NAME_LEN];
	uint32_t i;

	for (i = 0; i < svc->n_cluster_ips; i++) {
		add_addr(making, host, &svc->cluster_ips[i]);
		add_ptr(making, &svc->cluster_ips[i], host);
	}
	if (!svc->n_cluster_ips)
		return;
	for (i = 0; i < svc->n_ports; i++) {
		const struct kvip_svc_port *port = &svc->ports[i];

		if (srv_name(making, port->name, port->proto, host, name))
			kvip_zone_lines_add(&making->lines, name,
					    "SRV\t" SRV_NUMBERS " %u %s",
					    port->port, host);
	}
}

/* S70: what is not told is ready (S5) */
static bool is_published(const struct kvip_svc *svc,
			 const struct kvip_endpoint *endpoint)
{
	return svc->publish_not_ready ||
	       !(endpoint->conditions & KVIP_COND_READY_TOLD) ||
	       endpoint->conditions & KVIP_COND_READY;
}

/* Its hostname if that can be a label, else what its address makes. */
static const char *endpoint_label(const struct kvip_endpoint *endpoint,
				  char label[KVIP_DOMAIN_ADDR_LEN],
				  bool *has_hostname)
{
	const char *hostname = endpoint->hostname;

	*has_hostname = false;
	if (!hostname || strlen(hostname) > KVIP_DOMAIN_LABEL_MAX)
		return kvip_domain_dashed(&endpoint->addr, label);
	snprintf(label, KVIP_DOMAIN_ADDR_LEN, "%s", hostname);
	if (!kvip_domain_is_label(kvip_domain_lower(label)))
		return kvip_domain_dashed(&endpoint->addr, label);
	*has_hostname = true;
	return label;
}

static void make_endpoint(struct making *making, const struct kvip_slice *slice,
			  const struct kvip_endpoint *endpoint,
			  const char *host)
{
	char label[KVIP_DOMAIN_ADDR_LEN], name[NAME_LEN], srv[NAME_LEN];
	bool has_hostname;
	uint32_t i;

	add_addr(making, host, &endpoint->addr);
	endpoint_label(endpoint, label, &has_hostname);
	if (!make_name(making, name, "%s.%s", label, host))
		return;
	add_addr(making, name, &endpoint->addr);
	if (has_hostname)
		add_ptr(making, &endpoint->addr, name);
	for (i = 0; i < slice->n_ports; i++) {
		const struct kvip_slice_port *port = &slice->ports[i];

		if (port->port &&
		    srv_name(making, port->name, port->proto, host, srv))
			kvip_zone_lines_add(&making->lines, srv,
					    "SRV\t" SRV_NUMBERS " %u %s",
					    port->port, name);
	}
}

static void make_headless(struct making *making, const struct kvip_group *group,
			  const char *host)
{
	const struct kvip_slice *slice;
	uint32_t i;

	for (slice = group->slices; slice; slice = slice->next)
		for (i = 0; i < slice->n_endpoints; i++) {
			const struct kvip_endpoint *endpoint =
				&slice->endpoints[i];

			if (endpoint->addr.family == slice->family &&
			    is_published(making->svc, endpoint))
				make_endpoint(making, slice, endpoint, host);
		}
}

/* S73. Like CoreDNS and by Kubernetes' word, not for what is an address. */
static void make_external_name(struct making *making, const char *host)
{
	const char *name = making->svc->external_name;
	char text[KVIP_DOMAIN_TEXT_LEN];
	struct kvip_addr addr;

	if (!name)
		leave_out(making, "it has no externalName");
	else if (kvip_addr_parse(name, &addr))
		leave_out(making,
			  "its externalName %s is an address, not a name",
			  name);
	else if (!kvip_domain_absolute(name, text))
		leave_out(making, "its externalName \"%s\" is no domain name",
			  name);
	else
		kvip_zone_lines_add(&making->lines, host, "CNAME\t%s", text);
}

static void make_group(struct making *making, const struct kvip_group *group)
{
	const struct kvip_svc *svc = group->svc;
	char host[NAME_LEN];

	if (!svc)
		return;
	making->svc = svc;
	making->told = false;
	if (!kvip_domain_is_label(svc->meta.name)) {
		leave_out(making, "its name can't be a label");
		return;
	}
	if (!kvip_domain_is_label(svc->meta.ns)) {
		leave_out(making, "its namespace's name can't be a label");
		return;
	}
	if (!make_name(making, host, "%s.%s.svc", svc->meta.name, svc->meta.ns))
		return;
	if (svc->type == KVIP_SVC_EXTERNAL_NAME)
		make_external_name(making, host);
	else if (svc->headless)
		make_headless(making, group, host);
	else
		make_cluster_ips(making, host);
}

/* S74 */
static void make_pod(struct making *making, const struct kvip_dns_pod *pod)
{
	char label[KVIP_DOMAIN_ADDR_LEN], name[NAME_LEN];

	if (!kvip_domain_is_label(pod->ns))
		return;
	/* it can't be too long, as no zone is */
	snprintf(name, sizeof(name), "%s.%s.pod",
		 kvip_domain_dashed(&pod->addr, label), pod->ns);
	add_addr(making, name, &pod->addr);
}

static void add_server_addrs(struct making *making, const char *owner)
{
	const struct kvip_dns_config *config = making->config;
	const struct kvip_addr *addrs = config->addrs;
	size_t n = config->n_addrs, i;
	struct kvip_group *group;
	struct kvip_addr host[2];

	group = kvip_model_group(making->model, SERVER_NS, SERVER_NAME);
	if (!n && group && group->svc) {
		addrs = group->svc->cluster_ips;
		n = group->svc->n_cluster_ips;
	}
	if (!n) {
		kvip_addr_parse("127.0.0.1", &host[0]);
		kvip_addr_parse("::1", &host[1]);
		addrs = host;
		n = 2;
	}
	for (i = 0; i < n; i++)
		add_addr(making, owner, &addrs[i]);
}

/* Servers refuse a zone whose name server is within it and has no address. */
static void make_server(struct making *making)
{
	const char *zone = making->config->zone, *server;
	size_t zone_len = strlen(zone), len;
	char owner[NAME_LEN];

	server = making->zones->nameserver;
	len = strlen(server);
	if (!strcmp(server, zone))
		snprintf(owner, sizeof(owner), "@");
	else if (len > zone_len && server[len - zone_len - 1] == '.' &&
		 !strcmp(server + len - zone_len, zone))
		snprintf(owner, sizeof(owner), "%.*s",
			 (int)(len - zone_len - 1), server);
	else
		return;
	if (!kvip_zone_lines_owns(&making->lines, owner))
		add_server_addrs(making, owner);
}

static void finish_zone(struct making *making, const char *origin,
			struct kvip_zone_lines *lines)
{
	struct kvip_zones *zones = making->zones;
	struct kvip_zone *zone;

	kvip_zone_lines_add(lines, "@", "NS\t%s.", zones->nameserver);
	zones->items = kvip_grow(zones->items, zones->n, sizeof(*zones->items));
	zone = &zones->items[zones->n++];
	zone->origin = kvip_strdup(origin);
	zone->records =
		kvip_zone_lines_take(lines, &zone->len, &zone->n_records);
}

static void finish_reverses(struct making *making)
{
	char origin[KVIP_DOMAIN_ADDR_LEN];
	size_t i;

	for (i = 0; i < making->n_reverses; i++) {
		struct reverse *reverse = &making->reverses[i];

		kvip_domain_reverse(&reverse->block.addr, 0,
				    reverse->block.length, origin);
		finish_zone(making, origin, &reverse->lines);
	}
	free(making->reverses);
}

static int cmp_zone(const void *va, const void *vb)
{
	const struct kvip_zone *a = va, *b = vb;

	return strcmp(a->origin, b->origin);
}

static char *server_name(const struct kvip_dns_config *config)
{
	char name[NAME_LEN];

	if (config->nameserver)
		return kvip_strdup(config->nameserver);
	snprintf(name, sizeof(name), "ns.dns.%s", config->zone);
	return kvip_strdup(name);
}

void kvip_zones_make(const struct kvip_model *model,
		     const struct kvip_dns_pod *pods, size_t n_pods,
		     const struct kvip_dns_config *config,
		     struct kvip_zones *zones)
{
	struct making making = {
		.model = model,
		.config = config,
		.zones = zones,
	};
	const struct kvip_group *group = NULL;
	size_t i;

	memset(zones, 0, sizeof(*zones));
	zones->nameserver = server_name(config);
	for (i = 0; i < config->n_reverse; i++)
		add_reverse(&making, &config->reverse[i]);
	while ((group = kvip_model_next_group(model, group)))
		make_group(&making, group);
	for (i = 0; config->pods && i < n_pods; i++)
		make_pod(&making, &pods[i]);
	make_server(&making);
	kvip_zone_lines_add(&making.lines, "dns-version",
			    "TXT\t\"" DNS_VERSION "\"");
	finish_zone(&making, config->zone, &making.lines);
	finish_reverses(&making);
	qsort(zones->items, zones->n, sizeof(*zones->items), cmp_zone);
}

void kvip_zones_free(struct kvip_zones *zones)
{
	size_t i;

	for (i = 0; i < zones->n; i++) {
		free(zones->items[i].origin);
		free(zones->items[i].records);
	}
	free(zones->items);
	free(zones->nameserver);
	memset(zones, 0, sizeof(*zones));
}
