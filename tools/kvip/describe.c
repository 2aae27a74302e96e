// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdlib.h>
#include <string.h>

#include <linux/kvip.h>

#include "columns.h"
#include "describe.h"
#include "diff.h"
#include "table.h"
#include "table_json.h"

#define ANY_LOCAL \
	(KVIP_SERVICE_F_INTERNAL_LOCAL | KVIP_SERVICE_F_EXTERNAL_LOCAL)

size_t kvip_usable(const struct kvip_service *service, size_t *local)
{
	size_t i, n = 0;

	*local = 0;
	for (i = 0; i < service->n_backends; i++) {
		uint32_t flags = service->backends[i].flags;

		if (!(flags & (KVIP_BACKEND_F_CLUSTER | KVIP_BACKEND_F_LOCAL)))
			continue;
		n++;
		*local += !!(flags & KVIP_BACKEND_F_ON_NODE);
	}
	return n;
}

const char *kvip_endpoints_text(const struct kvip_service *service, char *buf,
				size_t size)
{
	bool cluster_ends = service->flags & KVIP_SERVICE_F_CLUSTER_FALLBACK;
	bool local_ends = service->flags & KVIP_SERVICE_F_LOCAL_FALLBACK;
	size_t local, n = kvip_usable(service, &local);
	const char *terminating = cluster_ends ? " terminating" : "";

	if (!n)
		snprintf(buf, size, "none: %s",
			 service->flags & KVIP_SERVICE_F_HAS_ANY ? "drop" :
								   "reject");
	else if (local || service->flags & ANY_LOCAL)
		/* with such a policy, it is what some clients depend on */
		snprintf(buf, size, "%zu%s (%zu local%s)", n, terminating,
			 local,
			 local_ends && !cluster_ends ? ", terminating" : "");
	else
		snprintf(buf, size, "%zu%s", n, terminating);
	return buf;
}

const char *kvip_policy_text(const struct kvip_service *service,
			     char buf[KVIP_WORDS_LEN])
{
	uint32_t flags = service->flags;
	const char *policy = "", *hints = "";

	if ((flags & ANY_LOCAL) == ANY_LOCAL)
		policy = "int+ext local";
	else if (flags & KVIP_SERVICE_F_INTERNAL_LOCAL)
		policy = "int local";
	else if (flags & KVIP_SERVICE_F_EXTERNAL_LOCAL)
		policy = "ext local";
	if (flags & KVIP_SERVICE_F_TOPOLOGY_NODE)
		hints = "node hints";
	else if (flags & KVIP_SERVICE_F_TOPOLOGY_ZONE)
		hints = "zone hints";
	if (!*policy && !*hints)
		policy = "cluster";
	snprintf(buf, KVIP_WORDS_LEN, "%s%s%s", policy,
		 *policy && *hints ? ", " : "", hints);
	return buf;
}

const char *kvip_seconds_text(uint32_t seconds, char buf[KVIP_WORDS_LEN])
{
	const struct {
		uint32_t n;
		char unit;
	} parts[] = {
		{ seconds / 3600, 'h' },
		{ seconds / 60 % 60, 'm' },
		{ seconds % 60, 's' },
	};
	size_t i, used = 0;

	snprintf(buf, KVIP_WORDS_LEN, "0s");
	for (i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		if (parts[i].n)
			used += (size_t)snprintf(buf + used,
						 KVIP_WORDS_LEN - used, "%u%c",
						 parts[i].n, parts[i].unit);
	return buf;
}

const char *kvip_affinity_text(const struct kvip_service *service,
			       char buf[KVIP_WORDS_LEN])
{
	char text[KVIP_WORDS_LEN];

	if (!service->affinity)
		snprintf(buf, KVIP_WORDS_LEN, "none");
	else
		snprintf(buf, KVIP_WORDS_LEN, "%.64s%s",
			 kvip_seconds_text(service->affinity, text),
			 service->affinity_group ? " per Service" : "");
	return buf;
}

const char *kvip_options_text(const struct kvip_service *service, size_t n,
			      char buf[KVIP_WORDS_LEN])
{
	char affinity[KVIP_WORDS_LEN];
	size_t i, used = 0, ranges = 0;

	for (i = 0; i < n; i++)
		ranges += service[i].n_ranges;
	snprintf(buf, KVIP_WORDS_LEN, "-");
	if (service->algorithm != KVIP_ALGORITHM_RANDOM)
		used += (size_t)snprintf(
			buf, KVIP_WORDS_LEN, "%s",
			kvip_algorithm_text(service->algorithm));
	if (service->affinity)
		used += (size_t)snprintf(buf + used, KVIP_WORDS_LEN - used,
					 "%saffinity %s", used ? ", " : "",
					 kvip_affinity_text(service, affinity));
	if (ranges && used < KVIP_WORDS_LEN)
		snprintf(buf + used, KVIP_WORDS_LEN - used, "%s%zu range%s",
			 used ? ", " : "", ranges, kvip_plural(ranges));
	return buf;
}

const char *kvip_state_text(const struct kvip_backend *backend)
{
	if (backend->flags & KVIP_BACKEND_F_TERMINATING)
		return backend->flags & KVIP_BACKEND_F_SERVING ?
			       "terminating" :
			       "terminating, not serving";
	if (backend->flags & KVIP_BACKEND_F_READY)
		return "ready";
	return "not ready";
}

static void print_frontend(FILE *to, const struct kvip_frontend *frontend)
{
	char text[KVIP_ADDR_PORT_LEN];

	kvip_addr_port_text(&frontend->addr, frontend->port, text);
	switch (frontend->kind) {
	case KVIP_FRONTEND_NODE_PORT:
		fprintf(to, "node:%u", frontend->port);
		break;
	case KVIP_FRONTEND_LB_IP:
		fprintf(to, "lb %s", text);
		break;
	case KVIP_FRONTEND_EXTERNAL_IP:
		fprintf(to, "ext %s", text);
		break;
	default:
		fputs(text, to);
	}
}

/* A node port is the same one in both families. */
static bool is_told(const struct kvip_service *service,
		    const struct kvip_frontend *frontend)
{
	size_t i;

	for (i = 0; i < service->n_frontends; i++)
		if (service->frontends[i].kind == KVIP_FRONTEND_NODE_PORT &&
		    service->frontends[i].port == frontend->port)
			return frontend->kind == KVIP_FRONTEND_NODE_PORT;
	return false;
}

char *kvip_frontends_text(const struct kvip_service *service, size_t n)
{
	static const uint8_t order[] = { KVIP_FRONTEND_CLUSTER_IP,
					 KVIP_FRONTEND_NODE_PORT,
					 KVIP_FRONTEND_LB_IP,
					 KVIP_FRONTEND_EXTERNAL_IP };
	size_t size, k, s, i, told = 0;
	char *text = NULL;
	FILE *to = open_memstream(&text, &size);

	if (!to) {
		fputs("kvip: out of memory\n", stderr);
		exit(1);
	}
	for (k = 0; k < sizeof(order); k++) {
		for (s = 0; s < n; s++) {
			for (i = 0; i < service[s].n_frontends; i++) {
				const struct kvip_frontend *frontend;

				frontend = &service[s].frontends[i];
				if (frontend->kind != order[k] ||
				    (s && is_told(service, frontend)))
					continue;
				fputs(told++ ? " " : "", to);
				print_frontend(to, frontend);
			}
		}
	}
	if (!told)
		fputs("-", to);
	fclose(to);
	return text;
}

const char *kvip_plural(size_t n)
{
	return n == 1 ? "" : "s";
}

size_t kvip_count_services(const struct kvip_table *table)
{
	size_t i, n = 0;

	for (i = 0; i < table->n_services; i++) {
		const struct kvip_service *service = &table->services[i];

		n += !i || strcmp(service->name, service[-1].name) ||
		     service->proto != service[-1].proto;
	}
	return n;
}

static void print_what(FILE *to, const struct kvip_service *service)
{
	char text[KVIP_WORDS_LEN], *frontends = kvip_frontends_text(service, 1);

	fprintf(to, "  %s  endpoints: %s", frontends,
		kvip_endpoints_text(service, text, sizeof(text)));
	if (strcmp(kvip_policy_text(service, text), "cluster"))
		fprintf(to, "  policy: %s", text);
	if (strcmp(kvip_options_text(service, 1, text), "-"))
		fprintf(to, "  %s", text);
	free(frontends);
}

static bool same_ranges(const struct kvip_service *a,
			const struct kvip_service *b)
{
	size_t i;

	if (a->n_ranges != b->n_ranges)
		return false;
	for (i = 0; i < a->n_ranges; i++)
		if (kvip_prefix_cmp(&a->ranges[i], &b->ranges[i]))
			return false;
	return true;
}

/* What differs besides frontends and backends. */
static void print_options(FILE *to, const struct kvip_service *have,
			  const struct kvip_service *want)
{
	char old[KVIP_WORDS_LEN], new[KVIP_WORDS_LEN], text[KVIP_PREFIX_LEN];
	size_t i;

	if (strcmp(kvip_policy_text(have, old), kvip_policy_text(want, new)))
		fprintf(to, "  policy: %s", new);
	if (strcmp(kvip_affinity_text(have, old),
		   kvip_affinity_text(want, new)))
		fprintf(to, "  affinity: %s", new);
	if (have->algorithm != want->algorithm)
		fprintf(to, "  algorithm: %s",
			kvip_algorithm_text(want->algorithm));
	if (same_ranges(have, want))
		return;
	fputs("  ranges:", to);
	for (i = 0; i < want->n_ranges; i++)
		fprintf(to, " %s", kvip_prefix_text(&want->ranges[i], text));
	if (!i)
		fputs(" none", to);
}

static bool is_used(const struct kvip_backend *backend)
{
	return backend->flags & (KVIP_BACKEND_F_CLUSTER | KVIP_BACKEND_F_LOCAL);
}

static void print_backend_change(FILE *to, const struct kvip_backend *have,
				 const struct kvip_backend *want)
{
	const char *state = kvip_state_text(want), *use = "";
	char text[KVIP_ADDR_PORT_LEN];

	if (!strcmp(kvip_state_text(have), state))
		state = "";
	if (is_used(have) != is_used(want))
		use = is_used(want) ? "used" : "not used";
	/* in which list it is, the policy tells */
	if (*state || *use)
		fprintf(to, "  %s: %s%s%s",
			kvip_addr_port_text(&want->addr, want->port, text),
			state, *state && *use ? ", " : "", use);
}

/* What differs between two lists of addresses and ports, sorted alike. */
static void print_backends(FILE *to, const struct kvip_service *have,
			   const struct kvip_service *want)
{
	char text[KVIP_ADDR_PORT_LEN];
	size_t i = 0, j = 0;

	while (i < have->n_backends || j < want->n_backends) {
		const struct kvip_backend *a = NULL, *b = NULL;
		int order = 0;

		if (i < have->n_backends)
			a = &have->backends[i];
		if (j < want->n_backends)
			b = &want->backends[j];
		if (a && b)
			order = kvip_addr_cmp(&a->addr, &b->addr) ?:
					(int)a->port - (int)b->port;
		if (!b || (a && order < 0)) {
			fprintf(to, "  -%s",
				kvip_addr_port_text(&a->addr, a->port, text));
			i++;
		} else if (!a || order > 0) {
			fprintf(to, "  +%s",
				kvip_addr_port_text(&b->addr, b->port, text));
			j++;
		} else {
			print_backend_change(to, a, b);
			i++;
			j++;
		}
	}
}

static bool same_frontends(const struct kvip_service *a,
			   const struct kvip_service *b)
{
	size_t i;

	if (a->n_frontends != b->n_frontends)
		return false;
	for (i = 0; i < a->n_frontends; i++)
		if (kvip_addr_cmp(&a->frontends[i].addr,
				  &b->frontends[i].addr) ||
		    a->frontends[i].port != b->frontends[i].port ||
		    a->frontends[i].kind != b->frontends[i].kind)
			return false;
	return true;
}

void kvip_print_change(FILE *to, const struct kvip_diff_item *item)
{
	const struct kvip_service *have = item->have, *want = item->want;
	const struct kvip_service *any = want ? want : have;
	char sign = !have ? '+' : !want ? '-' : '~';

	fprintf(to, "%s%c %s%s  %s %s",
		kvip_colour(sign == '+' ? 'g' :
			    sign == '-' ? 'r' :
					  'y'),
		sign, any->name, kvip_plain(), kvip_proto_text(any->proto),
		kvip_family_text(any->family));
	if (!have || !want) {
		print_what(to, any);
	} else {
		char text[KVIP_WORDS_LEN];

		if (!same_frontends(have, want)) {
			char *frontends = kvip_frontends_text(want, 1);

			fprintf(to, "  now %s", frontends);
			free(frontends);
		}
		print_options(to, have, want);
		print_backends(to, have, want);
		fprintf(to, "  endpoints: %s",
			kvip_endpoints_text(want, text, sizeof(text)));
	}
	fputc('\n', to);
}
