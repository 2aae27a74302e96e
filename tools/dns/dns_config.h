/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What zones are made of and for: section [dns] of kvip.conf. */
#ifndef KVIP_DNS_CONFIG_H
#define KVIP_DNS_CONFIG_H

#include <stdbool.h>
#include <stdint.h>

#include "addr.h"
#include "config.h"
#include "err.h"

/**
 * struct kvip_dns_config - all of it; strings and arrays are owned
 * @directory: where zone files are written; NULL: nowhere, no zones are made.
 *	Key directory
 * @zone: the cluster's domain, in lower case, without a dot at its end; default
 *	cluster.local. Key zone
 * @ttl: of records, seconds; default 5. Key ttl
 * @nameserver: of NS and SOA, as @zone is; NULL: ns.dns.ZONE. Key nameserver
 * @addrs: of the nameserver, if its name is within the zone and no Service's;
 *	none: those of the Service kube-system/kube-dns, or else of this host. Key
 *	nameserver-addresses
 * @n_addrs: how many
 * @reverse: blocks with a reverse zone each, on whole labels. Key reverse-zones
 * @n_reverse: how many
 * @reverse_auto: instead, the blocks that the addresses need; the default
 * @pods: records of all Pods by their dashed addresses; default no. Key pods
 * @reload: a command line, run without a shell after files have changed; NULL:
 *	none. Key reload
 * @pid_file: of a process that gets SIGHUP instead; NULL: none. Key
 *	reload-pid-file
 * @told: bits of the keys that were given, for the reading
 */
struct kvip_dns_config {
	char *directory;
	char *zone;
	uint32_t ttl;
	char *nameserver;
	struct kvip_addr *addrs;
	size_t n_addrs;
	struct kvip_prefix *reverse;
	size_t n_reverse;
	bool reverse_auto;
	bool pods;
	char *reload;
	char *pid_file;
	uint32_t told;
};

/* kvip_dns_config_init() - the defaults */
void kvip_dns_config_init(struct kvip_dns_config *config);

/* kvip_dns_config_free() - give back what it owns */
void kvip_dns_config_free(struct kvip_dns_config *config);

/* kvip_dns_config_zone() - set the zone, as the key does; 0 or -1 */
int kvip_dns_config_zone(struct kvip_dns_config *config, const char *value,
			 struct kvip_err *err);

/* kvip_dns_config_section() - who reads [dns]; @config must outlive the reading */
struct kvip_config_section
kvip_dns_config_section(struct kvip_dns_config *config);

#endif /* KVIP_DNS_CONFIG_H */
