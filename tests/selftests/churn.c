// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Commits, as fast as the machine can.
 *
 *   churn SECONDS IPV4 IPV6 PORT
 *
 * Takes the tables of this network namespace as they are, and for SECONDS changes
 * between variants of them: with the endpoint IPV4:PORT or [IPV6]:PORT beside
 * the others (not for UDP, whose flows to an endpoint end with it), with an
 * affinity of ten seconds, with another service. Now and then it replaces the
 * whole table by what it is already. In the end the tables are as they were. It
 * prints "COMMITS MILLISECONDS".
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>

#include <linux/kvip.h>

#include "client.h"
#include "diff.h"
#include "table.h"

/* What a variant has, and all combinations of it. */
#define EXTRA_ENDPOINT 1U
#define AFFINITY 2U
#define EXTRA_SERVICE 4U
#define VARIANTS 8U

#define REPLACE_EVERY 16

static struct kvip_err err;

static void die(const char *what)
{
	fprintf(stderr, "churn: %s: %s\n", what, err.text);
	exit(1);
}

static void parse(const char *text, struct kvip_addr *addr)
{
	if (kvip_addr_parse(text, addr))
		return;
	fprintf(stderr, "churn: %s is no address\n", text);
	exit(2);
}

static void add_endpoint(struct kvip_service *service,
			 const struct kvip_addr *addr, uint16_t port)
{
	struct kvip_backend *backend = kvip_service_add_backend(service);

	backend->addr = *addr;
	backend->port = port;
	backend->flags = KVIP_BACKEND_F_CLUSTER | KVIP_BACKEND_F_LOCAL |
			 KVIP_BACKEND_F_READY | KVIP_BACKEND_F_SERVING |
			 KVIP_BACKEND_F_ON_NODE;
}

static void add_service(struct kvip_table *table, const struct kvip_addr *addr,
			uint16_t port)
{
	struct kvip_service *service;
	struct kvip_frontend *frontend;

	service = kvip_table_add(table, "churn/other", AF_INET, IPPROTO_TCP);
	service->flags = KVIP_SERVICE_F_HAS_ANY;
	frontend = kvip_service_add_frontend(service);
	parse("10.96.255.1", &frontend->addr);
	frontend->port = 80;
	frontend->kind = KVIP_FRONTEND_CLUSTER_IP;
	add_endpoint(service, addr, port);
}

static void make_variant(struct kvip_client *client, struct kvip_table *table,
			 unsigned int what, const struct kvip_addr extra[2],
			 uint16_t port)
{
	size_t i;

	kvip_table_init(table);
	if (kvip_client_dump(client, table, &err))
		die("dump");
	for (i = 0; i < table->n_services; i++) {
		struct kvip_service *service = &table->services[i];

		if (what & AFFINITY)
			service->affinity = 10;
		if (what & EXTRA_ENDPOINT && service->proto != IPPROTO_UDP)
			add_endpoint(service,
				     &extra[service->family == AF_INET6], port);
	}
	if (what & EXTRA_SERVICE)
		add_service(table, &extra[0], port);
	kvip_table_sort(table);
}

static long long now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

static void change(struct kvip_client *client, const struct kvip_table *have,
		   const struct kvip_table *want, uint64_t *generation)
{
	struct kvip_diff diff;

	kvip_diff_make(have, want, &diff);
	if (diff.n_items &&
	    kvip_client_apply(client, &diff, NULL, generation, &err))
		die("commit");
	kvip_diff_free(&diff);
}

int main(int argc, char **argv)
{
	struct kvip_table variants[VARIANTS];
	struct kvip_client *client;
	struct kvip_addr extra[2];
	unsigned int i, at = 0;
	unsigned long commits = 0;
	uint64_t generation;
	long long start, end;
	uint16_t port;

	if (argc != 5) {
		fputs("usage: churn SECONDS IPV4 IPV6 PORT\n", stderr);
		return 2;
	}
	parse(argv[2], &extra[0]);
	parse(argv[3], &extra[1]);
	port = (uint16_t)atoi(argv[4]);
	client = kvip_client_open(&err);
	if (!client)
		die("open");
	for (i = 0; i < VARIANTS; i++)
		make_variant(client, &variants[i], i, extra, port);
	generation = variants[0].generation;

	start = now_ms();
	end = start + atoi(argv[1]) * 1000LL;
	while (now_ms() < end) {
		unsigned int next = (unsigned int)rand() % VARIANTS;

		if (commits % REPLACE_EVERY == REPLACE_EVERY - 1) {
			if (kvip_client_replace(client, &variants[at], NULL,
						&generation, &err))
				die("replace");
			commits++;
		}
		if (next == at)
			continue;
		change(client, &variants[at], &variants[next], &generation);
		at = next;
		commits++;
	}
	end = now_ms();
	if (at)
		change(client, &variants[at], &variants[0], &generation);
	printf("%lu %lld\n", commits, end - start);
	for (i = 0; i < VARIANTS; i++)
		kvip_table_free(&variants[i]);
	kvip_client_close(client);
	return 0;
}
