/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Words that an unfinished one may become, for the shell to choose from. */
#ifndef KVIP_CANDIDATES_H
#define KVIP_CANDIDATES_H

#include <stdbool.h>
#include <stddef.h>

struct kvip_access_options;

/**
 * struct kvip_candidates - a word and what it may become
 * @word: as far as it was typed
 * @kept: bytes at its head that are no part of the choice: "--node="
 * @files: the name of a file may stand here too
 * @found: whole words, each with the head that is kept
 * @n: how many
 */
struct kvip_candidates {
	const char *word;
	size_t kept;
	bool files;
	char **found;
	size_t n;
};

/**
 * kvip_candidates_offer() - say what may stand behind the head
 * @candidates: taken in, if @word may become it and a shell would not make
 *	something else of it
 * @fmt: printf format
 */
void kvip_candidates_offer(struct kvip_candidates *candidates, const char *fmt,
			   ...) __attribute__((format(printf, 2, 3)));

/*
 * What the kernel knows now. Where it can't be asked there is nothing to offer,
 * and nothing is said.
 */

/* kvip_candidates_services() - NAMESPACE/, then NAMESPACE/NAME and its ports */
void kvip_candidates_services(struct kvip_candidates *candidates);

/* kvip_candidates_nodes() - this host's name, and where endpoints are */
void kvip_candidates_nodes(struct kvip_candidates *candidates);

/* kvip_candidates_devices() - network devices of this namespace */
void kvip_candidates_devices(struct kvip_candidates *candidates);

/* kvip_candidates_sources() - "node", and endpoints' addresses */
void kvip_candidates_sources(struct kvip_candidates *candidates);

/* kvip_candidates_frontends() - 10.96.0.1:443, 10.96.0.10:53/udp */
void kvip_candidates_frontends(struct kvip_candidates *candidates);

/* kvip_candidates_config() - KEY= of what none of @words sets, or KEY=VALUE */
void kvip_candidates_config(struct kvip_candidates *candidates,
			    char *const *words, int n_words);

/*
 * What a store or an API server has, in the same way.
 */

/* kvip_candidates_objects() - names of a kind, as people call it, in the namespace */
void kvip_candidates_objects(struct kvip_candidates *candidates,
			     const struct kvip_access_options *options,
			     const char *word);

/* kvip_candidates_namespaces() - those that have objects */
void kvip_candidates_namespaces(struct kvip_candidates *candidates,
				const struct kvip_access_options *options);

/* kvip_candidates_print() - in order, each once and on a line; free them */
void kvip_candidates_print(struct kvip_candidates *candidates);

#endif /* KVIP_CANDIDATES_H */
