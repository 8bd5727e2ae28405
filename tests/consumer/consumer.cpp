// A program of someone else's: every header by the umbrella, one function called.
#include "erg/erg.hpp"

int main() {
  const double terms[] = {1, 2, 3};
  const erg::Box box = erg::Box::orthorhombic({2, 3, 4});
  return erg::log_sum_exp(terms) > 3 && box.volume() == 24 ? 0 : 1;
}
