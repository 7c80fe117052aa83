#!/usr/bin/python3
"""Greets people in any language of the phrasebook."""

import argparse
import sys

PHRASEBOOK = "/usr/share/phrasebook/phrasebook.txt"


def read_phrasebook(lines):
    """Language to greeting, from lines of the form "LANGUAGE: GREETING"."""
    pairs = (line.rstrip("\n").split(": ", 1) for line in lines if ": " in line)
    return dict(pairs)


def greet(phrases, language, name):
    """The greeting of that language with the name."""
    return f"{phrases[language]}, {name}!"


def main(arguments=None):
    parser = argparse.ArgumentParser(prog="pygreet", description=__doc__)
    parser.add_argument("name", nargs="?", default="world", help="whom to greet")
    parser.add_argument("-l", "--language", default="module", help="in which language")
    parser.add_argument("--phrasebook", default=PHRASEBOOK, help="file with the greetings")
    given = parser.parse_args(arguments)
    try:
        with open(given.phrasebook, encoding="utf-8") as lines:
            phrases = read_phrasebook(lines)
    except OSError as error:
        print(f"pygreet: cannot read the phrasebook: {error}", file=sys.stderr)
        return 1
    if given.language not in phrases:
        print(f"pygreet: no greeting in \"{given.language}\"; there are: {', '.join(phrases)}", file=sys.stderr)
        return 2
    print(greet(phrases, given.language, given.name))
    return 0


if __name__ == "__main__":
    sys.exit(main())
