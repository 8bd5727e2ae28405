#include "program/program.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <new>

namespace example_rooms {

bool parse(CLI::App& app, int argc, const char* const* argv) {
  try {
    app.parse(argc, argv);
    return true;
  } catch (const CLI::Success& asked) {  // --help, --version
    app.exit(asked);
    return false;
  } catch (const CLI::ParseError& error) {
    std::string message = error.what();
    std::replace(message.begin(), message.end(), '\n', ' ');
    throw erg::InputError("options", "command line", "'" + message + "'", "options as --help lists them");
  }
}

std::string not_negative(const std::string& text) {
  return text.starts_with('-') ? "got " + text + ", which is negative" : std::string();
}

int main_of(const char* program, const char* of_memory, int (*run)(int argc, const char* const* argv), int argc,
            const char* const* argv) {
  std::signal(SIGXFSZ, SIG_IGN);  // a file that may not grow is an error to report, not a reason to be killed
  try {
    return run(argc, argv);
  } catch (const erg::InputError& error) {
    std::fprintf(stderr, "%s: %s\n", program, error.what());
    return 2;
  } catch (const std::bad_alloc&) {
    std::fprintf(stderr, "%s: memory: got too little for this many %s, expected fewer\n", program, of_memory);
    return 2;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s: %s\n", program, error.what());
    return 1;
  }
}

}  // namespace example_rooms
