// SPDX-License-Identifier: GPL-2.0-or-later
#include <string.h>

#include <json-c/json.h>

#include "admit_draft.h"
#include "admit_parts.h"
#include "dns_name.h"
#include "object.h"
#include "refuse.h"

/* Session affinity, in seconds (S47). */
#define AFFINITY_DEFAULT 10800
#define AFFINITY_MAX 86400

static const char *const scopes[] = { "Cluster", "Local", NULL };

static struct kvip_field member(const struct kvip_draft *draft,
				const char *name)
{
	return kvip_field_member(&draft->spec, name);
}

/* Whether anything outside the cluster reaches it. */
static bool is_accessible(enum kvip_service_type type, struct json_object *spec)
{
	struct json_object *ips = kvip_object_member(spec, "externalIPs");

	return kvip_draft_has_node_ports(type) ||
	       (type == KVIP_TYPE_CLUSTER_IP &&
		json_object_is_type(ips, json_type_array) &&
		json_object_array_length(ips));
}

/* Drop a field that the Service had and that it does not tell anew. */
static void drop_same(struct kvip_draft *draft, const char *name)
{
	if (json_object_equal(kvip_object_member(draft->spec.value, name),
			      kvip_object_member(draft->old, name)))
		json_object_object_del(draft->spec.value, name);
}

void kvip_draft_policies_carry(struct kvip_draft *draft)
{
	struct json_object *spec = draft->spec.value, *old = draft->old;
	bool balanced, balances;
	int port;

	if (!old)
		return;
	balanced = draft->old_type == KVIP_TYPE_LOAD_BALANCER;
	balances = draft->type == KVIP_TYPE_LOAD_BALANCER;
	if (balanced && !balances) {
		drop_same(draft, "allocateLoadBalancerNodePorts");
		drop_same(draft, "loadBalancerClass");
	}
	if (is_accessible(draft->old_type, old) &&
	    !is_accessible(draft->type, spec))
		drop_same(draft, "externalTrafficPolicy");
	if (!kvip_draft_needs_health_port(draft->old_type, old))
		return;
	if (!kvip_draft_needs_health_port(draft->type, spec)) {
		drop_same(draft, "healthCheckNodePort");
		return;
	}
	port = json_object_get_int(
		kvip_object_member(old, "healthCheckNodePort"));
	if (!json_object_get_int64(
		    kvip_object_member(spec, "healthCheckNodePort")))
		json_object_object_add(spec, "healthCheckNodePort",
				       json_object_new_int(port));
}

static int check_timeout(const struct kvip_field *config, struct kvip_err *err)
{
	struct kvip_field client, field;
	int64_t seconds = AFFINITY_DEFAULT;

	if (kvip_field_object(config, "clientIP", &client, err))
		return -1;
	if (!client.value) {
		client.value = json_object_new_object();
		json_object_object_add(config->value, "clientIP", client.value);
	}
	field = kvip_field_member(&client, "timeoutSeconds");
	if (kvip_admit_number(&field, &seconds, err))
		return -1;
	if (seconds < 1 || seconds > AFFINITY_MAX)
		return kvip_refuse(&field, err,
				   "must be greater than 0 and less than %d",
				   AFFINITY_MAX);
	if (!field.value)
		json_object_object_add(client.value, "timeoutSeconds",
				       json_object_new_int(AFFINITY_DEFAULT));
	return 0;
}

static int check_affinity(const struct kvip_draft *draft, struct kvip_err *err)
{
	static const char *const choices[] = { "ClientIP", "None", NULL };
	struct json_object *spec = draft->spec.value;
	struct kvip_field field = member(draft, "sessionAffinity"), config;
	const char *affinity;

	if (kvip_admit_choice(&field, choices, &affinity, err) ||
	    kvip_field_object(&draft->spec, "sessionAffinityConfig", &config,
			      err))
		return -1;
	if (!affinity)
		kvip_object_put_text(spec, "sessionAffinity", "None");
	if (!affinity || !strcmp(affinity, "None")) {
		json_object_object_del(spec, "sessionAffinityConfig");
		return 0;
	}
	if (!config.value) {
		config.value = json_object_new_object();
		json_object_object_add(spec, "sessionAffinityConfig",
				       config.value);
	}
	return check_timeout(&config, err);
}

static int check_external_ips(const struct kvip_draft *draft,
			      struct kvip_err *err)
{
	struct kvip_field list;
	struct kvip_addr addr;
	uint32_t i, n;

	if (kvip_field_list(&draft->spec, "externalIPs", &list, &n, err))
		return -1;
	for (i = 0; i < n; i++) {
		struct kvip_field field = kvip_field_element(&list, i);

		if (kvip_admit_usable(&field, &addr, err))
			return -1;
	}
	return 0;
}

static int check_traffic(const struct kvip_draft *draft, struct kvip_err *err)
{
	struct json_object *spec = draft->spec.value;
	struct kvip_field inner = member(draft, "internalTrafficPolicy");
	struct kvip_field outer = member(draft, "externalTrafficPolicy");
	const char *policy;

	if (kvip_admit_choice(&inner, scopes, &policy, err))
		return -1;
	if (!policy && draft->type != KVIP_TYPE_EXTERNAL_NAME)
		kvip_object_put_text(spec, "internalTrafficPolicy", "Cluster");
	if (kvip_admit_choice(&outer, scopes, &policy, err))
		return -1;
	if (is_accessible(draft->type, spec)) {
		if (!policy)
			kvip_object_put_text(spec, "externalTrafficPolicy",
					     "Cluster");
		return 0;
	}
	if (policy)
		return kvip_refuse(
			&outer, err,
			"may only be set for externally-accessible services");
	json_object_object_del(spec, "externalTrafficPolicy");
	return 0;
}

static int check_distribution(const struct kvip_draft *draft,
			      struct kvip_err *err)
{
	static const char *const choices[] = { "PreferClose", "PreferSameZone",
					       "PreferSameNode", NULL };
	struct kvip_field field = member(draft, "trafficDistribution");

	return kvip_admit_choice(&field, choices, NULL, err);
}

/* ExternalName's name; a dot at its end says that it is complete. */
static int check_external_name(const struct kvip_draft *draft,
			       struct kvip_err *err)
{
	struct kvip_field field = member(draft, "externalName");
	char name[256];
	const char *text, *fault;
	size_t len;

	if (kvip_field_text(&field, &text, err))
		return -1;
	if (draft->type != KVIP_TYPE_EXTERNAL_NAME)
		return 0;
	len = text ? strlen(text) : 0;
	if (!len || (len == 1 && *text == '.'))
		return kvip_refuse_absent(&field, NULL, err);
	if (text[len - 1] == '.')
		len--;
	if (len >= sizeof(name))
		len = sizeof(name) - 1;
	memcpy(name, text, len);
	name[len] = '\0';
	fault = kvip_dns_subdomain_fault(name);
	return fault ? kvip_refuse(&field, err, "%s", fault) : 0;
}

int kvip_draft_policies_check(struct kvip_draft *draft, struct kvip_err *err)
{
	struct kvip_field selector = member(draft, "selector");
	struct kvip_field publish = member(draft, "publishNotReadyAddresses");
	bool told, value;

	if (check_external_name(draft, err) ||
	    kvip_admit_labels(&selector, err) || check_affinity(draft, err) ||
	    check_external_ips(draft, err) || check_traffic(draft, err) ||
	    check_distribution(draft, err))
		return -1;
	return kvip_field_bool(&publish, &told, &value, err);
}

static int check_node_ports(const struct kvip_draft *draft,
			    struct kvip_err *err)
{
	static const char name[] = "allocateLoadBalancerNodePorts";
	struct kvip_field field = member(draft, name);
	bool told, value;

	if (kvip_field_bool(&field, &told, &value, err))
		return -1;
	if (draft->type != KVIP_TYPE_LOAD_BALANCER) {
		if (told)
			return kvip_refuse_forbidden(
				&field,
				"may only be used when `type` is 'LoadBalancer'",
				err);
		return 0;
	}
	if (!told)
		json_object_object_add(draft->spec.value, name,
				       json_object_new_boolean(true));
	return 0;
}

static int check_class(const struct kvip_draft *draft, struct kvip_err *err)
{
	struct kvip_field field = member(draft, "loadBalancerClass");
	const char *before, *now;

	if (kvip_field_text(&field, &now, err))
		return -1;
	if (draft->type != KVIP_TYPE_LOAD_BALANCER) {
		if (now)
			return kvip_refuse_forbidden(
				&field,
				"may only be used when `type` is 'LoadBalancer'",
				err);
		return 0;
	}
	if (draft->old && draft->old_type == KVIP_TYPE_LOAD_BALANCER) {
		before = kvip_object_text(draft->old, "loadBalancerClass");
		if (strcmp(before ? before : "", now ? now : ""))
			return kvip_refuse(&field, err,
					   "may not change once set");
	}
	return kvip_admit_text(&field, KVIP_SYNTAX_QUALIFIED, NULL, err);
}

static int check_ranges(const struct kvip_draft *draft, struct kvip_err *err)
{
	struct kvip_field list;
	uint32_t i, n;

	if (kvip_field_list(&draft->spec, "loadBalancerSourceRanges", &list, &n,
			    err))
		return -1;
	if (n && draft->type != KVIP_TYPE_LOAD_BALANCER)
		return kvip_refuse_forbidden(
			&list, "may only be used when `type` is 'LoadBalancer'",
			err);
	for (i = 0; i < n; i++) {
		struct kvip_field field = kvip_field_element(&list, i);

		if (kvip_admit_prefix(&field, err))
			return -1;
	}
	return 0;
}

static int check_address(const struct kvip_draft *draft, struct kvip_err *err)
{
	struct kvip_field field = member(draft, "loadBalancerIP");
	struct kvip_addr addr;
	const char *text;

	if (kvip_field_text(&field, &text, err))
		return -1;
	return text && *text ? kvip_admit_usable(&field, &addr, err) : 0;
}

static int check_health_port(const struct kvip_draft *draft,
			     struct kvip_err *err)
{
	struct json_object *spec = draft->spec.value, *old = draft->old;
	struct kvip_field field = member(draft, "healthCheckNodePort");
	int64_t port = 0;

	if (kvip_admit_number(&field, &port, err))
		return -1;
	if (!port) {
		json_object_object_del(spec, "healthCheckNodePort");
		return 0;
	}
	if (!kvip_draft_needs_health_port(draft->type, spec))
		return kvip_refuse(
			&field, err,
			"may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'");
	if (port < 1 || port > UINT16_MAX)
		return kvip_refuse(&field, err,
				   "must be between 1 and 65535, inclusive");
	if (kvip_draft_needs_health_port(draft->old_type, old) &&
	    json_object_get_int(
		    kvip_object_member(old, "healthCheckNodePort")) != port)
		return kvip_refuse_forbidden(&field, "field is immutable", err);
	return 0;
}

int kvip_draft_balancer_check(struct kvip_draft *draft, struct kvip_err *err)
{
	if (check_node_ports(draft, err) || check_class(draft, err) ||
	    check_ranges(draft, err) || check_address(draft, err))
		return -1;
	return check_health_port(draft, err);
}
