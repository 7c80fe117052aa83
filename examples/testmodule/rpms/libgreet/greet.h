#ifndef GREET_H
#define GREET_H

#include <stddef.h>

/* The greeting that the library was built with. */
const char *greet_greeting(void);

/*
 * Writes "GREETING, NAME!" to buffer, cut to size bytes with the final zero.
 * Returns the length of the whole text, as snprintf does.
 */
int greet_format(char *buffer, size_t size, const char *name);

#endif
