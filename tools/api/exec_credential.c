// SPDX-License-Identifier: GPL-2.0-or-later
/* The words between a plugin and us: ExecCredential, both ways. */
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "alloc.h"
#include "base64.h"
#include "exec_plugin.h"
#include "field.h"
#include "file_text.h"
#include "kubeconfig.h"

static void wipe(char *text)
{
	if (text)
		explicit_bzero(text, strlen(text));
	free(text);
}

void kvip_exec_credential_free(struct kvip_exec_credential *credential)
{
	wipe(credential->token);
	wipe(credential->cert);
	wipe(credential->key);
	memset(credential, 0, sizeof(*credential));
}

/* "Z", "+01:00" or "-01:00" as seconds east of Greenwich */
static bool parse_zone(const char *text, long *seconds)
{
	unsigned int hours, minutes;
	int end = 0;

	*seconds = 0;
	if (!strcmp(text, "Z"))
		return true;
	if (*text != '+' && *text != '-')
		return false;
	if (sscanf(text + 1, "%2u:%2u%n", &hours, &minutes, &end) != 2 ||
	    end != 5 || text[6] || hours > 23 || minutes > 59)
		return false;
	*seconds = (long)(hours * 3600 + minutes * 60);
	if (*text == '-')
		*seconds = -*seconds;
	return true;
}

/* RFC 3339, as Unix time without the part of a second. */
static bool parse_time(const char *text, double *time)
{
	struct tm tm = { 0 };
	const char *rest = strptime(text, "%Y-%m-%dT%H:%M:%S", &tm);
	long zone;

	if (!rest)
		return false;
	if (*rest == '.') {
		size_t digits = strspn(rest + 1, "0123456789");

		if (!digits)
			return false;
		rest += 1 + digits;
	}
	if (!parse_zone(rest, &zone))
		return false;
	*time = (double)(timegm(&tm) - zone);
	return true;
}

static int take_text(const struct kvip_field *parent, const char *name,
		     char **text, struct kvip_err *err)
{
	struct kvip_field field = kvip_field_member(parent, name);
	const char *words;

	if (kvip_field_text(&field, &words, err))
		return -1;
	if (words && *words)
		*text = kvip_strdup(words);
	return 0;
}

static int take_expiry(const struct kvip_field *status, double *expires,
		       struct kvip_err *err)
{
	struct kvip_field field;
	const char *text;

	field = kvip_field_member(status, "expirationTimestamp");
	if (kvip_field_text(&field, &text, err))
		return -1;
	if (text && *text && !parse_time(text, expires))
		return kvip_field_expected(
			&field, "a time such as 2026-01-02T15:04:05Z", err);
	return 0;
}

static int need_text(const struct kvip_field *root, const char *name,
		     const char *wanted, struct kvip_err *err)
{
	struct kvip_field field = kvip_field_member(root, name);
	const char *text;

	if (kvip_field_text(&field, &text, err))
		return -1;
	return text && !strcmp(text, wanted) ?
		       0 :
		       kvip_field_expected(&field, wanted, err);
}

static int take_status(const struct kvip_field *root, const char *version,
		       struct kvip_exec_credential *credential,
		       struct kvip_err *err)
{
	struct kvip_field status;

	if (need_text(root, "kind", "ExecCredential", err) ||
	    need_text(root, "apiVersion", version, err) ||
	    kvip_field_object(root, "status", &status, err))
		return -1;
	if (!status.value)
		return kvip_field_expected(&status, "an object", err);
	if (take_text(&status, "token", &credential->token, err) ||
	    take_text(&status, "clientCertificateData", &credential->cert,
		      err) ||
	    take_text(&status, "clientKeyData", &credential->key, err) ||
	    take_expiry(&status, &credential->expires, err))
		return -1;
	if (!credential->cert != !credential->key)
		return kvip_field_fail(
			&status, err,
			"there is one of clientCertificateData and clientKeyData without the other");
	if (!credential->token && !credential->cert)
		return kvip_field_fail(&status, err,
				       "there is no token and no certificate");
	return 0;
}

int kvip_exec_credential_parse(const char *text, size_t len,
			       const char *version,
			       struct kvip_exec_credential *credential,
			       struct kvip_err *err)
{
	struct json_tokener *tokener = json_tokener_new();
	struct kvip_field root = { 0 };
	int ret;

	memset(credential, 0, sizeof(*credential));
	if (!tokener)
		return kvip_err_set(err, "out of memory");
	root.value = json_tokener_parse_ex(tokener, text, (int)len);
	json_tokener_free(tokener);
	ret = json_object_is_type(root.value, json_type_object) ?
		      take_status(&root, version, credential, err) :
		      kvip_err_set(err, "expected an ExecCredential in JSON");
	json_object_put(root.value);
	if (ret)
		kvip_exec_credential_free(credential);
	return ret;
}

static void add_text(struct json_object *object, const char *name,
		     const char *text)
{
	if (text)
		json_object_object_add(object, name,
				       json_object_new_string(text));
}

static void add_ca(struct json_object *cluster, const struct kvip_pem *ca)
{
	struct kvip_err ignored;
	char *text = ca->data, *encoded;
	size_t len = ca->len;

	/* without it the plugin has nothing to say about TLS: its business */
	if (!text &&
	    (!ca->file || kvip_file_text_read(ca->file, &text, &len, &ignored)))
		return;
	encoded = kvip_base64_encode(text, len);
	add_text(cluster, "certificate-authority-data", encoded);
	free(encoded);
	if (text != ca->data)
		free(text);
}

static struct json_object *cluster_json(const struct kvip_kubeconfig *config)
{
	struct json_object *cluster = json_object_new_object();

	add_text(cluster, "server", config->server);
	add_text(cluster, "tls-server-name", config->tls_name);
	if (config->insecure)
		json_object_object_add(cluster, "insecure-skip-tls-verify",
				       json_object_new_boolean(1));
	add_ca(cluster, &config->ca);
	add_text(cluster, "proxy-url", config->proxy);
	if (config->exec.cluster_config)
		json_object_object_add(
			cluster, "config",
			json_tokener_parse(config->exec.cluster_config));
	return cluster;
}

char *kvip_exec_plugin_info(const struct kvip_kubeconfig *config)
{
	struct json_object *info = json_object_new_object();
	struct json_object *spec = json_object_new_object();
	char *text;

	add_text(info, "kind", "ExecCredential");
	add_text(info, "apiVersion", config->exec.version);
	if (config->exec.cluster_info)
		json_object_object_add(spec, "cluster", cluster_json(config));
	json_object_object_add(spec, "interactive", json_object_new_boolean(0));
	json_object_object_add(info, "spec", spec);
	text = kvip_strdup(json_object_to_json_string_ext(
		info, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE));
	json_object_put(info);
	return text;
}
