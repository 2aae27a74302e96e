/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The DNS zones of a cluster, S70 to S74: the Kubernetes DNS specification 1.1,
 * as text of RFC 1035. Pure: the same cluster gives the same text.
 */
#ifndef KVIP_DNS_ZONES_H
#define KVIP_DNS_ZONES_H

#include <stddef.h>
#include <stdint.h>

#include "addr.h"
#include "err.h"

struct kvip_dns_config;
struct kvip_model;

/* A Pod, for its records by address. */
struct kvip_dns_pod {
	const char *ns;
	struct kvip_addr addr;
};

/**
 * struct kvip_zone - a zone; strings are owned
 * @origin: "cluster.local", "10.in-addr.arpa"
 * @records: all but the SOA, sorted, a line each
 * @len: bytes of it
 */
struct kvip_zone {
	char *origin;
	char *records;
	size_t len;
};

/* The forward zone and the reverse ones, sorted by origin. */
struct kvip_zones {
	struct kvip_zone *items;
	size_t n;
	size_t n_left_out; /* Services that no zone can tell of */
	struct kvip_err first_left_out; /* "demo/legacy: its externalName ..." */
};

/**
 * kvip_zones_make() - the zones of a cluster
 * @model: the cluster
 * @pods: with config->pods; else none
 * @n_pods: how many
 * @config: see there
 * @zones: filled in; kvip_zones_free() it
 *
 * Which reverse zones there are follows from the addresses, coarse enough that
 * they seldom change.
 */
void kvip_zones_make(const struct kvip_model *model,
		     const struct kvip_dns_pod *pods, size_t n_pods,
		     const struct kvip_dns_config *config,
		     struct kvip_zones *zones);

/* kvip_zones_free() - give back everything */
void kvip_zones_free(struct kvip_zones *zones);

/**
 * struct kvip_zones_report - what was written
 * @n_written: files that were not as they should be
 * @n_removed: files of zones that there are no more
 * @n_records: in all zones
 */
struct kvip_zones_report {
	size_t n_written;
	size_t n_removed;
	size_t n_records;
};

/**
 * kvip_zones_write() - have files of these zones, and no others of ours
 * @zones: what
 * @config: where
 * @report: filled in
 * @err: "PATH: why"
 *
 * A file, ORIGIN.zone, is written whole beside the old one, synced, and renamed;
 * its serial is raised (RFC 1982) and only if its records change. Safe beside
 * another process that does it: a lock in the directory.
 *
 * Return: 0 or -1; files may have been written before an error, each whole.
 */
int kvip_zones_write(const struct kvip_zones *zones,
		     const struct kvip_dns_config *config,
		     struct kvip_zones_report *report, struct kvip_err *err);

/* kvip_dns_reload() - tell the server, as configured, and wait for the command's
 * end; 0 or -1
 */
int kvip_dns_reload(const struct kvip_dns_config *config, struct kvip_err *err);

#endif /* KVIP_DNS_ZONES_H */
