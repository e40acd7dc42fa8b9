# Compiler settings and the libraries the project stands on. Everything is Debian 12's; nothing is downloaded.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_CXX_FLAGS_DEBUG "-O0 -g1")
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
# Without it the compiler collects its garbage, precompiled headers and all, for a tenth of its time. In KiB.
add_compile_options($<$<CONFIG:Debug>:--param=ggc-min-heapsize=2000000>)

add_compile_options(-Wall -Wextra -Wshadow -Werror -fcoroutines
  # g++ 12 reports these inside its own and Boost's headers once sanitizers or LTO are on.
  -Wno-maybe-uninitialized -Wno-mismatched-new-delete -Wno-restrict -Wno-array-bounds -Wno-stringop-overflow -Wno-tsan
  -ffile-prefix-map=${CMAKE_SOURCE_DIR}/=)
# Implicit conversions out of Json make it convertible to anything, Error included.
add_compile_definitions(JSON_USE_IMPLICIT_CONVERSIONS=0)
if(LITEGW_SANITIZE)
  add_compile_options(-fsanitize=${LITEGW_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${LITEGW_SANITIZE})
else()
  add_compile_options(-fstack-protector-strong $<$<NOT:$<CONFIG:Debug>>:-D_FORTIFY_SOURCE=2>)
  # With every symbol bound at start, calls need no stubs.
  add_compile_options(-fno-plt)
  add_link_options(-Wl,-z,relro,-z,now -pie)
endif()
if(LITEGW_LTO)
  add_compile_options(-flto=auto -fno-fat-lto-objects)
  add_link_options(-flto=auto -O2)
  # Plain ar finds no symbols in such objects unless the package gcc, which g++-12 does not need, has put its plugin there.
  set(CMAKE_AR ${CMAKE_CXX_COMPILER_AR})
  set(CMAKE_RANLIB ${CMAKE_CXX_COMPILER_RANLIB})
endif()

# Archives that name the objects instead of holding a second copy: a quarter of a build folder.
set(CMAKE_CXX_ARCHIVE_CREATE "<CMAKE_AR> qcT <TARGET> <LINK_FLAGS> <OBJECTS>")
set(CMAKE_CXX_ARCHIVE_APPEND "<CMAKE_AR> qT <TARGET> <LINK_FLAGS> <OBJECTS>")

# What runs often is laid out together and inlined, what never ran is kept out of its way (scripts/lib/profile).
if(LITEGW_PROFILE)
  add_compile_options(-fprofile-${LITEGW_PROFILE}=${CMAKE_SOURCE_DIR}/build/profile/counts -fprofile-prefix-path=${CMAKE_BINARY_DIR})
endif()
if(LITEGW_PROFILE STREQUAL "generate")
  add_compile_options(-fprofile-update=prefer-atomic)
  add_link_options(-fprofile-generate)
elseif(LITEGW_PROFILE STREQUAL "use")
  # Counts of several threads need correction; the command line's sources have none.
  add_compile_options(-fprofile-correction -fprofile-partial-training -Wno-missing-profile)
endif()

find_program(LITEGW_CCACHE ccache)
if(LITEGW_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env
    CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime CCACHE_NOHASHDIR=1 CCACHE_PCH_EXTSUM=1
    CCACHE_BASEDIR=${CMAKE_SOURCE_DIR} ${LITEGW_CCACHE})
endif()
find_program(LITEGW_MOLD mold)
if(LITEGW_MOLD AND NOT LITEGW_LTO)
  add_link_options(-fuse-ld=mold)
endif()

find_package(Threads REQUIRED)
find_package(OpenSSL 3 REQUIRED)
find_package(nlohmann_json 3.11 REQUIRED)
find_package(yaml-cpp REQUIRED)
find_package(fmt REQUIRED)
find_package(spdlog REQUIRED)
find_package(simdjson REQUIRED)
find_package(ZLIB REQUIRED)
find_package(CLI11 REQUIRED)
find_package(date REQUIRED)
find_package(Boost 1.81 REQUIRED)

# Asio is compiled once (asio_impl.cpp); every other unit sees declarations only.
file(CONFIGURE OUTPUT ${CMAKE_BINARY_DIR}/asio_impl.cpp CONTENT "#include <boost/asio/impl/src.hpp>\n#include <boost/asio/ssl/impl/src.hpp>\n")
add_library(litegw_asio STATIC ${CMAKE_BINARY_DIR}/asio_impl.cpp)
target_compile_definitions(litegw_asio PUBLIC BOOST_ASIO_SEPARATE_COMPILATION BOOST_ASIO_NO_DEPRECATED)
target_link_libraries(litegw_asio PUBLIC Boost::headers OpenSSL::SSL Threads::Threads)

add_library(litegw_lmdb INTERFACE)
target_link_libraries(litegw_lmdb INTERFACE lmdb Threads::Threads)

# What a precompiled header is made of besides the compiler: an update of one of these makes another header.
set(LITEGW_HEADER_VERSIONS "${Boost_VERSION} ${nlohmann_json_VERSION} ${fmt_VERSION} ${spdlog_VERSION} ${CLI11_VERSION}")
foreach(header boost/version.hpp boost/asio.hpp boost/asio/impl/awaitable.hpp nlohmann/json.hpp fmt/core.h spdlog/spdlog.h CLI/App.hpp doctest/doctest.h rapidcheck.h)
  if(EXISTS /usr/include/${header})
    file(SHA256 /usr/include/${header} sum)
    string(APPEND LITEGW_HEADER_VERSIONS " ${sum}")
  endif()
endforeach()
