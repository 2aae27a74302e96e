/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What an operator is told of a connection that went wrong. */
#ifndef KVIP_API_HTTP_ERROR_H
#define KVIP_API_HTTP_ERROR_H

#include <curl/curl.h>
#include <stdbool.h>

#include "err.h"

/**
 * struct kvip_http_failure - a transfer that failed
 * @easy: it, for what it knows
 * @result: libcurl's number
 * @words: libcurl's words, or ""
 * @refused: the taker of its bytes wanted no more
 * @tls_name: the name that the certificate must have, or NULL: the server's
 * @proxied: there may be a proxy in between
 * @own_ca: the CA is of a kubeconfig
 * @stalled: seconds without progress that were too many; 0: any number is fine
 * @seconds: the longest that it might take; 0: no bound
 */
struct kvip_http_failure {
	CURL *easy;
	CURLcode result;
	const char *words;
	bool refused;
	const char *tls_name;
	bool proxied;
	bool own_ca;
	unsigned int stalled;
	unsigned int seconds;
};

/* kvip_http_error() - one sentence, without the server in front of it */
void kvip_http_error(const struct kvip_http_failure *failure,
		     struct kvip_err *err);

#endif /* KVIP_API_HTTP_ERROR_H */
