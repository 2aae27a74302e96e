// SPDX-License-Identifier: GPL-2.0-or-later
/* The model: what is put in is found, what is taken out leaves nothing. */
#include "cluster.h"

#include "alloc.h"

static struct kvip_svc *new_svc(struct kvip_model *model, const char *name,
				unsigned int port)
{
	struct kvip_svc *svc = kvip_alloc(sizeof(*svc));

	svc->meta.ns = kvip_intern_get(&model->strings, "demo");
	svc->meta.name = kvip_intern_get(&model->strings, name);
	svc->ports = kvip_alloc(sizeof(*svc->ports));
	svc->n_ports = 1;
	svc->ports[0].name = kvip_intern_get(&model->strings, "http");
	svc->ports[0].port = (uint16_t)port;
	return svc;
}

static struct kvip_slice *new_slice(struct kvip_model *model, const char *name,
				    const char *service)
{
	struct kvip_slice *slice = kvip_alloc(sizeof(*slice));

	slice->meta.ns = kvip_intern_get(&model->strings, "demo");
	slice->meta.name = kvip_intern_get(&model->strings, name);
	if (service)
		slice->service = kvip_intern_get(&model->strings, service);
	return slice;
}

static struct kvip_node *new_node(struct kvip_model *model, const char *name,
				  const char *zone)
{
	struct kvip_node *node = kvip_alloc(sizeof(*node));

	node->meta.ns = kvip_intern_get(&model->strings, "");
	node->meta.name = kvip_intern_get(&model->strings, name);
	node->zone = kvip_intern_get(&model->strings, zone);
	return node;
}

static void assert_empty(const struct kvip_model *model)
{
	assert_int_equal(model->n_svcs, 0);
	assert_int_equal(model->groups.n, 0);
	assert_int_equal(model->slices.n, 0);
	assert_int_equal(model->nodes.n, 0);
	assert_int_equal(model->strings.strings.n, 0);
}

static void services_are_replaced_and_deleted(void **state)
{
	struct kvip_model model;
	struct kvip_err err;

	(void)state;
	kvip_model_init(&model);
	assert_null(kvip_model_group(&model, "demo", "web"));
	assert_false(kvip_model_delete_svc(&model, "demo", "web"));
	assert_int_equal(kvip_model_put_svc(&model, new_svc(&model, "web", 80),
					    0, &err),
			 0);
	assert_int_equal(kvip_model_put_svc(&model, new_svc(&model, "web", 81),
					    0, &err),
			 0);
	assert_int_equal(model.n_svcs, 1);
	assert_int_equal(
		kvip_model_group(&model, "demo", "web")->svc->ports[0].port,
		81);
	assert_null(kvip_model_group(&model, "other", "web"));
	assert_null(kvip_model_group(&model, "demo", "we"));
	assert_true(kvip_model_delete_svc(&model, "demo", "web"));
	assert_false(kvip_model_delete_svc(&model, "demo", "web"));
	assert_empty(&model);
	kvip_model_free(&model);
}

static void once_refuses_the_second(void **state)
{
	struct kvip_svc *first, *second;
	struct kvip_model model;
	struct kvip_err err;

	(void)state;
	kvip_model_init(&model);
	first = new_svc(&model, "web", 80);
	second = new_svc(&model, "web", 81);
	assert_int_equal(kvip_model_put_svc(&model, first, KVIP_PUT_ONCE, &err),
			 0);
	assert_int_equal(
		kvip_model_put_svc(&model, second, KVIP_PUT_ONCE, &err), -1);
	assert_string_equal(err.text, "Service demo/web is there twice");
	assert_int_equal(
		kvip_model_group(&model, "demo", "web")->svc->ports[0].port,
		80);
	kvip_model_delete_svc(&model, "demo", "web");
	assert_empty(&model);
	kvip_model_free(&model);
}

static void assert_slices(const struct kvip_model *model, const char *service,
			  const char *names)
{
	struct kvip_group *group = kvip_model_group(model, "demo", service);
	const struct kvip_slice *slice;
	char text[64] = "";

	for (slice = group ? group->slices : NULL; slice; slice = slice->next)
		strcat(text, slice->meta.name);
	assert_string_equal(text, names);
}

static void slices_are_found_by_service_in_order(void **state)
{
	static const char *const order[] = { "c", "a", "d", "b" };
	struct kvip_model model;
	struct kvip_err err;
	size_t i;

	(void)state;
	kvip_model_init(&model);
	for (i = 0; i < ARRAY_SIZE(order); i++)
		kvip_model_put_slice(&model, new_slice(&model, order[i], "web"),
				     0, &err);
	kvip_model_put_slice(&model, new_slice(&model, "orphan", NULL), 0,
			     &err);
	assert_slices(&model, "web", "abcd");
	assert_null(kvip_model_group(&model, "demo", "web")->svc);

	/* it moves to another Service */
	kvip_model_put_slice(&model, new_slice(&model, "b", "api"), 0, &err);
	assert_slices(&model, "web", "acd");
	assert_slices(&model, "api", "b");
	assert_int_equal(model.slices.n, 5);

	/* and stays when a Service comes and goes */
	kvip_model_put_svc(&model, new_svc(&model, "api", 80), 0, &err);
	assert_slices(&model, "api", "b");
	assert_true(kvip_model_delete_svc(&model, "demo", "api"));
	assert_slices(&model, "api", "b");

	assert_true(kvip_model_delete_slice(&model, "demo", "b"));
	assert_null(kvip_model_group(&model, "demo", "api"));
	assert_false(kvip_model_delete_slice(&model, "demo", "b"));
	assert_true(kvip_model_delete_slice(&model, "demo", "orphan"));
	assert_true(kvip_model_delete_slice(&model, "demo", "d"));
	assert_true(kvip_model_delete_slice(&model, "demo", "a"));
	assert_slices(&model, "web", "c");
	assert_true(kvip_model_delete_slice(&model, "demo", "c"));
	assert_empty(&model);
	kvip_model_free(&model);
}

static void nodes_are_replaced_and_deleted(void **state)
{
	struct kvip_model model;
	struct kvip_err err;

	(void)state;
	kvip_model_init(&model);
	kvip_model_put_node(&model, new_node(&model, "a", "z1"), 0, &err);
	kvip_model_put_node(&model, new_node(&model, "a", "z2"), 0, &err);
	assert_string_equal(kvip_model_node(&model, "a")->zone, "z2");
	assert_int_equal(model.nodes.n, 1);
	assert_true(kvip_model_delete_node(&model, "a"));
	assert_null(kvip_model_node(&model, "a"));
	assert_empty(&model);
	kvip_model_free(&model);
}

/* Many, so that tables grow and buckets have neighbours; in and out. */
static void many_objects(void **state)
{
	enum { N = 5000 };
	const struct kvip_group *group = NULL;
	struct kvip_model model;
	struct kvip_err err;
	char name[32];
	int i, n = 0;

	(void)state;
	kvip_model_init(&model);
	for (i = 0; i < N; i++) {
		snprintf(name, sizeof(name), "s%d", i);
		kvip_model_put_svc(&model, new_svc(&model, name, 80), 0, &err);
		kvip_model_put_slice(&model, new_slice(&model, name, name), 0,
				     &err);
	}
	for (i = 0; i < N; i += 2) {
		snprintf(name, sizeof(name), "s%d", i);
		assert_true(kvip_model_delete_svc(&model, "demo", name));
		assert_true(kvip_model_delete_slice(&model, "demo", name));
	}
	for (i = 0; i < N; i++) {
		snprintf(name, sizeof(name), "s%d", i);
		group = kvip_model_group(&model, "demo", name);
		assert_int_equal(!!group, i % 2);
		if (group)
			assert_ptr_equal(group->slices,
					 kvip_model_slice(&model, "demo",
							  name));
	}
	group = NULL;
	while ((group = kvip_model_next_group(&model, group)))
		n++;
	assert_int_equal(n, N / 2);
	kvip_model_free(&model);
	assert_empty(&model);
}

static void interned_strings_are_one_and_counted(void **state)
{
	struct kvip_intern set = { 0 };
	const char *a = kvip_intern_get(&set, "a");
	char text[] = "a";

	(void)state;
	assert_ptr_equal(kvip_intern_get(&set, text), a);
	assert_ptr_equal(kvip_intern_find(&set, text), a);
	assert_null(kvip_intern_find(&set, "b"));
	kvip_intern_put(&set, a);
	assert_ptr_equal(kvip_intern_find(&set, text), a);
	kvip_intern_put(&set, a);
	assert_null(kvip_intern_find(&set, text));
	kvip_intern_put(&set, NULL);
	kvip_intern_free(&set);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(services_are_replaced_and_deleted),
		cmocka_unit_test(once_refuses_the_second),
		cmocka_unit_test(slices_are_found_by_service_in_order),
		cmocka_unit_test(nodes_are_replaced_and_deleted),
		cmocka_unit_test(many_objects),
		cmocka_unit_test(interned_strings_are_one_and_counted),
	};

	return cmocka_run_group_tests_name("model", tests, NULL, NULL);
}
