#!/usr/bin/env python3
"""Runs solvation on a small system: what it writes, that estimators agree, that it goes on as if never stopped.   solvation_test.py PROGRAM"""
import csv
import json
import os
import pathlib
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import unittest

PROGRAM = ""
SMALL = ["--particles", "20", "--box", "4.4", "--radius-from", "1.2", "--radius-to", "1.3", "--temperature", "3", "--cutoff", "2.0",
         "--stages", "4", "--training-frames", "100", "--burn-in", "100", "--stride", "1", "--leaps", "8", "--flow-steps", "6",
         "--training-flow-steps", "3", "--train-steps", "20", "--batch", "32", "--samples", "100,400", "--repeats", "4", "--seed", "3",
         "--threads", "1"]


def run(*arguments, **more):
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "OMP_WAIT_POLICY": "passive"}
    return subprocess.run([PROGRAM, *arguments], env=environment, capture_output=True, text=True, timeout=500, **more)


def small_with(*changed):
    """The small system with other values of some options."""
    options = dict(zip(SMALL[::2], SMALL[1::2]))
    options.update(zip(changed[::2], changed[1::2]))
    return [word for pair in options.items() for word in pair]


def estimates(folder):
    """By estimator and number of samples."""
    with open(folder / "estimates.csv", encoding="utf-8") as table:
        return {(row["estimator"], int(row["samples"])): row for row in csv.DictReader(table)}


class Solvation(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.scratch = tempfile.TemporaryDirectory()
        cls.out = pathlib.Path(cls.scratch.name) / "whole"
        cls.ran = run(*SMALL, "--frames", "2000", "--out", str(cls.out))

    @classmethod
    def tearDownClass(cls):
        cls.scratch.cleanup()

    def test_it_runs(self):
        self.assertEqual(self.ran.returncode, 0, self.ran.stderr)
        for name in ["estimates.csv", "ladder.csv", "result.json", "weights-both.safetensors", "training-forward.csv",
                     "works-both-forward-6-steps.npy"]:
            self.assertTrue((self.out / name).exists(), name)

    def test_estimators_agree(self):
        """Each within 5 joint errors of multi-stage MBAR: of seeds, 1 in 100,000 would fail, were the errors known and not estimated."""
        rows = estimates(self.out)
        best = rows["MBAR", 400]
        self.assertGreater(float(best["mean_kT"]), 0.3)
        for name in ["BAR", "FEP forward", "learned BAR", "learned FEP forward"]:
            row = rows[name, 400]
            repeats = int(row["repeats"])
            self.assertEqual(repeats, 4)
            error = max(float(row["spread_kT"]), float(row["stated_error_kT"])) / repeats**0.5
            error = (error**2 + float(best["stated_error_kT"])**2 / repeats)**0.5
            self.assertLess(abs(float(row["mean_kT"]) - float(best["mean_kT"])), 5 * error, name)

    def test_result(self):
        result = json.loads((self.out / "result.json").read_text(encoding="utf-8"))
        self.assertAlmostEqual(result["free_energy_kT"]["value"], float(estimates(self.out)["MBAR", 400]["mean_kT"]), delta=0.3)
        self.assertGreaterEqual(result["frames_per_independent_sample"], 1)

    def test_more_frames_go_on(self):
        """Half the frames first, then all: the samples are those of one run, byte for byte."""
        other = self.out.parent / "halves"
        small = [*SMALL, "--direction", "forward", "--out", str(other)]
        self.assertEqual(run(*small, "--frames", "1000").returncode, 0)
        self.assertEqual(run(*small, "--frames", "2000").returncode, 0)
        names = sorted(path.name for path in (self.out / "samples").iterdir())
        self.assertEqual(names, sorted(path.name for path in (other / "samples").iterdir()))
        for name in names:
            self.assertEqual((self.out / "samples" / name).read_bytes(), (other / "samples" / name).read_bytes(), name)

    def test_works_are_of_their_steps(self):
        """Other --flow-steps in the same directory give other works; weights trained anew forget the works of the old ones."""
        other = self.out.parent / "steps"
        shutil.copytree(self.out, other)
        for name in ["works-both-forward-6-steps.npy", "weights-both.safetensors"]:
            self.assertTrue((other / name).exists())
        more = [*small_with("--flow-steps", "2"), "--frames", "2000", "--out", str(other)]
        self.assertEqual(run(*more).returncode, 0)
        self.assertNotEqual((other / "works-both-forward-2-steps.npy").read_bytes(),
                            (self.out / "works-both-forward-6-steps.npy").read_bytes())
        self.assertEqual((other / "works-both-forward-6-steps.npy").read_bytes(),
                         (self.out / "works-both-forward-6-steps.npy").read_bytes())
        for name in ["weights-both.safetensors", "training-both.csv"]:
            (other / name).unlink()
        trained = small_with("--rate", "0.001", "--flow-steps", "2", "--direction", "both")
        self.assertEqual(run(*trained, "--frames", "2000", "--out", str(other)).returncode, 0)
        self.assertFalse((other / "works-both-forward-6-steps.npy").exists())

    def test_twenty_kills(self):
        """Stopped twenty times at random moments, by a signal that it hears or one that nobody does: every file but the pictures is that of the
        run that was never stopped."""
        other = self.out.parent / "stopped"
        arguments = [*SMALL, "--frames", "2000", "--out", str(other)]
        random.seed(5)
        stops = 0
        longest = 0.02
        while stops < 20:
            started = subprocess.Popen([PROGRAM, *arguments], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
            try:
                _, said = started.communicate(timeout=random.uniform(0, longest))
                self.assertEqual(started.returncode, 0, said)  # it ended before: from the beginning again
                shutil.rmtree(other)
                longest = 0.02
                continue
            except subprocess.TimeoutExpired:
                by = random.choice([signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
                started.send_signal(by)
                _, said = started.communicate(timeout=60)
            if started.returncode == 0:  # it was at its end
                continue
            stops += 1
            longest *= 1.25
            self.assertIn(started.returncode, (128 + by, -by), said)
        self.assertEqual(run(*arguments).returncode, 0)
        names = sorted(str(path.relative_to(self.out)) for path in self.out.rglob("*") if path.is_file() and path.suffix != ".png")
        self.assertEqual(names, sorted(str(path.relative_to(other)) for path in other.rglob("*") if path.is_file() and path.suffix != ".png"))
        for name in names:
            self.assertEqual((self.out / name).read_bytes(), (other / name).read_bytes(), name)

    def test_other_options_are_refused(self):
        again = run(*small_with("--box", "4.5"), "--frames", "2000", "--out", str(self.out))
        self.assertEqual(again.returncode, 2)
        self.assertIn("another --out", again.stderr)
        again = run(*small_with("--rate", "0.1"), "--frames", "2000", "--out", str(self.out))
        self.assertEqual(again.returncode, 2)
        self.assertIn("rate", again.stderr)

    def test_bad_options(self):
        for wrong in [["--stages", "1"], ["--box", "nan"], ["--cutoff", "3"], ["--radius-to", "9"], ["--direction", "sideways"],
                      ["--frames", "50"], ["--flow-steps", "0"], ["--seed", "-1"],
                      ["--samples", "1000"], ["--out", str(self.out / "result.json" / "below")], ["--out", "/proc/nowhere"]]:
            bad = run(*small_with("--frames", "2000", "--out", str(self.out.parent / "bad"), *wrong))
            self.assertEqual(bad.returncode, 2, wrong)
            self.assertEqual(bad.stderr.count("\n"), 1, bad.stderr)

    def test_help(self):
        told = run("--help")
        self.assertEqual(told.returncode, 0)
        for word in ["--radius-to", "sigma", "k_BT", "--training-frames"]:
            self.assertIn(word, told.stdout)


if __name__ == "__main__":
    PROGRAM = sys.argv.pop(1)
    unittest.main()
