# The programs. `immure` is one static file; it carries its own cell, so there is no helper to exec.
file(GLOB_RECURSE cli_sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/cli/*.cpp)
# All of the command line but main(), so that unit tests can link it.
set(cli_library_sources ${cli_sources})
list(FILTER cli_library_sources EXCLUDE REGEX "/cli/main\\.cpp$")
add_library(cli STATIC ${cli_library_sources})
# Of the inspector, the command line sees its table of options and nothing else.
set(inspect_options_root ${CMAKE_BINARY_DIR}/layers/inspect_options)
file(MAKE_DIRECTORY ${inspect_options_root}/inspect)
file(CREATE_LINK ${CMAKE_SOURCE_DIR}/src/inspect/option_table.hpp ${inspect_options_root}/inspect/option_table.hpp SYMBOLIC)
target_include_directories(cli PUBLIC ${inspect_options_root})
immure_include_root(cli PUBLIC cli)
target_link_libraries(cli PUBLIC attest render verify judge evidence plan guard file text sys)
add_executable(immure src/cli/main.cpp)
target_link_libraries(immure PRIVATE cli)
if(IMMURE_STATIC)
  target_link_options(immure PRIVATE -static -no-pie -Wl,--gc-sections)
endif()
add_subdirectory(src/inspect)
