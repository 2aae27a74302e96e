// SPDX-License-Identifier: GPL-2.0-or-later
#include <string.h>

#include <json-c/json.h>

#include "admit.h"
#include "admit_draft.h"
#include "admit_parts.h"
#include "object.h"
#include "refuse.h"
#include "store_config.h"

static const char *const policies[] = { "PreferDualStack", "RequireDualStack",
					"SingleStack", NULL };
static const char *const families[] = { "IPv4", "IPv6", NULL };

static struct json_object *list_of(struct json_object *spec, const char *name)
{
	struct json_object *list = kvip_object_member(spec, name);

	return json_object_is_type(list, json_type_array) ? list : NULL;
}

static size_t length(struct json_object *spec, const char *name)
{
	struct json_object *list = list_of(spec, name);

	return list ? json_object_array_length(list) : 0;
}

/* Element @i of a list of strings, "" if there is none. */
static const char *item(struct json_object *spec, const char *name, size_t i)
{
	struct json_object *list = list_of(spec, name);
	struct json_object *value = list ? json_object_array_get_idx(list, i) :
					   NULL;

	return value ? json_object_get_string(value) : "";
}

static const char *text_of(struct json_object *spec, const char *name)
{
	const char *text = kvip_object_text(spec, name);

	return text ? text : "";
}

static bool same_text(struct json_object *a, struct json_object *b,
		      const char *name)
{
	return !strcmp(text_of(a, name), text_of(b, name));
}

static bool same_list(struct json_object *a, struct json_object *b,
		      const char *name)
{
	size_t i, n = length(a, name);

	if (n != length(b, name))
		return false;
	for (i = 0; i < n; i++)
		if (strcmp(item(a, name, i), item(b, name, i)))
			return false;
	return true;
}

static bool same_addresses(struct json_object *a, struct json_object *b)
{
	return same_text(a, b, "clusterIP") && same_list(a, b, "clusterIPs");
}

static void add_item(struct json_object *spec, const char *name,
		     const char *text)
{
	struct json_object *list = list_of(spec, name);

	if (!list) {
		list = json_object_new_array();
		json_object_object_add(spec, name, list);
	}
	json_object_array_add(list, json_object_new_string(text));
}

static void cut_to_one(struct json_object *spec, const char *name)
{
	size_t n = length(spec, name);

	if (n > 1)
		json_object_array_del_idx(list_of(spec, name), 1, n - 1);
}

static void copy_list(struct json_object *to, struct json_object *from,
		      const char *name)
{
	size_t i, n = length(from, name);

	json_object_object_del(to, name);
	for (i = 0; i < n; i++)
		add_item(to, name, item(from, name, i));
}

bool kvip_draft_headless(const struct kvip_draft *draft)
{
	return length(draft->spec.value, "clusterIPs") == 1 &&
	       !strcmp(item(draft->spec.value, "clusterIPs", 0), "None");
}

static bool has_selector(struct json_object *spec)
{
	struct json_object *selector = kvip_object_member(spec, "selector");

	return json_object_is_type(selector, json_type_object) &&
	       json_object_object_length(selector);
}

/* Endpoints by hand and no address: families are then what the user says. */
static bool is_bare(struct json_object *spec)
{
	return !strcmp(text_of(spec, "clusterIP"), "None") &&
	       !has_selector(spec);
}

/* clusterIP is clusterIPs[0]: what told just one of them meant both. */
static void agree(struct json_object *spec, struct json_object *old)
{
	const char *now = text_of(spec, "clusterIP");
	const char *before = text_of(old, "clusterIP");
	bool same;

	if (!old) {
		if (*now && !length(spec, "clusterIPs"))
			add_item(spec, "clusterIPs", now);
		return;
	}
	if (!strcmp(now, before) && !length(spec, "clusterIPs"))
		copy_list(spec, old, "clusterIPs");
	same = same_list(spec, old, "clusterIPs");
	if (!strcmp(now, before) || !same)
		return;
	json_object_object_del(spec, "clusterIPs");
	if (*now)
		add_item(spec, "clusterIPs", now);
}

static struct kvip_field member(const struct kvip_draft *draft,
				const char *name)
{
	return kvip_field_member(&draft->spec, name);
}

/* That the fields have the types that the rest of this file goes by. */
static int check_types(struct kvip_draft *draft, struct kvip_err *err)
{
	static const char *const names[] = { "clusterIPs", "ipFamilies" };
	struct kvip_field field = member(draft, "clusterIP"), list, element;
	const char *text;
	uint32_t i, j, n;

	if (kvip_field_text(&field, &text, err))
		return -1;
	for (i = 0; i < 2; i++) {
		if (kvip_field_list(&draft->spec, names[i], &list, &n, err))
			return -1;
		for (j = 0; j < n; j++) {
			element = kvip_field_element(&list, j);
			if (!element.value)
				return kvip_field_expected(&element, "a string",
							   err);
			if (kvip_field_text(&element, &text, err))
				return -1;
		}
	}
	field = member(draft, "ipFamilyPolicy");
	return kvip_admit_choice(&field, policies, NULL, err);
}

int kvip_draft_addresses_carry(struct kvip_draft *draft, struct kvip_err *err)
{
	struct json_object *spec = draft->spec.value, *old = draft->old;
	bool had = old && draft->old_type != KVIP_TYPE_EXTERNAL_NAME;

	if (check_types(draft, err))
		return -1;
	if (had && draft->type != KVIP_TYPE_EXTERNAL_NAME) {
		if (!*text_of(spec, "clusterIP") && *text_of(old, "clusterIP"))
			kvip_object_put_text(spec, "clusterIP",
					     text_of(old, "clusterIP"));
		if (!length(spec, "clusterIPs"))
			copy_list(spec, old, "clusterIPs");
	}
	agree(spec, old);
	if (!had || draft->type != KVIP_TYPE_EXTERNAL_NAME)
		return 0;
	/* what was told anew is not dropped but refused, later */
	if (same_addresses(spec, old)) {
		json_object_object_del(spec, "clusterIP");
		json_object_object_del(spec, "clusterIPs");
	}
	if (same_list(spec, old, "ipFamilies"))
		json_object_object_del(spec, "ipFamilies");
	if (same_text(spec, old, "ipFamilyPolicy"))
		json_object_object_del(spec, "ipFamilyPolicy");
	return 0;
}

static const char *policy(const struct kvip_draft *draft)
{
	return text_of(draft->spec.value, "ipFamilyPolicy");
}

static int check_external(const struct kvip_draft *draft, struct kvip_err *err)
{
	static const char *const names[] = { "clusterIPs", "ipFamilies",
					     "clusterIP", "ipFamilyPolicy" };
	struct json_object *spec = draft->spec.value;
	size_t i;

	for (i = 0; i < 4; i++) {
		struct kvip_field field = member(draft, names[i]);

		if (length(spec, names[i]) || *text_of(spec, names[i]))
			return kvip_refuse_forbidden(
				&field,
				"may not be set for ExternalName services",
				err);
	}
	return 0;
}

/* Whether element @i of the families is one of those before it. */
static bool is_repeated(struct json_object *spec, size_t i)
{
	size_t j;

	for (j = 0; j < i; j++)
		if (!strcmp(item(spec, "ipFamilies", i),
			    item(spec, "ipFamilies", j)))
			return true;
	return false;
}

static int check_families(const struct kvip_draft *draft, struct kvip_err *err)
{
	struct kvip_field list = member(draft, "ipFamilies");
	size_t i, n = length(draft->spec.value, "ipFamilies");

	for (i = 0; i < n; i++) {
		struct kvip_field field = kvip_field_element(&list, i);
		const char *text = json_object_get_string(field.value);

		if (strcmp(text, families[0]) && strcmp(text, families[1]))
			return kvip_refuse_unknown(&field, families, err);
		if (is_repeated(draft->spec.value, i))
			return kvip_refuse_again(&field, err);
	}
	return 0;
}

/* That the address is one, and of the family that is told for it. */
static int check_address(const struct kvip_draft *draft,
			 const struct kvip_field *list, size_t i,
			 struct kvip_addr *addr, struct kvip_err *err)
{
	struct kvip_field field = kvip_field_element(list, i);
	const char *family = item(draft->spec.value, "ipFamilies", i);

	if (kvip_admit_addr(&field, addr, err))
		return -1;
	if (!*family || !strcmp(family, kvip_family_text(addr->family)))
		return 0;
	return kvip_refuse(
		&field, err,
		"expected an %s value as indicated by `ipFamilies[%zu]`",
		family, i);
}

static int check_none(const struct kvip_draft *draft,
		      const struct kvip_field *list, size_t n,
		      struct kvip_err *err)
{
	struct kvip_field first = kvip_field_element(list, 0);

	if (n > 1)
		return kvip_refuse(list, err,
				   "'None' must be the first and only value");
	if (!kvip_draft_has_node_ports(draft->type))
		return 0;
	return kvip_refuse(&first, err,
			   "may not be set to 'None' for %s services",
			   draft->type == KVIP_TYPE_NODE_PORT ? "NodePort" :
								"LoadBalancer");
}

static int check_addresses(const struct kvip_draft *draft, struct kvip_err *err)
{
	struct json_object *spec = draft->spec.value;
	struct kvip_field list = member(draft, "clusterIPs");
	size_t i, n = length(spec, "clusterIPs");
	const char *first = text_of(spec, "clusterIP");
	struct kvip_addr addrs[2];

	if (!*first && n)
		return kvip_refuse(
			&list, err,
			"must be empty when `clusterIP` is not specified");
	if (*first && strcmp(first, item(spec, "clusterIPs", 0)))
		return kvip_refuse(&list, err,
				   "first value must match `clusterIP`");
	if (!strcmp(first, "None"))
		return check_none(draft, &list, n, err);
	if (n > 2)
		return kvip_refuse(&list, err, "may only hold up to 2 values");
	for (i = 0; i < n; i++)
		if (check_address(draft, &list, i, &addrs[i], err))
			return -1;
	if (n == 2 && addrs[0].family == addrs[1].family)
		return kvip_refuse(
			&list, err,
			"may specify no more than one IP for each IP family");
	return 0;
}

static bool is_configured(const struct kvip_draft *draft, const char *family)
{
	unsigned int i;

	for (i = 0; i < draft->config->n_cidrs; i++)
		if (!strcmp(family,
			    kvip_family_text(
				    draft->config->cidrs[i].addr.family)))
			return true;
	return false;
}

static const char *default_family(const struct kvip_draft *draft)
{
	return kvip_family_text(draft->config->cidrs[0].addr.family);
}

static const char *other_family(const char *family)
{
	return strcmp(family, families[0]) ? families[0] : families[1];
}

/* A Service that prefers two families gains or loses none unasked, whatever
 * families there are by now.
 */
static bool is_settled(const struct kvip_draft *draft)
{
	struct json_object *spec = draft->spec.value, *old = draft->old;

	return old && draft->type == draft->old_type &&
	       !strcmp(policy(draft), "PreferDualStack") &&
	       same_text(spec, old, "ipFamilyPolicy") &&
	       same_addresses(spec, old) && same_list(spec, old, "ipFamilies");
}

static void default_policy(struct kvip_draft *draft)
{
	struct json_object *spec = draft->spec.value;
	const char *before = text_of(draft->old, "ipFamilyPolicy");

	if (*policy(draft))
		return;
	if (!*before)
		before = is_bare(spec) ? "RequireDualStack" : "SingleStack";
	kvip_object_put_text(spec, "ipFamilyPolicy", before);
}

/* Fewer addresses or families than before: only by asking for one family. */
static int check_reduction(struct kvip_draft *draft, struct kvip_err *err)
{
	struct json_object *spec = draft->spec.value, *old = draft->old;
	struct kvip_field field = member(draft, "ipFamilyPolicy");
	size_t ips = length(spec, "clusterIPs");
	size_t n_families = length(spec, "ipFamilies");

	if (!strcmp(policy(draft), "SingleStack")) {
		bool ips_stay = same_addresses(spec, old);

		if (same_list(spec, old, "ipFamilies"))
			cut_to_one(spec, "ipFamilies");
		if (ips_stay)
			cut_to_one(spec, "clusterIPs");
		return 0;
	}
	if (ips && ips < length(old, "clusterIPs"))
		return kvip_refuse(
			&field, err,
			"must be 'SingleStack' to release the secondary cluster IP");
	if (n_families && n_families < length(old, "ipFamilies"))
		return kvip_refuse(
			&field, err,
			"must be 'SingleStack' to release the secondary IP family");
	return 0;
}

static int check_single(const struct kvip_draft *draft, struct kvip_err *err)
{
	struct kvip_field field = member(draft, "ipFamilyPolicy");

	if (strcmp(policy(draft), "SingleStack"))
		return 0;
	if (length(draft->spec.value, "clusterIPs") > 1)
		return kvip_refuse(
			&field, err,
			"must be 'RequireDualStack' or 'PreferDualStack' when multiple cluster IPs are specified");
	if (length(draft->spec.value, "ipFamilies") > 1)
		return kvip_refuse(
			&field, err,
			"must be 'RequireDualStack' or 'PreferDualStack' when multiple IP families are specified");
	return 0;
}

/* The addresses told say which families are meant. */
static int infer_families(struct kvip_draft *draft, struct kvip_err *err)
{
	struct json_object *spec = draft->spec.value;
	struct kvip_field list = member(draft, "clusterIPs");
	size_t i, n = length(spec, "clusterIPs");

	if (kvip_draft_headless(draft))
		return 0;
	for (i = length(spec, "ipFamilies"); i < n; i++) {
		struct kvip_field field = kvip_field_element(&list, i);
		struct kvip_addr addr;
		const char *family;

		if (kvip_admit_addr(&field, &addr, err))
			return -1;
		family = kvip_family_text(addr.family);
		if (!is_configured(draft, family))
			return kvip_refuse(
				&field, err,
				"%s is not configured on this cluster", family);
		add_item(spec, "ipFamilies", family);
	}
	return 0;
}

static int check_configured(const struct kvip_draft *draft,
			    struct kvip_err *err)
{
	struct kvip_field list = member(draft, "ipFamilies");
	struct kvip_field field = member(draft, "ipFamilyPolicy");
	size_t i, n = length(draft->spec.value, "ipFamilies");

	if (!strcmp(policy(draft), "RequireDualStack") &&
	    draft->config->n_cidrs < 2)
		return kvip_refuse(
			&field, err,
			"this cluster is not configured for dual-stack services");
	for (i = 0; i < n; i++) {
		field = kvip_field_element(&list, i);
		if (!is_configured(draft, json_object_get_string(field.value)))
			return kvip_refuse(&field, err,
					   "not configured on this cluster");
	}
	return 0;
}

static int complete_families(struct kvip_draft *draft, struct kvip_err *err)
{
	struct json_object *spec = draft->spec.value;
	bool bare = is_bare(spec);

	if (!bare && check_configured(draft, err))
		return -1;
	if (!length(spec, "ipFamilies"))
		add_item(spec, "ipFamilies", default_family(draft));
	if (strcmp(policy(draft), "SingleStack") &&
	    length(spec, "ipFamilies") == 1 &&
	    (bare || draft->config->n_cidrs > 1))
		add_item(spec, "ipFamilies",
			 other_family(item(spec, "ipFamilies", 0)));
	return 0;
}

/* An address or a family that it has may be given up, but not changed. */
static int check_constancy(const struct kvip_draft *draft, const char *name,
			   struct kvip_err *err)
{
	struct json_object *spec = draft->spec.value, *old = draft->old;
	struct kvip_field list = member(draft, name);
	size_t i, n = length(spec, name);

	if (!old || draft->old_type == KVIP_TYPE_EXTERNAL_NAME)
		return 0;
	for (i = 0; i < n && i < length(old, name); i++) {
		struct kvip_field field = { .parent = &list,
					    .index = i,
					    .value = list.value };

		if (strcmp(item(spec, name, i), item(old, name, i)))
			return kvip_refuse(&field, err,
					   "may not change once set");
	}
	return 0;
}

static bool is_headless(struct json_object *spec)
{
	return spec && !strcmp(text_of(spec, "clusterIP"), "None");
}

static int check_update(const struct kvip_draft *draft, struct kvip_err *err)
{
	if (check_constancy(draft, "clusterIPs", err))
		return -1;
	/* without addresses, families are nothing that anyone holds */
	if (is_headless(draft->old) || is_headless(draft->spec.value))
		return 0;
	return check_constancy(draft, "ipFamilies", err);
}

int kvip_draft_addresses_check(struct kvip_draft *draft, struct kvip_err *err)
{
	if (draft->type == KVIP_TYPE_EXTERNAL_NAME)
		return check_external(draft, err);
	if (is_settled(draft))
		return 0;
	default_policy(draft);
	if (check_families(draft, err) || check_addresses(draft, err) ||
	    (draft->old && check_reduction(draft, err)) ||
	    check_single(draft, err) || infer_families(draft, err) ||
	    complete_families(draft, err))
		return -1;
	return check_update(draft, err);
}

/* Take address @i, the one told or, if there is none, any; into @got. */
static int take(const struct kvip_draft *draft, size_t i, char *got,
		struct kvip_err *err)
{
	const struct kvip_allocator *allocator = draft->allocator;
	const char *text = item(draft->spec.value, "clusterIPs", i);
	bool v6 =
		!strcmp(item(draft->spec.value, "ipFamilies", i), families[1]);
	struct kvip_addr wanted, addr;

	if (*text && !kvip_addr_parse(text, &wanted))
		return kvip_err_set(err, "%s is no address", text);
	if (allocator->cluster_ip(allocator->arg, v6 ? AF_INET6 : AF_INET,
				  *text ? &wanted : NULL, &addr, err))
		return kvip_err_prefix(err, "spec.clusterIPs[%zu]: ", i);
	kvip_addr_text(&addr, got);
	return 0;
}

int kvip_draft_addresses_take(struct kvip_draft *draft, struct kvip_err *err)
{
	struct json_object *spec = draft->spec.value;
	size_t i, n = length(spec, "ipFamilies");
	size_t told = length(spec, "clusterIPs");
	char got[INET6_ADDRSTRLEN];

	if (draft->type == KVIP_TYPE_EXTERNAL_NAME ||
	    kvip_draft_headless(draft))
		return 0;
	/* told ones are stored as they are told */
	for (i = 0; i < told; i++)
		if (take(draft, i, got, err))
			return -1;
	for (i = told; i < n; i++) {
		if (take(draft, i, got, err))
			return -1;
		add_item(spec, "clusterIPs", got);
		if (!i)
			kvip_object_put_text(spec, "clusterIP", got);
	}
	return 0;
}
