# The programs. `immure` is one static file; it carries its own cell, so there is no helper to exec.
file(GLOB_RECURSE cli_sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/cli/*.cpp)
add_executable(immure ${cli_sources})
immure_include_root(immure PRIVATE cli)
target_link_libraries(immure PRIVATE attest render verify judge evidence plan guard file sys)
if(IMMURE_STATIC)
  target_link_options(immure PRIVATE -static -no-pie -Wl,--gc-sections)
endif()
add_subdirectory(src/inspect)
