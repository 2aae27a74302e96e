// SPDX-License-Identifier: GPL-2.0-or-later
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "http_error.h"

/* What OpenSSL says of a certificate, X509_V_ERR_*; the numbers are its ABI. */
static const struct {
	long number;
	const char *words;
} verdicts[] = {
	{ 2, "the server's certificate was signed by a CA that is not there" },
	{ 7, "the signature of the server's certificate is wrong" },
	{ 9, "the server's certificate is not valid yet" },
	{ 10, "the server's certificate has expired" },
	{ 18, "the server's certificate is signed by itself" },
	{ 19, "the CA of the server's certificate is not ours" },
	{ 20, "the server's certificate is not signed by our CA" },
	{ 21, "the server's certificate is not signed by our CA" },
	{ 24, "what signed the server's certificate is no CA" },
	{ 26, "the server's certificate is not for servers" },
};

static const char *verdict_of(long number)
{
	size_t i;

	for (i = 0; i < sizeof(verdicts) / sizeof(verdicts[0]); i++)
		if (verdicts[i].number == number)
			return verdicts[i].words;
	return NULL;
}

static void set_certificate(const struct kvip_http_failure *failure,
			    struct kvip_err *err)
{
	const char *words;
	long number = 0;

	curl_easy_getinfo(failure->easy, CURLINFO_SSL_VERIFYRESULT, &number);
	words = verdict_of(number);
	if (words)
		kvip_err_set(err, "%s (%s)", words,
			     failure->own_ca ? "the kubeconfig's CA" :
					       "the system's CAs");
	else if (!strstr(failure->words, "subject name"))
		kvip_err_set(err, "the server's certificate is refused: %s",
			     failure->words);
	else if (failure->tls_name)
		kvip_err_set(
			err,
			"the server's certificate is not for the name \"%s\"",
			failure->tls_name);
	else
		kvip_err_set(err,
			     "the server's certificate is not for that name");
}

/* "connection refused": as strerror() has it, in the middle of a sentence. */
static void set_errno(int number, const char *unknown, struct kvip_err *err)
{
	if (!number) {
		kvip_err_set(err, "%s", unknown);
		return;
	}
	kvip_err_set(err, "%s", strerror(number));
	err->text[0] = (char)tolower((unsigned char)err->text[0]);
}

/* libcurl's words tell the host: it may be the proxy that isn't there. */
static void set_unconnected(const struct kvip_http_failure *failure, int number,
			    const char *words, struct kvip_err *err)
{
	size_t used;

	set_errno(number, words, err);
	used = strlen(err->text);
	if (failure->proxied && number)
		snprintf(err->text + used, sizeof(err->text) - used, " (%s)",
			 words);
}

static void set_timeout(const struct kvip_http_failure *failure,
			struct kvip_err *err)
{
	double connected = 0;
	long status = 0;

	curl_easy_getinfo(failure->easy, CURLINFO_PRETRANSFER_TIME, &connected);
	curl_easy_getinfo(failure->easy, CURLINFO_RESPONSE_CODE, &status);
	if (connected <= 0)
		kvip_err_set(err, "no connection was made in time");
	else if (strstr(failure->words, "too slow"))
		kvip_err_set(err, "no progress for %u seconds",
			     failure->stalled);
	else
		kvip_err_set(err, "%s within %u seconds",
			     status ? "the answer did not end" :
				      "there was no answer",
			     failure->seconds);
}

/* A connection that broke, after it was made. */
static void set_broken(const struct kvip_http_failure *failure, int number,
		       struct kvip_err *err)
{
	long status = 0, proxy_status = 0;

	curl_easy_getinfo(failure->easy, CURLINFO_RESPONSE_CODE, &status);
	curl_easy_getinfo(failure->easy, CURLINFO_HTTP_CONNECTCODE,
			  &proxy_status);
	if (proxy_status >= 300)
		kvip_err_set(err, "the proxy says %ld", proxy_status);
	else if (strstr(failure->words, "alert"))
		kvip_err_set(err, "the server broke TLS off: %s",
			     failure->words);
	else if (number)
		set_errno(number, "", err);
	else if (status)
		kvip_err_set(err, "the answer was cut short");
	else
		kvip_err_set(
			err,
			"the connection was closed before there was an answer");
}

void kvip_http_error(const struct kvip_http_failure *failure,
		     struct kvip_err *err)
{
	const char *words = failure->words;
	long number = 0;

	curl_easy_getinfo(failure->easy, CURLINFO_OS_ERRNO, &number);
	if (!*words)
		words = curl_easy_strerror(failure->result);
	switch (failure->result) {
	case CURLE_COULDNT_CONNECT:
		set_unconnected(failure, (int)number, words, err);
		break;
	case CURLE_COULDNT_RESOLVE_HOST:
		kvip_err_set(err, "no address is found for this name");
		break;
	case CURLE_COULDNT_RESOLVE_PROXY:
		kvip_err_set(err,
			     "no address is found for the name of the proxy");
		break;
	case CURLE_OPERATION_TIMEDOUT:
		set_timeout(failure, err);
		break;
	case CURLE_PEER_FAILED_VERIFICATION:
		set_certificate(failure, err);
		break;
	case CURLE_SSL_CACERT_BADFILE:
		kvip_err_set(err, "the CA cannot be used: %s", words);
		break;
	case CURLE_SSL_CERTPROBLEM:
		kvip_err_set(
			err,
			"the client's certificate or key cannot be used: %s",
			words);
		break;
	case CURLE_SSL_CONNECT_ERROR:
		kvip_err_set(err, "no TLS connection could be made: %s", words);
		break;
	case CURLE_PARTIAL_FILE:
	case CURLE_GOT_NOTHING:
	case CURLE_RECV_ERROR:
	case CURLE_SEND_ERROR:
		set_broken(failure, (int)number, err);
		break;
	default:
		kvip_err_set(err, "%s",
			     failure->refused ? "the reader refused it" :
						words);
	}
}
