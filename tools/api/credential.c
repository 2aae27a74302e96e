// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "base64.h"
#include "clock.h"
#include "credential.h"
#include "exec_plugin.h"
#include "file_text.h"
#include "kubeconfig.h"

/* A token's file is looked at for each request, and read at least this often. */
#define MAX_AGE 60.0

struct kvip_credential {
	struct event_base *base;
	const struct kvip_kubeconfig *config;
	void (*told)(void *arg);
	void *arg;

	struct kvip_file_text token_file;
	bool refused; /* by the server */
	char *authorization; /* the header's line, or NULL */
	unsigned int age;

	struct kvip_exec_plugin *plugin; /* that runs, or NULL */
	struct kvip_exec_credential given;
	bool has_given;
	bool failed; /* the last plugin did, for the reason in err */
	bool fresh; /* those who waited for what it gave are being told */
	struct kvip_err err;
};

static void set_line(struct kvip_credential *credential, const char *scheme,
		     const char *words)
{
	size_t size = strlen(scheme) + strlen(words) + 32;
	char *line = kvip_alloc(size);

	snprintf(line, size, "Authorization: %s %s", scheme, words);
	if (credential->authorization)
		explicit_bzero(credential->authorization,
			       strlen(credential->authorization));
	free(credential->authorization);
	credential->authorization = line;
}

/* A token without the blanks around it, which must have none within. */
static int set_token(struct kvip_credential *credential, const char *text,
		     const char *where, struct kvip_err *err)
{
	static const char blanks[] = " \t\r\n";
	const char *begin = text + strspn(text, blanks);
	size_t i, len = strlen(begin);
	char *token;

	while (len && strchr(blanks, begin[len - 1]))
		len--;
	if (!len)
		return kvip_err_set(err, "%s: there is no token in it", where);
	for (i = 0; i < len; i++)
		if ((unsigned char)begin[i] <= ' ' || begin[i] == 0x7f)
			return kvip_err_set(
				err,
				"%s: expected a token, found one with a blank or control character in it",
				where);
	token = kvip_strdup(begin);
	token[len] = '\0';
	set_line(credential, "Bearer", token);
	explicit_bzero(token, len);
	free(token);
	return 0;
}

static void set_basic(struct kvip_credential *credential)
{
	const struct kvip_kubeconfig *config = credential->config;
	const char *name = config->username ? config->username : "";
	const char *password = config->password ? config->password : "";
	size_t size = strlen(name) + strlen(password) + 2;
	char *pair = kvip_alloc(size), *text;

	snprintf(pair, size, "%s:%s", name, password);
	text = kvip_base64_encode(pair, size - 1);
	set_line(credential, "Basic", text);
	explicit_bzero(pair, size);
	explicit_bzero(text, strlen(text));
	free(pair);
	free(text);
}

struct kvip_credential *
kvip_credential_new(struct event_base *base,
		    const struct kvip_kubeconfig *config,
		    void (*told)(void *arg), void *arg)
{
	struct kvip_credential *credential = kvip_alloc(sizeof(*credential));

	credential->base = base;
	credential->config = config;
	credential->told = told;
	credential->arg = arg;
	credential->age = 1;
	if (config->token_file)
		credential->token_file.path = kvip_strdup(config->token_file);
	if (config->username || config->password)
		set_basic(credential);
	return credential;
}

void kvip_credential_free(struct kvip_credential *credential)
{
	if (!credential)
		return;
	kvip_exec_plugin_cancel(credential->plugin);
	kvip_exec_credential_free(&credential->given);
	kvip_file_text_free(&credential->token_file);
	if (credential->authorization)
		explicit_bzero(credential->authorization,
			       strlen(credential->authorization));
	free(credential->authorization);
	free(credential);
}

static enum kvip_credential_state
get_token_file(struct kvip_credential *credential, struct kvip_err *err)
{
	struct kvip_file_text *file = &credential->token_file;
	bool changed = false;

	if (kvip_file_text_refresh(file, credential->refused ? 0 : MAX_AGE,
				   &changed, err))
		return KVIP_CREDENTIAL_FAILED;
	credential->refused = false;
	if (!changed && credential->authorization)
		return KVIP_CREDENTIAL_READY;
	if (set_token(credential, file->text, file->path, err))
		return KVIP_CREDENTIAL_FAILED;
	credential->age++;
	return KVIP_CREDENTIAL_READY;
}

static enum kvip_credential_state get_token(struct kvip_credential *credential,
					    struct kvip_err *err)
{
	const struct kvip_kubeconfig *config = credential->config;

	if (!credential->authorization &&
	    set_token(credential, config->token, config->name, err))
		return KVIP_CREDENTIAL_FAILED;
	return KVIP_CREDENTIAL_READY;
}

static int take_given(struct kvip_credential *credential,
		      struct kvip_exec_credential *given, struct kvip_err *err)
{
	kvip_exec_credential_free(&credential->given);
	credential->given = *given;
	memset(given, 0, sizeof(*given));
	credential->has_given = true;
	credential->refused = false;
	credential->age++;
	if (credential->given.token)
		return set_token(credential, credential->given.token,
				 credential->config->exec.command, err);
	free(credential->authorization);
	credential->authorization = NULL;
	return 0;
}

static void on_plugin(void *arg, struct kvip_exec_credential *given,
		      const struct kvip_err *err)
{
	struct kvip_credential *credential = arg;

	credential->plugin = NULL;
	credential->failed = !given;
	if (!given)
		credential->err = *err;
	else if (take_given(credential, given, &credential->err))
		credential->failed = true;
	if (credential->failed)
		credential->has_given = false;
	credential->fresh = !credential->failed;
	credential->told(credential->arg);
	/* those who waited were told; the next one has it run again */
	credential->failed = false;
	credential->fresh = false;
}

static bool is_good(const struct kvip_credential *credential)
{
	double expires = credential->given.expires;

	if (!credential->has_given || credential->refused)
		return false;
	/* what has ended when it comes is tried once, rather than asked for again */
	if (credential->fresh)
		return true;
	return expires == 0 || kvip_clock_unix() < expires;
}

static enum kvip_credential_state get_given(struct kvip_credential *credential,
					    struct kvip_err *err)
{
	if (credential->plugin)
		return KVIP_CREDENTIAL_PENDING;
	if (credential->failed) {
		*err = credential->err;
		return KVIP_CREDENTIAL_FAILED;
	}
	if (is_good(credential))
		return KVIP_CREDENTIAL_READY;
	credential->plugin = kvip_exec_plugin_start(credential->base,
						    credential->config,
						    KVIP_EXEC_PLUGIN_SECONDS,
						    on_plugin, credential, err);
	return credential->plugin ? KVIP_CREDENTIAL_PENDING :
				    KVIP_CREDENTIAL_FAILED;
}

enum kvip_credential_state
kvip_credential_get(struct kvip_credential *credential, struct kvip_err *err)
{
	const struct kvip_kubeconfig *config = credential->config;

	if (config->token_file)
		return get_token_file(credential, err);
	if (config->token)
		return get_token(credential, err);
	if (config->exec.command && !config->username)
		return get_given(credential, err);
	return KVIP_CREDENTIAL_READY;
}

const char *
kvip_credential_authorization(const struct kvip_credential *credential)
{
	return credential->authorization;
}

const char *kvip_credential_cert(const struct kvip_credential *credential,
				 const char **key)
{
	*key = credential->given.key;
	return credential->given.cert;
}

unsigned int kvip_credential_age(const struct kvip_credential *credential)
{
	return credential->age;
}

bool kvip_credential_refuse(struct kvip_credential *credential,
			    unsigned int age)
{
	const struct kvip_kubeconfig *config = credential->config;

	if (!config->token_file &&
	    (config->token || config->username || !config->exec.command))
		return false;
	if (age == credential->age)
		credential->refused = true;
	return true;
}
