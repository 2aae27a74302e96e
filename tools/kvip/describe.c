// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdlib.h>
#include <string.h>

#include <linux/kvip.h>

#include "columns.h"
#include "describe.h"
#include "diff.h"
#include "table.h"

size_t kvip_usable(const struct kvip_service *service, size_t *local)
{
	uint32_t list = KVIP_BACKEND_F_CLUSTER;
	size_t i, n = 0;

	if (service->flags & KVIP_SERVICE_F_INTERNAL_LOCAL)
		list = KVIP_BACKEND_F_LOCAL;
	*local = 0;
	for (i = 0; i < service->n_backends; i++) {
		uint32_t flags = service->backends[i].flags;

		if (!(flags & list))
			continue;
		n++;
		*local += !!(flags & KVIP_BACKEND_F_ON_NODE);
	}
	return n;
}

const char *kvip_endpoints_text(const struct kvip_service *service, char *buf,
				size_t size)
{
	size_t local, n = kvip_usable(service, &local);

	if (n && local)
		snprintf(buf, size, "%zu (%zu local)", n, local);
	else if (n)
		snprintf(buf, size, "%zu", n);
	else
		snprintf(buf, size, "none: %s",
			 service->flags & KVIP_SERVICE_F_HAS_ANY ? "drop" :
								   "reject");
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

static const char *kind_prefix(unsigned int kind)
{
	switch (kind) {
	case KVIP_FRONTEND_EXTERNAL_IP:
		return "ext ";
	case KVIP_FRONTEND_LB_IP:
		return "lb ";
	}
	return "";
}

char *kvip_frontends_text(const struct kvip_service *service)
{
	char *text = NULL, one[KVIP_ADDR_PORT_LEN];
	size_t size, i;
	FILE *to = open_memstream(&text, &size);

	if (!to)
		return NULL;
	for (i = 0; i < service->n_frontends; i++) {
		const struct kvip_frontend *f = &service->frontends[i];

		fprintf(to, "%s", i ? " " : "");
		if (f->kind == KVIP_FRONTEND_NODE_PORT)
			fprintf(to, "node:%u", f->port);
		else
			fprintf(to, "%s%s", kind_prefix(f->kind),
				kvip_addr_port_text(&f->addr, f->port, one));
	}
	if (!i)
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
	char text[64], *frontends = kvip_frontends_text(service);

	fprintf(to, "  %s  endpoints: %s", frontends ? frontends : "?",
		kvip_endpoints_text(service, text, sizeof(text)));
	free(frontends);
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
			if (a->flags != b->flags)
				fprintf(to, "  %s: %s",
					kvip_addr_port_text(&b->addr, b->port,
							    text),
					kvip_state_text(b));
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
		char text[64];

		if (!same_frontends(have, want)) {
			char *frontends = kvip_frontends_text(want);

			fprintf(to, "  now %s", frontends ? frontends : "?");
			free(frontends);
		}
		print_backends(to, have, want);
		fprintf(to, "  endpoints: %s",
			kvip_endpoints_text(want, text, sizeof(text)));
	}
	fputc('\n', to);
}
