/// \file
/// One training: the loss, the optimiser, the schedule and all the state that a checkpoint must hold.
#pragma once

#include "erg/base/error.hpp"
#include "erg/base/random.hpp"
#include "erg/training/adam.hpp"
#include "erg/training/schedule.hpp"

#include <array>
#include <string>
#include <utility>
#include <vector>

namespace erg {

/// How to train.
struct TrainingOptions {
  int batch = 128;               ///< samples per step
  WarmUpCosine rate{4e-3};       ///< learning rate over the course
  double clip = 100;             ///< largest norm of a gradient [nats]
  double average_decay = 0.998;  ///< of the running average of weights, per step
  bool tied = true;              ///< whether weights that a symmetry makes equal are kept so
  int most_skips = 100;          ///< consecutive steps without a usable gradient before training gives up
};

/// What a step reports.
struct TrainingStep {
  std::int64_t step = 0;     ///< steps done, this one included
  std::int64_t samples = 0;  ///< energies evaluated so far
  std::int64_t skipped = 0;  ///< steps skipped so far
  double rate = 0;
  double gradient_norm = 0;  ///< before clipping
  BatchReport batch;
};

/// Steps a loss down. All draws come from (seed, stream, sample index), and the state is `weights` plus three flat arrays of
/// numbers: a training restored from them goes on bit for bit with the same number of threads.
///
/// Shapes:  weights (parameters); state(): optimiser, average, counters.
/// Errors:  `step` throws InputError after `most_skips` consecutive steps whose gradient was not finite.
/// A loss that says which weights a symmetry ties (`ties()`) has its gradient averaged over them, unless `tied` is off: weights
/// that start equal stay so.
template <class Loss>
class Trainer {
 public:
  using T = typename Loss::T;

  Trainer(Loss& loss, std::vector<T> weights, const TrainingOptions& options, std::uint64_t seed)
      : loss_(loss),
        options_(options),
        stream_{seed, StreamName::training_batch},
        weights_(std::move(weights)),
        adam_(weights_.size()),
        average_(weights_.size(), options.average_decay),
        gradient_(weights_.size()) {
    if (options.batch < 1) throw InputError("batch", "training", std::to_string(options.batch), "at least 1");
    if (options.tied) ties_ = tied_weights_of(loss);
  }

  /// One step at that fraction of the course.
  TrainingStep step(double progress) {
    TrainingStep done;
    done.rate = options_.rate(progress);
    done.batch = loss_.gradient(weights_, stream_, static_cast<std::uint64_t>(counters_[samples]), options_.batch, gradient_);
    counters_[samples] += loss_.samples_of(options_.batch);
    ++counters_[steps];
    if (done.batch.usable) {
      ties_.average(std::span<double>(gradient_));
      done.gradient_norm = clip_norm(gradient_, options_.clip);
      adam_.step(std::span<T>(weights_), std::span<const double>(gradient_), done.rate);
      average_.add(weights_);
      counters_[skips_in_a_row] = 0;
    } else {
      ++counters_[skips];
      if (++counters_[skips_in_a_row] >= options_.most_skips)
        throw InputError(
            "gradient", "step " + std::to_string(static_cast<std::int64_t>(counters_[steps])),
            "not finite in " + std::to_string(static_cast<std::int64_t>(counters_[skips_in_a_row])) + " consecutive steps",
            "a smaller learning rate or a stabler crystal");
    }
    done.step = static_cast<std::int64_t>(counters_[steps]);
    done.samples = static_cast<std::int64_t>(counters_[samples]);
    done.skipped = static_cast<std::int64_t>(counters_[skips]);
    return done;
  }

  std::span<T> weights() { return weights_; }
  /// Running average of the weights: what to sample with.
  std::vector<T> averaged_weights() const { return average_.average(); }

  struct Part {
    std::string name;
    std::span<double> values;
  };
  /// Everything else that a checkpoint must hold, to be written and to be filled.
  std::array<Part, 3> state() { return {{{"adam", adam_.state()}, {"average", average_.state()}, {"counters", counters_}}}; }
  std::int64_t steps_done() const { return static_cast<std::int64_t>(counters_[steps]); }
  std::int64_t samples_drawn() const { return static_cast<std::int64_t>(counters_[samples]); }

 private:
  enum Counter { steps, samples, skips, skips_in_a_row, counters };
  Loss& loss_;
  TrainingOptions options_;
  Stream stream_;
  std::vector<T> weights_;
  Adam adam_;
  WeightAverage<T> average_;
  std::vector<double> gradient_;
  TiedWeights ties_;
  std::array<double, counters> counters_{};
};

}  // namespace erg
