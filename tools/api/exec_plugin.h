/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A kubeconfig's exec plugin: a command that prints a credential, in the words
 * of client.authentication.k8s.io. It runs beside the event loop.
 */
#ifndef KVIP_API_EXEC_PLUGIN_H
#define KVIP_API_EXEC_PLUGIN_H

#include <stddef.h>

#include "err.h"

struct event_base;
struct kvip_exec_plugin;
struct kvip_kubeconfig;

/* Bytes of its output at most, and seconds that it may take. */
#define KVIP_EXEC_PLUGIN_MAX 1048576
#define KVIP_EXEC_PLUGIN_SECONDS 60

/**
 * struct kvip_exec_credential - what a plugin gave
 * @token: a bearer token, or NULL
 * @cert: a client's certificate in PEM, or NULL
 * @key: its key; there if @cert is
 * @expires: Unix time after which it is not to be used; 0: it lasts
 */
struct kvip_exec_credential {
	char *token;
	char *cert;
	char *key;
	double expires;
};

/* kvip_exec_credential_free() - wipe and give back what is in it */
void kvip_exec_credential_free(struct kvip_exec_credential *credential);

/**
 * kvip_exec_credential_parse() - what a plugin printed; pure
 * @text: an ExecCredential in JSON
 * @len: bytes of it
 * @version: the apiVersion that it must have
 * @credential: filled in
 * @err: "status.token: expected a string, found ..."
 *
 * Return: 0 or -1.
 */
int kvip_exec_credential_parse(const char *text, size_t len,
			       const char *version,
			       struct kvip_exec_credential *credential,
			       struct kvip_err *err);

/**
 * kvip_exec_plugin_info() - what a plugin is told by KUBERNETES_EXEC_INFO
 * @config: the kubeconfig; a CA's file is read if the plugin asks for it
 *
 * Return: the JSON; free() it.
 */
char *kvip_exec_plugin_info(const struct kvip_kubeconfig *config);

/*
 * It ended: with a credential, which the callee may take by setting its fields
 * to NULL; or @credential is NULL and @err tells why. The plugin is gone.
 */
typedef void (*kvip_exec_plugin_fn)(void *arg,
				    struct kvip_exec_credential *credential,
				    const struct kvip_err *err);

/**
 * kvip_exec_plugin_start() - run it
 * @base: the event loop
 * @config: the kubeconfig; not needed after the call
 * @seconds: that it may take, mostly %KVIP_EXEC_PLUGIN_SECONDS
 * @fn: called when it ends, or took too long and was killed; never before this
 *	returns
 * @arg: for @fn
 * @err: why it can't be run, with the kubeconfig's hint if it is not there
 *
 * Return: the running plugin, or NULL.
 */
struct kvip_exec_plugin *
kvip_exec_plugin_start(struct event_base *base,
		       const struct kvip_kubeconfig *config,
		       unsigned int seconds, kvip_exec_plugin_fn fn, void *arg,
		       struct kvip_err *err);

/* kvip_exec_plugin_cancel() - kill it; nobody is told; NULL is ok */
void kvip_exec_plugin_cancel(struct kvip_exec_plugin *plugin);

#endif /* KVIP_API_EXEC_PLUGIN_H */
