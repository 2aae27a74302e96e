/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a command line wants to see: TYPE[,TYPE]... [NAME]..., or TYPE/NAME... */
#ifndef KVIP_GET_REQUEST_H
#define KVIP_GET_REQUEST_H

#include <stdbool.h>
#include <stddef.h>

#include "err.h"
#include "rows.h"

/* Of one kind, these or all. */
struct kvip_get_target {
	const struct kvip_rows *rows;
	const char **names; /* borrowed from the command line */
	size_t n_names; /* 0: all */
};

struct kvip_get_request {
	struct kvip_get_target *targets;
	size_t n;
};

/**
 * kvip_get_request() - read the words behind the options
 * @words: the words
 * @n: how many
 * @request: filled in; kvip_get_request_free() it, after an error too
 * @err: what is wrong with them
 *
 * Return: 0 or -1.
 */
int kvip_get_request(char *const *words, int n,
		     struct kvip_get_request *request, struct kvip_err *err);
void kvip_get_request_free(struct kvip_get_request *request);

/* kvip_get_request_names() - whether it names objects */
bool kvip_get_request_names(const struct kvip_get_request *request);

/* kvip_get_request_kinds() - whether it is of more than one kind */
bool kvip_get_request_kinds(const struct kvip_get_request *request);

/**
 * kvip_get_request_check() - names and what else picks objects, together
 * @request: as read
 * @all_ns: -A was told
 * @selector: -l was told, or NULL
 * @err: "a name and a selector do not go together"
 *
 * Return: 0 or -1.
 */
int kvip_get_request_check(const struct kvip_get_request *request, bool all_ns,
			   const char *selector, struct kvip_err *err);

#endif /* KVIP_GET_REQUEST_H */
