// Numbers as text, as the "C" locale writes them, whatever the process's locale is.
#ifndef MARTLET_TEXT_H
#define MARTLET_TEXT_H

#include <stdbool.h>
#include <stdint.h>

/// The number that all of the text is; false where it is none, or longer than 127 bytes.
bool martlet_parse_number(const uint8_t *_Nonnull text, int64_t count, double *_Nonnull number);

/// Writes a number with one of C's formats for a double; the bytes that it has, of which `room` at
/// most were written.
int64_t martlet_format_number(uint8_t *_Nonnull text, int64_t room, const char *_Nonnull format,
                              double number);

#endif
