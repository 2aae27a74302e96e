// SPDX-License-Identifier: GPL-2.0-or-later
/* Tokens, their files, passwords and plugins, as a server hears of them. */
#include "http_scene.h"

/* 401 for whoever has not the token "new" */
static void want_new(struct scene *scene, struct evhttp_request *request)
{
	struct evkeyvalq *headers = evhttp_request_get_input_headers(request);
	const char *line = evhttp_find_header(headers, "Authorization");

	if (line && !strcmp(line, "Bearer new"))
		reply_ok(scene, request);
	else
		reply_status(request, 401);
}

/* The same, and the file gets the new token while the old one is refused. */
static void rotate_late(struct scene *scene, struct evhttp_request *request)
{
	write_file(scene->path, "new");
	scene->answer = want_new;
	reply_status(request, 401);
}

static void test_a_token(void **state)
{
	struct scene *scene = *state;
	struct told told;

	scene->config.token = "abc";
	told = get(scene, "/");
	assert_true(heard_header(scene, 0, "Authorization: Bearer abc\n"));
	free(told.body);
}

static void test_401_of_a_token_is_told(void **state)
{
	struct scene *scene = *state;
	struct told told;

	scene->answer = want_new;
	scene->config.token = "abc";
	told = get(scene, "/");
	assert_int_equal(told.status, 401);
	assert_int_equal(scene->n_heard, 1);
	free(told.body);
}

static void test_a_token_file_that_is_replaced(void **state)
{
	struct scene *scene = *state;
	struct told told;

	scene->config.token = "not this one";
	scene->config.token_file = scene->path;
	write_file(scene->path, " one\n");
	told = get(scene, "/");
	assert_true(heard_header(scene, 0, "Authorization: Bearer one\n"));
	free(told.body);
	write_file(scene->path, "two");
	told = get(scene, "/");
	assert_true(heard_header(scene, 1, "Authorization: Bearer two\n"));
	free(told.body);
	/* missing for a moment: the last one is as good as any */
	unlink(scene->path);
	told = get(scene, "/");
	assert_true(heard_header(scene, 2, "Authorization: Bearer two\n"));
	free(told.body);
}

static void test_401_has_the_token_file_read_anew(void **state)
{
	struct scene *scene = *state;
	struct told told;

	scene->config.token_file = scene->path;
	scene->answer = rotate_late;
	write_file(scene->path, "old");
	told = get(scene, "/");
	assert_int_equal(told.status, 200);
	assert_string_equal(told.body, "hello");
	assert_int_equal(scene->n_heard, 2);
	assert_true(heard_header(scene, 0, "Authorization: Bearer old\n"));
	assert_true(heard_header(scene, 1, "Authorization: Bearer new\n"));
	free(told.body);
}

static void test_401_twice_is_told(void **state)
{
	struct scene *scene = *state;
	struct told told;

	scene->config.token_file = scene->path;
	scene->answer = want_new;
	write_file(scene->path, "old");
	told = get(scene, "/");
	assert_int_equal(told.status, 401);
	assert_int_equal(scene->n_heard, 2);
	assert_int_equal(kvip_http_stats(scene->http)->requests[4], 2);
	free(told.body);
}

static void test_bad_tokens(void **state)
{
	struct scene *scene = *state;
	char words[192];
	struct told told;

	scene->config.token_file = scene->path;
	told = get(scene, "/");
	snprintf(words, sizeof(words), "%s: No such file or directory",
		 scene->path);
	assert_int_equal(told.status, 0);
	expect_error(&told, words);
	free(told.body);

	write_file(scene->path, " \n");
	told = get(scene, "/");
	snprintf(words, sizeof(words), "%s: there is no token in it",
		 scene->path);
	expect_error(&told, words);
	free(told.body);

	write_file(scene->path, "a\r\nHost: b");
	told = get(scene, "/");
	snprintf(
		words, sizeof(words),
		"%s: expected a token, found one with a blank or control character in it",
		scene->path);
	expect_error(&told, words);
	assert_int_equal(scene->n_heard, 0);
	free(told.body);
}

static void test_name_and_password(void **state)
{
	struct scene *scene = *state;
	struct told told;

	scene->config.username = "Aladdin";
	scene->config.password = "open sesame";
	told = get(scene, "/");
	assert_true(heard_header(
		scene, 0,
		"Authorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==\n"));
	free(told.body);
}

/*
 * A plugin that adds a line to the scene's file each time it runs, and gives
 * the number of lines as a token.
 */
static void use_plugin(struct scene *scene, char *expires)
{
	snprintf(
		scene->script, sizeof(scene->script),
		"echo >>%s; echo '{\"kind\":\"ExecCredential\",\"apiVersion\":"
		"\"client.authentication.k8s.io/v1\",\"status\":{\"token\":\"'$(wc -l <%s)'\""
		"%s%s%s}}'",
		scene->path, scene->path,
		expires ? ",\"expirationTimestamp\":\"" : "",
		expires ? expires : "", expires ? "\"" : "");
	scene->config.exec.command = "/bin/sh";
	scene->args[0] = "-c";
	scene->args[1] = scene->script;
	scene->config.exec.args = scene->args;
	scene->config.exec.env = scene->env;
	scene->config.exec.version = "client.authentication.k8s.io/v1";
}

static void test_requests_share_a_plugin(void **state)
{
	struct told told[3] = { { .n_done = 0 } };
	struct scene *scene = *state;
	struct told last;
	size_t i;

	use_plugin(scene, "2999-01-01T00:00:00Z");
	for (i = 0; i < 3; i++)
		start_get(scene, "/", &keeping, &told[i]);
	for (i = 0; i < 3; i++) {
		wait_for(&told[i]);
		assert_int_equal(told[i].status, 200);
		free(told[i].body);
	}
	last = get(scene, "/");
	for (i = 0; i < 4; i++)
		assert_true(
			heard_header(scene, i, "Authorization: Bearer 1\n"));
	free(last.body);
}

static void test_an_expired_token_is_asked_for_anew(void **state)
{
	struct scene *scene = *state;
	struct told told;

	use_plugin(scene, "2020-01-01T00:00:00Z");
	told = get(scene, "/");
	free(told.body);
	told = get(scene, "/");
	free(told.body);
	assert_int_equal(scene->n_heard, 2);
	assert_true(heard_header(scene, 0, "Authorization: Bearer 1\n"));
	assert_true(heard_header(scene, 1, "Authorization: Bearer 2\n"));
}

static void test_401_has_the_plugin_run_anew(void **state)
{
	struct scene *scene = *state;
	struct told told;

	use_plugin(scene, NULL);
	scene->answer = want_new;
	told = get(scene, "/");
	assert_int_equal(told.status, 401);
	assert_int_equal(scene->n_heard, 2);
	assert_true(heard_header(scene, 1, "Authorization: Bearer 2\n"));
	free(told.body);
}

static void test_a_plugin_that_fails_is_tried_again(void **state)
{
	struct told told[2] = { { .n_done = 0 } }, last;
	struct scene *scene = *state;
	size_t i;

	use_plugin(scene, NULL);
	strcpy(scene->script, "echo no luck >&2; exit 1");
	for (i = 0; i < 2; i++)
		start_get(scene, "/", &keeping, &told[i]);
	for (i = 0; i < 2; i++) {
		wait_for(&told[i]);
		expect_error(
			&told[i],
			"the exec plugin /bin/sh ended with status 1: no luck");
		free(told[i].body);
	}
	use_plugin(scene, NULL);
	last = get(scene, "/");
	assert_int_equal(last.status, 200);
	free(last.body);
}

static void test_cancel_while_a_plugin_runs(void **state)
{
	struct told told = { .n_done = 0 };
	struct scene *scene = *state;

	use_plugin(scene, NULL);
	strcpy(scene->script, "exec sleep 100");
	start_get(scene, "/", &keeping, &told);
	event_base_loop(scene->base, EVLOOP_ONCE);
	kvip_http_cancel(told.request);
	kvip_http_free(scene->http);
	scene->http = NULL;
	assert_int_equal(told.n_done, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		scene_test(test_a_token),
		scene_test(test_401_of_a_token_is_told),
		scene_test(test_a_token_file_that_is_replaced),
		scene_test(test_401_has_the_token_file_read_anew),
		scene_test(test_401_twice_is_told),
		scene_test(test_bad_tokens),
		scene_test(test_name_and_password),
		scene_test(test_requests_share_a_plugin),
		scene_test(test_an_expired_token_is_asked_for_anew),
		scene_test(test_401_has_the_plugin_run_anew),
		scene_test(test_a_plugin_that_fails_is_tried_again),
		scene_test(test_cancel_while_a_plugin_runs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
