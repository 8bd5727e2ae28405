#include "sampling/record.hpp"

#include "erg/base/error.hpp"

#include <ctime>

namespace crystal_baseline {

namespace {

/// f(name, array) of each array.
template <class R, class F>
void for_arrays(R& record, F&& f) {
  f("reference", record.reference);
  f("potential", record.potential);
  f("log_flow", record.log_flow);
  f("crystal_rdf", record.crystal_rdf);
  f("flow_log_weight", record.flow_log_weight);
  f("flow_potential", record.flow_potential);
  f("flow_rdf", record.flow_rdf);
  f("chain", record.chain);
}

double seconds_on(clockid_t clock) {
  timespec now{};
  clock_gettime(clock, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

}  // namespace

double processor_seconds() { return seconds_on(CLOCK_PROCESS_CPUTIME_ID); }
double thread_seconds() { return seconds_on(CLOCK_THREAD_CPUTIME_ID); }

void save(const Record& record, const std::map<std::string, std::string>& facts, const std::filesystem::path& path) {
  erg::TensorFile file;
  file.metadata = facts;
  for_arrays(record, [&](const char* name, const std::vector<double>& array) { file.tensors[name] = erg::Tensor::of(array); });
  file.tensors["counts"] = erg::Tensor::of(std::vector<std::int64_t>{record.trajectories, record.evaluations});
  file.tensors["seconds"] =
      erg::Tensor::of(std::vector<double>{record.sampling_seconds, record.look_up_seconds, record.drawing_seconds});
  erg::write_safetensors(path, file);
}

Record load(const std::map<std::string, std::string>& facts, const std::filesystem::path& path) {
  erg::TensorInput input(path);
  for (const auto& [name, expected] : facts) {
    const auto found = input.metadata().find(name);
    const std::string got = found == input.metadata().end() ? "none" : "'" + found->second + "'";
    if (got != "'" + expected + "'")
      throw erg::InputError("checkpoint " + input.source(), name, got, "'" + expected + "', as the options say");
  }
  const erg::TensorFile file = input.read();
  Record record;
  for_arrays(record, [&](const char* name, std::vector<double>& array) { array = file.get<double>(name); });
  const auto& counts = file.get<std::int64_t>("counts", {2});
  const auto& seconds = file.get<double>("seconds", {3});
  record.trajectories = counts[0];
  record.evaluations = counts[1];
  record.sampling_seconds = seconds[0];
  record.look_up_seconds = seconds[1];
  record.drawing_seconds = seconds[2];
  return record;
}

}  // namespace crystal_baseline
