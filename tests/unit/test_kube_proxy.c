// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The judge of the rules: what kube-proxy did with a cluster's objects on
 * node-a, frontend by frontend. The data tell how they came about.
 */
#include "cluster.h"

#include <linux/kvip.h>

#include "derive.h"
#include "source_file.h"

#define OBJECTS "tests/data/kube-proxy-objects.json"
#define CLUSTER_IPS "tests/data/kube-proxy-cluster-ips.txt"
#define EXTERNAL "tests/data/kube-proxy-external.txt"
#define LINES_MAX 256

struct lines {
	char *text[LINES_MAX];
	size_t n;
};

static int cmp_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void add_line(struct lines *lines, const char *text)
{
	assert_true(lines->n < LINES_MAX);
	lines->text[lines->n++] = strdup(text);
}

static void free_lines(struct lines *lines)
{
	while (lines->n)
		free(lines->text[--lines->n]);
}

static void read_expected(const char *path, struct lines *lines)
{
	FILE *file = fopen(path, "r");
	char line[1024];

	assert_non_null(file);
	while (fgets(line, sizeof(line), file)) {
		line[strcspn(line, "\n")] = '\0';
		if (*line && *line != '#')
			add_line(lines, line);
	}
	fclose(file);
	qsort(lines->text, lines->n, sizeof(lines->text[0]), cmp_text);
}

static void append(char *line, size_t size, const char *text)
{
	size_t used = strlen(line);

	snprintf(line + used, size - used, " %s", text);
}

/* A list of endpoints, sorted as strings, or "-" if there is none. */
static void add_endpoints(const struct kvip_service *service, uint32_t list,
			  char *line, size_t size)
{
	char buf[KVIP_ADDR_PORT_LEN];
	struct lines found = { .n = 0 };
	size_t i;

	for (i = 0; i < service->n_backends; i++) {
		const struct kvip_backend *backend = &service->backends[i];

		if (backend->flags & list)
			add_line(&found,
				 kvip_addr_port_text(&backend->addr,
						     backend->port, buf));
	}
	/* what it rejected has nothing anywhere: S13, S24, S29 */
	assert_int_equal(!found.n, !(service->flags & KVIP_SERVICE_F_HAS_ANY));
	if (!found.n)
		add_line(&found, "-");
	qsort(found.text, found.n, sizeof(found.text[0]), cmp_text);
	for (i = 0; i < found.n; i++)
		append(line, size, found.text[i]);
	free_lines(&found);
}

/* S26 to S29, as far as lists go. */
static void add_external_lists(const struct kvip_service *service, char *line,
			       size_t size)
{
	if (!(service->flags & KVIP_SERVICE_F_HAS_ANY)) {
		append(line, size, "-");
		return;
	}
	append(line, size, "cluster");
	add_endpoints(service, KVIP_BACKEND_F_CLUSTER, line, size);
	if (!(service->flags & KVIP_SERVICE_F_EXTERNAL_LOCAL))
		return;
	append(line, size, "local");
	add_endpoints(service, KVIP_BACKEND_F_LOCAL, line, size);
}

static void add_ranges(const struct kvip_service *service, char *line,
		       size_t size)
{
	char text[KVIP_PREFIX_LEN];
	size_t i;

	if (service->n_ranges)
		append(line, size, "from");
	for (i = 0; i < service->n_ranges; i++)
		append(line, size, kvip_prefix_text(&service->ranges[i], text));
}

static void describe_frontend(const struct kvip_service *service,
			      const struct kvip_frontend *frontend, char *line,
			      size_t size)
{
	const char *proto = kvip_proto_text(service->proto);
	char buf[KVIP_ADDR_PORT_LEN];

	if (frontend->kind == KVIP_FRONTEND_NODE_PORT)
		snprintf(line, size, "node%s:%u/%s %s",
			 service->family == AF_INET6 ? "6" : "", frontend->port,
			 proto, service->name);
	else
		snprintf(line, size, "%s/%s %s",
			 kvip_addr_port_text(&frontend->addr, frontend->port,
					     buf),
			 proto, service->name);
	if (frontend->kind == KVIP_FRONTEND_CLUSTER_IP)
		add_endpoints(service, KVIP_BACKEND_F_CLUSTER, line, size);
	else
		add_external_lists(service, line, size);
	if (frontend->kind == KVIP_FRONTEND_LB_IP)
		add_ranges(service, line, size);
}

/* Frontends of all @kinds, as the data have them. */
static void describe_table(const struct kvip_table *table, unsigned int kinds,
			   struct lines *lines)
{
	char line[1024];
	size_t i, j;

	for (i = 0; i < table->n_services; i++) {
		const struct kvip_service *service = &table->services[i];

		for (j = 0; j < service->n_frontends; j++) {
			const struct kvip_frontend *frontend;

			frontend = &service->frontends[j];
			if (!(kinds & 1U << frontend->kind))
				continue;
			describe_frontend(service, frontend, line,
					  sizeof(line));
			add_line(lines, line);
		}
	}
	qsort(lines->text, lines->n, sizeof(lines->text[0]), cmp_text);
}

static void compare(unsigned int kinds, const char *path)
{
	static const struct kvip_derive_config config = {
		.kinds = 1U << KVIP_FRONTEND_CLUSTER_IP |
			 1U << KVIP_FRONTEND_EXTERNAL_IP |
			 1U << KVIP_FRONTEND_LB_IP |
			 1U << KVIP_FRONTEND_NODE_PORT,
	};
	struct lines expected = { .n = 0 }, derived = { .n = 0 };
	struct kvip_model model;
	struct kvip_table table;
	struct kvip_err err;
	size_t i;

	kvip_model_init(&model);
	kvip_table_init(&table);
	if (kvip_source_file(&model, OBJECTS, &err))
		fail_msg("%s", err.text);
	if (kvip_derive(&model, "node-a", &config, &table, NULL, &err))
		fail_msg("%s", err.text);
	read_expected(path, &expected);
	describe_table(&table, kinds, &derived);
	assert_true(expected.n > 0);
	for (i = 0; i < expected.n && i < derived.n; i++)
		assert_string_equal(derived.text[i], expected.text[i]);
	assert_int_equal(derived.n, expected.n);
	free_lines(&expected);
	free_lines(&derived);
	kvip_table_free(&table);
	kvip_model_free(&model);
}

static void cluster_ips_have_the_endpoints_of_kube_proxy(void **state)
{
	(void)state;
	compare(1U << KVIP_FRONTEND_CLUSTER_IP, CLUSTER_IPS);
}

static void external_frontends_have_the_lists_of_kube_proxy(void **state)
{
	(void)state;
	compare(1U << KVIP_FRONTEND_EXTERNAL_IP | 1U << KVIP_FRONTEND_LB_IP |
			1U << KVIP_FRONTEND_NODE_PORT,
		EXTERNAL);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(cluster_ips_have_the_endpoints_of_kube_proxy),
		cmocka_unit_test(
			external_frontends_have_the_lists_of_kube_proxy),
	};

	return cmocka_run_group_tests_name("kube_proxy", tests, NULL, NULL);
}
