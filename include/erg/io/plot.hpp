/// \file
/// Pictures of results, drawn by gnuplot.
#pragma once

#include "erg/io/atomic_file.hpp"
#include "erg/io/axis.hpp"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cmath>
#include <filesystem>
#include <iostream>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

extern char** environ;

namespace erg {

/// How a series is drawn.
enum class Mark {
  line,    ///< a curve; with `error`, a band around it
  faint,   ///< a thin pale curve, for what is noisy
  dashed,  ///< a thin dashed curve, for what is compared with
  points,  ///< dots; with `error`, bars
  filled,  ///< a histogram: x are the middles of bins, filled down to the axis
};

/// One curve, with its entry in the legend (none when empty).
///
/// Shapes:  x, y (points); error (points) or empty. Points that are not finite leave a gap.
struct Series {
  std::string label = {};
  std::vector<double> x = {}, y = {};
  std::vector<double> error = {};
  Mark mark = Mark::line;
};

/// A horizontal line at a value to compare with.
struct Level {
  std::string label;
  double y;
};

/// A picture. Texts are UTF-8 with gnuplot's enhanced marks: k_B, 10^{−4}, {/:Italic U}.
/// Without ranges all points are shown; the legend stands in the emptiest corner.
struct Plot {
  std::string title = {};
  std::string x_label = {}, y_label = {};  ///< with units
  std::vector<Series> series = {};
  std::vector<Level> levels = {};
  bool log_x = false, log_y = false;
  std::optional<std::array<double, 2>> x_range = {}, y_range = {};
};

namespace detail {

/// A text for gnuplot, between single quotes.
inline std::string in_quotes(std::string_view text) {
  std::string safe = "'";
  for (const char c : text) safe += c == '\'' ? std::string("''") : std::string(1, c == '\n' || c == '\r' ? ' ' : c);
  return safe + "'";
}

inline std::string plot_number(double x) { return std::isfinite(x) ? to_text(x) : "NaN"; }

/// Middles of bins turned into the outline of their boxes.
inline Series staircase(const Series& bins) {
  Series outline{.label = bins.label, .mark = bins.mark};
  const std::size_t n = bins.x.size();
  for (std::size_t k = 0; k < n; ++k) {
    const double left = k > 0 ? bins.x[k] - bins.x[k - 1] : n > 1 ? bins.x[1] - bins.x[0] : 1;
    const double right = k + 1 < n ? bins.x[k + 1] - bins.x[k] : left;
    if (k == 0) outline.x.push_back(bins.x[k] - left / 2), outline.y.push_back(0);
    outline.x.insert(outline.x.end(), {bins.x[k] - left / 2, bins.x[k] + right / 2});
    outline.y.insert(outline.y.end(), {bins.y[k], bins.y[k]});
    if (k + 1 == n) outline.x.push_back(bins.x[k] + right / 2), outline.y.push_back(0);
  }
  return outline;
}

/// Writes the gnuplot script of one picture.
class PlotScript {
 public:
  PlotScript(const Plot& plot, const std::string& picture) : plot_(plot), picture_(picture) {
    for (Series& s : plot_.series)
      if (s.mark == Mark::filled) s = staircase(s);
    for (const Series& s : plot_.series)
      for (std::size_t k = 0; k < s.x.size(); ++k) {
        if (!shown(s.x[k], s.y[k])) continue;
        points_.push_back({s.x[k], s.y[k]});
        x_.include(s.x[k]);
        y_.include(s.y[k]);
        if (!s.error.empty() && !plot_.log_y) y_.include(s.y[k] - s.error[k]), y_.include(s.y[k] + s.error[k]);
      }
    for (const Level& level : plot_.levels) y_.include(level.y);
    if (plot_.x_range) x_ = {}, x_.include((*plot_.x_range)[0]), x_.include((*plot_.x_range)[1]);
    if (plot_.y_range) y_ = {}, y_.include((*plot_.y_range)[0]), y_.include((*plot_.y_range)[1]);
    if (!plot_.y_range && !plot_.log_y) y_ = y_.padded(0.06);
  }

  std::string text() const {
    std::string script = frame(), drawn;
    for (std::size_t k = 0; k < plot_.series.size(); ++k) {
      script += data(k);
      drawn += (k ? ", " : "") + curve(k);
    }
    for (const Level& level : plot_.levels)
      drawn += ", " + plot_number(level.y) + " with lines linewidth 1.4 dashtype 4 linecolor rgb '#333333' title " +
               in_quotes(level.label);
    return script + "plot " + drawn + "\nset output\n";
  }

 private:
  static constexpr std::array<const char*, 6> colours{"1b6ca8", "d1495b", "2e8b57", "e09f3e", "7d5ba6", "5c6b73"};

  bool shown(double x, double y) const {
    return std::isfinite(x) && std::isfinite(y) && (!plot_.log_x || x > 0) && (!plot_.log_y || y > 0);
  }

  /// The look common to all pictures: pale grid, two axes, a legend without frame.
  std::string frame() const {
    std::string s = "set encoding utf8\nset minussign\n";
    s += "if (strstrt(GPVAL_TERMINALS, 'pngcairo') > 0) set terminal pngcairo size 1200,800 enhanced font 'DejaVu Sans,17' "
         "linewidth 1.4";
    s += " background '#ffffff'; else set terminal png truecolor size 1200,800 enhanced\n";
    s += "set output " + in_quotes(picture_) + "\n";
    s += "set border 3 linecolor '#555555' linewidth 1\nset tics nomirror out scale 0.7 textcolor '#333333'\n";
    s += "set grid xtics ytics linecolor '#e4e4e4' linetype 1 linewidth 1\nset samples 2\nset style fill transparent solid 0.2 "
         "noborder\n";
    s += "set key " + corner() + " reverse Left samplen 2.2 spacing 1.35 width 1 opaque textcolor '#333333'\n";
    s += "set rmargin 4\nset title " + in_quotes(plot_.title) + " font ',20' textcolor '#222222' offset 0,0.3\n";
    s += "set xlabel " + in_quotes(plot_.x_label) + " textcolor '#222222' offset 0,-0.2\n";
    s += "set ylabel " + in_quotes(plot_.y_label) + " textcolor '#222222' offset 0.3,0\n";
    return s + axis("x", x_, plot_.log_x) + axis("y", y_, plot_.log_y);
  }

  /// Powers of ten alone would leave an axis of less than two decades with hardly a number.
  static std::string few_decades(const std::string& name, const Extent& extent) {
    if (extent.upper() >= 100 * extent.lower()) return {};
    std::string tics;
    for (double power = std::pow(10, std::floor(std::log10(extent.lower()))); power <= extent.upper(); power *= 10)
      for (const double tic : {power, 2 * power, 5 * power})
        if (tic >= extent.lower() * (1 - 1e-9) && tic <= extent.upper() * (1 + 1e-9))
          tics += (tics.empty() ? "" : ", ") + to_text(tic);
    return tics.empty() ? "" : "set format " + name + " '%g'\nset " + name + "tics (" + tics + ")\n";
  }

  static std::string axis(const std::string& name, const Extent& extent, bool logarithmic) {
    if (logarithmic) {
      const std::string range = "set " + name + "range [" + to_text(extent.lower()) + ":" + to_text(extent.upper()) + "]\n";
      return "set logscale " + name + "\nset format " + name + " '10^{%T}'\n" +
             (extent.upper() > extent.lower() ? range + few_decades(name, extent) : "");
    }
    const Axis axis = axis_between(extent.lower(), extent.upper());
    const bool short_numbers = std::abs(axis.lower) < 1e7 && std::abs(axis.upper) < 1e7 && axis.decimals <= 6;
    return "set " + name + "range [" + to_text(axis.lower) + ":" + to_text(axis.upper) + "]\nset " + name + "tics " +
           to_text(axis.step) + "\nset format " + name +
           (short_numbers ? " '%." + std::to_string(axis.decimals) + "f'\n" : " '%g'\n");
  }

  /// Where the legend hides the fewest points.
  std::string corner() const {
    const auto part = [](double x, const Extent& e, bool logarithmic) {
      return logarithmic ? std::log(x / e.lower()) / std::log(e.upper() / e.lower()) : (x - e.lower()) / (e.upper() - e.lower());
    };
    std::array<int, 4> hidden{};
    for (const auto& [x, y] : points_) {
      const double right = part(x, x_, plot_.log_x), up = part(y, y_, plot_.log_y);
      if (up > 0.7 && up < 1.02) hidden[0] += right > 0.55, hidden[1] += right < 0.45;
      if (up < 0.3 && up > -0.02) hidden[2] += right > 0.55, hidden[3] += right < 0.45;
    }
    constexpr std::array<const char*, 4> names{"top right", "top left", "bottom right", "bottom left"};
    return names[static_cast<std::size_t>(std::min_element(hidden.begin(), hidden.end()) - hidden.begin())];
  }

  /// The numbers of a series as a gnuplot data block: x y low high.
  std::string data(std::size_t index) const {
    const Series& series = plot_.series[index];
    std::string s = "$d" + std::to_string(index) + " << end_of_data\n";
    for (std::size_t k = 0; k < series.x.size(); ++k) {
      const double half = series.error.empty() ? 0 : series.error[k], y = series.y[k];
      s += plot_number(series.x[k]) + " " + plot_number(y) + " " + plot_number(y - half) + " " + plot_number(y + half) + "\n";
    }
    return s + "end_of_data\n";
  }

  /// What draws a series, with its share of the legend.
  std::string curve(std::size_t index) const {
    const Series& series = plot_.series[index];
    const std::string block = "$d" + std::to_string(index), colour = colours[index % colours.size()];
    const std::string solid = " linecolor rgb '#" + colour + "'", pale = " linecolor rgb '#90" + colour + "'";
    const std::string name = series.label.empty() ? " notitle" : " title " + in_quotes(series.label);
    std::string band = series.error.empty() ? "" : block + " using 1:3:4 with filledcurves" + solid + " notitle, ";
    switch (series.mark) {
      case Mark::line:
        return band + block + " using 1:2 with lines linewidth 2" + solid + name;
      case Mark::faint:
        return band + block + " using 1:2 with lines linewidth 0.9" + pale + name;
      case Mark::dashed:
        return band + block + " using 1:2 with lines linewidth 1.8 dashtype 2" + solid + name;
      case Mark::filled:
        return block + " using 1:2 with filledcurves y1=0" + solid + " notitle, " + block +
               " using 1:2 with lines linewidth 1.8" + solid + name;
      case Mark::points:
        break;
    }
    if (!band.empty())
      band = block + " using 1:2:3:4 with yerrorbars pointtype 7 pointsize 0 linewidth 1.2" + solid + " notitle, ";
    return band + block + " using 1:2 with points pointtype 7 pointsize 1.1" + solid + name;
  }

  Plot plot_;
  std::string picture_;
  Extent x_, y_;
  std::vector<std::array<double, 2>> points_;
};

/// What is wrong with a plot, or nothing: gnuplot's own words for it are hard to read.
inline std::string plot_fault(const Plot& plot) {
  bool any = false;
  for (const Series& s : plot.series) {
    if (s.y.size() != s.x.size() || (!s.error.empty() && s.error.size() != s.x.size()))
      return "series '" + s.label + "' has " + std::to_string(s.x.size()) + " x, " + std::to_string(s.y.size()) + " y and " +
             std::to_string(s.error.size()) + " errors";
    for (std::size_t k = 0; k < s.x.size(); ++k)
      any = any || (std::isfinite(s.x[k]) && std::isfinite(s.y[k]) && (!plot.log_x || s.x[k] > 0) && (!plot.log_y || s.y[k] > 0));
  }
  return any ? "" : "there is no point to draw";
}

/// Runs gnuplot on a script; what went wrong, or nothing. The child does not hear SIGINT and SIGTERM, which a terminal and batch
/// systems send to children too: gnuplot's handler may lock up, and its parent would wait for it for ever.
inline std::string run_gnuplot(const std::filesystem::path& script, const std::filesystem::path& log) {
  ::posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  ::posix_spawn_file_actions_addopen(&actions, 1, log.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
  ::posix_spawn_file_actions_adddup2(&actions, 1, 2);
  std::string program = "gnuplot", file = script.string();
  char* arguments[] = {program.data(), file.data(), nullptr};
  ::pid_t child = 0;
  ::sigset_t stop, before;
  ::sigemptyset(&stop), ::sigaddset(&stop, SIGINT), ::sigaddset(&stop, SIGTERM);
  ::pthread_sigmask(SIG_BLOCK, &stop, &before);  // which the child inherits
  const int error = ::posix_spawnp(&child, program.c_str(), &actions, nullptr, arguments, environ);
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  ::posix_spawn_file_actions_destroy(&actions);
  if (error != 0) return "gnuplot: " + system_reason(error);
  int status = 0;
  while (::waitpid(child, &status, 0) < 0)
    if (errno != EINTR) return "gnuplot: " + system_reason(errno);
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return {};
  if (WIFSIGNALED(status)) return "gnuplot was ended by signal " + std::to_string(WTERMSIG(status));
  std::string said;
  try {
    said = read_bytes(log);
  } catch (const InputError&) {
  }
  const std::size_t message = said.find("line ");
  return "gnuplot failed" + (message == std::string::npos ? "" : ": " + said.substr(message, said.find('\n', message) - message));
}

}  // namespace detail

/// Draws a picture of 1200 × 800 points into the PNG file `path`, whole or not at all.
///
/// Errors:  none is thrown: a picture is not worth a run. When gnuplot is missing or fails, the data do not fit or the place
///          cannot be written, one line on `warnings` says which picture was not drawn and why, and the result is false.
inline bool draw(const std::filesystem::path& path, const Plot& plot, std::ostream& warnings = std::cerr) {
  const std::string stem = "." + path.filename().string() + "." + std::to_string(::getpid());
  const auto beside = [&](const char* end) { return path.parent_path() / (stem + end); };
  const auto script = beside(".gnuplot"), picture = beside(".partial"), log = beside(".log");
  std::string fault = detail::plot_fault(plot);
  if (fault.empty()) {
    try {
      write_bytes(script, detail::PlotScript(plot, picture.string()).text());
      fault = detail::run_gnuplot(script, log);
      if (fault.empty()) write_bytes(path, read_bytes(picture));
    } catch (const std::exception& problem) {
      fault = problem.what();
    }
  }
  std::error_code ignored;
  for (const auto& temporary : {script, picture, log}) std::filesystem::remove(temporary, ignored);
  if (!fault.empty()) warnings << "warning: " << path.string() << " was not drawn: " << fault << std::endl;
  return fault.empty();
}

}  // namespace erg
