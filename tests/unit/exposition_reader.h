/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * For the unit tests: a reader of Prometheus' text format that is stricter than
 * Prometheus. It ends the test at what is not right.
 */
#ifndef KVIP_TESTS_EXPOSITION_READER_H
#define KVIP_TESTS_EXPOSITION_READER_H

#include "cluster.h"

#include <ctype.h>
#include <math.h>

#include "alloc.h"

struct exposition_family {
	char *name;
	char *type;
	size_t first; /* its samples */
	size_t n;
};

struct exposition_sample {
	char *name;
	char *labels; /* as written, without braces and "le"; "" */
	char *le; /* NULL: it has none */
	double value;
};

struct exposition {
	struct exposition_family *families;
	struct exposition_sample *samples;
	size_t n_families;
	size_t n_samples;
};

static inline bool exposition_is_name(const char *text, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		if (!islower(text[i]) && text[i] != '_' &&
		    !(i && isdigit(text[i])))
			return false;
	return len;
}

static inline char *exposition_cut(const char *from, size_t len)
{
	char *text = malloc(len + 1);

	memcpy(text, from, len);
	text[len] = '\0';
	return text;
}

/* "# HELP NAME TEXT" and "# TYPE NAME TYPE", one behind the other */
static inline const char *exposition_head(struct exposition *all,
					  const char *at)
{
	static const char *const types[] = { "counter", "gauge", "histogram",
					     "summary" };
	struct exposition_family *family;
	const char *name, *end = strchr(at, '\n');
	size_t i, len;

	name = at + strlen("# HELP ");
	len = strcspn(name, " \n");
	assert_true(exposition_is_name(name, len));
	assert_int_equal(name[len], ' ');
	assert_true(end > name + len + 8); /* it does say something */
	at = end + 1;
	assert_int_equal(strncmp(at, "# TYPE ", 7), 0);
	assert_int_equal(strncmp(at + 7, name, len + 1), 0);
	at += 7 + len + 1;
	end = strchr(at, '\n');

	all->families = kvip_grow(all->families, all->n_families,
				  sizeof(*all->families));
	family = &all->families[all->n_families];
	family->name = exposition_cut(name, len);
	family->type = exposition_cut(at, (size_t)(end - at));
	family->first = all->n_samples;
	family->n = 0;
	for (i = 0; i < ARRAY_SIZE(types); i++)
		if (!strcmp(types[i], family->type))
			break;
	assert_true(i < ARRAY_SIZE(types));
	for (i = 0; i < all->n_families; i++)
		assert_string_not_equal(all->families[i].name, family->name);
	all->n_families++;
	return end + 1;
}

/* NAME="VALUE", with \\ \" and \n for what would not fit there; behind it */
static inline const char *exposition_label(const char *at, bool *is_le)
{
	size_t len = strcspn(at, "=");

	assert_true(exposition_is_name(at, len));
	*is_le = len == 2 && !strncmp(at, "le", 2);
	at += len + 1;
	assert_int_equal(*at++, '"');
	while (*at != '"') {
		assert_int_not_equal(*at, '\n');
		assert_int_not_equal(*at, '\0');
		if (*at++ == '\\') {
			assert_non_null(strchr("\\n\"", *at));
			at++;
		}
	}
	return at + 1;
}

static inline const char *exposition_line(struct exposition *all,
					  const char *at)
{
	struct exposition_family *family;
	struct exposition_sample *sample;
	size_t len = strcspn(at, "{ \n"), used;
	char *end;

	assert_true(all->n_families > 0);
	family = &all->families[all->n_families - 1];
	used = strlen(family->name);
	assert_true(exposition_is_name(at, len));
	assert_int_equal(strncmp(at, family->name, used), 0);

	all->samples =
		kvip_grow(all->samples, all->n_samples, sizeof(*all->samples));
	sample = &all->samples[all->n_samples++];
	family->n++;
	sample->name = exposition_cut(at, len);
	sample->le = NULL;
	at += len;
	if (*at == '{') {
		const char *begin = at + 1, *stop = begin;

		do {
			bool is_le;

			at++;
			len = strlen("le=\"");
			end = (char *)exposition_label(at, &is_le);
			if (is_le)
				sample->le = exposition_cut(
					at + len, (size_t)(end - at) - len - 1);
			else
				stop = end;
			at = end;
		} while (*at == ',');
		assert_int_equal(*at++, '}');
		sample->labels = exposition_cut(begin, (size_t)(stop - begin));
	} else {
		sample->labels = exposition_cut("", 0);
	}
	assert_int_equal(*at++, ' ');
	sample->value = strtod(at, &end);
	assert_true(end > at);
	assert_int_equal(*end, '\n');
	return end + 1;
}

static inline int exposition_cmp(const void *va, const void *vb)
{
	const struct exposition_sample *const *a = va, *const *b = vb;
	int order = strcmp((*a)->name, (*b)->name);

	if (!order)
		order = strcmp((*a)->labels, (*b)->labels);
	return order ? order :
		       strcmp((*a)->le ? (*a)->le : "",
			      (*b)->le ? (*b)->le : "");
}

static inline void exposition_check_unique(const struct exposition *all)
{
	const struct exposition_sample **sorted =
		malloc((all->n_samples + 1) * sizeof(*sorted));
	size_t i;

	for (i = 0; i < all->n_samples; i++)
		sorted[i] = &all->samples[i];
	if (i)
		qsort(sorted, i, sizeof(*sorted), exposition_cmp);
	for (i = 1; i < all->n_samples; i++)
		if (!exposition_cmp(&sorted[i - 1], &sorted[i]))
			fail_msg("twice: %s{%s}", sorted[i]->name,
				 sorted[i]->labels);
	free(sorted);
}

static inline bool exposition_is(const struct exposition_family *family,
				 const struct exposition_sample *sample,
				 const char *ending)
{
	size_t len = strlen(family->name);

	return !strcmp(sample->name + len, ending);
}

/* Buckets that grow up to +Inf, then the sum, and the count, which is as much. */
static inline void
exposition_check_histogram(const struct exposition *all,
			   const struct exposition_family *family)
{
	double bound = -INFINITY, below = 0;
	size_t i;

	for (i = family->first; i < family->first + family->n; i++) {
		const struct exposition_sample *sample = &all->samples[i];

		if (exposition_is(family, sample, "_bucket")) {
			assert_non_null(sample->le);
			assert_true(strtod(sample->le, NULL) > bound);
			bound = strtod(sample->le, NULL);
			assert_true(sample->value >= below);
			below = sample->value;
			continue;
		}
		assert_null(sample->le);
		assert_true(isinf(bound));
		assert_true(exposition_is(family, sample, "_sum"));
		sample++;
		i++;
		assert_true(i < family->first + family->n);
		assert_true(exposition_is(family, sample, "_count"));
		assert_true(sample->value == below);
		assert_string_equal(sample->labels, sample[-1].labels);
		bound = -INFINITY;
		below = 0;
	}
	assert_true(isinf(bound) && bound < 0);
}

static inline void
exposition_check_family(const struct exposition *all,
			const struct exposition_family *family)
{
	bool counter = !strcmp(family->type, "counter");
	size_t i, len = strlen(family->name);
	bool total = len > 6 && !strcmp(family->name + len - 6, "_total");

	/* kube-proxy has a gauge of such a name */
	if (strcmp(family->name,
		   "kubeproxy_sync_proxy_rules_no_local_endpoints_total"))
		assert_int_equal(counter, total);
	if (!strcmp(family->type, "histogram")) {
		exposition_check_histogram(all, family);
		return;
	}
	for (i = family->first; i < family->first + family->n; i++) {
		const struct exposition_sample *sample = &all->samples[i];

		assert_null(sample->le);
		if (!strcmp(family->type, "summary"))
			assert_true(exposition_is(family, sample, "_sum") ||
				    exposition_is(family, sample, "_count"));
		else
			assert_string_equal(sample->name, family->name);
		if (counter)
			assert_true(sample->value >= 0);
	}
}

/* Read all of @text; exposition_free() it */
static inline struct exposition exposition_read(const char *text)
{
	struct exposition all = { 0 };
	size_t i;

	while (*text) {
		assert_non_null(strchr(text, '\n'));
		if (!strncmp(text, "# HELP ", 7))
			text = exposition_head(&all, text);
		else
			text = exposition_line(&all, text);
	}
	exposition_check_unique(&all);
	for (i = 0; i < all.n_families; i++)
		exposition_check_family(&all, &all.families[i]);
	return all;
}

/* The type of a family; NULL: it is not there */
static inline const char *exposition_type(const struct exposition *all,
					  const char *name)
{
	size_t i;

	for (i = 0; i < all->n_families; i++)
		if (!strcmp(all->families[i].name, name))
			return all->families[i].type;
	return NULL;
}

/* A sample's value, NaN if it is not there; @labels as written, or "" */
static inline double exposition_value(const struct exposition *all,
				      const char *name, const char *labels)
{
	size_t i;

	for (i = 0; i < all->n_samples; i++)
		if (!strcmp(all->samples[i].name, name) &&
		    !strcmp(all->samples[i].labels, labels))
			return all->samples[i].value;
	return NAN;
}

/* How many samples have that name */
static inline size_t exposition_count(const struct exposition *all,
				      const char *name)
{
	size_t i, n = 0;

	for (i = 0; i < all->n_samples; i++)
		n += !strcmp(all->samples[i].name, name);
	return n;
}

static inline void exposition_free(struct exposition *all)
{
	size_t i;

	for (i = 0; i < all->n_families; i++) {
		free(all->families[i].name);
		free(all->families[i].type);
	}
	for (i = 0; i < all->n_samples; i++) {
		free(all->samples[i].name);
		free(all->samples[i].labels);
		free(all->samples[i].le);
	}
	free(all->families);
	free(all->samples);
}

#endif /* KVIP_TESTS_EXPOSITION_READER_H */
