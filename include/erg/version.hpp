/// \file
/// The library's version; the build reads it from here.
#pragma once

namespace erg {

/// Major, minor, patch.
inline constexpr const char* version = "0.1.0";

}  // namespace erg
