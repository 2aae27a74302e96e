/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * For the tests of kvip_derive(): clusters out of pieces of YAML, and tables as
 * text. An endpoint's flags are letters: in the (c)luster and (l)ocal list,
 * (r)eady, (s)erving, (t)erminating, on this (n)ode. A service's are words: any
 * endpoint, int-local and ext-local policy, hints by-node and by-zone,
 * cluster-fallback and local-fallback.
 */
#ifndef KVIP_TESTS_DERIVATION_H
#define KVIP_TESTS_DERIVATION_H

#include "cluster.h"

#include <linux/kvip.h>

#include "derive.h"

#define ALL_KINDS                                                           \
	(1U << KVIP_FRONTEND_CLUSTER_IP | 1U << KVIP_FRONTEND_EXTERNAL_IP | \
	 1U << KVIP_FRONTEND_LB_IP | 1U << KVIP_FRONTEND_NODE_PORT)

static const struct kvip_derive_config everything = {
	.kinds = ALL_KINDS,
	.allow_empty = true,
};

/* The node that tables are derived for, and one more. */
#define NODES                                                              \
	"---\nkind: Node\napiVersion: v1\n"                                \
	"metadata: {name: a, labels: {topology.kubernetes.io/zone: za}}\n" \
	"---\nkind: Node\napiVersion: v1\nmetadata: {name: b}\n"

#define SVC(meta, spec)                        \
	"---\nkind: Service\napiVersion: v1\n" \
	"metadata: {namespace: d, name: " meta "}\nspec: {" spec "}\n"

#define SLICE(name, service, body)                                    \
	"---\nkind: EndpointSlice\napiVersion: discovery.k8s.io/v1\n" \
	"metadata: {namespace: d, name: " name ", labels: {"          \
	"kubernetes.io/service-name: " service "}}\n" body

/* The usual: a Service d/w on 10.0.0.1:80 and a slice of port 8080 */
#define WEB SVC("w", "clusterIP: 10.0.0.1, ports: [{port: 80}]")
#define V4 "addressType: IPv4\nports: [{name: '', port: 8080}]\n"
#define WEB_SLICE(eps) SLICE("w-1", "w", V4 "endpoints:\n" eps)
#define EP(addr, more) "- {addresses: ['" addr "']" more "}\n"
#define ON_A ", nodeName: a"
#define ON_B ", nodeName: b"
#define READY ", conditions: {ready: true, serving: true, terminating: false}"
#define NOT_READY ", conditions: {ready: false, serving: false}"
#define DRAINING \
	", conditions: {ready: false, serving: true, terminating: true}"
#define GONE ", conditions: {ready: false, serving: false, terminating: true}"
#define HINTS(text) ", hints: {" text "}"

#define DUAL_STATUS \
	"status: {loadBalancer: {ingress: [{ip: 203.0.113.1}, {ip: '2001:db8:1::1'}]}}\n"

static inline void add_text(char *text, size_t size, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

static inline void add_text(char *text, size_t size, const char *fmt, ...)
{
	size_t used = strlen(text);
	va_list args;

	va_start(args, fmt);
	vsnprintf(text + used, size - used, fmt, args);
	va_end(args);
}

/* "10.1.0.1:8080 crs": cluster, local, ready, serving, terminating, on Node */
static inline void add_flags(char *text, size_t size, uint32_t flags)
{
	static const char letters[] = "clrstn";
	size_t i;

	for (i = 0; letters[i]; i++)
		if (flags & 1U << i)
			add_text(text, size, "%c", letters[i]);
}

static inline void add_words(char *text, size_t size, uint32_t flags)
{
	static const char *const words[] = {
		"any",	   "int-local",	       "ext-local",	"by-node",
		"by-zone", "cluster-fallback", "local-fallback"
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(words); i++)
		if (flags & 1U << i)
			add_text(text, size, " %s", words[i]);
}

static inline void describe_service(const struct kvip_service *service,
				    char *text, size_t size)
{
	static const char *const kinds[] = { "?", "cip", "ext", "lb", "np" };
	char buf[KVIP_ADDR_PORT_LEN], range[KVIP_PREFIX_LEN];
	size_t i;

	add_text(text, size, "%s/%s", service->name,
		 kvip_proto_text(service->proto));
	add_words(text, size, service->flags);
	add_text(text, size, "\n");
	if (service->affinity)
		add_text(text, size, " affinity %u%s%s\n", service->affinity,
			 service->affinity_group ? " of " : "",
			 service->affinity_group ?: "");
	for (i = 0; i < service->n_ranges; i++)
		add_text(text, size, " from %s\n",
			 kvip_prefix_text(&service->ranges[i], range));
	for (i = 0; i < service->n_frontends; i++) {
		const struct kvip_frontend *frontend = &service->frontends[i];

		assert_int_equal(frontend->addr.family, service->family);
		add_text(text, size, " %s %s\n", kinds[frontend->kind],
			 kvip_addr_port_text(&frontend->addr, frontend->port,
					     buf));
	}
	for (i = 0; i < service->n_backends; i++) {
		const struct kvip_backend *backend = &service->backends[i];

		assert_int_equal(backend->addr.family, service->family);
		add_text(text, size, " > %s ",
			 kvip_addr_port_text(&backend->addr, backend->port,
					     buf));
		add_flags(text, size, backend->flags);
		add_text(text, size, "%s%s\n", backend->node ? " " : "",
			 backend->node ? backend->node : "");
	}
}

static inline int derive(const char *cluster, const char *node,
			 const struct kvip_derive_config *config, char *text,
			 size_t size, struct kvip_derive_report *report,
			 struct kvip_err *err)
{
	struct kvip_model model;
	struct kvip_table table;
	size_t i;
	int ret;

	kvip_model_init(&model);
	kvip_table_init(&table);
	cluster_add(&model, cluster);
	*text = '\0';
	ret = kvip_derive(&model, node, config, &table, report, err);
	for (i = 0; i < table.n_services && !ret; i++)
		describe_service(&table.services[i], text, size);
	kvip_table_free(&table);
	kvip_model_free(&model);
	return ret;
}

static inline void expect_with(const char *cluster,
			       const struct kvip_derive_config *config,
			       const char *expected)
{
	struct kvip_derive_report report;
	struct kvip_err err;
	char text[8192];

	if (derive(cluster, "a", config, text, sizeof(text), &report, &err))
		fail_msg("%s", err.text);
	assert_string_equal(text, expected);
}

static inline void expect(const char *cluster, const char *expected)
{
	expect_with(cluster, &everything, expected);
}

static inline void expect_refused(const char *cluster, const char *node,
				  const struct kvip_derive_config *config,
				  const char *error)
{
	struct kvip_err err;
	char text[8192];

	assert_int_equal(derive(cluster, node, config, text, sizeof(text), NULL,
				&err),
			 -1);
	assert_string_equal(err.text, error);
}

/* A Service port that has both lists. */
#define BOTH_LISTS                                                     \
	SVC("w", "clusterIP: 10.0.0.1, externalTrafficPolicy: Local, " \
		 "ports: [{port: 80, nodePort: 30080}]")
#define BOTH_FRONTENDS " cip 10.0.0.1:80\n np 0.0.0.0:30080\n"
#define BOTH "d/w/TCP any ext-local\n" BOTH_FRONTENDS

#endif /* KVIP_TESTS_DERIVATION_H */
