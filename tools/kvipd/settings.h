/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the agent is told: by a cluster's KubeProxyConfiguration, by kvip.conf,
 * by its command line, the later ones winning. The keys for the kernel are those
 * of config.h and stand at the head of kvip.conf; the agent's own stand in its
 * section [kvipd]. On the command line each key is a long option.
 */
#ifndef KVIPD_SETTINGS_H
#define KVIPD_SETTINGS_H

#include <stdbool.h>
#include <stdio.h>

#include "config.h"
#include "dns_config.h"
#include "err.h"
#include "lb_config.h"
#include "listen.h"
#include "log.h"
#include "store_config.h"

/**
 * struct kvip_settings - all of it; strings are owned
 * @kernel: the configuration for the module
 * @has_kernel: there was a file, or a word of the command line told something
 *	of it; else the module's is kept, as kvip sync does
 * @node: this node's name; default $NODE_NAME, then the host's name
 * @kubeconfig: its path; NULL: in-cluster, if we are in one
 * @context: of the kubeconfig; NULL: its current one
 * @store: path of a local store to follow; NULL: an API server is
 * @healthz: bind address of /healthz and /livez; default everywhere, 10256
 * @metrics: bind address of /metrics; default 127.0.0.1:10249
 * @health_nodes: health-check node ports listen (S60)
 * @min_sync_period: seconds between two commits at least; default 0.001
 * @sync_period: seconds between two looks at the kernel's generation, of which
 *	there is one every five seconds at least, and half
 *	of what a change may wait (S63); default 30
 * @check_period: seconds between two whole comparisons with the kernel; default
 *	900
 * @level: of the log
 * @allow_empty: a cluster without any Service or EndpointSlice is meant so (S9)
 * @stream_lists: ask for streaming lists
 * @events: send Events to the API server
 * @load_balancer: be the cluster's load-balancer controller
 * @lease_namespace: where the Leases are that tell which node announces what
 * @local: section [store]; its path is @store; without pools, which are @lb's
 * @lb: sections [load-balancer] and [pool]
 * @dns: section [dns]
 */
struct kvip_settings {
	struct kvip_config kernel;
	bool has_kernel;
	char *node;
	char *kubeconfig;
	char *context;
	char *store;
	struct kvip_listen healthz;
	struct kvip_listen metrics;
	bool health_nodes;
	double min_sync_period;
	double sync_period;
	double check_period;
	enum kvip_log_level level;
	bool allow_empty;
	bool stream_lists;
	bool events;
	bool load_balancer;
	char *lease_namespace;
	struct kvip_store_config local;
	struct kvip_lb_config lb;
	struct kvip_dns_config dns;

	/* only on the command line */
	char *config_path; /* NULL: %KVIP_CONFIG_PATH, if it is there */
	char *kube_proxy_path; /* a KubeProxyConfiguration, or NULL */
	bool cleanup; /* empty the tables and end */
	bool once; /* end after the first commit */
	bool check; /* say whether the settings are right, and end */
};

enum kvip_settings_answer {
	KVIP_SETTINGS_GO,
	KVIP_SETTINGS_SAID, /* --help or --version: printed, exit status 0 */
	KVIP_SETTINGS_USAGE, /* the command line is wrong; said so; status 2 */
	KVIP_SETTINGS_REFUSED, /* a file is wrong, see err; status 1 */
};

/**
 * kvip_settings_read() - everything that was told
 * @settings: filled in; free with kvip_settings_free()
 * @argc: of main(); may be called again on SIGHUP: files are read anew
 * @argv: of main(); not changed
 * @err: one sentence for REFUSED and USAGE
 *
 * What is ignored of a KubeProxyConfiguration is logged, each field by its name.
 * The log's level is set if all is right.
 */
enum kvip_settings_answer kvip_settings_read(struct kvip_settings *settings,
					     int argc, char **argv,
					     struct kvip_err *err);

/* kvip_settings_print() - all of it as a kvip.conf would have it */
void kvip_settings_print(FILE *to, const struct kvip_settings *settings);

/* kvip_settings_free() - give back everything */
void kvip_settings_free(struct kvip_settings *settings);

#endif /* KVIPD_SETTINGS_H */
