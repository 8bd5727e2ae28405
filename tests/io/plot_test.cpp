#include "erg/io/plot.hpp"

#include "scratch.hpp"

#include <algorithm>
#include <cstdlib>
#include <limits>
#include <sstream>

using namespace erg;

namespace {

Plot example() {
  Plot plot{.title = "It's {/:Italic g}(r)", .x_label = "r (Å)", .y_label = "g"};
  plot.series.push_back({"flow", {1, 2, 3, 4}, {1, 4, 2, 3}, {0.1, 0.2, 0.3, 0.1}});
  plot.series.push_back(
      {"dynamics", {1, 2, 3}, {1.5, std::numeric_limits<double>::quiet_NaN(), 2}, {0.1, 0.1, 0.1}, Mark::points});
  plot.series.push_back({"counts", {1, 2, 3}, {1, 2, 1}, {}, Mark::filled});
  plot.series.push_back({"", {1, 2, 3}, {1, 2, 1}, {}, Mark::faint});
  plot.series.push_back({"other", {1, 2, 3}, {2, 2, 1}, {}, Mark::dashed});
  plot.levels.push_back({"published", 2.5});
  return plot;
}

/// Whether gnuplot can be run here; a test that needs it says so when it cannot.
bool gnuplot_runs(const char* test) {
  const bool runs = std::system("gnuplot --version > /dev/null 2>&1") == 0;
  if (!runs) MESSAGE("skipped: " << std::string(test) << " (no gnuplot)");
  return runs;
}

/// Width and height from a PNG file's header.
std::array<unsigned, 2> png_size(const std::string& bytes) {
  if (bytes.size() < 24 || bytes.compare(0, 8, "\x89PNG\r\n\x1a\n", 8) != 0) return {0, 0};
  const auto number = [&](std::size_t at) {
    unsigned n = 0;
    for (std::size_t k = at; k < at + 4; ++k) n = 256 * n + static_cast<unsigned char>(bytes[k]);
    return n;
  };
  return {number(16), number(20)};
}

}  // namespace

TEST_CASE("draw: a PNG of 1200 × 800 with every kind of series, and nothing beside it") {
  if (!gnuplot_runs("draw: a PNG of 1200 × 800")) return;
  const Scratch scratch;
  std::ostringstream warnings;
  Plot plot = example();
  CHECK(draw(scratch / "it's.png", plot, warnings));
  plot.log_x = plot.log_y = true;
  CHECK(draw(scratch / "logarithmic.png", plot, warnings));
  CHECK(warnings.str() == "");
  CHECK(png_size(slurp(scratch / "it's.png")) == std::array<unsigned, 2>{1200, 800});
  CHECK(png_size(slurp(scratch / "logarithmic.png")) == std::array<unsigned, 2>{1200, 800});
  CHECK(slurp(scratch / "it's.png") != slurp(scratch / "logarithmic.png"));
  CHECK(scratch.entries() == 2);
}

TEST_CASE("draw: one point, equal values and huge numbers are pictures too") {
  if (!gnuplot_runs("draw: one point")) return;
  const Scratch scratch;
  std::ostringstream warnings;
  for (const double scale : {0.0, 1e-12, 1.0, 1e12}) {
    Plot plot;
    plot.series.push_back({"one", {scale}, {scale}});
    CHECK(draw(scratch / "one.png", plot, warnings));
    plot.series[0] = {"flat", {0, 1}, {scale, scale}};
    CHECK(draw(scratch / "flat.png", plot, warnings));
    plot.series[0] = {"one bin", {scale}, {scale}, {}, Mark::filled};
    CHECK(draw(scratch / "bin.png", plot, warnings));
    plot.series[0] = {"one decade", {scale + 1}, {scale + 1}};
    plot.log_x = plot.log_y = true;
    CHECK(draw(scratch / "log.png", plot, warnings));
  }
  CHECK(warnings.str() == "");
}

TEST_CASE("draw: what cannot be drawn is one line that names the picture, never an exception") {
  const Scratch scratch;
  const auto warned = [&](const std::filesystem::path& path, const Plot& plot) {
    std::ostringstream warnings;
    CHECK(!draw(path, plot, warnings));
    const std::string said = warnings.str();
    CHECK(std::count(said.begin(), said.end(), '\n') == 1);
    CHECK(contains(said, path.string() + " was not drawn"));
    return said;
  };
  Plot plot;
  CHECK(contains(warned(scratch / "a.png", plot), "no point to draw"));
  plot.series.push_back({"short", {1, 2}, {1}});
  CHECK(contains(warned(scratch / "a.png", plot), "series 'short' has 2 x, 1 y"));
  plot.series[0] = {"negative", {1, 2}, {-1, -2}};
  plot.log_y = true;
  CHECK(contains(warned(scratch / "a.png", plot), "no point to draw"));
  CHECK(contains(warned(scratch / "missing/a.png", example()), "No such file"));
  CHECK(scratch.entries() == 0);
}

TEST_CASE("draw: without gnuplot, or when it fails, the run goes on") {
  const Scratch scratch;
  const std::string path = std::getenv("PATH") ? std::getenv("PATH") : "";
  std::ostringstream missing, failing;
  ::setenv("PATH", scratch.path().c_str(), 1);
  const bool without = draw(scratch / "a.png", example(), missing);
  spill(scratch / "gnuplot", "#!/bin/sh\necho 'x.gnuplot' line 3: it broke\nexit 1\n");
  std::filesystem::permissions(scratch / "gnuplot", std::filesystem::perms::owner_all);
  const bool broken = draw(scratch / "b.png", example(), failing);
  ::setenv("PATH", path.c_str(), 1);
  CHECK(!without);
  CHECK(contains(missing.str(), "a.png was not drawn: gnuplot: No such file or directory"));
  CHECK(!broken);
  CHECK(contains(failing.str(), "b.png was not drawn: gnuplot failed: line 3: it broke"));
  CHECK(scratch.entries() == 1);
}

TEST_CASE("draw: gnuplot does not hear the signals that stop a run, and what else ends it is told") {
  const Scratch scratch;
  const std::string path = std::getenv("PATH") ? std::getenv("PATH") : "";
  std::ostringstream stopped, killed;
  const auto gnuplot = [&](const std::string& does) {
    spill(scratch / "gnuplot", "#!/bin/sh\n" + does + "\n");
    std::filesystem::permissions(scratch / "gnuplot", std::filesystem::perms::owner_all);
  };
  ::setenv("PATH", (scratch.path().string() + ":" + path).c_str(), 1);
  gnuplot("kill -INT $$; kill -TERM $$; echo drawn > \"${1%.gnuplot}.partial\"");
  const bool whole = draw(scratch / "a.png", example(), stopped);
  gnuplot("kill -KILL $$");
  const bool none = draw(scratch / "b.png", example(), killed);
  ::setenv("PATH", path.c_str(), 1);
  CHECK(whole);
  CHECK(stopped.str() == "");
  CHECK(slurp(scratch / "a.png") == "drawn\n");
  CHECK(!none);
  CHECK(contains(killed.str(), "b.png was not drawn: gnuplot was ended by signal 9"));
  CHECK(scratch.entries() == 2);
}

TEST_CASE("axis: marks at 1, 2, 5 · 10ᵏ with the decimals they need") {
  const Axis a = axis_between(-25.17, -25.0705);
  CHECK(a.step == doctest::Approx(0.01));
  CHECK(a.decimals == 2);
  CHECK(a.lower == doctest::Approx(-25.17));
  CHECK(a.upper == doctest::Approx(-25.07));
  CHECK(axis_between(0, 130).step == doctest::Approx(20));
  CHECK(axis_between(0, 130).decimals == 0);
  CHECK(axis_between(0, 3.6).step == doctest::Approx(0.5));
  CHECK(axis_between(0, 3.6).decimals == 1);
  CHECK(axis_between(5, 5).upper > 5);
  Extent extent;
  CHECK(extent.empty());
  extent.include(1);
  extent.include(11);
  extent.include(std::numeric_limits<double>::infinity());
  CHECK(extent.padded(0.1).lower() == 0);
  CHECK(extent.padded(0.1).upper() == doctest::Approx(12));
}
