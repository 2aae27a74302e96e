// SPDX-License-Identifier: GPL-2.0-or-later
/* All fields of a KubeProxyConfiguration, and which of those set are ignored. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#include "alloc.h"
#include "duration.h"
#include "kube_proxy_config.h"

static const char sysctls[] = "kvip leaves sysctls alone";
static const char no_mark[] = "kvip needs no mark on packets";
static const char windows[] = "it is for Windows";
static const char no_ipvs[] = "there is no IPVS";
static const char not_now[] = "it does not apply in this mode";
static const char no_detector[] = "detectLocalMode asks for another";
static const char own_log[] = "kvipd has log-level";
static const char client[] = "kvipd's client needs none of it";
static const char not_here[] = "kvip has nothing like it";
static const char obsolete[] = "it has no meaning any more";
static const char own_node[] = "addresses are those that the Node tells";
static const char by_watch[] = "kvipd hears of changes at once";

/*
 * What its fields are, of all versions, so that a word that is none is told from
 * one that does not apply. Behind "*" are maps and what is of no interest. The
 * linux section and those beside it are as of its internal form.
 */
static const struct {
	const char *path;
	const char *why;
} fields[] = {
	{ "apiVersion", NULL },
	{ "kind", NULL },
	{ "bindAddress", own_node },
	{ "bindAddressHardFail", not_here },
	{ "clientConnection.acceptContentTypes", client },
	{ "clientConnection.burst", client },
	{ "clientConnection.contentType", client },
	{ "clientConnection.kubeconfig", NULL },
	{ "clientConnection.qps", client },
	{ "clusterCIDR", no_detector },
	{ "configSyncPeriod", by_watch },
	{ "conntrack.max", sysctls },
	{ "conntrack.maxPerCore", sysctls },
	{ "conntrack.min", sysctls },
	{ "conntrack.tcpBeLiberal", sysctls },
	{ "conntrack.tcpCloseWaitTimeout", sysctls },
	{ "conntrack.tcpEstablishedTimeout", sysctls },
	{ "conntrack.udpStreamTimeout", sysctls },
	{ "conntrack.udpTimeout", sysctls },
	{ "detectLocal.bridgeInterface", no_detector },
	{ "detectLocal.clusterCIDRs", no_detector },
	{ "detectLocal.interfaceNamePrefix", no_detector },
	{ "detectLocalMode", NULL },
	{ "enableProfiling", not_here },
	{ "featureGates.*", not_here },
	{ "healthzBindAddress", NULL },
	{ "hostnameOverride", NULL },
	{ "iptables.localhostNodePorts", not_now },
	{ "iptables.masqueradeAll", not_now },
	{ "iptables.masqueradeBit", no_mark },
	{ "iptables.minSyncPeriod", not_now },
	{ "iptables.snatNodeInternalIP", not_here },
	{ "iptables.syncPeriod", not_now },
	{ "ipvs.excludeCIDRs", no_ipvs },
	{ "ipvs.masqueradeBit", no_mark },
	{ "ipvs.minSyncPeriod", not_now },
	{ "ipvs.scheduler", no_ipvs },
	{ "ipvs.strictARP", no_ipvs },
	{ "ipvs.syncPeriod", not_now },
	{ "ipvs.tcpFinTimeout", no_ipvs },
	{ "ipvs.tcpTimeout", no_ipvs },
	{ "ipvs.udpTimeout", no_ipvs },
	{ "linux.conntrack.max", sysctls },
	{ "linux.conntrack.maxPerCore", sysctls },
	{ "linux.conntrack.min", sysctls },
	{ "linux.conntrack.tcpBeLiberal", sysctls },
	{ "linux.conntrack.tcpCloseWaitTimeout", sysctls },
	{ "linux.conntrack.tcpEstablishedTimeout", sysctls },
	{ "linux.conntrack.udpStreamTimeout", sysctls },
	{ "linux.conntrack.udpTimeout", sysctls },
	{ "linux.masqueradeAll", not_now },
	{ "linux.oomScoreAdj", not_here },
	{ "logging.*", own_log },
	{ "metricsBindAddress", NULL },
	{ "minSyncPeriod", not_now },
	{ "mode", NULL },
	{ "nftables.masqueradeAll", not_now },
	{ "nftables.masqueradeBit", no_mark },
	{ "nftables.minSyncPeriod", not_now },
	{ "nftables.syncPeriod", not_now },
	{ "nodePortAddresses", NULL },
	{ "oomScoreAdj", not_here },
	{ "portRange", obsolete },
	{ "resourceContainer", obsolete },
	{ "showHiddenMetricsForVersion", not_here },
	{ "syncPeriod", not_now },
	{ "udpIdleTimeout", obsolete },
	{ "windows.runAsService", windows },
	{ "windowsRunAsService", windows },
	{ "winkernel.enableDSR", windows },
	{ "winkernel.forwardHealthCheckVip", windows },
	{ "winkernel.networkName", windows },
	{ "winkernel.rootHnsEndpointName", windows },
	{ "winkernel.sourceVip", windows },
};

#define N_FIELDS (sizeof(fields) / sizeof(fields[0]))

/* How a path is known. */
enum known {
	UNKNOWN,
	FIELD,
	OBJECT, /* that has known fields in it */
};

static enum known look_up(const char *path, const char **why)
{
	size_t len = strlen(path), i;

	for (i = 0; i < N_FIELDS; i++) {
		const char *field = fields[i].path;
		size_t stem = strcspn(field, "*");

		*why = fields[i].why;
		if (!strcmp(path, field))
			return FIELD;
		if (field[stem] && !strncmp(path, field, stem))
			return FIELD;
		if (!strncmp(path, field, len) && field[len] == '.')
			return OBJECT;
	}
	*why = NULL;
	return UNKNOWN;
}

static bool is_zero(struct json_object *value)
{
	double seconds;
	const char *text;

	switch (json_object_get_type(value)) {
	case json_type_null:
		return true;
	case json_type_boolean:
		return !json_object_get_boolean(value);
	case json_type_int:
	case json_type_double:
		return json_object_get_double(value) == 0;
	case json_type_string:
		text = json_object_get_string(value);
		/* bindAddress, which kubeadm writes out, means nothing then */
		if (!strcmp(text, "0.0.0.0") || !strcmp(text, "::"))
			return true;
		return !*text ||
		       (kvip_duration_parse(text, &seconds) && !seconds);
	case json_type_array:
		return !json_object_array_length(value);
	case json_type_object:
		return !json_object_object_length(value);
	}
	return false;
}

static bool is_value(const struct kvip_kube_proxy_config *config,
		     const char *path)
{
	size_t i;

	for (i = 0; i < config->n_values; i++)
		if (!config->values[i].implied &&
		    !strcmp(config->values[i].field, path))
			return true;
	return false;
}

/* Those without a reason tell something else than a key, or what fits already. */
static void look_at(struct kvip_kube_proxy_config *config, const char *path,
		    struct json_object *value, enum known known,
		    const char *why)
{
	struct kvip_kube_proxy_ignored *ignored;

	if (known == UNKNOWN ? !value : is_zero(value))
		return;
	if (known == FIELD && (!why || is_value(config, path)))
		return;
	config->ignored = kvip_grow(config->ignored, config->n_ignored,
				    sizeof(*config->ignored));
	ignored = &config->ignored[config->n_ignored++];
	ignored->field = kvip_strdup(path);
	ignored->why = why;
}

static void walk(struct kvip_kube_proxy_config *config, const char *parent,
		 struct json_object *object)
{
	json_object_object_foreach(object, name, value)
	{
		size_t size = strlen(parent) + strlen(name) + 2;
		char *path = kvip_alloc(size);
		enum known known;
		const char *why;

		snprintf(path, size, "%s%s%s", parent, *parent ? "." : "",
			 name);
		known = look_up(path, &why);
		/* into what is known, and to the ends of what is not looked at */
		if (known != UNKNOWN &&
		    json_object_is_type(value, json_type_object))
			walk(config, path, value);
		else
			look_at(config, path, value, known, why);
		free(path);
	}
}

void kvip_kube_proxy_fields_ignored(struct json_object *object,
				    struct kvip_kube_proxy_config *config)
{
	walk(config, "", object);
}
