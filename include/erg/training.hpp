/// \file
/// Losses, optimisers, schedules, checkpoints.
#pragma once

#include "erg/training/adam.hpp"
#include "erg/training/averaged_losses.hpp"
#include "erg/training/concept.hpp"
#include "erg/training/gradient_shares.hpp"
#include "erg/training/maximum_likelihood.hpp"
#include "erg/training/reverse_kl.hpp"
#include "erg/training/sample_order.hpp"
#include "erg/training/schedule.hpp"
#include "erg/training/trainer.hpp"
#include "erg/training/weighted_losses.hpp"
