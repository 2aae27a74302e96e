/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A KubeProxyConfiguration, kubeproxy.config.k8s.io/v1alpha1: what a cluster
 * told its kube-proxy, in terms of kvip.conf.
 */
#ifndef KVIPD_KUBE_PROXY_CONFIG_H
#define KVIPD_KUBE_PROXY_CONFIG_H

#include <stdbool.h>
#include <stddef.h>

#include "err.h"

struct json_object;

/**
 * struct kvip_kube_proxy_value - a key of kvip.conf that is told
 * @key: of the kernel's or of the agent's
 * @value: as in kvip.conf
 * @field: dotted path of the field that tells it
 * @implied: the field is empty, and this is kube-proxy's default for it
 */
struct kvip_kube_proxy_value {
	const char *key;
	char *value;
	const char *field;
	bool implied;
};

/**
 * struct kvip_kube_proxy_ignored - a field that is set and means nothing here
 * @field: its dotted path
 * @why: a few words; NULL: there is no such field in a KubeProxyConfiguration
 */
struct kvip_kube_proxy_ignored {
	char *field;
	const char *why;
};

struct kvip_kube_proxy_config {
	const char *mode; /* "iptables", "ipvs" or "nftables" */
	struct kvip_kube_proxy_value *values;
	size_t n_values;
	struct kvip_kube_proxy_ignored *ignored;
	size_t n_ignored;
	char *origin; /* "FILE:LINE", for errors */
};

/**
 * kvip_kube_proxy_config_read() - read one
 * @path: YAML or JSON: the object, or a ConfigMap that has it in its data, as
 *	kubeadm (config.conf) and others (config) put it there; objects of other
 *	kinds beside it are passed over
 * @config: filled in; free with kvip_kube_proxy_config_free()
 * @err: "FILE:LINE: " and why not, naming the field
 *
 * A field that is set to something else than its zero value is either a value
 * or ignored. Values are checked when they are given to their keys.
 *
 * Return: 0, or -1; nothing to free then.
 */
int kvip_kube_proxy_config_read(const char *path,
				struct kvip_kube_proxy_config *config,
				struct kvip_err *err);

/* kvip_kube_proxy_config_free() - give back everything */
void kvip_kube_proxy_config_free(struct kvip_kube_proxy_config *config);

/**
 * kvip_kube_proxy_fields_ignored() - collect what is set and not a value
 * @object: a KubeProxyConfiguration
 * @config: @values tell what is applied; @ignored is filled in
 */
void kvip_kube_proxy_fields_ignored(struct json_object *object,
				    struct kvip_kube_proxy_config *config);

#endif /* KVIPD_KUBE_PROXY_CONFIG_H */
