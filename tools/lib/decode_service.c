// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdlib.h>
#include <string.h>

#include <linux/kvip.h>

#include "alloc.h"
#include "decode_kinds.h"

#define LABEL_PROXY_NAME "service.kubernetes.io/service-proxy-name"
#define LABEL_HEADLESS "service.kubernetes.io/headless"

#define AFFINITY_DEFAULT 10800 /* seconds, S47 */
#define AFFINITY_MAX 86400

static int decode_labels(struct kvip_model *model,
			 const struct kvip_field *object, struct kvip_svc *svc,
			 struct kvip_err *err)
{
	const char *value;

	if (kvip_field_label(object, LABEL_HEADLESS, &value, err))
		return -1;
	svc->headless_label = value;
	if (kvip_field_label(object, LABEL_PROXY_NAME, &value, err))
		return -1;
	if (value)
		svc->proxy_name = kvip_intern_get(&model->strings, value);
	return 0;
}

/* An address for clients, which no node may have of its own in this sense. */
static int decode_vip(const struct kvip_field *field, struct kvip_addr *addr,
		      struct kvip_err *err)
{
	const char *special;

	if (kvip_field_addr(field, addr, err))
		return -1;
	special = kvip_addr_special(addr);
	if (special)
		return kvip_field_fail(field, err, "a Service can't have %s",
				       special);
	return 0;
}

static int decode_vips(const struct kvip_field *spec, const char *name,
		       struct kvip_addr **addrs, uint32_t *n_addrs,
		       struct kvip_err *err)
{
	struct kvip_field list;
	uint32_t n, i;

	if (kvip_field_list(spec, name, &list, &n, err))
		return -1;
	*addrs = n ? kvip_alloc(n * sizeof(**addrs)) : NULL;
	*n_addrs = n;
	for (i = 0; i < n; i++) {
		struct kvip_field field = kvip_field_element(&list, i);

		if (decode_vip(&field, &(*addrs)[i], err))
			return -1;
	}
	return 0;
}

static int decode_cluster_ips(const struct kvip_field *spec,
			      struct kvip_svc *svc, struct kvip_err *err)
{
	struct kvip_field list, field = kvip_field_member(spec, "clusterIP");
	const char *text;
	uint32_t n;

	if (kvip_field_text(&field, &text, err) ||
	    kvip_field_list(spec, "clusterIPs", &list, &n, err))
		return -1;
	if (n) {
		field = kvip_field_element(&list, 0);
		if (kvip_field_text(&field, &text, err))
			return -1;
	}
	if (!text || !*text)
		return 0;
	if (!strcmp(text, "None")) {
		svc->headless = true;
		return 0;
	}
	if (n)
		return decode_vips(spec, "clusterIPs", &svc->cluster_ips,
				   &svc->n_cluster_ips, err);
	svc->cluster_ips = kvip_alloc(sizeof(*svc->cluster_ips));
	svc->n_cluster_ips = 1;
	return decode_vip(&field, svc->cluster_ips, err);
}

static int decode_ranges(const struct kvip_field *spec, struct kvip_svc *svc,
			 struct kvip_err *err)
{
	struct kvip_field list;
	uint32_t n, i;

	if (kvip_field_list(spec, "loadBalancerSourceRanges", &list, &n, err))
		return -1;
	if (!n)
		return 0;
	svc->ranges = kvip_alloc(n * sizeof(*svc->ranges));
	svc->n_ranges = n;
	for (i = 0; i < n; i++) {
		struct kvip_field field = kvip_field_element(&list, i);

		if (kvip_field_prefix(&field, &svc->ranges[i], err))
			return -1;
	}
	return 0;
}

static int decode_one_ingress(struct kvip_model *model,
			      const struct kvip_field *element,
			      struct kvip_ingress *ingress,
			      struct kvip_err *err)
{
	struct kvip_field ip, mode, hostname;
	const char *text;

	if (kvip_field_need_object(element, err))
		return -1;
	mode = kvip_field_member(element, "ipMode");
	if (kvip_field_text(&mode, &text, err))
		return -1;
	ingress->vip = !text || !strcmp(text, "VIP");

	hostname = kvip_field_member(element, "hostname");
	if (kvip_field_text(&hostname, &text, err))
		return -1;
	if (text && *text)
		ingress->hostname = kvip_intern_get(&model->strings, text);

	ip = kvip_field_member(element, "ip");
	if (kvip_field_text(&ip, &text, err))
		return -1;
	if (!text || !*text)
		return 0;
	return decode_vip(&ip, &ingress->addr, err);
}

static int decode_ingress(struct kvip_model *model,
			  const struct kvip_field *object, struct kvip_svc *svc,
			  struct kvip_err *err)
{
	struct kvip_field status, load_balancer, list;
	uint32_t n, i;

	if (kvip_field_object(object, "status", &status, err) ||
	    kvip_field_object(&status, "loadBalancer", &load_balancer, err) ||
	    kvip_field_list(&load_balancer, "ingress", &list, &n, err))
		return -1;
	if (!n)
		return 0;
	svc->ingress = kvip_alloc(n * sizeof(*svc->ingress));
	svc->n_ingress = n;
	for (i = 0; i < n; i++) {
		struct kvip_field element = kvip_field_element(&list, i);

		if (decode_one_ingress(model, &element, &svc->ingress[i], err))
			return -1;
	}
	return 0;
}

/* Members of an object are only read for as far as they go. */
static int decode_affinity(const struct kvip_field *spec, struct kvip_svc *svc,
			   struct kvip_err *err)
{
	static const char *const affinities[] = { "None", "ClientIP", NULL };
	struct kvip_field field = kvip_field_member(spec, "sessionAffinity");
	struct kvip_field config, client_ip;
	int64_t seconds = AFFINITY_DEFAULT;
	unsigned int choice;

	if (kvip_field_choice(&field, affinities, &choice, err) ||
	    kvip_field_object(spec, "sessionAffinityConfig", &config, err) ||
	    kvip_field_object(&config, "clientIP", &client_ip, err))
		return -1;
	field = kvip_field_member(&client_ip, "timeoutSeconds");
	if (kvip_field_number(&field, 1, AFFINITY_MAX, &seconds, err))
		return -1;
	svc->affinity = choice;
	svc->affinity_seconds = choice ? (uint32_t)seconds : 0;
	return 0;
}

static int decode_policies(const struct kvip_field *spec, struct kvip_svc *svc,
			   struct kvip_err *err)
{
	static const char *const policies[] = { "Cluster", "Local", NULL };
	struct kvip_field field;
	unsigned int choice;
	int64_t port = 0;

	field = kvip_field_member(spec, "internalTrafficPolicy");
	if (kvip_field_choice(&field, policies, &choice, err))
		return -1;
	svc->internal_local = choice;
	field = kvip_field_member(spec, "externalTrafficPolicy");
	if (kvip_field_choice(&field, policies, &choice, err))
		return -1;
	svc->external_local = choice;
	field = kvip_field_member(spec, "healthCheckNodePort");
	if (kvip_field_number(&field, 0, 65535, &port, err))
		return -1;
	svc->health_port = (uint16_t)port;
	return 0;
}

/* What kvip_derive() will call it: NAMESPACE/NAME:PORT. */
static int check_length(const struct kvip_field *field,
			const struct kvip_svc *svc, const char *port,
			struct kvip_err *err)
{
	size_t len = strlen(svc->meta.ns) + 1 + strlen(svc->meta.name);

	if (*port)
		len += 1 + strlen(port);
	if (len <= KVIP_NAME_MAX)
		return 0;
	return kvip_field_fail(
		field, err,
		"namespace, name and port name together have more than %d bytes",
		KVIP_NAME_MAX);
}

static int decode_port(struct kvip_model *model, const struct kvip_field *list,
		       uint32_t index, const struct kvip_svc *svc,
		       struct kvip_svc_port *port, struct kvip_err *err)
{
	struct kvip_field element = kvip_field_element(list, index);
	struct kvip_field name, number, node_port, proto;
	int64_t value = 0, node_value = 0;
	const char *text;

	if (kvip_field_need_object(&element, err))
		return -1;
	name = kvip_field_member(&element, "name");
	if (kvip_field_name(&name, &text, err))
		return -1;
	if (!text)
		text = "";
	if (check_length(&name, svc, text, err))
		return -1;
	port->name = kvip_intern_get(&model->strings, text);

	proto = kvip_field_member(&element, "protocol");
	number = kvip_field_member(&element, "port");
	node_port = kvip_field_member(&element, "nodePort");
	if (kvip_field_proto(&proto, &port->proto, err) ||
	    kvip_field_number(&number, 1, 65535, &value, err) ||
	    kvip_field_number(&node_port, 0, 65535, &node_value, err))
		return -1;
	if (!value)
		return kvip_field_expected(&number, "a number from 1 to 65535",
					   err);
	port->port = (uint16_t)value;
	port->node_port = (uint16_t)node_value;
	return 0;
}

/* As the API server would have refused it. */
static int check_ports(const struct kvip_field *list,
		       const struct kvip_svc *svc, uint32_t index,
		       struct kvip_err *err)
{
	struct kvip_field element = kvip_field_element(list, index);
	const struct kvip_svc_port *port = &svc->ports[index];
	uint32_t i;

	if (svc->n_ports > 1 && !*port->name)
		return kvip_field_fail(
			&element, err,
			"expected a name, as the Service has several ports");
	for (i = 0; i < index; i++) {
		const struct kvip_svc_port *other = &svc->ports[i];

		if (other->name == port->name)
			return kvip_field_fail(
				&element, err,
				"the name %s is taken by ports[%u]", port->name,
				i);
		if (other->proto != port->proto)
			continue;
		if (other->port == port->port)
			return kvip_field_fail(
				&element, err,
				"port %u/%s is taken by ports[%u]", port->port,
				kvip_proto_text(port->proto), i);
		if (port->node_port && other->node_port == port->node_port)
			return kvip_field_fail(
				&element, err,
				"nodePort %u/%s is taken by ports[%u]",
				port->node_port, kvip_proto_text(port->proto),
				i);
	}
	return 0;
}

static int decode_ports(struct kvip_model *model, const struct kvip_field *spec,
			struct kvip_svc *svc, struct kvip_err *err)
{
	struct kvip_field list;
	uint32_t n, i;

	if (kvip_field_list(spec, "ports", &list, &n, err))
		return -1;
	if (!n && !svc->headless && svc->type != KVIP_SVC_EXTERNAL_NAME)
		return kvip_field_fail(
			&list, err,
			"expected at least one port, as the Service is neither headless nor an ExternalName");
	if (!n)
		return 0;
	svc->ports = kvip_alloc(n * sizeof(*svc->ports));
	svc->n_ports = n;
	for (i = 0; i < n; i++)
		if (decode_port(model, &list, i, svc, &svc->ports[i], err))
			return -1;
	for (i = 0; i < n; i++)
		if (check_ports(&list, svc, i, err))
			return -1;
	return 0;
}

/* What DNS alone asks for. */
static int decode_names(struct kvip_model *model, const struct kvip_field *spec,
			struct kvip_svc *svc, struct kvip_err *err)
{
	struct kvip_field field;
	const char *text;
	bool told;

	field = kvip_field_member(spec, "externalName");
	if (kvip_field_text(&field, &text, err))
		return -1;
	if (text && *text && svc->type == KVIP_SVC_EXTERNAL_NAME)
		svc->external_name = kvip_intern_get(&model->strings, text);
	field = kvip_field_member(spec, "publishNotReadyAddresses");
	return kvip_field_bool(&field, &told, &svc->publish_not_ready, err);
}

int kvip_decode_svc(struct kvip_model *model, const struct kvip_field *object,
		    struct kvip_svc *svc, struct kvip_err *err)
{
	static const char *const types[] = {
		[KVIP_SVC_CLUSTER_IP] = "ClusterIP",
		[KVIP_SVC_NODE_PORT] = "NodePort",
		[KVIP_SVC_LOAD_BALANCER] = "LoadBalancer",
		[KVIP_SVC_EXTERNAL_NAME] = "ExternalName",
		NULL,
	};
	struct kvip_field spec, type;
	unsigned int choice;

	if (kvip_field_object(object, "spec", &spec, err))
		return -1;
	if (!spec.value)
		return kvip_field_expected(&spec, "an object", err);
	type = kvip_field_member(&spec, "type");
	if (kvip_field_choice(&type, types, &choice, err))
		return -1;
	svc->type = (uint8_t)choice;
	if (decode_labels(model, object, svc, err) ||
	    decode_cluster_ips(&spec, svc, err) ||
	    decode_ports(model, &spec, svc, err) ||
	    decode_vips(&spec, "externalIPs", &svc->external_ips,
			&svc->n_external_ips, err) ||
	    decode_ranges(&spec, svc, err) ||
	    decode_ingress(model, object, svc, err) ||
	    decode_affinity(&spec, svc, err) ||
	    decode_policies(&spec, svc, err) ||
	    decode_names(model, &spec, svc, err))
		return -1;
	return 0;
}
