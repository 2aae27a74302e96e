// SPDX-License-Identifier: GPL-2.0-or-later
#include <inttypes.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <event2/buffer.h>

#include "exposition.h"

/* What stands for bytes that are no UTF-8: U+FFFD */
#define REPLACEMENT "\xef\xbf\xbd"

static void flush(struct kvip_exposition *to)
{
	evbuffer_add(to->out, to->chunk, to->len);
	to->len = 0;
}

static void put(struct kvip_exposition *to, const char *text, size_t len)
{
	if (to->len + len > sizeof(to->chunk))
		flush(to);
	if (len > sizeof(to->chunk)) {
		evbuffer_add(to->out, text, len);
		return;
	}
	memcpy(to->chunk + to->len, text, len);
	to->len += len;
}

static void put_text(struct kvip_exposition *to, const char *text)
{
	put(to, text, strlen(text));
}

/* Bytes of the character at @text, which must be its shortest form; 0: none */
static size_t utf8_length(const unsigned char *text)
{
	unsigned int min, max, code;
	size_t i, n;

	if (*text < 0x80)
		return 1;
	if (*text < 0xc2 || *text > 0xf4)
		return 0;
	n = *text < 0xe0 ? 2 : *text < 0xf0 ? 3 : 4;
	min = n == 2 ? 0x80 : n == 3 ? 0x800 : 0x10000;
	max = 0x10ffff;
	code = *text & (0x7fu >> n);
	for (i = 1; i < n; i++) {
		/* the NUL at the end of the text stops it too */
		if ((text[i] & 0xc0) != 0x80)
			return 0;
		code = code << 6 | (text[i] & 0x3f);
	}
	if (code < min || code > max || (code >= 0xd800 && code < 0xe000))
		return 0;
	return n;
}

/* How many bytes at @text stand for themselves: nearly all of them, always */
static size_t plain_length(const char *text)
{
	size_t n = 0;

	while (text[n] && !(text[n] & 0x80) && text[n] != '\n' &&
	       text[n] != '\\' && text[n] != '"')
		n++;
	return n;
}

/* In a label's value a quote is escaped too, in a HELP line it is not. */
static void put_escaped(struct kvip_exposition *to, const char *text,
			bool quoted)
{
	for (;;) {
		size_t n = plain_length(text);

		put(to, text, n);
		text += n;
		if (!*text)
			return;
		n = utf8_length((const unsigned char *)text);
		if (!n)
			put_text(to, REPLACEMENT);
		else if (*text == '\n')
			put_text(to, "\\n");
		else if (*text == '\\')
			put_text(to, "\\\\");
		else if (*text == '"' && quoted)
			put_text(to, "\\\"");
		else
			put(to, text, n);
		text += n ? n : 1;
	}
}

static void put_label(struct kvip_exposition *to, const char *name,
		      const char *value, bool *any)
{
	put(to, *any ? "," : "{", 1);
	*any = true;
	put_text(to, name);
	put(to, "=\"", 2);
	put_escaped(to, value, true);
	put(to, "\"", 1);
}

/* NAME{LABELS} up to the value; @le: of a histogram, or NULL */
static void put_series(struct kvip_exposition *to, const char *ending,
		       const struct kvip_label *labels, const char *le)
{
	bool any = false;

	put_text(to, to->name);
	put_text(to, ending);
	for (; labels && labels->name; labels++)
		put_label(to, labels->name, labels->value, &any);
	if (le)
		put_label(to, "le", le, &any);
	if (any)
		put(to, "}", 1);
	put(to, " ", 1);
}

static void put_integer(struct kvip_exposition *to, uint64_t value)
{
	char text[32];

	put(to, text,
	    (size_t)snprintf(text, sizeof(text), "%" PRIu64 "\n", value));
}

/* The shortest of two forms that reads back as the same number. */
static const char *number_text(double value, char text[32])
{
	if (isnan(value))
		return "NaN";
	if (isinf(value))
		return value > 0 ? "+Inf" : "-Inf";
	snprintf(text, 32, "%.15g", value);
	if (strtod(text, NULL) != value)
		snprintf(text, 32, "%.17g", value);
	return text;
}

static void put_number(struct kvip_exposition *to, double value)
{
	char text[32];

	put_text(to, number_text(value, text));
	put(to, "\n", 1);
}

void kvip_exposition_begin(struct kvip_exposition *to, struct evbuffer *out)
{
	to->out = out;
	to->name = "";
	to->len = 0;
}

void kvip_exposition_family(struct kvip_exposition *to, const char *type,
			    const char *name, const char *help)
{
	to->name = name;
	put_text(to, "# HELP ");
	put_text(to, name);
	put(to, " ", 1);
	put_escaped(to, help, false);
	put_text(to, "\n# TYPE ");
	put_text(to, name);
	put(to, " ", 1);
	put_text(to, type);
	put(to, "\n", 1);
}

void kvip_exposition_count(struct kvip_exposition *to,
			   const struct kvip_label *labels, uint64_t value)
{
	put_series(to, "", labels, NULL);
	put_integer(to, value);
}

void kvip_exposition_number(struct kvip_exposition *to,
			    const struct kvip_label *labels, double value)
{
	put_series(to, "", labels, NULL);
	put_number(to, value);
}

void kvip_exposition_summary(struct kvip_exposition *to,
			     const struct kvip_label *labels, double sum,
			     uint64_t count)
{
	put_series(to, "_sum", labels, NULL);
	put_number(to, sum);
	put_series(to, "_count", labels, NULL);
	put_integer(to, count);
}

void kvip_exposition_histogram(struct kvip_exposition *to,
			       const struct kvip_label *labels,
			       const struct kvip_histogram *histogram)
{
	uint64_t below = 0;
	char le[32];
	size_t i;

	for (i = 0; i < histogram->n_bounds; i++) {
		below += histogram->counts[i];
		put_series(to, "_bucket", labels,
			   number_text(histogram->bounds[i], le));
		put_integer(to, below);
	}
	put_series(to, "_bucket", labels, "+Inf");
	put_integer(to, histogram->count);
	kvip_exposition_summary(to, labels, histogram->sum, histogram->count);
}

void kvip_exposition_end(struct kvip_exposition *to)
{
	flush(to);
}

void kvip_exposition_counter(struct kvip_exposition *to, const char *name,
			     const char *help, uint64_t value)
{
	kvip_exposition_family(to, "counter", name, help);
	kvip_exposition_count(to, NULL, value);
}

void kvip_exposition_gauge(struct kvip_exposition *to, const char *name,
			   const char *help, uint64_t value)
{
	kvip_exposition_family(to, "gauge", name, help);
	kvip_exposition_count(to, NULL, value);
}
