#!/usr/bin/env python3
"""Drives crystal_free_energy as a user would, and as a vandal would.   crystal_free_energy_test.py PROGRAM [TEST...]"""
import csv
import json
import math
import os
import pathlib
import pty
import random
import resource
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import time
import unittest

PROGRAM = ""
NAME = "crystal_free_energy: "
QUICK = {"--batch": "32", "--samples": "200", "--frames": "4", "--hidden": "8", "--sweeps": "1", "--threads": "2"}
PICTURES = ["training.png", "energy_histogram.png", "rdf.png", "convergence.png"]
# Without a PATH there is no gnuplot: four pictures take longer than all else here.
BARE = {"PATH": "", "OMP_WAIT_POLICY": "passive"}


def command(out, options):
    """The program with quick settings, each of which `options` may replace (None leaves it out, True is a bare flag)."""
    settings = {**QUICK, "--out": str(out), **options}
    words = [PROGRAM]
    for name, value in settings.items():
        if value is not None:
            words += [name] if value is True else [name, str(value)]
    return words


def run(out, options=None, env=None, limit=60, **more):
    return subprocess.run(command(out, options or {}), env=env or BARE, capture_output=True, text=True, timeout=limit, **more)


def start(out, options, **more):
    return subprocess.Popen(command(out, options), env=BARE, stdout=subprocess.DEVNULL,
                            **{"stderr": subprocess.PIPE, "text": True, **more})


def result(folder):
    return json.loads((folder / "result.json").read_text(encoding="utf-8"))


def table(folder):
    with open(folder / "training.csv", encoding="utf-8") as file:
        return [{key: float(value) for key, value in row.items()} for row in csv.DictReader(file)]


def tensors(path):
    """Header facts, and name -> (dtype, shape, bytes); fails on a file that is not whole."""
    data = path.read_bytes()
    length = struct.unpack("<Q", data[:8])[0]
    header = json.loads(data[8:8 + length])
    facts = header.pop("__metadata__")
    body = data[8 + length:]
    assert max(entry["data_offsets"][1] for entry in header.values()) == len(body)
    return facts, {name: (e["dtype"], e["shape"], body[slice(*e["data_offsets"])]) for name, e in header.items()}


def trained(folder):
    """What training left, seconds aside."""
    facts, arrays = tensors(folder / "weights.safetensors")
    del facts["seconds"], arrays["state.clock"]
    return facts, arrays, (folder / "training.csv").read_bytes()


def found(folder):
    """What sampling found, seconds aside."""
    values = result(folder)
    del values["seconds"]
    return values


def contents(folder):
    return {p.name: p.read_bytes() for p in folder.iterdir() if p.is_file()}


class ProgramTest(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="erg-"))
        self.addCleanup(shutil.rmtree, self.folder)
        self.out = self.folder / "out"

    def good(self, done):
        self.assertEqual(done.returncode, 0, done.stderr)
        return done

    def refused(self, done, *words):
        """Status 2 and one line on stderr that holds the words; what `sampling` warned of may stand before it."""
        self.assertEqual(done.returncode, 2, done.stderr)
        lines = [line for line in done.stderr.splitlines() if not line.startswith("warning: ")]
        self.assertEqual(len(lines), 1, done.stderr)
        self.assertTrue(lines[0].startswith(NAME), lines[0])
        for word in words:
            self.assertIn(word, lines[0])

    def whole(self, folder):
        self.assertEqual([p.name for p in folder.iterdir() if p.name.startswith(".")], [])


class User(ProgramTest):
    def test_help_and_version(self):
        text = self.good(subprocess.run([PROGRAM, "--help"], capture_output=True, text=True)).stdout
        for word in ["Angstrom", "kcal/mol", "eV", "reduced", "epsilon", " K", "seconds", "Exit status"]:
            self.assertIn(word, text)
        for option in ["crystal", "particles", "temperature", "density", "train-seconds", "train-steps", "batch", "samples", "transfer",
                       "threads", "seed", "out", "resume", "weights", "help", "version"]:
            self.assertIn("--" + option, text)
        version = self.good(subprocess.run([PROGRAM, "--version"], capture_output=True, text=True)).stdout
        self.assertRegex(version, r"^\d+\.\d+\.\d+\n$")

    def require_finite(self, value, key=""):
        if isinstance(value, dict):
            for name, inner in value.items():
                self.require_finite(inner, f"{key}.{name}")
        elif isinstance(value, list):
            for inner in value:
                self.require_finite(inner, key)
        elif isinstance(value, float):
            self.assertTrue(math.isfinite(value), key)

    def test_everything_is_written(self):
        gnuplot = shutil.which("gnuplot")
        done = self.good(run(self.out, {"--train-steps": 30, "--transfer": "216", "--seed": 7}, env={**BARE, "PATH": os.environ["PATH"]}))
        self.whole(self.out)
        whole = result(self.out)
        self.require_finite(whole)
        self.assertEqual(len(whole["transfer"]), 1)
        for size, particles in [(whole, 64), (whole["transfer"][0], 216)]:
            self.assertEqual((size["crystal"], size["particles"], size["samples"], size["seed"]), ("ice-cubic", particles, 200, 7))
            self.assertEqual((size["temperature"], size["density"], size["train_energy_evaluations"]), (200, 0.033567184, 960))
            free = size["beta_f_per_particle"]
            self.assertTrue(-25.4 < free["lfep"]["value"] < -24.8 and -25.4 < free["harmonic"]["value"] < -24.8, free)
            self.assertGreater(free["lfep"]["standard_error"], 0)
            self.assertTrue(0 < size["effective_sample_size"] <= 1)
            self.assertTrue(size["seconds"]["training"] > 0 and size["seconds"]["sampling"] > 0)
            self.assertIsInstance(size["version"], str)
        self.assertEqual(whole["beta_f_per_particle"]["published"]["value"], -25.16306)
        self.assertIn("-25.16306", done.stdout)
        lines = (self.out / "samples.extxyz").read_text(encoding="utf-8").splitlines()
        self.assertEqual(len(lines), 4 * (64 + 2))
        for frame in range(4):
            self.assertEqual(lines[66 * frame], "64")
            for word in ["Lattice=", "Properties=species:S:1:pos:R:3", " energy=", " log_weight="]:
                self.assertIn(word, lines[66 * frame + 1])
            self.assertTrue(all(math.isfinite(float(x)) for line in lines[66 * frame + 2:66 * frame + 66] for x in line.split()[1:]))
        self.assertEqual((self.out / "training.csv").read_text(encoding="utf-8").splitlines()[0],
                         "step,samples,loss_nats,spread_nats,batch_ess,gradient_norm,rate,skipped")
        self.assertEqual([row["step"] for row in table(self.out)], [10, 20, 30])
        facts, arrays = tensors(self.out / "weights.safetensors")
        self.assertEqual((facts["crystal"], facts["steps"], facts["samples"]), ("ice-cubic", "30", "960"))
        self.assertTrue(any(not name.startswith("state.") and dtype == "F32" for name, (dtype, _, _) in arrays.items()))
        if not gnuplot:
            print("\nskipped: pictures (no gnuplot)", flush=True)
            return
        self.assertNotIn("not drawn", done.stderr)
        for picture in PICTURES:
            data = (self.out / picture).read_bytes()
            self.assertEqual(data[:8], b"\x89PNG\r\n\x1a\n", picture)
            self.assertEqual(data[-8:-4], b"IEND", picture)

    def test_without_gnuplot_there_are_warnings_only(self):
        done = self.good(run(self.out, {"--train-steps": 30}))
        for picture in PICTURES:
            self.assertEqual(done.stderr.count(picture), 1, done.stderr)
        self.assertTrue(all(line.startswith("warning: ") for line in done.stderr.splitlines()), done.stderr)
        self.whole(self.out)

    def test_few_samples_and_no_frames(self):
        self.good(run(self.out, {"--train-steps": 0, "--samples": 2, "--frames": 0}, env={**BARE, "PATH": os.environ["PATH"]}))
        self.assertEqual((self.out / "samples.extxyz").read_bytes(), b"")
        self.assertEqual(table(self.out), [])
        self.whole(self.out)

    def test_weights_skip_training(self):
        self.good(run(self.out, {"--train-steps": 20}))
        before = contents(self.out)
        other = self.folder / "other"
        weights = self.out / "weights.safetensors"
        self.good(run(other, {"--weights": weights, "--transfer": "216,64"}))
        self.assertFalse((other / "training.csv").exists())
        again = found(other)
        self.assertEqual([size["particles"] for size in again["transfer"]], [216, 64])
        self.assertEqual(again["train_energy_evaluations"], 640)
        again["transfer"] = []
        self.assertEqual(again, found(self.out))
        self.good(run(other, {"--weights": weights, "--threads": 1}))
        one, two = result(other)["beta_f_per_particle"]["lfep"], result(self.out)["beta_f_per_particle"]["lfep"]
        self.assertAlmostEqual(one["value"], two["value"], delta=1e-10)
        self.good(run(other, {"--weights": weights, "--temperature": 210, "--particles": 216}))
        self.assertNotIn("published", result(other)["beta_f_per_particle"])
        self.assertEqual(contents(self.out), before)

    def test_threads_agree_to_rounding(self):
        rows = []
        for threads in ["1", "2", "3"]:
            self.good(run(self.out, {"--train-steps": 20, "--batch": 128, "--threads": threads}))
            rows.append(table(self.out))
        for other in rows[1:]:
            for a, b in zip(rows[0], other, strict=True):
                for column in ["loss_nats", "spread_nats", "batch_ess", "gradient_norm"]:
                    self.assertAlmostEqual(a[column] / b[column], 1, delta=1e-3, msg=column)

    def test_other_crystals(self):
        for crystal, particles, low, high in [("ice-hexagonal", 64, -26, -24), ("silicon", 64, -200, -100), ("lj-fcc", 256, 2.5, 3.6)]:
            with self.subTest(crystal):
                self.good(run(self.out, {"--crystal": crystal, "--train-steps": 5}))
                self.assertEqual(result(self.out)["particles"], particles)
                self.assertTrue(low < result(self.out)["beta_f_per_particle"]["lfep"]["value"] < high, result(self.out))

    def test_progress_on_a_terminal_only(self):
        quiet = self.good(run(self.out, {"--train-seconds": 0.4}))
        self.assertNotIn("steps/s", quiet.stderr)
        self.assertNotIn("\r", quiet.stderr)
        terminal, side = pty.openpty()
        job = start(self.out, {"--train-seconds": 0.4, "--samples": 20000}, stderr=side)
        os.close(side)
        shown = b""
        try:
            while part := os.read(terminal, 65536):
                shown += part
        except OSError:  # how Linux ends a terminal
            pass
        os.close(terminal)
        self.assertEqual(job.wait(), 0)
        for word in ["training", "steps/s", " left", "ESS", "sampling N = 64", "\r\x1b[K"]:
            self.assertIn(word, shown.decode())


class Interrupted(ProgramTest):
    """One training of some seconds, done at one go; what is stopped and resumed must end with the same bits."""

    @classmethod
    def setUpClass(cls):
        cls.home = pathlib.Path(tempfile.mkdtemp(prefix="erg-"))
        cls.addClassCleanup(shutil.rmtree, cls.home)
        assert run(cls.home / "trial", {"--train-steps": 300}).returncode == 0
        pace = 300 / result(cls.home / "trial")["seconds"]["training"]
        cls.options = {"--train-steps": 10 * math.ceil(0.25 * pace) + 7}  # the last row is not full
        cls.reference = cls.home / "reference"
        assert run(cls.reference, cls.options).returncode == 0

    def require_reference(self):
        self.assertEqual(trained(self.out), trained(self.reference))
        self.assertEqual(found(self.out), found(self.reference))
        self.whole(self.out)

    def resumed(self):
        return {**self.options, "--resume": True if (self.out / "weights.safetensors").exists() else None}

    def test_repeatable_to_the_bit(self):
        self.good(run(self.out, self.options))
        self.require_reference()

    def test_stopped_at_random_and_resumed(self):
        chance, stops = random.Random(3), 0
        for _ in range(40):
            job = start(self.out, self.resumed())
            time.sleep(chance.uniform(0.05, 0.9 if stops else 0.4))
            sent = chance.choice([signal.SIGINT, signal.SIGTERM])
            job.send_signal(sent)
            said = job.communicate(timeout=20)[1]
            self.assertIn(job.returncode, [0, 128 + sent, -sent], said)  # -sent: before anything was begun
            if job.returncode == 0:
                break
            if job.returncode > 0:
                self.assertIn("interrupted", said)
                self.assertEqual(said.count("\n"), 1)
                stops += 1
            if stops == 5:
                break
        self.assertGreater(stops, 0)
        self.good(run(self.out, self.resumed()))
        self.require_reference()

    def test_killed_and_resumed(self):
        for wait in [0.0, 0.15]:
            job = start(self.out, self.resumed())
            end = time.monotonic() + 20
            stamp = (self.out / "weights.safetensors").stat().st_mtime_ns if self.resumed()["--resume"] else 0
            while job.poll() is None and time.monotonic() < end:
                if (self.out / "weights.safetensors").exists() and (self.out / "weights.safetensors").stat().st_mtime_ns != stamp:
                    break
                time.sleep(0.01)
            time.sleep(wait)
            job.kill()
            job.communicate()
        for rest in self.out.glob(".*.partial"):  # what a kill in the middle of a write leaves
            rest.unlink()
        self.good(run(self.out, self.resumed()))
        self.require_reference()

    def test_resumed_when_all_is_done(self):
        shutil.copytree(self.reference, self.out)
        self.good(run(self.out, {**self.options, "--resume": True}))
        self.require_reference()

    def test_longer_training_after_a_row_that_was_not_full(self):
        self.good(run(self.out, {"--train-steps": 15}))
        self.good(run(self.out, {"--train-steps": 34, "--resume": True}))
        rows = table(self.out)
        self.assertEqual([row["step"] for row in rows], [10, 15, 20, 30, 34])
        for row in rows:
            self.assertAlmostEqual(row["loss_nats"] / rows[0]["loss_nats"], 1, delta=0.05)

    def test_stopped_while_sampling(self):
        job = start(self.out, {"--train-steps": 10, "--samples": 3000000})
        while not (self.out / "weights.safetensors").exists() and job.poll() is None:
            time.sleep(0.02)
        time.sleep(0.5)
        begin = time.monotonic()
        job.send_signal(signal.SIGTERM)
        said = job.communicate(timeout=20)[1]
        self.assertEqual(job.returncode, 128 + signal.SIGTERM, said)
        self.assertLess(time.monotonic() - begin, 3)
        self.assertEqual(sorted(contents(self.out)), ["training.csv", "weights.safetensors"])
        self.good(run(self.out, {"--weights": self.out / "weights.safetensors"}))
        self.assertEqual(result(self.out)["train_energy_evaluations"], 320)


class Vandal(ProgramTest):
    """A good run lies in DIR; whatever is tried must leave it as it is."""

    @classmethod
    def setUpClass(cls):
        cls.home = pathlib.Path(tempfile.mkdtemp(prefix="erg-"))
        cls.addClassCleanup(shutil.rmtree, cls.home)
        cls.model = cls.home / "model"
        assert run(cls.model, {"--train-steps": 30}, env={**BARE, "PATH": os.environ["PATH"]}).returncode == 0

    def setUp(self):
        super().setUp()
        shutil.copytree(self.model, self.out)

    def untouched(self, but=()):
        after, before = contents(self.out), contents(self.model)
        for name in but:
            after.pop(name, None), before.pop(name, None)
        self.assertEqual(after, before)

    def test_options_that_make_no_sense(self):
        for options, words in [
            ({"--temperature": "nan"}, ["--temperature", "nan"]), ({"--temperature": "inf"}, ["--temperature"]),
            ({"--temperature": "-1"}, ["--temperature", "-1"]), ({"--temperature": "warm"}, ["--temperature", "warm"]),
            ({"--temperature": "1e-320"}, ["expected"]), ({"--density": "0"}, ["--density"]), ({"--density": "1e300"}, ["--density"]),
            ({"--density": "1e-300"}, ["--density"]), ({"--density": "inf"}, ["--density"]), ({"--particles": "-8"}, ["--particles"]),
            ({"--particles": "99999999999"}, ["--particles"]), ({"--particles": "64.5"}, ["--particles"]), ({"--batch": "0"}, ["--batch"]),
            ({"--batch": "nan"}, ["--batch"]), ({"--samples": "1"}, ["--samples"]), ({"--samples": "1000000000000"}, ["--samples"]),
            ({"--frames": "-1"}, ["--frames"]), ({"--threads": "-2"}, ["--threads"]), ({"--seed": "-1"}, ["--seed", "-1", "negative"]),
            ({"--rate": "inf"}, ["--rate"]), ({"--rate": "0"}, ["--rate"]), ({"--hidden": "8,0"}, ["--hidden"]),
            ({"--hidden": "x"}, ["--hidden"]), ({"--sweeps": "0"}, ["--sweeps"]), ({"--shells": "7"}, ["--shells"]),
            ({"--transfer": "0"}, ["--transfer"]), ({"--transfer": "64,x"}, ["--transfer"]), ({"--crystal": "gold"}, ["gold", "ice-cubic"]),
            ({"--train-steps": "-1"}, ["--train-steps"]), ({"--train-steps": None, "--train-seconds": "nan"}, ["--train-seconds"]),
            ({"--train-seconds": "5"}, ["--train-steps", "--train-seconds"]), ({"--frobnicate": True}, ["--frobnicate"]),
            ({"--out": ""}, ["--out"]), ({"--temperature": "1e400"}, ["--temperature"]),
            ({"--weights": "w", "--resume": True}, ["--weights", "--resume"]),
        ]:
            with self.subTest(options):
                self.refused(run(self.out, {"--train-steps": 5, **options}), *words)
        self.untouched()

    def test_crystals_that_cannot_be(self):
        for options, words in [
            ({"--particles": 100}, ["100", "64", "216"]), ({"--crystal": "lj-fcc", "--particles": 257}, ["256", "500"]),
            ({"--transfer": "216,500"}, ["500", "216", "512"]), ({"--particles": 8}, ["cutoff", "half"]),
            ({"--crystal": "lj-fcc", "--particles": 108}, ["cutoff", "half"]), ({"--transfer": "8"}, ["cutoff", "half"]),
            ({"--crystal": "silicon", "--density": 0.02}, ["imaginary mode", "wave vector", "branch"]),
        ]:
            with self.subTest(options):
                begin = time.monotonic()
                self.refused(run(self.out, {"--train-seconds": 100, **options}), *words)
                self.assertLess(time.monotonic() - begin, 20)
                self.refused(run(self.folder / "new", {"--train-seconds": 100, **options}), *words)
                self.assertFalse((self.folder / "new").exists())
        self.untouched()

    def test_training_that_blows_up(self):
        done = run(self.out, {"--train-steps": 2000, "--rate": "1e30"})
        self.refused(done)
        self.untouched(but=["training.csv", "weights.safetensors"])
        self.whole(self.out)

    def test_directories_that_cannot_be_written(self):
        (self.folder / "file").write_text("mine", encoding="utf-8")
        for place in [self.folder / "file", self.folder / "file" / "out", pathlib.Path("/proc/1/nowhere")]:
            with self.subTest(place):
                self.refused(run(place, {"--train-steps": 5}), str(place))
        self.assertEqual((self.folder / "file").read_text(encoding="utf-8"), "mine")
        for name in ["result.json", "weights.safetensors", "samples.extxyz", "training.csv"]:
            with self.subTest(name):
                taken = self.folder / ("taken-" + name)
                (taken / name).mkdir(parents=True)
                self.refused(run(taken, {"--train-seconds": 100}), name)
                self.whole(taken)

    def test_full_disk(self):
        def room(size):
            return lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
        weights = (self.out / "weights.safetensors").stat().st_size
        self.refused(run(self.out, {"--train-steps": 10}, preexec_fn=room(weights // 2)), "weights.safetensors")
        self.untouched(but=["training.csv"])
        many = {"--train-steps": 10, "--frames": 200}
        self.refused(run(self.out, many, preexec_fn=room(weights + 4096)), "samples.extxyz")
        self.untouched(but=["training.csv", "weights.safetensors"])
        self.whole(self.out)
        self.refused(run(self.folder / "new", {"--train-steps": 10}, preexec_fn=room(0)))
        self.assertEqual(list((self.folder / "new").iterdir()), [])

    def broken_files(self):
        """(what, bytes): files that are no checkpoint of this model."""
        good = (self.model / "weights.safetensors").read_bytes()
        length = struct.unpack("<Q", good[:8])[0]
        header, body = good[8:8 + length], good[8 + length:]
        yield "empty", b""
        for size in [5, 8, 8 + length // 2, 8 + length, len(good) - 1]:
            yield f"truncated to {size}", good[:size]
        yield "longer", good + b"\0"
        yield "picture", b"\x89PNG\r\n\x1a\n" + bytes(5000)
        yield "huge header", struct.pack("<Q", 2**62) + good[8:]
        yield "text", b"these are not weights, they are words\n" * 100
        foreign = b'{"w":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}'
        yield "of another program", struct.pack("<Q", len(foreign)) + foreign + bytes(8)
        yield "NaN", good[:8 + length] + body[:-4] + struct.pack("<f", math.nan)
        yield "other names", good[:8] + header.replace(b"mode_scaling", b"mode_scalinG") + body

    def test_checkpoints_that_are_none(self):
        broken = self.out / "weights.safetensors"
        for what, data in self.broken_files():
            broken.write_bytes(data)
            with self.subTest(what):
                self.refused(run(self.out, {"--weights": broken, "--out": self.out}), "weights.safetensors")
                self.refused(run(self.out, {"--resume": True, "--train-steps": 40}), "weights.safetensors")
                self.assertEqual(broken.read_bytes(), data)
        self.untouched(but=["weights.safetensors"])
        broken.unlink()
        self.refused(run(self.out, {"--resume": True, "--train-steps": 40}), "weights.safetensors")
        self.refused(run(self.out, {"--weights": broken}), "weights.safetensors")
        self.refused(run(self.out, {"--weights": self.out}), str(self.out))
        self.assertFalse(broken.exists())

    def test_state_that_is_not_finite(self):
        data = bytearray((self.out / "weights.safetensors").read_bytes())
        length = struct.unpack("<Q", data[:8])[0]
        at = 8 + length + json.loads(data[8:8 + length])["state.adam"]["data_offsets"][0]
        data[at:at + 8] = struct.pack("<d", math.inf)
        (self.out / "weights.safetensors").write_bytes(data)
        self.refused(run(self.out, {"--resume": True, "--train-steps": 40}), "state.adam")
        self.assertEqual((self.out / "weights.safetensors").read_bytes(), data)
        self.untouched(but=["weights.safetensors"])

    def test_checkpoints_of_another_model(self):
        weights = self.out / "weights.safetensors"
        for options, word in [({"--crystal": "ice-hexagonal"}, "crystal"), ({"--crystal": "silicon"}, "crystal"), ({"--hidden": "9"}, "hidden"),
                              ({"--sweeps": 2}, "sweeps"), ({"--shells": 1}, "shells")]:
            with self.subTest(options):
                self.refused(run(self.out, {"--weights": weights, **options}), word)
                self.refused(run(self.out, {"--resume": True, "--train-steps": 40, **options}), word)
        for options, word in [({"--seed": 1}, "seed"), ({"--batch": 64}, "batch"), ({"--temperature": 201}, "temperature"),
                              ({"--particles": 216}, "particles"), ({"--rate": "1e-3"}, "rate"), ({"--density": "0.034"}, "density")]:
            with self.subTest(options):
                self.refused(run(self.out, {"--resume": True, "--train-steps": 40, **options}), word)
        self.untouched()


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    PROGRAM = str(pathlib.Path(sys.argv.pop(1)).resolve())
    unittest.main(verbosity=2)
