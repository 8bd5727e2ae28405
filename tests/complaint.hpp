/// \file
/// What an action complains of.
#pragma once

#include "erg/base/error.hpp"

#include <string>

/// The message of the InputError that `action` throws; "no InputError" when it throws none.
template <class Action>
std::string complaint(const Action& action) {
  try {
    action();
  } catch (const erg::InputError& error) {
    return error.what();
  }
  return "no InputError";
}
