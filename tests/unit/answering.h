/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A server in threads of its own that gives prepared answers, for clients that
 * wait for them. Each answer is for one request, which is told by its beginning.
 */
#ifndef TESTS_ANSWERING_H
#define TESTS_ANSWERING_H

#include <arpa/inet.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#define ANSWERS_MAX 16
#define HEARD_LEN 1024

enum answer_end {
	WHOLE, /* with its length */
	ENDED, /* in chunks, with the last one */
	CUT, /* in chunks, without it */
	HELD, /* in chunks, until the client goes */
};

struct answer {
	const char *request; /* "GET /path", its beginning */
	int status; /* 0: close without a word */
	const char *body;
	enum answer_end end;
};

struct answering {
	struct answer answers[ANSWERS_MAX];
	bool given[ANSWERS_MAX];
	char heard[ANSWERS_MAX][HEARD_LEN]; /* "GET /path", and the body */
	size_t n_heard;
	int fd;
	char url[64];
	pthread_t thread;
	pthread_t threads[ANSWERS_MAX];
	size_t n_threads;
	pthread_mutex_t lock;
};

struct answering_conn {
	struct answering *server;
	int fd;
};

static inline void say(int fd, const char *text)
{
	size_t len = strlen(text);

	while (len) {
		ssize_t n = send(fd, text, len, MSG_NOSIGNAL);

		if (n <= 0)
			return;
		text += n;
		len -= (size_t)n;
	}
}

/* "METHOD TARGET BODY" of the next request; false: there is none. */
static inline bool hear(int fd, char *heard)
{
	static const char length[] = "\r\nContent-Length: ";
	char text[8192];
	size_t len = 0, want = 0;
	char *end = NULL, *at, *blank;

	while (!end || len < want) {
		ssize_t n = recv(fd, text + len, sizeof(text) - 1 - len, 0);

		if (n <= 0)
			return false;
		len += (size_t)n;
		text[len] = '\0';
		end = strstr(text, "\r\n\r\n");
		if (!end)
			continue;
		at = strcasestr(text, length);
		want = (size_t)(end - text) + 4;
		if (at && at < end)
			want += strtoul(at + sizeof(length) - 1, NULL, 10);
	}
	/* the method and the target, without HTTP/1.1 */
	blank = strchr(strchr(text, ' ') + 1, ' ');
	snprintf(heard, HEARD_LEN, "%.*s%s%s", (int)(blank - text), text,
		 end[4] ? " " : "", end + 4);
	return true;
}

static inline struct answer *answer_for(struct answering *server,
					const char *heard)
{
	struct answer *found = NULL;
	size_t i;

	pthread_mutex_lock(&server->lock);
	if (server->n_heard < ANSWERS_MAX)
		strcpy(server->heard[server->n_heard++], heard);
	for (i = 0; i < ANSWERS_MAX && !found; i++) {
		struct answer *answer = &server->answers[i];

		if (server->given[i] || !answer->request ||
		    strncmp(heard, answer->request, strlen(answer->request)))
			continue;
		server->given[i] = true;
		found = answer;
	}
	pthread_mutex_unlock(&server->lock);
	return found;
}

static inline void give(int fd, const struct answer *answer)
{
	const char *body = answer->body ? answer->body : "";
	char text[16384];

	snprintf(text, sizeof(text),
		 "HTTP/1.1 %d X\r\nContent-Type: application/json\r\n"
		 "Connection: close\r\n",
		 answer->status);
	say(fd, text);
	if (answer->end == WHOLE) {
		snprintf(text, sizeof(text), "Content-Length: %zu\r\n\r\n%s",
			 strlen(body), body);
		say(fd, text);
		return;
	}
	say(fd, "Transfer-Encoding: chunked\r\n\r\n");
	if (*body) {
		snprintf(text, sizeof(text), "%zx\r\n%s\r\n", strlen(body),
			 body);
		say(fd, text);
	}
	if (answer->end == ENDED)
		say(fd, "0\r\n\r\n");
	if (answer->end == HELD)
		recv(fd, text, 1, 0);
}

static void *answer_conn(void *arg)
{
	struct answering_conn *conn = arg;
	char heard[HEARD_LEN];
	struct answer *answer;

	if (hear(conn->fd, heard)) {
		answer = answer_for(conn->server, heard);
		if (answer && answer->status)
			give(conn->fd, answer);
	}
	close(conn->fd);
	free(conn);
	return NULL;
}

static void *answer_all(void *arg)
{
	struct answering *server = arg;

	while (server->n_threads < ANSWERS_MAX) {
		struct answering_conn *conn = malloc(sizeof(*conn));

		conn->server = server;
		conn->fd = accept(server->fd, NULL, NULL);
		if (conn->fd < 0) {
			free(conn);
			break;
		}
		pthread_create(&server->threads[server->n_threads++], NULL,
			       answer_conn, conn);
	}
	return NULL;
}

/* Begin to listen, with @server->answers as they are. */
static inline void answering_begin(struct answering *server)
{
	struct sockaddr_in addr = {
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	socklen_t len = sizeof(addr);

	server->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_return_code(bind(server->fd, (struct sockaddr *)&addr, len), 0);
	assert_return_code(listen(server->fd, 10), 0);
	assert_return_code(
		getsockname(server->fd, (struct sockaddr *)&addr, &len), 0);
	snprintf(server->url, sizeof(server->url), "http://127.0.0.1:%d",
		 ntohs(addr.sin_port));
	pthread_mutex_init(&server->lock, NULL);
	assert_int_equal(
		pthread_create(&server->thread, NULL, answer_all, server), 0);
}

/* The client is gone: all that is left ends. */
static inline void answering_end(struct answering *server)
{
	size_t i;

	shutdown(server->fd, SHUT_RDWR);
	pthread_join(server->thread, NULL);
	close(server->fd);
	for (i = 0; i < server->n_threads; i++)
		pthread_join(server->threads[i], NULL);
	pthread_mutex_destroy(&server->lock);
}

#endif /* TESTS_ANSWERING_H */
