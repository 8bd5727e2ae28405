/// \file
/// What programs write and read: results, checkpoints, configurations, plots. Needs nlohmann-json; link erg::io.
#pragma once

#include "erg/io/atomic_file.hpp"
#include "erg/io/axis.hpp"
#include "erg/io/checkpoint.hpp"
#include "erg/io/concept.hpp"
#include "erg/io/csv.hpp"
#include "erg/io/interrupt.hpp"
#include "erg/io/npy.hpp"
#include "erg/io/plot.hpp"
#include "erg/io/progress.hpp"
#include "erg/io/reduced_energies/npz.hpp"
#include "erg/io/reduced_energies/u_kn_files.hpp"
#include "erg/io/reduced_energies/u_nk_table.hpp"
#include "erg/io/result_file.hpp"
#include "erg/io/safetensors.hpp"
#include "erg/io/structures/extxyz.hpp"
#include "erg/io/structures/frame.hpp"
#include "erg/io/structures/numbered_lines.hpp"
#include "erg/io/structures/poscar.hpp"
#include "erg/io/structures/structure_file.hpp"
#include "erg/io/tensor_header.hpp"
