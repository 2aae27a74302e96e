/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whom we trust and who we are in TLS: certificates, out of files or not. */
#ifndef KVIP_API_TLS_H
#define KVIP_API_TLS_H

#include <curl/curl.h>
#include <stdbool.h>

#include "err.h"

struct kvip_kubeconfig;
struct kvip_tls;

/* kvip_tls_new() - of @config, which must outlive it; nothing is read yet */
struct kvip_tls *kvip_tls_new(const struct kvip_kubeconfig *config);

/* kvip_tls_free() - wipe and give back; NULL is ok */
void kvip_tls_free(struct kvip_tls *tls);

/**
 * kvip_tls_refresh() - read what files changed
 * @tls: the certificates
 * @changed: set to true if connections made so far should not be used any more
 * @err: a file that can't be read and never could
 *
 * Return: 0 or -1.
 */
int kvip_tls_refresh(struct kvip_tls *tls, bool *changed, struct kvip_err *err);

/**
 * kvip_tls_apply() - give a transfer its certificates
 * @tls: refreshed once
 * @easy: the transfer; what it needs is copied
 * @cert: the certificate of an exec plugin, which wins; or NULL
 * @key: its key
 */
void kvip_tls_apply(const struct kvip_tls *tls, CURL *easy, const char *cert,
		    const char *key);

/* kvip_tls_own_ca() - whether the CA is the cluster's, not the system's */
bool kvip_tls_own_ca(const struct kvip_tls *tls);

#endif /* KVIP_API_TLS_H */
