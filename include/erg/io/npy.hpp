/// \file
/// Arrays in NumPy's .npy format, and batches turned from (particle, axis, sample) to (sample, particle, axis).
#pragma once

#include "erg/base/tile.hpp"
#include "erg/io/atomic_file.hpp"

#include <xtensor/xadapt.hpp>
#include <xtensor/xarray.hpp>
#include <xtensor/xnpy.hpp>

#include <array>
#include <cstddef>
#include <filesystem>
#include <span>
#include <sstream>
#include <string>
#include <type_traits>

namespace erg {

/// Writes an xtensor expression, whole or not at all.
///
/// Errors:  as AtomicFile.
template <class E>
void write_npy(const std::filesystem::path& path, const xt::xexpression<E>& array) {
  write_bytes(path, xt::dump_npy(array));
}

/// Writes numbers in row-major order.
///
/// Shapes:  values (product of shape).
/// Errors:  InputError when they are not as many as the shape holds; as AtomicFile.
template <class T, std::size_t Rank>
void write_npy(const std::filesystem::path& path, std::span<const T> values, std::array<std::size_t, Rank> shape) {
  std::size_t count = 1;
  for (const std::size_t extent : shape) count *= extent;
  if (count != values.size())
    throw InputError("npy array", path.string(), std::to_string(values.size()) + " numbers",
                     std::to_string(count) + ", the product of its shape");
  write_npy(path, xt::adapt(values.data(), values.size(), xt::no_ownership(), shape));
}

/// Writes a batch as (sample, particle, axis).
///
/// Shapes:  batch (particle, axis, stored samples), of which the first `samples` are written; 3 axes.
/// Errors:  InputError when the extents do not match; as AtomicFile.
template <class T>
void write_npy_batch(const std::filesystem::path& path, std::span<const T> batch, std::size_t particles, std::size_t samples) {
  const std::size_t rows = 3 * particles, stored = rows == 0 ? 0 : batch.size() / rows;
  if (stored * rows != batch.size() || samples > stored)
    throw InputError("npy batch", path.string(), std::to_string(batch.size()) + " numbers",
                     std::to_string(particles) + " particles × 3 axes × at least " + std::to_string(samples) + " samples");
  xt::xtensor<T, 3> turned({samples, particles, std::size_t{3}});
  for (std::size_t row = 0; row < rows; ++row)
    for (std::size_t s = 0; s < samples; ++s) turned.data()[s * rows + row] = batch[row * stored + s];
  write_npy(path, turned);
}

/// The same for a Tile: its packs are read as the samples they hold.
template <class R>
void write_npy_batch(const std::filesystem::path& path, Tile<R> batch, std::size_t samples) {
  using T = scalar_t<std::remove_const_t<R>>;
  const std::span<const T> numbers(reinterpret_cast<const T*>(batch.data), batch.size() * lanes_of<std::remove_const_t<R>>);
  write_npy_batch<T>(path, numbers, static_cast<std::size_t>(batch.rows) / 3, samples);
}

namespace detail {
/// What xtensor's reader takes on trust: that the file is as long as its header says.
inline void require_whole_npy(const std::string& bytes, const std::string& source, std::size_t number_bytes,
                              std::string_view type) {
  const auto fail = [&](const std::string& got, const std::string& expected) {
    throw InputError("npy file", source, got, expected);
  };
  if (bytes.size() < 10 || bytes.compare(0, 6, "\x93NUMPY") != 0) fail(excerpt(bytes.substr(0, 10)), "the npy signature");
  if (bytes[6] != 1) fail("format version " + std::to_string(int{bytes[6]}), "version 1");
  const std::size_t length = static_cast<unsigned char>(bytes[8]) + 256u * static_cast<unsigned char>(bytes[9]);
  if (length > 127) fail("a header of " + std::to_string(length) + " bytes", "at most 127: an array of numbers, few dimensions");
  if (10 + length > bytes.size())
    fail("a header of " + std::to_string(length) + " bytes in a file of " + std::to_string(bytes.size()), "a whole file");
  const std::string_view header = std::string_view(bytes).substr(10, length);
  if (header.find("'" + std::string(type) + "'") == std::string_view::npos)
    fail(excerpt(header), "numbers of type " + std::string(type));
  const std::size_t open = header.find('('), close = header.find(')');
  if (open == std::string_view::npos || close == std::string_view::npos || close < open)
    fail(excerpt(header), "a shape in parentheses");
  std::size_t expected = number_bytes;
  bool fits = true;
  for (std::size_t at = open + 1; at < close;) {
    const std::size_t comma = std::min(header.find(',', at), close);
    auto word = header.substr(at, comma - at);
    while (!word.empty() && word.front() == ' ') word.remove_prefix(1);
    if (!word.empty()) {
      const auto extent = parse_number<std::size_t>(word);
      fits = fits && extent && !__builtin_mul_overflow(expected, *extent, &expected);
    }
    at = comma + 1;
  }
  if (!fits || bytes.size() - 10 - length != expected)
    fail(std::to_string(bytes.size() - 10 - length) + " bytes of data",
         "those of shape " + std::string(header.substr(open, close - open + 1)));
}
}  // namespace detail

/// An array of T in either memory order, from the bytes of an npy file; `source` is what a complaint names.
///
/// Errors:  InputError when they are no npy file, hold another type or are cut short.
template <class T>
xt::xarray<T> parse_npy(const std::string& bytes, const std::string& source) {
  detail::require_whole_npy(bytes, source, sizeof(T), xt::detail::build_typestring<T>());
  try {
    std::istringstream stream(bytes);
    return xt::load_npy<T>(stream);
  } catch (const std::exception& problem) {
    throw InputError("npy file", source, problem.what(), "an array of numbers");
  }
}

/// Reads an array of T in either memory order.
///
/// Errors:  InputError with the path when the file cannot be read, is no npy file, holds another type or is cut short.
template <class T>
xt::xarray<T> read_npy(const std::filesystem::path& path) {
  return parse_npy<T>(read_bytes(path), path.string());
}

}  // namespace erg
