// SPDX-License-Identifier: GPL-2.0-or-later
#include <event2/event.h>
#include <stdlib.h>

#include "alloc.h"
#include "multi.h"

struct kvip_multi {
	struct event_base *base;
	const struct kvip_multi_ops *ops;
	void *arg;
	CURLM *curl;
	struct event *timer;
	size_t n; /* transfers */
	bool inside; /* libcurl calls us */
	bool busy; /* ... or is being asked what ended */
	bool retired;
};

static void free_if_over(struct kvip_multi *multi)
{
	if (!multi->retired || multi->n || multi->busy)
		return;
	/* closes connections, and tells on_socket() of them */
	curl_multi_cleanup(multi->curl);
	event_free(multi->timer);
	free(multi);
}

static void tell_ends(struct kvip_multi *multi)
{
	CURLMsg *message;
	int n;

	while ((message = curl_multi_info_read(multi->curl, &n))) {
		/* what it points to is gone with the transfer */
		CURL *easy = message->easy_handle;
		CURLcode result = message->data.result;

		if (message->msg == CURLMSG_DONE)
			multi->ops->done(multi->arg, easy, result);
	}
}

static void act(struct kvip_multi *multi, curl_socket_t fd, int what)
{
	int n;

	multi->busy = true;
	multi->inside = true;
	curl_multi_socket_action(multi->curl, fd, what, &n);
	multi->inside = false;
	multi->ops->left(multi->arg);
	tell_ends(multi);
	multi->busy = false;
	free_if_over(multi);
}

static void on_ready(evutil_socket_t fd, short what, void *arg)
{
	act(arg, fd,
	    (what & EV_READ ? CURL_CSELECT_IN : 0) |
		    (what & EV_WRITE ? CURL_CSELECT_OUT : 0));
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	act(arg, CURL_SOCKET_TIMEOUT, 0);
}

/* libcurl says what it waits for; @data is the socket's event, or NULL. */
static int on_socket(CURL *easy, curl_socket_t fd, int what, void *arg,
		     void *data)
{
	struct kvip_multi *multi = arg;
	struct event *event = data;
	short events = EV_PERSIST;

	(void)easy;
	if (event)
		event_free(event);
	if (what == CURL_POLL_REMOVE) {
		curl_multi_assign(multi->curl, fd, NULL);
		return 0;
	}
	if (what & CURL_POLL_IN)
		events |= EV_READ;
	if (what & CURL_POLL_OUT)
		events |= EV_WRITE;
	event = event_new(multi->base, fd, events, on_ready, multi);
	curl_multi_assign(multi->curl, fd, event);
	if (!event || event_add(event, NULL))
		return -1;
	return 0;
}

static int on_timeout(CURLM *curl, long ms, void *arg)
{
	struct kvip_multi *multi = arg;
	struct timeval time = { ms / 1000, ms % 1000 * 1000 };

	(void)curl;
	if (ms < 0)
		event_del(multi->timer);
	else
		event_add(multi->timer, &time);
	return 0;
}

struct kvip_multi *kvip_multi_new(struct event_base *base,
				  const struct kvip_multi_ops *ops, void *arg)
{
	struct kvip_multi *multi = kvip_alloc(sizeof(*multi));

	multi->base = base;
	multi->ops = ops;
	multi->arg = arg;
	multi->curl = curl_multi_init();
	multi->timer = evtimer_new(base, on_timer, multi);
	if (!multi->curl || !multi->timer) {
		curl_multi_cleanup(multi->curl);
		if (multi->timer)
			event_free(multi->timer);
		free(multi);
		return NULL;
	}
	curl_multi_setopt(multi->curl, CURLMOPT_SOCKETFUNCTION, on_socket);
	curl_multi_setopt(multi->curl, CURLMOPT_SOCKETDATA, multi);
	curl_multi_setopt(multi->curl, CURLMOPT_TIMERFUNCTION, on_timeout);
	curl_multi_setopt(multi->curl, CURLMOPT_TIMERDATA, multi);
	return multi;
}

void kvip_multi_retire(struct kvip_multi *multi)
{
	multi->retired = true;
	free_if_over(multi);
}

int kvip_multi_add(struct kvip_multi *multi, CURL *easy)
{
	/* what it does first it does by the timer */
	if (curl_multi_add_handle(multi->curl, easy))
		return -1;
	multi->n++;
	return 0;
}

void kvip_multi_remove(struct kvip_multi *multi, CURL *easy)
{
	curl_multi_remove_handle(multi->curl, easy);
	multi->n--;
	free_if_over(multi);
}

bool kvip_multi_inside(const struct kvip_multi *multi)
{
	return multi->inside;
}
