// SPDX-License-Identifier: GPL-2.0-or-later
#include <inttypes.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "access.h"
#include "alloc.h"
#include "clock.h"
#include "command.h"
#include "config.h"
#include "decode.h"
#include "describe.h"
#include "dns_config.h"
#include "dns_pods.h"
#include "document.h"
#include "model.h"
#include "zones.h"

enum {
	OPT_DIRECTORY = KVIP_ACCESS_OPT_END,
	OPT_ZONE,
	OPT_RELOAD,
	OPT_PRINT,
};

struct dns {
	const struct kvip_options *options;
	struct kvip_access_options access;
	const char *path; /* NULL: the store, or a server */
	const char *directory;
	const char *zone;
	bool elsewhere; /* an option says where, and not -f */
	bool reload;
	bool print;
	struct kvip_dns_config config;
	struct kvip_model model;
	struct kvip_dns_pods pods;
	struct kvip_zones zones;
	struct json_object *json; /* zones, as they are written */
};

/* What the file says, and the command line on top of it. */
static int read_config(struct dns *dns, struct kvip_err *err)
{
	const char *path = dns->access.config;
	struct kvip_config_section sections[2] = {
		kvip_dns_config_section(&dns->config),
	};
	struct kvip_config kernel;
	bool absent;

	kvip_config_init(&kernel);
	if (kvip_config_read_more(path ? path : KVIP_CONFIG_PATH, &kernel,
				  path ? NULL : &absent, sections, err))
		return -1;
	if (dns->zone && kvip_dns_config_zone(&dns->config, dns->zone, err))
		return kvip_err_prefix(err, "--zone: ");
	if (dns->directory) {
		free(dns->config.directory);
		dns->config.directory = kvip_strdup(dns->directory);
	}
	if (!dns->config.directory && !dns->print)
		return kvip_err_set(
			err,
			"nothing says where zones are written: give --directory, or directory in section [dns] of kvip.conf");
	if (dns->reload && !dns->config.reload && !dns->config.pid_file)
		return kvip_err_set(
			err,
			"nothing says how the name server is told: --reload needs reload or reload-pid-file in section [dns] of kvip.conf");
	return 0;
}

static bool is_pod(struct json_object *object)
{
	struct json_object *kind;

	return json_object_object_get_ex(object, "kind", &kind) &&
	       !strcmp(json_object_get_string(kind), "Pod");
}

/* Pods may be in a dump whether they are wanted or not. */
static int take_document(struct json_object *object,
			 const struct kvip_origin *origin, void *ctx,
			 struct kvip_err *err)
{
	struct dns *dns = ctx;

	if (!is_pod(object))
		return kvip_decode(&dns->model, object, origin, KVIP_PUT_ONCE,
				   err);
	kvip_dns_pods_add(&dns->pods, object);
	return 0;
}

static int take_listed(struct json_object *object, void *ctx,
		       struct kvip_err *err)
{
	return take_document(object, NULL, ctx, err);
}

/* Of the store, or of a server: what names are made of, and no more. */
static int read_access(struct dns *dns, struct kvip_err *err)
{
	static const enum kvip_kind kinds[] = {
		KVIP_KIND_SERVICE,
		KVIP_KIND_ENDPOINT_SLICE,
		KVIP_KIND_POD,
	};
	size_t i, n = dns->config.pods ? 3 : 2;
	struct kvip_access *access;
	struct kvip_err ignored;
	int ret = 0;

	access = kvip_access_open(&dns->access, 0, err);
	if (!access)
		return -1;
	for (i = 0; !ret && i < n; i++)
		ret = kvip_access_list(access, kinds[i], NULL, NULL,
				       take_listed, dns, NULL, err);
	/* nothing was written, so nothing can fail */
	kvip_access_close(access, &ignored);
	return ret;
}

static int read_cluster(struct dns *dns, struct kvip_err *err)
{
	if (!dns->path)
		return read_access(dns, err);
	return kvip_documents_read(dns->path, take_document, dns, err);
}

static void print_zones(const struct dns *dns)
{
	uint32_t serial = (uint32_t)kvip_clock_unix();
	const struct kvip_zones *zones = &dns->zones;
	size_t i, len;
	char *text;

	for (i = 0; i < zones->n; i++) {
		text = kvip_zone_text(zones, &zones->items[i], &dns->config,
				      serial, &len);
		if (i)
			putchar('\n');
		fwrite(text, 1, len, stdout);
		free(text);
	}
}

static const char *const outcomes[] = {
	[KVIP_ZONE_UNCHANGED] = "unchanged",
	[KVIP_ZONE_WRITTEN] = "written",
	[KVIP_ZONE_REMOVED] = "removed",
};

static void add_json(struct json_object *list, const char *path,
		     const struct kvip_zone *zone,
		     enum kvip_zone_outcome outcome, uint32_t serial)
{
	struct json_object *json = json_object_new_object();

	json_object_object_add(json, "file", json_object_new_string(path));
	json_object_object_add(json, "outcome",
			       json_object_new_string(outcomes[outcome]));
	if (zone) {
		json_object_object_add(json, "origin",
				       json_object_new_string(zone->origin));
		json_object_object_add(json, "serial",
				       json_object_new_int64(serial));
		json_object_object_add(
			json, "records",
			json_object_new_uint64(zone->n_records + 1));
	}
	json_object_array_add(list, json);
}

static void on_file(void *arg, const char *path, const struct kvip_zone *zone,
		    enum kvip_zone_outcome outcome, uint32_t serial)
{
	struct dns *dns = arg;

	if (dns->json)
		add_json(dns->json, path, zone, outcome, serial);
	else if (zone)
		printf("%s: %s, serial %" PRIu32 ", %zu records\n", path,
		       outcomes[outcome], serial, zone->n_records + 1);
	else
		printf("%s: removed\n", path);
}

static void print_json(struct dns *dns)
{
	struct json_object *json = json_object_new_object();

	json_object_object_add(json, "zones", json_object_get(dns->json));
	json_object_object_add(json, "servicesLeftOut",
			       json_object_new_uint64(dns->zones.n_left_out));
	if (dns->zones.n_left_out)
		json_object_object_add(
			json, "firstLeftOut",
			json_object_new_string(dns->zones.first_left_out.text));
	json_object_object_add(json, "reloaded",
			       json_object_new_boolean(dns->reload));
	puts(json_object_to_json_string_ext(
		json,
		JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_NOSLASHESCAPE));
	json_object_put(json);
}

static void print_rest(const struct dns *dns, FILE *to)
{
	const struct kvip_zones *zones = &dns->zones;

	if (zones->n_left_out)
		fprintf(to,
			"left out: %zu Service%s that a zone can't tell of, or not all (first: %s)\n",
			zones->n_left_out, kvip_plural(zones->n_left_out),
			zones->first_left_out.text);
	if (dns->reload)
		fputs("the name server was told\n", to);
}

static int write_zones(struct dns *dns, struct kvip_err *err)
{
	struct kvip_zones_report report;

	if (dns->options->json)
		dns->json = json_object_new_array();
	if (kvip_zones_write_each(&dns->zones, &dns->config, on_file, dns,
				  &report, err))
		return -1;
	if (dns->reload && kvip_dns_reload(&dns->config, err))
		return -1;
	if (dns->json)
		print_json(dns);
	else
		print_rest(dns, stdout);
	return 0;
}

static int dns_run(struct dns *dns, struct kvip_err *err)
{
	if (read_config(dns, err) || read_cluster(dns, err))
		return -1;
	kvip_zones_make(&dns->model, dns->pods.items, dns->pods.n, &dns->config,
			&dns->zones);
	if (!dns->print)
		return write_zones(dns, err);
	print_zones(dns);
	/* not among the zones: they may be for a file */
	print_rest(dns, stderr);
	return 0;
}

static int run_dns(struct dns *dns)
{
	struct kvip_err err;
	int ret;

	kvip_dns_config_init(&dns->config);
	kvip_model_init(&dns->model);
	ret = dns_run(dns, &err);
	json_object_put(dns->json);
	kvip_zones_free(&dns->zones);
	kvip_dns_pods_free(&dns->pods);
	kvip_model_free(&dns->model);
	kvip_dns_config_free(&dns->config);
	return ret ? kvip_refused(&err) : kvip_finish();
}

static int check_usage(const struct dns *dns)
{
	if (dns->options->family)
		return kvip_usage(
			&kvip_cmd_dns,
			"dns: -4 and -6 do not apply: zones have addresses of both families");
	if (dns->print && dns->options->json)
		return kvip_usage(&kvip_cmd_dns,
				  "dns: --print prints zones, not JSON");
	if (dns->print && dns->reload)
		return kvip_usage(
			&kvip_cmd_dns,
			"dns: --print writes no files, so there is nothing to --reload");
	if (dns->path && dns->elsewhere)
		return kvip_usage(
			&kvip_cmd_dns,
			"dns: -f takes the cluster from a dump, and --store, --server or --kubeconfig from elsewhere");
	return 0;
}

/* Where the cluster is, or what every command takes. */
static void take_option(struct dns *dns, int option,
			struct kvip_options *options)
{
	if (!kvip_access_option(&dns->access, option)) {
		kvip_common_option(&kvip_cmd_dns, option, options);
		return;
	}
	dns->elsewhere = dns->elsewhere || option != KVIP_ACCESS_OPT_CONFIG;
}

static int run(int argc, char **argv, struct kvip_options *options)
{
	static const struct option longs[] = {
		{ "file", required_argument, NULL, 'f' },
		KVIP_ACCESS_LONG,
		{ "directory", required_argument, NULL, OPT_DIRECTORY },
		{ "zone", required_argument, NULL, OPT_ZONE },
		{ "reload", no_argument, NULL, OPT_RELOAD },
		{ "print", no_argument, NULL, OPT_PRINT },
		KVIP_COMMON_LONG,
		{}
	};
	struct dns dns = { .options = options };
	int option;

	while ((option = getopt_long(argc, argv,
				     KVIP_COMMON_SHORT KVIP_ACCESS_SHORT "f:",
				     longs, NULL)) != -1) {
		switch (option) {
		case 'f':
			dns.path = optarg;
			break;
		case OPT_DIRECTORY:
			dns.directory = optarg;
			break;
		case OPT_ZONE:
			dns.zone = optarg;
			break;
		case OPT_RELOAD:
			dns.reload = true;
			break;
		case OPT_PRINT:
			dns.print = true;
			break;
		case 'n':
		case KVIP_ACCESS_OPT_NO_COMMIT:
			return kvip_usage(
				&kvip_cmd_dns,
				"dns: -n and --no-commit do not apply: zones are of all namespaces, and the table stays as it is");
		default:
			take_option(&dns, option, options);
		}
	}
	if (kvip_no_arguments(&kvip_cmd_dns, argc, argv) || check_usage(&dns))
		return KVIP_EXIT_USAGE;
	return run_dns(&dns);
}

const struct kvip_command kvip_cmd_dns = {
	.name = "dns",
	.summary = "write the DNS zones of a cluster, for a name server",
	.help = "usage: kvip dns [-f FILE|DIR|-] [--directory DIR] [--zone NAME] [--reload] [-j]\n"
		"       kvip dns [-f FILE|DIR|-] [--zone NAME] --print\n"
		"Write zone files (RFC 1035) with the names of a cluster's Services: the zone\n"
		"itself, cluster.local, and reverse zones. A file is replaced only if its records\n"
		"change, and its serial raised then. How is said in section [dns] of\n" KVIP_CONFIG_PATH
		". The cluster is that of the local store, or\n"
		"\n"
		"  -f, --file PATH        a dump: what kubectl get services,endpointslices -A -o\n"
		"                         json prints, and pods if they are to have names\n"
		"      --kubeconfig FILE  one with an API server\n"
		"      --context NAME     of the kubeconfig\n"
		"      --server URL       the same without a kubeconfig, with\n"
		"                         --token-file, --certificate-authority FILE or\n"
		"                         --insecure-skip-tls-verify\n"
		"      --store FILE       a store elsewhere\n"
		"      --directory DIR    where files are written\n"
		"      --zone NAME        the cluster's domain\n"
		"      --reload           tell the name server, whether files have changed or not\n"
		"      --print            print the zones; write nothing\n"
		"      --config FILE      the configuration to have\n"
		"  -j, --json             print the outcome as JSON\n",
	.run = run,
};
