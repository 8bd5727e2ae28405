/// \file
/// The extents of the published model as the options and the crystal have them.
#pragma once

#include "options/options.hpp"

namespace crystal_free_energy {

/// What --layers, --width, --frequencies and --noise say; where they say nothing, the published numbers. Silicon was never
/// published: it has the frequencies of water, and as noise about its thermal motion.
struct PublishedModel {
  int layers, width, frequencies;
  double noise;  ///< [length]

  PublishedModel(const Options& o, const Case& c)
      : layers(o.layers.value_or(24)),
        width(o.width.value_or(256)),
        frequencies(o.frequencies.value_or(published_frequencies(c))),
        noise(o.noise.value_or(published_noise(c))) {}

 private:
  static int published_frequencies(const Case& c) {
    if (c.potential == "lj") return c.particles <= 32 ? 8 : c.particles <= 256 ? 16 : 32;
    return c.particles <= 64 ? 8 : c.particles <= 216 ? 16 : 24;
  }
  static double published_noise(const Case& c) { return c.potential == "lj" ? 0.01 : c.potential == "silicon" ? 0.1 : 0.2; }
};

}  // namespace crystal_free_energy
