// Results of `litegw test`, one line each as they come, and what to paste at the end.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "cmd/output.h"

namespace litegw::cmd {

enum class Verdict { passed, warning, failed, skipped };

struct Check {
  std::string id;     // "dns": stable
  std::string title;  // "DNS"
  Verdict verdict = Verdict::passed;
  std::string detail;  // what was seen; text from outside is made safe by the report
  std::string fix;     // what to do when it failed
  int row = 0;         // troubleshooting.h; 0 = none
  std::int64_t duration_us = 0;
  bool ours_only = false;  // a promise of litegw; others need not keep it
};

struct Paste {
  std::string base_url, api_key, model;  // api_key masked
};

class Report {
 public:
  explicit Report(Output& output) : output_(output) {}

  void add(Check check);
  const std::vector<Check>& checks() const { return checks_; }
  std::size_t failures() const;
  // Did the check with this id run, and not fail?
  bool passed(std::string_view id) const;
  // The rest: JSON of all, or the values to paste (not without a model: then no chat was answered).
  void finish(const Paste& paste, int exit_code);

 private:
  void print_line(const Check& check);
  void print_paste(const Paste& paste);
  Json to_json(const Paste& paste, int exit_code) const;

  Output& output_;
  std::vector<Check> checks_;
};

}  // namespace litegw::cmd
