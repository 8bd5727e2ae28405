#!/usr/bin/env python3
"""Runs free_energies_of_states on the alchemical path of tests/reference, and on what is no such file.   …_test.py PROGRAM"""
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

PROGRAM = ""
TABLE = pathlib.Path(__file__).resolve().parents[1] / "reference" / "soft_core_u_nk.csv"


def run(*arguments):
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "OMP_WAIT_POLICY": "passive"}
    return subprocess.run([PROGRAM, *arguments], env=environment, capture_output=True, text=True, timeout=100)


class FreeEnergiesOfStates(unittest.TestCase):
    def test_path(self):
        """The last state's numbers are pymbar's (tests/reference/mbar_golden.py)."""
        done = run(str(TABLE), "20")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("converged yes", done.stdout)
        self.assertIn("  5       50       0.075040 +- 0.303539\n", done.stdout)
        self.assertIn("bootstrap error", done.stdout)
        self.assertNotIn("note:", done.stdout)

    def test_refused(self):
        for arguments in [(), ("nowhere.npz",), (str(TABLE), "1"), (str(TABLE), "many"), ("--help",)]:
            with self.subTest(arguments):
                done = run(*arguments)
                self.assertEqual(done.returncode, 2)
                self.assertTrue(done.stderr)
        with tempfile.TemporaryDirectory() as folder:
            broken = pathlib.Path(folder, "u.csv")
            broken.write_text(TABLE.read_text(encoding="utf-8").replace("\n100,0,0,", "\n100,0,,", 1), encoding="utf-8")
            done = run(str(broken))
            self.assertEqual(done.returncode, 2)
            self.assertIn("line 2", done.stderr)


if __name__ == "__main__":
    PROGRAM = sys.argv.pop(1)
    unittest.main()
