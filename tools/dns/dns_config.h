/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What zones are made of and for: section [dns] of kvip.conf. */
#ifndef KVIP_DNS_CONFIG_H
#define KVIP_DNS_CONFIG_H

#include <stdbool.h>
#include <stdint.h>

#include "config.h"
#include "err.h"

/**
 * struct kvip_dns_config - all of it; strings are owned
 * @directory: where zone files are written; NULL: nowhere, no zones are made.
 *	Key directory
 * @zone: the cluster's domain, without a dot at its end; default cluster.local.
 *	Key zone
 * @ttl: of records, seconds; default 5. Key ttl
 * @nameserver: of NS and SOA; default ns.dns.ZONE. Key nameserver
 * @pods: records of all Pods by their dashed addresses; default no. Key pods
 * @reload: a command line, run without a shell after files have changed; NULL:
 *	none. Key reload
 * @pid_file: of a process that gets SIGHUP instead; NULL: none. Key reload-pid-file
 */
struct kvip_dns_config {
	char *directory;
	char *zone;
	uint32_t ttl;
	char *nameserver;
	bool pods;
	char *reload;
	char *pid_file;
};

/* kvip_dns_config_init() - the defaults */
void kvip_dns_config_init(struct kvip_dns_config *config);

/* kvip_dns_config_free() - give back what it owns */
void kvip_dns_config_free(struct kvip_dns_config *config);

/* kvip_dns_config_section() - who reads [dns]; @config must outlive the reading */
struct kvip_config_section
kvip_dns_config_section(struct kvip_dns_config *config);

#endif /* KVIP_DNS_CONFIG_H */
