// SPDX-License-Identifier: GPL-2.0-or-later
#include <json-c/json.h>

#include "admit_parts.h"
#include "object.h"
#include "refuse.h"
#include "selector.h"

static bool is_empty(const struct kvip_field *map)
{
	return !map->value || !json_object_object_length(map->value);
}

static int check_selector(const struct kvip_field *spec,
			  struct kvip_field *selector,
			  struct kvip_field *labels, struct kvip_err *err)
{
	struct kvip_field expressions;
	uint32_t n;

	if (kvip_field_object(spec, "selector", selector, err) ||
	    kvip_field_object(selector, "matchLabels", labels, err) ||
	    kvip_admit_labels(labels, err) ||
	    kvip_field_list(selector, "matchExpressions", &expressions, &n,
			    err))
		return -1;
	if (!selector->value)
		return kvip_refuse_absent(selector, NULL, err);
	if (is_empty(labels) && !n)
		return kvip_refuse(selector, err,
				   "empty selector is invalid for deployment");
	return 0;
}

static int check_template(const struct kvip_field *spec,
			  const struct kvip_field *match, struct kvip_err *err)
{
	struct kvip_field template, metadata, labels, pod;
	struct kvip_selector *selector;
	bool matches;

	if (kvip_field_object(spec, "template", &template, err) ||
	    kvip_field_object(&template, "metadata", &metadata, err) ||
	    kvip_field_object(&metadata, "labels", &labels, err) ||
	    kvip_admit_labels(&labels, err) ||
	    kvip_field_object(&template, "spec", &pod, err) ||
	    kvip_admit_containers(&pod, err))
		return -1;
	if (is_empty(match))
		return 0;
	selector = kvip_selector_of(match->value);
	matches = kvip_selector_matches(selector, labels.value);
	kvip_selector_free(selector);
	return matches ? 0 :
			 kvip_refuse(
				 &labels, err,
				 "`selector` does not match template `labels`");
}

static int check_replicas(const struct kvip_field *spec, struct kvip_err *err)
{
	struct kvip_field field = kvip_field_member(spec, "replicas");
	int64_t replicas = 1;

	if (kvip_admit_number(&field, &replicas, err))
		return -1;
	if (replicas < 0)
		return kvip_refuse(&field, err,
				   "must be greater than or equal to 0");
	if (!field.value)
		json_object_object_add(spec->value, "replicas",
				       json_object_new_int(1));
	return 0;
}

int kvip_admit_deployment(const struct kvip_field *deployment,
			  struct json_object *old, struct kvip_err *err)
{
	struct json_object *before =
		kvip_object_member(kvip_object_member(old, "spec"), "selector");
	struct kvip_field spec, selector, labels;

	if (kvip_field_object(deployment, "spec", &spec, err))
		return -1;
	if (!spec.value)
		return kvip_refuse_absent(&spec, NULL, err);
	if (check_selector(&spec, &selector, &labels, err) ||
	    check_template(&spec, &labels, err) || check_replicas(&spec, err))
		return -1;
	if (before && !json_object_equal(before, selector.value))
		return kvip_refuse(&selector, err, "field is immutable");
	return 0;
}
