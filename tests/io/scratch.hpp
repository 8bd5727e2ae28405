/// \file
/// What the tests of files share: a folder of their own, and the Python that reads what we wrote.
#pragma once

#include "complaint.hpp"

#include <doctest/doctest.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <string>

/// A new folder that is gone at the end of the test.
class Scratch {
 public:
  Scratch() {
    static std::atomic<int> count{0};
    folder_ = std::filesystem::temp_directory_path() / ("erg-test-" + std::to_string(::getpid()) + "-" + std::to_string(count++));
    std::filesystem::create_directories(folder_);
  }
  ~Scratch() {
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;

  std::filesystem::path operator/(const std::string& name) const { return folder_ / name; }
  const std::filesystem::path& path() const { return folder_; }
  std::ptrdiff_t entries() const {
    return std::distance(std::filesystem::directory_iterator(folder_), std::filesystem::directory_iterator());
  }

 private:
  std::filesystem::path folder_;
};

inline void spill(const std::filesystem::path& path, const std::string& bytes) { std::ofstream(path, std::ios::binary) << bytes; }

inline std::string slurp(const std::filesystem::path& path) {
  std::ifstream stream(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
}

inline bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

/// Runs a Python script with arguments and gives what it printed; nothing when the environment variable ERG_PEERS_PYTHON names no
/// Python, in which case the test says that it was skipped.
inline std::optional<std::string> run_python(const char* test, const Scratch& scratch, const std::string& script,
                                             const std::string& arguments) {
  const char* python = std::getenv("ERG_PEERS_PYTHON");
  if (!python || !*python) {
    MESSAGE("skipped: " << std::string(test) << " (ERG_PEERS_PYTHON is not set)");
    return std::nullopt;
  }
  const auto file = scratch / "check.py", printed = scratch / "printed.txt";
  spill(file, script);
  const std::string command =
      "'" + std::string(python) + "' '" + file.string() + "' " + arguments + " > '" + printed.string() + "' 2>&1";
  const int status = std::system(command.c_str());
  CHECK_MESSAGE(status == 0, slurp(printed));
  return slurp(printed);
}
