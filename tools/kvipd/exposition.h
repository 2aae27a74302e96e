/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Writing Prometheus' text format 0.0.4, a family at a time. */
#ifndef KVIPD_EXPOSITION_H
#define KVIPD_EXPOSITION_H

#include <stddef.h>
#include <stdint.h>

#include "stats.h"

struct evbuffer;

#define KVIP_EXPOSITION_TYPE "text/plain; version=0.0.4; charset=utf-8"

#define KVIP_EXPOSITION_CHUNK 16384

/* Text on its way into an evbuffer, in pieces of some size. */
struct kvip_exposition {
	struct evbuffer *out;
	const char *name; /* of the family begun last */
	size_t len;
	char chunk[KVIP_EXPOSITION_CHUNK];
};

struct kvip_label {
	const char *name; /* NULL ends a list */
	const char *value; /* any bytes; what is no UTF-8 is replaced */
};

/* A list of labels for the functions below: KVIP_LABELS({ "code", "200" }) */
#define KVIP_LABELS(...) \
	((const struct kvip_label[]){ __VA_ARGS__, { NULL, NULL } })

/* kvip_exposition_begin() - be ready to write into @out */
void kvip_exposition_begin(struct kvip_exposition *to, struct evbuffer *out);

/**
 * kvip_exposition_family() - the head of a family; its samples follow
 * @to: where
 * @type: "counter", "gauge", "histogram", "summary"
 * @name: without the endings of a histogram's samples; must stay until the next
 * @help: one sentence
 */
void kvip_exposition_family(struct kvip_exposition *to, const char *type,
			    const char *name, const char *help);

/* kvip_exposition_count() - a sample that is an integer; @labels: or NULL */
void kvip_exposition_count(struct kvip_exposition *to,
			   const struct kvip_label *labels, uint64_t value);

/* kvip_exposition_number() - a sample that is any number */
void kvip_exposition_number(struct kvip_exposition *to,
			    const struct kvip_label *labels, double value);

/* kvip_exposition_summary() - the two samples of a summary without quantiles */
void kvip_exposition_summary(struct kvip_exposition *to,
			     const struct kvip_label *labels, double sum,
			     uint64_t count);

/* kvip_exposition_histogram() - the samples of a histogram, cumulative */
void kvip_exposition_histogram(struct kvip_exposition *to,
			       const struct kvip_label *labels,
			       const struct kvip_histogram *histogram);

/* kvip_exposition_end() - all of it is in the evbuffer */
void kvip_exposition_end(struct kvip_exposition *to);

/* kvip_exposition_counter() - a family of one counter without labels */
void kvip_exposition_counter(struct kvip_exposition *to, const char *name,
			     const char *help, uint64_t value);

/* kvip_exposition_gauge() - a family of one gauge without labels */
void kvip_exposition_gauge(struct kvip_exposition *to, const char *name,
			   const char *help, uint64_t value);

#endif /* KVIPD_EXPOSITION_H */
