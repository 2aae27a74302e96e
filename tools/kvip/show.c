// SPDX-License-Identifier: GPL-2.0-or-later
#include <inttypes.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linux/kvip.h>

#include "client.h"
#include "columns.h"
#include "command.h"
#include "describe.h"
#include "filter.h"
#include "table.h"
#include "table_json.h"

struct show {
	struct kvip_options *options;
	bool counters;
	const char *filter;
	struct kvip_table table;
};

static void select_services(struct show *show)
{
	struct kvip_table *table = &show->table;
	size_t i, n = 0;

	for (i = 0; i < table->n_services; i++) {
		struct kvip_service service = table->services[i];

		if (!kvip_selected(service.name, show->filter))
			continue;
		table->services[i] = table->services[n];
		table->services[n++] = service;
	}
	kvip_table_truncate(table, n);
	/* Exchanging them may have put the others out of order, not these. */
}

static void print_json(const struct show *show, const char *name,
		       struct json_object *list)
{
	struct json_object *json = json_object_new_object();

	json_object_object_add(json, "generation",
			       json_object_new_uint64(show->table.generation));
	json_object_object_add(json, name, list);
	puts(json_object_to_json_string_ext(
		json,
		JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_NOSLASHESCAPE));
	json_object_put(json);
}

/* In front of what a flat list tells of a part of a service. */
static void add_owner(struct json_object *to,
		      const struct kvip_service *service)
{
	json_object_object_add(to, "service",
			       json_object_new_string(service->name));
	json_object_object_add(
		to, "protocol",
		json_object_new_string(kvip_proto_text(service->proto)));
	json_object_object_add(
		to, "family",
		json_object_new_string(kvip_family_text(service->family)));
}

static bool same_port(const struct kvip_service *a,
		      const struct kvip_service *b)
{
	return !strcmp(a->name, b->name) && a->proto == b->proto;
}

/* One text for both families, or each with its own. */
static void add_text(struct kvip_columns *columns,
		     char texts[2][KVIP_WORDS_LEN], size_t n)
{
	if (n > 1 && strcmp(texts[0], texts[1]))
		kvip_columns_add(columns, "IPv4 %s, IPv6 %s", texts[0],
				 texts[1]);
	else
		kvip_columns_add(columns, "%s", texts[0]);
}

static void add_counters(struct kvip_columns *columns,
			 const struct kvip_service *service, size_t n)
{
	uint64_t conns = 0, rejects = 0, drops = 0;
	size_t i;

	for (i = 0; i < n; i++) {
		conns += service[i].conns;
		rejects += service[i].rejects;
		drops += service[i].drops_no_local + service[i].drops_ranges;
	}
	kvip_columns_add(columns, "%" PRIu64, conns);
	kvip_columns_add(columns, "%" PRIu64, rejects);
	kvip_columns_add(columns, "%" PRIu64, drops);
}

/* A row: a service of one family, or of both. */
static void add_service(struct kvip_columns *columns, const struct show *show,
			const struct kvip_service *service, size_t n)
{
	char endpoints[2][KVIP_WORDS_LEN], policies[2][KVIP_WORDS_LEN];
	char *frontends = kvip_frontends_text(service, n);
	char options[KVIP_WORDS_LEN];
	size_t i;

	for (i = 0; i < n; i++) {
		kvip_endpoints_text(&service[i], endpoints[i],
				    sizeof(endpoints[i]));
		kvip_policy_text(&service[i], policies[i]);
	}
	kvip_columns_add(columns, "%s", service->name);
	kvip_columns_add(columns, "%s", kvip_proto_text(service->proto));
	kvip_columns_add(columns, "%s", frontends);
	add_text(columns, endpoints, n);
	if (show->counters)
		add_counters(columns, service, n);
	add_text(columns, policies, n);
	kvip_columns_add(columns, "%s", kvip_options_text(service, n, options));
	free(frontends);
}

static void show_services(const struct show *show)
{
	const struct kvip_table *table = &show->table;
	struct kvip_columns columns;
	size_t i, n;

	if (show->options->json) {
		struct json_object *list = json_object_new_array();

		for (i = 0; i < table->n_services; i++)
			json_object_array_add(
				list,
				kvip_service_json(&table->services[i], true));
		print_json(show, "services", list);
		return;
	}

	kvip_columns_init(&columns, show->counters ? 9 : 6);
	kvip_columns_add(&columns, "SERVICE");
	kvip_columns_add(&columns, "PROTO");
	kvip_columns_add(&columns, "FRONTENDS");
	kvip_columns_add(&columns, "ENDPOINTS");
	if (show->counters) {
		kvip_columns_add(&columns, "CONNECTIONS");
		kvip_columns_add(&columns, "REJECTED");
		kvip_columns_add(&columns, "DROPPED");
	}
	kvip_columns_add(&columns, "POLICY");
	kvip_columns_add(&columns, "OPTIONS");
	for (i = 0; i < table->n_services; i += n) {
		const struct kvip_service *service = &table->services[i];

		n = 1 + (i + 1 < table->n_services &&
			 same_port(service, service + 1));
		add_service(&columns, show, service, n);
	}
	kvip_columns_print(&columns);
}

static void show_frontends(const struct show *show)
{
	struct json_object *list = json_object_new_array(), *json;
	char text[KVIP_ADDR_PORT_LEN], endpoints[KVIP_WORDS_LEN];
	struct kvip_columns columns;
	size_t i, j;

	kvip_columns_init(&columns, 5);
	kvip_columns_add(&columns, "FRONTEND");
	kvip_columns_add(&columns, "PROTO");
	kvip_columns_add(&columns, "KIND");
	kvip_columns_add(&columns, "SERVICE");
	kvip_columns_add(&columns, "ENDPOINTS");
	for (i = 0; i < show->table.n_services; i++) {
		const struct kvip_service *service = &show->table.services[i];

		for (j = 0; j < service->n_frontends; j++) {
			const struct kvip_frontend *frontend;

			frontend = &service->frontends[j];
			if (show->options->json) {
				json = kvip_frontend_json(frontend);
				add_owner(json, service);
				json_object_array_add(list, json);
				continue;
			}
			kvip_columns_add(&columns, "%s",
					 kvip_addr_port_text(&frontend->addr,
							     frontend->port,
							     text));
			kvip_columns_add(&columns, "%s",
					 kvip_proto_text(service->proto));
			kvip_columns_add(
				&columns, "%s",
				kvip_frontend_kind_text(frontend->kind));
			kvip_columns_add(&columns, "%s", service->name);
			kvip_columns_add(
				&columns, "%s",
				kvip_endpoints_text(service, endpoints,
						    sizeof(endpoints)));
		}
	}
	if (show->options->json) {
		kvip_columns_free(&columns);
		print_json(show, "frontends", list);
	} else {
		json_object_put(list);
		kvip_columns_print(&columns);
	}
}

static void add_backend(struct kvip_columns *columns, const struct show *show,
			const struct kvip_service *service,
			const struct kvip_backend *backend)
{
	bool here = backend->flags & KVIP_BACKEND_F_ON_NODE;
	char text[KVIP_ADDR_PORT_LEN];

	kvip_columns_add(columns, "%s", service->name);
	kvip_columns_add(columns, "%s", kvip_proto_text(service->proto));
	kvip_columns_add(columns, "%s",
			 kvip_addr_port_text(&backend->addr, backend->port,
					     text));
	kvip_columns_add(columns, "%s%s", backend->node ? backend->node : "-",
			 here ? "*" : "");
	if (show->counters)
		kvip_columns_add(columns, "%" PRIu64, backend->conns);
	kvip_columns_add(columns, "%s%s", kvip_state_text(backend),
			 backend->flags & (KVIP_BACKEND_F_CLUSTER |
					   KVIP_BACKEND_F_LOCAL) ?
				 "" :
				 ", not used");
}

static void show_backends(const struct show *show)
{
	struct json_object *list = json_object_new_array(), *json;
	struct kvip_columns columns;
	size_t i, j;

	kvip_columns_init(&columns, show->counters ? 6 : 5);
	kvip_columns_add(&columns, "SERVICE");
	kvip_columns_add(&columns, "PROTO");
	kvip_columns_add(&columns, "BACKEND");
	kvip_columns_add(&columns, "NODE");
	if (show->counters)
		kvip_columns_add(&columns, "CONNECTIONS");
	kvip_columns_add(&columns, "STATE");
	for (i = 0; i < show->table.n_services; i++) {
		const struct kvip_service *service = &show->table.services[i];

		for (j = 0; j < service->n_backends; j++) {
			const struct kvip_backend *backend;

			backend = &service->backends[j];
			if (show->options->json) {
				json = kvip_backend_json(backend, true);
				add_owner(json, service);
				json_object_array_add(list, json);
			} else {
				add_backend(&columns, show, service, backend);
			}
		}
	}
	if (show->options->json) {
		kvip_columns_free(&columns);
		print_json(show, "backends", list);
	} else {
		json_object_put(list);
		kvip_columns_print(&columns);
	}
}

static void add_info_counters(struct json_object *json,
			      const struct kvip_info *info)
{
	const struct {
		const char *name;
		uint64_t value;
	} counters[] = {
		{ "affinityEntries", info->affinity_entries },
		{ "affinityEvicted", info->affinity_evicted },
		{ "rejectsUnknownPort", info->rejects_unknown_port },
		{ "dropsServiceCIDR", info->drops_service_cidr },
		{ "dropsInvalid", info->drops_invalid },
		{ "udpCleared", info->udp_cleared },
		{ "flowsLeftOut", info->flows_left_out },
	};
	size_t i;

	for (i = 0; i < sizeof(counters) / sizeof(counters[0]); i++)
		json_object_object_add(
			json, counters[i].name,
			json_object_new_uint64(counters[i].value));
}

static void show_config(const struct kvip_info *info, bool as_json)
{
	const char *families;

	if (as_json) {
		struct json_object *json = json_object_new_object();

		json_object_object_add(json, "module",
				       json_object_new_string(info->version));
		json_object_object_add(
			json, "generation",
			json_object_new_uint64(info->generation));
		json_object_object_add(json, "services",
				       json_object_new_int64(info->services));
		json_object_object_add(json, "frontends",
				       json_object_new_int64(info->frontends));
		json_object_object_add(json, "backends",
				       json_object_new_int64(info->backends));
		json_object_object_add(json, "hooksIPv4",
				       json_object_new_boolean(info->hooks &
							       1));
		json_object_object_add(
			json, "hooksIPv6",
			json_object_new_boolean(!!(info->hooks & 2)));
		add_info_counters(json, info);
		puts(json_object_to_json_string_ext(json,
						    JSON_C_TO_STRING_PRETTY));
		json_object_put(json);
		return;
	}
	switch (info->hooks & 3) {
	case 1:
		families = "IPv4";
		break;
	case 2:
		families = "IPv6";
		break;
	case 3:
		families = "IPv4 and IPv6";
		break;
	default:
		families = "none: there is no frontend";
	}
	printf("module      %s\n", info->version);
	printf("generation  %" PRIu64 "\n", info->generation);
	printf("tables      %u service%s, %u frontend%s, %u backend%s, each family by itself\n",
	       info->services, kvip_plural(info->services), info->frontends,
	       kvip_plural(info->frontends), info->backends,
	       kvip_plural(info->backends));
	printf("hooks       %s\n", families);
	printf("affinity    %u entr%s, %" PRIu64 " evicted\n",
	       info->affinity_entries,
	       info->affinity_entries == 1 ? "y" : "ies",
	       info->affinity_evicted);
	printf("refused     %" PRIu64
	       " for ports that a ClusterIP does not have\n",
	       info->rejects_unknown_port);
	printf("dropped     %" PRIu64
	       " for Service addresses that nobody has, %" PRIu64
	       " invalid packets\n",
	       info->drops_service_cidr, info->drops_invalid);
	printf("cleared     %" PRIu64 " UDP flow%s\n", info->udp_cleared,
	       kvip_plural(info->udp_cleared));
	printf("monitor     %" PRIu64 " flow%s not shown\n",
	       info->flows_left_out, kvip_plural(info->flows_left_out));
}

static int show_tables(struct show *show, void (*print)(const struct show *))
{
	struct kvip_client *client;
	struct kvip_err err;

	kvip_table_init(&show->table);
	if (kvip_load(show->options, &client, &show->table, &err))
		return kvip_refused(&err);
	kvip_client_close(client);
	select_services(show);
	if (show->filter && !show->table.n_services) {
		kvip_err_set(&err, "there is no service %s in the tables",
			     show->filter);
		kvip_table_free(&show->table);
		return kvip_refused(&err);
	}
	print(show);
	kvip_table_free(&show->table);
	return kvip_finish();
}

static int run_config(const struct kvip_options *options)
{
	struct kvip_client *client;
	struct kvip_info info;
	struct kvip_err err;
	int ret;

	client = kvip_client_open(&err);
	if (!client)
		return kvip_refused(&err);
	ret = kvip_client_info(client, &info, &err);
	kvip_client_close(client);
	if (ret)
		return kvip_refused(&err);
	show_config(&info, options->json);
	return kvip_finish();
}

static const struct {
	const char *name;
	void (*print)(const struct show *show);
} tables[] = {
	{ "services", show_services },
	{ "frontends", show_frontends },
	{ "backends", show_backends },
};

static int run(int argc, char **argv, struct kvip_options *options)
{
	static const struct option longs[] = {
		{ "statistics", no_argument, NULL, 's' }, KVIP_COMMON_LONG, {}
	};
	struct show show = { .options = options };
	const char *what;
	int option;
	size_t i;

	while ((option = getopt_long(argc, argv, KVIP_COMMON_SHORT "s", longs,
				     NULL)) != -1) {
		if (option == 's')
			show.counters = true;
		else
			kvip_common_option(&kvip_cmd_show, option, options);
	}
	if (optind >= argc)
		return kvip_usage(
			&kvip_cmd_show,
			"show: say what: services, frontends, backends or config");
	what = argv[optind++];
	if (!strcmp(what, "config")) {
		if (kvip_no_arguments(&kvip_cmd_show, argc, argv))
			return KVIP_EXIT_USAGE;
		return run_config(options);
	}
	if (optind < argc)
		show.filter = argv[optind++];
	if (kvip_no_arguments(&kvip_cmd_show, argc, argv))
		return KVIP_EXIT_USAGE;
	for (i = 0; i < sizeof(tables) / sizeof(tables[0]); i++)
		if (!strcmp(what, tables[i].name))
			return show_tables(&show, tables[i].print);
	return kvip_usage(
		&kvip_cmd_show,
		"show: services, frontends, backends or config, not \"%s\"",
		what);
}

const struct kvip_command kvip_cmd_show = {
	.name = "show",
	.summary = "print the tables: services, frontends, backends or config",
	.help = "usage: kvip show services|frontends|backends [-s] [-j] [-4 | -6] [SERVICE]\n"
		"       kvip show config [-j]\n"
		"Print the tables of this network namespace as the kernel has them. SERVICE is\n"
		"NAMESPACE/NAME, NAMESPACE/NAME:PORT, or NAMESPACE/ for all of a namespace.\n"
		"\n"
		"  services    Service ports, their addresses (node: a node port, lb: a load\n"
		"              balancer's, ext: an external IP), how many endpoints they have,\n"
		"              which of these clients get, and what else holds for them\n"
		"  frontends   addresses and ports, and whose they are\n"
		"  backends    endpoints; a node's name with * is this node\n"
		"  config      the module, and what it does in this namespace\n"
		"\n"
		"  -s, --statistics  connections translated, of each line; of services, those\n"
		"                    refused and dropped too\n"
		"  -j, --json        as JSON, with everything that is known\n"
		"  -4, --ipv4        only IPv4\n"
		"  -6, --ipv6        only IPv6\n",
	.run = run,
};
