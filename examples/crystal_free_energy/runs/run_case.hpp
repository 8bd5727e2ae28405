/// \file
/// The whole job: the potential of a case, and what is done with it.
#pragma once

#include "options/options.hpp"

namespace crystal_free_energy {

/// Exit status: 0, or 128 + signal after an interrupt.
int run_case(const Options& o, const Case& c);

}  // namespace crystal_free_energy
