// SPDX-License-Identifier: GPL-2.0-or-later
/* Provider programs: real ones, which behave or do not. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>
#include <event2/event.h>
#include <json-c/json.h>

#include "clock.h"
#include "lb_config.h"
#include "object.h"
#include "provider.h"
#include "provider_answer.h"
#include "provider_lock.h"

#define PATIENCE 20.0

/* Where the script is, its files, and the locks. */
static char folder[64];

static int setup(void **state)
{
	(void)state;
	snprintf(folder, sizeof(folder), "/tmp/kvip-test-provider-XXXXXX");
	assert_non_null(mkdtemp(folder));
	setenv("RUNTIME_DIRECTORY", folder, 1);
	setenv("D", folder, 1);
	return 0;
}

static int teardown(void **state)
{
	char command[128];

	(void)state;
	snprintf(command, sizeof(command), "rm -r %s", folder);
	return system(command);
}

static char *path_of(const char *name)
{
	char *path;

	assert_true(asprintf(&path, "%s/%s", folder, name) > 0);
	return path;
}

/* A program that runs these lines of shell. */
static struct kvip_lb_config provider(const char *script)
{
	struct kvip_lb_config config;
	FILE *file;

	kvip_lb_config_init(&config);
	config.provider = path_of("program");
	unlink(config.provider);
	file = fopen(config.provider, "we");
	assert_non_null(file);
	fprintf(file, "#!/bin/sh\n%s\n", script);
	assert_int_equal(fclose(file), 0);
	assert_int_equal(chmod(config.provider, 0755), 0);
	return config;
}

static struct json_object *service_of(const char *name)
{
	struct json_object *service;
	char text[256];

	snprintf(text, sizeof(text),
		 "{\"metadata\": {\"namespace\": \"demo\", \"name\": \"%s\","
		 " \"uid\": \"uid-of-%s\"}, \"spec\": {\"a\": \"x/y\"}}",
		 name, name);
	service = json_tokener_parse(text);
	assert_non_null(service);
	return service;
}

/* What a file in the folder holds, or "". */
static const char *file_text(const char *name)
{
	static char text[65536];
	char *path = path_of(name);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? 0 : read(fd, text, sizeof(text) - 1);

	assert_true(n >= 0);
	text[n] = '\0';
	if (fd >= 0)
		close(fd);
	free(path);
	return text;
}

static bool is_there(const char *name)
{
	char *path = path_of(name);
	bool there = !access(path, F_OK);

	free(path);
	return there;
}

static void forget(const char *name)
{
	char *path = path_of(name);

	unlink(path);
	free(path);
}

static void await_file(const char *name)
{
	double until = kvip_clock_monotonic() + PATIENCE;

	while (!*file_text(name)) {
		if (kvip_clock_monotonic() > until)
			fail_msg("%s does not come", name);
		usleep(10000);
	}
}

/* Killed; whether its parent has waited for it is nobody's business here. */
static void await_death(pid_t pid)
{
	double until = kvip_clock_monotonic() + PATIENCE;
	char path[64], text[256];

	assert_true(pid > 1);
	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	while (true) {
		FILE *file = fopen(path, "re");
		size_t n = file ? fread(text, 1, sizeof(text) - 1, file) : 0;

		text[n] = '\0';
		if (file)
			fclose(file);
		if (!n || strstr(text, ") Z") || strstr(text, ") X"))
			return;
		if (kvip_clock_monotonic() > until)
			fail_msg("process %d lives", (int)pid);
		usleep(10000);
	}
}

static struct kvip_provider_answer ask_in(struct kvip_lb_config *config,
					  enum kvip_provider_action action,
					  double seconds)
{
	struct json_object *service = service_of("web");
	struct kvip_provider_answer answer;

	config->provider_seconds = seconds;
	kvip_provider_ask(config, action, service, NULL, &answer);
	json_object_put(service);
	kvip_lb_config_free(config);
	/* nobody has the lock any more */
	assert_false(is_there("provider/uid-of-web.lock"));
	return answer;
}

static struct kvip_provider_answer ask(const char *script)
{
	struct kvip_lb_config config = provider(script);

	return ask_in(&config, KVIP_PROVIDER_ENSURE, PATIENCE);
}

static void gives(const char *script, const char *ingress)
{
	struct kvip_provider_answer answer = ask(script);

	if (!answer.ingress)
		fail_msg("%s", answer.error.text);
	assert_string_equal(json_object_to_json_string_ext(
				    answer.ingress, JSON_C_TO_STRING_PLAIN),
			    ingress);
	assert_string_equal(answer.error.text, "");
	json_object_put(answer.ingress);
}

/* "the provider PATH " and @words */
static void failed(const struct kvip_provider_answer *answer, const char *words)
{
	char text[1200];

	snprintf(text, sizeof(text), "the provider %s/program %s", folder,
		 words);
	assert_null(answer->ingress);
	assert_string_equal(answer->error.text, text);
}

static void fails(const char *script, const char *words)
{
	struct kvip_provider_answer answer = ask(script);

	failed(&answer, words);
	assert_true(answer.retry_seconds == 0);
}

static void test_addresses(void **state)
{
	(void)state;
	gives("echo '{\"ingress\": [{\"ip\": \"203.0.113.10\"},"
	      " {\"hostname\": \"lb.example.com\"},"
	      " {\"ip\": \"2001:DB8:0::1\", \"ipMode\": \"Proxy\","
	      " \"ports\": [{\"port\": 80, \"error\": \"example.com/Busy\"}],"
	      " \"other\": 1}], \"other\": 2}'",
	      "[{\"ip\":\"203.0.113.10\"},{\"hostname\":\"lb.example.com\"},"
	      "{\"ip\":\"2001:db8::1\",\"ipMode\":\"Proxy\","
	      "\"ports\":[{\"port\":80,\"protocol\":\"TCP\","
	      "\"error\":\"example.com\\/Busy\"}]}]");
	gives("echo '{\"ingress\": []}'", "[]");
	/* without the newline, and with more than one */
	gives("printf '{\"ingress\": []}'", "[]");
	gives("printf '\\n {\"ingress\": []}\\n\\n'", "[]");
}

static void test_request(void **state)
{
	struct kvip_lb_config config =
		provider("cat /dev/stdin >$D/first; cat >$D/request;"
			 " echo '{\"ingress\": []}'");
	struct json_object *service = service_of("web"), *request, *wanted;
	struct json_object *nodes = json_tokener_parse(
		"[{\"name\": \"n\", \"addresses\": [\"192.0.2.1\"]}]");
	struct kvip_provider_answer answer;

	(void)state;
	kvip_provider_ask(&config, KVIP_PROVIDER_UPDATE, service, nodes,
			  &answer);
	assert_non_null(answer.ingress);
	json_object_put(answer.ingress);
	request = json_tokener_parse(file_text("first"));
	wanted = json_tokener_parse(
		"{\"apiVersion\": \"kvip/v1\", \"kind\": \"LoadBalancerRequest\","
		" \"action\": \"update\"}");
	json_object_object_add(wanted, "service", service);
	json_object_object_add(wanted, "nodes", nodes);
	assert_true(json_object_equal(request, wanted));
	json_object_put(request);
	json_object_put(wanted);
	kvip_lb_config_free(&config);
}

static void test_input_is_not_read(void **state)
{
	struct kvip_lb_config config =
		provider("exec <&-; echo '{\"ingress\": []}'");
	struct json_object *service = service_of("web");
	char *much = calloc(1, 3000001);
	struct kvip_provider_answer answer;

	(void)state;
	memset(much, 'x', 3000000);
	json_object_object_add(service, "much", json_object_new_string(much));
	kvip_provider_ask(&config, KVIP_PROVIDER_ENSURE, service, NULL,
			  &answer);
	assert_non_null(answer.ingress);
	json_object_put(answer.ingress);
	json_object_put(service);
	free(much);
	kvip_lb_config_free(&config);
}

static void test_delete(void **state)
{
	struct kvip_lb_config config =
		provider("grep -q '\"action\":\"delete\"' && echo '{}'");
	struct kvip_provider_answer answer =
		ask_in(&config, KVIP_PROVIDER_DELETE, PATIENCE);

	(void)state;
	assert_non_null(answer.ingress);
	assert_int_equal(json_object_array_length(answer.ingress), 0);
	json_object_put(answer.ingress);
}

static void test_environment(void **state)
{
	(void)state;
	setenv("NOTIFY_SOCKET", "/run/systemd/notify", 1);
	setenv("KEPT", "kept", 1);
	gives("[ -z \"$NOTIFY_SOCKET\" ] && [ $KEPT = kept ] &&"
	      " echo '{\"ingress\": []}'",
	      "[]");
	unsetenv("NOTIFY_SOCKET");
	unsetenv("KEPT");
}

static void test_its_own_error(void **state)
{
	struct kvip_provider_answer answer =
		ask("echo '{\"error\": \"quota exceeded\","
		    " \"retryAfterSeconds\": 60}'");

	(void)state;
	assert_null(answer.ingress);
	assert_string_equal(answer.error.text, "quota exceeded");
	assert_true(answer.retry_seconds == 60);
	answer = ask("echo '{\"error\": \"a\\u001b[1m\"}'");
	assert_string_equal(answer.error.text, "a?[1m");
	answer = ask("echo '{\"ingress\": [], \"retryAfterSeconds\": 1.5}'");
	assert_non_null(answer.ingress);
	assert_true(answer.retry_seconds == 1.5);
	json_object_put(answer.ingress);
}

static void test_it_ends_badly(void **state)
{
	(void)state;
	fails("exit 3", "ended with status 3");
	fails("echo first >&2; echo 'no such region' >&2; echo >&2; exit 1",
	      "ended with status 1: no such region");
	/* what it printed counts for nothing */
	fails("echo '{\"ingress\": []}'; exit 1", "ended with status 1");
	fails("kill -9 $$", "was killed by signal 9");
	fails("echo dying >&2; kill -SEGV $$",
	      "was killed by signal 11: dying");
}

static void test_it_cannot_be_run(void **state)
{
	struct kvip_lb_config config = provider("exit 0");
	struct kvip_provider_answer answer;

	(void)state;
	chmod(config.provider, 0644);
	answer = ask_in(&config, KVIP_PROVIDER_ENSURE, PATIENCE);
	failed(&answer, "cannot be run: Permission denied");
	config = provider("exit 0");
	unlink(config.provider);
	answer = ask_in(&config, KVIP_PROVIDER_ENSURE, PATIENCE);
	failed(&answer, "cannot be run: No such file or directory");
}

static void test_garbage(void **state)
{
	(void)state;
	fails("", "printed nothing");
	fails("exec >&-", "printed nothing");
	fails("echo hello", "printed nonsense: expected a value of JSON");
	fails("echo '{\"ingress\": ['",
	      "printed nonsense: the JSON ends in its middle");
	fails("echo '[]'", "printed nonsense: expected an object in JSON");
	fails("printf 7", "printed nonsense: expected an object in JSON");
	fails("echo '{}{}'",
	      "printed nonsense: there is more behind the object");
	fails("printf '{}\\0'",
	      "printed nonsense: there is more behind the object");
	fails("printf '{\"error\": \"\\377\"}'",
	      "printed nonsense: the JSON is not in UTF-8");
	fails("i=0; while [ $i -lt 99 ]; do printf '{\"a\":'; i=$((i + 1)); done",
	      "printed nonsense: the JSON is nested too deep");
}

/* An answer that is no lie as JSON. */
static void lies(const char *answer, const char *words)
{
	char script[4096], whole[512];

	snprintf(script, sizeof(script), "echo '%s'", answer);
	snprintf(whole, sizeof(whole), "printed nonsense: %s", words);
	fails(script, whole);
}

static void test_lies(void **state)
{
	(void)state;
	lies("{}", "ingress: expected a list, found nothing");
	lies("{\"ingress\": {}}", "ingress: expected a list, found an object");
	lies("{\"ingress\": [7]}", "ingress[0]: expected an object, found 7");
	lies("{\"ingress\": [{}]}",
	     "ingress[0]: there is no ip and no hostname");
	lies("{\"ingress\": [{\"ip\": \"web\"}]}",
	     "ingress[0].ip: expected an IP address, found \"web\"");
	lies("{\"ingress\": [{\"ip\": \"10.0.0.1\"}, {\"ip\": 7}]}",
	     "ingress[1].ip: expected a string, found 7");
	lies("{\"ingress\": [{\"ip\": \"127.0.0.2\"}]}",
	     "ingress[0].ip: 127.0.0.2 is a loopback address");
	lies("{\"ingress\": [{\"ip\": \"::\"}]}",
	     "ingress[0].ip: :: is the unspecified address");
	lies("{\"ingress\": [{\"ip\": \"10.0.0.1\"}, {\"ip\": \"10.0.0.01\"}]}",
	     "ingress[1]: it is there twice");
	lies("{\"ingress\": [{\"hostname\": \"a_b\"}]}",
	     "ingress[0].hostname: expected the name of a host, found \"a_b\"");
	lies("{\"ingress\": [{\"hostname\": \"10.0.0.1\"}]}",
	     "ingress[0].hostname: expected the name of a host, found \"10.0.0.1\"");
	lies("{\"ingress\": [{\"hostname\": \"a\", \"ipMode\": \"VIP\"}]}",
	     "ingress[0].ipMode: it goes with an ip, and there is none");
	lies("{\"ingress\": [{\"ip\": \"10.0.0.1\","
	     " \"ports\": [{\"port\": 0}]}]}",
	     "ingress[0].ports[0].port: expected a number from 1 to 65535, found 0");
	lies("{\"error\": 7}", "error: expected a string, found 7");
	lies("{\"error\": \"a\", \"ingress\": []}",
	     "error: there are an error and an ingress");
	lies("{\"error\": \"a\", \"retryAfterSeconds\": 0}",
	     "retryAfterSeconds: expected seconds from 1 to 86400, found 0");
	lies("{\"error\": \"a\", \"retryAfterSeconds\": \"9\"}",
	     "retryAfterSeconds: expected seconds from 1 to 86400, found \"9\"");
}

static void test_too_many_addresses(void **state)
{
	(void)state;
	fails("i=0; printf '{\"ingress\": ['; while [ $i -lt 65 ]; do"
	      " printf '{\"ip\": \"10.0.0.%d\"},' $i; i=$((i + 1)); done;"
	      " echo '{\"ip\": \"10.0.1.1\"}]}'",
	      "printed nonsense: ingress: there are 66 items, and 64 are most");
}

static void test_too_much_output(void **state)
{
	struct kvip_provider_answer answer;

	(void)state;
	answer = ask("echo $$ >$D/pid;"
		     " head -c 10000000 /dev/zero | tr '\\0' x; sleep 100");
	failed(&answer, "printed more than 1048576 bytes");
	await_death(atoi(file_text("pid")));
}

/* Just what is allowed is read. */
static void test_as_much_output_as_may_be(void **state)
{
	(void)state;
	gives("printf '{\"ingress\": []}'; head -c 1048561 /dev/zero | tr '\\0' ' '",
	      "[]");
	fails("printf '{\"ingress\": []}'; head -c 1048562 /dev/zero | tr '\\0' ' '",
	      "printed more than 1048576 bytes");
}

static void test_one_that_hangs(void **state)
{
	struct kvip_lb_config config =
		provider("trap '' TERM; sleep 100 & echo $! >$D/child;"
			 " echo $$ >$D/pid; echo stuck >&2;"
			 " while :; do sleep 1; done");
	double begin = kvip_clock_monotonic(), took;
	struct kvip_provider_answer answer =
		ask_in(&config, KVIP_PROVIDER_ENSURE, 0.5);

	(void)state;
	took = kvip_clock_monotonic() - begin;
	failed(&answer, "did not end within 0.5 seconds: stuck");
	/* two seconds from SIGTERM to SIGKILL */
	assert_true(took > 2.4 && took < 10);
	await_death(atoi(file_text("pid")));
	await_death(atoi(file_text("child")));
}

static void test_one_that_ends_when_asked(void **state)
{
	struct kvip_lb_config config =
		provider("trap 'echo tidied >$D/tidy; exit 0' TERM;"
			 " sleep 100 & echo $! >$D/child;"
			 " echo '{\"ingress\": []}'; wait; wait");
	double begin = kvip_clock_monotonic();
	struct kvip_provider_answer answer =
		ask_in(&config, KVIP_PROVIDER_ENSURE, 0.5);

	(void)state;
	failed(&answer, "did not end within 0.5 seconds");
	assert_true(kvip_clock_monotonic() - begin < 2.4);
	assert_string_equal(file_text("tidy"), "tidied\n");
	await_death(atoi(file_text("child")));
}

/* It has ended when its process has, whoever has its pipes. */
static void test_what_it_leaves_behind(void **state)
{
	double begin = kvip_clock_monotonic();

	(void)state;
	gives("sleep 100 & echo $! >$D/child; echo '{\"ingress\": []}'", "[]");
	assert_true(kvip_clock_monotonic() - begin < 10);
	await_death(atoi(file_text("child")));
}

/* Its output is closed long before its end. */
static void test_it_closes_and_goes_on(void **state)
{
	(void)state;
	forget("later");
	gives("echo '{\"ingress\": []}'; exec >&- 2>&-; sleep 0.3;"
	      " echo more; echo done >$D/later",
	      "[]");
	assert_string_equal(file_text("later"), "done\n");
}

/* Several calls of one loop. */
struct party {
	struct event_base *base;
	int n; /* answers that are awaited */
	struct kvip_provider_answer last;
	char lines[4096];
	int n_lines;
};

static void on_answer(void *arg, const struct kvip_provider_answer *answer)
{
	struct party *party = arg;

	party->last = *answer;
	party->last.ingress = NULL;
	if (!--party->n)
		event_base_loopbreak(party->base);
}

static void on_line(void *arg, const char *line)
{
	struct party *party = arg;
	size_t used = strlen(party->lines);

	party->n_lines++;
	snprintf(party->lines + used, sizeof(party->lines) - used, "%s|", line);
}

static struct kvip_provider_call *
begin_call(struct party *party, struct kvip_lb_config *config, const char *name)
{
	struct json_object *service = service_of(name);
	struct kvip_provider_call *call;

	if (!party->base)
		party->base = event_base_new();
	party->n++;
	call = kvip_provider_call(party->base, config, KVIP_PROVIDER_ENSURE,
				  service, NULL, on_answer, on_line, party);
	json_object_put(service);
	return call;
}

static void end_party(struct party *party)
{
	event_base_dispatch(party->base);
	assert_int_equal(party->n, 0);
	event_base_free(party->base);
}

static void test_lines_are_logged(void **state)
{
	struct kvip_lb_config config = provider(
		"printf 'one\\n\\n  two  \\nthree' >&2; echo '{\"ingress\": []}'");
	struct party party = {};

	(void)state;
	begin_call(&party, &config, "web");
	end_party(&party);
	assert_string_equal(party.lines, "one|two|three|");
	kvip_lb_config_free(&config);
	/* who complains without end is not listened to without end */
	config = provider("i=0; while [ $i -lt 3000 ]; do echo line $i >&2;"
			  " i=$((i + 1)); done; exit 1");
	memset(&party, 0, sizeof(party));
	begin_call(&party, &config, "web");
	end_party(&party);
	assert_int_equal(party.n_lines, 100);
	failed(&party.last, "ended with status 1: line 2999");
	kvip_lb_config_free(&config);
}

/* Says so in a file if it runs twice at once for one name. */
#define SOLO                                                                    \
	"name=$(sed 's/.*\"name\":\"\\([a-z]*\\)\".*/\\1/');"                   \
	" mkdir $D/$name.runs || echo twice >>$D/overlap; echo x >>$D/$name.n;" \
	" sleep 0.2; rmdir $D/$name.runs; echo '{\"ingress\": []}'"

static void test_one_at_a_time(void **state)
{
	struct kvip_lb_config config = provider(SOLO);
	struct party party = {};
	double begin = kvip_clock_monotonic(), took;
	pid_t other;
	int status;

	(void)state;
	forget("overlap");
	forget("web.n");
	other = fork();
	assert_true(other >= 0);
	if (!other) {
		begin_call(&party, &config, "web");
		begin_call(&party, &config, "web");
		event_base_dispatch(party.base);
		_exit(party.n);
	}
	begin_call(&party, &config, "web");
	begin_call(&party, &config, "web");
	end_party(&party);
	took = kvip_clock_monotonic() - begin;
	assert_int_equal(waitpid(other, &status, 0), other);
	assert_int_equal(status, 0);
	assert_string_equal(file_text("overlap"), "");
	assert_string_equal(file_text("web.n"), "x\nx\nx\nx\n");
	assert_true(took >= 0.4);
	assert_false(is_there("provider/uid-of-web.lock"));
	kvip_lb_config_free(&config);
}

static void test_services_do_not_wait_for_one_another(void **state)
{
	struct kvip_lb_config config =
		provider("echo x >>$D/all; while [ $(wc -l <$D/all) -lt 3 ]; do"
			 " sleep 0.05; done; echo '{\"ingress\": []}'");
	struct party party = {};

	(void)state;
	forget("all");
	begin_call(&party, &config, "a");
	begin_call(&party, &config, "b");
	begin_call(&party, &config, "c");
	end_party(&party);
	assert_string_equal(party.last.error.text, "");
	kvip_lb_config_free(&config);
}

/* Its asker is killed; it goes on, and the next one waits for its end. */
static void test_the_asker_is_killed(void **state)
{
	struct kvip_lb_config config =
		provider("mkdir $D/orphan || echo twice >>$D/overlap;"
			 " echo $$ >>$D/began; sleep 0.7; rmdir $D/orphan;"
			 " echo '{\"ingress\": []}'");
	struct party party = {};
	pid_t asker;

	(void)state;
	forget("overlap");
	forget("began");
	asker = fork();
	assert_true(asker >= 0);
	if (!asker) {
		begin_call(&party, &config, "web");
		event_base_dispatch(party.base);
		_exit(0);
	}
	await_file("began");
	kill(asker, SIGKILL);
	assert_int_equal(waitpid(asker, NULL, 0), asker);
	assert_true(is_there("orphan"));
	begin_call(&party, &config, "web");
	end_party(&party);
	assert_string_equal(party.last.error.text, "");
	assert_string_equal(file_text("overlap"), "");
	kvip_lb_config_free(&config);
}

static void test_somebody_keeps_the_lock(void **state)
{
	struct kvip_lb_config config = provider("echo '{\"ingress\": []}'");
	struct json_object *service = service_of("kept");
	char *path = kvip_provider_lock_path(service);
	struct party party = {};
	struct kvip_err err;
	double begin;
	int fd, second;

	(void)state;
	config.provider_seconds = 0.05;
	assert_int_equal(kvip_provider_lock(path, &fd, &err), 1);
	assert_int_equal(kvip_provider_lock(path, &second, &err), 0);
	begin = kvip_clock_monotonic();
	begin_call(&party, &config, "kept");
	end_party(&party);
	failed(&party.last,
	       "was not run: another one runs for Service demo/kept, and did not end");
	assert_true(kvip_clock_monotonic() - begin > 4);
	kvip_provider_unlock(path, fd);
	assert_int_equal(kvip_provider_lock(path, &fd, &err), 1);
	kvip_provider_unlock(path, fd);
	free(path);
	json_object_put(service);
	kvip_lb_config_free(&config);
}

/* Takes the lock again and again; the exit status tells how often not alone. */
static void contend(const char *path, const char *marker)
{
	int i, fd, overlaps = 0;
	struct kvip_err err;

	for (i = 0; i < 5000; i++) {
		int ret = kvip_provider_lock(path, &fd, &err);

		if (!ret)
			continue;
		if (ret < 0 || mkdir(marker, 0700))
			overlaps++;
		rmdir(marker);
		kvip_provider_unlock(path, fd);
	}
	_exit(overlaps > 255 ? 255 : overlaps);
}

/* Two have it at once if one waits for a file that another removed. */
static void test_many_want_the_lock(void **state)
{
	struct json_object *service = service_of("wanted");
	char *path = kvip_provider_lock_path(service);
	char *marker = path_of("marker");
	pid_t children[4];
	int i, status;

	(void)state;
	for (i = 0; i < 4; i++) {
		children[i] = fork();
		assert_true(children[i] >= 0);
		if (!children[i])
			contend(path, marker);
	}
	for (i = 0; i < 4; i++) {
		assert_int_equal(waitpid(children[i], &status, 0), children[i]);
		assert_int_equal(status, 0);
	}
	assert_int_equal(access(path, F_OK), -1);
	free(marker);
	free(path);
	json_object_put(service);
}

static void lock_is(const char *object, const char *run, const char *wanted)
{
	struct json_object *service = json_tokener_parse(object);
	char *path;

	if (run)
		setenv("RUNTIME_DIRECTORY", run, 1);
	else
		unsetenv("RUNTIME_DIRECTORY");
	path = kvip_provider_lock_path(service);
	assert_string_equal(path, wanted);
	free(path);
	json_object_put(service);
	setenv("RUNTIME_DIRECTORY", folder, 1);
}

static void test_lock_path(void **state)
{
	(void)state;
	lock_is("{\"metadata\": {\"uid\": \"a-b-1\"}}", NULL,
		"/run/kvip/provider/a-b-1.lock");
	lock_is("{\"metadata\": {\"uid\": \"../../etc/x\"}}", "/run/a:/run/b",
		"/run/a/provider/______etc_x.lock");
	lock_is("{\"metadata\": {\"namespace\": \"n\", \"name\": \"s\"}}", "",
		"/run/kvip/provider/n_s.lock");
}

static void test_no_folder_for_locks(void **state)
{
	struct kvip_lb_config config = provider("echo '{\"ingress\": []}'");
	char *file = path_of("program"), words[256];
	struct kvip_provider_answer answer;

	(void)state;
	setenv("RUNTIME_DIRECTORY", file, 1);
	answer = ask_in(&config, KVIP_PROVIDER_ENSURE, PATIENCE);
	snprintf(words, sizeof(words),
		 "cannot be run: %s/provider: Not a directory", file);
	failed(&answer, words);
	setenv("RUNTIME_DIRECTORY", folder, 1);
	free(file);
}

static void test_cancel(void **state)
{
	struct kvip_lb_config config =
		provider("echo $$ >$D/pid; exec sleep 100");
	struct party party = {};
	struct kvip_provider_call *runs, *waits;

	(void)state;
	forget("pid");
	runs = begin_call(&party, &config, "web");
	while (!*file_text("pid"))
		event_base_loop(party.base, EVLOOP_NONBLOCK);
	waits = begin_call(&party, &config, "web");
	event_base_loop(party.base, EVLOOP_NONBLOCK);
	kvip_provider_cancel(waits);
	kvip_provider_cancel(runs);
	kvip_provider_cancel(NULL);
	await_death(atoi(file_text("pid")));
	/* returns, as nothing is waited for */
	event_base_dispatch(party.base);
	assert_int_equal(party.n, 2);
	assert_false(is_there("provider/uid-of-web.lock"));
	event_base_free(party.base);
	kvip_lb_config_free(&config);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_addresses),
		cmocka_unit_test(test_request),
		cmocka_unit_test(test_input_is_not_read),
		cmocka_unit_test(test_delete),
		cmocka_unit_test(test_environment),
		cmocka_unit_test(test_its_own_error),
		cmocka_unit_test(test_it_ends_badly),
		cmocka_unit_test(test_it_cannot_be_run),
		cmocka_unit_test(test_garbage),
		cmocka_unit_test(test_lies),
		cmocka_unit_test(test_too_many_addresses),
		cmocka_unit_test(test_too_much_output),
		cmocka_unit_test(test_as_much_output_as_may_be),
		cmocka_unit_test(test_one_that_hangs),
		cmocka_unit_test(test_one_that_ends_when_asked),
		cmocka_unit_test(test_what_it_leaves_behind),
		cmocka_unit_test(test_it_closes_and_goes_on),
		cmocka_unit_test(test_lines_are_logged),
		cmocka_unit_test(test_one_at_a_time),
		cmocka_unit_test(test_services_do_not_wait_for_one_another),
		cmocka_unit_test(test_the_asker_is_killed),
		cmocka_unit_test(test_somebody_keeps_the_lock),
		cmocka_unit_test(test_many_want_the_lock),
		cmocka_unit_test(test_lock_path),
		cmocka_unit_test(test_no_folder_for_locks),
		cmocka_unit_test(test_cancel),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
