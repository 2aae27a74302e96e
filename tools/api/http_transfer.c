// SPDX-License-Identifier: GPL-2.0-or-later
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "alloc.h"
#include "http_transfer.h"
#include "kubeconfig.h"
#include "tls.h"

#define CONNECT_SECONDS 10L

/* A peer that is gone is noticed 25 seconds after its last word. */
#define KEEPALIVE_IDLE 10L
#define KEEPALIVE_INTERVAL 5L
#define KEEPALIVE_COUNT 3
#define USER_TIMEOUT_MS 25000

/*
 * The certificate is to be for another name than the host's: the URL has that
 * name, so that SNI and the check go by it, and the connection another host.
 */
static int rename_server(struct kvip_server *server, const char *name)
{
	char *host = NULL, *port = NULL, *url_text = NULL;
	CURLU *url = curl_url();
	char line[1024];
	int ret = -1;

	if (!url || curl_url_set(url, CURLUPART_URL, server->url, 0) ||
	    curl_url_get(url, CURLUPART_HOST, &host, 0) ||
	    curl_url_get(url, CURLUPART_PORT, &port, CURLU_DEFAULT_PORT) ||
	    curl_url_set(url, CURLUPART_HOST, name, 0) ||
	    curl_url_get(url, CURLUPART_URL, &url_text, 0))
		goto out;
	snprintf(line, sizeof(line), "Host: %s:%s", host, port);
	server->host = kvip_strdup(line);
	/* any host and port: the URL is the only one there is */
	snprintf(line, sizeof(line), "::%s:%s", host, port);
	server->connect_to = curl_slist_append(NULL, line);
	free(server->url);
	server->url = kvip_strdup(url_text);
	if (server->connect_to)
		ret = 0;
out:
	curl_free(url_text);
	curl_free(port);
	curl_free(host);
	curl_url_cleanup(url);
	return ret;
}

static bool has_proxy_variable(void)
{
	static const char *const names[] = { "http_proxy", "https_proxy",
					     "HTTPS_PROXY", "all_proxy",
					     "ALL_PROXY" };
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const char *value = getenv(names[i]);

		if (value && *value)
			return true;
	}
	return false;
}

int kvip_server_init(struct kvip_server *server,
		     const struct kvip_kubeconfig *config, const char *agent,
		     struct kvip_err *err)
{
	size_t len;

	memset(server, 0, sizeof(*server));
	server->url = kvip_strdup(config->server);
	server->agent = kvip_strdup(agent);
	server->secure = !strncasecmp(config->server, "https:", 6);
	if (config->proxy)
		server->proxy = kvip_strdup(config->proxy);
	server->proxied = config->proxy || has_proxy_variable();
	if (config->tls_name && server->secure &&
	    rename_server(server, config->tls_name))
		return kvip_err_set(
			err, "%s: \"%s\" cannot be a server's name in TLS",
			config->server, config->tls_name);
	/* the path that follows begins with one */
	len = strlen(server->url);
	while (len && server->url[len - 1] == '/')
		server->url[--len] = '\0';
	return 0;
}

void kvip_server_free(struct kvip_server *server)
{
	free(server->url);
	free(server->host);
	curl_slist_free_all(server->connect_to);
	free(server->proxy);
	free(server->agent);
	memset(server, 0, sizeof(*server));
}

static int on_socket(void *arg, curl_socket_t fd, curlsocktype purpose)
{
	int keep_count = KEEPALIVE_COUNT, timeout = USER_TIMEOUT_MS;

	(void)arg;
	(void)purpose;
	/* a plugin that runs has no business with it */
	if (fcntl(fd, F_SETFD, FD_CLOEXEC) ||
	    setsockopt(fd, IPPROTO_TCP, TCP_KEEPCNT, &keep_count,
		       sizeof(keep_count)) ||
	    setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &timeout,
		       sizeof(timeout)))
		return CURL_SOCKOPT_ERROR;
	return CURL_SOCKOPT_OK;
}

static void set_connection(CURL *easy, const struct kvip_transfer_spec *spec)
{
	const struct kvip_server *server = spec->server;

	curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT, CONNECT_SECONDS);
	curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
	curl_easy_setopt(easy, CURLOPT_TCP_KEEPIDLE, KEEPALIVE_IDLE);
	curl_easy_setopt(easy, CURLOPT_TCP_KEEPINTVL, KEEPALIVE_INTERVAL);
	curl_easy_setopt(easy, CURLOPT_SOCKOPTFUNCTION, on_socket);
	if (server->proxy)
		curl_easy_setopt(easy, CURLOPT_PROXY, server->proxy);
	if (server->connect_to)
		curl_easy_setopt(easy, CURLOPT_CONNECT_TO, server->connect_to);
	/* one connection for all where the server speaks HTTP/2 */
	curl_easy_setopt(easy, CURLOPT_HTTP_VERSION,
			 server->secure ? CURL_HTTP_VERSION_2TLS :
					  CURL_HTTP_VERSION_1_1);
	curl_easy_setopt(easy, CURLOPT_PIPEWAIT, server->secure ? 1L : 0L);
	if (server->secure)
		kvip_tls_apply(spec->tls, easy, spec->cert, spec->key);
}

static void set_patience(CURL *easy, const struct kvip_transfer_spec *spec)
{
	curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, spec->milliseconds);
	if (spec->patient)
		return;
	curl_easy_setopt(easy, CURLOPT_LOW_SPEED_LIMIT, 1L);
	curl_easy_setopt(easy, CURLOPT_LOW_SPEED_TIME,
			 (long)KVIP_TRANSFER_STALLED);
	/* servers don't compress watches, and what did would come late */
	curl_easy_setopt(easy, CURLOPT_ACCEPT_ENCODING, "gzip");
}

static void set_method(CURL *easy, const struct kvip_transfer_spec *spec)
{
	if (spec->body) {
		curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE, -1L);
		curl_easy_setopt(easy, CURLOPT_COPYPOSTFIELDS, spec->body);
	}
	if (!strcmp(spec->method, "HEAD"))
		curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
	else
		curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, spec->method);
}

static int add_header(struct kvip_transfer *transfer, const char *line)
{
	struct curl_slist *headers;

	headers = curl_slist_append(transfer->headers, line);
	if (!headers)
		return -1;
	transfer->headers = headers;
	return 0;
}

static int set_headers(struct kvip_transfer *transfer,
		       const struct kvip_transfer_spec *spec)
{
	const char *type = "Content-Type: application/json";

	if (!strcmp(spec->method, "PATCH"))
		type = "Content-Type: application/merge-patch+json";
	if (add_header(transfer, "Accept: application/json") ||
	    (spec->body &&
	     (add_header(transfer, type) || add_header(transfer, "Expect:"))) ||
	    (spec->server->host && add_header(transfer, spec->server->host)) ||
	    (spec->authorization && add_header(transfer, spec->authorization)))
		return -1;
	curl_easy_setopt(transfer->easy, CURLOPT_HTTPHEADER, transfer->headers);
	/* not for a proxy's eyes */
	curl_easy_setopt(transfer->easy, CURLOPT_HEADEROPT,
			 (long)CURLHEADER_SEPARATE);
	curl_easy_setopt(transfer->easy, CURLOPT_USERAGENT,
			 spec->server->agent);
	return 0;
}

static int set_url(CURL *easy, const struct kvip_transfer_spec *spec)
{
	size_t size = strlen(spec->server->url) + strlen(spec->path) + 1;
	char *url = kvip_alloc(size);
	CURLcode result;

	snprintf(url, size, "%s%s", spec->server->url, spec->path);
	result = curl_easy_setopt(easy, CURLOPT_URL, url);
	free(url);
	return result ? -1 : 0;
}

int kvip_transfer_begin(struct kvip_transfer *transfer,
			const struct kvip_transfer_spec *spec,
			struct kvip_err *err)
{
	CURL *easy = curl_easy_init();

	memset(transfer, 0, sizeof(*transfer));
	transfer->easy = easy;
	if (!easy || set_url(easy, spec) || set_headers(transfer, spec)) {
		kvip_transfer_end(transfer);
		return kvip_err_set(err, "libcurl is out of memory");
	}
	set_method(easy, spec);
	set_connection(easy, spec);
	set_patience(easy, spec);
	curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, transfer->words);
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, spec->write);
	curl_easy_setopt(easy, CURLOPT_WRITEDATA, spec->arg);
	curl_easy_setopt(easy, CURLOPT_PRIVATE, spec->arg);
	curl_easy_setopt(easy, CURLOPT_BUFFERSIZE, 65536L);
	return 0;
}

void kvip_transfer_end(struct kvip_transfer *transfer)
{
	curl_easy_cleanup(transfer->easy);
	curl_slist_free_all(transfer->headers);
	memset(transfer, 0, sizeof(*transfer));
}
