#!/usr/bin/env python3
"""Runs flow_from_parts as docs/tutorial.md does, and compares what it prints with what the page says.   flow_from_parts_test.py PROGRAM"""
import os
import pathlib
import re
import subprocess
import sys
import unittest

PROGRAM = ""
PAGE = pathlib.Path(__file__).resolve().parents[2] / "docs" / "tutorial.md"
ROW = re.compile(r"^(parts, untrained|parts, trained|sublattices, trained)\s+(\S+) \+- (\S+)\s+(\S+)\s+(\S+) \+- (\S+)", re.MULTILINE)


def rows(text):
    """What stands in each row: -ln Z, its error, ESS, beta F / N, its error."""
    return {match[1]: [float(number) for number in match.groups()[1:]] for match in ROW.finditer(text)}


def run(*arguments):
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "OMP_WAIT_POLICY": "passive"}
    return subprocess.run([PROGRAM, *arguments], env=environment, capture_output=True, text=True, timeout=500)


class FlowFromParts(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.text = run().stdout
        cls.rows = rows(cls.text)

    def test_two_flows_agree(self):
        """4.5 standard errors: of seeds, 1 in 150,000 would fail."""
        by_parts, by_sublattices = self.rows["parts, trained"], self.rows["sublattices, trained"]
        error = (by_parts[4]**2 + by_sublattices[4]**2)**0.5
        self.assertLess(error, 0.004)
        self.assertLess(abs(by_parts[3] - by_sublattices[3]), 4.5 * error)

    def test_training_helps(self):
        self.assertLess(self.rows["parts, untrained"][2], 0.01)
        self.assertGreater(self.rows["parts, trained"][2], 0.1)  # other seeds: 0.25 to 0.74
        self.assertGreater(self.rows["sublattices, trained"][2], 0.95)

    def test_harmonic_free_energy(self):
        """Of eight molecules, as computed once by other code in double precision."""
        self.assertIn(" -25.812739\n", self.text)

    def test_the_page_says_so(self):
        """Other compilers and registers round otherwise, and a training goes another way then: within 4.5 errors, like the flows."""
        told = rows(PAGE.read_text(encoding="utf-8"))
        self.assertEqual(set(told), set(self.rows))
        for name in ("parts, trained", "sublattices, trained"):
            error = (told[name][4]**2 + self.rows[name][4]**2)**0.5
            self.assertLess(abs(told[name][3] - self.rows[name][3]), 4.5 * error + 1e-4, name)  # four digits are printed
        weights = re.search(r"^\d+ weights$", self.text, re.MULTILINE)[0]
        self.assertIn(weights, PAGE.read_text(encoding="utf-8"))

    def test_no_steps_are_refused(self):
        for word in ("0", "-3", "many"):
            refused = run(word)
            self.assertEqual(refused.returncode, 2)
            self.assertIn("at least 1", refused.stderr)


if __name__ == "__main__":
    PROGRAM = sys.argv.pop(1)
    unittest.main()
