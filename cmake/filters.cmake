# A program of the build compiles the groups of profiles/groups.toml to BPF. The result and the other profiles/*.toml
# become constants of the plan layer.
set(profiles static dynamic python jit inspect)

set(profile_files ${CMAKE_SOURCE_DIR}/profiles/groups.toml)
foreach(name ${profiles})
  list(APPEND profile_files ${CMAKE_SOURCE_DIR}/profiles/${name}.toml)
endforeach()

# The program uses the plan layer's own compiler of filters, so the same code makes the filters that a run compiles.
add_library(filter_compiler OBJECT ${filter_compiler_sources})
immure_include_root(filter_compiler PUBLIC plan)
immure_include_root(filter_compiler PUBLIC probe)
target_link_libraries(filter_compiler PUBLIC file text sys ${SECCOMP})
target_sources(plan PRIVATE $<TARGET_OBJECTS:filter_compiler>)
add_executable(compile_filters tools/compile_filters.cpp)
target_link_libraries(compile_filters PRIVATE filter_compiler)

add_custom_command(
  OUTPUT ${CMAKE_BINARY_DIR}/generated/builtin_filters.cpp
  COMMAND ${CMAKE_COMMAND} -E make_directory ${CMAKE_BINARY_DIR}/generated
  COMMAND compile_filters ${CMAKE_BINARY_DIR}/generated/builtin_filters.cpp ${CMAKE_SOURCE_DIR}/profiles
          ${profiles}
  DEPENDS compile_filters ${profile_files}
  VERBATIM)
target_sources(plan PRIVATE ${CMAKE_BINARY_DIR}/generated/builtin_filters.cpp)
