// Rows of the troubleshooting table in litegw-cursor(7) and docs/cursor.md. The numbers are stable:
// `litegw test --json` has them.
#pragma once

namespace litegw::cmd::row {

inline constexpr int none = 0;
inline constexpr int private_address = 1;
inline constexpr int tls = 3;
inline constexpr int firewall = 4;
inline constexpr int path = 5;
inline constexpr int key = 6;
inline constexpr int hidden_error = 8;
inline constexpr int name_collision = 10;
inline constexpr int name_refused = 11;
inline constexpr int responses_body = 13;
inline constexpr int custom_tool = 14;
inline constexpr int no_chat_answer = 15;
inline constexpr int custom_call = 16;
inline constexpr int patch_encoded = 17;
inline constexpr int empty_content = 18;
inline constexpr int anthropic_body = 19;
inline constexpr int tools_lost = 20;
inline constexpr int idle_cut = 27;
inline constexpr int buffering = 28;
inline constexpr int no_usage = 29;
inline constexpr int name_suffix = 31;
inline constexpr int azure = 33;
inline constexpr int cors = 35;
inline constexpr int body_size = 38;
inline constexpr int unknown_model = 39;

}  // namespace litegw::cmd::row
