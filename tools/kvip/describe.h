/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Words for what tables hold, shared by show, sync and monitor. */
#ifndef KVIP_DESCRIBE_H
#define KVIP_DESCRIBE_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct kvip_backend;
struct kvip_diff_item;
struct kvip_service;
struct kvip_table;

/* kvip_usable() - backends that packets may get; @local: those on this node */
size_t kvip_usable(const struct kvip_service *service, size_t *local);

/* The longest text of those below, with its end. */
#define KVIP_WORDS_LEN 96

/* kvip_endpoints_text() - "3 (1 local)", "none: reject"; returns @buf */
const char *kvip_endpoints_text(const struct kvip_service *service, char *buf,
				size_t size);

/* kvip_policy_text() - "cluster", "int+ext local, zone hints"; returns @buf */
const char *kvip_policy_text(const struct kvip_service *service,
			     char buf[KVIP_WORDS_LEN]);

/* kvip_seconds_text() - "3h", "1m30s"; returns @buf */
const char *kvip_seconds_text(uint32_t seconds, char buf[KVIP_WORDS_LEN]);

/* kvip_affinity_text() - "3h", "3h per Service" or "none"; returns @buf */
const char *kvip_affinity_text(const struct kvip_service *service,
			       char buf[KVIP_WORDS_LEN]);

/**
 * kvip_options_text() - what is not as it is by default
 * @service: a service, or the first of one name and protocol
 * @n: how many these are
 * @buf: "affinity 3h, 2 ranges", or "-"
 *
 * Return: @buf.
 */
const char *kvip_options_text(const struct kvip_service *service, size_t n,
			      char buf[KVIP_WORDS_LEN]);

/* kvip_state_text() - "ready", "terminating" and so on */
const char *kvip_state_text(const struct kvip_backend *backend);

/**
 * kvip_frontends_text() - "10.96.0.1:443 node:30080 lb 203.0.113.1:443"
 * @service: a service, or the first of one name and protocol
 * @n: how many these are
 *
 * Return: the text, to be freed.
 */
char *kvip_frontends_text(const struct kvip_service *service, size_t n);

/* kvip_plural() - "" for one and "s" for any other number */
const char *kvip_plural(size_t n);

/**
 * kvip_count_services() - services as people count them
 * @table: sorted
 *
 * Return: how many (name, protocol) it has, both families being one.
 */
size_t kvip_count_services(const struct kvip_table *table);

/**
 * kvip_print_change() - a line that says what changes in a service
 * @to: where
 * @item: the service before and after
 */
void kvip_print_change(FILE *to, const struct kvip_diff_item *item);

#endif /* KVIP_DESCRIBE_H */
