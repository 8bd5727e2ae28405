#include "erg/io/csv.hpp"

#include "scratch.hpp"

#include <sys/resource.h>

#include <csignal>

using namespace erg;

namespace {
const CsvTable::Columns columns{"step", "seconds", "loss"};
const std::string header = "step,seconds,loss\n";
}  // namespace

TEST_CASE("CsvTable: rows stand in the file as soon as they are appended") {
  const Scratch scratch;
  CsvTable table = CsvTable::create(scratch / "t.csv", columns);
  CHECK(slurp(scratch / "t.csv") == header);
  table.append(0, {0.5, -25.0625});
  CHECK(slurp(scratch / "t.csv") == header + "0,0.5,-25.0625\n");
  table.append(10, {1, std::numeric_limits<double>::quiet_NaN()});
  CHECK(slurp(scratch / "t.csv") == header + "0,0.5,-25.0625\n10,1,nan\n");
}

TEST_CASE("CsvTable: resume keeps the rows up to the last good step") {
  const Scratch scratch;
  const auto after = [&](const std::string& rows, std::int64_t last) {
    spill(scratch / "t.csv", header + rows);
    CsvTable::resume(scratch / "t.csv", columns, last).append(last + 1, {9, 9});
    return slurp(scratch / "t.csv").substr(header.size());
  };
  CHECK(after("0,1,2\n5,2,3\n10,3,4\n", 5) == "0,1,2\n5,2,3\n6,9,9\n");
  CHECK(after("0,1,2\n5,2,3\n10,3,4", 10) == "0,1,2\n5,2,3\n11,9,9\n");  // cut inside the last row
  CHECK(after("0,1,2\n5,2\n10,3,4\n", 10) == "0,1,2\n11,9,9\n");
  CHECK(after("0,1,2\n5,2,3,4\n", 10) == "0,1,2\n11,9,9\n");
  CHECK(after("0,1,2\n5,x,3\n", 10) == "0,1,2\n11,9,9\n");
  CHECK(after("0,1,2\n5,nan,inf\n", 10) == "0,1,2\n5,nan,inf\n11,9,9\n");
  CHECK(after("7,1,2\n5,2,3\n", 10) == "7,1,2\n11,9,9\n");
  CHECK(after("", 10) == "11,9,9\n");
  CHECK(scratch.entries() == 1);
}

TEST_CASE("CsvTable: resume without a file begins one; another header is refused and nothing is lost") {
  const Scratch scratch;
  CsvTable::resume(scratch / "new.csv", columns, 3).append(4, {1, 2});
  CHECK(slurp(scratch / "new.csv") == header + "4,1,2\n");
  spill(scratch / "t.csv", "time,loss\n1,2\n");
  CHECK(contains(complaint([&] { CsvTable::resume(scratch / "t.csv", columns, 3); }), "got 'time,loss'"));
  CHECK(slurp(scratch / "t.csv") == "time,loss\n1,2\n");
}

TEST_CASE("CsvTable: a row that does not fit the disk is taken back") {
  const Scratch scratch;
  CsvTable table = CsvTable::create(scratch / "t.csv", columns);
  table.append(1, {1, 1});
  const std::string before = slurp(scratch / "t.csv");
  rlimit old{}, limit{};
  ::getrlimit(RLIMIT_FSIZE, &old);
  limit = old;
  limit.rlim_cur = before.size() + 3;
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  ::setrlimit(RLIMIT_FSIZE, &limit);
  const std::string said = complaint([&] { table.append(2, {2, 2}); });
  ::setrlimit(RLIMIT_FSIZE, &old);
  std::signal(SIGXFSZ, handler);
  CHECK(contains(said, (scratch / "t.csv").string()));
  CHECK(slurp(scratch / "t.csv") == before);
  table.append(3, {3, 3});
  CHECK(slurp(scratch / "t.csv") == before + "3,3,3\n");
}

TEST_CASE("CsvTable: bad columns, rows and places") {
  const Scratch scratch;
  CHECK(contains(complaint([&] { CsvTable::create(scratch / "t.csv", {"a,b"}); }), "a name without comma"));
  CHECK(contains(complaint([&] { CsvTable::create(scratch / "no/t.csv", columns); }), "No such file"));
  CsvTable table = CsvTable::create(scratch / "t.csv", columns);
  CHECK(contains(complaint([&] { table.append(1, {1}); }), "2 numbers"));
  CHECK(slurp(scratch / "t.csv") == header);
}
