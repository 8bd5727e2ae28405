/// \file
/// Losses, optimisers, schedules, checkpoints.
#pragma once

#include "erg/training/adam.hpp"
#include "erg/training/concept.hpp"
#include "erg/training/reverse_kl.hpp"
#include "erg/training/schedule.hpp"
#include "erg/training/trainer.hpp"
