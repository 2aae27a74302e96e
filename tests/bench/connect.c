// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Connections whose cost is measured: TCP, one byte each way, one at a time.
 *
 *   connect serve PORT                                    answer until killed
 *   connect ask [-r] [-b BATCHES] [-n COUNT] ADDRESS PORT
 *
 * The server gives back each byte that it gets, on all addresses of both
 * families. "ask" does BATCHES + 1 times COUNT connections: connect, a byte, its
 * echo, close. With -r all bytes go over one connection, so that it is round
 * trips that are counted. It prints "MEDIAN LOWEST HIGHEST NUMBER": nanoseconds
 * for one, of the batches without the first, and how many connections it made.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define BATCHES_MAX 1000

static void die(const char *what)
{
	fprintf(stderr, "connect: %s: %s\n", what, strerror(errno));
	exit(1);
}

static int usage(void)
{
	fputs("usage: connect serve PORT\n"
	      "       connect ask [-r] [-b BATCHES] [-n COUNT] ADDRESS PORT\n",
	      stderr);
	return 2;
}

static _Noreturn void serve(const char *port)
{
	struct sockaddr_in6 all = {
		.sin6_family = AF_INET6,
		.sin6_port = htons((uint16_t)atoi(port)),
		.sin6_addr = IN6ADDR_ANY_INIT,
	};
	int one = 1, listener, fd;
	char byte;

	listener = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (listener < 0)
		die("socket");
	if (setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) ||
	    bind(listener, (struct sockaddr *)&all, sizeof(all)) ||
	    listen(listener, 128))
		die("listen");
	puts("ready");
	fflush(stdout);

	for (;;) {
		fd = accept(listener, NULL, NULL);
		if (fd < 0)
			die("accept");
		while (read(fd, &byte, 1) == 1)
			if (write(fd, &byte, 1) != 1)
				break;
		close(fd);
	}
}

static socklen_t parse(const char *address, const char *port,
		       struct sockaddr_storage *to)
{
	struct sockaddr_in *v4 = (struct sockaddr_in *)to;
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)to;

	memset(to, 0, sizeof(*to));
	if (inet_pton(AF_INET, address, &v4->sin_addr) == 1) {
		v4->sin_family = AF_INET;
		v4->sin_port = htons((uint16_t)atoi(port));
		return sizeof(*v4);
	}
	if (inet_pton(AF_INET6, address, &v6->sin6_addr) == 1) {
		v6->sin6_family = AF_INET6;
		v6->sin6_port = htons((uint16_t)atoi(port));
		return sizeof(*v6);
	}
	fprintf(stderr, "connect: %s is no address\n", address);
	exit(2);
}

static int begin(const struct sockaddr_storage *to, socklen_t len)
{
	int fd = socket(to->ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		die("socket");
	if (connect(fd, (const struct sockaddr *)to, len))
		die("connect");
	return fd;
}

static void exchange(int fd)
{
	char byte = 'x';

	if (write(fd, &byte, 1) != 1)
		die("write");
	if (read(fd, &byte, 1) != 1 || byte != 'x')
		die("read");
}

static long long now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static int compare(const void *a, const void *b)
{
	long long x = *(const long long *)a, y = *(const long long *)b;

	return (x > y) - (x < y);
}

int main(int argc, char **argv)
{
	static long long costs[BATCHES_MAX];
	int batches = 9, count = 100, option, i, j, fd = -1;
	struct sockaddr_storage to;
	bool round_trips = false;
	long long start;
	socklen_t len;

	if (argc == 3 && !strcmp(argv[1], "serve"))
		serve(argv[2]);
	if (argc < 2 || strcmp(argv[1], "ask"))
		return usage();
	argv++;
	argc--;
	while ((option = getopt(argc, argv, "b:n:r")) != -1)
		switch (option) {
		case 'b':
			batches = atoi(optarg);
			break;
		case 'n':
			count = atoi(optarg);
			break;
		case 'r':
			round_trips = true;
			break;
		default:
			return usage();
		}
	if (optind + 2 != argc || batches < 1 || batches > BATCHES_MAX ||
	    count < 1)
		return usage();

	len = parse(argv[optind], argv[optind + 1], &to);
	if (round_trips)
		fd = begin(&to, len);
	for (i = -1; i < batches; i++) {
		start = now();
		for (j = 0; j < count; j++) {
			if (!round_trips)
				fd = begin(&to, len);
			exchange(fd);
			if (!round_trips)
				close(fd);
		}
		if (i >= 0)
			costs[i] = (now() - start) / count;
	}
	qsort(costs, (size_t)batches, sizeof(costs[0]), compare);
	printf("%lld %lld %lld %d\n", costs[batches / 2], costs[0],
	       costs[batches - 1], round_trips ? 1 : (batches + 1) * count);
	return 0;
}
