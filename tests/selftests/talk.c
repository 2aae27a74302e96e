// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Servers and clients for the tests, over TCP, UDP and SCTP.
 *
 *   talk serve [-p PROTO] [-n NAME] ADDRESS PORT...   answer until killed
 *   talk ask [-p PROTO] [-c COUNT] [-t MS] [-i MS] [-b PORT] ADDRESS PORT
 *   talk hold [-p PROTO] [-t MS] ADDRESS PORT
 *
 * A server answers every connection (UDP: every datagram) with a line "NAME
 * PEER-ADDRESS LOCAL-PORT", and each further byte with the same line.
 *
 * "ask" connects COUNT times, one after the other, every time from a new port
 * (with -b from PORT, PORT + 1 and so on, so that none is used twice), and prints for each connection the server's line, or REFUSED, TIMEOUT or the
 * errno's text. It waits MS at most for an answer, and -i MS between two. Exit
 * status 0 if all were answered. SIGTERM makes it stop after the one under way.
 *
 * "hold" connects once, prints the line, then asks again over the same
 * connection for each line of its standard input. It ends with its input, or
 * with exit status 1 as soon as the connection does.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define LINE 256
#define PEERS 4096

static const char *name = "?";
static int proto = IPPROTO_TCP;
static int wait_ms = 3000;
static int source_port;
static volatile sig_atomic_t stopped;

static void stop(int signal)
{
	(void)signal;
	stopped = 1;
}

static void die(const char *what)
{
	fprintf(stderr, "talk: %s: %s\n", what, strerror(errno));
	exit(2);
}

static socklen_t address(const char *text, const char *port,
			 struct sockaddr_storage *to)
{
	struct sockaddr_in *v4 = (struct sockaddr_in *)to;
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)to;

	memset(to, 0, sizeof(*to));
	if (inet_pton(AF_INET, text, &v4->sin_addr) == 1) {
		v4->sin_family = AF_INET;
		v4->sin_port = htons((uint16_t)atoi(port));
		return sizeof(*v4);
	}
	if (inet_pton(AF_INET6, text, &v6->sin6_addr) == 1) {
		v6->sin6_family = AF_INET6;
		v6->sin6_port = htons((uint16_t)atoi(port));
		return sizeof(*v6);
	}
	fprintf(stderr, "talk: %s is no address\n", text);
	exit(2);
}

static int new_socket(int family)
{
	int type = proto == IPPROTO_UDP ? SOCK_DGRAM : SOCK_STREAM;
	int fd = socket(family, type | SOCK_CLOEXEC, proto);

	if (fd < 0)
		die("socket");
	return fd;
}

static size_t answer(char line[LINE], const struct sockaddr_storage *peer,
		     int port)
{
	const void *addr =
		peer->ss_family == AF_INET ?
			(const void *)&((const struct sockaddr_in *)peer)
				->sin_addr :
			(const void *)&((const struct sockaddr_in6 *)peer)
				->sin6_addr;
	char text[INET6_ADDRSTRLEN];

	inet_ntop(peer->ss_family, addr, text, sizeof(text));
	return (size_t)snprintf(line, LINE, "%s %s %d\n", name, text, port);
}

static int local_port(int fd)
{
	struct sockaddr_storage local;
	socklen_t len = sizeof(local);

	if (getsockname(fd, (struct sockaddr *)&local, &len))
		die("getsockname");
	/* at the same place in both families */
	return ntohs(((struct sockaddr_in *)&local)->sin_port);
}

/* One readable socket: a listener, a connection, or a datagram socket. */
static int serve_one(int fd, bool listening, struct pollfd *polls, int n)
{
	struct sockaddr_storage peer;
	socklen_t len = sizeof(peer);
	char line[LINE], bytes[LINE];
	size_t size;
	ssize_t got;

	if (proto == IPPROTO_UDP) {
		got = recvfrom(fd, bytes, sizeof(bytes), 0,
			       (struct sockaddr *)&peer, &len);
		if (got < 0)
			return n;
		size = answer(line, &peer, local_port(fd));
		sendto(fd, line, size, 0, (struct sockaddr *)&peer, len);
		return n;
	}
	if (listening) {
		int conn = accept4(fd, (struct sockaddr *)&peer, &len,
				   SOCK_CLOEXEC);

		if (conn < 0)
			return n;
		if (n == PEERS) {
			close(conn);
			return n;
		}
		size = answer(line, &peer, local_port(fd));
		send(conn, line, size, MSG_NOSIGNAL);
		polls[n] = (struct pollfd){ .fd = conn, .events = POLLIN };
		return n + 1;
	}
	got = recv(fd, bytes, sizeof(bytes), MSG_DONTWAIT);
	if (got < 0 && errno == EAGAIN)
		return n;
	if (got > 0 && !getpeername(fd, (struct sockaddr *)&peer, &len)) {
		size = answer(line, &peer, local_port(fd));
		send(fd, line, size, MSG_NOSIGNAL);
		return n;
	}
	close(fd);
	return -1;
}

static int serve(int argc, char **argv)
{
	static struct pollfd polls[PEERS];
	int i, n = 0, listeners, on = 1;

	for (i = 1; i < argc && n < PEERS / 2; i++) {
		struct sockaddr_storage at;
		socklen_t len = address(argv[0], argv[i], &at);
		int fd = new_socket(at.ss_family);

		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
		if (bind(fd, (struct sockaddr *)&at, len))
			die("bind");
		if (proto != IPPROTO_UDP && listen(fd, 4096))
			die("listen");
		/* what poll() saw may be gone when accept() comes */
		fcntl(fd, F_SETFL, O_NONBLOCK);
		polls[n++] = (struct pollfd){ .fd = fd, .events = POLLIN };
	}
	listeners = n;
	puts("ready");
	fflush(stdout);
	while (!stopped) {
		/*
		 * Not for ever: with two processors, 6.1's SCTP now and then
		 * does not wake a listener that has an association to accept,
		 * kvip or no kvip. Looking again finds it.
		 */
		if (poll(polls, (nfds_t)n, 200) < 0)
			continue;
		for (i = n - 1; i >= 0; i--) {
			int more;

			if (!polls[i].revents)
				continue;
			more = serve_one(polls[i].fd, i < listeners, polls, n);
			if (more >= 0)
				n = more;
			else
				polls[i] = polls[--n];
		}
	}
	return 0;
}

static bool await(int fd, int ms)
{
	struct pollfd poll_fd = { .fd = fd, .events = POLLIN };
	int ret;

	do {
		ret = poll(&poll_fd, 1, ms);
	} while (ret < 0 && errno == EINTR && !stopped);
	if (!ret)
		errno = ETIMEDOUT;
	return ret > 0;
}

/*
 * As with the listener, SCTP's side of an open association now and then sleeps
 * on; asking again within it wakes it.
 */
static bool await_line(int fd)
{
	int ms = wait_ms;

	for (; proto == IPPROTO_SCTP && ms > 500 && !stopped; ms -= 500) {
		if (await(fd, 500))
			return true;
		send(fd, "?", 1, MSG_NOSIGNAL);
	}
	return await(fd, ms);
}

static bool say(int fd, char *line, size_t size)
{
	ssize_t got;

	if (!await_line(fd))
		return false;
	got = recv(fd, line, size - 1, 0);
	if (!got)
		errno = ECONNRESET;
	if (got <= 0)
		return false;
	line[got] = '\0';
	/* one line, should there have been two answers */
	if (strchr(line, '\n'))
		strchr(line, '\n')[1] = '\0';
	return true;
}

static bool connected(int fd, const struct sockaddr_storage *to, socklen_t len)
{
	int error = 0;
	socklen_t size = sizeof(error);
	struct timeval wait = { .tv_sec = wait_ms / 1000,
				.tv_usec = wait_ms % 1000 * 1000 };

	/* A blocking connect obeys the send timeout, SCTP's too. */
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof(wait));
	if (!connect(fd, (const struct sockaddr *)to, len))
		return true;
	if (errno == EINPROGRESS || errno == EAGAIN) {
		errno = ETIMEDOUT;
		return false;
	}
	if (!getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) && error)
		errno = error;
	return false;
}

/* From the next port of -b, at whatever address the kernel chooses. */
static void bind_source(int fd, int family)
{
	struct sockaddr_storage from;
	char port[8];
	int on = 1;
	socklen_t len;

	if (!source_port)
		return;
	snprintf(port, sizeof(port), "%d", source_port++);
	len = address(family == AF_INET ? "0.0.0.0" : "::", port, &from);
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(fd, (struct sockaddr *)&from, len))
		die("bind");
}

static const char *failure(void)
{
	switch (errno) {
	case ECONNREFUSED:
		return "REFUSED";
	case ETIMEDOUT:
		return "TIMEOUT";
	}
	return strerror(errno);
}

/* Connect, and get the first line. The socket, or -1. */
static int ask_once(const char *host, const char *port, char line[LINE])
{
	struct sockaddr_storage to;
	socklen_t len = address(host, port, &to);
	int fd = new_socket(to.ss_family);

	bind_source(fd, to.ss_family);
	if (connected(fd, &to, len) &&
	    (proto != IPPROTO_UDP || send(fd, "?", 1, 0) == 1) &&
	    say(fd, line, LINE))
		return fd;
	snprintf(line, LINE, "%s\n", failure());
	close(fd);
	return -1;
}

static int ask(int count, int pause_ms, char **argv)
{
	struct timespec pause = { .tv_sec = pause_ms / 1000,
				  .tv_nsec = pause_ms % 1000 * 1000000L };
	int ret = 0;

	while (count-- && !stopped) {
		char line[LINE];
		int fd = ask_once(argv[0], argv[1], line);

		/* the one that SIGTERM came into is not told */
		if (fd < 0 && stopped)
			break;
		fputs(line, stdout);
		fflush(stdout);
		if (fd < 0)
			ret = 1;
		else
			close(fd);
		if (pause_ms && count)
			nanosleep(&pause, NULL);
	}
	return ret;
}

static int hold(char **argv)
{
	char line[LINE], typed[LINE];
	int fd = ask_once(argv[0], argv[1], line);
	struct pollfd polls[2] = { { .fd = STDIN_FILENO, .events = POLLIN },
				   { .fd = fd, .events = POLLIN } };

	fputs(line, stdout);
	fflush(stdout);
	if (fd < 0)
		return 1;
	for (;;) {
		if (poll(polls, 2, -1) < 0)
			continue;
		if (polls[1].revents) {
			puts("CLOSED");
			return 1;
		}
		if (!polls[0].revents)
			continue;
		if (read(STDIN_FILENO, typed, sizeof(typed)) <= 0)
			return 0;
		if (send(fd, "?", 1, MSG_NOSIGNAL) != 1 ||
		    !say(fd, line, LINE)) {
			printf("%s\n", failure());
			return 1;
		}
		fputs(line, stdout);
		fflush(stdout);
	}
}

int main(int argc, char **argv)
{
	/* not SA_RESTART: poll() shall see it */
	struct sigaction action = { .sa_handler = stop };
	int option, count = 1, pause_ms = 0;
	const char *what = argc > 1 ? argv[1] : "";

	sigaction(SIGTERM, &action, NULL);
	argc--;
	argv++;
	while ((option = getopt(argc, argv, "b:c:i:n:p:t:")) != -1) {
		switch (option) {
		case 'b':
			source_port = atoi(optarg);
			break;
		case 'c':
			count = atoi(optarg);
			break;
		case 'i':
			pause_ms = atoi(optarg);
			break;
		case 'n':
			name = optarg;
			break;
		case 'p':
			proto = !strcasecmp(optarg, "udp")  ? IPPROTO_UDP :
				!strcasecmp(optarg, "sctp") ? IPPROTO_SCTP :
							      IPPROTO_TCP;
			break;
		case 't':
			wait_ms = atoi(optarg);
			break;
		default:
			return 2;
		}
	}
	argc -= optind;
	argv += optind;
	if (argc >= 2 && !strcmp(what, "serve"))
		return serve(argc, argv);
	if (argc == 2 && !strcmp(what, "ask"))
		return ask(count, pause_ms, argv);
	if (argc == 2 && !strcmp(what, "hold"))
		return hold(argv);
	fputs("usage: talk serve|ask|hold [OPTIONS] ADDRESS PORT...\n", stderr);
	return 2;
}
