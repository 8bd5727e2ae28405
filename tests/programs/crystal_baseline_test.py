#!/usr/bin/env python3
"""Drives crystal_baseline as a user would, and as a vandal would.   crystal_baseline_test.py PROGRAM [TEST...]

Where crystal_free_energy stands beside it, also with weights that it trains."""
import csv
import json
import math
import os
import pathlib
import random
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import time
import unittest

PROGRAM = ""
NAME = "crystal_baseline: "
# Without a PATH there is no gnuplot.
BARE = {"PATH": "", "OMP_WAIT_POLICY": "passive"}
QUICK = {"--particles": "8", "--stages": "3", "--burn-in": "60", "--samples": "200", "--flow-samples": "600", "--frames": "32", "--threads": "2"}
# Cubic ice of 8, seed 0. Published: about -25.86 (references: the tutorial of Wirnsberger et al. 2022).
PUBLISHED_8 = -25.86
# The width of the small flow's modes, a logarithm, times this: its samples stay at the lattice's sites, where the crystal never is.
MUCH_NARROWER = -150


def command(out, options):
    settings = {**QUICK, "--out": str(out), **options}
    words = [PROGRAM]
    for name, value in settings.items():
        if value is not None:
            words += [name] if value is True else [name, str(value)]
    return words


def run(out, options=None, limit=120):
    return subprocess.run(command(out, options or {}), env=BARE, capture_output=True, text=True, timeout=limit)


def timeless(value):
    """Without what a clock said."""
    if isinstance(value, dict):
        return {key: timeless(inner) for key, inner in value.items() if "seconds" not in key}
    return [timeless(inner) for inner in value] if isinstance(value, list) else value


def result(folder):
    return json.loads((folder / "result.json").read_text(encoding="utf-8"))


def multiplied(path, factor, to, only=""):
    """The weights of a flow, every parameter of tensors so named times so much."""
    data = path.read_bytes()
    (length,) = struct.unpack("<Q", data[:8])
    body = bytearray(data[8 + length:])
    for name, tensor in json.loads(data[8:8 + length]).items():
        if name != "__metadata__" and tensor["dtype"] == "F32" and only in name:
            begin, end = tensor["data_offsets"]
            numbers = struct.unpack(f"<{(end - begin) // 4}f", body[begin:end])
            body[begin:end] = struct.pack(f"<{len(numbers)}f", *(factor * x for x in numbers))
    to.write_bytes(data[:8 + length] + body)
    return to


class ProgramTest(unittest.TestCase):
    trained = None  # once for all tests

    @classmethod
    def tearDownClass(cls):
        if ProgramTest.trained:
            shutil.rmtree(ProgramTest.trained)
            ProgramTest.trained = None

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="erg-"))
        self.addCleanup(shutil.rmtree, self.folder)
        self.out = self.folder / "out"

    def weights(self):
        """Of a flow of 8 particles, or nothing where no crystal_free_energy stands beside the program."""
        trainer = pathlib.Path(PROGRAM).with_name("crystal_free_energy")
        if not trainer.exists():
            return None
        if not ProgramTest.trained:
            ProgramTest.trained = pathlib.Path(tempfile.mkdtemp(prefix="erg-"))
            subprocess.run([trainer, "--particles", "8", "--train-steps", "30", "--batch", "32", "--hidden", "8", "--sweeps", "1", "--samples", "50", "--frames", "0", "--out", ProgramTest.trained],
                           env=BARE, check=True, capture_output=True, timeout=120)
        return ProgramTest.trained / "weights.safetensors"

    def needed_weights(self):
        found = self.weights()
        if found is None:
            self.skipTest("no crystal_free_energy beside the program")
        return found

    def good(self, done):
        self.assertEqual(done.returncode, 0, done.stderr)
        return done

    def refused(self, done, *words):
        self.assertEqual(done.returncode, 2, done.stderr)
        lines = done.stderr.splitlines()
        self.assertEqual(len(lines), 1, done.stderr)
        self.assertTrue(lines[0].startswith(NAME), lines[0])
        for word in words:
            self.assertIn(word, lines[0])


class User(ProgramTest):
    def test_help_and_version(self):
        text = self.good(subprocess.run([PROGRAM, "--help"], capture_output=True, text=True)).stdout
        for word in ["Angstrom", "kcal/mol", "eV", "reduced", "k_BT", "seconds", "Exit status", "--resume"]:
            self.assertIn(word, text)
        version = self.good(subprocess.run([PROGRAM, "--version"], capture_output=True, text=True)).stdout
        self.assertRegex(version, r"^\d+\.\d+\.\d+\n$")

    def agree(self, found, errors=4.5):
        """Any two methods, within so many of their errors: a false alarm once in 100,000."""
        methods = found["beta_f_per_particle"]
        for difference in found["differences"]:
            self.assertLess(abs(difference["value"]), errors * difference["standard_error"], difference)
        for name, method in methods.items():
            self.assertTrue(math.isfinite(method["value"]) and method["standard_error"] > 0, name)

    def test_methods_agree(self):
        self.good(run(self.out))
        found = result(self.out)
        self.agree(found)
        methods = found["beta_f_per_particle"]
        self.assertEqual(sorted(methods), ["frenkel_ladd", "mbar"])
        self.assertAlmostEqual(methods["mbar"]["value"], PUBLISHED_8, delta=0.01)
        self.assertEqual([stage["coupling"] for stage in found["path"]][::4], [0, 1])
        # replicas x (trajectories (leaps + gradient after an exchange + exchange) + samples) is more than any number asked for
        most = 5 * 8 * (460 * 10 + 200)
        self.assertLessEqual(found["sampling"]["energy_evaluations"], most)
        self.assertGreater(found["sampling"]["energy_evaluations"], 5 * 8 * (460 * 8 + 200))
        with open(self.out / "methods.csv", encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
        self.assertEqual([row["method"] for row in rows], list(methods))
        for row in rows:
            self.assertEqual(float(row["beta_f_per_particle"]), methods[row["method"]]["value"])

    def test_reference_makes_no_difference(self):
        self.good(run(self.out))
        self.good(run(self.folder / "einstein", {"--reference": "einstein", "--stages": "8"}))
        one, other = (result(folder)["beta_f_per_particle"]["mbar"] for folder in [self.out, self.folder / "einstein"])
        error = math.hypot(one["standard_error"], other["standard_error"])
        self.assertLess(abs(one["value"] - other["value"]), 4.5 * error)
        self.assertGreater(other["standard_error"], one["standard_error"])

    def test_errors_are_the_spread(self):
        """Of twenty seeds. χ² of 19 degrees is above 47 or below 5 in one of 1,000 sets; replicas that are exchanged share what they
        remember, which an error that took stages for independent would not know: χ² of MBAR would be 70."""
        found = []
        for seed in range(1, 21):
            self.good(run(self.folder / str(seed), {"--seed": seed, "--stages": "4", "--burn-in": "100", "--samples": "400"}))
            found.append(result(self.folder / str(seed))["beta_f_per_particle"])
        for method in ["mbar", "frenkel_ladd"]:
            values = [(each[method]["value"], each[method]["standard_error"] ** -2) for each in found]
            mean = sum(x * w for x, w in values) / sum(w for _, w in values)
            chi_square = sum((x - mean) ** 2 * w for x, w in values)
            self.assertTrue(5 < chi_square < 47, f"{method}: {chi_square}")

    def test_flow(self):
        weights = {"--weights": str(self.needed_weights())}
        self.good(run(self.out, weights))
        found = result(self.out)
        self.agree(found)
        self.assertEqual(sorted(found["beta_f_per_particle"]), ["frenkel_ladd", "learned_bar", "lfep", "mbar"])
        self.assertGreater(found["flow"]["ess"], 0.1)
        beside = found["flow_beside_simulation"]["reweighted"]
        energy = beside["mean_energy_difference_per_particle"]
        self.assertLess(abs(energy["value"]), 4.5 * energy["standard_error"])
        self.assertGreater(beside["probability_if_equal"], 1e-5)


class Vandal(ProgramTest):
    def test_bad_options(self):
        for options, word in [({"--samples": "1"}, "--samples"), ({"--ladders": "12"}, "--ladders"), ({"--seed": "-1"}, "--seed"),
                              ({"--particles": "65"}, "65"), ({"--reference": "liquid"}, "--reference"), ({"--temperature": "nan"}, "--temperature"),
                              ({"--samples": "0"}, "--samples"), ({"--flow-samples": "0"}, "--flow-samples"), ({"--out": ""}, "--out"),
                              ({"--nonsense": True}, "nonsense")]:
            with self.subTest(word):
                self.refused(run(self.out, options), word)
                self.assertFalse(self.out.exists())

    def test_directories_that_cannot_be_written(self):
        file = self.folder / "file"
        file.write_text("mine")
        for out in [file, file / "below", pathlib.Path("/proc/nobody")]:
            with self.subTest(str(out)):
                self.refused(run(out), "--out", str(out))
        self.assertEqual(file.read_text(), "mine")

    def test_weights_that_are_none(self):
        text = self.folder / "text.safetensors"
        text.write_text("no weights at all")
        for path in [self.folder / "nowhere.safetensors", text, self.folder]:
            with self.subTest(path.name):
                self.refused(run(self.out, {"--weights": str(path)}), path.name)
                self.assertFalse(self.out.exists())

    def test_weights_of_another_crystal(self):
        weights = {"--weights": str(self.needed_weights())}
        self.refused(run(self.out, {**weights, "--crystal": "lj-fcc", "--particles": "32"}), "crystal", "lj-fcc", "ice-cubic")
        self.refused(run(self.out, {**weights, "--crystal": "ice-hexagonal"}), "crystal", "ice-hexagonal", "ice-cubic")

    def test_a_flow_that_diverged(self):
        weights = self.needed_weights()
        for factor, words in [(math.nan, ["nan", "finite"]), (1e30, ["diverged", "--weights"])]:
            with self.subTest(factor):
                broken = multiplied(weights, factor, self.folder / "broken.safetensors")
                self.refused(run(self.folder / str(factor), {"--weights": str(broken)}), "broken.safetensors", *words)

    def test_a_flow_that_shares_no_samples(self):
        """A method that cannot tell is not left out: it says so, in all results."""
        narrow = multiplied(self.needed_weights(), MUCH_NARROWER, self.folder / "narrow.safetensors", "mode_scaling.last.bias")
        done = self.good(run(self.out, {"--weights": str(narrow)}))
        self.assertRegex(done.stdout, r"learned BAR +not known")
        bar = result(self.out)["beta_f_per_particle"]["learned_bar"]
        self.assertIsNone(bar["value"])
        self.assertIsNone(bar["standard_error"])
        self.assertFalse(bar["reliable"])
        self.assertIn("share no samples", bar["note"])
        self.assertNotIn("learned_bar", [name for pair in result(self.out)["differences"] for name in pair["methods"]])
        self.assertIn("learned_bar,,,", (self.out / "methods.csv").read_text(encoding="utf-8"))

    def test_stages_that_share_no_samples(self):
        done = self.good(run(self.out, {"--crystal": "lj-fcc", "--particles": "256", "--reference": "einstein", "--stages": "1", "--samples": "40"}))
        self.assertRegex(done.stdout, r"MBAR +not known")
        mbar = result(self.out)["beta_f_per_particle"]["mbar"]
        self.assertIsNone(mbar["value"])
        self.assertIn("share no samples", mbar["note"])

    def test_stages_that_hardly_overlap(self):
        """One stage where four are needed: a figure that is off by four of its errors, which a note must say. With four there is none."""
        lennard_jones = {"--crystal": "lj-fcc", "--particles": "108", "--reference": "einstein"}
        done = self.good(run(self.out, {**lennard_jones, "--stages": "1"}))
        self.assertRegex(done.stdout, r"MBAR +3\.[0-9]+ > *0\.[0-9]+ .*\n    stages 0 and 0\.5 overlap by [0-9.e-]+, below 0\.03: .*more stages")
        few = result(self.out)
        self.assertLess(few["path"][0]["overlap_with_next"], 0.03)
        self.assertIn("overlap", few["beta_f_per_particle"]["mbar"]["note"])
        self.assertFalse(few["beta_f_per_particle"]["mbar"]["reliable"])
        self.assertIsNotNone(few["beta_f_per_particle"]["mbar"]["value"])
        self.good(run(self.folder / "enough", {**lennard_jones, "--stages": "4"}))
        enough = result(self.folder / "enough")["beta_f_per_particle"]["mbar"]
        self.assertTrue(enough["reliable"])
        self.assertNotIn("note", enough)

    def test_an_earlier_run_is_kept(self):
        self.good(run(self.out, {"--samples": "40"}))
        before = (self.out / "result.json").read_bytes()
        self.refused(run(self.out, {"--samples": "40"}), "--resume")
        self.refused(run(self.out, {"--samples": "40", "--seed": "1", "--resume": True}), "seed")
        self.assertEqual((self.out / "result.json").read_bytes(), before)

    def test_longer(self):
        """A finished run made longer is the long run."""
        self.good(run(self.out, {"--samples": "200"}))
        self.good(run(self.folder / "longer", {"--samples": "90"}))
        self.good(run(self.folder / "longer", {"--samples": "200", "--resume": True}))
        self.assertEqual(timeless(result(self.folder / "longer")), timeless(result(self.out)))

    def test_threads_make_no_difference(self):
        self.good(run(self.out, {"--samples": "60"}))
        self.good(run(self.folder / "one", {"--samples": "60", "--threads": "1"}))
        self.assertEqual(timeless(result(self.folder / "one")), timeless(result(self.out)))

    def test_killed_twenty_times_at_random_moments(self):
        """Whatever survives ends with every number of the run that nobody disturbed. One that was quicker than its killer begins
        anew, so that it is twenty deaths whatever the machine."""
        options = {"--samples": "1500", "--flow-samples": "20000"}
        if self.weights() is not None:
            options["--weights"] = str(self.weights())
        began = time.monotonic()
        self.good(run(self.out, options))
        takes = time.monotonic() - began
        undisturbed = timeless(result(self.out))
        moments = random.Random(7)
        deaths, survivor = 0, 0
        while True:
            killed = self.folder / f"killed-{survivor}"
            process = subprocess.Popen(command(killed, {**options, "--save-seconds": "0.02", "--resume": True}), env=BARE,
                                       stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
            try:
                process.wait(moments.uniform(0, 0.15) * takes if deaths < 20 else 120)
            except subprocess.TimeoutExpired:
                process.send_signal(signal.SIGKILL if deaths % 2 == 0 else signal.SIGTERM)
                process.wait(60)
                deaths += 1
            complaint = process.stderr.read()
            process.stderr.close()
            if process.returncode != 0:
                self.assertLessEqual(deaths, 20, complaint)
                self.assertIn(process.returncode, [-signal.SIGKILL, 128 + signal.SIGTERM, -signal.SIGTERM], complaint)
                continue
            self.assertEqual(timeless(result(killed)), undisturbed)
            survivor += 1
            if deaths >= 20:
                break

    def test_broken_checkpoint(self):
        self.good(run(self.out, {"--samples": "40"}))
        path = self.out / "checkpoint.safetensors"
        path.write_bytes(path.read_bytes()[:-8])
        self.refused(run(self.out, {"--samples": "80", "--resume": True}), "checkpoint.safetensors")


if __name__ == "__main__":
    PROGRAM = os.path.abspath(sys.argv.pop(1))
    unittest.main()
