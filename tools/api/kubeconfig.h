/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where the API server is and who we are to it: a kubeconfig, or what a pod
 * finds in its file system. Only what the words say; files are read when a
 * connection is made, because they are replaced while we run.
 */
#ifndef KVIP_API_KUBECONFIG_H
#define KVIP_API_KUBECONFIG_H

#include <stdbool.h>
#include <stddef.h>

#include "err.h"

/* What a pod's service account has, as the kubelet mounts it. */
#define KVIP_SERVICE_ACCOUNT "/var/run/secrets/kubernetes.io/serviceaccount"

/* A certificate or key: in a file, or here. */
struct kvip_pem {
	char *file; /* NULL: none, or data */
	char *data; /* decoded from base64, NUL-terminated; NULL: none */
	size_t len;
};

/* The users[].user.exec of a kubeconfig: client.authentication.k8s.io. */
struct kvip_exec {
	char *command; /* NULL: none. With a slash it is a path, made absolute */
	char **args; /* NULL-terminated, without the command */
	char **env; /* "NAME=VALUE", NULL-terminated, added to ours */
	char *version; /* apiVersion: .../v1 or .../v1beta1 */
	char *hint; /* installHint, or NULL */
	bool cluster_info; /* provideClusterInfo */
	char *cluster_config; /* JSON for it, of the cluster's extension; or NULL */
};

struct kvip_kubeconfig {
	char *name; /* what errors call it: the path, or "in-cluster" */
	char *context; /* the context's name; NULL in a cluster */
	char *server; /* http(s)://HOST[:PORT][/PREFIX], no '/' at the end */
	char *tls_name; /* tls-server-name, or NULL */
	char *proxy; /* proxy-url, or NULL: as the environment has it */
	bool insecure; /* insecure-skip-tls-verify */
	struct kvip_pem ca;
	struct kvip_pem cert;
	struct kvip_pem key;
	char *token; /* a bearer token, or NULL */
	char *token_file; /* wins over @token, as in client-go; or NULL */
	char *username; /* basic authentication, or NULL */
	char *password;
	struct kvip_exec exec;
	char *ns; /* the context's namespace; "default" */
};

/**
 * kvip_kubeconfig_read() - read a kubeconfig, YAML or JSON
 * @path: the file; paths within are relative to its folder
 * @context: the context to take, or NULL: its current-context
 * @config: filled in; free with kvip_kubeconfig_free()
 * @err: "PATH: what is wrong", naming the field
 *
 * Return: 0 or -1.
 */
int kvip_kubeconfig_read(const char *path, const char *context,
			 struct kvip_kubeconfig *config, struct kvip_err *err);

/**
 * kvip_kubeconfig_in_cluster() - what a pod has
 * @root: where the service account is mounted; NULL: %KVIP_SERVICE_ACCOUNT
 * @config: filled in from there, KUBERNETES_SERVICE_HOST and ..._PORT
 * @err: why not
 *
 * Return: 0 or -1.
 */
int kvip_kubeconfig_in_cluster(const char *root, struct kvip_kubeconfig *config,
			       struct kvip_err *err);

/* kvip_kubeconfig_free() - give back everything; keys are wiped */
void kvip_kubeconfig_free(struct kvip_kubeconfig *config);

#endif /* KVIP_API_KUBECONFIG_H */
