// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "log.h"

/* A longer line is cut: a pipe takes no more at once without mixing writers. */
#define LINE_MAX_BYTES 4096

struct line {
	char text[LINE_MAX_BYTES];
	size_t len;
	bool cut;
};

/* What a line ends with that was cut; there is always room for it. */
static const char cut_mark[] = "...\n";

static const struct {
	const char *word;
	enum kvip_log_level level;
} levels[] = {
	{ "error", KVIP_LOG_ERROR },
	{ "warning", KVIP_LOG_WARNING },
	{ "info", KVIP_LOG_INFO },
	{ "debug", KVIP_LOG_DEBUG },
};

#define N_LEVELS (sizeof(levels) / sizeof(levels[0]))

static enum kvip_log_level log_level = KVIP_LOG_INFO;

const char *kvip_log_level_word(enum kvip_log_level level)
{
	size_t i;

	for (i = 0; i < N_LEVELS; i++)
		if (levels[i].level == level)
			return levels[i].word;
	return "info";
}

/* All of it or nothing, so that no escape is cut in half. */
static void add(struct line *line, const char *text, size_t len)
{
	if (line->cut || line->len + len + sizeof(cut_mark) > LINE_MAX_BYTES) {
		line->cut = true;
		return;
	}
	memcpy(line->text + line->len, text, len);
	line->len += len;
}

static void end(struct line *line)
{
	const char *mark = line->cut ? cut_mark : "\n";

	memcpy(line->text + line->len, mark, strlen(mark));
	line->len += strlen(mark);
}

static void add_text(struct line *line, const char *text)
{
	add(line, text, strlen(text));
}

static bool is_control(unsigned char c)
{
	return c < ' ' || c == 0x7f;
}

static void add_escaped(struct line *line, const char *text, bool quoted)
{
	char code[8];

	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;

		if (c == '\n')
			add(line, "\\n", 2);
		else if (c == '\t')
			add(line, "\\t", 2);
		else if (quoted && (c == '"' || c == '\\'))
			add(line, (const char[]){ '\\', (char)c }, 2);
		else if (is_control(c))
			add(line, code,
			    (size_t)snprintf(code, sizeof(code), "\\x%02x", c));
		else
			add(line, text, 1);
	}
}

static bool must_quote(const char *text)
{
	if (!*text)
		return true;
	for (; *text; text++)
		if (is_control((unsigned char)*text) || strchr(" =\"\\", *text))
			return true;
	return false;
}

static void add_value(struct line *line, const char *text)
{
	if (!must_quote(text)) {
		add_text(line, text);
		return;
	}
	add(line, "\"", 1);
	add_escaped(line, text, true);
	add(line, "\"", 1);
}

static void add_field(struct line *line, const struct kvip_log_field *field)
{
	char number[32];

	if (field->type == KVIP_LOG_TEXT && !field->text)
		return;
	add(line, " ", 1);
	add_text(line, field->key);
	add(line, "=", 1);
	switch (field->type) {
	case KVIP_LOG_TEXT:
		add_value(line, field->text);
		break;
	case KVIP_LOG_NUMBER:
		snprintf(number, sizeof(number), "%" PRId64, field->number);
		add_text(line, number);
		break;
	case KVIP_LOG_SECONDS:
		snprintf(number, sizeof(number), "%.6fs", field->seconds);
		add_text(line, number);
		break;
	case KVIP_LOG_END:
		break;
	}
}

/*
 * Whether standard error is the journal: a service may have sent it elsewhere,
 * and the variable is inherited by what is started from a service's shell.
 */
static bool to_journal(void)
{
	const char *stream = getenv("JOURNAL_STREAM");
	unsigned long long dev, ino;
	struct stat st;

	return stream && sscanf(stream, "%llu:%llu", &dev, &ino) == 2 &&
	       !fstat(STDERR_FILENO, &st) && st.st_dev == dev &&
	       st.st_ino == ino;
}

static void add_head(struct line *line, enum kvip_log_level level)
{
	char head[64], date[32];
	struct timespec now;
	struct tm tm;

	if (to_journal()) {
		snprintf(head, sizeof(head), "<%d>", level);
	} else {
		clock_gettime(CLOCK_REALTIME, &now);
		gmtime_r(&now.tv_sec, &tm);
		strftime(date, sizeof(date), "%Y-%m-%dT%H:%M:%S", &tm);
		snprintf(head, sizeof(head), "%s.%03ldZ %-5s ", date,
			 now.tv_nsec / 1000000, kvip_log_level_word(level));
	}
	add_text(line, head);
}

void kvip_log_write(enum kvip_log_level level, const char *sentence,
		    const struct kvip_log_field *fields)
{
	struct line line = { .len = 0 };
	int saved = errno;
	ssize_t n;

	if (level > log_level)
		return;
	add_head(&line, level);
	add_escaped(&line, sentence, false);
	for (; fields->type != KVIP_LOG_END; fields++)
		add_field(&line, fields);
	end(&line);
	do {
		n = write(STDERR_FILENO, line.text, line.len);
	} while (n < 0 && errno == EINTR);
	/* a log that can't be written has nobody left to be told */
	errno = saved;
}

void kvip_log_set_level(enum kvip_log_level level)
{
	log_level = level;
}

bool kvip_log_parse_level(const char *word, enum kvip_log_level *level)
{
	size_t i;

	for (i = 0; i < N_LEVELS; i++) {
		if (strcmp(word, levels[i].word))
			continue;
		*level = levels[i].level;
		return true;
	}
	return false;
}
