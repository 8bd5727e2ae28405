/// \file
/// Trained weights in a file: what they say of themselves, and whether they are those that are wanted.
#pragma once

#include "crystals/published_model.hpp"

#include "erg/io/checkpoint.hpp"
#include "erg/version.hpp"

#include <array>
#include <cstdint>
#include <cstdio>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace crystal_free_energy {

/// What training leaves behind.
struct Trained {
  std::vector<float> weights;  ///< running average: what to sample with
  std::int64_t steps = 0, samples = 0, skipped = 0;
  double seconds = 0;
  bool interrupted = false;
  std::optional<std::array<int, 3>> cells{};  ///< unit cells along each edge of the crystal trained with, where known
};

inline std::string cells_text(const std::array<int, 3>& cells) {
  return std::to_string(cells[0]) + " x " + std::to_string(cells[1]) + " x " + std::to_string(cells[2]);
}

inline std::string widths_text(const std::vector<int>& widths) {
  std::string text;
  for (const int w : widths) text.append(text.empty() ? "" : ",").append(std::to_string(w));
  return text;
}

/// The arrays that a training goes on from; counted up when they change. Weights alone can be read from any.
inline constexpr const char* checkpoint_format = "2";

/// What only the checkpoint of a flow that is told its temperature says.
inline constexpr const char* temperature_range_fact = "temperature_range";

/// The species, of several kinds in the order A, B: "Ni, P".
inline std::string species_text(const Case& c) {
  std::string text;
  for (const std::string& symbol : c.symbols) text += (text.empty() ? "" : ", ") + symbol;
  return text;
}

/// What a checkpoint says of itself. Species by name are not needed to read it: `identity` tells kinds apart.
inline std::map<std::string, std::string> facts_of(const Options& o, const Case& c) {
  std::map<std::string, std::string> facts{{"program", "crystal_free_energy"},
                                           {"format", checkpoint_format},
                                           {"version", erg::version},
                                           {"crystal", c.identity},
                                           {"species", species_text(c)},
                                           {"model", o.model},
                                           {"particles", std::to_string(c.particles)},
                                           {"cells", cells_text(crystal_of(c, c.particles).cells)},
                                           {"temperature", erg::to_text(c.temperature)},
                                           {"density", erg::to_text(c.density)},
                                           {"batch", std::to_string(o.batch)},
                                           {"rate", erg::to_text(o.rate)},
                                           {"seed", std::to_string(o.seed)}};
  if (o.model == published) {
    const PublishedModel model(o, c);
    facts.insert({{"layers", std::to_string(model.layers)},
                  {"width", std::to_string(model.width)},
                  {"frequencies", std::to_string(model.frequencies)},
                  {"noise", erg::to_text(model.noise)}});
  } else {
    facts.insert({{"shells", std::to_string(c.shells)},
                  {"sweeps", std::to_string(o.sweeps)},
                  {"hidden", widths_text(o.hidden)},
                  {"tied", o.free_weights ? "no" : "yes"}});
  }
  return facts;
}

/// Names of the facts that weights need to be read at all: the published model's weights are of one number of particles.
inline std::vector<std::string> model_facts(const Options& o) {
  if (o.model == published) return {"program", "crystal", "model", "layers", "width", "frequencies", "noise", "particles"};
  return {"program", "crystal", "model", "shells", "sweeps", "hidden"};
}
/// Names of those that a training needs to go on as it was.
inline std::vector<std::string> training_facts(const Options& o) {
  std::vector<std::string> names = model_facts(o);
  names.insert(names.begin() + 1, "format");
  if (o.model == sublattice) names.push_back("tied");
  names.insert(names.end(), {"particles", "cells", "temperature", "density", "batch", "rate", "seed"});
  return names;
}

/// Errors: InputError naming the first fact of `file` that differs.
inline void require_facts(const erg::TensorInput& file, const std::map<std::string, std::string>& expected,
                          const std::vector<std::string>& names) {
  const auto& found = file.metadata();
  for (const std::string& name : names) {
    const auto at = found.find(name);
    const std::string got = at == found.end() ? "none" : "'" + at->second + "'";
    const std::string why = name == "format" ? ": another version's training cannot go on, but --weights takes its weights" : "";
    if (at == found.end() || at->second != expected.at(name))
      throw erg::InputError("checkpoint " + file.source(), name, got, "'" + expected.at(name) + "'" + why);
  }
}

/// The file --weights, open, if it is asked for.
///
/// Errors:  as TensorInput.
inline std::optional<erg::TensorInput> given_weights(const Options& o) {
  return o.weights ? std::optional<erg::TensorInput>(*o.weights) : std::nullopt;
}

/// The temperatures that a flow is told, if it is one that is: those of --temperature-range, or of the weights to be used.
///
/// Errors:  InputError for weights of a flow that is told nothing where several temperatures are asked for, and for temperatures
///          outside the weights' range.
inline std::optional<TrainedRange> trained_range(const Options& o, const std::optional<erg::TensorInput>& weights,
                                                 double temperature) {
  if (!weights) return o.temperature_range ? std::optional(o.temperature_range->ends()) : std::nullopt;
  const auto said = weights->metadata().find(temperature_range_fact);
  const std::string place = "weights " + weights->source();
  if (said == weights->metadata().end()) {
    if (!o.temperature_range) return std::nullopt;
    throw erg::InputError("--temperature-range", place, "none in their training", "weights trained with --temperature-range");
  }
  const auto trained = detail::range_of(said->second);
  if (!trained) throw erg::InputError(temperature_range_fact, place, erg::excerpt(said->second), "T1:T2");
  const TrainedRange asked = o.temperature_range ? o.temperature_range->ends() : TrainedRange{temperature, temperature};
  if (trained->contains(asked.coldest) && trained->contains(asked.hottest)) return trained;
  throw erg::InputError(o.temperature_range ? "--temperature-range" : "--temperature", place,
                        o.temperature_range ? asked.text() : erg::to_text(temperature),
                        "temperatures within " + trained->text() + ", where they were trained");
}

/// Weights that were trained before, at any state point of the same crystal and at any size that the model is not bound to, with
/// what they say of their training.
///
/// Errors:  InputError when they are of another crystal or another model, and as `read_checkpoint`.
inline Trained read_trained(erg::TensorInput& file, const erg::ParameterLayout& layout, const Options& o, const Case& c) {
  require_facts(file, facts_of(o, c), model_facts(o));
  Trained t;
  t.weights.resize(layout.size());
  erg::read_checkpoint<float>(file, layout, t.weights);
  const auto& said = file.metadata();
  const auto number = [&](const std::string& name) {
    const auto at = said.find(name);
    const double x = at == said.end() ? 0 : erg::parse_number<double>(at->second).value_or(0);
    return x >= 0 && x < 9e15 ? x : 0;
  };
  t.steps = static_cast<std::int64_t>(number("steps"));
  t.samples = static_cast<std::int64_t>(number("samples"));
  t.skipped = static_cast<std::int64_t>(number("skipped"));
  t.seconds = number("seconds");
  std::array<int, 3> cells{};
  if (const auto at = said.find("cells");
      at != said.end() && std::sscanf(at->second.c_str(), "%4d x %4d x %4d", &cells[0], &cells[1], &cells[2]) == 3)
    t.cells = cells;
  return t;
}

}  // namespace crystal_free_energy
