"""The checks of scripts/lint find what they are for, and nothing else."""
import pathlib
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "scripts" / "lib"))

import co_await
import includes
import lengths
import tidy

CMAKE = """
litegw_library(base    common/base    LINK fmt::fmt)
litegw_library(http    common/http    LINK litegw_base)
litegw_library(auth    daemon/auth    LINK litegw_base)
litegw_library(budget  daemon/budget  LINK litegw_auth)
litegw_library(store   daemon/store   SHELL LINK litegw_auth litegw_lmdb)
litegw_library(cmd     cmd            LINK litegw_http)
"""


def include_problems(path, text):
    rules = includes.Rules(CMAKE)
    return [message for _, message in rules.check(pathlib.Path(path), text, lambda name: False)]


@pytest.mark.parametrize("path, text", [
    ("cmd/key.cpp", '#include "daemon/auth/key.h"\n'),
    ("common/base/text.cpp", '#include "common/http/head.h"\n'),
    ("daemon/auth/key.cpp", '#include "daemon/store/store.h"\n'),
    ("daemon/auth/key.cpp", "#include <boost/asio.hpp>\n"),
    ("daemon/auth/key.cpp", "#include <lmdb.h>\n"),
    ("daemon/auth/key.cpp", "#include <mutex>\n"),
    ("daemon/auth/key.cpp", "auto t = std::chrono::system_clock::now();\n"),
    ("daemon/budget/hold.cpp", "#include <mutex>\n"),
    ("daemon/store/store.cpp", "#include <boost/beast/http.hpp>\n"),
    ("daemon/auth/key.cpp", '#include "../base/text.h"\n'),
    ("daemon/auth/key.cpp", "#ifdef _WIN32\n#endif\n"),
    ("daemon/unheard/of.cpp", "int x;\n"),
])
def test_a_forbidden_include_is_refused(path, text):
    assert include_problems(path, text)


@pytest.mark.parametrize("path, text", [
    ("cmd/key.cpp", '#include "common/base/text.h"\n'),  # through litegw_http
    ("daemon/store/store.cpp", '#include <lmdb.h>\n#include <mutex>\n#include "daemon/auth/key.h"\n'),
    ("daemon/auth/key.cpp", "#include <string>\n// std::chrono::system_clock::now() is not called here\n"),
    ("daemon/budget/accounts.h", "#include <mutex>\n#include <shared_mutex>\n"),
    ("tests/daemon/auth/key_test.cpp", '#include "daemon/store/store.h"\n#include <thread>\n'),
])
def test_an_allowed_include_passes(path, text):
    assert include_problems(path, text) == []


@pytest.mark.parametrize("statement", [
    "co_await send(Request{1, 2});",
    "co_await send({a, b});",
    "auto reply = co_await send(ready ? first : second);",
    "auto value = ready ? co_await one() : Two();",
    "co_await spawn(executor, [name]() -> Task<void> { co_return; });",
    "co_await [&]() -> Task<void> { co_return; }();",
    "use(Pair{co_await one(), two});",
    "if (auto x = co_await one(Point{1, 2}); x) go();",
])
def test_a_temporary_beside_co_await_is_refused(statement):
    assert list(co_await.problems("Task<void> f() {\n  " + statement + "\n}\n"))


@pytest.mark.parametrize("statement", [
    "auto [error, count] = co_await socket.async_read_some(buffer, nothrow);",
    "Request request{1, 2}; co_await send(request);",
    "auto work = [name]() -> Task<void> { co_return; }; co_await spawn(executor, std::move(work));",
    "if (ready) { co_await send(request); }",
    "for (int i = 0; i < n; ++i) co_await send(list[i]);",
    "while (auto n = co_await read(buffer)) { use(Pair{1, 2}); }",
    "const char* text = \"co_await f({1})\";  // co_await f({1})",
    "int a = b ? 1 : 2; co_await yield();",
    "if (!ok) { co_return Error{code, text}; } auto reply = co_await send(x);",
])
def test_a_lonely_co_await_passes(statement):
    assert list(co_await.problems("Task<void> f() {\n  " + statement + "\n}\n")) == []


def test_the_line_of_a_finding_is_the_line_in_the_file():
    source = "/* one\n two */\nTask<void> f() {\n  co_await g({1});\n}\n"
    assert [line for line, _ in co_await.problems(source)] == [4]


def test_a_long_function_is_measured_from_its_head_to_its_brace():
    body = "void f(int a,\n       int b) {\n" + "  g();\n" * 60 + "}\n"
    assert list(lengths.functions(body)) == [(1, 63)]


def test_clang_gets_no_flag_that_only_gcc_knows():
    entry = {"file": "/p/a.cpp", "command":
             "cmake -E env X=1 ccache /usr/bin/g++-12 -DA=1 -I/p -fcoroutines -Werror -fsanitize=address"
             " -Winvalid-pch -include /b/cmake_pch.hxx -MD -MT a.o -MF a.d -o a.o -c /p/a.cpp"}
    assert tidy.arguments_for_clang(entry)[:2] == ["-DA=1", "-I/p"]
    assert not {"-fcoroutines", "-o", "-c", "-include"} & set(tidy.arguments_for_clang(entry))
