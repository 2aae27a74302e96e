// SPDX-License-Identifier: GPL-2.0-or-later
#include "json_error.h"

const char *kvip_json_expected(enum json_tokener_error why, char found)
{
	switch (why) {
	case json_tokener_error_parse_null:
		return "null";
	case json_tokener_error_parse_boolean:
		return "true or false";
	case json_tokener_error_parse_number:
		return "a number";
	case json_tokener_error_parse_array:
		return "',' or ']' after an element";
	case json_tokener_error_parse_object_key_name:
		return "a member's name in double quotes";
	case json_tokener_error_parse_object_key_sep:
		return "':' after a member's name";
	case json_tokener_error_parse_object_value_sep:
		return "',' or '}' after a member's value";
	case json_tokener_error_parse_string:
		return "an escape sequence of JSON after the '\\'";
	case json_tokener_error_parse_comment:
		return "a value (JSON has no comments)";
	default:
		return found == '}' ? "a member after the ','" : "a value";
	}
}
