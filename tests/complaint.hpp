/// \file
/// What an action complains of: the words of its InputError.
#pragma once

#include "erg/base/error.hpp"

#include <string>

template <class Action>
std::string complaint(const Action& action) {
  try {
    action();
  } catch (const erg::InputError& error) {
    return error.what();
  }
  return "no InputError";
}
