/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the agent says: one fact a line, a sentence and its figures as KEY=VALUE
 * (logfmt). On standard error, with a time and a level; where that is the
 * journal (JOURNAL_STREAM), with the level as the journal takes it and no time.
 */
#ifndef KVIPD_LOG_H
#define KVIPD_LOG_H

#include <stdbool.h>
#include <stdint.h>

/* The numbers are syslog's. */
enum kvip_log_level {
	KVIP_LOG_ERROR = 3,
	KVIP_LOG_WARNING = 4,
	KVIP_LOG_INFO = 6,
	KVIP_LOG_DEBUG = 7,
};

enum kvip_log_type {
	KVIP_LOG_END,
	KVIP_LOG_TEXT,
	KVIP_LOG_NUMBER,
	KVIP_LOG_SECONDS,
};

struct kvip_log_field {
	enum kvip_log_type type;
	const char *key;
	const char *text; /* NULL: the field is left out */
	int64_t number;
	double seconds;
};

/* Fields of kvip_log(): text, an integer, a time in seconds */
#define KVIP_TEXT(k, v)                                        \
	{                                                      \
		.type = KVIP_LOG_TEXT, .key = (k), .text = (v) \
	}
#define KVIP_NUMBER(k, v)                                                   \
	{                                                                   \
		.type = KVIP_LOG_NUMBER, .key = (k), .number = (int64_t)(v) \
	}
#define KVIP_SECONDS(k, v)                                           \
	{                                                            \
		.type = KVIP_LOG_SECONDS, .key = (k), .seconds = (v) \
	}

/* kvip_log_write() - see kvip_log(); @fields ends with one of type END */
void kvip_log_write(enum kvip_log_level level, const char *sentence,
		    const struct kvip_log_field *fields);

/**
 * kvip_log() - say something
 * @level: how bad it is; beyond the level set nothing is written
 * @sentence: without figures in it, so that it can be looked for
 * @...: fields; text is quoted where it must be, control characters escaped
 *
 * The field that is left out stands before the comma that goes where there are
 * no others.
 */
#define kvip_log(level, sentence, ...)                                \
	kvip_log_write(                                               \
		level, sentence,                                      \
		(const struct kvip_log_field[]){ KVIP_TEXT("", NULL), \
						 ##__VA_ARGS__,       \
						 { .type = KVIP_LOG_END } })

/* kvip_log_set_level() - from now on; INFO until then */
void kvip_log_set_level(enum kvip_log_level level);

/* kvip_log_parse_level() - error, warning, info, debug; false if it is none */
bool kvip_log_parse_level(const char *word, enum kvip_log_level *level);

/* kvip_log_level_word() - "info" */
const char *kvip_log_level_word(enum kvip_log_level level);

#endif /* KVIPD_LOG_H */
