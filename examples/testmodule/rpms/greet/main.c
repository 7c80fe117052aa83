#include <greet.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "phrases.h"

#define PHRASES (sizeof phrases / sizeof phrases[0])

static int usage(void)
{
    fprintf(stderr, "usage: greet [--version] [--phrase 0..%zu] [NAME]\n", PHRASES - 1);
    return 2;
}

int main(int argc, char **argv)
{
    const char *phrase = NULL;
    char text[256];
    int at = 1;

    if (at < argc && strcmp(argv[at], "--version") == 0) {
        printf("greet %s (%s)\n", VERSION, greet_greeting());
        return 0;
    }
    if (at < argc && strcmp(argv[at], "--phrase") == 0) {
        char *end = NULL;
        unsigned long number = at + 1 < argc ? strtoul(argv[at + 1], &end, 10) : PHRASES;

        if (number >= PHRASES || end == argv[at + 1] || *end != '\0')
            return usage();
        phrase = phrases[number];
        at += 2;
    }
    if (argc - at > 1)
        return usage();
    greet_format(text, sizeof text, at < argc ? argv[at] : "world");
    puts(text);
    if (phrase != NULL)
        puts(phrase);
    return 0;
}
