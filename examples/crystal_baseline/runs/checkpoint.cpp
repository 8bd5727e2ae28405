#include "runs/checkpoint.hpp"

#include "erg/base/error.hpp"
#include "erg/io/atomic_file.hpp"

#include <algorithm>
#include <system_error>
#include <utility>

namespace crystal_baseline {

namespace {
namespace fs = std::filesystem;
}  // namespace

Checkpoint::Checkpoint(const Options& o, std::map<std::string, std::string> facts)
    : path_(o.out / "checkpoint.safetensors"), facts_(std::move(facts)), burn_in_(o.burn_in), every_(o.every) {
  std::error_code error;
  lock_.emplace(o.out);
  const bool there = fs::exists(path_, error);
  if (!o.resume && (there || fs::exists(o.out / "result.json", error)))
    throw erg::InputError("--out", o.out.string(), "a directory that holds an earlier run", "an empty one, or --resume to go on");
  goes_on_ = o.resume && there;
  for (const char* name : {"checkpoint.safetensors", "result.json"})
    erg::AtomicFile probe(o.out / name);  // made aside and never committed
}

Record Checkpoint::begin(const Setup& setup) const {
  if (!goes_on_) return {};
  Record record = load(facts_, path_);
  const auto samples = static_cast<std::size_t>(std::max<std::int64_t>(0, record.trajectories - burn_in_) / every_);
  const std::size_t each = samples * setup.stages() * setup.ladders;
  const bool flow = facts_.at("weights") != "none";
  if (record.reference.size() != each || record.potential.size() != each ||
      record.log_flow.size() != (flow ? samples * setup.ladders : 0) ||
      record.flow_log_weight.size() != record.flow_potential.size())
    throw erg::InputError("checkpoint", path_.string(), std::to_string(record.reference.size()) + " energies",
                          std::to_string(each) + ", of " + std::to_string(samples) + " samples");
  return record;
}

}  // namespace crystal_baseline
