// libFuzzer: any bytes of any upstream become an answer in any dialect or a failure, whole and cut
// in two alike. The first byte chooses upstream, client, form and cut.
#include <string>

#include "tests/fuzz/client_body.h"

namespace {

using namespace litegw;

std::string translate(const std::uint8_t choice, std::string_view bytes, std::size_t cut) {
  providers::AnswerTranslator::Settings settings;
  settings.upstream = static_cast<providers::Dialect>(choice % 3);
  settings.client = static_cast<providers::Dialect>(choice / 3 % 3);
  settings.stream = (choice & 0x40) != 0;
  settings.passthrough =
      (choice & 0x80) != 0 && settings.client == settings.upstream && choice % 3 != 0;
  settings.credential = "sk-1";
  settings.keeper.deployment = "d";
  dialects::ToolMap tools;
  tools.lowered.insert("f");
  dialects::AnswerOptions options;
  options.id = "x_1";
  options.model = "m";
  options.created = 1;
  options.include_usage = true;
  providers::AnswerTranslator translator(settings, std::move(tools), options);
  std::string out;
  translator.feed(bytes.substr(0, cut), out);
  translator.feed(bytes.substr(cut), out);
  translator.finish(std::nullopt, out);
  if (!translator.outcome().failure && !settings.stream && !settings.passthrough)
    fuzz::check(parse_json(out).has_value());
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 2, size - 2);
  const std::size_t cut = data[1] % (bytes.size() + 1);
  fuzz::check(translate(data[0], bytes, cut) == translate(data[0], bytes, 0));
  return 0;
}
