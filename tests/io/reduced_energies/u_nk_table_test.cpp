#include "erg/io/reduced_energies/u_nk_table.hpp"

#include "io/scratch.hpp"

#include <limits>
#include <string>
#include <vector>

using namespace erg;

namespace {

AlchemicalEnergies small_table() {
  AlchemicalEnergies table;
  table.lambda_names = {"coul-lambda", "vdw-lambda"};
  table.lambdas = {{0, 0}, {0.25, 0}, {1, 0.5}};
  table.time = {0, 10, 20, 30.5};
  table.u_kn = {0, 1.5, -2, 1e7, 3, 0.1, std::numeric_limits<double>::infinity(), 4, 5, 6, 7, 8};
  table.counts = {1, 0, 3};
  return table;
}

}  // namespace

TEST_CASE("u_nk: what is written comes back; rows in any order are sorted by state") {
  const Scratch scratch;
  const auto table = small_table();
  write_u_nk(scratch / "u.csv", table);
  CHECK(slurp(scratch / "u.csv")
            .find("time,coul-lambda,vdw-lambda,\"(0.0, 0.0)\",\"(0.25, 0.0)\",\"(1.0, 0.5)\"\n0.0,0.0,0.0,0,3,5\n") == 0);
  const auto back = read_u_nk(scratch / "u.csv");
  CHECK(back.u_kn == table.u_kn);
  CHECK(back.counts == table.counts);
  CHECK(back.lambdas == table.lambdas);
  CHECK(back.lambda_names == table.lambda_names);
  CHECK(back.time == table.time);
  spill(scratch / "v.csv", "time,fep-lambda,0.0,1.0\r\n5,1.0,1,2\r\n0,0,3,4\r\n6,1,5,6\r\n\r\n");
  const auto sorted = read_u_nk(scratch / "v.csv");
  CHECK(sorted.counts == std::vector<std::int64_t>{1, 2});
  CHECK(sorted.u_kn == std::vector<double>{3, 1, 5, 4, 2, 6});
  CHECK(sorted.time == std::vector<double>{0, 5, 6});
}

TEST_CASE("u_nk: tables of another form are refused by line") {
  const Scratch scratch;
  const auto with = [&](const std::string& text) {
    spill(scratch / "u.csv", text);
    return complaint([&] { read_u_nk(scratch / "u.csv"); });
  };
  CHECK(contains(with(""), "line 1"));
  CHECK(contains(with("time,0.0,1.0\n"), "names of lambdas"));
  CHECK(contains(with("time,fep-lambda\n"), "a column for each state"));
  CHECK(contains(with("time,a,b,0.0,1.0\n"), "2 lambdas"));
  CHECK(contains(with("time,a,0.0,1.0\n"), "no rows"));
  CHECK(contains(with("time,a,0.0,1.0\n0,0.5,1,2\n"), "line 2): got '0.5', expected those of a column"));
  CHECK(contains(with("time,a,0.0,1.0\n0,0,1\n"), "got 3 fields, expected 4"));
  CHECK(contains(with("time,a,0.0,1.0\n0,0,1,\n"), "got nothing"));
  CHECK(contains(with("time,a,0.0,1.0\n0,0,1,nan\n"), "got 'nan'"));
  CHECK(contains(with("time,a,0.0,1.0\n0,0,1,\"2\n"), "a quote that does not end"));
  auto table = small_table();
  table.time.pop_back();
  CHECK(contains(complaint([&] { write_u_nk(scratch / "w.csv", table); }), "3 states × 3 times"));
}
