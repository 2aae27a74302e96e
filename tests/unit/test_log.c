// SPDX-License-Identifier: GPL-2.0-or-later
/* The lines of the log, as they come out of standard error. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "log.h"

/* Standard error, while it is a file. */
static int log_file, kept;

static int to_file(void **state)
{
	FILE *file = tmpfile();

	(void)state;
	unsetenv("JOURNAL_STREAM");
	kvip_log_set_level(KVIP_LOG_INFO);
	assert_non_null(file);
	kept = dup(STDERR_FILENO);
	dup2(fileno(file), STDERR_FILENO);
	fclose(file);
	log_file = STDERR_FILENO;
	return 0;
}

static int to_terminal(void **state)
{
	(void)state;
	dup2(kept, STDERR_FILENO);
	close(kept);
	unsetenv("JOURNAL_STREAM");
	kvip_log_set_level(KVIP_LOG_INFO);
	return 0;
}

/* What was written since the last call, in a buffer of this function's. */
static char *written(void)
{
	static char text[16384];
	ssize_t n = pread(log_file, text, sizeof(text) - 1, 0);

	assert_true(n >= 0);
	text[n] = '\0';
	assert_int_equal(ftruncate(log_file, 0), 0);
	lseek(log_file, 0, SEEK_SET);
	return text;
}

/* What is behind "2026-11-24T15:06:01.123Z ". */
static const char *without_time(const char *line)
{
	static const char form[] = "dddd-dd-ddTdd:dd:dd.dddZ ";
	size_t i;

	for (i = 0; form[i]; i++) {
		if (form[i] == 'd')
			assert_in_range(line[i], '0', '9');
		else
			assert_int_equal(line[i], form[i]);
	}
	return line + i;
}

/* The sink that the journal gives a service. */
static void be_the_journal(bool right)
{
	struct stat st;
	char text[64];

	assert_int_equal(fstat(STDERR_FILENO, &st), 0);
	snprintf(text, sizeof(text), "%llu:%llu", (unsigned long long)st.st_dev,
		 (unsigned long long)st.st_ino + !right);
	setenv("JOURNAL_STREAM", text, 1);
}

static void a_line_is_time_level_sentence_and_fields(void **state)
{
	(void)state;
	kvip_log(KVIP_LOG_INFO, "the table was committed",
		 KVIP_NUMBER("services", 12), KVIP_TEXT("node", "n-1"),
		 KVIP_SECONDS("took", 0.0125));
	assert_string_equal(
		without_time(written()),
		"info  the table was committed services=12 node=n-1 took=0.012500s\n");
	kvip_log(KVIP_LOG_ERROR, "no field");
	assert_string_equal(without_time(written()), "error no field\n");
	kvip_log(KVIP_LOG_WARNING, "below zero", KVIP_NUMBER("n", -5));
	assert_string_equal(without_time(written()),
			    "warning below zero n=-5\n");
}

static void text_is_quoted_where_it_must_be(void **state)
{
	static const struct {
		const char *text;
		const char *wanted;
	} cases[] = {
		{ "default/web:http", "default/web:http" },
		{ "", "\"\"" },
		{ "two words", "\"two words\"" },
		{ "a=b", "\"a=b\"" },
		{ "say \"x\"", "\"say \\\"x\\\"\"" },
		{ "back\\slash", "\"back\\\\slash\"" },
		{ "\xc3\xbc", "\xc3\xbc" },
		{ "one\ntwo", "\"one\\ntwo\"" },
		{ "\t\r\x1b[31m\x7f", "\"\\t\\x0d\\x1b[31m\\x7f\"" },
	};
	char wanted[128];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		kvip_log(KVIP_LOG_INFO, "s", KVIP_TEXT("k", cases[i].text));
		snprintf(wanted, sizeof(wanted), "info  s k=%s\n",
			 cases[i].wanted);
		assert_string_equal(without_time(written()), wanted);
	}
}

static void a_sentence_stays_one_line(void **state)
{
	(void)state;
	kvip_log(KVIP_LOG_INFO, "one \"line\"\nand\x1b more");
	assert_string_equal(without_time(written()),
			    "info  one \"line\"\\nand\\x1b more\n");
}

static void a_field_without_text_is_left_out(void **state)
{
	(void)state;
	kvip_log(KVIP_LOG_INFO, "s", KVIP_TEXT("a", NULL), KVIP_NUMBER("b", 0));
	assert_string_equal(without_time(written()), "info  s b=0\n");
}

static void the_journal_gets_its_levels(void **state)
{
	(void)state;
	be_the_journal(true);
	kvip_log(KVIP_LOG_ERROR, "bad", KVIP_NUMBER("n", 1));
	assert_string_equal(written(), "<3>bad n=1\n");
	kvip_log(KVIP_LOG_INFO, "good");
	assert_string_equal(written(), "<6>good\n");
}

static void another_stream_is_not_the_journal(void **state)
{
	(void)state;
	be_the_journal(false);
	kvip_log(KVIP_LOG_INFO, "s");
	assert_string_equal(without_time(written()), "info  s\n");
	setenv("JOURNAL_STREAM", "nonsense", 1);
	kvip_log(KVIP_LOG_INFO, "s");
	assert_string_equal(without_time(written()), "info  s\n");
}

static void what_is_beyond_the_level_is_not_written(void **state)
{
	(void)state;
	kvip_log(KVIP_LOG_DEBUG, "s");
	assert_string_equal(written(), "");
	kvip_log_set_level(KVIP_LOG_DEBUG);
	kvip_log(KVIP_LOG_DEBUG, "s");
	assert_string_equal(without_time(written()), "debug s\n");
	kvip_log_set_level(KVIP_LOG_ERROR);
	kvip_log(KVIP_LOG_WARNING, "s");
	assert_string_equal(written(), "");
	kvip_log(KVIP_LOG_ERROR, "s");
	assert_string_equal(without_time(written()), "error s\n");
}

static void a_long_line_is_cut_and_says_so(void **state)
{
	char text[9000], *line;
	size_t len;

	(void)state;
	memset(text, '\n', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	kvip_log(KVIP_LOG_INFO, "s", KVIP_TEXT("k", text), KVIP_NUMBER("n", 1));
	line = written();
	len = strlen(line);
	assert_in_range(len, 4000, 4096);
	/* no escape was cut in half, and nothing follows the cut */
	assert_string_equal(line + len - 8, "\\n\\n...\n");
}

static void errno_is_kept(void **state)
{
	(void)state;
	errno = ENOTTY;
	kvip_log(KVIP_LOG_INFO, "s");
	assert_int_equal(errno, ENOTTY);
	close(STDERR_FILENO);
	kvip_log(KVIP_LOG_INFO, "nobody hears it");
	assert_int_equal(errno, ENOTTY);
}

static void levels_are_words(void **state)
{
	static const char *const not_levels[] = { "", "Info", "warn", "3" };
	enum kvip_log_level level;
	size_t i;

	(void)state;
	assert_true(kvip_log_parse_level("error", &level));
	assert_int_equal(level, KVIP_LOG_ERROR);
	assert_true(kvip_log_parse_level("warning", &level));
	assert_int_equal(level, KVIP_LOG_WARNING);
	assert_true(kvip_log_parse_level("info", &level));
	assert_int_equal(level, KVIP_LOG_INFO);
	assert_true(kvip_log_parse_level("debug", &level));
	assert_int_equal(level, KVIP_LOG_DEBUG);
	for (i = 0; i < sizeof(not_levels) / sizeof(not_levels[0]); i++)
		assert_false(kvip_log_parse_level(not_levels[i], &level));
	assert_int_equal(level, KVIP_LOG_DEBUG);
	assert_string_equal(kvip_log_level_word(KVIP_LOG_WARNING), "warning");
	assert_string_equal(kvip_log_level_word(level), "debug");
}

#define WITH_FILE(test) \
	cmocka_unit_test_setup_teardown(test, to_file, to_terminal)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_FILE(a_line_is_time_level_sentence_and_fields),
		WITH_FILE(text_is_quoted_where_it_must_be),
		WITH_FILE(a_sentence_stays_one_line),
		WITH_FILE(a_field_without_text_is_left_out),
		WITH_FILE(the_journal_gets_its_levels),
		WITH_FILE(another_stream_is_not_the_journal),
		WITH_FILE(what_is_beyond_the_level_is_not_written),
		WITH_FILE(a_long_line_is_cut_and_says_so),
		WITH_FILE(errno_is_kept),
		cmocka_unit_test(levels_are_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
