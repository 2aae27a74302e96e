// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "file_text.h"
#include "kubeconfig.h"
#include "tls.h"

/* Files are looked at for each request, and read at least this often. */
#define MAX_AGE 60.0

struct part {
	const struct kvip_pem *pem;
	struct kvip_file_text file;
};

struct kvip_tls {
	bool insecure;
	struct part ca;
	struct part cert;
	struct part key;
	bool read;
};

static void set_part(struct part *part, const struct kvip_pem *pem)
{
	part->pem = pem;
	if (pem->file)
		part->file.path = kvip_strdup(pem->file);
}

struct kvip_tls *kvip_tls_new(const struct kvip_kubeconfig *config)
{
	struct kvip_tls *tls = kvip_alloc(sizeof(*tls));

	tls->insecure = config->insecure;
	set_part(&tls->ca, &config->ca);
	set_part(&tls->cert, &config->cert);
	set_part(&tls->key, &config->key);
	return tls;
}

void kvip_tls_free(struct kvip_tls *tls)
{
	if (!tls)
		return;
	kvip_file_text_free(&tls->ca.file);
	kvip_file_text_free(&tls->cert.file);
	kvip_file_text_free(&tls->key.file);
	free(tls);
}

static int refresh_part(struct part *part, bool *changed, struct kvip_err *err)
{
	if (!part->file.path)
		return 0;
	return kvip_file_text_refresh(&part->file, MAX_AGE, changed, err);
}

int kvip_tls_refresh(struct kvip_tls *tls, bool *changed, struct kvip_err *err)
{
	bool other = false;

	if (refresh_part(&tls->ca, &other, err) ||
	    refresh_part(&tls->cert, &other, err) ||
	    refresh_part(&tls->key, &other, err))
		return -1;
	/* the first time there are no connections */
	if (other && tls->read)
		*changed = true;
	tls->read = true;
	return 0;
}

static struct curl_blob blob_of(const char *text, size_t len)
{
	struct curl_blob blob = {
		.data = (void *)text,
		.len = len,
		.flags = CURL_BLOB_COPY,
	};

	return blob;
}

/* No bytes: there is none. */
static struct curl_blob part_blob(const struct part *part)
{
	if (part->pem->data)
		return blob_of(part->pem->data, part->pem->len);
	return blob_of(part->file.text, part->file.len);
}

bool kvip_tls_own_ca(const struct kvip_tls *tls)
{
	return tls->ca.pem->data || tls->ca.pem->file;
}

static void apply_ca(const struct kvip_tls *tls, CURL *easy)
{
	struct curl_blob ca = part_blob(&tls->ca);

	if (tls->insecure) {
		curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 0L);
		curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 0L);
		return;
	}
	if (!kvip_tls_own_ca(tls))
		return;
	curl_easy_setopt(easy, CURLOPT_CAINFO_BLOB, &ca);
	/* the cluster's CA instead of the system's, not besides */
	curl_easy_setopt(easy, CURLOPT_CAINFO, NULL);
	curl_easy_setopt(easy, CURLOPT_CAPATH, NULL);
}

void kvip_tls_apply(const struct kvip_tls *tls, CURL *easy, const char *cert,
		    const char *key)
{
	struct curl_blob cert_blob = part_blob(&tls->cert);
	struct curl_blob key_blob = part_blob(&tls->key);

	curl_easy_setopt(easy, CURLOPT_SSLVERSION,
			 (long)CURL_SSLVERSION_TLSv1_2);
	apply_ca(tls, easy);
	if (cert && key) {
		cert_blob = blob_of(cert, strlen(cert));
		key_blob = blob_of(key, strlen(key));
	}
	if (!cert_blob.len || !key_blob.len)
		return;
	curl_easy_setopt(easy, CURLOPT_SSLCERT_BLOB, &cert_blob);
	curl_easy_setopt(easy, CURLOPT_SSLKEY_BLOB, &key_blob);
}
