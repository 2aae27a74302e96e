/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One exchange with an API server, as libcurl is told of it. */
#ifndef KVIP_API_HTTP_TRANSFER_H
#define KVIP_API_HTTP_TRANSFER_H

#include <curl/curl.h>
#include <stdbool.h>

#include "err.h"

struct kvip_kubeconfig;
struct kvip_tls;

/* Seconds without a byte after which an answer is given up. */
#define KVIP_TRANSFER_STALLED 25

/**
 * struct kvip_server - how a server is asked
 * @url: scheme, name and prefix; the name is what its certificate must have
 * @host: the Host header's line, if that is not the URL's; or NULL
 * @connect_to: where to go instead of the URL's host; or NULL
 * @proxy: or NULL: as the environment has it
 * @agent: the User-Agent
 * @secure: by TLS
 * @proxied: a proxy is named, here or by the environment
 */
struct kvip_server {
	char *url;
	char *host;
	struct curl_slist *connect_to;
	char *proxy;
	char *agent;
	bool secure;
	bool proxied;
};

/* kvip_server_init() - the server of a kubeconfig; 0, or -1 if it is no URL */
int kvip_server_init(struct kvip_server *server,
		     const struct kvip_kubeconfig *config, const char *agent,
		     struct kvip_err *err);

/* kvip_server_free() - give back what is in it */
void kvip_server_free(struct kvip_server *server);

/**
 * struct kvip_transfer_spec - what to ask, and how
 * @server: whom
 * @tls: certificates
 * @method: "GET", ...
 * @path: behind the URL
 * @body: JSON, or NULL; copied
 * @authorization: the header's line, or NULL
 * @cert: of an exec plugin, or NULL
 * @key: for @cert
 * @patient: silence is fine
 * @milliseconds: the longest that it may take; 0: no bound
 * @write: libcurl's write function
 * @arg: for @write; CURLINFO_PRIVATE too
 */
struct kvip_transfer_spec {
	const struct kvip_server *server;
	const struct kvip_tls *tls;
	const char *method;
	const char *path;
	const char *body;
	const char *authorization;
	const char *cert;
	const char *key;
	bool patient;
	long milliseconds;
	size_t (*write)(char *bytes, size_t one, size_t len, void *arg);
	void *arg;
};

struct kvip_transfer {
	CURL *easy; /* NULL: none */
	struct curl_slist *headers;
	char words[CURL_ERROR_SIZE]; /* libcurl's, when it failed */
};

/* kvip_transfer_begin() - make @easy, to be added to a multi; 0 or -1 */
int kvip_transfer_begin(struct kvip_transfer *transfer,
			const struct kvip_transfer_spec *spec,
			struct kvip_err *err);

/* kvip_transfer_end() - give it back, out of its multi; nothing if it is none */
void kvip_transfer_end(struct kvip_transfer *transfer);

#endif /* KVIP_API_HTTP_TRANSFER_H */
