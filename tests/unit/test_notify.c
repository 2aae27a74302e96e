// SPDX-License-Identifier: GPL-2.0-or-later
/* The datagrams to systemd, seen at the other end of its socket. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#include "notify.h"

/* A socket such as systemd's; @name as in $NOTIFY_SOCKET. */
static int listen_at(const char *name)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0);

	memcpy(at.sun_path, name, strlen(name));
	if (*name == '@')
		at.sun_path[0] = '\0';
	assert_int_equal(
		bind(fd, (struct sockaddr *)&at,
		     (socklen_t)(offsetof(struct sockaddr_un, sun_path) +
				 strlen(name))),
		0);
	setenv("NOTIFY_SOCKET", name, 1);
	return fd;
}

static void assert_received(int fd, const char *wanted)
{
	char text[2048];
	ssize_t n = recv(fd, text, sizeof(text) - 1, 0);

	assert_true(n > 0);
	text[n] = '\0';
	assert_string_equal(text, wanted);
}

static void an_abstract_socket_is_told(void **state)
{
	char name[64];
	int fd;

	(void)state;
	snprintf(name, sizeof(name), "@kvip-test-notify-%d", getpid());
	fd = listen_at(name);
	kvip_notify("READY=1\nSTATUS=%d Services", 12);
	assert_received(fd, "READY=1\nSTATUS=12 Services");
	kvip_notify("WATCHDOG=1");
	assert_received(fd, "WATCHDOG=1");
	close(fd);
}

static void a_socket_with_a_path_is_told(void **state)
{
	char dir[] = "/tmp/kvip-test-notify-XXXXXX", name[64];
	int fd;

	(void)state;
	assert_non_null(mkdtemp(dir));
	snprintf(name, sizeof(name), "%s/notify", dir);
	fd = listen_at(name);
	kvip_notify("STOPPING=1");
	assert_received(fd, "STOPPING=1");
	close(fd);
	unlink(name);
	rmdir(dir);
}

/* Neither ends the agent, and the log tells the first one only. */
static void a_socket_that_is_wrong_is_logged_once(void **state)
{
	static const char *const names[] = { "relative", "@", "/nowhere/at" };
	int kept = dup(STDERR_FILENO), ends[2];
	char text[2048];
	size_t i;
	ssize_t n;

	(void)state;
	assert_int_equal(pipe(ends), 0);
	dup2(ends[1], STDERR_FILENO);
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		setenv("NOTIFY_SOCKET", names[i], 1);
		kvip_notify("READY=1");
	}
	dup2(kept, STDERR_FILENO);
	close(kept);
	close(ends[1]);
	n = read(ends[0], text, sizeof(text) - 1);
	close(ends[0]);
	assert_true(n > 0);
	text[n] = '\0';
	assert_non_null(strstr(text, "socket=relative"));
	assert_null(strstr(text, "nowhere"));
}

static void nothing_is_sent_without_a_socket(void **state)
{
	(void)state;
	unsetenv("NOTIFY_SOCKET");
	kvip_notify("READY=1");
	setenv("NOTIFY_SOCKET", "", 1);
	kvip_notify("READY=1");
	unsetenv("NOTIFY_SOCKET");
}

static void the_watchdog_is_fed_in_half_its_time(void **state)
{
	static const char *const wrong[] = { "", "x", "-1", "12x",
					     "99999999999999999999999" };
	char pid[16];
	size_t i;

	(void)state;
	unsetenv("WATCHDOG_PID");
	unsetenv("WATCHDOG_USEC");
	assert_true(kvip_notify_watchdog() == 0);
	setenv("WATCHDOG_USEC", "30000000", 1);
	assert_true(kvip_notify_watchdog() == 15);
	snprintf(pid, sizeof(pid), "%d", getpid());
	setenv("WATCHDOG_PID", pid, 1);
	assert_true(kvip_notify_watchdog() == 15);
	for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		setenv("WATCHDOG_USEC", wrong[i], 1);
		assert_true(kvip_notify_watchdog() == 0);
	}
}

static void anothers_watchdog_is_left_alone(void **state)
{
	(void)state;
	setenv("WATCHDOG_USEC", "30000000", 1);
	setenv("WATCHDOG_PID", "1", 1);
	assert_true(kvip_notify_watchdog() == 0);
	setenv("WATCHDOG_PID", "me", 1);
	assert_true(kvip_notify_watchdog() == 0);
	unsetenv("WATCHDOG_PID");
	unsetenv("WATCHDOG_USEC");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_abstract_socket_is_told),
		cmocka_unit_test(a_socket_with_a_path_is_told),
		cmocka_unit_test(a_socket_that_is_wrong_is_logged_once),
		cmocka_unit_test(nothing_is_sent_without_a_socket),
		cmocka_unit_test(the_watchdog_is_fed_in_half_its_time),
		cmocka_unit_test(anothers_watchdog_is_left_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
