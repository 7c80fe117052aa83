#include "greet.h"

#include <stdio.h>

const char *greet_greeting(void)
{
    return GREETING;
}

int greet_format(char *buffer, size_t size, const char *name)
{
    return snprintf(buffer, size, "%s, %s!", GREETING, name);
}
