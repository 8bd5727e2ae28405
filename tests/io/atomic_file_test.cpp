#include "erg/io/atomic_file.hpp"

#include "scratch.hpp"

#include <sys/resource.h>
#include <sys/wait.h>

#include <csignal>

using namespace erg;

namespace {

/// While it lives, no file of this process may grow beyond `bytes`: a full disk, as far as write() can tell.
class FullDisk {
 public:
  explicit FullDisk(rlim_t bytes) {
    ::getrlimit(RLIMIT_FSIZE, &before_);
    handler_ = std::signal(SIGXFSZ, SIG_IGN);
    rlimit limit = before_;
    limit.rlim_cur = bytes;
    ::setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FullDisk() {
    ::setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, handler_);
  }

 private:
  rlimit before_{};
  void (*handler_)(int);
};

}  // namespace

TEST_CASE("AtomicFile: what is committed stands at the path, with nothing beside it") {
  const Scratch scratch;
  const std::string large(1'000'000, 'x');
  AtomicFile file(scratch / "a.bin");
  file.write("head\n");
  file.write(large);
  file.write("tail");
  CHECK(!std::filesystem::exists(scratch / "a.bin"));
  file.commit();
  CHECK(slurp(scratch / "a.bin") == "head\n" + large + "tail");
  CHECK(scratch.entries() == 1);
  CHECK(contains(complaint([&] { file.write("more"); }), "already closed"));
  CHECK(contains(complaint([&] { file.commit(); }), "already closed"));
}

TEST_CASE("AtomicFile: without commit the old file stays and nothing is left") {
  const Scratch scratch;
  write_bytes(scratch / "a.txt", "old");
  {
    AtomicFile file(scratch / "a.txt");
    file.write(std::string(600'000, 'n'));
  }
  CHECK(slurp(scratch / "a.txt") == "old");
  CHECK(scratch.entries() == 1);
}

TEST_CASE("AtomicFile: a full disk is one line with the path and the reason, the old file stays") {
  const Scratch scratch;
  write_bytes(scratch / "a.txt", "old");
  std::string said;
  {
    const FullDisk full(100'000);
    said = complaint([&] { write_bytes(scratch / "a.txt", std::string(600'000, 'n')); });
  }
  CHECK(contains(said, (scratch / "a.txt").string()));
  CHECK(contains(said, "File too large"));
  CHECK(slurp(scratch / "a.txt") == "old");
  CHECK(scratch.entries() == 1);
}

TEST_CASE("AtomicFile: places that cannot be written") {
  const Scratch scratch;
  spill(scratch / "plain", "file");
  CHECK(contains(complaint([&] { AtomicFile file(scratch / "plain/a.txt"); }), "Not a directory"));
  CHECK(contains(complaint([&] { AtomicFile file(scratch / "missing/a.txt"); }), "No such file or directory"));
  CHECK(contains(complaint([&] { AtomicFile file("/proc/erg-test.txt"); }), "/proc/erg-test.txt"));
  CHECK(contains(complaint([&] { AtomicFile file(scratch.path()); }), "a directory"));
  CHECK(contains(complaint([&] { AtomicFile file("/dev/full"); }), "a special file"));
  CHECK(contains(complaint([&] { AtomicFile file(scratch / "folder/"); }), "no file name"));
  CHECK(scratch.entries() == 1);
}

TEST_CASE("AtomicFile: a process killed in the middle leaves the old file whole") {
  const Scratch scratch;
  write_bytes(scratch / "a.txt", "old");
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    AtomicFile file(scratch / "a.txt");
    file.write(std::string(600'000, 'n'));
    ::kill(::getpid(), SIGKILL);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  CHECK(WIFSIGNALED(status));
  CHECK(slurp(scratch / "a.txt") == "old");
  write_bytes(scratch / "a.txt", "new");
  CHECK(slurp(scratch / "a.txt") == "new");
  REQUIRE(scratch.entries() == 2);  // and what the killed one wrote
  for (const auto& entry : std::filesystem::directory_iterator(scratch.path())) {
    const std::string name = entry.path().filename().string();
    if (name != "a.txt") CHECK(written_name(name) == "a.txt");
  }
}

TEST_CASE("AtomicFile: a temporary that a killed process of the same number left is in nobody's way") {
  const Scratch scratch;
  std::string name;
  {
    const AtomicFile file(scratch / "a.txt");
    name = std::filesystem::directory_iterator(scratch.path())->path().filename().string();
  }
  const std::size_t dash = name.rfind('-');
  const int count = *parse_number<int>(name.substr(dash + 1, name.rfind('.') - dash - 1));
  for (int next : {1, 2}) spill(scratch / (name.substr(0, dash + 1) + std::to_string(count + next) + ".partial"), "left");
  write_bytes(scratch / "a.txt", "new");
  CHECK(slurp(scratch / "a.txt") == "new");
  CHECK(scratch.entries() == 3);
}

TEST_CASE("written_name: the file that a temporary was to become, by its name alone") {
  CHECK(written_name(".a.txt.12-0.partial") == "a.txt");
  CHECK(written_name("..a.5.log.12-34.partial") == ".a.5.log");
  for (const char* name :
       {"", ".", ".partial", "..partial", ".1-2.partial", "..1-2.partial", "a.1-2.partial", ".a.1-2.partia", ".a.1-2.partial.txt",
        ".a.1-.partial", ".a.-2.partial", ".a.1.partial", ".a.x-2.partial", ".a.1-x.partial", ".a-1.2.partial"})
    CHECK_MESSAGE(!written_name(name), name);
}

TEST_CASE("AtomicFile: a symbolic link stays a link") {
  const Scratch scratch;
  write_bytes(scratch / "real.txt", "old");
  std::filesystem::create_symlink("real.txt", scratch / "link.txt");
  write_bytes(scratch / "link.txt", "new");
  CHECK(std::filesystem::is_symlink(scratch / "link.txt"));
  CHECK(slurp(scratch / "real.txt") == "new");
}

TEST_CASE("read_bytes: reads what is there and refuses what is no file") {
  const Scratch scratch;
  const std::string bytes("a\0b\r\n", 5);
  write_bytes(scratch / "a", bytes);
  CHECK(read_bytes(scratch / "a") == bytes);
  CHECK(contains(complaint([&] { read_bytes(scratch / "b"); }), "no such file"));
  CHECK(contains(complaint([&] { read_bytes(scratch.path()); }), "not a regular file"));
}

TEST_CASE("parse_number: the whole text, or nothing") {
  CHECK(parse_number<double>("1e-3") == 1e-3);
  CHECK(parse_number<double>("+2.5") == 2.5);
  CHECK(parse_number<int>("-7") == -7);
  for (const char* text : {"", "1.5x", " 1", "+-1", "+", "one"}) CHECK(!parse_number<double>(text));
  CHECK(!parse_number<int>("1.5"));
  CHECK(!parse_number<unsigned>("-1"));
  CHECK(parse_number<double>(to_text(0.1 + 0.2)) == 0.1 + 0.2);
}
