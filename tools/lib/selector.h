/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Label selectors, as kubectl's -l and the API take them. */
#ifndef KVIP_LIB_SELECTOR_H
#define KVIP_LIB_SELECTOR_H

#include <stdbool.h>

#include "err.h"

struct json_object;
struct kvip_selector;

/**
 * kvip_selector_parse() - read a selector
 * @text: "app=web,tier!=db,env in (a, b),x notin (c),!old,new"; empty: everything
 * @err: what is wrong with it
 *
 * Return: free it with kvip_selector_free(), or NULL.
 */
struct kvip_selector *kvip_selector_parse(const char *text,
					  struct kvip_err *err);

/* kvip_selector_of() - the selector of equalities that a map of strings is, such
 * as spec.selector of a Service; NULL or an empty map selects nothing
 */
struct kvip_selector *kvip_selector_of(struct json_object *map);

/* kvip_selector_matches() - @labels: metadata.labels, or NULL */
bool kvip_selector_matches(const struct kvip_selector *selector,
			   struct json_object *labels);

/* kvip_selector_free() - NULL is ok */
void kvip_selector_free(struct kvip_selector *selector);

/* kvip_label_key_check(), kvip_label_value_check() - 0 or -1 */
int kvip_label_key_check(const char *key, struct kvip_err *err);
int kvip_label_value_check(const char *value, struct kvip_err *err);

#endif /* KVIP_LIB_SELECTOR_H */
