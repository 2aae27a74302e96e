/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The DNS zones of a cluster, S70 to S74: the Kubernetes DNS specification 1.1,
 * as text of RFC 1035. Pure: the same cluster gives the same text.
 */
#ifndef KVIP_DNS_ZONES_H
#define KVIP_DNS_ZONES_H

#include <stdbool.h>
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
 * @origin: "cluster.local", "96.10.in-addr.arpa"
 * @records: all but the SOA, sorted, a line each; names in the zone are relative
 *	to its origin
 * @len: bytes of it
 * @n_records: lines of it
 */
struct kvip_zone {
	char *origin;
	char *records;
	size_t len;
	size_t n_records;
};

/**
 * struct kvip_zones - the forward zone and the reverse ones, sorted by origin
 * @items: the zones
 * @n: how many
 * @nameserver: of each SOA, without a dot at its end
 * @n_left_out: Services that a zone can't tell of, or not all
 * @first_left_out: the first of them by name: "demo/legacy: its externalName ..."
 */
struct kvip_zones {
	struct kvip_zone *items;
	size_t n;
	char *nameserver;
	size_t n_left_out;
	struct kvip_err first_left_out;
};

/**
 * kvip_zones_make() - the zones of a cluster
 * @model: the cluster
 * @pods: with config->pods; else not looked at
 * @n_pods: how many
 * @config: see there
 * @zones: filled in; kvip_zones_free() it
 *
 * Which reverse zones there are is told by the configuration, or follows from
 * the addresses that have a PTR record: the /16 of a private IPv4 address, the
 * /24 of another, the /64 of an IPv6 address. They seldom change then, and hide
 * little of what others' name servers know: a zone hides all of its block.
 */
void kvip_zones_make(const struct kvip_model *model,
		     const struct kvip_dns_pod *pods, size_t n_pods,
		     const struct kvip_dns_config *config,
		     struct kvip_zones *zones);

/* kvip_zones_free() - give back everything */
void kvip_zones_free(struct kvip_zones *zones);

/* kvip_zone_text() - a zone as its file has it, of that serial; free() it */
char *kvip_zone_text(const struct kvip_zones *zones,
		     const struct kvip_zone *zone,
		     const struct kvip_dns_config *config, uint32_t serial,
		     size_t *len);

/**
 * struct kvip_zones_report - what was written
 * @n_written: files that were not as they should be
 * @n_removed: files of zones that there are no more
 * @n_records: in all zones, with their SOAs
 */
struct kvip_zones_report {
	size_t n_written;
	size_t n_removed;
	size_t n_records;
};

/* What became of a file, in kvip_zones_fn. */
enum kvip_zone_outcome {
	KVIP_ZONE_UNCHANGED,
	KVIP_ZONE_WRITTEN,
	KVIP_ZONE_REMOVED, /* @zone is NULL, @serial 0 */
};

/* typedef kvip_zones_fn - hear of a file */
typedef void (*kvip_zones_fn)(void *arg, const char *path,
			      const struct kvip_zone *zone,
			      enum kvip_zone_outcome outcome, uint32_t serial);

/**
 * kvip_zones_write() - have files of these zones, and no others of ours
 * @zones: what
 * @config: where; nothing is done if that is nowhere
 * @report: filled in
 * @err: "PATH: why"
 *
 * A file, ORIGIN.zone, is written whole beside the old one, synced, and renamed;
 * its serial is raised (RFC 1982) and only if its records change. Safe beside
 * another process that does it: a lock in the directory, which is made if it is
 * not there. A file that kvip did not write is neither replaced nor removed.
 *
 * Return: 0 or -1; files may have been written before an error, each whole.
 */
int kvip_zones_write(const struct kvip_zones *zones,
		     const struct kvip_dns_config *config,
		     struct kvip_zones_report *report, struct kvip_err *err);

/* kvip_zones_write_each() - the same, and @fn hears of every file; NULL: nobody */
int kvip_zones_write_each(const struct kvip_zones *zones,
			  const struct kvip_dns_config *config,
			  kvip_zones_fn fn, void *arg,
			  struct kvip_zones_report *report,
			  struct kvip_err *err);

/**
 * kvip_dns_reload() - tell the server that files have changed
 * @config: how: the command's words are what blanks part, nothing is quoted; or a
 *	SIGHUP to the process of the pid file; or not at all
 * @err: what went wrong, with the last line that the command printed
 *
 * Waits for the command's end, ten seconds at most; then it is killed.
 *
 * Return: 0 or -1.
 */
int kvip_dns_reload(const struct kvip_dns_config *config, struct kvip_err *err);

#endif /* KVIP_DNS_ZONES_H */
