// SPDX-License-Identifier: GPL-2.0-or-later
/* Where the server is and who we are to it, from the command line. */
#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>

#include "access_remote.h"
#include "alloc.h"

static bool is_part(CURLU *url, CURLUPart part, const char *wanted)
{
	char *text = NULL;
	bool is;

	/* without @wanted: that it is not there */
	if (curl_url_get(url, part, &text, 0))
		return !wanted;
	is = wanted && !strcmp(text, wanted);
	curl_free(text);
	return is;
}

static bool is_server(const char *text)
{
	CURLU *url = curl_url();
	bool is;

	is = url && strstr(text, "://") &&
	     !curl_url_set(url, CURLUPART_URL, text,
			   CURLU_NON_SUPPORT_SCHEME) &&
	     (is_part(url, CURLUPART_SCHEME, "https") ||
	      is_part(url, CURLUPART_SCHEME, "http")) &&
	     is_part(url, CURLUPART_USER, NULL) &&
	     is_part(url, CURLUPART_QUERY, NULL) &&
	     is_part(url, CURLUPART_FRAGMENT, NULL);
	curl_url_cleanup(url);
	return is;
}

static void replace(char **text, const char *by)
{
	free(*text);
	*text = by ? kvip_strdup(by) : NULL;
}

static int take_server(const char *server, struct kvip_kubeconfig *config,
		       struct kvip_err *err)
{
	size_t len;

	if (!is_server(server))
		return kvip_err_set(
			err,
			"--server: expected a URL such as https://192.0.2.1:6443, found \"%s\"",
			server);
	replace(&config->server, server);
	len = strlen(config->server);
	while (config->server[len - 1] == '/')
		config->server[--len] = '\0';
	/* it was for another server's certificate */
	replace(&config->tls_name, NULL);
	return 0;
}

/* Another CA than the kubeconfig's, or none. */
static void take_authority(const char *file, bool insecure,
			   struct kvip_kubeconfig *config)
{
	if (!file && !insecure)
		return;
	replace(&config->ca.file, file);
	replace(&config->ca.data, NULL);
	config->ca.len = 0;
	config->insecure = insecure;
}

static int take_options(const struct kvip_access_options *options,
			struct kvip_kubeconfig *config, struct kvip_err *err)
{
	if (!options->server)
		return 0;
	if (take_server(options->server, config, err))
		return -1;
	take_authority(options->ca_file, options->insecure, config);
	if (options->token_file)
		replace(&config->token_file, options->token_file);
	return 0;
}

int kvip_access_server_config(const struct kvip_access_options *options,
			      struct kvip_kubeconfig *config,
			      struct kvip_err *err)
{
	memset(config, 0, sizeof(*config));
	if (options->kubeconfig) {
		if (kvip_kubeconfig_read(options->kubeconfig, options->context,
					 config, err))
			return -1;
	} else {
		config->name = kvip_strdup("--server");
		config->ns = kvip_strdup("default");
	}
	if (!take_options(options, config, err))
		return 0;
	kvip_kubeconfig_free(config);
	return -1;
}
