// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The judge of the rules: what kube-proxy did with a cluster's objects on
 * node-a, ClusterIP by ClusterIP. The data tell how they came about.
 */
#include "cluster.h"

#include <linux/kvip.h>

#include "derive.h"
#include "source_file.h"

#define OBJECTS "tests/data/kube-proxy-objects.json"
#define EXPECTED "tests/data/kube-proxy-cluster-ips.txt"
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

static void read_expected(struct lines *lines)
{
	FILE *file = fopen(EXPECTED, "r");
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

/* The endpoints of the cluster list, sorted as strings, or "-" if none. */
static void add_endpoints(const struct kvip_service *service, char *line,
			  size_t size)
{
	char buf[KVIP_ADDR_PORT_LEN];
	struct lines found = { .n = 0 };
	size_t i;

	for (i = 0; i < service->n_backends; i++) {
		const struct kvip_backend *backend = &service->backends[i];

		if (backend->flags & KVIP_BACKEND_F_CLUSTER)
			add_line(&found,
				 kvip_addr_port_text(&backend->addr,
						     backend->port, buf));
	}
	/* what it rejected has nothing anywhere: S13, S24 */
	assert_int_equal(!found.n, !(service->flags & KVIP_SERVICE_F_HAS_ANY));
	if (!found.n)
		add_line(&found, "-");
	qsort(found.text, found.n, sizeof(found.text[0]), cmp_text);
	for (i = 0; i < found.n; i++) {
		size_t used = strlen(line);

		snprintf(line + used, size - used, " %s", found.text[i]);
	}
	free_lines(&found);
}

static void describe_table(const struct kvip_table *table, struct lines *lines)
{
	char line[1024], buf[KVIP_ADDR_PORT_LEN];
	size_t i, j;

	for (i = 0; i < table->n_services; i++) {
		const struct kvip_service *service = &table->services[i];

		for (j = 0; j < service->n_frontends; j++) {
			const struct kvip_frontend *frontend;

			frontend = &service->frontends[j];
			snprintf(line, sizeof(line), "%s/%s %s",
				 kvip_addr_port_text(&frontend->addr,
						     frontend->port, buf),
				 kvip_proto_text(service->proto),
				 service->name);
			add_endpoints(service, line, sizeof(line));
			add_line(lines, line);
		}
	}
	qsort(lines->text, lines->n, sizeof(lines->text[0]), cmp_text);
}

static void cluster_ips_have_the_endpoints_of_kube_proxy(void **state)
{
	static const struct kvip_derive_config config = {
		.kinds = 1U << KVIP_FRONTEND_CLUSTER_IP,
	};
	struct lines expected = { .n = 0 }, derived = { .n = 0 };
	struct kvip_model model;
	struct kvip_table table;
	struct kvip_err err;
	size_t i;

	(void)state;
	kvip_model_init(&model);
	kvip_table_init(&table);
	if (kvip_source_file(&model, OBJECTS, &err))
		fail_msg("%s", err.text);
	if (kvip_derive(&model, "node-a", &config, &table, NULL, &err))
		fail_msg("%s", err.text);
	read_expected(&expected);
	describe_table(&table, &derived);
	for (i = 0; i < expected.n && i < derived.n; i++)
		assert_string_equal(derived.text[i], expected.text[i]);
	assert_int_equal(derived.n, expected.n);
	free_lines(&expected);
	free_lines(&derived);
	kvip_table_free(&table);
	kvip_model_free(&model);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(cluster_ips_have_the_endpoints_of_kube_proxy),
	};

	return cmocka_run_group_tests_name("kube_proxy", tests, NULL, NULL);
}
