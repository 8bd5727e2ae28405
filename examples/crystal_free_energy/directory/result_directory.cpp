#include "directory/result_directory.hpp"

#include "erg/io/atomic_file.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <string_view>

namespace crystal_free_energy {

namespace {

namespace fs = std::filesystem;

constexpr std::array pictures{"training.png", "energy_histogram.png", "rdf.png", "convergence.png", "thermodynamics.png"};
constexpr std::array training_files{"weights.safetensors", "training.csv"};
/// In the order in which they leave: where result.json stands, so does all that it speaks of.
constexpr std::array run_files{"result.json", "samples.extxyz", "rdf.csv",   pictures[0],       pictures[1],
                               pictures[2],   pictures[3],      pictures[4], training_files[0], training_files[1]};
constexpr const char* on_the_way = ".previous.partial";

bool among(const auto& names, std::string_view name) { return std::find(names.begin(), names.end(), name) != names.end(); }

bool is_file(const fs::path& path) {
  std::error_code absent;
  return fs::is_regular_file(path, absent);
}

bool is_anything(const fs::path& path) {
  std::error_code absent;
  return fs::exists(fs::symlink_status(path, absent));
}

bool same_bytes(const fs::path& a, const fs::path& b) {
  return is_file(a) && is_file(b) && fs::file_size(a) == fs::file_size(b) && erg::read_bytes(a) == erg::read_bytes(b);
}

void copy_bytes(const fs::path& from, const fs::path& to) { erg::write_bytes(to, erg::read_bytes(from)); }

void move_file(const fs::path& from, const fs::path& to) {
  if (!fs::is_symlink(from)) return fs::rename(from, to);
  copy_bytes(from, to);  // a link may not hold elsewhere, and what it points to may change
  fs::remove(from);
}

/// Whether an entry is a temporary that a run makes: AtomicFile's of one of its files, or one of a picture being drawn.
bool is_temporary(std::string_view entry) {
  if (const auto written = erg::written_name(entry)) {
    if (among(run_files, *written)) return true;
    entry = *written;  // gnuplot's script is such a file itself
  }
  for (const std::string picture : pictures) {
    if (!entry.starts_with("." + picture + ".")) continue;
    const auto rest = entry.substr(picture.size() + 2), end = rest.substr(std::min(rest.find('.'), rest.size()));
    const auto process = rest.substr(0, rest.size() - end.size());
    if (erg::parse_number<unsigned>(process) && among(std::array{".gnuplot", ".partial", ".log"}, end)) return true;
  }
  return false;
}

}  // namespace

ResultDirectory::ResultDirectory(fs::path path) : path_(std::move(path)) {
  lock_.emplace(path_);
  put_back();
  if (lock_->alone()) remove_temporaries();
  for (const char* name : {"result.json", "samples.extxyz", "weights.safetensors", "training.csv"})
    erg::AtomicFile probe(path_ / name);  // made aside and never committed
}

bool ResultDirectory::owns_weights(const fs::path& file) const {
  std::error_code absent;
  return fs::equivalent(file, path_ / "weights.safetensors", absent);
}

void ResultDirectory::set_aside(Training training) const {
  const bool stays = training == Training::stays;
  const auto here = [&](const char* name) { return is_file(path_ / name); };
  if (stays ? !here("result.json") : std::none_of(run_files.begin(), run_files.end(), here)) return;
  const fs::path aside = path_ / on_the_way, kept = next_previous();
  try {
    if (!fs::create_directory(aside))
      throw erg::InputError("--out", aside.string(), "files that cannot be put back", "none of that name");
    if (stays)
      for (const char* name : training_files)
        if (here(name)) copy_bytes(path_ / name, aside / name);
    for (const char* name : run_files)
      if (here(name) && !(stays && among(training_files, name))) move_file(path_ / name, aside / name);
    fs::rename(aside, kept);
  } catch (const fs::filesystem_error& problem) {
    put_back();
    throw erg::InputError("earlier run", path_.string(), problem.code().message(), "files that can be moved to " + kept.string());
  } catch (const erg::InputError&) {
    put_back();
    throw;
  }
  erg::sync_directory(path_);
  std::printf("%s held an earlier run, which is now in %s\n", path_.c_str(), kept.c_str());
  std::fflush(stdout);
}

/// What a run that was killed in `set_aside` had begun to move stands here again, result.json last. A file of which both places
/// have a copy was to stay here.
void ResultDirectory::put_back() const {
  const fs::path aside = path_ / on_the_way;
  std::error_code ignored;
  if (!fs::is_directory(fs::symlink_status(aside, ignored))) return;
  for (auto name = run_files.rbegin(); name != run_files.rend(); ++name) {
    const fs::path from = aside / *name, to = path_ / *name;
    if (!is_anything(from)) continue;
    if (!is_anything(to)) {
      fs::rename(from, to, ignored);
    } else if (same_bytes(from, to)) {
      fs::remove(from, ignored);
    }
  }
  for (const auto& entry : fs::directory_iterator(aside, ignored))
    if (is_temporary(entry.path().filename().string())) fs::remove(entry.path(), ignored);
  fs::remove(aside, ignored);
  if (is_anything(aside)) fs::rename(aside, next_previous(), ignored);  // somebody's file came between: both are kept
}

void ResultDirectory::remove_temporaries() const {
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(path_, ignored))
    if (is_file(entry.path()) && is_temporary(entry.path().filename().string())) fs::remove(entry.path(), ignored);
}

fs::path ResultDirectory::next_previous() const {
  unsigned last = 0;
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(path_, ignored)) {
    const std::string name = entry.path().filename().string(), stem = "previous-";
    if (!name.starts_with(stem)) continue;
    last = std::max(last, erg::parse_number<unsigned>(name.substr(stem.size())).value_or(0));
  }
  return path_ / ("previous-" + std::to_string(last + 1));
}

}  // namespace crystal_free_energy
