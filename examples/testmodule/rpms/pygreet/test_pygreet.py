"""Tests of pygreet."""

import unittest

import pygreet


class Phrasebook(unittest.TestCase):
    def test_reads_languages(self):
        phrases = pygreet.read_phrasebook(["de: Guten Tag\n", "nonsense\n", "en: Hello: there\n"])
        self.assertEqual(phrases, {"de": "Guten Tag", "en": "Hello: there"})

    def test_greets(self):
        self.assertEqual(pygreet.greet({"eo": "Saluton"}, "eo", "Ada"), "Saluton, Ada!")

    def test_a_missing_phrasebook_is_an_error(self):
        self.assertEqual(pygreet.main(["--phrasebook", "/nonexistent"]), 1)


if __name__ == "__main__":
    unittest.main()
