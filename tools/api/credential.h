/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What proves who we are: a token, a token's file, a name and a password, or
 * what an exec plugin gave, as long as that is good.
 */
#ifndef KVIP_API_CREDENTIAL_H
#define KVIP_API_CREDENTIAL_H

#include <stdbool.h>

#include "err.h"

struct event_base;
struct kvip_credential;
struct kvip_kubeconfig;

enum kvip_credential_state {
	KVIP_CREDENTIAL_READY,
	KVIP_CREDENTIAL_PENDING, /* a plugin runs; it will be told of */
	KVIP_CREDENTIAL_FAILED,
};

/**
 * kvip_credential_new() - of a kubeconfig; nothing is read or run yet
 * @base: the event loop
 * @config: must outlive it
 * @told: called when what was pending is no more: ready, or failed
 * @arg: for @told
 */
struct kvip_credential *
kvip_credential_new(struct event_base *base,
		    const struct kvip_kubeconfig *config,
		    void (*told)(void *arg), void *arg);

/* kvip_credential_free() - end a plugin that runs, and wipe; NULL is ok */
void kvip_credential_free(struct kvip_credential *credential);

/**
 * kvip_credential_get() - be ready for a request
 * @credential: looked at whether it is still good; if not, read or run anew
 * @err: why it failed. A failed plugin is told of once to all that waited, and
 *	run again for the next one who asks
 */
enum kvip_credential_state
kvip_credential_get(struct kvip_credential *credential, struct kvip_err *err);

/* kvip_credential_authorization() - the header's line; NULL: none is needed */
const char *
kvip_credential_authorization(const struct kvip_credential *credential);

/* kvip_credential_cert() - a plugin's certificate and @key, or NULL */
const char *kvip_credential_cert(const struct kvip_credential *credential,
				 const char **key);

/* kvip_credential_age() - another number for each credential there has been */
unsigned int kvip_credential_age(const struct kvip_credential *credential);

/**
 * kvip_credential_refuse() - the server said 401
 * @credential: to be read anew, if it is still the one refused
 * @age: of what the server refused
 *
 * Return: whether it makes sense to ask again.
 */
bool kvip_credential_refuse(struct kvip_credential *credential,
			    unsigned int age);

#endif /* KVIP_API_CREDENTIAL_H */
