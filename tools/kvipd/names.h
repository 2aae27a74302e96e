/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The cluster's names as zone files, kept up with it (S70 to S74).
 *
 * A child process makes and writes them and tells the name server, all from the
 * cluster as it was when it was forked, while the agent goes on.
 */
#ifndef KVIPD_NAMES_H
#define KVIPD_NAMES_H

#include <stddef.h>
#include <stdint.h>

struct event_base;
struct kvip_dns_config;
struct kvip_dns_pods;
struct kvip_model;
struct kvip_names;

/**
 * struct kvip_names_counts - what was done
 * @written: times that files were written, or found to be right
 * @failed: times that they were not, or the server not told
 * @records: in all zones, as of the last time
 * @left_out: Services that a zone can't tell of, as of the last time
 * @seconds: that the last time took
 */
struct kvip_names_counts {
	uint64_t written;
	uint64_t failed;
	uint64_t records;
	uint64_t left_out;
	double seconds;
};

/**
 * kvip_names_new() - begin to keep zone files
 * @base: the event loop
 * @config: how; with a directory; must outlive it
 * @model: the cluster; must outlive it
 * @pods: its Pods, if config->pods; must outlive it; NULL: there are none
 *
 * Nothing is written before kvip_names_changed().
 */
struct kvip_names *kvip_names_new(struct event_base *base,
				  const struct kvip_dns_config *config,
				  const struct kvip_model *model,
				  const struct kvip_dns_pods *pods);

/* kvip_names_free() - end, once a change that is known is written; NULL is ok */
void kvip_names_free(struct kvip_names *names);

/**
 * kvip_names_changed() - the model or the Pods are others than before
 * @names: the names
 *
 * Call it once lists are complete (S9), and after each batch of changes. Writing
 * begins at once if none did within the last 100 ms; changes that come during it
 * are written after it. What fails is tried again, after a second at first, a
 * minute at most.
 */
void kvip_names_changed(struct kvip_names *names);

/* kvip_names_counts() - what was done so far */
const struct kvip_names_counts *
kvip_names_counts(const struct kvip_names *names);

#endif /* KVIPD_NAMES_H */
