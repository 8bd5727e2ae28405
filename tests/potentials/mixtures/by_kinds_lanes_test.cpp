#include "displaced_salt.hpp"

#include <doctest/doctest.h>

using namespace erg;
using namespace displaced_salt;

TEST_CASE("ByKinds on a crystal: lanes agree with scalars and float with double") {
  const CrystalPotential<Mixture> larger(kob_andersen<double>(), salt(5));
  auto plain = displacements<double>(250, 16, 0.04);
  auto lanes = displacements<Lanes<double, 8>>(250, 16, 0.04);
  auto floats = displacements<Lanes<float, 16>>(250, 16, 0.04);
  const Evaluated a = evaluate(larger, plain), b = evaluate(larger, lanes), c = evaluate(larger, floats);
  CHECK(distance(b.excess, a.excess) < 1e-12);
  CHECK(distance(b.gradient, a.gradient) < 1e-12);
  CHECK(distance(c.excess, a.excess) < 1e-5);
  CHECK(distance(c.gradient, a.gradient) < 1e-5);
}

TEST_CASE("ByKinds on a crystal: the training form is the mixture where no pair is close") {
  const auto mixture = kob_andersen<double>();
  auto u = displacements<double>(250, 1, 0.02);
  const CrystalPotential form(training_form(mixture, ByKinds<double, 2>{{0.8, 0.64, 0.704}}), salt(5));
  CHECK(evaluate(form, u).excess == evaluate(CrystalPotential(mixture, salt(5)), u).excess);
}
