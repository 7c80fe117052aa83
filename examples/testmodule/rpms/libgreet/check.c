#include "greet.h"

#include <stdio.h>
#include <string.h>

int main(void)
{
    char whole[128], cut[4];
    int length = greet_format(whole, sizeof whole, "Ada");

    if (length != (int)strlen(whole) || strcmp(whole, GREETING ", Ada!") != 0) {
        fprintf(stderr, "check: got \"%s\"\n", whole);
        return 1;
    }
    if (greet_format(cut, sizeof cut, "Ada") != length || strlen(cut) != 3) {
        fprintf(stderr, "check: a short buffer was not respected\n");
        return 1;
    }
    puts("check: libgreet greets as it should");
    return 0;
}
