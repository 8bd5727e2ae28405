/// \file
/// Everything that was sampled so far, in memory and in the checkpoint.
#pragma once

#include "erg/io/safetensors.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace crystal_baseline {

/// How many bins a radial distribution has.
inline constexpr std::size_t rdf_bins = 150;

/// Samples of simulation and flow, and what they took.
///
/// Shapes:  reference, potential (samples, stages, ladders); log_flow (samples, ladders), nothing without a flow;
///          crystal_rdf, flow_rdf (frames, rdf_bins); flow_log_weight, flow_potential (flow samples).
/// Units:   k_B T: reference is −ln q of the reference's density, potential β(U − U₀), log_flow and flow_log_weight nats.
struct Record {
  std::vector<double> reference, potential, log_flow, crystal_rdf;
  std::vector<double> flow_log_weight, flow_potential, flow_rdf;
  std::int64_t trajectories = 0;  ///< of each replica, those before the first sample among them
  std::int64_t evaluations = 0;   ///< of the potential in the simulation, one configuration each
  double sampling_seconds = 0;    ///< of processor time: trajectories, exchanges and energies
  double look_up_seconds = 0;     ///< ln q of the flow at the crystal's samples
  double drawing_seconds = 0;     ///< the flow's samples with their weights
  std::vector<double> chain;      ///< where the simulation stands: `erg::saved`
};

/// Seconds of processor time that the process has used, all threads together.
double processor_seconds();
/// The same of the thread that asks.
double thread_seconds();

/// Writes all of it with the facts of its run, whole or not at all.
///
/// Errors:  as write_safetensors.
void save(const Record& record, const std::map<std::string, std::string>& facts, const std::filesystem::path& path);

/// Errors:  InputError naming the first fact of the file that is not the run's, and as TensorInput.
Record load(const std::map<std::string, std::string>& facts, const std::filesystem::path& path);

}  // namespace crystal_baseline
