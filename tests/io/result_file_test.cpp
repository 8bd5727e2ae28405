#include "erg/io/result_file.hpp"

#include "scratch.hpp"

#include <limits>

using namespace erg;

TEST_CASE("result file: keys keep their order, numbers come back to the last bit") {
  const Scratch scratch;
  Result result;
  result["crystal"] = "ice-cubic";
  result["beta_f_per_particle"]["lfep"] = {{"value", -25.163061234567891}, {"standard_error", 1e-5}};
  result["transfer"] = Result::array({{{"particles", 216}}});
  result["a"] = 0.1 + 0.2;
  write_result(scratch / "result.json", result);
  const std::string text = slurp(scratch / "result.json");
  CHECK(text.find("crystal") < text.find("beta_f"));
  CHECK(text.find("transfer") < text.find("\"a\""));
  CHECK(text.back() == '\n');
  CHECK(read_result(scratch / "result.json") == result);
  CHECK(read_result(scratch / "result.json")["a"].get<double>() == 0.1 + 0.2);
}

TEST_CASE("result file: a number that is not finite is refused by its key, and the old file stays") {
  const Scratch scratch;
  write_result(scratch / "result.json", {{"good", 1}});
  Result result;
  result["beta_f_per_particle"]["lfep"]["value"] = std::numeric_limits<double>::quiet_NaN();
  CHECK(contains(complaint([&] { write_result(scratch / "result.json", result); }), "result beta_f_per_particle.lfep.value"));
  result = {};
  result["transfer"] = Result::array({{{"seconds", 1.0}}, {{"seconds", -std::numeric_limits<double>::infinity()}}});
  CHECK(contains(complaint([&] { write_result(scratch / "result.json", result); }), "transfer[1].seconds"));
  CHECK(contains(complaint([&] { write_result(scratch / "result.json", result); }), "got -inf"));
  CHECK(contains(complaint([&] { write_result(scratch / "result.json", {{"name", "\xff"}}); }), "UTF-8"));
  CHECK(read_result(scratch / "result.json") == Result{{"good", 1}});
  CHECK(scratch.entries() == 1);
}

TEST_CASE("result file: what is no JSON object is refused with its path") {
  const Scratch scratch;
  for (const char* text : {"", "{\"a\": 1", "nonsense", "[1, 2]"}) {
    spill(scratch / "result.json", text);
    CHECK(contains(complaint([&] { read_result(scratch / "result.json"); }), (scratch / "result.json").string()));
  }
}
