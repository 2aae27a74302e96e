// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "get_request.h"

static struct kvip_get_target *add_target(struct kvip_get_request *request,
					  const struct kvip_rows *rows)
{
	struct kvip_get_target *target;

	request->targets = kvip_grow(request->targets, request->n,
				     sizeof(*request->targets));
	target = &request->targets[request->n++];
	target->rows = rows;
	return target;
}

static void add_name(struct kvip_get_target *target, const char *name)
{
	target->names = kvip_grow(target->names, target->n_names,
				  sizeof(*target->names));
	target->names[target->n_names++] = name;
}

static const struct kvip_rows *find_rows(const char *word, size_t len,
					 struct kvip_err *err)
{
	const struct kvip_rows *rows;
	char *type = kvip_alloc(len + 1);

	memcpy(type, word, len);
	rows = kvip_rows_find(type);
	if (!rows)
		kvip_err_set(
			err,
			"there is no type \"%s\": there are services, endpoints, endpointslices, pods, deployments and nodes",
			type);
	free(type);
	return rows;
}

/* TYPE,TYPE: each once, in order. */
static int read_types(struct kvip_get_request *request, const char *word,
		      struct kvip_err *err)
{
	for (;;) {
		size_t i, len = strcspn(word, ",");
		const struct kvip_rows *rows = find_rows(word, len, err);

		if (!rows)
			return -1;
		for (i = 0; i < request->n; i++)
			if (request->targets[i].rows == rows)
				break;
		if (i == request->n)
			add_target(request, rows);
		if (!word[len])
			return 0;
		word += len + 1;
	}
}

/* TYPE/NAME: neighbours of one type are one target. */
static int read_pair(struct kvip_get_request *request, const char *word,
		     struct kvip_err *err)
{
	size_t len = strcspn(word, "/");
	const struct kvip_rows *rows;

	if (!len || !word[len] || !word[len + 1] || strchr(word + len + 1, '/'))
		return kvip_err_set(
			err,
			"\"%s\": there may be TYPE/NAME everywhere, or TYPE and then names",
			word);
	rows = find_rows(word, len, err);
	if (!rows)
		return -1;
	if (!request->n || request->targets[request->n - 1].rows != rows)
		add_target(request, rows);
	add_name(&request->targets[request->n - 1], word + len + 1);
	return 0;
}

int kvip_get_request(char *const *words, int n,
		     struct kvip_get_request *request, struct kvip_err *err)
{
	int i, ret = 0;
	size_t j;

	memset(request, 0, sizeof(*request));
	if (!n)
		return kvip_err_set(err, "a type is missing, such as services");
	if (strchr(words[0], '/')) {
		for (i = 0; i < n && !ret; i++)
			ret = read_pair(request, words[i], err);
		return ret;
	}
	if (read_types(request, words[0], err))
		return -1;
	for (i = 1; i < n; i++) {
		if (strchr(words[i], '/') || !*words[i])
			return kvip_err_set(
				err,
				"\"%s\" is no name: there may be TYPE/NAME everywhere, or TYPE and then names",
				words[i]);
		for (j = 0; j < request->n; j++)
			add_name(&request->targets[j], words[i]);
	}
	return 0;
}

void kvip_get_request_free(struct kvip_get_request *request)
{
	while (request->n)
		free(request->targets[--request->n].names);
	free(request->targets);
	request->targets = NULL;
}

bool kvip_get_request_names(const struct kvip_get_request *request)
{
	return request->n && request->targets[0].n_names;
}

bool kvip_get_request_kinds(const struct kvip_get_request *request)
{
	size_t i;

	for (i = 1; i < request->n; i++)
		if (request->targets[i].rows != request->targets[0].rows)
			return true;
	return false;
}

int kvip_get_request_check(const struct kvip_get_request *request, bool all_ns,
			   const char *selector, struct kvip_err *err)
{
	size_t i;

	if (!kvip_get_request_names(request))
		return 0;
	if (selector)
		return kvip_err_set(
			err, "a name and a selector (-l) do not go together");
	for (i = 0; i < request->n && all_ns; i++)
		if (request->targets[i].rows->namespaced)
			return kvip_err_set(
				err,
				"a name and all namespaces (-A) do not go together");
	return 0;
}
