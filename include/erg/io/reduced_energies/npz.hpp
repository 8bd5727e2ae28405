/// \file
/// Several named arrays in one file: NumPy's .npz, as numpy.savez writes it.
#pragma once

#include "erg/io/atomic_file.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace erg {

/// The checksum of zip files: CRC-32 with the reflected polynomial 0xEDB88320.
inline std::uint32_t crc32(std::string_view bytes) {
  static const auto table = [] {
    std::array<std::uint32_t, 256> rows{};
    for (std::uint32_t k = 0; k < 256; ++k) {
      std::uint32_t row = k;
      for (int bit = 0; bit < 8; ++bit) row = (row >> 1) ^ (row & 1 ? 0xEDB88320u : 0u);
      rows[k] = row;
    }
    return rows;
  }();
  std::uint32_t sum = 0xFFFFFFFFu;
  for (const char c : bytes) sum = (sum >> 8) ^ table[(sum ^ static_cast<unsigned char>(c)) & 0xFF];
  return ~sum;
}

/// The files of an archive, by name: of an .npz each array's name with ".npy".
using ArchivedFiles = std::vector<std::pair<std::string, std::string>>;

namespace detail {

inline void append_little(std::string& to, std::uint64_t number, int bytes) {
  for (int k = 0; k < bytes; ++k) to += static_cast<char>(number >> (8 * k) & 0xFF);
}
inline std::uint64_t little(std::string_view bytes, std::size_t at, int count) {
  std::uint64_t number = 0;
  for (int k = 0; k < count; ++k)
    number |= std::uint64_t{static_cast<unsigned char>(bytes[at + static_cast<std::size_t>(k)])} << (8 * k);
  return number;
}

/// The part that the local header and the directory's entry share: from the version that is needed to the length of extras.
inline std::string zip_entry(const std::string& name, std::string_view bytes) {
  std::string entry;
  append_little(entry, 20, 2);  // version
  append_little(entry, 0, 2);   // flags
  append_little(entry, 0, 2);   // stored, not compressed
  append_little(entry, 0, 2);   // 00:00
  append_little(entry, 33, 2);  // 1 January 1980: files of equal content are equal
  append_little(entry, crc32(bytes), 4);
  append_little(entry, bytes.size(), 4);
  append_little(entry, bytes.size(), 4);
  append_little(entry, name.size(), 2);
  append_little(entry, 0, 2);
  return entry;
}

}  // namespace detail

/// Writes an archive whose files are stored as they are, as numpy.savez does; numpy.load reads it.
///
/// Errors:  InputError for 4 GiB or more in all; as AtomicFile.
/// Source:  the format: PKWARE's APPNOTE 6.3.
inline void write_npz(const std::filesystem::path& path, const ArchivedFiles& files) {
  std::uint64_t total = 0;
  for (const auto& [name, bytes] : files) total += bytes.size() + 2 * name.size() + 100;
  if (total >= 0xFFFFFFFFu)
    throw InputError("npz file", path.string(), std::to_string(total) + " bytes", "less than 4 GiB; npy files have no limit");
  AtomicFile file(path);
  std::string directory;
  std::uint64_t place = 0;
  for (const auto& [name, bytes] : files) {
    const std::string entry = detail::zip_entry(name, bytes);
    const std::string header = "PK\x03\x04" + entry + name;
    directory += "PK\x01\x02";
    detail::append_little(directory, 20, 2);
    directory += entry;
    detail::append_little(directory, 0, 2);            // comment
    detail::append_little(directory, 0, 2);            // disk
    detail::append_little(directory, 0, 2);            // internal attributes
    detail::append_little(directory, 0x81A40000u, 4);  // a regular file, rw-r--r--
    detail::append_little(directory, place, 4);
    directory += name;
    file.write(header);
    file.write(bytes);
    place += header.size() + bytes.size();
  }
  std::string end("PK\x05\x06\0\0\0\0", 8);
  detail::append_little(end, files.size(), 2);
  detail::append_little(end, files.size(), 2);
  detail::append_little(end, directory.size(), 4);
  detail::append_little(end, place, 4);
  detail::append_little(end, 0, 2);
  file.write(directory);
  file.write(end);
  file.commit();
}

/// Reads all files of an archive that stores them as they are.
///
/// Errors:  InputError with the path when it cannot be read, is no zip file, is cut short or damaged (checksums are compared),
///          holds compressed files (of numpy.savez_compressed) or 4 GiB and more.
inline ArchivedFiles read_npz(const std::filesystem::path& path) {
  const std::string bytes = read_bytes(path);
  const auto fail = [&](const std::string& got, const std::string& expected) {
    throw InputError("npz file", path.string(), got, expected);
  };
  constexpr std::size_t end_size = 22, entry_size = 46, header_size = 30;
  const std::size_t end = bytes.size() < end_size ? std::string::npos : bytes.rfind("PK\x05\x06", bytes.size() - end_size);
  if (end == std::string::npos) fail("no directory at the end of " + std::to_string(bytes.size()) + " bytes", "a whole zip file");
  std::size_t at = detail::little(bytes, end + 16, 4);
  const std::size_t count = detail::little(bytes, end + 10, 2);
  ArchivedFiles files;
  for (std::size_t k = 0; k < count; ++k) {
    if (at + entry_size > end || bytes.compare(at, 4, "PK\x01\x02") != 0) fail("a broken directory", "a whole zip file");
    const std::size_t method = detail::little(bytes, at + 10, 2), stored = detail::little(bytes, at + 20, 4),
                      whole = detail::little(bytes, at + 24, 4), name_size = detail::little(bytes, at + 28, 2),
                      rest = detail::little(bytes, at + 30, 2) + detail::little(bytes, at + 32, 2),
                      header = detail::little(bytes, at + 42, 4);
    if (at + entry_size + name_size > end) fail("a broken directory", "a whole zip file");
    const std::string name = bytes.substr(at + entry_size, name_size);
    if (method != 0) fail(excerpt(name) + ", compressed", "arrays stored by numpy.savez, not savez_compressed");
    if (whole == 0xFFFFFFFFu || header == 0xFFFFFFFFu)
      fail(excerpt(name) + " of 4 GiB or more", "smaller arrays; npy files have no limit");
    if (header + header_size > end || bytes.compare(header, 4, "PK\x03\x04") != 0)
      fail("no file where the directory says", "a whole zip file");
    const std::size_t first =
        header + header_size + detail::little(bytes, header + 26, 2) + detail::little(bytes, header + 28, 2);
    if (stored != whole || first + whole > end) fail(excerpt(name) + ", cut short", "a whole zip file");
    files.emplace_back(name, bytes.substr(first, whole));
    if (crc32(files.back().second) != detail::little(bytes, at + 16, 4))
      fail(excerpt(name) + " with a wrong checksum", "an undamaged file");
    at += entry_size + name_size + rest;
  }
  return files;
}

}  // namespace erg
