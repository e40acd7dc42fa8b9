// Reads the cases of tests/http/vectors (format: README.md there). Throws std::runtime_error with
// file and line when a file is malformed.
#pragma once

#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace litegw::tests {

struct Vector {
  std::string file;
  std::string name;
  std::string method = "GET";
  std::string send;
  std::string expect;
  bool is_request() const { return file.starts_with("request-"); }
};

class VectorReader {
 public:
  static std::vector<Vector> read_folder(const std::filesystem::path& folder) {
    std::vector<Vector> vectors;
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
      if (entry.path().extension() != ".txt") continue;
      VectorReader reader(entry.path());
      for (Vector& vector : reader.read())
        vectors.push_back(std::move(vector));
    }
    return vectors;
  }

  // Undoes the escapes; see README.md.
  static std::string unescape(std::string_view text) {
    std::string bytes;
    while (!text.empty()) {
      if (text.front() != '\\') {
        bytes += text.front();
        text.remove_prefix(1);
      } else {
        bytes += take_escape(text);
      }
    }
    return bytes;
  }

 private:
  explicit VectorReader(const std::filesystem::path& path) : path_(path), file_(path) {}

  static std::string take_escape(std::string_view& text) {
    if (text.size() < 2) throw std::runtime_error("a lone backslash");
    char kind = text[1];
    std::string_view rest = text.substr(2);
    std::string bytes;
    if (kind == 'x') {
      bytes = static_cast<char>(std::stoi(std::string(rest.substr(0, 2)), nullptr, 16));
      rest.remove_prefix(2);
    } else if (kind == '{') {
      std::size_t close = rest.find('}');
      std::size_t star = rest.rfind('*', close);
      std::string repeated = unescape(rest.substr(0, star));
      int count = std::stoi(std::string(rest.substr(star + 1, close - star - 1)));
      for (int i = 0; i < count; ++i)
        bytes += repeated;
      rest.remove_prefix(close + 1);
    } else {
      constexpr std::string_view letters = "rnts\\";
      constexpr std::string_view meanings = "\r\n\t \\";
      std::size_t at = letters.find(kind);
      if (at == letters.npos) throw std::runtime_error("an unknown escape");
      bytes = meanings[at];
    }
    text = rest;
    return bytes;
  }

  std::vector<Vector> read() {
    std::vector<Vector> vectors;
    std::string line;
    std::string send;
    for (int number = 1; std::getline(file_, line); ++number) {
      std::size_t colon = line.find(": ");
      std::string key = line.substr(0, colon);
      if (line.empty() || line.front() == '#') continue;
      if (line.starts_with("      ")) {
        send += line.substr(6);
        continue;
      }
      if (colon == std::string::npos) fail(number);
      std::string value = line.substr(colon + 2);
      if (key == "name") {
        vectors.push_back({path_.filename().string(), value, "GET", "", ""});
        continue;
      }
      if (vectors.empty()) fail(number);
      if (key == "send") {
        send = value;
      } else if (key == "method") {
        vectors.back().method = value;
      } else if (key == "expect") {
        vectors.back().send = unescape(send);
        vectors.back().expect = unescape(value);
      } else if (key != "reason") {
        fail(number);
      }
    }
    return vectors;
  }

  [[noreturn]] void fail(int line) const {
    throw std::runtime_error(path_.string() + ":" + std::to_string(line) + " is no vector");
  }

  std::filesystem::path path_;
  std::ifstream file_;
};

}  // namespace litegw::tests
